//! The hash of a net: the same for the same net, another for another one.

use pn_net::{Net, NetBuilder, PlaceId, TransitionId, net_hash};
use pn_testkit::{Dice, random_net};
use proptest::prelude::*;

/// One change to a net.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Change {
    None,
    PlaceName,
    TransitionName,
    Tokens,
    Weight,
    Turn,
    Label,
    NetName,
}

/// The net with its nodes in another order and one change at its first node or arc.
fn copy(net: &Net, places: &[PlaceId], transitions: &[TransitionId], change: Change) -> Net {
    let name = if change == Change::NetName { "another" } else { net.name() };
    let mut builder = NetBuilder::new(name);
    for place in places {
        let first = place.index() == 0;
        let renamed = if first && change == Change::PlaceName { "new" } else { net.place_name(*place) };
        let label = (change == Change::Label).then_some("label");
        let more = u64::from(first && change == Change::Tokens);
        builder.place(renamed, label, net.initial().tokens(*place) + more).expect("the net had it");
    }
    for old in transitions {
        let first = old.index() == 0;
        let renamed =
            if first && change == Change::TransitionName { "new" } else { net.transition_name(*old) };
        let new = builder.transition(renamed, None).expect("the net had it");
        let there =
            |p: PlaceId| PlaceId::new(places.iter().position(|other| *other == p).expect("it is listed"));
        let mut arcs: Vec<_> = net.pre(*old).map(|(p, w)| (true, p, w)).collect();
        arcs.extend(net.post(*old).map(|(p, w)| (false, p, w)));
        for (index, (input, place, weight)) in arcs.into_iter().enumerate() {
            let changed = first && index == 0;
            let weight = weight + u64::from(changed && change == Change::Weight);
            if input != (changed && change == Change::Turn) {
                builder.input(there(place), new, weight).expect("the net had it");
            } else {
                builder.output(new, there(place), weight).expect("the net had it");
            }
        }
    }
    builder.build().expect("it is as large as before")
}

fn shuffled<T>(mut list: Vec<T>, dice: &mut Dice) -> Vec<T> {
    for index in 1..list.len() {
        list.swap(index, dice.index(index + 1));
    }
    list
}

proptest! {
    #[test]
    fn the_order_of_nodes_and_display_names_do_not_count(seed in any::<u64>()) {
        let net = random_net(seed);
        let dice = &mut Dice::new(seed);
        let places = shuffled(net.places().collect(), dice);
        let transitions = shuffled(net.transitions().collect(), dice);
        for change in [Change::None, Change::Label, Change::NetName] {
            let other = copy(&net, &places, &transitions, change);
            prop_assert_eq!(net_hash(&other), net_hash(&net), "{:?}", change);
        }
    }

    #[test]
    fn names_tokens_weights_and_directions_count(seed in any::<u64>()) {
        let net = random_net(seed);
        let (places, transitions): (Vec<_>, Vec<_>) = (net.places().collect(), net.transitions().collect());
        let mut changes = vec![Change::PlaceName, Change::TransitionName, Change::Tokens];
        let first = transitions[0];
        if net.pre(first).len() + net.post(first).len() > 0 {
            changes.extend([Change::Weight, Change::Turn]);
        }
        for change in changes {
            let other = copy(&net, &places, &transitions, change);
            prop_assert_ne!(net_hash(&other), net_hash(&net), "{:?}", change);
        }
    }
}

#[test]
fn the_hash_never_changes_between_versions() {
    let net = pn_testkit::net("idle(2) lock(1)\n enter: idle + lock -> busy\n leave: busy -> idle + lock");
    expect_test::expect!["fe19d9855bc9d9ceeedf25469cc8c165f871123038394c28764d48e0d598ef33"]
        .assert_eq(&net_hash(&net).to_string());
}
