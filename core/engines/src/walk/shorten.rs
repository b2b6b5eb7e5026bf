//! Witnesses without what they do not need.
//!
//! A run that a walk stumbled on is long, and most of it beside the point. Going backwards from its end,
//! what the rest needs is kept as a *box*: for each place the fewest and the most tokens. The
//! rest, begun in any marking of the box, is a run to the goal. A firing is left out when the
//! marking before it lies in the box; otherwise the box moves over it: its effect is subtracted
//! and its preset added. The marking before each kept firing lies in the box, so that in the end
//! the initial marking does: what is kept is a run, by the monotonicity of firing (Karp and
//! Miller 1969), and leads to the goal. O(length · degree).
//!
//! Then cycles are cut out, and last, while the effort lasts, pairs of firings that undo each
//! other and blocks of firings are left out wherever a replay still reaches the goal (Zeller and Hildebrandt, "Simplifying and isolating
//! failure-inducing input", 2002).

use super::compact::Compact;
use crate::distance::{Goal, Sum};
use pn_net::{MAX_TOKENS, Net, TransitionId, firing};
use rustc_hash::FxHashMap;

/// The fewest and the most tokens that a place may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Range {
    low: i128,
    high: i128,
}

const ANY: Range = Range { low: 0, high: i128::MAX };

/// What the rest of a run needs of the marking in which it begins.
struct Needed {
    ranges: Box<[Range]>,
    /// Places whose initial count is outside their range.
    amiss: usize,
}

/// Shortens runs of one net.
pub(super) struct Shortener<'n> {
    net: &'n Net,
    compact: &'n Compact,
    initial: Vec<i128>,
    needed: Needed,
    /// Places whose range is not [`ANY`], or was not.
    touched: Vec<u32>,
}

impl<'n> Shortener<'n> {
    pub(super) fn new(net: &'n Net, compact: &'n Compact) -> Self {
        let initial = compact.initial().iter().map(|tokens| i128::from(*tokens)).collect();
        let ranges = vec![ANY; net.place_count()].into();
        Self { net, compact, initial, needed: Needed { ranges, amiss: 0 }, touched: Vec::new() }
    }

    /// The firings of `log` that lead to `goal`, which holds in the marking `tokens` that the
    /// whole log leads to.
    fn slice(&mut self, log: &[u32], tokens: &[u64], goal: &Goal) -> Vec<u32> {
        for place in self.touched.drain(..) {
            self.needed.ranges[place as usize] = ANY;
        }
        self.needed.amiss = 0;
        self.require(goal, &|place| tokens[place as usize]);
        let mut tokens: Vec<u64> = tokens.into();
        let mut kept = Vec::new();
        for number in log.iter().rev() {
            if self.needed.amiss == 0 {
                break;
            }
            let changes = self.compact.changes(*number);
            let mut is_needed = false;
            for change in changes {
                let count = &mut tokens[change.place as usize];
                *count = count.wrapping_add_signed(-i64::from(change.by));
                let range = self.needed.ranges[change.place as usize];
                is_needed |= !(range.low..=range.high).contains(&i128::from(*count));
            }
            if is_needed {
                kept.push(*number);
                for change in changes {
                    let (place, by) = (change.place, i128::from(change.by));
                    let Range { low, high } = self.needed.ranges[place as usize];
                    let high = if high == i128::MAX { high } else { high - by };
                    self.set(place, Range { low: (low - by).max(0), high });
                }
                let net = self.net;
                for (place, weight) in net.pre(self.compact.transition(*number)) {
                    self.at_least(place.index() as u32, weight.into());
                }
            }
        }
        kept.reverse();
        kept
    }

    fn set(&mut self, place: u32, range: Range) {
        let (old, initial) = (self.needed.ranges[place as usize], self.initial[place as usize]);
        let is_amiss = |range: Range| usize::from(!(range.low..=range.high).contains(&initial));
        self.needed.amiss = self.needed.amiss + is_amiss(range) - is_amiss(old);
        self.needed.ranges[place as usize] = range;
        self.touched.push(place);
    }

    fn at_least(&mut self, place: u32, tokens: i128) {
        let range = self.needed.ranges[place as usize];
        if range.low < tokens {
            self.set(place, Range { low: tokens, ..range });
        }
    }

    fn at_most(&mut self, place: u32, tokens: i128) {
        let range = self.needed.ranges[place as usize];
        if range.high > tokens {
            self.set(place, Range { high: tokens, ..range });
        }
    }

