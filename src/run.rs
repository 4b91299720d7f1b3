//! The report from its first byte to its exit code: answers in, pieces out, failures told and counted.
//! It knows no format and no call; a signal or a broken customer never leaves half a row.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;

use crate::config::{Report, Source};
use crate::customers;
use crate::failure::{Failure, Kind, NotAsked};
use crate::fetch::{self, Answer, Answers, Flow, Saved};
use crate::insight::{self, Collection, Insight};
use crate::output::{self, Destination, Progress, Written};
use crate::report::Writer;
use crate::report::alarm::Finding;
use crate::report::compare::Earlier;

/// Some customers failed, some did not.
const SOME_FAILED: u8 = 3;

/// A row satisfies `--fail-if`.
const ALARM: u8 = 10;

/// No rows, where that is to be a failure, or none that `--fail-if` could be tested on.
const NO_ROWS: u8 = 11;

/// Writes the report on all customers that the source gives.
///
/// # Errors
/// Whatever ends the run; the failures of single customers among several do not.
pub fn report(report: Report) -> anyhow::Result<u8> {
    let out = Out::open(report.out_file.as_deref())?;
    report_to(&out, report).inspect_err(|_| Progress::clear())
}

fn report_to(out: &Out, report: Report) -> anyhow::Result<u8> {
    let Report { source, query, compare, style, fail_on_empty, quiet, to_terminal, .. } = report;
    // Read before anything is sent: a file that is none costs no request.
    let then = compare.map(|file| rows_then(file.as_deref())).transpose()?.unwrap_or_default();
    let answers = fetch::open(source)?;
    let earlier = Earlier::new(then, &answers.customers())?;
    let is_one = matches!(answers, Answers::Saved(_) | Answers::One(..));
    let mut tally = Tally::default();
    out.begin(Writer::new(style, query, earlier, is_one));
    match answers {
        Answers::Saved(answer) => tally.write(out, answer)?,
        Answers::One(client, customer) => tally.write(out, fetch::one(&client, customer)?)?,
        Answers::SavedArray(answers) => {
            for answer in answers {
                if tally.take(out, Ok(answer))? == Flow::Stop {
                    break;
                }
            }
            tally.left_out = out.look(Writer::not_compared);
        }
        Answers::These { client, customers, are_all, unusable, jobs } => {
            tally.asked = customers.len() + unusable.len();
            let may_be_gone = are_all && unusable.is_empty();
            for failure in unusable {
                tally.take(out, Err(failure))?;
            }
            let asked: HashSet<String> = customers.iter().map(ToString::to_string).collect();
            let progress = Progress::new(customers.len(), !quiet && !to_terminal);
            let idle = || progress.tick(client.is_throttled());
            fetch::each(&client, customers, jobs, idle, |result| {
                let flow = tally.take(out, result);
                progress.step(tally.failed.len());
                flow
            })?;
            if are_all && tally.ended.is_none() {
                let not_asked: Vec<_> =
                    out.look(Writer::not_compared).into_iter().filter(|id| !asked.contains(id)).collect();
                if may_be_gone {
                    // Who was a customer then and is none now: all their licences are gone.
                    for customer in not_asked {
                        tally.piece(out, Some(&customer), Vec::new())?;
                    }
                } else {
                    // One of them may be who is listed without an id.
                    tally.left_out = not_asked;
                }
            }
        }
    }
    Progress::clear();
    tally.finish(out, is_one, fail_on_empty)
}

/// The rows of an earlier answer. They stay until the process ends.
fn rows_then(file: Option<&Path>) -> anyhow::Result<Vec<Insight<'static>>> {
    let mut rows = Vec::new();
    let mut gaps = Vec::new();
    let saved = fetch::saved(file)?;
    let is_one = matches!(saved, Saved::One(_));
    for answer in saved.into_answers() {
        let answer: &'static Answer = Box::leak(Box::new(answer));
        let (_, mut collection) = parsed(answer)?;
        gaps.extend(collection.gap.map(|gap| format!("{} {gap}", named(answer))));
        rows.append(&mut collection.rows);
    }
    warn_of_gaps("the earlier answer", &gaps, is_one);
    Ok(rows)
}

/// Whose answer it is, as far as anybody says so.
fn named(answer: &Answer) -> String {
    answer.customer.as_ref().map_or_else(|| answer.what.clone(), |customer| format!("customer {customer}"))
}

/// That rows may be missing, and of whom.
fn warn_of_gaps(what: &str, gaps: &[String], is_one: bool) {
    match gaps {
        [] => {}
        [only] if is_one => output::warning(&format!("{what} may be incomplete: {only}")),
        gaps => {
            let first: Vec<&str> = gaps.iter().take(5).map(|gap| gap.trim_start_matches("customer ")).collect();
            let more = if gaps.len() > 5 { "; …" } else { "" };
            let count = if gaps.len() == 1 { "1 customer".to_owned() } else { format!("{} customers", gaps.len()) };
            output::warning(&format!("{what} may be incomplete for {count}: {}{more}", first.join("; ")));
        }
    }
}

