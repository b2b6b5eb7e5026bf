//! Refutations that prove something are accepted, and what proves nothing is rejected.

use pn_engines::{Engine, Run, linear::StateEquation};
use pn_logic::{
    Answer, AtMost, Evidence, Formula, Lemma, Linear, Proof, Property, Reason, Refutation, Verdict,
};
use pn_net::{Net, PlaceId, Trace};
use pn_testkit::{oracle, random_net, random_property, random_safe_net};
use pn_verify::{Certificate, Checker, Flaw, Rejection, Trust};

/// Two processes that share a lock, and a counter of how often the first one had it.
fn mutex() -> Net {
    pn_testkit::net(
        "idle1(1) idle2(1) lock(1)
         enter1: idle1 + lock -> busy1
         leave1: busy1 -> idle1 + lock + count
         enter2: idle2 + lock -> busy2
         leave2: busy2 -> idle2 + lock",
    )
}

fn place(net: &Net, name: &str) -> PlaceId {
    net.find_place(name).expect("the place exists")
}

fn both_busy(net: &Net) -> Property {
    let busy = |name| Formula::at_least(place(net, name), 1);
    Property::Possibly(Formula::And(vec![busy("busy1"), busy("busy2")]))
}

/// busy1 ≥ 1 and busy2 ≥ 1 contradict lock + busy1 + busy2 = 1.
fn lemma(net: &Net) -> Lemma {
    let at_least_one = |name| (AtMost::new(vec![(place(net, name), -1)], -1), 1);
    let mut weights = vec![(place(net, "lock"), -1), (place(net, "busy1"), -1), (place(net, "busy2"), -1)];
    weights.sort_unstable();
    Lemma { atoms: vec![at_least_one("busy1"), at_least_one("busy2")], traps: Vec::new(), weights }
}

#[track_caller]
fn check(net: &Net, property: &Property, refutation: Refutation, expected: Result<Trust, Flaw>) {
    let evidence = Evidence::Refutation(Proof::Itself(refutation));
    let found = Checker::new(net, 0).check(property, &Verdict::Fails, &evidence);
    let flaw = |rejection| match rejection {
        Rejection::Flawed(flaw) => flaw,
        other => panic!("{other}"),
    };
    assert_eq!(found.map_err(flaw), expected);
}

#[test]
fn an_invariant_refutes_what_contradicts_it() {
    let net = mutex();
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![lemma(&net)] };
    check(&net, &both_busy(&net), refutation, Ok(Trust::Verified));
}

#[test]
fn weights_above_the_inequalities_are_rejected() {
    let net = mutex();
    let mut wrong = lemma(&net);
    wrong.weights.iter_mut().for_each(|(_, weight)| *weight = 0);
    wrong.weights.push((place(&net, "count"), 1));
    check(
        &net,
        &both_busy(&net),
        Refutation { traps: Vec::new(), lemmas: vec![wrong] },
        Err(Flaw::Unfounded(0)),
    );
    let mut twice = lemma(&net);
    twice.weights.push(twice.weights[0]);
    check(
        &net,
        &both_busy(&net),
        Refutation { traps: Vec::new(), lemmas: vec![twice] },
        Err(Flaw::Unfounded(0)),
    );
    let mut negative = lemma(&net);
    negative.atoms[0].1 = -1;
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![negative] };
    check(&net, &both_busy(&net), refutation, Err(Flaw::Unfounded(0)));
}

#[test]
fn a_weighting_that_a_firing_decreases_is_rejected() {
    let net = mutex();
    let mut wrong = lemma(&net);
    wrong.weights.retain(|(p, _)| *p != place(&net, "lock"));
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![wrong] };
    check(&net, &both_busy(&net), refutation, Err(Flaw::Decreases(0)));
}

#[test]
fn inequalities_that_the_initial_marking_allows_are_rejected() {
    let net = mutex();
    let mut wrong = lemma(&net);
    wrong.atoms.pop();
    wrong.atoms[0].1 = 1;
    wrong.weights.retain(|(p, _)| net.place_name(*p) != "none");
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![wrong] };
    check(&net, &both_busy(&net), refutation, Err(Flaw::NoContradiction(0)));
}

#[test]
fn numbers_that_overflow_are_rejected() {
    let net = mutex();
    let mut huge = lemma(&net);
    huge.atoms.iter_mut().for_each(|(_, times)| *times = i128::MAX);
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![huge] };
    check(&net, &both_busy(&net), refutation, Err(Flaw::TooLarge(0)));
}

#[test]
fn lemmas_that_leave_a_way_open_are_rejected() {
    let net = mutex();
    check(&net, &both_busy(&net), Refutation::default(), Err(Flaw::Incomplete));
    let counted = Formula::at_least(place(&net, "count"), 5);
    let Property::Possibly(both) = both_busy(&net) else { unreachable!("it was made so") };
    let either = Property::Possibly(Formula::Or(vec![both, counted]));
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![lemma(&net)] };
    check(&net, &either, refutation, Err(Flaw::Incomplete));
}