    /// Makes the box one around `tokens` in all of whose markings the goal holds, as it does there.
    fn require(&mut self, goal: &Goal, tokens: &impl Fn(u32) -> u64) {
        match goal {
            Goal::Constant(_) => {}
            Goal::AtLeastZero(sum) => self.not_less(sum, sum.value(tokens), tokens),
            Goal::Zero(sum) => {
                for (place, _) in &sum.terms {
                    self.at_least(*place, tokens(*place).into());
                    self.at_most(*place, tokens(*place).into());
                }
            }
            Goal::NotZero(sum) => {
                let value = sum.value(tokens);
                if value > 0 {
                    self.not_less(sum, value - 1, tokens);
                } else {
                    let terms = sum.terms.iter().map(|(place, factor)| (*place, -factor)).collect();
                    self.not_less(&Sum { terms, constant: -sum.constant }, -value - 1, tokens);
                }
            }
            Goal::AnyEnabled(presets) => {
                let enabled = presets.iter().find(|preset| preset.is_there(tokens));
                for (place, weight) in enabled.map_or(&[] as &[_], |preset| &preset.inputs) {
                    self.at_least(*place, (*weight).into());
                }
            }
            Goal::NoneEnabled(presets) => {
                presets.iter().for_each(|preset| self.disabled(&preset.inputs, tokens))
            }
            Goal::Dead => {
                let net = self.net;
                for transition in net.transitions() {
                    let preset: Vec<(u32, u64)> =
                        net.pre(transition).map(|(place, weight)| (place.index() as u32, weight)).collect();
                    self.disabled(&preset, tokens);
                }
            }
            Goal::Alive => {
                let net = self.net;
                let is_enabled = |t: &TransitionId| net.pre(*t).all(|(p, w)| tokens(p.index() as u32) >= w);
                let enabled = net.transitions().find(is_enabled);
                for (place, weight) in enabled.into_iter().flat_map(|t| net.pre(t)) {
                    self.at_least(place.index() as u32, weight.into());
                }
            }
            Goal::All(parts) => parts.iter().for_each(|part| self.require(part, tokens)),
            Goal::Any(parts) => {
                // How many are enabled matters to no literal but by being 0 or not.
                let net = self.net;
                let is_enabled = |t: TransitionId| net.pre(t).all(|(p, w)| tokens(p.index() as u32) >= w);
                let about_death = parts.iter().any(Goal::is_about_death);
                let enabled = usize::from(about_death && net.transitions().any(is_enabled));
                if let Some(part) = parts.iter().find(|part| part.holds(tokens, enabled)) {
                    self.require(part, tokens);
                }
            }
        }
    }

    /// The sum may lose `slack`, what it has to spare; one place alone takes all of it.
    fn not_less(&mut self, sum: &Sum, slack: i128, tokens: &impl Fn(u32) -> u64) {
        let spare = if sum.terms.len() == 1 { slack } else { 0 };
        for (place, factor) in &sum.terms {
            let count = i128::from(tokens(*place));
            let spare = spare / i128::from(factor.unsigned_abs());
            match *factor > 0 {
                true => self.at_least(*place, count - spare),
                false => self.at_most(*place, count + spare),
            }
        }
    }

    /// Some input place stays short: one that has to be anyway, if there is any.
    fn disabled(&mut self, preset: &[(u32, u64)], tokens: &impl Fn(u32) -> u64) {
        let is_short = |(place, weight): &&(u32, u64)| tokens(*place) < *weight;
        let ranges = &self.needed.ranges;
        let suffices = |(place, weight): &(u32, u64)| ranges[*place as usize].high < i128::from(*weight);
        let mut short = preset.iter().filter(is_short);
        if !preset.iter().any(suffices)
            && let Some((place, weight)) = short.next()
        {
            self.at_most(*place, i128::from(*weight) - 1);
        }
    }

    /// A run to `goal` that is no longer than `log`, which leads to the marking `tokens`, where the
    /// goal holds. Replays at most about `effort` firings to shorten it.
    pub(super) fn shorten(&mut self, log: &[u32], tokens: &[u64], goal: &Goal, effort: usize) -> Vec<u32> {
        let run = self.shortened(log, tokens, goal, effort);
        // Without a firing that took tokens away, a place may overflow.
        if self.replay(&run, goal).is_some() { run } else { log.into() }
    }

