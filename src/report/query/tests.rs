//! Expressions, sort keys and column lists as they are typed: what is read, what it means, and what is refused.

use jiff::civil::date;
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;

use super::*;
use crate::insight::rows_of;
use crate::report::query::{SortKey, columns};
use crate::report::shape::{Layout, Shape};

const TODAY: Date = date(2017, 3, 15);

const SCOPE: Scope =
    Scope::Report(Layout { shape: Shape::Rows, has_deployment: false, has_prices: false, has_exceptions: false });

fn read(text: &str) -> Result<Expr, String> {
    Expr::read(text, SCOPE).map_err(told)
}

/// What a person reads, with its hint.
fn told(failure: Failure) -> String {
    failure.message + &failure.hint.map(|hint| format!(" ({hint})")).unwrap_or_default()
}

fn refused(text: &str) -> String {
    read(text).expect_err(text)
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
        ("workload='a\"b'", "workloadName = 'a\"b'"),
        ("workload='a b'", "workloadName = \"a b\""),
        ("workload=\"a\"b\"", "workloadName = \"a\"b\""),
        ("customer ~ O'Brien, \"Sons\"", "customerName ~ O'Brien, \"Sons\""),
        ("workload=\"'a'\"", "workloadName = \"'a'\""),
        ("workload=\" a \"", "workloadName = \" a \""),
        ("product == =x", "productName = =x"),
        ("product=''", "productName = \"\""),
        ("product ~ Research and Development", "productName ~ Research and Development"),
        ("product ~ R and (D) or idle", "productName ~ R and (D) or idle"),
        ("product ~ and", "productName ~ and"),
        ("product ~ Ready and Go! now", "productName ~ Ready and Go! now"),
        ("product ~ brand and=5", "productName ~ brand and=5"),
        ("product ~ A, Inc = B", "productName ~ A, Inc = B"),
        ("product ~ R&D | x", "productName ~ R&D | x"),
        ("product ~ 'a && b, idle > 5 and usage < 3'", "productName ~ \"a && b, idle > 5 and usage < 3\""),
        ("customer = ’t Hooft", "customerName = ’t Hooft"),
        ("product~E3 AND\tidle>5\nOR usage<3", "productName ~ E3 and licensesIdle > 5 or usagePercent < 3"),
        ("product ~ 'a' and workload ~ 'b'", "productName ~ \"a\" and workloadName ~ \"b\""),
        ("product ~ E3 and or usage<3", "productName ~ E3 and or usagePercent < 3"),
        ("change = new and idle > 5", "change = new and licensesIdle > 5"),
        ("service='=x'", "serviceName = \"=x\""),
        ("date<2017-03-09", "processedDateTime < 2017-03-09"),
        ("date<9999-12-31", "processedDateTime < 9999-12-31"),
        ("date>2017-03-09t01:00:00z", "processedDateTime > 2017-03-09T01:00:00Z"),
        ("date = '2017-03-09T01:00:00.5+02:00'", "processedDateTime = 2017-03-08T23:00:00.5Z"),
    ] {
        let expr = self::read(typed).expect(typed);
        assert_eq!(expr.to_string(), read);
        assert_eq!(self::read(read), Ok(expr), "{read}");
    }
}

