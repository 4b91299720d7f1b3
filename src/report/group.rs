//! Rows that count the same seats: all workloads of a product of one customer, service and channel.
//! It calculates nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use crate::insight::Insight;

/// What all workloads of a product share: the customer, the product (by id, else by name), the service and the channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupKey<'a> {
    customer: Option<Cow<'a, str>>,
    has_id: bool,
    product: Option<Cow<'a, str>>,
    service: Option<Cow<'a, str>>,
    channel: Option<Cow<'a, str>>,
}

impl<'a> GroupKey<'a> {
    pub fn of(row: &Insight<'a>) -> Self {
        // An empty id would merge all products.
        let some = |text: &Option<Cow<'a, str>>| text.clone().filter(|text| !text.is_empty());
        let id = some(&row.product_id);
        Self {
            customer: row.customer_id.clone(),
            has_id: id.is_some(),
            product: id.or_else(|| some(&row.product_name)),
            // The two endpoints name a service differently, but its code is the older one's name.
            service: some(&row.service_code).or_else(|| row.service_name.clone()),
            channel: row.channel.clone(),
        }
    }

    /// The product alone: whether it has an id, and the id or name.
    pub fn into_product(self) -> (bool, Option<Cow<'a, str>>) {
        (self.has_id, self.product)
    }
}

/// Values by key, in order of first appearance.
#[derive(Clone)]
pub struct Indexed<K, V> {
    index: HashMap<K, usize>,
    pub values: Vec<V>,
}

impl<K: Eq + Hash, V> Indexed<K, V> {
    /// The key's value, created if missing.
    pub fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        let at = *self.index.entry(key).or_insert_with(|| {
            self.values.push(new());
            self.values.len() - 1
        });
        &mut self.values[at]
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.index.keys()
    }

    /// The key's value.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.index.get(key).map(|at| &mut self.values[*at])
    }
}

impl<K, V> Default for Indexed<K, V> {
    fn default() -> Self {
        Self { index: HashMap::new(), values: Vec::new() }
    }
}
