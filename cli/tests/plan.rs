//! `pn plan`.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, exec, pnml};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

fn example(name: &str) -> String {
    format!("{}/../examples/nets/{name}.pnml", env!("CARGO_MANIFEST_DIR"))
}

/// The output, with the bench's folder called `DIR` and the examples' by their names.
fn check(bench: &Bench, arguments: &[&str], expected: Expect) {
    let text = bench.pn(arguments).replace(bench.path().to_str().expect("it can be read"), "DIR");
    let examples = format!("{}/../examples/nets/", env!("CARGO_MANIFEST_DIR"));
    expected.assert_eq(&text.replace(&examples, ""));
}

/// Every file below the folder: its content and when it was written.
fn tree(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("it can be read") {
        let (path, metadata) = entry
            .map(|entry| (entry.path(), entry.metadata().expect("it can be read")))
            .expect("it can be read");
        let content =
            if metadata.is_dir() { Vec::new() } else { std::fs::read(&path).expect("it can be read") };
        if metadata.is_dir() {
            files.extend(tree(&path));
        }
        files.insert(path.display().to_string(), (content, metadata.modified().expect("it can be read")));
    }
    files
}

fn file(path: &Path, content: &str) -> String {
    format!(
        "<action kind=\"file\"><param name=\"path\">{}</param><param name=\"content\">{content}</param></action>",
        path.display()
    )
}

fn guarded(command: &str, guard: &str) -> String {
    format!(
        "<action kind=\"exec\"><param name=\"cmd\">{command}</param><param name=\"unless\">{guard}</param></action>"
    )
}

