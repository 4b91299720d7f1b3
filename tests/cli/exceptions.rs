//! What is known and accepted: customers that are not asked, and spare seats beside the idle ones.
//! It refuses to test which line is the most specific: that is for the unit tests.

use std::fs;

use crate::listing::page;
use crate::many::{csv, good, id, rounds};
use crate::server::{Answer, Request, Server};
use crate::{
    CSV_HEADER, Home, Output, assert_ended, assert_failed, assert_quiet, assert_refused, assert_report, finish,
};

const LIST: &str = "/v1/customers?size=500";

const HEADER: &str = "customer,product,spare,until,reason\n";

const CONTOSO: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";

/// Exceptions that leave these customers out.
fn without(customers: impl IntoIterator<Item = usize>) -> String {
    let lines: Vec<_> = customers.into_iter().map(|n| format!("{},,,,known\n", id(n))).collect();
    HEADER.to_owned() + &lines.concat()
}

/// Runs against a server with this script, in a home with these exceptions.
fn serve_with(exceptions: &str, answers: Vec<Answer>, args: &[&str]) -> (Output, Vec<Request>) {
    let home = Home::new();
    fs::write(home.path().join("known.csv"), exceptions).expect("room for a file");
    let server = Server::start(answers);
    let mut command = home.command_for(&server);
    command.args(args).args(["--exceptions", "known.csv"]);
    let output = finish(command, "");
    (output, server.done())
}

/// The same against the built-in sample, or without any service.
fn run_with(exceptions: impl AsRef<[u8]>, args: &[&str]) -> Output {
    let home = Home::new();
    fs::write(home.path().join("known.csv"), exceptions).expect("room for a file");
    let mut command = home.command();
    command.args(args).args(["--exceptions", "known.csv"]);
    finish(command, "")
}

fn note(who: &str) -> String {
    format!("pc-usage: note: {who}\n")
}

fn left_out(n: usize, name: &str) -> String {
    note(&format!("customer {}{name} is left out because of --exceptions", id(n)))
}

/// The rows of [`csv`] with the two columns that exceptions add where no seat is accepted.
fn excepted(customers: impl IntoIterator<Item = usize>) -> String {
    let mut report = format!("{},licensesSpare,licensesExcess\n", CSV_HEADER.trim_end());
    for n in customers {
        let row = csv([n]);
        report += &format!("{},0,{}\n", row.lines().nth(1).expect("a row"), 1000 - n);
    }
    report
}

#[test]
fn a_customer_that_is_left_out_is_not_asked_and_told_once() {
    let answers = || [vec![page([1, 2, 3], None).for_path(LIST)], rounds([1, 3])].concat();
    let (output, requests) = serve_with(&without([2, 7]), answers(), &["--all", "-o", "csv"]);
    assert_ended(&output, 0, &excepted([1, 3]), &left_out(2, " (C 2)"));
    assert_eq!(requests.len(), 3);
    assert_report(&serve_with(&without([2]), answers(), &["--all", "-o", "csv", "-q"]).0, &excepted([1, 3]));
    // Also where it is named, in a list, or given by name; one that is left does not become the only one.
    let ids = [id(1), id(2)];
    let (output, _) = serve_with(&without([2]), vec![good(1)], &[&ids[0], &ids[1], "-o", "csv"]);
    assert_ended(&output, 0, &excepted([1]), &left_out(2, ""));
    let (output, _) = serve_with(&without([2]), vec![good(1)], &[&ids[1], &ids[0], "-o", "json"]);
    assert!(output.text().starts_with("[\n{\"customerId\":"), "{}", output.text());
    let list = page([1, 2], None).for_path(LIST);
    let (output, _) = serve_with(&without([2]), vec![list, good(1)], &["c1.example", "c2.example", "-o", "csv"]);
    assert_ended(&output, 0, &excepted([1]), &left_out(2, " (C 2)"));
    let (output, _) = serve_with(
        &without([1, 2, 3, 4, 5, 6, 7]),
        [vec![page(1..9, None).for_path(LIST)], vec![good(8)]].concat(),
        &["--all", "-o", "csv"],
    );
    let first: Vec<_> = (1..6).map(|n| format!("{} (C {n})", id(n))).collect();
    let told = note(&format!("7 customers are left out because of --exceptions: {}, …", first.join(", ")));
    assert_ended(&output, 0, &excepted([8]), &told);
}

