//! The kinds that need no command: files, values, timers.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use pn_deployment::{Action, Deployment, Outcome};
use pn_executor::{Journal, Report, RunConfig, RunEvent, Settings, Source};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{draft, with};

/// Makes one attempt at an action and returns what became of it.
fn attempt(action: Action) -> Report {
    attempt_of(draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).expanded())
}

/// The same, as the only action of a deployment.
fn attempt_of(deployment: Arc<Deployment>) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let config = RunConfig {
        deployment,
        source: Source::default(),
        folder: folder.path().to_owned(),
        mode: pn_executor::RunMode::Once,
        settings: Settings::new(Vec::new()),
    };
    let mut ended = None;
    let observer = &mut |event: &RunEvent| {
        if let RunEvent::Ended { report, .. } = event {
            ended = Some(report.clone());
        }
    };
    pn_executor::start(config, observer, crossbeam_channel::never()).unwrap();
    ended.unwrap()
}

fn file(path: &Path, params: &[(&str, &str)]) -> Report {
    let path = path.to_str().unwrap();
    attempt(with("file", &[&[("path", path)], params].concat()))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_file_gets_its_content_and_mode_and_then_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let wanted = [("content", "one\n"), ("mode", "0640")];
    assert_eq!(file(&path, &wanted).result, Outcome::Ok);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("one\n", 0o640));
    assert_eq!(file(&path, &wanted).result, Outcome::Same);

    assert_eq!(file(&path, &[("content", "two\n")]).result, Outcome::Ok);
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("two\n", 0o640));
    assert_eq!(
        file(&path, &[("mode", "600")]).message,
        format!("set the mode of {} to 0600", path.display())
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_file_can_be_like_another() {
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("source"), folder.path().join("file"));
    let bytes: Vec<u8> = (0..100_000u32).map(|n| n.to_le_bytes()[0]).collect();
    fs::write(&source, &bytes).unwrap();
    let wanted = [("source", source.to_str().unwrap())];
    assert_eq!(file(&path, &wanted).result, Outcome::Ok);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(file(&path, &wanted).result, Outcome::Same);
    assert_eq!(file(&path, &[("source", "/dev/zero")]).result, Outcome::Failed);
}

#[test]
fn links_directories_and_absence_are_brought_about() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let link = [("state", "symlink"), ("target", "there")];
    assert_eq!(file(&at("link"), &link).result, Outcome::Ok);
    assert_eq!(fs::read_link(at("link")).unwrap(), Path::new("there"));
    assert_eq!(file(&at("link"), &link).result, Outcome::Same);

    // A link at the path of a file is replaced, and what it points to is left alone.
    fs::write(at("precious"), "precious").unwrap();
    symlink(at("precious"), at("file")).unwrap();
    assert_eq!(file(&at("file"), &[("content", "new")]).result, Outcome::Ok);
    assert_eq!(fs::read_to_string(at("precious")).unwrap(), "precious");
    assert!(fs::symlink_metadata(at("file")).unwrap().is_file());

    let directory = [("state", "directory"), ("mode", "0700")];
    assert_eq!(file(&at("a/b/c"), &directory).result, Outcome::Ok);
    assert_eq!((mode(&at("a/b/c")), file(&at("a/b/c"), &directory).result), (0o700, Outcome::Same));
    let absent = [("state", "absent")];
    assert_eq!(file(&at("file"), &absent).result, Outcome::Ok);
    assert_eq!(file(&at("file"), &absent).result, Outcome::Same);
    assert_eq!(file(&at("a"), &absent).result, Outcome::Failed, "it is not empty");
}

#[test]
fn a_file_that_cannot_be_written_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let report = file(&folder.path().join("no/parent"), &[("content", "x")]);
    assert_eq!(report.result, Outcome::Failed);
    assert!(report.message.contains("/no does not exist; make it"), "{}", report.message);
    fs::create_dir(folder.path().join("directory")).unwrap();
    assert_eq!(file(&folder.path().join("directory"), &[("content", "x")]).result, Outcome::Failed);
}

#[test]
fn owners_are_known_by_name_and_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap();
    let group = user.gid.to_string();
    let wanted = [("content", "x"), ("owner", &*user.name), ("group", &*group)];
    assert_eq!(file(&path, &wanted).result, Outcome::Ok);
    assert_eq!(file(&path, &wanted).result, Outcome::Same);
    let report = file(&path, &[("owner", "nobody-of-this-name")]);
    assert_eq!(report.result, Outcome::Failed);
    assert!(report.message.ends_with("this host has no user `nobody-of-this-name`"), "{}", report.message);
    if user.uid.is_root() {
        assert_eq!(file(&path, &[("owner", "4711"), ("mode", "4755")]).result, Outcome::Ok);
        assert_eq!((fs::metadata(&path).unwrap().uid(), mode(&path)), (4711, 0o4755));
        assert_eq!(file(&path, &[("content", "y")]).result, Outcome::Ok, "a new content keeps the rest");
        assert_eq!((fs::metadata(&path).unwrap().uid(), mode(&path)), (4711, 0o4755));
    }
}

