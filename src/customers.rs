//! Which customers: a list that somebody keeps, and the list that the service gives.
//! It asks nothing itself, and takes no id that is none.

use std::borrow::Cow;

use csv::StringRecord;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::clean::clean_cut;
use crate::failure::{Failure, Kind};
use crate::input;
use crate::insight::{self, CustomerId, Object};
use crate::report::{self, Style, json, table};

/// The ids of a list: one a line, or a CSV whose first column is `customerId`. `name` is the list's in an error.
///
/// # Errors
/// `Usage`, naming the line, where an id is none; and where there is none at all.
pub fn parse(list: &[u8], name: &str) -> Result<Vec<CustomerId>, Failure> {
    let list = list.strip_prefix(b"\xef\xbb\xbf").unwrap_or(list);
    let text = str::from_utf8(list).map_err(|_| Failure::usage(format!("{name} is not UTF-8")))?;
    let ids = match text.strip_prefix("customerId").map(|rest| rest.as_bytes().first()) {
        Some(None | Some(b'\r' | b'\n')) => from_csv(text, b',', name)?,
        Some(Some(&delimiter)) if matches!(delimiter, b',' | b';' | b'\t') => from_csv(text, delimiter, name)?,
        _ => from_lines(text, name)?,
    };
    if ids.is_empty() {
        return Err(Failure::usage(format!("{name} lists no customer")));
    }
    Ok(ids)
}

