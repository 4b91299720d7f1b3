//! Which rows, in which order, and which of them are an alarm: expressions, sort keys and lists of columns as they are typed.
//! Each is read once, into a type; what is not understood is refused, and never taken for something else.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;

use super::columns::{Field, Key, Kind, Shape, Value, folded};
use super::date;
use crate::clean::clean_cut;
use crate::insight::Insight;

/// What is asked of the rows.
#[derive(Debug, Default)]
pub struct Query {
    pub shape: Shape,
    /// All must hold.
    pub filters: Vec<Expr>,
    pub sort: Vec<SortKey>,
    /// `None` is the format's own choice.
    pub columns: Option<Columns>,
    pub alarms: Vec<Expr>,
    /// The UTC day from which ages are counted.
    pub today: Date,
}

impl Query {
    /// Whether the row is to be shown.
    pub fn keeps(&self, row: &Insight<'_>) -> bool {
        self.filters.iter().all(|filter| filter.holds(row, self.today))
    }

    /// Sorts rows by all keys, equals in the order served, absent values last.
    pub fn sort(&self, rows: &mut Vec<&Insight<'_>>) {
        if self.sort.is_empty() {
            return;
        }
        let keys = |row| self.sort.iter().map(|key| key.field.0.key(row, self.today)).collect::<Vec<_>>();
        let mut keyed: Vec<_> = rows.iter().map(|row| (keys(row), *row)).collect();
        keyed.sort_by(|(one, _), (other, _)| {
            let orders = self.sort.iter().zip(one).zip(other).map(|((key, one), other)| match (one, other) {
                (Some(one), Some(other)) if key.descending => order(other, one),
                (Some(one), Some(other)) => order(one, other),
                (one, other) => other.is_some().cmp(&one.is_some()),
            });
            orders.fold(Ordering::Equal, Ordering::then)
        });
        *rows = keyed.into_iter().map(|(_, row)| row).collect();
    }

    /// The fields that are named, and by which option.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Field)> {
        let filters = self.filters.iter().map(|filter| ("--where", filter.field));
        let sort = self.sort.iter().map(|key| ("--sort", key.field));
        let columns = self.columns.iter().flat_map(|columns| columns.0.iter().map(|field| ("--columns", *field)));
        let alarms = self.alarms.iter().map(|alarm| ("--fail-if", alarm.field));
        filters.chain(sort).chain(columns).chain(alarms)
    }
}

fn order(one: &Key, other: &Key) -> Ordering {
    match (one, other) {
        // Neither is ever not a number.
        (Key::Number(one), Key::Number(other)) => one.partial_cmp(other).unwrap_or(Ordering::Equal),
        (Key::Moment(one), Key::Moment(other)) => one.cmp(other),
        (Key::Text(one), Key::Text(other)) => one.cmp(other),
        // A column has values of one kind.
        _ => Ordering::Equal,
    }
}

/// The columns to show, each once.
#[derive(Clone, Debug)]
pub struct Columns(pub Vec<Field>);

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut fields: Vec<Field> = Vec::new();
        for name in text.split(',') {
            let field: Field = name.parse()?;
            if fields.contains(&field) {
                return Err(format!("{} is named twice", field.0.name));
            }
            fields.push(field);
        }
        Ok(Self(fields))
    }
}

/// A field to sort by.
#[derive(Clone, Debug)]
pub struct SortKey {
    pub field: Field,
    pub descending: bool,
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (field, descending) = match text.split_once(':') {
            None => (text, false),
            Some((field, order)) if order.trim().eq_ignore_ascii_case("desc") => (field, true),
            Some((_, order)) => {
                let order = clean_cut(order, 40);
                return Err(format!(
                    "`:{order}` is no order: `:desc` sorts from high to low, nothing from low to high"
                ));
            }
        };
        Ok(Self { field: field.parse()?, descending })
    }
}

/// `FIELD OP VALUE`. What [`fmt::Display`] writes is read as the same again.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub field: Field,
    operator: Operator,
    operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    ContainsNot,
}

/// As they are written, those first that begin with another.
const OPERATORS: [(&str, Operator); 9] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("!~", Operator::ContainsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("~", Operator::Contains),
];

impl Operator {
    fn is_for_text_only(self) -> bool {
        matches!(self, Self::Contains | Self::ContainsNot)
    }

