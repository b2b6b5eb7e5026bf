//! The checker accepts what engines prove and rejects everything that proves nothing.

use pn_engines::Run;
use pn_logic::{
    Answer, Covering, Evidence, Exploration, Explored, Formula, Linear, Property, Pumping, Reason, Verdict,
};
use pn_net::{Net, OmegaMarking, Trace, TransitionId};
use pn_testkit::{oracle, random_net, random_property, random_safe_net};
use pn_verify::{CONTEST, Certificate, Checked, Checker, On, Rejection, SHORTEST, Trust, verify};
use std::time::Instant;

/// Two transitions that swap one token, and a third that takes it away.
fn swap() -> Net {
    pn_testkit::net(
        "a(1)
         go: a -> b
         back: b -> a
         lose: b -> c",
    )
}

fn run(net: &Net, names: &[&str]) -> Trace {
    let firings = names.iter().map(|name| net.find_transition(name).expect("the transition exists"));
    Trace { firings: firings.collect() }
}

fn at_least(net: &Net, place: &str, count: i64) -> Formula {
    Formula::at_least(net.find_place(place).expect("the place exists"), count)
}

const ALL: Exploration = Exploration { states: 3, edges: 3, of: Explored::Itself };

#[track_caller]
fn check(property: &Property, verdict: Verdict, evidence: Evidence, expected: Result<Trust, &str>) {
    let net = swap();
    let found = Checker::new(&net, 100).check(property, &verdict, &evidence);
    assert_eq!(found.map_err(|rejection| kind(&rejection)), expected);
}

fn kind(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::WrongKind => "wrong kind",
        Rejection::NotARun(_) => "not a run",
        Rejection::WrongMarking => "wrong marking",
        Rejection::NotPumping => "not pumping",
        Rejection::NotCovering => "not covering",
        Rejection::TooCoarse => "too coarse",
        Rejection::OtherCount { .. } => "other count",
        Rejection::Contradicted => "contradicted",
        Rejection::Flawed(_) | Rejection::FlawedInvariant(_) | Rejection::FlawedModules(_) => "flawed",
    }
}

#[test]
fn a_run_to_a_witness_is_replayed() {
    let net = swap();
    let property = Property::Possibly(Formula::Dead);
    let dead = |names| Evidence::Run(run(&net, names));
    check(&property, Verdict::Holds, dead(&["go", "lose"]), Ok(Trust::Replayed));
    check(&property, Verdict::Holds, dead(&["go", "back", "go", "lose"]), Ok(Trust::Replayed));
    check(&property, Verdict::Holds, dead(&["go"]), Err("wrong marking"));
    check(&property, Verdict::Holds, dead(&["lose"]), Err("not a run"));
    check(&property, Verdict::Holds, dead(&["go", "lose", "back"]), Err("not a run"));
    check(&property, Verdict::Fails, dead(&["go", "lose"]), Err("wrong kind"));
    check(&property, Verdict::Holds, Evidence::None, Err("wrong kind"));
    check(&property, Verdict::Holds, Evidence::Exhaustion(ALL), Err("wrong kind"));
}

#[test]
fn a_run_to_a_violation_is_replayed() {
    let net = swap();
    let property = Property::Always(at_least(&net, "a", 1));
    check(&property, Verdict::Fails, Evidence::Run(run(&net, &["go"])), Ok(Trust::Replayed));
    check(&property, Verdict::Fails, Evidence::Run(run(&net, &[])), Err("wrong marking"));
    check(&property, Verdict::Fails, Evidence::Run(run(&net, &["go", "back"])), Err("wrong marking"));
    check(&property, Verdict::Holds, Evidence::Run(run(&net, &["go"])), Err("wrong kind"));
}

#[test]
fn exhaustion_is_recounted() {
    let net = swap();
    let never_two = Property::Always(at_least(&net, "a", 2).negated());
    let claim = |states, edges| Evidence::Exhaustion(Exploration { states, edges, of: Explored::Itself });
    check(&never_two, Verdict::Holds, claim(3, 3), Ok(Trust::Recounted));
    check(&never_two, Verdict::Holds, claim(2, 3), Err("other count"));
    check(&never_two, Verdict::Holds, claim(3, 4), Err("other count"));
    check(&never_two, Verdict::Holds, claim(4, 4), Err("other count"));
    check(&never_two, Verdict::Holds, claim(101, 400), Ok(Trust::OneSearch));
    let always_a = Property::Always(at_least(&net, "a", 1));
    check(&always_a, Verdict::Holds, claim(3, 3), Err("contradicted"));
    let never_dead = Property::Possibly(Formula::Dead);
    check(&never_dead, Verdict::Fails, claim(3, 3), Err("contradicted"));
}

