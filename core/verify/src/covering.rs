//! ω-markings that are claimed to cover everything reachable: is that so?
//!
//! It is if one of them covers the initial marking and each firing from one of them leads to what
//! one of them covers: firing is monotone, so by induction every reachable marking is covered.
//! Nothing has to be believed about where they come from. O(markings² · transitions · places).

use pn_logic::{Covering, Linear, Pumping};
use pn_net::{Net, OmegaMarking};

/// Whether the ω-markings cover every reachable marking of `net`.
pub(crate) fn covers_everything(net: &Net, covering: &Covering) -> bool {
    let is_covered = |marking: &OmegaMarking| covering.iter().any(|cover| cover.covers(marking));
    let is_closed = |from: &OmegaMarking| {
        let mut enabled = net.transitions().filter(|t| from.enables(net, *t));
        enabled.all(|t| from.fired(net, t).is_ok_and(|next| is_covered(&next)))
    };
    covering.iter().all(|marking| marking.counts().len() == net.place_count())
        && is_covered(&net.initial().into())
        && covering.iter().all(is_closed)
}

/// Whether repeating the words one after the other makes `expression` grow without limit: each
/// word can be repeated where it stands, given that the places pumped before hold as much as it
/// takes; in the end some place that counts for the expression is pumped, and none that counts
/// against it. `None` if a firing is not possible or a word loses tokens that are not pumped.
pub(crate) fn pumps(net: &Net, pumpings: &[Pumping], expression: &Linear) -> Option<bool> {
    let mut at = OmegaMarking::from(net.initial());
    for Pumping { run, word } in pumpings {
        at = run.firings.iter().try_fold(at, |at, t| at.fired(net, *t)).ok()?;
        let after = word.firings.iter().try_fold(at.clone(), |at, t| at.fired(net, *t)).ok()?;
        if !after.covers(&at) {
            return None;
        }
        at = at.accelerated(&at, &after);
    }
    let pumped = expression.terms().iter().filter(|(place, _)| at.tokens(*place).is_none());
    let signs: Vec<i32> = pumped.map(|(_, coefficient)| coefficient.signum()).collect();
    Some(!signs.is_empty() && signs.iter().all(|sign| *sign > 0))
}
