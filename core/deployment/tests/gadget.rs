//! What holds of the gadget, alone and combined: in chains and diamonds, with locks and reads,
//! one to three attempts, every kind of faults. By brute force, and by the verifier.

mod support;

use pn_deployment::{
    After, Deployment, Expansion, Faults, Keeping, Mapping, Passing, PlaceOrigin, PlacePart, QuestionKind,
    Round, StepPart, TransitionOrigin, default_questions, expand,
};
use pn_engines::Run;
use pn_logic::{Formula, Property, Verdict, holds_in};
use pn_net::{Net, NetBuilder, PlaceId, TransitionId};
use pn_testkit::oracle;
use pn_verify::{Checker, SHORTEST, verify};
use support::{Say, deployment, parts};

const FAULTS: [Faults; 4] = [Faults::None, Faults::Drifts(1), Faults::Drifts(2), Faults::Any];

/// Resources `r0`, `r1`, …, each of which reads what these have given.
fn resources(reads: &[&[usize]], attempts: u32) -> Deployment {
    let count = reads.len();
    let mut text: String = (0..count).map(|i| format!("todo{i}(1) done{i} ")).collect();
    for (i, reads) in reads.iter().enumerate() {
        let loops: String = reads.iter().map(|read| format!(" + done{read}")).collect();
        text += &format!("\nr{i}: todo{i}{loops} -> done{i}{loops}");
    }
    let names: Vec<String> = (0..count).map(|i| format!("r{i}")).collect();
    let actions: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), attempts)).collect();
    let mut deployment = deployment(&text, &actions);
    for (i, reads) in reads.iter().enumerate() {
        for read in *reads {
            deployment = deployment.reads(&format!("r{i}"), &format!("done{read}"));
        }
    }
    let goal: Vec<String> = (0..count).map(|i| format!("tokens(done{i}) = 1")).collect();
    deployment.goal(&goal.join(" and "))
}

/// The same, all of which need one lock while they are at work.
fn with_lock(deployment: &Deployment) -> Deployment {
    let net = &deployment.net;
    let mut builder = copied(net);
    let lock = builder.place("lock", None, 1).expect("the name is free");
    for transition in net.transitions() {
        builder.input(lock, transition, 1).expect("a small net");
        builder.output(transition, lock, 1).expect("a small net");
    }
    Deployment { net: builder.build().expect("a small net"), ..deployment.clone() }
}

/// Steps each of which takes what the one before gave, so none but the last stays.
fn steps(count: usize, attempts: u32) -> Deployment {
    let mut text = "p0(1)".to_owned();
    for i in 0..count {
        text += &format!("\nr{i}: p{i} -> p{}", i + 1);
    }
    let names: Vec<String> = (0..count).map(|i| format!("r{i}")).collect();
    let actions: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), attempts)).collect();
    deployment(&text, &actions).goal(&format!("tokens(p{count}) = 1"))
}

fn copied(net: &Net) -> NetBuilder {
    kept(net, |_| true, |_| true)
}

/// The net without the places and transitions that are not wanted.
fn kept(net: &Net, place: impl Fn(PlaceId) -> bool, transition: impl Fn(TransitionId) -> bool) -> NetBuilder {
    let mut builder = NetBuilder::new(net.name());
    for p in net.places().filter(|p| place(*p)) {
        builder.place(net.place_name(p), None, net.initial().tokens(p)).expect("names are unique");
    }
    for t in net.transitions().filter(|t| transition(*t)) {
        let new = builder.transition(net.transition_name(t), None).expect("names are unique");
        for (p, weight) in net.pre(t).filter(|(p, _)| place(*p)) {
            let p = builder.find_place(net.place_name(p)).expect("it is kept");
            builder.input(p, new, weight).expect("as in the net");
        }
        for (p, weight) in net.post(t).filter(|(p, _)| place(*p)) {
            let p = builder.find_place(net.place_name(p)).expect("it is kept");
            builder.output(new, p, weight).expect("as in the net");
        }
    }
    builder
}

/// The expanded net without what fails, is interrupted or is repeated, and without its places.
fn without_failures(expansion: &Expansion) -> Net {
    let origins = &expansion.origins;
    let fails = |t: TransitionId| {
        let TransitionOrigin::Part { part, .. } = origins.transition(t) else { return false };
        matches!(
            part,
            StepPart::Fails(..)
                | StepPart::GivesUp(_)
                | StepPart::Interrupted(_)
                | StepPart::Retries
                | StepPart::SameAtLast
                | StepPart::SucceedsAtLast
                | StepPart::Forgives
                | StepPart::Settles(After::Failures)
        )
    };
    let counts = |p: PlaceId| {
        let PlaceOrigin::Part { part, .. } = origins.place(p) else { return false };
        use PlacePart as P;
        matches!(part, P::Failed | P::Waiting | P::Tries | P::Spent | P::Settling)
    };
    kept(&expansion.deployment.net, |p| !counts(p), |t| !fails(t)).build().expect("a small net")
}

