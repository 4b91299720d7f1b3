//! Reports as one HTML page: what is on it, where its links lead, and that no name makes an element.
//! It refuses to judge how the page looks: that is for eyes.

use std::collections::HashMap;
use std::fs;

use crate::many::{id, usage_path};
use crate::markdown::{HOSTILE, hostile, readable};
use crate::server::Answer;
use crate::{Home, assert_failed, assert_quiet, assert_report, finish, run, serve};
#[cfg(target_os = "linux")]
use crate::{Running, server::Server};

/// The page of one customer, without its style.
const CONTOSO: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>49 of 70 seats idle · Licence usage of Contoso Ltd</title>
<style>
</style>
</head>
<body>
<header>
<h1><b>49</b> of 70 seats idle</h1>
<p class="sub">Licence usage of <bdi>Contoso Ltd</bdi> · 2 of 6 rows, their seats counted over all workloads</p>
<ul>
<li class="main"><b>49</b> <span>idle seats (70 %)</span></li>
<li><b>21</b> <span>active in 28 days</span></li>
<li><b>70</b> <span>qualified seats</span></li>
<li><b>3 days old</b> <span>data of <span class="id">2017-03-12</span></span></li>
</ul>
</header>
<div class="charts">
<section>
<h2>Most idle seats by product</h2>
<ol>
<li style="--u:100%"><span><bdi>EXCHANGE ONLINE (PLAN 1)</bdi></span> <b>28</b></li>
<li style="--u:75%"><span><bdi>DYNAMICS 365 FOR SALES</bdi></span> <b>21</b></li>
</ol>
</section>
</div>
<section id="c1">
<h2>Contoso Ltd</h2>
<p class="sub"><code>0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01</code> · Data of 2017-03-12 · 3 days old</p>
<div class="scroll"><table>
<caption><b>49 of 70 seats idle (70 %), over all workloads</b> · most in EXCHANGE ONLINE (PLAN 1): 28 · 2 of 6 rows, 2 products</caption>
<thead><tr><th scope="col">Product</th><th scope="col">Workload</th><th scope="col" class="n">Qualified</th><th scope="col" class="n">Active</th><th scope="col" class="n">Idle</th><th scope="col" class="n bar">Usage</th></tr></thead>
<tbody>
<tr><td>EXCHANGE ONLINE (PLAN 1)</td><td>Exchange</td><td class="n">40</td><td class="n">12</td><td class="n most">28</td><td class="n bar low" style="--u:30%">30.0%</td></tr>
<tr><td>DYNAMICS 365 FOR SALES</td><td>Microsoft Dynamics CRM</td><td class="n">30</td><td class="n">9</td><td class="n">21</td><td class="n bar low" style="--u:30%">30.0%</td></tr>
</tbody>
</table></div>
</section>
<footer>
<p>What the figures mean: qualified seats may use the workload, and active ones used it in the last 28 days; idle is qualified minus active. Both count the customer's seats from all partners and from Microsoft directly, of Office 365 and Dynamics 365 only. OneDrive is counted with SharePoint. A usage over 100 % is possible: leavers, grace periods, trials. The data is always some days old.</p>
<p>Each workload of a product counts the same seats: do not add up the column Idle. The sums on this page count each seat once.</p>
<p>Made by pc-usage 0.1.0 on 2017-03-15.</p>
</footer>
</body>
</html>
"#;

/// The page without its style.
fn unstyled(page: &str) -> String {
    let (start, rest) = page.split_once("<style>\n").expect("a style");
    let (_, end) = rest.split_once("</style>").expect("the end of the style");
    format!("{start}<style>\n</style>{end}")
}

#[test]
fn a_page_starts_with_what_is_idle_and_ends_with_what_the_figures_mean() {
    let output = run(["--demo", "contoso", "-o", "html", "--where", "usage < 31"]);
    assert_quiet(&output);
    assert_eq!(unstyled(output.text()), CONTOSO);
}

/// The text between tags, as a browser reads it.
fn texts(page: &str) -> Vec<String> {
    let texts = page.split('<').skip(1).map(|tag| tag.split_once('>').expect("a whole tag").1);
    let plain = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        text.trim_matches('\n').to_owned()
    };
    texts.map(plain).filter(|text| !text.trim().is_empty()).collect()
}

/// What is between `<` and `>`, in order.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|tag| tag.split_once('>').expect("a whole tag").0).collect()
}

/// The cells of a page's tables.
pub fn cells(page: &str) -> Vec<Vec<String>> {
    let rows = page.split("<tr><td").skip(1).map(|row| format!("<td{}", row.split_once("</tr>").expect("a row").0));
    rows.map(|row| row.split_terminator("</td>").map(|cell| texts(cell).concat()).collect()).collect()
}

