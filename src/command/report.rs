//! Runs a report from its first byte to its outcome: answers in, the bytes of each format out, failures reported and counted.
//! It knows no format and no call; neither a signal nor a customer that fails leaves half a row.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;

use super::tally::{Tally, gap_warning};
use crate::config::ReportConfig;
use crate::failure::{Failure, Outcome};
use crate::fetch::{self, Answer, Flow, Others, saved};
use crate::insight::Insight;
use crate::output::{self, Destination, Destinations, Progress, Waiting, Written, status};
use crate::report::compare::Earlier;
use crate::report::format::{self, Format};
use crate::report::query::Query;
use crate::report::writer::{Chunks, Look};
use crate::report::{Body, Report, xlsx};

/// Writes the report on all customers of the source.
///
/// # Errors
/// Those that end the run; with several customers, the failure of one does not.
pub fn report(config: ReportConfig) -> anyhow::Result<Outcome> {
    let destinations = Destinations::open(config.outputs.iter().map(|output| output.file.as_deref()))?;
    if config.outputs.iter().any(|output| output.format == Format::Xlsx) {
        destinations.end_on_panic(xlsx::panicked);
    }
    write(&destinations, config).inspect_err(|_| status::clear())
}

fn write(destinations: &Destinations, config: ReportConfig) -> anyhow::Result<Outcome> {
    let ReportConfig { source, query, compare, outputs, looks, fail_on_empty, shows_progress, is_seen } = config;
    // Read before anything is sent: a wrong file costs no request.
    let then = compare.map(|file| earlier(file.as_deref())).transpose()?.unwrap_or_default();
    let waiting = Waiting::new("the list of customers", shows_progress && source.asks_for_list());
    let mut answers = fetch::open(source)?;
    drop(waiting);
    let is_one = answers.is_one;
    let mut then = Earlier::new(then, &answers.customers)?;
    let has_rows = outputs.iter().any(|output| output.format != Format::Json);
    let mut reports = Vec::new();
    for (at, ((output, look), destination)) in outputs.iter().zip(looks).zip(destinations.iter()).enumerate() {
        let is_verbatim = output.format == Format::Json;
        let writer = format::writer(output.format, Look { is_one, ..look })?;
        let report = if is_verbatim && has_rows {
            // What is asked of the rows is the others' business.
            Report::new(Query { today: query.today, ..Query::default() }, Earlier::default(), writer, is_one)
        } else {
            // The last one takes the rows themselves, so that one file costs no copy.
            let then = if at + 1 == outputs.len() { std::mem::take(&mut then) } else { then.clone() };
            Report::new(query.clone(), then, writer, is_one)
        };
        reports.push(Writing { report, is_verbatim, destination, is_closed: false });
    }
    let asked: HashSet<String> = answers.customers.iter().flatten().cloned().collect();
    let unusable = std::mem::take(&mut answers.unusable);
    let mut run = Run { destinations, reports, tally: Tally::new(is_one, answers.customers.len() + unusable.len()) };
    for failure in &unusable {
        run.tally.fail(failure);
    }
    let mut waiting = answers.awaited().map(|what| Waiting::new(&what, shows_progress));
    let progress = RefCell::new(Progress::new(answers.customers.len(), shows_progress && !is_seen && !is_one));
    let others = answers.others;
    answers.each(
        |is_throttled| progress.borrow_mut().tick(is_throttled),
        |result| {
            // The spinner is cleared before anything else is written.
            waiting.take();
            let flow = run.take(result);
            progress.borrow_mut().step(run.tally.failed());
            flow
        },
    )?;
    run.add_others(others, &asked)?;
    status::clear();
    run.finish(fail_on_empty)
}

/// The rows of an earlier answer.
fn earlier(file: Option<&Path>) -> anyhow::Result<Vec<Insight<'static>>> {
    let (answers, is_one) = saved::read(file)?;
    let (mut rows, mut gaps) = (Vec::new(), Vec::new());
    for answer in &answers {
        let gap = answer.rows(answer.text()?, &mut |row| rows.push(row.into_owned()))?;
        gaps.extend(gap.map(|gap| format!("{} {gap}", answer.name(None))));
    }
    if let Some(text) = gap_warning("the earlier response", &gaps, is_one) {
        output::warning(&text);
    }
    Ok(rows)
}

/// The reports in progress, all of the same answers.
struct Run<'d> {
    destinations: &'d Destinations,
    reports: Vec<Writing<'d>>,
    tally: Tally,
}

