//! The calls that bring the answers of a service: one per customer, or queries of several pages.
//! It reads no rows, but for those of customers whose pages must stand or fall together.

use std::sync::Arc;

use super::answer::{Answer, Batch};
use super::customer::{Customer, together};
use super::pages;
use super::queue::{self, Flow};
use crate::failure::Failure;
use crate::partner_center::client::Client;
use crate::partner_center::commercial::{Commercial, MAX_IDS, Page, Query, Subject};
use crate::partner_center::{deployment, usage};

/// What is to be asked.
pub struct Calls {
    asked: Asked,
    /// Whether the run is about one customer.
    is_one: bool,
    /// Calls at a time.
    jobs: usize,
    /// Whether to ask for what was sold and assigned, too.
    deployment: bool,
}

enum Asked {
    /// Each customer by itself.
    Each(Arc<Client>, Vec<Customer>),
    /// So many customers at a time as fit into a query.
    Several(Arc<Commercial>, Vec<Vec<Customer>>),
    /// All customers in one query.
    All(Arc<Commercial>),
}

impl Calls {
    pub fn of_each(client: Client, customers: Vec<Customer>, is_one: bool, jobs: usize, deployment: bool) -> Self {
        Self { asked: Asked::Each(Arc::new(client), customers), is_one, jobs, deployment }
    }

    pub fn of_several(client: Client, customers: &[Customer], is_one: bool, jobs: usize, deployment: bool) -> Self {
        let chunks = customers.chunks(MAX_IDS).map(<[_]>::to_vec).collect();
        let commercial = Arc::new(Commercial::new(client));
        Self { asked: Asked::Several(commercial, chunks), is_one, jobs, deployment }
    }

    pub fn of_all(client: Client, jobs: usize, deployment: bool) -> Self {
        Self { asked: Asked::All(Arc::new(Commercial::new(client))), is_one: false, jobs, deployment }
    }

    /// What the spinner shows, if there is one call to wait for before anything else.
    pub fn awaited(&self) -> Option<String> {
        match &self.asked {
            Asked::Each(_, customers) if self.is_one => customers.first().map(|customer| usage_of(&customer.called())),
            Asked::Several(_, chunks) if chunks.len() == 1 => chunks.first().map(|chunk| usage_of(&together(chunk))),
            Asked::Each(..) | Asked::Several(..) => None,
            Asked::All(_) => Some(usage_of(ALL)),
        }
    }

    /// Passes on what comes, in order; `idle` is told whether the service is throttling.
    ///
    /// # Errors
    /// Those of `take`, if no thread can be started, and of a query for all customers.
    pub fn each(
        self,
        mut idle: impl FnMut(bool),
        mut take: impl FnMut(Batch) -> anyhow::Result<Flow>,
    ) -> anyhow::Result<()> {
        /// Answers that may wait for each worker, so that a slow one does not hold up the rest.
        const WAITING: usize = 4;
        let Self { asked, is_one, jobs, deployment } = self;
        let ends = |batch: &Batch| batch.answers.as_ref().is_err_and(queue::is_final);
        match asked {
            Asked::Each(client, customers) if is_one => customers
                .iter()
                .try_for_each(|customer| take(of_customer(&client, customer, true, deployment)).map(drop)),
            Asked::Each(client, customers) => {
                let throttled = Arc::clone(&client);
                let get = move |customer: &Customer| of_customer(&client, customer, false, deployment);
                let window = jobs.min(customers.len()) * WAITING;
                queue::each(customers, jobs, window, get, ends, || idle(throttled.is_throttled()), take)
            }
            Asked::Several(commercial, chunks) => {
                if let [only] = &chunks[..] {
                    return take(of_chunk(&commercial, only, is_one, jobs, deployment, &mut idle)).map(drop);
                }
                let throttled = Arc::clone(&commercial);
                // The chunks themselves are as many as there are workers.
                let get = move |chunk: &Vec<Customer>| of_chunk(&commercial, chunk, false, 1, deployment, &mut |_| {});
                let window = jobs.min(chunks.len()) * 2;
                queue::each(chunks, jobs, window, get, ends, || idle(throttled.is_throttled()), take)
            }
            Asked::All(commercial) => of_all(&commercial, jobs, deployment, idle, take),
        }
    }
}

const ALL: &str = "all customers";

fn usage_of(whom: &str) -> String {
    format!("usage of {whom}")
}

