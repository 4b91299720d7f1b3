//! The rows of customers while more may come: a page has those of several, and a customer may be on several pages.
//! It calculates nothing.

use std::borrow::Cow;
use std::mem;

use super::group::Indexed;
use crate::insight::Insight;
use crate::insight::deployment::Deployment;

/// A customer's rows, and what was sold to it.
#[derive(Default)]
pub struct Customer<'b> {
    pub rows: Vec<Insight<'b>>,
    pub deployment: Vec<Deployment<'b>>,
    /// Its name, if known from elsewhere than the rows.
    pub name: Option<Cow<'b, str>>,
}

/// Customers in the order asked for, else of first appearance.
#[derive(Default)]
pub struct Parts {
    customers: Indexed<Option<String>, Held>,
    deployed: Indexed<Option<String>, (Option<String>, Vec<Deployment<'static>>)>,
}

#[derive(Default)]
struct Held {
    id: Option<String>,
    name: Option<String>,
    rows: Vec<Insight<'static>>,
}

impl Parts {
    /// Adds rows, and what was sold; `asked` are the customers that it was asked for, by id and name: they are there also if
    /// they have no rows.
    pub fn add(
        &mut self,
        asked: &[(String, Option<String>)],
        rows: Vec<Insight<'static>>,
        deployment: Vec<Deployment<'static>>,
    ) {
        for (id, name) in asked {
            self.held(Some(id)).name.clone_from(name);
        }
        for row in rows {
            let id = row.customer_id.as_deref().map(str::to_owned);
            self.held(id.as_deref()).rows.push(row);
        }
        for row in deployment {
            let id = row.customer_id.as_deref().map(str::to_owned);
            self.deployed.entry(id.clone(), || (id, Vec::new())).1.push(row);
        }
    }

    fn held(&mut self, id: Option<&str>) -> &mut Held {
        let id = id.map(str::to_owned);
        self.customers.entry(id.clone(), || Held { id, ..Held::default() })
    }

    /// Each customer with its id; those that only something was sold to come last.
    pub fn sections(mut self) -> Vec<(Option<String>, Customer<'static>)> {
        let mut sections = Vec::new();
        for Held { id, name, rows } in self.customers.values {
            let deployment = self.deployed.get_mut(&id).map(|(_, rows)| mem::take(rows)).unwrap_or_default();
            sections.push((id, Customer { rows, deployment, name: name.map(Cow::Owned) }));
        }
        let unused = self.deployed.values.into_iter().filter(|(_, rows)| !rows.is_empty());
        sections.extend(unused.map(|(id, deployment)| (id, Customer { deployment, ..Customer::default() })));
        sections
    }
}
