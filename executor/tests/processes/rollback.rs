//! Rollback: a run that ended, failed or was cut off at any point leaves no trace once it has been
//! rolled back.

use crate::support::{draft, sh, with};
use crate::trials;
use crate::world::{Ran, World, deployment, never_told, settings, wait_until};
use libtest_mimic::Trial;
use pn_deployment::{Action, Deployment, Faults, Outcome, Role, expand};
use pn_executor::machine::EndState;
use pn_executor::rollback::{How, Manner, Rollback, Width, rollback};
use pn_executor::{ExecutorError, Journal, RunConfig, RunReport, Source};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("a_run_cut_off_at_any_point_is_rolled_back_without_a_trace", every_point),
        ("undos_come_in_reverse_causal_order_and_happen_once", order),
        ("what_somebody_else_changed_is_left_alone_unless_forced", others),
        ("what_a_drawn_undo_or_a_command_reverses_is_reversed_by_it", commands),
        ("points_of_no_return_are_told_and_left", lasting),
        ("a_command_that_survived_its_runner_is_ended_before_it_is_undone", survivor),
        ("a_failed_attempt_counts_as_maybe_applied", failed),
        ("a_value_and_a_plugin_go_back_to_what_they_were", values_and_plugins),
    ])
}

/// Plans the rollback of a run.
fn plan(deployment: &Deployment, journal: &Path) -> Rollback {
    rollback(journal, deployment).unwrap()
}

fn undo_net(plan: &Rollback, deployment: &Deployment, manner: Manner) -> Arc<Deployment> {
    let net = pn_executor::rollback::deployment(plan, deployment, manner, Width::Parallel).unwrap();
    Arc::new(expand(&net, Faults::None).deployment)
}

pub(crate) fn roll_back(world: &World, deployment: &Deployment, journal: &Path, manner: Manner) -> RunReport {
    let net = undo_net(&plan(deployment, journal), deployment, manner);
    let config = world.config(&net, &[]);
    pn_executor::roll_back(config, journal, &mut |_| {}, never_told()).unwrap()
}

/// Seven actions on a folder: two branches that meet, and a third.
pub(crate) fn scratch(folder: &Path) -> Arc<Deployment> {
    let at = |name: &str| folder.join("scratch").join(name).to_str().unwrap().to_owned();
    let source = folder.join("source").to_str().unwrap().to_owned();
    let file =
        |path: &str, params: &[(&str, &str)]| with("file", &[&[("path", &*at(path))], params].concat());
    let marker = at("marker");
    let command = format!("echo $PN_KEY > {marker}.new; sleep 0.02; mv {marker}.new {marker}");
    let undo = format!("rm -f {marker} {marker}.new");
    draft(
        "s(1)\nfork: s -> p1 + p2 + p3\nconf: p1 -> c1\nlink: c1 -> c2\ndata: p2 -> c3\ngone: p3 -> c4\n\
         tree: c3 + c4 -> c5\nmine: c5 -> c6\nmark: c2 + c6 -> done",
    )
    .action("conf", file("conf", &[("content", "new\n"), ("mode", "0640")]))
    .action("link", file("link", &[("state", "symlink"), ("target", "conf")]))
    .action("data", file("new/deep", &[("state", "directory"), ("mode", "0750")]))
    .action("gone", file("old", &[("state", "absent")]))
    .action("tree", file("new/deep/tree", &[("state", "directory"), ("source", &source)]))
    .action("mine", file("new", &[("state", "directory"), ("mode", "0700"), ("recursive", "true")]))
    .action("mark", with("exec", &[("cmd", &command), ("creates", &marker), ("undo", &undo)]))
    .goal("done", 1)
    .expanded()
}

