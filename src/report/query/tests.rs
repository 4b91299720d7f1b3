//! Expressions, sort keys and column lists as they are typed: what is read, what it means, and what is refused.

use jiff::civil::date;
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;

use super::*;
use crate::insight::rows_of;
use crate::report::query::{Columns, SortKey};

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
        With --summary=customer: products\n\
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
    let part =
        prop_oneof![prop::sample::select(parts.to_vec()).prop_map(str::to_owned), any::<char>().prop_map(String::from)];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
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
