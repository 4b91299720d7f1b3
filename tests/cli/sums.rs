//! One row a customer: what its products come to, and what of them is not known.
//! It refuses to test how the products themselves are counted: that is for the tests of rows.

use crate::listing::page;
use crate::many::{id, usage_path};
use crate::server::Answer;
use crate::{ADVICE, Home, Output, assert_ended, assert_refused, assert_report, finish, run, serve};

const LIST: &str = "/v1/customers?size=500";

const HEADER: &str =
    "customerId,customerName,products,licensesQualified,licensesActive,licensesIdle,usagePercent,processedDateTime\n";

const DEMO: &str = "\
2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03,Northwind Traders,2,600,503,97,83.8,2017-03-12T00:00:00+00:00
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,3,320,252,68,78.8,2017-03-12T00:00:00+00:00
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04,DT DEMO CSP CUSTOMER 005,3,8,0,8,0.0,2017-03-09T00:00:00+00:00
1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02,\"Fabrikam, Inc.\",2,124,120,4,96.8,2017-03-12T00:00:00+00:00
";

/// What the demo says beside a report on all: one customer is forbidden, one empty.
fn assert_demo_of_all(output: &Output, report: &str) {
    assert_eq!(output.text(), report);
    let tailspin = "3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04 (Tailspin Toys)";
    let empty = format!("no licence usage rows; that is not the same as no usage: {tailspin} ({ADVICE})\n");
    assert!(output.stderr.contains(&empty), "{}", output.stderr);
    assert_eq!(output.code, 3);
}

