//! Inductive invariants that prove something are accepted, and what proves nothing is rejected.

use pn_engines::{Engine, Run, sat::PropertyDirected};
use pn_logic::{Answer, Evidence, Formula, Inductive, Occupancy, Property, Reason, Verdict};
use pn_net::{Net, PlaceId};
use pn_testkit::{oracle, random_modular_net, random_net, random_property, random_safe_net};
use pn_verify::{Certificate, Checker, InductiveFlaw, Rejection, Trust};
use std::sync::Arc;

/// Two processes that each take one of two locks first and then the other, in the same order, and a
/// counter of how often the first one had both. They are never both inside, which no weighting of
/// the processes alone says.
fn locks() -> Net {
    pn_testkit::net(
        "idle1(1) idle2(1) a(1) b(1)
         take1: idle1 + a -> has1
         enter1: has1 + b -> in1
         leave1: in1 -> idle1 + a + b + count
         take2: idle2 + a -> has2
         enter2: has2 + b -> in2
         leave2: in2 -> idle2 + a + b",
    )
}

fn place(net: &Net, name: &str) -> PlaceId {
    net.find_place(name).expect("the place exists")
}

fn weighting(net: &Net, names: &[&str]) -> Vec<(PlaceId, u64)> {
    names.iter().map(|name| (place(net, name), 1)).collect()
}

fn empty(net: &Net, names: &[&str]) -> Vec<Occupancy> {
    names.iter().map(|name| Occupancy::Empty(place(net, name))).collect()
}

/// The processes, and the second lock; that the first one is held by one of them only is left to a
/// clause.
fn weightings(net: &Net) -> Vec<Vec<(PlaceId, u64)>> {
    vec![
        weighting(net, &["idle1", "has1", "in1"]),
        weighting(net, &["idle2", "has2", "in2"]),
        weighting(net, &["a"]),
        weighting(net, &["b", "in1", "in2"]),
    ]
}

/// Nobody has the first lock while it is there, and no two have it.
fn clauses(net: &Net) -> Vec<Vec<Occupancy>> {
    let pairs = [["a", "has1"], ["a", "has2"], ["a", "in1"], ["a", "in2"]];
    let both = [["has1", "has2"], ["has1", "in2"], ["in1", "has2"]];
    pairs.iter().chain(&both).map(|names| empty(net, names)).collect()
}

/// The first lock by a weighting of its own, since a firing may give it back.
fn proof(net: &Net) -> Inductive {
    let mut weightings = weightings(net);
    weightings[2] = weighting(net, &["a", "has1", "in1", "has2", "in2"]);
    Inductive { weightings, clauses: clauses(net) }
}

fn both_have(net: &Net) -> Property {
    let has = |name| Formula::at_least(place(net, name), 1);
    Property::Possibly(Formula::And(vec![has("has1"), has("in2")]))
}

#[track_caller]
fn check(net: &Net, property: &Property, proof: Inductive, expected: Result<Trust, InductiveFlaw>) {
    let found = Checker::new(net, 0).check(property, &Verdict::Fails, &Evidence::Inductive(Arc::new(proof)));
    let flaw = |rejection| match rejection {
        Rejection::FlawedInvariant(flaw) => flaw,
        other => panic!("{other}"),
    };
    assert_eq!(found.map_err(flaw), expected);
}

#[test]
fn clauses_that_every_firing_keeps_exclude_what_contradicts_them() {
    let net = locks();
    check(&net, &both_have(&net), proof(&net), Ok(Trust::Verified));
    // Weightings alone do as well.
    let alone = Inductive { clauses: Vec::new(), ..proof(&net) };
    check(&net, &both_have(&net), alone, Ok(Trust::Verified));
}

