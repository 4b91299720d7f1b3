//! The rows of an answer: one `Insight` for each product and workload of a customer, borrowed from the body.
//! It adds nothing up, clamps nothing and makes up no value: what the service left out stays absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::clean::clean_cut;
use crate::failure::{Failure, Kind};

/// A customer's id: the GUID of its Entra tenant, shown in lower case with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CustomerId(Uuid);

impl FromStr for CustomerId {
    type Err = &'static str;

    /// Takes a GUID in any case, with or without braces, with or without hyphens; no URN.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a customer id is a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
        let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        // `uuid` alone would also take URNs, and braces of its own.
        if !matches!(bare.len(), 32 | 36) || bare.starts_with('{') {
            return Err(FORM);
        }
        Uuid::try_parse(bare).map(Self).map_err(|_| FORM)
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

/// One row: the licences of one product as one workload counts them. The same seat is in the row of each workload.
///
/// Names, units and meanings are those of Partner Center's resource `CustomerLicensesUsageInsights`; every member is
/// optional and unknown ones are ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Insight<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    pub customer_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub customer_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub product_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub product_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub workload_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub workload_code: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub service_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub service_code: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub channel: Option<Cow<'a, str>>,
    /// Seats that may use the workload.
    #[serde(borrow, default)]
    pub licenses_qualified: Option<Number<'a>>,
    /// Seats that used it.
    #[serde(borrow, default)]
    pub licenses_active: Option<Number<'a>>,
    /// Microsoft's "adjusted" figure, on a scale of 0 to 100.
    #[serde(borrow, default)]
    pub usage_percent: Option<Number<'a>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub processed_date_time: Option<Cow<'a, str>>,
    /// What a report works out for the row; nothing of it is the service's.
    #[serde(skip)]
    pub derived: Option<Box<Derived>>,
}

/// Figures of our own.
#[derive(Debug)]
pub enum Derived {
    /// Of a row that stands for all workloads of a product.
    Summary {
        workloads: usize,
        /// With one decimal; absent where there is nothing to divide, or by.
        usage_percent: Option<String>,
    },
    /// Of a row that was compared with an earlier answer: now less then, absent where either is.
    Change { licenses_qualified: Option<String>, licenses_active: Option<String>, change: Change },
}

/// What has become of a row since an earlier answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    New,
    /// It is only in the earlier answer, whose figures it has.
    Gone,
    /// A count or the usage differs.
    Changed,
    Same,
}

impl Insight<'_> {
    /// What has become of the row; `None` where nothing was compared.
    pub fn change(&self) -> Option<Change> {
        match self.derived.as_deref() {
            Some(Derived::Change { change, .. }) => Some(*change),
            _ => None,
        }
    }

    /// Qualified seats that are not active: absent where either figure is, 0 where it would be negative.
    pub fn licenses_idle(&self) -> Option<Cow<'static, str>> {
        let idle = self.licenses_qualified?.minus(self.licenses_active?)?;
        Some(if idle.starts_with('-') { Cow::Borrowed("0") } else { Cow::Owned(idle) })
    }
}

/// A number as the service wrote it, digit for digit.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a>(&'a str);

impl<'de: 'a, 'a> Deserialize<'de> for Number<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Any value passes here: `rows` refuses what is no number, since it can name the row.
        <&RawValue>::deserialize(deserializer).map(|raw| Self(raw.get()))
    }
}

impl<'a> Number<'a> {
    /// The digits as served, without a count's zero fraction.
    pub fn as_served(self) -> &'a str {
        self.0
    }

    /// The value to calculate with, to the digit; `None` where a [`Decimal`] cannot hold it.
    pub fn value(self) -> Option<Decimal> {
        decimal(self.0)
    }

    /// The difference, to the digit; `None` where it cannot be worked out so.
    pub fn minus(self, other: Number<'_>) -> Option<String> {
        // Almost all figures are small and whole.
        if let (Ok(one), Ok(other)) = (self.0.parse::<i32>(), other.0.parse::<i32>()) {
            return Some((i64::from(one) - i64::from(other)).to_string());
        }
        Some(plain(minus(self.value()?, other.value()?)?))
    }

    /// Whether both are the same figure, however it is written.
    pub fn equals(self, other: Number<'_>) -> bool {
        // What has no value is compared as it is written.
        self.0 == other.0 || self.value().is_some_and(|value| other.value() == Some(value))
    }

    fn is_number(self) -> bool {
        // It is some JSON value, so its first byte tells.
        self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit())
    }

    /// `206.0` is 206 licences: a count has no fraction, though some answers write one.
    fn without_zero_fraction(self) -> Self {
        match self.0.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => Self(whole),
            _ => self,
        }
    }
}

