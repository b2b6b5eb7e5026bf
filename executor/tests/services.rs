//! Services, as far as they can be tested anywhere: where there is no systemd, that is said.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use pn_deployment::Outcome;
use pn_executor::{RunConfig, RunEvent, Settings, Source};
use support::{draft, with};

#[test]
fn a_host_without_systemd_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let action = with("service", &[("name", "pn-test-no-such-unit"), ("state", "running")]);
    let config = RunConfig {
        deployment: draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).expanded(),
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
    let report = ended.unwrap();
    assert_eq!(report.result, Outcome::Failed);
    let said = match std::path::Path::new("/run/systemd/system").is_dir() {
        // No unit of this name, or no bus to ask on.
        true => ["is not known to systemd", "cannot connect", "systemd says"].as_slice(),
        false => ["this host does not run systemd"].as_slice(),
    };
    assert!(said.iter().any(|words| report.message.contains(words)), "{}", report.message);
}