#[test]
fn exhaustion_of_a_reduced_net_is_recounted_on_the_net_itself() {
    let net = swap();
    let reduced = Evidence::Exhaustion(Exploration { states: 1, edges: 0, of: Explored::Reduced });
    let never_two = Property::Always(at_least(&net, "a", 2).negated());
    check(&never_two, Verdict::Holds, reduced.clone(), Ok(Trust::Recounted));
    let never_dead = Property::Possibly(Formula::Dead);
    check(&never_dead, Verdict::Fails, reduced.clone(), Err("contradicted"));
    let one_search = Checker::new(&net, 2).check(&never_two, &Verdict::Holds, &reduced);
    assert_eq!(one_search.ok(), Some(Trust::OneSearch), "three markings are above the limit");
}

#[test]
fn what_does_not_fit_in_memory_or_time_is_not_recounted_and_not_believed_either() {
    let net = swap();
    let never_two = Property::Always(at_least(&net, "a", 2).negated());
    let check = |bytes: usize, evidence: Evidence| {
        let mut checker = Checker::new(&net, 100).within_bytes(bytes);
        let twice = [(); 2].map(|()| checker.check(&never_two, &Verdict::Holds, &evidence).ok());
        assert_eq!(twice[0], twice[1]);
        twice[0]
    };
    let reduced = Evidence::Exhaustion(Exploration { states: 1, edges: 0, of: Explored::Reduced });
    for evidence in [Evidence::Exhaustion(ALL), reduced] {
        assert_eq!(check(300, evidence.clone()), Some(Trust::OneSearch));
        assert_eq!(check(3_000, evidence.clone()), Some(Trust::Recounted));
        let mut late = Checker::new(&net, 100).until(Some(Instant::now()));
        assert_eq!(late.check(&never_two, &Verdict::Holds, &evidence).ok(), Some(Trust::OneSearch));
    }
}

#[test]
fn what_stubborn_sets_leave_out_is_recounted_as_well() {
    let net = swap();
    let claim = |states, edges| Evidence::Exhaustion(Exploration { states, edges, of: Explored::Stubborn });
    let never_two = Property::Always(at_least(&net, "a", 2).negated());
    check(&never_two, Verdict::Holds, claim(2, 1), Ok(Trust::Recounted));
    check(&never_two, Verdict::Holds, claim(3, 3), Ok(Trust::Recounted));
    check(&never_two, Verdict::Holds, claim(4, 3), Err("other count"));
    check(&never_two, Verdict::Holds, claim(3, 4), Err("other count"));
    let never_dead = Property::Possibly(Formula::Dead);
    check(&never_dead, Verdict::Fails, claim(2, 1), Err("contradicted"));
    let above = Checker::new(&net, 2).check(&never_two, &Verdict::Holds, &claim(1, 0));
    assert_eq!(above.ok(), Some(Trust::OneSearch), "three markings are above the limit");
    let all = Exploration { states: 9, edges: 9, of: Explored::ReducedStubborn };
    check(&never_two, Verdict::Holds, Evidence::Exhaustion(all), Ok(Trust::Recounted));
    check(&never_dead, Verdict::Fails, Evidence::Exhaustion(all), Err("contradicted"));
}

