//! What idle seats cost: prices from whatever a spreadsheet writes, in every format, each currency by itself.
//! It refuses to test the arithmetic on its own: that is for the unit and property tests.

use std::fs;

use crate::many::{id, usage_path};

use crate::server::{Answer, Server};
use crate::{Home, Output, assert_ended, assert_failed, assert_quiet, assert_refused, assert_report, finish};

const PRICES: &str = "product,price,currency\n\
    OFFICE 365 ENTERPRISE E3,20.05,EUR\n\
    EXCHANGE ONLINE (PLAN 1),4.00,usd\n\
    DYNAMICS 365 FOR SALES,61.2,EUR\n";

const UNPRICED: &str =
    "pc-usage: warning: --prices: 1 product without a price, left out of the costs: DYNAMICS 365 FOR SALES\n";

/// Runs in a home with this file of prices.
fn run_with(prices: impl AsRef<[u8]>, args: &[&str]) -> Output {
    let home = Home::new();
    fs::write(home.path().join("prices.csv"), prices).expect("room for a file");
    let mut command = home.command();
    command.args(args).args(["--prices", "prices.csv"]);
    finish(command, "")
}

/// The sample's Contoso, one row per product.
fn contoso(prices: impl AsRef<[u8]>, args: &[&str]) -> Output {
    run_with(prices, &[&["--demo", "contoso", "--summary"], args].concat())
}

/// The same in CSV, with the columns that prices add.
fn costs(prices: impl AsRef<[u8]>) -> Output {
    contoso(prices, &["-o", "csv", "--no-header", "--columns", "product,price,currency,idleCost"])
}

const COSTS: &str = "OFFICE 365 ENTERPRISE E3,20.05,EUR,380.95\nEXCHANGE ONLINE (PLAN 1),4.00,USD,112.00\n\
    DYNAMICS 365 FOR SALES,61.2,EUR,1285.2\n";

#[test]
fn the_closing_line_starts_with_what_idle_seats_cost_in_each_currency() {
    let without_one = PRICES.split_inclusive('\n').take(3).collect::<String>();
    let table = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                   Qualified  Active  Idle  Usage             IdleCost  Currency
───────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3        250     231    19  92.4% █████████▎    380.95  EUR
EXCHANGE ONLINE (PLAN 1)         40      12    28  30.0% ███░░░░░░░    112.00  USD
DYNAMICS 365 FOR SALES           30       9    21  30.0% ███░░░░░░░         –  –

380.95 EUR + 112.00 USD a month for 47 of 68 idle seats · 68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28 · 3 rows, 3 products
Each seat counts once: qualified in the largest workload, active in the busiest · usage calculated by pc-usage: active × 100 ÷ qualified
";
    assert_ended(&contoso(without_one, &[]), 0, table, UNPRICED);
}

