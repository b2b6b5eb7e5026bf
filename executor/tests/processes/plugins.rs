//! Plugins: good ones, bad ones, and one whose runner is killed.

use crate::support::{draft, with};
use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use pn_deployment::{Action, Outcome};
use pn_executor::machine::EndState;
use pn_executor::{Journal, Report};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("a_plugin_checks_applies_and_puts_values", checks_and_applies),
        ("a_plugin_that_answers_badly_fails_with_a_reason", bad_answers),
        ("a_plugin_that_does_not_end_is_stopped", stopped),
        ("the_plugin_of_the_examples_keeps_a_line", example),
    ])
}

fn script(world: &World, text: &str) -> String {
    let path = world.at("plugin");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn once(world: &World, action: Action) -> Report {
    let deployment = draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).expanded();
    world.run(&deployment).reports(&deployment, "x").swap_remove(0)
}

fn checks_and_applies() {
    let world = World::new();
    let done = world.at("done");
    let path = script(
        &world,
        &format!(
            "question=$(cat)\ncase $question in\n*'\"op\":\"check\"'*) test -e {done} && \
             echo '{{\"result\": \"same\"}}' || echo '{{\"result\": \"diff\", \"message\": \"not done\"}}';;\n\
             *) echo \"$question\" > {done}; echo '{{\"result\": \"ok\", \"values\": {{\"port\": 8080}}}}';;\nesac"
        ),
    );
    let plugin = with("plugin", &[("path", &path), ("param.a", "b"), ("puts", "port")]);
    let file = with("file", &[("path", &world.at("port")), ("content", "{{ port }}")]);
    let deployment = draft("a(1)\nx: a -> b\nagain: b -> c\nf: c -> d")
        .action("x", plugin.clone())
        .action("again", plugin)
        .action("f", file)
        .goal("d", 1)
        .expanded();
    let ran = world.run(&deployment);
    assert_eq!(ran.report.state, EndState::Complete);
    assert_eq!(ran.reports(&deployment, "x")[0].result, Outcome::Ok);
    assert_eq!(ran.reports(&deployment, "again")[0].result, Outcome::Same);
    assert_eq!(world.read("port"), "8080");
    assert_eq!(Journal::open(&ran.report.journal).unwrap().values().unwrap()["port"], "8080");
    let question: serde_json::Value = serde_json::from_str(&world.read("done")).unwrap();
    assert_eq!((&question["op"], &question["params"]["a"]), (&"apply".into(), &"b".into()));
    assert_eq!((&question["transition"], &question["attempt"]), (&"x".into(), &1.into()));
}

fn bad_answers() {
    // The check cannot tell; what follows is what it does.
    let after = |act: &str| {
        format!("case $(cat) in *'\"op\":\"check\"'*) echo '{{\"result\": \"unknown\"}}';; *) {act};; esac")
    };
    let cases = [
        ("exit 3".to_owned(), "ends its check with exit status: 3: it says nothing"),
        ("echo hello".into(), "answers what cannot be read: expected value at line 1 column 1"),
        ("head -c 3000000 /dev/zero".into(), "answers with over 1 MiB"),
        (after("echo boom >&2; exit 4"), "exit status 4: boom"),
        (after("true"), "answers nothing; it is to write one JSON object to its standard output"),
        (after("head -c 3000000 /dev/zero"), "answers with over 64 KiB"),
        (after("echo '{\"result\": \"failed\", \"message\": \"no\"}'"), "fails: no"),
        (
            after("echo '{\"result\": \"ok\", \"values\": {\"port\": 1}}'"),
            "puts `port`, which the action does not declare in `puts`",
        ),
    ];
    for (text, complaint) in cases {
        let world = World::new();
        let report = once(&world, with("plugin", &[("path", &script(&world, &text))]));
        assert_eq!(report.result, Outcome::Failed, "{text}");
        assert!(report.message.ends_with(complaint), "{text}: {}", report.message);
    }
    let world = World::new();
    let report = once(&world, with("plugin", &[("path", "/no/such/plugin")]));
    assert!(report.message.starts_with("/no/such/plugin does not exist"), "{}", report.message);
}

fn stopped() {
    let world = World::new();
    for op in ["apply", "undo"] {
        let plugin = with("plugin", &[("path", &script(&world, "exec sleep 30")), ("op", op)]);
        let report = once(&World::new(), Action { timeout: Some(Duration::from_millis(200)), ..plugin });
        assert_eq!(report.result, Outcome::Timeout, "{op}: {}", report.message);
    }
}

fn example() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        return; // the example is for hosts with Python
    }
    let world = World::new();
    std::fs::write(world.at("hosts"), "one\n").unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/plugins/line.py");
    let line = |op: &str| {
        let file = world.at("hosts");
        with(
            "plugin",
            &[("path", path), ("op", op), ("param.file", &file), ("param.line", "two"), ("puts", "lines")],
        )
    };
    let deployment = draft("a(1)\nx: a -> b\ny: b -> c\nz: c -> d")
        .action("x", line("apply"))
        .action("y", line("apply"))
        .action("z", line("undo"))
        .goal("d", 1)
        .expanded();
    let ran = world.run(&deployment);
    let results = ["x", "y", "z"].map(|action| ran.reports(&deployment, action)[0].result);
    assert_eq!(results, [Outcome::Ok, Outcome::Same, Outcome::Ok]);
    assert_eq!(world.read("hosts"), "one\n");
}
