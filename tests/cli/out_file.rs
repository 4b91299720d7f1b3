//! Where `--out-file` puts a report, and what it leaves alone: modes, links, devices, pipes, and every way to fail half-way.
//! It refuses to look at the report itself, beyond that it is whole.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::server::{Answer, Server};
use crate::{
    ADVICE, CUSTOMER, Home, Output, SAMPLE, assert_failed, assert_refused, assert_report, assert_sample, finish,
    sample_json,
};

fn good() -> Answer {
    Answer::status(200).json(SAMPLE)
}

/// Asks a server with this script for raw JSON into `file`, which may be relative to the home.
fn write(home: &Home, answers: Vec<Answer>, file: impl AsRef<Path>, args: &[&str]) -> Output {
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args([CUSTOMER, "-o", "json", "--retries", "0", "--out-file"]).arg(file.as_ref()).args(args);
    let output = finish(command, "");
    server.done();
    output
}

fn text(file: impl AsRef<Path>) -> String {
    fs::read_to_string(file).expect("a readable file")
}

/// The names in a folder, so that no temporary file goes unseen.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A home with an older report in it.
fn home_with_old() -> (Home, PathBuf) {
    let home = Home::new();
    let file = home.path().join("usage.json");
    fs::write(&file, "old").expect("room for a file");
    (home, file)
}

#[test]
fn a_dash_is_standard_output() {
    let home = Home::new();
    let output = write(&home, vec![good()], "-", &[]);
    assert_sample(&output);
    assert!(names(home.path()).is_empty());
}

#[test]
fn a_report_goes_into_the_file_and_nowhere_else() {
    let home = Home::new();
    assert_report(&write(&home, vec![good()], "usage.json", &[]), "");
    assert_eq!(text(home.path().join("usage.json")), sample_json());
    assert_eq!(names(home.path()), ["usage.json"]);
}

#[test]
fn an_older_report_is_replaced_in_one_step() {
    let (home, file) = home_with_old();
    // Wine replaces no file that is open.
    if crate::is_wine() {
        return;
    }
    let mut before = fs::File::open(&file).expect("the old file");
    assert_report(&write(&home, vec![good()], &file, &[]), "");
    assert_eq!(text(&file), sample_json());
    assert_eq!(names(home.path()), ["usage.json"]);
    // Whoever had it open still reads the old one: it was not written over.
    let mut old = String::new();
    before.read_to_string(&mut old).expect("it can still be read");
    assert_eq!(old, "old");
}

#[test]
fn a_run_that_fails_leaves_the_old_file_and_no_other() {
    for (answer, code) in [
        (Answer::status(400), 1),
        (Answer::status(401), 4),
        (Answer::status(403), 5),
        (Answer::status(404), 6),
        (Answer::status(429), 7),
        (Answer::status(503), 8),
        (Answer::hang_up(), 8),
        (good().truncate(100), 8),
        (Answer::status(200).json("{\"items\":[{\"usagePercent\":\"x\"}]}"), 9),
        (Answer::status(302).header("Location", "/"), 9),
    ] {
        let (home, file) = home_with_old();
        let output = write(&home, vec![answer], &file, &[]);
        assert_eq!((output.code, output.text()), (code, ""));
        assert_eq!(text(&file), "old");
        assert_eq!(names(home.path()), ["usage.json"]);
    }
}

#[test]
fn a_run_that_fails_makes_no_file() {
    let home = Home::new();
    assert_eq!(write(&home, vec![Answer::status(404)], "usage.json", &[]).code, 6);
    assert!(names(home.path()).is_empty());
}

