//! One condition as typed: `FIELD OP VALUE`, parsed once, into a type.
//! Anything not understood is refused, never reinterpreted.

use std::fmt;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use crate::failure::Failure;
use crate::insight::number::{decimal, plain};
use crate::report::columns::{CHANGE, ColumnKind, Comparable, folded};
use crate::report::date;
use crate::report::row::{ChangeKind, Row};
use crate::report::shape::Field;
use crate::sanitize::sanitize_cut;

/// `FIELD OP VALUE`. What [`fmt::Display`] writes parses to the same value.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub field: Field,
    operator: Operator,
    operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    ContainsNot,
}

/// As written; an operator comes before any that is its prefix.
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

/// The characters that start an operator.
pub const OPERATOR_SIGNS: [char; 5] = ['=', '!', '<', '>', '~'];

/// Whether the text begins with an operator.
pub fn has_operator(text: &str) -> bool {
    OPERATORS.iter().any(|(written, _)| text.starts_with(written))
}

impl Operator {
    /// The operator that `text` begins with, and the text after it.
    ///
    /// # Errors
    /// `Usage`, naming the operators that the field takes.
    pub fn read(text: &str, field: Field) -> Result<(Self, &str), Failure> {
        let (kind, name) = (field.0.kind, field.0.name);
        let fits = if kind.is_text() { "= != ~ !~" } else { "= != < <= > >=" };
        let signs = &text[..text.find(|char| !OPERATOR_SIGNS.contains(&char)).unwrap_or(text.len())];
        // `=~` and `=>` are mistakes: read as `=`, they would never do what was meant.
        let Some((written, operator)) = OPERATORS.iter().find(|(written, _)| *written == signs) else {
            let signs = sanitize_cut(signs, 40);
            return Err(Failure::usage(format!("`{signs}` is not an operator: {name} takes {fits}")));
        };
        let is_other_kind = if kind.is_text() { operator.is_for_order() } else { operator.is_for_text_only() };
        if is_other_kind {
            return Err(Failure::usage(format!("`{written}` does not fit {name}, which takes {fits}")));
        }
        Ok((*operator, text[written.len()..].trim()))
    }

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
        /// With its quotes, without which it might parse as something else.
        written: String,
        folded: String,
    },
}

/// Splits off the name of the field.
pub fn split(text: &str) -> Result<(&str, &str), Failure> {
    const FORM: &str = "write FIELD OP VALUE, in quotes: 'usage < 50'";
    let text = text.trim();
    let Some(at) = text.find(OPERATOR_SIGNS) else {
        let text = sanitize_cut(text, 40);
        return Err(Failure::usage(format!("`{text}` has no operator")).hint(FORM));
    };
    let (name, rest) = text.split_at(at);
    if name.trim().is_empty() {
        return Err(Failure::usage("the field before the operator is missing").hint(FORM));
    }
    if name.starts_with('(') {
        let hint = "`and` binds tighter than `or`; if --where is repeated, all must match";
        return Err(Failure::usage("an expression cannot contain parentheses").hint(hint));
    }
    Ok((name, rest))
}

impl Condition {
    /// A comparison of the field with a value as written, perhaps in quotes.
    ///
    /// # Errors
    /// `Usage`, saying what would work.
    pub fn new(field: Field, operator: Operator, written: &str) -> Result<Self, Failure> {
        if written.is_empty() {
            let message = format!("there is no value after `{operator}`; an empty text is written as \"\"");
            return Err(Failure::usage(message));
        }
        let value = unquoted(written)?;
        let operand = Operand::of(value, written, field).map_err(Failure::usage)?;
        // One that could never match is a mistake.
        let names = ChangeKind::ALL.map(ChangeKind::name);
        if let Operand::Text { folded, .. } = &operand
            && *field.0 == CHANGE
            && !operator.is_for_text_only()
            && !names.contains(&folded.as_str())
        {
            let message = format!("`{}` is not a change: it is one of {}", sanitize_cut(value, 40), names.join(", "));
            return Err(Failure::usage(message));
        }
        Ok(Self { field, operator, operand })
    }

    /// Whether the row matches; a row without the value matches only `!=` and `!~`.
    pub fn holds(&self, row: &Row<'_>, today: Date) -> bool {
        self.holds_for(row, today).unwrap_or_else(|| self.operator.is_negation())
    }