fn prepare(folder: &Path, random: &mut impl Rng) {
    let scratch = folder.join("scratch");
    fs::create_dir(&scratch).unwrap();
    fs::create_dir_all(folder.join("source/sub")).unwrap();
    fs::write(folder.join("source/one"), "one").unwrap();
    fs::write(folder.join("source/sub/two"), "two").unwrap();
    symlink("one", folder.join("source/link")).unwrap();
    let something = |path: &Path, random: &mut dyn FnMut(u32) -> u32| match random(4) {
        0 => {
            fs::write(path, format!("old {}", random(3))).unwrap();
            fs::set_permissions(path, Permissions::from_mode([0o600, 0o644, 0o755][random(3) as usize]))
                .unwrap();
        }
        1 => symlink("nowhere", path).unwrap(),
        _ => {}
    };
    let mut draw = |most: u32| random.random_range(0..most);
    for name in ["conf", "link", "old"] {
        something(&scratch.join(name), &mut draw);
    }
    if !scratch.join("old").exists() && draw(2) == 0 {
        fs::create_dir_all(scratch.join("old")).ok();
    }
    if draw(2) == 0 {
        fs::create_dir_all(scratch.join("new")).unwrap();
        fs::write(scratch.join("new/mine"), "mine").unwrap();
        if draw(2) == 0 {
            fs::create_dir_all(scratch.join("new/deep/tree")).unwrap();
            something(&scratch.join("new/deep/tree/one"), &mut draw);
            something(&scratch.join("new/deep/tree/other"), &mut draw);
        }
    }
}

/// Everything in a folder: what it is, its permissions, and what it holds.
fn snapshot(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in fs::read_dir(&here).unwrap() {
            let path = entry.unwrap().path();
            let there = fs::symlink_metadata(&path).unwrap();
            let mode = there.permissions().mode();
            let what = if there.is_dir() {
                folders.push(path.clone());
                format!("directory {mode:o}")
            } else if there.is_symlink() {
                format!("link {}", fs::read_link(&path).unwrap().display())
            } else {
                format!("file {mode:o} {}", fs::read_to_string(&path).unwrap())
            };
            found.insert(path.display().to_string(), what);
        }
    }
    found
}

/// `__crash NAME FOLDER EVENT`: runs, and dies at the event of this number. Exit status 0 when the
/// run ended before.
pub(crate) fn crash_in_this_process(arguments: &[OsString]) -> ExitCode {
    let [name, folder, event] = arguments else { return ExitCode::from(64) };
    let [name, event] = [name, event].map(|text| text.to_str().unwrap());
    let (folder, mut left) = (Path::new(folder), event.parse::<u32>().unwrap());
    let config = RunConfig {
        deployment: deployment(name, folder),
        source: Source { name: "test.pnml".into(), ..Source::default() },
        folder: folder.join("runs"),
        mode: pn_executor::RunMode::Once,
        settings: settings(),
    };
    let observer = &mut |_: &pn_executor::RunEvent| {
        if left == 0 {
            std::process::abort();
        }
        left -= 1;
    };
    pn_executor::start(config, observer, never_told()).map_or(ExitCode::from(2), |_| ExitCode::SUCCESS)
}

fn every_point() {
    for seed in 0..3 {
        let mut event = 0;
        while !cut_off_at(seed, event) {
            event += 1;
        }
        assert!(event > 12, "the run had {event} events only");
    }
}

/// Whether the run came to its end.
fn cut_off_at(seed: u64, event: u32) -> bool {
    let world = World::new();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    prepare(world.path(), &mut random);
    let before = snapshot(&world.path().join("scratch"));
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["__crash", "scratch"])
        .arg(world.path())
        .arg(event.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let ended = match status.code() {
        Some(0) => true,
        None => false,
        Some(code) => panic!("seed {seed}, event {event}: exit {code}"),
    };
    let journal = world.journal().unwrap();
    let deployment = deployment("scratch", world.path());
    let plan = plan(&deployment, &journal);
    if ended {
        assert_ne!(snapshot(&world.path().join("scratch")), before, "seed {seed}: nothing happened");
        assert_eq!(plan.lasting, []);
    }
    let report = roll_back(&world, &deployment, &journal, Manner::Respectful);
    let told = Journal::open(&report.journal).unwrap().status().unwrap();
    assert_eq!(report.state, EndState::Complete, "seed {seed}, event {event}: {:#?}", told.attempts);
    assert_eq!(snapshot(&world.path().join("scratch")), before, "seed {seed}, event {event}");
    let again = rollback(&journal, &deployment).unwrap();
    assert_eq!((again.steps.len(), again.undone), (0, plan.steps.len()), "seed {seed}, event {event}");
    assert_eq!(again.earlier, [report.run]);
    ended
}

