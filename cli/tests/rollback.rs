//! `pn rollback`, and what `pn verify` says about undoing.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, exec, pnml, steady};

fn check(bench: &Bench, arguments: &[&str], expected: Expect) {
    let text = bench.pn(arguments).replace(bench.path().to_str().expect("it can be read"), "DIR");
    expected.assert_eq(&steady(&text));
}

fn file(bench: &Bench, name: &str) -> String {
    let path = bench.file(name).display().to_string();
    format!(
        "<action kind=\"file\"><param name=\"path\">{path}</param><param name=\"content\">new</param></action>"
    )
}

/// A file that is there and one that is not, written one after the other, and a last step.
fn deployed(last: &str) -> Bench {
    let bench = Bench::new();
    bench.write("conf", "old");
    let (conf, motd) = (file(&bench, "conf"), file(&bench, "motd"));
    let steps = [("conf", &*conf, "a", "b"), ("motd", &*motd, "b", "c"), ("last", last, "c", "d")];
    bench.write("net.pnml", &pnml("deployed", "<goal>tokens(d) = 1</goal>", &["a*1", "b", "c", "d"], &steps));
    bench
}

fn ran(last: &str) -> Bench {
    let bench = deployed(last);
    let output = bench.output(&["run", "net.pnml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    bench
}

fn read(bench: &Bench, name: &str) -> Option<String> {
    std::fs::read_to_string(bench.file(name)).ok()
}

const NOOP: &str = "<action kind=\"noop\"/>";

#[test]
fn what_a_run_did_is_looked_at_undone_and_not_undone_again() {
    let bench = ran(NOOP);
    let first = bench.json(&["runs", "--json"])["runs"][0]["run"].as_str().expect("a run").to_owned();
    check(
        &bench,
        &["rollback", "last", "--dry-run"],
        expect![[r#"
        RUN: 2 steps to undo
        undo motd (attempt 2, ok), by its kind; now: DIR/motd exists
        undo conf (attempt 1, ok), by its kind; now: DIR/conf has another content
    "#]],
    );
    assert_eq!(
        (read(&bench, "conf").as_deref(), read(&bench, "motd").as_deref()),
        (Some("new"), Some("new"))
    );
    check(
        &bench,
        &["rollback", "last", "--yes"],
        expect![[r#"
            RUN: 2 steps to undo
            undo motd (attempt 2, ok), by its kind
            undo conf (attempt 1, ok), by its kind
            verified: 4 questions answered in T s
            run RUN begins
            journal JOURNAL
            T s starts motd.undo.2
            T s applies motd.undo.2: DIR/motd exists
            T s ok motd.undo.2 after T s: removed DIR/motd
            T s starts conf.undo.1
            T s applies conf.undo.1: DIR/conf has another content
            T s ok conf.undo.1 after T s: put DIR/conf back
            complete after T s
        "#]],
    );
    assert_eq!((read(&bench, "conf").as_deref(), read(&bench, "motd")), (Some("old"), None));
    // `last` is the rollback now, which is not rolled back.
    check(
        &bench,
        &["rollback", "last"],
        expect![[r#"
        ! error: run RUN is itself the rollback of RUN and is not rolled back
        ! hint: to do it all again, run the deployment again
        exit 1
    "#]],
    );
    check(
        &bench,
        &["rollback", &first],
        expect![[r#"
        RUN: everything that can be undone has been undone
    "#]],
    );
    check(
        &bench,
        &["resume", &first],
        expect![[r#"
        ! error: run RUN does not go on: RUN rolls it back
        exit 2
    "#]],
    );
    check(
        &bench,
        &["runs"],
        expect![[r#"
            RUN complete 8 firings, the last after T s net.pnml, rolled back
            RUN complete 6 firings, the last after T s rollback of RUN
        "#]],
    );
    let text = bench.pn(&["runs", "show", &first]);
    assert!(text.contains("rolled back  by "), "{text}");
}

#[test]
fn a_step_that_cannot_be_undone_is_named_and_left_only_when_asked() {
    let bench = ran(&exec("true"));
    check(
        &bench,
        &["rollback", "last"],
        expect![[r#"
        RUN: 2 steps to undo
        undo motd (attempt 2, ok), by its kind
        undo conf (attempt 1, ok), by its kind
        stays last (attempt 3, ok): only a command reverses a command; give one in the parameter `undo`, or draw an undo of the action
        ! error: 1 step of RUN cannot be undone; nothing was undone
        ! hint: --leave-irreversible leaves them and undoes the rest
        exit 1
    "#]],
    );
    assert_eq!(read(&bench, "conf").as_deref(), Some("new"));
    let output = bench.output(&["rollback", "last", "--leave-irreversible"]);
    assert_eq!((output.status.code(), read(&bench, "conf").as_deref()), (Some(0), Some("old")));
}

#[test]
fn what_somebody_else_changed_is_seen_and_overwritten_only_by_force() {
    let bench = ran(NOOP);
    bench.write("conf", "edited");
    check(
        &bench,
        &["rollback", "last", "--dry-run"],
        expect![[r#"
        RUN: 2 steps to undo
        undo motd (attempt 2, ok), by its kind; now: DIR/motd exists
        undo conf (attempt 1, ok), by its kind; fails without --force: changed by somebody else since: DIR/conf has another content
    "#]],
    );
    let output = bench.output(&["rollback", "last", "--force"]);
    assert_eq!((output.status.code(), read(&bench, "conf").as_deref()), (Some(0), Some("old")));
}

#[test]
fn the_net_of_undos_can_be_written_and_verified() {
    let bench = ran(NOOP);
    assert_eq!(bench.output(&["rollback", "last", "--write", "undo.pnml"]).status.code(), Some(0));
    check(
        &bench,
        &["verify", "undo.pnml"],
        expect![[r#"
            undo.pnml: 5 places, 2 transitions; expanded to 17 places, 22 transitions

            holds It cannot get stuck: every end is the goal or a declared failure.
            breadth-first search of all 57 markings, recounted independently
            holds It can always finish: the goal stays within reach, declared failures aside.
            breadth-first search of all 57 markings, recounted independently
            holds It is bounded: one-safe, counters of attempts aside.
            breadth-first search of all 57 markings, recounted independently
            holds Every transition can fire.
            breadth-first search, each shown by a run, replayed
            Undo: points of no return: `motd.undo.2`, `conf.undo.1`: an undo is not undone; run the deployment
            again.
            Note: drift is not covered; --faults any covers it.
        "#]],
    );
    let data = bench.json(&["rollback", "last", "--dry-run", "--json"]);
    assert_eq!((&data["format"], &data["steps"][1]["after"][0]), (&"pn rollback 1".into(), &2.into()));
    assert_eq!(
        (&data["steps"][0]["transition"], &data["steps"][0]["now"]),
        (&"motd".into(), &"differs".into())
    );
}

#[test]
fn verify_names_the_points_of_no_return_and_asks_about_them_when_told_to() {
    let bench = deployed(&exec("true"));
    check(
        &bench,
        &["verify", "net.pnml"],
        expect![[r#"
            net.pnml: 4 places, 3 transitions; expanded to 13 places, 24 transitions

            holds It cannot get stuck: every end is the goal or a declared failure.
            breadth-first search of all 13 markings, recounted independently
            holds It can always finish: the goal stays within reach, declared failures aside.
            breadth-first search of all 13 markings, recounted independently
            holds It is bounded: one-safe.
            breadth-first search of all 13 markings, recounted independently
            holds Every transition can fire.
            breadth-first search, each shown by a run, replayed
            Undo: points of no return: `last`: only a command reverses a command; give one in the parameter
            `undo`, or draw an undo of the action.
            Note: drift is not covered; --faults any covers it.
        "#]],
    );
    check(
        &bench,
        &["verify", "net.pnml", "--undoable"],
        expect![[r#"
            net.pnml: 4 places, 3 transitions; expanded to 13 places, 24 transitions

            holds It cannot get stuck: every end is the goal or a declared failure.
            breadth-first search of all 13 markings, recounted independently
            holds It can always finish: the goal stays within reach, declared failures aside.
            breadth-first search of all 13 markings, recounted independently
            holds It is bounded: one-safe.
            breadth-first search of all 13 markings, recounted independently
            holds Every transition can fire.
            breadth-first search, each shown by a run, replayed
            fails `last`, which cannot be undone, never starts.
            breadth-first search, the run was replayed
            After 4 steps it can start:
            1. start conf
            2. conf: its check finds nothing to do
            3. start motd
            4. motd: its check finds nothing to do
            Then marked: c
            Undo: points of no return: `last`: only a command reverses a command; give one in the parameter
            `undo`, or draw an undo of the action.
            Note: drift is not covered; --faults any covers it.
            exit 1
        "#]],
    );
    let text = bench.pn(&["verify", "net.pnml", "--json"]);
    assert!(text.contains("\"result\": \"some\""), "{text}");
}
