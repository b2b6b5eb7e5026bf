//! What shorthand actions stand for, in text, and what holds of every expansion.

use expect_test::{Expect, expect};
use pn_deployment::{
    Action, Deployment, Faults, Mapping, Origins, Outcome, PlaceOrigin, PlacePart, Retry, Role, StepPart,
    TransitionOrigin, expand,
};
use pn_logic::Formula;
use pn_net::{Marking, Net, PlaceId, TransitionId, firing};
use pn_testkit::net;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::time::Duration;

fn action(attempts: u32) -> Action {
    let retry = Retry { attempts, first: Duration::from_secs(1), factor: 2.0, cap: Duration::from_secs(100) };
    Action { retry, ..Action::new("noop") }
}

/// The deployment of the net in which the named transitions are actions with so many attempts.
fn deployment(text: &str, actions: &[(&str, u32)]) -> Deployment {
    let mut deployment = Deployment::plain(net(text));
    for (name, attempts) in actions {
        let transition = deployment.net.find_transition(name).expect("the test names it");
        deployment.roles[transition.index()] = Role::Action(action(*attempts));
    }
    deployment
}

fn show(deployment: &Deployment, origins: &Origins) -> String {
    let net = &deployment.net;
    let mut text = format!("{}\n", net.initial().display(net));
    for transition in net.transitions() {
        let side = |arcs: Vec<(PlaceId, u64)>| {
            let term = |(p, w): &(PlaceId, u64)| match w {
                1 => net.place_name(*p).to_owned(),
                w => format!("{w} {}", net.place_name(*p)),
            };
            arcs.iter().map(term).collect::<Vec<_>>().join(" + ")
        };
        let (pre, post) = (side(net.pre(transition).collect()), side(net.post(transition).collect()));
        let role = match deployment.role(transition) {
            Role::Outcome { results, .. } => results.iter().map(|r| r.word()).collect::<Vec<_>>().join(" "),
            Role::Action(_) => "action".to_owned(),
            Role::Undo { .. } => "undo".to_owned(),
            Role::Retry { .. } => "retry".to_owned(),
            Role::Control => "control".to_owned(),
            other => format!("{other:?}"),
        };
        let name = net.transition_name(transition);
        let words = origins.describe_transition(net, transition);
        writeln!(text, "{name}: {pre} -> {post} [{role}] {words}").expect("a string takes all");
    }
    writeln!(text, "failure: {}", deployment.failure.display(net)).expect("a string takes all");
    text
}

fn check(deployment: &Deployment, expected: Expect) {
    let expansion = expand(deployment, Faults::None);
    expected.assert_eq(&show(&expansion.deployment, &expansion.origins));
}