#[test]
fn an_example_before_its_run() {
    let bench = Bench::new();
    let root = format!("root={}/bg", bench.path().display());
    check(
        &bench,
        &["plan", &example("blue-green-gated"), "--set", &root],
        expect![[r#"
        blue-green-gated.pnml: 5 actions looked at, nothing was changed

          change   green.deploy     its guards let it run
          unknown  green.verify     only doing it tells: it would run
          change   switch           DIR/bg/live does not exist; `green.deploy`, `green.verify` may change that before
                   --- /dev/null
                   +++ DIR/bg/live
                   @@ -0,0 +1 @@
                   +green
                   \ No newline at end of file
          unknown  green.remove     only doing it tells: it would run
          change   schema.contract  DIR/bg/schema does not exist; `green.deploy`, `green.verify` may change that before
                   --- /dev/null
                   +++ DIR/bg/schema
                   @@ -0,0 +1 @@
                   +only the columns of release 1.4
                   \ No newline at end of file

        Must run:            green.deploy, green.verify, switch, schema.contract
        Only after failures: green.remove
    "#]],
    );
}

#[test]
fn what_is_there_already_has_nothing_to_do_and_cannot_fail() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.file("bg/green")).expect("it can be read");
    bench.write("bg/live", "blue\n");
    let root = format!("root={}/bg", bench.path().display());
    check(
        &bench,
        &["plan", &example("blue-green-gated"), "--set", &root],
        expect![[r#"
        blue-green-gated.pnml: 5 actions looked at, nothing was changed

          same     green.deploy     DIR/bg/green exists
          unknown  green.verify     only doing it tells: it would run
          change   switch           DIR/bg/live has another content; `green.verify` may change that before
                   --- DIR/bg/live
                   +++ DIR/bg/live
                   @@ -1 +1 @@
                   -blue
                   +green
                   \ No newline at end of file
          unknown  green.remove     only doing it tells: it would run
          change   schema.contract  DIR/bg/schema does not exist; `green.verify` may change that before
                   --- /dev/null
                   +++ DIR/bg/schema
                   @@ -0,0 +1 @@
                   +only the columns of release 1.4
                   \ No newline at end of file

        Must run:            green.verify, switch, schema.contract
        Only after failures: green.remove
        Nothing to do:       green.deploy
    "#]],
    );
}

#[test]
fn everything_done_is_a_plan_of_nothing() {
    let bench = Bench::new();
    let one = bench.file("one");
    std::fs::write(&one, "1").expect("it can be read");
    let done =
        pnml("done", "<goal>tokens(b) = 1</goal>", &["a*1", "b"], &[("write", &file(&one, "1"), "a", "b")]);
    bench.write("net.pnml", &done);
    check(
        &bench,
        &["plan", "net.pnml"],
        expect![[r#"
        net.pnml: 1 action looked at, nothing was changed

          same     write  DIR/one is as described

        Nothing to do:       write
    "#]],
    );
}

#[test]
fn a_choice_makes_may_and_an_unreachable_goal_is_told() {
    let bench = Bench::new();
    let steps = [
        ("left", exec("true"), "a", "b"),
        ("right", exec("true"), "a", "b"),
        ("last", exec("true"), "b", "c"),
        ("orphan", exec("true"), "nowhere", "c"),
    ];
    let steps = steps.each_ref().map(|(name, action, takes, gives)| (*name, action.as_str(), *takes, *gives));
    let places = ["a*1", "b", "c", "nowhere"];
    bench.write("net.pnml", &pnml("choice", "<goal>tokens(c) = 1</goal>", &places, &steps));
    check(
        &bench,
        &["plan", "net.pnml"],
        expect![[r#"
        net.pnml: 4 actions looked at, nothing was changed

          unknown  left    only doing it tells: it would run
          unknown  right   only doing it tells: it would run
          unknown  last    only doing it tells: it would run
          unknown  orphan  only doing it tells: it would run

        Must run:            last
        May run:             left, right
        Never runs:          orphan
    "#]],
    );
    bench.write("net.pnml", &pnml("choice", "<goal>tokens(c) = 2</goal>", &places, &steps));
    check(
        &bench,
        &["plan", "net.pnml"],
        expect![[r#"
        net.pnml: 4 actions looked at, nothing was changed

          unknown  left    only doing it tells: it would run
          unknown  right   only doing it tells: it would run
          unknown  last    only doing it tells: it would run
          unknown  orphan  only doing it tells: it would run

        May run:             left, right, last
        Never runs:          orphan
        note: the goal is out of reach, even if nothing fails
    "#]],
    );
}

#[test]
fn what_an_earlier_action_changes_is_unknown_before() {
    let bench = Bench::new();
    let (first, second) = (file(&bench.file("conf"), "first"), file(&bench.file("conf"), "second"));
    let after = guarded("true", "test -e x");
    std::fs::write(bench.file("conf"), "second").expect("it can be read");
    let steps = [
        ("write", first.as_str(), "a", "b"),
        ("write.again", second.as_str(), "b", "c"),
        ("look", after.as_str(), "c", "d"),
    ];
    bench.write(
        "net.pnml",
        &pnml("overwritten", "<goal>tokens(d) = 1</goal>", &["a*1", "b", "c", "d"], &steps),
    );
    check(
        &bench,
        &["plan", "net.pnml"],
        expect![[r#"
        net.pnml: 3 actions looked at, nothing was changed

          change   write        DIR/conf has another content
                   --- DIR/conf
                   +++ DIR/conf
                   @@ -1 +1 @@
                   -second
                   \ No newline at end of file
                   +first
                   \ No newline at end of file
          unknown  write.again  `write` runs before and may change DIR/conf; now DIR/conf is as described
          change   look         its guards let it run; `write`, `write.again` may change that before

        Must run:            write, write.again, look
    "#]],
    );
}

#[test]
fn a_value_of_the_run_is_unknown_before() {
    let bench = Bench::new();
    let put =
        "<action kind=\"value\"><param name=\"name\">port</param><param name=\"value\">80</param></action>";
    let used = file(&bench.file("conf"), "{{ port }}");
    let steps = [("choose", put, "a", "b"), ("write", used.as_str(), "b", "c")];
    bench.write("net.pnml", &pnml("value", "<goal>tokens(c) = 1</goal>", &["a*1", "b", "c"], &steps));
    check(
        &bench,
        &["plan", "net.pnml"],
        expect![[r#"
        net.pnml: 2 actions looked at, nothing was changed

          change   choose  `port` has no value
          unknown  write   it uses the value `port`, which a run puts before

        Must run:            choose, write
    "#]],
    );
    let data = bench.json(&["plan", "net.pnml", "--json"]);
    assert_eq!(data["format"], "pn plan 1");
    assert_eq!(data["must"], serde_json::json!(["choose", "write"]));
    assert_eq!(data["actions"][1]["expected"], "unknown");
}

#[test]
fn nothing_is_written() {
    let bench = Bench::new();
    let one = bench.file("one");
    std::fs::write(bench.file("two"), "old").expect("it can be read");
    let steps = [
        ("write", file(&one, "1"), "a", "b"),
        ("change", file(&bench.file("two"), "new"), "b", "c"),
        ("run", exec("touch ran"), "c", "d"),
        ("guarded", guarded("touch ran", "test -e ran"), "d", "e"),
    ];
    let steps = steps.each_ref().map(|(name, action, takes, gives)| (*name, action.as_str(), *takes, *gives));
    bench.write(
        "net.pnml",
        &pnml("quiet", "<goal>tokens(e) = 1</goal>", &["a*1", "b", "c", "d", "e"], &steps),
    );
    let before = tree(bench.path());
    let output = bench.output(&["plan", "net.pnml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(tree(bench.path()), before);
    assert!(!bench.file("runs").exists());
}

#[test]
fn what_cannot_be_run_cannot_be_planned() {
    let bench = Bench::new();
    let elsewhere = "<action kind=\"exec\" host=\"db1\"><param name=\"cmd\">true</param></action>";
    let unknown = "<action kind=\"exce\"><param name=\"cmd\">true</param></action>";
    let steps = [("there", elsewhere, "a", "b"), ("odd", unknown, "b", "c")];
    bench.write("net.pnml", &pnml("bad", "<goal>tokens(c) = 1</goal>", &["a*1", "b", "c"], &steps));
    check(
        &bench,
        &["plan", "net.pnml"],
        expect![[r#"
        ! error: net.pnml cannot be run:
        !   `there`: it is for host `db1`, which is not this one; reach it over ssh (`--ssh`), or say that it is this one (`--local`)
        !   `odd`: there is no resource kind `exce`; did you mean `exec`?
        exit 2
    "#]],
    );
    check(
        &bench,
        &["plan", "net.pnml", "--set", "x=1", "--set", "x=2"],
        expect![[r#"
        ! error: --set gives `x` twice
        exit 2
    "#]],
    );
}

#[test]
fn a_net_too_large_leaves_what_must_run_undecided() {
    let bench = Bench::new();
    let grows = exec("true");
    bench.write("net.pnml", &pnml("grows", "", &["a*1", "b"], &[("more", &grows, "a", "a b")]));
    check(
        &bench,
        &["plan", "net.pnml", "--memory", "1"],
        expect![[r#"
        net.pnml: 1 action looked at, nothing was changed

          unknown  more  only doing it tells: it would run

        undecided: what must and what may run: the memory limit was reached; --memory sets another limit
        exit 3
    "#]],
    );
}

#[test]
fn secrets_are_not_shown() {
    let bench = Bench::new();
    let action = format!(
        "<action kind=\"file\"><param name=\"path\">{}</param><param name=\"content\">secret:env:PW</param></action>",
        bench.file("pw").display()
    );
    bench.write(
        "net.pnml",
        &pnml("secret", "<goal>tokens(b) = 1</goal>", &["a*1", "b"], &[("write", &action, "a", "b")]),
    );
    let output = bench.command(&["plan", "net.pnml"]).env("PW", "hunter2").output().expect("it can be read");
    let text = String::from_utf8(output.stdout).expect("it can be read");
    assert!(text.contains("change") && !text.contains("hunter2"), "{text}");
}
