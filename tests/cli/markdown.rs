//! Reports as Markdown: whole texts, and what a renderer of GitHub's flavour makes of the worst names.
//! It refuses to test which rows there are: those are the table's.

#[cfg(unix)]
use std::io::Read;

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use serde_json::json;

use crate::many::{id, usage_path};
use crate::server::Answer;
use crate::{Home, assert_refused, assert_report, finish, run, serve};
#[cfg(unix)]
use crate::{Running, server::Server};

const CONTOSO: &str = "\
## Contoso Ltd

Customer id 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01 · Data of 2017-03-12 · 3 days old

| Product | Workload | Qualified | Active | Idle | Usage |
|---|---|---:|---:|---:|---:|
| OFFICE 365 ENTERPRISE E3 | Exchange | 250 | 231 | 19 | 92.4% |
| OFFICE 365 ENTERPRISE E3 | SharePoint | 250 | 148 | 102 | 59.2% |
| OFFICE 365 ENTERPRISE E3 | Skype For Business | 250 | 187 | 63 | 74.8% |
| OFFICE 365 ENTERPRISE E3 | Teams | 250 | 96 | **154** | 38.4% |
| EXCHANGE ONLINE (PLAN 1) | Exchange | 40 | 12 | 28 | 30.0% |
| DYNAMICS 365 FOR SALES | Microsoft Dynamics CRM | 30 | 9 | 21 | 30.0% |

68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28 · 6 rows, 3 products
";

#[test]
fn a_customer_is_a_heading_a_table_and_the_closing_words() {
    assert_report(&run(["--demo", "contoso", "-o", "markdown"]), CONTOSO);
}

#[test]
fn the_totals_of_several_customers_are_lists() {
    let output = run(["--demo", "contoso", "fabrikam", "-o", "markdown", "--where", "usage < 31"]);
    let report = "\
## Contoso Ltd

Customer id 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01 · Data of 2017-03-12 · 3 days old

| Product | Workload | Qualified | Active | Idle | Usage |
|---|---|---:|---:|---:|---:|
| EXCHANGE ONLINE (PLAN 1) | Exchange | 40 | 12 | **28** | 30.0% |
| DYNAMICS 365 FOR SALES | Microsoft Dynamics CRM | 30 | 9 | 21 | 30.0% |

49 of 70 seats idle (70 %), over all workloads · most in EXCHANGE ONLINE (PLAN 1): 28 · 2 of 6 rows, 2 products

## Fabrikam, Inc.

Customer id 1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02 · Data of 2017-03-12 · 3 days old

| Product | Workload | Qualified | Active | Idle | Usage |
|---|---|---:|---:|---:|---:|
| OFFICE 365 BUSINESS PREMIUM | Skype For Business | 62 | 17 | **45** | 27.4% |

0 of 62 seats idle (0 %), over all workloads · 1 of 4 rows, 1 product

## Total

- 49 of 132 seats idle (37 %), over all workloads
- 2 customers, 3 of 10 rows

### Most idle seats by customer

- **49** Contoso Ltd

### Most idle seats by product

- **28** EXCHANGE ONLINE (PLAN 1)
- **21** DYNAMICS 365 FOR SALES
";
    assert_report(&output, report);
}

#[test]
fn what_is_sorted_summed_or_compared_is_one_table_like_any_other() {
    let output = run(["--demo", "contoso", "fabrikam", "-o", "markdown", "--summary=customer", "--sort", "idle:desc"]);
    let (start, _) = output.text().split_once("## Total").expect("a total");
    assert_eq!(
        start,
        "## 2 customers\n\nData of 2017-03-12 · 3 days old\n\n\
         | Customer | Products | Qualified | Active | Idle | Usage |\n|---|---:|---:|---:|---:|---:|\n\
         | Contoso Ltd | 3 | 320 | 252 | **68** | 78.8% |\n| Fabrikam, Inc. | 2 | 124 | 120 | 4 | 96.8% |\n\n"
    );
    let rule = "\n\nEach seat counts once: qualified in the largest workload, active in the busiest · \
                usage calculated by pc-usage: active × 100 ÷ qualified\n";
    assert!(output.text().ends_with(rule), "{}", output.text());

    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "contoso", "-o", "json", "--out-file", "now.json"]);
    assert_report(&finish(command, ""), "");
    let now = std::fs::read_to_string(home.path().join("now.json")).expect("it was written");
    std::fs::write(home.path().join("then.json"), now.replace("\"licensesActive\":231", "\"licensesActive\":240"))
        .expect("room for a file");
    let mut command = home.command();
    command.args(["--demo", "contoso", "--compare", "then.json", "--where", "change = changed", "-o", "markdown"]);
    let report = "\
## Contoso Ltd