/// The value of a JSON number; `None` where a [`Decimal`] cannot hold all its digits (28 of them always fit).
pub fn decimal(number: &str) -> Option<Decimal> {
    match number.split_once(['e', 'E']) {
        None => Decimal::from_str_exact(number).ok(),
        // `from_scientific` alone would round what stands before the exponent.
        Some((digits, _)) => Decimal::from_str_exact(digits).and_then(|_| Decimal::from_scientific(number)).ok(),
    }
}

/// The sum, to the digit; `None` where it cannot be held.
pub fn plus(one: Decimal, other: Decimal) -> Option<Decimal> {
    one.checked_add(other).filter(|sum| is_exact(*sum, one, other))
}

/// The difference, to the digit; `None` where it cannot be held.
pub fn minus(one: Decimal, other: Decimal) -> Option<Decimal> {
    one.checked_sub(other).filter(|difference| is_exact(*difference, one, other))
}

/// Where there is no room for all digits, a [`Decimal`] drops some behind the point.
fn is_exact(result: Decimal, one: Decimal, other: Decimal) -> bool {
    one.is_zero() || other.is_zero() || result.scale() == one.scale().max(other.scale())
}

/// Digits as anybody would write them: no zeros at the end of a fraction, and no negative zero.
pub fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// The body as text, without a byte order mark.
///
/// # Errors
/// `NotUnderstood` where it is not UTF-8.
pub fn body_text(body: &[u8]) -> Result<&str, Failure> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    str::from_utf8(body).map_err(|error| {
        not_understood(format!("the answer is not UTF-8: byte {} does not belong there", error.valid_up_to() + 1))
    })
}

/// What a body holds.
#[derive(Debug)]
pub struct Collection<'a> {
    /// In the order served.
    pub rows: Vec<Insight<'a>>,
    /// What there is to say where these may not be all rows, as `has 2 rows, but a totalCount of 5`.
    pub gap: Option<String>,
}

/// Reads a body; `customer` fills in for an id that the service left out. An empty body, or just `null`, which stands for
/// one, has no rows, and neither have items that are `null`.
///
/// # Errors
/// `NotUnderstood` where it is not the documented JSON: an object with a list of rows, `items`, in which counts and
/// percentages are numbers.
pub fn collection<'a>(body: &'a str, customer: Option<&'a str>) -> Result<Collection<'a>, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Members<'a> {
        // Of its own accord serde would take a member that is missing for one that is `null`.
        #[serde(borrow, deserialize_with = "Option::deserialize")]
        items: Option<Vec<Object<Insight<'a>>>>,
        #[serde(borrow)]
        total_count: Option<Number<'a>>,
        #[serde(borrow)]
        links: Option<&'a RawValue>,
    }
    match body.as_bytes().trim_ascii() {
        b"" | b"null" => return Ok(Collection { rows: Vec::new(), gap: None }),
        [b'{', ..] => {}
        _ => {
            let start = clean_cut(body.trim_ascii_start(), 40);
            return Err(not_understood(format!("the answer is no JSON object; it starts with: {start}")));
        }
    }
    let Members { items, total_count, links } = serde_json::from_str(body)
        .map_err(|error| not_understood(format!("the answer is not the documented JSON: {error}")))?;
    let items = items.unwrap_or_default();
    let mut rows: Vec<Insight<'a>> = items.into_iter().map(|Object(row)| row).collect();
    for (index, row) in rows.iter_mut().enumerate() {
        for (name, number) in [
            ("licensesActive", row.licenses_active),
            ("licensesQualified", row.licenses_qualified),
            ("usagePercent", row.usage_percent),
        ] {
            if let Some(number) = number.filter(|number| !number.is_number()) {
                let value = clean_cut(number.0, 40);
                return Err(not_understood(format!("{name} of row {} is no number: {value}", index + 1)));
            }
        }
        row.licenses_active = row.licenses_active.map(Number::without_zero_fraction);
        row.licenses_qualified = row.licenses_qualified.map(Number::without_zero_fraction);
        match row.customer_id.as_ref().filter(|served| !served.is_empty()) {
            None => row.customer_id = customer.map(Cow::Borrowed),
            Some(served) => {
                if let Ok(id) = served.parse::<CustomerId>() {
                    row.customer_id = Some(Cow::Owned(id.to_string()));
                }
            }
        }
    }
    let gap = gap(rows.len(), total_count.filter(|count| count.is_number()), links);
    Ok(Collection { rows, gap })
}

