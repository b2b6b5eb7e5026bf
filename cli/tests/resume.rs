//! `pn resume`, `pn runs`, `pn why` and `pn approve`, on a run that waits for a person.

mod pn;

use expect_test::expect;
use pn::{Bench, exec, pnml, steady};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn gated() -> Bench {
    let net = pnml(
        "gated",
        "<goal>tokens(done) = 1</goal>",
        &["todo*1", "ready", "free", "done"],
        &[
            ("prepare", &exec("echo prepare &gt;&gt; log"), "todo", "ready"),
            ("go", "<approval by=\"root\"/>", "ready", "free"),
            ("finish", &exec("echo finish &gt;&gt; log"), "free", "done"),
        ],
    );
    Bench::with("net.pnml", &net)
}

fn started(bench: &Bench) -> Child {
    let child = bench.command(&["run", "net.pnml"]).stdout(Stdio::piped()).spawn().expect("pn starts");
    wait_until(|| bench.pn(&["why", "last", "go"]).contains("when it is approved"));
    child
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_secs(20), "it takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id can be asked");
    output.stdout.starts_with(b"0\n")
}

#[test]
fn a_run_that_is_stopped_goes_on_and_waits_for_approval() {
    let bench = gated();
    let mut child = started(&bench);
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(bench.pn(&["runs"]).contains("stopped"));

    let mut child = bench.command(&["resume", "last"]).stdout(Stdio::piped()).spawn().unwrap();
    wait_until(|| bench.pn(&["runs"]).contains("running"));
    if !is_root() {
        child.kill().unwrap();
        child.wait().unwrap();
        return;
    }
    wait_until(|| bench.output(&["approve", "last", "go"]).status.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(std::fs::read_to_string(bench.file("log")).unwrap(), "prepare\nfinish\n");

    let trace = bench.pn(&["runs", "trace", "last"]);
    bench.write("run.trace", &trace);
    let said = bench.pn(&["check", "net.pnml", "--trace", "run.trace"]);
    assert!(said.contains("the end is the goal"), "{said}");
    expect![[r#"
        ! error: run RUN has ended: complete
        exit 2
    "#]]
    .assert_eq(&steady(&bench.pn(&["resume", "last"])));
}

#[test]
fn a_run_that_was_killed_is_shown_as_interrupted() {
    let bench = gated();
    let mut child = started(&bench);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(bench.pn(&["runs"]).contains("interrupted"));
    let shown = bench.json(&["runs", "show", "last", "--json"]);
    assert_eq!(shown["state"], "interrupted");
    assert_eq!(shown["waiting"]["go"], "root");
    assert_eq!(shown["marking"]["ready"], 1);
}

#[test]
fn a_run_that_does_not_exist_is_explained() {
    let bench = gated();
    let said = bench.pn(&["resume", "20990101"]).replace(bench.path().to_str().unwrap(), "DIR");
    expect![[r#"
        ! error: there is no run `20990101` in DIR/runs
        ! hint: `pn runs` lists them
        exit 2
    "#]]
    .assert_eq(&said);
}
