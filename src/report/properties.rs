//! Properties of filters, sorting and sums, on random rows. It tests no format.

use proptest::prelude::{Strategy, prop, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;

use super::query::{Expr, Query, SortKey};
use super::row::Row;
use super::shape::{Layout, Scope, Shape};
use super::summary::summarised;
use super::totals::{Counter, Idle};
use crate::insight::number::Number;
use crate::insight::rows_of;

const SCOPE: Scope =
    Scope::Report(Layout { shape: Shape::Rows, has_deployment: false, has_prices: false, has_exceptions: false });

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
    // A code tells each from the others.
    prop::collection::vec(item, 0..30).prop_map(|mut items| {
        for (index, item) in items.iter_mut().enumerate() {
            item["workloadCode"] = index.to_string().into();
        }
        items
    })
}

fn rows(body: &str) -> Vec<Row<'_>> {
    rows_of(body).into_iter().map(Row::from).collect()
}

fn idle<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> Idle {
    let mut counter = Counter::default();
    rows.into_iter().for_each(|row| counter.add(&row, true));
    counter.figures().idle
}

proptest! {
    // Nothing is written beside the sources.
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn filters_and_sorting_lose_no_row_and_make_none_up(items in items(), limit in 0..10_i32, descending: bool) {
        let body = serde_json::json!({ "items": items }).to_string();
        let rows = rows(&body);
        let kept = |expr: String| {
            let query = Query { filters: vec![Expr::read(&expr, SCOPE).expect("an expression")], ..Query::default() };
            rows.iter().filter(|row| query.keeps(row)).count()
        };
        let absent = rows.iter().filter(|row| row.insight.licenses_active.is_none()).count();
        let (below, rest) = (kept(format!("active < {limit}")), kept(format!("active >= {limit}")));
        prop_assert_eq!(below + rest + absent, rows.len());
        prop_assert_eq!(kept(format!("active = {limit}")) + kept(format!("active != {limit}")), rows.len());
        prop_assert_eq!(kept("product ~ a".into()) + kept("product !~ a".into()), rows.len());

        let order = if descending { "active:desc" } else { "active" };
        let sort = ["product", order].map(|key| SortKey::read(key, SCOPE).expect("a key")).to_vec();
        // Written out by hand: by product, absent last; then by figure, absent last; then as served.
        let mut expected: Vec<usize> = (0..rows.len()).collect();
        expected.sort_by_key(|index| {
            let row = &rows[*index].insight;
            let product = row.product_name.as_deref().map(str::to_lowercase);
            let active = row.licenses_active.as_ref();
            let active = active.map(|active| active.as_served().parse::<i64>().expect("a whole number"));
            (product.is_none(), product, active.is_none(), active.map(|it| if descending { -it } else { it }), *index)
        });
        let mut sorted = rows;
        Query { sort, ..Query::default() }.sort(&mut sorted);
        let sorted: Vec<usize> =
            sorted.iter().map(|row| row.insight.workload_code.as_deref().expect("a code").parse().expect("an index")).collect();
        prop_assert_eq!(sorted, expected);
    }

    #[test]
    fn a_summary_counts_every_seat_once(items in items()) {
        let body = serde_json::json!({ "items": items }).to_string();
        let rows = rows(&body);
        let merged = summarised(rows_of(&body));
        let value = |figure: &Option<Number<'_>>| figure.as_ref().and_then(Number::value);
        let mut of_products = 0;
        for one in merged.iter().map(|row| &row.insight) {
            let of_product: Vec<_> =
                rows.iter().map(|row| &row.insight).filter(|row| row.product_name == one.product_name).collect();
            of_products += of_product.len();
            let largest = of_product.iter().filter_map(|row| value(&row.licenses_qualified)).max();
            let busiest = of_product.iter().filter_map(|row| value(&row.licenses_active)).max();
            prop_assert_eq!((value(&one.licenses_qualified), value(&one.licenses_active)), (largest, busiest));
        }
        prop_assert_eq!(of_products, rows.len());
        // The same seats are idle, whichever way they are counted.
        prop_assert_eq!(idle(rows), idle(merged));
    }
}
