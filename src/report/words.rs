//! What formats for people say beside the rows: customer, age, totals.
//! It does no layout and escapes nothing: ` · ` marks where a line may be broken, and a format writes names its own way.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use super::cell::{ABSENT, legible};
use super::columns::{USAGE_PERCENT, amount};
use super::costs::Costs;
use super::date;
use super::row::ChangeKind;
use super::shape::{Field, Shape};
use super::totals::{Days, Figures, Seats, Totals};
use super::wording::counted;
use super::writer::Look;
use crate::insight::number::plain as digits;

pub const NO_ROWS: &str = "No licence usage rows.";

/// If all rows are gone.
pub const NO_ROWS_ANY_MORE: &str = "No licence usage rows any more";

/// What the figures mean, in lines of a terminal's width.
pub const FIGURES: &str = "\
What the figures mean: qualified seats may use the workload, and active ones used it in the last 28
days; idle is qualified minus active. Both count the customer's seats from all partners and from
Microsoft directly, of Office 365 and Dynamics 365 only. OneDrive is counted with SharePoint.
A usage over 100 % is possible: leavers, grace periods, trials. The data is always some days old.";

/// How a summary counts seats.
pub const ONCE: &str = "Each seat counts once: qualified in the largest workload, active in the busiest";

/// How a percentage that is not Microsoft's comes about.
pub const CALCULATED: &str = "calculated by pc-usage: active × 100 ÷ qualified";

/// How the rows count seats, and who calculated their usage if the service did not.
pub fn rule(look: &Look, totals: &Totals) -> Option<String> {
    let has_usage = look.columns.as_ref().is_none_or(|columns| columns.contains(&Field(&USAGE_PERCENT)));
    match look.layout.shape {
        _ if totals.shown == 0 => None,
        Shape::Summary | Shape::Customers if has_usage => Some(format!("{ONCE} · usage {CALCULATED}")),
        Shape::Summary | Shape::Customers => Some(ONCE.to_owned()),
        Shape::Rows | Shape::Changes => (has_usage && totals.has_calculated).then(|| format!("Usage {CALCULATED}")),
    }
}

/// The customer's name and its id, or its id alone.
pub fn customer<'f>(asked: Option<&'f str>, figures: &'f Figures) -> (&'f str, Option<&'f str>) {
    match (figures.customer_name.as_deref(), figures.customer_id.as_deref().or(asked)) {
        (Some(name), id) => (name, id),
        (None, Some(id)) => (id, None),
        (None, None) => ("Customer unknown", None),
    }
}

/// The dates of the rows that are not gone, and of those that they are compared with.
pub fn data(figures: &Figures, today: Date) -> String {
    let since = figures.since.map_or(String::new(), |days| format!(" · compared with {}", span(days)));
    if figures.gone == figures.rows {
        return format!("{NO_ROWS_ANY_MORE}{since}");
    }
    match figures.days {
        Some(days) => format!("Data of {} · {}{since}", span(days), ages(days, today)),
        None => format!("Data without a date{since}"),
    }
}

/// A day, or two.
pub fn span((oldest, newest): Days) -> String {
    if oldest == newest { oldest.to_string() } else { format!("{oldest} – {newest}") }
}

/// How old data of these days is.
pub fn ages((oldest, newest): Days, today: Date) -> String {
    match (date::age(newest, today), date::age(oldest, today)) {
        (newest, oldest) if newest == oldest => age_text(oldest),
        (newest @ 0.., oldest) => format!("{newest} to {oldest} days old"),
        (newest, oldest @ ..0) => format!("{} to {}", oldest.unsigned_abs(), age_text(newest)),
        (newest, oldest) => format!("{} to {}", age_text(oldest), age_text(newest)),
    }
}

fn age_text(days: i32) -> String {
    match days {
        0 => "of today".to_owned(),
        1 => "1 day old".to_owned(),
        2.. => format!("{days} days old"),
        _ => format!("{} ahead of today", counted(days.unsigned_abs() as usize, "day")),
    }
}

/// How a format writes a text that may hold its marks.
pub type Written = fn(&str) -> String;

/// The closing words of a customer: idle seats first, then the product with most of them, then the counts.
pub fn closing(figures: &Figures, written: Written) -> Vec<String> {
    let idle = &figures.idle;
    let is_filtered = figures.shown < figures.rows;
    let known = idle.by_product.len() - idle.unknown();
    let mut parts = waste(&idle.seats, known, idle.unknown(), is_filtered, written);
    if let Some(seats) = figures.unassigned {
        parts.push(unassigned(seats));
    }
    if let Some((product, most)) = idle.most().filter(|_| idle.products > 1) {
        parts.insert(1, format!("most in {}: {}", named(product, written), digits(most)));
    }
    parts.push(format!("{}, {}", rows_of(figures.shown, figures.rows), counted(idle.products, "product")));
    parts.extend(figures.changes.map(changed));
    parts.splice(0..0, figures.costs.as_ref().and_then(|costs| cost(costs, written)));
    parts
}