/// The groups of places of which exactly one, or exactly so many, tokens are always marked.
fn groups(expansion: &Expansion) -> Vec<(Vec<PlaceId>, u64)> {
    use PlacePart as P;
    let mut groups = Vec::new();
    for places in parts(&expansion.origins).values() {
        let group = |wanted: &dyn Fn(P) -> bool| -> Vec<PlaceId> {
            places.iter().filter(|(part, _)| wanted(*part)).map(|(_, place)| *place).collect()
        };
        groups.push(group(&|part| matches!(part, P::Calm | P::Touched)));
        groups.push(group(&|part| matches!(part, P::Tries | P::Spent)));
        groups.push(group(&|part| matches!(part, P::Unchanged | P::Changed)));
        let told: Vec<TransitionId> = places
            .iter()
            .filter_map(|(part, _)| if let P::Idle(told) = part { Some(*told) } else { None })
            .collect();
        for to in told {
            groups.push(group(
                &|part| matches!(part, P::Idle(t) | P::Pending(t) | P::Refreshing(t) if t == to),
            ));
        }
        if places.iter().any(|(part, _)| *part == P::Free) {
            groups.push(group(&|part| {
                matches!(part, P::Free | P::Checking | P::Applying | P::AllTold | P::Telling(_))
            }));
        }
    }
    let net = &expansion.deployment.net;
    let sum = |group: &[PlaceId]| group.iter().map(|place| net.initial().tokens(*place)).sum();
    groups
        .into_iter()
        .filter(|group| !group.is_empty())
        .map(|group| (sum(&group), group))
        .map(|(s, g)| (g, s))
        .collect()
}

/// Whether every transition leaves the number of tokens on these places as it is.
fn is_place_invariant(net: &Net, group: &[PlaceId]) -> bool {
    net.transitions().all(|t| {
        let taken: u64 = group.iter().map(|place| net.input_weight(*place, t)).sum();
        let given: u64 = group.iter().map(|place| net.output_weight(t, *place)).sum();
        taken == given
    })
}

/// Everything that is promised of an expansion whose goal is reached where nothing fails for good.
fn check(author: &Deployment, faults: Faults, what: &str) -> usize {
    let expansion = expand(author, faults);
    let deployment = &expansion.deployment;
    let net = &deployment.net;
    for (group, sum) in groups(&expansion) {
        let names: Vec<&str> = group.iter().map(|place| net.place_name(*place)).collect();
        assert!(is_place_invariant(net, &group), "{what}: {names:?}");
        assert!(sum >= 1, "{what}: {names:?}");
    }
    let space = oracle::explore(net, 60_000).unwrap_or_else(|| panic!("{what} is too large for this test"));
    let goal = deployment.goal.clone().expect("there is a goal");
    for marking in space.markings() {
        for place in net.places() {
            let most = match expansion.origins.place(place) {
                PlaceOrigin::Budget => net.initial().tokens(place),
                PlaceOrigin::Part { part: PlacePart::Tries | PlacePart::Spent, .. } => 2,
                _ => 1,
            };
            assert!(marking.tokens(place) <= most, "{what}: {}", net.place_name(place));
        }
    }
    for dead in space.dead_markings() {
        let foreseen = holds_in(net, dead, &goal) || holds_in(net, dead, &deployment.failure);
        assert!(foreseen, "{what}: stuck in {}", dead.display(net));
    }
    let never: Vec<&str> = space.never_fireable().into_iter().map(|t| net.transition_name(t)).collect();
    assert!(never.is_empty(), "{what}: never fire {never:?}");
    let finishes = Property::InevitablyBackTo { goal, unless: deployment.failure.clone() };
    assert_eq!(space.verdict(&finishes), Verdict::Holds, "{what}");

    let smooth = without_failures(&expansion);
    let again = oracle::explore(&smooth, 60_000).expect("less than before");
    let goal = restated(deployment.goal.as_ref().expect("there is a goal"), net, &smooth);
    let finishes = Property::InevitablyBackTo { goal, unless: Formula::False };
    assert_eq!(again.verdict(&finishes), Verdict::Holds, "{what}, without failures");
    space.markings().len()
}