/// An `exec` that writes its name to a log, and so does its undo.
fn logged(world: &World, name: &str) -> Action {
    let log = world.at("log");
    with("exec", &[("cmd", &format!("echo {name} >> {log}")), ("undo", &format!("echo -{name} >> {log}"))])
}

fn order() {
    let world = World::new();
    let deployment = draft("s(1)\na: s -> p + q\nb: p -> r\nc: q -> t\ngo: t -> u\nd: r + u -> e\nn: e -> f")
        .action("a", logged(&world, "a"))
        .action("b", logged(&world, "b"))
        .action("c", logged(&world, "c"))
        .action("d", logged(&world, "d"))
        .noops(&["n"])
        .goal("f", 1)
        .expanded();
    let Ran { report, .. } = world.run(&deployment);
    let steps = plan(&deployment, &report.journal).steps;
    let after: Vec<(String, usize)> = steps
        .iter()
        .map(|step| (deployment.net.transition_name(step.action).to_owned(), step.after.len()))
        .collect();
    assert_eq!(after.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [0, 1, 1, 2], "{after:?}");
    let rolled = roll_back(&world, &deployment, &report.journal, Manner::Respectful);
    assert_eq!(rolled.state, EndState::Complete);
    let log = world.read("log");
    let undos: Vec<&str> = log.lines().filter(|line| line.starts_with('-')).collect();
    assert_eq!((undos[0], undos[3], undos.len()), ("-d", "-a", 4), "{log}");

    // Both journals know of each other; the earlier run does not go on, and nothing is undone twice.
    let summary = |path: &Path| Journal::open(path).unwrap().summary().unwrap();
    assert_eq!(summary(&report.journal).rolled_back_by, Some(rolled.run.clone()));
    assert_eq!(summary(&rolled.journal).rolls_back, Some(report.run.clone()));
    let resumed = world.resume(&deployment, &report.journal).map(|_| ());
    assert!(matches!(resumed, Err(ExecutorError::RolledBack { .. })), "{resumed:?}");
    let again = plan(&deployment, &report.journal);
    assert_eq!((again.steps.len(), again.undone), (0, 4));
    let back = rollback(&rolled.journal, &deployment).map(|_| ());
    assert!(matches!(back, Err(ExecutorError::IsRollback { .. })), "{back:?}");
}

fn file(path: &str, content: &str) -> Action {
    with("file", &[("path", path), ("content", content)])
}

fn others() {
    let world = World::new();
    fs::write(world.at("a"), "old").unwrap();
    let deployment = draft("s(1)\na: s -> p\nb: p -> q")
        .action("a", file(&world.at("a"), "new"))
        .action("b", with("file", &[("path", &world.at("folder")), ("state", "directory")]))
        .goal("q", 1)
        .expanded();
    let Ran { report, .. } = world.run(&deployment);
    fs::write(world.at("a"), "edited").unwrap();
    let failed = quickly(&world, &deployment, &report.journal, Manner::Respectful);
    assert_eq!(failed.state, EndState::DeclaredFailure);
    assert_eq!(world.read("a"), "edited");
    assert!(!Path::new(&world.at("folder")).exists(), "what nobody touched is undone");
    let attempts = Journal::open(&failed.journal).unwrap().status().unwrap().attempts;
    let message = attempts.last().unwrap().message.clone().unwrap();
    assert!(message.contains("changed by somebody else since"), "{message}");

    let again = plan(&deployment, &report.journal);
    assert_eq!((again.steps.len(), again.undone), (1, 1), "the rest is still to be undone");
    let forced = roll_back(&world, &deployment, &report.journal, Manner::Forceful);
    assert_eq!((forced.state, world.read("a")), (EndState::Complete, "old".into()));
}

