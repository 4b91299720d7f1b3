//! What a row of a report stands for, which columns it has, and how fields are named on the command line.
//! It reads no rows.

use super::columns::{
    AGE, BUSIEST_WORKLOAD, CHANGE, CHANNEL, COMPANY_NAME, CURRENCY, CUSTOMER, CUSTOMER_ID, CUSTOMER_NAME, Column,
    DOMAIN, IDLE_COST, LICENSES_ACTIVE, LICENSES_ACTIVE_CHANGE, LICENSES_ASSIGNED_IDLE, LICENSES_DEPLOYED,
    LICENSES_EXCESS, LICENSES_IDLE, LICENSES_QUALIFIED, LICENSES_QUALIFIED_CHANGE, LICENSES_SOLD, LICENSES_SPARE,
    LICENSES_UNASSIGNED, PRICE, PROCESSED_DATE_TIME, PRODUCT_ID, PRODUCT_NAME, PRODUCTS, RELATIONSHIP_TO_PARTNER,
    SERVICE_CODE, SERVICE_NAME, UNASSIGNED_COST, USAGE_PERCENT, WORKLOAD_CODE, WORKLOAD_NAME, WORKLOADS, folded,
};
use crate::failure::Failure;
use crate::sanitize::sanitize_cut;

/// What a row of the report stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A workload of a product, as served.
    #[default]
    Rows,
    /// All workloads of a product.
    Summary,
    /// All products of a customer.
    Customers,
    /// A workload of a product, now and in an earlier answer.
    Changes,
}

/// Columns of a row as served, for programs.
const ROWS: &[Column] = &[
    CUSTOMER_ID,
    CUSTOMER_NAME,
    PRODUCT_NAME,
    WORKLOAD_NAME,
    WORKLOAD_CODE,
    SERVICE_NAME,
    SERVICE_CODE,
    CHANNEL,
    LICENSES_QUALIFIED,
    LICENSES_ACTIVE,
    LICENSES_IDLE,
    USAGE_PERCENT,
    PROCESSED_DATE_TIME,
];

/// The same for people.
const ROWS_IN_TABLE: &[Column] =
    &[PRODUCT_NAME, WORKLOAD_NAME, LICENSES_QUALIFIED, LICENSES_ACTIVE, LICENSES_IDLE, USAGE_PERCENT];

const SUMMARY: &[Column] = &[
    CUSTOMER_ID,
    CUSTOMER_NAME,
    PRODUCT_NAME,
    SERVICE_NAME,
    CHANNEL,
    WORKLOADS,
    BUSIEST_WORKLOAD,
    LICENSES_QUALIFIED,
    LICENSES_ACTIVE,
    LICENSES_IDLE,
    USAGE_PERCENT,
    PROCESSED_DATE_TIME,
];

const SUMMARY_IN_TABLE: &[Column] = &[PRODUCT_NAME, LICENSES_QUALIFIED, LICENSES_ACTIVE, LICENSES_IDLE, USAGE_PERCENT];

const BY_CUSTOMER: &[Column] = &[
    CUSTOMER_ID,
    CUSTOMER_NAME,
    PRODUCTS,
    LICENSES_QUALIFIED,
    LICENSES_ACTIVE,
    LICENSES_IDLE,
    USAGE_PERCENT,
    PROCESSED_DATE_TIME,
];

const BY_CUSTOMER_IN_TABLE: &[Column] =
    &[CUSTOMER, PRODUCTS, LICENSES_QUALIFIED, LICENSES_ACTIVE, LICENSES_IDLE, USAGE_PERCENT];

/// Columns that a deployment answer adds to a summary.
const DEPLOYMENT: &[Column] = &[LICENSES_SOLD, LICENSES_DEPLOYED, LICENSES_UNASSIGNED, LICENSES_ASSIGNED_IDLE];

const DEPLOYMENT_IN_TABLE: &[Column] = &[LICENSES_SOLD, LICENSES_UNASSIGNED];

/// Columns that prices add to a summary; a customer has several prices, so its rows have none.
const PRICES: &[Column] = &[PRICE, CURRENCY, IDLE_COST];

const PRICES_BY_CUSTOMER: &[Column] = &[CURRENCY, IDLE_COST];

/// The column that prices add to what was sold.
const PRICES_OF_SOLD: &[Column] = &[UNASSIGNED_COST];

const PRICES_IN_TABLE: &[Column] = &[IDLE_COST, CURRENCY];

/// Columns that exceptions add.
const EXCEPTIONS: &[Column] = &[LICENSES_SPARE, LICENSES_EXCESS];

/// Columns that a comparison adds for programs; people get only the last.
const CHANGES: &[Column] = &[LICENSES_QUALIFIED_CHANGE, LICENSES_ACTIVE_CHANGE, CHANGE];

/// Columns of the partner's list.
const CUSTOMERS: &[Column] = &[CUSTOMER_ID, COMPANY_NAME, DOMAIN, RELATIONSHIP_TO_PARTNER];

/// Fields that no format shows unless asked for.
const HIDDEN: &[Column] = &[PRODUCT_ID, AGE];

