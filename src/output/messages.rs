//! All messages on standard error.
//! Nothing from outside is printed as is: control characters are shown, and secrets are removed.

use super::status;
use crate::failure::Failure;
use crate::sanitize::sanitize;
use crate::secret::redacted;

/// Prints a failure: what happened, what to do, and the ids that support asks for.
pub fn error(failure: &Failure) {
    let mut text = format!("pc-usage: error: {}\n", sanitize(&failure.message));
    for choice in &failure.choices {
        text += &format!("    {}\n", sanitize(choice));
    }
    if let Some(hint) = &failure.hint {
        text += &format!("  hint: {}\n", sanitize(hint));
    }
    if !failure.ids.is_empty() {
        let ids: Vec<String> = failure.ids.iter().map(|(name, value)| format!("{name} {}", sanitize(value))).collect();
        text += &format!("  ids: {}\n", ids.join(", "));
    }
    stderr(&text);
}

/// Prints clap's message about wrong arguments, in several lines.
pub fn usage_error(text: &str) {
    let lines: Vec<_> = text.trim_end().lines().map(sanitize).collect();
    stderr(&format!("pc-usage: {}\n", lines.join("\n")));
}

pub fn warning(text: &str) {
    stderr(&format!("pc-usage: warning: {}\n", sanitize(text)));
}

/// Prints something worth knowing, though nothing is wrong.
pub fn note(text: &str) {
    stderr(&format!("pc-usage: note: {}\n", sanitize(text)));
}

/// Prints something that the user has to know or do.
pub fn say(text: &str) {
    stderr(&format!("pc-usage: {}\n", sanitize(text)));
}

/// Prints a line of `-v`.
pub fn trace(line: &str) {
    stderr(&format!("pc-usage: {}\n", sanitize(line)));
}

fn stderr(text: &str) {
    status::beside(&redacted(text));
}