#[test]
fn costs_stand_behind_what_was_sold_and_programs_get_all_decimals() {
    let output = contoso(PRICES, &["--deployment", "-o", "csv"]);
    let csv = "\
customerId,customerName,productName,serviceName,channel,workloads,busiestWorkload,licensesQualified,licensesActive,licensesIdle,\
usagePercent,processedDateTime,licensesSold,licensesDeployed,licensesUnassigned,licensesAssignedIdle,price,currency,idleCost,\
unassignedCost
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,o365,reseller,4,Exchange,250,231,19,92.4,\
2017-03-12T00:00:00+00:00,250,238,12,7,20.05,EUR,380.95,240.60
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,EXCHANGE ONLINE (PLAN 1),o365,reseller,1,Exchange,40,12,28,30.0,\
2017-03-12T00:00:00+00:00,40,22,18,10,4.00,USD,112.00,72.00
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,DYNAMICS 365 FOR SALES,dynamics,reseller,1,Microsoft Dynamics CRM,30,9,21,30.0,\
2017-03-12T00:00:00+00:00,30,10,20,1,61.2,EUR,1285.2,1224.0
";
    assert_report(&output, csv);
    let output = contoso(&PRICES[..58], &["-o", "jsonl", "--columns", "price,currency,idleCost"]);
    let nothing = r#"{"price":null,"currency":null,"idleCost":null}"#;
    let lines = format!("{}\n{nothing}\n{nothing}\n", r#"{"price":20.05,"currency":"EUR","idleCost":380.95}"#);
    assert_eq!((output.code, output.text()), (0, &*lines));
    // People read two decimals, and what is something is not nothing.
    let prices = "product,price,currency\nOFFICE 365 ENTERPRISE E3,0.0001,EUR\nEXCHANGE ONLINE (PLAN 1),0,EUR\n\
        DYNAMICS 365 FOR SALES,1000000000000,EUR\n";
    let output = contoso(prices, &["--deployment", "--columns", "product,price,idleCost,unassignedCost"]);
    let table = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                              Price           IdleCost     UnassignedCost
────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3             <0.01              <0.01              <0.01
EXCHANGE ONLINE (PLAN 1)              0.00               0.00               0.00
DYNAMICS 365 FOR SALES    1000000000000.00  21000000000000.00  20000000000000.00

21000000000000.00 EUR a month for 68 of 68 idle seats · 68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28 · 50 unassigned · 3 rows, 3 products
Each seat counts once: qualified in the largest workload, active in the busiest
";
    assert_report(&output, table);
}

#[test]
fn formats_for_people_have_two_decimals_and_a_workbook_has_all_behind_such_a_format() {
    let prices = PRICES.replace("61.2", "61.2042");
    let told = "1666.24 EUR + 112.00 USD a month for 68 of 68 idle seats";
    let markdown = contoso(&prices, &["-o", "markdown"]);
    assert_quiet(&markdown);
    let row = "| DYNAMICS 365 FOR SALES | 30 | 9 | 21 | 30.0% | 1285.29 | EUR |\n";
    let closing = format!("\n{told} · 68 of 320 seats idle (21 %) · ");
    assert!(markdown.text().contains(row) && markdown.text().contains(&closing), "{}", markdown.text());
    let page = contoso(&prices, &["-o", "html"]);
    let tile = "<li><b>1666.24 EUR + 112.00 USD</b> <span>a month for 68 of 68 idle seats</span></li>\n";
    let caption = format!("<caption><span><b>{told}</b> · 68 of 320 seats idle (21 %) · ");
    let cells = "<td class=\"n\">1285.29</td><td>EUR</td>";
    for part in [tile, &caption, cells] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    let workbook = contoso(&prices, &["-o", "xlsx"]);
    assert_quiet(&workbook);
    let cells = crate::workbook::sheet(&workbook.stdout, "Summary");
    let costs: Vec<_> = cells.iter().map(|row| row[row.len() - 3..].join(" ")).collect();
    assert_eq!(costs, ["price currency idleCost", "20.05 EUR 380.95", "4 USD 112", "61.2042 EUR 1285.2882"]);
    let styles = crate::workbook::part(&workbook.stdout, "xl/styles.xml");
    assert!(styles.contains("formatCode=\"#,##0.00\""), "{styles}");
    let about = crate::workbook::sheet(&workbook.stdout, "About");
    let lines: Vec<_> = about.iter().map(|row| row[1].as_str()).collect();
    assert!(lines.iter().any(|line| line.starts_with(told)), "{lines:?}");
    assert!(lines.contains(&"--prices a list of prices"), "{lines:?}");
}

#[test]
fn a_report_that_somebody_filled_in_is_a_price_file() {
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "--all", "--summary", "--columns", "product", "-o", "csv", "--out-file", "list.csv"]);
    assert_eq!(finish(command, "").code, 3);
    // Two columns are added by hand, and not every line is filled in.
    let list = fs::read_to_string(home.path().join("list.csv")).expect("a list");
    let mut seen = 0;
    let filled = list.lines().map(|line| match line {
        "productName" => "productName,price,currency,note\n".to_owned(),
        "EXCHANGE ONLINE (PLAN 1)" => {
            seen += 1;
            // Twice the same, and written otherwise.
            format!("{line},4{},EUR,\n", &".00"[..seen])
        }
        line if line.contains("E3") => format!("{line},20.05,EUR,\"who, knows\"\n"),
        line => format!("{line},,,\n"),
    });
    let filled: String = filled.collect();
    assert_eq!(seen, 2, "{filled}");
    let cells =
        "OFFICE 365 ENTERPRISE E3,20.05,EUR,380.95\nEXCHANGE ONLINE (PLAN 1),4.,EUR,112.0\nDYNAMICS 365 FOR SALES,,,\n";
    let cells = cells.replace("4.,EUR,112.0", "4,EUR,112");
    assert_ended(&costs(&filled), 0, &cells, UNPRICED);
}

