//! What the layout promises for every width, tested on random rows.
//! It does not judge how it looks.

use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;
use unicode_width::UnicodeWidthStr;

use super::Table;
use crate::insight::rows_of;
use crate::report::row::Row;
use crate::report::shape::{Field, Scope, Shape};
use crate::report::totals::{Counter, Figures, Totals};
use crate::report::writer::{Heading, Look, Part, Writer};

const ID: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

/// Names of short and long words, some of wide letters, accents or joined signs.
fn name() -> impl Strategy<Value = Option<String>> {
    let word = prop_oneof![
        4 => "[A-Z]{1,12}",
        1 => "[a-z]{13,45}",
        1 => "[日本語中文字]{1,9}",
        1 => "(é|n\u{303}|👩\u{200d}💻|한){1,6}",
    ];
    prop::option::weighted(0.8, prop::collection::vec(word, 1..7).prop_map(|words| words.join(" ")))
}

fn items() -> impl Strategy<Value = Vec<serde_json::Value>> {
    let figure = || prop::option::weighted(0.9, prop_oneof![0..90_u64, 1_000_000..9_000_000_u64]);
    let usage = prop::option::weighted(0.9, 0..2000_u32);
    let day = prop::option::weighted(0.9, 1..29_u32);
    let item = (name(), name(), name(), figure(), figure(), usage, day).prop_map(
        |(customer, product, workload, qualified, active, usage, day)| {
            serde_json::json!({"customerId": ID, "customerName": customer, "productName": product, "workloadName": workload,
                "licensesQualified": qualified, "licensesActive": active, "usagePercent": usage,
                "processedDateTime": day.map(|day| format!("2017-03-{day:02}T00:00:00Z"))})
        },
    );
    prop::collection::vec(item, 1..6)
}

/// Default columns, those of several customers, and some that people ask for.
fn columns() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        3 => prop::strategy::Just(None),
        1 => prop::strategy::Just(Some("customer,product,workload,qualified,active,idle,usage")),
        1 => prop::strategy::Just(Some("customerId,product,date,workloadCode,age")),
        1 => prop::strategy::Just(Some("product,licensesActiveChange,usage,busiestWorkload")),
    ]
}

fn figures(rows: &[Row<'_>]) -> Figures {
    let mut counter = Counter::default();
    for row in rows {
        counter.add(row, true);
    }
    counter.figures()
}

/// The report on these rows, as those of one customer of two.
fn shown(rows: &[Row<'_>], columns: Option<&str>, width: Option<u16>) -> String {
    let columns = columns.map(|names| {
        names.split(',').map(|name| Field::named(name, Scope::Report(Shape::Rows.into())).expect("a field")).collect()
    });
    let mut table = Table::new(Look {
        columns,
        layout: Shape::Rows.into(),
        today: "2017-03-31".parse().expect("a day"),
        is_one: false,
        is_filtered: false,
        options: Vec::new(),
        header: true,
        width,
        color: false,
        delimiter: b',',
        excel: false,
        raw_text: false,
    });
    let mut visit = |show: &mut dyn FnMut(&Row<'_>)| {
        rows.iter().for_each(show);
        Ok(figures(rows))
    };
    let part = Part { heading: Heading::Customer(None), body: "", is_only: false, visit: &mut visit };
    let mut bytes = table.rows(part).expect("readable rows").concat();
    let mut totals = Totals::default();
    totals.add(&figures(rows));
    totals.add(&figures(rows));
    bytes.extend(table.end(&totals, &[]).expect("an end"));
    String::from_utf8(bytes).expect("text")
}

/// What stands between blanks, in no order; without bars, rules and the dots at which lines are broken.
fn words(report: &str) -> Vec<&str> {
    let is_word = |word: &&str| !word.starts_with(['█', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '░', '─', '·']);
    let mut words: Vec<_> = report.split_whitespace().filter(is_word).collect();
    words.sort_unstable();
    words
}

/// Headers that may be broken have capitals inside.
fn is_header(word: &str) -> bool {
    ["WorkloadCode", "CustomerId", "LicensesActiveChange", "BusiestWorkload"].iter().any(|header| header.contains(word))
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.contains(|char: char| char.is_ascii_lowercase())
}

/// From one width to the next.
const STRIDE: usize = 13;

proptest! {
    // Nothing is written beside the sources. A case is a report at a dozen widths: each width has its turn.
    #![proptest_config(Config { failure_persistence: None, cases: 32, ..Config::default() })]

    #[test]
    fn a_table_fits_every_terminal_as_far_as_figures_and_words_stay_whole(
        items in items(), columns in columns(), offset in 0..STRIDE,
    ) {
        let body = serde_json::json!({ "items": items }).to_string();
        let rows: Vec<_> = rows_of(&body).into_iter().map(Row::from).collect();
        let whole = shown(&rows, columns, None);
        let count = columns.map_or(6, |columns| columns.split(',').count());
        let mut lines_before = usize::MAX;
        for width in (40..=200_u16).skip(offset).step_by(STRIDE) {
            let report = shown(&rows, columns, Some(width));
            let lines = report.lines().count();
            prop_assert!(lines <= lines_before, "more lines at {width} than before:\n{report}");
            lines_before = lines;

            let is_figure = |word: &&str| word.contains(|char: char| char.is_ascii_digit());
            if width >= 50 {
                let kept = |report| words(report).into_iter().filter(|word| !is_header(word)).collect::<Vec<_>>();
                prop_assert_eq!(kept(&report), kept(&whole), "a word is broken at {}:\n{}", width, report);
            } else {
                let figures = |report| words(report).into_iter().filter(is_figure).collect::<Vec<_>>();
                prop_assert_eq!(figures(&report), figures(&whole), "a figure is broken at {}:\n{}", width, report);
            }

            // Figures, dates and ids stay whole, and so do words where there is room for them.
            let longest = |text: &str| text.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0);
            let names = |member| items.iter().map(move |item: &serde_json::Value| item[member].as_str().unwrap_or("–"));
            let least_of = |column: &str| match column {
                "customer" | "product" | "workload" | "workloadCode" | "busiestWorkload" if width < 50 => 2,
                "customer" => names("customerName").map(longest).max().unwrap_or(0).max("Customer".len()),
                "product" => names("productName").map(longest).max().unwrap_or(0).max("Product".len()),
                "workload" | "busiestWorkload" => names("workloadName").map(longest).max().unwrap_or(0).max("Workload".len()),
                "customerId" => ID.len(),
                "date" => "2017-03-09T00:00:00Z".len(),
                "age" => 3,
                "licensesActiveChange" | "workloadCode" => "Licenses".len(),
                "qualified" => "Qualified".len(),
                "active" | "idle" => 7,
                "usage" => "2000.0%".len(),
                other => panic!("{other}"),
            };
            let columns = columns.unwrap_or("product,workload,qualified,active,idle,usage");
            let least = columns.split(',').map(least_of).sum::<usize>() + count - 1;
            let all_names = || ["customerName", "productName"].into_iter().flat_map(names);
            let longest_word = all_names().map(longest).max().unwrap_or(0) + "99999999  ".len() + 4;
            let bound = usize::from(width).max(least).max(if width < 50 { 0 } else { longest_word });
            for line in report.lines() {
                // An id in the place of a name that nobody knows, behind its idle seats.
                let bound = if line.ends_with(ID) { bound.max(ID.len() + "  99999999  ".len()) } else { bound };
                prop_assert!(line.width() <= bound, "{} columns of {width}, {bound} at most: {line}\n{report}", line.width());
            }
        }
    }
}