    fn shortened(&mut self, log: &[u32], tokens: &[u64], goal: &Goal, effort: usize) -> Vec<u32> {
        let mut run = self.slice(log, tokens, goal);
        let mut left = effort;
        while run.len() < left {
            let before = run.len();
            left -= before;
            let shorter = self.without_cycles(&run);
            let Some(end) = self.replay(&shorter, goal) else { break };
            run = self.slice(&shorter, &end, goal);
            if run.len() == before {
                break;
            }
        }
        run = self.without_opposites(run, goal, &mut left);
        self.without_blocks(run, goal, left)
    }

    /// The run without what leads from a marking back to it.
    fn without_cycles(&self, run: &[u32]) -> Vec<u32> {
        let mut hash = 0u64;
        let mut at = FxHashMap::from_iter([(hash, 0usize)]);
        let mut hashes = vec![hash];
        let mut kept: Vec<u32> = Vec::new();
        for number in run {
            hash = hash.wrapping_add(self.fingerprint(*number));
            kept.push(*number);
            // Two markings of one hash are the same but for a chance of 2⁻⁶⁴, and the replay tells.
            if let Some(earlier) = at.get(&hash).copied() {
                kept.truncate(earlier);
                hashes.drain(earlier + 1..).for_each(|gone| {
                    at.remove(&gone);
                });
            } else {
                at.insert(hash, kept.len());
                hashes.push(hash);
            }
        }
        kept
    }

    /// The run without pairs of firings of which the second undoes the first, wherever a replay
    /// still reaches the goal.
    fn without_opposites(&self, mut run: Vec<u32>, goal: &Goal, left: &mut usize) -> Vec<u32> {
        let mut effects: Vec<u64> = run.iter().map(|number| self.fingerprint(*number)).collect();
        let mut second = run.len();
        while second > 1 && *left >= run.len() {
            second -= 1;
            let opposite = effects[second].wrapping_neg();
            let Some(first) = effects[..second].iter().rposition(|effect| *effect == opposite) else {
                continue;
            };
            *left -= run.len();
            let mut shorter = run.clone();
            shorter.remove(second);
            shorter.remove(first);
            if self.replay(&shorter, goal).is_some() {
                run = shorter;
                effects.remove(second);
                effects.remove(first);
                second -= 1;
            }
        }
        run
    }

    /// A number for the effect of a transition: that of several firings is the sum of theirs.
    fn fingerprint(&self, number: u32) -> u64 {
        self.compact.changes(number).iter().fold(0, |sum: u64, change| {
            let weight = mixed(change.place);
            sum.wrapping_add(weight.wrapping_mul(i64::from(change.by) as u64))
        })
    }

    /// The run without blocks of firings that it does not need, halving them down to single ones.
    fn without_blocks(&self, mut run: Vec<u32>, goal: &Goal, effort: usize) -> Vec<u32> {
        let mut left = effort;
        let mut block = run.len() / 2;
        while block > 0 {
            let mut end = run.len();
            while end >= block {
                if left < run.len() {
                    return run;
                }
                left -= run.len();
                let shorter: Vec<u32> = run[..end - block].iter().chain(&run[end..]).copied().collect();
                if self.replay(&shorter, goal).is_some() {
                    run = shorter;
                }
                end -= block;
            }
            block /= 2;
        }
        run
    }

    /// The marking that the run leads to; `None` if it is no run or the goal does not hold there.
    pub(super) fn replay(&self, run: &[u32], goal: &Goal) -> Option<Vec<u64>> {
        let mut tokens: Vec<u64> = self.compact.initial().into();
        for number in run {
            let inputs = self.net.pre(self.compact.transition(*number));
            if inputs.clone().any(|(place, weight)| tokens[place.index()] < weight) {
                return None;
            }
            for change in self.compact.changes(*number) {
                let count = &mut tokens[change.place as usize];
                *count = count.wrapping_add_signed(change.by.into());
                if *count > MAX_TOKENS {
                    return None;
                }
            }
        }
        let is_dead = || {
            let marking = pn_net::Marking::new(tokens.clone());
            firing::is_dead(self.net, &marking)
        };
        let enabled = usize::from(!(goal.is_about_death() && is_dead()));
        goal.holds(&|place| tokens[place as usize], enabled).then_some(tokens)
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
const fn mixed(place: u32) -> u64 {
    let mut bits = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
