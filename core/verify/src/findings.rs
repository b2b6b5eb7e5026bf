//! Answers as findings: what they amount to together, before anybody puts it into words.
//!
//! The bounds of all places make one finding, the fireability of all transitions another, each
//! where its first member stands; every other answer is a finding of its own. O(answers · log
//! answers).

use pn_logic::{Evidence, Pumping, Verdict};
use pn_net::{PlaceId, Trace, TransitionId};
use std::collections::BTreeSet;

/// The answer to a question, in one word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Word {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// Nothing definite.
    Unknown,
}

impl Word {
    /// The word for one answer. A bound is an answer that holds, growth without limit one that
    /// fails.
    #[must_use]
    pub const fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Holds | Verdict::Bounded(_) => Self::Holds,
            Verdict::Fails | Verdict::Unbounded => Self::Fails,
            Verdict::Unknown(_) => Self::Unknown,
        }
    }

    /// The word itself.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        }
    }
}

/// What a question is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// Something of its own.
    Itself,
    /// The bound of a place, one of the questions about all places.
    Bound(PlaceId),
    /// Whether a transition can fire, one of the questions about all transitions.
    Fires(TransitionId),
}

/// A finding; answers are told by their index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// One answer.
    Single(usize),
    /// The bounds of the places.
    Bounds(Group<PlaceId>),
    /// Which transitions can fire.
    Fires(Group<TransitionId>),
}

/// The members of a group by their answers, each with the index of its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group<T> {
    /// Those for which it holds.
    pub holds: Vec<(T, usize)>,
    /// Those for which it does not.
    pub fails: Vec<(T, usize)>,
    /// Those for which it is not known.
    pub unknown: Vec<(T, usize)>,
}

impl<T> Group<T> {
    const fn new() -> Self {
        Self { holds: Vec::new(), fails: Vec::new(), unknown: Vec::new() }
    }

    fn add(&mut self, member: T, index: usize, verdict: &Verdict) {
        let list = match Word::of(verdict) {
            Word::Holds => &mut self.holds,
            Word::Fails => &mut self.fails,
            Word::Unknown => &mut self.unknown,
        };
        list.push((member, index));
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.holds.len() + self.fails.len() + self.unknown.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The members that decide: those for which it fails, or else is not known, or else all.
    #[must_use]
    pub fn deciding(&self) -> (Word, &[(T, usize)]) {
        match (&self.fails[..], &self.unknown[..]) {
            ([], []) => (Word::Holds, &self.holds),
            ([], unknown) => (Word::Unknown, unknown),
            (fails, _) => (Word::Fails, fails),
        }
    }
}

/// What answers amount to together.
#[must_use]
pub fn findings<'a>(answers: impl IntoIterator<Item = (About, &'a Verdict)>) -> Vec<Finding> {
    let (mut bounds, mut fires) = (Group::new(), Group::new());
    let mut findings = Vec::new();
    for (index, (about, verdict)) in answers.into_iter().enumerate() {
        match about {
            About::Itself => findings.push(Finding::Single(index)),
            About::Bound(place) => {
                if bounds.is_empty() {
                    findings.push(Finding::Bounds(Group::new()));
                }
                bounds.add(place, index, verdict);
            }
            About::Fires(transition) => {
                if fires.is_empty() {
                    findings.push(Finding::Fires(Group::new()));
                }
                fires.add(transition, index, verdict);
            }
        }
    }
    for finding in &mut findings {
        match finding {
            Finding::Single(_) => {}
            Finding::Bounds(group) => std::mem::swap(group, &mut bounds),
            Finding::Fires(group) => std::mem::swap(group, &mut fires),
        }
    }
    findings
}

/// The bounds of bounded places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// The places that may hold more than one token, greatest bounds first.
    pub large: Vec<(PlaceId, i128)>,
    /// How many places hold at most one.
    pub others: usize,
    /// Whether a place that counts attempts, which is no place of the author's, may hold more.
    pub has_large_counters: bool,
}

/// Sums up the bounds of places; `is_counter` says which of them count attempts.
#[must_use]
pub fn sum_up(bounds: &[(PlaceId, i128)], is_counter: impl Fn(PlaceId) -> bool) -> Bounds {
    let (counters, told): (Vec<_>, Vec<_>) = bounds.iter().partition(|(place, _)| is_counter(*place));
    let mut large: Vec<(PlaceId, i128)> = told.iter().copied().filter(|(_, bound)| *bound > 1).collect();
    large.sort_by_key(|(_, bound)| std::cmp::Reverse(*bound));
    Bounds {
        others: told.len() - large.len(),
        large,
        has_large_counters: counters.iter().any(|(_, bound)| *bound > 1),
    }
}