/// The same for all customers.
pub fn total(totals: &Totals, written: Written) -> Vec<String> {
    let mut parts = waste(&totals.seats, totals.known, totals.unknown, totals.shown < totals.rows, written);
    parts.extend(totals.unassigned.map(unassigned));
    parts.push(format!("{}, {}", counted(totals.customers, "customer"), rows_of(totals.shown, totals.rows)));
    parts.extend(totals.changes.map(changed));
    parts.splice(0..0, totals.costs.as_ref().and_then(|costs| cost(costs, written)));
    parts
}

/// That a filter hides all rows of a customer.
pub fn none_of(figures: &Figures) -> String {
    format!("--where keeps none of {}.", counted(figures.rows, "row"))
}

/// That it hides those of all customers.
pub fn none_of_all(totals: &Totals) -> String {
    format!("--where keeps none of {} of {}.", counted(totals.rows, "row"), counted(totals.customers, "customer"))
}

/// The idle seats, their share, and how many products have no figures.
fn waste(seats: &Seats, known: usize, unknown: usize, is_filtered: bool, written: Written) -> Vec<String> {
    let mut parts = Vec::new();
    if known > 0 {
        let (idle, of) = (seats.idle, seats.qualified);
        let one = if of == Decimal::ONE { "" } else { "s" };
        let share = share(idle, of).map_or(String::new(), |share| format!(" ({} %)", written(&share)));
        // A filter hides rows, but their active seats still count.
        let over_all = if is_filtered { ", over all workloads" } else { "" };
        parts.push(format!("{} of {} seat{one} idle{share}{over_all}", digits(idle), digits(of)));
    }
    match unknown {
        0 => {}
        _ if known == 0 => parts.push("idle seats unknown".to_owned()),
        _ => parts.push(without_figures(unknown)),
    }
    parts
}

pub fn without_figures(products: usize) -> String {
    format!("{} without figures", counted(products, "product"))
}

/// What the idle seats cost. Those without a price are not free.
fn cost(costs: &Costs, written: Written) -> Option<String> {
    match amounts(costs) {
        Some(amounts) => Some(format!("{} {}", written(&amounts), cost_of(costs))),
        // No seat is idle, with or without a price.
        None if costs.of.is_zero() => None,
        None => Some(format!("cost of {} unknown", idle_seats(costs.of))),
    }
}

/// The sums, currency by currency; `None` if there is no price.
pub fn amounts(costs: &Costs) -> Option<String> {
    let sums = costs.by_currency.iter().map(|(currency, sum)| match sum {
        Some(sum) => format!("{} {currency}", amount(*sum)),
        None => format!("too much {currency} to be added up"),
    });
    Some(sums.collect::<Vec<_>>().join(" + ")).filter(|sums| !sums.is_empty())
}

/// What these sums are for.
pub fn cost_of(costs: &Costs) -> String {
    format!("a month for {} of {}", digits(costs.seats), idle_seats(costs.of))
}

fn idle_seats(seats: Decimal) -> String {
    format!("{} idle seat{}", digits(seats), if seats == Decimal::ONE { "" } else { "s" })
}

/// The seats that were sold and assigned to nobody.
fn unassigned(seats: Decimal) -> String {
    format!("{} unassigned", digits(seats))
}

/// A whole percentage; only 0 is shown as 0, and only all as 100.
pub fn share(seats: Decimal, of: Decimal) -> Option<String> {
    let exact = seats.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(of)?;
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    Some(if rounded == Decimal::ONE_HUNDRED && seats < of {
        ">99".to_owned()
    } else if rounded.is_zero() && !seats.is_zero() {
        "<1".to_owned()
    } else {
        digits(rounded)
    })
}

/// How many rows have each kind of change.
pub fn changed(counts: [usize; 4]) -> String {
    let counts = ChangeKind::ALL.iter().zip(counts).filter(|(kind, count)| **kind != ChangeKind::Same && *count > 0);
    let changes: Vec<_> = counts.map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    if changes.is_empty() { "no change".to_owned() } else { changes.join(", ") }
}

/// The rows shown, of all.
pub fn rows_of(shown: usize, all: usize) -> String {
    if shown == all { counted(all, "row") } else { format!("{shown} of {}", counted(all, "row")) }
}

/// A name as a format writes it, or a dash if there is nothing to see.
pub fn named(name: &str, written: Written) -> String {
    if name.trim().is_empty() { ABSENT.to_owned() } else { written(&legible(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_but_never_to_all_or_nothing() {
        for (seats, of, shown) in [
            (0, 320, Some("0")),
            (1, 320, Some("<1")),
            (68, 320, Some("21")),
            (1, 200, Some("1")),
            (319, 320, Some(">99")),
            (320, 320, Some("100")),
            (0, 0, None),
        ] {
            assert_eq!(share(seats.into(), of.into()).as_deref(), shown, "{seats} of {of}");
        }
    }
}