/// The text of an answer and what it holds.
fn parsed(answer: &Answer) -> Result<(&str, Collection<'_>), Failure> {
    let not_understood =
        |failure: Failure| Failure { ids: answer.ids.clone(), ..failure.during(&answer.what).hint(answer.hint) };
    let body = insight::body_text(&answer.body).map_err(not_understood)?;
    let collection = insight::collection(body, answer.customer.as_deref()).map_err(not_understood)?;
    Ok((body, collection))
}

/// What has become of the customers.
#[derive(Default)]
struct Tally {
    /// How many there are; 0 where only the answers tell.
    asked: usize,
    taken: usize,
    rows: usize,
    /// Names of those without rows.
    empty: Vec<String>,
    /// What there is to say of answers that may be incomplete.
    gaps: Vec<String>,
    failed: Vec<Kind>,
    pipe_closed: bool,
    /// Customers of the earlier answer that a saved one has no rows of.
    left_out: Vec<String>,
    /// Why the rest was not asked.
    ended: Option<(Kind, NotAsked)>,
}

impl Tally {
    /// One answer of several: its failure is told, and the others go on.
    fn take(&mut self, out: &Out, result: Result<Answer, Failure>) -> anyhow::Result<Flow> {
        self.taken += 1;
        let failure = match result {
            Ok(answer) => match self.write(out, answer) {
                Ok(()) => return Ok(if self.pipe_closed { Flow::Stop } else { Flow::Next }),
                Err(error) => error.downcast::<Failure>()?,
            },
            Err(failure) => failure,
        };
        let kind = failure.kind;
        let ends = failure.not_asked.or((kind == Kind::NotSignedIn).then_some(NotAsked::SignInRefused));
        if let Some(why) = ends {
            // What was under way then comes nevertheless.
            self.ended.get_or_insert((kind, why));
        }
        if failure.not_asked.is_some() {
            // Of these there is one line in the end.
            self.taken -= 1;
        } else {
            output::error(&failure);
            self.failed.push(kind);
        }
        Ok(Flow::Next)
    }

    fn write(&mut self, out: &Out, answer: Answer) -> anyhow::Result<()> {
        if out.look(Writer::holds) {
            // Its rows stay until the report is written, and then the process ends.
            let answer: &'static Answer = Box::leak(Box::new(answer));
            let (_, Collection { rows, gap }) = parsed(answer)?;
            self.count(answer, rows.len(), gap);
            return self.piece(out, answer.customer.as_deref(), rows);
        }
        let (body, Collection { rows, gap }) = parsed(&answer)?;
        self.count(&answer, rows.len(), gap);
        let written = out.write(|writer| writer.piece(answer.customer.as_deref(), body, rows))?;
        self.pipe_closed |= written == Written::PipeClosed;
        Ok(())
    }

    fn count(&mut self, answer: &Answer, rows: usize, gap: Option<String>) {
        self.rows += rows;
        if rows == 0 {
            self.empty.push(named(answer));
        }
        self.gaps.extend(gap.map(|gap| format!("{} {gap}", named(answer))));
    }

    /// Rows without a body of their own: of a report that is not the service's JSON.
    fn piece(&mut self, out: &Out, customer: Option<&str>, rows: Vec<Insight<'static>>) -> anyhow::Result<()> {
        let written = out.write(|writer| {
            if writer.holds() {
                writer.hold(customer, rows)?;
                return Ok(Vec::new());
            }
            writer.piece(customer, "", rows)
        })?;
        self.pipe_closed |= written == Written::PipeClosed;
        Ok(())
    }

    fn finish(mut self, out: &Out, is_one: bool, fail_on_empty: bool) -> anyhow::Result<u8> {
        if self.pipe_closed {
            return out.end(0).map(|()| 0);
        }
        let asked = self.asked.max(self.taken);
        let not_asked = asked - self.taken;
        if not_asked > 0 {
            let (kind, why) = self.ended.unwrap_or((Kind::Other, NotAsked::NotRenewed));
            output::error(&Failure::new(kind, format!("{} not asked: {why}", were(not_asked))));
            self.failed.extend(std::iter::repeat_n(kind, not_asked));
        }
        let all_failed = asked > 0 && self.failed.len() == asked;
        let end = |writer: &mut Writer| if all_failed { Ok(Vec::new()) } else { writer.end() };
        if out.write(end)? == Written::PipeClosed {
            return out.end(0).map(|()| 0);
        }
        let findings = if all_failed { Vec::new() } else { out.look(Writer::findings) };
        self.warn_of_empty(is_one, asked);
        warn_of_gaps("the report", &self.gaps, is_one);
        // Of the only one, its error has said as much.
        if !self.failed.is_empty() && asked > 1 {
            output::say(&format!("{} of {asked} customers failed", self.failed.len()));
        }
        if let [first, rest @ ..] = &self.left_out[..] {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            output::warning(&format!(
                "the earlier answer has rows of customers that this report has not: {first}{more}"
            ));
        }
        let code = self.exit_code(all_failed, fail_on_empty, &findings);
        out.end(code)?;
        for finding in findings {
            match finding {
                Finding::Rings(text) | Finding::Untested(text) => output::say(&text),
                Finding::Warning(text) => output::warning(&text),
            }
        }
        Ok(code)
    }

