//! However markings are packed, the state space is the same: with units that the file declares and
//! that are wrong, with flows that determine places, with markings of many words.

use pn_engines::{Engine, Run, explore};
use pn_logic::{Formula, Linear, Property};
use pn_net::{Net, NetBuilder, Nupn, Unit};
use pn_testkit::{Dice, oracle, random_net, random_safe_net};
use std::fmt::Write;
use std::num::NonZeroUsize;

/// `net` with its places dealt out to a few units at random, which claim to be safe.
fn with_units(net: &Net, seed: u64) -> Net {
    let mut dice = Dice::new(seed);
    let mut builder = NetBuilder::new("declared");
    let places: Vec<_> = net
        .places()
        .map(|p| builder.place(net.place_name(p), None, net.initial().tokens(p)).expect("the name is new"))
        .collect();
    for t in net.transitions() {
        let copy = builder.transition(net.transition_name(t), None).expect("the name is new");
        for (place, weight) in net.pre(t) {
            builder.input(places[place.index()], copy, weight).expect("a weight");
        }
        for (place, weight) in net.post(t) {
            builder.output(copy, places[place.index()], weight).expect("a weight");
        }
    }
    let mut units: Vec<Unit> =
        (0..3).map(|n| Unit { id: format!("u{n}"), places: Vec::new(), subunits: Vec::new() }).collect();
    for place in places {
        units[dice.index(3)].places.push(place);
    }
    units[0].subunits = vec![1, 2];
    builder.nupn(Nupn { units, root: 0, claims_safe: true });
    builder.build().expect("the net is small")
}

fn agrees_with_brute_force(net: &Net, space: &oracle::StateSpace) {
    for threads in [1, 2] {
        let threads = NonZeroUsize::new(threads).expect("not zero");
        let found = explore::state_space(net, &mut Run::unlimited().on_threads(threads));
        let found = found.expect("there is no limit");
        assert_eq!(found.states as usize, space.markings().len(), "{net:?}");
        assert_eq!(found.edges as usize, space.edge_count(), "{net:?}");
        let totals = space.markings().iter().map(pn_net::Marking::total);
        assert_eq!(found.max_tokens_per_marking, totals.max().expect("one marking at least"));
    }
    let bounds = net.places().map(|place| Property::Bound(Linear::tokens(place)));
    let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
    let both = net.places().zip(net.places().skip(1)).map(|(a, b)| {
        Property::Possibly(Formula::And(vec![Formula::at_least(a, 1), Formula::at_least(b, 1)]))
    });
    let properties: Vec<Property> = bounds.chain(fires).chain(both).collect();
    for engine in [&explore::BreadthFirst as &dyn Engine, &explore::DepthFirst] {
        let asked: Vec<&Property> = properties.iter().filter(|property| engine.takes(property)).collect();
        for (property, answer) in asked.iter().zip(engine.solve(net, &asked, &mut Run::unlimited())) {
            assert_eq!(answer.verdict, space.verdict(property), "{} on {net:?}", property.display(net));
        }
    }
}

#[test]
fn units_that_the_file_declares_are_not_trusted() {
    let mut compared = 0;
    for seed in 0..500 {
        let net = if seed % 3 == 0 { random_net(seed) } else { random_safe_net(seed) };
        let declared = with_units(&net, seed);
        let Some(space) = oracle::explore(&declared, 1_500) else { continue };
        agrees_with_brute_force(&declared, &space);
        compared += 1;
    }
    assert!(compared > 300, "{compared}");
}

/// Independent parts side by side, so that markings take several words and few of them differ.
#[test]
fn long_markings_are_told_apart() {
    for parts in [30, 70, 150] {
        let mut text = String::new();
        for part in 0..parts {
            // A counter up to 6 that wears out beside a choice: no flow determines either.
            let tokens = if part % (parts / 3) == 0 { 2 } else { 0 };
            writeln!(text, "p{part}({tokens})\nq{part}\nr{part}\nt{part}: p{part} -> 2 q{part}")
                .and_then(|()| {
                    writeln!(text, "u{part}: 2 q{part} -> r{part}\nv{part}: 3 q{part} -> 40 r{part}")
                })
                .expect("writing to a string succeeds");
        }
        let net = pn_testkit::net(&text);
        let space = oracle::explore(&net, 200_000).expect("it is small");
        assert!(space.markings().len() > 100);
        agrees_with_brute_force(&net, &space);
    }
}
