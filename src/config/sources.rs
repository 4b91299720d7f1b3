//! Whose licences to report on: customers as typed, exactly one source, and at most one use of standard input. It reads no
//! list.

use std::path::PathBuf;

use clap::CommandFactory;

use super::options::Conflict;
use crate::cli::Cli;
use crate::failure::Failure;
use crate::fetch::source::Asked;
use crate::sanitize::sanitize_cut;

/// A customer as typed: an id, or part of a name or domain.
///
/// # Errors
/// `Usage` if it can be neither.
pub fn customer(text: &str) -> Result<Asked, Failure> {
    const FORM: &str = "a customer is given by id, a GUID like 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04, or by 3 to 128 \
                        characters of its name or domain";
    let form = match text.parse() {
        Ok(id) => return Ok(Asked::Id(id)),
        Err(form) => form,
    };
    let trimmed = text.trim();
    // Cut short: it might be a token in the wrong place.
    let refused = |why: &str| {
        let failure = Failure::usage(format!("`{}` {why}", sanitize_cut(text, 40)));
        match nearest_command(trimmed) {
            Some(command) => failure.hint(format!("did you mean the command `{command}`?")),
            None => failure.hint(FORM),
        }
    };
    if text.chars().any(char::is_control) {
        return Err(refused("contains a control character"));
    }
    if is_nearly_an_id(trimmed) {
        let failure = refused(&format!("is not a valid customer id: {form}"));
        return Err(failure.hint("`pc-usage customers` lists the ids of all customers"));
    }
    match trimmed.chars().count() {
        ..3 => Err(refused("is too short for a customer's name or domain")),
        3..=128 => Ok(Asked::Name { text: trimmed.to_owned(), command: nearest_command(trimmed) }),
        _ => Err(refused("is too long for a customer's name or domain")),
    }
}

/// Whether so much of it is hexadecimal that it must be a mistyped id. A domain may look like that, so it is exempt.
fn is_nearly_an_id(text: &str) -> bool {
    const MANY: usize = 20;
    let is_of_id = |char: char| char.is_ascii_hexdigit() || char == '-';
    !text.contains('.') && text.split(|char| !is_of_id(char)).any(|run| run.len() >= MANY)
}

fn nearest_command(text: &str) -> Option<String> {
    let typed = text.to_lowercase();
    let names = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>();
    let similarity = |name: &str| strsim::normalized_damerau_levenshtein(&typed, name);
    let similar = names.into_iter().chain(["help".to_owned()]).map(|name| (similarity(&name), name));
    let similar = similar.filter(|(similarity, _)| *similarity > 0.5);
    similar.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

/// Exactly one source.
pub fn check_source(cli: &Cli) -> Result<(), Failure> {
    let ids = match cli.customers_typed.len() {
        0 => None,
        1 => Some("a customer"),
        _ => Some("customers"),
    };
    let lists = cli.customers.is_some().then_some("--customers");
    let all = cli.all.then_some("--all");
    let input = cli.input.is_some().then_some("--input");
    // With `--input`, one id says whose answer it is.
    let named = ids.filter(|_| input.is_none() || cli.customers_typed.len() > 1);
    let sources: Vec<&str> = [named, lists, all, input].into_iter().flatten().collect();
    if let [one, another, ..] = sources[..] {
        return Err(Conflict::TwoSources { one: one.to_owned(), another: another.to_owned() }.into());
    }
    // A saved answer needs no sample service.
    if input.is_some() && cli.demo {
        return Err(Conflict::TwoSources { one: "--demo".to_owned(), another: "--input".to_owned() }.into());
    }
    Ok(())
}

/// Standard input can be read only once.
pub fn check_stdin(cli: &Cli) -> Result<(), Failure> {
    let files = [
        ("--token-file", &cli.token_file),
        ("--customers", &cli.customers),
        ("--input", &cli.input),
        ("--compare", &cli.compare),
        ("--prices", &cli.prices),
        ("--exceptions", &cli.exceptions),
    ];
    let is_stdin = |path: &Option<PathBuf>| path.as_deref().is_some_and(|path| path.as_os_str() == "-");
    let stdin: Vec<&str> = files.into_iter().filter(|(_, path)| is_stdin(path)).map(|(name, _)| name).collect();
    if let [one, another, ..] = stdin[..] {
        return Err(Conflict::OneStdin { one: one.to_owned(), another: another.to_owned() }.into());
    }
    Ok(())
}
