//! The text above and below the rows: customer, age, totals.
//! It does no layout: ` · ` marks where a line may be broken.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use super::cell::{ABSENT, legible};
use super::paint::{BOLD, mark};
use crate::insight::number::plain as digits;
use crate::report::columns::amount;
use crate::report::date;
use crate::report::row::ChangeKind;
use crate::report::totals::{Costs, Figures, Totals};
use crate::report::wording::counted;

/// The customer, and the age of the data.
pub fn title(asked: Option<&str>, figures: &Figures, today: Date) -> String {
    let customer = match (figures.customer_name.as_deref(), figures.customer_id.as_deref().or(asked)) {
        (Some(name), Some(id)) => format!("{} · {}", mark(BOLD, &legible(name)), legible(id)),
        (Some(one), None) | (None, Some(one)) => mark(BOLD, &legible(one)),
        (None, None) => mark(BOLD, "Customer unknown"),
    };
    if figures.rows == 0 {
        return customer;
    }
    let since = match figures.since {
        Some((oldest, newest)) if oldest == newest => format!(" · compared with {oldest}"),
        Some((oldest, newest)) => format!(" · compared with {oldest} – {newest}"),
        None => String::new(),
    };
    format!("{customer}\n{}{since}", data(figures, today))
}

/// The dates of the rows that are not gone.
pub fn data(figures: &Figures, today: Date) -> String {
    if figures.gone == figures.rows {
        return "No licence usage rows any more".to_owned();
    }
    match figures.days {
        Some((oldest, newest)) if oldest == newest => {
            format!("Data of {oldest} · {}", age_text(date::age(oldest, today)))
        }
        Some((oldest, newest)) => {
            let ages = match (date::age(newest, today), date::age(oldest, today)) {
                (newest @ 0.., oldest) => format!("{newest} to {oldest} days old"),
                (newest, oldest @ ..0) => format!("{} to {}", oldest.unsigned_abs(), age_text(newest)),
                (newest, oldest) => format!("{} to {}", age_text(oldest), age_text(newest)),
            };
            format!("Data of {oldest} – {newest} · {ages}")
        }
        None => "Data without a date".to_owned(),
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

/// The closing line of a customer: idle seats first, then the product with most of them, then the counts.
pub fn closing(figures: &Figures) -> String {
    let idle = &figures.idle;
    let is_filtered = figures.shown < figures.rows;
    let known = idle.by_product.len() - idle.unknown();
    let mut parts = waste((idle.seats, idle.of), known, idle.unknown(), is_filtered);
    if let Some(seats) = figures.unassigned {
        parts.push(unassigned(seats));
    }
    if let Some((product, most)) = idle.most().filter(|_| idle.products > 1) {
        parts.insert(1, format!("most in {}: {}", named(product), digits(most)));
    }
    parts.push(format!("{}, {}", rows_of(figures.shown, figures.rows), counted(idle.products, "product")));
    parts.extend(figures.changes.map(changed));
    parts.splice(0..0, figures.costs.as_ref().and_then(cost));
    parts.join(" · ")
}

/// The same for all customers.
pub fn total(totals: &Totals) -> String {
    let mut parts = waste(totals.idle, totals.known, totals.unknown, totals.shown < totals.rows);
    parts.extend(totals.unassigned.map(unassigned));
    parts.push(format!("{}, {}", counted(totals.customers, "customer"), rows_of(totals.shown, totals.rows)));
    parts.extend(totals.changes.map(changed));
    parts.splice(0..0, totals.costs.as_ref().and_then(cost));
    parts.join(" · ")
}

/// The idle seats, their share, and how many products have no figures.
fn waste(idle: (Decimal, Decimal), known: usize, unknown: usize, is_filtered: bool) -> Vec<String> {
    let (seats, of) = idle;
    let mut parts = Vec::new();
    if known > 0 {
        let one = if of == Decimal::ONE { "" } else { "s" };
        let share = share(seats, of).map_or(String::new(), |share| format!(" ({share} %)"));
        // A filter hides rows, but their active seats still count.
        let over_all = if is_filtered { ", over all workloads" } else { "" };
        parts.push(format!("{} of {} seat{one} idle{share}{over_all}", digits(seats), digits(of)));
    }
    match unknown {
        0 => {}
        _ if known == 0 => parts.push("idle seats unknown".to_owned()),
        _ => parts.push(format!("{} without figures", counted(unknown, "product"))),
    }
    parts
}

/// What the idle seats cost, currency by currency. Those without a price are not free.
fn cost(costs: &Costs) -> Option<String> {
    let of = format!("{} idle seat{}", digits(costs.of), if costs.of == Decimal::ONE { "" } else { "s" });
    let sums = costs.by_currency.iter().map(|(currency, sum)| match sum {
        Some(sum) => format!("{} {currency}", amount(*sum)),
        None => format!("too much {currency} to be added up"),
    });
    let sums: Vec<_> = sums.collect();
    match sums[..] {
        // No seat is idle, with or without a price.
        [] if costs.of.is_zero() => None,
        [] => Some(format!("cost of {of} unknown")),
        _ => Some(format!("{} a month for {} of {of}", sums.join(" + "), digits(costs.seats))),
    }
}

/// The seats that were sold and assigned to nobody.
fn unassigned(seats: Decimal) -> String {
    format!("{} unassigned", digits(seats))
}

/// A whole percentage; only 0 is shown as 0, and only all as 100.
fn share(seats: Decimal, of: Decimal) -> Option<String> {
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

fn changed(counts: [usize; 4]) -> String {
    let counts = ChangeKind::ALL.iter().zip(counts).filter(|(kind, count)| **kind != ChangeKind::Same && *count > 0);
    let changes: Vec<_> = counts.map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    if changes.is_empty() { "no change".to_owned() } else { changes.join(", ") }
}

fn rows_of(shown: usize, all: usize) -> String {
    if shown == all { counted(all, "row") } else { format!("{shown} of {}", counted(all, "row")) }
}

/// A name, or a dash if it is empty.
pub fn named(name: &str) -> String {
    if name.is_empty() { ABSENT.to_owned() } else { legible(name).into_owned() }
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
