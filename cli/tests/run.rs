//! `pn run`.

mod pn;

use expect_test::expect;
use pn::{Bench, exec, locks, pnml, steady, two_steps};

#[test]
fn a_deployment_is_verified_and_run_to_its_goal() {
    let bench = Bench::with("net.pnml", &two_steps());
    expect![[r#"
        verified: 5 questions answered in T s: breadth-first search of all 9 markings, recounted independently
        run RUN begins
        journal JOURNAL
        T s starts first
        T s applies first: its check cannot tell; only doing it would
        T s ok first after T s: exit status 0
        T s starts second
        T s applies second: its check cannot tell; only doing it would
        T s ok second after T s: exit status 0
        complete after T s
    "#]]
    .assert_eq(&steady(&bench.pn(&["run", "net.pnml"])));
}

#[test]
fn nothing_runs_that_does_not_keep_its_promises() {
    let bench = Bench::with("net.pnml", &locks());
    expect![[r#"
        net.pnml: 8 places, 4 transitions

        fails It cannot get stuck: something can always happen.
        breadth-first search, the run was replayed
        After 2 steps nothing can happen any more:
        1. x.lockA
        2. y.lockB
        Then marked: x.a, y.b
        refused: nothing was started; --unverified runs it nevertheless
        exit 1
    "#]]
    .assert_eq(&steady(&bench.pn(&["run", "net.pnml"])));
    assert!(!bench.file("runs").exists());
}

#[test]
fn a_failure_that_is_foreseen_has_a_status_of_its_own() {
    let net = two_steps().replace("echo second &gt;&gt; log", "echo broken &gt;&amp;2; exit 3");
    let bench = Bench::with("net.pnml", &net);
    expect![[r#"
        verified: 5 questions answered in T s: breadth-first search of all 9 markings, recounted independently
        run RUN begins
        journal JOURNAL
        T s starts first
        T s applies first: its check cannot tell; only doing it would
        T s ok first after T s: exit status 0
        T s starts second
        T s applies second: its check cannot tell; only doing it would
        T s failed second after T s: exit status 3
        err | broken
        failed, as the deployment foresees after T s
        marked: second has failed for good
        exit 1
    "#]]
    .assert_eq(&steady(&bench.pn(&["run", "net.pnml"])));
}

#[test]
fn a_certificate_replaces_the_verification() {
    let bench = Bench::with("net.pnml", &two_steps());
    bench.output(&["verify", "net.pnml", "--certificate", "net.cert"]);
    let said = bench.pn(&["run", "net.pnml", "--certificate", "net.cert"]);
    assert!(said.starts_with("certified: "), "{said}");
    assert!(said.lines().last().unwrap().starts_with("complete"), "{said}");
}

#[test]
fn a_certificate_that_leaves_questions_open_is_refused() {
    let bench = Bench::with("net.pnml", &two_steps());
    bench.output(&["verify", "net.pnml", "-p", "possibly tokens(done) = 1", "--certificate", "net.cert"]);
    expect![[r#"
        ! error: net.cert: `always not dead or tokens(done) = 1 or (tokens(first.failed) >= 1 or tokens(second.failed) >= 1)` is not among its claims
        ! hint: `pn verify FILE --certificate OUT` answers all questions
        exit 1
    "#]].assert_eq(&bench.pn(&["run", "net.pnml", "--certificate", "net.cert"]));
}

#[test]
fn parameters_are_set_and_must_exist() {
    let net = pnml(
        "p",
        "<goal>tokens(done) = 1</goal><parameter name=\"who\"/>",
        &["todo*1", "done"],
        &[("greet", &exec("echo hello {{ who }} &gt; log"), "todo", "done")],
    );
    let bench = Bench::with("net.pnml", &net);
    expect![[r#"
        ! error: net.pnml cannot be run:
        !   the parameter `who` has no value and no default; set it
        exit 2
    "#]]
    .assert_eq(&bench.pn(&["run", "net.pnml"]));
    expect![[r#"
        ! error: net.pnml cannot be run:
        !   the net has no parameter `whom`; did you mean `who`?
        !   the parameter `who` has no value and no default; set it
        exit 2
    "#]]
    .assert_eq(&bench.pn(&["run", "net.pnml", "--set", "whom=x"]));
    assert!(bench.output(&["run", "net.pnml", "--set", "who=world"]).status.success());
    assert_eq!(std::fs::read_to_string(bench.file("log")).unwrap(), "hello world\n");
}

#[test]
fn events_are_data_as_well() {
    let bench = Bench::with("net.pnml", &two_steps());
    let output = bench.output(&["run", "net.pnml", "--json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let words: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(
        words,
        ["began", "started", "differs", "ended", "started", "differs", "ended", "finished", "end"]
    );
    assert_eq!(events.last().unwrap()["state"], "complete");
}
