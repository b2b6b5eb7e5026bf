//! Packages are looked at on this host; nothing is installed here (see `processes/packages.rs`).

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use pn_deployment::{Deployment, Outcome};
use pn_executor::machine::EndState;
use pn_executor::{Report, RunConfig, RunEvent, Settings, Source};
use std::path::Path;
use std::sync::Arc;
use support::{draft, with};

/// A net that only checks, so that nothing is ever installed.
fn look(params: &[(&str, &str)]) -> Report {
    let deployment = draft("a(1)\nlook: a -> r\nsame: r -> s\ndiff: r -> d\nfailed: r -> f")
        .action("look", with("package", params))
        .outcome("same", "look", &[Outcome::Same])
        .outcome("diff", "look", &[Outcome::Diff])
        .outcome("failed", "look", &[Outcome::Failed])
        .drawn();
    run(deployment)
}

fn run(deployment: Arc<Deployment>) -> Report {
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
    let report = pn_executor::start(config, observer, crossbeam_channel::never()).unwrap();
    assert_eq!(report.state, EndState::Complete);
    ended.unwrap()
}

const UNHEARD_OF: &str = "pn-test-no-such-package";

#[test]
fn what_is_installed_and_what_is_not_is_told_by_dpkg() {
    if !Path::new("/usr/bin/dpkg-query").exists() {
        let report = look(&[("name", "dpkg")]);
        assert_eq!(report.result, Outcome::Failed);
        assert!(report.message.contains("is for hosts with apt"), "{}", report.message);
        return;
    }
    let report = look(&[("name", "dpkg"), ("name", "libc6")]);
    assert_eq!((report.result, &*report.message), (Outcome::Same, "dpkg, libc6 as wanted"));
    let report = look(&[("name", &format!("[\"dpkg\", \"{UNHEARD_OF}\"]"))]);
    assert_eq!((report.result, report.message), (Outcome::Diff, format!("{UNHEARD_OF} is not installed")));
    let report = look(&[("name", UNHEARD_OF), ("state", "absent")]);
    assert_eq!(report.result, Outcome::Same);
    let report = look(&[("name", "dpkg"), ("state", "absent")]);
    assert_eq!(report.result, Outcome::Diff);
    let report = look(&[("name", "dpkg"), ("version", "0.0~none")]);
    assert!(report.message.ends_with(", not 0.0~none"), "{}", report.message);
    let report = look(&[("name", "dpkg=0.0~none"), ("name", "libc6")]);
    assert!(report.message.ends_with(", not 0.0~none"), "{}", report.message);
    assert_eq!(look(&[("name", UNHEARD_OF), ("state", "latest")]).result, Outcome::Diff);
}
