//! What becomes of the stored sign-in when disks are full, files are no files, and signals come at the worst moment.
//! It refuses a spent refresh token whose successor is lost.

use std::process::Command;

use super::*;

/// What is in the folder of sign-ins.
fn names(home: &Home) -> Vec<String> {
    let folder = fs::read_dir(stored(home, "json").parent().expect("a folder")).expect("a folder");
    let mut names: Vec<_> =
        folder.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn login(home: &Home, server: &Server) -> Command {
    fs::write(home.path().join("refresh.txt"), OLD_REFRESH).expect("a file");
    let mut command = home.command();
    command.args(["login", "--tenant-id", TENANT, "--client-id", APP, "--refresh-token-file", "refresh.txt"]);
    command.args(["--base-url", server.url(), "--authority", server.url()]);
    command
}

/// The same in a shell that lets no file grow over a block, and no signal say so.
#[cfg(unix)]
fn without_room(command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]).arg(command.get_program());
    shell.args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(command.get_current_dir().expect("a home"));
    shell
}

#[cfg(unix)]
#[test]
fn a_refresh_token_is_not_spent_where_the_disk_has_no_room_for_its_successor() {
    let server = Server::start(vec![]);
    let before = sign_in(&server, 0);
    let home = home_with(&before);
    let full = std::io::Error::from_raw_os_error(27);
    let text = format!("cannot write the stored sign-in {}: {full}", stored(&home, "json").display());
    assert_failed(&finish(without_room(&command(&home)), ""), 1, &error(&text));
    assert_eq!(read_store(&home), before);
    assert_eq!(names(&home), ["default.json", "default.lock"]);

    let home = Home::new();
    let text =
        format!("pc-usage: error: cannot write the stored sign-in {}: {full}\n", stored(&home, "json").display());
    assert_failed(&finish(without_room(&login(&home, &server)), ""), 1, &text);
    assert_eq!(names(&home), ["default.lock"]);
    server.done();
}

#[test]
fn a_refresh_token_is_not_spent_where_its_successor_has_no_place() {
    let server = Server::start(vec![]);
    let before = sign_in(&server, 0);
    let home = home_with(&before);
    let place = stored(&home, "json.new");
    fs::create_dir(&place).expect("a folder");
    let why = fs::remove_file(&place).expect_err("it is a folder");
    let text = format!("cannot write the stored sign-in {}: {why}", stored(&home, "json").display());
    assert_failed(&finish(command(&home), ""), 1, &error(&text));
    let text = format!("pc-usage: error: {text}\n");
    assert_failed(&finish(login(&home, &server), ""), 1, &text);
    assert_eq!(read_store(&home), before);
    server.done();
}

#[test]
fn an_exchange_that_fails_leaves_nothing_beside_the_sign_in() {
    let server = Server::start(vec![Answer::status(503).for_path(token_path())]);
    let before = sign_in(&server, 0);
    let home = home_with(&before);
    let mut command = command(&home);
    command.args(["--retries", "0"]);
    assert_eq!(finish(command, "").code, 8);
    assert_eq!(names(&home), ["default.json", "default.lock"]);
    assert_eq!(read_store(&home), before);
    server.done();
}

#[cfg(unix)]
#[test]
fn a_signal_during_an_exchange_leaves_nothing_beside_the_sign_in() {
    use nix::sys::signal::Signal;

    let server = Server::start(vec![Answer::stall().for_path(token_path())]);
    let before = sign_in(&server, 0);
    let home = home_with(&before);
    let running = Running::spawn(command(&home));
    server.wait_for_requests(1);
    assert_eq!(names(&home), ["default.json", "default.json.new", "default.lock"]);
    running.signal(Signal::SIGTERM);
    assert_failed(&running.wait(), 143, "pc-usage: error: terminated (SIGTERM)\n");
    assert_eq!(names(&home), ["default.json", "default.lock"]);
    assert_eq!(read_store(&home), before);
    server.done();
}