Customer id 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01 · Data of 2017-03-12 · 3 days old · compared with 2017-03-12

| Product | Workload | Qualified | Active | Idle | Usage | Change |
|---|---|---:|---:|---:|---:|---|
| OFFICE 365 ENTERPRISE E3 | Exchange | 250 | 231 (−9) | **19** | 92.4% | changed |

19 of 250 seats idle (8 %), over all workloads · 1 of 6 rows, 1 product · 1 changed
";
    assert_report(&finish(command, ""), report);
}

#[test]
fn where_there_are_no_rows_it_says_so() {
    let (output, _) = serve(vec![Answer::status(200).json(r#"{"items":[]}"#)], [&id(1), "-o", "markdown", "-q"]);
    let told = "has no licence usage rows; that is not the same as no usage";
    let warning = format!("- **warning:** customer {} {told}\n", id(1));
    assert_eq!(output.text(), format!("## {}\n\nNo licence usage rows.\n\n{warning}", id(1)));
    let output = run(["--demo", "contoso", "-o", "markdown", "--where", "idle > 999"]);
    let title = CONTOSO.split("| Product").next().expect("a title");
    assert_report(&output, &format!("{title}--where keeps none of 6 rows.\n"));
    let output = run(["--demo", "contoso", "fabrikam", "-o", "markdown", "--where", "idle > 999"]);
    assert_report(&output, "--where keeps none of 10 rows of 2 customers.\n");
}

/// Names that would be something else in a report, if they were let.
pub const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</style></title><b>x</b><!--",
    "</td></tr></table>",
    "a|b|c",
    r"a\|b\",
    r"\",
    "|---|",
    "`code` ``x`` `",
    "*bold* _it_ __x__ ~~del~~ ~",
    "[link](http://evil.example) ![image](http://evil.example/x.png)",
    "[note]: http://evil.example",
    r"!\[x](y) [x][y] [^1]",
    "http://evil.example www.evil.example WWW.evil.example HTTPS://evil.example ftp://evil.example",
    "<http://evil.example> //evil.example :// javascript:alert(1)",
    "# heading #",
    "- item",
    "1. item",
    "> quote",
    "---",
    "$x^2$ $$y$$ :tada: {{ x }} ==x== ++x++ ^x^ ||x||",
    "&lt;script&gt; &amp; &#60; &copy; &",
    "two\nlines\r\n\ttab",
    "bidi \u{202e}exe.doc \u{2066}x\u{2069}",
    "זה שם",
    "zero\u{200b}width",
    "@octocat a@evil.example #12",
    "trailing \\",
];

/// The name as a person reads it.
pub fn readable(name: &str) -> String {
    let hidden = |char: char| char.is_control() || "\u{200b}\u{202e}\u{2066}\u{2069}".contains(char);
    let shown = |char: char| match char {
        char if hidden(char) => format!("\\u{{{:x}}}", u32::from(char)),
        char => char.to_string(),
    };
    name.chars().map(shown).collect()
}

/// A body whose customer and products have these names.
pub fn hostile(customer: &str) -> String {
    let row = |(index, name): (usize, &&str)| {
        json!({"customerName": customer, "productName": name, "workloadName": HOSTILE[HOSTILE.len() - 1 - index],
            "licensesQualified": 100 + index, "licensesActive": 0, "usagePercent": 0.04})
    };
    json!({"items": HOSTILE.iter().enumerate().map(row).collect::<Vec<_>>()}).to_string()
}

/// What GitHub's flavour of Markdown has beside the plain one, and some that others have.
fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.autolink = true;
    extension.strikethrough = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    extension.underline = true;
    extension.spoiler = true;
    extension.description_lists = true;
    options
}

/// The text of a node and everything in it.
fn text<'a>(node: &'a AstNode<'a>) -> String {
    let texts = node.descendants().filter_map(|node| match &node.data.borrow().value {
        NodeValue::Text(text) => Some(text.to_string()),
        _ => None,
    });
    texts.collect()
}