#[test]
fn a_point_of_no_return_can_be_shown_by_what_follows_it() {
    let net = swap();
    let home = Property::InevitablyBackTo { goal: at_least(&net, "a", 1), unless: Formula::False };
    let claim = |names: &[&str], states, edges, of| {
        Evidence::RunAndExhaustion(run(&net, names), Exploration { states, edges, of })
    };
    let (onwards, reduced) = (Explored::Onwards, Explored::ReducedOnwards);
    check(&home, Verdict::Fails, claim(&["go", "lose"], 1, 0, onwards), Ok(Trust::Recounted));
    check(&home, Verdict::Fails, claim(&["go", "lose"], 1, 0, reduced), Ok(Trust::Recounted));
    check(&home, Verdict::Fails, claim(&["go", "lose"], 7, 9, reduced), Ok(Trust::Recounted));
    check(&home, Verdict::Fails, claim(&["go", "lose"], 2, 1, onwards), Err("other count"));
    check(&home, Verdict::Fails, claim(&["go", "lose"], 101, 1, onwards), Ok(Trust::OneSearch));
    check(&home, Verdict::Fails, claim(&["go"], 1, 0, onwards), Err("other count"));
    check(&home, Verdict::Fails, claim(&["go"], 3, 3, onwards), Err("contradicted"));
    check(&home, Verdict::Fails, claim(&["go"], 3, 3, reduced), Err("contradicted"));
    check(&home, Verdict::Fails, claim(&[], 3, 3, onwards), Err("wrong marking"));
    let all = Exploration { states: 3, edges: 3, of: onwards };
    let anywhere = Property::InevitablyBackTo { goal: Formula::True, unless: Formula::False };
    check(&anywhere, Verdict::Holds, Evidence::Exhaustion(all), Err("wrong kind"));
    let b = Property::Bound(Linear::tokens(net.find_place("b").expect("b exists")));
    check(&b, Verdict::Bounded(1), Evidence::RunAndExhaustion(run(&net, &["go"]), all), Err("wrong kind"));
}

/// Makes `q` while on `a`, turns it into `p` while on `b`.
fn piles() -> Net {
    pn_testkit::net(
        "a(1)
         pile: a -> a + q
         turn: a -> b
         move: b + q -> b + p",
    )
}

fn omegas(rows: &[[Option<u64>; 4]]) -> Covering {
    rows.iter().map(|row| OmegaMarking::new(row.iter().copied())).collect()
}

#[test]
fn covering_is_looked_through() {
    // The order of the places is a, q, b, p.
    let net = piles();
    let place = |name: &str| net.find_place(name).expect("the place exists");
    let both = Property::Possibly(Formula::And(vec![at_least(&net, "a", 1), at_least(&net, "b", 1)]));
    let all = [[Some(1), None, Some(0), Some(0)], [Some(0), None, Some(1), None]];
    let claim = |rows: &[[Option<u64>; 4]], property: &Property, limit| {
        let evidence = Evidence::Covering(omegas(rows));
        Checker::new(&net, limit).check(property, &Verdict::Fails, &evidence).map_err(|r| kind(&r))
    };
    assert_eq!(claim(&all, &both, 100), Ok(Trust::Replayed));
    assert_eq!(claim(&all, &both, 1), Ok(Trust::OneSearch));
    assert_eq!(claim(&all[..1], &both, 100), Err("not covering"), "after turn");
    assert_eq!(claim(&all[1..], &both, 100), Err("not covering"), "the initial marking");
    let finite = [[Some(1), Some(7), Some(0), Some(0)], all[1]];
    assert_eq!(claim(&finite, &both, 100), Err("not covering"), "after eight times pile");
    assert_eq!(claim(&[[None; 4]], &both, 100), Err("too coarse"));
    let many = Property::Possibly(at_least(&net, "p", 1_000));
    assert_eq!(claim(&all, &many, 100), Err("too coarse"));
    let short = Evidence::Covering([OmegaMarking::new([None])].into());
    let found = Checker::new(&net, 100).check(&both, &Verdict::Fails, &short);
    assert_eq!(found.map_err(|r| kind(&r)), Err("not covering"));

    let of_a = Property::Bound(Linear::tokens(place("a")));
    let bound = |bound, names: &[&str], rows: &[[Option<u64>; 4]]| {
        let evidence = Evidence::RunAndCovering(run(&net, names), omegas(rows));
        Checker::new(&net, 100).check(&of_a, &Verdict::Bounded(bound), &evidence).map_err(|r| kind(&r))
    };
    assert_eq!(bound(1, &["pile"], &all), Ok(Trust::Replayed));
    assert_eq!(bound(1, &["turn"], &all), Err("wrong marking"));
    assert_eq!(bound(0, &["turn"], &all), Err("too coarse"));
    assert_eq!(bound(1, &[], &all[..1]), Err("not covering"));
}

