//! The built-in sample service, as someone without an account meets it: whole reports of all its customers, in all formats.
//! It refuses to let the machine's settings into it, and looks at nothing that a test with a scripted server shows better.

use std::time::{Duration, Instant};

use crate::report::SAMPLE_TABLE;
use crate::server::Server;
use crate::{
    ADVICE, CSV_HEADER, CUSTOMER, Home, NOW, Output, assert_ended, assert_refused, assert_report, assert_sample,
    finish, run,
};

const CONTOSO: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";
const FABRIKAM: &str = "1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02";
const NORTHWIND: &str = "2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03";
const TAILSPIN: &str = "3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04";
const WINGTIP: &str = "4caf4daf-d915-4ea2-80ab-7f5d6eb08c05";

const CONTOSO_TABLE: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                   Workload                Qualified  Active  Idle  Usage
───────────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3  Exchange                      250     231    19  92.4% █████████▎
OFFICE 365 ENTERPRISE E3  SharePoint                    250     148   102  59.2% █████▉░░░░
OFFICE 365 ENTERPRISE E3  Skype For Business            250     187    63  74.8% ███████▌░░
OFFICE 365 ENTERPRISE E3  Teams                         250      96   154  38.4% ███▉░░░░░░
EXCHANGE ONLINE (PLAN 1)  Exchange                       40      12    28  30.0% ███░░░░░░░
DYNAMICS 365 FOR SALES    Microsoft Dynamics CRM         30       9    21  30.0% ███░░░░░░░

68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28 · 6 rows, 3 products
";

const FABRIKAM_TABLE: &str = "\
Fabrikam, Inc. · 1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02
Data of 2017-03-12 · 3 days old

Product                                        Workload            Qualified  Active  Idle   Usage
─────────────────────────────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 BUSINESS PREMIUM                    Exchange                   62      62     0  100.0% ██████████
OFFICE 365 BUSINESS PREMIUM                    SharePoint                 62      41    21   66.1% ██████▋░░░
OFFICE 365 BUSINESS PREMIUM                    Skype For Business         62      17    45   27.4% ██▊░░░░░░░
EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE  Exchange                   62      58     4   93.5% █████████▍

4 of 124 seats idle (3 %) · most in EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE: 4 · 4 rows, 2 products
";

const NORTHWIND_TABLE: &str = "\
Northwind Traders · 2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03
Data of 2017-03-12 · 3 days old

Product                   Workload    Qualified  Active  Idle  Usage
───────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E1  Exchange          480     452    28  94.2% █████████▍
OFFICE 365 ENTERPRISE E1  SharePoint        480     133   347  27.7% ██▊░░░░░░░
OFFICE 365 ENTERPRISE E5  Exchange          120      51    69  42.5% ████▎░░░░░
OFFICE 365 ENTERPRISE E5  Teams             120      38    82  31.7% ███▏░░░░░░

97 of 600 seats idle (16 %) · most in OFFICE 365 ENTERPRISE E5: 69 · 4 rows, 2 products
";

fn demo(args: &[&str]) -> Output {
    run([&["--demo"], args].concat())
}

/// The message with `<id>` for each id of a call.
fn without_ids(stderr: &str) -> String {
    let mut text = stderr.to_owned();
    for name in ["MS-CorrelationId ", "MS-RequestId "] {
        let id = text.find(name).map(|at| at + name.len()).expect("an id");
        let end = id + 36;
        let is_guid = text[id..end].bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        assert!(is_guid, "{stderr}");
        text.replace_range(id..end, "<id>");
    }
    text
}

#[test]
fn the_first_customer_is_the_documented_one_and_needs_no_id() {
    assert_report(&demo(&[]), SAMPLE_TABLE);
    assert_report(&demo(&[CUSTOMER]), SAMPLE_TABLE);
    assert_report(&run([CUSTOMER, "--demo"]), SAMPLE_TABLE);
    assert_report(&demo(&["{4D3CF487-70F4-4E1E-9FF1-B2BFCE8D9F04}"]), SAMPLE_TABLE);
}

