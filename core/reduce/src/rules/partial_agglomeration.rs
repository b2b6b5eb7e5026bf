//! Post-agglomeration of single producers, where the place has to stay.
//!
//! **Condition.** p ∉ V, •p ∩ p• = ∅, Pre(·,f) = {p} with the same weight w for all f ∈ F = p•, no
//! f visible where markings on the way are looked at. A producer h with Post(h,p) = w is replaced
//! by h·f for all f ∈ F; p and F stay.
//!
//! **Proof.** As for post-agglomeration, with the tokens of this h alone: in a run of N pair each
//! h with the first f after it that is not paired yet. Between the two no unpaired f fires, so
//! moving f to right after h takes from p nothing that others of p's consumers, which are F, take
//! in between. An h without a partner is followed by any f, which V does not show.
//!
//! **Source.** Rule R of Bønneland et al. (2019), narrowed to equal weights and small products.

use super::Rule;
use super::agglomerate::{Size, around, products, sees};
use crate::Questions;
use crate::draft::Draft;
use pn_net::PlaceId;

/// The rule.
pub static RULE: Rule = Rule { name: "partial agglomeration", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    draft.places_since(since).into_iter().filter(|place| at(draft, *place).is_some()).count()
}

fn at(draft: &mut Draft, place: PlaceId) -> Option<()> {
    let (producers, consumers) = around(draft, place, Size::Complex)?;
    let takes = consumers[0].1;
    let alone = consumers.iter().all(|(f, weight)| *weight == takes && draft.transition(*f).pre.len() == 1);
    let hidden = !draft.looks_at_every_marking()
        || consumers.iter().all(|(f, _)| !sees(draft, &draft.transition(*f).post));
    if !alone || !hidden {
        return None;
    }
    let fitting: Vec<_> = producers.into_iter().filter(|(_, gives)| *gives == takes).collect();
    if fitting.is_empty() {
        return None;
    }
    let products = products(draft, place, &fitting, &consumers)?;
    for new in products {
        draft.add_transition(new);
    }
    fitting.iter().for_each(|(h, _)| draft.drop_transition(*h));
    Some(())
}
