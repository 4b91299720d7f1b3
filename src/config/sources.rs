//! Whose licences to report on: ids as they are typed, exactly one source, and standard input for one of them at most.
//! It reads no list.

use std::path::PathBuf;

use clap::CommandFactory;

use super::options::Conflict;
use crate::cli::Cli;
use crate::failure::Failure;
use crate::insight::customer_id::CustomerId;
use crate::sanitize::sanitize_cut;

/// A customer id, or the way to a right one.
pub fn customer_id(text: &str) -> Result<CustomerId, Failure> {
    text.parse().map_err(|form| {
        // Cut short: it might be a token that went to the wrong place.
        let failure = Failure::usage(format!("`{}` is no customer id: {form}", sanitize_cut(text, 40)));
        match nearest_command(text) {
            Some(command) => failure.hint(format!("did you mean the command `{command}`?")),
            None => failure
                .hint("the id is the GUID of the customer's Microsoft Entra tenant; `pc-usage customers` lists them"),
        }
    })
}

fn nearest_command(text: &str) -> Option<String> {
    Cli::command()
        .get_subcommands()
        .map(|command| {
            (strsim::normalized_damerau_levenshtein(text, command.get_name()), command.get_name().to_owned())
        })
        .filter(|(similarity, _)| *similarity > 0.5)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// Exactly one source.
pub fn check_source(cli: &Cli) -> Result<(), Failure> {
    let ids = match cli.customer_ids.len() {
        0 => None,
        1 => Some("a customer id"),
        _ => Some("customer ids"),
    };
    let lists = cli.customers.is_some().then_some("--customers");
    let all = cli.all.then_some("--all");
    let input = cli.input.is_some().then_some("--input");
    // A saved answer may be told whose it is.
    let named = ids.filter(|_| input.is_none() || cli.customer_ids.len() > 1);
    let sources: Vec<&str> = [named, lists, all, input].into_iter().flatten().collect();
    if let [one, another, ..] = sources[..] {
        return Err(Conflict::TwoSources { one: one.to_owned(), another: another.to_owned() }.into());
    }
    // A saved answer may be of the sample, but there is nothing to ask it.
    if input.is_some() && cli.demo {
        return Err(Conflict::TwoSources { one: "--demo".to_owned(), another: "--input".to_owned() }.into());
    }
    Ok(())
}

/// Standard input is read once.
pub fn check_stdin(cli: &Cli) -> Result<(), Failure> {
    let files = [
        ("--token-file", &cli.token_file),
        ("--customers", &cli.customers),
        ("--input", &cli.input),
        ("--compare", &cli.compare),
    ];
    let is_stdin = |path: &Option<PathBuf>| path.as_deref().is_some_and(|path| path.as_os_str() == "-");
    let stdin: Vec<&str> = files.into_iter().filter(|(_, path)| is_stdin(path)).map(|(name, _)| name).collect();
    if let [one, another, ..] = stdin[..] {
        return Err(Conflict::OneStdin { one: one.to_owned(), another: another.to_owned() }.into());
    }
    Ok(())
}