    fn is_for_order(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::Greater | Self::AtLeast)
    }

    /// Whether an absent value satisfies it.
    fn is_negation(self) -> bool {
        matches!(self, Self::NotEqual | Self::ContainsNot)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = OPERATORS.iter().rev().find(|(_, operator)| operator == self);
        formatter.write_str(written.map_or("", |(written, _)| written))
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    /// Finite.
    Number(f64),
    /// A UTC day.
    Day(Date),
    Moment(Timestamp),
    Text {
        typed: String,
        folded: String,
    },
}

/// What starts an operator.
const OPERATOR_SIGNS: [char; 5] = ['=', '!', '<', '>', '~'];

impl FromStr for Expr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let Some(at) = text.find(OPERATOR_SIGNS) else {
            let text = clean_cut(text, 40);
            return Err(format!("`{text}` has no operator: write it as FIELD OP VALUE, such as `usage < 50`"));
        };
        let (name, rest) = text.split_at(at);
        if name.trim().is_empty() {
            return Err(
                "there is no field before the operator: write it as FIELD OP VALUE, such as `usage < 50`".into()
            );
        }
        let field: Field = name.parse()?;
        let (kind, name) = (field.0.kind, field.0.name);
        let fits = if kind.is_text() { "= == != ~ !~" } else { "= == != < <= > >=" };
        let signs = &rest[..rest.find(|char| !OPERATOR_SIGNS.contains(&char)).unwrap_or(rest.len())];
        let no_operator = || format!("`{signs}` is no operator: {name} takes {fits}");
        let (operator, written) = OPERATORS
            .iter()
            .find(|(written, _)| signs.starts_with(written))
            .map(|(written, operator)| (*operator, *written))
            .ok_or_else(no_operator)?;
        // `=~` and `=>` are slips: what they would mean is nothing that anybody wants.
        if written != signs {
            return Err(no_operator());
        }
        if if kind.is_text() { operator.is_for_order() } else { operator.is_for_text_only() } {
            return Err(format!("`{written}` does not fit {name}, which takes {fits}"));
        }
        let value = rest[written.len()..].trim();
        if value.is_empty() {
            return Err(format!("there is no value after `{written}`; an empty text is written as \"\""));
        }
        let operand = Operand::of(unquoted(value), field)?;
        Ok(Self { field, operator, operand })
    }
}

/// Without the pair of quotes around it, if there is one.
fn unquoted(value: &str) -> &str {
    let within = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

impl Operand {
    fn of(value: &str, field: Field) -> Result<Self, String> {
        let shown = || clean_cut(value, 40);
        let name = field.0.name;
        match field.0.kind {
            Kind::Text | Kind::Id => Ok(Self::Text { typed: value.to_owned(), folded: folded(value) }),
            Kind::Date => {
                let moment = date::day(value).map(Self::Day).or_else(|| date::rfc_3339(value).map(Self::Moment));
                moment.ok_or_else(|| {
                    format!(
                        "`{}` is no date: {name} takes a day like 2017-03-09, or a time like 2017-03-09T12:00:00Z",
                        shown()
                    )
                })
            }
            Kind::Percent => number(value.strip_suffix('%').map_or(value, str::trim_end))
                .ok_or_else(|| format!("`{}` is no percentage: {name} takes a number like 50, 12.5 or 50%", shown())),
            Kind::Count | Kind::Change => {
                number(value).ok_or_else(|| format!("`{}` is no number: {name} takes a number like 5 or -5", shown()))
            }
        }
    }
}

/// Decimal digits with an optional sign and point. `f64` alone would read `nan`, `inf` and exponents too.
fn number(text: &str) -> Option<Operand> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
    let number = if is_decimal { text.parse::<f64>().ok() } else { None };
    number.filter(|number| number.is_finite()).map(Operand::Number)
}