/// Rows of product, workload, qualified and active seats, each a JSON value; an empty one is absent.
fn body(rows: &[[&str; 4]]) -> String {
    let row = |[product, workload, qualified, active]: &[&str; 4]| {
        let member = |name, value: &str| if value.is_empty() { String::new() } else { format!(r#","{name}":{value}"#) };
        let counts = member("licensesQualified", qualified) + &member("licensesActive", active);
        format!(r#"{{"customerName":"A","productName":"{product}","workloadName":"{workload}"{counts}}}"#)
    };
    format!(r#"{{"items":[{}]}}"#, rows.iter().map(row).collect::<Vec<_>>().join(","))
}

fn sum(rows: &[[&str; 4]]) -> Output {
    serve(vec![Answer::status(200).json(body(rows))], [&id(1), "--summary=customer", "-o", "csv", "--no-header"]).0
}

#[test]
fn the_customer_who_wastes_most_comes_first() {
    let args = ["--demo", "--all", "--summary=customer", "--sort", "idle:desc", "-o", "csv"];
    assert_demo_of_all(&run(args), &(HEADER.to_owned() + DEMO));
    let lines =
        run([&args[..5], &["-o", "jsonl", "--where", "usage < 50", "--columns", "customer,products,age"]].concat());
    let (line, _) = lines.text().split_once('\n').expect("a line");
    assert_eq!(line, r#"{"customerName":"DT DEMO CSP CUSTOMER 005","products":3,"age":6}"#);
}

#[test]
fn the_table_has_one_row_a_customer_also_unsorted() {
    let output = run(["--demo", "--all", "--summary=customer", "--no-header", "--where", "idle > 5"]);
    let rows: Vec<_> = output.text().lines().map(|line| line.split("  ").next().unwrap_or_default()).collect();
    // In the order of the list, in one table.
    let at = |name: &str| rows.iter().position(|row| *row == name).unwrap_or_else(|| panic!("{}", output.text()));
    assert_eq!(at("Contoso Ltd"), at("DT DEMO CSP CUSTOMER 005") + 1);
    assert_eq!(at("Northwind Traders"), at("Contoso Ltd") + 1);
    assert!(!rows.contains(&"Fabrikam, Inc.") && !rows.contains(&"Tailspin Toys"), "{}", output.text());
    // The newest day of the data is not lost in the sums, which have only the oldest.
    assert!(rows[1].starts_with("Data of 2017-03-09 – 2017-03-12"), "{}", rows[1]);
}

#[test]
fn products_are_added_up_and_workloads_are_not() {
    let output = sum(&[
        ["E3", "Exchange", "10", "4"],
        ["E3", "Teams", "8", "7"],
        ["P1", "Exchange", "2.5", "3"],
        ["P1", "Teams", "2.5", "1"],
    ]);
    // More active than qualified seats make none of another product's idle ones busy.
    assert_report(&output, &format!("{},A,2,12.5,10,3,80.0,\n", id(1)));
}

#[test]
fn a_product_without_a_figure_makes_none_of_it_zero() {
    let output = sum(&[["E3", "Exchange", "10", "4"], ["P1", "Exchange", "90", ""], ["P2", "Exchange", "", "1"]]);
    let warning = "pc-usage: warning: --summary=customer: 2 products without a figure, left out of the sums\n";
    assert_ended(&output, 0, &format!("{},A,3,100,5,6,40.0,\n", id(1)), warning);
    let output = sum(&[["E3", "Exchange", "", ""]]);
    let warning = "pc-usage: warning: --summary=customer: 1 product without a figure, left out of the sums\n";
    assert_ended(&output, 0, &format!("{},A,1,,,,,\n", id(1)), warning);
    let large = "79228162514264337593543950335";
    let output = sum(&[["E3", "Exchange", large, "0"], ["P1", "Exchange", "1", "0"]]);
    // What cannot be added to the digit is not shown as something else.
    assert_report(&output, &format!("{},A,2,,0,,,\n", id(1)));
}

#[test]
fn a_customer_without_rows_has_no_row_and_one_without_a_name_its_id() {
    let rows = r#"{"items":[{"productName":"P","licensesQualified":3,"licensesActive":1}]}"#;
    let list = Answer::status(200).json(format!(
        r#"{{"items":[{{"id":"{}"}},{{"id":"{}","companyProfile":{{"companyName":"Named"}}}}]}}"#,
        id(1),
        id(2)
    ));
    let answer = |n, body: &str| Answer::status(200).json(body).for_path(usage_path(n));
    let args = ["--all", "--summary=customer", "--no-header"];
    let (output, _) = serve(vec![list.for_path(LIST), answer(1, rows), answer(2, rows)], args);
    let rows_of = |output: &Output| -> Vec<String> {
        let lines = output.text().lines().skip(3).take_while(|line| !line.is_empty());
        lines.map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(rows_of(&output), [id(1), "Named".to_owned()]);
    let answers = vec![page([1, 2], None).for_path(LIST), answer(1, rows), answer(2, r#"{"items":[]}"#)];
    let (output, _) = serve(answers, [&args[..], &["-o", "csv", "--columns", "customerId,idle"]].concat());
    let warning = format!(
        "pc-usage: warning: 1 customer has no licence usage rows; that is not the same as no usage: {} (C 2) ({ADVICE})\n",
        id(2)
    );
    assert_ended(&output, 0, &format!("{},2\n", id(1)), &warning);
}

#[test]
fn an_alarm_sees_the_sums() {
    let output = run(["--demo", "contoso", "--summary=customer", "-o", "csv", "--fail-if", "idle > 60"]);
    let found = "pc-usage: --fail-if 'licensesIdle > 60' matches 1 of 1 row, worst: Contoso Ltd: licensesIdle 68\n";
    let row = DEMO.lines().nth(1).expect("a row");
    assert_ended(&output, 10, &format!("{HEADER}{row}\n"), found);
}

#[test]
fn a_field_that_the_sums_lack_and_a_summary_without_its_sign_are_wrong_command_lines() {
    const FIELDS: &str = "customerId, customerName (customer), products, licensesQualified (qualified), licensesActive (active), \
        licensesIdle (idle), usagePercent (usage), processedDateTime (date), age";
    for (option, field, name) in [
        ("--sort", "product", "productName"),
        ("--columns", "workloads", "workloads"),
        ("--where", "workload = x", "workloadName"),
        ("--fail-if", "productId = x", "productId"),
    ] {
        let error = format!("{option}: a summary by customer has no field {name}\n  hint: the fields are {FIELDS}\n");
        assert_refused(&run(["--all", "--summary=customer", option, field]), &error);
    }
    let output = run(["--all", "--summary", "--sort", "products"]);
    assert!(output.stderr.starts_with("pc-usage: error: --sort: the field products needs --summary=customer\n"));
    assert_eq!(output.code, 2);
    for by in ["customer", "product"] {
        let output = run(["--all", "--summary", by]);
        let error = format!(
            "pc-usage: error: `--summary {by}` would look for a customer `{by}`; write `--summary={by}`\n\nUsage: "
        );
        assert!(output.stderr.starts_with(&error), "{}", output.stderr);
        assert_eq!((output.code, output.text()), (2, ""));
    }
    // Behind `--`, it is one.
    let none = "pc-usage: error: no customer's name or domain contains `product`\n  hint: `pc-usage customers` lists all customers\n";
    assert_ended(&run(["--demo", "--summary", "--", "product"]), 6, "", none);
    assert_report(&run(["--demo", "--summary=product"]), run(["--demo", "--summary"]).text());
}

#[test]
fn a_table_of_all_that_is_gone_does_not_say_that_nothing_is_left() {
    let home = Home::new();
    let customers = ["--demo", "contoso", "fabrikam"];
    let then = run([&customers[..], &["-o", "json"]].concat()).text().replace("Teams", "Yammer");
    std::fs::write(home.path().join("then.json"), then).expect("room for a file");
    let mut command = home.command();
    command.args(customers).args(["--compare", "then.json", "--sort", "idle", "--where", "change = gone"]);
    command.args(["--columns", "workload,change"]);
    let table = "\
2 customers
Data of 2017-03-12 · 3 days old · compared with 2017-03-12

Workload  Change
────────────────
Yammer    gone

Total
";
    let output = finish(command, "");
    assert!(output.text().starts_with(table), "{}", output.text());
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
}
