//! Runs a report from its first byte to its outcome: answers in, bytes out, failures reported and counted.
//! It knows no format and no call; neither a signal nor a customer that fails leaves half a row.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;

use super::tally::{Tally, warn_of_gaps};
use crate::config::ReportConfig;
use crate::failure::{Failure, Outcome};
use crate::fetch::{self, Answer, Flow, Others, saved};
use crate::insight::Insight;
use crate::output::{Destination, Progress, Waiting, Written, status};
use crate::report::compare::Earlier;
use crate::report::writer::{Chunks, Look};
use crate::report::{Body, Report, format};

/// Writes the report on all customers of the source.
///
/// # Errors
/// Those that end the run; with several customers, the failure of one does not.
pub fn report(config: ReportConfig) -> anyhow::Result<Outcome> {
    let destination = Destination::open(config.out_file.as_deref())?;
    write(&destination, config).inspect_err(|_| status::clear())
}

fn write(destination: &Destination, config: ReportConfig) -> anyhow::Result<Outcome> {
    let ReportConfig { source, query, compare, format, look, fail_on_empty, shows_progress, is_seen, .. } = config;
    // Read before anything is sent: a wrong file costs no request.
    let then = compare.map(|file| earlier(file.as_deref())).transpose()?.unwrap_or_default();
    let waiting = Waiting::new("the list of customers", shows_progress && source.asks_for_list());
    let mut answers = fetch::open(source)?;
    drop(waiting);
    let is_one = answers.is_one;
    let report = Report::new(
        query,
        Earlier::new(then, &answers.customers)?,
        format::writer(format, Look { is_one, ..look }),
        is_one,
    );
    let asked: HashSet<String> = answers.customers.iter().flatten().cloned().collect();
    let unusable = std::mem::take(&mut answers.unusable);
    let mut run = Run { destination, report, tally: Tally::new(is_one, answers.customers.len() + unusable.len()) };
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
    warn_of_gaps("the earlier response", &gaps, is_one);
    Ok(rows)
}

/// A report in progress, and where it goes.
struct Run<'d> {
    destination: &'d Destination,
    report: Report,
    tally: Tally,
}

impl Run<'_> {
    /// Takes one answer. With several customers its failure is reported, and the run goes on.
    fn take(&mut self, result: Result<Answer, Failure>) -> anyhow::Result<Flow> {
        match result {
            Ok(answer) => match self.add(&answer) {
                Ok(Written::Whole) => Ok(Flow::Next),
                Ok(Written::PipeClosed) => {
                    self.tally.is_pipe_closed = true;
                    Ok(Flow::Stop)
                }
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

    fn add(&mut self, answer: &Answer) -> anyhow::Result<Written> {
        let text = answer.text()?;
        let body = Body {
            customer: answer.customer.as_deref(),
            name: answer.customer_name.as_deref(),
            text,
            is_whole: answer.is_whole,
        };
        let (mut rows, mut gap, mut served) = (0, None, None);
        let chunks = self.report.add(body, &mut |visit| {
            gap = answer.rows(text, &mut |row| {
                rows += 1;
                if served.is_none() {
                    served.clone_from(&row.customer_name);
                }
                visit(row);
            })?;
            Ok(())
        })?;
        self.tally.count(&answer.name(served.as_deref()), rows, gap);
        self.write(&chunks)
    }

    fn write(&self, chunks: &Chunks<'_>) -> anyhow::Result<Written> {
        self.destination.write(chunks, self.report.interrupted())
    }

    /// Customers of the earlier response that this report is not about.
    fn add_others(&mut self, others: Others, asked: &HashSet<String>) -> anyhow::Result<()> {
        if others == Others::NotAsked || self.tally.is_ended() {
            return Ok(());
        }
        let mut rest = self.report.not_compared();
        rest.retain(|(id, _)| !asked.contains(id));
        if others == Others::Missing {
            self.tally.left_out = rest.iter().map(|(id, name)| fetch::called(id, name.as_deref())).collect();
            return Ok(());
        }
        // For a former customer, all rows are gone.
        for (customer, _) in rest {
            let chunks = self.report.add_gone(&customer)?;
            self.tally.is_pipe_closed |= self.write(&chunks)? == Written::PipeClosed;
        }
        Ok(())
    }

    fn finish(mut self, fail_on_empty: bool) -> anyhow::Result<Outcome> {
        self.tally.tell_who_was_not_asked();
        let mut findings = Vec::new();
        if !self.tally.is_pipe_closed && !self.tally.all_failed() {
            let end = self.report.end()?;
            self.tally.is_pipe_closed = self.write(&end)? == Written::PipeClosed;
            findings = self.report.findings();
        }
        if self.tally.is_pipe_closed {
            self.destination.finish(Outcome::Done, true)?;
            return Ok(Outcome::Done);
        }
        self.tally.warn();
        let outcome = self.tally.outcome(fail_on_empty, &findings);
        self.destination.finish(outcome, outcome.has_report())?;
        Tally::tell(findings);
        Ok(outcome)
    }
}
