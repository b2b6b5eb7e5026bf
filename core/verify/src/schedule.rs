//! Who gets to work when: the order of the engines and their shares of the time, as data.

/// One engine's turn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Turn {
    /// The engine's name in the registry.
    pub engine: &'static str,
    /// Its share of the time that is left when its turn comes, above 0 and at most 1.
    pub share: f64,
}

/// Turns in order; what one engine leaves open goes to the next.
pub type Schedule = &'static [Turn];

/// Shortest counterexamples first: what a person wants to read.
pub const SHORTEST: Schedule = &[
    Turn { engine: "self-covering walk", share: 0.1 },
    Turn { engine: "breadth-first search", share: 0.75 },
    Turn { engine: "depth-first search", share: 1.0 },
];

/// Verdicts first: a depth-first search meets deep witnesses early.
pub const CONTEST: Schedule = &[
    Turn { engine: "self-covering walk", share: 0.1 },
    Turn { engine: "depth-first search", share: 0.4 },
    Turn { engine: "breadth-first search", share: 1.0 },
];