/// `totalCount` is the number of items in the answer, and no paging is documented: whatever says otherwise may hide rows.
fn gap(rows: usize, total_count: Option<Number<'_>>, links: Option<&RawValue>) -> Option<String> {
    #[derive(Deserialize)]
    struct Links {
        next: Option<de::IgnoredAny>,
    }
    let has_next = links.is_some_and(|links| {
        serde_json::from_str::<Object<Links>>(links.get()).is_ok_and(|Object(links)| links.next.is_some())
    });
    let is_all = total_count.is_none_or(|count| count.value() == Some(rows.into()));
    if is_all && !has_next {
        return None;
    }
    let count = match total_count {
        None => "no totalCount".to_owned(),
        Some(count) => format!("{}a totalCount of {}", if is_all { "" } else { "but " }, clean_cut(count.0, 40)),
    };
    let next = if has_next { ", and a link to a next page, which is not followed" } else { "" };
    Some(format!("has {rows} row{}, {count}{next}", if rows == 1 { "" } else { "s" }))
}

/// A JSON object and nothing else: serde alone would read the members of a struct from an array too, by their places.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = T;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(members))
            }
        }
        deserializer.deserialize_map(Visitor(PhantomData)).map(Self)
    }
}

fn not_understood(message: String) -> Failure {
    Failure::new(Kind::NotUnderstood, message)
}

/// A text member: absent and `null` are the same, and a number or a boolean in its place is shown as it is written.
///
/// # Errors
/// Where it is an object or an array.
pub fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    // Of a number, serde's own types would keep the value and not the digits.
    let written = <&RawValue>::deserialize(deserializer)?.get();
    // Almost all are short strings, of which every byte is looked at faster than a backslash is searched for.
    let is_plain = |text: &&str| text.bytes().fold(0, |found, byte| found | u8::from(byte == b'\\')) == 0;
    match written.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(is_plain) {
        Some(text) => Ok(Some(Cow::Borrowed(text))),
        None => any_text(written).map_err(de::Error::custom),
    }
}