#[test]
fn prices_are_read_as_any_spreadsheet_writes_them() {
    assert_report(&costs(PRICES), COSTS);
    let semicolons = PRICES.replace(',', ";");
    let commas = semicolons.replace('.', ",");
    let tabs = commas.replace(';', "\t");
    let quoted = format!("{}\r\n", commas.trim_end().replace(';', "\";\"").replace('\n', "\"\r\n\"")).replacen(
        "product",
        "\"product",
        1,
    );
    let quoted = format!("{}\"\r\n;;\r\n", quoted.trim_end());
    let wide = |text: &str| text.encode_utf16().collect::<Vec<_>>();
    let little: Vec<u8> = [0xfeff].iter().chain(&wide(&tabs)).flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = [0xfeff].iter().chain(&wide(&quoted)).flat_map(|unit| unit.to_be_bytes()).collect();
    let marked = format!("\u{feff}{}", commas.replace('\n', "\r\n"));
    for file in
        [semicolons.as_bytes(), commas.as_bytes(), tabs.as_bytes(), quoted.as_bytes(), marked.as_bytes(), &little, &big]
    {
        assert_report(&costs(file), COSTS);
    }
    // In any order, beside other columns, under other names, and from standard input.
    let other = "Currency,x,PRICE,ProductName\nEUR,,20.05,office 365 enterprise e3\nusd,,4.00,EXCHANGE ONLINE (PLAN 1)\nEur,,61.2,\
        Dynamics 365 for Sales\n";
    assert_report(&costs(other), COSTS);
    let home = Home::new();
    let mut command = home.command();
    command.args(["--demo", "contoso", "--summary", "-o", "csv", "--no-header"]);
    command.args(["--columns", "product,price,currency,idleCost", "--prices", "-"]);
    assert_report(&finish(command, PRICES), COSTS);
}

