//! What comes of bodies that hold several customers each, and of a customer that comes in several bodies.
//! It knows no endpoint whose bodies are like that: the rows are made up.

use jiff::civil::date;

use super::Body;
use super::Report;
use super::additions::Additions;
use super::columns::{CUSTOMER_ID, LICENSES_IDLE, PRODUCT_NAME, WORKLOAD_NAME};
use super::compare::Earlier;
use super::format::{Format, writer};
use super::query::{Query, SortKey};
use super::shape::{Field, Scope, Shape};
use super::writer::Look;
use crate::insight::{Insight, rows_of};

/// A's rows are in the first body and in the second, one row says nobody's name, and B's stand between A's.
const MIXED: [&str; 2] = [
    r#"{"items":[
        {"customerId":"a","customerName":"A","productName":"P","workloadName":"x","licensesQualified":10,"licensesActive":4},
        {"customerId":"b","productName":"P","workloadName":"x","licensesQualified":9,"licensesActive":2},
        {"productName":"P","workloadName":"x","licensesQualified":3,"licensesActive":3},
        {"customerId":"a","productName":"Q","workloadName":"x","licensesQualified":8,"licensesActive":0}]}"#,
    r#"{"items":[
        {"customerId":"c","productName":"P","workloadName":"x","licensesQualified":2,"licensesActive":1},
        {"customerId":"a","customerName":"A","productName":"P","workloadName":"y","licensesQualified":12,"licensesActive":5}]}"#,
];

/// The row that says nobody's name.
const NOBODYS: &str = r#"{"productName":"P","workloadName":"x","licensesQualified":3,"licensesActive":3},"#;

/// The same rows, a body a customer, in the order in which the customers appear above.
const APART: [(Option<&str>, &str); 4] = [
    (
        Some("a"),
        r#"{"items":[
        {"customerId":"a","customerName":"A","productName":"P","workloadName":"x","licensesQualified":10,"licensesActive":4},
        {"customerId":"a","productName":"Q","workloadName":"x","licensesQualified":8,"licensesActive":0},
        {"customerId":"a","customerName":"A","productName":"P","workloadName":"y","licensesQualified":12,"licensesActive":5}]}"#,
    ),
    (
        Some("b"),
        r#"{"items":[{"customerId":"b","productName":"P","workloadName":"x","licensesQualified":9,"licensesActive":2}]}"#,
    ),
    (None, r#"{"items":[{"productName":"P","workloadName":"x","licensesQualified":3,"licensesActive":3}]}"#),
    (
        Some("c"),
        r#"{"items":[{"customerId":"c","productName":"P","workloadName":"x","licensesQualified":2,"licensesActive":1}]}"#,
    ),
];

const EARLIER: &str = r#"{"items":[
    {"customerId":"a","productName":"P","workloadName":"y","licensesQualified":12,"licensesActive":9},
    {"customerId":"b","productName":"R","workloadName":"x","licensesQualified":1,"licensesActive":1}]}"#;

fn mixed() -> Vec<Body<'static>> {
    MIXED
        .into_iter()
        .map(|text| Body { customer: None, name: None, text, is_whole: false, is_only: false, asked: &[] })
        .collect()
}

fn apart() -> Vec<Body<'static>> {
    APART
        .into_iter()
        .map(|(customer, text)| Body { customer, name: None, text, is_whole: true, is_only: false, asked: &[] })
        .collect()
}

fn report(format: Format, shape: Shape, sort: &[&str], bodies: Vec<Body<'_>>) -> String {
    report_with(format, shape, sort, bodies, &[])
}

fn report_with(format: Format, shape: Shape, sort: &[&str], bodies: Vec<Body<'_>>, warnings: &[String]) -> String {
    let today = date(2017, 3, 15);
    let columns = (format != Format::Table)
        .then(|| [CUSTOMER_ID, PRODUCT_NAME, WORKLOAD_NAME, LICENSES_IDLE].iter().map(Field).collect());
    let look = Look {
        columns,
        layout: shape.into(),
        today,
        is_one: false,
        is_filtered: false,
        options: Vec::new(),
        header: true,
        width: None,
        color: false,
        delimiter: b',',
        excel: false,
        raw_text: false,
    };
    let sort = sort.iter().map(|key| SortKey::read(key, Scope::Report(Shape::Rows.into())).expect("a key")).collect();
    let then: Vec<_> = match shape {
        Shape::Changes => rows_of(EARLIER).into_iter().map(Insight::into_owned).collect(),
        _ => Vec::new(),
    };
    let earlier = Earlier::new(then, &[]).expect("all rows are somebody's");
    let query = Query { layout: shape.into(), sort, today, ..Query::default() };
    let additions = Additions::new(earlier, None, None);
    let mut report = Report::new(query, additions, writer(format, look).expect("a writer"), false);
    let mut bytes = Vec::new();
    for body in bodies {
        let added = report.add(body, Vec::new(), &mut |visit| {
            rows_of(body.text).into_iter().for_each(visit);
            Ok(())
        });
        bytes.extend(added.expect("rows").concat());
    }
    bytes.extend(report.add_held().expect("rows").concat());
    bytes.extend(report.end(warnings).expect("an end").0.concat());
    String::from_utf8(bytes).expect("text")
}