#[test]
fn words_that_live_on_each_other_are_replayed() {
    let net = piles();
    let of = |terms: &[(&str, i32)]| {
        let terms = terms.iter().map(|(name, c)| (net.find_place(name).expect("the place exists"), *c));
        Property::Bound(Linear::new(terms, 0).expect("the coefficients are small"))
    };
    let claim = |property: &Property, pumpings: &[(&[&str], &[&str])]| {
        let pumping =
            |(before, word): &(&[&str], &[&str])| Pumping { run: run(&net, before), word: run(&net, word) };
        let evidence = Evidence::Pumpings(pumpings.iter().map(pumping).collect());
        Checker::new(&net, 100).check(property, &Verdict::Unbounded, &evidence).map_err(|r| kind(&r))
    };
    let p = of(&[("p", 1)]);
    assert_eq!(claim(&p, &[(&[], &["pile"]), (&["turn"], &["move"])]), Ok(Trust::Replayed));
    assert_eq!(claim(&p, &[(&["pile", "turn"], &["move"])]), Err("not pumping"), "q is used up");
    assert_eq!(claim(&p, &[(&[], &["pile"]), (&[], &["move"])]), Err("not pumping"), "b is not marked");
    assert_eq!(claim(&p, &[(&[], &["pile"])]), Err("not pumping"), "p does not grow");
    let difference = of(&[("p", 1), ("q", -1)]);
    assert_eq!(claim(&difference, &[(&[], &["pile"]), (&["turn"], &["move"])]), Err("not pumping"));
}

#[test]
fn certificates_hold_coverings_and_words() {
    let net = piles();
    let p = Property::Bound(Linear::tokens(net.find_place("p").expect("p exists")));
    let a = Property::Bound(Linear::tokens(net.find_place("a").expect("a exists")));
    let never = Property::Possibly(Formula::And(vec![at_least(&net, "a", 1), at_least(&net, "b", 1)]));
    let asked = [p, a, never];
    let schedule = CONTEST.iter().find(|turn| turn.engine == "coverability tree").expect("it has a turn");
    let schedule = std::slice::from_ref(schedule);
    let answers = verify(&net, &asked, schedule, &mut Checker::new(&net, 100), &mut Run::unlimited());
    assert!(answers.iter().all(|checked| checked.trust == Some(Trust::Replayed)), "{answers:?}");
    let pairs = asked.iter().zip(answers.iter().map(|checked| &checked.answer));
    let json = Certificate::new(&net, "test", pairs).to_json();
    let claims = Certificate::read(&net, &json).expect("it was written for this net");
    assert_eq!(claims.len(), 3);
    for ((property, answer), checked) in claims.iter().zip(&answers) {
        assert_eq!(answer.evidence, checked.answer.evidence, "{json}");
        let trust = Checker::new(&net, 100).check(property, &answer.verdict, &answer.evidence);
        assert_eq!(trust.ok(), Some(Trust::Replayed));
    }
    for (old, new) in [("\"omega\"", "\"alpha\""), ("\"omega\"", "9223372036854775808"), ("\"q\"", "\"z\"")] {
        assert!(json.contains(old) && Certificate::read(&net, &json.replace(old, new)).is_err(), "{new}");
    }
}

#[test]
fn every_turn_on_a_reduced_net_agrees_with_brute_force() {
    let (mut definite, mut reduced) = (0, 0);
    for seed in 0..300 {
        let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
        let Some(space) = oracle::explore(&net, 1_000) else { continue };
        let random = (0..6).map(|n| random_property(&net, seed * 6 + n));
        let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
        let properties: Vec<Property> = random.chain(fires).collect();
        for turn in CONTEST.iter().filter(|turn| turn.on != On::Net) {
            let mut checker = Checker::new(&net, 10_000);
            let turn = std::slice::from_ref(turn);
            let answers = verify(&net, &properties, turn, &mut checker, &mut Run::unlimited());
            for (property, Checked { answer, .. }) in properties.iter().zip(answers) {
                assert_ne!(answer.verdict, Verdict::Unknown(Reason::EvidenceRejected));
                if answer.is_definite() {
                    assert_eq!(answer.verdict, space.verdict(property), "{}", property.display(&net));
                    definite += 1;
                    reduced += usize::from(answer.method.ends_with("reductions"));
                }
            }
        }
    }
    assert!(definite > 3_000 && reduced == definite, "{definite} {reduced}");
}