#[test]
fn a_template_is_filled_in_from_the_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("source"), folder.path().join("file"));
    fs::write(&source, "release {{ release }}\n{% for n in range(2) %}{{ n }}\n{% endfor %}").unwrap();
    let params =
        [("path", path.to_str().unwrap()), ("source", source.to_str().unwrap()), ("template", "true")];
    let run = || {
        let deployment = draft("a(1)\nx: a -> b").action("x", with("file", &params));
        attempt_of(deployment.parameter("release", Some("1.4")).goal("b", 1).expanded())
    };
    assert_eq!(run().result, Outcome::Ok);
    assert_eq!(fs::read_to_string(&path).unwrap(), "release 1.4\n0\n1\n");
    assert_eq!(run().result, Outcome::Same);
    fs::write(&source, "{{ unheard_of }}").unwrap();
    let report = run();
    assert_eq!(report.result, Outcome::Failed);
    assert!(
        report.message.contains("source: ") && report.message.contains("undefined"),
        "{}",
        report.message
    );
}

#[test]
fn a_directory_can_be_a_copy_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("source/sub/empty")).unwrap();
    fs::write(at("source/one"), "one").unwrap();
    fs::write(at("source/sub/run.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(at("source/sub/run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("../one", at("source/sub/link")).unwrap();
    let source = at("source");
    let wanted = [("state", "directory"), ("source", source.to_str().unwrap())];
    assert_eq!(
        file(&at("copy/deep"), &wanted).message,
        format!("brought 5 entries of {} to {}", source.display(), at("copy/deep").display())
    );
    assert_eq!(file(&at("copy/deep"), &wanted).result, Outcome::Same);
    assert_eq!(mode(&at("copy/deep/sub/run.sh")), 0o755);
    assert_eq!(fs::read_to_string(at("copy/deep/sub/link")).unwrap(), "one");
    assert!(at("copy/deep/sub/empty").is_dir());

    fs::write(at("copy/deep/one"), "two").unwrap();
    fs::write(at("copy/deep/besides"), "stays").unwrap();
    assert_eq!(file(&at("copy/deep"), &wanted).result, Outcome::Ok);
    assert_eq!(fs::read_to_string(at("copy/deep/one")).unwrap(), "one");
    assert!(at("copy/deep/besides").exists());

    // A link in the place of a folder is not followed.
    fs::create_dir(at("elsewhere")).unwrap();
    fs::remove_dir_all(at("copy/deep/sub")).unwrap();
    symlink(at("elsewhere"), at("copy/deep/sub")).unwrap();
    assert_eq!(file(&at("copy/deep"), &wanted).result, Outcome::Failed);
    assert_eq!(fs::read_dir(at("elsewhere")).unwrap().count(), 0);
}

#[test]
fn owner_and_permissions_can_be_those_of_everything_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("data/sub/empty")).unwrap();
    fs::write(at("data/sub/one"), "one").unwrap();
    fs::write(at("outside"), "outside").unwrap();
    symlink(at("outside"), at("data/link")).unwrap();
    for (path, mode) in [("data/sub", 0o700), ("data/sub/one", 0o755), ("outside", 0o600)] {
        fs::set_permissions(at(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let owner = fs::metadata(folder.path()).unwrap().uid().to_string();
    let wanted = [("state", "directory"), ("recursive", "true"), ("mode", "0640"), ("owner", owner.as_str())];
    let report = file(&at("data"), &wanted);
    assert_eq!(report.result, Outcome::Ok, "{}", report.message);
    assert!(report.message.ends_with(", and 3 entries in it"), "{}", report.message);
    let modes = ["data", "data/sub", "data/sub/empty", "data/sub/one", "outside"].map(|path| mode(&at(path)));
    assert_eq!(modes, [0o750, 0o750, 0o750, 0o640, 0o600], "a link is not followed");
    assert_eq!(fs::read_to_string(at("data/sub/one")).unwrap(), "one");
    assert_eq!(file(&at("data"), &wanted).result, Outcome::Same);

    fs::write(at("data/sub/two"), "two").unwrap();
    fs::set_permissions(at("data/sub/two"), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(file(&at("data"), &wanted[..1]).result, Outcome::Same, "only the directory itself");
    assert_eq!(file(&at("data"), &wanted).result, Outcome::Ok);
    assert_eq!(mode(&at("data/sub/two")), 0o640);

    // A directory that is not there yet is made; a file in its place is an error.
    assert_eq!(file(&at("new/deep"), &wanted).result, Outcome::Ok);
    assert_eq!(mode(&at("new/deep")), 0o750);
    assert_eq!(file(&at("outside"), &wanted).result, Outcome::Failed);
}

#[test]
fn only_root_gives_what_is_in_a_directory_away() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("data/sub")).unwrap();
    fs::write(at("data/sub/one"), "one").unwrap();
    symlink("nowhere", at("data/link")).unwrap();
    let wanted = [("state", "directory"), ("recursive", "true"), ("owner", "12345"), ("group", "12346")];
    let report = file(&at("data"), &wanted);
    if !nix::unistd::geteuid().is_root() {
        assert_eq!(report.result, Outcome::Failed);
        return assert!(report.message.contains("only root may change the owner"), "{}", report.message);
    }
    assert_eq!(report.result, Outcome::Ok, "{}", report.message);
    for path in ["data", "data/sub", "data/sub/one", "data/link"] {
        let there = fs::symlink_metadata(at(path)).unwrap();
        assert_eq!((there.uid(), there.gid()), (12345, 12346), "{path}");
    }
    assert_eq!(file(&at("data"), &wanted).result, Outcome::Same);
}

#[test]
fn a_value_is_waited_for_and_seen_by_templates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let put = with("value", &[("name", "word"), ("value", "hello {{ who }}")]);
    let wait = Action {
        timeout: Some(Duration::from_secs(20)),
        ..with("value", &[("op", "wait"), ("name", "word")])
    };
    let deployment = draft("a(1) b(1)\nw: a -> c\nt: b -> b2\np: b2 -> d\nf: c + d -> e\nagain: e -> g")
        .action("w", wait)
        .action("t", with("timer", &[("after", "100ms")]))
        .action("p", put.clone())
        .action("f", with("file", &[("path", path.to_str().unwrap()), ("content", "{{ word | upper }}")]))
        .action("again", put)
        .parameter("who", Some("world"))
        .goal("g", 1)
        .expanded();
    let config = RunConfig {
        deployment,
        source: Source::default(),
        folder: folder.path().join("runs"),
        mode: pn_executor::RunMode::Once,
        settings: Settings::new(Vec::new()),
    };
    let started = Instant::now();
    let mut results = Vec::new();
    let observer = &mut |event: &RunEvent| {
        if let RunEvent::Ended { report, .. } = event {
            results.push(report.result);
        }
    };
    let report = pn_executor::start(config, observer, crossbeam_channel::never()).unwrap();
    assert!(started.elapsed() >= Duration::from_millis(100));
    assert_eq!(fs::read_to_string(&path).unwrap(), "HELLO WORLD");
    assert_eq!(results.last(), Some(&Outcome::Same), "the value is there already");
    assert_eq!(Journal::open(&report.journal).unwrap().values().unwrap()["word"], "hello world");
}

