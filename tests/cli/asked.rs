//! What people ask of rows and of the list of customers, as they type it: conditions joined, several columns and keys, one
//! customer of a saved run. It refuses to look at how a table is laid out: reports here are CSV, JSON or nothing.

use std::fs;

use crate::many::id;
use crate::report::saved;
use crate::{CUSTOMER, Home, Output, assert_failed, assert_refused, assert_report, finish, run};

const CONTOSO: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";

/// Product and workload of the demo's lively customer, for which this holds.
fn kept(filter: &str) -> String {
    let columns = ["-o", "csv", "--no-header", "--columns", "workload,idle"];
    let output = run([&["--demo", CONTOSO, "--where", filter], &columns[..]].concat());
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{filter}");
    output.text().replace('\n', "; ")
}

#[test]
fn conditions_are_joined_by_and_and_or_of_which_and_binds_tighter() {
    for (filter, rows) in [
        ("product ~ E3 and idle > 100", "SharePoint,102; Teams,154; "),
        ("product~E3 AND idle>100 and usage<50%", "Teams,154; "),
        ("idle < 20 Or idle = 154", "Exchange,19; Teams,154; "),
        ("idle < 20 or product ~ E3 and usage < 50", "Exchange,19; Teams,154; "),
        ("usage < 50 and product ~ E3 or idle < 20", "Exchange,19; Teams,154; "),
        ("product = 'OFFICE 365 ENTERPRISE E3' and workload=\"Teams\"", "Teams,154; "),
        // One text.
        ("product ~ E3 and Development", ""),
        (
            "product !~ sales and or and idle",
            "Exchange,19; SharePoint,102; Skype For Business,63; Teams,154; Exchange,28; \
          Microsoft Dynamics CRM,21; ",
        ),
        ("product ~ 'E3 and idle > 100'", ""),
    ] {
        assert_eq!(kept(filter), rows, "{filter}");
    }
}

const FIELDS: &str = "the fields are customerId, customerName (customer), productName (product), workloadName (workload), \
    workloadCode, serviceName (service), serviceCode, channel, licensesQualified (qualified), licensesActive (active), \
    licensesIdle (idle), usagePercent (usage), processedDateTime (date), productId, age";

#[test]
fn what_might_be_meant_otherwise_is_refused_with_the_way_to_write_it() {
    let quote = "if it is part of a text, put the text in quotes";
    for (filter, why) in [
        (
            "product ~ E3 and idel > 10",
            format!(
                "unknown field `idel`; did you mean `idle`?\n  hint: {FIELDS}; if `and` is part of a text, put the text in quotes"
            ),
        ),
        (
            "product ~ Terms OR Conditions=5",
            format!("unknown field `Conditions`\n  hint: {FIELDS}; if `OR` is part of a text, put the text in quotes"),
        ),
        ("product ~ E3 && idle > 10", format!("`&&` does not join conditions\n  hint: write `and`; {quote}")),
        ("idle > 10||usage < 5", format!("`||` does not join conditions\n  hint: write `or`; {quote}")),
        ("product ~ E3, idle > 10", format!("`,` does not join conditions\n  hint: write `and`; {quote}")),
        (
            "product = “E3” and idle > 10",
            "`“E3”` has typographic quotes\n  hint: use straight ones, \" or '".to_owned(),
        ),
        (
            "product = 'E3 and idle > 10",
            "`'E3 and idle > 10` begins with a quote, so it must end with the same one".to_owned(),
        ),
        (
            "(idle > 10 or usage < 5) and product ~ E3",
            "an expression cannot contain parentheses\n  hint: `and` binds tighter than `or`; if --where is repeated, all must match"
                .to_owned(),
        ),
    ] {
        for option in ["--where", "--fail-if"] {
            let output = run(["--demo", option, filter, "-o", "csv"]);
            assert_refused(&output, &format!("{option} '{filter}': {why}\n"));
        }
    }
}

