//! `pn log`, `pn runs log`, `pn runs export`.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod pn;

use expect_test::expect;
use pn::{Bench, exec, pnml, steady, two_steps};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Two steps, the second of which fails once and writes much.
fn ran() -> Bench {
    let second = format!(
        "{}<retry max=\"2\" first=\"1ms\"/>",
        exec("test -e tried || { touch tried; seq 100; echo bad &gt;&amp;2; exit 3; }")
    );
    let net = pnml(
        "two",
        "<goal>tokens(done) = 1</goal>",
        &["todo*1", "half", "done"],
        &[("first", &exec("echo hello"), "todo", "half"), ("second", &second, "half", "done")],
    );
    let bench = Bench::with("net.pnml", &net);
    bench.output(&["run", "net.pnml", "--unverified"]);
    bench
}

#[test]
fn everything_that_was_recorded_is_shown_within_bounds() {
    let bench = ran();
    let said = steady(&bench.pn(&["log", "last", "--lines", "2"]));
    for line in ["out | hello", "out | (earlier lines: --lines)", "out | 99", "out | 100", "err | bad"] {
        assert!(said.lines().any(|given| given.trim() == line), "no `{line}` in {said}");
    }
    assert!(!said.contains("out | 98"), "{said}");
    assert!(said.contains("attempt 2, failed, exit status 3"), "{said}");
    assert!(said.contains("retry"), "{said}");
    assert_eq!(said, steady(&bench.pn(&["runs", "log", "last", "--lines", "2"])));
    let all = bench.pn(&["log", "last", "--lines", "1000"]);
    assert!(all.contains("out | 1\n") && !all.contains("earlier lines"), "{all}");
}

#[test]
fn as_json_each_line_is_an_object() {
    let bench = ran();
    let output = bench.output(&["log", "last", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = lines.iter().find(|line| line["text"] == "failed").unwrap();
    assert_eq!(failed["stderr"]["head"], "bad\n");
    assert_eq!(failed["exit"], "exit status 3");
    assert_eq!(lines.last().unwrap()["state"], "complete");
}

#[test]
fn a_log_is_followed_to_the_end_of_its_run() {
    let waits = exec("touch begun; while ! test -e gate; do sleep 0.02; done; echo through");
    let bench = Bench::with("net.pnml", &pnml("n", "", &["a*1", "b"], &[("x", &waits, "a", "b")]));
    let mut run = bench.command(&["run", "net.pnml", "--unverified"]).stdout(Stdio::null()).spawn().unwrap();
    let since = Instant::now();
    while !bench.file("begun").exists() && since.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let follow = bench.command(&["log", "last", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    bench.write("gate", "");
    let said = String::from_utf8(follow.wait_with_output().unwrap().stdout).unwrap();
    assert!(run.wait().unwrap().success());
    assert!(said.contains("start      x") && said.contains("out | through"), "{said}");
    assert!(said.ends_with("complete\n"), "{said}");
}

#[test]
fn an_exported_trace_is_the_trace() {
    let bench = ran();
    let trace = bench.pn(&["runs", "export", "last"]);
    assert_eq!(trace, bench.pn(&["runs", "trace", "last"]));
    bench.write("run.trace", &trace);
    assert!(bench.pn(&["check", "net.pnml", "--trace", "run.trace"]).contains("accepted"));
    let whole = bench.json(&["runs", "export", "last", "--format", "json"]);
    assert_eq!(whole["format"], "pn run 1");
    assert_eq!(whole["output"]["1"]["stdout"]["head"], "hello\n");
}

#[test]
fn a_table_of_events_has_a_row_for_each_firing() {
    let bench = Bench::with("net.pnml", &two_steps());
    bench.output(&["run", "net.pnml"]);
    bench.output(&["run", "net.pnml"]);
    let (runs, _) = names(&bench);
    let table = bench.pn(&["runs", "export", &runs[0], &runs[1], "--format", "csv"]);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 9), "{table}");
    let life = |run: &str, activity: &str| -> Vec<&str> {
        rows.iter().filter(|row| row[0] == run && row[1] == activity).map(|row| row[3]).collect()
    };
    for run in &runs {
        let life = life(run, "first");
        assert_eq!((life.first(), life.last()), (Some(&"start"), Some(&"complete")), "{table}");
    }
    let refused = bench.pn(&["runs", "export", &runs[0], &runs[1]]);
    assert!(refused.contains("this format holds one run"), "{refused}");
}

fn names(bench: &Bench) -> (Vec<String>, serde_json::Value) {
    let runs = bench.json(&["runs", "--json"]);
    let names = runs["runs"].as_array().unwrap().iter();
    (names.map(|run| run["run"].as_str().unwrap().to_owned()).collect(), runs)
}

/// The elements of an XES document in the order of the standard's schema, with the attributes
/// that it requires.
#[test]
fn an_event_log_is_as_the_standard_has_it() {
    let bench = ran();
    let text = bench.pn(&["runs", "export", "last", "--format", "xes"]);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    let order = ["extension", "global", "classifier", "string", "trace"];
    let children = text.lines().filter_map(|line| {
        let name = line.strip_prefix("  <")?;
        let name = name.split([' ', '>']).next()?;
        (!name.starts_with('/')).then(|| order.iter().position(|known| *known == name).expect(name))
    });
    let children: Vec<usize> = children.collect();
    assert!(children.is_sorted() && children.contains(&4), "{children:?}");
    for line in text.lines().map(str::trim) {
        let kind = line.trim_start_matches('<').split([' ', '>']).next().unwrap();
        if matches!(kind, "string" | "date" | "int" | "boolean" | "float" | "id") {
            assert!(line.contains(" key=\"") && line.contains(" value=\"") && line.ends_with("/>"), "{line}");
        }
    }
    let events = text.split("<event>").skip(1).map(|event| {
        let value = |key: &str| {
            let start = event.find(&format!("key=\"{key}\" value=\"")).expect(key);
            event[start..].split('"').nth(3).unwrap()
        };
        assert!(value("time:timestamp").ends_with('Z'));
        format!("{} {}\n", value("concept:name"), value("lifecycle:transition"))
    });
    let events: String = events.collect();
    expect![[r#"
        first start
        first unknown
        first complete
        second start
        second unknown
        second ate_abort
        second start
        second unknown
        second complete
    "#]]
    .assert_eq(&events);
}
