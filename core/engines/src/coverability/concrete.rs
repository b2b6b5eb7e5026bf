//! From a node of the tree to real runs.
//!
//! The way to a node is a program: fire this, then repeat that word as often as you like. How often
//! is enough is found backwards, from what the end asks for: a word is repeated until the places
//! that it pumps hold what is needed after it, and what it takes meanwhile from places pumped
//! before adds to what is needed there. Counts that are finite in the node come out exactly.
//! O(length · places).

use super::tree::Tree;
use pn_logic::{Linear, Pumping, value_in};
use pn_net::{Net, OmegaMarking, PlaceId, Trace, TransitionId, effect, replay};

/// The most firings of a run that is worth writing down.
const MOST_FIRINGS: i128 = 4_000_000;

/// The way to a node, with the ω-marking before each instruction.
pub(super) struct Program {
    instructions: Vec<(OmegaMarking, Instruction)>,
}

enum Instruction {
    Fire(TransitionId),
    Repeat(Vec<TransitionId>),
}

/// What is needed on each place; 0 where the count is finite, since that is what it is.
type Need = Vec<i128>;

impl Program {
    /// The way to node `number`; `None` if a place overflows where a word is repeated.
    pub(super) fn to(net: &Net, tree: &Tree, number: usize) -> Option<Self> {
        let path = tree.path(number);
        let firings: Vec<TransitionId> = path.iter().filter_map(|node| tree.by(*node)).collect();
        let mut at = OmegaMarking::from(net.initial());
        let mut instructions = Vec::new();
        for (depth, transition) in firings.iter().enumerate() {
            let next = at.fired(net, *transition).ok()?;
            instructions.push((at, Instruction::Fire(*transition)));
            at = next;
            for ancestor in tree.repeats(path[depth + 1]) {
                let from = path.iter().position(|node| node == ancestor).expect("it is on the path");
                let word = &firings[from..=depth];
                let after = word.iter().try_fold(at.clone(), |at, t| at.fired(net, *t)).ok()?;
                let next = at.accelerated(&at, &after);
                instructions.push((at, Instruction::Repeat(word.to_vec())));
                at = next;
            }
        }
        Some(Self { instructions })
    }

    /// The program as evidence that places grow without limit.
    pub(super) fn pumpings(&self) -> Vec<Pumping> {
        let (mut pumpings, mut firings) = (Vec::new(), Vec::new());
        for (_, instruction) in &self.instructions {
            match instruction {
                Instruction::Fire(transition) => firings.push(*transition),
                Instruction::Repeat(word) => {
                    let run = Trace { firings: std::mem::take(&mut firings) };
                    pumpings.push(Pumping { run, word: Trace { firings: word.clone() } });
                }
            }
        }
        pumpings
    }

    /// A single word that makes `expression` grow and loses nothing, with a run after which it can
    /// be repeated. There may be none: what one word takes another must have piled up.
    pub(super) fn pumping(&self, net: &Net, expression: &Linear) -> Option<Pumping> {
        self.instructions.iter().enumerate().find_map(|(index, (before, instruction))| {
            let Instruction::Repeat(word) = instruction else { return None };
            let mut change = vec![0; net.place_count()];
            word.iter().flat_map(|t| effect(net, *t)).for_each(|(place, by)| change[place.index()] += by);
            let growth = expression.terms().iter().map(|(p, c)| i128::from(*c) * change[p.index()]);
            if growth.sum::<i128>() <= 0 || change.iter().any(|by| *by < 0) {
                return None;
            }
            let run =
                self.run_before(net, index, needed_for(net, before, word, vec![0; net.place_count()]))?;
            let word = Trace { firings: word.clone() };
            // The firing rule has the last word.
            let before = replay(net, net.initial(), &run).ok()?;
            let after = replay(net, &before, &word).ok()?;
            let grows = value_in(&after, expression) > value_in(&before, expression);
            (grows && after.covers(&before)).then_some(Pumping { run, word })
        })
    }

    /// A run to a marking with the node's finite counts and at least `plenty` where it has ω.
    /// `None` if it is too long.
    pub(super) fn run(&self, net: &Net, plenty: u64) -> Option<Trace> {
        self.run_before(net, self.instructions.len(), vec![i128::from(plenty); net.place_count()])
    }

    /// A run through the first `count` instructions to a marking with at least `need` on the
    /// places that hold ω there.
    fn run_before(&self, net: &Net, count: usize, mut need: Need) -> Option<Trace> {
        let mut times = vec![0; count];
        for (index, (before, instruction)) in self.instructions[..count].iter().enumerate().rev() {
            match instruction {
                Instruction::Fire(transition) => {
                    need = needed_for(net, before, std::slice::from_ref(transition), need);
                    times[index] = 1;
                }
                Instruction::Repeat(word) => {
                    (times[index], need) = repeated(net, before, word, &need)?;
                }
            }
        }
        let lengths =
            self.instructions.iter().zip(&times).map(|((_, instruction), times)| match instruction {
                Instruction::Fire(_) => 1,
                Instruction::Repeat(word) => word.len() as i128 * times,
            });
        if lengths.sum::<i128>() > MOST_FIRINGS {
            return None;
        }
        let mut firings = Vec::new();
        for ((_, instruction), times) in self.instructions.iter().zip(times) {
            match instruction {
                Instruction::Fire(transition) => firings.push(*transition),
                Instruction::Repeat(word) => (0..times).for_each(|_| firings.extend(word)),
            }
        }
        Some(Trace { firings })
    }
}

/// What is needed before `word` on the places that hold ω in `before`, for it to be fired and to
/// leave `need`.
fn needed_for(net: &Net, before: &OmegaMarking, word: &[TransitionId], mut need: Need) -> Need {
    for transition in word.iter().rev() {
        for (place, change) in effect(net, *transition) {
            need[place.index()] = (need[place.index()] - change).max(0);
        }
        for (place, weight) in net.pre(*transition) {
            need[place.index()] = need[place.index()].max(i128::from(weight));
        }
    }
    finite_is_given(before, need)
}

fn finite_is_given(before: &OmegaMarking, mut need: Need) -> Need {
    let given = before.counts().zip(&mut need).filter(|(count, _)| count.is_some());
    given.for_each(|(_, need)| *need = 0);
    need
}

/// How often `word` has to be repeated to leave `need`, and what is needed before that.
fn repeated(net: &Net, before: &OmegaMarking, word: &[TransitionId], need: &Need) -> Option<(i128, Need)> {
    let mut change = vec![0i128; net.place_count()];
    word.iter().flat_map(|t| effect(net, *t)).for_each(|(place, by)| change[place.index()] += by);
    let missing = net.places().filter_map(|place: PlaceId| {
        let (count, gain) = (i128::from(before.tokens(place)?), change[place.index()]);
        (gain > 0).then(|| ((need[place.index()] - count).max(0) + gain - 1) / gain)
    });
    let times = missing.max().unwrap_or(0);
    if times > MOST_FIRINGS {
        return None;
    }
    let once = needed_for(net, before, word, vec![0; net.place_count()]);
    let before_all = net.places().map(|place| {
        let (need, once, change) = (need[place.index()], once[place.index()], change[place.index()]);
        match times {
            0 => need,
            // The first time, or the last, is the hardest.
            _ => (once + (times - 1) * (-change).max(0)).max(need - times * change).max(0),
        }
    });
    Some((times, finite_is_given(before, before_all.collect())))
}
