//! Rows as one page for mail and archive: the idle seats as its headline, where they are, then a section a customer. It needs
//! no script and no other file, and trusts no text: a name is shown as it is, and makes no element.

mod markup;

use super::cell::legible;
use super::section::{Ending, Section, ending};
use super::shape::Shape;
use super::totals::{Figures, Totals};
use super::wording::counted;
use super::words::{
    FIGURES, NO_ROWS, NO_ROWS_ANY_MORE, ages, amounts, changed, closing, cost_of, customer, data, named, none_of,
    none_of_all, rows_of, rule, share, span, without_figures,
};
use super::writer::{Chunks, Heading, Look, Part, Writer};
use crate::failure::Failure;
use crate::sanitize::sanitize;
use markup::{DOT, chart, escaped, grouped, table, tile, unbroken};

pub struct Html {
    look: Look,
    /// The finished sections: what stands above them is known last.
    sections: String,
    /// Customers so far, with and without a section.
    customers: usize,
}

impl Html {
    pub fn new(look: Look) -> Self {
        Self { look, sections: String::new(), customers: 0 }
    }

    /// Adds the section of a customer; without its rows if none is shown.
    fn section(&mut self, asked: Option<&str>, figures: &Figures, rows: Option<&Section>) {
        let (name, id) = customer(asked, figures);
        let id = id.map(|id| format!("<code>{}</code>", escaped(&legible(id))));
        let data = (figures.rows > 0).then(|| data(figures, self.look.today));
        let below: Vec<_> = id.into_iter().chain(data).collect();
        let page = &mut self.sections;
        *page += &format!("<section id=\"c{}\">\n<h2>{}</h2>\n", self.customers, named(name, escaped));
        if !below.is_empty() {
            *page += &format!("<p class=\"sub\">{}</p>\n", below.join(DOT));
        }
        match rows {
            _ if figures.rows == 0 => *page += &format!("<p>{NO_ROWS}</p>\n"),
            Some(rows) if figures.shown > 0 => {
                let mut closing = closing(figures, escaped);
                closing[0] = format!("<b>{}</b>", closing[0]);
                table(rows, &closing.join(DOT), page);
            }
            _ => *page += &format!("<p>{}</p>\n", none_of(figures)),
        }
        *page += "</section>\n";
    }

    /// Everything above the sections.
    fn start(&self, totals: &Totals, warnings: &[String]) -> String {
        let (idle, rest) = headline(totals);
        let heading = if idle.is_empty() { rest.clone() } else { format!("<b>{idle}</b>{rest}") };
        let who = match totals.one() {
            Some(figures) => named(customer(None, figures).0, escaped),
            None => counted(totals.customers, "customer"),
        };
        let rows = rows_of(totals.shown, totals.rows);
        let is_filtered = totals.shown > 0 && totals.shown < totals.rows;
        let over_all = if is_filtered { ", their seats counted over all workloads" } else { "" };
        let since = totals.since.map(|days| format!("compared with {}", span(days)));
        let rows = (totals.rows > 0).then(|| format!("{rows}{over_all}"));
        let unknown = (totals.unknown > 0).then(|| without_figures(totals.unknown));
        let sub = [Some(format!("Licence usage of <bdi>{who}</bdi>")), rows, unknown, since];
        let sub: Vec<_> = sub.into_iter().flatten().chain(totals.changes.map(changed)).collect();
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{idle}{rest} · Licence usage of {who}</title>\n<style>\n{}</style>\n</head>\n<body>\n<header>\n\
             <h1>{heading}</h1>\n<p class=\"sub\">{}</p>\n{}",
            include_str!("style.css"),
            sub.join(DOT),
            self.tiles(totals),
        );
        for warning in warnings {
            page += &format!("<p class=\"warning\"><b>Warning:</b> {}</p>\n", escaped(&sanitize(warning)));
        }
        page += "</header>\n";
        let charts = [
            // One customer makes no ranking.
            (totals.customers > 1).then(|| chart("customer", &totals.idle_customers(), self.customers > 0)),
            Some(chart("product", &totals.idle_products(), false)),
        ];
        let charts = charts.into_iter().flatten().collect::<String>();
        if !charts.is_empty() {
            page += &format!("<div class=\"charts\">\n{charts}</div>\n");
        }
        page
    }

    /// The figures that matter.
    fn tiles(&self, totals: &Totals) -> String {
        let mut tiles = String::new();
        if totals.shown > 0 && totals.known > 0 {
            let seats = &totals.seats;
            let share = share(seats.idle, seats.qualified).map_or(String::new(), |share| format!(" ({share} %)"));
            tiles += &tile(" class=\"main\"", &grouped(seats.idle), &format!("idle seats{}", escaped(&share)));
            tiles += &tile("", &grouped(seats.active), "active in 28 days");
            tiles += &tile("", &grouped(seats.qualified), "qualified seats");
        }
        let costs = totals.costs.as_ref().filter(|_| totals.shown > 0);
        if let Some((amounts, costs)) = costs.and_then(|costs| Some((amounts(costs)?, costs))) {
            tiles += &tile("", &escaped(&amounts), &cost_of(costs));
        }
        if let Some(unassigned) = totals.unassigned.filter(|_| totals.shown > 0) {
            tiles += &tile("", &grouped(unassigned), "sold seats unassigned");
        }
        if let Some(days) = totals.days {
            tiles += &tile("", &ages(days, self.look.today), &format!("data of {}", unbroken(days)));
        }
        if tiles.is_empty() { tiles } else { format!("<ul>\n{tiles}</ul>\n") }
    }

    /// Everything below the sections.
    fn finish(&self, totals: &Totals) -> String {
        let mut page = format!("<footer>\n<p>{}</p>\n", FIGURES.replace('\n', " "));
        if matches!(self.look.layout.shape, Shape::Rows | Shape::Changes) && totals.shown > 0 {
            page += "<p>Each workload of a product counts the same seats: do not add up the column Idle. \
                     The sums on this page count each seat once.</p>\n";
        }
        if let Some(rule) = rule(&self.look, totals) {
            page += &format!("<p>{rule}</p>\n");
        }
        let (version, today) = (env!("CARGO_PKG_VERSION"), self.look.today);
        page + &format!("<p>Made by pc-usage {version} on {today}.</p>\n</footer>\n</body>\n</html>\n")
    }
}