#[test]
fn an_action_with_one_attempt_fails_for_good() {
    check(
        &deployment("todo(1)\ninstall: todo -> done", &[("install", 1)]),
        expect![[r#"
            todo
            install: todo -> install.running [action] start install
            install.ok: install.running -> done [ok same diff] install succeeds
            install.fails: install.running -> install.failed [failed timeout] install fails for good
            install.interrupted: install.running -> todo [unknown cancelled] install is interrupted
            failure: tokens(install.failed) >= 1
        "#]],
    );
}

#[test]
fn an_action_with_three_attempts_counts_them_in_tokens() {
    check(
        &deployment("todo(1)\ninstall: todo -> done", &[("install", 3)]),
        expect![[r#"
            todo + 2 install.tries
            install: todo -> install.running [action] start install
            install.ok: install.running -> done [ok same diff] install succeeds
            install.fails: install.running + install.tries -> install.waiting + install.spent [failed timeout] install fails, will be retried
            install.retries: install.waiting -> install.running [retry] install is tried again
            install.gives-up: install.running + 2 install.spent -> install.failed + 2 install.spent [failed timeout] install fails for good
            install.interrupted: install.running -> todo [unknown cancelled] install is interrupted
            failure: tokens(install.failed) >= 1
        "#]],
    );
}

#[test]
fn a_lock_read_by_an_action_is_held_until_its_outcome() {
    check(
        &deployment("todo(1) lock(1)\ninstall: todo + lock -> 2 done + lock", &[("install", 1)]),
        expect![[r#"
            todo + lock
            install: todo + lock -> install.running [action] start install
            install.ok: install.running -> lock + 2 done [ok same diff] install succeeds
            install.fails: install.running -> lock + install.failed [failed timeout] install fails for good
            install.interrupted: install.running -> todo + lock [unknown cancelled] install is interrupted
            failure: tokens(install.failed) >= 1
        "#]],
    );
}

#[test]
fn names_that_the_author_uses_get_a_number() {
    let text = "todo(1) install.running install.failed.2(1)\n\
                install: todo -> done\ninstall.ok: done ->\ninstall.failed: done ->";
    check(
        &deployment(text, &[("install", 1)]),
        expect![[r#"
        todo + install.failed.2
        install: todo -> install.running.2 [action] start install
        install.ok: done ->  [control] install.ok
        install.failed: done ->  [control] install.failed
        install.ok.2: install.running.2 -> done [ok same diff] install succeeds
        install.fails: install.running.2 -> install.failed.3 [failed timeout] install fails for good
        install.interrupted: install.running.2 -> todo [unknown cancelled] install is interrupted
        failure: tokens(install.failed.3) >= 1
    "#]],
    );
}

#[test]
fn an_action_with_drawn_outcomes_stays_as_drawn() {
    let text = "todo(1)\ninstall: todo -> busy\nwell: busy -> done\nbadly: busy -> broken";
    let mut deployment = deployment(text, &[("install", 3)]);
    let of = TransitionId::new(0);
    for (index, result) in [(1, Outcome::Ok), (2, Outcome::Failed)] {
        deployment.roles[index] = Role::Outcome { of, results: BTreeSet::from([result]) };
    }
    let expansion = expand(&deployment, Faults::None);
    assert_eq!(expansion.deployment, deployment);
    assert_eq!(expansion.origins.transition(of), TransitionOrigin::Part { of, part: StepPart::Started });
    assert_eq!(deployment.transitions_for(of, Outcome::Same), [TransitionId::new(1)]);
    assert_eq!(deployment.transitions_for(of, Outcome::Unknown), [TransitionId::new(2)]);
}

#[test]
fn an_undo_is_expanded_with_or_without_an_action_of_its_own() {
    let mut deployment =
        deployment("todo(1) abort\nput: todo -> done\nremove: done + abort -> gone", &[("put", 1)]);
    deployment.roles[1] = Role::Undo { of: TransitionId::new(0), action: None };
    check(
        &deployment,
        expect![[r#"
        todo
        put: todo -> put.running [action] start put
        remove: abort + done -> remove.running [undo] start remove
        put.ok: put.running -> done [ok same diff] put succeeds
        put.fails: put.running -> put.failed [failed timeout] put fails for good
        put.interrupted: put.running -> todo [unknown cancelled] put is interrupted
        remove.ok: remove.running -> gone [ok same diff] remove succeeds
        remove.fails: remove.running -> remove.failed [failed timeout] remove fails for good
        remove.interrupted: remove.running -> abort + done [unknown cancelled] remove is interrupted
        failure: tokens(put.failed) >= 1 or tokens(remove.failed) >= 1
    "#]],
    );
}

#[test]
fn the_declared_failure_is_kept_beside_the_failure_places() {
    let mut deployment = deployment("todo(1) lost\na: todo -> b\nb: b -> lost", &[("a", 1)]);
    deployment.failure = Formula::at_least(PlaceId::new(1), 1);
    let expanded = expand(&deployment, Faults::None).deployment;
    expect!["tokens(lost) >= 1 or tokens(a.failed) >= 1"]
        .assert_eq(&expanded.failure.display(&expanded.net).to_string());
}

#[test]
fn places_are_described_in_an_operators_words() {
    let expansion = expand(&deployment("todo(1)\ninstall: todo -> done", &[("install", 2)]), Faults::None);
    let net = &expansion.deployment.net;
    let words: Vec<_> = net.places().map(|p| expansion.origins.describe_place(net, p)).collect();
    expect![[r#"
        todo
        done
        install is running
        install has failed for good
        install waits for its next attempt
        install has another attempt left
        install has used up an attempt"#]]
    .assert_eq(&words.join("\n"));
}

#[test]
fn parts_carry_the_label_and_nested_units_are_dropped() {
    let mut builder = pn_net::NetBuilder::new("labelled");
    let todo = builder.place("p1", Some("to do"), 1).expect("a small net builds");
    let install = builder.transition("t1", Some("install the app")).expect("a small net builds");
    builder.input(todo, install, 1).expect("a small net builds");
    let unit = pn_net::Unit { id: "u1".to_owned(), places: vec![todo], subunits: Vec::new() };
    builder.nupn(pn_net::Nupn { units: vec![unit], root: 0, claims_safe: true });
    let mut deployment = Deployment::plain(builder.build().expect("a small net builds"));
    assert_eq!(
        expand(&deployment, Faults::None).deployment,
        deployment,
        "a net without actions stays as it is"
    );

    deployment.roles[0] = Role::Action(action(1));
    let net = expand(&deployment, Faults::None).deployment.net;
    assert_eq!(net.nupn(), None);
    let labels: Vec<_> = net.places().map(|p| net.place_label(p)).collect();
    assert_eq!(labels, ["to do", "install the app: running", "install the app: failed"]);
}

/// Up to four places and four transitions; actions and undos with up to three attempts.
fn small_deployment() -> impl Strategy<Value = Deployment> {
    let arcs = || prop::collection::vec((0usize..4, 1u64..3), 0..3);
    let transition = (arcs(), arcs(), 0u32..5);
    (prop::collection::vec(0u64..3, 4), prop::collection::vec(transition, 1..5)).prop_map(
        |(tokens, drawn)| {
            let mut builder = pn_net::NetBuilder::new("random");
            let places: Vec<PlaceId> = tokens
                .iter()
                .enumerate()
                .map(|(index, tokens)| {
                    builder.place(&format!("p{index}"), None, *tokens).expect("a small net builds")
                })
                .collect();
            let mut roles = Vec::new();
            for (index, (pre, post, attempts)) in drawn.iter().enumerate() {
                let transition = builder.transition(&format!("t{index}"), None).expect("a small net builds");
                pre.iter().for_each(|(p, w)| {
                    builder.input(places[*p], transition, *w).expect("a small net builds")
                });
                post.iter().for_each(|(p, w)| {
                    builder.output(transition, places[*p], *w).expect("a small net builds")
                });
                roles.push(match attempts {
                    0 => Role::Control,
                    4 => Role::Undo { of: TransitionId::new(0), action: Some(action(2)) },
                    attempts => Role::Action(action(*attempts)),
                });
            }
            Deployment { roles, ..Deployment::plain(builder.build().expect("a small net builds")) }
        },
    )
}

/// The first reachable markings, breadth first.
fn reachable(net: &Net, most: usize) -> Vec<Marking> {
    let mut seen = BTreeSet::from([tokens(net.initial(), net)]);
    let mut queue = VecDeque::from([net.initial().clone()]);
    let mut all = Vec::new();
    while let Some(marking) = queue.pop_front() {
        for transition in firing::enabled(net, &marking) {
            let mut next = marking.clone();
            firing::fire(net, &mut next, transition).expect("it is enabled");
            if seen.len() < most && seen.insert(tokens(&next, net)) {
                queue.push_back(next);
            }
        }
        all.push(marking);
    }
    all
}

fn tokens(marking: &Marking, net: &Net) -> Vec<u64> {
    net.places().map(|p| marking.tokens(p)).collect()
}

/// The places of each expanded action.
fn parts(origins: &Origins) -> BTreeMap<TransitionId, BTreeMap<&'static str, PlaceId>> {
    let mut parts: BTreeMap<TransitionId, BTreeMap<&'static str, PlaceId>> = BTreeMap::new();
    for mapping in origins.map() {
        if let Mapping::Place(place, PlaceOrigin::Part { of, part }) = mapping {
            parts.entry(of).or_default().insert(part.word(), place);
        }
    }
    parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn expanding_twice_changes_nothing(deployment in small_deployment()) {
        let once = expand(&deployment, Faults::None).deployment;
        prop_assert_eq!(&expand(&once, Faults::None).deployment, &once);
    }

    #[test]
    fn the_authors_nodes_come_first_and_keep_their_names(deployment in small_deployment()) {
        let Deployment { net, roles, .. } = &deployment;
        let expanded = expand(&deployment, Faults::None).deployment;
        for place in net.places() {
            prop_assert_eq!(net.place_name(place), expanded.net.place_name(place));
            prop_assert_eq!(net.initial().tokens(place), expanded.net.initial().tokens(place));
        }
        for transition in net.transitions() {
            prop_assert_eq!(net.transition_name(transition), expanded.net.transition_name(transition));
            prop_assert_eq!(&roles[transition.index()], expanded.role(transition));
        }
    }

    #[test]
    fn every_node_of_an_expansion_has_an_origin(deployment in small_deployment()) {
        let expansion = expand(&deployment, Faults::None);
        let net = &expansion.deployment.net;
        prop_assert_eq!(expansion.deployment.roles.len(), net.transition_count());
        prop_assert_eq!(expansion.origins.map().count(), net.place_count() + net.transition_count());
        let told: BTreeSet<String> =
            net.transitions().map(|t| expansion.origins.describe_transition(net, t)).collect();
        prop_assert_eq!(told.len(), net.transition_count(), "two transitions are told in the same words");
        for place in net.places() {
            let drawn = place.index() < deployment.net.place_count();
            prop_assert_eq!(expansion.origins.place(place) == PlaceOrigin::Author, drawn);
        }
    }

    #[test]
    fn tries_and_spent_add_up_to_the_repeats(deployment in small_deployment()) {
        let expansion = expand(&deployment, Faults::None);
        let net = &expansion.deployment.net;
        for (of, places) in parts(&expansion.origins) {
            let (Some(tries), Some(spent)) =
                (places.get(PlacePart::Tries.word()), places.get(PlacePart::Spent.word()))
            else { continue };
            let repeats = net.initial().tokens(*tries);
            prop_assert!(repeats >= 1, "{}", net.transition_name(of));
            for marking in reachable(net, 500) {
                prop_assert_eq!(marking.tokens(*tries) + marking.tokens(*spent), repeats);
            }
        }
    }

    #[test]
    fn each_result_of_a_running_action_enables_exactly_one_transition(deployment in small_deployment()) {
        let expansion = expand(&deployment, Faults::None);
        let (deployed, net) = (&expansion.deployment, &expansion.deployment.net);
        let running: Vec<_> = parts(&expansion.origins)
            .into_iter()
            .map(|(of, places)| {
                let firing = Outcome::ALL.map(|outcome| deployed.transitions_for(of, outcome));
                (places[PlacePart::Running.word()], firing)
            })
            .collect();
        for marking in reachable(net, 500) {
            for (place, firing) in &running {
                let wanted = usize::from(marking.tokens(*place) > 0);
                for transitions in firing {
                    let enabled =
                        transitions.iter().filter(|t| firing::is_enabled(net, &marking, **t)).count();
                    prop_assert_eq!(enabled, wanted);
                }
            }
        }
    }

    #[test]
    fn with_one_attempt_an_interruption_leads_to_no_new_marking(
        deployment in small_deployment(),
    ) {
        let mut deployment = deployment;
        for role in &mut deployment.roles {
            if let Role::Action(action) | Role::Undo { action: Some(action), .. } = role {
                action.retry = Retry::ONCE;
            }
        }
        let expansion = expand(&deployment, Faults::None);
        let net = &expansion.deployment.net;
        let all = reachable(net, 2000);
        prop_assume!(all.len() < 2000);
        let interrupted = |t: TransitionId| {
            matches!(
                expansion.origins.transition(t),
                TransitionOrigin::Part { part: StepPart::Interrupted, .. }
            )
        };
        let mut seen = BTreeSet::from([tokens(net.initial(), net)]);
        let mut queue = vec![net.initial().clone()];
        while let Some(marking) = queue.pop() {
            for transition in firing::enabled(net, &marking).filter(|t| !interrupted(*t)) {
                let mut next = marking.clone();
                firing::fire(net, &mut next, transition).expect("it is enabled");
                if seen.insert(tokens(&next, net)) {
                    queue.push(next);
                }
            }
        }
        prop_assert_eq!(seen.len(), all.len());
    }
}
