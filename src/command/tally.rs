//! What became of the customers of a run: which failed, have no rows or were not asked, and the outcome. It writes no
//! report.

use std::collections::HashSet;
use std::mem;

use crate::failure::{ErrorKind, Failure, NotAsked, Outcome};
use crate::fetch::{Completeness, Customer, called};
use crate::insight::deployment::Deployment;
use crate::output;
use crate::report::alarm::Finding;

/// Counts the customers of a run as their answers come.
pub struct Tally {
    /// Whether there is only one, whose failure is the run's.
    pub is_one: bool,
    pub is_pipe_closed: bool,
    /// Customers of the earlier answer that could have been in this report.
    pub left_out: Vec<String>,
    /// Ids and names of those that an exception leaves out.
    excepted: (HashSet<String>, Vec<String>),
    pub completeness: Completeness,
    pub deployment_completeness: Completeness,
    asked: usize,
    /// Whether only the rows tell which customers there are.
    is_one_query: bool,
    taken: usize,
    rows: usize,
    /// Names of those without rows.
    empty: Vec<String>,
    /// How many rows say what was sold; `None` if that was not asked.
    sold: Option<usize>,
    /// Names of those without such rows.
    not_sold: Vec<String>,
    /// What else could be tried; told once.
    advice: Option<&'static str>,
    failed: Vec<ErrorKind>,
    /// Why the rest was not asked.
    ended: Option<(ErrorKind, NotAsked)>,
}

impl Tally {
    /// For a run over `asked` customers, or one query for all.
    pub fn new(is_one: bool, asked: usize, is_one_query: bool, advice: Option<&'static str>) -> Self {
        Self {
            is_one,
            is_pipe_closed: false,
            left_out: Vec::new(),
            excepted: (HashSet::new(), Vec::new()),
            completeness: Completeness::default(),
            deployment_completeness: Completeness::default(),
            asked,
            is_one_query,
            taken: 0,
            rows: 0,
            empty: Vec::new(),
            sold: None,
            not_sold: Vec::new(),
            advice,
            failed: Vec::new(),
            ended: None,
        }
    }

    /// Counts the rows of a customer whose answer was understood.
    pub fn count(&mut self, name: &str, rows: usize) {
        self.taken += 1;
        self.count_rows(rows);
        if rows == 0 {
            self.empty.push(name.to_owned());
        }
    }

    /// Counts rows of whatever customers.
    pub fn count_rows(&mut self, rows: usize) {
        self.rows += rows;
    }

    /// Counts a customer that an exception leaves out.
    pub fn leave_out(&mut self, id: &str, name: Option<&str>) {
        let (ids, names) = &mut self.excepted;
        if !ids.contains(id) {
            ids.insert(id.to_owned());
            names.push(called(id, name));
        }
    }

    /// Whether all customers are left out: then nothing is missing.
    pub fn is_of_nobody(&self) -> bool {
        !self.excepted.1.is_empty() && self.taken == 0 && self.rows == 0 && self.failed.is_empty()
    }

    /// Tells in one line who is left out.
    pub fn tell_who_is_left_out(&self, note: fn(&str)) {
        match &self.excepted.1[..] {
            [] => {}
            [only] => note(&format!("{only} is left out, as --exceptions says")),
            several => {
                let names = first_five(several, ", ");
                note(&format!("{} customers are left out, as --exceptions says: {names}", several.len()));
            }
        }
    }

