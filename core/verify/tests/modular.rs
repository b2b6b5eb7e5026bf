//! Proofs by modules agree with brute force and are accepted; what proves nothing is rejected.

use pn_engines::{Engine, Run, modular::ByModules};
use pn_logic::{Answer, Evidence, Formula, Linear, Modular, Modules, Move, Prefix, Property, Verdict};
use pn_net::{Net, PlaceId, Trace, TransitionId};
use pn_testkit::{oracle, random_formula, random_modular_net, random_property};
use pn_verify::{Certificate, Checker, ModularFlaw, Rejection, Trust};
use std::sync::Arc;

const NETS: u64 = 10_000;

fn batch(net: &Net, seed: u64) -> Vec<Property> {
    let seeds = move |count: u64| (0..count).map(move |n| seed.wrapping_mul(31).wrapping_add(n));
    let back = |n: u64| Property::InevitablyBackTo {
        goal: random_formula(net, n),
        unless: if n.is_multiple_of(2) { Formula::False } else { random_formula(net, n ^ 0x5555) },
    };
    let random = seeds(6).map(|n| random_property(net, n)).chain(seeds(6).map(back));
    let bounds = net.places().map(|p| Property::Bound(Linear::tokens(p)));
    let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
    let reach = net
        .places()
        .map(|p| Property::InevitablyBackTo { goal: Formula::at_least(p, 1), unless: Formula::False });
    let stuck = random_formula(net, seed ^ 77);
    let fixed = [
        Property::Possibly(Formula::Dead),
        Property::Always(Formula::Or(vec![Formula::Dead.negated(), stuck])),
    ];
    random.chain(bounds).chain(fires).chain(reach).chain(fixed).collect()
}

#[test]
fn every_proof_agrees_with_brute_force_and_is_accepted_also_from_a_certificate() {
    let mut kinds = [0; 6];
    for seed in 0..NETS {
        let net = random_modular_net(seed);
        let Some(space) = oracle::explore(&net, 5_000) else { continue };
        let properties = batch(&net, seed);
        let asked: Vec<&Property> = properties.iter().collect();
        let answers = ByModules::FOR_ALL_NETS.solve(&net, &asked, &mut Run::unlimited());
        let definite: Vec<(&Property, &Answer)> =
            properties.iter().zip(&answers).filter(|(_, answer)| answer.is_definite()).collect();
        let mut checker = Checker::new(&net, 0);
        for (property, answer) in &definite {
            let context = || format!("seed {seed}, {}: {answer:?}", property.display(&net));
            assert_eq!(answer.verdict, space.verdict(property), "{}", context());
            let trust = checker.check(property, &answer.verdict, &answer.evidence);
            assert!(trust.as_ref().is_ok_and(|trust| *trust >= Trust::Verified), "{} {trust:?}", context());
            let kind = match (property, &answer.verdict) {
                (Property::Possibly(_), Verdict::Holds) => 0,
                (Property::Possibly(_), _) => 1,
                (Property::Always(_), _) => 2,
                (Property::Bound(_), _) => 3,
                (Property::InevitablyBackTo { .. }, _) => 4,
            };
            kinds[kind] += 1;
        }
        let json = Certificate::new(&net, "test", definite.iter().copied()).to_json();
        let read = Certificate::read(&net, &json).expect("it was just written");
        assert_eq!(read.len(), definite.len());
        for ((property, answer), (asked, given)) in read.iter().zip(&definite) {
            assert_eq!((&property, &answer.evidence), (asked, &given.evidence));
        }
        kinds[5] += properties.len() - definite.len();
    }
    assert!(kinds[..5].iter().all(|count| *count > 1_000), "{kinds:?}");
}

/// A switch, and a lamp that is lit while the switch is on, until it burns out.
fn lamp() -> Net {
    pn_testkit::net(
        "off(1) dark(1)
         turn-on: off -> on
         turn-off: on -> off
         light: dark + on -> lit + on
         fade: lit -> dark
         burn-out: lit -> broken",
    )
}