#[test]
fn a_wrong_file_is_refused_with_its_line_before_any_request() {
    let header = "product,price,currency\n";
    let needs = "its first line has to name the columns `product` (or `productName`, or `productId`), `price` and `currency`, in any order";
    for (file, error) in [
        (String::new(), format!("prices.csv has no column `product`\n  hint: {needs}\n")),
        ("product,price\n".to_owned(), format!("prices.csv has no column `currency`\n  hint: {needs}\n")),
        ("product,price,Price,currency\n".to_owned(), "prices.csv has two columns `price`\n".to_owned()),
        (format!("{header}A,1,EUR\n\nB,-1,EUR\n"), "line 4 of prices.csv: `-1` is not a valid price: a price is not negative\n".to_owned()),
        (format!("{header}A,1,EUR\na,2,EUR\n"), "line 3 of prices.csv: `a` has a different price on an earlier line: 1 EUR\n".to_owned()),
        (format!("{header}A,1,EUR\n\"a\nb\",x,EUR\n"), "line 3 of prices.csv: `x` is not a valid price: write 9.10, without a thousands separator\n".to_owned()),
        (format!("{header}A,1,\u{202e}\n"), "line 2 of prices.csv: `\\u{202e}` is not a valid currency: write three letters, like EUR\n".to_owned()),
        (
            format!("{header}A,9,10,EUR\n"),
            "line 2 of prices.csv has 4 cells under 3 columns\n  hint: a cell that contains the delimiter is put in quotes\n".to_owned(),
        ),
        (
            "product;price;currency\nA;4,00;EUR\nB;1.061;EUR\n".to_owned(),
            "line 3 of prices.csv: `1.061` has a decimal `.`, and an earlier price another: use one for all, and no thousands \
             separator\n"
                .to_owned(),
        ),
        (format!("{header}\"A,1,EUR\n"), "line 2 of prices.csv: a quote is opened and never closed\n  hint: a quote inside a quoted cell is written twice\n".to_owned()),
    ] {
        // A request would fail: nothing is there.
        let output = run_with(&file, &["--all", "--base-url", "http://127.0.0.1:9", "--summary"]);
        assert_refused(&output, &error);
    }
    let output = run_with(b"product,price,currency\nZ\xfcrich,1,EUR\n", &["--all", "--summary"]);
    assert_refused(&output, "line 2 of prices.csv is not UTF-8\n  hint: save the file as CSV UTF-8\n");
    let output = crate::run(["--demo", "--summary", "--prices", "nowhere.csv"]);
    let missing = std::io::Error::from_raw_os_error(2);
    assert_failed(&output, 1, &format!("pc-usage: error: cannot read nowhere.csv: {missing}\n"));
}

#[test]
fn a_customer_has_one_cost_and_so_needs_one_currency() {
    let euros = PRICES.replace("usd", "EUR");
    let args = ["--demo", "contoso", "fabrikam", "--summary=customer"];
    let csv = [&args[..], &["-o", "csv", "--columns", "customer,idle,currency,idleCost"]].concat();
    let unpriced = "pc-usage: warning: --prices: 2 products without a price, left out of the costs: OFFICE 365 BUSINESS PREMIUM, \
        EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE\n";
    let report = "customerName,licensesIdle,currency,idleCost\nContoso Ltd,68,EUR,1778.15\n\"Fabrikam, Inc.\",4,,\n";
    assert_ended(&run_with(&euros, &csv), 0, report, unpriced);
    let table = run_with(&euros, &args);
    let total =
        "\nTotal\n1778.15 EUR a month for 68 of 72 idle seats · 72 of 444 seats idle (16 %) · 2 customers, 2 rows\n";
    assert!(table.text().contains(total), "{}", table.text());
    let header = "Customer        Products  Qualified  Active  Idle  Usage             IdleCost  Currency\n";
    assert!(table.text().contains(header), "{}", table.text());

    let error = "pc-usage: error: --summary=customer adds up costs, and the prices used are in 2 currencies: EUR and USD\n  \
        hint: give prices in one currency, or write --summary, which keeps them apart\n";
    for args in [&csv[..], &args, &["--demo", "contoso", "--summary=customer"]] {
        assert_failed(&run_with(PRICES, args), 2, error);
    }
    // A price that is not used does no harm.
    let unused = format!("{euros}SOMETHING ELSE,1,USD\n");
    assert_ended(&run_with(unused, &csv), 0, report, unpriced);
}

