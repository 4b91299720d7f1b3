//! What a report makes of odd figures, texts, dates and sizes: nothing is lost, rounded or made up without a word.
//! It refuses to test the usual answer: the other files do.

use std::fmt::Write as _;

use crate::report::saved;
use crate::{CUSTOMER, Home, Output, assert_quiet, assert_report, finish};

/// The rows of a saved body as CSV with these columns.
fn csv(items: &str, columns: &str, args: &[&str]) -> Output {
    let body = format!(r#"{{"items":[{items}]}}"#);
    saved(body, &[&["-o", "csv", "--no-header", "--columns", columns], args].concat())
}

#[test]
fn a_number_in_the_place_of_a_text_is_shown_as_it_is_written() {
    let items = r#"{"productName":1.50,"workloadName":123456789012345678901234567890,"workloadCode":-0,"serviceName":1E5,
        "serviceCode":false,"channel":1e999,"customerName":"\u0041\n","processedDateTime":20170309}"#;
    let columns = "product,workload,workloadCode,service,serviceCode,channel,customer,date";
    let expected = "1.50,123456789012345678901234567890,'-0,1E5,false,1e999,\"A\n\",20170309\n";
    assert_report(&csv(items, columns, &[]), expected);
}

/// Thirty digits: more than can be calculated with.
const LONG: &str = "123456789012345678901234567890";

