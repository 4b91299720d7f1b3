//! Finds customers by what people call them: a name, a domain, or a part of either.
//! It asks nobody and guesses nothing: what fits several customers, or none, is refused with those that may be meant.

use super::customer::Customer;
use super::source::Asked;
use crate::failure::{ErrorKind, Failure};
use crate::partner_center::customers::Customer as Listed;
use crate::sanitize::sanitize_cut;

/// The customers that were asked for, by the list of all that there are. Those asked for by id are not looked for.
///
/// # Errors
/// `Usage` where a name fits several, `NotFound` where it fits none, and where the one that it fits has no id.
pub fn resolve(asked: Vec<Asked>, listed: &[Listed]) -> Result<Vec<Customer>, Failure> {
    let customer = |asked| match asked {
        Asked::Id(id) => {
            let own = |listed: &&Listed| listed.id.as_deref().and_then(|listed| listed.parse().ok()) == Some(id);
            Ok(Customer { id, name: listed.iter().find(own).and_then(Listed::name).map(str::to_owned) })
        }
        Asked::Name { text, command } => {
            let at = only(&text, listed).map_err(|failure| match failure.kind {
                ErrorKind::NotFound => failure.hint(meant(&text, command.as_deref(), listed)),
                _ => failure,
            })?;
            let id = listed[at].usable_id(at + 1)?;
            Ok(Customer { id, name: listed[at].name().map(str::to_owned) })
        }
    };
    asked.into_iter().map(customer).collect()
}

/// The failure, with the command that may have been meant by what was taken for a name.
pub fn or_command(mut failure: Failure, asked: &[Asked]) -> Failure {
    let mistyped = asked.iter().find_map(|asked| match asked {
        Asked::Name { command, .. } => command.as_deref(),
        Asked::Id(_) => None,
    });
    if let Some(command) = mistyped {
        let hint = failure.hint.map_or(String::new(), |hint| format!("{hint}; or "));
        failure.hint = Some(format!("{hint}did you mean the command `{command}`?"));
    }
    failure
}

/// The place in the list of the only customer that the text fits; who has it for a whole name or domain goes first.
fn only(text: &str, listed: &[Listed]) -> Result<usize, Failure> {
    // A list may name a customer twice.
    const CHOICES: usize = 10;
    let typed = folded(text);
    let fits = |fit: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (at, customer) in listed.iter().enumerate() {
            let is_known = customer.id.is_some() && found.iter().any(|other| listed[*other].id == customer.id);
            if !is_known && names(customer).any(|name| fit(&folded(name))) {
                found.push(at);
            }
        }
        found
    };
    let mut found = fits(&|name| name == typed);
    if found.is_empty() {
        found = fits(&|name| name.contains(&typed));
    }
    match found[..] {
        [only] => Ok(only),
        [] => Err(Failure::new(ErrorKind::NotFound, format!("no customer's name or domain contains `{text}`"))),
        _ => {
            let choice = |at: &usize| {
                let Listed { id, .. } = &listed[*at];
                let id = id.as_deref().map_or("–".to_owned(), |id| sanitize_cut(id, 40));
                format!("{id}  {}", sanitize_cut(listed[*at].name().unwrap_or("–"), 100))
            };
            let mut choices: Vec<_> = found.iter().take(CHOICES).map(choice).collect();
            if found.len() > CHOICES {
                choices.push(format!("… and {} more", found.len() - CHOICES));
            }
            let failure = Failure::usage(format!("`{text}` matches {} customers", found.len()));
            Err(Failure { choices, ..failure.hint("give the id, or the full name or domain") })
        }
    }
}

/// What may have been meant by a text that fits nobody: the command that it looks like, and the nearest names.
fn meant(text: &str, command: Option<&str>, listed: &[Listed]) -> String {
    let typed = folded(text);
    let mut nearest: Vec<(f64, &str)> = Vec::new();
    for customer in listed {
        let similarity = names(customer).map(|name| similarity(&typed, &folded(name))).fold(0.0, f64::max);
        if let Some(name) = customer.name().filter(|name| similarity > 0.6 && !nearest.iter().any(|it| it.1 == *name)) {
            nearest.push((similarity, name));
        }
    }
    nearest.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let names = nearest.iter().take(3).map(|(_, name)| format!("`{}`", sanitize_cut(name, 100)));
    let choices: Vec<_> = command.map(|command| format!("the command `{command}`")).into_iter().chain(names).collect();
    match &choices[..] {
        [] => "`pc-usage customers` lists all customers".to_owned(),
        [only] => format!("did you mean {only}?"),
        [others @ .., last] => format!("did you mean {} or {last}?", others.join(", ")),
    }
}

/// How near a text is to a name, or to the nearest of its words; 1 is the same.
fn similarity(typed: &str, name: &str) -> f64 {
    // Nobody types more, and the time that this takes grows with the product of both lengths.
    let name: String = name.chars().take(128).collect();
    let words = name.split(|char: char| !char.is_alphanumeric()).filter(|word| word.len() > 2);
    let near = |name| strsim::normalized_damerau_levenshtein(typed, name);
    words.map(near).fold(near(&name), f64::max)
}

fn names(customer: &Listed) -> impl Iterator<Item = &str> {
    [&customer.company_name, &customer.domain].into_iter().flatten().map(|name| name.trim())
}

/// Without the difference of capital and small letters.
fn folded(text: &str) -> String {
    text.to_lowercase()
}