#[test]
fn amounts_in_several_currencies_are_compared_with_a_warning() {
    let columns = ["-o", "csv", "--no-header", "--columns", "idleCost"];
    let mixed = |option: &str| {
        format!("pc-usage: warning: {option}: amounts in EUR and USD are compared as if they were one currency\n")
    };
    let output = contoso(PRICES, &[&columns[..], &["--sort", "idleCost:desc", "--where", "idleCost > 100"]].concat());
    let told = mixed("--sort") + &mixed("--where 'idleCost > 100'");
    assert_ended(&output, 0, "1285.2\n380.95\n112.00\n", &told);
    // Also where only one is left, since it was another that the number hid.
    let output = contoso(PRICES, &[&columns[..], &["--where", "idleCost > 200"]].concat());
    assert_ended(&output, 0, "380.95\n1285.2\n", &mixed("--where 'idleCost > 200'"));
    let output = contoso(PRICES, &[&columns[..], &["--fail-if", "idleCost > 500"]].concat());
    let raised = "pc-usage: --fail-if 'idleCost > 500' matches 1 of 3 rows, worst: Contoso Ltd, DYNAMICS 365 FOR SALES: idleCost 1285.2 EUR\n";
    assert_ended(&output, 10, "380.95\n112.00\n1285.2\n", &(mixed("--fail-if 'idleCost > 500'") + raised));

    // Where something keeps them apart, all is well.
    let apart = [
        &["--sort", "currency,idleCost:desc"][..],
        &[
            "--where",
            "currency = EUR",
            "--where",
            "idleCost > 100",
            "--fail-if",
            "idleCost > 2000",
            "--sort",
            "idleCost",
        ],
        &["--where", "idleCost > 100 and currency = EUR or idleCost > 200 and currency = USD"],
        &["--fail-if", "idleCost > 2000 and currency = EUR or currency = USD and price > 5"],
        &["--columns", "idleCost"],
    ];
    for args in apart {
        assert_quiet(&contoso(PRICES, &[&columns[..3], args, &["--columns", "product"]].concat()));
    }
    let output = contoso(PRICES.replace("usd", "EUR"), &[&columns[..], &["--sort", "idleCost"]].concat());
    assert_report(&output, "112.00\n380.95\n1285.2\n");
}

#[test]
fn a_product_without_a_price_is_counted_and_never_free() {
    let none = "product,price,currency\n";
    let table = contoso(none, &[]);
    let closing = "\ncost of 68 idle seats unknown · 68 of 320 seats idle (21 %) · ";
    assert!(table.text().contains(closing), "{}", table.text());
    let warning = "pc-usage: warning: --prices: 3 products without a price, left out of the costs: OFFICE 365 ENTERPRISE E3, \
        EXCHANGE ONLINE (PLAN 1), DYNAMICS 365 FOR SALES\n";
    assert_eq!((table.code, table.stderr.as_str()), (0, warning));
    // Not even where that is why it is hidden; but where something else hides it.
    let one = PRICES.split_inclusive('\n').take(2).collect::<String>();
    let columns = ["-o", "csv", "--no-header", "--columns", "idleCost"];
    let hidden = contoso(&one, &[&columns[..], &["--where", "idleCost >= 0"]].concat());
    let warning = "pc-usage: warning: --prices: 2 products without a price, left out of the costs: EXCHANGE ONLINE (PLAN 1), \
        DYNAMICS 365 FOR SALES\n";
    assert_ended(&hidden, 0, "380.95\n", warning);
    assert_report(&contoso(&one, &[&columns[..], &["--where", "product ~ E3"]].concat()), "380.95\n");
    // An alarm says so too.
    let output = contoso(&one, &[&columns[..], &["--fail-if", "idleCost > 500"]].concat());
    let untested = "pc-usage: warning: --fail-if 'idleCost > 500': 2 of 3 rows without idleCost, not tested\n";
    assert_ended(&output, 0, "380.95\n\"\"\n\"\"\n", &(warning.to_owned() + untested));
}

