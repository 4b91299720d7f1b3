//! Reads a list of customers: one id per line, or a CSV, which may have names too.
//! It sends nothing, and accepts no invalid id.

use csv::StringRecord;

use super::customer::Customer;
use crate::failure::Failure;
use crate::input;
use crate::sanitize::sanitize_cut;

/// The customers of a list: one id per line, or a CSV whose first column is `customerId`, with names if there is a column
/// `companyName`. `name` is the list's name in errors.
///
/// # Errors
/// `Usage` if an id is invalid, naming the line, or if there are no ids.
pub fn parse(list: &[u8], name: &str) -> Result<Vec<Customer>, Failure> {
    let text = input::text(list, name)?;
    let customers = match text.strip_prefix("customerId").map(|rest| rest.as_bytes().first()) {
        Some(None | Some(b'\r' | b'\n')) => from_csv(text, b',', name)?,
        Some(Some(&delimiter)) if matches!(delimiter, b',' | b';' | b'\t') => from_csv(text, delimiter, name)?,
        _ => from_lines(text, name)?,
    };
    if customers.is_empty() {
        return Err(Failure::usage(format!("{name} lists no customers")));
    }
    Ok(customers)
}

fn from_lines(text: &str, name: &str) -> Result<Vec<Customer>, Failure> {
    text.lines()
        .enumerate()
        // Text after an id is ignored: a name, or other columns.
        .map(|(index, line)| {
            (index, line.trim().split([',', ';', '\t', ' ', '#']).next().unwrap_or_default(), line.trim())
        })
        .filter(|(_, _, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(index, id, _)| customer(id, None).map_err(|form| wrong(name, index as u64 + 1, id, form)))
        .collect()
}

fn from_csv(text: &str, delimiter: u8, name: &str) -> Result<Vec<Customer>, Failure> {
    let (header, records) = input::records(text, delimiter, name)?;
    let names = header.iter().position(|column| column.trim() == "companyName");
    let read = |(line, record): (u64, StringRecord)| {
        let cell = |column| record.get(column).map(|cell| input::as_it_was(cell).trim());
        let id = cell(0).unwrap_or_default();
        customer(id, names.and_then(cell)).map_err(|form| wrong(name, line, id, form))
    };
    records.into_iter().map(read).collect()
}

fn customer(id: &str, name: Option<&str>) -> Result<Customer, &'static str> {
    Ok(Customer { id: id.parse()?, name: name.filter(|name| !name.is_empty()).map(str::to_owned) })
}

fn wrong(name: &str, line: u64, id: &str, form: &str) -> Failure {
    Failure::usage(format!("line {line} of {name}: `{}` is not a valid customer id: {form}", sanitize_cut(id, 40)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
    const TWO: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";

    fn ids(list: &str) -> Vec<String> {
        parse(list.as_bytes(), "list").expect("a list").iter().map(|customer| customer.id.to_string()).collect()
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
    fn another_encoding_is_named_with_its_line() {
        let latin = [format!("customerId;x\n{ONE};Z").as_bytes(), b"\xfc"].concat();
        let failure = parse(&latin, "list").expect_err("not Unicode");
        assert_eq!(failure.message, "line 2 of list is not UTF-8");
        assert_eq!(failure.hint.as_deref(), Some("save the file as CSV UTF-8"));
    }

    #[test]
    fn a_wrong_id_is_named_with_its_line() {
        const FORM: &str =
            "is not a valid customer id: a customer id is a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";
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
            assert_eq!(refused(list), "list lists no customers");
        }
        assert_eq!(parse(b"\xff", "list").expect_err("no text").message, "line 1 of list is not UTF-8");
    }
}