/// The same of any JSON value.
#[cold]
fn any_text(written: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    let nested = |what| Err(de::Error::invalid_type(what, &"a text"));
    match written.as_bytes() {
        b"null" => Ok(None),
        [b'"', ..] => serde_json::from_str(written).map(|text| Some(Cow::Owned(text))),
        [b'{', ..] => nested(de::Unexpected::Map),
        [b'[', ..] => nested(de::Unexpected::Seq),
        _ => Ok(Some(Cow::Borrowed(written))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows<'a>(body: &'a str, customer: Option<&'a str>) -> Result<Vec<Insight<'a>>, Failure> {
        collection(body, customer).map(|collection| collection.rows)
    }

    fn first<'a>(rows: &'a [Insight<'a>]) -> &'a Insight<'a> {
        rows.first().expect("a row")
    }

    fn reason(body: &str) -> String {
        let failure = rows(body, None).expect_err("not understood");
        assert_eq!(failure.kind, Kind::NotUnderstood);
        failure.message
    }

    #[test]
    fn a_customer_id_is_a_guid_in_any_of_its_usual_forms() {
        for text in [
            "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
            "4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04",
            "{4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04}",
            "4d3cf48770f44e1e9ff1b2bfce8d9f04",
            "{4d3cf48770f44e1e9ff1b2bfce8d9f04}",
        ] {
            let id: CustomerId = text.parse().expect(text);
            assert_eq!(id.to_string(), "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04");
        }
        for text in [
            "",
            "contoso",
            "urn:uuid:4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
            "{4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
            "{{4d3cf48770f44e1e9ff1b2bfce8d9f}}",
            "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f0",
            "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f0g",
            "4d3cf48770f4-4e1e-9ff1-b2bfce8d9f0400",
            " 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
        ] {
            assert!(text.parse::<CustomerId>().is_err(), "{text}");
        }
    }

    #[test]
    fn absent_and_null_are_the_same_and_neither_is_zero() {
        let rows = rows(r#"{"items":[{"productName":null,"licensesActive":null,"licensesQualified":3}]}"#, None)
            .expect("rows");
        assert!(first(&rows).product_name.is_none());
        assert!(first(&rows).licenses_active.is_none());
        assert!(first(&rows).licenses_idle().is_none());
        assert!(first(&rows).usage_percent.is_none());
        assert!(first(&rows).customer_id.is_none());
    }

    #[test]
    fn figures_keep_their_digits_and_counts_lose_a_zero_fraction() {
        let body = r#"{"items":[{"licensesActive":206.0,"licensesQualified":206.50,"usagePercent":99.0}]}"#;
        let rows = rows(body, None).expect("rows");
        let figures = [first(&rows).licenses_active, first(&rows).licenses_qualified, first(&rows).usage_percent];
        assert_eq!(figures.map(|figure| figure.expect("a figure").as_served()), ["206", "206.50", "99.0"]);
        assert_eq!(first(&rows).licenses_idle().expect("idle"), "0.5");
    }

    #[test]
    fn idle_is_never_negative_and_survives_numbers_beyond_64_bits() {
        for (qualified, active, idle) in
            [("5", "2", "3"), ("2", "5", "0"), ("36893488147419103232", "0", "36893488147419103232")]
        {
            let body = format!(r#"{{"items":[{{"licensesQualified":{qualified},"licensesActive":{active}}}]}}"#);
            assert_eq!(first(&rows(&body, None).expect("rows")).licenses_idle().expect("idle"), idle);
        }
        let rows = rows(r#"{"items":[{"licensesQualified":1e999,"licensesActive":0}]}"#, None).expect("rows");
        assert!(first(&rows).licenses_idle().is_none());
    }

    #[test]
    fn the_id_asked_for_fills_in_and_a_served_one_is_shown_in_lower_case() {
        let asked = Some("4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04");
        let body = r#"{"items":[{},{"customerId":"AAAAAAAA-0000-4000-8000-000000000001"},{"customerId":"odd"},{"customerId":""}]}"#;
        let rows = rows(body, asked).expect("rows");
        let ids: Vec<_> = rows.iter().filter_map(|row| row.customer_id.as_deref()).collect();
        assert_eq!(
            ids,
            [
                "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04",
                "aaaaaaaa-0000-4000-8000-000000000001",
                "odd",
                "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04"
            ]
        );
    }

    #[test]
    fn a_figure_that_is_no_number_is_named_with_its_row() {
        assert_eq!(reason(r#"{"items":[{},{"licensesActive":"5"}]}"#), "licensesActive of row 2 is no number: \"5\"");
        assert_eq!(reason(r#"{"items":[{"usagePercent":{}}]}"#), "usagePercent of row 1 is no number: {}");
        assert_eq!(
            reason(r#"{"items":[{"licensesQualified":true}]}"#),
            "licensesQualified of row 1 is no number: true"
        );
    }

    #[test]
    fn what_is_not_the_documented_json_is_refused() {
        assert_eq!(reason("[]"), "the answer is no JSON object; it starts with: []");
        assert_eq!(reason("<html>\u{1b}"), "the answer is no JSON object; it starts with: <html>\\u{1b}");
        for body in [
            "{}",
            r#"{"items":{}}"#,
            r#"{"items":[5]}"#,
            r#"{"items":[[]]}"#,
            r#"{"items":[["x"]]}"#,
            r#"{"items":[]"#,
            "{\"items\":[]}x",
        ] {
            assert!(reason(body).starts_with("the answer is not the documented JSON: "), "{body}");
        }
    }

    #[test]
    fn an_empty_body_has_no_rows() {
        for body in ["", " \r\n", "null", "\u{feff}", "\u{feff}null\n", r#"{"items":null}"#] {
            let text = body_text(body.as_bytes()).expect("UTF-8");
            assert!(rows(text, None).expect("rows").is_empty(), "{body:?}");
        }
        assert!(body_text(b"\xff").is_err());
    }

    #[test]
    fn a_text_member_of_another_type_is_shown_and_a_nested_one_refused() {
        let rows = rows(r#"{"items":[{"productId":17,"workloadCode":1.5,"channel":true}]}"#, None).expect("rows");
        let row = first(&rows);
        assert_eq!(row.product_id.as_deref(), Some("17"));
        assert_eq!(row.workload_code.as_deref(), Some("1.5"));
        assert_eq!(row.channel.as_deref(), Some("true"));
        assert!(reason(r#"{"items":[{"channel":[]}]}"#).contains("expected a text"));
    }
}