#[test]
fn prices_by_product_id_fit_where_ids_are_served() {
    let prices = "productId,productName,price,currency\n\
        6fd2c87f-b296-42f0-b197-1e91e994b900,,20.05,EUR\n\
        4B9405B0-7788-4568-ADD1-99614E613B69,EXCHANGE ONLINE (PLAN 1),4.00,USD\n,DYNAMICS 365 FOR SALES,61.2,EUR\n";
    let args = ["-o", "csv", "--no-header", "--columns", "product,price,currency,idleCost"];
    let commercial = contoso(prices, &[&args[..], &["--endpoint", "commercial"]].concat());
    assert_report(&commercial, COSTS);
    // A name that stands beside the id does where there is none.
    let warning = "pc-usage: warning: --prices: 1 product without a price, left out of the costs: OFFICE 365 ENTERPRISE E3; a price by \
        product id fits only where the service sends ids, as with `--endpoint commercial`\n";
    let report = COSTS.replace(",20.05,EUR,380.95", ",,,");
    assert_ended(&contoso(prices, &args), 0, &report, warning);
    // An id goes before a name.
    let both = "product,price,currency\n6FD2C87F-B296-42F0-B197-1E91E994B900,20.05,EUR\nOFFICE 365 ENTERPRISE E3,1,EUR\n\
        EXCHANGE ONLINE (PLAN 1),4.00,USD\nDYNAMICS 365 FOR SALES,61.2,EUR\n";
    assert_report(&contoso(both, &[&args[..], &["--endpoint", "commercial"]].concat()), COSTS);
    assert_report(&contoso(both, &args), &COSTS.replace(",20.05,EUR,380.95", ",1,EUR,19"));
}

#[test]
fn what_cannot_be_calculated_with_is_not_calculated_with() {
    let body = r#"{"items":[{"productName":"A","licensesQualified":9999999999999999999999,"licensesActive":0},
        {"productName":"B","licensesQualified":5},{"productName":"C","licensesQualified":2.5,"licensesActive":1},
        {"licensesQualified":1,"licensesActive":0}]}"#;
    let home = Home::new();
    let prices = "product,price,currency\nA,999999.999999,EUR\nB,2,EUR\nC,0.3,EUR\n";
    fs::write(home.path().join("prices.csv"), prices).expect("room for a file");
    let server = Server::start(vec![Answer::status(200).json(body).for_path(usage_path(1))]);
    let mut command = home.command_for(&server);
    command.args([&id(1), "--summary", "--prices", "prices.csv", "-o", "csv", "--no-header"]);
    command.args(["--columns", "product,idle,price,idleCost"]);
    let output = finish(command, "");
    server.done();
    let report = "A,9999999999999999999999,999999.999999,\nB,,2,\nC,1.5,0.3,0.45\n,1,,\n";
    assert_ended(
        &output,
        0,
        report,
        "pc-usage: warning: --prices: 1 product without a price, left out of the costs: –\n",
    );
}

#[test]
fn prices_need_a_summary_in_rows_and_a_file_that_is_given_once() {
    let refused = |args: &[&str], error: &str| assert_refused(&run_with(PRICES, args), &format!("{error}\n"));
    refused(&["--demo"], "--prices needs --summary, by product or by customer");
    refused(
        &["--demo", "-o", "json"],
        "--prices only works with -o table, -o csv, -o jsonl, -o markdown, -o html or -o xlsx, not with the format json",
    );
    refused(&["--demo", "--summary", "--prices", "x"], "--prices takes one file, and it is given twice");
    let output = crate::run(["--customers", "-", "--summary", "--prices", "-"]);
    assert_refused(&output, "--customers and --prices cannot both read standard input\n");
    for (args, error) in [
        (&["--demo", "--where", "idleCost > 1"][..], "--where: the field idleCost needs --summary --prices FILE\n"),
        (&["--demo", "--summary", "--sort", "currency"], "--sort: the field currency needs --prices FILE\n"),
        (
            &["--demo", "--summary", "--sort", "unassignedCost"],
            "--sort: the field unassignedCost needs --deployment and --prices FILE\n",
        ),
        (
            &["--demo", "--summary=customer", "--columns", "price"],
            "--columns: a summary by customer has no field price\n",
        ),
        (
            &["--demo", "--summary", "--where", "price ~ 1"],
            "--where 'price ~ 1': `~` does not fit price, which takes = != < <= > >=\n",
        ),
        (
            &["--demo", "--where", "price > 1€"],
            "--where 'price > 1€': `1€` is not a number: price takes a number like 500 or 99.50\n",
        ),
    ] {
        let output = crate::run(args);
        assert!(output.stderr.starts_with(&format!("pc-usage: error: {error}")), "{}", output.stderr);
        assert_eq!((output.code, output.text()), (2, ""));
    }
}