#[test]
fn three_customers_have_lively_figures() {
    assert_report(&demo(&[CONTOSO]), CONTOSO_TABLE);
    assert_report(&demo(&[FABRIKAM]), FABRIKAM_TABLE);
    let start = Instant::now();
    assert_report(&demo(&[NORTHWIND]), NORTHWIND_TABLE);
    // It was told to wait.
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn all_customers_show_all_that_can_happen() {
    let output = demo(&["--all"]);
    let sections = [SAMPLE_TABLE, CONTOSO_TABLE, FABRIKAM_TABLE, NORTHWIND_TABLE].join("\n");
    let total = "
Total
177 of 1052 seats idle (17 %) · 5 customers, 19 rows

Most idle seats by customer
  97  Northwind Traders
  68  Contoso Ltd
   8  DT DEMO CSP CUSTOMER 005
   4  Fabrikam, Inc.

Most idle seats by product
  69  OFFICE 365 ENTERPRISE E5
  33  EXCHANGE ONLINE (PLAN 1)
  28  OFFICE 365 ENTERPRISE E1
  21  DYNAMICS 365 FOR SALES
  19  OFFICE 365 ENTERPRISE E3
   6  EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE
   1  OFFICE 365 BUSINESS ESSENTIALS
";
    assert_eq!(output.text(), format!("{sections}\nTailspin Toys · {TAILSPIN}\nNo licence usage rows.\n{total}"));
    let stderr = format!(
        "pc-usage: error: usage of customer {WINGTIP} (Wingtip Toys): 403 Forbidden: No relationship between caller and account. \
         (code 20002)\n  hint: this is not, or no longer, a customer of the signed-in partner; check the id with `pc-usage \
         customers`\n  ids: MS-CorrelationId <id>, MS-RequestId <id>, MS-CV 0mufM0K1kEOoR7oI.0\n\
         pc-usage: warning: 1 customer has no licence usage rows; that is not the same as no usage: {TAILSPIN} (Tailspin Toys) ({ADVICE})\n\
         pc-usage: 1 of 6 customers failed\n"
    );
    assert_eq!((output.code, without_ids(&output.stderr)), (3, stderr));
}

#[test]
fn the_throttled_customer_is_an_error_to_those_who_do_not_wait() {
    for (args, gave_up) in [
        (["--retries", "0"], ""),
        (["--max-wait", "0"], " (after 1 attempt; the service asks for a wait of 1 s, --max-wait leaves 0 s)"),
    ] {
        let output = demo(&[&[NORTHWIND], &args[..]].concat());
        let error = format!(
            "pc-usage: error: usage of customer {NORTHWIND}: 429 Too Many Requests: Rate limit is exceeded. Try again in 1 \
             seconds.{gave_up}\n  hint: too many requests for this partner at the moment; try again later, or raise \
             --retries and --max-wait\n  ids: MS-CorrelationId <id>, MS-RequestId <id>, MS-CV 0mufM0K1kEOoR7oI.0\n"
        );
        assert_eq!(without_ids(&output.stderr), error);
        assert_eq!((output.code, output.text()), (7, ""));
    }
}

#[test]
fn one_customer_has_no_rows() {
    let warning = format!(
        "pc-usage: warning: customer {TAILSPIN} has no licence usage rows; that is not the same as no usage ({ADVICE})\n"
    );
    let table = format!("{TAILSPIN}\nNo licence usage rows.\n");
    let json = "{\"totalCount\":0,\"items\":[],\"attributes\":{\"objectType\":\"Collection\"}}\n";
    for (format, report) in [("table", &table[..]), ("csv", CSV_HEADER), ("json", json), ("jsonl", "")] {
        for (args, code) in [(&[][..], 0), (&["--fail-on-empty"], 11)] {
            let output = demo(&[&[TAILSPIN, "-o", format], args].concat());
            assert_ended(&output, code, report, &warning);
        }
    }
}

#[test]
fn one_customer_is_forbidden() {
    let error = format!(
        "pc-usage: error: usage of customer {WINGTIP}: 403 Forbidden: No relationship between caller and account. (code \
         20002)\n  hint: this is not, or no longer, a customer of the signed-in partner; check the id with `pc-usage customers`\n  \
         ids: MS-CorrelationId <id>, MS-RequestId <id>, MS-CV 0mufM0K1kEOoR7oI.0\n"
    );
    for format in ["table", "csv", "json", "jsonl"] {
        let output = demo(&[WINGTIP, "-o", format]);
        assert_eq!(without_ids(&output.stderr), error);
        assert_eq!((output.code, output.text()), (5, ""));
    }
}

#[test]
fn any_other_customer_is_unknown() {
    let other = "00000000-0000-4000-8000-000000000000";
    let output = demo(&[other]);
    let error = format!(
        "pc-usage: error: usage of customer {other}: 404 Not Found: No customer of this partner has this id. (code 3000)\n  \
         hint: there is no such customer for the signed-in partner; check the id, and that --cloud is the right one; or \
         {ADVICE}\n  ids: MS-CorrelationId <id>, MS-RequestId <id>, MS-CV 0mufM0K1kEOoR7oI.0\n"
    );
    assert_eq!(without_ids(&output.stderr), error);
    assert_eq!((output.code, output.text()), (6, ""));
}

#[test]
fn every_format_works() {
    let row = |product: &str, workload: &str, figures: &str| {
        format!(
            "{FABRIKAM},\"Fabrikam, Inc.\",{product},{workload},,o365,,reseller,{figures},2017-03-12T00:00:00+00:00\n"
        )
    };
    let premium = "OFFICE 365 BUSINESS PREMIUM";
    let csv = [
        CSV_HEADER.to_owned(),
        row(premium, "Exchange", "62,62,0,100.0"),
        row(premium, "SharePoint", "62,41,21,66.1"),
        row(premium, "Skype For Business", "62,17,45,27.4"),
        row("EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE", "Exchange", "62,58,4,93.5"),
    ]
    .concat();
    assert_report(&demo(&[FABRIKAM, "-o", "csv"]), &csv);
    let excel = format!("\u{feff}{}", csv.replace('\n', "\r\n"));
    assert_report(&demo(&[FABRIKAM, "-o", "csv", "--excel"]), &excel);
    assert_sample(&demo(&["-o", "json"]));
    let line = |product: &str, workload: &str, qualified: u32| {
        format!(
            "{{\"customerId\":\"{CUSTOMER}\",\"customerName\":\"DT DEMO CSP CUSTOMER 005\",\"productName\":\"{product}\",\
             \"workloadName\":\"{workload}\",\"workloadCode\":null,\"serviceName\":\"o365\",\"serviceCode\":null,\
             \"channel\":\"reseller\",\"licensesQualified\":{qualified},\"licensesActive\":0,\"licensesIdle\":{qualified},\
             \"usagePercent\":0.0,\"processedDateTime\":\"2017-03-09T00:00:00+00:00\"}}\n"
        )
    };
    let essentials = "OFFICE 365 BUSINESS ESSENTIALS";
    let lines = [
        line(essentials, "Exchange", 1),
        line(essentials, "SharePoint", 1),
        line(essentials, "Skype For Business", 1),
        line("EXCHANGE ONLINE (PLAN 1)", "Exchange", 5),
        line("EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE", "Exchange", 2),
    ]
    .concat();
    assert_report(&demo(&["-o", "jsonl"]), &lines);
}

#[test]
fn what_would_lead_a_normal_run_elsewhere_does_not_matter() {
    // Whoever is asked anything fails the test.
    let elsewhere = Server::start(vec![]);
    for (name, value) in [
        ("PC_USAGE_BASE_URL", elsewhere.url()),
        ("PC_USAGE_ACCESS_TOKEN", "two\nlines"),
        ("PC_USAGE_REFRESH_TOKEN", "nonsense"),
        ("PC_USAGE_AUTHORITY", elsewhere.url()),
        ("PC_USAGE_PROFILE", "named"),
        ("PC_USAGE_CLOUD", "china"),
        ("PC_USAGE_JOBS", "1"),
        ("PC_USAGE_TENANT_ID", "contoso.onmicrosoft.com"),
        ("PC_USAGE_ENDPOINT", "commercial"),
        ("HTTPS_PROXY", "nonsense://"),
        ("HTTPS_PROXY", elsewhere.url()),
        ("https_proxy", elsewhere.url()),
        ("HTTP_PROXY", elsewhere.url()),
        ("http_proxy", elsewhere.url()),
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("all_proxy", elsewhere.url()),
        ("NO_PROXY", "nonsense"),
        ("SSL_CERT_FILE", "/nonsense"),
    ] {
        let home = Home::new();
        let mut command = home.command();
        command.arg("--demo").env(name, value);
        let output = finish(command, "");
        assert_eq!((output.code, output.text(), output.stderr.as_str()), (0, SAMPLE_TABLE, ""), "{name}={value}");
    }
    elsewhere.done();
}

#[test]
fn a_bad_value_in_a_variable_is_told_though_it_would_not_be_used() {
    const DEVICE: &str = "on Windows a file of this name is a device; choose another name";
    const NAME: &str =
        "a profile name has up to 64 letters, digits, `.`, `_` and `-`, and starts with a letter or digit";
    let url = |site| format!("  hint: give an address such as https://{site}, without a user, query or fragment\n");
    for (name, value, why) in [
        ("PC_USAGE_JOBS", "x", " is `x`, which is not a number from 1 to 32\n".to_owned()),
        ("PC_USAGE_CLOUD", "x", " is `x`, which is not one of global, usgov, china\n".to_owned()),
        ("PC_USAGE_ENDPOINT", "x", " is `x`, which is not one of customer, commercial\n".to_owned()),
        ("PC_USAGE_PROFILE", "no/such", format!(" is `no/such`: {NAME}\n")),
        ("PC_USAGE_PROFILE", "con", format!(" is `con`: {DEVICE}\n")),
        (
            "PC_USAGE_TENANT_ID",
            "no/such",
            " is `no/such`: a tenant is a GUID or a domain such as contoso.onmicrosoft.com\n".to_owned(),
        ),
        (
            "PC_USAGE_CLIENT_ID",
            "x",
            " is `x`: an app registration's id is a GUID like 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01\n".to_owned(),
        ),
        (
            "PC_USAGE_BASE_URL",
            "x",
            format!(": `x` is not an https address\n{}", url("api.partnercenter.microsoft.com")),
        ),
        ("PC_USAGE_AUTHORITY", "x", format!(": `x` is not an https address\n{}", url("login.microsoftonline.com"))),
    ] {
        for args in [&["--demo"][..], &["--demo", "customers"], &["--demo", "status"], &["--demo", "login"]] {
            let home = Home::new();
            let mut command = home.command();
            command.args(args).env(name, value);
            let output = finish(command, "");
            let text = format!("pc-usage: error: {name}{why}");
            // Only what sends several calls has jobs, and only a report an endpoint.
            if ["PC_USAGE_JOBS", "PC_USAGE_ENDPOINT"].contains(&name)
                && ["status", "login"].contains(&args[args.len() - 1])
            {
                assert_eq!((output.code, output.stderr.contains("error")), (0, false), "{args:?}");
            } else {
                assert_eq!((output.code, output.text(), output.stderr.as_str()), (2, "", &*text), "{args:?}");
            }
        }
    }
}

#[test]
fn output_colour_and_clock_are_honoured() {
    let with = |variables: &[(&str, &str)]| {
        let home = Home::new();
        let mut command = home.command();
        command.arg("--demo").envs(variables.iter().copied());
        finish(command, "")
    };
    assert_sample(&with(&[("PC_USAGE_OUTPUT", "json")]));
    assert_report(&with(&[("PC_USAGE_OUTPUT", "")]), SAMPLE_TABLE);
    let later = SAMPLE_TABLE.replace("6 days old", "7 days old");
    assert_report(&with(&[("PC_USAGE_NOW", "2017-03-16T00:00:00Z")]), &later);
    let forced = with(&[("CLICOLOR_FORCE", "1")]);
    assert_eq!(forced.text(), demo(&["--color", "always"]).text());
    assert_ne!(forced.text(), SAMPLE_TABLE);
    assert_report(&with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), SAMPLE_TABLE);
    let output = with(&[("PC_USAGE_OUTPUT", "nonsense")]);
    let error = "PC_USAGE_OUTPUT is `nonsense`, which is not one of table, csv, json, jsonl, markdown, html, xlsx\n";
    assert_refused(&output, error);
    let output = with(&[("PC_USAGE_NOW", "yesterday")]);
    let error = "PC_USAGE_NOW is not a valid RFC 3339 time: yesterday\n";
    assert_refused(&output, error);
}