#[test]
fn where_nobody_is_left_the_report_is_empty_and_all_is_well() {
    let (first, second) = (id(1), id(2));
    let strict = ["--fail-on-empty", "--fail-if", "age > 7", "--fail-if", "idle > 0"];
    let header = excepted([]);
    for (format, report) in [
        ("csv", &*header),
        ("jsonl", ""),
        ("json", "[]\n"),
        ("table", "0 customers\nNo licence usage rows.\n"),
        ("markdown", "## 0 customers\n\nNo licence usage rows.\n"),
    ] {
        for (args, told) in [
            (vec![&*first], left_out(1, "")),
            (
                vec![&first, &second],
                note(&format!("2 customers are left out because of --exceptions: {first}, {second}")),
            ),
        ] {
            // Nothing is sent, not even with a token that would have to be had first.
            let (output, requests) =
                serve_with(&without([1, 2]), vec![], &[&args[..], &["-o", format], &strict].concat());
            assert_ended(&output, 0, report, &told);
            assert!(requests.is_empty());
        }
        let list = vec![page([1], None).for_path(LIST)];
        let (output, _) = serve_with(&without([1]), list, &[&["--all", "-o", format], &strict[..]].concat());
        assert_ended(&output, 0, report, &left_out(1, " (C 1)"));
    }
    // Without an account, too.
    let output = run_with(without([1]), &[&first, "-o", "csv", "-q"]);
    assert_report(&output, &header);
    // A customer without rows is another thing.
    let list = vec![page([1, 2], None).for_path(LIST), Answer::status(200).json(r#"{"items":[]}"#)];
    let (output, _) = serve_with(&without([1]), list, &["--all", "-o", "csv", "-q", "--fail-on-empty"]);
    assert_eq!((output.code, output.text()), (11, &*header));
}

const COMMERCIAL: &str = "/partner/v1/analytics/commercial/usage/license?top=10000";

/// A page of the successor endpoint with a row for each of these customers.
fn commercial(customers: impl IntoIterator<Item = usize>) -> String {
    let row = |n: usize| {
        format!(
            r#"{{"processedDateTime":"2017-03-09T00:00:00Z","workloadName":"Exchange","serviceName":"o365","channel":"reseller","customerTenantId":"{}","customerName":"C {n}","productName":"P","licensesActive":{n},"licensesQualified":1000}}"#,
            id(n).to_uppercase()
        )
    };
    let rows: Vec<_> = customers.into_iter().map(row).collect();
    format!(r#"{{"Value":[{}],"@nextLink":null,"TotalCount":{}}}"#, rows.join(","), rows.len())
}

#[test]
fn rows_of_one_query_for_all_are_dropped_and_raw_pages_stay_as_they_are() {
    let unknown = note("--endpoint commercial leaves out customers without rows");
    let ask = |customers: &[usize], args: &[&str]| {
        let answers = vec![Answer::status(200).json(commercial(customers.to_vec())).for_path(COMMERCIAL)];
        serve_with(&without([2]), answers, &[&["--all", "--endpoint", "commercial"], args].concat()).0
    };
    let columns = ["-o", "csv", "--columns", "customer,active,excess"];
    let told = unknown.clone() + &left_out(2, " (C 2)");
    let report = "customerName,licensesActive,licensesExcess\nC 1,1,999\nC 3,3,997\n";
    assert_ended(&ask(&[1, 2, 3, 2], &columns), 0, report, &told);
    let sums = ["-o", "csv", "--summary=customer", "--columns", "customer,active,excess"];
    assert_ended(&ask(&[1, 2, 3], &sums), 0, report, &told);
    // It is no alarm either.
    let page = commercial([1, 2, 3]);
    let array = format!("[\n{{\"customerId\":null,\"response\":{page}}}\n]\n");
    assert_ended(&ask(&[1, 2, 3], &["-o", "json", "--fail-if", "active = 2"]), 0, &array, &told);
    let only = ask(&[2], &["-o", "csv", "--fail-on-empty", "--fail-if", "idle > 0"]);
    assert_ended(&only, 0, &excepted([]), &told);
    // With ids, it is not asked for.
    let ids = [id(1), id(2)];
    let path = format!("{COMMERCIAL}&filter=customerTenantId%20eq%20%27{}%27", id(1));
    let answers = vec![Answer::status(200).json(commercial([1])).for_path(path)];
    let args = [&["--endpoint", "commercial", &ids[0], &ids[1]], &columns[..]].concat();
    let (output, _) = serve_with(&without([2]), answers, &args);
    assert_ended(&output, 0, "customerName,licensesActive,licensesExcess\nC 1,1,999\n", &left_out(2, ""));
}

#[test]
fn what_was_sold_to_a_customer_that_is_left_out_is_not_shown() {
    let known = format!("{HEADER}{CONTOSO},,,,known\n");
    let args = ["--demo", "--all", "--endpoint", "commercial", "--summary", "--deployment", "-q", "-o", "csv"];
    let output = run_with(known, &[&args[..], &["--columns", "customer,sold", "--no-header"]].concat());
    assert_quiet(&output);
    assert_eq!(output.text().lines().count(), 7, "{}", output.text());
    assert!(!output.text().contains("Contoso"), "{}", output.text());
}

#[test]
fn rows_of_saved_answers_are_dropped() {
    let home = Home::new();
    let save = |args: &[&str], name: &str| {
        let mut command = home.command();
        command.args(args).args(["--demo", "-o", "json", "-q", "--out-file", name]);
        assert_quiet(&finish(command, ""));
        fs::read_to_string(home.path().join(name)).expect("an answer")
    };
    let report = |file: &str, args: &[&str]| {
        let mut command = home.command();
        command.args(["--input", file, "--exceptions", "known.csv"]).args(args);
        finish(command, "")
    };
    let line = format!("{CONTOSO},,,,known\n");
    fs::write(home.path().join("known.csv"), format!("{HEADER}{line}")).expect("room for a file");
    let array = save(&["contoso", "fabrikam"], "array.json");
    let told = |name: &str| note(&format!("customer {CONTOSO}{name} is left out because of --exceptions"));
    let columns = ["--summary", "-o", "csv", "--no-header", "--columns", "customer,idle"];
    let fabrikam = "\"Fabrikam, Inc.\",0\n\"Fabrikam, Inc.\",4\n";
    assert_ended(&report("array.json", &columns), 0, fabrikam, &told(""));
    let rest = array.lines().filter(|line| !line.contains(CONTOSO)).collect::<Vec<_>>().join("\n") + "\n";
    assert_ended(&report("array.json", &["-o", "json"]), 0, &rest, &told(""));
    // Bodies whose rows say whose they are.
    save(&["--all", "--endpoint", "commercial"], "pages.json");
    let output = report("pages.json", &[&columns[..], &["--where", "customer ~ fab or customer ~ contoso"]].concat());
    assert_ended(&output, 0, fabrikam, &told(" (Contoso Ltd)"));
    save(&["contoso", "--endpoint", "commercial"], "one.json");
    let strict = ["--fail-on-empty", "--fail-if", "idle > 0"];
    let output = report("one.json", &[&columns[..], &strict].concat());
    assert_ended(&output, 0, "", &told(""));
    assert_ended(&report("one.json", &["-o", "json"]), 0, "[]\n", &told(""));
    let output = report("array.json", &[&[CONTOSO], &columns[..], &strict].concat());
    assert_ended(&output, 0, "", &told(""));
}

#[test]
fn a_customer_that_is_left_out_is_not_gone() {
    let home = Home::new();
    let element = |n: usize| {
        format!(
            r#"{{"customerId":"{}","response":{{"items":[{{"productName":"P","licensesQualified":1000,"licensesActive":1}}]}}}}"#,
            id(n)
        )
    };
    fs::write(home.path().join("then.json"), format!("[{},{},{}]", element(1), element(2), element(3))).expect("room");
    fs::write(home.path().join("now.json"), format!("[{}]", element(1))).expect("room");
    fs::write(home.path().join("known.csv"), without([2])).expect("room for a file");
    let rest = [
        "--compare",
        "then.json",
        "--exceptions",
        "known.csv",
        "-q",
        "-o",
        "csv",
        "--columns",
        "customerId,change",
        "--no-header",
    ];
    let server = Server::start(vec![
        page([1, 2], None).for_path(LIST),
        Answer::status(200).json(r#"{"items":[{"productName":"P","licensesQualified":1000,"licensesActive":1}]}"#),
    ]);
    let mut command = home.command_for(&server);
    command.arg("--all").args(rest);
    assert_report(&finish(command, ""), &format!("{},same\n{},gone\n", id(1), id(3)));
    server.done();
    let mut command = home.command();
    command.args(["--input", "now.json"]).args(rest);
    let warning = format!(
        "pc-usage: warning: the earlier response has rows of customers that are not in this report: {}\n",
        id(3)
    );
    assert_ended(&finish(command, ""), 0, &format!("{},same\n", id(1)), &warning);
}

/// Some spare seats for everybody, all for a product of Contoso.
const SPARE: &str = "customer,product,spare,until,reason\n*,,20,,a few are normal\n\
    0E6B0F6C-95D1-4A6E-8C57-3B1F2A7D4E01,exchange online (plan 1),,2017-03-15,they leave in March\n";

#[test]
fn spare_seats_stand_beside_the_idle_ones_and_only_the_rest_raises_an_alarm() {
    let table = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                   Qualified  Active  Idle  Usage             Spare  Excess
──────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3        250     231    19  92.4% █████████▎     20       0
EXCHANGE ONLINE (PLAN 1)         40      12    28  30.0% ███░░░░░░░     28       0
DYNAMICS 365 FOR SALES           30       9    21  30.0% ███░░░░░░░     20       1

68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28 · 3 rows, 3 products
Each seat counts once: qualified in the largest workload, active in the busiest · usage calculated by pc-usage: active × 100 ÷ qualified
";
    let contoso = ["--demo", "contoso"];
    let output = run_with(SPARE, &[&contoso[..], &["--summary", "--fail-if", "excess > 0"]].concat());
    let raised = "pc-usage: --fail-if 'licensesExcess > 0' matches 1 of 3 rows, worst: Contoso Ltd, DYNAMICS 365 FOR SALES: licensesExcess 1\n";
    assert_ended(&output, 10, table, raised);
    assert_quiet(&run_with(SPARE, &[&contoso[..], &["--summary", "--fail-if", "excess > 1"]].concat()));
    // For each row that a line fits, and in a customer's row the sums of its products' own.
    let columns =
        ["-o", "csv", "--no-header", "--columns", "product,workload,idle,spare,excess", "--sort", "excess:desc"];
    let output = run_with(SPARE, &[&contoso[..], &columns, &["--where", "spare != 20 or excess > 50"]].concat());
    let rows = "OFFICE 365 ENTERPRISE E3,Teams,154,20,134\nOFFICE 365 ENTERPRISE E3,SharePoint,102,20,82\n\
        EXCHANGE ONLINE (PLAN 1),Exchange,28,28,0\n";
    assert_report(&output, rows);
    let columns = ["--summary=customer", "-o", "jsonl", "--columns", "products,idle,spare,excess"];
    let sums = "{\"products\":3,\"licensesIdle\":68,\"licensesSpare\":68,\"licensesExcess\":1}\n";
    assert_report(&run_with(SPARE, &[&contoso[..], &columns].concat()), sums);
    // Behind prices, and before changes.
    let home = Home::new();
    fs::write(home.path().join("known.csv"), SPARE).expect("room for a file");
    fs::write(home.path().join("prices.csv"), "product,price,currency\n").expect("room for a file");
    let mut command = home.command();
    command.args(["--demo", "tailspin", "--summary", "--deployment", "--prices", "prices.csv", "-o", "csv"]);
    let output = finish_with_known(command);
    assert!(
        output.text().ends_with(",price,currency,idleCost,unassignedCost,licensesSpare,licensesExcess\n"),
        "{}",
        output.text()
    );
    fs::write(home.path().join("then.json"), r#"{"items":[]}"#).expect("room for a file");
    let mut command = home.command();
    command.args(["--demo", "tailspin", "--compare", "then.json", "-o", "csv"]);
    let output = finish_with_known(command);
    let header = "licensesSpare,licensesExcess,licensesQualifiedChange,licensesActiveChange,change\n";
    assert!(output.text().ends_with(&format!(",processedDateTime,{header}")), "{}", output.text());
}

#[test]
fn a_saved_answer_that_does_not_say_whose_it_is_matches_no_line_about_a_customer() {
    let home = Home::new();
    let body = r#"{"items":[{"productName":"A","licensesQualified":9,"licensesActive":2}]}"#;
    fs::write(home.path().join("body.json"), body).expect("room for a file");
    fs::write(home.path().join("known.csv"), format!("{HEADER}{CONTOSO},A,,,\n")).expect("room for a file");
    let columns = ["--input", "body.json", "-o", "csv", "--columns", "product,spare,excess"];
    let mut command = home.command();
    command.args(columns);
    let warning = "pc-usage: warning: --exceptions: the saved response does not name its customer, so only lines for every \
        customer apply; give the customer id too\n";
    let header = "productName,licensesSpare,licensesExcess\n";
    assert_ended(&finish_with_known(command), 0, &format!("{header}A,0,7\n"), warning);
    let mut command = home.command();
    command.arg(CONTOSO).args(columns);
    assert_report(&finish_with_known(command), &format!("{header}A,7,0\n"));
}

#[test]
fn a_workbook_has_the_products_of_the_rows_that_an_excess_keeps() {
    let home = Home::new();
    fs::write(home.path().join("known.csv"), format!("{HEADER}*,,5,,\n")).expect("room for a file");
    let mut command = home.command();
    command.args(["--demo", "contoso", "-o", "xlsx", "--where", "excess > 90"]);
    let output = finish_with_known(command);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    let products = |sheet: &str| {
        let rows = crate::workbook::sheet(&output.stdout, sheet);
        rows.into_iter().skip(1).map(|row| row[2].clone()).collect::<Vec<_>>()
    };
    assert_eq!(products("Usage"), ["OFFICE 365 ENTERPRISE E3"; 2]);
    assert_eq!(products("Summary"), ["OFFICE 365 ENTERPRISE E3"]);
}

fn finish_with_known(mut command: std::process::Command) -> Output {
    command.args(["--exceptions", "known.csv"]);
    finish(command, "")
}

#[test]
fn what_is_not_known_is_not_accepted() {
    let body = r#"{"items":[{"productName":"A","licensesQualified":9},{"productName":"B","licensesQualified":9,"licensesActive":2}]}"#;
    let known = format!("{HEADER}*,A,,,all of them\n*,B,3,,\n");
    let answers = vec![Answer::status(200).json(body)];
    let args =
        [&*id(1), "-o", "csv", "--no-header", "--columns", "product,idle,spare,excess", "--fail-if", "excess > 4"];
    let warning = "pc-usage: warning: --fail-if 'licensesExcess > 4': 1 of 2 rows without licensesExcess, not tested\n";
    assert_ended(&serve_with(&known, answers, &args).0, 0, "A,,,\nB,7,3,4\n", warning);
}

#[test]
fn a_line_that_has_ended_is_named_with_its_reason_and_one_that_fits_nothing_with_v() {
    let known = format!(
        "{HEADER}*,,5,2017-03-14,\"the\u{202e} move\"\n{CONTOSO},,,2017-02-28,\n*,NO SUCH PRODUCT,5,,\n\
         4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,,,,gone since May\n*,DYNAMICS 365 FOR SALES,99,2017-03-15,\n"
    );
    let ended = "pc-usage: warning: --exceptions: line 2 of known.csv ended on 2017-03-14: the\\u{202e} move\n\
        pc-usage: warning: --exceptions: line 3 of known.csv ended on 2017-02-28\n";
    let args = ["--demo", "contoso", "--summary", "-o", "csv", "--no-header", "--columns", "spare,excess"];
    let output = run_with(&known, &args);
    assert_ended(&output, 0, "0,19\n0,28\n99,0\n", ended);
    let verbose = |args: &[&str]| -> Vec<String> {
        let output = run_with(&known, &[args, &["-v"]].concat());
        assert_eq!(output.code, 0);
        let told = output.stderr.lines().filter(|line| line.contains("matches nothing"));
        told.map(str::to_owned).collect()
    };
    let customer = "pc-usage: --exceptions: line 5 of known.csv matches nothing: gone since May";
    assert_eq!(verbose(&args), ["pc-usage: --exceptions: line 4 of known.csv matches nothing", customer]);
    // Spare seats are nothing to raw JSON.
    assert_eq!(verbose(&["--demo", "contoso", "-o", "json"]), [customer]);
}

#[test]
fn a_wrong_line_is_refused_with_its_number_before_any_request() {
    let columns =
        "its first line has to name the columns `customer`, `product`, `spare`, `until` and `reason`, in any order";
    for (file, error) in [
        (
            "customer,product,spare,untill,reason\n".to_owned(),
            format!("known.csv has no column `until`\n  hint: {columns}\n"),
        ),
        (
            format!("{HEADER}\n*,,,,\n"),
            "line 3 of known.csv: `*` needs a product or a number of spare seats: it cannot leave every customer out\n"
                .to_owned(),
        ),
        (
            format!("{HEADER}*,A,,,\n,,,,\n*,a,2,,\n"),
            "line 4 of known.csv: the customer and the product are those of line 2\n".to_owned(),
        ),
        (
            format!("{HEADER}*,A,2,31/12/2017,\n"),
            "line 2 of known.csv: `31/12/2017` is not a valid date: write a day like 2017-03-09, in a column of text\n"
                .to_owned(),
        ),
        (
            format!("{HEADER}*,*,2,,\n"),
            "line 2 of known.csv: `*` is not a product: leave the cell empty for every product\n".to_owned(),
        ),
        (
            format!("{HEADER}contoso,A,2,,\n"),
            "line 2 of known.csv: `contoso` is not a valid customer id: a customer id is a GUID like \
             4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04\n"
                .to_owned(),
        ),
        (
            format!("{HEADER}*,A,-2,,\n"),
            "line 2 of known.csv: `-2` is not a valid number of seats: write digits only, or nothing for all\n"
                .to_owned(),
        ),
    ] {
        let args = ["--all", "--base-url", "http://127.0.0.1:9"];
        assert_refused(&run_with(&file, &args), &error);
    }
    let latin = [HEADER.as_bytes(), b"*,Z\xfcrich,1,,\n"].concat();
    let error = "line 2 of known.csv is not UTF-8\n  hint: save the file as CSV UTF-8\n";
    assert_refused(&run_with(latin, &["--all"]), error);
    let output = crate::run(["--demo", "--exceptions", "nowhere.csv"]);
    let missing = std::io::Error::from_raw_os_error(2);
    assert_failed(&output, 1, &format!("pc-usage: error: cannot read nowhere.csv: {missing}\n"));
}

#[test]
fn exceptions_are_written_with_any_delimiter_and_may_come_from_standard_input() {
    let wide: Vec<u8> =
        [0xfeff].into_iter().chain(SPARE.replace(',', "\t").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let args = ["--demo", "contoso", "--summary", "-o", "csv", "--no-header", "--columns", "spare,excess"];
    let home = Home::new();
    let mut command = home.command();
    command.args(args).args(["--exceptions", "-"]);
    assert_report(&finish(command, wide), "20,0\n28,0\n20,1\n");
    assert_report(&run_with(SPARE.replace(',', ";").replace('\n', "\r\n"), &args), "20,0\n28,0\n20,1\n");
    let output = crate::run(["--customers", "-", "--exceptions", "-"]);
    assert_refused(&output, "--customers and --exceptions cannot both read standard input\n");
}

#[test]
fn a_field_without_its_file_says_which_it_needs() {
    let output = crate::run(["--demo", "--where", "excess > 1"]);
    let error = "pc-usage: error: --where: the field licensesExcess needs --exceptions FILE\n";
    assert!(output.stderr.starts_with(error), "{}", output.stderr);
    let output = run_with(SPARE, &["--demo", "-o", "json", "--fail-if", "spare > 1"]);
    let error =
        "pc-usage: error: --fail-if: there is no licensesSpare: with -o json, --exceptions only leaves customers out\n";
    assert!(output.stderr.starts_with(error), "{}", output.stderr);
    assert_eq!((output.code, output.text()), (2, ""));
}