#[test]
fn the_names_of_customers_lead_to_their_sections() {
    let output = run(["--demo", "--all", "-o", "html"]);
    assert_eq!(output.code, 3);
    let page = output.text();
    let sections: HashMap<&str, &str> = page
        .split("<section id=\"")
        .skip(1)
        .map(|section| {
            let (id, rest) = section.split_once("\">\n<h2>").expect("a heading");
            (id, rest.split_once("</h2>").expect("its end").0)
        })
        .collect();
    let links: Vec<(&str, &str)> = page
        .split("<a href=\"#")
        .skip(1)
        .map(|link| {
            let (id, rest) = link.split_once("\"><bdi>").expect("a name");
            (id, rest.split_once("</bdi>").expect("its end").0)
        })
        .collect();
    let names: Vec<&str> = links.iter().map(|(_, name)| *name).collect();
    assert_eq!(names, ["Northwind Traders", "Contoso Ltd", "DT DEMO CSP CUSTOMER 005", "Fabrikam, Inc."]);
    for (id, name) in links {
        assert_eq!(sections.get(id), Some(&name));
    }
    // One without rows is there too, with nothing to lead to it.
    assert!(page.contains("<h2>Tailspin Toys</h2>\n<p class=\"sub\"><code>3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04</code></p>\n<p>No licence usage rows.</p>\n"));
    assert!(page.contains(
        "<h1><b>177</b> of 1052 seats idle</h1>\n<p class=\"sub\">Licence usage of <bdi>5 customers</bdi> · 19 rows</p>"
    ));

    // Where the rows are in one table, there is nowhere to go.
    let output = run(["--demo", "contoso", "fabrikam", "-o", "html", "--sort", "idle:desc"]);
    assert_quiet(&output);
    assert!(!output.text().contains("<a "));
    assert_eq!(cells(output.text()).len(), 10);
}

