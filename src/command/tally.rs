//! What became of the customers of a run: which failed, have no rows or were not asked, and the outcome. It writes no
//! report.

use crate::failure::{ErrorKind, Failure, NotAsked, Outcome};
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
    asked: usize,
    taken: usize,
    rows: usize,
    /// Names of those without rows.
    empty: Vec<String>,
    /// Messages about answers that may be incomplete.
    gaps: Vec<String>,
    failed: Vec<ErrorKind>,
    /// What they were asked for.
    failed_names: Vec<String>,
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
            failed_names: Vec::new(),
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
            self.failed_names.push(failure.what().trim_start_matches("usage of ").to_owned());
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
        self.of_empty().iter().chain(&self.of_gaps()).for_each(|text| output::warning(text));
        // For a single customer the error has already said so.
        self.of_failed().iter().for_each(|text| output::say(text));
        self.of_left_out().iter().for_each(|text| output::warning(text));
    }

    /// The same for a report that is read without the errors of its run, so it says which customers failed.
    pub fn warnings(&self) -> Vec<String> {
        let named: Vec<_> = self.failed_names.iter().filter(|name| !name.is_empty()).cloned().collect();
        let failed = self.of_failed().map(|text| format!("{text}: {}", first_five(&named, ", ")));
        let failed = failed.map(|text| text.trim_end_matches(": ").to_owned());
        let all = [self.of_empty(), self.of_gaps(), failed, self.of_left_out()];
        all.into_iter().flatten().map(|text| redacted(&text).into_owned()).collect()
    }

    fn of_empty(&self) -> Option<String> {
        const NOT_UNUSED: &str = "no licence usage rows; that is not the same as no usage";
        match &self.empty[..] {
            [] if self.asked == 0 && !self.is_one => Some("the partner has no customers".to_owned()),
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

    fn of_gaps(&self) -> Option<String> {
        gap_warning("the report", &self.gaps, self.is_one)
    }

    fn of_failed(&self) -> Option<String> {
        let is_worth_it = !self.failed.is_empty() && self.asked > 1;
        is_worth_it.then(|| format!("{} of {} customers failed", self.failed.len(), self.asked))
    }

    fn of_left_out(&self) -> Option<String> {
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
