//! What became of the customers of a run: which failed, have no rows or were not asked, and the outcome. It writes no
//! report.

use std::collections::HashSet;
use std::mem;

use crate::failure::{ErrorKind, Failure, NotAsked, Outcome};
use crate::fetch::{Completeness, Customer, called};
use crate::insight::deployment::Deployment;
use crate::output;
use crate::report::alarm::Finding;
use crate::secret::redacted;

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
    /// Whether only the rows tell which customers there are, so that a failure is the run's.
    pub is_one_query: bool,
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
    /// Their names, as far as they can be asked for.
    failed_names: Vec<String>,
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
            failed_names: Vec::new(),
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
            [only] => note(&format!("{only} is left out because of --exceptions")),
            several => {
                let names = first_five(several, ", ");
                note(&format!("{} customers are left out because of --exceptions: {names}", several.len()));
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
            let hint = failure.hint.map_or(String::new(), |hint| format!("{hint}; or "));
            failure.hint = Some(hint + advice);
        }
        failure
    }

    /// Reports the failure of these customers, but not of all; without a name it is one that cannot be asked for.
    pub fn fail(&mut self, failure: &Failure, names: &[String]) {
        let customers = names.len().max(1);
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
            self.failed_names.extend_from_slice(names);
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

    /// What matters even though the report was written, in the order to tell it.
    pub fn messages(&mut self) -> Vec<Message> {
        let empty = self.empty_warning().map(|text| self.with_advice(text));
        let sold = self.deployment_warning().map(|text| self.with_advice(text));
        let repeated = repeated_warning(&self.completeness.repeated());
        let completeness = [mem::take(&mut self.completeness), mem::take(&mut self.deployment_completeness)];
        let is_one = self.is_one || self.is_one_query;
        let gaps = completeness.map(|completeness| gap_warning("the report", &completeness.gaps(), is_one));
        let warnings =
            [empty, sold].into_iter().chain([repeated].into_iter().chain(gaps).map(|it| it.map(Message::warning)));
        let left_out = self.left_out_warning().map(Message::warning);
        warnings.chain([self.failed_message(), left_out]).flatten().collect()
    }

    fn empty_warning(&self) -> Option<String> {
        const NOT_UNUSED: &str = "no licence usage rows; that is not the same as no usage";
        if self.is_of_nobody() {
            return None;
        }
        match &self.empty[..] {
            [] if self.is_one_query && self.rows == 0 => Some(format!("the service has {NOT_UNUSED}")),
            [] if self.asked == 0 && !self.is_one && !self.is_one_query => {
                Some("the partner has no customers".to_owned())
            }
            [] => None,
            [only] if self.is_one => Some(format!("{only} has {NOT_UNUSED}")),
            empty => {
                let count = match empty.len() {
                    1 => "1 customer has".to_owned(),
                    count => format!("{count} customers have"),
                };
                Some(format!("{count} {NOT_UNUSED}: {}", first_five(empty, ", ")))
            }
        }
    }

    /// Without rows of deployment there are no figures of what was sold, for some customers or for all.
    fn deployment_warning(&self) -> Option<String> {
        const NONE: &str = "no deployment rows; sold and assigned seats are unknown";
        match (&self.not_sold[..], self.sold) {
            ([], Some(0)) if self.is_one_query => Some(format!("the service has {NONE}")),
            ([], _) => None,
            ([only], _) if self.is_one => Some(format!("{only} has {NONE}")),
            ([only], _) => Some(format!("1 customer has {NONE}: {}", only.trim_start_matches("customer "))),
            (several, _) => Some(format!("{} customers have {NONE}: {}", several.len(), first_five(several, ", "))),
        }
    }

    /// Adds what else could be tried, if that was not told yet. It is no business of those who read the report.
    fn with_advice(&mut self, text: String) -> Message {
        let advice = self.advice.take_if(|_| !self.empty.is_empty() || !self.not_sold.is_empty());
        let advice = advice.map_or(String::new(), |advice| format!(" ({advice})"));
        Message { told: format!("{text}{advice}"), ..Message::warning(text) }
    }

    fn failed_message(&self) -> Option<Message> {
        // For a single customer the error has already said so.
        if self.failed.is_empty() || self.asked < 2 {
            return None;
        }
        let told = format!("{} of {} customers failed", self.failed.len(), self.asked);
        let named = &self.failed_names;
        // Those who read the report have not seen the errors.
        let shown = if named.is_empty() { told.clone() } else { format!("{told}: {}", first_five(named, ", ")) };
        Some(Message { told, shown, is_warning: false })
    }

    fn left_out_warning(&self) -> Option<String> {
        let [first, rest @ ..] = &self.left_out[..] else { return None };
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        Some(format!(
            "the earlier response has rows of customers that are not in this report: {}{more}",
            first.trim_start_matches("customer ")
        ))
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

/// Something to tell, which some formats show too.
pub struct Message {
    told: String,
    shown: String,
    is_warning: bool,
}

impl Message {
    fn warning(text: String) -> Self {
        Self { told: text.clone(), shown: text, is_warning: true }
    }

    /// On standard error.
    pub fn tell(&self) {
        if self.is_warning { output::warning(&self.told) } else { output::say(&self.told) }
    }

    /// In a report that is read without the messages of its run.
    pub fn shown(&self) -> String {
        redacted(&self.shown).into_owned()
    }
}

fn repeated_warning(customers: &[String]) -> Option<String> {
    const TWICE: &str = "in responses of both endpoints, so that the same seats count twice";
    let count = match customers.len() {
        0 => return None,
        1 => "1 customer is".to_owned(),
        count => format!("{count} customers are"),
    };
    Some(format!("{count} {TWICE}: {}", first_five(customers, ", ")))
}

/// That rows may be missing, and for which customers.
pub fn gap_warning(what: &str, gaps: &[String], is_one: bool) -> Option<String> {
    match gaps {
        [] => None,
        [only] if is_one => Some(format!("{what} may be incomplete: {only}")),
        gaps => {
            let count = if gaps.len() == 1 { "1 customer".to_owned() } else { format!("{} customers", gaps.len()) };
            Some(format!("{what} may be incomplete for {count}: {}", first_five(gaps, "; ")))
        }
    }
}

fn first_five(names: &[String], between: &str) -> String {
    let first: Vec<&str> = names.iter().take(5).map(|name| name.trim_start_matches("customer ")).collect();
    let more = if names.len() > 5 { format!("{between}…") } else { String::new() };
    first.join(between) + &more
}
