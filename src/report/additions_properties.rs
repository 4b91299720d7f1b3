//! Properties of prices and exceptions, on random answers, in every format that is made of rows.
//! It tests no file: the lines are made up, and customers that are left out never get here.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::civil::{Date, date};
use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;
use rust_decimal::Decimal;

use super::Body;
use super::Report;
use super::additions::Additions;
use super::columns::amount;
use super::compare::Earlier;
use super::exceptions::{ExceptionLine, Exceptions};
use super::format::{Format, writer};
use super::prices::{PriceLine, Prices};
use super::query::{Expr, Query};
use super::shape::{Layout, Scope, Shape};
use super::writer::Look;
use crate::insight::number::decimal;
use crate::insight::rows_of;

const TODAY: Date = date(2017, 3, 15);

/// Ids of customers; none holds a digit or sign that a table's figures have.
const CUSTOMERS: [&str; 3] = [
    "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
    "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb",
    "cccccccc-cccc-cccc-cccc-cccccccccccc",
];

/// A row as served: customer, product, channel, workload, qualified and active seats.
type Item = (usize, usize, usize, usize, Option<u32>, Option<u32>);

/// Of each product, if it has any: an amount with its decimals, and whether it is in dollars.
type Priced = Vec<Option<(u64, u32, bool)>>;

/// Customer (0 is all), product (0 is all), spare seats.
type Excepted = BTreeMap<(usize, usize), Option<u32>>;

const PRODUCTS: usize = 4;

fn items() -> impl Strategy<Value = Vec<Item>> {
    let count = || prop::option::weighted(0.9, 0..50_u32);
    prop::collection::vec((0..3_usize, 0..PRODUCTS, 0..2_usize, 0..3_usize, count(), count()), 0..30)
}

fn priced() -> impl Strategy<Value = Priced> {
    let digits = prop_oneof![0..2_u64, 1..100_000_u64, 1..1_000_000_000_000_u64];
    prop::collection::vec(prop::option::weighted(0.8, (digits, 0..=4_u32, proptest::bool::ANY)), PRODUCTS)
}

fn excepted() -> impl Strategy<Value = Excepted> {
    let line = ((0..=3_usize, 0..=PRODUCTS), prop::option::of(0..60_u32));
    prop::collection::btree_map(line.0, line.1, 0..6)
}

/// The bodies, one for each customer.
fn bodies(items: &[Item]) -> Vec<(String, String)> {
    let of = |customer: usize| {
        let own = items.iter().filter(|item| item.0 == customer);
        let own: Vec<_> = own
            .map(|(_, product, channel, workload, qualified, active)| {
                serde_json::json!({"customerName": format!("N{customer}"), "productName": format!("P{product}"),
                    "channel": format!("C{channel}"), "workloadName": format!("W{workload}"),
                    "licensesQualified": qualified, "licensesActive": active, "customerId": CUSTOMERS[customer]})
            })
            .collect();
        (CUSTOMERS[customer].to_owned(), serde_json::json!({ "items": own }).to_string())
    };
    (0..3).map(of).filter(|(_, body)| body.contains("productName")).collect()
}

fn prices(products: &Priced) -> Prices {
    let mut prices = Prices::default();
    for (product, price) in products.iter().enumerate() {
        let Some((digits, scale, is_dollars)) = price else { continue };
        let price = Decimal::from_i128_with_scale((*digits).into(), *scale).to_string();
        let currency = if *is_dollars { "usd" } else { "EUR" };
        let product = format!("p{product}");
        let line = PriceLine { products: ["", &product, ""], price: &price, currency, has_decimal_comma: false };
        prices.add(&line).expect("a line");
    }
    prices
}

fn exceptions(excepted: &Excepted) -> Exceptions {
    let mut exceptions = Exceptions::new("file".to_owned());
    for ((customer, product), spare) in excepted {
        let customer = customer.checked_sub(1).map_or("*", |customer| CUSTOMERS[customer]);
        let product = product.checked_sub(1).map_or(String::new(), |product| format!("P{product}"));
        let spare = spare.map_or(String::new(), |spare| spare.to_string());
        // Such a line leaves a customer out, or is refused.
        if product.is_empty() && spare.is_empty() {
            continue;
        }
        let line = ExceptionLine { number: 2, customer, product: &product, spare: &spare, until: "", reason: "" };
        exceptions.add(&line, TODAY).expect("a line");
    }
    exceptions
}