#[test]
fn a_value_that_is_not_there_fails_or_times_out() {
    let get = attempt(with("value", &[("op", "get"), ("name", "word")]));
    assert_eq!((get.result, &*get.message), (Outcome::Failed, "`word` has no value"));
    let wait = with("value", &[("op", "wait"), ("name", "word")]);
    let wait = Action { timeout: Some(Duration::from_millis(50)), ..wait };
    assert_eq!(attempt(wait).result, Outcome::Timeout);
}

#[test]
fn a_value_is_there_only_as_long_as_it_holds() {
    let lease = |ttl| with("value", &[("name", "lease"), ("value", "app1"), ("ttl", ttl)]);
    let get = || with("value", &[("name", "lease"), ("op", "get")]);
    let after = |ttl| {
        let net = "a(1)\np: a -> b\nt: b -> c\ng: c -> d";
        let draft = draft(net).action("p", lease(ttl)).action("t", with("timer", &[("after", "300ms")]));
        attempt_of(draft.action("g", get()).goal("d", 1).expanded())
    };
    assert_eq!(after("1h").result, Outcome::Same);
    assert_eq!((after("200ms").result, &*after("200ms").message), (Outcome::Failed, "`lease` has no value"));
}

#[test]
fn a_net_that_draws_check_and_apply_apart_only_checks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let deployment = draft("a(1)\nlook: a -> r\nsame: r -> s\ndiff: r -> d")
        .action("look", with("file", &[("path", path.to_str().unwrap()), ("content", "x")]))
        .outcome("same", "look", &[Outcome::Same])
        .outcome("diff", "look", &[Outcome::Diff])
        .goal("d", 1)
        .drawn();
    let config = RunConfig {
        deployment,
        source: Source::default(),
        folder: folder.path().join("runs"),
        mode: pn_executor::RunMode::Once,
        settings: Settings::new(Vec::new()),
    };
    let report = pn_executor::start(config, &mut |_| {}, crossbeam_channel::never()).unwrap();
    assert_eq!(report.state, pn_executor::machine::EndState::Complete);
    assert!(!path.exists());
}
