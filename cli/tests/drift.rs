//! `pn drift`.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, exec, pnml, steady};
use std::collections::BTreeMap;
use std::path::Path;

fn check(bench: &Bench, arguments: &[&str], expected: Expect) {
    let text = bench.pn(arguments).replace(bench.path().to_str().expect("it can be read"), "DIR");
    expected.assert_eq(&steady(&text));
}

fn file(path: &Path, content: &str) -> String {
    format!(
        "<action kind=\"file\"><param name=\"path\">{}</param><param name=\"content\">{content}</param></action>",
        path.display()
    )
}

/// Two files, one of them written twice, and a command.
fn deployed() -> Bench {
    let bench = Bench::new();
    let steps = [
        ("conf", file(&bench.file("conf"), "port = {{ port }}\n"), "a", "b"),
        ("motd", file(&bench.file("motd"), "installing\n"), "b", "c"),
        ("restart", exec("true"), "c", "d"),
        ("motd.done", file(&bench.file("motd"), "done\n"), "d", "e"),
    ];
    let steps = steps.each_ref().map(|(name, action, takes, gives)| (*name, action.as_str(), *takes, *gives));
    let annotation = "<goal>tokens(e) = 1</goal><parameter name=\"port\" default=\"80\"/>";
    bench.write("net.pnml", &pnml("deployed", annotation, &["a*1", "b", "c", "d", "e"], &steps));
    let output = bench.output(&["run", "net.pnml", "--set", "port=81"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    bench
}

/// Every file below the folder with its content.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        match path.is_dir() {
            true => files.extend(tree(&path)),
            false => {
                _ = files.insert(path.display().to_string(), std::fs::read(&path).expect("it can be read"))
            }
        }
    }
    files
}

#[test]
fn after_a_run_nothing_differs() {
    check(
        &deployed(),
        &["drift", "last"],
        expect![[r#"
        net.pnml, run RUN: 4 completed actions looked at, nothing was changed

        same conf DIR/conf is as described
        replaced motd `motd.done` has written it since
        no-check restart it has no check: only doing it tells
        same motd.done DIR/motd is as described

        Nothing differs.
    "#]],
    );
}

#[test]
fn what_was_changed_since_is_told_with_a_diff_and_nothing_is_written() {
    let bench = deployed();
    bench.write("conf", "port = 8080\n");
    let before = tree(bench.path());
    check(
        &bench,
        &["drift", "last"],
        expect![[r#"
        net.pnml, run RUN: 4 completed actions looked at, nothing was changed

        differs conf DIR/conf has another content
        --- DIR/conf
        +++ DIR/conf
        @@ -1 +1 @@
        -port = 8080
        +port = 81
        replaced motd `motd.done` has written it since
        no-check restart it has no check: only doing it tells
        same motd.done DIR/motd is as described

        1 action differs.
        exit 1
    "#]],
    );
    assert_eq!(tree(bench.path()), before);
    let data = bench.json(&["drift", "last", "--json"]);
    assert_eq!(data["format"], "pn drift 1");
    assert_eq!(data["exit"], 1);
    assert_eq!(data["actions"][0]["state"], "differs");
    assert_eq!(data["actions"][1]["replaced_by"], "motd.done");
}

#[test]
fn a_file_is_compared_with_what_it_wants_everywhere() {
    let bench = deployed();
    check(
        &bench,
        &["drift", "net.pnml", "--set", "port=81"],
        expect![[r#"
        net.pnml: 4 actions looked at, nothing was changed

        same conf DIR/conf is as described
        differs motd DIR/motd has another content
        --- DIR/motd
        +++ DIR/motd
        @@ -1 +1 @@
        -done
        +installing
        no-check restart it has no check: only doing it tells
        same motd.done DIR/motd is as described

        1 action differs.
        exit 1
    "#]],
    );
    check(
        &bench,
        &["drift", "last", "--set", "port=81"],
        expect![[r#"
        ! error: --set is for files: a run has its parameters
        exit 2
    "#]],
    );
}

#[test]
fn what_cannot_be_looked_at_is_no_success() {
    let bench = Bench::new();
    let elsewhere = "<action kind=\"file\" host=\"db1\"><param name=\"path\">/x</param></action>";
    bench.write(
        "net.pnml",
        &pnml("far", "<goal>tokens(b) = 1</goal>", &["a*1", "b"], &[("write", elsewhere, "a", "b")]),
    );
    check(
        &bench,
        &["drift", "net.pnml"],
        expect![[r#"
        net.pnml: 1 action looked at, nothing was changed

        unseen write it is on host `db1`, which is neither this one nor reached over ssh

        Nothing differs as far as was seen: 1 action could not be looked at.
        exit 3
    "#]],
    );
    check(
        &bench,
        &["drift", "net.pnml", "--local", "db1"],
        expect![[r#"
        net.pnml: 1 action looked at, nothing was changed

        differs write /x does not exist

        1 action differs.
        exit 1
    "#]],
    );
    check(
        &bench,
        &["drift", "nothing"],
        expect![[r#"
        ! error: there is no run `nothing` in DIR/runs
        ! hint: `pn runs` lists them
        exit 2
    "#]],
    );
}