const NO_PARENTHESES: &str =
    "an expression cannot contain parentheses (`and` binds tighter than `or`; if --where is repeated, all must match)";

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    for (typed, why) in [
        ("", "`` has no operator (write FIELD OP VALUE, in quotes: 'usage < 50')"),
        ("usage 50", "`usage 50` has no operator (write FIELD OP VALUE, in quotes: 'usage < 50')"),
        (" < 50", "the field before the operator is missing (write FIELD OP VALUE, in quotes: 'usage < 50')"),
        ("usage <", "there is no value after `<`; an empty text is written as \"\""),
        ("product = ", "there is no value after `=`; an empty text is written as \"\""),
        ("product < E3", "`<` does not fit productName, which takes = != ~ !~"),
        ("customerId >= 5", "`>=` does not fit customerId, which takes = != ~ !~"),
        ("usage ~ 5", "`~` does not fit usagePercent, which takes = != < <= > >="),
        ("date !~ 5", "`!~` does not fit processedDateTime, which takes = != < <= > >="),
        ("product =~ E3", "`=~` is not an operator: productName takes = != ~ !~"),
        ("usage => 5", "`=>` is not an operator: usagePercent takes = != < <= > >="),
        ("usage ! 5", "`!` is not an operator: usagePercent takes = != < <= > >="),
        ("usage <> 5", "`<>` is not an operator: usagePercent takes = != < <= > >="),
        ("usage < nan", "`nan` is not a percentage: usagePercent takes a number like 50, 12.5 or 50%"),
        ("usage < 1e3", "`1e3` is not a percentage: usagePercent takes a number like 50, 12.5 or 50%"),
        ("usage < \"\"", "`` is not a percentage: usagePercent takes a number like 50, 12.5 or 50%"),
        ("change = chnged", "`chnged` is not a change: it is one of new, gone, changed, same"),
        ("usage < and idle > 5", "there is no value after `<`; an empty text is written as \"\""),
        ("product ~ and idle > 5", "there is no value after `~`; an empty text is written as \"\""),
        ("usage < 50 and idle", "`50 and idle` is not a percentage: usagePercent takes a number like 50, 12.5 or 50%"),
        ("product = 'E3' E5", "`'E3' E5` begins with a quote, so it must end with the same one"),
        ("workload='", "`'` begins with a quote, so it must end with the same one"),
        ("product = ”E3”", "`”E3”` has typographic quotes (use straight ones, \" or ')"),
        ("product = ’E3’", "`’E3’` has typographic quotes (use straight ones, \" or ')"),
        ("idle > 5 and ( usage < 5 )", NO_PARENTHESES),
        ("product ~ E3 and(usage < 5)", NO_PARENTHESES),
        (
            "product = 'a' && idle > 5",
            "`&&` does not join conditions (write `and`; if it is part of a text, put the text in quotes)",
        ),
        (
            "product = 'a', idle > 5",
            "`,` does not join conditions (write `and`; if it is part of a text, put the text in quotes)",
        ),
        ("active < 5%", "`5%` is not a number: licensesActive takes a number like 5 or -5"),
        ("active < inf", "`inf` is not a number: licensesActive takes a number like 5 or -5"),
        ("active < .", "`.` is not a number: licensesActive takes a number like 5 or -5"),
        ("active < 1-1", "`1-1` is not a number: licensesActive takes a number like 5 or -5"),
        (
            "date < yesterday",
            "`yesterday` is not a date: processedDateTime takes a day like 2017-03-09, or a time like 2017-03-09T12:00:00Z",
        ),
        (
            "date < 2017-03-09T12:00:00",
            "`2017-03-09T12:00:00` is not a date: processedDateTime takes a day like 2017-03-09, or a time like 2017-03-09T12:00:00Z",
        ),
    ] {
        assert_eq!(refused(typed), why);
    }
    let beyond = format!("active < {}", "9".repeat(400));
    assert_eq!(refused(&beyond), format!("`{}…` has too many digits: at most 28 can be compared", "9".repeat(40)));
}

#[test]
fn a_field_that_is_none_is_answered_with_the_nearest_and_all_there_are() {
    const FIELDS: &str = "the fields are customerId, customerName (customer), productName (product), workloadName \
        (workload), workloadCode, serviceName (service), serviceCode, channel, licensesQualified (qualified), \
        licensesActive (active), licensesIdle (idle), usagePercent (usage), processedDateTime (date), productId, age";
    for (typed, nearest) in [
        ("usge", "; did you mean `usage`?"),
        ("Usagepercnt", "; did you mean `usagePercent`?"),
        ("licenseActive", "; did you mean `licensesActive`?"),
        ("workloads2", "; did you mean `workloads`?"),
        ("xyzzy", ""),
    ] {
        let why = format!("unknown field `{typed}`{nearest} ({FIELDS})");
        assert_eq!(refused(&format!("{typed} < 5")), why);
        assert_eq!(SortKey::read(typed, SCOPE).map_err(told).expect_err(typed), why);
        assert_eq!(columns(typed, SCOPE).map_err(told).expect_err(typed), why);
        let why =
            format!("unknown field `{typed}`{nearest} ({FIELDS}; if `And` is part of a text, put the text in quotes)");
        assert_eq!(refused(&format!("product ~ x And {typed}=5")), why);
    }
    let long = format!("usage{}", "e".repeat(100_000));
    assert_eq!(refused(&format!("{long} < 5")), format!("unknown field `{}…` ({FIELDS})", &long[..40]));
    let refused = columns("product,,idle", SCOPE).map_err(told).expect_err("a gap");
    assert_eq!(refused, format!("a field is missing ({FIELDS})"));
    let why = "`product idle` is not one field (fields are separated by commas; `idle:desc` sorts from high to low)";
    assert_eq!(columns("product idle", SCOPE).map_err(told).expect_err("two"), why);
}

