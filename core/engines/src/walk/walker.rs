//! A marking that moves, with the transitions that it enables.
//!
//! For each transition the number of its input places that are short of tokens is kept up to
//! date; it is enabled when that is 0, and then stands in an array, at a place that it knows. A
//! firing looks at the counts that it changes and, where a count crosses the weight of an input
//! arc, at the transitions that need so many: O(changes + consumers across), whatever the size of
//! the net. Going back to the beginning copies what was there, O(places + transitions).

use super::compact::{Change, Compact, NONE};
use pn_net::MAX_TOKENS;

/// Sees what a firing changes.
pub(super) trait Observer {
    /// The place held `old` tokens and holds `new` now.
    fn changed(&mut self, place: u32, old: u64, new: u64);
    /// The transition of this number is enabled in the marking that the firing leads to.
    fn enabled(&mut self, number: u32);
    /// It is not any more; [`Observer::enabled`] may follow in the same firing.
    fn disabled(&mut self, number: u32);
}

/// Looks at nothing.
pub(super) struct Nobody;

impl Observer for Nobody {
    #[inline]
    fn changed(&mut self, _: u32, _: u64, _: u64) {}
    #[inline]
    fn enabled(&mut self, _: u32) {}
    #[inline]
    fn disabled(&mut self, _: u32) {}
}

/// A place would hold more tokens than places can: the walk is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Overflow;

/// How a transition stands.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    /// Input places that are short.
    short: u32,
    /// Its index among the enabled ones, if it is.
    at: u32,
}

/// What moves.
#[derive(Clone, Debug)]
struct State {
    tokens: Box<[u64]>,
    standings: Box<[Standing]>,
    /// The enabled transitions that change something: the first `count`, in no order.
    enabled: Box<[u32]>,
    count: usize,
    /// How many are enabled and change nothing.
    idle: usize,
}

/// A marking of a net and what it enables.
#[derive(Clone, Debug)]
pub(super) struct Walker<'c> {
    net: &'c Compact,
    state: State,
    beginning: State,
}

impl<'c> Walker<'c> {
    /// At the initial marking.
    pub(super) fn new(net: &'c Compact) -> Self {
        let standing = |short: &u32| Standing { short: *short, at: 0 };
        let mut state = State {
            tokens: net.initial().into(),
            standings: net.inputs().iter().map(standing).collect(),
            enabled: vec![0; net.changing() as usize].into(),
            count: 0,
            idle: 0,
        };
        let short = net.inputs().iter().zip(0..).filter(|(inputs, _)| **inputs == 0);
        short.for_each(|(_, number)| state.enable(net, number));
        for (place, tokens) in (0..).zip(net.initial()) {
            state.rise(net, place, 0, *tokens, &mut Nobody);
        }
        Self { net, beginning: state.clone(), state }
    }

    /// Back to the initial marking.
    pub(super) fn restart(&mut self) {
        let Self { state, beginning, .. } = self;
        state.tokens.copy_from_slice(&beginning.tokens);
        state.standings.copy_from_slice(&beginning.standings);
        state.enabled.copy_from_slice(&beginning.enabled);
        (state.count, state.idle) = (beginning.count, beginning.idle);
    }

    /// The tokens on all places.
    pub(super) const fn tokens(&self) -> &[u64] {
        &self.state.tokens
    }

    /// The enabled transitions that change something, by number.
    #[inline]
    pub(super) fn enabled(&self) -> &[u32] {
        &self.state.enabled[..self.state.count]
    }

    /// Whether the transition of this number is enabled.
    pub(super) fn is_enabled(&self, number: u32) -> bool {
        self.state.standings[number as usize].short == 0
    }

    /// How many transitions are enabled, those that change nothing among them.
    pub(super) const fn enabled_count(&self) -> usize {
        self.state.count + self.state.idle
    }