/// What a report is made with, beside the answers.
#[derive(Clone, Copy)]
struct Made<'m> {
    shape: Shape,
    prices: Option<&'m Priced>,
    exceptions: Option<&'m Excepted>,
    filter: Option<&'m str>,
    /// The columns of a report without exceptions.
    has_columns_of_its_own: bool,
}

const MADE: Made<'static> =
    Made { shape: Shape::Summary, prices: None, exceptions: None, filter: None, has_columns_of_its_own: true };

fn report(format: Format, items: &[Item], made: Made<'_>) -> Vec<u8> {
    let layout = Layout {
        has_prices: made.prices.is_some(),
        has_exceptions: made.exceptions.is_some(),
        ..Layout::from(made.shape)
    };
    let bare = Layout { has_exceptions: false, ..layout };
    let is_for_people = matches!(format, Format::Table | Format::Markdown | Format::Html);
    let bare = if is_for_people { bare.columns_for_people() } else { bare.columns() };
    let filters: Vec<_> =
        made.filter.iter().map(|filter| Expr::read(filter, Scope::Report(layout)).expect("an expression")).collect();
    let look = Look {
        columns: Some(bare).filter(|_| !made.has_columns_of_its_own),
        layout,
        today: TODAY,
        is_one: false,
        is_filtered: !filters.is_empty(),
        options: Vec::new(),
        header: true,
        width: None,
        color: false,
        delimiter: b',',
        excel: false,
        raw_text: false,
    };
    let query = Query { layout, filters, today: TODAY, ..Query::default() };
    let exceptions = made.exceptions.map(|lines| Rc::new(exceptions(lines)));
    let prices = made.prices.map(|products| Rc::new(prices(products)));
    let additions = Additions::new(Earlier::default(), prices, exceptions);
    let mut report = Report::new(query, additions, writer(format, look).expect("a writer"), false);
    let mut bytes = Vec::new();
    for (customer, text) in &bodies(items) {
        let body = Body { customer: Some(customer), name: None, text, is_whole: true, is_only: false, asked: &[] };
        let added = report.add(body, Vec::new(), &mut |visit| {
            rows_of(text).into_iter().for_each(visit);
            Ok(())
        });
        bytes.extend(added.expect("rows").concat());
    }
    bytes.extend(report.end(&[]).expect("an end").0.concat());
    bytes
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("text")
}

/// An amount for each currency.
type Sums = BTreeMap<String, Decimal>;

fn add(sums: &mut Sums, currency: &str, amount: Decimal) {
    *sums.entry(currency.to_owned()).or_default() += amount;
}

/// What the idle seats of some customers cost, how many of them have a price, and how many there are: counted by hand.
fn expected(items: &[Item], priced: &Priced, of: &[usize]) -> (Sums, u32, u32) {
    let mut products: BTreeMap<_, (Option<u32>, Option<u32>)> = BTreeMap::new();
    for (customer, product, channel, _, qualified, active) in items.iter().filter(|item| of.contains(&item.0)) {
        let counts = products.entry((customer, product, channel)).or_default();
        *counts = (counts.0.max(*qualified), counts.1.max(*active));
    }
    let (mut sums, mut with_price, mut all) = (Sums::new(), 0, 0);
    for ((_, product, _), (qualified, active)) in products {
        let (Some(qualified), Some(active)) = (qualified, active) else { continue };
        let idle = qualified.saturating_sub(active);
        all += idle;
        if let Some((digits, scale, is_dollars)) = priced[*product] {
            with_price += idle;
            let currency = if is_dollars { "USD" } else { "EUR" };
            add(&mut sums, currency, Decimal::from(idle) * Decimal::from_i128_with_scale(digits.into(), scale));
        }
    }
    (sums, with_price, all)
}