fn place(net: &Net, name: &str) -> PlaceId {
    net.find_place(name).expect("the place exists")
}

fn holds(net: &Net, name: &str) -> Formula {
    Formula::at_least(place(net, name), 1)
}

fn modules(net: &Net, sets: &[&[&str]]) -> Arc<Modules> {
    let places = sets.iter().map(|names| names.iter().map(|name| place(net, name)).collect());
    Arc::new(Modules { places: places.collect() })
}

/// Whether it can always be lit again, unless it is broken, by this plan.
#[track_caller]
fn check(sets: &[&[&str]], plan: &[(usize, &[u64])], expected: Result<Trust, ModularFlaw>) {
    let net = lamp();
    let property = Property::InevitablyBackTo { goal: holds(&net, "lit"), unless: holds(&net, "broken") };
    let plan = plan.iter().map(|(module, to)| Move { module: *module, to: vec![to.to_vec()] }).collect();
    let evidence = Evidence::Modules(Modular { modules: modules(&net, sets), plan });
    let found = Checker::new(&net, 0).check(&property, &Verdict::Holds, &evidence);
    let flaw = |rejection| match rejection {
        Rejection::FlawedModules(flaw) => flaw,
        other => panic!("{other}"),
    };
    assert_eq!(found.map_err(flaw), expected);
}

const SWITCH: &[&str] = &["off", "on"];
const LAMP: &[&str] = &["dark", "lit", "broken"];

#[test]
fn a_plan_is_followed_move_by_move() {
    let all = &[SWITCH, LAMP];
    check(all, &[(0, &[0, 1]), (1, &[0, 1, 0])], Ok(Trust::Verified));
    // The lamp first: the switch may be off.
    check(all, &[(1, &[0, 1, 0]), (0, &[0, 1])], Err(ModularFlaw::Stuck(0)));
    check(all, &[(0, &[0, 1])], Err(ModularFlaw::Inconclusive));
    check(all, &[(0, &[0, 1]), (1, &[0, 2, 0])], Err(ModularFlaw::NoSuchMarking(1)));
    check(all, &[(2, &[0, 1])], Err(ModularFlaw::NoSuchMarking(0)));
    // From where it is broken nothing leads back to the dark, but there it need not.
    check(all, &[(0, &[0, 1]), (1, &[1, 0, 0])], Err(ModularFlaw::Inconclusive));
}

#[test]
fn modules_divide_the_net_where_it_is_not_tied_together() {
    let plan: &[(usize, &[u64])] = &[(0, &[0, 1]), (1, &[0, 1, 0])];
    check(&[SWITCH], plan, Err(ModularFlaw::NotApart));
    check(&[SWITCH, LAMP, &["on"]], plan, Err(ModularFlaw::Overlap));
    check(&[SWITCH, &["dark", "lit"], &["broken"]], plan, Err(ModularFlaw::NotApart));
}

/// Two workers that take turns with one tool.
fn workshop() -> Net {
    pn_testkit::net(
        "idle1(1) idle2(1) tool(1)
         take1: idle1 + tool -> busy1
         done1: busy1 -> ready1 + tool
         next1: ready1 -> idle1
         take2: idle2 + tool -> busy2
         done2: busy2 -> ready2 + tool
         next2: ready2 -> idle2",
    )
}

