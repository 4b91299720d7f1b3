//! Holds the project to its own rules: the README's help and examples, and which file of `src` may know what.
//! It refuses to judge what the program does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Home, finish, run};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What `pc-usage` prints on a pipe.
fn printed(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{args:?}");
    output.text().to_owned()
}

/// The fenced blocks of the README that follow this comment, without their fences.
fn blocks(comment: &str, language: &str) -> Vec<String> {
    let readme = read("README.md");
    let opening = format!("{comment}\n```{language}\n");
    let blocks: Vec<_> = readme
        .split(&opening)
        .skip(1)
        .map(|rest| rest.split_once("```\n").expect("the fence is closed").0.to_owned())
        .collect();
    // One with another fence or a blank line between would not be looked at.
    assert_eq!(readme.matches(comment).count(), blocks.len(), "{comment}");
    blocks
}

#[test]
fn the_readme_has_the_help_that_the_program_prints() {
    assert_eq!(blocks("<!-- help -->", "text"), [printed(&["--help"])]);
}

#[cfg(unix)]
#[test]
fn the_examples_of_the_readme_print_what_it_says() {
    let examples = blocks("<!-- run -->", "console");
    assert!(!examples.is_empty());
    let program = Path::new(env!("CARGO_BIN_EXE_pc-usage")).parent().expect("a folder").display().to_string();
    // They are typed one after the other: a later one may use the files of an earlier one.
    let home = Home::new();
    for example in examples {
        for typed in format!("\n{example}").split("\n$ ").skip(1) {
            let (line, expected) = typed.split_once('\n').unwrap_or((typed, ""));
            let mut shell = Command::new("sh");
            shell.env_clear().envs(home.command().get_envs().filter_map(|(name, value)| Some((name, value?))));
            shell.env("PATH", format!("{program}:/usr/bin:/bin")).current_dir(home.path());
            // Both outputs as a terminal would show them.
            shell.args(["-c", &format!("{{ {line}\n}} 2>&1")]);
            let output = finish(shell, "");
            let ends = expected.is_empty() || expected.ends_with('\n');
            let expected = if ends { expected.to_owned() } else { format!("{expected}\n") };
            assert_eq!(output.text(), expected, "{line}");
            assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{line}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_script_for_cron_is_silent_until_something_gets_worse() {
    let readme = read("README.md");
    let script = readme.lines().skip_while(|line| *line != "    #!/bin/sh").map_while(|line| line.strip_prefix("    "));
    let script = script.collect::<Vec<_>>().join("\n");
    assert!(script.ends_with("mv today.json yesterday.json"), "{script}");
    let home = Home::new();
    let script = script.replace("/srv/usage", ".").replace("pc-usage --all", "pc-usage --demo --all");
    let is_exception = |line: &&str| line.starts_with("customer,") || line.starts_with("*,") || line.contains("-4");
    let exceptions = readme.lines().skip_while(|line| *line != "    customer,product,spare,until,reason");
    let exceptions: Vec<_> = exceptions.map_while(|line| line.strip_prefix("    ")).collect();
    assert!(exceptions.len() > 3 && exceptions.iter().all(is_exception), "{exceptions:?}");
    let exceptions_file = home.path().join("exceptions.csv");
    fs::write(&exceptions_file, exceptions.join("\n")).expect("room for a file");
    let program = Path::new(env!("CARGO_BIN_EXE_pc-usage")).parent().expect("a folder").display().to_string();
    let night = || {
        let mut shell = Command::new("sh");
        shell.env_clear().envs(home.command().get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env("PATH", format!("{program}:/usr/bin:/bin")).current_dir(home.path()).args(["-c", &script]);
        let output = finish(shell, "");
        (output.code, output.text().to_owned(), output.stderr)
    };
    for _ in 0..3 {
        assert_eq!(night(), (0, String::new(), String::new()));
    }
    let yesterday = home.path().join("yesterday.json");
    let saved = fs::read_to_string(&yesterday).expect("it was kept");
    fs::write(&yesterday, saved.replace("\"licensesActive\":231", "\"licensesActive\":240")).expect("room for a file");
    let (code, report, told) = night();
    assert_eq!(code, 0);
    assert!(
        report.contains("19 of 250 seats idle (8 %), over all workloads · 1 of 6 rows, 1 product · 1 changed\n"),
        "{report}"
    );
    let rings = "pc-usage: --fail-if 'licensesActiveChange < -5' matches 1 of 19 rows, worst: Contoso Ltd, OFFICE 365 ENTERPRISE \
        E3, Exchange: licensesActiveChange -9\n";
    assert_eq!(told, rings);
    // Nothing is accepted any more.
    fs::write(&exceptions_file, exceptions[..3].join("\n")).expect("room for a file");
    let (code, report, told) = night();
    assert_eq!(code, 0);
    assert!(report.contains("\nNorthwind Traders         OFFICE 365 ENTERPRISE E5 "), "{report}");
    let rings = "pc-usage: --fail-if 'licensesExcess > 0' matches 9 of 10 rows, worst: Northwind Traders, OFFICE 365 ENTERPRISE E5: \
        licensesExcess 69\n";
    assert_eq!(told, rings);
}

/// A source file below `src`, without its unit tests.
struct Source {
    /// Below `src`, with slashes: `report/csv.rs`.
    path: String,
    code: String,
}

impl Source {
    /// The top-level module that it belongs to.
    fn module(&self) -> &str {
        let name = self.path.split('/').next().unwrap_or_default();
        name.strip_suffix(".rs").unwrap_or(name)
    }

    /// Whether it says this in other than a comment.
    fn says(&self, words: &str) -> bool {
        self.code.lines().map(str::trim_start).any(|line| !line.starts_with("//") && has_word(line, words))
    }
}

/// Whether `words` stands in the line with no name running into its beginning: `eprint!` is not `print!`.
fn has_word(line: &str, words: &str) -> bool {
    let is_name = |char: char| char.is_alphanumeric() || char == '_';
    line.match_indices(words).any(|(at, _)| !line[..at].ends_with(is_name))
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let src = root().join("src");
    for path in files(&src).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(&path).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        let relative = path.strip_prefix(&src).expect("below src");
        sources.push(Source { path: relative.to_string_lossy().replace('\\', "/"), code });
    }
    assert!(sources.len() > 10);
    sources
}

/// All files below a folder, without those of git and cargo.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.file_name().and_then(|name| name.to_str()) {
            Some(".git" | "target") => {}
            _ if path.is_dir() => files.extend(self::files(&path)),
            _ => files.push(path),
        }
    }
    files
}

