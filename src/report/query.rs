//! Which rows, in which order, and which of them are an alarm: expressions, sort keys and lists of columns as they are typed.
//! Each is read once, into a type; what is not understood is refused, and never taken for something else.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::columns::{CHANGES, Field, Key, Kind, Shape, folded};
use super::date;
use crate::clean::clean_cut;
use crate::insight::{Insight, decimal, plain};

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
        (Key::Number(one), Key::Number(other)) => one.cmp(other),
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
            if name.trim().contains(' ') {
                return Err(format!(
                    "`{}` is more than one field: put commas between them",
                    clean_cut(name.trim(), 40)
                ));
            }
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
        if text.trim().contains([',', ' ']) {
            let text = clean_cut(text.trim(), 40);
            return Err(format!("`{text}` is more than one field: repeat the option; `idle:desc` is from high to low"));
        }
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
        if let Operand::Text { folded, .. } = &operand
            && name == "change"
            && !operator.is_for_text_only()
            && !CHANGES.contains(&folded.as_str())
        {
            return Err(format!("`{}` is no change, which is {}", clean_cut(value, 40), CHANGES.join(", ")));
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
                .map_err(|why| format!("`{}` {}", shown(), why.told("percentage", name, "50, 12.5 or 50%"))),
            Kind::Count | Kind::Change => {
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
    pub fn holds(&self, row: &Insight<'_>, today: Date) -> bool {
        self.holds_for(self.field.0.key(row, today).as_ref())
    }

    /// The same for the value that a row has in the field.
    pub fn holds_for(&self, key: Option<&Key>) -> bool {
        let Some(key) = key else { return self.operator.is_negation() };
        let order = match (key, &self.operand) {
            (Key::Text(text), Operand::Text { folded, .. }) if self.operator.is_for_text_only() => {
                return text.contains(folded.as_str()) == (self.operator == Operator::Contains);
            }
            (Key::Text(text), Operand::Text { folded, .. }) => text.cmp(folded),
            (Key::Number(_), Operand::Number(operand)) => order(key, &Key::Number(*operand)),
            (Key::Moment(moment), Operand::Day(day)) => moment.date().cmp(day),
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

    /// Whether a row without the value satisfies it.
    pub fn is_negation(&self) -> bool {
        self.operator.is_negation()
    }

    /// Whether some values are further than others from what is wanted.
    pub fn has_worst(&self) -> bool {
        self.operator.is_for_order()
    }

    /// Whether this value is further than the other from what is wanted.
    pub fn is_worse(&self, one: &Key, other: &Key) -> bool {
        match self.operator {
            Operator::Less | Operator::AtMost => order(one, other).is_lt(),
            Operator::Greater | Operator::AtLeast => order(one, other).is_gt(),
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
mod tests {
    use jiff::civil::date;
    use proptest::prelude::{Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
    use proptest::test_runner::Config;

    use super::*;
    use crate::insight;

    const TODAY: Date = date(2017, 3, 15);

    fn refused(text: &str) -> String {
        text.parse::<Expr>().expect_err(text)
    }

    #[test]
    fn an_expression_is_read_with_and_without_spaces_quotes_and_long_names() {
        for (typed, read) in [
            ("usage<50", "usagePercent < 50"),
            ("usage < 50%", "usagePercent < 50"),
            (" USAGEPERCENT\t<=\n12.50 % ", "usagePercent <= 12.5"),
            ("usage='50%'", "usagePercent = 50"),
            ("qualified==5.", "licensesQualified = 5"),
            ("active != +.5", "licensesActive != 0.5"),
            ("licensesactivechange<-5", "licensesActiveChange < -5"),
            ("idle>=99999999999999999999", "licensesIdle >= 99999999999999999999"),
            ("age>7", "age > 7"),
            ("product ~ E3", "productName ~ E3"),
            ("product!~E3 = x", "productName !~ E3 = x"),
            ("workload=\"\"", "workloadName = \"\""),
            ("workload='a\"b'", "workloadName = a\"b"),
            ("workload=\"'a'\"", "workloadName = \"'a'\""),
            ("workload=\" a \"", "workloadName = \" a \""),
            ("workload='", "workloadName = '"),
            ("service='=x'", "serviceName = \"=x\""),
            ("date<2017-03-09", "processedDateTime < 2017-03-09"),
            ("date<9999-12-31", "processedDateTime < 9999-12-31"),
            ("date>2017-03-09t01:00:00z", "processedDateTime > 2017-03-09T01:00:00Z"),
            ("date = '2017-03-09T01:00:00.5+02:00'", "processedDateTime = 2017-03-08T23:00:00.5Z"),
        ] {
            let expr: Expr = typed.parse().expect(typed);
            assert_eq!(expr.to_string(), read);
            assert_eq!(read.parse(), Ok(expr), "{read}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        for (typed, why) in [
            ("", "`` has no operator: write it as FIELD OP VALUE, such as `usage < 50`"),
            ("usage 50", "`usage 50` has no operator: write it as FIELD OP VALUE, such as `usage < 50`"),
            (" < 50", "there is no field before the operator: write it as FIELD OP VALUE, such as `usage < 50`"),
            ("usage <", "there is no value after `<`; an empty text is written as \"\""),
            ("product = ", "there is no value after `=`; an empty text is written as \"\""),
            ("product < E3", "`<` does not fit productName, which takes = != ~ !~"),
            ("customerId >= 5", "`>=` does not fit customerId, which takes = != ~ !~"),
            ("usage ~ 5", "`~` does not fit usagePercent, which takes = != < <= > >="),
            ("date !~ 5", "`!~` does not fit processedDateTime, which takes = != < <= > >="),
            ("product =~ E3", "`=~` is no operator: productName takes = != ~ !~"),
            ("usage => 5", "`=>` is no operator: usagePercent takes = != < <= > >="),
            ("usage ! 5", "`!` is no operator: usagePercent takes = != < <= > >="),
            ("usage <> 5", "`<>` is no operator: usagePercent takes = != < <= > >="),
            ("usage < nan", "`nan` is no percentage: usagePercent takes a number like 50, 12.5 or 50%"),
            ("usage < 1e3", "`1e3` is no percentage: usagePercent takes a number like 50, 12.5 or 50%"),
            ("usage < \"\"", "`` is no percentage: usagePercent takes a number like 50, 12.5 or 50%"),
            ("change = chnged", "`chnged` is no change, which is new, gone, changed, same"),
            (
                "usage < 50 and idle > 5",
                "`50 and idle > 5` is no percentage: usagePercent takes a number like 50, 12.5 or 50%; what must hold too goes into another --where",
            ),
            ("active < 5%", "`5%` is no number: licensesActive takes a number like 5 or -5"),
            ("active < inf", "`inf` is no number: licensesActive takes a number like 5 or -5"),
            ("active < .", "`.` is no number: licensesActive takes a number like 5 or -5"),
            ("active < 1-1", "`1-1` is no number: licensesActive takes a number like 5 or -5"),
            (
                "date < yesterday",
                "`yesterday` is no date: processedDateTime takes a day like 2017-03-09, or a time like 2017-03-09T12:00:00Z",
            ),
            (
                "date < 2017-03-09T12:00:00",
                "`2017-03-09T12:00:00` is no date: processedDateTime takes a day like 2017-03-09, or a time like 2017-03-09T12:00:00Z",
            ),
        ] {
            assert_eq!(refused(typed), why);
        }
        let beyond = format!("active < {}", "9".repeat(400));
        assert_eq!(refused(&beyond), format!("`{}…` has too many digits: 28 are compared", "9".repeat(40)));
    }

    #[test]
    fn a_field_that_is_none_is_answered_with_the_nearest_and_all_there_are() {
        const FIELDS: &str = "\n\
            Fields: customerId, customerName (customer), productName (product), workloadName (workload), workloadCode, \
            serviceName (service), serviceCode, channel, licensesQualified (qualified), licensesActive (active), \
            licensesIdle (idle), usagePercent (usage), processedDateTime (date), productId, age\n\
            With --summary: workloads, busiestWorkload\n\
            With --compare: licensesQualifiedChange, licensesActiveChange, change";
        for (typed, nearest) in [
            ("usge", "; did you mean `usage`?"),
            ("Usagepercnt", "; did you mean `usagePercent`?"),
            ("licenseActive", "; did you mean `licensesActive`?"),
            ("workloads2", "; did you mean `workloads`?"),
            ("xyzzy", ""),
        ] {
            let why = format!("there is no field `{typed}`{nearest}{FIELDS}");
            assert_eq!(refused(&format!("{typed} < 5")), why);
            assert_eq!(typed.parse::<SortKey>().expect_err(typed), why);
            assert_eq!(typed.parse::<Columns>().expect_err(typed), why);
        }
        assert!("product,,idle".parse::<Columns>().expect_err("a gap").starts_with("there is a field missing\n"));
        assert_eq!("idle,LICENSESIDLE".parse::<Columns>().expect_err("twice"), "licensesIdle is named twice");
        let why = "`product idle` is more than one field: put commas between them";
        assert_eq!("product idle".parse::<Columns>().expect_err("two"), why);
        for text in ["idle,usage", "idle desc"] {
            let why = format!("`{text}` is more than one field: repeat the option; `idle:desc` is from high to low");
            assert_eq!(text.parse::<SortKey>().expect_err("two"), why);
        }
        let why = "`:up` is no order: `:desc` sorts from high to low, nothing from low to high";
        assert_eq!("usage:up".parse::<SortKey>().expect_err("no order"), why);
    }

    const ROW: &str = r#"{"items":[{"customerName":"Ärzte & Söhne","productName":"Office 365 E3","licensesQualified":250,
        "licensesActive":231.0,"usagePercent":92.4,"workloadName":"","processedDateTime":"2017-03-09T23:30:00-01:00",
        "channel":null,"serviceName":"ΟΔΟΣ"},
        {"processedDateTime":"some day"}]}"#;

    #[test]
    fn an_expression_holds_or_not() {
        let rows = insight::collection(ROW, None).expect("rows").rows;
        for (expr, first, second) in [
            ("usage < 92.5", true, false),
            ("usage < 92.4", false, false),
            ("usage <= 92.40", true, false),
            ("usage >= 92.4%", true, false),
            ("usage > 92.4", false, false),
            ("usage = 92.4", true, false),
            ("usage != 92.4", false, true),
            ("active = 231", true, false),
            ("idle = 19", true, false),
            ("product = 'OFFICE 365 e3'", true, false),
            ("product == Office 365", false, false),
            ("product ~ e3", true, false),
            ("product !~ E3", false, true),
            ("product != Office 365", true, true),
            ("customer ~ äRZTE & sÖ", true, false),
            ("service ~ οδοσ", true, false),
            ("workload = \"\"", true, false),
            ("workload ~ \"\"", true, false),
            ("channel = reseller", false, false),
            ("channel != reseller", true, true),
            ("channel !~ reseller", true, true),
            // The day is UTC's.
            ("date = 2017-03-10", true, false),
            ("date != 2017-03-10", false, true),
            ("date < 2017-03-10", false, false),
            ("date <= 2017-03-10", true, false),
            ("date > 2017-03-10T00:29:59Z", true, false),
            ("date = 2017-03-10T02:30:00+02:00", true, false),
            ("date > 2017-03-10T00:30:00Z", false, false),
            ("age = 5", true, false),
            ("age > 7", false, false),
        ] {
            let parsed: Expr = expr.parse().expect(expr);
            assert_eq!((parsed.holds(&rows[0], TODAY), parsed.holds(&rows[1], TODAY)), (first, second), "{expr}");
        }
    }

    /// Something like an expression.
    fn typed() -> impl Strategy<Value = String> {
        let parts = [
            "usage",
            "product",
            "DATE",
            "age",
            "idle",
            "change",
            "workloads",
            "nobody",
            " ",
            "\t",
            "=",
            "!",
            "<",
            ">",
            "~",
            "\"",
            "'",
            "5",
            "-",
            "+",
            ".",
            "%",
            "2017-03-09",
            "T00:00:00Z",
            "E3",
            "é",
            "e",
            "nan",
        ];
        let part = prop_oneof![
            prop::sample::select(parts.to_vec()).prop_map(str::to_owned),
            any::<char>().prop_map(String::from)
        ];
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    /// A field, an operator that fits, and any value.
    fn fitting() -> impl Strategy<Value = String> {
        let text = ("product|workload|customerId", "=|==|!=|~|!~", any::<String>())
            .prop_map(|(f, o, v)| format!("{f}{o}\"{v}\""));
        let number = ("idle|active|age", "=|!=|<|<=|>|>=", "[+-]?[0-9]{1,19}(\\.[0-9]{0,9})?")
            .prop_map(|(f, o, v)| format!("{f} {o} {v}"));
        let date = ("date", "=|!=|<|<=|>|>=", "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,12})?(Z|[+-]0[0-9]:[0-5][0-9]))?")
            .prop_map(|(f, o, v)| format!("{f}{o}{v}"));
        prop_oneof![text, number, date]
    }

    proptest! {
        // Nothing is written beside the sources.
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn no_text_is_too_odd_to_be_read_or_refused(text in prop_oneof![any::<String>(), typed()]) {
            let _ = text.parse::<SortKey>();
            let _ = text.parse::<Columns>();
            if let Ok(expr) = text.parse::<Expr>() {
                prop_assert_eq!(expr.to_string().parse(), Ok(expr));
            }
        }

        #[test]
        fn an_expression_is_written_as_it_is_read(text in fitting()) {
            // Years before 0001 at an offset may not exist.
            if let Ok(expr) = text.parse::<Expr>() {
                prop_assert_eq!(expr.to_string().parse(), Ok(expr));
            } else {
                prop_assert_eq!(text.starts_with("date"), true, "{}", text);
            }
        }
    }

    /// The items of an answer, each member there or not.
    fn items() -> impl Strategy<Value = Vec<serde_json::Value>> {
        let text = || prop::option::of("[ABab]");
        let figure = || prop::option::of(prop_oneof![0..9_u32, 0..9_u32, 1000..2000_u32]);
        let item = (text(), text(), figure(), figure(), prop::option::of(0..100_u32)).prop_map(
            |(product, workload, qualified, active, usage)| {
                serde_json::json!({"productName": product, "workloadName": workload, "licensesQualified": qualified,
                    "licensesActive": active, "usagePercent": usage})
            },
        );
        prop::collection::vec(item, 0..30)
    }

    proptest! {
        // Nothing is written beside the sources.
        #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

        #[test]
        fn filters_and_sorting_lose_no_row_and_make_none_up(items in items(), limit in 0..10_i32, descending: bool) {
            let body = serde_json::json!({ "items": items }).to_string();
            let rows = insight::collection(&body, None).expect("rows").rows;
            let kept = |expr: String| {
                let query = Query { filters: vec![expr.parse().expect("an expression")], ..Query::default() };
                rows.iter().filter(|row| query.keeps(row)).count()
            };
            let absent = rows.iter().filter(|row| row.licenses_active.is_none()).count();
            let (below, rest) = (kept(format!("active < {limit}")), kept(format!("active >= {limit}")));
            prop_assert_eq!(below + rest + absent, rows.len());
            prop_assert_eq!(kept(format!("active = {limit}")) + kept(format!("active != {limit}")), rows.len());
            prop_assert_eq!(kept("product ~ a".into()) + kept("product !~ a".into()), rows.len());

            let order = if descending { "active:desc" } else { "active" };
            let sort = vec!["product".parse().expect("a key"), order.parse().expect("a key")];
            let mut sorted: Vec<&Insight<'_>> = rows.iter().collect();
            Query { sort, ..Query::default() }.sort(&mut sorted);
            // Written out by hand: by product, absent last; then by figure, absent last; then as served.
            let mut expected: Vec<usize> = (0..rows.len()).collect();
            expected.sort_by_key(|index| {
                let row = &rows[*index];
                let product = row.product_name.as_deref().map(str::to_lowercase);
                let active = row.licenses_active.map(|active| active.as_served().parse::<i64>().expect("a whole number"));
                (product.is_none(), product, active.is_none(), active.map(|it| if descending { -it } else { it }), *index)
            });
            let at = |row: &Insight<'_>| rows.iter().position(|other| std::ptr::eq(other, row));
            prop_assert_eq!(sorted.iter().map(|row| at(row)).collect::<Vec<_>>(), expected.into_iter().map(Some).collect::<Vec<_>>());
        }

        #[test]
        fn a_summary_counts_every_seat_once(items in items()) {
            let body = serde_json::json!({ "items": items }).to_string();
            let rows = insight::collection(&body, None).expect("rows").rows;
            let merged = super::super::summary::merged(&rows);
            let value = |figure: Option<insight::Number<'_>>| figure.and_then(insight::Number::value);
            let most = |figures: Vec<Option<Decimal>>| figures.into_iter().flatten().max();
            let mut of_products = 0;
            for one in &merged {
                let of_product: Vec<_> = rows.iter().filter(|row| row.product_name == one.product_name).collect();
                of_products += of_product.len();
                prop_assert_eq!(value(one.licenses_qualified), most(of_product.iter().map(|row| value(row.licenses_qualified)).collect()));
                prop_assert_eq!(value(one.licenses_active), most(of_product.iter().map(|row| value(row.licenses_active)).collect()));
            }
            prop_assert_eq!(of_products, rows.len());
            // The same seats are idle, whichever way they are counted.
            let (all, shown): (Vec<_>, Vec<_>) = (rows.iter().collect(), merged.iter().collect());
            prop_assert_eq!(super::super::summary::idle(&rows, &all), super::super::summary::idle(&merged, &shown));
        }
    }
}