/// A rollback without pauses between its attempts.
fn quickly(world: &World, deployment: &Deployment, journal: &Path, manner: Manner) -> RunReport {
    let plan = plan(deployment, journal);
    let mut net = pn_executor::rollback::deployment(&plan, deployment, manner, Width::Sequential).unwrap();
    for role in &mut net.roles {
        if let Role::Action(action) = role {
            action.retry.first = Duration::ZERO;
        }
    }
    let net = Arc::new(expand(&net, Faults::None).deployment);
    pn_executor::roll_back(world.config(&net, &[]), journal, &mut |_| {}, never_told()).unwrap()
}

fn commands() {
    let world = World::new();
    let log = world.at("log");
    let mut draft = pn_deployment::Deployment::plain(pn_testkit::net(
        "s(1)\na: s -> p\nb: p -> q\nabort(0)\nundo_b: abort + q -> back",
    ));
    let id = |name: &str| draft.net.find_transition(name).unwrap();
    let (a, b, undo_b) = (id("a"), id("b"), id("undo_b"));
    draft.parameters = vec![("word".into(), Some("hello".into()))];
    draft.roles[a.index()] = Role::Action(with(
        "exec",
        &[
            ("cmd", &format!("echo $PN_KEY >> {log}")),
            ("undo", &format!("echo undo of $PN_UNDOES says {{{{ word }}}} >> {log}")),
        ],
    ));
    draft.roles[b.index()] = Role::Action(Action { undo: Some(undo_b), ..sh("true") });
    draft.roles[undo_b.index()] =
        Role::Undo { of: b, action: Some(sh(&format!("echo drawn {{{{ word }}}} >> {log}"))) };
    let deployment = Arc::new(expand(&draft, Faults::None).deployment);
    let ran = world.run_with(world.config(&deployment, &[("word", "bye")]), &mut |_, _| {}).unwrap();
    let journal = ran.report.journal;
    let hows: Vec<How> = plan(&deployment, &journal).steps.iter().map(|step| step.how).collect();
    assert_eq!(hows, [How::Drawn(undo_b), How::Command]);
    let rolled = roll_back(&world, &deployment, &journal, Manner::Respectful);
    assert_eq!(rolled.state, EndState::Complete);
    let key = format!("{}/a/1", ran.report.run);
    assert_eq!(world.read("log"), format!("{key}\ndrawn bye\nundo of {key} says bye\n"));
}

fn lasting() {
    let world = World::new();
    let large = fs::File::create(world.at("large")).unwrap();
    large.set_len(65 << 20).unwrap();
    let deployment = draft("s(1)\na: s -> p\nb: p -> q\nc: q -> r\nd: r -> t")
        .action("a", file(&world.at("a"), "a"))
        .action("b", sh("true"))
        .action("c", file(&world.at("c"), "c"))
        .action("d", file(&world.at("large"), "small"))
        .goal("t", 1)
        .expanded();
    let Ran { report, .. } = world.run(&deployment);
    let plan = plan(&deployment, &report.journal);
    assert_eq!(plan.lasting.len(), 2);
    assert!(plan.lasting[1].why.contains("was too large to keep"), "{:?}", plan.lasting);
    assert!(plan.lasting[0].why.contains("only a command reverses a command"), "{:?}", plan.lasting);
    let rolled = roll_back(&world, &deployment, &report.journal, Manner::Respectful);
    assert_eq!(rolled.state, EndState::Complete);
    assert!(["a", "c"].iter().all(|name| !Path::new(&world.at(name)).exists()));
}

/// A command that takes half a minute, and a timer beside it.
pub(crate) fn long(folder: &Path) -> Arc<Deployment> {
    let log = folder.join("log").display().to_string();
    let command = format!("echo begin >> {log}; sleep 30; echo end >> {log}");
    let undo = format!("echo undone >> {log}");
    draft("s(1)\nfork: s -> p + q\nx: p -> r\nwait: q -> t\nend: r + t -> done")
        .action("x", with("exec", &[("cmd", &command), ("undo", &undo)]))
        .action("wait", with("timer", &[("after", "300ms")]))
        .goal("done", 1)
        .expanded()
}

