//! Walks along the state equation arrive where blind walks do not.

use pn_engines::linear::AlongStateEquation;
use pn_engines::walk::RandomWalk;
use pn_engines::{Engine, Run};
use pn_logic::{Evidence, Formula, Property, Reason, Verdict};
use pn_net::{Net, NetBuilder, PlaceId, firing};

/// A lock of so many digits: each right one leads on, each wrong one back to the start.
fn lock(digits: usize) -> (Net, PlaceId) {
    let mut builder = NetBuilder::new("lock");
    let places: Vec<PlaceId> = (0..=digits)
        .map(|n| builder.place(&format!("at{n}"), None, u64::from(n == 0)).expect("names are new"))
        .collect();
    for (number, pair) in places.windows(2).enumerate() {
        for (name, to) in [("right", pair[1]), ("wrong", places[0]), ("worse", places[0])] {
            let turn = builder.transition(&format!("{name}{number}"), None).expect("names are new");
            builder.input(pair[0], turn, 1).expect("arcs fit");
            builder.output(turn, to, 1).expect("arcs fit");
        }
    }
    (builder.build().expect("the net is one"), places[digits])
}

#[test]
fn a_walk_by_a_plan_opens_a_lock_that_blind_walks_do_not() {
    let (net, open) = lock(60);
    let property = Property::Possibly(Formula::at_least(open, 1));
    let blind = RandomWalk.solve(&net, &[&property], &mut Run::unlimited());
    assert_eq!(blind[0].verdict, Verdict::Unknown(Reason::Unsupported));
    let planned = AlongStateEquation.solve(&net, &[&property], &mut Run::unlimited());
    let Evidence::Run(run) = &planned[0].evidence else { panic!("{:?}", planned[0]) };
    assert_eq!((planned[0].verdict.clone(), run.firings.len()), (Verdict::Holds, 60));
    let mut marking = net.initial().clone();
    run.firings.iter().for_each(|t| firing::fire(&net, &mut marking, *t).expect("it is enabled"));
    assert_eq!(marking.tokens(open), 1);
}

#[test]
fn what_the_state_equation_refutes_is_left_to_its_proof() {
    let (net, open) = lock(3);
    let property = Property::Possibly(Formula::at_least(open, 2));
    let answers = AlongStateEquation.solve(&net, &[&property], &mut Run::unlimited());
    assert_eq!(
        (&answers[0].verdict, &answers[0].evidence),
        (&Verdict::Unknown(Reason::Unsupported), &Evidence::None)
    );
}