fn from_lines(text: &str, name: &str) -> Result<Vec<CustomerId>, Failure> {
    text.lines()
        .enumerate()
        // What follows an id is a note: a name, or the other columns of something.
        .map(|(index, line)| {
            (index, line.trim().split([',', ';', '\t', ' ', '#']).next().unwrap_or_default(), line.trim())
        })
        .filter(|(_, _, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(index, id, _)| id.parse().map_err(|form| wrong(name, index as u64 + 1, id, form)))
        .collect()
}

fn from_csv(text: &str, delimiter: u8, name: &str) -> Result<Vec<CustomerId>, Failure> {
    let id_of = |(line, record): (u64, StringRecord)| {
        let id = report::csv::as_it_was(record.get(0).unwrap_or_default()).trim();
        id.parse().map_err(|form| wrong(name, line, id, form))
    };
    input::records(text, delimiter, name)?.into_iter().map(id_of).collect()
}

fn wrong(name: &str, line: u64, id: &str, form: &str) -> Failure {
    Failure::usage(format!("line {line} of {name}: `{}` is no customer id: {form}", clean_cut(id, 40)))
}

/// A customer as the service lists it.
#[derive(Debug)]
pub struct Customer {
    /// The item itself, byte for byte.
    pub json: Box<RawValue>,
    pub id: Option<String>,
    pub company_name: Option<String>,
    pub domain: Option<String>,
    pub relationship: Option<String>,
}

impl Customer {
    /// Reads an item of `GET /v1/customers` (source: Partner Center REST API, "Get a list of customers"); `None` where it
    /// is none.
    pub fn of(item: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Item<'a> {
            #[serde(borrow, default, deserialize_with = "insight::text")]
            id: Option<Cow<'a, str>>,
            #[serde(borrow)]
            company_profile: Option<Object<Profile<'a>>>,
            #[serde(borrow, default, deserialize_with = "insight::text")]
            relationship_to_partner: Option<Cow<'a, str>>,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Profile<'a> {
            #[serde(borrow, default, deserialize_with = "insight::text")]
            tenant_id: Option<Cow<'a, str>>,
            #[serde(borrow, default, deserialize_with = "insight::text")]
            domain: Option<Cow<'a, str>>,
            #[serde(borrow, default, deserialize_with = "insight::text")]
            company_name: Option<Cow<'a, str>>,
        }
        let Object(Item { id, company_profile, relationship_to_partner }) = serde_json::from_str(item.get()).ok()?;
        let Profile { tenant_id, domain, company_name } = company_profile.map_or_else(Profile::default, |it| it.0);
        let ids: Vec<_> = [id, tenant_id].into_iter().flatten().filter(|id| !id.is_empty()).collect();
        let usable = ids.iter().find_map(|id| id.parse::<CustomerId>().ok());
        Some(Self {
            json: item.to_owned(),
            id: usable.map(|id| id.to_string()).or_else(|| ids.into_iter().next().map(Cow::into_owned)),
            company_name: company_name.map(Cow::into_owned),
            domain: domain.map(Cow::into_owned),
            relationship: relationship_to_partner.map(Cow::into_owned),
        })
    }

    /// The id to ask for; `place` is the customer's in the list, for one without a name.
    ///
    /// # Errors
    /// `NotUnderstood`, naming the customer, where it has none.
    pub fn usable_id(&self, place: usize) -> Result<CustomerId, Failure> {
        let id = self.id.as_deref().unwrap_or_default();
        id.parse().map_err(|_| {
            let name = [&self.company_name, &self.domain].into_iter().flatten().find(|name| !name.trim().is_empty());
            let name = name.map_or_else(|| format!("customer {place}"), |name| clean_cut(name, 100));
            let message = match id {
                "" => format!("the list of customers: {name} has no customer id"),
                id => format!("the list of customers: {name}: `{}` is not a valid customer id", clean_cut(id, 40)),
            };
            let hint = "`pc-usage customers -o json` shows the customer as the service lists it";
            Failure::new(Kind::NotUnderstood, message).hint(hint)
        })
    }

    /// The values of [`COLUMNS`].
    pub fn cells(&self) -> [Option<&str>; 4] {
        [&self.id, &self.company_name, &self.domain, &self.relationship].map(|cell| cell.as_deref())
    }
}

/// The columns of the list: the first makes its CSV a list that `--customers` reads.
pub const COLUMNS: [&str; 4] = ["customerId", "companyName", "domain", "relationshipToPartner"];

/// The list for people, spreadsheets or scripts.
///
/// # Errors
/// None that a writer to memory can have.
pub fn render(customers: &[Customer], style: Style) -> anyhow::Result<Vec<u8>> {
    let rows: Vec<[Option<&str>; 4]> = customers.iter().map(Customer::cells).collect();
    match style {
        Style::Table(view) => Ok(table::plain(&COLUMNS, &rows, view).into_bytes()),
        Style::Csv(style) => report::csv::plain(&COLUMNS, &rows, style),
        Style::Json => {
            let items: Vec<&str> = customers.iter().map(|customer| customer.json.get()).collect();
            Ok(if items.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", items.join(",\n")) }.into_bytes())
        }
        Style::Jsonl => json::plain(&COLUMNS, &rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    const TWO: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";

    fn ids(list: &str) -> Vec<String> {
        parse(list.as_bytes(), "list").expect("a list").iter().map(ToString::to_string).collect()
    }

    fn refused(list: &str) -> String {
        parse(list.as_bytes(), "list").expect_err("no list").message
    }

    #[test]
    fn a_list_has_an_id_a_line_and_whatever_people_write_around_it() {
        for list in [
            format!("{ONE}\n{TWO}\n"),
            format!("\u{feff}# ours\r\n\r\n  {ONE}, Contoso\r\n{{{TWO}}} # the big one"),
            format!("{ONE};x\n#{ONE}\n{TWO}\tFabrikam"),
            format!("customerId\n{ONE}\n{TWO}"),
            format!("customerId,companyName\n{ONE},\"Con,toso\nLtd\"\n{TWO},x\n"),
            format!("\u{feff}customerId;companyName\r\n\"{ONE}\";\"a \"\"b\"\"\"\r\n{TWO};\r\n"),
            format!("customerId\tx\n{ONE}\t\n{TWO}"),
        ] {
            assert_eq!(ids(&list), [ONE, TWO], "{list}");
        }
    }

    #[test]
    fn a_wrong_id_is_named_with_its_line() {
        const FORM: &str = "is no customer id: a customer id is a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
        assert_eq!(refused(&format!("{ONE}\n\nnobody, x\n")), format!("line 3 of list: `nobody` {FORM}"));
        assert_eq!(
            refused(&format!("customerId,name\n{ONE},\"two\nlines\"\nnobody,x\n")),
            format!("line 4 of list: `nobody` {FORM}")
        );
        assert_eq!(refused("customerId,name\n,x\n"), format!("line 2 of list: `` {FORM}"));
    }

    #[test]
    fn a_list_without_ids_is_none() {
        for list in ["", "\u{feff}", "# nobody\n\n", "customerId,companyName\n"] {
            assert_eq!(refused(list), "list lists no customer");
        }
        assert_eq!(parse(b"\xff", "list").expect_err("no text").message, "list is not UTF-8");
    }
}