fn survivor() {
    let world = World::new();
    // The seventh event is the end of the timer, which begins after the command has.
    let crash = [OsString::from("__crash"), "long".into(), world.path().into(), "6".into()];
    let mut runner = Command::new(std::env::current_exe().unwrap());
    let status = runner.args(crash).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert_eq!(status.unwrap().code(), None);
    wait_until("the command has begun", || world.read("log").contains("begin"));
    let (journal, deployment) = (world.journal().unwrap(), world.deployment("long"));
    let steps = plan(&deployment, &journal).steps;
    assert_eq!(steps.iter().map(|step| step.ended).collect::<Vec<_>>(), [None]);
    let rolled = roll_back(&world, &deployment, &journal, Manner::Respectful);
    assert_eq!(rolled.state, EndState::Complete);
    assert_eq!(world.read("log"), "begin\nundone\n", "it was ended before");
}

fn failed() {
    let world = World::new();
    let (made, log) = (world.at("made"), world.at("log"));
    let half = format!("touch {made}; exit 1");
    let deployment = draft("s(1)\na: s -> p\nb: p -> q")
        .action("a", file(&world.at("a"), "a"))
        .action(
            "b",
            crate::support::retried(
                with("exec", &[("cmd", &half), ("undo", &format!("rm {made}; echo undone >> {log}"))]),
                3,
                Duration::ZERO,
            ),
        )
        .goal("q", 1)
        .expanded();
    let Ran { report, .. } = world.run(&deployment);
    assert_eq!(report.state, EndState::DeclaredFailure);
    let plan = plan(&deployment, &report.journal);
    assert_eq!(plan.steps.len(), 2, "three attempts of one activation are undone by one command");
    assert_eq!(plan.steps[0].ended, Some(Outcome::Failed));
    let rolled = roll_back(&world, &deployment, &report.journal, Manner::Respectful);
    assert_eq!(rolled.state, EndState::Complete);
    assert!(["a", "made"].iter().all(|name| !Path::new(&world.at(name)).exists()));
    assert_eq!(world.read("log"), "undone\n");
}

fn values_and_plugins() {
    let world = World::new();
    let (done, plugin) = (world.at("done"), world.at("plugin"));
    fs::write(
        &plugin,
        format!(
            "#!/bin/sh\nquestion=$(cat)\ncase $question in\n*'\"op\":\"check\"'*) test -e {done} && \
             echo '{{\"result\": \"same\"}}' || echo '{{\"result\": \"diff\", \"before\": {{\"n\": 7}}}}';;\n\
             *'\"op\":\"undo\"'*) echo \"$question\" > {done}.undo; rm {done}; echo '{{\"result\": \"ok\"}}';;\n\
             *) touch {done}; echo '{{\"result\": \"ok\"}}';;\nesac\n"
        ),
    )
    .unwrap();
    fs::set_permissions(&plugin, Permissions::from_mode(0o755)).unwrap();
    let put = |value: &str| with("value", &[("name", "port"), ("value", value)]);
    let deployment = draft("s(1)\na: s -> p\nb: p -> q\nc: q -> r")
        .action("a", put("80"))
        .action("b", with("plugin", &[("path", &plugin)]))
        .action("c", put("8080"))
        .goal("r", 1)
        .expanded();
    let Ran { report, .. } = world.run(&deployment);
    let values = || Journal::open(&report.journal).unwrap().values().unwrap();
    assert_eq!(values()["port"], "8080");
    let rolled = roll_back(&world, &deployment, &report.journal, Manner::Respectful);
    assert_eq!(rolled.state, EndState::Complete);
    assert!(values().is_empty(), "{:?}", values());
    assert!(!Path::new(&done).exists());
    let question: serde_json::Value = serde_json::from_str(&world.read("done.undo")).unwrap();
    assert_eq!(question["before"], serde_json::json!({ "n": 7 }));
    assert_eq!(question["undoes"], format!("{}/b/1", report.run));
}
