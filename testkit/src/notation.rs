//! Nets in a few lines of text.
//!
//! ```text
//! idle(3) lock(1)                 places with their tokens
//! enter: idle + lock -> busy      a transition; places it names spring up unmarked
//! leave: busy -> idle + lock
//! pay:   2 coin ->                weights stand before the place; a side may be empty
//! ```

use pn_net::{Net, NetBuilder, PlaceId};

/// The net that the text describes. `#` starts a comment.
///
/// # Panics
///
/// When the text is not in the notation: a test with a bad net is a broken test.
#[must_use]
pub fn net(text: &str) -> Net {
    let mut builder = NetBuilder::new("test");
    for line in text.lines() {
        let line = line.split('#').next().expect("split yields at least one part").trim();
        match line.split_once(':') {
            Some((name, arcs)) => transition(&mut builder, name.trim(), arcs),
            None => line.split_whitespace().for_each(|word| marked_place(&mut builder, word)),
        }
    }
    builder.build().expect("a test net is small")
}

fn marked_place(builder: &mut NetBuilder, word: &str) {
    let (name, tokens) = match word.split_once('(') {
        Some((name, tokens)) => (name, tokens.trim_end_matches(')').parse().expect("a token count")),
        None => (word, 0),
    };
    builder.place(name, None, tokens).expect("a place is declared once, before its use");
}

fn transition(builder: &mut NetBuilder, name: &str, arcs: &str) {
    let (inputs, outputs) = arcs.split_once("->").expect("a transition has an arrow");
    let transition = builder.transition(name, None).expect("a transition is declared once");
    for (place, weight) in side(builder, inputs) {
        builder.input(place, transition, weight).expect("a weight is at least 1");
    }
    for (place, weight) in side(builder, outputs) {
        builder.output(transition, place, weight).expect("a weight is at least 1");
    }
}

fn side(builder: &mut NetBuilder, text: &str) -> Vec<(PlaceId, u64)> {
    let terms = text.split('+').map(str::trim).filter(|term| !term.is_empty());
    terms
        .map(|term| {
            let (weight, name) = match term.split_once(' ') {
                Some((weight, name)) => (weight.parse().expect("a weight"), name.trim()),
                None => (1, term),
            };
            let place = builder.find_place(name);
            let place = place.unwrap_or_else(|| builder.place(name, None, 0).expect("it is new"));
            (place, weight)
        })
        .collect()
}
