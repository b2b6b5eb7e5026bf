//! The hub with real resources.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use super::*;
use crate::attempt::Mode;
use crate::machine::AttemptId;
use crate::resource::Context;
use pn_deployment::{Action, Outcome};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

/// Longer than anything takes here.
const LONG: Duration = Duration::from_secs(20);

/// Long enough that what has not come by then does not come.
const SHORT: Duration = Duration::from_millis(300);

struct World {
    hub: Hub,
    notices: Receiver<Noticed>,
    folder: TempDir,
    values: Values,
}

fn world() -> World {
    let values = Values::default();
    let (hub, notices) = Hub::start(&values).unwrap();
    World { hub, notices, folder: tempdir().unwrap(), values }
}

fn transition(number: usize) -> TransitionId {
    TransitionId::new(number)
}

impl World {
    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn watch(&self, number: usize, purpose: Purpose, kind: &str, params: &[(&str, &str)]) {
        let action = Action {
            params: params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            ..Action::new(kind)
        };
        let task =
            Task { action, mode: Mode::CheckOnly, parameters: Arc::default(), context: self.context() };
        self.hub.watch(Watched { transition: transition(number), purpose, task });
    }

    fn file(&self, number: usize, path: &Path, content: &str) {
        fs::write(path, content).unwrap();
        let params = [("path", path.to_str().unwrap()), ("content", content)];
        self.watch(number, Purpose::Drift, "file", &params);
    }

    fn context(&self) -> Context {
        Context {
            run: "run".into(),
            transition: "t".into(),
            attempt: AttemptId(1),
            key: "run/t/1".into(),
            away: None,
            kept: self.at("kept"),
            runs: self.at("runs"),
            environment: Arc::default(),
            timeout: None,
            started: Instant::now(),
            before: Duration::ZERO,
            cancel: Arc::default(),
            values: self.values.clone(),
            keepers: Arc::new(crate::keeper::Keepers::none()),
            grace: Duration::from_secs(1),
            names: BTreeMap::new(),
            secrets: Vec::new(),
            refuted: Outcome::Failed,
            filled: Default::default(),
        }
    }

    fn next(&self) -> Noticed {
        self.notices.recv_timeout(LONG).expect("something is noticed")
    }

