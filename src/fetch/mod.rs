//! Gets the answers that a report is made of: from Partner Center, from the built-in sample, or from a file.
//! It does not interpret rows and writes nothing.

mod answer;
mod completeness;
mod customer;
mod list;
mod named;
mod pages;
mod queue;
pub mod saved;
mod service;
pub mod source;

use std::collections::HashSet;

use anyhow::Context;

use crate::auth::session::Session;
use crate::cloud::Endpoint;
use crate::demo;
use crate::failure::Failure;
use crate::http::Http;
use crate::http::gate::Gate;
use crate::input;
use crate::partner_center::client::Client;
use crate::partner_center::customers;
use service::Calls;
use source::{Asked, Input, Service, Source, Wanted};

pub use answer::{Answer, Batch};
pub use completeness::Completeness;
pub use customer::{Customer, called};
pub use named::or_command;
pub use queue::Flow;

/// Answers already read, or still to be fetched.
pub struct Answers {
    /// Whether there is only one: its JSON is the body itself.
    pub is_one: bool,
    /// The customers that they are about; `None` if the answer does not say. Empty if it is all customers, and only their
    /// rows tell who they are.
    pub customers: Vec<Option<String>>,
    /// Whether they are one answer about several customers, or its pages, which fails as a whole.
    pub is_one_query: bool,
    /// One failure for each listed customer that cannot be asked for.
    pub unusable: Vec<Failure>,
    pub others: Others,
    /// The customers that were not asked for, though they belong to the report.
    pub left_out: Vec<Customer>,
    /// What else could be tried if the service has no rows, or no longer offers the call.
    pub advice: Option<&'static str>,
    supply: Supply,
}

/// What is known about customers that the answers are not about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They were not asked for.
    NotAsked,
    /// They could have been among the answers.
    Missing,
    /// They are no longer customers of the partner.
    Gone,
}

enum Supply {
    Saved(Vec<Answer>),
    Service(Calls),
}

impl Answers {
    /// Where there is nobody left to ask.
    fn of_nobody(left_out: Vec<Customer>) -> Self {
        Self {
            is_one: false,
            customers: Vec::new(),
            is_one_query: false,
            unusable: Vec::new(),
            others: Others::NotAsked,
            left_out,
            advice: None,
            supply: Supply::Saved(Vec::new()),
        }
    }

    /// Whether all customers of the report are left out.
    pub fn is_of_nobody(&self) -> bool {
        !self.left_out.is_empty() && matches!(&self.supply, Supply::Saved(answers) if answers.is_empty())
    }

    /// What the spinner shows, if the first answer may be long in coming.
    pub fn awaited(&self) -> Option<String> {
        match &self.supply {
            Supply::Saved(_) => None,
            Supply::Service(calls) => calls.awaited(),
        }
    }

    /// Passes on the answers in the order asked for, fetching several at a time. `idle` is called regularly while waiting,
    /// and told whether the service is throttling. If the run is ended meanwhile, customers not yet started are left out.
    ///
    /// # Errors
    /// Those of `take`, if no thread can be started, and of a query for all customers.
    pub fn each(
        self,
        idle: impl FnMut(bool),
        mut take: impl FnMut(Batch) -> anyhow::Result<Flow>,
    ) -> anyhow::Result<()> {
        match self.supply {
            Supply::Saved(answers) => {
                for answer in answers {
                    if take(Batch::new(Vec::new(), Ok(vec![answer])))? == Flow::Stop {
                        break;
                    }
                }
                Ok(())
            }
            Supply::Service(calls) => calls.each(idle, take),
        }
    }
}

