//! What a marking is, besides its tokens.
//!
//! O(edges + markings · size of the formulas) for a whole graph.

use pn_engines::explore::ReachabilityGraph;
use pn_logic::{Formula, holds_in};
use pn_net::Net;

/// What a marking is, besides its tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mark {
    /// The initial marking.
    Initial,
    /// Nothing is enabled.
    Dead,
    /// The goal holds.
    Goal,
    /// A failure that the deployment declares.
    Failure,
    /// No goal can be reached, and it is not a declared failure.
    NoReturn,
}

impl Mark {
    /// All marks in order.
    pub const ALL: [Self; 5] = [Self::Initial, Self::Dead, Self::Goal, Self::Failure, Self::NoReturn];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Dead => "dead",
            Self::Goal => "goal",
            Self::Failure => "failure",
            Self::NoReturn => "no return",
        }
    }
}

/// The marks of each marking of a graph, in their order.
#[must_use]
pub fn marks(
    net: &Net,
    graph: &ReachabilityGraph,
    goal: Option<&Formula>,
    failure: &Formula,
) -> Vec<Vec<Mark>> {
    let can_return = goal.map(|goal| graph.can_reach(net, goal));
    let each = graph.markings.iter().enumerate().map(|(number, marking)| {
        let holds = |formula: &Formula| holds_in(net, marking, formula);
        let is = |mark: &Mark| match mark {
            Mark::Initial => number == 0,
            Mark::Dead => graph.steps[number].is_empty(),
            Mark::Goal => goal.is_some_and(holds),
            Mark::Failure => holds(failure),
            Mark::NoReturn => can_return.as_ref().is_some_and(|can| !can[number]) && !holds(failure),
        };
        Mark::ALL.into_iter().filter(is).collect()
    });
    each.collect()
}

/// The mark that a marking is coloured by: the one that matters most.
#[must_use]
pub fn foremost(marks: &[Mark]) -> Option<Mark> {
    let order = [Mark::NoReturn, Mark::Goal, Mark::Failure, Mark::Dead];
    order.into_iter().find(|mark| marks.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_engines::Run;
    use pn_engines::explore::reachability_graph;
    use pn_logic::text::parse_formula;
    use pn_net::NetBuilder;

    #[test]
    fn the_marks_of_a_fork_between_the_goal_and_a_dead_end_are_told() {
        let mut builder = NetBuilder::new("fork");
        let [start, good, bad] =
            [("start", 1), ("good", 0), ("bad", 0)].map(|(id, n)| builder.place(id, None, n).unwrap());
        for (id, to) in [("right", good), ("wrong", bad)] {
            let transition = builder.transition(id, None).unwrap();
            builder.input(start, transition, 1).unwrap();
            builder.output(transition, to, 1).unwrap();
        }
        let net = builder.build().unwrap();
        let graph = reachability_graph(&net, 10, &mut Run::unlimited()).unwrap();
        let goal = parse_formula(&net, "tokens(good) = 1").unwrap();
        let failure = parse_formula(&net, "tokens(bad) = 1").unwrap();
        let with = |failure: &Formula| marks(&net, &graph, Some(&goal), failure);
        assert_eq!(
            with(&Formula::False),
            [vec![Mark::Initial], vec![Mark::Dead, Mark::Goal], vec![Mark::Dead, Mark::NoReturn]]
        );
        assert_eq!(with(&failure)[2], [Mark::Dead, Mark::Failure]);
        assert_eq!(marks(&net, &graph, None, &Formula::False)[2], [Mark::Dead]);
        let colours: Vec<_> = with(&Formula::False).iter().map(|marks| foremost(marks)).collect();
        assert_eq!(colours, [None, Some(Mark::Goal), Some(Mark::NoReturn)]);
    }
}
