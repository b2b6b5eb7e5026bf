//! `pn run --watch`: the demonstrations among the examples, and what a watched run leaves alone.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod pn;

use expect_test::expect;
use pn::{Bench, pnml, steady};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn example(name: &str) -> String {
    let nets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/nets");
    nets.join(name).with_extension("pnml").to_str().unwrap().to_owned()
}

#[test]
fn the_chain_runs_side_by_side_where_it_can_rests_and_ends() {
    let bench = Bench::new();
    let since = Instant::now();
    let chain = example("exec-chain");
    let said = bench.pn(&["run", &chain, "--set", "seconds=0.4", "--watch", "--converged-timeout", "1"]);
    let took = since.elapsed();
    let at = |text: &str| said.find(text).unwrap_or_else(|| panic!("no {text} in {said}"));
    assert!(at("starts    exec4") < at("ok        exec1"), "{said}");
    assert!(at("ok        exec1") < at("starts    exec2") && at("ok        exec2") < at("starts    exec3"));
    assert!(at("ok        exec3") < at("Converged for 1 "), "{said}");
    assert!(said.lines().last().unwrap().starts_with("complete after"), "{said}");
    assert!(took >= Duration::from_millis(2200), "three commands and the rest take longer than {took:?}");
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert!(!said.contains("drifts"), "nobody touched anything: {said}");
}

/// A watched run, which is ended when the test fails.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !so() {
        assert!(since.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_files_are_repaired_whatever_is_done_to_them() {
    let bench = Bench::new();
    let root = bench.file("files");
    let (files, set) = (example("four-files"), format!("root={}", root.display()));
    let mut command = bench.command(&["run", &files, "--set", &set, "--watch"]);
    let mut run = Watching(command.stdout(Stdio::piped()).spawn().unwrap());
    let wanted = |number: usize| (number < 4).then(|| format!("i am f{number}\n"));
    let path = |number: usize| -> PathBuf { root.join(format!("f{number}")) };
    let is_well = |number: usize| fs::read_to_string(path(number)).ok() == wanted(number);
    let are_well = || (1..=4).all(&is_well);
    wait_until("all is made", || root.is_dir() && are_well());
    for round in 0..3 {
        for number in 1..=4 {
            match (number, round) {
                (4, _) => fs::write(path(4), "").unwrap(),
                (_, 1) => fs::write(path(number), "x\n").unwrap(),
                _ => fs::remove_file(path(number)).unwrap(),
            }
            wait_until(&format!("f{number} is repaired in round {round}"), || is_well(number));
        }
    }
    for round in 0..3 {
        fs::rename(&root, bench.file(&format!("away{round}"))).unwrap();
        wait_until("the folder is repaired with all that is in it", || root.is_dir() && are_well());
        // While it is emptied, files come back, so that it is not always gone in the end.
        let _ = fs::remove_dir_all(&root);
        wait_until("the folder is repaired once more", || root.is_dir() && are_well());
    }
    let interrupt = Command::new("kill").args(["-INT", &run.0.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(run.0.wait().unwrap().code(), Some(3), "stopped before its end");
}

#[test]
fn what_a_later_action_reverses_is_not_held_against_it() {
    let file = |params: &str| {
        format!("<action kind=\"file\"><param name=\"path\">balancer</param>{params}</action>")
    };
    let net = pnml(
        "host",
        "<goal>tokens(new) = 1</goal>",
        &["in*1", "todo*1", "away", "new"],
        &[
            ("drain", &file("<param name=\"state\">absent</param>"), "in todo", "away"),
            ("enlist", &file("<param name=\"content\">web</param>"), "away", "in new"),
        ],
    );
    let net = net.replace(">balancer<", ">{{ here }}/balancer<");
    let net = net.replace("<goal>", "<parameter name=\"here\"/><goal>");
    let bench = Bench::with("net.pnml", &net);
    bench.write("balancer", "web, as it was");
    let set = format!("here={}", bench.path().display());
    let said = bench.pn(&["run", "net.pnml", "--set", &set, "--converged-timeout", "1.5"]);
    let said = steady(&said).replace(bench.path().to_str().unwrap(), "HERE");
    expect![[r#"
        verified: 4 questions answered in T s: breadth-first search of all 25 markings, recounted independently
        run RUN begins
        journal JOURNAL
        T s starts drain
        T s applies drain: HERE/balancer exists
        T s ok drain after T s: removed HERE/balancer
        T s starts enlist
        T s applies enlist: HERE/balancer does not exist
        T s ok enlist after T s: wrote HERE/balancer
        Converged for T seconds
        complete after T s
    "#]]
    .assert_eq(&said);
    assert_eq!(fs::read_to_string(bench.file("balancer")).unwrap(), "web");
    let said = bench.pn(&["verify", "net.pnml", "--faults", "any"]);
    let notes: Vec<&str> = said.lines().filter(|line| line.starts_with("Note")).collect();
    expect![[r#"
        Note: any number of drifts covered, of `drain`, `enlist`.
        Note: kept only until another action reverses it: `drain` until `enlist` begins."#]]
    .assert_eq(&notes.join("\n"));
}

#[test]
fn a_success_that_is_refuted_counts_as_a_failure_from_the_second_time_on() {
    let exec = |cmd: &str| {
        let named = |name, value| format!("<param name=\"{name}\">{value}</param>");
        format!("<action kind=\"exec\">{}{}</action>", named("cmd", cmd), named("creates", "{{ here }}/made"))
    };
    for (cmd, tries, end) in [
        ("echo x &gt;&gt; tries; test $(wc -l &lt; tries) = 1 || touch made", 2, "complete after"),
        ("echo x &gt;&gt; tries", 2, "failed, as the deployment foresees"),
    ] {
        let cwd = "<param name=\"cwd\">{{ here }}</param></action>";
        let make = exec(cmd).replace("</action>", cwd);
        let net = pnml(
            "refuted",
            "<goal>tokens(made) = 1</goal>",
            &["todo*1", "made"],
            &[("make", &make, "todo", "made")],
        );
        let net = net.replace("<goal>", "<parameter name=\"here\"/><goal>");
        let bench = Bench::with("net.pnml", &net);
        let set = format!("here={}", bench.path().display());
        let said = bench.pn(&["run", "net.pnml", "--set", &set, "--converged-timeout", "0.2"]);
        assert_eq!(fs::read_to_string(bench.file("tries")).unwrap().lines().count(), tries, "{said}");
        assert!(said.contains(end), "{said}");
    }
}
