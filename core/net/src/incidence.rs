//! The incidence matrix, one column at a time.

use crate::{Net, PlaceId, TransitionId};

/// The column of the incidence matrix C = Post − Pre for `transition`: the places whose count a
/// firing changes, ascending, with the change. Places in a balanced self-loop do not appear.
pub fn effect(net: &Net, transition: TransitionId) -> impl Iterator<Item = (PlaceId, i128)> + '_ {
    let mut taken = net.pre(transition).peekable();
    let mut given = net.post(transition).peekable();
    std::iter::from_fn(move || {
        let place = match (taken.peek(), given.peek()) {
            (None, None) => return None,
            (Some(&(p, _)), None) | (None, Some(&(p, _))) => p,
            (Some(&(p, _)), Some(&(q, _))) => p.min(q),
        };
        let minus = taken.next_if(|(p, _)| *p == place).map_or(0, |(_, w)| i128::from(w));
        let plus = given.next_if(|(p, _)| *p == place).map_or(0, |(_, w)| i128::from(w));
        Some((place, plus - minus))
    })
    .filter(|(_, change)| *change != 0)
}
