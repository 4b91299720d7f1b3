//! How reports count things in words.
//! It knows no thing that is counted.

/// `1 row`, `2 rows`.
pub fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