/// The idle seats, and the words after them; only words where there are none.
fn headline(totals: &Totals) -> (String, String) {
    let words = if totals.rows == 0 {
        NO_ROWS.to_owned()
    } else if totals.shown == 0 {
        totals.one().map_or_else(|| none_of_all(totals), none_of)
    } else if totals.gone == totals.rows {
        NO_ROWS_ANY_MORE.to_owned()
    } else if totals.known + totals.unknown == 0 {
        // What is shown is gone.
        rows_of(totals.shown, totals.rows)
    } else if totals.known == 0 {
        "Idle seats unknown".to_owned()
    } else {
        let qualified = grouped(totals.seats.qualified);
        let one = if qualified == "1" { "" } else { "s" };
        return (grouped(totals.seats.idle), format!(" of {qualified} seat{one} idle"));
    };
    (String::new(), words)
}

impl Writer for Html {
    fn is_for_people(&self) -> bool {
        true
    }

    fn rows<'b>(&mut self, part: Part<'_, 'b>) -> Result<Chunks<'b>, Failure> {
        let heading = part.heading;
        let section = Section::read(part, &self.look)?;
        match (heading, section) {
            (Heading::Customer(asked), section) => {
                self.customers += 1;
                if let Some((section, figures)) = section {
                    self.section(asked, &figures, Some(&section));
                }
            }
            (Heading::All(customers) | Heading::List(customers), Some((section, figures))) => {
                let customers = counted(customers, "customer");
                let data = data(&figures, self.look.today);
                self.sections += &format!("<section>\n<h2>{customers}</h2>\n<p class=\"sub\">{data}</p>\n");
                table(&section, &rows_of(figures.shown, figures.rows), &mut self.sections);
                self.sections += "</section>\n";
            }
            (_, None) => {}
        }
        Ok(Vec::new())
    }

    fn end(&mut self, totals: &Totals, warnings: &[String]) -> Result<Vec<u8>, Failure> {
        if let Ending::Section(figures) = ending(totals, &self.look, !self.sections.is_empty()) {
            self.section(None, figures, None);
        }
        let mut page = std::mem::take(&mut self.sections);
        // In place: a page may be large, and a second copy of it too much.
        page.insert_str(0, &self.start(totals, warnings));
        page += &self.finish(totals);
        Ok(page.into_bytes())
    }
}
