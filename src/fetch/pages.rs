//! All pages of a query, in order: the first alone, those behind it ahead of need.
//! It takes nothing for the end before all rows that were promised are there, and no page twice.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::queue::{self, Flow};
use crate::failure::{ErrorKind, Failure};
use crate::partner_center::commercial::{Commercial, MAX_ROWS, Page, Query};
use crate::partner_center::error::NOT_THE_SERVICE;

/// Pages fetched at a time; each may be 4 MB.
const MAX_AHEAD: usize = 4;

/// A hundred million rows: more is a mistake.
const MAX_PAGES: usize = 10_000;

/// Passes on the pages of a query in order, fetching those after the first `jobs` at a time, at most four. `idle` is called
/// regularly while waiting; `what` is what failures say was being fetched.
///
/// # Errors
/// Those of `take`. Those of the calls, and `NotUnderstood` if a page is missing, short or repeated; the pages before it are
/// passed on.
pub fn each(
    commercial: &Arc<Commercial>,
    query: &Query,
    what: &str,
    jobs: usize,
    idle: impl FnMut(),
    mut take: impl FnMut(Page) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let pages = Pages { commercial: Arc::clone(commercial), query: query.clone(), what: what.to_owned() };
    let first = pages.get(0, None)?;
    let step = first.rows;
    // Without a count, only the page tells whether there are more.
    let Some(total) = first.total else { return one_by_one(pages, first, take) };
    if total <= step {
        return take(first).map(drop);
    }
    if step == 0 || total.div_ceil(step) > MAX_PAGES {
        return Err(pages.bad(&first, 0, &format!("it has {}, and a TotalCount of {total}", counted(step))).into());
    }
    let later = Later::new(pages, &first);
    let first = Mutex::new(Some(first));
    let get = move |skip: &usize| {
        // The first task is the first to be started.
        let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let page = first.map_or_else(|| later.get(*skip), Ok)?;
        later.check(page, *skip, step.min(total - skip))
    };
    let ahead = jobs.min(MAX_AHEAD);
    let mut refused = None;
    queue::each((0..total).step_by(step).collect(), ahead, ahead, get, Result::is_err, idle, |page| match page {
        // It was not sent, since a call for a later page was refused: that one tells why.
        Err(Failure { not_asked: Some(_), .. }) if refused.is_none() => {
            refused = page.err();
            Ok(Flow::Next)
        }
        Err(failure) => Err(failure.into()),
        Ok(_) if refused.is_some() => Ok(Flow::Next),
        Ok(page) => take(page),
    })?;
    refused.map_or(Ok(()), |failure| Err(failure.into()))
}

/// The same where the service does not say how many rows there are.
fn one_by_one(pages: Pages, first: Page, mut take: impl FnMut(Page) -> anyhow::Result<Flow>) -> anyhow::Result<()> {
    let step = first.rows;
    let later = Later::new(pages, &first);
    let (mut page, mut skip, mut was_promised) = (first, 0, true);
    loop {
        let (rows, is_promised) = (page.rows, page.has_next);
        if rows == 0 && !was_promised {
            return Ok(());
        }
        if is_promised && rows < step.max(1) || skip > 0 && rows == 0 {
            let why = format!("it has {}, and more are promised", counted(rows));
            return Err(later.pages.bad(&page, skip, &why).into());
        }
        page = later.check(page, skip, rows.min(step))?;
        // A full page may be followed by another, even if it does not say so.
        let may_go_on = is_promised || rows == MAX_ROWS;
        if take(page)? == Flow::Stop || !may_go_on {
            return Ok(());
        }
        skip += step;
        if skip / step >= MAX_PAGES {
            let failure = Failure::new(ErrorKind::NotUnderstood, format!("there are more than {MAX_PAGES} pages"));
            return Err(failure.during(&later.pages.what).hint(NOT_THE_SERVICE).into());
        }
        page = later.get(skip)?;
        was_promised = is_promised;
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
        self.commercial.page(&self.query, skip, date).map_err(|failure| failure.during(&self.from(skip)))
    }

    fn bad(&self, page: &Page, skip: usize, why: &str) -> Failure {
        let failure = Failure::new(ErrorKind::NotUnderstood, format!("unexpected page: {why}")).hint(NOT_THE_SERVICE);
        Failure { ids: page.served.ids.clone(), ..failure.during(&self.from(skip)) }
    }

    fn from(&self, skip: usize) -> String {
        if skip == 0 { self.what.clone() } else { format!("{} from row {}", self.what, skip + 1) }
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
    fn new(pages: Pages, first: &Page) -> Self {
        let (is_date_refused, fingerprints) = (AtomicBool::new(false), Mutex::default());
        Self { pages, date: first.date(), is_date_refused, fingerprints }
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

    /// Checks a page that stands behind `skip` rows, and should have `due`.
    fn check(&self, page: Page, skip: usize, due: usize) -> Result<Page, Failure> {
        if page.rows != due {
            let why = format!("it has {} where {due} are due", counted(page.rows));
            return Err(self.pages.bad(&page, skip, &why));
        }
        let is_new = self.fingerprints.lock().unwrap_or_else(PoisonError::into_inner).insert(page.fingerprint);
        if is_new { Ok(page) } else { Err(self.pages.bad(&page, skip, "it repeats an earlier page")) }
    }
}

fn counted(rows: usize) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}
