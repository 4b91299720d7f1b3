//! Customers by what people call them: found by a name or domain, and told with their name wherever one is known.
//! It refuses to look at figures: only at who is asked, and what is said of whom.

use crate::failures::sent_ids;
use crate::listing::page;
use crate::many::{bad, csv, good, id, usage_path};
use crate::server::{Answer, Server};
use crate::{ADVICE, Home, assert_ended, assert_failed, assert_refused, assert_report, finish, run, serve};

const LIST: &str = "/v1/customers?size=500";
const CONTOSO: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";
const FABRIKAM: &str = "1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02";

/// A page of the list with these names and domains; customer 1 is the first.
fn list(customers: &[(&str, &str)]) -> Answer {
    let item = |(at, (name, domain)): (usize, &(&str, &str))| {
        let id = id(at + 1);
        format!(r#"{{"id":"{id}","companyProfile":{{"domain":"{domain}","companyName":"{name}"}}}}"#)
    };
    let items: Vec<_> = customers.iter().enumerate().map(item).collect();
    Answer::status(200).json(format!(r#"{{"items":[{}]}}"#, items.join(","))).for_path(LIST)
}

#[test]
fn a_customer_is_found_by_a_part_of_its_name_or_domain() {
    for typed in ["contoso", "CONTOSO L", "oso Ltd", "contoso.onmicrosoft.com", " contoso ", CONTOSO] {
        let output = run(["--demo", typed, "-o", "csv", "--columns", "customer", "--where", "product ~ dynamics"]);
        assert_report(&output, "customerName\nContoso Ltd\n");
    }
    // Its JSON is its body, as with its id.
    let json = run(["--demo", CONTOSO, "-o", "json"]);
    assert!(json.text().starts_with("{\"totalCount\":6,"), "{}", json.text());
    assert_report(&run(["--demo", "contoso", "-o", "json"]), json.text());
}

#[test]
fn the_list_is_got_once_and_only_for_a_name_and_tells_nobody_what_was_typed() {
    let customers = [("Alpha", "a.example"), ("Beta", "b.example"), ("Gamma", "c.example")];
    let answers = vec![list(&customers), good(2), good(1), good(3)];
    let third = id(3);
    let (output, requests) = serve(answers, ["beta", "a.example", "BETA", &third, "-o", "csv", "--jobs", "1"]);
    assert_report(&output, &csv([2, 1, 3]));
    // A name and its id are one customer.
    let asked: Vec<_> = requests.iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, [LIST.to_owned(), usage_path(2), usage_path(1), usage_path(3)]);
    let (output, requests) = serve(vec![good(1)], [&id(1), "-o", "csv"]);
    assert_report(&output, &csv([1]));
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_part_of_a_name_is_found_whatever_letter_it_ends_with() {
    let (output, _) =
        serve(vec![list(&[("ΚΩΣΤΑΣ", "a.example"), ("Beta", "b.example")]), good(1)], ["ΚΩΣ", "-o", "csv"]);
    assert_report(&output, &csv([1]));
}

#[test]
fn an_exact_name_or_domain_goes_before_a_part() {
    let customers = [("Contoso UK", "uk.example"), ("Contoso", "de.example"), ("Other", "contoso")];
    for (typed, customer) in [("contoso uk", 1), ("DE.EXAMPLE", 2), ("other", 3)] {
        let (output, _) = serve(vec![list(&customers), good(customer)], [typed, "-o", "csv"]);
        assert_report(&output, &csv([customer]));
    }
    let (output, requests) = serve(vec![list(&customers)], ["contoso"]);
    let (two, three) = (id(2), id(3));
    assert_refused(
        &output,
        &format!(
            "`contoso` matches 2 customers\n    {two}  Contoso\n    {three}  Other\n  hint: give the id, or the full name or domain\n"
        ),
    );
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_name_that_fits_several_is_refused_with_ten_of_them() {
    let (output, requests) = serve(vec![page(1..=12, None).for_path(LIST)], [&id(40), ".example"]);
    let choices = (1..=10).map(|n| format!("    {}  C {n}\n", id(n))).collect::<Vec<_>>().concat();
    let error = format!(
        "`.example` matches 12 customers\n{choices}    … and 2 more\n  hint: give the id, or the full name or domain\n"
    );
    // Nobody is asked about, not even who was given by id.
    assert_refused(&output, &error);
    assert_eq!(requests.len(), 1);
    // A customer that is listed twice is one.
    let (output, _) = serve(vec![page([1, 1], None).for_path(LIST), good(1)], ["c1.", "-o", "csv"]);
    assert_report(&output, &csv([1]));
}

#[test]
fn a_name_that_fits_nobody_is_told_with_the_nearest_names_and_commands() {
    let none = |typed: &str, hint: &str| {
        let error = format!("pc-usage: error: no customer's name or domain contains `{typed}`\n  hint: {hint}\n");
        assert_failed(&run(["--demo", "--", typed]), 6, &error);
    };
    none("contso", "did you mean `Contoso Ltd`?");
    none("tois", "did you mean `Tailspin Toys` or `Wingtip Toys`?");
    none("statsu", "did you mean the command `status`?");
    none("Logut", "did you mean the command `logout`?");
    none("zzzzzz", "`pc-usage customers` lists all customers");
    // A command is one only where nothing says otherwise.
    none("status", "did you mean the command `status`?");
    let (output, _) = serve(vec![list(&[("Stats Ltd", "")])], ["statsu"]);
    let error = "pc-usage: error: no customer's name or domain contains `statsu`\n  hint: did you mean the command `status` or \
        `Stats Ltd`?\n";
    assert_failed(&output, 6, error);
}

#[test]
fn the_nearest_command_is_named_also_where_nobody_is_signed_in_or_the_list_fails() {
    let sign_in = "not signed in: nothing is stored for profile default\n  hint: sign in with `pc-usage login`, or pass an \
        access token with --token-file FILE (`-` is standard input) or in PC_USAGE_ACCESS_TOKEN";
    for (typed, more) in [("statsu", "; or did you mean the command `status`?"), ("contoso", "")] {
        assert_failed(&run([typed]), 4, &format!("pc-usage: error: {sign_in}{more}\n"));
    }
    let (output, requests) = serve(vec![Answer::status(503).for_path(LIST)], ["logn", "--retries", "0"]);
    let error = format!(
        "pc-usage: error: the list of customers: 503 Service Unavailable\n  hint: the service is having problems; try again \
         later; or did you mean the command `login`?\n{}",
        sent_ids(&requests[0])
    );
    assert_failed(&output, 8, &error);
}

#[test]
fn who_fits_and_has_no_id_is_not_asked_about() {
    let list = Answer::status(200).json(r#"{"items":[{"id":"odd","companyProfile":{"companyName":"Odd Ltd"}}]}"#);
    let (output, _) = serve(vec![list], ["odd"]);
    let error = "pc-usage: error: the list of customers: Odd Ltd: `odd` is not a valid customer id\n  hint: `pc-usage \
        customers -o json` shows the customer as the service lists it\n";
    assert_failed(&output, 9, error);
}

#[test]
fn hostile_names_of_the_list_steer_no_terminal() {
    let evil = r"Evil\u001b[2J One";
    let other = r"Evil\u202e Two";
    let (output, _) = serve(vec![list(&[(evil, "x"), (other, "y")])], ["evil"]);
    let error = format!(
        "`evil` matches 2 customers\n    {}  Evil\\u{{1b}}[2J One\n    {}  Evil\\u{{202e}} Two\n  hint: give the id, or the full \
         name or domain\n",
        id(1),
        id(2)
    );
    assert_refused(&output, &error);
}

#[test]
fn empty_and_failed_customers_are_told_with_the_name_of_the_list() {
    let empty = |n| Answer::status(200).json(r#"{"items":[]}"#).for_path(usage_path(n));
    let (one, two, three) = (id(1), id(2), id(3));
    let answers = vec![page([1, 2, 3], None).for_path(LIST), empty(1), bad(2, 404), empty(3)];
    let (output, requests) = serve(answers, ["--all", "--jobs", "1", "--columns", "product"]);
    let ids = sent_ids(requests.iter().find(|request| request.path == usage_path(2)).expect("it was asked"));
    let errors = format!(
        "pc-usage: error: usage of customer {two} (C 2): 404 Not Found\n  hint: there is no such customer for the signed-in \
         partner; check the id, and that --cloud is the right one; or {ADVICE}\n{ids}pc-usage: 1 of 3 customers failed\npc-usage: warning: 2 \
         customers have no licence usage rows; that is not the same as no usage: {one} (C 1), {three} (C 3)\n"
    );
    let headings = format!("C 1 · {one}\nNo licence usage rows.\n\nC 3 · {three}\nNo licence usage rows.\n");
    assert!(output.text().starts_with(&headings), "{}", output.text());
    let order = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(order(&output.stderr), order(&errors));
    assert_eq!(output.code, 3);
}

#[test]
fn a_list_of_ones_own_names_its_customers() {
    let home = Home::new();
    for (csv, name) in [
        (format!("customerId,companyName,x\n{},\"Own, Ltd\",y\n", id(1)), " (Own, Ltd)"),
        (format!("\u{feff}customerId;x;companyName\r\n{};y;'=Own\r\n", id(1)), " (=Own)"),
        (format!("customerId,companyName\n{}\n", id(1)), ""),
        (format!("{} Own\n", id(1)), ""),
    ] {
        std::fs::write(home.path().join("list"), csv).expect("room for a list");
        let server = Server::start(vec![Answer::status(200).json(r#"{"items":[]}"#).for_path(usage_path(1))]);
        let mut command = home.command_for(&server);
        command.args(["--customers", "list", "-o", "csv", "--no-header"]);
        let warning = format!(
            "pc-usage: warning: 1 customer has no licence usage rows; that is not the same as no usage: {}{name} ({ADVICE})\n",
            id(1)
        );
        assert_ended(&finish(command, ""), 0, "", &warning);
        server.done();
    }
}

#[test]
fn a_name_in_the_rows_is_told_where_there_is_no_other() {
    let body = |rest: &str| {
        let row = format!(r#"{{"customerName":"Row Ltd","productName":"P"{rest}}}"#);
        Answer::status(200).json(format!(r#"{{"totalCount":3,"items":[{row}]}}"#))
    };
    let one = id(1);
    let args = [&one, "-o", "csv", "--no-header", "--columns", "product"];
    let (output, _) = serve(vec![body("")], args);
    let warning = format!(
        "pc-usage: warning: the report may be incomplete: customer {one} (Row Ltd) has 1 row, but a totalCount of 3\n"
    );
    assert_ended(&output, 0, "P\n", &warning);
    let (output, requests) = serve(vec![body(r#"},{"customerName":"Row Ltd","licensesActive":"x""#)], args);
    let error =
        format!("pc-usage: error: usage of customer {one} (Row Ltd): licensesActive of row 2 is not a number: \"x\"\n");
    assert!(output.stderr.starts_with(&error), "{}", output.stderr);
    assert_eq!((output.code, output.text(), requests.len()), (9, "", 1));
}

#[test]
fn an_alarm_names_a_customer_whose_rows_do_not() {
    let row = Answer::status(200).json(r#"{"items":[{"productName":"P","licensesActive":3}]}"#).for_path(usage_path(1));
    let args = ["--all", "-o", "csv", "--columns", "customer,product", "--fail-if", "active < 5"];
    let (output, _) = serve(vec![page([1], None).for_path(LIST), row], args);
    let found = "pc-usage: --fail-if 'licensesActive < 5' matches 1 of 1 row, worst: C 1, P: licensesActive 3\n";
    // A name that the service left out of a row is in no cell of it.
    assert_ended(&output, 10, "customerName,productName\n,P\n", found);
}

#[test]
fn help_is_a_command_too() {
    for (args, same) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "login"], &["login", "--help"]),
        (&["help", "status"], &["status", "--help"]),
        (&["help", "completions"], &["completions", "--help"]),
    ] {
        assert_report(&run(args), run(same).text());
    }
    let [one, other] = [["--demo", CONTOSO], ["--demo", FABRIKAM]].map(|args| run(args).text().to_owned());
    assert!(one.starts_with("Contoso Ltd · ") && other.starts_with("Fabrikam, Inc. · "), "{one}{other}");
}