#[test]
fn certificates_say_of_which_net_all_markings_were_looked_at() {
    let net = swap();
    for of in [
        Explored::Itself,
        Explored::Reduced,
        Explored::Stubborn,
        Explored::ReducedStubborn,
        Explored::Onwards,
        Explored::ReducedOnwards,
    ] {
        let all = Exploration { states: 2, edges: 1, of };
        let holds =
            Answer { verdict: Verdict::Holds, method: "by hand", evidence: Evidence::Exhaustion(all) };
        let never = Property::Always(at_least(&net, "a", 2).negated());
        let json = Certificate::new(&net, "test", [(&never, &holds)]).to_json();
        let claims = Certificate::read(&net, &json).expect("it was written for this net");
        assert_eq!(claims[0].1.evidence, Evidence::Exhaustion(all), "{json}");
    }
    let all = Exploration { states: 2, edges: 1, of: Explored::Reduced };
    let property = Property::Bound(Linear::tokens(net.find_place("b").expect("b exists")));
    let evidence = Evidence::RunAndExhaustion(run(&net, &["go"]), all);
    let answer = Answer { verdict: Verdict::Bounded(1), method: "by hand", evidence: evidence.clone() };
    let never = Property::Always(at_least(&net, "a", 2).negated());
    let holds = Answer { verdict: Verdict::Holds, method: "by hand", evidence: Evidence::Exhaustion(all) };
    let json = Certificate::new(&net, "test", [(&property, &answer), (&never, &holds)]).to_json();
    let claims = Certificate::read(&net, &json).expect("it was written for this net");
    assert_eq!(claims[0].1.evidence, evidence, "{json}");
    assert_eq!(claims[1].1.evidence, Evidence::Exhaustion(all));
    assert!(Certificate::read(&net, &json.replace("\"reduced\"", "\"reused\"")).is_err());
}

#[test]
fn a_point_of_no_return_is_recomputed() {
    let net = swap();
    let home = |place, unless| Property::InevitablyBackTo { goal: at_least(&net, place, 1), unless };
    let lost = |names| Evidence::RunAndExhaustion(run(&net, names), ALL);
    let back_to_a = home("a", Formula::False);
    check(&back_to_a, Verdict::Fails, lost(&["go", "lose"]), Ok(Trust::Recounted));
    check(&back_to_a, Verdict::Fails, lost(&["go"]), Err("contradicted"));
    check(&back_to_a, Verdict::Fails, lost(&[]), Err("wrong marking"));
    check(&back_to_a, Verdict::Holds, Evidence::Exhaustion(ALL), Err("contradicted"));
    let unless_lost = home("a", at_least(&net, "c", 1));
    check(&unless_lost, Verdict::Holds, Evidence::Exhaustion(ALL), Ok(Trust::Recounted));
    check(&unless_lost, Verdict::Fails, lost(&["go", "lose"]), Err("wrong marking"));
}

#[test]
fn a_bound_needs_both_a_run_that_attains_it_and_all_markings() {
    let net = swap();
    let bound = Property::Bound(Linear::tokens(net.find_place("b").expect("b exists")));
    let claim = |names| Evidence::RunAndExhaustion(run(&net, names), ALL);
    check(&bound, Verdict::Bounded(1), claim(&["go"]), Ok(Trust::Recounted));
    check(&bound, Verdict::Bounded(1), claim(&[]), Err("wrong marking"));
    check(&bound, Verdict::Bounded(0), claim(&[]), Err("contradicted"));
    check(&bound, Verdict::Bounded(2), claim(&["go"]), Err("wrong marking"));
    check(&bound, Verdict::Bounded(1), Evidence::Run(run(&net, &["go"])), Err("wrong kind"));
}