/// Opens the source: reads the file or the list, finds the token, fetches the list of customers if needed. Customers that
/// `leaves_out` says so of, by their id, are not asked for.
///
/// # Errors
/// Those of the files, of the token, and of the list.
pub fn open(source: Source, leaves_out: &dyn Fn(&str) -> bool) -> anyhow::Result<Answers> {
    let (service, wanted) = match source {
        Source::Input(input) => return saved(input, leaves_out),
        Source::Service(service, wanted) => (service, wanted),
    };
    // A list with a mistake costs no request, not even one for a token.
    let listed = match &wanted {
        Wanted::Listed(path) => {
            let (list, name) = input::read(path.as_deref())?;
            list::parse(&list, &name)?
        }
        _ => Vec::new(),
    };
    let (jobs, endpoint, deployment, note) = (service.jobs, service.endpoint, service.deployment, service.note);
    let is_one = matches!(&wanted, Wanted::These(asked) if asked.len() == 1);
    let is_left_out = |customer: &Customer| leaves_out(&customer.id.to_string());
    // Where nobody is left to ask, nothing is sent, not even for a token.
    let by_id = if let Wanted::These(asked) = &wanted { ids(asked) } else { listed.clone() };
    if !by_id.is_empty() && by_id.iter().all(is_left_out) {
        return Ok(Answers::of_nobody(unique(by_id)));
    }
    let mut unusable = Vec::new();
    let mut others = Others::NotAsked;
    let (client, customers) = match wanted {
        Wanted::Listed(_) => (client(*service)?, listed),
        Wanted::These(asked) => named(*service, asked)?,
        Wanted::All if endpoint == Endpoint::Commercial => {
            let calls = Calls::of_all(client(*service)?, jobs, deployment);
            note("--endpoint commercial leaves out customers without rows");
            return Ok(Answers {
                is_one: false,
                customers: Vec::new(),
                is_one_query: true,
                unusable,
                // All rows there are were asked for.
                others: Others::Gone,
                left_out: Vec::new(),
                advice: None,
                supply: Supply::Service(calls),
            });
        }
        Wanted::All => {
            let client = client(*service)?;
            let mut customers = Vec::new();
            for (index, customer) in customers::list(&client)?.iter().enumerate() {
                match customer.usable_id(index + 1) {
                    Ok(id) => customers.push(Customer { id, name: customer.name().map(str::to_owned) }),
                    Err(failure) => unusable.push(failure),
                }
            }
            // A customer listed without an id may be one of the others.
            others = if unusable.is_empty() { Others::Gone } else { Others::Missing };
            (client, customers)
        }
    };
    let (left_out, customers): (Vec<_>, Vec<_>) = unique(customers).into_iter().partition(is_left_out);
    if customers.is_empty() && unusable.is_empty() && !left_out.is_empty() {
        return Ok(Answers::of_nobody(left_out));
    }
    Ok(Answers {
        is_one,
        customers: customers.iter().map(|customer| Some(customer.id.to_string())).collect(),
        is_one_query: false,
        unusable,
        others,
        left_out,
        advice: (endpoint == Endpoint::Customer).then_some(TRY_COMMERCIAL),
        supply: Supply::Service(match endpoint {
            Endpoint::Customer => Calls::of_each(client, customers, is_one, jobs, deployment),
            Endpoint::Commercial => Calls::of_several(client, &customers, is_one, jobs, deployment),
        }),
    })
}

/// What to try where an endpoint is silent or gone.
const TRY_COMMERCIAL: &str = "try `--endpoint commercial`, the successor of this endpoint";

/// The customers of the command line, if all are given by id.
fn ids(asked: &[Asked]) -> Vec<Customer> {
    let id = |asked: &Asked| match asked {
        Asked::Id(id) => Some(Customer { id: *id, name: None }),
        Asked::Name { .. } => None,
    };
    asked.iter().map(id).collect::<Option<_>>().unwrap_or_default()
}

/// The customers of the command line. The list is fetched only if one is given by name.
fn named(service: Service, asked: Vec<Asked>) -> anyhow::Result<(Client, Vec<Customer>)> {
    let told = |error: anyhow::Error| match error.downcast::<Failure>() {
        Ok(failure) => or_command(failure, &asked).into(),
        Err(error) => error,
    };
    let client = client(service).map_err(told)?;
    let has_names = asked.iter().any(|asked| matches!(asked, Asked::Name { .. }));
    let listed =
        if has_names { customers::list(&client).map_err(|failure| or_command(failure, &asked))? } else { Vec::new() };
    let customers = named::resolve(asked, &listed)?;
    Ok((client, customers))
}

/// The answers of a file.
fn saved(Input { file, customer, is_verbatim }: Input, leaves_out: &dyn Fn(&str) -> bool) -> anyhow::Result<Answers> {
    let (answers, is_one) = match customer {
        None => saved::read(file.as_deref())?,
        Some(customer) => {
            let answers = saved::read_one(file.as_deref(), customer, is_verbatim)?;
            let is_one = answers.len() == 1;
            (answers, is_one)
        }
    };
    let is_left_out = |answer: &Answer| answer.customer.as_deref().is_some_and(leaves_out);
    let (left_out, answers): (Vec<_>, Vec<_>) = answers.into_iter().partition(is_left_out);
    let id = |answer: &Answer| answer.customer.as_deref()?.parse().ok();
    let left_out = left_out.iter().filter_map(id).map(|id| Customer { id, name: None }).collect();
    Ok(Answers {
        // There is none of whom to write the body itself.
        is_one: is_one && !answers.is_empty(),
        customers: match &answers[..] {
            [several] if several.is_only && !several.is_whole => Vec::new(),
            answers => answers.iter().map(|answer| answer.customer.clone()).collect(),
        },
        is_one_query: answers.iter().any(|answer| answer.is_only && !answer.is_whole),
        left_out: unique(left_out),
        advice: None,
        unusable: Vec::new(),
        // A user who asks for one customer does not ask about the others.
        others: if is_one || customer.is_some() { Others::NotAsked } else { Others::Missing },
        supply: Supply::Saved(answers),
    })
}

/// The client of a service; starts the sample service if that is meant.
///
/// # Errors
/// Those of the token.
pub fn client(service: Service) -> anyhow::Result<Client> {
    let Service { base_url, locale, http, token, jobs, note, .. } = service;
    let mut base_url = base_url.map_or_else(|| demo::start().context("starting the sample service"), Ok)?;
    let session = Session::open(&token, &mut base_url, http.max_wait, note)?;
    let gate = Gate::new(jobs, http.max_wait);
    Ok(Client::new(Http::new(http), gate, base_url, locale, session))
}

fn unique(mut customers: Vec<Customer>) -> Vec<Customer> {
    let mut seen = HashSet::new();
    customers.retain(|customer| seen.insert(customer.id));
    customers
}