/// The cells of all tables, as a renderer shows them.
pub fn cells(report: &str) -> Vec<Vec<String>> {
    let arena = Arena::new();
    let root = parse_document(&arena, report, &options());
    let rows = root.descendants().filter(|node| matches!(node.data.borrow().value, NodeValue::TableRow(false)));
    rows.map(|row| row.children().map(text).collect()).collect()
}

#[test]
fn a_renderer_shows_the_names_and_makes_nothing_else_of_them() {
    for customer in HOSTILE {
        let answers = [1, 2].map(|n| Answer::status(200).for_path(usage_path(n)).json(hostile(customer)));
        let (output, _) = serve(answers.into(), [&id(1), &id(2), "-o", "markdown"]);
        let arena = Arena::new();
        let root = parse_document(&arena, output.text(), &options());
        let (mut headings, mut items) = (Vec::new(), Vec::new());
        for node in root.descendants() {
            match &node.data.borrow().value {
                NodeValue::Heading(_) => headings.push(text(node)),
                NodeValue::Item(_) => items.push(text(node)),
                NodeValue::Document
                | NodeValue::Table(_)
                | NodeValue::TableRow(_)
                | NodeValue::TableCell
                | NodeValue::List(_)
                | NodeValue::Paragraph
                | NodeValue::Strong
                | NodeValue::Text(_) => {}
                // Of a mail address some make a link, however it is escaped: it leads to what can be read.
                NodeValue::Link(link) => assert_eq!(link.url, format!("mailto:{}", text(node))),
                other => panic!("{other:?} in\n{}", output.text()),
            }
        }
        let row = |(index, name): (usize, &&str)| {
            let (workload, seats) = (readable(HOSTILE[HOSTILE.len() - 1 - index]), (100 + index).to_string());
            vec![readable(name), workload, seats.clone(), "0".to_owned(), seats, "<0.1%".to_owned()]
        };
        let rows: Vec<_> = HOSTILE.iter().enumerate().map(row).collect();
        assert_eq!(cells(output.text()), [&rows[..], &rows[..]].concat());
        let customer = readable(customer);
        assert_eq!(
            headings,
            [&customer, &customer, "Total", "Most idle seats by customer", "Most idle seats by product"]
        );
        let most = HOSTILE.last().expect("a name");
        assert_eq!(items[2], format!("3178 {customer}"));
        assert_eq!(items[4], format!("254 {}", readable(most)));
    }
}

#[cfg(unix)]
#[test]
fn each_customer_is_written_when_it_is_there() {
    let home = Home::new();
    let body = r#"{"items":[{"productName":"P","licensesQualified":2,"licensesActive":1}]}"#;
    let server = Server::start(vec![
        Answer::status(200).for_path(usage_path(1)).json(body),
        Answer::stall().for_path(usage_path(2)),
    ]);
    let mut command = home.command_for(&server);
    command.args([&id(1), &id(2), "-o", "markdown", "--jobs", "1"]);
    let mut running = Running::spawn(command);
    let mut stdout = running.take_stdout();
    let report = format!(
        "## {}\n\nData without a date\n\n| Product | Workload | Qualified | Active | Idle | Usage |\n\
         |---|---|---:|---:|---:|---:|\n| P | – | 2 | 1 | **1** | – |\n\n1 of 2 seats idle (50 %) · 1 row, 1 product\n",
        id(1)
    );
    let mut first = vec![0; report.len()];
    stdout.read_exact(&mut first).expect("the first customer");
    assert_eq!(String::from_utf8_lossy(&first), report);
    server.wait_for_requests(2);
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).expect("nothing else");
    assert_eq!((running.wait().code, rest), (143, Vec::new()));
    server.done();
}

#[test]
fn the_list_of_customers_is_no_report_for_people_to_hand_over() {
    for format in ["markdown", "html"] {
        let only = "`customers` only works with -o table, -o csv, -o json or -o jsonl\n";
        assert_refused(&run(["--demo", "customers", "-o", format]), only);
        let home = Home::new();
        let mut command = home.command();
        command.args(["--demo", "customers", "--where", "domain ~ contoso"]).env("PC_USAGE_OUTPUT", format);
        let list = "\
CustomerId                            CompanyName  Domain                   RelationshipToPartner
─────────────────────────────────────────────────────────────────────────────────────────────────
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01  Contoso Ltd  contoso.onmicrosoft.com  reseller

1 of 6 customers
";
        assert_report(&finish(command, ""), list);
    }
}
