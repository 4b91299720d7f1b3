//! Which rows of two answers are about the same thing.
//! It compares no figures, and never pairs rows of different customers.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use super::columns::folded;

/// What a row is about. Names and ids of products are compared ignoring case.
pub struct Identity<'a> {
    product_id: Option<String>,
    product_name: Option<String>,
    place: Place<'a>,
}

/// What must be the same in any case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Place<'a> {
    pub customer: Option<Cow<'a, str>>,
    /// In lower case.
    pub workload: Option<String>,
    /// In lower case.
    pub service: Option<String>,
    pub channel: Option<Cow<'a, str>>,
}

impl<'a> Identity<'a> {
    pub fn new(product_id: Option<&str>, product_name: Option<&str>, place: Place<'a>) -> Self {
        let some = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(folded);
        Self { product_id: some(product_id), product_name: some(product_name), place }
    }
}

/// For each of `rows` the index of its partner among `others`: the product's id counts if both have one, else its name.
/// Equal ones are paired in the order served.
pub fn paired(rows: &[Identity<'_>], others: &[Identity<'_>]) -> Vec<Option<usize>> {
    let mut by_id: HashMap<_, VecDeque<usize>> = HashMap::new();
    // Those with an id, and those without.
    let mut by_name: HashMap<_, [VecDeque<usize>; 2]> = HashMap::new();
    for (index, other) in others.iter().enumerate() {
        if other.product_id.is_some() {
            by_id.entry((&other.product_id, &other.place)).or_default().push_back(index);
        }
        let kind = usize::from(other.product_id.is_none());
        by_name.entry((&other.product_name, &other.place)).or_default()[kind].push_back(index);
    }
    let mut is_taken = vec![false; others.len()];
    let mut partners: Vec<_> = rows
        .iter()
        .map(|row| {
            let partner = by_id.get_mut(&(&row.product_id, &row.place)).and_then(VecDeque::pop_front);
            if let Some(index) = partner {
                is_taken[index] = true;
            }
            partner
        })
        .collect();
    for (row, partner) in rows.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
        let Some(waiting) = by_name.get_mut(&(&row.product_name, &row.place)) else { continue };
        for queue in waiting.iter_mut() {
            while queue.front().is_some_and(|index| is_taken[*index]) {
                queue.pop_front();
            }
        }
        let [with_id, without] = waiting;
        // Two ids that differ are two products, whatever they are called.
        let queue = if row.product_id.is_some() {
            without
        } else {
            match (with_id.front(), without.front()) {
                (Some(one), Some(another)) if another < one => without,
                (Some(_), _) => with_id,
                _ => without,
            }
        };
        *partner = queue.pop_front();
        if let Some(index) = *partner {
            is_taken[index] = true;
        }
    }
    partners
}