fn deployment_of(whom: &str) -> String {
    format!("deployment of {whom}")
}

/// The calls about one customer.
fn of_customer(client: &Client, customer: &Customer, is_only: bool, has_deployment: bool) -> Batch {
    let whom = customer.called();
    let get = |call: fn(&Client, _) -> _, what: String| match call(client, customer.id) {
        Ok(served) => Ok(Answer { is_only, ..Answer::of(served, customer, what) }),
        Err(failure) => Err(Failure::during(failure, &what)),
    };
    let ask = || -> Result<_, Failure> {
        let usage = get(usage::get, usage_of(&whom))?;
        let deployment = has_deployment.then(|| get(deployment::get, deployment_of(&whom))).transpose()?;
        Ok((usage, deployment))
    };
    let customers = vec![customer.clone()];
    match ask() {
        Err(failure) => Batch::new(customers, Err(failure)),
        Ok((usage, deployment)) => {
            Batch { deployment: deployment.map(|answer| vec![answer]), ..Batch::new(customers, Ok(vec![usage])) }
        }
    }
}

/// The queries about some customers, all pages of them.
fn of_chunk(
    commercial: &Arc<Commercial>,
    customers: &[Customer],
    is_one: bool,
    jobs: usize,
    has_deployment: bool,
    idle: &mut dyn FnMut(bool),
) -> Batch {
    let whom = together(customers);
    let ids: Vec<_> = customers.iter().map(|customer| customer.id).collect();
    let mut ask = |subject, what: String| -> anyhow::Result<Vec<Answer>> {
        let query = Query { subject, customers: ids.clone() };
        let mut pages: Vec<(Page, usize)> = Vec::new();
        pages::each(
            commercial,
            &query,
            &what,
            jobs,
            || idle(commercial.is_throttled()),
            |page, due| {
                pages.push((page, due.rows));
                Ok(Flow::Next)
            },
        )?;
        let is_whole = pages.len() == 1 && customers.len() == 1;
        let mut skip = 0;
        let answer = |(Page(served), due): (Page, usize)| {
            let what = pages::from(&what, skip);
            skip += due;
            let answer = match customers {
                [only] if is_whole => Answer { is_only: is_one, asked: ids.clone(), ..Answer::of(served, only, what) },
                _ => Answer::page(served, ids.clone(), what),
            };
            Answer { due: Some(due), ..answer }
        };
        Ok(pages.into_iter().map(answer).collect())
    };
    let mut ask_both = || -> anyhow::Result<_> {
        let usage = ask(Subject::Usage, usage_of(&whom))?;
        if usage.len() > 1 {
            // None may be written if another is bad.
            usage.iter().try_for_each(|answer| answer.rows(answer.text()?, &mut |_| {}).map(drop))?;
        }
        let deployment = has_deployment.then(|| ask(Subject::Deployment, deployment_of(&whom))).transpose()?;
        Ok((usage, deployment))
    };
    match ask_both() {
        Ok((usage, deployment)) => Batch { deployment, ..Batch::new(customers.to_vec(), Ok(usage)) },
        Err(error) => Batch::new(customers.to_vec(), Err(Failure::of(error))),
    }
}

/// The queries about all customers, page by page: what was sold comes first, since it is shown with the usage.
fn of_all(
    commercial: &Arc<Commercial>,
    jobs: usize,
    has_deployment: bool,
    mut idle: impl FnMut(bool),
    mut take: impl FnMut(Batch) -> anyhow::Result<Flow>,
) -> anyhow::Result<()> {
    let mut ask = |subject, what: String, batch: fn(Answer) -> Batch| {
        let query = Query { subject, customers: Vec::new() };
        let mut skip = 0;
        pages::each(
            commercial,
            &query,
            &what,
            jobs,
            || idle(commercial.is_throttled()),
            |Page(served), due| {
                let answer = Answer::page(served, Vec::new(), pages::from(&what, skip));
                skip += due.rows;
                take(Batch { of_rows: due.of, ..batch(Answer { due: Some(due.rows), ..answer }) })
            },
        )
    };
    if has_deployment {
        ask(Subject::Deployment, deployment_of(ALL), |page| Batch {
            deployment: Some(vec![page]),
            ..Batch::new(Vec::new(), Ok(Vec::new()))
        })?;
    }
    ask(Subject::Usage, usage_of(ALL), |page| Batch::new(Vec::new(), Ok(vec![page])))
}
