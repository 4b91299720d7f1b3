//! Options that people give twice. It refuses to take one file in place of two: nothing that was asked for is dropped silently.

use crate::{assert_refused, run};

#[test]
fn a_file_option_that_is_given_twice_is_refused() {
    for (option, args) in [
        ("--customers", &["--demo", "--customers", "one", "--customers", "other"][..]),
        ("--input", &["--input", "one", "--input=one"]),
        ("--compare", &["--demo", "--compare", "one", "--compare", "other"]),
        ("--prices", &["--demo", "--summary", "--prices", "one", "--prices", "other"]),
        ("--exceptions", &["--demo", "--exceptions", "one", "--exceptions", "other"]),
        ("--token-file", &["--all", "--token-file", "one", "--token-file", "other"]),
    ] {
        assert_refused(&run(args), &format!("{option} takes one file, and it is given twice\n"));
    }
}
