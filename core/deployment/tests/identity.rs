//! What the hash depends on, and which questions are asked by default.

use expect_test::expect;
use pn_deployment::{
    Action, Deployment, Faults, Invariant, QuestionKind, Role, default_questions, deployment_hash, expand,
};
use pn_logic::Formula;
use pn_net::{PlaceId, TransitionId};
use pn_testkit::net;
use std::time::Duration;

fn sample() -> Deployment {
    let mut deployment = Deployment::plain(net("todo(1)\ninstall: todo -> done\nclean: done -> clear"));
    deployment.roles[0] = Role::Action(Action::new("exec"));
    deployment.goal = Some(Formula::at_least(PlaceId::new(2), 1));
    deployment
}

#[test]
fn the_hash_tells_everything_apart_that_changes_what_runs_or_is_proved() {
    let base = sample();
    let change = |edit: fn(&mut Deployment)| {
        let mut changed = sample();
        edit(&mut changed);
        changed
    };
    let action = |edit: fn(&mut Action)| {
        let mut changed = Action::new("exec");
        edit(&mut changed);
        let mut deployment = sample();
        deployment.roles[0] = Role::Action(changed);
        deployment
    };
    let mut hashes = vec![
        deployment_hash(&base),
        deployment_hash(&expand(&base, Faults::None).deployment),
        deployment_hash(&Deployment::plain(base.net.clone())),
        deployment_hash(&change(|d| d.goal = Some(Formula::at_least(PlaceId::new(2), 2)))),
        deployment_hash(&change(|d| d.goal = None)),
        deployment_hash(&change(|d| d.failure = Formula::Dead)),
        deployment_hash(&change(|d| d.faults = Faults::Any)),
        deployment_hash(&change(|d| d.parameters.push(("a".to_owned(), None)))),
        deployment_hash(&change(|d| d.parameters.push(("a".to_owned(), Some(String::new()))))),
        deployment_hash(&change(|d| {
            d.invariants.push(Invariant { name: "i".to_owned(), formula: Formula::True });
        })),
        deployment_hash(&change(|d| d.roles[1] = Role::Approval { by: "ops".to_owned() })),
        deployment_hash(&change(|d| d.roles[1] = Role::Undo { of: TransitionId::new(0), action: None })),
        deployment_hash(&action(|a| a.host = Some("app1".to_owned()))),
        deployment_hash(&action(|a| a.params.push(("cmd".to_owned(), "true".to_owned())))),
        deployment_hash(&action(|a| a.params.push(("cmdt".to_owned(), "rue".to_owned())))),
        deployment_hash(&action(|a| a.timeout = Some(Duration::from_secs(1)))),
        deployment_hash(&action(|a| a.retry.attempts = 2)),
        deployment_hash(&action(|a| a.undo = Some(TransitionId::new(1)))),
    ];
    let count = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
}

#[test]
fn the_order_of_nodes_does_not_count() {
    let turned = || {
        let mut deployment =
            Deployment::plain(net("clear done todo(1)\nclean: done -> clear\ninstall: todo -> done"));
        deployment.roles[1] = Role::Action(Action::new("exec"));
        deployment.goal = Some(Formula::at_least(PlaceId::new(0), 1));
        deployment
    };
    assert_eq!(deployment_hash(&turned()), deployment_hash(&sample()));
    let expanded = |deployment: &Deployment| deployment_hash(&expand(deployment, Faults::None).deployment);
    assert_eq!(expanded(&turned()), expanded(&sample()));
}

fn asked(deployment: &Deployment) -> String {
    let questions = default_questions(deployment);
    let line = |question: &pn_deployment::Question| {
        let kind = match question.kind {
            QuestionKind::Bound(_) => "Bound".to_owned(),
            QuestionKind::Fires(_) => "Fires".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{kind}: {}\n", question.property.display(&deployment.net))
    };
    questions.iter().map(line).collect()
}

#[test]
fn a_plain_net_is_asked_for_deadlocks_bounds_and_dead_transitions() {
    expect![[r#"
        Stuck: always not dead
        Bound: bound(tokens(p))
        Fires: possibly fireable(t)
    "#]]
    .assert_eq(&asked(&Deployment::plain(net("p(1)\nt: p -> p"))));
}

#[test]
fn a_deployment_is_asked_to_finish_and_to_keep_its_invariants() {
    let mut deployment = sample();
    deployment
        .invariants
        .push(Invariant { name: "i".to_owned(), formula: Formula::at_least(PlaceId::new(0), 0) });
    expect![[r#"
        Stuck: always not dead or tokens(clear) >= 1 or tokens(install.failed) >= 1
        Finish: inevitably back to tokens(clear) >= 1 unless tokens(install.failed) >= 1
        Bound: bound(tokens(todo))
        Bound: bound(tokens(done))
        Bound: bound(tokens(clear))
        Bound: bound(tokens(install.checking))
        Bound: bound(tokens(install.applying))
        Bound: bound(tokens(install.failed))
        Fires: possibly fireable(install)
        Fires: possibly fireable(clean)
        Fires: possibly fireable(install.same)
        Fires: possibly fireable(install.differs)
        Fires: possibly fireable(install.ok)
        Fires: possibly fireable(install.fails)
        Fires: possibly fireable(install.check-fails)
        Fires: possibly fireable(install.interrupted)
        Fires: possibly fireable(install.check-interrupted)
        Invariant(0): always tokens(todo) >= 0
    "#]]
    .assert_eq(&asked(&expand(&deployment, Faults::None).deployment));
}