#[test]
fn without_a_clock_of_ours_only_the_age_differs() {
    let home = Home::new();
    let mut command = home.command();
    command.arg("--demo").env_remove("PC_USAGE_NOW");
    let output = finish(command, "");
    let age = output.text().lines().nth(1).and_then(|line| line.strip_prefix("Data of 2017-03-09 · ")).expect("an age");
    let days: u32 = age.strip_suffix(" days old").and_then(|days| days.parse().ok()).expect("days");
    assert!(days > 3000, "{age}");
    assert_report(&output, &SAMPLE_TABLE.replace("6 days old", age));
    assert!(NOW.starts_with("2017-03-15"));
}

#[test]
fn an_option_that_leads_elsewhere_is_refused() {
    for (option, value) in [("--base-url", "https://example.com"), ("--token-file", "-"), ("--cloud", "china")] {
        let output = demo(&[option, value]);
        let error = format!("{option} cannot be used with --demo: the sample service is built in\n");
        assert_refused(&output, &error);
    }
}

#[test]
fn options_about_the_call_work_as_they_do_elsewhere() {
    let args = ["--locale", "de", "--retries", "0", "--timeout", "5", "--max-wait", "0", "-q"];
    assert_report(&demo(&args), SAMPLE_TABLE);
}

#[test]
fn nothing_is_left_behind() {
    let home = Home::new();
    for args in [&["--demo"][..], &["--demo", CONTOSO, "-o", "csv"], &["--demo", WINGTIP], &["--demo", TAILSPIN]] {
        let mut command = home.command();
        command.args(args);
        finish(command, "");
        let left: Vec<_> = std::fs::read_dir(home.path()).expect("a home").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