impl Expr {
    /// Whether the row satisfies it; a row without the value satisfies only `!=` and `!~`.
    pub fn holds(&self, row: &Insight<'_>, today: Date) -> bool {
        let Some(key) = self.field.0.key(row, today) else { return self.operator.is_negation() };
        let order = match (&key, &self.operand) {
            (Key::Text(text), Operand::Text { folded, .. }) if self.operator.is_for_text_only() => {
                return text.contains(folded.as_str()) == (self.operator == Operator::Contains);
            }
            (Key::Text(text), Operand::Text { folded, .. }) => text.cmp(folded),
            (Key::Number(number), Operand::Number(operand)) => order(&Key::Number(*number), &Key::Number(*operand)),
            (Key::Moment(moment), Operand::Day(day)) => date::utc_day_of(*moment).cmp(day),
            (Key::Moment(moment), Operand::Moment(operand)) => moment.cmp(operand),
            // A column and its operand are of one kind.
            _ => return false,
        };
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Less => order.is_lt(),
            Operator::AtMost => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::AtLeast => order.is_ge(),
            Operator::Contains | Operator::ContainsNot => false,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ", self.field.0.name, self.operator)?;
        match &self.operand {
            Operand::Number(number) => write!(formatter, "{number}"),
            Operand::Day(day) => write!(formatter, "{day}"),
            Operand::Moment(moment) => write!(formatter, "{moment}"),
            // Quoted where it would not be read as it is.
            Operand::Text { typed, .. }
                if typed.trim() != typed
                    || unquoted(typed) != typed
                    || typed.is_empty()
                    || typed.starts_with(OPERATOR_SIGNS) =>
            {
                write!(formatter, "\"{typed}\"")
            }
            Operand::Text { typed, .. } => formatter.write_str(typed),
        }
    }
}

/// An expression that is to hold for no row, and what became of it.
#[derive(Debug)]
pub struct Alarm {
    expr: Expr,
    /// Rows that it was tried on.
    rows: usize,
    /// Rows that lack the value.
    lacking: usize,
    matching: usize,
    worst: Option<(Option<Key>, String)>,
}

/// What there is to say of an alarm.
#[derive(Debug, PartialEq)]
pub enum Finding {
    /// It rings.
    Rings(String),
    /// It could not be tested on any row.
    Untested(String),
    /// It was tested, but not on all.
    Lacking(String),
}

impl Alarm {
    pub fn new(expr: Expr) -> Self {
        Self { expr, rows: 0, lacking: 0, matching: 0, worst: None }
    }

    pub fn test(&mut self, rows: &[&Insight<'_>], today: Date) {
        let column = self.expr.field.0;
        for row in rows {
            let key = column.key(row, today);
            self.rows += 1;
            self.lacking += usize::from(key.is_none());
            if !self.expr.holds(row, today) {
                continue;
            }
            self.matching += 1;
            let is_worse = match (&self.worst, &key, self.expr.operator) {
                (None, _, _) => true,
                (Some((Some(worst), _)), Some(key), Operator::Less | Operator::AtMost) => order(key, worst).is_lt(),
                (Some((Some(worst), _)), Some(key), Operator::Greater | Operator::AtLeast) => order(key, worst).is_gt(),
                // Of equals, the first.
                _ => false,
            };
            if is_worse {
                let names = [&row.customer_name, &row.product_name, &row.workload_name];
                let names: Vec<&str> = names.into_iter().filter_map(|name| name.as_deref()).collect();
                let names = if names.is_empty() { "a row without names".to_owned() } else { names.join(", ") };
                let told = match (column.value)(row, today) {
                    Value::Absent => format!("{names}: no {}", column.name),
                    Value::Text(value) | Value::Number(value) => format!("{names}: {} {value}", column.name),
                };
                self.worst = Some((key, told));
            }
        }
    }

    /// What to say, where `served` rows were there before any filter.
    pub fn findings(&self, served: usize) -> Vec<Finding> {
        let Self { expr, rows, lacking, matching, worst } = self;
        let name = expr.field.0.name;
        let untested = |why: &str| vec![Finding::Untested(format!("--fail-if '{expr}' could not be tested: {why}"))];
        match *rows {
            0 if served == 0 => return untested("there are no rows"),
            0 => return untested(&format!("--where keeps none of {}", counted(served))),
            1 if *lacking == 1 && *matching == 0 => return untested(&format!("the only row has no {name}")),
            rows if *lacking == rows && *matching == 0 => return untested(&format!("none of {rows} rows has {name}")),
            _ => {}
        }
        let mut findings = Vec::new();
        if *lacking > 0 {
            let so = if expr.operator.is_negation() { "so it holds for them" } else { "so it was not tested on them" };
            let rows = counted(*rows);
            findings.push(Finding::Lacking(format!("--fail-if '{expr}': {lacking} of {rows} lack {name}, {so}")));
        }
        if let Some((_, worst)) = worst {
            let rank = if expr.operator.is_for_order() { "worst" } else { "first" };
            let rows = counted(*rows);
            findings
                .push(Finding::Rings(format!("--fail-if '{expr}' holds for {matching} of {rows}, {rank}: {worst}")));
        }
        findings
    }
}

fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}