/// What each module uses of the others: the way of the data, and nothing beside it. A line that is added here should have a
/// reason; `main`, where everything comes together, is free.
const LAYERS: [(&str, &[&str]); 17] = [
    ("auth", &["cloud", "failure", "http", "input", "sanitize", "secret", "signals"]),
    ("cli", &["cloud", "report", "sanitize"]),
    ("cloud", &[]),
    (
        "command",
        &[
            "auth",
            "config",
            "demo",
            "failure",
            "fetch",
            "http",
            "input",
            "insight",
            "output",
            "partner_center",
            "report",
            "sanitize",
            "secret",
            "signals",
        ],
    ),
    ("config", &["auth", "cli", "cloud", "demo", "failure", "fetch", "http", "output", "report", "sanitize", "secret"]),
    ("demo", &["secret"]),
    ("failure", &[]),
    ("fetch", &["auth", "cloud", "demo", "failure", "http", "input", "insight", "partner_center", "sanitize"]),
    ("http", &["failure", "secret", "signals"]),
    ("input", &["failure", "sanitize"]),
    ("insight", &["failure", "sanitize"]),
    ("output", &["failure", "sanitize", "secret", "signals"]),
    ("partner_center", &["auth", "failure", "http", "insight", "sanitize", "secret"]),
    ("report", &["failure", "insight", "sanitize"]),
    ("sanitize", &[]),
    ("secret", &["sanitize"]),
    ("signals", &["failure"]),
];

#[test]
fn no_module_uses_another_but_as_the_layers_allow() {
    let sources = sources();
    let used = |module: &str| -> BTreeSet<String> {
        let of_module = sources.iter().filter(|source| source.module() == module);
        of_module
            .flat_map(|source| source.code.split("crate::").skip(1).map(move |rest| (source, rest)))
            .map(|(source, rest)| {
                let name: String = rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
                assert!(!name.is_empty(), "{}: `use crate::{{…}}` hides what is used; one line each", source.path);
                name
            })
            .filter(|name| name != module)
            .collect()
    };
    let modules: BTreeSet<&str> = sources.iter().map(Source::module).filter(|module| *module != "main").collect();
    assert_eq!(modules, LAYERS.map(|(module, _)| module).into());
    for (module, allowed) in LAYERS {
        let allowed = allowed.iter().map(ToString::to_string).collect();
        assert_eq!(used(module), allowed, "{module}");
    }
}

