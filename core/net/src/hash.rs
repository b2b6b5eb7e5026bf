//! The net's hash: what a certificate, a trace or a journal is bound to.
//!
//! SHA-256 over the identifiers, the initial marking and the weighted arcs, in an order that does
//! not depend on the order of the nodes in the file. Display names, graphics and units do not
//! count: they change neither behaviour nor the names in a trace.

use crate::{Net, PlaceId, TransitionId};
use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 digest of a net's structure, names and initial marking.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetHash(pub [u8; 32]);

impl fmt::Display for NetHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for NetHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetHash({self})")
    }
}

/// The hash of `net`. O(size · log size).
#[must_use]
pub fn net_hash(net: &Net) -> NetHash {
    let mut places: Vec<PlaceId> = net.places().collect();
    places.sort_unstable_by_key(|p| net.place_name(*p));
    let mut transitions: Vec<TransitionId> = net.transitions().collect();
    transitions.sort_unstable_by_key(|t| net.transition_name(*t));

    let mut rank = vec![0u64; net.place_count()];
    let mut digest = Sha256::new();
    digest.update(b"pn net 1\0");
    digest.update((places.len() as u64).to_le_bytes());
    for (position, place) in places.iter().enumerate() {
        rank[place.index()] = position as u64;
        text(&mut digest, net.place_name(*place));
        digest.update(net.initial().tokens(*place).to_le_bytes());
    }
    digest.update((transitions.len() as u64).to_le_bytes());
    let mut row: Vec<(u64, u64)> = Vec::new();
    for transition in transitions {
        text(&mut digest, net.transition_name(transition));
        arcs(&mut digest, &mut row, net.pre(transition).map(|(p, w)| (rank[p.index()], w)));
        arcs(&mut digest, &mut row, net.post(transition).map(|(p, w)| (rank[p.index()], w)));
    }
    NetHash(digest.finalize().into())
}

fn text(digest: &mut Sha256, text: &str) {
    digest.update((text.len() as u64).to_le_bytes());
    digest.update(text.as_bytes());
}

fn arcs(digest: &mut Sha256, row: &mut Vec<(u64, u64)>, arcs: impl Iterator<Item = (u64, u64)>) {
    row.clear();
    row.extend(arcs);
    row.sort_unstable();
    digest.update((row.len() as u64).to_le_bytes());
    for (place, weight) in row {
        digest.update(place.to_le_bytes());
        digest.update(weight.to_le_bytes());
    }
}
