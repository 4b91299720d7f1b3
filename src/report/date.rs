//! The dates of Partner Center: with an offset, with `Z`, or with neither, which means UTC.
//! It has no clock: today is passed in. Anything outside the years 0001 to 9999 in UTC is treated as text.

use std::borrow::Cow;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

/// The date as served, with `Z` appended to a date and time without an offset. Anything else stays as it is.
pub fn with_offset(text: &str) -> Cow<'_, str> {
    if let Some((_, "")) = parts(text)
        && text.len() > DAY
        && instant(text).is_some()
    {
        return Cow::Owned(format!("{text}Z"));
    }
    Cow::Borrowed(text)
}

/// The UTC day of a date; `None` if the text is not a date.
pub fn utc_day(text: &str) -> Option<Date> {
    instant(text).map(DateTime::date)
}

/// The moment of a date in UTC, the start of the day if it has no time; `None` if the text is not a date.
pub fn instant(text: &str) -> Option<DateTime> {
    let (local, offset) = parts(text)?;
    let local: DateTime = local.parse().ok()?;
    let moment = match offset {
        "" | "Z" | "z" => local,
        offset => {
            let minutes = offset[1..3].parse::<i64>().ok()? * 60 + offset[4..].parse::<i64>().ok()?;
            let ahead = SignedDuration::from_mins(if offset.starts_with('-') { -minutes } else { minutes });
            local.checked_sub(ahead).ok()?
        }
    };
    (moment.year() >= 1).then_some(moment)
}

/// The moment of an RFC 3339 date with a time, its letters in any case, in UTC; `None` for any other text.
pub fn rfc_3339(text: &str) -> Option<DateTime> {
    parts(text).filter(|(_, offset)| !offset.is_empty()).and_then(|_| instant(text))
}

/// A day as `2017-03-09`; `None` for any other text.
pub fn day(text: &str) -> Option<Date> {
    if text.len() == DAY { utc_day(text) } else { None }
}

/// UTC calendar days from `day` to `today`; negative if `day` is in the future.
pub fn age(day: Date, today: Date) -> i32 {
    (today - day).get_days()
}

/// The length of `2017-03-09`.
const DAY: usize = 10;

/// The length of `2017-03-09T12:00:00.123456789`: the service writes any number of fraction digits, jiff reads nine.
const READ: usize = 29;

/// The local time, cut to nine fraction digits, and the offset; `None` if the text is not written as the service writes
/// dates: a day alone, or a day, `T` and a time to the second, with an optional fraction and offset. jiff accepts more
/// forms, which other programs would not read as dates.
fn parts(text: &str) -> Option<(&str, &str)> {
    let matches = |pattern: &str, text: &[u8]| {
        pattern.len() == text.len()
            && pattern.bytes().zip(text).all(|(form, byte)| match form {
                b'0' => byte.is_ascii_digit(),
                form => form.eq_ignore_ascii_case(byte),
            })
    };
    if matches("0000-00-00", text.as_bytes()) {
        return Some((text, ""));
    }
    let (seconds, rest) = text.split_at_checked(19)?;
    if !matches("0000-00-00T00:00:00", seconds.as_bytes()) {
        return None;
    }
    let fraction = rest.strip_prefix('.').map_or(0, |digits| 1 + digits.bytes().take_while(u8::is_ascii_digit).count());
    let offset = &rest[fraction..];
    let is_offset = matches!(offset, "" | "Z" | "z")
        || (matches("+00:00", offset.as_bytes()) || matches("-00:00", offset.as_bytes()))
            && &offset[1..3] <= "23"
            && &offset[4..] <= "59";
    (fraction != 1 && is_offset).then(|| (&text[..(19 + fraction).min(READ)], offset))
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
            "2017-03-14t03:25:16z",
            "2017-03-14t03:25:16.5",
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
            "2017-03-14T00:00:00+01:0",
            "2017-03-14T00:00:00+01:000",
            "2017-03-14T24:00:00",
            "0000-12-31",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:00-00:01",
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