#[test]
fn the_layers_themselves_keep_what_must_be_apart_apart() {
    let reach = |module: &str| {
        let mut reached = BTreeSet::from([module.to_owned()]);
        loop {
            let next: Vec<String> = LAYERS
                .iter()
                .filter(|(from, _)| reached.contains(*from))
                .flat_map(|(_, to)| to.iter().map(ToString::to_string))
                .filter(|to| !reached.contains(to))
                .collect();
            if next.is_empty() {
                return reached;
            }
            reached.extend(next);
        }
    };
    for (module, must_not_reach) in [
        ("report", &["http", "output", "config", "fetch", "auth", "partner_center", "signals", "demo", "cli"][..]),
        (
            "insight",
            &["http", "output", "config", "fetch", "auth", "partner_center", "signals", "demo", "cli", "report"],
        ),
        ("http", &["insight", "report", "partner_center", "auth", "config", "fetch", "cli", "output"]),
        ("auth", &["partner_center", "config", "fetch", "output", "report", "insight"]),
        ("partner_center", &["config", "fetch", "output", "cli"]),
        ("cli", &["secret", "config", "http"]),
        ("output", &["report", "insight", "config"]),
        ("demo", &["partner_center", "config", "fetch", "output"]),
        ("fetch", &["report", "output", "config", "cli", "command"]),
    ] {
        let reached = reach(module);
        for other in must_not_reach {
            assert!(!reached.contains(*other), "{module} reaches {other}");
        }
    }
    for (module, _) in LAYERS {
        let back = LAYERS.iter().filter(|(_, to)| to.contains(&module)).any(|(from, _)| reach(module).contains(*from));
        assert!(!back, "{module} is used by what it uses");
    }
}

impl Source {
    /// The modules above it and its own: `report/table/cell.rs` is `report::table::cell`.
    fn place(&self) -> String {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        path.strip_suffix("/mod").unwrap_or(path).replace('/', "::")
    }

    /// The paths that it uses, from the root of the program; those of libraries are among them, below its own place.
    fn uses(&self) -> Vec<String> {
        let place = self.place();
        let above = place.rsplit_once("::").map_or(String::new(), |(above, _)| format!("{above}::"));
        let mut uses = Vec::new();
        for line in self.code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            uses.extend(line.split("crate::").skip(1).map(str::to_owned));
            // What stands further to the right is within a module of the same file.
            assert!(!line.starts_with("use super::{"), "{}: {line} hides what is used; one line each", self.path);
            let Some(path) = line.strip_prefix("use ").or_else(|| line.strip_prefix("pub use ")) else { continue };
            uses.push(match path.strip_prefix("super::") {
                Some(rest) => format!("{above}{rest}"),
                None => format!("{place}::{path}"),
            });
        }
        uses
    }
}

#[test]
fn no_file_is_used_by_what_it_uses() {
    let sources = sources();
    let places: Vec<String> = sources.iter().map(Source::place).collect();
    // The file that a path leads to: the one with the longest beginning of it.
    let file = |path: &str| {
        let leads = |place: &String| {
            path.strip_prefix(place.as_str()).is_some_and(|rest| rest.starts_with("::") || rest.starts_with(';'))
        };
        places
            .iter()
            .enumerate()
            .filter(|(_, place)| leads(place))
            .max_by_key(|(_, place)| place.len())
            .map(|(at, _)| at)
    };
    let uses: Vec<BTreeSet<usize>> = sources
        .iter()
        .enumerate()
        .map(|(at, source)| source.uses().iter().filter_map(|path| file(path)).filter(|used| *used != at).collect())
        .collect();
    assert!(uses.iter().map(BTreeSet::len).sum::<usize>() > 100, "uses are found");
    for (start, first) in uses.iter().enumerate() {
        let mut reached = first.clone();
        loop {
            let next: BTreeSet<usize> = reached.iter().flat_map(|at| &uses[*at]).copied().collect();
            if next.is_subset(&reached) {
                break;
            }
            reached.extend(next);
        }
        assert!(!reached.contains(&start), "{} is used by what it uses", sources[start].path);
    }
}