/// The formula for a net that has other ids, without the places that it does not have.
fn restated(formula: &Formula, from: &Net, to: &Net) -> Formula {
    use pn_logic::Linear;
    let linear = |expression: &Linear| {
        let terms = expression.terms().iter();
        let there = terms.filter_map(|(p, c)| to.find_place(from.place_name(*p)).map(|p| (p, *c)));
        Linear::new(there, expression.offset()).expect("no more terms than before")
    };
    let all = |parts: &[Formula]| parts.iter().map(|part| restated(part, from, to)).collect();
    match formula {
        Formula::Compare(left, comparison, right) => {
            Formula::Compare(linear(left), *comparison, linear(right))
        }
        Formula::Fireable(ts) => Formula::Fireable(
            ts.iter().filter_map(|t| to.find_transition(from.transition_name(*t))).collect(),
        ),
        Formula::Not(part) => Formula::Not(Box::new(restated(part, from, to))),
        Formula::And(parts) => Formula::And(all(parts)),
        Formula::Or(parts) => Formula::Or(all(parts)),
        other => other.clone(),
    }
}

#[test]
fn one_resource_with_one_attempt_and_no_failures_has_six_places_and_nine_transitions() {
    let expansion = expand(&resources(&[&[]], 1), Faults::Any);
    let net = without_failures(&expansion);
    assert_eq!((net.place_count(), net.transition_count()), (6, 9));
    assert_eq!(oracle::explore(&net, 100).expect("it is small").markings().len(), 6);
}

#[test]
fn four_independent_resources_under_free_drift_have_six_to_the_fourth_markings() {
    let expansion = expand(&resources(&[&[], &[], &[], &[]], 1), Faults::Any);
    let net = without_failures(&expansion);
    assert_eq!((net.place_count(), net.transition_count()), (24, 36));
    assert_eq!(oracle::explore(&net, 10_000).expect("it is small").markings().len(), 1296);
}

#[test]
fn a_resource_alone_keeps_every_promise() {
    for attempts in 1..=3 {
        for faults in FAULTS {
            check(&resources(&[&[]], attempts), faults, &format!("alone, {attempts}, {faults:?}"));
            check(&with_lock(&resources(&[&[]], attempts)), faults, &format!("lock, {attempts}, {faults:?}"));
            check(&steps(1, attempts), faults, &format!("step, {attempts}, {faults:?}"));
        }
    }
}

#[test]
fn chains_keep_every_promise() {
    for faults in FAULTS {
        check(&resources(&[&[], &[0]], 3), faults, &format!("two, {faults:?}"));
        check(&resources(&[&[], &[0], &[1]], 1), faults, &format!("three, {faults:?}"));
        check(&with_lock(&resources(&[&[], &[0], &[1]], 1)), faults, &format!("three, lock, {faults:?}"));
        check(&with_lock(&resources(&[&[], &[0]], 2)), faults, &format!("two, lock, {faults:?}"));
    }
}

#[test]
fn a_diamond_keeps_every_promise() {
    for faults in FAULTS {
        let diamond = resources(&[&[], &[0], &[0], &[1, 2]], 1);
        check(&with_lock(&diamond), faults, &format!("diamond, {faults:?}"));
    }
    check(&resources(&[&[], &[0], &[0], &[1, 2]], 1), Faults::Drifts(1), "diamond without a lock");
}

#[test]
fn steps_that_do_not_stay_are_repaired_and_keep_every_promise() {
    for faults in FAULTS {
        check(&steps(2, 2), faults, &format!("two steps, {faults:?}"));
        check(&steps(3, 1), faults, &format!("three steps, {faults:?}"));
        check(&with_lock(&steps(2, 1)), faults, &format!("two steps, lock, {faults:?}"));
    }
}

#[test]
fn refreshes_keep_every_promise() {
    for faults in FAULTS {
        let told = |deployment: Deployment| deployment.refreshes("r0", "r1");
        check(&told(resources(&[&[], &[0]], 1)), faults, &format!("refresh, {faults:?}"));
        check(&told(resources(&[&[], &[]], 2)), faults, &format!("independent refresh, {faults:?}"));
        check(&told(steps(2, 1)), faults, &format!("refresh of a step, {faults:?}"));
    }
    for faults in [Faults::None, Faults::Drifts(1)] {
        let both = resources(&[&[], &[0], &[0]], 1).refreshes("r0", "r1").refreshes("r0", "r2");
        check(&both, faults, &format!("two refreshes, {faults:?}"));
        let chain = resources(&[&[], &[0], &[1]], 1).refreshes("r0", "r1").refreshes("r1", "r2");
        check(&chain, faults, &format!("a chain of refreshes, {faults:?}"));
    }
}