/// Those of transitions that never fire which are worth telling, ascending: of an action that never
/// starts, the parts go without saying. `action_of` says which action a transition is part of, itself
/// if it is the start of one.
#[must_use]
pub fn worth_telling(
    never: impl IntoIterator<Item = TransitionId>,
    action_of: impl Fn(TransitionId) -> Option<TransitionId>,
) -> Vec<TransitionId> {
    let never: BTreeSet<TransitionId> = never.into_iter().collect();
    let is_told = |transition: &TransitionId| match action_of(*transition) {
        Some(action) => action == *transition || !never.contains(&action),
        None => true,
    };
    never.iter().copied().filter(is_told).collect()
}

/// Firings that show a verdict.
#[derive(Clone, PartialEq, Debug)]
pub enum Shown {
    /// A run.
    Run(Trace),
    /// A run, and firings that can be repeated for ever after it.
    Repeated(Trace, Trace),
    /// Runs, each followed by firings that are repeated as often as what comes after needs.
    InTurn(Vec<Pumping>),
}

impl Shown {
    /// One run that goes through all of it, if there is one.
    #[must_use]
    pub fn whole(self) -> Option<Trace> {
        match self {
            Self::Run(run) => Some(run),
            Self::Repeated(run, word) => {
                Some(Trace { firings: run.firings.into_iter().chain(word.firings).collect() })
            }
            Self::InTurn(_) => None,
        }
    }
}

/// The firings that show a verdict, where the evidence has some.
#[must_use]
pub fn shown(evidence: &Evidence) -> Option<Shown> {
    match evidence {
        Evidence::Run(run)
        | Evidence::RunAndExhaustion(run, _)
        | Evidence::RunAndCovering(run, _)
        | Evidence::RunAndRefutation(run, _) => Some(Shown::Run(run.clone())),
        Evidence::Pumping(run, word) => Some(Shown::Repeated(run.clone(), word.clone())),
        Evidence::Pumpings(pumpings) => Some(Shown::InTurn(pumpings.clone())),
        Evidence::Prefix(prefix) | Evidence::PrefixAndModules(prefix, _) => {
            Some(Shown::Run(prefix.to_trace()))
        }
        Evidence::None
        | Evidence::Exhaustion(_)
        | Evidence::Covering(_)
        | Evidence::Refutation(_)
        | Evidence::Inductive(_)
        | Evidence::Modules(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_logic::Reason;

    fn places(members: &[(PlaceId, usize)]) -> Vec<usize> {
        members.iter().map(|(place, _)| place.index()).collect()
    }

    #[test]
    fn groups_stand_where_their_first_member_stands() {
        let [p, q] = [0, 1].map(PlaceId::new);
        let t = TransitionId::new(0);
        let (unknown, bounded) = (Verdict::Unknown(Reason::Time), Verdict::Bounded(3));
        let answers = [
            (About::Itself, &Verdict::Holds),
            (About::Bound(p), &bounded),
            (About::Fires(t), &unknown),
            (About::Itself, &Verdict::Fails),
            (About::Bound(q), &Verdict::Unbounded),
        ];
        let found = findings(answers);
        let [Finding::Single(0), Finding::Bounds(bounds), Finding::Fires(fires), Finding::Single(3)] =
            &found[..]
        else {
            panic!("{found:?}")
        };
        assert_eq!((places(&bounds.holds), places(&bounds.fails), bounds.len()), (vec![0], vec![1], 2));
        assert_eq!(bounds.deciding(), (Word::Fails, &[(q, 4)][..]));
        assert_eq!(fires.deciding(), (Word::Unknown, &[(t, 2)][..]));
        assert!(findings([]).is_empty());
    }

    #[test]
    fn bounds_are_summed_up_without_counters() {
        let bounds: Vec<(PlaceId, i128)> =
            [1, 2, 5, 9, 1].into_iter().enumerate().map(|(index, n)| (PlaceId::new(index), n)).collect();
        let summed = sum_up(&bounds, |place| place.index() == 3);
        assert_eq!(summed.large, [(PlaceId::new(2), 5), (PlaceId::new(1), 2)]);
        assert_eq!((summed.others, summed.has_large_counters), (2, true));
    }

    #[test]
    fn the_parts_of_an_action_that_never_starts_go_without_saying() {
        let [start, part, other, of_another] = [0, 1, 2, 3].map(TransitionId::new);
        let action_of = |transition| match transition {
            _ if transition == start || transition == part => Some(start),
            _ if transition == of_another => Some(TransitionId::new(7)),
            _ => None,
        };
        let told = worth_telling([of_another, other, part, start], action_of);
        assert_eq!(told, [start, other, of_another]);
        assert_eq!(worth_telling([part], action_of), [part]);
    }

    #[test]
    fn firings_that_are_repeated_follow_the_run_to_them() {
        let trace =
            |firings: &[usize]| Trace { firings: firings.iter().copied().map(TransitionId::new).collect() };
        let evidence = Evidence::Pumping(trace(&[1, 2]), trace(&[3]));
        assert_eq!(shown(&evidence).and_then(Shown::whole), Some(trace(&[1, 2, 3])));
        assert_eq!(shown(&Evidence::None), None);
        assert_eq!(shown(&Evidence::Pumpings(Vec::new())).and_then(Shown::whole), None);
    }
}
