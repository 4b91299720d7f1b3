//! What became of the customers of a run: which failed, have no rows or were not asked, and the outcome. It writes no
//! report.

use crate::failure::{ErrorKind, Failure, NotAsked, Outcome};
use crate::output;
use crate::report::alarm::Finding;

/// Counts the customers of a run as their answers come.
pub struct Tally {
    /// Whether there is only one, whose failure is the run's.
    pub is_one: bool,
    pub is_pipe_closed: bool,
    /// Customers of the earlier answer that could have been in this report.
    pub left_out: Vec<String>,
    asked: usize,
    taken: usize,
    rows: usize,
    /// Names of those without rows.
    empty: Vec<String>,
    /// Messages about answers that may be incomplete.
    gaps: Vec<String>,
    failed: Vec<ErrorKind>,
    /// Why the rest was not asked.
    ended: Option<(ErrorKind, NotAsked)>,
}

impl Tally {
    /// For a run over `asked` customers.
    pub fn new(is_one: bool, asked: usize) -> Self {
        Self {
            is_one,
            is_pipe_closed: false,
            left_out: Vec::new(),
            asked,
            taken: 0,
            rows: 0,
            empty: Vec::new(),
            gaps: Vec::new(),
            failed: Vec::new(),
            ended: None,
        }
    }

    /// Counts an answer that was understood; `name` is its customer's.
    pub fn count(&mut self, name: &str, rows: usize, gap: Option<String>) {
        self.taken += 1;
        self.rows += rows;
        if rows == 0 {
            self.empty.push(name.to_owned());
        }
        self.gaps.extend(gap.map(|gap| format!("{name} {gap}")));
    }

    /// Reports the failure of one customer of several.
    pub fn fail(&mut self, failure: &Failure) {
        let kind = failure.kind;
        let ends = failure.not_asked.or((kind == ErrorKind::NotSignedIn).then_some(NotAsked::SignInRefused));
        if let Some(why) = ends {
            // Calls that were already under way still finish.
            self.ended.get_or_insert((kind, why));
        }
        // Those that were not asked get one line at the end.
        if failure.not_asked.is_none() {
            self.taken += 1;
            output::error(failure);
            self.failed.push(kind);
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
    pub fn warn(&self) {
        self.warn_of_empty();
        warn_of_gaps("the report", &self.gaps, self.is_one);
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

    fn warn_of_empty(&self) {
        const NOT_UNUSED: &str = "no licence usage rows; that is not the same as no usage";
        match &self.empty[..] {
            [] if self.asked == 0 && !self.is_one => output::warning("the partner has no customers"),
            [] => {}
            [only] if self.is_one => output::warning(&format!("{only} has {NOT_UNUSED}")),
            empty => {
                let count = match empty.len() {
                    1 => "1 customer has".to_owned(),
                    count => format!("{count} customers have"),
                };
                output::warning(&format!("{count} {NOT_UNUSED}: {}", first_five(empty, ", ")));
            }
        }
    }

    /// The outcome of the run.
    pub fn outcome(&self, fail_on_empty: bool, findings: &[Finding]) -> Outcome {
        let has_alarm = findings.iter().any(|finding| matches!(finding, Finding::Raised(_)));
        let is_untested = findings.iter().any(|finding| matches!(finding, Finding::Untested(_)));
        let lacks_rows = is_untested || fail_on_empty && self.rows == 0;
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