    fn warn_of_empty(&self, is_one: bool, asked: usize) {
        const NOT_UNUSED: &str = "no licence usage rows; that is not the same as no usage";
        match &self.empty[..] {
            [] if asked == 0 && !is_one => output::warning("the partner has no customers"),
            [] => {}
            [only] if is_one => output::warning(&format!("{only} has {NOT_UNUSED}")),
            empty => {
                let first: Vec<&str> = empty.iter().take(5).map(|name| name.trim_start_matches("customer ")).collect();
                let more = if empty.len() > 5 { ", …" } else { "" };
                let count = if empty.len() == 1 {
                    "1 customer has".to_owned()
                } else {
                    format!("{} customers have", empty.len())
                };
                output::warning(&format!("{count} {NOT_UNUSED}: {}{more}", first.join(", ")));
            }
        }
    }

    /// Which code stands for the run: what ended it, what all share, and so on down.
    fn exit_code(&self, all_failed: bool, fail_on_empty: bool, findings: &[Finding]) -> u8 {
        if self.failed.contains(&Kind::NotSignedIn) {
            return Kind::NotSignedIn.exit_code();
        }
        if all_failed {
            let first = self.failed[0];
            let is_shared = self.failed.iter().all(|kind| *kind == first);
            return if is_shared { first } else { Kind::Other }.exit_code();
        }
        if findings.iter().any(|finding| matches!(finding, Finding::Rings(_))) {
            return ALARM;
        }
        let is_untested = findings.iter().any(|finding| matches!(finding, Finding::Untested(_)));
        if is_untested || fail_on_empty && self.rows == 0 {
            return NO_ROWS;
        }
        if self.failed.is_empty() { 0 } else { SOME_FAILED }
    }
}

fn were(count: usize) -> String {
    if count == 1 { "1 customer was".to_owned() } else { format!("{count} customers were") }
}

/// The way out, with whoever makes the report's pieces.
struct Out {
    destination: Destination,
    /// None before the answers are there. Not shared: a signal does not wait for a piece that is being made.
    writer: RefCell<Option<Writer>>,
}

impl Out {
    fn open(out_file: Option<&Path>) -> anyhow::Result<Self> {
        Ok(Self { destination: Destination::open(out_file)?, writer: RefCell::new(None) })
    }

    fn begin(&self, writer: Writer) {
        *self.writer.borrow_mut() = Some(writer);
    }

    fn write(&self, piece: impl FnOnce(&mut Writer) -> anyhow::Result<Vec<u8>>) -> anyhow::Result<Written> {
        let mut writer = self.writer.borrow_mut();
        let Some(writer) = writer.as_mut() else { return Ok(Written::PipeClosed) };
        let bytes = piece(writer)?;
        self.destination.write(&bytes, writer.interrupt())
    }

    /// What the report knows.
    fn look<T: Default>(&self, what: impl FnOnce(&Writer) -> T) -> T {
        self.writer.borrow().as_ref().map(what).unwrap_or_default()
    }

    /// Puts the report of a run that ends with `code` in its place, or leaves what was there.
    fn end(&self, code: u8) -> anyhow::Result<()> {
        self.destination.finish(code, matches!(code, 0 | SOME_FAILED | ALARM | NO_ROWS))
    }
}

/// Writes the list of the partner's customers.
///
/// # Errors
/// Those of the token and of the calls.
pub fn customers(report: Report) -> anyhow::Result<u8> {
    let out = Out::open(report.out_file.as_deref())?;
    let client = match report.source {
        Source::Demo(service, _) => fetch::demo_client(service)?,
        Source::Service(service, _) => fetch::client(service)?,
        Source::Input(_) => return Err(anyhow::anyhow!("a saved answer lists no customers")),
    };
    let listed = client.customers()?;
    let bytes = customers::render(&listed, report.style)?;
    out.begin(Writer::new(report.style, report.query, Earlier::default(), true));
    out.write(|_| Ok(bytes))?;
    if listed.is_empty() {
        output::warning("the partner has no customers");
    }
    out.end(0)?;
    Ok(0)
}
