//! The partner's customers: the command that lists them, its pages, and the traps that a next link can set.
//! It refuses to follow a link anywhere else, or for ever, and looks at whole messages only.

use crate::failures::{ASK_SUPPORT, DENIED, EXPIRED_OR_MFA, NOT_PARTNER_CENTER, THROTTLED, sent_ids};
use crate::many::{id, rounds, usage_path};
use crate::retries::at_once;
use crate::server::{Answer, Request, Server};
use crate::{Home, Output, assert_ended, assert_failed, assert_report, finish, run, serve};

/// Where the first page is.
const FIRST: &str = "/v1/customers?size=500";
const SECOND: &str = "/v1/customers?size=500&seekOperation=Next";

const HEADER: &str = "customerId,companyName,domain,relationshipToPartner\n";

/// The item of a customer, as the service lists it.
pub fn item(n: usize) -> String {
    let id = id(n);
    format!(
        r#"{{"id":"{id}","companyProfile":{{"tenantId":"{id}","domain":"c{n}.example","companyName":"C {n}"}},"relationshipToPartner":"reseller"}}"#
    )
}

/// A page with these customers; `next` is the link's JSON.
pub fn page(customers: impl IntoIterator<Item = usize>, next: Option<&str>) -> Answer {
    let items: Vec<String> = customers.into_iter().map(item).collect();
    let links = next.map(|next| format!(r#","links":{{"next":{next}}}"#)).unwrap_or_default();
    let body = format!("\u{feff}{{\"totalCount\":{},\"items\":[{}]{links}}}", items.len(), items.join(","));
    Answer::status(200).json(body)
}

/// A link as the service gives it.
fn link(uri: &str, token: &str) -> String {
    format!(r#"{{"uri":"{uri}","method":"GET","headers":[{{"key":"MS-ContinuationToken","value":"{token}"}}]}}"#)
}

fn csv(customers: impl IntoIterator<Item = usize>) -> String {
    let rows = customers.into_iter().map(|n| format!("{},C {n},c{n}.example,reseller\n", id(n)));
    HEADER.to_owned() + &rows.collect::<String>()
}

/// Lists the customers of a server with this script as CSV.
fn list(answers: Vec<Answer>) -> (Output, Vec<Request>) {
    serve(answers, ["customers", "-o", "csv"])
}

/// That the page of the last request was refused for this reason, and nothing was listed.
#[track_caller]
fn assert_bad_page((output, requests): &(Output, Vec<Request>), why: &str, asked: usize) {
    let ids = sent_ids(requests.last().expect("a request"));
    let error = format!("pc-usage: error: the list of customers: unexpected page: {why}\n{NOT_PARTNER_CENTER}{ids}");
    assert_failed(output, 9, &error);
    assert_eq!(requests.len(), asked);
}

#[test]
fn the_next_page_is_found_with_and_without_the_version_and_with_its_token_alone() {
    for uri in ["/customers?size=500&seekOperation=Next", SECOND] {
        let next = format!(
            r#"{{"uri":"{uri}","method":"GET","headers":[{{"key":"Host","value":"evil.example"}},{{"key":"Authorization","value":"Bearer x"}},{{"key":"X-Locale","value":"xx"}},{{"key":"ms-continuationtoken","value":"t=="}},{{"key":"X-Other","value":"1"}}]}}"#
        );
        let (output, requests) =
            list(vec![page([1, 2], Some(&next)).for_path(FIRST), page([3], None).for_path(SECOND)]);
        assert_report(&output, &csv([1, 2, 3]));
        let [first, second] = &requests[..] else { panic!("{requests:?}") };
        assert_eq!(first.header("MS-ContinuationToken"), None);
        // Each page is a call of its own, and has nothing that the first has not, but the token.
        assert_ne!(first.header("MS-RequestId"), second.header("MS-RequestId"));
        let rest = |request: &Request| -> Vec<_> {
            let is_own = |name: &str| !["ms-requestid", "ms-continuationtoken"].contains(&&*name.to_lowercase());
            request.headers.iter().filter(|header| is_own(&header.0)).cloned().collect()
        };
        assert_eq!(rest(first), rest(second));
        assert_eq!((second.method.as_str(), second.header("MS-ContinuationToken")), ("GET", Some("t==")));
    }
}

#[test]
fn the_same_address_with_another_token_is_another_page() {
    let answers = vec![
        page([1], Some(&link("/customers?size=500", "a"))).for_path(FIRST),
        page([2], Some(&link("/customers?size=500", "b"))).for_path(FIRST),
        page([3], None).for_path(FIRST),
    ];
    let (output, requests) = list(answers);
    assert_report(&output, &csv([1, 2, 3]));
    let tokens: Vec<_> = requests.iter().map(|request| request.header("MS-ContinuationToken")).collect();
    assert_eq!(tokens, [None, Some("a"), Some("b")]);
}

#[test]
fn a_link_without_a_token_or_method_is_followed_as_it_is() {
    for next in [
        r#"{"uri":"/customers?page=2"}"#,
        r#"{"uri":"/customers?page=2","method":"GET","headers":null}"#,
        r#"{"uri":"/customers?page=2","method":"GET","headers":[]}"#,
    ] {
        let (output, requests) =
            list(vec![page([1], Some(next)).for_path(FIRST), page([2], None).for_path("/v1/customers?page=2")]);
        assert_report(&output, &csv([1, 2]));
        assert_eq!(requests[1].header("MS-ContinuationToken"), None);
    }
}

#[test]
fn a_link_that_leads_back_is_no_loop() {
    const BACK: &str = "its next link points back to an earlier page";
    assert_bad_page(&list(vec![page([1], Some(r#"{"uri":"/customers?size=500"}"#))]), BACK, 1);
    let next = link("/v1/customers?size=500", "a");
    assert_bad_page(&list(vec![page([1], Some(&next)), page([2], Some(&next))]), BACK, 2);
    // Not only to the page before.
    let (a, b) = (link("/customers?p=1", "a"), link("/customers?p=1", "b"));
    assert_bad_page(&list(vec![page([1], Some(&a)), page([2], Some(&b)), page([3], Some(&a))]), BACK, 3);
}

#[test]
fn ten_thousand_pages_are_enough() {
    let answers = (0..10_000).map(|n| page([], Some(&link("/customers?size=500", &n.to_string())))).collect();
    let (output, requests) = list(answers);
    let error = format!(
        "pc-usage: error: the list of customers: unexpected page: it has more than 10000 pages\n{NOT_PARTNER_CENTER}"
    );
    assert_failed(&output, 9, &error);
    assert_eq!(requests.len(), 10_000);
}

#[test]
fn a_link_to_another_host_is_never_followed() {
    let other = Server::start(vec![]);
    let (_, address) = other.url().split_once("//").expect("a scheme");
    for uri in [
        format!("{}/v1/customers", other.url()),
        format!("//{address}/v1/customers"),
        format!("@{address}/v1/customers"),
        format!(".{address}/v1/customers"),
        format!(":80@{address}/v1/customers"),
        "customers?size=500".to_owned(),
        "https://api.partnercenter.microsoft.com/v1/customers".to_owned(),
        String::new(),
    ] {
        let refused = list(vec![page([1], Some(&link(&uri, "a")))]);
        assert_bad_page(&refused, &format!("its next link points elsewhere: {uri}"), 1);
    }
    // Not even to its own host, where the link is no path.
    let server = Server::start_with(|url| vec![page([1], Some(&link(&format!("{url}/v1/customers?p=2"), "a")))]);
    let home = Home::new();
    let mut command = home.command_for(&server);
    command.args(["customers", "-o", "csv"]);
    let output = finish(command, "");
    let url = server.url().to_owned();
    let elsewhere = format!("its next link points elsewhere: {url}/v1/customers?p=2");
    assert_bad_page(&(output, server.done()), &elsewhere, 1);
    assert!(other.done().is_empty());
}

#[test]
fn a_link_that_is_not_to_be_got_is_refused() {
    let next = r#"{"uri":"/customers?p=2","method":"POST","headers":[]}"#;
    assert_bad_page(&list(vec![page([1], Some(next))]), "its next link is not a GET", 1);
    let next = r#"{"uri":"/customers?p=2","headers":[{"key":"MS-ContinuationToken","value":"a\r\nb"}]}"#;
    assert_bad_page(&list(vec![page([1], Some(next))]), "its MS-ContinuationToken is not a valid header", 1);
}

#[test]
fn a_page_that_is_none_is_not_understood() {
    let answer = |body: &str| vec![Answer::status(200).json(body)];
    assert_bad_page(&list(answer(r#"{"items":[1]}"#)), "item 1 is not a customer", 1);
    let missing = "not the documented JSON: missing field `items` at line 1 column 16";
    assert_bad_page(&list(answer(r#"{"totalCount":0}"#)), missing, 1);
}

#[test]
fn a_page_that_lost_its_customers_is_never_the_end_of_the_list() {
    let next = link("/customers?size=500", "a");
    let null = "not the documented JSON: invalid type: null, expected a sequence at line 1 column 13";
    let none = "not the documented JSON: missing field `items` at line 1 column 2";
    let no_object = |line: &str| format!("not the documented JSON: invalid type: {line}");
    for (body, why) in [
        ("", "it is empty".to_owned()),
        ("\u{feff} \r\n", "it is empty".to_owned()),
        (r#"{"items":null}"#, null.to_owned()),
        ("{}", none.to_owned()),
        ("null", no_object("null, expected an object at line 1 column 4")),
        ("[[]]", no_object("sequence, expected an object at line 1 column 0")),
    ] {
        assert_bad_page(&list(vec![page([1], Some(&next)), Answer::status(200).json(body)]), &why, 2);
    }
    // Nobody is told as gone, or left out.
    let (output, requests) = serve(
        vec![page([1], Some(&next)).for_path(FIRST), Answer::status(204).for_path(FIRST)],
        ["--all", "-o", "csv"],
    );
    assert_bad_page(&(output, requests), "it is empty", 2);
}

#[test]
fn a_page_without_customers_is_not_the_last_where_it_has_a_next_link() {
    let (a, b) = (link("/customers?size=500", "a"), link("/customers?size=500", "b"));
    let (output, _) = list(vec![page([1], Some(&a)), page([], Some(&b)), page([2], None)]);
    assert_report(&output, &csv([1, 2]));
}

/// What there is to do about a customer that cannot be asked for.
const UNUSABLE_HINT: &str = "  hint: `pc-usage customers -o json` shows the customer as the service lists it\n";

/// Three customers that can be asked for, and five that cannot.
fn odd_page() -> Answer {
    let items = [
        item(1),
        r#"{"id":"odd","companyProfile":{"companyName":"Odd & Co","domain":"odd.example"}}"#.to_owned(),
        r#"{"id":"","companyProfile":{"companyName":"","domain":"empty.example"}}"#.to_owned(),
        item(2),
        "{}".to_owned(),
        r#"{"id":17,"companyProfile":null}"#.to_owned(),
        format!(r#"{{"id":"","companyProfile":{{"tenantId":"{}","companyName":"C 3"}}}}"#, id(3)),
        format!(r#"{{"id":"\u001b[31m","companyProfile":{{"companyName":"{}"}}}}"#, "L".repeat(200)),
    ];
    Answer::status(200).json(format!(r#"{{"items":[{}]}}"#, items.join(",")))
}

#[test]
fn a_listed_customer_without_a_usable_id_fails_alone() {
    let mut answers = vec![odd_page().for_path(FIRST)];
    answers.extend(rounds([1, 2, 3]));
    let (output, _) = serve(answers, ["--all", "-o", "csv"]);
    let error = |what: &str| format!("pc-usage: error: the list of customers: {what}\n{UNUSABLE_HINT}");
    let long = "L".repeat(100);
    let told = [
        error("Odd & Co: `odd` is not a valid customer id"),
        error("empty.example has no customer id"),
        error("customer 5 has no customer id"),
        error("customer 6: `17` is not a valid customer id"),
        error(&format!("{long}…: `\\u{{1b}}[31m` is not a valid customer id")),
        "pc-usage: 5 of 8 customers failed\n".to_owned(),
    ];
    assert_ended(&output, 3, &crate::many::csv([1, 2, 3]), &told.concat());
}

#[test]
fn where_no_listed_customer_has_a_usable_id_all_have_failed() {
    let (output, requests) = serve(vec![Answer::status(200).json(r#"{"items":[{"id":"odd"}]}"#)], ["--all"]);
    let error = "pc-usage: error: the list of customers: customer 1: `odd` is not a valid customer id\n";
    assert_failed(&output, 9, &(error.to_owned() + UNUSABLE_HINT));
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_customer_that_may_be_listed_without_its_id_is_not_called_gone() {
    let home = Home::new();
    let row = |n: usize| {
        let row = r#"{"productName":"P","workloadName":"Exchange","serviceName":"o365","channel":"reseller","licensesQualified":1000,"licensesActive":1,"usagePercent":0.5}"#;
        format!(r#"{{"customerId":"{}","response":{{"items":[{row}]}}}}"#, id(n))
    };
    std::fs::write(home.path().join("then.json"), format!("[{},{}]", row(1), row(2))).expect("room for a body");
    let run = |list: String| {
        let answers = [vec![Answer::status(200).json(list).for_path(FIRST)], rounds([1])].concat();
        let server = Server::start(answers);
        let mut command = home.command_for(&server);
        command.args(["--all", "-o", "csv", "--no-header", "--columns", "customerId,change"]);
        command.args(["--compare", "then.json", "--fail-if", "change = gone"]);
        let output = finish(command, "");
        server.done();
        output
    };
    let output = run(format!(r#"{{"items":[{}]}}"#, item(1)));
    assert_eq!((output.code, output.text()), (10, &*format!("{},same\n{},gone\n", id(1), id(2))));
    let output = run(format!(r#"{{"items":[{},{{"companyProfile":{{"companyName":"C 2"}}}}]}}"#, item(1)));
    let told = format!(
        "pc-usage: error: the list of customers: C 2 has no customer id\n{UNUSABLE_HINT}pc-usage: 1 of 2 customers failed\n\
         pc-usage: warning: the earlier response has rows of customers that are not in this report: {}\n",
        id(2)
    );
    assert_ended(&output, 3, &format!("{},same\n", id(1)), &told);
}

#[test]
fn the_list_shows_a_customer_without_a_usable_id_as_it_is() {
    let (output, _) = list(vec![odd_page()]);
    let long = "L".repeat(200);
    let rows = [
        format!("{},C 1,c1.example,reseller\n", id(1)),
        "odd,Odd & Co,odd.example,\n".to_owned(),
        ",,empty.example,\n".to_owned(),
        format!("{},C 2,c2.example,reseller\n", id(2)),
        ",,,\n17,,,\n".to_owned(),
        format!("{},C 3,,\n'\u{1b}[31m,{long},,\n", id(3)),
    ];
    assert_report(&output, &(HEADER.to_owned() + &rows.concat()));
}

#[test]
fn a_failing_page_is_tried_again_like_any_call_and_then_fails_the_command() {
    let next = link("/customers?size=500", "a");
    at_once([false, true], |recovers| {
        let mut answers = vec![page([1], Some(&next)), Answer::status(503)];
        answers.push(if recovers { page([2], None) } else { Answer::status(503) });
        let (output, requests) = serve(answers, ["customers", "-o", "csv", "--retries", "1"]);
        assert_eq!(requests[1].headers, requests[2].headers);
        assert_ne!(requests[0].header("MS-RequestId"), requests[1].header("MS-RequestId"));
        if recovers {
            assert_report(&output, &csv([1, 2]));
        } else {
            let error = "pc-usage: error: the list of customers: 503 Service Unavailable (after 2 attempts)\n  hint: \
                         the service is having problems; try again later\n";
            assert_failed(&output, 8, &(error.to_owned() + &sent_ids(&requests[2])));
        }
    });
}

#[test]
fn the_list_fails_as_any_call_does_and_then_no_customer_is_asked() {
    for (status, code, message, hint) in [
        (400, 1, "400 Bad Request", ASK_SUPPORT),
        (401, 4, "401 Unauthorized", EXPIRED_OR_MFA),
        (403, 5, "403 Forbidden", DENIED),
        (429, 7, "429 Too Many Requests", THROTTLED),
    ] {
        for args in [&["customers"][..], &["--all"]] {
            let answer = Answer::status(status).for_path(FIRST);
            let (output, requests) = serve(vec![answer], [args, &["--retries", "0"]].concat());
            let error = format!("pc-usage: error: the list of customers: {message}\n{hint}");
            assert_failed(&output, code, &(error + &sent_ids(&requests[0])));
            assert_eq!(requests.len(), 1);
        }
    }
}

#[test]
fn all_takes_every_page_and_each_customer_once() {
    let next = link("/customers?size=500", "a");
    let mut answers = vec![page([3, 1], Some(&next)).for_path(FIRST), page([1, 2], None).for_path(FIRST)];
    answers.extend(rounds([3, 1, 2]));
    let (output, requests) = serve(answers, ["--all", "-o", "csv", "--jobs", "1"]);
    assert_report(&output, &crate::many::csv([3, 1, 2]));
    let asked: Vec<_> = requests[2..].iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, [3, 1, 2].map(usage_path));
}

#[test]
fn the_list_is_a_list_of_customers() {
    let (listed, _) = list(vec![page([2, 1, 3], None)]);
    let home = Home::new();
    let server = Server::start(rounds([1, 2, 3]));
    let mut command = home.command_for(&server);
    command.args(["--customers", "-", "-o", "csv"]);
    let output = finish(command, listed.stdout);
    assert_report(&output, &crate::many::csv([2, 1, 3]));
    server.done();
}

#[test]
fn a_customer_without_a_name_has_empty_cells() {
    let body = format!(r#"{{"items":[{{"companyProfile":{{"tenantId":"{}"}}}}]}}"#, id(1).to_uppercase());
    let show = |format| serve(vec![Answer::status(200).json(&*body)], ["customers", "-o", format]).0;
    assert_report(&show("csv"), &format!("{HEADER}{},,,\n", id(1)));
    let object = format!(
        "{{\"customerId\":\"{}\",\"companyName\":null,\"domain\":null,\"relationshipToPartner\":null}}\n",
        id(1)
    );
    assert_report(&show("jsonl"), &object);
    let item = format!(r#"{{"companyProfile":{{"tenantId":"{}"}}}}"#, id(1).to_uppercase());
    assert_report(&show("json"), &format!("[\n{item}\n]\n"));
}

#[test]
fn a_partner_without_customers_has_an_empty_list() {
    for (format, report) in [("csv", HEADER), ("json", "[]\n"), ("jsonl", "")] {
        let (output, _) = serve(vec![page([], None)], ["customers", "-o", format]);
        assert_ended(&output, 0, report, "pc-usage: warning: the partner has no customers\n");
    }
}

#[test]
fn the_list_goes_into_a_file() {
    let home = Home::new();
    let server = Server::start(vec![page([1], None)]);
    let mut command = home.command_for(&server);
    command.args(["customers", "-o", "csv", "--out-file", "list.csv"]);
    assert_report(&finish(command, ""), "");
    assert_eq!(std::fs::read_to_string(home.path().join("list.csv")).expect("a file"), csv([1]));
    server.done();
}

const DEMO_TABLE: &str = "\
CustomerId                            CompanyName               Domain                                RelationshipToPartner
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04  DT DEMO CSP CUSTOMER 005  dtdemocspcustomer005.onmicrosoft.com  reseller
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01  Contoso Ltd               contoso.onmicrosoft.com               reseller
1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02  Fabrikam, Inc.            fabrikam.onmicrosoft.com              reseller
2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03  Northwind Traders         northwind.onmicrosoft.com             reseller
3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04  Tailspin Toys             tailspin.onmicrosoft.com              reseller
4caf4daf-d915-4ea2-80ab-7f5d6eb08c05  Wingtip Toys              wingtip.onmicrosoft.com               reseller

6 customers
";

const DEMO: [[&str; 3]; 6] = [
    ["4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04", "DT DEMO CSP CUSTOMER 005", "dtdemocspcustomer005.onmicrosoft.com"],
    ["0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01", "Contoso Ltd", "contoso.onmicrosoft.com"],
    ["1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02", "Fabrikam, Inc.", "fabrikam.onmicrosoft.com"],
    ["2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03", "Northwind Traders", "northwind.onmicrosoft.com"],
    ["3b9e3c9f-c804-4d91-9f8a-6e4c5daf7b04", "Tailspin Toys", "tailspin.onmicrosoft.com"],
    ["4caf4daf-d915-4ea2-80ab-7f5d6eb08c05", "Wingtip Toys", "wingtip.onmicrosoft.com"],
];

#[test]
fn the_demo_lists_its_customers_in_every_format() {
    let show = |format| run(["customers", "--demo", "-o", format]);
    assert_report(&show("table"), DEMO_TABLE);
    let rows = DEMO.map(|[id, name, domain]| {
        let name = if name.contains(',') { format!("\"{name}\"") } else { name.to_owned() };
        format!("{id},{name},{domain},reseller\n")
    });
    assert_report(&show("csv"), &(HEADER.to_owned() + &rows.concat()));
    let items = DEMO.map(|[id, name, domain]| {
        format!(
            r#"{{"id":"{id}","companyProfile":{{"tenantId":"{id}","domain":"{domain}","companyName":"{name}"}},"relationshipToPartner":"reseller"}}"#
        )
    });
    assert_report(&show("json"), &format!("[\n{}\n]\n", items.join(",\n")));
    let lines = DEMO.map(|[id, name, domain]| {
        format!(
            "{{\"customerId\":\"{id}\",\"companyName\":\"{name}\",\"domain\":\"{domain}\",\"relationshipToPartner\":\"reseller\"}}\n"
        )
    });
    assert_report(&show("jsonl"), &lines.concat());
}
