//! Completion: what the program answers a script, and what bash, zsh and fish then do with it at a prompt.
//! It refuses to pass over a shell that is not installed without a word.

use crate::{assert_report, run};

/// What the program offers for the last of these words, without the help beside it.
fn candidates(words: &[&str]) -> Vec<String> {
    let output = run([&["completions", "bash", "--", "pc-usage"], words].concat());
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{words:?}");
    let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    output.text().lines().map(value).collect()
}

#[test]
fn every_shell_has_its_script() {
    for (shell, script) in [
        ("bash", include_str!("../../completions/pc-usage.bash")),
        ("zsh", include_str!("../../completions/_pc-usage")),
        ("fish", include_str!("../../completions/pc-usage.fish")),
        ("powershell", include_str!("../../completions/_pc-usage.ps1")),
        ("elvish", include_str!("../../completions/pc-usage.elv")),
    ] {
        assert_report(&run(["completions", shell]), script);
    }
}

#[test]
fn what_may_come_next_is_offered() {
    // The names of files, which the shell knows.
    const FILES: &[&str] = &[""];
    for (words, expected) in [
        (&["--out"][..], &["--output", "--out-file"][..]),
        (&["--dem"], &["--demo"]),
        (&["--nothing-of-this-name"], &[]),
        // Those that act there.
        (&["logout", "--m"], &["--max-wait"]),
        (&["lo"], &["login", "logout"]),
        // A customer was given, so no command comes.
        (&["4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04", "lo"], &[]),
        (&["-o", ""], &["table", "csv", "json", "jsonl", "markdown", "html", "xlsx"]),
        // Behind a blank these would be customers.
        (&["--all", "--summary", "p"], &[]),
        (&["--all", "--summary=p"], &["--summary=product"]),
        (&["-o="], &["-o=table", "-o=csv", "-o=json", "-o=jsonl", "-o=markdown", "-o=html", "-o=xlsx"]),
        (&["-oj"], &["-ojson", "-ojsonl"]),
        (&["--demo", "--output", "j"], &["json", "jsonl"]),
        (&["--output=j"], &["--output=json", "--output=jsonl"]),
        (&["customers", "-o", ""], &["table", "csv", "json", "jsonl"]),
        (&["status", "-o", ""], &["table", "json"]),
        (&["--cloud", ""], &["global", "usgov", "china"]),
        (&["--color", "a"], &["auto", "always"]),
        (&["completions", ""], &["bash", "elvish", "fish", "powershell", "zsh"]),
        (&["completions", "bash", ""], &["--help"]),
        (&["--columns", "u"], &["usagePercent", "usage", "unassigned", "unassignedCost"]),
        (&["--columns", "idle,us"], &["idle,usagePercent", "idle,usage"]),
        (&["--columns=idle,us"], &["--columns=idle,usagePercent", "--columns=idle,usage"]),
        (&["--sort", "id"], &["idle", "idle:desc", "idle:asc", "idleCost", "idleCost:desc", "idleCost:asc"]),
        (&["--sort", "usage,idle:"], &["usage,idle:desc", "usage,idle:asc"]),
        (&["--sort", "idle:x"], &[]),
        (&["--where", "us"], &["usagePercent", "usage"]),
        // A shell may leave the quote that is still open.
        (&["--where", "'us"], &["usagePercent", "usage"]),
        (&["--where", "idle > 3 and us"], &["idle > 3 and usagePercent", "idle > 3 and usage"]),
        (&["--fail-if", "ag"], &["age"]),
        (&["--fail-if", "age > "], &[]),
        (&["--input", ""], FILES),
        (&["--input", "us"], FILES),
        (&["--input=us"], FILES),
        (&["--compare", "us"], FILES),
        (&["--prices", "us"], FILES),
        (&["--exceptions", "us"], FILES),
        (&["--customers", "us"], FILES),
        (&["--out-file", "us"], FILES),
        (&["--token-file", "us"], FILES),
        (&["login", "--client-secret-file", "us"], FILES),
        (&["--profile", ""], &[]),
        (&["--base-url", ""], &[]),
        (&["login", "--tenant-id", ""], &[]),
        // Typed text comes back only where it cannot end a line.
        (&["--columns", "a\nb,us"], &[]),
    ] {
        assert_eq!(candidates(words), expected, "{words:?}");
    }
    // Every field that there is, though nothing of it was typed; no option, since none was begun.
    let fields = candidates(&["--sort", ""]);
    assert_eq!(fields[..3], ["customerId", "customerName", "customer"]);
    assert!(fields.len() > 20 && !fields.iter().any(|field| field.contains([':', '-'])), "{fields:?}");
    let commands = candidates(&[""]);
    assert!(["customers", "login", "completions"].iter().all(|name| commands.iter().any(|it| it == name)));
    assert!(!commands.iter().any(|command| command.starts_with('-')), "{commands:?}");
}

