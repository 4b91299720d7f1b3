//! Alarms on rows: how many rows match, which is the worst, and whether any row could be tested.
//! It prints nothing and chooses no exit code.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::columns::{Column, ColumnKind, Comparable, Value};
use super::mixture::Mixture;
use super::query::{Condition, Expr};
use super::row::Row;
use super::wording::{counted, listed};
use crate::sanitize::sanitize_cut;

/// An expression that no row should match, and what was found.
#[derive(Clone, Debug)]
pub struct Alarm {
    expr: Expr,
    /// Rows tested.
    rows: usize,
    /// Rows that are new or gone, if the expression only asks about changes.
    unpaired: usize,
    /// Rows that lack a value it depends on, and do not match.
    untested: usize,
    /// Rows that lack such a value, and match because of that.
    assumed: usize,
    /// The indices of the conditions whose values those rows lack.
    missing: BTreeSet<usize>,
    matching: usize,
    worst: Option<(Option<Comparable>, String)>,
    /// The currencies of the amounts it compared.
    mixture: Mixture,
}

/// What to report about an alarm.
#[derive(Debug, PartialEq)]
pub enum Finding {
    /// A row matches.
    Raised(String),
    /// No row could be tested.
    Untested(String),
    /// Something is odd: not all rows could be tested, or the compared answers do not belong together.
    Warning(String),
}

impl Finding {
    pub fn text(&self) -> &String {
        match self {
            Self::Raised(text) | Self::Untested(text) | Self::Warning(text) => text,
        }
    }
}

impl Alarm {
    pub fn new(expr: Expr) -> Self {
        Self {
            expr,
            rows: 0,
            unpaired: 0,
            untested: 0,
            assumed: 0,
            missing: BTreeSet::new(),
            matching: 0,
            worst: None,
            mixture: Mixture::default(),
        }
    }

    /// Tests a row that is shown.
    pub fn test(&mut self, row: &Row<'_>, today: Date) {
        self.rows += 1;
        self.mixture.tests(|| format!("--fail-if '{}'", self.expr), &self.expr, row, today);
        let is_unpaired = row.change_kind().is_some_and(|kind| !kind.is_paired());
        // A row that is new or gone has no change in its counts; that is not a missing value.
        let asks_change = |condition: &Condition| is_unpaired && condition.field.0.kind == ColumnKind::Change;
        let known = |condition: &Condition| condition.holds_for(row, today);
        let verdict =
            self.expr.verdict(|condition| if asks_change(condition) { Some(false) } else { known(condition) });
        let holds = match verdict {
            Some(holds) => holds,
            None => self.expr.verdict(|it| Some(!asks_change(it) && it.holds(row, today))) == Some(true),
        };
        if verdict.is_none() {
            *(if holds { &mut self.assumed } else { &mut self.untested }) += 1;
            let conditions = self.expr.conditions().enumerate();
            self.missing.extend(conditions.filter(|(_, it)| !asks_change(it) && known(it).is_none()).map(|(at, _)| at));
        }
        if !holds {
            self.unpaired += usize::from(is_unpaired && verdict.is_some() && self.expr.verdict(known).is_none());
            return;
        }
        self.matching += 1;
        let Some(rank) = self.rank() else { return };
        let value = rank.field.0.comparable(row, today);
        // The first of equal rows wins.
        let is_worst = match (&self.worst, &value) {
            (None, _) => true,
            (Some((Some(worst), _)), Some(value)) => rank.is_worse(value, worst),
            (Some((None, _)), Some(_)) => rank.has_worst(),
            _ => false,
        };
        if is_worst {
            let reason = || self.expr.conditions().find(|condition| known(condition) == Some(true));
            let told_by = if value.is_some() { rank } else { reason().unwrap_or(rank) };
            self.worst = Some((value, told(row, told_by.field.0, today)));
        }
    }

    /// The condition that decides which row is worst: the first on a number that can be too large or too small, else the
    /// first on such a date, else the first.
    fn rank(&self) -> Option<&Condition> {
        let ranks = || self.expr.conditions().filter(|condition| condition.has_worst());
        let number = ranks().find(|condition| condition.field.0.kind != ColumnKind::Date);
        number.or_else(|| ranks().next()).or_else(|| self.expr.conditions().next())
    }

    /// What to report; `served` is the number of rows before any filter.
    pub fn findings(&self, served: usize) -> Vec<Finding> {
        let Self { expr, rows, unpaired, untested, assumed, matching, worst, .. } = self;
        let cannot = |why: &str| vec![Finding::Untested(format!("--fail-if '{expr}' could not be tested: {why}"))];
        match *rows {
            0 if served == 0 => return cannot("there are no rows"),
            // Rows were served, and none is of interest: a quiet day.
            0 => return Vec::new(),
            rows if *unpaired == rows => return cannot("no row is in both responses"),
            1 if *untested == 1 => return cannot(&format!("the only row has no {}", self.missing("or"))),
            rows if unpaired + untested == rows => {
                return cannot(&format!("none of {rows} rows has {}", self.missing("and")));
            }
            _ => {}
        }
        let mut findings: Vec<_> = self.mixture.warnings().into_iter().map(Finding::Warning).collect();
        let rows = counted(*rows, "row");
        for (lacking, so) in [(assumed, "counted as matches"), (untested, "not tested")] {
            if *lacking > 0 {
                let missing = self.missing("or");
                findings
                    .push(Finding::Warning(format!("--fail-if '{expr}': {lacking} of {rows} without {missing}, {so}")));
            }
        }
        if let Some((_, worst)) = worst {
            let rank = if self.rank().is_some_and(Condition::has_worst) { "worst" } else { "first" };
            findings.push(Finding::Raised(format!("--fail-if '{expr}' matches {matching} of {rows}, {rank}: {worst}")));
        }
        findings
    }

