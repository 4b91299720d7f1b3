//! Rows that are not to be: how many there are, which is the worst, and whether any row could be looked at.
//! It prints nothing and picks no exit code.

use jiff::civil::Date;

use super::columns::{Column, Comparable, Value};
use super::query::Expr;
use super::row::Row;
use super::wording::counted;
use crate::sanitize::sanitize_cut;

/// An expression that is to hold for no row, and what became of it.
#[derive(Clone, Debug)]
pub struct Alarm {
    expr: Expr,
    /// Rows that it was tried on.
    rows: usize,
    /// Rows that lack the value.
    lacking: usize,
    matching: usize,
    worst: Option<(Option<Comparable>, String)>,
}

/// What there is to say of an alarm.
#[derive(Debug, PartialEq)]
pub enum Finding {
    /// It rings.
    Rings(String),
    /// It could not be tested on any row.
    Untested(String),
    /// Something is odd: it was not tested on all rows, or what was compared does not fit.
    Warning(String),
}

impl Alarm {
    pub fn new(expr: Expr) -> Self {
        Self { expr, rows: 0, lacking: 0, matching: 0, worst: None }
    }

    /// Tries it on a row that is shown.
    pub fn test(&mut self, row: &Row<'_>, today: Date) {
        let column = self.expr.field.0;
        let value = column.comparable(row, today);
        self.rows += 1;
        self.lacking += usize::from(value.is_none());
        if !self.expr.holds_for(value.as_ref()) {
            return;
        }
        self.matching += 1;
        // Of equals, the first.
        let is_worst = match (&self.worst, &value) {
            (None, _) => true,
            (Some((Some(worst), _)), Some(value)) => self.expr.is_worse(value, worst),
            _ => false,
        };
        if is_worst {
            self.worst = Some((value, told(row, column, today)));
        }
    }

    /// What to say, where `served` rows were there before any filter.
    pub fn findings(&self, served: usize) -> Vec<Finding> {
        let Self { expr, rows, lacking, matching, worst } = self;
        let name = expr.field.0.name;
        let untested = |why: &str| vec![Finding::Untested(format!("--fail-if '{expr}' could not be tested: {why}"))];
        match *rows {
            0 if served == 0 => return untested("there are no rows"),
            0 => return untested(&format!("--where keeps none of {}", counted(served, "row"))),
            1 if *lacking == 1 && *matching == 0 => return untested(&format!("the only row has no {name}")),
            rows if *lacking == rows && *matching == 0 => return untested(&format!("none of {rows} rows has {name}")),
            _ => {}
        }
        let mut findings = Vec::new();
        if *lacking > 0 {
            let so = if expr.is_negation() { "so it holds for them" } else { "so it was not tested on them" };
            let rows = counted(*rows, "row");
            findings.push(Finding::Warning(format!("--fail-if '{expr}': {lacking} of {rows} without {name}, {so}")));
        }
        if let Some((_, worst)) = worst {
            let rank = if expr.has_worst() { "worst" } else { "first" };
            let rows = counted(*rows, "row");
            findings
                .push(Finding::Rings(format!("--fail-if '{expr}' holds for {matching} of {rows}, {rank}: {worst}")));
        }
        findings
    }
}

/// Whose row it is, of what, and the value that rings.
fn told(row: &Row<'_>, column: &Column, today: Date) -> String {
    let insight = &row.insight;
    let customer = row.customer_name().or(insight.customer_id.as_deref());
    let names = [customer, insight.product_name.as_deref(), insight.workload_name.as_deref()];
    let names: Vec<_> = names.into_iter().flatten().map(|name| sanitize_cut(name, 100)).collect();
    let names = if names.is_empty() { "a row without names".to_owned() } else { names.join(", ") };
    match (column.value)(row, today) {
        Value::Absent => format!("{names}: no {}", column.name),
        Value::Text(value) | Value::Number(value) => format!("{names}: {} {}", column.name, sanitize_cut(&value, 100)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::insight::rows_of;

    const TODAY: Date = date(2017, 3, 15);

    #[test]
    fn an_alarm_tells_what_it_found_and_what_it_could_not_look_at() {
        let body = r#"{"items":[{"productName":"A","licensesActive":3},{"productName":"B","workloadName":"x","licensesActive":1},
            {"licensesActive":1},{"productName":"D"}]}"#;
        let rows: Vec<_> = rows_of(body).into_iter().map(Row::from).collect();
        let found = |expr: &str, rows: &[&Row<'_>], served| {
            let mut alarm = Alarm::new(expr.parse().expect(expr));
            for row in rows {
                alarm.test(row, TODAY);
            }
            alarm.findings(served)
        };
        let all: Vec<_> = rows.iter().collect();
        let lacking = |expr: &str| {
            Finding::Warning(format!(
                "--fail-if '{expr}': 1 of 4 rows without licensesActive, so it was not tested on them"
            ))
        };
        let rings = |text: &str| Finding::Rings(text.to_owned());
        let untested = |text: &str| vec![Finding::Untested(text.to_owned())];
        for (expr, findings) in [
            (
                "licensesActive < 2",
                vec![
                    lacking("licensesActive < 2"),
                    rings("--fail-if 'licensesActive < 2' holds for 2 of 4 rows, worst: B, x: licensesActive 1"),
                ],
            ),
            (
                "licensesActive >= 1",
                vec![
                    lacking("licensesActive >= 1"),
                    rings("--fail-if 'licensesActive >= 1' holds for 3 of 4 rows, worst: A: licensesActive 3"),
                ],
            ),
            (
                "licensesActive = 1",
                vec![
                    lacking("licensesActive = 1"),
                    rings("--fail-if 'licensesActive = 1' holds for 2 of 4 rows, first: B, x: licensesActive 1"),
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
                    "--fail-if 'productName != A': 1 of 1 row without productName, so it holds for them".into()
                ),
                rings("--fail-if 'productName != A' holds for 1 of 1 row, first: a row without names: no productName"),
            ]
        );
        assert_eq!(
            found("age > 7", &all[..1], 4),
            untested("--fail-if 'age > 7' could not be tested: the only row has no age")
        );
        assert_eq!(found("age > 7", &[], 0), untested("--fail-if 'age > 7' could not be tested: there are no rows"));
        assert_eq!(
            found("age > 7", &[], 4),
            untested("--fail-if 'age > 7' could not be tested: --where keeps none of 4 rows")
        );
        assert_eq!(found("licensesActive > 9", &all[..3], 3), []);
    }
}
