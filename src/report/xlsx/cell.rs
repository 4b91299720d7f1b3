//! A value as a cell holds it: a number, a date or a text, with the format that shows it.
//! It never makes a formula or a link of a text, and never changes a number: what a cell cannot hold exactly is text.

use std::borrow::Cow;

use jiff::civil;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign};

use crate::report::columns::{ColumnKind, Value};
use crate::report::date;
use crate::sanitize::is_formula;

/// How many characters a cell holds, counted in UTF-16.
pub const MOST: usize = 32_767;

/// How far figures stand from the right, in steps of a spreadsheet.
pub const INDENT: u8 = 2;

/// The digits that a spreadsheet keeps.
const DIGITS: usize = 15;

/// What a cell shows, and how.
pub enum Cell<'v> {
    Number(f64, Style),
    Date(ExcelDateTime, Style),
    Text { text: Cow<'v, str>, style: Style, is_cut: bool },
}

/// How a cell shows its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Text,
    /// A text that would be run as a formula once somebody edits it.
    Quoted,
    /// A figure that is only exact as text.
    Exact,
    Integer,
    Number,
    Change,
    Percent,
    Money,
    Day,
    Moment,
}

impl Style {
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Quoted,
        Self::Exact,
        Self::Integer,
        Self::Number,
        Self::Change,
        Self::Percent,
        Self::Money,
        Self::Day,
        Self::Moment,
    ];

    /// The format; `None` for the plain one.
    pub fn format(self) -> Option<Format> {
        // Apart from the text in the next column, and below a name that has the filter's button on its right.
        let figure = || Format::new().set_align(FormatAlign::Right).set_indent(INDENT);
        let date = |code: &str| Format::new().set_align(FormatAlign::Left).set_indent(1).set_num_format(code);
        Some(match self {
            Self::Text => return None,
            Self::Quoted => Format::new().set_quote_prefix(),
            Self::Exact | Self::Number => figure(),
            Self::Integer => figure().set_num_format("#,##0"),
            Self::Change => figure().set_num_format("+#,##0;-#,##0;0"),
            Self::Percent => figure().set_num_format("0.0"),
            Self::Money => figure().set_num_format("#,##0.00"),
            Self::Day => date("yyyy-mm-dd"),
            Self::Moment => date("yyyy-mm-dd hh:mm:ss"),
        })
    }

    /// How most values of a column are shown.
    pub fn usual(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text | ColumnKind::Id => Self::Text,
            ColumnKind::Date => Self::Day,
            ColumnKind::Percent => Self::Percent,
            ColumnKind::Money => Self::Money,
            ColumnKind::Change => Self::Change,
            ColumnKind::Count => Self::Integer,
        }
    }

    /// How wide a value is that is shown with it; `None` if that depends on the value.
    pub fn width(self) -> Option<usize> {
        match self {
            Self::Day => Some("2017-03-09".len()),
            Self::Moment => Some("2017-03-09 00:00:00".len()),
            _ => None,
        }
    }
}

impl<'v> Cell<'v> {
    /// `None` for an absent value, whose cell stays empty.
    pub fn of(value: Value<'v>, kind: ColumnKind) -> Option<Self> {
        match value {
            Value::Absent => None,
            Value::Number(text) => Some(match exact(&text) {
                Some(number) => Self::Number(number, style(number, kind)),
                None => Self::text(text, Style::Exact),
            }),
            Value::Text(text) => {
                if kind == ColumnKind::Date
                    && let Some((date, style)) = date(&text)
                {
                    return Some(Self::Date(date, style));
                }
                let style = if is_formula(&text) { Style::Quoted } else { Style::Text };
                Some(Self::text(text, style))
            }
        }
    }

    fn text(text: Cow<'v, str>, style: Style) -> Self {
        let mut length = 0;
        let cut = text.char_indices().find(|(_, char)| {
            length += char.len_utf16();
            length > MOST
        });
        match cut {
            Some((at, _)) => Self::Text { text: Cow::Owned(text[..at].to_owned()), style, is_cut: true },
            None => Self::Text { text, style, is_cut: false },
        }
    }
}

/// A JSON number as spreadsheets calculate with it; `None` if it has more digits than they keep, or is too large.
fn exact(text: &str) -> Option<f64> {
    let (digits, _) = text.split_once(['e', 'E']).unwrap_or((text, ""));
    let digits = digits.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    let number = text.parse::<f64>().ok()?;
    (digits <= DIGITS && number.is_finite()).then_some(number)
}

