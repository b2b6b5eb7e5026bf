//! Who gets to work when: the order of the engines, on which net, and their shares of the time, as
//! data.

/// One engine's turn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Turn {
    /// The engine's name in the registry.
    pub engine: &'static str,
    /// What it works on.
    pub on: On,
    /// Its share of the time that is left when its turn comes, above 0 and at most 1.
    pub share: f64,
}

/// Which net an engine works on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum On {
    /// The net itself.
    Net,
    /// The net reduced for all open properties together.
    Reduced,
    /// For each open property, the net reduced for it alone; the time is shared among them.
    ReducedForEach,
}

impl Turn {
    /// The method as a user reads it.
    #[must_use]
    pub fn method(&self) -> &'static str {
        let after = AFTER_REDUCTIONS.iter().find(|(engine, _)| *engine == self.engine);
        match (self.on, after) {
            (On::Net, _) | (_, None) => self.engine,
            (On::Reduced | On::ReducedForEach, Some((_, method))) => method,
        }
    }
}

/// The methods of engines that work on a reduced net.
pub(crate) const AFTER_REDUCTIONS: &[(&str, &str)] = &[
    ("best-first search", "best-first search after reductions"),
    ("breadth-first search", "breadth-first search after reductions"),
    ("depth-first search", "depth-first search after reductions"),
    ("depth-first search with stubborn sets", "depth-first search with stubborn sets after reductions"),
    ("search for terminal components", "search for terminal components after reductions"),
    ("property-directed reachability", "property-directed reachability after reductions"),
    ("bounded model checking", "bounded model checking after reductions"),
    ("random walk", "random walk after reductions"),
    ("state equation", "state equation after reductions"),
    ("walk along the state equation", "walk along the state equation after reductions"),
    ("self-covering walk", "self-covering walk after reductions"),
];

/// Turns in order; what one engine leaves open goes to the next.
pub type Schedule = &'static [Turn];

/// Shortest counterexamples first: what a person wants to read.
pub const SHORTEST: Schedule = &[
    Turn { engine: "proof by modules", on: On::Net, share: 0.2 },
    Turn { engine: "self-covering walk", on: On::Net, share: 0.1 },
    Turn { engine: "breadth-first search", on: On::Net, share: 0.1 },
    Turn { engine: "state equation", on: On::Net, share: 0.2 },
    Turn { engine: "property-directed reachability", on: On::Net, share: 0.1 },
    Turn { engine: "breadth-first search", on: On::Net, share: 0.5 },
    Turn { engine: "coverability tree", on: On::Net, share: 0.2 },
    Turn { engine: "random walk", on: On::Net, share: 0.1 },
    Turn { engine: "random walk", on: On::Reduced, share: 0.1 },
    Turn { engine: "walk along the state equation", on: On::Reduced, share: 0.1 },
    Turn { engine: "breadth-first search", on: On::Reduced, share: 0.3 },
    Turn { engine: "search for terminal components", on: On::ReducedForEach, share: 0.5 },
    Turn { engine: "breadth-first search", on: On::ReducedForEach, share: 0.5 },
    Turn { engine: "depth-first search with stubborn sets", on: On::ReducedForEach, share: 0.5 },
    Turn { engine: "best-first search", on: On::ReducedForEach, share: 0.5 },
    Turn { engine: "depth-first search", on: On::Net, share: 1.0 },
];

/// Verdicts first. A short search answers what is small; then walks, which meet most of the
/// witnesses that there are, on the net itself, where agglomeration hides no way, and on the
/// reduced one, where ways are shorter; proofs by the state equation between them; then searches
/// that end in proofs.
pub const CONTEST: Schedule = &[
    Turn { engine: "proof by modules", on: On::Net, share: 0.1 },
    Turn { engine: "self-covering walk", on: On::Net, share: 0.05 },
    Turn { engine: "breadth-first search", on: On::Net, share: 0.03 },
    Turn { engine: "search for terminal components", on: On::Reduced, share: 0.5 },
    Turn { engine: "random walk", on: On::Net, share: 0.1 },
    Turn { engine: "state equation", on: On::Net, share: 0.2 },
    Turn { engine: "walk along the state equation", on: On::Net, share: 0.1 },
    Turn { engine: "property-directed reachability", on: On::Net, share: 0.08 },
    Turn { engine: "random walk", on: On::Net, share: 0.05 },
    Turn { engine: "property-directed reachability", on: On::ReducedForEach, share: 0.3 },
    Turn { engine: "random walk", on: On::Reduced, share: 0.15 },
    Turn { engine: "bounded model checking", on: On::Reduced, share: 0.15 },
    Turn { engine: "depth-first search with stubborn sets", on: On::Reduced, share: 0.15 },
    Turn { engine: "state equation", on: On::Reduced, share: 0.2 },
    Turn { engine: "walk along the state equation", on: On::Reduced, share: 0.1 },
    Turn { engine: "coverability tree", on: On::Net, share: 0.05 },
    Turn { engine: "breadth-first search", on: On::Reduced, share: 0.2 },
    Turn { engine: "state equation", on: On::ReducedForEach, share: 0.2 },
    Turn { engine: "property-directed reachability", on: On::Reduced, share: 0.2 },
    Turn { engine: "best-first search", on: On::ReducedForEach, share: 0.2 },
    Turn { engine: "depth-first search with stubborn sets", on: On::ReducedForEach, share: 0.4 },
    Turn { engine: "random walk", on: On::ReducedForEach, share: 0.2 },
    Turn { engine: "breadth-first search", on: On::ReducedForEach, share: 0.5 },
    Turn { engine: "search for terminal components", on: On::Net, share: 0.4 },
    Turn { engine: "state equation", on: On::Net, share: 0.3 },
    Turn { engine: "depth-first search", on: On::Net, share: 0.4 },
    Turn { engine: "breadth-first search", on: On::Net, share: 1.0 },
];