#[test]
fn a_place_may_be_one_safe_by_clauses_of_others_only_if_a_weighting_says_so() {
    let net = locks();
    let wrong = Inductive { weightings: weightings(&net), clauses: clauses(&net) };
    check(&net, &both_have(&net), wrong, Err(InductiveFlaw::Increases(2)));
    let mut without = weightings(&net);
    without.remove(2);
    let wrong = Inductive { weightings: without, clauses: clauses(&net) };
    check(&net, &both_have(&net), wrong, Err(InductiveFlaw::NotOneSafe(0)));
}

#[test]
fn a_weighting_that_a_firing_increases_is_rejected() {
    let net = locks();
    let mut wrong = proof(&net);
    wrong.weightings = vec![weighting(&net, &["idle1", "has1"])];
    check(&net, &both_have(&net), wrong, Err(InductiveFlaw::Increases(0)));
    let mut huge = proof(&net);
    huge.weightings = vec![vec![(place(&net, "count"), u64::MAX); 2]];
    check(&net, &both_have(&net), huge, Err(InductiveFlaw::Increases(0)));
}

#[test]
fn places_that_may_hold_several_tokens_cannot_be_spoken_of() {
    let net = locks();
    let mut wrong = proof(&net);
    wrong.clauses.push(empty(&net, &["count"]));
    check(&net, &both_have(&net), wrong, Err(InductiveFlaw::NotOneSafe(7)));
    // A weighting of two tokens shows nothing of places that weigh half of it.
    let two = pn_testkit::net("a(1) b(1)\nt: a -> b\nu: b -> a");
    let never = Property::Possibly(Formula::at_least(place(&two, "a"), 2));
    let wrong = Inductive {
        weightings: vec![weighting(&two, &["a", "b"])],
        clauses: vec![vec![Occupancy::Marked(place(&two, "a")), Occupancy::Empty(place(&two, "a"))]],
    };
    check(&two, &never, wrong, Err(InductiveFlaw::NotOneSafe(0)));
}

#[test]
fn a_clause_that_does_not_hold_initially_is_rejected() {
    let net = locks();
    let mut wrong = proof(&net);
    wrong.clauses.push(empty(&net, &["idle1"]));
    check(&net, &both_have(&net), wrong, Err(InductiveFlaw::NotInitially(7)));
    let mut nothing = proof(&net);
    nothing.clauses.insert(0, Vec::new());
    check(&net, &both_have(&net), nothing, Err(InductiveFlaw::NotInitially(0)));
}

#[test]
fn a_clause_that_a_firing_breaks_is_rejected() {
    let net = locks();
    let mut wrong = proof(&net);
    wrong.clauses.push(empty(&net, &["in1"]));
    check(&net, &both_have(&net), wrong, Err(InductiveFlaw::NotPreserved(7)));
    let mut wrong = proof(&net);
    wrong.clauses.push(vec![Occupancy::Marked(place(&net, "idle1"))]);
    check(&net, &both_have(&net), wrong, Err(InductiveFlaw::NotPreserved(7)));
}

#[test]
fn clauses_that_leave_a_way_open_are_rejected() {
    let net = locks();
    let inside = Property::Possibly(Formula::at_least(place(&net, "in1"), 1));
    check(&net, &inside, proof(&net), Err(InductiveFlaw::Incomplete));
    check(&net, &both_have(&net), Inductive::default(), Err(InductiveFlaw::Incomplete));
    // What may hold several tokens may hold any number of them.
    let counted = Property::Possibly(Formula::at_least(place(&net, "count"), 5));
    check(&net, &counted, proof(&net), Err(InductiveFlaw::Incomplete));
    check(&net, &Property::Possibly(Formula::Dead), proof(&net), Err(InductiveFlaw::Incomplete));
}

#[test]
fn an_invariant_does_not_establish_that_something_happens() {
    let net = locks();
    let evidence = Evidence::Inductive(Arc::new(proof(&net)));
    let found = Checker::new(&net, 0).check(&both_have(&net), &Verdict::Holds, &evidence);
    assert_eq!(found, Err(Rejection::WrongKind));
}