/// The sums of the costs in a format for programs.
fn sums(format: Format, report: &[u8]) -> Sums {
    let mut sums = Sums::new();
    let mut see = |currency: &str, cost: &str| {
        if !cost.is_empty() {
            add(&mut sums, currency, decimal(cost).expect("an amount"));
        }
    };
    match format {
        Format::Csv => {
            let mut reader = csv::Reader::from_reader(report);
            let header = reader.headers().expect("a header").clone();
            let at = |name| header.iter().position(|column| column == name).expect("a column");
            for record in reader.records().map(|record| record.expect("a record")) {
                see(&record[at("currency")], &record[at("idleCost")]);
            }
        }
        Format::Jsonl => {
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Line<'l> {
                #[serde(borrow)]
                currency: Option<&'l str>,
                #[serde(borrow)]
                idle_cost: Option<&'l serde_json::value::RawValue>,
            }
            for line in text(report).lines().map(|line| serde_json::from_str::<Line<'_>>(line).expect("an object")) {
                see(line.currency.unwrap_or_default(), line.idle_cost.map_or("", |cost| cost.get()));
            }
        }
        Format::Xlsx => workbook::rows(report, &["currency", "idleCost"], |cells| see(&cells[0], &cells[1])),
        Format::Table | Format::Markdown | Format::Html | Format::Json => {
            unreachable!("its cells are not for programs")
        }
    }
    sums
}

/// How a closing line begins.
fn told((sums, with_price, all): &(Sums, u32, u32)) -> String {
    let seats = format!("{all} idle seat{}", if *all == 1 { "" } else { "s" });
    let amounts: Vec<_> = sums.iter().map(|(currency, sum)| format!("{} {currency}", amount(*sum))).collect();
    match &amounts[..] {
        [] if *all == 0 => String::new(),
        [] => format!("cost of {seats} unknown"),
        amounts => format!("{} a month for {with_price} of {seats}", amounts.join(" + ")),
    }
}

/// What a format for people says about costs, from the top down.
fn told_in(report: &str) -> Vec<String> {
    let bare = |line: &str| {
        let line = line.replace("<li><b>", "").replace("</b> <span>", " ").replace("</span></li>", "");
        let (_, line) = line.split_once("<caption><span><b>").unwrap_or(("", &line));
        let line = line.split(" · ").next().unwrap_or_default().replace("</b>", "");
        line.strip_prefix("- ").unwrap_or(&line).to_owned()
    };
    let is_told = |line: &String| line.starts_with("cost of ") || line.contains(" a month for ");
    report.lines().map(bare).filter(is_told).collect()
}

