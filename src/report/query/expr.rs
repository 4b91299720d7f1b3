//! Expressions as typed: conditions joined by `and` and `or`, of which `and` binds tighter.
//! It supports no parentheses, and treats no word as `and` or `or` that may be part of a text.

use std::fmt;

use jiff::civil::Date;

use super::condition::{Condition, OPERATOR_SIGNS, Operator, has_operator, split};
use crate::failure::Failure;
use crate::report::row::Row;
use crate::report::shape::{Field, Scope};

/// A parsed expression. What [`fmt::Display`] writes parses to the same value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Alternatives: in at least one, all conditions must match.
    alternatives: Vec<Vec<Condition>>,
}

impl Expr {
    /// Reads an expression on fields of `scope`.
    ///
    /// # Errors
    /// `Usage`, saying what is not understood, and how to write what was probably meant.
    pub fn read(text: &str, scope: Scope) -> Result<Self, Failure> {
        let (mut alternatives, mut conditions) = (Vec::new(), Vec::new());
        let (mut rest, mut joint) = (text, None);
        loop {
            let (name, after) = split(rest)?;
            let field = Field::read(name, scope).map_err(|failure| match (joint, failure.hint.clone()) {
                (Some(word), Some(hint)) => {
                    failure.hint(format!("{hint}; if `{word}` is part of a text, put the text in quotes"))
                }
                _ => failure,
            })?;
            let (operator, after) = Operator::read(after, field)?;
            let next = next_joint(after, scope)?;
            let value = next.as_ref().map_or(after, |joint| joint.before);
            conditions.push(Condition::new(field, operator, value)?);
            let Some(Joint { word, after, .. }) = next else { break };
            if word.eq_ignore_ascii_case("or") {
                alternatives.push(std::mem::take(&mut conditions));
            }
            (rest, joint) = (after, Some(word));
        }
        alternatives.push(conditions);
        Ok(Self { alternatives })
    }

    /// The conditions in the order typed.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.alternatives.iter().flatten()
    }

    /// Whether the row matches.
    pub fn holds(&self, row: &Row<'_>, today: Date) -> bool {
        self.alternatives.iter().any(|all| all.iter().all(|condition| condition.holds(row, today)))
    }

    /// The alternatives in which an amount of the row decides, since nothing else there rules the row out.
    pub fn weighs(&self, row: &Row<'_>, today: Date) -> impl Iterator<Item = usize> {
        let rest = move |condition: &&Condition| !condition.is_on_money();
        let weighs = move |(_, all): &(usize, &Vec<Condition>)| {
            all.iter().any(Condition::is_on_money) && all.iter().filter(rest).all(|it| it.holds(row, today))
        };
        self.alternatives.iter().enumerate().filter(weighs).map(|(at, _)| at)
    }

    /// Whether it matches, given what is known of each condition; `None` if that is not enough to decide.
    pub fn verdict(&self, known: impl Fn(&Condition) -> Option<bool>) -> Option<bool> {
        let mut verdict = Some(false);
        for all in &self.alternatives {
            let mut holds = Some(true);
            for condition in all {
                match known(condition) {
                    Some(true) => {}
                    Some(false) => {
                        holds = Some(false);
                        break;
                    }
                    None => holds = None,
                }
            }
            match holds {
                Some(true) => return Some(true),
                Some(false) => {}
                None => verdict = None,
            }
        }
        verdict
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, all) in self.alternatives.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" or ")?;
            }
            for (index, condition) in all.iter().enumerate() {
                write!(formatter, "{}{condition}", if index > 0 { " and " } else { "" })?;
            }
        }
        Ok(())
    }
}

/// What stands between two conditions.
struct Joint<'t> {
    before: &'t str,
    /// `and` or `or`, as typed.
    word: &'t str,
    after: &'t str,
}

/// The first joint after the value that the text begins with.
fn next_joint(text: &str, scope: Scope) -> Result<Option<Joint<'_>>, Failure> {
    let quote = text.chars().next().filter(|first| ['"', '\''].contains(first));
    for joint in possible_joints(text) {
        let before = joint.before.trim_end();
        // A text in quotes ends with its quote, and may contain anything.
        if quote.is_some_and(|quote| before.len() < 2 || !before.ends_with(quote)) {
            continue;
        }
        let instead = match joint.word {
            "&&" => "and",
            "||" => "or",
            // Otherwise a comma is text.
            "," => match leading_name(joint.after).and_then(|name| Field::named(name, scope)) {
                Some(_) => "and",
                None => continue,
            },
            _ if leading_name(joint.after).is_some() => return Ok(Some(Joint { before, ..joint })),
            _ => continue,
        };
        let failure = Failure::usage(format!("`{}` does not join conditions", joint.word));
        return Err(failure.hint(format!("write `{instead}`; if it is part of a text, put the text in quotes")));
    }
    Ok(None)
}

/// Every place that looks like a joint.
fn possible_joints(text: &str) -> impl Iterator<Item = Joint<'_>> {
    text.char_indices().filter_map(move |(at, first)| {
        let (before, rest) = text.split_at(at);
        let length = match first {
            ',' => 1,
            '&' | '|' if rest.starts_with("&&") || rest.starts_with("||") => 2,
            // At the start there would be no value before it.
            'a' | 'A' | 'o' | 'O' if before.is_empty() || before.ends_with(char::is_whitespace) => {
                let length = if first.eq_ignore_ascii_case(&'a') { 3 } else { 2 };
                let word = rest.get(..length)?;
                let is_word = word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or");
                // Before a parenthesis it is a joint too; the parenthesis is reported later.
                let is_alone = rest[length..].starts_with(|next: char| next.is_whitespace() || next == '(');
                if is_word && is_alone { length } else { return None }
            }
            _ => return None,
        };
        Some(Joint { before, word: &rest[..length], after: &rest[length..] })
    })
}

/// The word at the start of a text, if an operator follows it.
fn leading_name(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|char: char| char.is_whitespace() || char == '(');
    let ends = |char: char| char.is_whitespace() || char == ',' || OPERATOR_SIGNS.contains(&char);
    let (name, rest) = text.split_at(text.find(ends)?);
    (!name.is_empty() && has_operator(rest.trim_start())).then_some(name)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