#[test]
fn only_main_and_the_commands_see_the_configuration() {
    let sources = sources();
    let others = sources.iter().filter(|source| !["config", "main"].contains(&source.module()));
    let modules: BTreeSet<&str> =
        others.filter(|source| source.code.contains("crate::config")).map(Source::module).collect();
    assert_eq!(modules, ["command"].into());
}

#[test]
fn no_file_is_too_long_to_be_read() {
    for path in files(&root().join("src")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs")) {
        let lines = fs::read_to_string(&path).expect("a source file").lines().count();
        assert!(lines <= 400, "{}: {lines} lines", path.display());
    }
}

#[test]
fn only_those_files_do_a_thing_that_are_there_for_it() {
    let sources = sources();
    let who_says = |words: &[&str]| -> Vec<&str> {
        let sources = sources.iter().filter(|source| words.iter().any(|words| source.says(words)));
        sources.map(|source| source.path.as_str()).collect()
    };
    for (words, files) in [
        // The environment is read in one place.
        (&["env::var", "env::vars", "env::var_os", "env::home_dir"][..], &["config/environment.rs"][..]),
        (&["env::args", "env::args_os"], &["main.rs"]),
        // One place prints.
        (
            &["stdout()", "stderr()", "stdout().", "stderr()."],
            &["output/mod.rs", "output/status.rs", "output/windows.rs"],
        ),
        (&["print!", "println!", "eprint!", "eprintln!", "dbg!"], &[]),
        // One place waits.
        (&["sleep"], &["signals.rs"]),
        // The clock is a value, but where a time-out or a token's end is measured.
        (
            &["Timestamp::now", "Zoned::now"],
            &[
                "auth/oauth.rs",
                "auth/session.rs",
                "auth/sign_in.rs",
                "command/login.rs",
                "config/environment.rs",
                "partner_center/error.rs",
            ],
        ),
        (&["process::exit", "ExitCode::"], &["main.rs", "signals.rs"]),
        (&["TcpStream", "TcpListener"], &["demo.rs"]),
        (&["Agent::config_builder", "Agent::with_parts"], &["http/transport.rs"]),
        // A lint is expected with a reason, or obeyed.
        (&["#[allow", "#![allow"], &[]),
    ] {
        let mut said = who_says(words);
        said.sort_unstable();
        assert_eq!(said, files, "{words:?}");
    }
}

/// One thing it cannot see: the library of `report/xlsx` keeps its rows in temporary files, so that memory is not their limit.
#[test]
fn what_is_pure_touches_nothing_outside() {
    for source in sources()
        .iter()
        .filter(|source| matches!(source.module(), "report" | "insight" | "sanitize" | "failure" | "cloud"))
    {
        for outside in
            ["std::fs", "std::io", "std::net", "std::env", "std::time", "std::thread", "std::process", "::now("]
        {
            assert!(!source.says(outside) && !source.code.contains(outside), "{}: {outside}", source.path);
        }
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let tests = files(&root().join("tests")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let tests = tests.map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("a source file")));
    let sources = sources().into_iter().map(|source| (source.path, source.code));
    for (path, text) in sources.chain(tests) {
        let first: String = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
        assert!(first.len() > 60 && first.ends_with(['.', ':']), "{path} opens with {first:?}");
    }
}

/// The files that belong to the project: what git knows or would take, else all that are there.
fn project_files() -> Vec<PathBuf> {
    let git = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success());
    let Some(git) = git else { return files(root()) };
    let names = String::from_utf8(git.stdout).expect("names are UTF-8");
    let paths: Vec<_> =
        names.split_terminator('\0').map(|name| root().join(name)).filter(|path| path.is_file()).collect();
    assert!(!paths.is_empty());
    paths
}

#[test]
fn no_file_speaks_of_where_it_was_made() {
    // Put together here, so that this file does not speak of it either.
    let needles = [["..", "shared"].join("/"), ["", "work", ""].join("/")];
    for path in project_files() {
        let bytes = fs::read(&path).expect("a file of the project");
        let text = String::from_utf8_lossy(&bytes);
        for needle in &needles {
            assert!(!text.contains(needle.as_str()), "{}: {needle}", path.display());
        }
    }
}