#[cfg(unix)]
#[test]
fn a_signal_lets_a_write_that_has_begun_finish() {
    use nix::sys::signal::Signal;

    // It takes requests and answers none.
    let service = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let base_url = format!("http://{}", service.local_addr().expect("its number"));
    // The moment is short: several times, so that one of them is hit.
    for signal in [Signal::SIGTERM, Signal::SIGINT].into_iter().cycle().take(12) {
        let server = Server::start(vec![tokens(Some(NEW_REFRESH))]);
        let mut before = sign_in(&server, 0);
        before["baseUrl"] = base_url.clone().into();
        let home = home_with(&before);
        let running = Running::spawn(command(&home));
        let has_begun = || {
            let new = fs::read(stored(&home, "json.new")).unwrap_or_default();
            new.starts_with(b"{") || kept(&home).0 == NEW_REFRESH
        };
        while !has_begun() {
            std::hint::spin_loop();
        }
        running.signal(signal);
        assert!([130, 143].contains(&running.wait().code));
        assert_eq!(kept(&home), (NEW_REFRESH.to_owned(), NEW_ACCESS.to_owned()));
        assert_eq!(names(&home), ["default.json", "default.lock"]);
        server.done();
    }
}

/// Makes a FIFO, a folder or a link to a good file in the place of a file.
#[cfg(unix)]
fn put(kind: &str, path: &Path) {
    let good = path.with_extension("good");
    match fs::rename(path, &good) {
        Ok(()) => {}
        Err(_) => fs::write(&good, "").expect("a file"),
    }
    match kind {
        "a FIFO" => assert!(Command::new("mkfifo").args(["-m", "600"]).arg(path).status().expect("mkfifo").success()),
        "a folder" => fs::create_dir(path).expect("a folder"),
        _ => std::os::unix::fs::symlink(good, path).expect("a link"),
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_is_no_file_is_refused_at_once() {
    let server = Server::start(vec![]);
    for kind in ["a FIFO", "a folder", "a symbolic link"] {
        let home = home_with(&sign_in(&server, 3600));
        let path = stored(&home, "json");
        put(kind, &path);
        let text = format!(
            "pc-usage: error: the stored sign-in {} is {kind}, not a regular file\n  \
             hint: move it away, then sign in again with `pc-usage login`\n",
            path.display()
        );
        assert_failed(&finish(command(&home), ""), 4, &text);
        assert_failed(&finish(login(&home, &server), ""), 4, &text);
        for name in ["status", "logout"] {
            let mut command = home.command();
            command.arg(name);
            assert_failed(&finish(command, ""), 4, &text);
        }
    }
    server.done();
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_no_file_is_refused_at_once() {
    let server = Server::start(vec![]);
    for kind in ["a FIFO", "a folder", "a symbolic link"] {
        let home = home_with(&sign_in(&server, 0));
        let path = stored(&home, "lock");
        put(kind, &path);
        let text = format!("the lock of the stored sign-in {} is {kind}, not a regular file", path.display());
        let hint = "  hint: move it away, then try again\n";
        assert_failed(&finish(command(&home), ""), 4, &(error(&text) + hint));
        let text = format!("pc-usage: error: {text}\n{hint}");
        assert_failed(&finish(login(&home, &server), ""), 4, &text);
        let mut command = home.command();
        command.arg("logout");
        assert_failed(&finish(command, ""), 4, &text);
    }
    server.done();
}

#[test]
fn a_stored_address_is_held_to_https_again() {
    let server = Server::start(vec![]);
    for (name, address, why) in [
        (
            "baseUrl",
            "http://example.com",
            "`http://example.com` is not https, so the token would be sent in clear text",
        ),
        (
            "authority",
            "http://example.com",
            "`http://example.com` is not https, so the token would be sent in clear text",
        ),
        ("authority", "https://user:SECRET@example.com", "an address must not contain a user"),
        ("baseUrl", "", "`` is not a valid address"),
    ] {
        let mut changed = sign_in(&server, 0);
        changed[name] = address.into();
        let home = home_with(&changed);
        let hint = "remove it with `pc-usage logout --profile default`, then sign in again with `pc-usage login`";
        assert_unusable(&home, &format!("has a {name} that no token may be sent to: {why}"), hint);
    }
    server.done();
}