#[test]
fn a_refresh_is_never_lost() {
    // Where the goal holds, what changed last has been told to the one it refreshes: since the
    // last time that r0 began to change something, r1 has been done.
    let expansion = expand(&resources(&[&[], &[0]], 2).refreshes("r0", "r1"), Faults::None);
    let deployment = &expansion.deployment;
    let net = &deployment.net;
    let space = oracle::explore(net, 60_000).expect("it is small");
    let goal = deployment.goal.clone().expect("there is a goal");
    let at = |name: &str| net.find_transition(name).expect("a part of the gadget");
    let differs = [at("r0.differs"), at("r0.differs-again")];
    let done = [at("r1.same"), at("r1.ok"), at("r1.same-at-last"), at("r1.ok-at-last")];
    let mut owing = vec![false; space.markings().len()];
    let mut queue: Vec<usize> = Vec::new();
    for marking in 0..space.markings().len() {
        for (transition, next) in space.successors(marking) {
            if differs.contains(transition) && !std::mem::replace(&mut owing[*next], true) {
                queue.push(*next);
            }
        }
    }
    while let Some(marking) = queue.pop() {
        assert!(!holds_in(net, &space.markings()[marking], &goal), "the goal holds with a refresh owing");
        for (transition, next) in space.successors(marking) {
            if !done.contains(transition) && !std::mem::replace(&mut owing[*next], true) {
                queue.push(*next);
            }
        }
    }
}

#[test]
fn the_verifier_agrees() {
    let deployments = [
        ("chain", with_lock(&resources(&[&[], &[0]], 2))),
        ("steps", steps(2, 1)),
        ("refresh", resources(&[&[], &[0]], 1).refreshes("r0", "r1")),
    ];
    for (what, author) in deployments {
        for faults in FAULTS {
            let deployment = expand(&author, faults).deployment;
            let questions = default_questions(&deployment);
            let properties: Vec<Property> = questions.iter().map(|q| q.property.clone()).collect();
            let mut checker = Checker::new(&deployment.net, 60_000);
            let answers = verify(&deployment.net, &properties, SHORTEST, &mut checker, &mut Run::unlimited());
            for (question, checked) in questions.iter().zip(answers) {
                let verdict = checked.answer.verdict;
                let kept = match question.kind {
                    QuestionKind::Bound(_) => matches!(verdict, Verdict::Bounded(0..=2)),
                    _ => verdict == Verdict::Holds,
                };
                assert!(kept, "{what}, {faults:?}: {:?} is {verdict:?}", question.kind);
            }
        }
    }
}

#[test]
fn drift_takes_the_repair_through_the_same_locks_and_attempts() {
    let expansion = expand(&with_lock(&steps(1, 3)), Faults::Any);
    let repairs = expansion.origins.map().filter(|mapping| {
        matches!(mapping, Mapping::Place(_, PlaceOrigin::Part { round: Round::Repair, .. }))
    });
    assert_eq!(repairs.count(), 0, "the last step stays, so nothing is repaired beside it");
    let expansion = expand(&with_lock(&steps(2, 3)), Faults::Any);
    let net = &expansion.deployment.net;
    let repair = net.find_transition("r0.repair").expect("the first step does not stay");
    let lock = net.find_place("lock").expect("it is drawn");
    assert_eq!(net.input_weight(lock, repair), 1);
    assert!(net.find_place("r0.repair.tries").is_some());
}

#[test]
fn a_success_gives_all_attempts_back() {
    let author = resources(&[&[], &[0]], 3);
    let net = expand(&author, Faults::Any).deployment.net;
    let place = |name: &str| net.find_place(name).expect("it is expanded");
    let space = oracle::explore(&net, 60_000).expect("a small net");
    let mut used_up = 0;
    for marking in space.markings() {
        if marking.tokens(place("done0")) > 0 {
            assert_eq!(marking.tokens(place("r0.tries")), 2, "{}", marking.display(&net));
        }
        used_up += usize::from(marking.tokens(place("r0.spent")) == 2);
    }
    assert!(used_up > 0, "attempts are counted");
    // More often than there are attempts it drifts, fails once and is mended.
    let once = ["r0", "r0.check-fails", "r0.retries", "r0.differs", "r0.ok-at-last", "r0.forgives"];
    let turn = once.iter().chain(&["r0.settles", "r0.drifts"]);
    let mut marking = net.initial().clone();
    for name in (0..5).flat_map(|_| turn.clone()) {
        let transition = net.find_transition(name).expect("it is expanded");
        pn_net::firing::fire(&net, &mut marking, transition).unwrap_or_else(|_| panic!("{name} fires"));
    }
}