const ROW: &str = r#"{"items":[{"customerName":"Ärzte & Söhne","productName":"Office 365 E3","licensesQualified":250,
    "licensesActive":231.0,"usagePercent":92.4,"workloadName":"","processedDateTime":"2017-03-09T23:30:00-01:00",
    "channel":null,"serviceName":"ΟΔΟΣ"},
    {"processedDateTime":"some day"}]}"#;

#[test]
fn an_expression_holds_or_not() {
    let rows: Vec<_> = rows_of(ROW).into_iter().map(Row::from).collect();
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
        ("usage < 92 or usage > 92 and product ~ e3", true, false),
        ("usage < 92 and usage > 92 or product !~ e3", false, true),
        ("product !~ E3 and channel != reseller and age != 5", false, true),
    ] {
        let parsed = read(expr).expect(expr);
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
        " and ",
        " OR ",
        "&&",
        ",",
        "“",
        "(",
        "e",
        "nan",
    ];
    let part =
        prop_oneof![prop::sample::select(parts.to_vec()).prop_map(str::to_owned), any::<char>().prop_map(String::from)];
    prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
}

/// A field, an operator that fits, and any value.
fn fitting() -> impl Strategy<Value = String> {
    let text =
        ("product|workload|customerId", "=|==|!=|~|!~", any::<String>()).prop_map(|(f, o, v)| format!("{f}{o}\"{v}\""));
    let number = ("idle|active|age", "=|!=|<|<=|>|>=", "[+-]?[0-9]{1,19}(\\.[0-9]{0,9})?")
        .prop_map(|(f, o, v)| format!("{f} {o} {v}"));
    let date = ("date", "=|!=|<|<=|>|>=", "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,12})?(Z|[+-]0[0-9]:[0-5][0-9]))?")
        .prop_map(|(f, o, v)| format!("{f}{o}{v}"));
    prop_oneof![text, number, date]
}

fn joint() -> impl Strategy<Value = String> {
    "[ \t](and|AND|or|Or)[ \n]".prop_map(String::from)
}

proptest! {
    // Nothing is written beside the sources.
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_text_is_too_odd_to_be_read_or_refused(text in prop_oneof![any::<String>(), typed()]) {
        let _ = SortKey::read(&text, SCOPE);
        let _ = columns(&text, SCOPE);
        if let Ok(expr) = read(&text) {
            prop_assert_eq!(read(&expr.to_string()), Ok(expr));
        }
    }

    #[test]
    fn an_expression_is_written_as_it_is_read(conditions in prop::collection::vec((fitting(), joint()), 1..5)) {
        let joined: Vec<_> = conditions.iter().enumerate().map(|(index, (condition, joint))| {
            if index == 0 { condition.clone() } else { format!("{joint}{condition}") }
        }).collect();
        // Years before 0001 at an offset may not exist.
        if let Ok(expr) = read(&joined.concat()) {
            prop_assert_eq!(expr.conditions().count(), conditions.len());
            prop_assert_eq!(read(&expr.to_string()), Ok(expr));
        } else {
            let has_date = conditions.iter().any(|(condition, _)| condition.starts_with("date"));
            prop_assert_eq!(has_date, true, "{:?}", joined);
        }
    }
}
