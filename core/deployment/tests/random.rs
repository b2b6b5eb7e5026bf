//! What holds of every expansion, on random deployments.

mod support;

use pn_deployment::{
    Deployment, Faults, Outcome, PlaceOrigin, PlacePart, Retry, Role, Round, Shorthand, StepPart,
    TransitionOrigin, annotate, expand, resolve,
};
use pn_net::{Marking, Net, NetBuilder, PlaceId, TransitionId, firing};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use support::{action, parts};

fn faults() -> impl Strategy<Value = Faults> {
    prop_oneof![Just(Faults::None), Just(Faults::Drifts(1)), Just(Faults::Drifts(2)), Just(Faults::Any)]
}

/// Up to four places and four transitions; actions and undos with up to three attempts, reads
/// where there are self-loops, and refreshes of later actions that are kept.
fn small_deployment() -> impl Strategy<Value = Deployment> {
    let arcs = || prop::collection::vec((0usize..4, 1u64..3), 0..3);
    let transition = (arcs(), arcs(), 0u32..5, any::<u8>());
    (prop::collection::vec(0u64..3, 4), prop::collection::vec(transition, 1..5)).prop_map(
        |(tokens, drawn)| {
            let mut builder = NetBuilder::new("random");
            let place = |(index, tokens): (usize, &u64)| (format!("p{index}"), *tokens);
            let places: Vec<PlaceId> = tokens
                .iter()
                .enumerate()
                .map(place)
                .map(|(name, tokens)| builder.place(&name, None, tokens).expect("a small net builds"))
                .collect();
            let mut roles = Vec::new();
            for (index, (pre, post, attempts, _)) in drawn.iter().enumerate() {
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
            let net = builder.build().expect("a small net builds");
            // An undo reverses an action.
            if !matches!(roles[0], Role::Action(_)) {
                roles[0] = Role::Action(action(1));
            }
            let mut deployment = Deployment { roles, ..Deployment::plain(net) };
            let dice: Vec<u8> = drawn.iter().map(|(.., dice)| *dice).collect();
            say(&mut deployment, &dice);
            deployment
        },
    )
}

/// Reads where the dice say so, refreshes where they may stand.
fn say(deployment: &mut Deployment, dice: &[u8]) {
    let net = deployment.net.clone();
    for transition in net.transitions().filter(|t| dice[t.index()] & 1 == 1) {
        let loops = |p: &PlaceId| net.input_weight(*p, transition) == net.output_weight(transition, *p);
        let reads: Vec<PlaceId> = net.preset(transition).iter().copied().filter(loops).collect();
        if !reads.is_empty() && *deployment.role(transition) != Role::Control {
            deployment.shorthand.insert(transition, Shorthand { reads, refreshes: Vec::new() });
        }
    }
    let kept = expand(deployment, Faults::None).keeping;
    for from in net.transitions().filter(|t| dice[t.index()] & 2 == 2 && kept.contains_key(t)) {
        let later = kept.iter().filter(|(to, keeping)| **to > from && keeping.is_kept());
        let refreshes: Vec<TransitionId> = later.map(|(to, _)| *to).collect();
        if !refreshes.is_empty() {
            deployment.shorthand.entry(from).or_default().refreshes = refreshes;
        }
    }
}

/// The first reachable markings, breadth first, along the transitions that are wanted.
fn reachable(net: &Net, most: usize, wanted: impl Fn(TransitionId) -> bool) -> Vec<Marking> {
    let mut seen = BTreeSet::from([tokens(net.initial(), net)]);
    let mut queue = VecDeque::from([net.initial().clone()]);
    let mut all = Vec::new();
    while let Some(marking) = queue.pop_front() {
        for transition in firing::enabled(net, &marking).filter(|t| wanted(*t)) {
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

/// What a place weighs once the author's places weigh `own`: a token that says that an action is at
/// work weighs what the action has taken and holds, one that says that it pauses or has failed,
/// what it has taken.
fn weights(author: &Deployment, expansion: &pn_deployment::Expansion, own: &[i128]) -> Vec<i128> {
    let net = &author.net;
    let weigh = |arcs: Vec<(PlaceId, u64)>| -> i128 {
        arcs.into_iter().map(|(p, w)| own[p.index()] * i128::from(w)).sum()
    };
    let looped = |t: TransitionId, p: PlaceId| net.input_weight(p, t).min(net.output_weight(t, p));
    let reads = |t: TransitionId, p: PlaceId| author.shorthand.get(&t).is_some_and(|s| s.reads.contains(&p));
    let held = |t: TransitionId| {
        weigh(net.preset(t).iter().filter(|p| !reads(t, **p)).map(|p| (*p, looped(t, *p))).collect())
    };
    let taken = |t: TransitionId| weigh(net.pre(t).map(|(p, w)| (p, w - looped(t, p))).collect());
    let expanded = &expansion.deployment.net;
    let of = |place: PlaceId| match expansion.origins.place(place) {
        PlaceOrigin::Author => own[place.index()],
        PlaceOrigin::Budget => 0,
        PlaceOrigin::Part { of, round, part } => {
            let taken = if round == Round::First { taken(of) } else { 0 };
            match part {
                PlacePart::Checking
                | PlacePart::Applying
                | PlacePart::Settling
                | PlacePart::AllTold
                | PlacePart::Telling(_) => taken + held(of),
                PlacePart::Waiting | PlacePart::Failed => taken,
                _ => 0,
            }
        }
    };
    expanded.places().map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn expanding_twice_changes_nothing(deployment in small_deployment(), faults in faults(), more in faults()) {
        let once = expand(&deployment, faults).deployment;
        prop_assert_eq!(&expand(&deployment, faults).deployment, &once);
        prop_assert_eq!(&expand(&once, more).deployment, &once);
    }

    #[test]
    fn an_expansion_reads_back_equal(deployment in small_deployment(), faults in faults()) {
        for deployment in [expand(&deployment, faults).deployment, deployment] {
            let (annotation, transitions) = annotate(&deployment);
            let again = resolve(deployment.net.clone(), &annotation, &transitions);
            match again {
                Ok(mut again) => {
                    // What the reader derives: an action has the one undo that names it.
                    for (role, was) in again.roles.iter_mut().zip(&deployment.roles) {
                        if let (Role::Action(action), Role::Action(was)) = (role, was) {
                            action.undo = was.undo;
                        }
                    }
                    prop_assert_eq!(again, deployment);
                }
                Err(problems) => prop_assert!(false, "{:?}", problems),
            }
        }
    }

    #[test]
    fn the_authors_nodes_come_first_and_keep_their_names(deployment in small_deployment(), faults in faults()) {
        let Deployment { net, roles, .. } = &deployment;
        let expanded = expand(&deployment, faults).deployment;
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
    fn every_node_has_an_origin_and_words_of_its_own(deployment in small_deployment(), faults in faults()) {
        let expansion = expand(&deployment, faults);
        let net = &expansion.deployment.net;
        prop_assert_eq!(expansion.deployment.roles.len(), net.transition_count());
        prop_assert_eq!(expansion.origins.map().count(), net.place_count() + net.transition_count());
        let told: BTreeSet<String> =
            net.transitions().map(|t| expansion.origins.describe_transition(net, t)).collect();
        prop_assert_eq!(told.len(), net.transition_count(), "two transitions are told in the same words");
        let told: BTreeSet<String> =
            net.places().map(|p| expansion.origins.describe_place(net, p)).collect();
        prop_assert_eq!(told.len(), net.place_count(), "two places are told in the same words");
        for place in net.places() {
            let drawn = place.index() < deployment.net.place_count();
            prop_assert_eq!(expansion.origins.place(place) == PlaceOrigin::Author, drawn);
        }
    }

    #[test]
    fn parts_change_what_the_author_counts_only_as_the_action_does(
        deployment in small_deployment(),
        faults in faults(),
        own in prop::collection::vec(-3i128..4, 4),
    ) {
        let expansion = expand(&deployment, faults);
        let net = &expansion.deployment.net;
        let weights = weights(&deployment, &expansion, &own);
        let change = |net: &Net, t: TransitionId, weights: &[i128]| -> i128 {
            let given: i128 = net.post(t).map(|(p, w)| weights[p.index()] * i128::from(w)).sum();
            let taken: i128 = net.pre(t).map(|(p, w)| weights[p.index()] * i128::from(w)).sum();
            given - taken
        };
        for transition in net.transitions() {
            let TransitionOrigin::Part { of, round, part } = expansion.origins.transition(transition) else {
                continue;
            };
            let whole = change(&deployment.net, of, &own);
            let told = part.told().map_or(0, |told| change(&deployment.net, told, &own));
            let found = change(net, transition, &weights);
            let allowed: &[i128] = match (round, part) {
                (Round::First, StepPart::Same | StepPart::Succeeds | StepPart::Settles(_)) => &[whole, 0],
                (Round::First, StepPart::Drifts) => &[-whole],
                (_, StepPart::Refreshes(_)) => &[-told, 0],
                _ => &[0],
            };
            prop_assert!(allowed.contains(&found), "{} changes {found}", net.transition_name(transition));
        }
    }

    #[test]
    fn each_result_of_an_attempt_enables_exactly_one_transition(
        deployment in small_deployment(),
        faults in faults(),
    ) {
        let expansion = expand(&deployment, faults);
        let (deployed, net) = (&expansion.deployment, &expansion.deployment.net);
        // By place of a stage: for each result that it can have, the transitions that take from it.
        let mut stages: Vec<(PlaceId, Vec<Vec<TransitionId>>)> = Vec::new();
        for places in parts(&expansion.origins).values() {
            for (part, place) in places {
                let results: &[Outcome] = match part {
                    PlacePart::Checking => &[Outcome::Same, Outcome::Diff],
                    PlacePart::Applying => &[Outcome::Ok],
                    _ => continue,
                };
                let rest = [Outcome::Failed, Outcome::Timeout, Outcome::Unknown, Outcome::Cancelled];
                let claims = |result: &Outcome| -> Vec<TransitionId> {
                    let takes = net.consumers(*place).map(|(t, _)| t);
                    takes
                        .filter(|t| matches!(deployed.role(*t), Role::Outcome { results, .. } if results.contains(result)))
                        .collect()
                };
                stages.push((*place, results.iter().chain(&rest).map(claims).collect()));
            }
        }
        for marking in reachable(net, 400, |_| true) {
            for (place, claims) in &stages {
                let wanted = usize::from(marking.tokens(*place) > 0);
                for transitions in claims {
                    let enabled =
                        transitions.iter().filter(|t| firing::is_enabled(net, &marking, **t)).count();
                    prop_assert_eq!(enabled, wanted, "{}", net.place_name(*place));
                }
            }
        }
    }

    #[test]
    fn every_pair_of_places_adds_up(deployment in small_deployment(), faults in faults()) {
        use PlacePart as P;
        let expansion = expand(&deployment, faults);
        let net = &expansion.deployment.net;
        let mut pairs: BTreeMap<_, Vec<PlaceId>> = BTreeMap::new();
        for (gadget, places) in parts(&expansion.origins) {
            for (part, place) in places {
                let group = match part {
                    P::Calm | P::Touched => 0,
                    P::Tries | P::Spent => 1,
                    P::Unchanged | P::Changed => 2,
                    P::Free | P::Checking | P::Applying | P::AllTold | P::Telling(_)
                        if deployment.shorthand.get(&gadget.0).is_some_and(|s| !s.refreshes.is_empty()) => 3,
                    P::Idle(to) | P::Pending(to) | P::Refreshing(to) => 4 + to.index(),
                    _ => continue,
                };
                pairs.entry((gadget, group)).or_default().push(place);
            }
        }
        for places in pairs.values() {
            for transition in net.transitions() {
                let taken: u64 = places.iter().map(|p| net.input_weight(*p, transition)).sum();
                let given: u64 = places.iter().map(|p| net.output_weight(transition, *p)).sum();
                prop_assert_eq!(taken, given, "{}", net.transition_name(transition));
            }
        }
    }

    #[test]
    fn with_one_attempt_an_interruption_leads_to_no_new_marking(
        deployment in small_deployment(),
    ) {
        let mut deployment = deployment;
        deployment.shorthand.clear();
        for role in &mut deployment.roles {
            if let Role::Action(action) | Role::Undo { action: Some(action), .. } = role {
                action.retry = Retry::ONCE;
            }
        }
        let expansion = expand(&deployment, Faults::None);
        let net = &expansion.deployment.net;
        let all = reachable(net, 2000, |_| true);
        prop_assume!(all.len() < 2000);
        let interrupted = |t: TransitionId| {
            let part = expansion.origins.transition(t);
            matches!(part, TransitionOrigin::Part { part: StepPart::Interrupted(_), .. })
        };
        prop_assert_eq!(reachable(net, 2000, |t| !interrupted(t)).len(), all.len());
    }
}