fn style(number: f64, kind: ColumnKind) -> Style {
    match kind {
        ColumnKind::Percent => Style::Percent,
        ColumnKind::Money => Style::Money,
        // A format for whole numbers would round others.
        _ if number.fract() != 0.0 || number.abs() >= 1e15 => Style::Number,
        ColumnKind::Change => Style::Change,
        _ => Style::Integer,
    }
}

/// The moment in UTC, if spreadsheets know it, and how much of it is shown. Of the first two months of 1900 they disagree, since
/// Excel has a 29th of February in that year.
fn date(text: &str) -> Option<(ExcelDateTime, Style)> {
    let moment = date::instant(text).filter(|moment| moment.date() >= civil::date(1900, 3, 1))?;
    let small = |number: i8| number.unsigned_abs();
    let (year, month, day) = (u16::try_from(moment.year()).ok()?, small(moment.month()), small(moment.day()));
    let date = ExcelDateTime::from_ymd(year, month, day).ok()?;
    let millis = moment.millisecond().unsigned_abs();
    let (hour, minute, second) = (small(moment.hour()), small(moment.minute()), small(moment.second()));
    if (hour, minute, second, millis) == (0, 0, 0, 0) {
        return Some((date, Style::Day));
    }
    Some((date.and_hms_milli(hour.into(), minute, second, millis).ok()?, Style::Moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: Value<'_>, kind: ColumnKind) -> String {
        match Cell::of(value, kind) {
            None => "empty".to_owned(),
            Some(Cell::Number(number, style)) => format!("{number} {style:?}"),
            Some(Cell::Date(date, style)) => format!("{} {style:?}", date.to_excel()),
            Some(Cell::Text { text, style, is_cut }) => {
                format!("{} {style:?}{}", text.chars().count(), if is_cut { " cut" } else { "" })
            }
        }
    }

    #[test]
    fn a_number_is_a_number_unless_a_spreadsheet_would_change_it() {
        for (text, kind, expected) in [
            ("250", ColumnKind::Count, "250 Integer"),
            ("-3", ColumnKind::Change, "-3 Change"),
            ("2.5", ColumnKind::Count, "2.5 Number"),
            ("92.4", ColumnKind::Percent, "92.4 Percent"),
            ("100", ColumnKind::Percent, "100 Percent"),
            ("1e2", ColumnKind::Count, "100 Integer"),
            ("123456789012345", ColumnKind::Count, "123456789012345 Integer"),
            ("0.00123456789012345", ColumnKind::Percent, "0.00123456789012345 Percent"),
            ("1234567890123456", ColumnKind::Count, "16 Exact"),
            ("33.33333333333333", ColumnKind::Percent, "17 Exact"),
            ("1e400", ColumnKind::Count, "5 Exact"),
        ] {
            assert_eq!(shown(Value::Number(text.into()), kind), expected, "{text}");
        }
        assert_eq!(shown(Value::Absent, ColumnKind::Count), "empty");
    }

    #[test]
    fn a_date_is_a_date_in_utc_unless_spreadsheets_do_not_know_it() {
        for (text, expected) in [
            ("2017-03-09T00:00:00Z", "42803 Day"),
            ("2017-03-09", "42803 Day"),
            ("2017-03-09T02:00:00+02:00", "42803 Day"),
            ("2017-03-09T12:00:00Z", "42803.5 Moment"),
            ("1900-03-01", "61 Day"),
            ("1900-02-28", "10 Text"),
            ("1899-12-31", "10 Text"),
            ("9999-12-31", "2958465 Day"),
            ("soon", "4 Text"),
        ] {
            assert_eq!(shown(Value::Text(text.into()), ColumnKind::Date), expected, "{text}");
        }
        assert_eq!(shown(Value::Text("2017-03-09".into()), ColumnKind::Text), "10 Text");
    }

    #[test]
    fn a_text_stays_text_and_is_cut_only_where_a_cell_ends() {
        for (text, expected) in [
            ("=cmd|' /C calc'!A0".to_owned(), "18 Quoted"),
            ("http://example.com".to_owned(), "18 Text"),
            ("0123".to_owned(), "4 Text"),
            ("x".repeat(MOST), "32767 Text"),
            ("x".repeat(MOST + 1), "32767 Text cut"),
            // Two of the units that a cell is counted in, which are not taken apart.
            ("\u{1f600}".repeat(MOST.div_ceil(2)), "16383 Text cut"),
        ] {
            assert_eq!(shown(Value::Text(text.as_str().into()), ColumnKind::Text), expected);
        }
    }
}