#[test]
fn candidates_have_their_help() {
    let output = run(["completions", "zsh", "--", "pc-usage", "--cloud", ""]);
    assert_report(&output, "global\tWorldwide\nusgov\tUS Government\nchina\tChina, operated by 21Vianet\n");
    assert_report(
        &run(["completions", "zsh", "--", "pc-usage", "--sort", "idle"]),
        "idle\tlicensesIdle\nidle:desc\tlicensesIdle\nidle:asc\tlicensesIdle\nidleCost\nidleCost:desc\nidleCost:asc\n",
    );
}

#[cfg(unix)]
mod at_a_prompt {
    use std::fs::{self, File};
    use std::io::{self, Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::sync::mpsc;
    use std::thread;

    use nix::fcntl::{FcntlArg, FdFlag, fcntl};
    use nix::pty::openpty;
    use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

    use crate::{DEADLINE, Home, Running, run};

    /// What is typed after `pc-usage ` up to the tabulator, and the last word that the command then gets.
    const TYPED: &[(&str, &str)] = &[
        ("compl", "completions"),
        ("completions z", "zsh"),
        ("--dem", "--demo"),
        ("login --client-i", "--client-id"),
        ("-o c", "csv"),
        ("-o=c", "-o=csv"),
        ("--output=c", "--output=csv"),
        ("status -o j", "json"),
        ("--columns product,workloadC", "product,workloadCode"),
        ("--columns=product,workloadC", "--columns=product,workloadCode"),
        ("--sort idle:d", "idle:desc"),
        ("--sort=usage,idle:d", "--sort=usage,idle:desc"),
        ("--sort idle:desc --dem", "--demo"),
        ("--where usageP", "usagePercent"),
        ("--where 'usageP", "usagePercent"),
        ("--where \"idle > 3 and usageP", "idle > 3 and usagePercent"),
        ("--where 'product ~ E3' --fail-if ag", "age"),
        ("--input us", "usage.json"),
        ("--input=us", "--input=usage.json"),
        ("--input folder/o", "folder/of two words.json"),
        // No file where none is due.
        ("--profile us", "us"),
        ("us", "us"),
    ];

    /// A folder to complete in, with a `pc-usage` that keeps the last word of each command but answers the scripts itself.
    fn prepared() -> Home {
        let home = Home::new();
        let folder = home.path();
        fs::create_dir_all(folder.join("bin")).expect("room for a folder");
        fs::create_dir_all(folder.join("folder")).expect("room for a folder");
        for file in ["usage.json", "folder/of two words.json"] {
            fs::write(folder.join(file), "").expect("room for a file");
        }
        let program = env!("CARGO_BIN_EXE_pc-usage");
        let keeper = format!(
            "#!/bin/sh\nif [ \"$1\" = completions ] && [ $# -gt 2 ]; then exec '{program}' \"$@\"; fi\n\
             for last; do :; done\nprintf '%s\\n' \"$last\" >> \"$HOME/kept\"\n"
        );
        let path = folder.join("bin/pc-usage");
        fs::write(&path, keeper).expect("room for a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it may run");
        home
    }

    /// The shell with these arguments in that folder; none where it is not installed.
    fn shell(name: &str, args: &[&str], home: &Home) -> Option<Command> {
        let inherited = std::env::var("PATH").expect("a path");
        if !inherited.split(':').any(|folder| Path::new(folder).join(name).is_file()) {
            not_tried(&format!("{name} is not installed"));
            return None;
        }
        let mut command = Command::new(name);
        let environment = home.command();
        let environment = environment.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command.env_clear().envs(environment).args(args).current_dir(home.path());
        command.env("PATH", format!("{}/bin:{inherited}", home.path().display())).env("TERM", "dumb");
        Some(command)
    }

    /// Said where the test runner does not swallow it.
    fn not_tried(why: &str) {
        let told = writeln!(io::stderr(), "completion at a prompt is not tested: {why}");
        told.expect("standard error is open");
    }

    /// Types this into a shell in a terminal of its own, and waits for the shell's end.
    fn typed(mut shell: Command, keys: &str) -> String {
        let pair = openpty(None, None).expect("a pseudo-terminal");
        for side in [&pair.master, &pair.slave] {
            // Not for the processes of other tests: this one would wait for their end.
            fcntl(side, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("a flag");
        }
        // Raw: nothing is done to the keys before the shell reads them.
        let mut mode = tcgetattr(&pair.slave).expect("its mode");
        cfmakeraw(&mut mode);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &mode).expect("another mode");
        let slave = || Stdio::from(pair.slave.try_clone().expect("another handle"));
        shell.stdin(slave()).stdout(slave()).stderr(slave());
        let running = Running(shell.spawn().expect("it starts"));
        drop((shell, pair.slave));
        let mut terminal = File::from(pair.master);
        let mut screen = terminal.try_clone().expect("another handle");
        let (sender, seen) = mpsc::channel();
        thread::spawn(move || {
            let mut part = [0; 4096];
            // Linux says with an error that nobody is left on the other side.
            while let Ok(length @ 1..) = screen.read(&mut part) {
                // Nobody listens where the test has failed.
                let _ = sender.send(part[..length].to_vec());
            }
        });
        terminal.write_all(keys.as_bytes()).expect("it is read");
        let mut screen = Vec::new();
        loop {
            match seen.recv_timeout(DEADLINE) {
                Ok(part) => screen.extend(part),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it waits: {}", String::from_utf8_lossy(&screen)),
            }
        }
        drop(running);
        String::from_utf8_lossy(&screen).into_owned()
    }

    /// That this shell, after these commands, completes all of [`TYPED`].
    fn assert_completes(name: &str, args: &[&str], home: &Home, first: &str) {
        let Some(shell) = shell(name, args, home) else { return };
        let lines = TYPED.iter().map(|(typed, _)| format!("pc-usage {typed}\t\r"));
        let screen = typed(shell, &format!(" {first}\r{}exit\r", lines.collect::<String>()));
        let kept = fs::read_to_string(home.path().join("kept")).unwrap_or_default();
        let completed: Vec<_> = TYPED.iter().map(|(typed, _)| *typed).zip(kept.lines()).collect();
        assert_eq!(completed, TYPED, "{name} with {first}\n{screen}");
    }

    #[test]
    fn bash_completes() {
        let home = prepared();
        let script = run(["completions", "bash"]);
        fs::write(home.path().join("script"), script.stdout).expect("room for a script");
        assert_completes("bash", &["--norc", "--noprofile", "-i"], &home, "source ./script");
    }

    #[test]
    fn bash_completes_with_bash_completion() {
        let package = "/usr/share/bash-completion/bash_completion";
        if !Path::new(package).is_file() {
            return not_tried("the package bash-completion is not installed");
        }
        let home = prepared();
        let folder = home.path().join(".local/share/bash-completion/completions");
        fs::create_dir_all(&folder).expect("room for a folder");
        fs::write(folder.join("pc-usage"), run(["completions", "bash"]).stdout).expect("room for a script");
        assert_completes("bash", &["--norc", "--noprofile", "-i"], &home, &format!("source {package}"));
    }

    #[test]
    fn zsh_completes() {
        let home = prepared();
        fs::write(home.path().join("_pc-usage"), run(["completions", "zsh"]).stdout).expect("room for a script");
        let first = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D";
        assert_completes("zsh", &["-d", "-f", "-i"], &home, first);
    }

    #[test]
    fn zsh_completes_where_the_script_is_read() {
        let home = prepared();
        fs::write(home.path().join("script"), run(["completions", "zsh"]).stdout).expect("room for a script");
        let first = "autoload -U compinit; compinit -u -D; source ./script";
        assert_completes("zsh", &["-d", "-f", "-i"], &home, first);
    }

    #[test]
    fn fish_completes() {
        let home = prepared();
        let folder = home.path().join(".config/fish/completions");
        fs::create_dir_all(&folder).expect("room for a folder");
        fs::write(folder.join("pc-usage.fish"), run(["completions", "fish"]).stdout).expect("room for a script");
        let script = "for line in $argv; complete --do-complete \"pc-usage $line\"; echo; end";
        let Some(mut shell) = shell("fish", &["-c", script], &home) else { return };
        shell.args(TYPED.iter().map(|(typed, _)| typed));
        let output = crate::finish(shell, "");
        let text = output.text();
        for ((typed, expected), offered) in TYPED.iter().zip(text.split("\n\n")) {
            let offered: Vec<_> = offered.split('\n').filter(|line| !line.is_empty()).collect();
            let offered: Vec<_> = offered.iter().filter_map(|line| line.split('\t').next()).collect();
            // Nothing is offered, and so the word stays.
            let stays = typed.ends_with(&format!(" {expected}")) || typed == expected;
            assert_eq!(offered, if stays { &[][..] } else { std::slice::from_ref(expected) }, "{typed}\n{text}");
        }
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    }
}