    /// The fields whose values are missing, each once.
    fn missing(&self, word: &str) -> String {
        let mut names: Vec<&str> = Vec::new();
        for (at, condition) in self.expr.conditions().enumerate() {
            let name = condition.field.0.name;
            if self.missing.contains(&at) && !names.contains(&name) {
                names.push(name);
            }
        }
        listed(&names, word)
    }
}

/// The row's customer, product and workload, and the value that raised the alarm.
fn told(row: &Row<'_>, column: &Column, today: Date) -> String {
    let insight = &row.insight;
    let customer = row.customer_name().or(insight.customer_id.as_deref());
    // A row of a summary stands for all workloads.
    let workload = insight.workload_name.as_deref().filter(|_| row.summary.is_none());
    let names = [customer, insight.product_name.as_deref(), workload];
    let names: Vec<_> = names.into_iter().flatten().map(|name| sanitize_cut(name, 100)).collect();
    let names = if names.is_empty() { "a row without names".to_owned() } else { names.join(", ") };
    match (column.value)(row, today) {
        Value::Absent => format!("{names}: no {}", column.name),
        Value::Text(value) | Value::Number(value) => {
            let currency = row.cost.as_ref().and_then(|cost| cost.currency.as_deref());
            let currency = currency.filter(|_| column.kind == ColumnKind::Money);
            let unit = currency.map_or(String::new(), |currency| format!(" {currency}"));
            format!("{names}: {} {}{unit}", column.name, sanitize_cut(&value, 100))
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::insight::rows_of;
    use crate::report::shape::{Scope, Shape};

    const TODAY: Date = date(2017, 3, 15);

    #[test]
    fn an_alarm_tells_what_it_found_and_what_it_could_not_look_at() {
        let body = r#"{"items":[{"productName":"A","licensesActive":3},{"productName":"B","workloadName":"x","licensesActive":1},
            {"licensesActive":1},{"productName":"D"}]}"#;
        let rows: Vec<_> = rows_of(body).into_iter().map(Row::from).collect();
        let found = |expr: &str, rows: &[&Row<'_>], served| {
            let mut alarm = Alarm::new(Expr::read(expr, Scope::Report(Shape::Rows.into())).expect(expr));
            for row in rows {
                alarm.test(row, TODAY);
            }
            alarm.findings(served)
        };
        let all: Vec<_> = rows.iter().collect();
        let lacking = |expr: &str| {
            Finding::Warning(format!("--fail-if '{expr}': 1 of 4 rows without licensesActive, not tested"))
        };
        let raised = |text: &str| Finding::Raised(text.to_owned());
        let untested = |text: &str| vec![Finding::Untested(text.to_owned())];
        for (expr, findings) in [
            (
                "licensesActive < 2",
                vec![
                    lacking("licensesActive < 2"),
                    raised("--fail-if 'licensesActive < 2' matches 2 of 4 rows, worst: B, x: licensesActive 1"),
                ],
            ),
            (
                "licensesActive >= 1",
                vec![
                    lacking("licensesActive >= 1"),
                    raised("--fail-if 'licensesActive >= 1' matches 3 of 4 rows, worst: A: licensesActive 3"),
                ],
            ),
            (
                "licensesActive = 1",
                vec![
                    lacking("licensesActive = 1"),
                    raised("--fail-if 'licensesActive = 1' matches 2 of 4 rows, first: B, x: licensesActive 1"),
                ],
            ),
            ("licensesActive > 9", vec![lacking("licensesActive > 9")]),
            (
                "usagePercent < 5",
                untested("--fail-if 'usagePercent < 5' could not be tested: none of 4 rows has usagePercent"),
            ),
        ] {
            assert_eq!(found(expr, &all, 4), findings);
        }
        assert_eq!(
            found("productName != A", &all[2..3], 3),
            [
                Finding::Warning(
                    "--fail-if 'productName != A': 1 of 1 row without productName, counted as matches".into()
                ),
                raised("--fail-if 'productName != A' matches 1 of 1 row, first: a row without names: no productName"),
            ]
        );
        assert_eq!(
            found("age > 7", &all[..1], 4),
            untested("--fail-if 'age > 7' could not be tested: the only row has no age")
        );
        assert_eq!(found("age > 7", &[], 0), untested("--fail-if 'age > 7' could not be tested: there are no rows"));
        assert_eq!(found("age > 7", &[], 4), []);
        assert_eq!(found("licensesActive > 9", &all[..3], 3), []);
    }
}