/// What a row stands for, and what options add to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub shape: Shape,
    /// Whether a summary says what was sold and assigned.
    pub has_deployment: bool,
    /// Whether a summary says what seats cost.
    pub has_prices: bool,
    /// Whether some idle seats are accepted.
    pub has_exceptions: bool,
}

impl From<Shape> for Layout {
    fn from(shape: Shape) -> Self {
        Self { shape, ..Self::default() }
    }
}

impl Layout {
    /// The columns of formats for programs, in their order: the same whatever the data holds.
    pub fn columns(self) -> Vec<Field> {
        let own = match self.shape {
            Shape::Rows | Shape::Changes => ROWS,
            Shape::Summary => SUMMARY,
            Shape::Customers => BY_CUSTOMER,
        };
        let prices = if self.shape == Shape::Customers { PRICES_BY_CUSTOMER } else { PRICES };
        listed([
            (true, own),
            (self.has_deployment, DEPLOYMENT),
            (self.has_prices, prices),
            (self.has_prices && self.has_deployment, PRICES_OF_SOLD),
            (self.has_exceptions, EXCEPTIONS),
            (self.shape == Shape::Changes, CHANGES),
        ])
    }

    /// The columns of formats for people, which show a change behind its count.
    pub fn columns_for_people(self) -> Vec<Field> {
        let own = match self.shape {
            Shape::Rows | Shape::Changes => ROWS_IN_TABLE,
            Shape::Summary => SUMMARY_IN_TABLE,
            Shape::Customers => BY_CUSTOMER_IN_TABLE,
        };
        listed([
            (true, own),
            (self.has_deployment, DEPLOYMENT_IN_TABLE),
            (self.has_prices, PRICES_IN_TABLE),
            (self.has_exceptions, EXCEPTIONS),
            (self.shape == Shape::Changes, &[CHANGE]),
        ])
    }

    /// All fields that can be named.
    pub fn fields(self) -> Vec<Field> {
        let mut fields = [self.columns(), fields(&[HIDDEN])].concat();
        // All products together have no id.
        fields.retain(|field| self.shape != Shape::Customers || *field.0 != PRODUCT_ID);
        fields
    }
}

/// The lists that there are.
fn listed<const N: usize>(lists: [(bool, &'static [Column]); N]) -> Vec<Field> {
    fields(&lists.into_iter().filter(|(is_there, _)| *is_there).map(|(_, list)| list).collect::<Vec<_>>())
}

fn fields(lists: &[&'static [Column]]) -> Vec<Field> {
    lists.iter().flat_map(|list| list.iter()).map(Field).collect()
}

/// A column as named by the user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field(pub &'static Column);

/// Which fields can be named.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    Report(Layout),
    /// The list of the partner's customers.
    Customers,
}

impl Scope {
    /// All fields that can be named.
    pub fn fields(self) -> Vec<Field> {
        match self {
            Self::Report(layout) => layout.fields(),
            Self::Customers => fields(&[CUSTOMERS]),
        }
    }

    /// The same, and those of other reports.
    pub fn known(self) -> Vec<Field> {
        match self {
            Self::Report(_) => {
                let of_sums: &[_] = &[WORKLOADS, BUSIEST_WORKLOAD, PRODUCTS];
                fields(&[ROWS, HIDDEN, of_sums, DEPLOYMENT, PRICES, PRICES_OF_SOLD, EXCEPTIONS, CHANGES])
            }
            Self::Customers => self.fields(),
        }
    }

    /// The short name of a field; the list of customers has none.
    pub fn short(self, column: &Column) -> Option<&'static str> {
        column.short.filter(|_| matches!(self, Self::Report(_)))
    }
}

impl Field {
    /// The field with this name, full or short, in any case.
    pub fn named(name: &str, scope: Scope) -> Option<Self> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        scope.known().into_iter().find(|Self(column)| is(column.name) || scope.short(column).is_some_and(is))
    }

    /// The same for a name as typed.
    ///
    /// # Errors
    /// `Usage`, with the nearest field, and all fields.
    pub fn read(text: &str, scope: Scope) -> Result<Self, Failure> {
        let text = text.trim();
        Self::named(text, scope).ok_or_else(|| {
            let known = scope.known();
            let names = known.iter().flat_map(|Self(column)| [Some(column.name), scope.short(column)]).flatten();
            let typed = folded(text);
            // A text of kilobytes is not a mistyped field, and comparing it would take seconds.
            let nearest = names
                .filter(|_| typed.len() <= 40)
                .map(|name| (strsim::normalized_damerau_levenshtein(&typed, &folded(name)), name))
                .filter(|(similarity, _)| *similarity > 0.5)
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            let nearest = nearest.map_or(String::new(), |(_, name)| format!("; did you mean `{name}`?"));
            let what = match text {
                "" => "a field is missing".to_owned(),
                text => format!("unknown field `{}`{nearest}", sanitize_cut(text, 40)),
            };
            Failure::usage(what).hint(format!("the fields are {}", named(&scope.fields())))
        })
    }
}

/// Fields as they may be typed.
pub fn named(fields: &[Field]) -> String {
    let names = fields.iter().map(|Field(column)| match column.short {
        Some(short) => format!("{} ({short})", column.name),
        None => column.name.to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}