    pub(super) const fn net(&self) -> &'c Compact {
        self.net
    }

    /// Fires an enabled transition.
    ///
    /// # Errors
    ///
    /// [`Overflow`]; the walker is then nowhere and has to restart.
    #[inline]
    pub(super) fn fire(&mut self, number: u32, observer: &mut impl Observer) -> Result<(), Overflow> {
        for change in self.net.changes(number) {
            let (place, by) = (change.place, i64::from(change.by));
            let count = &mut self.state.tokens[place as usize];
            let old = *count;
            let new = old.wrapping_add_signed(by);
            if new > MAX_TOKENS {
                return Err(Overflow);
            }
            *count = new;
            observer.changed(place, old, new);
            match by < 0 {
                true => self.state.fall(self.net, place, old, new, observer),
                false => self.state.rise(self.net, place, old, new, observer),
            }
        }
        Ok(())
    }

    /// Whether a place would hold too many tokens after a firing.
    pub(super) fn would_overflow(&self, number: u32) -> bool {
        let after =
            |change: &Change| self.state.tokens[change.place as usize].wrapping_add_signed(change.by.into());
        self.net.changes(number).iter().any(|change| after(change) > MAX_TOKENS)
    }

    /// What the marking after a firing looks like, from which nothing else is known.
    pub(super) fn with_fired<T>(&mut self, number: u32, look: impl FnOnce(&[u64]) -> T) -> T {
        let (net, tokens) = (self.net, &mut self.state.tokens);
        for change in net.changes(number) {
            let count = &mut tokens[change.place as usize];
            *count = count.wrapping_add_signed(change.by.into());
        }
        let seen = look(tokens);
        for change in net.changes(number) {
            let count = &mut tokens[change.place as usize];
            *count = count.wrapping_add_signed(-i64::from(change.by));
        }
        seen
    }

    /// Takes the latest firing back, of this transition.
    pub(super) fn unfire(&mut self, number: u32) {
        let net = self.net;
        let (losses, gains): (&[Change], &[Change]) = {
            let changes = net.changes(number);
            changes.split_at(changes.partition_point(|change| change.by < 0))
        };
        for change in gains.iter().chain(losses) {
            let count = &mut self.state.tokens[change.place as usize];
            let old = *count;
            let new = old.wrapping_add_signed(-i64::from(change.by));
            *count = new;
            match new < old {
                true => self.state.fall(net, change.place, old, new, &mut Nobody),
                false => self.state.rise(net, change.place, old, new, &mut Nobody),
            }
        }
    }
}

impl State {
    #[inline]
    fn rise(&mut self, net: &Compact, place: u32, old: u64, new: u64, observer: &mut impl Observer) {
        let mut row = net.needs(place);
        while u64::from(row.weight) <= new {
            if old < u64::from(row.weight) {
                for number in net.consumers(row) {
                    let standing = &mut self.standings[*number as usize];
                    standing.short -= 1;
                    if standing.short == 0 {
                        self.enable(net, *number);
                        observer.enabled(*number);
                    }
                }
            }
            if row.next == NONE {
                return;
            }
            row = net.needs(row.next);
        }
    }

    #[inline]
    fn fall(&mut self, net: &Compact, place: u32, old: u64, new: u64, observer: &mut impl Observer) {
        let mut row = net.needs(place);
        while u64::from(row.weight) <= old {
            if new < u64::from(row.weight) {
                for number in net.consumers(row) {
                    let standing = &mut self.standings[*number as usize];
                    standing.short += 1;
                    if standing.short == 1 {
                        self.disable(net, *number);
                        observer.disabled(*number);
                    }
                }
            }
            if row.next == NONE {
                return;
            }
            row = net.needs(row.next);
        }
    }

    #[inline]
    fn enable(&mut self, net: &Compact, number: u32) {
        if number >= net.changing() {
            self.idle += 1;
            return;
        }
        self.standings[number as usize].at = self.count as u32;
        self.enabled[self.count] = number;
        self.count += 1;
    }

    #[inline]
    fn disable(&mut self, net: &Compact, number: u32) {
        if number >= net.changing() {
            self.idle -= 1;
            return;
        }
        self.count -= 1;
        let (last, at) = (self.enabled[self.count], self.standings[number as usize].at);
        self.enabled[at as usize] = last;
        self.standings[last as usize].at = at;
    }
}
