//! Gets the answers that a report is made of: from Partner Center, from the built-in sample, or from a file.
//! Bounded threads, results in the order asked for. It understands no row and writes nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::auth::session::Session;
use crate::config::{Input, Service, Source, Wanted};
use crate::customers;
use crate::demo;
use crate::failure::{Failure, Ids, Kind};
use crate::gate::Gate;
use crate::http::{Http, MAX_BODY};
use crate::insight::{self, CustomerId, Object};
use crate::partner_center::{Client, NOT_THE_SERVICE};

/// An answer, and what there is to tell of where it came from.
pub struct Answer {
    pub body: Vec<u8>,
    /// The customer's id, as asked for or saved.
    pub customer: Option<String>,
    /// `usage of customer …`, or the name of the file.
    pub what: String,
    /// What support asks for, should the body turn out to be unreadable.
    pub ids: Ids,
    /// What to do where it is.
    pub hint: &'static str,
}

/// Answers that are there, or are to be got.
pub enum Answers {
    /// From a file that holds one body.
    Saved(Answer),
    /// From a file that holds an array of them.
    SavedArray(Vec<Answer>),
    /// The only customer asked for.
    One(Arc<Client>, CustomerId),
    These {
        client: Arc<Client>,
        customers: Vec<CustomerId>,
        /// They are all that the partner has.
        are_all: bool,
        /// Listed customers that cannot be asked for, one each.
        unusable: Vec<Failure>,
        jobs: usize,
    },
}

impl Answers {
    /// The customers that they are about; `None` is one of whom nobody says who it is.
    pub fn customers(&self) -> Vec<Option<String>> {
        match self {
            Self::Saved(answer) => vec![answer.customer.clone()],
            Self::SavedArray(answers) => answers.iter().map(|answer| answer.customer.clone()).collect(),
            Self::One(_, customer) => vec![Some(customer.to_string())],
            Self::These { customers, .. } => customers.iter().map(|customer| Some(customer.to_string())).collect(),
        }
    }
}

/// Opens the source: reads the file or the list, finds the token, asks for the list of customers.
///
/// # Errors
/// Those of the files, of the token, and of the list.
pub fn open(source: Source) -> anyhow::Result<Answers> {
    let (service, wanted) = match source {
        Source::Input(Input { file, customer }) => {
            return match (saved(file.as_deref())?, customer) {
                (Saved::One(answer), customer) => {
                    Ok(Answers::Saved(Answer { customer: customer.map(|customer| customer.to_string()), ..answer }))
                }
                (Saved::Array(answers), None) => Ok(Answers::SavedArray(answers)),
                (Saved::Array(_), Some(customer)) => {
                    let name = name_of(file.as_deref());
                    let message =
                        format!("{name} holds several answers, each with its customer; {customer} cannot name them");
                    Err(Failure::usage(message).hint("leave the customer id out").into())
                }
            };
        }
        Source::Service(service, wanted) => (service, wanted),
        Source::Demo(service, wanted) => {
            let base_url = demo::start().context("starting the sample service")?;
            (Service { base_url, ..service }, wanted)
        }
    };
    // A list with a mistake in it costs no request, not even one for a token.
    let customers = match &wanted {
        Wanted::One(customer) => vec![*customer],
        Wanted::These(customers) => customers.clone(),
        Wanted::Listed(path) => {
            let (list, name) = read(path.as_deref())?;
            unique(customers::parse(&list, &name)?)
        }
        Wanted::All => Vec::new(),
    };
    let jobs = service.jobs;
    let client = Arc::new(client(service)?);
    Ok(match wanted {
        Wanted::One(customer) => Answers::One(client, customer),
        Wanted::These(_) | Wanted::Listed(_) => {
            Answers::These { client, customers, are_all: false, unusable: Vec::new(), jobs }
        }
        Wanted::All => {
            let (mut customers, mut unusable) = (Vec::new(), Vec::new());
            for (index, customer) in client.customers()?.iter().enumerate() {
                match customer.usable_id(index + 1) {
                    Ok(id) => customers.push(id),
                    Err(failure) => unusable.push(failure),
                }
            }
            Answers::These { client, customers: unique(customers), are_all: true, unusable, jobs }
        }
    })
}

/// The client of a service.
///
/// # Errors
/// Those of the token.
pub fn client(service: Service) -> anyhow::Result<Client> {
    let Service { mut base_url, locale, http, token, jobs, note } = service;
    let session = Session::open(&token, &mut base_url, http.max_wait, note)?;
    let gate = Gate::new(jobs, http.max_wait);
    Ok(Client::new(Http::new(http), gate, base_url, locale, session))
}

/// The same client for the sample service.
///
/// # Errors
/// Where it cannot be started.
pub fn demo_client(service: Service) -> anyhow::Result<Client> {
    client(Service { base_url: demo::start().context("starting the sample service")?, ..service })
}

fn unique(mut customers: Vec<CustomerId>) -> Vec<CustomerId> {
    let mut seen = std::collections::HashSet::new();
    customers.retain(|customer| seen.insert(*customer));
    customers
}

/// The answer for one customer.
///
/// # Errors
/// Those of the token and of the call.
pub fn one(client: &Client, customer: CustomerId) -> Result<Answer, Failure> {
    let (body, ids) = client.usage(customer)?;
    Ok(Answer {
        body,
        customer: Some(customer.to_string()),
        what: format!("usage of customer {customer}"),
        ids,
        hint: NOT_THE_SERVICE,
    })
}

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Next,
    Stop,
}