#[test]
fn what_is_shared_is_there_when_all_have_given_it_back() {
    let net = workshop();
    let sets = modules(&net, &[&["idle1", "busy1", "ready1"], &["idle2", "busy2", "ready2"]]);
    let both = |a, b| Formula::And(vec![holds(&net, a), holds(&net, b)]);
    let proof = |plan: &[(usize, &[&[u64]])]| {
        let step = |(module, to): &(usize, &[&[u64]])| Move {
            module: *module,
            to: to.iter().map(|marking| marking.to_vec()).collect(),
        };
        Evidence::Modules(Modular { modules: Arc::clone(&sets), plan: plan.iter().map(step).collect() })
    };
    let mut checker = Checker::new(&net, 0);
    let mut check = |property: &Property, verdict, evidence| checker.check(property, &verdict, &evidence);
    let exclusive = Property::Possibly(both("busy1", "busy2"));
    assert_eq!(check(&exclusive, Verdict::Fails, proof(&[])), Ok(Trust::Verified));
    let stuck = Property::Possibly(Formula::Dead);
    assert_eq!(check(&stuck, Verdict::Fails, proof(&[])), Ok(Trust::Verified));
    let back = Property::InevitablyBackTo { goal: both("ready1", "ready2"), unless: Formula::False };
    let (idle, ready): (&[u64], &[u64]) = (&[1, 0, 0], &[0, 0, 1]);
    let released: &[&[u64]] = &[idle, ready];
    let plan: &[(usize, &[&[u64]])] = &[(0, released), (1, released), (0, &[ready]), (1, &[ready])];
    assert_eq!(check(&back, Verdict::Holds, proof(plan)), Ok(Trust::Verified));
    // The other one may have the tool.
    let hasty: &[(usize, &[&[u64]])] = &[(0, &[ready]), (1, &[ready])];
    let stuck = Err(Rejection::FlawedModules(ModularFlaw::Stuck(0)));
    assert_eq!(check(&back, Verdict::Holds, proof(hasty)), stuck);
}

#[test]
fn what_the_modules_leave_is_not_excluded() {
    let net = lamp();
    let sets = modules(&net, &[SWITCH, LAMP]);
    let proof = || Modular { modules: Arc::clone(&sets), plan: Vec::new() };
    let mut checker = Checker::new(&net, 0);
    let both = |a, b| Formula::And(vec![holds(&net, a), holds(&net, b)]);
    let never = |formula| Property::Possibly(formula);
    let mut check = |property: &Property, verdict, evidence| checker.check(property, &verdict, &evidence);
    let excluded = check(&never(both("on", "off")), Verdict::Fails, Evidence::Modules(proof()));
    assert_eq!(excluded, Ok(Trust::Verified));
    let left = Err(Rejection::FlawedModules(ModularFlaw::Inconclusive));
    let possible = check(&never(both("off", "lit")), Verdict::Fails, Evidence::Modules(proof()));
    assert_eq!(possible, left);
    // The switch can always be turned.
    assert_eq!(check(&never(Formula::Dead), Verdict::Fails, Evidence::Modules(proof())), Ok(Trust::Verified));
    let always = Property::Always(holds(&net, "dark"));
    assert_eq!(check(&always, Verdict::Holds, Evidence::Modules(proof())), left);

    let step = |name: &str| -> TransitionId { net.find_transition(name).expect("it exists") };
    let run = Arc::new(Trace { firings: vec![step("turn-on"), step("light"), step("fade"), step("fade")] });
    let prefix = |length| Prefix { run: Arc::clone(&run), length };
    let lit = Property::Bound(Linear::tokens(place(&net, "lit")));
    let bounded = |length| Evidence::PrefixAndModules(prefix(length), proof());
    assert_eq!(check(&lit, Verdict::Bounded(1), bounded(2)), Ok(Trust::Verified));
    assert_eq!(check(&lit, Verdict::Bounded(1), bounded(1)), Err(Rejection::WrongMarking));
    assert_eq!(check(&lit, Verdict::Bounded(0), bounded(1)), left);
    assert_eq!(check(&lit, Verdict::Bounded(1), bounded(9)), Err(Rejection::WrongMarking));
    let fires = never(Formula::Fireable(vec![step("fade")]));
    assert_eq!(check(&fires, Verdict::Holds, Evidence::Prefix(prefix(2))), Ok(Trust::Replayed));
    assert_eq!(check(&fires, Verdict::Holds, Evidence::Prefix(prefix(3))), Err(Rejection::WrongMarking));
    let late = check(&fires, Verdict::Holds, Evidence::Prefix(prefix(4)));
    assert!(matches!(late, Err(Rejection::NotARun(error)) if error.step == 3), "{late:?}");
}