    /// The same; `None` for a row without the value.
    pub fn holds_for(&self, row: &Row<'_>, today: Date) -> Option<bool> {
        let key = self.field.0.comparable(row, today)?;
        let order = match (&key, &self.operand) {
            (Comparable::Text(text), Operand::Text { folded, .. }) if self.operator.is_for_text_only() => {
                return Some(text.contains(folded.as_str()) == (self.operator == Operator::Contains));
            }
            (Comparable::Text(text), Operand::Text { folded, .. }) => text.cmp(folded),
            (Comparable::Number(_), Operand::Number(operand)) => key.order(&Comparable::Number(*operand)),
            (Comparable::Moment(moment), Operand::Day(day)) => moment.date().cmp(day),
            (Comparable::Moment(moment), Operand::Moment(operand)) => moment.cmp(operand),
            // A column and its operand are of one kind.
            _ => return Some(false),
        };
        Some(match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Less => order.is_lt(),
            Operator::AtMost => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::AtLeast => order.is_ge(),
            Operator::Contains | Operator::ContainsNot => false,
        })
    }

    /// Whether it compares an amount, whatever its currency.
    pub fn is_on_money(&self) -> bool {
        self.field.0.kind == ColumnKind::Money
    }

    /// Whether values can be more or less bad.
    pub fn has_worst(&self) -> bool {
        self.operator.is_for_order()
    }

    /// Whether this value is worse than the other.
    pub fn is_worse(&self, one: &Comparable, other: &Comparable) -> bool {
        match self.operator {
            Operator::Less | Operator::AtMost => one.order(other).is_lt(),
            Operator::Greater | Operator::AtLeast => one.order(other).is_gt(),
            _ => false,
        }
    }
}

/// Typographic quotes. The one that is also an apostrophe counts only if it is on both sides.
const TYPOGRAPHIC: [char; 10] = ['“', '”', '„', '‟', '‘', '‚', '‛', '«', '»', '‹'];
const APOSTROPHE: char = '’';

/// The value without the pair of quotes around it, if any.
fn unquoted(written: &str) -> Result<&str, Failure> {
    let shown = || sanitize_cut(written, 40);
    let apostrophes = written.strip_prefix(APOSTROPHE).is_some_and(|rest| rest.ends_with(APOSTROPHE));
    if apostrophes || written.starts_with(TYPOGRAPHIC) {
        let failure = Failure::usage(format!("`{}` has typographic quotes", shown()));
        return Err(failure.hint("use straight ones, \" or '"));
    }
    let Some(quote) = written.chars().next().filter(|first| ['"', '\''].contains(first)) else { return Ok(written) };
    written[1..]
        .strip_suffix(quote)
        .ok_or_else(|| Failure::usage(format!("`{}` begins with a quote, so it must end with the same one", shown())))
}

impl Operand {
    fn of(value: &str, written: &str, field: Field) -> Result<Self, String> {
        let shown = || sanitize_cut(value, 40);
        let name = field.0.name;
        match field.0.kind {
            ColumnKind::Text | ColumnKind::Id => {
                // Double quotes read better in messages, which put the expression in single ones.
                let has_quotes = value.len() < written.len();
                let written =
                    if has_quotes && !value.contains('"') { format!("\"{value}\"") } else { written.to_owned() };
                Ok(Self::Text { written, folded: folded(value) })
            }
            ColumnKind::Date => {
                let moment = date::day(value).map(Self::Day).or_else(|| date::rfc_3339(value).map(Self::Moment));
                moment.ok_or_else(|| {
                    format!(
                        "`{}` is not a date: {name} takes a day like 2017-03-09, or a time like 2017-03-09T12:00:00Z",
                        shown()
                    )
                })
            }
            ColumnKind::Percent => number(value.strip_suffix('%').map_or(value, str::trim_end))
                .map_err(|why| format!("`{}` {}", shown(), why.told("percentage", name, "50, 12.5 or 50%"))),
            ColumnKind::Money => {
                number(value).map_err(|why| format!("`{}` {}", shown(), why.told("number", name, "500 or 99.50")))
            }
            ColumnKind::Count | ColumnKind::Change => {
                number(value).map_err(|why| format!("`{}` {}", shown(), why.told("number", name, "5 or -5")))
            }
        }
    }
}

/// Why a text is not a valid number.
enum NotComparable {
    NotANumber,
    TooLong,
}

impl NotComparable {
    fn told(&self, what: &str, name: &str, like: &str) -> String {
        match self {
            Self::NotANumber => format!("is not a {what}: {name} takes a number like {like}"),
            Self::TooLong => "has too many digits: at most 28 can be compared".to_owned(),
        }
    }
}

/// Decimal digits with an optional sign and point. `Decimal` alone would accept `1_000` too.
fn number(text: &str) -> Result<Operand, NotComparable> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.len() + fraction.len() == 0 {
        return Err(NotComparable::NotANumber);
    }
    decimal(text).map(Operand::Number).ok_or(NotComparable::TooLong)
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ", self.field.0.name, self.operator)?;
        match &self.operand {
            Operand::Number(number) => formatter.write_str(&plain(*number)),
            Operand::Day(day) => write!(formatter, "{day}"),
            Operand::Moment(moment) => write!(formatter, "{moment}Z"),
            Operand::Text { written, .. } => formatter.write_str(written),
        }
    }
}