#[test]
fn a_pumping_word_must_cover_and_grow() {
    let net = pn_testkit::net(
        "a(1)
         grow: a -> a + b
         swap: a -> c
         turn: c -> a",
    );
    let bound = |place| Property::Bound(Linear::tokens(net.find_place(place).expect("it exists")));
    let mut checker = Checker::new(&net, 0);
    let mut pump = |place, prefix: &[&str], word: &[&str]| {
        let evidence = Evidence::Pumping(run(&net, prefix), run(&net, word));
        checker.check(&bound(place), &Verdict::Unbounded, &evidence).map_err(|error| kind(&error))
    };
    assert_eq!(pump("b", &[], &["grow"]), Ok(Trust::Replayed));
    assert_eq!(pump("b", &["swap"], &["turn", "grow", "swap"]), Ok(Trust::Replayed));
    assert_eq!(pump("a", &[], &["grow"]), Err("not pumping"));
    assert_eq!(pump("c", &[], &["swap"]), Err("not pumping"), "it grows c but loses a");
    assert_eq!(pump("b", &[], &["turn"]), Err("not a run"));
    assert_eq!(pump("b", &[], &[]), Err("not pumping"));
}

/// Every verdict that can be wrong, of the shape of this one.
fn wrong(verdict: &Verdict) -> Vec<Verdict> {
    match verdict {
        Verdict::Holds => vec![Verdict::Fails],
        Verdict::Fails => vec![Verdict::Holds],
        Verdict::Bounded(n) => vec![Verdict::Bounded(n + 1), Verdict::Bounded(n - 1), Verdict::Unbounded],
        _ => vec![],
    }
}

#[test]
fn answers_of_the_portfolio_pass_and_twisted_ones_do_not() {
    let (mut passed, mut twisted) = (0, 0);
    for seed in 0..150 {
        let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
        let Some(space) = oracle::explore(&net, 1_000) else { continue };
        let properties: Vec<Property> = (0..8).map(|n| random_property(&net, seed * 8 + n)).collect();
        let mut checker = Checker::new(&net, 10_000);
        for schedule in [SHORTEST, CONTEST] {
            let answers = verify(&net, &properties, schedule, &mut checker, &mut Run::unlimited());
            for (property, Checked { answer, trust }) in properties.iter().zip(answers) {
                assert_eq!(answer.verdict, space.verdict(property), "{}", property.display(&net));
                assert!(trust.is_some_and(|trust| trust > Trust::OneSearch));
                passed += 1;
                for verdict in wrong(&answer.verdict) {
                    assert!(checker.check(property, &verdict, &answer.evidence).is_err());
                    twisted += 1;
                }
            }
        }
    }
    assert!(passed > 1_000 && twisted > 1_000, "{passed} {twisted}");
}

#[test]
fn certificates_read_back_and_belong_to_one_net() {
    for seed in 0..60 {
        let net = random_safe_net(seed);
        let properties: Vec<Property> = (0..6).map(|n| random_property(&net, seed * 6 + n)).collect();
        let mut checker = Checker::new(&net, 10_000);
        let answers = verify(&net, &properties, SHORTEST, &mut checker, &mut Run::unlimited());
        let pairs = properties.iter().zip(answers.iter().map(|checked| &checked.answer));
        let json = Certificate::new(&net, "test", pairs).to_json();
        let claims = Certificate::read(&net, &json).expect("it was written for this net");
        assert_eq!(claims.len(), properties.len());
        for (property, Answer { verdict, evidence, .. }) in &claims {
            assert!(checker.check(property, verdict, evidence).is_ok(), "{json}");
        }
        assert!(Certificate::read(&swap(), &json).is_err());
    }
}

#[test]
fn a_run_may_name_only_transitions_of_the_net() {
    let net = swap();
    let answer = Answer {
        verdict: Verdict::Holds,
        method: "by hand",
        evidence: Evidence::Run(Trace { firings: vec![TransitionId::new(0), TransitionId::new(2)] }),
    };
    let property = Property::Possibly(Formula::Dead);
    let json = Certificate::new(&net, "test", [(&property, &answer)]).to_json();
    assert!(Certificate::read(&net, &json).is_ok());
    for broken in
        [json.replace("lose", "loose"), json.replace("dead", "dread"), json.replace("holds", "held")]
    {
        assert!(Certificate::read(&net, &broken).is_err());
    }
}
