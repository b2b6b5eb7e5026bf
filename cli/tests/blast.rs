//! `pn blast`.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, exec, pnml, steady};

fn example(name: &str) -> String {
    format!("{}/../examples/nets/{name}.pnml", env!("CARGO_MANIFEST_DIR"))
}

fn check(bench: &Bench, arguments: &[&str], expected: Expect) {
    let examples = format!("{}/../examples/nets/", env!("CARGO_MANIFEST_DIR"));
    let text = bench.pn(arguments).replace(&examples, "");
    let steps_kept: Vec<String> = text.lines().map(|line| steady(line).trim_end().to_owned()).collect();
    expected.assert_eq(&(steps_kept.join("\n") + "\n"));
}

#[test]
fn examples_and_their_actions() {
    let bench = Bench::new();
    check(
        &bench,
        &["blast", &example("blue-green-gated"), "switch"],
        expect![[r#"
        blue-green-gated.pnml: if `switch` fails for good

        The goal is within reach only if something else fails, too.

        Must still happen: green.deploy, green.verify
        Only if more fails: green.remove
        Can no longer happen: schema.contract
        exit 1
    "#]],
    );
    check(
        &bench,
        &["blast", &example("blue-green-gated"), "green.verify"],
        expect![[r#"
        blue-green-gated.pnml: if `green.verify` fails for good

        The goal stays within reach.

        Must still happen: green.deploy, green.remove
        Can no longer happen: switch, schema.contract
    "#]],
    );
    check(
        &bench,
        &["blast", &example("opposite-locks"), "migrate.apply"],
        expect![[r#"
        opposite-locks.pnml: if `migrate.apply` fails for good

        The goal is out of reach.

        May happen: rollout.apply
        exit 1
    "#]],
    );
    check(
        &bench,
        &["blast", &example("mutex"), "leave1"],
        expect![[r#"
        mutex.pnml: if `leave1` never happens

        There is no goal that could be lost.

        No other action can happen from here.

        Taken: `idle1` can stay empty for ever, after 1 step:
        1. request1

        Taken: `idle2` can stay empty for ever, after 3 steps:
        1. request1
        2. enter1
        3. request2

        Taken: `lock` can stay empty for ever, after 2 steps:
        1. request1
        2. enter1
        exit 1
    "#]],
    );
}

fn on(host: &str, command: &str) -> String {
    exec(command).replacen("kind", &format!("host=\"{host}\" kind"), 1)
}

/// Two hosts in turn behind a lock that each holds while it works, and a clean-up.
fn rollout() -> Bench {
    let steps = [
        ("web1.take", String::new(), "todo1 lock", "has1"),
        ("web1.install", on("web1", "true"), "has1", "ready1"),
        ("web1.give", String::new(), "ready1", "done1 lock"),
        ("web2.take", String::new(), "todo2 lock", "has2"),
        ("web2.install", on("web2", "true"), "has2", "ready2"),
        ("web2.give", String::new(), "ready2", "done2 lock"),
        ("announce", exec("true"), "done1 done2", "done"),
    ];
    let steps = steps.each_ref().map(|(name, action, takes, gives)| (*name, action.as_str(), *takes, *gives));
    let annotation = "<goal>tokens(done) = 1</goal>\
                      <invariant name=\"one-at-a-time\">tokens(has1, ready1, has2, ready2) &lt;= 1</invariant>";
    let places =
        ["todo1*1", "todo2*1", "lock*1", "has1", "ready1", "done1", "has2", "ready2", "done2", "done"];
    Bench::with("net.pnml", &pnml("rollout", annotation, &places, &steps))
}

#[test]
fn a_lost_host_keeps_the_lock_and_the_goal_is_gone() {
    let bench = rollout();
    check(
        &bench,
        &["blast", "net.pnml", "web2"],
        expect![[r#"
        net.pnml: if host `web2` is lost, with its 1 action

        The goal is out of reach.

        May happen: web1.install
        Can no longer happen: announce

        Taken: `lock` can stay empty for ever, after 1 step:
        1. web2.take
        exit 1
    "#]],
    );
    let data = bench.json(&["blast", "net.pnml", "web2", "--json"]);
    assert_eq!(data["format"], "pn blast 1");
    assert_eq!(data["goal"], "unreachable");
    assert_eq!(data["no_longer"], serde_json::json!(["announce"]));
    assert_eq!(data["taken"][0]["name"], "lock");
}

#[test]
fn a_run_is_looked_at_where_it_stands_and_not_written() {
    let bench = Bench::new();
    let annotation = "<goal>tokens(c) = 1</goal>";
    let steps = [("first", exec("true"), "a", "b"), ("second", exec("false"), "b", "c")];
    let steps = steps.each_ref().map(|(name, action, takes, gives)| (*name, action.as_str(), *takes, *gives));
    bench.write("net.pnml", &pnml("two", annotation, &["a*1", "b", "c"], &steps));
    assert_eq!(bench.output(&["run", "net.pnml"]).status.code(), Some(1));
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(bench.file("runs"))
            .expect("it can be read")
            .map(|entry| entry.expect("it can be read").file_name())
            .collect();
        names.sort();
        names
    };
    let before = names();
    check(
        &bench,
        &["blast", "last", "first"],
        expect![[r#"
        net.pnml, run RUN: if `first` fails for good

        That cannot come any more from here, so nothing follows from it.
        The goal is out of reach.

        No other action can happen from here.
        exit 1
    "#]],
    );
    assert_eq!(names(), before);
}

#[test]
fn an_action_that_does_not_matter() {
    let steps = [("needed", exec("true"), "a", "b"), ("extra", exec("true"), "x", "y")];
    let steps = steps.each_ref().map(|(name, action, takes, gives)| (*name, action.as_str(), *takes, *gives));
    let bench = Bench::with(
        "net.pnml",
        &pnml("side", "<goal>tokens(b) = 1</goal>", &["a*1", "b", "x*1", "y"], &steps),
    );
    check(
        &bench,
        &["blast", "net.pnml", "extra"],
        expect![[r#"
        net.pnml: if `extra` fails for good

        The goal stays within reach.

        Must still happen: needed
    "#]],
    );
}

#[test]
fn names_that_are_not_there_are_corrected() {
    let bench = rollout();
    check(
        &bench,
        &["blast", "net.pnml", "anounce"],
        expect![[r#"
        ! error: net.pnml has no transition and no host `anounce`
        ! hint: did you mean `announce`?
        exit 2
    "#]],
    );
    check(
        &bench,
        &["blast", "net.pnml", "web3", "--host"],
        expect![[r#"
        ! error: net.pnml has no host `web3`
        ! hint: did you mean `web1`?
        exit 2
    "#]],
    );
    check(
        &bench,
        &["blast", "net.pnml", "announce.ok"],
        expect![[r#"
        ! error: `announce.ok` belongs to the action `announce`
        ! hint: ask what follows if `announce` fails
        exit 2
    "#]],
    );
}
