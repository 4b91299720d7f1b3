//! All pages of a query, in order: the first alone, those behind it ahead of need.
//! It takes nothing for the end before all rows that were promised are there, and no page twice.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::queue::{self, Flow};
use crate::failure::{ErrorKind, Failure};
use crate::partner_center::commercial::{Commercial, MAX_ROWS, Outline, Page, Query};
use crate::partner_center::error::NOT_THE_SERVICE;

/// Pages fetched at a time; each may be 4 MB.
const MAX_AHEAD: usize = 4;

/// A hundred million rows: more is a mistake.
const MAX_PAGES: usize = 10_000;

/// Passes on the pages of a query in order, each with the number of rows that it should have, fetching those after the first
/// `jobs` at a time, at most four. `idle` is called regularly while waiting for those; `what` is what failures say was being fetched.
///
/// # Errors
/// Those of `take`. Those of the calls, and `NotUnderstood` if a page is missing or repeated; the pages before it are passed
/// on.
pub fn each(
    commercial: &Arc<Commercial>,
    query: &Query,
    what: &str,
    jobs: usize,
    idle: impl FnMut(),
    mut take: impl FnMut(Page, Due) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let pages = Pages { commercial: Arc::clone(commercial), query: query.clone(), what: what.to_owned() };
    let first = pages.get(0, None)?;
    let outline = pages.outline(&first, 0)?;
    let step = outline.rows;
    // Without a count, only the page tells whether there are more.
    let Some(total) = outline.total else { return one_by_one(pages, first, outline, take) };
    if total <= step {
        return take(first, Due { rows: step, of: Some(total) }).map(drop);
    }
    if step == 0 || total.div_ceil(step) > MAX_PAGES {
        return Err(pages.bad(&first, 0, &format!("it has {}, and a TotalCount of {total}", counted(step))).into());
    }
    let later = Later::new(pages, outline.date);
    let first = Mutex::new(Some(first));
    let get = move |skip: &usize| {
        // The first task is the first to be started.
        let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let page = first.map_or_else(|| later.get(*skip), Ok)?;
        later.check(&page, *skip)?;
        Ok((page, Due { rows: step.min(total - skip), of: Some(total) }))
    };
    let ahead = jobs.min(MAX_AHEAD);
    let mut refused = None;
    let skips = (0..total).step_by(step).collect();
    queue::each(skips, ahead, ahead, get, Result::is_err, idle, |page: Result<_, Failure>| match page {
        // It was not sent, since a call for a later page was refused: that one tells why.
        Err(failure) if failure.not_asked.is_some() && refused.is_none() => {
            refused = Some(failure);
            Ok(Flow::Next)
        }
        Err(failure) => Err(failure.into()),
        Ok(_) if refused.is_some() => Ok(Flow::Next),
        Ok((page, due)) => take(page, due),
    })?;
    refused.map_or(Ok(()), |failure| Err(failure.into()))
}

/// How many rows a page should have, and all pages together if the service says so.
#[derive(Clone, Copy)]
pub struct Due {
    pub rows: usize,
    pub of: Option<usize>,
}

/// The same where the service does not say how many rows there are.
fn one_by_one(
    pages: Pages,
    first: Page,
    outline: Outline,
    mut take: impl FnMut(Page, Due) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let step = outline.rows;
    let later = Later::new(pages, outline.date);
    let (mut page, mut rows, mut is_promised) = (first, step, outline.has_next);
    let (mut skip, mut was_promised) = (0, true);
    loop {
        if rows == 0 && !was_promised {
            return Ok(());
        }
        if is_promised && rows < step.max(1) || skip > 0 && rows == 0 {
            let why = format!("it has {}, and more are promised", counted(rows));
            return Err(later.pages.bad(&page, skip, &why).into());
        }
        later.check(&page, skip)?;
        // A full page may be followed by another, even if it does not say so.
        let may_go_on = is_promised || rows == MAX_ROWS;
        if take(page, Due { rows: rows.min(step), of: None })? == Flow::Stop || !may_go_on {
            return Ok(());
        }
        skip += step;
        if skip / step >= MAX_PAGES {
            let failure = Failure::new(ErrorKind::NotUnderstood, format!("there are more than {MAX_PAGES} pages"));
            return Err(failure.during(&later.pages.what).hint(NOT_THE_SERVICE).into());
        }
        page = later.get(skip)?;
        let outline = later.pages.outline(&page, skip)?;
        (was_promised, rows, is_promised) = (is_promised, outline.rows, outline.has_next);
    }
}

/// A query, and what failures say of it.
struct Pages {
    commercial: Arc<Commercial>,
    query: Query,
    what: String,
}

impl Pages {
    fn get(&self, skip: usize, date: Option<&str>) -> Result<Page, Failure> {
        self.commercial.page(&self.query, skip, date).map_err(|failure| failure.during(&from(&self.what, skip)))
    }

    fn outline(&self, page: &Page, skip: usize) -> Result<Outline, Failure> {
        page.outline().map_err(|failure| failure.during(&from(&self.what, skip)))
    }

    fn bad(&self, page: &Page, skip: usize, why: &str) -> Failure {
        let failure = Failure::new(ErrorKind::NotUnderstood, format!("unexpected page: {why}")).hint(NOT_THE_SERVICE);
        Failure { ids: page.0.ids.clone(), ..failure.during(&from(&self.what, skip)) }
    }
}

/// The pages after the first.
struct Later {
    pages: Pages,
    /// That of the first page, asked for as long as the service takes it.
    date: Option<String>,
    is_date_refused: AtomicBool,
    /// Those of the pages so far.
    fingerprints: Mutex<HashSet<u64>>,
}

impl Later {
    fn new(pages: Pages, date: Option<String>) -> Self {
        Self { pages, date, is_date_refused: AtomicBool::new(false), fingerprints: Mutex::default() }
    }

    fn get(&self, skip: usize) -> Result<Page, Failure> {
        let date = self.date.as_deref().filter(|_| !self.is_date_refused.load(Ordering::Relaxed));
        match self.pages.get(skip, date) {
            Err(failure) if date.is_some() && failure.status == Some(400) => {
                self.is_date_refused.store(true, Ordering::Relaxed);
                self.pages.get(skip, None)
            }
            page => page,
        }
    }

    /// Checks that a page is not an earlier one again.
    fn check(&self, page: &Page, skip: usize) -> Result<(), Failure> {
        let is_new = self.fingerprints.lock().unwrap_or_else(PoisonError::into_inner).insert(page.fingerprint());
        if is_new { Ok(()) } else { Err(self.pages.bad(page, skip, "it repeats an earlier page")) }
    }
}

/// What was being fetched, from which row on.
pub fn from(what: &str, skip: usize) -> String {
    if skip == 0 { what.to_owned() } else { format!("{what} from row {}", skip + 1) }
}

fn counted(rows: usize) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}