#[test]
fn an_invariant_survives_being_written_and_read() {
    let net = locks();
    let evidence = Evidence::Inductive(Arc::new(proof(&net)));
    let answer = Answer { verdict: Verdict::Fails, method: "by hand", evidence };
    let property = both_have(&net);
    let json = Certificate::new(&net, "test", [(&property, &answer)]).to_json();
    let accepts = |json: &str| {
        let claims = Certificate::read(&net, json).expect("it was written for this net");
        let (property, answer) = &claims[0];
        Checker::new(&net, 0).check(property, &answer.verdict, &answer.evidence)
    };
    assert_eq!(accepts(&json), Ok(Trust::Verified), "{json}");
    assert!(Certificate::read(&net, &json.replace("\"has1\"", "\"had1\"")).is_err());
    let weaker = json.replacen("\"a\": 1", "\"a\": 0", 1);
    assert_ne!(weaker, json);
    assert!(accepts(&weaker).is_err());
    assert!(Certificate::read(&net, &json.replace("\"inductive\": 0", "\"inductive\": 1")).is_err());
    // Several claims refer to one invariant.
    let both = Certificate::new(&net, "test", [(&property, &answer), (&property, &answer)]).to_json();
    assert_eq!(both.matches("weightings").count(), 1);
}

#[test]
fn what_the_search_says_is_so_and_its_evidence_stands() {
    let (mut proved, mut found, mut clauses, mut open) = (0, 0, 0, 0);
    let first: u64 = std::env::var("PN_FIRST_NET").map_or(0, |text| text.parse().expect("it is a number"));
    let count: u64 = std::env::var("PN_NETS").map_or(1_500, |text| text.parse().expect("it is a number"));
    for seed in first..first + count {
        let net = match seed % 4 {
            0 => random_net(seed),
            1 => random_modular_net(seed),
            _ => random_safe_net(seed),
        };
        let Some(space) = oracle::explore(&net, 2_000) else { continue };
        let random = (0..8).map(|n| random_property(&net, seed * 8 + n));
        let pairs = net.places().flat_map(|p| net.places().map(move |q| (p, q))).filter(|(p, q)| p < q);
        let together = pairs.take(6).map(|(p, q)| {
            let marked = [p, q].map(|place| Formula::at_least(place, 1));
            Property::Possibly(Formula::And(marked.to_vec()))
        });
        let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
        let fixed = [Property::Possibly(Formula::Dead)];
        let all = random.chain(together).chain(fires).chain(fixed);
        let properties: Vec<Property> = all.filter(|property| PropertyDirected.takes(property)).collect();
        let asked: Vec<&Property> = properties.iter().collect();
        let mut checker = Checker::new(&net, 0);
        let answers = PropertyDirected.solve(&net, &asked, &mut Run::unlimited());
        for (property, answer) in asked.iter().zip(answers) {
            let context = || format!("seed {seed}: {}", property.display(&net));
            if !answer.is_definite() {
                assert_eq!(answer.verdict, Verdict::Unknown(Reason::Unsupported));
                assert!(seed % 4 < 2, "everything is one-safe: {}", context());
                open += 1;
                continue;
            }
            assert_eq!(answer.verdict, space.verdict(property), "{}", context());
            let trust = checker.check(property, &answer.verdict, &answer.evidence);
            match &answer.evidence {
                Evidence::Inductive(proof) => {
                    assert_eq!(trust, Ok(Trust::Verified), "{}", context());
                    proved += 1;
                    clauses += proof.clauses.len();
                }
                _ => {
                    assert_eq!(trust, Ok(Trust::Replayed), "{}", context());
                    found += 1;
                }
            }
        }
    }
    println!("{proved} proved with {clauses} clauses, {found} found, {open} open");
    assert!(proved > 4_000 && found > 4_000 && clauses > 4_000, "{proved} {found} {clauses}");
}
