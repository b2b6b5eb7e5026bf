//! Small random nets, the same for the same seed.
//!
//! Small on purpose: an error in an algorithm shows in nets of a few nodes, which can be drawn
//! and understood, and the oracle explores thousands of them in a second.

use crate::Dice;
use pn_net::{Net, NetBuilder, PlaceId, TransitionId};

/// A net of 1 to 8 places and 1 to 8 transitions, bounded or not.
///
/// Most weights are 1, some 2 or 3; places start with up to 3 tokens; self-loops, transitions
/// without inputs (rarely) or outputs, and isolated nodes occur.
///
/// # Panics
///
/// Never: every net of this shape can be built.
#[must_use]
pub fn random_net(seed: u64) -> Net {
    let mut dice = Dice::new(seed);
    let mut builder = NetBuilder::new(format!("random-{seed}"));
    let places: Vec<PlaceId> = (0..dice.within(1..=8))
        .map(|n| {
            let tokens = if dice.once_in(3) { 0 } else { dice.within(1..=3) };
            builder.place(&format!("p{n}"), None, tokens).expect("the name is new")
        })
        .collect();
    for n in 0..dice.within(1..=8).max(dice.within(1..=8)) {
        let transition = builder.transition(&format!("t{n}"), None).expect("the name is new");
        let inputs = if dice.once_in(24) { Vec::new() } else { some(&mut dice, &places) };
        // Tokens in transit: a transition that often gave more than it took would make nearly
        // every net unbounded, one that often gave less would let nearly every net die at once.
        let mut budget = u64::from(dice.once_in(12));
        for place in inputs {
            let weight = weight(&mut dice);
            budget += weight;
            builder.input(place, transition, weight).expect("the weight is at least 1");
        }
        while budget > 0 && !dice.once_in(10) {
            let weight = weight(&mut dice).min(budget);
            budget -= weight;
            let place = places[dice.index(places.len())];
            builder.output(transition, place, weight).expect("the weight is at least 1");
        }
    }
    builder.build().expect("the net is small")
}

/// A net that is one-safe by construction: up to 4 components, each a state machine with one
/// token, and transitions that move one component alone or two at once. It deadlocks now and then.
///
/// # Panics
///
/// Never: every net of this shape can be built.
#[must_use]
pub fn random_safe_net(seed: u64) -> Net {
    let mut dice = Dice::new(seed);
    let mut builder = NetBuilder::new(format!("random-safe-{seed}"));
    let components: Vec<Vec<PlaceId>> = (0..dice.within(1..=4))
        .map(|c| {
            let states = 0..dice.within(1..=4);
            states
                .map(|s| builder.place(&format!("c{c}.s{s}"), None, u64::from(s == 0)))
                .collect::<Result<_, _>>()
                .expect("the names are new")
        })
        .collect();
    for n in 0..dice.within(1..=10) {
        let transition = builder.transition(&format!("t{n}"), None).expect("the name is new");
        let first = dice.index(components.len());
        let second = dice.index(components.len());
        move_component(&mut dice, &mut builder, &components[first], transition);
        if second != first && dice.once_in(2) {
            move_component(&mut dice, &mut builder, &components[second], transition);
        }
    }
    builder.build().expect("the net is small")
}

/// A net of two to four parts that move tokens among up to four places of their own, and read what
/// some other part holds. Parts may read each other in circles; in every other net some of their
/// transitions take tokens from a place that all share, or give tokens to it.
///
/// # Panics
///
/// Never: every net of this shape can be built.
#[must_use]
pub fn random_modular_net(seed: u64) -> Net {
    let mut dice = Dice::new(seed);
    let mut builder = NetBuilder::new(format!("random-modular-{seed}"));
    let parts: Vec<Vec<PlaceId>> = (0..dice.within(2..=4))
        .map(|part| {
            let places = 0..dice.within(2..=4);
            places
                .map(|place| {
                    let tokens = if place == 0 { dice.within(1..=2) } else { 0 };
                    builder.place(&format!("m{part}.p{place}"), None, tokens)
                })
                .collect::<Result<_, _>>()
                .expect("the names are new")
        })
        .collect();
    let pool =
        dice.once_in(2).then(|| builder.place("pool", None, dice.within(0..=2)).expect("the name is new"));
    let mut count = 0;
    for own in 0..parts.len() {
        for _ in 0..dice.within(1..=4) {
            let transition = builder.transition(&format!("t{count}"), None).expect("the name is new");
            count += 1;
            let from = some(&mut dice, &parts[own]);
            for place in &from {
                builder.input(*place, transition, 1).expect("the weight is 1");
            }
            for _ in 0..from.len() {
                let to = parts[own][dice.index(parts[own].len())];
                builder.output(transition, to, 1).expect("the weight is 1");
            }
            if let Some(pool) = pool {
                match dice.within(0..=4) {
                    0 | 1 => builder.input(pool, transition, 1).expect("the weight is 1"),
                    2 => builder.output(transition, pool, 1).expect("the weight is 1"),
                    _ => {}
                }
            }
            let other = dice.index(parts.len());
            if other != own && !dice.once_in(3) {
                let read = parts[other][dice.index(parts[other].len())];
                let weight = if dice.once_in(4) { 2 } else { 1 };
                builder.input(read, transition, weight).expect("the weight is at least 1");
                builder.output(transition, read, weight).expect("the weight is at least 1");
            }
        }
    }
    builder.build().expect("the net is small")
}

fn move_component(dice: &mut Dice, builder: &mut NetBuilder, states: &[PlaceId], transition: TransitionId) {
    let (from, to) = (states[dice.index(states.len())], states[dice.index(states.len())]);
    builder.input(from, transition, 1).expect("the weight is 1");
    builder.output(transition, to, 1).expect("the weight is 1");
}

/// One to three different places.
fn some(dice: &mut Dice, places: &[PlaceId]) -> Vec<PlaceId> {
    let count = if dice.once_in(2) { 1 } else { dice.within(2..=3) };
    let mut chosen: Vec<PlaceId> = (0..count).map(|_| places[dice.index(places.len())]).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

fn weight(dice: &mut Dice) -> u64 {
    if dice.once_in(5) { dice.within(2..=3) } else { 1 }
}
