//! Finds customers by name, domain, or part of either.
//! It sends nothing and does not guess: a text that matches several customers, or none, is refused with suggestions.

use super::customer::Customer;
use super::source::Asked;
use crate::failure::{ErrorKind, Failure};
use crate::partner_center::customers::Customer as Listed;
use crate::sanitize::sanitize_cut;

/// Resolves the customers asked for, using the partner's list. Those given by id are not looked up.
///
/// # Errors
/// `Usage` if a name matches several, `NotFound` if it matches none or the match has no id.
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

/// Adds a suggestion to the failure, if a name looks like a mistyped command.
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

/// The index of the only customer that the text matches; a full name or domain takes precedence over a part.
fn only(text: &str, listed: &[Listed]) -> Result<usize, Failure> {
    // How many matches are listed.
    const CHOICES: usize = 10;
    let typed = folded(text);
    let fits = |fit: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (at, customer) in listed.iter().enumerate() {
            // A list may name a customer twice.
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

/// Suggestions for a text that matches nothing: the command that it looks like, and the nearest names.
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

/// How similar a text is to a name, or to the most similar of its words; 1 is identical.
fn similarity(typed: &str, name: &str) -> f64 {
    // The time grows with the product of both lengths, and nobody types more.
    let name: String = name.chars().take(128).collect();
    let words = name.split(|char: char| !char.is_alphanumeric()).filter(|word| word.len() > 2);
    let near = |name| strsim::normalized_damerau_levenshtein(typed, name);
    words.map(near).fold(near(&name), f64::max)
}

fn names(customer: &Listed) -> impl Iterator<Item = &str> {
    [&customer.company_name, &customer.domain].into_iter().flatten().map(|name| name.trim())
}

/// In lower case, letter by letter: as part of a whole text, a final Σ would become another letter than one inside a word.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
