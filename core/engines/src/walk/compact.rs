//! A net in the form that walks read: compressed rows of 32-bit numbers.
//!
//! A transition is the list of the counts that it changes, losses before gains. A place is a
//! chain of rows, one for each weight of its input arcs, ascending: the transitions that need so
//! many tokens. Transitions that change nothing are numbered last, so that one comparison tells
//! them. Memory: 8 bytes a changed count, 4 an input arc, 16 a place and 20 a transition.

use pn_net::{Net, PlaceId, TransitionId, effect};

/// One count that a firing changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) place: u32,
    pub(super) by: i32,
}

/// The transitions that need `weight` tokens of a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    pub(super) weight: u32,
    /// Range in [`Compact::consumers`].
    pub(super) start: u32,
    pub(super) end: u32,
    /// The row of the place's next larger weight, or [`NONE`].
    pub(super) next: u32,
}

/// No further row.
pub(super) const NONE: u32 = u32::MAX;

/// The net, its transitions renumbered.
#[derive(Clone, Debug)]
pub(super) struct Compact {
    /// By number of a transition, where its changes begin; one more at the end.
    starts: Box<[u32]>,
    changes: Box<[Change]>,
    /// The first row of each place, then the further ones.
    needs: Box<[Needs]>,
    consumers: Box<[u32]>,
    /// The net's transition for each number.
    transitions: Box<[TransitionId]>,
    /// The number of each of the net's transitions.
    numbers: Box<[u32]>,
    /// How many transitions change something: those with the lower numbers.
    changing: u32,
    /// By number, how many input places the transition has.
    inputs: Box<[u32]>,
    initial: Box<[u64]>,
}

impl Compact {
    /// The compact form of `net`; `None` where a weight or a size exceeds 31 bits.
    pub(super) fn of(net: &Net) -> Option<Self> {
        let short = |count: usize| i32::try_from(count).ok();
        short(net.place_count())?;
        short(net.transition_count())?;
        short(net.arc_count())?;
        let (mut changing, mut idle) = (Vec::new(), Vec::new());
        for transition in net.transitions() {
            let list = if effect(net, transition).next().is_some() { &mut changing } else { &mut idle };
            list.push(transition);
        }
        let count = u32::try_from(changing.len()).ok()?;
        let transitions: Vec<TransitionId> = changing.into_iter().chain(idle).collect();
        let mut numbers = vec![0; net.transition_count()];
        let (mut starts, mut changes) = (vec![0], Vec::new());
        let mut inputs = Vec::with_capacity(transitions.len());
        for (number, transition) in (0..).zip(&transitions) {
            numbers[transition.index()] = number;
            inputs.push(u32::try_from(net.preset(*transition).len()).ok()?);
            let all: Option<Vec<Change>> = effect(net, *transition)
                .map(|(place, by)| Some(Change { place: number_of(place), by: i32::try_from(by).ok()? }))
                .collect();
            let all = all?;
            changes.extend(all.iter().filter(|change| change.by < 0));
            changes.extend(all.iter().filter(|change| change.by > 0));
            starts.push(u32::try_from(changes.len()).ok()?);
        }
        let (needs, consumers) = needs(net, &numbers)?;
        Some(Self {
            starts: starts.into(),
            changes: changes.into(),
            needs: needs.into(),
            consumers: consumers.into(),
            transitions: transitions.into(),
            numbers: numbers.into(),
            changing: count,
            inputs: inputs.into(),
            initial: net.initial().counts().into(),
        })
    }

    pub(super) fn initial(&self) -> &[u64] {
        &self.initial
    }

    /// How many transitions there are.
    pub(super) const fn len(&self) -> usize {
        self.transitions.len()
    }

    /// How many change something; they have the lower numbers.
    pub(super) const fn changing(&self) -> u32 {
        self.changing
    }

    /// By number, how many input places.
    pub(super) fn inputs(&self) -> &[u32] {
        &self.inputs
    }

    /// What a firing changes, losses first.
    #[inline]
    pub(super) fn changes(&self, number: u32) -> &[Change] {
        let number = number as usize;
        &self.changes[self.starts[number] as usize..self.starts[number + 1] as usize]
    }

    /// The row of the place's smallest weight, or the row of this index.
    #[inline]
    pub(super) fn needs(&self, row: u32) -> Needs {
        self.needs[row as usize]
    }

    /// The transitions of a row.
    #[inline]
    pub(super) fn consumers(&self, row: Needs) -> &[u32] {
        &self.consumers[row.start as usize..row.end as usize]
    }

    /// The net's transition of this number.
    pub(super) fn transition(&self, number: u32) -> TransitionId {
        self.transitions[number as usize]
    }

    /// The number of a transition of the net.
    pub(super) fn number(&self, transition: TransitionId) -> u32 {
        self.numbers[transition.index()]
    }
}

/// The rows of all places and their consumers. A place without consumers has an empty row.
fn needs(net: &Net, numbers: &[u32]) -> Option<(Vec<Needs>, Vec<u32>)> {
    let nothing = Needs { weight: u32::MAX, start: 0, end: 0, next: NONE };
    let (mut needs, mut consumers) = (vec![nothing; net.place_count()], Vec::new());
    for place in net.places() {
        let mut arcs: Vec<(u32, u32)> = Vec::new();
        for (transition, weight) in net.consumers(place) {
            arcs.push((u32::try_from(i32::try_from(weight).ok()?).ok()?, numbers[transition.index()]));
        }
        arcs.sort_unstable();
        let mut row = place.index();
        for (rank, group) in arcs.chunk_by(|a, b| a.0 == b.0).enumerate() {
            if rank > 0 {
                needs[row].next = u32::try_from(needs.len()).ok()?;
                row = needs.len();
                needs.push(nothing);
            }
            let start = u32::try_from(consumers.len()).ok()?;
            consumers.extend(group.iter().map(|(_, number)| *number));
            let end = u32::try_from(consumers.len()).ok()?;
            needs[row] = Needs { weight: group[0].0, start, end, next: NONE };
        }
    }
    Some((needs, consumers))
}

fn number_of(place: PlaceId) -> u32 {
    u32::try_from(place.index()).expect("the places were counted")
}
