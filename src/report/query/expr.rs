//! Expressions as they are typed: `FIELD OP VALUE`, read once, into a type.
//! What is not understood is refused, and never taken for something else.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::insight::number::{decimal, plain};
use crate::report::columns::{CHANGE, ColumnKind, Comparable, folded};
use crate::report::date;
use crate::report::row::{ChangeKind, Row};
use crate::report::shape::Field;
use crate::sanitize::sanitize_cut;

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
    Number(Decimal),
    /// A UTC day.
    Day(Date),
    /// In UTC.
    Moment(DateTime),
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
            let text = sanitize_cut(text, 40);
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
        let fits = if kind.is_text() { "= != ~ !~" } else { "= != < <= > >=" };
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
        let is_other_kind = if kind.is_text() { operator.is_for_order() } else { operator.is_for_text_only() };
        if is_other_kind {
            return Err(format!("`{written}` does not fit {name}, which takes {fits}"));
        }
        let value = rest[written.len()..].trim();
        if value.is_empty() {
            return Err(format!("there is no value after `{written}`; an empty text is written as \"\""));
        }
        let operand = Operand::of(unquoted(value), field).map_err(|why| {
            let is_two = [" and ", " or ", "&&", "||"].iter().any(|word| value.to_lowercase().contains(word));
            if is_two { format!("{why}; what must hold too goes into another --where") } else { why }
        })?;
        // One that could never hold is a slip.
        let names = ChangeKind::ALL.map(ChangeKind::name);
        if let Operand::Text { folded, .. } = &operand
            && *field.0 == CHANGE
            && !operator.is_for_text_only()
            && !names.contains(&folded.as_str())
        {
            return Err(format!("`{}` is no change, which is {}", sanitize_cut(value, 40), names.join(", ")));
        }
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
        let shown = || sanitize_cut(value, 40);
        let name = field.0.name;
        match field.0.kind {
            ColumnKind::Text | ColumnKind::Id => Ok(Self::Text { typed: value.to_owned(), folded: folded(value) }),
            ColumnKind::Date => {
                let moment = date::day(value).map(Self::Day).or_else(|| date::rfc_3339(value).map(Self::Moment));
                moment.ok_or_else(|| {
                    format!(
                        "`{}` is no date: {name} takes a day like 2017-03-09, or a time like 2017-03-09T12:00:00Z",
                        shown()
                    )
                })
            }
            ColumnKind::Percent => number(value.strip_suffix('%').map_or(value, str::trim_end))
                .map_err(|why| format!("`{}` {}", shown(), why.told("percentage", name, "50, 12.5 or 50%"))),
            ColumnKind::Count | ColumnKind::Change => {
                number(value).map_err(|why| format!("`{}` {}", shown(), why.told("number", name, "5 or -5")))
            }
        }
    }
}

/// Why a text is not a number to compare with.
enum NotComparable {
    NotANumber,
    TooLong,
}

impl NotComparable {
    fn told(&self, what: &str, name: &str, like: &str) -> String {
        match self {
            Self::NotANumber => format!("is no {what}: {name} takes a number like {like}"),
            Self::TooLong => "has too many digits: 28 are compared".to_owned(),
        }
    }
}

/// Decimal digits with an optional sign and point. `Decimal` alone would read `1_000` too.
fn number(text: &str) -> Result<Operand, NotComparable> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.len() + fraction.len() == 0 {
        return Err(NotComparable::NotANumber);
    }
    decimal(text).map(Operand::Number).ok_or(NotComparable::TooLong)
}

impl Expr {
    /// Whether the row satisfies it; a row without the value satisfies only `!=` and `!~`.
    pub fn holds(&self, row: &Row<'_>, today: Date) -> bool {
        self.holds_for(self.field.0.comparable(row, today).as_ref())
    }

    /// The same for the value that a row has in the field.
    pub fn holds_for(&self, key: Option<&Comparable>) -> bool {
        let Some(key) = key else { return self.operator.is_negation() };
        let order = match (key, &self.operand) {
            (Comparable::Text(text), Operand::Text { folded, .. }) if self.operator.is_for_text_only() => {
                return text.contains(folded.as_str()) == (self.operator == Operator::Contains);
            }
            (Comparable::Text(text), Operand::Text { folded, .. }) => text.cmp(folded),
            (Comparable::Number(_), Operand::Number(operand)) => key.order(&Comparable::Number(*operand)),
            (Comparable::Moment(moment), Operand::Day(day)) => moment.date().cmp(day),
            (Comparable::Moment(moment), Operand::Moment(operand)) => moment.cmp(operand),
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

    /// Whether a row without the value satisfies it.
    pub fn is_negation(&self) -> bool {
        self.operator.is_negation()
    }

    /// Whether some values are further than others from what is wanted.
    pub fn has_worst(&self) -> bool {
        self.operator.is_for_order()
    }

    /// Whether this value is further than the other from what is wanted.
    pub fn is_worse(&self, one: &Comparable, other: &Comparable) -> bool {
        match self.operator {
            Operator::Less | Operator::AtMost => one.order(other).is_lt(),
            Operator::Greater | Operator::AtLeast => one.order(other).is_gt(),
            _ => false,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ", self.field.0.name, self.operator)?;
        match &self.operand {
            Operand::Number(number) => formatter.write_str(&plain(*number)),
            Operand::Day(day) => write!(formatter, "{day}"),
            Operand::Moment(moment) => write!(formatter, "{moment}Z"),
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

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
