//! Runs a report from its first byte to its outcome: answers in, bytes out, failures reported and counted.
//! It knows no format and no call; neither a signal nor a customer that fails leaves half a row.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::mem;
use std::rc::Rc;

use super::files::{self, Files};
use super::tally::Tally;
use crate::config::ReportConfig;
use crate::failure::{Failure, Outcome};
use crate::fetch::{self, Answer, Answers, Batch, Customer, Flow, Others};
use crate::insight::Insight;
use crate::insight::deployment::Deployment;
use crate::output::{Destination, Progress, Waiting, Written, status};
use crate::report::additions::Additions;
use crate::report::alarm::Finding;
use crate::report::compare::Earlier;
use crate::report::exceptions::Exceptions;
use crate::report::format::Format;
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
    let ReportConfig { source, query, format, look, fail_on_empty, shows_progress, is_seen, .. } = config;
    // Read before anything is sent: a wrong file costs no request.
    let Files { earlier, prices, exceptions } = files::read(&config.files, query.today)?;
    let waiting = Waiting::new("the list of customers", shows_progress && source.asks_for_list());
    let leaves_out = |id: &str| exceptions.as_ref().is_some_and(|exceptions| exceptions.leaves_out(id));
    let mut answers = fetch::open(source, &leaves_out)?;
    drop(waiting);
    let is_one = answers.is_one;
    let is_for_rows = format != Format::Json;
    // Where nobody is left, there is nothing to compare.
    let earlier = if answers.is_of_nobody() { Earlier::default() } else { Earlier::new(earlier, &answers.customers)? };
    let additions = Additions::new(earlier, prices, exceptions.clone().filter(|_| is_for_rows));
    let writer = format::writer(format, Look { is_one, ..look });
    let report = Report::new(query, additions, writer, is_one);
    let asked: HashSet<String> = answers.customers.iter().flatten().cloned().collect();
    let is_one_query = answers.is_one_query;
    let withheld = (is_one_query && !report.is_of_use_in_part()).then(Vec::new);
    let mut run = Run { destination, report, tally: tally(&mut answers), exceptions, is_one_query, withheld };
    let mut waiting = answers.awaited().map(|what| Waiting::new(&what, shows_progress));
    let progress = RefCell::new(Progress::new(answers.customers.len(), shows_progress && !is_seen && !is_one));
    let others = answers.others;
    answers.each(
        |is_throttled| progress.borrow_mut().tick(is_throttled),
        |batch| {
            // The spinner is cleared before anything else is written.
            waiting.take();
            let (of_rows, customers) = (batch.of_rows, batch.size());
            let flow = run.take(batch);
            match of_rows {
                Some(of_rows) => progress.borrow_mut().rows(run.tally.rows(), of_rows),
                None => progress.borrow_mut().customers(customers, run.tally.failed()),
            }
            flow
        },
    )?;
    run.add_held()?;
    run.add_others(others, &asked)?;
    status::clear();
    run.finish(fail_on_empty, is_for_rows, config.note, config.trace)
}

/// Counts what becomes of the customers; those that cannot be asked for have failed already.
fn tally(answers: &mut Answers) -> Tally {
    let unusable = mem::take(&mut answers.unusable);
    let asked = answers.customers.len() + unusable.len();
    let mut tally = Tally::new(answers.is_one, asked, answers.is_one_query, answers.advice);
    for failure in unusable {
        tally.fail(&failure, 1);
    }
    for customer in mem::take(&mut answers.left_out) {
        tally.leave_out(&customer.id.to_string(), customer.name.as_deref());
    }
    tally
}

/// A report in progress, and where it goes.
struct Run<'d> {
    destination: &'d Destination,
    report: Report,
    tally: Tally,
    /// Which customers are left out.
    exceptions: Option<Rc<Exceptions>>,
    /// Whether a failure ends the run, since it is about all customers.
    is_one_query: bool,
    /// What must not be written before it is known that no page is missing.
    withheld: Option<Vec<u8>>,
}