#[test]
fn a_report_without_rows_is_a_report_and_replaces_the_old_one() {
    let warning = format!(
        "pc-usage: warning: customer {CUSTOMER} has no licence usage rows; that is not the same as no usage ({ADVICE})\n"
    );
    for (args, code) in [(&["--fail-on-empty"][..], 11), (&[], 0)] {
        let (home, file) = home_with_old();
        assert_failed(&write(&home, vec![Answer::status(204)], &file, args), code, &warning);
        assert_eq!(text(&file), "null\n");
        assert_eq!(names(home.path()), ["usage.json"]);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_found_out_before_any_request() {
    let home = Home::new();
    let missing = fs::File::create(home.path().join("missing/file")).expect_err("no such folder");
    fs::write(home.path().join("file"), "").expect("room for a file");
    fs::create_dir(home.path().join("folder")).expect("room for a folder");
    let no_folder = format!("cannot create a file in its folder: {missing}");
    #[cfg(unix)]
    let not_a_folder = std::io::Error::from_raw_os_error(20).to_string();
    for (place, why) in [
        ("missing/usage.json", no_folder.as_str()),
        ("folder", "it is a folder"),
        ("folder/", "it is a folder"),
        (".", "it is a folder"),
        #[cfg(unix)]
        ("file/usage.json", &not_a_folder),
        #[cfg(unix)]
        ("file/", &not_a_folder),
    ] {
        let output = write(&home, vec![], place, &[]);
        assert_failed(&output, 1, &format!("pc-usage: error: cannot write {place}: {why}\n"));
    }
    assert_eq!(names(home.path()), ["file", "folder"]);
    assert!(names(&home.path().join("folder")).is_empty());
}

#[test]
fn a_name_that_only_a_folder_can_have_is_found_out_before_any_request() {
    let home = Home::new();
    let output = write(&home, vec![], "missing/", &[]);
    assert_failed(&output, 1, "pc-usage: error: cannot write missing/: it is a folder\n");
    assert!(names(home.path()).is_empty());
}

#[test]
fn an_empty_name_is_a_wrong_argument() {
    let output = write(&Home::new(), vec![], "", &[]);
    let error = "a value is required for '--out-file <FILE>' but none was supplied\n\n\
        For more information, try '--help'.\n";
    assert_refused(&output, error);
}

#[test]
fn a_saved_answer_can_be_replaced_by_its_own_report() {
    let home = Home::new();
    let file = home.path().join("usage.json");
    fs::write(&file, SAMPLE).expect("room for a body");
    let mut command = home.command();
    command.args(["--input", "usage.json", "-o", "json", "--out-file", "usage.json"]);
    assert_report(&finish(command, ""), "");
    assert_eq!(text(&file), sample_json());
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Permissions};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use nix::sys::signal::Signal;

    use super::{
        Answer, CUSTOMER, Home, SAMPLE, Server, assert_failed, assert_report, finish, good, home_with_old, names,
        sample_json, text, write,
    };
    use crate::report::{SAMPLE_TABLE, in_terminal};
    use crate::{Running, until};

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).expect("a file").permissions().mode() & 0o7777
    }

    /// The command behind some words of a shell, which end in a call of it; it has the command's arguments and environment.
    fn in_shell(words: &str, command: &Command) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(words).arg(command.get_program()).args(command.get_args());
        shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(command.get_current_dir().expect("a home")).stdin(Stdio::null());
        shell
    }

    fn fifo(home: &Home) -> PathBuf {
        let path = home.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        path
    }

    fn reads(path: &Path) -> thread::JoinHandle<String> {
        let path = path.to_owned();
        thread::spawn(move || text(path))
    }

    #[test]
    fn a_new_file_is_as_open_as_the_umask_allows() {
        for (umask, expected) in [("000", 0o666), ("022", 0o644), ("027", 0o640), ("077", 0o600)] {
            let home = Home::new();
            let server = Server::start(vec![good()]);
            let mut command = home.command_for(&server);
            command.args([CUSTOMER, "-o", "json", "--out-file", "usage.json"]);
            let words = format!("umask {umask} && exec \"$0\" \"$@\"");
            assert_report(&finish(in_shell(&words, &command), ""), "");
            server.done();
            assert_eq!(mode(&home.path().join("usage.json")), expected, "{umask}");
        }
    }

    #[test]
    fn an_older_file_keeps_its_mode() {
        for kept in [0o600, 0o640, 0o664, 0o666, 0o755] {
            let (home, file) = home_with_old();
            fs::set_permissions(&file, Permissions::from_mode(kept)).expect("our own file");
            assert_report(&write(&home, vec![good()], &file, &[]), "");
            assert_eq!(text(&file), sample_json());
            assert_eq!(mode(&file), kept);
        }
    }

    #[test]
    fn an_older_file_keeps_its_owner_where_root_writes_it() {
        let (home, file) = home_with_old();
        // Only root may give a file away.
        let owner =
            if chown(&file, Some(65534), Some(65534)).is_ok() { 65534 } else { fs::metadata(&file).expect("it").uid() };
        assert_report(&write(&home, vec![good()], &file, &[]), "");
        assert_eq!(text(&file), sample_json());
        assert_eq!(fs::metadata(&file).expect("it").uid(), owner);
    }

    #[test]
    fn a_file_that_may_not_be_written_is_not_replaced_either() {
        let (home, file) = home_with_old();
        fs::set_permissions(&file, Permissions::from_mode(0o444)).expect("our own file");
        match File::options().append(true).open(&file) {
            Ok(_) => {
                // Root may write it.
                assert_report(&write(&home, vec![good()], "usage.json", &[]), "");
                assert_eq!(text(&file), sample_json());
            }
            Err(denied) => {
                let output = write(&home, vec![], "usage.json", &[]);
                assert_failed(&output, 1, &format!("pc-usage: error: cannot write usage.json: {denied}\n"));
                assert_eq!(text(&file), "old");
            }
        }
        assert_eq!(mode(&file), 0o444);
        assert_eq!(names(home.path()), ["usage.json"]);
    }

    #[test]
    fn a_link_is_followed_and_stays_a_link() {
        let home = Home::new();
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("real")).expect("a folder");
        fs::write(at("real/usage.json"), "old").expect("a file");
        fs::set_permissions(at("real/usage.json"), Permissions::from_mode(0o640)).expect("our own file");
        // Relative links start from where they are, and a link may point to a link.
        symlink("usage.json", at("real/latest")).expect("a link");
        symlink("real/latest", at("link")).expect("a link");
        assert_report(&write(&home, vec![good()], "link", &[]), "");
        assert_eq!(text(at("real/usage.json")), sample_json());
        assert_eq!(mode(&at("real/usage.json")), 0o640);
        assert_eq!(fs::read_link(at("link")).expect("a link"), Path::new("real/latest"));
        assert_eq!(fs::read_link(at("real/latest")).expect("a link"), Path::new("usage.json"));
        assert_eq!(names(home.path()), ["link", "real"]);
        assert_eq!(names(&at("real")), ["latest", "usage.json"]);
    }

    #[test]
    fn a_link_to_nothing_yet_is_followed_too() {
        let home = Home::new();
        fs::create_dir(home.path().join("real")).expect("a folder");
        symlink(home.path().join("real/usage.json"), home.path().join("link")).expect("a link");
        assert_report(&write(&home, vec![good()], "link", &[]), "");
        assert!(home.path().join("link").is_symlink());
        assert_eq!(text(home.path().join("real/usage.json")), sample_json());
    }

    #[test]
    fn a_folder_behind_a_link_is_followed() {
        let home = Home::new();
        fs::create_dir_all(home.path().join("real/deep")).expect("a folder");
        symlink("real/deep", home.path().join("link")).expect("a link");
        assert_report(&write(&home, vec![good()], "link/../usage.json", &[]), "");
        assert_eq!(text(home.path().join("real/usage.json")), sample_json());
        assert_eq!(names(home.path()), ["link", "real"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found_out_before_any_request() {
        let home = Home::new();
        symlink("missing/usage.json", home.path().join("dangling")).expect("a link");
        symlink("loop", home.path().join("loop")).expect("a link");
        symlink(".", home.path().join("folder")).expect("a link");
        let missing = std::io::Error::from_raw_os_error(2);
        for (link, why) in [
            ("dangling", format!("cannot create a file in its folder: {missing}")),
            ("loop", std::io::Error::from_raw_os_error(40).to_string()),
            ("folder", "it is a folder".to_owned()),
        ] {
            let output = write(&home, vec![], link, &[]);
            assert_failed(&output, 1, &format!("pc-usage: error: cannot write {link}: {why}\n"));
        }
        assert_eq!(names(home.path()), ["dangling", "folder", "loop"]);
    }

    #[test]
    fn a_device_is_written_and_stays_a_device() {
        assert_report(&write(&Home::new(), vec![good()], "/dev/null", &[]), "");
        assert!(fs::metadata("/dev/null").expect("a device").file_type().is_char_device());
    }

    #[test]
    fn a_device_behind_a_link_stays_a_device() {
        let home = Home::new();
        symlink("/dev/null", home.path().join("link")).expect("a link");
        assert_report(&write(&home, vec![good()], "link", &[]), "");
        assert_eq!(fs::read_link(home.path().join("link")).expect("a link"), Path::new("/dev/null"));
        assert!(fs::metadata("/dev/null").expect("a device").file_type().is_char_device());
    }

    #[test]
    fn a_fifo_is_written_and_stays_a_fifo() {
        let home = Home::new();
        let fifo = fifo(&home);
        let reader = reads(&fifo);
        assert_report(&write(&home, vec![good()], &fifo, &[]), "");
        assert_eq!(reader.join().expect("it is read"), sample_json());
        assert!(fs::metadata(&fifo).expect("a file").file_type().is_fifo());
        assert_eq!(names(home.path()), ["fifo"]);
    }

    #[test]
    fn whoever_reads_a_fifo_sees_its_end_where_the_run_fails() {
        let home = Home::new();
        let fifo = fifo(&home);
        let reader = reads(&fifo);
        assert_eq!(write(&home, vec![Answer::status(404)], &fifo, &[]).code, 6);
        assert_eq!(reader.join().expect("it is read"), "");
    }

    #[test]
    fn a_reader_of_a_fifo_that_goes_away_is_no_error() {
        let home = Home::new();
        let fifo = fifo(&home);
        let path = fifo.clone();
        let reader = thread::spawn(move || drop(File::open(path)));
        let slow = good().delay(Duration::from_millis(200));
        assert_report(&write(&home, vec![slow], &fifo, &[]), "");
        reader.join().expect("it went away");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn standard_output_has_other_names() {
        // A pipe, as `>(…)` of a shell is one.
        for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            let output = write(&Home::new(), vec![good()], name, &[]);
            assert_eq!((output.code, output.text(), output.stderr.as_str()), (0, &sample_json()[..], ""), "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let output = write(&Home::new(), vec![good()], "/dev/full", &[]);
        let full = std::io::Error::from_raw_os_error(28);
        assert_failed(&output, 1, &format!("pc-usage: error: cannot write /dev/full: {full}\n"));
    }

    #[test]
    fn a_disk_that_is_full_half_way_leaves_the_old_file_and_no_other() {
        let (home, file) = home_with_old();
        let server = Server::start(vec![good()]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "-o", "json", "--out-file", "usage.json"]);
        // A file may have one block, less than the report, and no signal says so.
        let output = finish(in_shell("trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"", &command), "");
        let too_large = std::io::Error::from_raw_os_error(27);
        assert_failed(&output, 1, &format!("pc-usage: error: cannot write usage.json: {too_large}\n"));
        server.done();
        assert_eq!(text(&file), "old");
        assert_eq!(names(home.path()), ["usage.json"]);
    }

    #[test]
    fn a_file_that_may_not_grow_is_an_error_and_no_death() {
        let (home, file) = home_with_old();
        let mut command = home.command();
        command.args(["--demo", "-o", "json", "--out-file", "usage.json"]);
        let output = finish(in_shell("ulimit -f 0; exec \"$0\" \"$@\"", &command), "");
        let too_large = std::io::Error::from_raw_os_error(27);
        assert_failed(&output, 1, &format!("pc-usage: error: cannot write usage.json: {too_large}\n"));
        assert_eq!(text(&file), "old");
        assert_eq!(names(home.path()), ["usage.json"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_mounted_by_itself_costs_no_request() {
        let (home, file) = home_with_old();
        fs::write(home.path().join("real.json"), "real").expect("room for a file");
        // In a namespace of its own, which goes with the process.
        let words = "unshare --mount true || exit 99; \
            exec unshare --mount sh -c 'mount --bind real.json usage.json && exec \"$0\" \"$@\"' \"$0\" \"$@\"";
        let server = Server::start(vec![]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "-o", "json", "--out-file", "usage.json"]);
        let output = finish(in_shell(words, &command), "");
        server.done();
        if output.code == 99 {
            skipped("nothing may be mounted here");
            return;
        }
        let error = "pc-usage: error: cannot write usage.json: it is a mount point and cannot be replaced\n  \
            hint: mount its folder instead\n";
        assert_failed(&output, 1, error);
        assert_eq!(text(&file), "old");
        assert_eq!(names(home.path()), ["real.json", "usage.json"]);
    }

    #[test]
    fn it_leaves_no_other_file_either_where_the_report_is_on_saved_answers_of_many() {
        let (home, file) = home_with_old();
        let element = format!(r#"{{"customerId":"{CUSTOMER}","response":{}}}"#, sample_json());
        fs::write(home.path().join("all.json"), format!("[{element},{element}]")).expect("room for a file");
        let mut command = home.command();
        command.args(["--input", "all.json", "-o", "json", "--out-file", "usage.json"]);
        let output = finish(in_shell("trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"", &command), "");
        let too_large = std::io::Error::from_raw_os_error(27);
        assert_failed(&output, 1, &format!("pc-usage: error: cannot write usage.json: {too_large}\n"));
        assert_eq!(text(&file), "old");
        assert_eq!(names(home.path()), ["all.json", "usage.json"]);
    }

    #[test]
    fn a_termination_leaves_the_old_file_and_no_other() {
        for (signal, code, words) in
            [(Signal::SIGTERM, 143, "terminated (SIGTERM)"), (Signal::SIGINT, 130, "interrupted (SIGINT)")]
        {
            let (home, file) = home_with_old();
            let server = Server::start(vec![Answer::stall()]);
            let mut command = home.command_for(&server);
            command.args([CUSTOMER, "--out-file", "usage.json"]);
            let running = Running::spawn(command);
            server.wait_for_requests(1);
            assert_eq!(text(&file), "old");
            running.signal(signal);
            assert_failed(&running.wait(), code, &format!("pc-usage: error: {words}\n"));
            server.done();
            assert_eq!(text(&file), "old");
            assert_eq!(names(home.path()), ["usage.json"]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_termination_before_a_fifo_has_a_reader_ends_the_wait() {
        let home = Home::new();
        let fifo = fifo(&home);
        let server = Server::start(vec![]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "--out-file"]).arg(fifo);
        let running = Running::spawn(command);
        running.wait_until_idle();
        let start = Instant::now();
        running.signal(Signal::SIGTERM);
        assert_failed(&running.wait(), 143, "pc-usage: error: terminated (SIGTERM)\n");
        assert!(start.elapsed() < Duration::from_secs(5));
        server.done();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_termination_while_a_fifo_is_being_read_slowly_comes_after_the_whole_report() {
        let home = Home::new();
        let fifo = fifo(&home);
        let rows = "{},".repeat(5000);
        let body = format!("{{\"items\":[{rows}{{}}]}}\n");
        let server = Server::start(vec![Answer::status(200).json(body.clone())]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "-o", "jsonl", "--out-file"]).arg(&fifo);
        let running = Running::spawn(command);
        let mut reader = BufReader::new(File::open(&fifo).expect("a FIFO"));
        let mut report = String::new();
        reader.read_line(&mut report).expect("a line");
        running.signal_and_see(Signal::SIGTERM);
        reader.read_to_string(&mut report).expect("the rest");
        assert_failed(&running.wait(), 143, "pc-usage: error: terminated (SIGTERM)\n");
        server.done();
        assert!(report.ends_with("}\n"));
        assert_eq!(report.lines().count(), 5001);
    }

    #[test]
    fn a_file_is_neither_coloured_nor_as_narrow_as_the_terminal() {
        let home = Home::new();
        let server = Server::start(vec![good()]);
        let mut command = home.command_for(&server);
        command.args([CUSTOMER, "--out-file", "usage.txt"]);
        assert_report(&in_terminal(60, command), "");
        server.done();
        assert_eq!(text(home.path().join("usage.txt")), SAMPLE_TABLE);
    }

    /// Says past the harness, which would swallow it, that something was not tested.
    fn skipped(why: &str) {
        writeln!(std::io::stderr(), "SKIPPED: {why}").expect("room for a line");
    }

    /// A home that user 1234 may write to, with a file of this owner, group and mode in it.
    fn home_with(owner: u32, group: u32, mode: u32) -> (Home, PathBuf) {
        let (home, file) = home_with_old();
        fs::set_permissions(home.path(), Permissions::from_mode(0o777)).expect("our own folder");
        chown(&file, Some(owner), Some(group)).expect("root may");
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("root may");
        (home, file)
    }

    /// The words of a shell that make it user 1234, of the groups 1234 and 5678; none where this is not root.
    fn as_somebody() -> Option<&'static str> {
        let words = "exec setpriv --reuid=1234 --regid=1234 --groups=5678 \"$0\" \"$@\"";
        let is_possible = nix::unistd::geteuid().is_root()
            && Command::new("setpriv").arg("--version").output().is_ok_and(|output| output.status.success());
        if !is_possible {
            skipped("only root, with setpriv, can be somebody else");
        }
        is_possible.then_some(words)
    }

    /// What a file has that is not its content.
    fn kept(file: &Path) -> (u32, u32, u32) {
        let metadata = fs::metadata(file).expect("a file");
        (metadata.uid(), metadata.gid(), mode(file))
    }

    #[test]
    fn an_older_file_keeps_owner_group_and_mode_whoever_writes_it() {
        let Some(words) = as_somebody() else { return };
        // Its own file in a group that is not its first; a mode that writing takes a bit of.
        for (owner, group, mode) in
            [(1234, 1234, 0o600), (1234, 5678, 0o664), (1234, 5678, 0o2770), (1234, 1234, 0o4755)]
        {
            let (home, file) = home_with(owner, group, mode);
            let server = Server::start(vec![good()]);
            let mut command = home.command_for(&server);
            command.args([CUSTOMER, "-o", "json", "--out-file", "usage.json"]);
            assert_report(&finish(in_shell(words, &command), ""), "");
            server.done();
            assert_eq!(text(&file), sample_json());
            assert_eq!(kept(&file), (owner, group, mode));
            assert_eq!(names(home.path()), ["usage.json"]);
        }
    }

    #[test]
    fn an_older_file_that_could_not_keep_them_costs_no_request() {
        let Some(words) = as_somebody() else { return };
        let denied = std::io::Error::from_raw_os_error(1);
        let hint = "  hint: write to another file, or delete this one first\n";
        for (owner, group, mode, what) in [
            // A member of its group may write it, and not give it away.
            (4321, 5678, 0o664, "its owner (user 4321)"),
            (0, 1234, 0o666, "its owner (user 0)"),
            (1234, 4321, 0o664, "its group (4321)"),
        ] {
            let (home, file) = home_with(owner, group, mode);
            let server = Server::start(vec![]);
            let mut command = home.command_for(&server);
            command.args([CUSTOMER, "-o", "json", "--out-file", "usage.json"]);
            let output = finish(in_shell(words, &command), "");
            server.done();
            let error = format!(
                "pc-usage: error: cannot write usage.json: a replacement could not keep {what}: {denied}\n{hint}"
            );
            assert_failed(&output, 1, &error);
            assert_eq!(text(&file), "old");
            assert_eq!(kept(&file), (owner, group, mode));
            assert_eq!(names(home.path()), ["usage.json"]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_older_file_keeps_its_access_list_and_gets_none() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};

        // Owner rw, user 4321 r, group none, the bound of both r, others none; as the system writes it.
        let list = [
            [2, 0, 0, 0].as_slice(),
            &[1, 0, 6, 0, 255, 255, 255, 255],
            &[2, 0, 4, 0, 0xe1, 0x10, 0, 0],
            &[4, 0, 0, 0, 255, 255, 255, 255],
            &[16, 0, 4, 0, 255, 255, 255, 255],
            &[32, 0, 0, 0, 255, 255, 255, 255],
        ]
        .concat();
        let read = |path: &Path| {
            let mut bytes = vec![0; 1000];
            getxattr(path, "system.posix_acl_access", &mut bytes[..]).map(|length| bytes[..length].to_vec())
        };
        let (home, file) = home_with_old();
        if let Err(error) = setxattr(&file, "system.posix_acl_access", &list, XattrFlags::empty()) {
            skipped(&format!("no access lists here: {error}"));
            return;
        }
        assert_eq!(mode(&file), 0o640);
        assert_report(&write(&home, vec![good()], &file, &[]), "");
        assert_eq!(text(&file), sample_json());
        assert_eq!((read(&file), mode(&file)), (Ok(list.clone()), 0o640));

        // A folder that gives every new file a list: the old one had none.
        let (home, file) = home_with_old();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("our own file");
        setxattr(home.path(), "system.posix_acl_default", &list, XattrFlags::empty()).expect("as before");
        assert_report(&write(&home, vec![good()], &file, &[]), "");
        assert_eq!((read(&file), mode(&file)), (Err(rustix::io::Errno::NODATA), 0o640));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_log_that_is_appended_to_is_written_through_by_every_name_of_it() {
        for (redirection, name) in [
            (">>", "/dev/stdout"),
            (">>", "/dev/fd/1"),
            (">>", "/proc/self/fd/1"),
            (">>", "link"),
            ("2>>", "/dev/stderr"),
            ("2>>", "/dev/fd/2"),
            ("3>>", "/dev/fd/3"),
            ("3>>", "/proc/self/fd/3"),
        ] {
            let (home, file) = home_with_old();
            symlink("/dev/stdout", home.path().join("link")).expect("a link");
            let inode = fs::metadata(&file).expect("a file").ino();
            let server = Server::start(vec![good()]);
            let mut command = home.command_for(&server);
            command.args([CUSTOMER, "-o", "json", "--out-file", name]);
            // What others write before and after stands where they wrote it.
            let number = redirection.trim_end_matches(">>").parse().unwrap_or(1);
            let words = format!("exec {redirection}usage.json; echo a >&{number}; \"$0\" \"$@\" && echo b >&{number}");
            assert_report(&finish(in_shell(&words, &command), ""), "");
            server.done();
            assert_eq!(text(&file), format!("olda\n{}b\n", sample_json()), "{redirection} {name}");
            assert_eq!(fs::metadata(&file).expect("a file").ino(), inode, "{redirection} {name}");
            assert_eq!(names(home.path()), ["link", "usage.json"]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_descriptor_that_is_not_open_is_found_out_before_any_request() {
        let output = write(&Home::new(), vec![], "/dev/fd/9", &[]);
        assert_failed(&output, 1, "pc-usage: error: cannot write /dev/fd/9: it is not open\n");
    }

    #[test]
    fn a_termination_leaves_no_file_of_the_other_commands_either() {
        let home = Home::new();
        let server = Server::start(vec![Answer::stall()]);
        let mut command = home.command_for(&server);
        command.args(["customers", "--out-file", "list.txt"]);
        let running = Running::spawn(command);
        server.wait_for_requests(1);
        running.signal(Signal::SIGTERM);
        assert_failed(&running.wait(), 143, "pc-usage: error: terminated (SIGTERM)\n");
        server.done();
        assert!(names(home.path()).is_empty());

        let home = Home::new();
        let fifo = fifo(&home);
        let mut command = home.command();
        command.args(["status", "--out-file", "status.txt", "--token-file"]).arg(&fifo);
        let running = Running::spawn(command);
        // Opened once it is read: the file beside its place is there by now.
        let writer = File::options().write(true).open(&fifo).expect("a FIFO");
        running.signal(Signal::SIGTERM);
        assert_failed(&running.wait(), 143, "pc-usage: error: terminated (SIGTERM)\n");
        assert_eq!(names(home.path()), ["fifo"]);
        drop(writer);
    }

    #[test]
    fn a_termination_at_the_very_end_leaves_the_new_file_and_the_runs_code_or_the_old_one_and_its_own() {
        // Enough for its way to the disk to take a while.
        let body = format!("{{\"items\":[{}{{}}]}}\n", " ".repeat(16 << 20));
        for _ in 0..3 {
            let (home, file) = home_with_old();
            fs::write(home.path().join("saved.json"), &body).expect("room for a file");
            let mut command = home.command();
            command.args([CUSTOMER, "--input", "saved.json", "-o", "json", "--out-file", "usage.json"]);
            let running = Running::spawn(command);
            let mut sizes = || {
                let entries = fs::read_dir(home.path()).expect("a folder").flatten();
                entries
                    .filter(|entry| entry.file_name() != "saved.json")
                    .any(|entry| entry.metadata().is_ok_and(|metadata| metadata.len() == body.len() as u64))
            };
            until(&mut sizes);
            running.signal(Signal::SIGTERM);
            let output = running.wait();
            let is_old = fs::metadata(&file).expect("a file").len() == 3;
            let stderr = if is_old { "pc-usage: error: terminated (SIGTERM)\n" } else { "" };
            assert_failed(&output, if is_old { 143 } else { 0 }, stderr);
            assert_eq!(names(home.path()), ["saved.json", "usage.json"]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_in_its_place_keeps_the_runs_code_however_it_is_ended() {
        let (home, file) = home_with_old();
        fs::write(home.path().join("saved.json"), SAMPLE).expect("room for a file");
        let mut command = home.command();
        command.args([CUSTOMER, "--input", "saved.json", "-o", "json", "--out-file", "usage.json"]);
        command.args(["--fail-if", "active >= 0"]);
        // What it has to say about the alarm finds no room.
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let size = nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_GETPIPE_SZ).expect("its size");
        writer.write_all(&vec![b' '; usize::try_from(size).expect("a size")]).expect("room in a pipe");
        command.stderr(writer).stdout(Stdio::null());
        let mut running = Running(command.spawn().expect("it starts"));
        drop(command);
        until(|| text(&file) != "old");
        // Both come after it; and the second does not wait for room.
        running.signal(Signal::SIGTERM);
        running.signal(Signal::SIGINT);
        let start = Instant::now();
        assert_eq!(running.0.wait().expect("our child").code(), Some(10));
        assert!(start.elapsed() < Duration::from_secs(4));
        assert_eq!(text(&file), sample_json());
        assert_eq!(names(home.path()), ["saved.json", "usage.json"]);
        drop(reader);
    }
}
