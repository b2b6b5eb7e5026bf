//! Approvals by another process.

use crate::support::draft;
use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use pn_deployment::Role;
use pn_executor::machine::EndState;
use pn_executor::{Approver, ExecutorError, Journal, Refused, RunEvent, approve};
use std::collections::BTreeSet;
use std::path::PathBuf;

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("an_approval_is_waited_for_checked_and_recorded", approval),
        ("the_approver_is_who_the_system_says", current),
    ])
}

fn person(user: &str, groups: &[&str]) -> Approver {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    Approver { user: user.into(), groups, is_root: false }
}

fn approval() {
    let world = World::new();
    let deployment = draft("a(1)\nx: a -> b\ngate: b -> c\nnever: c + d -> e")
        .noops(&["x"])
        .role("gate", Role::Approval { by: "ops".into() })
        .role("never", Role::Approval { by: "ops".into() })
        .goal("c", 1)
        .expanded();
    let mut journal = PathBuf::new();
    let ran = world
        .run_with(world.config(&deployment, &[]), &mut |event, _| match event {
            RunEvent::Began { journal: path, .. } => journal.clone_from(path),
            RunEvent::Waiting { .. } => {
                let refused = |name: &str, who: &Approver| match approve(&journal, name, who) {
                    Err(ExecutorError::Approval(refused)) => refused.to_string(),
                    other => panic!("{other:?}"),
                };
                let (ann, bob) = (person("ann", &["ops"]), person("bob", &["dev"]));
                assert_eq!(
                    refused("gate", &bob),
                    "`gate` is for user or group `ops` to approve, not for bob"
                );
                assert_eq!(refused("never", &ann), "`never` does not wait for approval now");
                assert_eq!(refused("x", &ann), "the run has no approval `x`; it has gate, never");
                assert_eq!(Journal::open(&journal).unwrap().status().unwrap().waiting.len(), 1);
                approve(&journal, "gate", &ann).unwrap();
            }
            _ => {}
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    let gate = deployment.net.find_transition("gate").unwrap();
    assert!(ran.events.contains(&RunEvent::Approved { transition: gate, who: "ann".into() }));
    let log = Journal::open(&journal).unwrap().log().unwrap();
    let entry = log.iter().find(|entry| entry.word == "approval").unwrap();
    assert_eq!((entry.transition.as_deref(), entry.text.as_deref()), (Some("gate"), Some("ann")));
    let refused = approve(&journal, "gate", &person("ann", &["ops"]));
    assert!(matches!(refused, Err(ExecutorError::Approval(Refused::NotWaiting { .. }))));
}

fn current() {
    let me = Approver::current();
    assert!(me.may(&me.user));
    let stranger = Approver { user: "nobody-here".into(), groups: BTreeSet::new(), is_root: false };
    assert!(!stranger.may(&me.user));
}