#[test]
fn an_alarm_of_several_conditions_tells_the_worst_row_by_its_first_number() {
    let alarm = |expr: &str| run(["--demo", CONTOSO, "-o", "json", "--fail-if", expr]);
    for (expr, found) in [
        (
            "product ~ E3 and idle > 60",
            "productName ~ E3 and licensesIdle > 60' matches 3 of 6 rows, worst: Contoso Ltd, OFFICE 365 ENTERPRISE E3, \
             Teams: licensesIdle 154",
        ),
        (
            "active != 231 and usage < 60 and idle < 30",
            "licensesActive != 231 and usagePercent < 60 and licensesIdle < 30' matches 2 of 6 rows, worst: Contoso Ltd, \
             EXCHANGE ONLINE (PLAN 1), Exchange: usagePercent 30.0",
        ),
        (
            "workload=teams or workload ~ 'sky'",
            "workloadName = teams or workloadName ~ \"sky\"' matches 2 of 6 rows, first: Contoso Ltd, OFFICE 365 ENTERPRISE \
             E3, Skype For Business: workloadName Skype For Business",
        ),
    ] {
        let output = alarm(expr);
        assert_eq!((output.code, output.stderr), (10, format!("pc-usage: --fail-if '{found}\n")));
    }
    assert_eq!(alarm("product ~ E3 and idle > 160").code, 0);
}

/// Rows with these members.
fn body(rows: &[&str]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| format!("{{{row}}}")).collect();
    format!("{{\"items\":[{}]}}", rows.join(","))
}

#[test]
fn an_alarm_of_several_conditions_says_what_it_could_not_look_at() {
    let rows = body(&[
        r#""productName":"A","licensesQualified":9,"licensesActive":1"#,
        r#""productName":"B","licensesActive":5"#,
        r#""productName":"C","usagePercent":7"#,
    ]);
    let alarm = |expr: &str| saved(&*rows, &["-o", "json", "--fail-if", expr]);
    // The product alone says that the others do not matter.
    assert_eq!((alarm("product = A and idle > 9").code, alarm("product = A and idle > 9").stderr), (0, String::new()));
    let output = alarm("active > 6 and qualified > 3 or idle > 90");
    let told = "pc-usage: warning: --fail-if 'licensesActive > 6 and licensesQualified > 3 or licensesIdle > 90': 2 of 3 rows \
        without licensesActive, licensesQualified or licensesIdle, not tested\n";
    assert_eq!((output.code, &*output.stderr), (0, told));
    let output = alarm("idle > 6 and age > 7 or age < 3");
    let told = "pc-usage: --fail-if 'licensesIdle > 6 and age > 7 or age < 3' could not be tested: none of 3 rows has \
        licensesIdle and age\n";
    assert_eq!((output.code, &*output.stderr), (11, told));
}

/// A report on `now`, compared with `then`.
fn compared(now: &str, then: &str, args: &[&str]) -> Output {
    let home = Home::new();
    fs::write(home.path().join("then.json"), then).expect("room for a file");
    let mut command = home.command();
    command.args([CUSTOMER, "--input", "-", "--compare", "then.json", "-o", "csv", "--no-header", "-q"]).args(args);
    finish(command, now)
}

