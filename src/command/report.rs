//! Runs a report from its first byte to its outcome: answers in, the bytes of each format out, failures reported and counted.
//! It knows no format and no call; neither a signal nor a customer that fails leaves half a row.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::mem;
use std::rc::Rc;

use super::files::{self, Files};
use super::tally::{Message, Tally};
use crate::config::ReportConfig;
use crate::failure::{Failure, Outcome};
use crate::fetch::{self, Answer, Answers, Batch, Customer, Flow, Others};
use crate::insight::Insight;
use crate::insight::deployment::Deployment;
use crate::output::{self, Destination, Destinations, Progress, Waiting, Written, status};
use crate::report::additions::Additions;
use crate::report::compare::Earlier;
use crate::report::exceptions::Exceptions;
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
    let ReportConfig { source, query, outputs, looks, fail_on_empty, shows_progress, is_seen, .. } = config;
    // Read before anything is sent: a wrong file costs no request.
    let Files { earlier, prices, exceptions } = files::read(&config.files, query.today)?;
    let waiting = Waiting::new("the list of customers", shows_progress && source.asks_for_list());
    let leaves_out = |id: &str| exceptions.as_ref().is_some_and(|exceptions| exceptions.leaves_out(id));
    let mut answers = fetch::open(source, &leaves_out)?;
    drop(waiting);
    let has_own = exceptions.as_ref().is_some_and(|exceptions| exceptions.names_customers());
    if has_own && answers.is_one && answers.customers == [None] {
        output::warning(UNNAMED);
    }
    let is_one = answers.is_one;
    // Where nobody is left, there is nothing to compare.
    let mut then = if answers.is_of_nobody() { Earlier::default() } else { Earlier::new(earlier, &answers.customers)? };
    let has_rows = outputs.iter().any(|output| output.format != Format::Json);
    let mut reports = Vec::new();
    for (at, ((output, look), destination)) in outputs.iter().zip(looks).zip(destinations.iter()).enumerate() {
        let is_verbatim = output.format == Format::Json;
        let writer = format::writer(output.format, Look { is_one, ..look })?;
        let report = if is_verbatim && has_rows {
            // What is asked of the rows is the others' business.
            Report::new(Query { today: query.today, ..Query::default() }, Additions::default(), writer, is_one)
        } else {
            // The last one takes the rows themselves, so that one file costs no copy.
            let then = if at + 1 == outputs.len() { mem::take(&mut then) } else { then.clone() };
            let exceptions = exceptions.clone().filter(|_| !is_verbatim);
            Report::new(query.clone(), Additions::new(then, prices.clone(), exceptions), writer, is_one)
        };
        let withheld = (answers.is_one_query && !report.is_of_use_in_part()).then(Vec::new);
        reports.push(Writing { report, is_verbatim, destination, is_closed: false, withheld });
    }
    let asked: HashSet<String> = answers.customers.iter().flatten().cloned().collect();
    let mut run = Run { destinations, reports, tally: tally(&mut answers), exceptions };
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
    run.finish(fail_on_empty, has_rows, config.note, config.trace)
}

/// No line about a customer fits an answer that does not say whose it is.
const UNNAMED: &str = "--exceptions: the saved response does not name its customer, so only lines for every customer apply; \
                       give the customer id too";

/// Counts what becomes of the customers; those that cannot be asked for have failed already.
fn tally(answers: &mut Answers) -> Tally {
    let unusable = mem::take(&mut answers.unusable);
    let asked = answers.customers.len() + unusable.len();
    let mut tally = Tally::new(answers.is_one, asked, answers.is_one_query, answers.advice);
    for failure in unusable {
        tally.fail(&failure, &[]);
    }
    for customer in mem::take(&mut answers.left_out) {
        tally.leave_out(&customer.id.to_string(), customer.name.as_deref());
    }
    tally
}

/// The reports in progress, all of the same answers.
struct Run<'d> {
    destinations: &'d Destinations,
    reports: Vec<Writing<'d>>,
    tally: Tally,
    /// Which customers are left out.
    exceptions: Option<Rc<Exceptions>>,
}

