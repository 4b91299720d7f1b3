//! The dates of Partner Center: with an offset, with `Z`, or with neither, which is UTC.
//! It has no clock: today is given.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

/// The date as served, `Z` appended to a date with a time that says no offset. What is no date stays as it is.
pub fn with_offset(text: &str) -> Cow<'_, str> {
    if has_shape(text) && text.len() > DAY && !has_offset(text) && civil(text).is_some() {
        return Cow::Owned(format!("{text}Z"));
    }
    Cow::Borrowed(text)
}

/// The UTC day of a date; `None` for a text that is no date.
pub fn utc_day(text: &str) -> Option<Date> {
    instant(text).map(utc_day_of)
}

/// The moment that a date means, the start of its day where it has no time; `None` for a text that is no date.
pub fn instant(text: &str) -> Option<Timestamp> {
    if !has_shape(text) {
        return None;
    }
    if has_offset(text) {
        return cut_fraction(text).parse().ok();
    }
    Some(civil(text)?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The moment of an RFC 3339 date with a time, its letters in any case; `None` for any other text.
pub fn rfc_3339(text: &str) -> Option<Timestamp> {
    let text = text.to_ascii_uppercase();
    instant(&text).filter(|_| has_offset(&text))
}

/// A day as `2017-03-09`; `None` for any other text.
pub fn day(text: &str) -> Option<Date> {
    if has_shape(text) && text.len() == DAY { text.parse().ok() } else { None }
}

pub fn utc_day_of(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// UTC calendar days from `day` to `today`; negative where `day` is to come.
pub fn age(day: Date, today: Date) -> i32 {
    (today - day).get_days()
}

/// The length of `2017-03-09`.
const DAY: usize = 10;

/// Whether the text is written as the service writes dates: a day alone, or `T` and a time to the second, and then a
/// fraction and an offset. jiff reads more, which would not be a date to anybody else.
fn has_shape(text: &str) -> bool {
    let matches = |pattern: &str, text: &[u8]| {
        pattern.bytes().zip(text).all(|(form, byte)| if form == b'0' { byte.is_ascii_digit() } else { form == *byte })
    };
    match text.as_bytes() {
        day if day.len() == DAY => matches("0000-00-00", day),
        time if time.len() > 18 => {
            matches("0000-00-00T00:00:00", time) && {
                let rest = &text[19..];
                let fraction = rest
                    .strip_prefix('.')
                    .map_or(0, |digits| 1 + digits.bytes().take_while(u8::is_ascii_digit).count());
                let offset = &rest[fraction..];
                fraction != 1
                    && (matches!(offset, "" | "Z")
                        || offset.len() == 6
                            && (matches("+00:00", offset.as_bytes()) || matches("-00:00", offset.as_bytes()))
                            && &offset[1..3] <= "23"
                            && &offset[4..] <= "59")
            }
        }
        _ => false,
    }
}

/// Whether a time ends in `Z` or in an offset such as `+00:00`.
fn has_offset(text: &str) -> bool {
    text.ends_with('Z') || text.get(DAY..).is_some_and(|time| time.contains(['+', '-']))
}

fn civil(text: &str) -> Option<DateTime> {
    cut_fraction(text).parse().ok()
}

/// The service writes any number of fraction digits, jiff reads nine.
fn cut_fraction(text: &str) -> Cow<'_, str> {
    let Some((seconds, fraction)) = text.split_once('.') else { return Cow::Borrowed(text) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{seconds}.{}{}", &fraction[..9], &fraction[digits..]))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn all_shapes_of_date_are_read_as_utc() {
        for text in [
            "2017-03-14T00:00:00+00:00",
            "2017-03-14T03:25:16.36+00:00",
            "2017-03-14T03:25:16.123456789012+00:00",
            "2017-03-14T03:25:16Z",
            "2017-03-14T03:25:16",
            "2017-03-14T03:25:16.1234567",
            "2017-03-15T00:30:00+02:00",
            "2017-03-13T23:30:00-02:00",
            "2017-03-14",
        ] {
            assert_eq!(utc_day(text), Some(date(2017, 3, 14)), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2017-13-01T00:00:00Z",
            "14.03.2017",
            "2017-03-14T",
            "0",
            "=1+1",
            "2017-03-14T00:00:00[Europe/Berlin]",
            "20170314T000000Z",
            "2017-03-14T00:00:00.",
            "-000001-01-01T00:00:00",
            "2017-03-14 00:00:00",
            "2017-03-14T00:00:00Zä",
            "2017-03-14T00:00:00+25:00",
            "2017-03-14T00:00:00+01:60",
        ] {
            assert_eq!(utc_day(text), None, "{text}");
        }
    }

    #[test]
    fn an_offset_is_added_only_where_a_date_with_a_time_has_none() {
        for (served, shown) in [
            ("2018-10-14T00:00:00", "2018-10-14T00:00:00Z"),
            ("2018-10-14T00:00:00.1234567890", "2018-10-14T00:00:00.1234567890Z"),
            ("2018-10-14T00:00:00Z", "2018-10-14T00:00:00Z"),
            ("2018-10-14T00:00:00+00:00", "2018-10-14T00:00:00+00:00"),
            ("2018-10-14", "2018-10-14"),
            ("not a date", "not a date"),
        ] {
            assert_eq!(with_offset(served), shown);
        }
    }

    #[test]
    fn ages_are_calendar_days() {
        assert_eq!(age(date(2017, 3, 9), date(2017, 3, 15)), 6);
        assert_eq!(age(date(2016, 3, 9), date(2017, 3, 9)), 365);
        assert_eq!(age(date(2017, 3, 10), date(2017, 3, 9)), -1);
    }
}