#[test]
fn what_happens_once_forgives_nothing() {
    let expansion = expand(&steps(2, 3), Faults::None);
    let forgives = expansion.deployment.net.find_transition("r0.forgives");
    assert_eq!(forgives, None, "no attempt follows a success");
    let expansion = expand(&steps(2, 3), Faults::Any);
    let net = &expansion.deployment.net;
    assert!(
        net.find_transition("r0.forgives").is_none() && net.find_transition("r0.repair.forgives").is_some()
    );
}

/// Hosts that leave a balancer and come back, one at a time: each `out` takes what `back` gives.
fn hosts(count: usize) -> Deployment {
    let mut text = "slot(1)".to_owned();
    for i in 0..count {
        text += &format!(" in{i}(1) todo{i}(1)");
    }
    for i in 0..count {
        text += &format!(
            "\nout{i}: in{i} + todo{i} + slot -> away{i}\nback{i}: away{i} -> in{i} + slot + new{i}"
        );
    }
    let names: Vec<String> = (0..count).flat_map(|i| [format!("out{i}"), format!("back{i}")]).collect();
    let actions: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let goal: Vec<String> = (0..count).map(|i| format!("tokens(new{i}) = 1")).collect();
    deployment(&text, &actions).goal(&goal.join(" and "))
}

#[test]
fn what_another_action_reverses_is_kept_until_that_begins() {
    for faults in FAULTS {
        check(&hosts(1), faults, "a host");
    }
    let expansion = expand(&hosts(2), Faults::Any);
    let net = &expansion.deployment.net;
    let named = |name: &str| net.find_transition(name).expect("it is drawn");
    for i in 0..2 {
        let kept = expansion.keeping[&named(&format!("out{i}"))];
        assert!(matches!(kept, Keeping::Until(_, by) if by == named(&format!("back{i}"))), "{kept:?}");
        let kept = expansion.keeping[&named(&format!("back{i}"))];
        assert!(matches!(kept, Keeping::Repaired(_)), "{kept:?}");
    }
    let expansion = expand(&hosts(1), Faults::Any);
    let net = &expansion.deployment.net;
    let sum = |marking: &pn_net::Marking, names: &[&str]| -> u64 {
        names.iter().map(|name| marking.tokens(net.find_place(name).expect("it is expanded"))).sum()
    };
    let keeps =
        ["out0.kept", "out0.dirty", "out0.repair.checking", "out0.repair.applying", "out0.repair.failed"];
    for marking in oracle::explore(net, 60_000).expect("a small net").markings() {
        let ends = sum(marking, &["back0.checking", "back0.applying", "back0.failed", "new0"]);
        let keeping = sum(marking, &keeps);
        assert!(ends + keeping <= 1, "both at once: {}", marking.display(net));
        assert_eq!(keeping, sum(marking, &["away0"]), "{}", marking.display(net));
    }
}

#[test]
fn what_comes_before_an_action_does_not_reverse_it_and_what_is_no_action_leaves_it_unwatched() {
    let keeping = |text: &str, actions: &[&str], of: &str| {
        let actions: Vec<(&str, u32)> = actions.iter().map(|name| (*name, 1)).collect();
        let author = deployment(text, &actions);
        let of = author.net.find_transition(of).expect("it is drawn");
        expand(&author, Faults::Any).keeping[&of]
    };
    let chain = "p0(1)\na: p0 -> p1\nb: p1 -> p2\nc: p2 -> p3";
    assert!(matches!(keeping(chain, &["a", "b", "c"], "b"), Keeping::Repaired(_)));
    // The place may be filled before or instead, so nothing tells that it was filled again.
    let instead = "p0(1) q(1)\na: p0 -> p1\nz: q -> p0\nb: p1 -> p2";
    assert!(matches!(keeping(instead, &["a", "z", "b"], "a"), Keeping::Passing(Passing::MayRepeat(_))));
    let by_control = "in(1) todo(1)\nout: in + todo -> away\nback: away -> in + new";
    assert!(matches!(keeping(by_control, &["out"], "out"), Keeping::Passing(Passing::Reversed { .. })));
    // A repair of `out` would wait for the lock that only `back` gives back.
    let locked = "in(1) todo(1) l(1)\nout: in + todo + l -> away + l\nlock: away + l -> locked\n\
                  back: locked -> in + new + l";
    let kept = keeping(locked, &["out", "lock", "back"], "out");
    assert!(matches!(kept, Keeping::Passing(Passing::Reversed { .. })), "{kept:?}");
}
