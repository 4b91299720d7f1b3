//! A token or secret supplied by the user: in a file, on standard input, or in the environment.
//! It never shows any of it, not even the part that makes it unusable.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::Context;

use crate::failure::{ErrorKind, Failure};
use crate::input;
use crate::secret::Secret;

/// Where it is supplied.
#[derive(Clone, Debug)]
pub enum Given {
    File(PathBuf),
    Stdin,
    /// A variable's name and value.
    Environment(&'static str, Secret),
}

impl Given {
    /// As shown to people.
    pub fn name(&self) -> String {
        match self {
            Given::File(path) => format!("the file {}", path.display()),
            Given::Stdin => "standard input".to_owned(),
            Given::Environment(name, _) => (*name).to_owned(),
        }
    }
}

/// Reads the token: one line, without surrounding white space.
///
/// # Errors
/// `NotSignedIn` if it cannot be a token; any other error is from reading the file.
pub fn token(given: &Given) -> anyhow::Result<Secret> {
    let source = given.name();
    let mut text = match given {
        Given::File(path) => File::open(path).and_then(read).with_context(|| format!("reading {source}"))?,
        Given::Stdin => read(io::stdin().lock()).with_context(|| format!("reading {source}"))?,
        Given::Environment(_, token) => token.expose().as_bytes().to_vec(),
    };
    // The limit is on what was read.
    if text.len() <= MAX_TOKEN {
        text = input::utf8(text).ok_or_else(|| refused(&source, "is not valid UTF-16"))?;
    }
    Ok(checked(&text, &source)?)
}

/// A token is a few KB; anything larger is the wrong file.
const MAX_TOKEN: usize = 64 << 10;

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    source.take(MAX_TOKEN as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// Checks what was supplied; `source` is its name in an error.
///
/// # Errors
/// `NotSignedIn` if it cannot be a token.
pub fn checked(text: &[u8], source: &str) -> Result<Secret, Failure> {
    let refused = |why| refused(source, why);
    // Some editors write a byte order mark first, which the user cannot see.
    let token = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii();
    if token.is_empty() {
        return Err(refused("is empty"));
    }
    if text.len() > MAX_TOKEN {
        return Err(refused("is too long for a token"));
    }
    if token.starts_with(b"\"") || token.starts_with(b"{") {
        return Err(refused("is JSON: give the token alone, without quotes"));
    }
    if token.contains(&b'\n') || token.contains(&b'\r') {
        return Err(refused("has more than one line"));
    }
    if token.to_ascii_lowercase().starts_with(b"bearer ") {
        return Err(refused("starts with `Bearer `"));
    }
    match str::from_utf8(token) {
        Ok(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Secret::new(token.to_owned())),
        _ => Err(refused("contains characters that are not valid in a token")),
    }
}

fn refused(source: &str, why: &str) -> Failure {
    Failure::new(ErrorKind::NotSignedIn, format!("{source} {why}")).hint(FORM)
}

const FORM: &str = "a token or secret is one line of letters, digits and punctuation, and nothing else";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_token_is_dropped() {
        for text in ["abc.DEF-1~", "  abc.DEF-1~\r\n", "\u{feff}abc.DEF-1~\n\n"] {
            assert_eq!(checked(text.as_bytes(), "it").expect("a token").expose(), "abc.DEF-1~");
        }
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_showing_it() {
        for (text, why) in [
            (&b" \n"[..], "it is empty"),
            (b"s3cret\ns3cret", "it has more than one line"),
            (b"s3cret\x01", "it contains characters that are not valid in a token"),
            (b"s3\tcret", "it contains characters that are not valid in a token"),
            (b"s3cret s3cret", "it contains characters that are not valid in a token"),
            ("s3crét".as_bytes(), "it contains characters that are not valid in a token"),
            (b"\"s3cret\"", "it is JSON: give the token alone, without quotes"),
            (b"{\"accessToken\":\"s3cret\"}", "it is JSON: give the token alone, without quotes"),
            (b"Bearer s3cret", "it starts with `Bearer `"),
            (&vec![b'a'; MAX_TOKEN + 1], "it is too long for a token"),
        ] {
            let failure = checked(text, "it").expect_err(why);
            assert_eq!((failure.kind, failure.message.as_str()), (ErrorKind::NotSignedIn, why));
        }
    }
}