proptest! {
    // Nothing is written beside the sources. A case makes a dozen reports.
    #![proptest_config(Config { failure_persistence: None, cases: 16, ..Config::default() })]

    #[test]
    fn the_cost_of_the_parts_is_the_cost_of_the_whole_in_every_format(
        items in items(), priced in priced(), limit in 0..1000_u32
    ) {
        let all = expected(&items, &priced, &[0, 1, 2]);
        let made = Made { prices: Some(&priced), ..MADE };
        for format in Format::OF_ROWS {
            let whole = report(*format, &items, made);
            match format {
                Format::Csv | Format::Jsonl | Format::Xlsx => {
                    prop_assert_eq!(&sums(*format, &whole), &all.0);
                    // Whatever takes the rows apart, each is on one side.
                    let mut both = Sums::new();
                    for filter in [format!("idleCost > {limit}"), format!("idleCost <= {limit}")] {
                        let part = report(*format, &items, Made { filter: Some(&filter), ..made });
                        for (currency, sum) in sums(*format, &part) {
                            add(&mut both, &currency, sum);
                        }
                    }
                    prop_assert_eq!(&both, &all.0);
                }
                Format::Table | Format::Markdown | Format::Html => {
                    let whole = text(&whole).replace("&lt;", "<");
                    let there: Vec<_> = (0..3).filter(|customer| items.iter().any(|item| item.0 == *customer)).collect();
                    let mut lines: Vec<_> = there.iter().map(|it| told(&expected(&items, &priced, &[*it]))).collect();
                    match format {
                        // There it is one of the figures that matter, with one customer too.
                        Format::Html if !all.0.is_empty() => lines.insert(0, told(&all)),
                        Format::Html => {}
                        _ if there.len() > 1 => lines.push(told(&all)),
                        _ => {}
                    }
                    lines.retain(|line| !line.is_empty());
                    prop_assert_eq!(told_in(&whole), lines, "{}", whole);
                }
                Format::Json => unreachable!("it is not made of rows"),
            }
        }
        // In one currency, customers have costs too.
        let priced = priced.iter().map(|price| price.map(|(digits, scale, _)| (digits, scale, false))).collect();
        let made = Made { prices: Some(&priced), shape: Shape::Customers, ..MADE };
        for format in [Format::Csv, Format::Jsonl, Format::Xlsx] {
            prop_assert_eq!(sums(format, &report(format, &items, made)), expected(&items, &priced, &[0, 1, 2]).0);
        }
    }

    #[test]
    fn exceptions_change_no_row_and_no_figure_but_their_own_two(
        items in items(), priced in priced(), excepted in excepted()
    ) {
        for shape in [Shape::Rows, Shape::Summary, Shape::Customers] {
            let priced: Priced = priced.iter().map(|price| price.map(|(digits, scale, _)| (digits, scale, false))).collect();
            let without = Made { prices: Some(&priced).filter(|_| shape != Shape::Rows), shape, ..MADE };
            let with = Made { exceptions: Some(&excepted), has_columns_of_its_own: false, ..without };
            for format in Format::OF_ROWS.iter().filter(|format| **format != Format::Xlsx) {
                let (with, without) = (report(*format, &items, with), report(*format, &items, without));
                prop_assert_eq!(text(&with), text(&without));
            }
            let cells = |made| {
                let mut all = Vec::new();
                workbook::rows(&report(Format::Xlsx, &items, made), &[], |cells| all.push(cells.to_vec()));
                all
            };
            prop_assert_eq!(cells(with), cells(without));
            // And those two go together.
            let csv = report(Format::Csv, &items, Made { has_columns_of_its_own: true, ..with });
            let mut reader = csv::Reader::from_reader(&csv[..]);
            let header = reader.headers().expect("a header").clone();
            let own: Vec<_> = header.iter().skip(header.len() - 2).collect();
            prop_assert_eq!(own, ["licensesSpare", "licensesExcess"]);
            let at = |name| header.iter().position(|column| column == name).expect("a column");
            for record in reader.records().map(|record| record.expect("a record")) {
                let value = |name| decimal(&record[at(name)]);
                let (idle, spare, excess) = (value("licensesIdle"), value("licensesSpare"), value("licensesExcess"));
                prop_assert_eq!(excess.is_some(), idle.is_some());
                let Some((idle, excess)) = idle.zip(excess) else { continue };
                let rest = (idle - spare.unwrap_or_default()).max(Decimal::ZERO);
                // A sum of what is left is not what is left of a sum.
                let most = if shape == Shape::Customers { idle } else { rest };
                prop_assert!(rest <= excess && excess <= most, "{}", text(&csv));
            }
        }
    }
}

#[cfg(test)]
mod workbook {
    use std::io::Cursor;

    use calamine::{Reader, Xlsx};

    /// Visits the rows of the first sheet: the cells below these headers, or all if none is named.
    pub fn rows(workbook: &[u8], names: &[&str], mut visit: impl FnMut(&[String])) {
        let mut workbook = Xlsx::new(Cursor::new(workbook)).expect("a workbook");
        let sheet = workbook.worksheet_range_at(0).expect("a sheet").expect("its cells");
        let header: Vec<_> = sheet.rows().next().expect("a header").iter().map(ToString::to_string).collect();
        let place = |name: &&str| header.iter().position(|column| column == name).expect("a column");
        let places: Vec<_> =
            if names.is_empty() { (0..header.len()).collect() } else { names.iter().map(place).collect() };
        for row in sheet.rows().skip(1) {
            visit(&places.iter().map(|place| row[*place].to_string()).collect::<Vec<_>>());
        }
    }
}
