//! The marking of a run together with the set of transitions that it enables, kept up to date.
//!
//! For every transition the number of its unsatisfied inputs is counted; a firing revisits only the
//! consumers of places whose count it changed, and of those only the ones whose weight lies between
//! the old and the new count. The enabled transitions lie in an array with their positions in a
//! second one, so that a random one is found, added and removed in O(1).
//!
//! Cost of a firing: O(|•t| + |t•| + consumers of the places it changes).

use pn_net::firing::{self, FiringError};
use pn_net::{Marking, Net, PlaceId, TransitionId, effect};

const ABSENT: u32 = u32::MAX;

/// A marking and the transitions that are enabled in it.
pub(crate) struct State<'a> {
    net: &'a Net,
    marking: Marking,
    effects: Rows<(PlaceId, i64)>,
    /// The consumers of each place by ascending weight.
    consumers: Rows<(u64, TransitionId)>,
    /// The number of inputs of each transition that hold too few tokens.
    unsatisfied: Vec<u32>,
    enabled: Vec<TransitionId>,
    /// Where each transition stands in `enabled`, or [`ABSENT`].
    position: Vec<u32>,
}

impl<'a> State<'a> {
    /// The initial state of `net`. O(arcs · log arcs).
    pub(crate) fn new(net: &'a Net) -> Self {
        let marking = net.initial().clone();
        let unsatisfied = net
            .transitions()
            .map(|t| u32::try_from(firing::missing(net, &marking, t).count()).expect("a net has < 2^32 arcs"))
            .collect::<Vec<_>>();
        let mut state = Self {
            net,
            marking,
            effects: Rows::new(net.transitions().map(|t| effect(net, t).map(narrow).collect())),
            consumers: Rows::new(net.places().map(|p| {
                let mut row: Vec<_> = net.consumers(p).map(|(t, weight)| (weight, t)).collect();
                row.sort_unstable();
                row
            })),
            enabled: Vec::new(),
            position: vec![ABSENT; net.transition_count()],
            unsatisfied,
        };
        for transition in net.transitions().filter(|t| state.unsatisfied[t.index()] == 0) {
            insert(&mut state.enabled, &mut state.position, transition);
        }
        state
    }

    pub(crate) fn marking(&self) -> &Marking {
        &self.marking
    }

    pub(crate) fn into_marking(self) -> Marking {
        self.marking
    }

    /// The enabled transitions, in an order that depends on the firings so far and nothing else.
    pub(crate) fn enabled(&self) -> &[TransitionId] {
        &self.enabled
    }

    /// The places that a firing of `transition` changes.
    pub(crate) fn changed_by(&self, transition: TransitionId) -> impl Iterator<Item = PlaceId> + '_ {
        self.effects.row(transition.index()).iter().map(|(place, _)| *place)
    }

    /// Fires `transition`.
    ///
    /// # Errors
    ///
    /// Those of [`firing::fire`]; the state is then unchanged.
    pub(crate) fn fire(&mut self, transition: TransitionId) -> Result<(), FiringError> {
        firing::fire(self.net, &mut self.marking, transition)?;
        for &(place, change) in self.effects.row(transition.index()) {
            let now = self.marking.tokens(place);
            let before = now.wrapping_sub_signed(change);
            let (low, high) = (now.min(before), now.max(before));
            for &(weight, consumer) in self.consumers.row(place.index()) {
                if weight > high {
                    break;
                }
                if weight <= low {
                    continue;
                }
                let unsatisfied = &mut self.unsatisfied[consumer.index()];
                if change < 0 {
                    if *unsatisfied == 0 {
                        remove(&mut self.enabled, &mut self.position, consumer);
                    }
                    *unsatisfied += 1;
                } else {
                    *unsatisfied -= 1;
                    if *unsatisfied == 0 {
                        insert(&mut self.enabled, &mut self.position, consumer);
                    }
                }
            }
        }
        Ok(())
    }
}

fn insert(enabled: &mut Vec<TransitionId>, position: &mut [u32], transition: TransitionId) {
    position[transition.index()] = u32::try_from(enabled.len()).expect("a net has < 2^32 transitions");
    enabled.push(transition);
}

fn remove(enabled: &mut Vec<TransitionId>, position: &mut [u32], transition: TransitionId) {
    let hole = std::mem::replace(&mut position[transition.index()], ABSENT);
    enabled.swap_remove(hole as usize);
    if let Some(moved) = enabled.get(hole as usize) {
        position[moved.index()] = hole;
    }
}

fn narrow((place, change): (PlaceId, i128)) -> (PlaceId, i64) {
    (place, i64::try_from(change).expect("weights are below 2^63"))
}

/// Rows of different lengths in one array.
struct Rows<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Rows<T> {
    fn new(rows: impl Iterator<Item = Vec<T>>) -> Self {
        let (mut starts, mut items) = (vec![0], Vec::new());
        for row in rows {
            items.extend(row);
            starts.push(u32::try_from(items.len()).expect("a net has < 2^32 arcs"));
        }
        Self { starts, items }
    }

    fn row(&self, row: usize) -> &[T] {
        &self.items[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}