/// The rows of a batch.
#[derive(Default)]
struct RowCounts {
    all: usize,
    /// Only where there are several customers.
    by_customer: HashMap<String, usize>,
    /// Whether there were rows of customers who are left out.
    has_left_out: bool,
    /// Whose rows they are.
    name: String,
}

impl RowCounts {
    fn add(&mut self, row: &Insight<'_>, has_several: bool) {
        self.all += 1;
        if let Some(id) = row.customer_id.as_deref().filter(|_| has_several) {
            *self.by_customer.entry(id.to_owned()).or_default() += 1;
        }
    }

    fn of(&self, customer: &Customer) -> usize {
        self.by_customer.get(&customer.id.to_string()).copied().unwrap_or(0)
    }
}

impl Run<'_> {
    /// Takes the answers about some customers. Unless they are all, their failure is reported, and the run goes on.
    fn take(&mut self, batch: Batch) -> anyhow::Result<Flow> {
        let size = batch.size();
        match self.add(batch) {
            Ok(Written::Whole) => Ok(Flow::Next),
            Ok(Written::PipeClosed) => {
                self.tally.is_pipe_closed = true;
                Ok(Flow::Stop)
            }
            Err(error) if self.is_one_query => Err(error),
            Err(error) => {
                let failure = self.tally.advised(error.downcast::<Failure>()?);
                if self.tally.is_one {
                    return Err(failure.into());
                }
                self.tally.fail(&failure, size);
                Ok(Flow::Next)
            }
        }
    }

    fn add(&mut self, batch: Batch) -> anyhow::Result<Written> {
        let Batch { customers, answers, deployment, .. } = batch;
        let answers = answers?;
        let mut sold = Vec::new();
        if let Some(deployment) = deployment {
            for answer in &deployment {
                self.read_deployment(answer, &mut sold)?;
            }
            self.tally.count_deployment(&customers, &sold);
        }
        if answers.is_empty() {
            self.report.add_deployment(sold);
            return Ok(Written::Whole);
        }
        let mut rows = RowCounts::default();
        for answer in &answers {
            if self.add_answer(answer, &customers, mem::take(&mut sold), &mut rows)? == Written::PipeClosed {
                return Ok(Written::PipeClosed);
            }
        }
        match &customers[..] {
            // Nobody knows who has none.
            [] if self.is_one_query => self.tally.count_rows(rows.all),
            // It was about nobody else.
            [] if rows.all == 0 && rows.has_left_out => {}
            [] | [_] => self.tally.count(&rows.name, rows.all),
            several => {
                for customer in several {
                    self.tally.count(&customer.called(), rows.of(customer));
                }
            }
        }
        Ok(Written::Whole)
    }

    fn read_deployment(&mut self, answer: &Answer, sold: &mut Vec<Deployment<'static>>) -> anyhow::Result<()> {
        let exceptions = self.exceptions.as_deref();
        let envelope = answer.deployment(answer.text()?, &mut |row| {
            let is_left_out =
                is_left_out(exceptions, row.customer_id.as_deref(), row.customer_name.as_deref(), &mut self.tally);
            if !is_left_out {
                sold.push(row.into_owned());
            }
        })?;
        self.tally.deployment_completeness.see(&answer.name(None), envelope);
        Ok(())
    }

    fn add_answer(
        &mut self,
        answer: &Answer,
        customers: &[Customer],
        sold: Vec<Deployment<'static>>,
        counts: &mut RowCounts,
    ) -> anyhow::Result<Written> {
        let text = answer.text()?;
        let asked: Vec<_> = customers.iter().map(|customer| (customer.id.to_string(), customer.name.clone())).collect();
        let body = Body {
            customer: answer.customer.as_deref(),
            name: answer.customer_name.as_deref(),
            text,
            is_whole: answer.is_whole,
            is_only: answer.is_only,
            asked: &asked,
        };
        let (mut envelope, mut served) = (None, None);
        let (exceptions, tally) = (self.exceptions.as_deref(), &mut self.tally);
        let chunks = self.report.add(body, sold, &mut |visit| {
            envelope = Some(answer.rows(text, &mut |row| {
                if is_left_out(exceptions, row.customer_id.as_deref(), row.customer_name.as_deref(), tally) {
                    counts.has_left_out = true;
                    return;
                }
                counts.add(&row, customers.len() > 1);
                if served.is_none() {
                    served.clone_from(&row.customer_name);
                }
                visit(row);
            })?);
            Ok(())
        })?;
        let name = answer.name(served.as_deref());
        if let Some(envelope) = envelope {
            self.tally.completeness.see(&name, envelope);
        }
        if counts.name.is_empty() {
            counts.name = name;
        }
        self.write(&chunks)
    }

    fn write(&mut self, chunks: &Chunks<'_>) -> anyhow::Result<Written> {
        if let Some(withheld) = &mut self.withheld {
            for chunk in chunks {
                withheld.extend_from_slice(chunk);
            }
            return Ok(Written::Whole);
        }
        self.destination.write(chunks, self.report.interrupted())
    }

    /// Customers whose rows had to wait for all answers.
    fn add_held(&mut self) -> anyhow::Result<()> {
        if !self.tally.is_pipe_closed {
            let chunks = self.report.add_held()?;
            self.tally.is_pipe_closed = self.write(&chunks)? == Written::PipeClosed;
        }
        Ok(())
    }

    /// Customers of the earlier response that this report is not about.
    fn add_others(&mut self, others: Others, asked: &HashSet<String>) -> anyhow::Result<()> {
        if others == Others::NotAsked || self.tally.is_ended() {
            return Ok(());
        }
        let mut rest = self.report.not_compared();
        let leaves_out = |id: &str| self.exceptions.as_ref().is_some_and(|exceptions| exceptions.leaves_out(id));
        rest.retain(|(id, _)| !asked.contains(id) && !leaves_out(id));
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

    fn finish(
        mut self,
        fail_on_empty: bool,
        is_for_rows: bool,
        note: fn(&str),
        trace: fn(&str),
    ) -> anyhow::Result<Outcome> {
        self.tally.tell_who_was_not_asked();
        let mut findings = Vec::new();
        if !self.tally.is_pipe_closed && !self.tally.all_failed() {
            let mut end = self.report.end()?;
            if let Some(withheld) = self.withheld.take() {
                end.insert(0, withheld.into());
            }
            self.tally.is_pipe_closed = self.write(&end)? == Written::PipeClosed;
            findings = self.report.findings();
            if self.tally.is_of_nobody() {
                // There is nothing to test, and that is accepted.
                findings.retain(|finding| !matches!(finding, Finding::Untested(_)));
            }
        }
        if self.tally.is_pipe_closed {
            self.destination.finish(Outcome::Done, true)?;
            return Ok(Outcome::Done);
        }
        self.tally.tell_who_is_left_out(note);
        let unfit = self.exceptions.iter().flat_map(|exceptions| exceptions.unfit(is_for_rows));
        unfit.for_each(|line| trace(&line));
        self.tally.warn();
        let outcome = self.tally.outcome(fail_on_empty, &findings);
        self.destination.finish(outcome, outcome.has_report())?;
        Tally::tell(findings);
        Ok(outcome)
    }
}

/// Whether the row's customer is left out, which is then told at the end.
fn is_left_out(exceptions: Option<&Exceptions>, id: Option<&str>, name: Option<&str>, tally: &mut Tally) -> bool {
    let Some((exceptions, id)) = exceptions.zip(id) else { return false };
    let is_left_out = exceptions.leaves_out(id);
    if is_left_out {
        tally.leave_out(id, name);
    }
    is_left_out
}