#[test]
fn a_format_for_people_has_a_section_a_customer_whatever_the_bodies_are() {
    // A comparison wants to know whose each row is.
    let named = MIXED.map(|body| body.replace(NOBODYS, ""));
    let named = || {
        named
            .iter()
            .map(|text| Body { customer: None, name: None, text, is_whole: false, is_only: false, asked: &[] })
            .collect()
    };
    let apart_and_named = || apart().into_iter().filter(|body| body.customer.is_some()).collect();
    for sort in [&[][..], &["product"], &["idle:desc", "workload"]] {
        for shape in [Shape::Rows, Shape::Summary, Shape::Customers] {
            let expected = report(Format::Table, shape, sort, apart());
            assert_eq!(report(Format::Table, shape, sort, mixed()), expected, "{shape:?} {sort:?}");
        }
        let expected = report(Format::Table, Shape::Changes, sort, apart_and_named());
        assert_eq!(report(Format::Table, Shape::Changes, sort, named()), expected, "{sort:?}");
    }
    // So that not both are wrong in the same way.
    let table = report(Format::Table, Shape::Rows, &[], mixed());
    let titles: Vec<_> = table.lines().filter(|line| ["A · a", "b", "Customer unknown", "c"].contains(line)).collect();
    assert_eq!(titles, ["A · a", "b", "Customer unknown", "c"], "{table}");
}

#[test]
fn rows_for_programs_come_as_they_are_served() {
    let csv = "customerId,productName,workloadName,licensesIdle\na,P,x,6\nb,P,x,7\n,P,x,0\na,Q,x,8\nc,P,x,1\na,P,y,7\n";
    assert_eq!(report(Format::Csv, Shape::Rows, &[], mixed()), csv);
    let line = |id: &str, product: &str, workload: &str, idle: u8| {
        format!(
            "{{\"customerId\":{id},\"productName\":\"{product}\",\"workloadName\":\"{workload}\",\"licensesIdle\":{idle}}}\n"
        )
    };
    let lines = [
        line("\"a\"", "P", "x", 6),
        line("\"b\"", "P", "x", 7),
        line("null", "P", "x", 0),
        line("\"a\"", "Q", "x", 8),
        line("\"c\"", "P", "x", 1),
        line("\"a\"", "P", "y", 7),
    ];
    assert_eq!(report(Format::Jsonl, Shape::Rows, &[], mixed()), lines.concat());
    let bodies = MIXED.map(|body| format!("{{\"customerId\":null,\"response\":{body}}}"));
    assert_eq!(report(Format::Json, Shape::Rows, &[], mixed()), format!("[\n{}\n]\n", bodies.join(",\n")));
}

#[test]
fn sums_and_sorting_are_those_of_all_rows_of_a_customer() {
    // P of A: the largest workload has 12 seats, the busiest uses 5.
    let summary = "customerId,productName,workloadName,licensesIdle\na,P,y,7\na,Q,x,8\nb,P,x,7\n,P,x,0\nc,P,x,1\n";
    assert_eq!(report(Format::Csv, Shape::Summary, &[], mixed()), summary);
    let sorted =
        "customerId,productName,workloadName,licensesIdle\na,Q,x,8\na,P,y,7\nb,P,x,7\na,P,x,6\nc,P,x,1\n,P,x,0\n";
    assert_eq!(report(Format::Csv, Shape::Rows, &["idle:desc"], mixed()), sorted);
}

#[test]
fn a_report_to_hand_over_has_the_warnings_of_its_run() {
    let warnings = ["1 of 2 customers failed: <b> & *c*".to_owned(), "two\nlines".to_owned()];
    for (format, told) in [
        (
            Format::Html,
            "<p class=\"warning\"><b>Warning:</b> 1 of 2 customers failed: &lt;b&gt; &amp; *c*</p>\n\
             <p class=\"warning\"><b>Warning:</b> two\\u{a}lines</p>\n</header>",
        ),
        (
            Format::Markdown,
            "\n\n**Warning:** 1 of 2 customers failed: &lt;b&gt; &amp; \\*c\\*\n\n**Warning:** two\\\\u{a}lines\n",
        ),
    ] {
        let page = report_with(format, Shape::Rows, &[], apart(), &warnings);
        assert!(page.contains(told), "{page}");
    }
    for format in [Format::Csv, Format::Jsonl, Format::Table, Format::Json] {
        assert_eq!(
            report_with(format, Shape::Rows, &[], apart(), &warnings),
            report(format, Shape::Rows, &[], apart())
        );
    }
}