/// The rows of a batch.
#[derive(Default)]
struct RowCounts {
    all: usize,
    /// Only where there may be several customers.
    by_customer: HashMap<String, usize>,
    /// Whether there were rows of customers who are left out.
    has_left_out: bool,
    /// Whose rows they are.
    name: String,
}

impl RowCounts {
    fn add(&mut self, row: &Insight<'_>, may_have_several: bool) {
        self.all += 1;
        let Some(id) = row.customer_id.as_deref().filter(|_| may_have_several) else { return };
        match self.by_customer.get_mut(id) {
            Some(rows) => *rows += 1,
            None => drop(self.by_customer.insert(id.to_owned(), 1)),
        }
    }

    fn of(&self, customer: &Customer) -> usize {
        self.by_customer.get(&customer.id.to_string()).copied().unwrap_or(0)
    }
}

/// One of them, and where it goes.
struct Writing<'d> {
    report: Report,
    /// Whether it is made of the answers themselves, whatever their rows are.
    is_verbatim: bool,
    destination: &'d Destination,
    /// Whether its reader has gone.
    is_closed: bool,
    /// What must not be written before it is known that no page is missing.
    withheld: Option<Vec<u8>>,
}

impl Writing<'_> {
    fn write(&mut self, chunks: &Chunks<'_>) -> anyhow::Result<()> {
        if let Some(withheld) = &mut self.withheld {
            for chunk in chunks {
                withheld.extend_from_slice(chunk);
            }
        } else if !self.is_closed {
            self.is_closed = self.destination.write(chunks, self.report.interrupted())? == Written::PipeClosed;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Takes the answers about some customers. Unless they are all, their failure is reported, and the run goes on.
    fn take(&mut self, batch: Batch) -> anyhow::Result<Flow> {
        let names: Vec<_> = batch.customers.iter().map(Customer::called).collect();
        match self.add(batch) {
            Ok(()) if self.tally.is_pipe_closed => Ok(Flow::Stop),
            Ok(()) => Ok(Flow::Next),
            Err(error) if self.tally.is_one_query => Err(error),
            Err(error) => {
                let failure = self.tally.advised(error.downcast::<Failure>()?);
                if self.tally.is_one {
                    return Err(failure.into());
                }
                self.tally.fail(&failure, &names);
                Ok(Flow::Next)
            }
        }
    }

    fn add(&mut self, batch: Batch) -> anyhow::Result<()> {
        let Batch { customers, answers, deployment, .. } = batch;
        let answers = answers?;
        let mut sold = Vec::new();
        for answer in deployment.iter().flatten() {
            self.read_deployment(answer, &mut sold)?;
        }
        if answers.is_empty() {
            self.reports.iter_mut().for_each(|writing| writing.report.add_deployment(sold.clone()));
        }
        let mut rows = RowCounts::default();
        for (index, answer) in answers.iter().enumerate() {
            let sold = if index == 0 { &sold[..] } else { &[] };
            self.add_answer(answer, &customers, sold, &mut rows)?;
            if self.tally.is_pipe_closed {
                return Ok(());
            }
        }
        // Only now is it known that nobody has failed.
        if deployment.is_some() {
            self.tally.count_deployment(&customers, &sold);
        }
        if answers.is_empty() {
            return Ok(());
        }
        match &customers[..] {
            // Nobody knows who has none.
            [] if self.tally.is_one_query => self.tally.count_rows(rows.all),
            // It was about nobody else.
            [] if rows.all == 0 && rows.has_left_out => {}
            [] | [_] => self.tally.count(&rows.name, rows.all),
            several => {
                for customer in several {
                    self.tally.count(&customer.called(), rows.of(customer));
                }
            }
        }
        Ok(())
    }

    fn read_deployment(&mut self, answer: &Answer, sold: &mut Vec<Deployment<'static>>) -> anyhow::Result<()> {
        let exceptions = self.exceptions.as_deref();
        let envelope = answer.deployment(answer.text()?, &mut |row| {
            let (id, name) = (row.customer_id.as_deref(), row.customer_name.as_deref());
            if !is_left_out(exceptions, id, name, &mut self.tally) {
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
        sold: &[Deployment<'static>],
        counts: &mut RowCounts,
    ) -> anyhow::Result<()> {
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
        let may_have_several = customers.len() != 1 && !self.tally.is_one_query;
        let (mut envelope, mut served, mut is_counted) = (None, None, false);
        let (exceptions, tally) = (self.exceptions.as_deref(), &mut self.tally);
        // Each reads the rows for itself. Where they cannot be read, the first of them says so, and none has them.
        let mut read = |visit: &mut dyn FnMut(_)| {
            let is_first = !mem::replace(&mut is_counted, true);
            envelope = Some(answer.rows(text, &mut |row| {
                if is_left_out(exceptions, row.customer_id.as_deref(), row.customer_name.as_deref(), tally) {
                    counts.has_left_out = true;
                    return;
                }
                if is_first {
                    counts.add(&row, may_have_several);
                }
                if served.is_none() {
                    served.clone_from(&row.customer_name);
                }
                visit(row);
            })?);
            Ok(())
        };
        let mut pieces = Vec::new();
        for writing in &mut self.reports {
            pieces.push(writing.report.add(body, sold.to_vec(), &mut read)?);
        }
        let name = answer.name(served.as_deref());
        if let Some(envelope) = envelope {
            if customers.is_empty() {
                self.tally.completeness.see_customers(&envelope, counts.by_customer.keys());
            }
            self.tally.completeness.see(&name, envelope);
        }
        if counts.name.is_empty() {
            counts.name = name;
        }
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

    /// Customers whose rows had to wait for all answers.
    fn add_held(&mut self) -> anyhow::Result<()> {
        for writing in &mut self.reports {
            let chunks = writing.report.add_held()?;
            writing.write(&chunks)?;
        }
        self.see_closed();
        Ok(())
    }

    /// Customers of the earlier response that this report is not about.
    fn add_others(&mut self, others: Others, asked: &HashSet<String>) -> anyhow::Result<()> {
        if others == Others::NotAsked || self.tally.is_ended() {
            return Ok(());
        }
        let mut of_rows: Vec<_> = self.reports.iter_mut().filter(|writing| !writing.is_verbatim).collect();
        let mut rest = of_rows.first().map(|writing| writing.report.not_compared()).unwrap_or_default();
        let leaves_out = |id: &str| self.exceptions.as_ref().is_some_and(|exceptions| exceptions.leaves_out(id));
        rest.retain(|(id, _)| !asked.contains(id) && !leaves_out(id));
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

    fn finish(
        mut self,
        fail_on_empty: bool,
        has_rows: bool,
        note: fn(&str),
        trace: fn(&str),
    ) -> anyhow::Result<Outcome> {
        self.tally.tell_who_was_not_asked();
        let mut findings = Vec::new();
        let messages = self.tally.messages();
        if !self.tally.is_pipe_closed && !self.tally.all_failed() {
            let shown: Vec<_> = messages.iter().map(Message::shown).collect();
            // All ends before one is written: a report that is too much for its format leaves the others alone too.
            let mut ends = Vec::new();
            for writing in &mut self.reports {
                if self.tally.is_of_nobody() {
                    // There is nothing to test, and that is accepted.
                    writing.report.drop_alarms();
                }
                let (mut end, found) = writing.report.end(&shown)?;
                if let Some(withheld) = writing.withheld.take() {
                    end.insert(0, withheld.into());
                }
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
        self.tally.tell_who_is_left_out(note);
        let unfit = self.exceptions.iter().flat_map(|exceptions| exceptions.unfit(has_rows));
        unfit.for_each(|line| trace(&line));
        messages.iter().for_each(Message::tell);
        let outcome = self.tally.outcome(fail_on_empty, &findings);
        self.destinations.finish(outcome, outcome.has_report())?;
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