    fn settle(&self) {
        let began = Instant::now();
        while !self.hub.is_quiet() {
            assert!(began.elapsed() < LONG, "it comes to rest");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn nothing_more(&self) {
        assert_eq!(self.notices.recv_timeout(SHORT).ok(), None);
    }
}

#[test]
fn a_file_that_is_changed_moved_or_deleted_has_drifted() {
    let world = world();
    let path = world.at("file");
    world.file(1, &path, "as wanted");
    world.settle();
    fs::write(&path, "otherwise").unwrap();
    let words = format!("{} has another content", path.display());
    assert_eq!(world.next(), Noticed::Drifted(transition(1), words));
    fs::write(&path, "as wanted").unwrap();
    assert_eq!(
        world.next(),
        Noticed::Otherwise(transition(1), format!("{} is as described", path.display()))
    );
    fs::rename(&path, world.at("aside")).unwrap();
    let gone = Noticed::Drifted(transition(1), format!("{} does not exist", path.display()));
    assert_eq!(world.next(), gone);
    fs::rename(world.at("aside"), &path).unwrap();
    assert!(matches!(world.next(), Noticed::Otherwise(..)));
    fs::remove_file(&path).unwrap();
    assert_eq!(world.next(), gone);
    world.nothing_more();
}

#[test]
fn whoever_lets_others_read_anything_in_a_recursive_directory_is_noticed() {
    let world = world();
    let allow = |path: &str, mode| fs::set_permissions(world.at(path), fs::Permissions::from_mode(mode));
    fs::create_dir_all(world.at("data/sub")).unwrap();
    fs::write(world.at("data/sub/one"), "one").unwrap();
    for (path, mode) in [("data", 0o700), ("data/sub", 0o700), ("data/sub/one", 0o600)] {
        allow(path, mode).unwrap();
    }
    let path = world.at("data");
    let params =
        [("path", path.to_str().unwrap()), ("state", "directory"), ("mode", "600"), ("recursive", "true")];
    world.watch(1, Purpose::Drift, "file", &params);
    world.settle();
    allow("data/sub/one", 0o644).unwrap();
    let words = format!("{} has mode 0644, not 0600", world.at("data/sub/one").display());
    assert_eq!(world.next(), Noticed::Drifted(transition(1), words));
    allow("data/sub/one", 0o600).unwrap();
    assert!(matches!(world.next(), Noticed::Otherwise(..)));
    fs::DirBuilder::new().mode(0o700).create(world.at("data/sub/new")).unwrap();
    allow("data/sub/new", 0o755).unwrap();
    let words = format!("{} has mode 0755, not 0700", world.at("data/sub/new").display());
    assert_eq!(world.next(), Noticed::Drifted(transition(1), words));
    world.nothing_more();
}

#[test]
fn our_own_writing_is_no_drift_and_what_others_did_meanwhile_is_found() {
    let world = world();
    let path = world.at("file");
    world.file(1, &path, "as wanted");
    world.settle();
    world.hub.hold(transition(1));
    fs::remove_file(&path).unwrap();
    world.nothing_more();
    fs::write(&path, "as wanted").unwrap();
    world.hub.release(transition(1));
    world.settle();
    world.hub.hold(transition(1));
    fs::remove_file(&path).unwrap();
    world.hub.release(transition(1));
    assert!(matches!(world.next(), Noticed::Drifted(..)));
}

#[test]
fn what_a_file_is_made_from_is_watched_as_well() {
    let world = world();
    let (source, path) = (world.at("source"), world.at("file"));
    fs::write(&source, "{{ greeting }}").unwrap();
    fs::write(&path, "hello").unwrap();
    world.values.put("greeting".into(), "hello".into(), None);
    let at = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let params = [("path", &*at(&path)), ("source", &*at(&source)), ("template", "true")];
    world.watch(1, Purpose::Drift, "file", &params);
    world.settle();
    world.nothing_more();
    fs::write(&source, "{{ greeting }}!").unwrap();
    assert!(matches!(world.next(), Noticed::Drifted(..)));
    fs::write(&path, "hello!").unwrap();
    assert!(matches!(world.next(), Noticed::Otherwise(..)));
    world.values.put("greeting".into(), "good day".into(), None);
    assert!(matches!(world.next(), Noticed::Drifted(..)));
}

#[test]
fn a_transition_that_waits_for_a_file_hears_each_time_that_it_comes() {
    let world = world();
    let path = world.at("deep/down/file");
    let params = [("path", path.to_str().unwrap()), ("content", "now")];
    world.watch(1, Purpose::Event, "file", &params);
    world.settle();
    for _ in 0..3 {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "now").unwrap();
        assert!(matches!(world.next(), Noticed::AsDescribed(..)));
        fs::remove_dir_all(world.at("deep")).unwrap();
        assert!(matches!(world.next(), Noticed::Otherwise(..)));
    }
}

#[test]
fn a_resource_that_cannot_be_looked_at_is_told_once_and_is_not_at_rest() {
    let world = world();
    let path = world.at("file");
    let params = [("path", path.to_str().unwrap()), ("owner", "no-such-user-here")];
    world.watch(1, Purpose::Drift, "file", &params);
    assert!(matches!(world.next(), Noticed::Unseen(..)));
    assert!(!world.hub.is_quiet());
    world.hub.forget(transition(1));
    world.settle();
    world.nothing_more();
}

#[test]
fn many_files_are_told_apart_and_hundreds_of_hubs_leave_nothing_open() {
    let world = world();
    fs::create_dir(world.at("many")).unwrap();
    for number in 0..2_000 {
        world.file(number, &world.at(&format!("many/{number}")), "as wanted");
    }
    world.settle();
    for number in [3, 1_999, 500] {
        fs::remove_file(world.at(&format!("many/{number}"))).unwrap();
        assert_eq!(world.next().transition(), transition(number));
    }
    world.nothing_more();
    let open = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open();
    for _ in 0..100 {
        let (hub, _) = Hub::start(&world.values).unwrap();
        drop(hub);
    }
    assert!(open() < before + 50, "other tests run at the same time, but not so many");
}

#[test]
fn a_value_whose_time_is_over_has_drifted_at_that_moment() {
    let world = world();
    let ends = Instant::now() + Duration::from_millis(400);
    world.values.put("lease".into(), "app1".into(), Some(ends));
    world.watch(1, Purpose::Drift, "value", &[("name", "lease"), ("value", "app1"), ("ttl", "400ms")]);
    world.watch(2, Purpose::Event, "value", &[("name", "token"), ("op", "wait")]);
    assert_eq!(world.next(), Noticed::Drifted(transition(1), "`lease` has no value".into()));
    assert!(Instant::now() >= ends);
    world.values.put("token".into(), "1".into(), None);
    assert!(matches!(world.next(), Noticed::AsDescribed(..)));
    world.values.put("lease".into(), "app1".into(), None);
    assert!(matches!(world.next(), Noticed::Otherwise(..)));
}

#[test]
fn a_command_that_watches_has_the_guards_asked_at_each_line() {
    let world = world();
    let (file, pipe) = (world.at("file"), world.at("pipe"));
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let shell =
        |words: &str| words.replace("FILE", file.to_str().unwrap()).replace("PIPE", pipe.to_str().unwrap());
    let (unless, watch) = (shell("grep -q yes FILE"), shell("exec cat PIPE"));
    fs::write(&file, "yes").unwrap();
    world.watch(1, Purpose::Drift, "exec", &[("cmd", "true"), ("unless", &unless), ("watch", &watch)]);
    world.settle();
    let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
    fs::write(&file, "no").unwrap();
    world.nothing_more();
    std::io::Write::write_all(&mut writer, b"look\n").unwrap();
    assert!(matches!(world.next(), Noticed::Drifted(..)));
    fs::write(&file, "yes").unwrap();
    std::io::Write::write_all(&mut writer, b"look\nlook\n").unwrap();
    assert!(matches!(world.next(), Noticed::Otherwise(..)));
    drop(writer);
    let ended = Noticed::Unseen(transition(1), "its watch command ended: look; it is started again".into());
    assert_eq!(world.next(), ended);
}

#[test]
fn the_process_group_of_a_watch_command_ends_with_the_hub() {
    let world = world();
    let pids = world.at("pids");
    let watch = format!("echo $$ > {0}; sleep 1000 & echo $! >> {0}; wait", pids.display());
    world.watch(1, Purpose::Drift, "exec", &[("cmd", "true"), ("unless", "true"), ("watch", &watch)]);
    let began = Instant::now();
    let numbers = || fs::read_to_string(&pids).unwrap_or_default();
    while numbers().lines().count() < 2 {
        assert!(began.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(5));
    }
    let numbers = numbers();
    drop(world.hub);
    for pid in numbers.lines() {
        let stat = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        while !stat().is_empty() && !stat().contains(") Z ") {
            assert!(began.elapsed() < LONG, "{}", stat());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn what_can_only_be_asked_is_asked_at_its_interval() {
    let world = world();
    let file = world.at("file");
    let unless = format!("test -e {}", file.display());
    world.watch(1, Purpose::Event, "exec", &[("cmd", "true"), ("unless", &unless), ("poll", "100ms")]);
    world.settle();
    fs::write(&file, "").unwrap();
    assert!(matches!(world.next(), Noticed::AsDescribed(..)));
    fs::remove_file(&file).unwrap();
    assert!(matches!(world.next(), Noticed::Otherwise(..)));
}

#[test]
fn the_example_plugin_tells_when_its_file_changes() {
    let python = std::process::Command::new("python3").arg("--version").output();
    if python.is_err() {
        return eprintln!("skipped: there is no python3 here");
    }
    let world = world();
    let file = world.at("hosts");
    fs::write(&file, "10.0.0.7 app1\n").unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/plugins/line.py");
    let (file_name, line) = (file.to_str().unwrap(), "10.0.0.7 app1");
    let params = [
        ("path", program),
        ("param.file", file_name),
        ("param.line", line),
        ("watch", "true"),
        ("poll", "1h"),
    ];
    world.watch(1, Purpose::Drift, "plugin", &params);
    world.settle();
    let began = Instant::now();
    // Until it watches it has not seen the file, so it is broken again and again.
    let drifted = loop {
        fs::write(&file, format!("{}\n", began.elapsed().as_nanos())).unwrap();
        match world.notices.recv_timeout(SHORT) {
            Ok(noticed) => break noticed,
            Err(_) => assert!(began.elapsed() < LONG),
        }
    };
    assert_eq!(drifted, Noticed::Drifted(transition(1), format!("{file_name} lacks the line")));
}