/// Gets the answers for many customers, `jobs` at a time, and gives each to `take` in the order asked for. `idle` is called
/// now and then while nothing comes. Only a window of answers is held, however many customers there are. Where the run has
/// been ended meanwhile, the customers that nobody has begun with are left out.
///
/// # Errors
/// Those of `take`, and where no thread can be started.
pub fn each(
    client: &Arc<Client>,
    customers: Vec<CustomerId>,
    jobs: usize,
    mut idle: impl FnMut(),
    mut take: impl FnMut(Result<Answer, Failure>) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let workers = jobs.min(customers.len());
    let count = customers.len();
    let queue = Arc::new(Queue {
        state: Mutex::new(State { next: 0, taken: 0, done: HashMap::new(), stopped: false }),
        changed: Condvar::new(),
        customers,
        window: workers * 4,
    });
    // Not joined: when the run ends early, a worker may be in the middle of a slow call, and dies with the process.
    for worker in 0..workers {
        let (queue, client) = (Arc::clone(&queue), Arc::clone(client));
        match thread::Builder::new().spawn(move || queue.work(&client)) {
            Ok(_) => {}
            Err(error) if worker == 0 => return Err(error).context("starting a thread"),
            // With fewer it takes longer.
            Err(_) => break,
        }
    }
    for _ in 0..count {
        let Some(result) = queue.next(&mut idle) else { break };
        if take(result)? == Flow::Stop {
            queue.lock().stopped = true;
            break;
        }
    }
    Ok(())
}

struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    customers: Vec<CustomerId>,
    /// How far the workers may be ahead of what is taken.
    window: usize,
}

struct State {
    /// The first customer that no worker has.
    next: usize,
    taken: usize,
    done: HashMap<usize, Result<Answer, Failure>>,
    stopped: bool,
}

impl Queue {
    fn work(&self, client: &Client) {
        loop {
            let mut state = self.lock();
            while state.next < self.customers.len() && state.next >= state.taken + self.window && !state.stopped {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let index = state.next;
            if index >= self.customers.len() || state.stopped {
                return;
            }
            state.next += 1;
            drop(state);
            let result = one(client, self.customers[index]);
            let mut state = self.lock();
            // The others would be refused too: not one more is begun with, even before this result is taken.
            let ends = |failure: &Failure| failure.not_asked.is_some() || failure.kind == Kind::NotSignedIn;
            state.stopped |= result.as_ref().is_err_and(ends);
            state.done.insert(index, result);
            drop(state);
            self.changed.notify_all();
        }
    }

    /// The next result in order; `None` where there will be none.
    fn next(&self, idle: &mut impl FnMut()) -> Option<Result<Answer, Failure>> {
        let mut state = self.lock();
        loop {
            let index = state.taken;
            if let Some(result) = state.done.remove(&index) {
                state.taken += 1;
                self.changed.notify_all();
                return Some(result);
            }
            if state.stopped && index >= state.next {
                return None;
            }
            state = self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
            idle();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often a person is shown that something goes on.
const TICK: Duration = Duration::from_millis(200);

fn name_of(file: Option<&Path>) -> String {
    file.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
}

/// What to do about a file that holds no answer.
const NOT_SAVED: &str = "is it an answer that `-o json` wrote?";

/// What a file holds.
pub enum Saved {
    One(Answer),
    /// The array that a run over many customers writes.
    Array(Vec<Answer>),
}

impl Saved {
    pub fn into_answers(self) -> Vec<Answer> {
        match self {
            Self::One(answer) => vec![answer],
            Self::Array(answers) => answers,
        }
    }
}

/// The answers of a file; `None` is standard input.
///
/// # Errors
/// Those of the file, and `NotUnderstood` where it is neither an answer nor such an array.
pub fn saved(file: Option<&Path>) -> anyhow::Result<Saved> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Element<'a> {
        #[serde(borrow)]
        customer_id: Option<Cow<'a, str>>,
        #[serde(borrow)]
        response: &'a RawValue,
    }
    let (body, what) = read(file)?;
    let not_understood = |why: String| Failure::new(Kind::NotUnderstood, format!("{what}: {why}")).hint(NOT_SAVED);
    let text = insight::body_text(&body).map_err(|failure| not_understood(failure.message))?;
    let Some(array) = Some(text).filter(|text| text.trim_ascii_start().starts_with('[')) else {
        if body.len() > MAX_BODY {
            let message = format!("{what} is larger than an answer can be ({} MiB)", MAX_BODY >> 20);
            return Err(Failure::new(Kind::NotUnderstood, message).into());
        }
        return Ok(Saved::One(Answer { body, customer: None, what, ids: Ids::new(), hint: NOT_SAVED }));
    };
    let elements: Vec<Object<Element<'_>>> =
        serde_json::from_str(array).map_err(|error| not_understood(error.to_string()))?;
    let answer = |(index, Object(element)): (usize, Object<Element<'_>>)| Answer {
        body: element.response.get().as_bytes().to_vec(),
        customer: element
            .customer_id
            .filter(|id| !id.is_empty())
            .map(|id| id.parse::<CustomerId>().map_or(id.into_owned(), |id| id.to_string())),
        what: format!("{what}, answer {}", index + 1),
        ids: Ids::new(),
        hint: NOT_SAVED,
    };
    Ok(Saved::Array(elements.into_iter().enumerate().map(answer).collect()))
}

/// A file's bytes and its name; `None` is standard input.
fn read(path: Option<&Path>) -> anyhow::Result<(Vec<u8>, String)> {
    let name = name_of(path);
    let mut bytes = Vec::new();
    match path {
        Some(path) => File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
        None => io::stdin().lock().read_to_end(&mut bytes),
    }
    .with_context(|| format!("cannot read {name}"))?;
    Ok((bytes, name))
}