/// One of them, and where it goes.
struct Writing<'d> {
    report: Report,
    /// Whether it is made of the answers themselves, whatever their rows are.
    is_verbatim: bool,
    destination: &'d Destination,
    /// Whether its reader has gone.
    is_closed: bool,
}

impl Writing<'_> {
    fn write(&mut self, chunks: &Chunks<'_>) -> anyhow::Result<()> {
        if !self.is_closed {
            self.is_closed = self.destination.write(chunks, self.report.interrupted())? == Written::PipeClosed;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Takes one answer. With several customers its failure is reported, and the run goes on.
    fn take(&mut self, result: Result<Answer, Failure>) -> anyhow::Result<Flow> {
        match result {
            Ok(answer) => match self.add(&answer) {
                Ok(()) if self.tally.is_pipe_closed => Ok(Flow::Stop),
                Ok(()) => Ok(Flow::Next),
                Err(error) if self.tally.is_one => Err(error),
                Err(error) => {
                    self.tally.fail(&error.downcast::<Failure>()?);
                    Ok(Flow::Next)
                }
            },
            Err(failure) if self.tally.is_one => Err(failure.into()),
            Err(failure) => {
                self.tally.fail(&failure);
                Ok(Flow::Next)
            }
        }
    }

    fn add(&mut self, answer: &Answer) -> anyhow::Result<()> {
        let text = answer.text()?;
        let body = Body {
            customer: answer.customer.as_deref(),
            name: answer.customer_name.as_deref(),
            text,
            is_whole: answer.is_whole,
        };
        let (mut rows, mut gap, mut served) = (0, None, None);
        // Each reads the rows for itself. Where they cannot be read, the first of them says so, and none has them.
        let mut read = |visit: &mut dyn FnMut(_)| {
            rows = 0;
            gap = answer.rows(text, &mut |row| {
                rows += 1;
                if served.is_none() {
                    served.clone_from(&row.customer_name);
                }
                visit(row);
            })?;
            Ok(())
        };
        let mut pieces = Vec::new();
        for writing in &mut self.reports {
            pieces.push(writing.report.add(body, &mut read)?);
        }
        self.tally.count(&answer.name(served.as_deref()), rows, gap);
        for (writing, chunks) in self.reports.iter_mut().zip(&pieces) {
            writing.write(chunks)?;
        }
        self.see_closed();
        Ok(())
    }

    /// Nobody is left to write for once all readers have gone.
    fn see_closed(&mut self) {
        self.tally.is_pipe_closed = self.reports.iter().all(|writing| writing.is_closed);
    }

    /// Customers of the earlier response that this report is not about.
    fn add_others(&mut self, others: Others, asked: &HashSet<String>) -> anyhow::Result<()> {
        if others == Others::NotAsked || self.tally.is_ended() {
            return Ok(());
        }
        let mut of_rows: Vec<_> = self.reports.iter_mut().filter(|writing| !writing.is_verbatim).collect();
        let mut rest = of_rows.first().map(|writing| writing.report.not_compared()).unwrap_or_default();
        rest.retain(|(id, _)| !asked.contains(id));
        if others == Others::Missing {
            self.tally.left_out = rest.iter().map(|(id, name)| fetch::called(id, name.as_deref())).collect();
            return Ok(());
        }
        // For a former customer, all rows are gone.
        for (customer, _) in rest {
            for writing in &mut of_rows {
                let chunks = writing.report.add_gone(&customer)?;
                writing.write(&chunks)?;
            }
        }
        self.see_closed();
        Ok(())
    }

    fn finish(mut self, fail_on_empty: bool) -> anyhow::Result<Outcome> {
        self.tally.tell_who_was_not_asked();
        let mut findings = Vec::new();
        if !self.tally.is_pipe_closed && !self.tally.all_failed() {
            let warnings = self.tally.warnings();
            // All ends before one is written: a report that is too much for its format leaves the others alone too.
            let mut ends = Vec::new();
            for writing in &mut self.reports {
                let (end, found) = writing.report.end(&warnings)?;
                ends.push(end);
                // What several of them find is told once.
                let fresh: Vec<_> = found.into_iter().filter(|finding| !findings.contains(finding)).collect();
                findings.extend(fresh);
            }
            for (writing, end) in self.reports.iter_mut().zip(&ends) {
                writing.write(end)?;
            }
            self.see_closed();
        }
        if self.tally.is_pipe_closed {
            self.destinations.finish(Outcome::Done, true)?;
            return Ok(Outcome::Done);
        }
        self.tally.warn();
        let outcome = self.tally.outcome(fail_on_empty, &findings);
        self.destinations.finish(outcome, outcome.has_report())?;
        Tally::tell(findings);
        Ok(outcome)
    }
}