    /// Counts what was sold to these customers.
    pub fn count_deployment(&mut self, customers: &[Customer], sold: &[Deployment<'_>]) {
        *self.sold.get_or_insert_default() += sold.len();
        let ids: HashSet<_> = sold.iter().filter_map(|row| row.customer_id.as_deref()).collect();
        let without = customers.iter().filter(|customer| !ids.contains(customer.id.to_string().as_str()));
        self.not_sold.extend(without.map(Customer::called));
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds what else could be tried where the service does not, or no longer, have what was asked for.
    pub fn advised(&mut self, mut failure: Failure) -> Failure {
        if matches!(failure.status, Some(404 | 410))
            && let Some(advice) = self.advice.take()
        {
            let hint = failure.hint.map_or(String::new(), |hint| format!("{hint}; "));
            failure.hint = Some(hint + advice);
        }
        failure
    }

    /// Reports the failure of some customers, but not of all.
    pub fn fail(&mut self, failure: &Failure, customers: usize) {
        let kind = failure.kind;
        let ends = failure.not_asked.or((kind == ErrorKind::NotSignedIn).then_some(NotAsked::SignInRefused));
        if let Some(why) = ends {
            // Calls that were already under way still finish.
            self.ended.get_or_insert((kind, why));
        }
        // Those that were not asked get one line at the end.
        if failure.not_asked.is_none() {
            self.taken += customers;
            output::error(failure);
            self.failed.extend(std::iter::repeat_n(kind, customers));
        }
    }

    pub fn failed(&self) -> usize {
        self.failed.len()
    }

    /// Whether the run was ended before all were asked.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some()
    }

    pub fn all_failed(&self) -> bool {
        self.asked > 0 && self.failed.len() == self.asked
    }

    /// Reports all that were not asked in one line; they count as failed.
    pub fn tell_who_was_not_asked(&mut self) {
        let Some((kind, why)) = self.ended.filter(|_| !self.is_pipe_closed && self.taken < self.asked) else { return };
        let not_asked = self.asked - self.taken;
        let who = if not_asked == 1 { "1 customer was".to_owned() } else { format!("{not_asked} customers were") };
        output::error(&Failure::new(kind, format!("{who} not asked: {why}")));
        self.failed.extend(std::iter::repeat_n(kind, not_asked));
    }

    /// Warns of what matters even though the report was written.
    pub fn warn(&mut self) {
        if !self.is_of_nobody() {
            self.warn_of_empty();
        }
        self.warn_of_unknown_deployment();
        for completeness in [mem::take(&mut self.completeness), mem::take(&mut self.deployment_completeness)] {
            warn_of_gaps("the report", &completeness.gaps(), self.is_one || self.is_one_query);
        }
        // For a single customer the error has already said so.
        if !self.failed.is_empty() && self.asked > 1 {
            output::say(&format!("{} of {} customers failed", self.failed.len(), self.asked));
        }
        if let [first, rest @ ..] = &self.left_out[..] {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            output::warning(&format!(
                "the earlier response has rows of customers that are not in this report: {}{more}",
                first.trim_start_matches("customer ")
            ));
        }
    }

    fn warn_of_empty(&mut self) {
        const NOT_UNUSED: &str = "no licence usage rows; that is not the same as no usage";
        let warning = match &self.empty[..] {
            [] if self.is_one_query && self.rows == 0 => format!("the service has {NOT_UNUSED}"),
            [] if self.asked == 0 && !self.is_one && !self.is_one_query => {
                return output::warning("the partner has no customers");
            }
            [] => return,
            [only] if self.is_one => format!("{only} has {NOT_UNUSED}"),
            empty => {
                let count = match empty.len() {
                    1 => "1 customer has".to_owned(),
                    count => format!("{count} customers have"),
                };
                format!("{count} {NOT_UNUSED}: {}", first_five(empty, ", "))
            }
        };
        self.warn_with_advice(&warning);
    }

    /// Without rows of deployment there are no figures of what was sold, for some customers or for all.
    fn warn_of_unknown_deployment(&mut self) {
        const UNKNOWN: &str = "so sold and assigned seats are unknown";
        let warning = match (&self.not_sold[..], self.sold) {
            ([], Some(0)) if self.is_one_query => format!("the service has no deployment rows, {UNKNOWN}"),
            ([], _) => return,
            ([only], _) => format!("{only} has no deployment rows, {UNKNOWN}"),
            (several, _) => {
                let names = first_five(several, ", ");
                format!("{} customers have no deployment rows, {UNKNOWN}: {names}", several.len())
            }
        };
        self.warn_with_advice(&warning);
    }

    /// Adds what else could be tried, if that was not told yet.
    fn warn_with_advice(&mut self, warning: &str) {
        let advice = self.advice.take().map_or(String::new(), |advice| format!(" ({advice})"));
        output::warning(&format!("{warning}{advice}"));
    }

    /// The outcome of the run.
    pub fn outcome(&self, fail_on_empty: bool, findings: &[Finding]) -> Outcome {
        let has_alarm = findings.iter().any(|finding| matches!(finding, Finding::Raised(_)));
        let is_untested = findings.iter().any(|finding| matches!(finding, Finding::Untested(_)));
        let lacks_rows = is_untested || fail_on_empty && self.rows == 0 && !self.is_of_nobody();
        Outcome::of_customers(self.asked, &self.failed, has_alarm, lacks_rows)
    }

    /// Reports what became of the alarms.
    pub fn tell(findings: Vec<Finding>) {
        for finding in findings {
            match finding {
                Finding::Raised(text) | Finding::Untested(text) => output::say(&text),
                Finding::Warning(text) => output::warning(&text),
            }
        }
    }
}

/// Warns that rows may be missing, and for which customers.
pub fn warn_of_gaps(what: &str, gaps: &[String], is_one: bool) {
    match gaps {
        [] => {}
        [only] if is_one => output::warning(&format!("{what} may be incomplete: {only}")),
        gaps => {
            let count = if gaps.len() == 1 { "1 customer".to_owned() } else { format!("{} customers", gaps.len()) };
            output::warning(&format!("{what} may be incomplete for {count}: {}", first_five(gaps, "; ")));
        }
    }
}

fn first_five(names: &[String], between: &str) -> String {
    let first: Vec<&str> = names.iter().take(5).map(|name| name.trim_start_matches("customer ")).collect();
    let more = if names.len() > 5 { format!("{between}…") } else { String::new() };
    first.join(between) + &more
}
