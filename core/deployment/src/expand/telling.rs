//! Refresh edges: an action that has changed something has others applied once more.
//!
//! For each edge from T to R there is one token:
//!
//! ```text
//! idle                   nothing is asked for
//! pending                T has changed something; R is applied once more as soon as it is done
//! refreshing             R has been turned back for it and is not done again yet
//! T.….marks     told + idle       -> next + pending        (control)
//! T.….merges    told + pending    -> next + pending        (control)
//! T.….remarks   told + refreshing -> next + pending        (control)
//! T.….refreshes pending + done(R) -> refreshing + due(R)   (refresh of R)
//! T.….refreshed refreshing        -> idle   reads done(R)  (control)
//! ```
//!
//! Edges are told one after the other, `next` being the `told` of the next edge, so k edges cost
//! 3k transitions and not 2^k. Two notices become one, and one that waits survives failures and
//! restarts. R is turned back like a drift: done(R) and due(R) are what it gives and takes, or
//! the tokens of its repair.

use super::draft::{Draft, Owner};
use crate::Role;
use crate::origins::{PlacePart, StepPart};
use pn_logic::{Comparison, Formula, Linear};
use pn_net::{PlaceId, TransitionId};

/// A refresh edge.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    from: Owner,
    /// The action that is refreshed.
    to: Owner,
    idle: PlaceId,
    pending: PlaceId,
    refreshing: PlaceId,
}

/// How often an action may tell of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tells {
    /// Once, and first of all, so nothing is asked for yet.
    Once,
    /// Any number of times.
    Often,
}

/// What an action that tells others remembers.
pub(super) struct Memory {
    /// One attempt at a time, so that what is remembered is remembered of it.
    pub(super) free: PlaceId,
    pub(super) unchanged: PlaceId,
    pub(super) changed: PlaceId,
    /// Everyone has been told.
    pub(super) told: PlaceId,
}

/// What an action gives and takes, as far as being done and being due goes.
pub(super) struct Turn {
    /// The transition whose firing applies it.
    pub(super) start: TransitionId,
    pub(super) done: Vec<(PlaceId, u64)>,
    pub(super) due: Vec<(PlaceId, u64)>,
}

/// The edge from one action of the author's to another.
pub(super) fn edge(draft: &mut Draft, from: Owner, to: Owner) -> Edge {
    let (owner, of) = (between(&from, &to), to.of);
    Edge {
        idle: draft.place(&owner, PlacePart::Idle(of), 1),
        pending: draft.place(&owner, PlacePart::Pending(of), 0),
        refreshing: draft.place(&owner, PlacePart::Refreshing(of), 0),
        from,
        to,
    }
}

/// The parts of an edge are called after both ends.
fn between(from: &Owner, to: &Owner) -> Owner {
    let told = to.label.as_ref().unwrap_or(&to.name);
    Owner {
        name: format!("{}.tells.{}", from.name, to.name),
        label: from.label.as_ref().map(|label| format!("{label} tells {told}")),
        ..*from
    }
}

/// What an action with such edges remembers; nothing without any.
pub(super) fn memory(draft: &mut Draft, owner: &Owner, edges: &[Edge]) -> Option<Memory> {
    (!edges.is_empty()).then(|| Memory {
        free: draft.place(owner, PlacePart::Free, 1),
        unchanged: draft.place(owner, PlacePart::Unchanged, 1),
        changed: draft.place(owner, PlacePart::Changed, 0),
        told: draft.place(owner, PlacePart::AllTold, 0),
    })
}

/// The micro-steps in which the gadget of `owner` tells each edge; the places before each.
pub(super) fn chain(
    draft: &mut Draft,
    owner: &Owner,
    edges: &[Edge],
    tells: Tells,
    end: PlaceId,
) -> Vec<PlaceId> {
    let owners: Vec<Owner> = edges.iter().map(|edge| between(owner, &edge.to)).collect();
    let ends = edges.iter().zip(&owners);
    let told: Vec<PlaceId> =
        ends.clone().map(|(edge, owner)| draft.place(owner, PlacePart::Telling(edge.to.of), 0)).collect();
    for (index, (edge, owner)) in ends.enumerate() {
        let (to, next) = (edge.to.of, told.get(index + 1).copied().unwrap_or(end));
        let steps = [
            (StepPart::Marks(to), edge.idle),
            (StepPart::Merges(to), edge.pending),
            (StepPart::Remarks(to), edge.refreshing),
        ];
        let possible = if tells == Tells::Once { 1 } else { steps.len() };
        for (part, from) in steps.into_iter().take(possible) {
            let tells = draft.transition(owner, part, Role::Control);
            draft.moves(tells, told[index], next);
            draft.moves(tells, from, edge.pending);
        }
    }
    told
}

/// The transitions that carry the refresh out, and what holds when none of it is due: an action
/// that has not been done yet has nothing to do once more.
pub(super) fn refresh(draft: &mut Draft, edge: &Edge, turn: &Turn) -> [Formula; 2] {
    let Edge { from, to, idle, pending, refreshing } = edge;
    let (owner, of) = (between(from, to), to.of);
    let role = Role::Refresh { of: turn.start };
    let refreshes = draft.transition(&owner, StepPart::Refreshes(of), role);
    draft.moves(refreshes, *pending, *refreshing);
    draft.takes(refreshes, &turn.done);
    draft.gives(refreshes, &turn.due);
    let refreshed = draft.transition(&owner, StepPart::Refreshed(of), Role::Control);
    draft.moves(refreshed, *refreshing, *idle);
    draft.reads(refreshed, &turn.done);
    let is_empty = Formula::Compare(Linear::tokens(*refreshing), Comparison::Equal, Linear::constant(0));
    [Formula::Fireable(vec![refreshes]).negated(), is_empty]
}