#[test]
fn figures_are_subtracted_to_the_digit() {
    for (qualified, active, idle) in [
        ("0.3", "0.1", "0.2"),
        ("250.50", "0.25", "250.25"),
        ("206.50", "206", "0.5"),
        ("2", "2.00", "0"),
        ("1", "3.5", "0"),
        ("1e2", "5", "95"),
        ("1.5E+1", "5e-1", "14.5"),
        ("36893488147419103232", "1", "36893488147419103231"),
        ("9007199254740993", "1", "9007199254740992"),
        // What would lose a digit is not calculated.
        (LONG, "1", ""),
        ("1", LONG, ""),
        ("1e999", "1", ""),
        ("1", "1e-30", ""),
        ("79228162514264337593543950335", "0.5", ""),
    ] {
        let items = format!(r#"{{"licensesQualified":{qualified},"licensesActive":{active}}}"#);
        let shown = |figure: &str| figure.trim_end_matches(".00").to_owned();
        let expected = format!("{},{},{idle}\n", shown(qualified), shown(active));
        assert_report(&csv(&items, "qualified,active,idle", &[]), &expected);
    }
}

#[test]
fn figures_are_compared_and_sorted_to_the_digit() {
    let items = [
        "9007199254740993",
        "9007199254740992",
        "1e999",
        "0.30",
        "9007199254740992.0",
        "-5",
        "0.3000000000000000001",
        LONG,
    ]
    .map(|figure| format!(r#"{{"licensesQualified":{figure}}}"#))
    .join(",");
    let kept = |expr: &str| csv(&items, "qualified", &["--where", expr]).text().replace('\n', " ");
    assert_eq!(kept("qualified > 9007199254740992"), "9007199254740993 ");
    assert_eq!(kept("qualified = 9007199254740992"), "9007199254740992 9007199254740992 ");
    assert_eq!(kept("qualified = 0.3"), "0.30 ");
    assert_eq!(kept("qualified < 0.30000000000000000011"), "0.30 -5 0.3000000000000000001 ");
    // What cannot be calculated with is like absent: it satisfies `!=` alone.
    assert_eq!(kept("qualified > 5"), "9007199254740993 9007199254740992 9007199254740992 ");
    assert_eq!(kept("qualified != 0.3").split(' ').count(), 8);
    let sorted = csv(&items, "qualified", &["--sort", "qualified:desc"]);
    let expected = format!(
        "9007199254740993\n9007199254740992\n9007199254740992\n0.3000000000000000001\n0.30\n-5\n1e999\n{LONG}\n"
    );
    assert_report(&sorted, &expected);
}

#[test]
fn a_number_that_cannot_be_compared_with_is_refused() {
    let output = csv("{}", "qualified", &["--where", &format!("qualified > {LONG}")]);
    let start = format!("pc-usage: error: --where 'qualified > {LONG}': `{LONG}` has too many digits");
    assert!(output.stderr.starts_with(&start), "{}", output.stderr);
    assert_eq!((output.code, output.text()), (2, ""));
}

#[test]
fn a_table_adds_idle_seats_to_the_digit_and_rounds_halves_up() {
    let body = r#"{"items":[
        {"productName":"A","licensesQualified":0.1,"licensesActive":0,"usagePercent":0.25},
        {"productName":"B","licensesQualified":0.2,"licensesActive":0,"usagePercent":1e999},
        {"productName":"C","licensesQualified":1e999,"licensesActive":0,"usagePercent":1.45}]}"#;
    let expected = "\
Customer unknown
Data without a date

Product  Workload  Qualified  Active  Idle   Usage
─────────────────────────────────────────────────────────────
A        –               0.1       0   0.1    0.3% ▏░░░░░░░░░
B        –               0.2       0   0.2  1e999%
C        –             1e999       0     –    1.5% ▏░░░░░░░░░

0.3 of 0.3 seats idle (100 %) · most in B: 0.2 · 1 product without figures · 3 rows, 3 products
";
    let home = Home::new();
    let mut command = home.command();
    command.args(["--input", "-"]);
    assert_report(&finish(command, body), expected);
}

#[test]
fn a_summary_shows_the_exact_share_and_leaves_out_what_it_cannot_work_out() {
    let items = r#"{"productName":"A","licensesQualified":9007199254740993,"licensesActive":1},
        {"productName":"A","licensesQualified":9007199254740992,"licensesActive":9007199254740993},
        {"productName":"B","licensesQualified":1e999,"licensesActive":3},
        {"productName":"C","licensesQualified":2000,"licensesActive":1},
        {"productName":"D","licensesQualified":0,"licensesActive":1}"#;
    let expected = "A,9007199254740993,9007199254740993,0,100.0\nB,1e999,3,,\nC,2000,1,1999,0.1\nD,0,1,0,\n";
    assert_report(&csv(items, "product,qualified,active,idle,usage", &["--summary"]), expected);
}

#[test]
fn changes_are_exact_and_the_same_figure_may_be_written_otherwise() {
    let home = Home::new();
    let row = |product: &str, qualified: &str, active: &str| {
        format!(r#"{{"productName":"{product}","licensesQualified":{qualified},"licensesActive":{active}}}"#)
    };
    let body = |rows: &[String]| format!(r#"{{"items":[{}]}}"#, rows.join(","));
    let then =
        [row("A", "0.1", "9007199254740992"), row("B", "1e999", "5"), row("C", "1e2", "1E0"), row("D", LONG, "1")];
    let now = [row("A", "0.3", "9007199254740993"), row("B", "1e999", "5.0"), row("C", "100", "1"), row("D", "1", "1")];
    std::fs::write(home.path().join("then.json"), body(&then)).expect("room for a body");
    let mut command = home.command();
    let columns = "product,licensesQualifiedChange,licensesActiveChange,change";
    command.args([
        CUSTOMER,
        "--input",
        "-",
        "--compare",
        "then.json",
        "-o",
        "csv",
        "--no-header",
        "--columns",
        columns,
    ]);
    let expected = "A,0.2,1,changed\nB,,0,same\nC,0,0,same\nD,,0,changed\n";
    assert_report(&finish(command, body(&now)), expected);
}

#[test]
fn an_empty_customer_id_is_absent_also_in_a_comparison() {
    assert_report(
        &csv(r#"{"customerId":"","productName":"A"}"#, "customerId,product", &[]),
        &format!("{CUSTOMER},A\n"),
    );
    let home = Home::new();
    let with = |id: &str, active: u32| {
        format!(r#"{{"customerId":"{id}","productName":"A","licensesQualified":9,"licensesActive":{active}}}"#)
    };
    let compared = |then: String, now: String, args: &[&str]| {
        std::fs::write(home.path().join("then.json"), then).expect("room for a body");
        let mut command = home.command();
        let columns = "customerId,product,licensesActiveChange,change";
        command.args(["--input", "-", "--compare", "then.json", "-o", "csv", "--no-header", "--columns", columns]);
        command.args(args);
        finish(command, now)
    };
    let body = |row: &str| format!(r#"{{"items":[{row}]}}"#);
    let array = |id: &str, row: &str| format!(r#"[{{"customerId":{id},"response":{{"items":[{row}]}}}}]"#);
    // Of a row: what has no id belongs to the run's one customer.
    let output = compared(body(&with("", 1)), body(&with("", 3)), &[CUSTOMER]);
    assert_report(&output, &format!("{CUSTOMER},A,2,changed\n"));
    assert_report(&compared(body(&with("", 1)), body(&with("", 3)), &[]), ",A,2,changed\n");
    // Of an element of an array.
    let output = compared(array("\"\"", &with("", 1)), body(&with("", 3)), &[CUSTOMER]);
    assert_report(&output, &format!("{CUSTOMER},A,2,changed\n"));
    let output = compared(array("\"\"", &with("", 1)), array("\"\"", &with("", 3)), &[]);
    assert_report(&output, ",A,2,changed\n");
}

#[test]
fn dates_of_all_years_have_an_age_and_what_is_none_is_a_text() {
    for (served, shown, age) in [
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "-2915656"),
        ("9999-12-31", "9999-12-31", "-2915656"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "736402"),
        ("2017-03-09t01:00:00z", "2017-03-09t01:00:00z", "6"),
        ("2017-03-09t01:00:00", "2017-03-09t01:00:00Z", "6"),
        ("2017-03-09T23:30:00-01:00", "2017-03-09T23:30:00-01:00", "5"),
        ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59-01:00", ""),
        ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00+01:00", ""),
        ("0000-12-31T23:30:00-01:00", "0000-12-31T23:30:00-01:00", "736402"),
        ("0000-12-31T00:00:00", "0000-12-31T00:00:00", ""),
        ("0000-01-01", "0000-01-01", ""),
        ("2017-02-29", "2017-02-29", ""),
        ("2017-03-09T24:00:00", "2017-03-09T24:00:00", ""),
    ] {
        let items = format!(r#"{{"processedDateTime":"{served}"}}"#);
        assert_report(&csv(&items, "date,age", &[]), &format!("{shown},{age}\n"));
    }
    let last = r#"{"processedDateTime":"9999-12-31T23:00:00Z"},{"processedDateTime":"2017-03-09T00:00:00z"}"#;
    assert_report(&csv(last, "date", &["--where", "date >= 9999-12-31T23:00:00Z"]), "9999-12-31T23:00:00Z\n");
    let sorted = "2017-03-09T00:00:00z\n9999-12-31T23:00:00Z\n";
    assert_report(&csv(last, "date", &["--sort", "date"]), sorted);
}

#[test]
fn data_of_days_to_come_is_told_in_words() {
    for (dates, told) in [
        (["2017-03-01", "2017-03-20"], "2017-03-01 – 2017-03-20 · 14 days old to 5 days ahead of today"),
        (["2017-03-14", "2017-03-16"], "2017-03-14 – 2017-03-16 · 1 day old to 1 day ahead of today"),
        (["2017-03-15", "2017-03-16"], "2017-03-15 – 2017-03-16 · of today to 1 day ahead of today"),
        (["2017-03-16", "2017-03-20"], "2017-03-16 – 2017-03-20 · 1 to 5 days ahead of today"),
        (["2017-03-01", "2017-03-15"], "2017-03-01 – 2017-03-15 · 0 to 14 days old"),
        (["2017-03-20", "2017-03-20"], "2017-03-20 · 5 days ahead of today"),
    ] {
        let items = dates.map(|date| format!(r#"{{"processedDateTime":"{date}"}}"#)).join(",");
        let output = saved(format!(r#"{{"items":[{items}]}}"#), &[]);
        assert_eq!(output.text().lines().nth(1), Some(&*format!("Data of {told}")));
    }
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_disarmed_however_it_is_hidden() {
    for (name, cell) in [
        ("=1", "'=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        (" =1", "' =1"),
        ("\u{a0}\u{3000} ＝1", "'\u{a0}\u{3000} ＝1"),
        ("\\u0000x", "'\0x"),
        ("\\u001bx", "'\u{1b}x"),
        (" \\u007fx", "' \u{7f}x"),
        ("\u{85}x", "'\u{85}x"),
        ("\\tx", "'\tx"),
        (" \\n=1", "\"' \n=1\""),
        ("a=1", "a=1"),
        (" a", " a"),
        ("'=1", "'=1"),
        ("", "\"\""),
        (" ", " "),
    ] {
        let items = format!(r#"{{"productName":"{name}"}}"#);
        assert_report(&csv(&items, "product", &[]), &format!("{cell}\n"));
        let raw = csv(&items, "product", &["--raw-text"]);
        let plain = if name.starts_with('\'') { cell.to_owned() } else { cell.replacen('\'', "", 1) };
        let plain = if plain.starts_with('"') || !plain.contains('\n') { plain } else { format!("\"{plain}\"") };
        assert_report(&raw, &format!("{plain}\n"));
    }
}

#[test]
fn a_word_of_100_kb_is_cut_in_a_table_and_whole_elsewhere() {
    let word = "w".repeat(100_000);
    let number = "7".repeat(100_000);
    let items = format!(
        r#"{{"customerId":"{word}","customerName":"{word}","productName":"{word}","workloadName":"{word}","licensesQualified":{number},"licensesActive":0,"processedDateTime":"{word}"}},
           {{"productName":"{word}","licensesQualified":5,"licensesActive":0}}"#
    );
    let body = format!(r#"{{"items":[{items}]}}"#);
    let columns = "customerId,customer,product,workload,date,qualified";
    for args in [&[][..], &["--summary"], &["--columns", columns]] {
        let output = saved(&*body, args);
        assert_quiet(&output);
        let longest = output
            .text()
            .split([' ', '\n'])
            .filter(|word| word.contains(['w', '7']))
            .map(|word| word.chars().count())
            .max();
        assert_eq!(longest, Some(1000));
        assert!(output.text().contains(&format!("{}… ", &word[..999])));
    }
    let expected = format!("{word},{word},{word},{word},{word},{number}\n{CUSTOMER},,{word},,,5\n");
    assert_report(&csv(&items, columns, &[]), &expected);
}

#[cfg(unix)]
#[test]
fn long_names_of_many_rows_are_soon_wrapped_in_a_terminal() {
    let word = "z".repeat(100_000);
    let mut items = String::new();
    for n in 0..20 {
        write!(items, r#"{{"customerName":"{word}","productName":"{word}{n}","workloadName":"{word}"}},"#)
            .expect("a String takes everything");
    }
    let home = Home::new();
    let file = home.path().join("usage.json");
    std::fs::write(&file, format!(r#"{{"items":[{}]}}"#, items.trim_end_matches(','))).expect("room for a body");
    let mut command = home.command();
    command.args([CUSTOMER, "--input"]).arg(file);
    let output = crate::report::in_terminal(80, command);
    assert_quiet(&output);
    let letters = output.text().chars().filter(|char| *char == 'z').count();
    // The title, and two cells a row.
    assert_eq!(letters, 999 * 41);
}