#[test]
fn customers_after_the_first_ten_unfold() {
    let body = |n: usize| {
        let row = format!(r#"{{"productName":"P","licensesQualified":{},"licensesActive":0}}"#, 1000 - n);
        Answer::status(200).for_path(usage_path(n)).json(format!(r#"{{"items":[{row}]}}"#))
    };
    let ids: Vec<String> = (1..=12).map(id).collect();
    let mut args: Vec<&str> = ids.iter().map(String::as_str).collect();
    args.extend(["-o", "html"]);
    let (output, _) = serve((1..=12).map(body).collect(), args);
    let (_, more) = output.text().split_once("<details>\n").expect("more");
    let line = |n: usize| {
        let link = format!("<a href=\"#c{n}\"><bdi>{}</bdi></a>", id(n));
        format!("<li style=\"--u:98%\"><span>{link}</span> <b>{}</b></li>\n", 1000 - n)
    };
    let expected =
        format!("<summary>… and 2 more</summary>\n<ol start=\"11\">\n{}{}</ol>\n</details>\n", line(11), line(12));
    assert!(more.starts_with(&expected), "{more}");
    // More than four digits are in groups.
    assert!(output.text().contains("<h1><b>11\u{202f}922</b> of 11\u{202f}922 seats idle</h1>"));
}

#[test]
fn no_name_makes_an_element() {
    let page = |rows: &dyn Fn(&str) -> String, customer: &str| {
        let answers = [1, 2].map(|n| Answer::status(200).for_path(usage_path(n)).json(rows(customer)));
        let (output, _) = serve(answers.into(), [&id(1), &id(2), "-o", "html"]);
        output.text().to_owned()
    };
    // The same answer with letters and digits alone.
    let harmless = |customer: &str| {
        let mut body: serde_json::Value = serde_json::from_str(&hostile(customer)).expect("JSON");
        for (index, item) in body["items"].as_array_mut().expect("rows").iter_mut().enumerate() {
            item["productName"] = format!("P {index}").into();
            item["workloadName"] = "W".into();
        }
        body.to_string()
    };
    let expected = page(&harmless, "Customer");
    for customer in HOSTILE {
        let page = page(&|customer| hostile(customer), customer);
        assert_eq!(tags(&page), tags(&expected), "{customer}");
        let row = |(index, name): (usize, &&str)| {
            let (workload, seats) = (readable(HOSTILE[HOSTILE.len() - 1 - index]), (100 + index).to_string());
            vec![readable(name), workload, seats.clone(), "0".to_owned(), seats, "<0.1%".to_owned()]
        };
        let rows: Vec<_> = HOSTILE.iter().enumerate().map(row).collect();
        assert_eq!(cells(&page), [&rows[..], &rows[..]].concat());
        let customer = readable(customer);
        assert!(page.contains(&format!(
            "<h2>{}</h2>",
            customer.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
        )));
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
    }
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = run(["--demo", "--all", "-o", "html"]);
    let page = page.text();
    for needle in ["url(", "@import", "http:", "https:", "src=", "<link", "<script", "<iframe", "<form", "<base"] {
        assert!(!page.contains(needle), "{needle}");
    }
}

#[test]
fn every_format_shows_the_same_cells() {
    let columns = "product,workload,service,qualified,active,idle,date,age";
    for options in [
        &[][..],
        &["--where", "qualified > 105 and product != P"],
        &["--sort", "idle:desc"],
        &["--summary", "--columns", "product,busiestWorkload,qualified,active,idle,age"],
    ] {
        let columns = if options.contains(&"--columns") { vec![] } else { vec!["--columns", columns] };
        let cells_of = |format: &str| {
            let answer = |n: usize| Answer::status(200).for_path(usage_path(n)).json(hostile(&format!("Customer {n}")));
            let (first, second) = (id(1), id(2));
            let args = [&[first.as_str(), second.as_str(), "-o", format][..], options, &columns].concat();
            let (output, _) = serve(vec![answer(1), answer(2)], args);
            assert_quiet(&output);
            output.text().to_owned()
        };
        let lines = cells_of("jsonl");
        let expected: Vec<Vec<String>> = lines
            .lines()
            .map(|line| {
                // The members keep their order in the text.
                let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
                let mut members: Vec<_> = object.as_object().expect("an object").iter().collect();
                members.sort_by_key(|(name, _)| line.find(&format!("\"{name}\":")));
                let shown = |value: &serde_json::Value| match value {
                    serde_json::Value::Null => "–".to_owned(),
                    serde_json::Value::String(text) => readable(text),
                    other => other.to_string(),
                };
                members.into_iter().map(|(_, value)| shown(value)).collect()
            })
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(cells(&cells_of("html")), expected, "{options:?}");
        assert_eq!(crate::markdown::cells(&cells_of("markdown")), expected, "{options:?}");
    }
}

#[test]
fn where_there_are_no_rows_the_page_says_so() {
    let (output, _) = serve(vec![Answer::status(200).json(r#"{"items":[]}"#)], [&id(1), "-o", "html", "-q"]);
    let page = output.text();
    let header = format!(
        "<h1>No licence usage rows.</h1>\n<p class=\"sub\">Licence usage of <bdi>{0}</bdi></p>\n<p class=\"warning\"><b>Warning:</b> \
         customer {0} has no licence usage rows; that is not the same as no usage</p>\n</header>\n<section id=\"c1\">",
        id(1)
    );
    assert!(page.contains(&header), "{page}");
    for (customers, headline) in [
        (&["contoso"][..], "<h1>--where keeps none of 6 rows.</h1>"),
        (&["contoso", "fabrikam"], "<h1>--where keeps none of 10 rows of 2 customers.</h1>"),
    ] {
        let output = run([&["--demo", "-o", "html", "--where", "idle > 999"], customers].concat());
        assert_quiet(&output);
        assert!(output.text().contains(headline), "{}", output.text());
    }
}

#[test]
fn who_calculated_the_usage_is_said_below_the_rows() {
    const SUMMED: &str = "Each seat counts once: qualified in the largest workload, active in the busiest · \
                          usage calculated by pc-usage: active × 100 ÷ qualified";
    const CALCULATED: &str = "Usage calculated by pc-usage: active × 100 ÷ qualified";
    for (options, rule) in
        [(&["--summary"][..], SUMMED), (&["--summary=customer"], SUMMED), (&["--endpoint", "commercial"], CALCULATED)]
    {
        let report = |format: &str| run([&["--demo", "contoso", "-q", "-o", format], options].concat());
        assert!(report("html").text().contains(&format!("<p>{rule}</p>\n<p>Made by")), "{options:?}");
        assert!(report("markdown").text().ends_with(&format!("\n\n{rule}\n")), "{options:?}");
    }
}

#[test]
fn what_is_not_known_or_gone_is_said_so() {
    const THEN: &str = r#"{"items":[{"productName":"P","licensesQualified":2,"licensesActive":1}]}"#;
    let start = |body: &str, options: &[&str]| {
        let home = Home::new();
        fs::write(home.path().join("then.json"), THEN).expect("room for a file");
        let mut command = home.command();
        let id = id(1);
        command.args([id.as_str(), "--input", "-", "-o", "html", "-q"]).args(options);
        let page = finish(command, body);
        let (_, page) = page.text().split_once("<h1>").expect("a headline");
        let (headline, rest) = page.split_once("</h1>\n<p class=\"sub\">").expect("its end");
        let (sub, rest) = rest.split_once("</p>\n").expect("its end");
        let figures = rest.matches("<li").count();
        (headline.to_owned(), sub.replace(&format!("Licence usage of <bdi>{id}</bdi> · "), ""), figures)
    };
    let same = |start: (String, String, usize), headline: &str, sub: &str, figures: usize| {
        assert_eq!(start, (headline.to_owned(), sub.to_owned(), figures));
    };
    let unknown = r#"{"items":[{"productName":"P","licensesQualified":2}]}"#;
    same(start(unknown, &[]), "Idle seats unknown", "1 row · 1 product without figures", 0);
    let half = r#"{"items":[{"productName":"P"},{"productName":"Q","licensesQualified":1,"licensesActive":1}]}"#;
    same(start(half, &[]), "<b>0</b> of 1 seat idle", "2 rows · 1 product without figures", 3);
    let compared = &["--compare", "then.json"];
    let no_date = "No licence usage rows any more";
    same(start(r#"{"items":[]}"#, compared), no_date, "1 row · 1 gone", 0);
    let other = r#"{"items":[{"productName":"Q","licensesQualified":1,"licensesActive":0}]}"#;
    let gone = [compared, &["--where", "change = gone"][..]].concat();
    same(start(other, &gone), "1 of 2 rows", "1 of 2 rows, their seats counted over all workloads · 1 gone", 0);
}

#[test]
fn a_run_that_fails_leaves_no_page() {
    let (output, _) = serve(vec![Answer::status(400)], [&id(1), "-o", "html"]);
    assert_eq!((output.code, output.text()), (1, ""));
    let output = run(["--demo", "contoso", "-o", "html", "--summary", "--columns", "workload"]);
    assert_eq!((output.code, output.text()), (2, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_ended_early_leaves_no_page() {
    for file in [None, Some("page.html")] {
        let home = Home::new();
        fs::write(home.path().join("page.html"), "the last good one").expect("room for a file");
        let server = Server::start(vec![
            Answer::status(200).for_path(usage_path(1)).json(hostile("A")),
            Answer::stall().for_path(usage_path(2)),
        ]);
        let mut command = home.command_for(&server);
        command.args([&id(1), &id(2), "-o", "html", "--jobs", "1"]);
        command.args(file.iter().flat_map(|file| ["--out-file", file]));
        let running = Running::spawn(command);
        server.wait_for_requests(2);
        running.wait_until_idle();
        running.signal(nix::sys::signal::Signal::SIGTERM);
        let output = running.wait();
        assert_eq!((output.code, output.text()), (143, ""));
        assert_eq!(fs::read_to_string(home.path().join("page.html")).expect("it is there"), "the last good one");
        assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 1);
        server.done();
    }
}

#[test]
fn the_demo_makes_a_page_in_a_file() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "contoso", "-o", "html", "--where", "usage < 31", "--out-file", "page.html"]);
    assert_report(&finish(command, ""), "");
    let page = fs::read_to_string(home.path().join("page.html")).expect("it was written");
    assert_eq!(unstyled(&page), CONTOSO);
}

#[test]
fn an_option_of_other_formats_is_refused() {
    assert_failed(
        &run(["--demo", "-o", "html", "--excel"]),
        2,
        "pc-usage: error: --excel only works with -o csv, not with the format html\n",
    );
}

/// The contrast of two colours (source: WCAG 2.2, "contrast ratio").
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |color: &str| {
        let hex = color.strip_prefix('#').expect("a colour");
        let hex = if hex.len() == 3 { hex.chars().flat_map(|digit| [digit, digit]).collect() } else { hex.to_owned() };
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_can_be_read_on_light_and_on_dark() {
    let page = run(["--demo", "contoso", "-o", "html"]);
    let schemes: Vec<&str> = page.text().split(":root {").skip(1).collect();
    assert_eq!(schemes.len(), 2);
    for scheme in schemes {
        let color = |name: &str| {
            let (_, rest) = scheme.split_once(&format!("--{name}: ")).expect("a colour");
            rest.split_once(';').expect("its end").0
        };
        for text in ["ink", "soft", "low"] {
            for paper in ["paper", "tile"] {
                let contrast = contrast(color(text), color(paper));
                assert!(contrast >= 4.5, "{text} on {paper}: {contrast:.2}");
            }
        }
    }
}