#[test]
fn an_alarm_on_a_change_says_nothing_of_rows_that_are_new_or_gone() {
    let (a, b, c) = (
        r#""productName":"A","licensesActive":10"#,
        r#""productName":"B","licensesActive":10"#,
        r#""productName":"C","licensesActive":10"#,
    );
    let columns = ["--columns", "product,change"];
    for alarm in
        ["licensesActiveChange < -5", "licensesActiveChange != 0", "licensesQualifiedChange != 0 and active < 5"]
    {
        let now = body(&[r#""productName":"A","licensesQualified":1,"licensesActive":10"#, c]);
        let then = body(&[r#""productName":"A","licensesQualified":1,"licensesActive":10"#, b]);
        let output = compared(&now, &then, &[&columns[..], &["--fail-if", alarm]].concat());
        assert_report(&output, "A,same\nC,new\nB,gone\n");
    }
    // What else is asked of them is looked at.
    let output = compared(
        &body(&[a, c]),
        &body(&[a, b]),
        &[&columns[..], &["--fail-if", "licensesActiveChange < -5 or change = gone"]].concat(),
    );
    let found = "pc-usage: --fail-if 'licensesActiveChange < -5 or change = gone' matches 1 of 3 rows, worst: \
        4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04, B: change gone\n";
    assert_eq!((output.code, &*output.stderr), (10, found));
    // Rows that lack a figure lack its change; and nothing can be said where no row is in both.
    let output =
        compared(&body(&[a, r#""productName":"B""#]), &body(&[a, b]), &["--fail-if", "licensesActiveChange<0"]);
    let told = "pc-usage: warning: --fail-if 'licensesActiveChange < 0': 1 of 2 rows without licensesActiveChange, not \
        tested\n";
    assert_eq!((output.code, &*output.stderr), (0, told));
    let output = compared(&body(&[a]), &body(&[]), &["--fail-if", "licensesActiveChange<0"]);
    let told = "pc-usage: --fail-if 'licensesActiveChange < 0' could not be tested: no row is in both responses\n";
    assert_eq!((output.code, &*output.stderr), (11, told));
}

#[test]
fn columns_and_keys_come_in_lists_and_in_several_options() {
    let demo = |args: &[&str]| run([&["--demo", CONTOSO, "-o", "csv", "--no-header"], args].concat());
    let rows = "Teams,154,96\nSharePoint,102,148\nSkype For Business,63,187\nExchange,28,12\nMicrosoft Dynamics \
        CRM,21,9\nExchange,19,231\n";
    assert_report(&demo(&["--columns", "workload,idle", "--columns", "active", "--sort", "idle:desc"]), rows);
    let rows =
        "Exchange,19\nExchange,28\nMicrosoft Dynamics CRM,21\nSharePoint,102\nSkype For Business,63\nTeams,154\n";
    for sort in [&["--sort", "workload,idle"][..], &["--sort", "workload:ASC", "--sort", " idle : asc "]] {
        assert_report(&demo(&[sort, &["--columns", "workload,idle"]].concat()), rows);
    }
    let rows =
        "Exchange,28\nExchange,19\nMicrosoft Dynamics CRM,21\nSharePoint,102\nSkype For Business,63\nTeams,154\n";
    assert_report(&demo(&["--sort", "workload,idle:desc", "--columns", "workload,idle"]), rows);
    for (args, error) in [
        (&["--columns", "idle", "--columns", "active,idle"][..], "--columns: licensesIdle is named twice".to_owned()),
        (&["--sort", "-idle"], "--sort '-idle': a sort key takes no sign\n  hint: write --sort idle:desc".to_owned()),
        (&["--sort", "product,-usage"], "--sort '-usage': a sort key takes no sign\n  hint: write --sort usage:desc".to_owned()),
        (&["--sort", "idle,"], format!("--sort '': a field is missing\n  hint: {FIELDS}")),
        (
            &["--sort", "idle desc"],
            "--sort 'idle desc': `idle desc` is not one field\n  hint: fields are separated by commas; `idle:desc` sorts from high \
             to low"
                .to_owned(),
        ),
        (
            &["--sort", "idle:up"],
            "--sort 'idle:up': `:up` is not an order: `:desc` sorts from high to low, `:asc` from low to high".to_owned(),
        ),
    ] {
        assert_refused(&demo(args), &format!("{error}\n"));
    }
}

fn listed(args: &[&str]) -> Output {
    run([&["--demo", "customers"], args].concat())
}

#[test]
fn the_list_of_customers_is_filtered_sorted_and_cut_to_columns() {
    let rows = "domain,companyName\nwingtip.onmicrosoft.com,Wingtip Toys\ntailspin.onmicrosoft.com,Tailspin Toys\n";
    let toys =
        ["--where", "COMPANYNAME ~ toys", "--sort", "domain:desc", "--columns", "domain", "--columns", "companyName"];
    assert_report(&listed(&[&toys[..], &["-o", "csv"]].concat()), rows);
    let lines = "{\"domain\":\"wingtip.onmicrosoft.com\",\"companyName\":\"Wingtip Toys\"}\n\
        {\"domain\":\"tailspin.onmicrosoft.com\",\"companyName\":\"Tailspin Toys\"}\n";
    assert_report(&listed(&[&toys[..], &["-o", "jsonl"]].concat()), lines);
    let table = "\
Domain                    CompanyName
───────────────────────────────────────
wingtip.onmicrosoft.com   Wingtip Toys
tailspin.onmicrosoft.com  Tailspin Toys

2 of 6 customers
";
    assert_report(&listed(&toys), table);
    // Before the name of the command too, and both must hold.
    let both = ["--where", "companyName ~ toys", "customers", "--where", "domain !~ wing", "-o", "csv", "--no-header"];
    let tailspin = "3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04,Tailspin Toys,tailspin.onmicrosoft.com,reseller\n";
    assert_report(&run([&["--demo"], &both[..]].concat()), tailspin);
    let none = listed(&["--where", "relationshipToPartner = direct or customerId = x", "-o", "csv"]);
    assert_report(&none, "customerId,companyName,domain,relationshipToPartner\n");
}

#[test]
fn the_list_of_customers_has_its_own_fields() {
    let fields = "  hint: the fields are customerId, companyName, domain, relationshipToPartner\n";
    for (args, error) in [
        (
            &["--where", "customer ~ toys"][..],
            format!("--where 'customer ~ toys': unknown field `customer`; did you mean `customerId`?\n{fields}"),
        ),
        (&["--sort", "product"], format!("--sort 'product': unknown field `product`\n{fields}")),
        (&["--columns", "customerId,idle"], format!("--columns: unknown field `idle`\n{fields}")),
        (
            &["--where", "domain < x"],
            "--where 'domain < x': `<` does not fit domain, which takes = != ~ !~\n".to_owned(),
        ),
        (
            &["-o", "json", "--where", "domain ~ x"],
            "--where only works with -o table, -o csv or -o jsonl, not with the format json\n".to_owned(),
        ),
        (&["--fail-if", "domain ~ x"], "`customers` does not take --fail-if\n".to_owned()),
    ] {
        if args[0] == "--fail-if" {
            assert_refused(&run([&["--demo"], args, &["customers"]].concat()), &error);
        } else {
            assert_refused(&listed(args), &error);
        }
    }
    let error = "--where 'domain ~ x': unknown field `domain`\n";
    assert_refused(&run(["--demo", "--where", "domain ~ x"]), &format!("{error}  hint: {FIELDS}\n"));
}

/// An array as `-o json` of several customers writes it; each has one row, and spaces of its own.
fn array(customers: &[usize]) -> String {
    let element = |n: &usize| format!("{{\"customerId\":\"{}\",\"response\":{}}}", id(*n).to_uppercase(), one(*n));
    format!("[\n{}\n]\n", customers.iter().map(element).collect::<Vec<_>>().join(",\n"))
}

fn one(n: usize) -> String {
    format!("{{ \"items\": [{{\"productName\":\"P {n}\"}}] }}")
}

fn of(customer: &str, file: &str, args: &[&str]) -> Output {
    let home = Home::new();
    fs::write(home.path().join("all.json"), file).expect("room for a file");
    let mut command = home.command();
    command.args([customer, "--input", "all.json"]).args(args);
    finish(command, "")
}

const PRODUCTS: [&str; 5] = ["-o", "csv", "--no-header", "--columns", "customerId,product"];

#[test]
fn one_customer_is_taken_out_of_a_saved_run() {
    let all = array(&[1, 2, 3]);
    assert_report(&of(&id(2), &all, &PRODUCTS), &format!("{},P 2\n", id(2)));
    assert_report(&of(&id(2), &all, &["-o", "json"]), &format!("{}\n", one(2)));
    // Twice there are two, in an array.
    let twice = array(&[2, 1, 2]);
    assert_report(&of(&id(2), &twice, &PRODUCTS), &format!("{0},P 2\n{0},P 2\n", id(2)));
    let two = format!(
        "[\n{{\"customerId\":\"{0}\",\"response\":{1}}},\n{{\"customerId\":\"{0}\",\"response\":{1}}}\n]\n",
        id(2),
        one(2)
    );
    assert_report(&of(&id(2), &twice, &["-o", "json"]), &two);
    for file in [&*all, "[]"] {
        let error = format!(
            "pc-usage: error: all.json has no response for customer {}\n  hint: `-o csv --columns customerId` shows which \
             customers it holds\n",
            id(4)
        );
        assert_failed(&of(&id(4), file, &PRODUCTS), 6, &error);
    }
}

#[test]
fn one_customer_is_taken_out_of_a_body_whose_rows_have_ids() {
    let row = |n: usize| format!("\"customerId\":\"{}\",\"productName\":\"P {n}\"", id(n).to_uppercase());
    let page = body(&[&row(1), &row(2), r#""productName":"nobody's""#, &row(1), r#""customerId":"odd""#]);
    let in_array = format!("[{{\"customerId\":null,\"response\":{page}}}]");
    for file in [&page, &in_array] {
        assert_report(&of(&id(1), file, &PRODUCTS), &format!("{0},P 1\n{0},P 1\n", id(1)));
        let error = "all.json holds rows of several customers, and -o json writes a response unchanged\n  hint: \
            -o jsonl writes the rows of one\n";
        assert_refused(&of(&id(1), file, &["-o", "json"]), error);
        let output = of(&id(4), file, &PRODUCTS);
        assert_eq!((output.code, output.text()), (6, ""), "{}", output.stderr);
    }
    // A body of one is whole, also where a row does not say whose it is.
    let page = body(&[&row(1), r#""productName":"Q""#]);
    assert_report(&of(&id(1), &page, &PRODUCTS), &format!("{0},P 1\n{0},Q\n", id(1)));
    assert_report(&of(&id(1), &page, &["-o", "json"]), &format!("{page}\n"));
    // Pages of several customers come together.
    let page = |n: usize| format!("{{\"customerId\":null,\"response\":{}}}", body(&[&row(n), &row(1)]));
    let pages = format!("[{},{},{}]", page(2), page(3), array(&[1]).trim().trim_matches(['[', ']']));
    let products = ["-o", "csv", "--no-header", "--columns", "product", "--sort", "product"];
    assert_report(&of(&id(1), &pages, &products), "P 1\nP 1\nP 1\n");
}

#[test]
fn a_format_typed_as_an_option_is_answered_with_the_option_for_formats() {
    for format in ["table", "csv", "json", "jsonl"] {
        let output = run([CUSTOMER, &format!("--{format}")]);
        let start =
            format!("pc-usage: error: unexpected argument '--{format}' found\n\n  tip: use '-o {format}'\n\nUsage: ");
        assert!(output.stderr.starts_with(&start), "{}", output.stderr);
        assert_eq!((output.code, output.text()), (2, ""));
    }
}

#[test]
fn an_expression_without_quotes_is_told_from_customers() {
    for (typed, field) in
        [(&["--where", "product", "=", "Exchange"][..], "product"), (&["--fail-if", "idle", "E3"], "idle")]
    {
        let error = format!(
            "{} '{field}': `{field}` has no operator\n  hint: write FIELD OP VALUE, in quotes: 'usage < 50'\n",
            typed[0]
        );
        assert_refused(&run([&["--demo", "--all"], typed].concat()), &error);
    }
}