#[test]
fn traps_are_looked_at() {
    let net = mutex();
    let only_idle = vec![place(&net, "idle1")];
    let never_marked = vec![place(&net, "count")];
    for wrong in [only_idle, never_marked] {
        let refutation = Refutation { traps: vec![wrong], lemmas: vec![lemma(&net)] };
        check(&net, &both_busy(&net), refutation, Err(Flaw::NotAMarkedTrap(0)));
    }
    let mut uses_none = lemma(&net);
    uses_none.traps.push((0, 1));
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![uses_none] };
    check(&net, &both_busy(&net), refutation, Err(Flaw::Unfounded(0)));
}

#[test]
fn a_bound_needs_a_run_to_it_and_a_refutation_above() {
    let net = mutex();
    let property = Property::Bound(Linear::tokens(place(&net, "busy1")));
    let ceilings =
        StateEquation.ceilings(&net, &[&Linear::tokens(place(&net, "busy1"))], &mut Run::unlimited());
    let ceiling = ceilings[0].clone().expect("the lock bounds it");
    assert_eq!(ceiling.value, 1);
    let enter = Trace { firings: vec![net.find_transition("enter1").expect("it exists")] };
    let evidence = |run| Evidence::RunAndRefutation(run, Proof::Itself(ceiling.refutation.clone()));
    let mut checker = Checker::new(&net, 0);
    let accepted = checker.check(&property, &Verdict::Bounded(1), &evidence(enter.clone()));
    assert_eq!(accepted, Ok(Trust::Verified));
    let elsewhere = checker.check(&property, &Verdict::Bounded(1), &evidence(Trace::default()));
    assert_eq!(elsewhere, Err(Rejection::WrongMarking));
    let lower = checker.check(&property, &Verdict::Bounded(0), &evidence(Trace::default()));
    assert_eq!(lower, Err(Rejection::Flawed(Flaw::Incomplete)));
    let growing =
        StateEquation.ceilings(&net, &[&Linear::tokens(place(&net, "count"))], &mut Run::unlimited());
    assert_eq!(growing, [None]);
}

#[test]
fn a_refutation_survives_being_written_and_read() {
    let net = mutex();
    let refutation = Refutation { traps: Vec::new(), lemmas: vec![lemma(&net)] };
    let evidence = Evidence::Refutation(Proof::Itself(refutation));
    let answer = Answer { verdict: Verdict::Fails, method: "by hand", evidence: evidence.clone() };
    let property = both_busy(&net);
    let json = Certificate::new(&net, "test", [(&property, &answer)]).to_json();
    let claims = Certificate::read(&net, &json).expect("it was written for this net");
    assert_eq!(claims[0].1.evidence, evidence, "{json}");
    assert!(Certificate::read(&net, &json.replace("\"lock\"", "\"luck\"")).is_err());
}

#[test]
fn what_the_state_equation_refutes_never_happens_and_its_evidence_stands() {
    let (mut proved, mut bounded, mut trapped) = (0, 0, 0);
    for seed in 0..1_500 {
        let net = if seed % 3 == 0 { random_net(seed) } else { random_safe_net(seed) };
        let Some(space) = oracle::explore(&net, 2_000) else { continue };
        let random = (0..6).map(|n| random_property(&net, seed * 6 + n));
        let fixed = [Property::Possibly(Formula::Dead)];
        let properties: Vec<Property> =
            random.chain(fixed).filter(|property| StateEquation.takes(property)).collect();
        let asked: Vec<&Property> = properties.iter().collect();
        let mut checker = Checker::new(&net, 0);
        for (property, answer) in asked.iter().zip(StateEquation.solve(&net, &asked, &mut Run::unlimited())) {
            if answer.is_definite() {
                assert_eq!(
                    answer.verdict,
                    space.verdict(property),
                    "seed {seed}: {}",
                    property.display(&net)
                );
                let trust = checker.check(property, &answer.verdict, &answer.evidence);
                assert_eq!(trust, Ok(Trust::Verified), "seed {seed}: {}", property.display(&net));
                proved += 1;
                if let Evidence::Refutation(Proof::Itself(refutation)) = &answer.evidence {
                    trapped += usize::from(refutation.lemmas.iter().any(|lemma| !lemma.traps.is_empty()));
                }
            } else {
                assert_eq!(answer.verdict, Verdict::Unknown(Reason::Unsupported));
            }
        }
        let expressions: Vec<Linear> = net.places().map(Linear::tokens).collect();
        let asked: Vec<&Linear> = expressions.iter().collect();
        for (expression, ceiling) in
            asked.iter().zip(StateEquation.ceilings(&net, &asked, &mut Run::unlimited()))
        {
            if let Some(ceiling) = ceiling {
                assert!(ceiling.value >= space.maximum(expression), "seed {seed}");
                bounded += 1;
            }
        }
    }
    assert!(proved > 1_000 && bounded > 3_000 && trapped > 10, "{proved} {bounded} {trapped}");
}
