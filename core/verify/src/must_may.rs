//! What must and what may happen: the transitions that fire in every run to an end, and those
//! that fire in some run.
//!
//! Runs are those of a net of which some transitions [cannot fire](restricted). A watched
//! transition *must* fire when the net without it has no run to the end; it *may* fire when some
//! run enables it. All of them are settled in two explorations ([`pn_engines::explore::fired`]);
//! that one transition at a time gives the same answers is tested. Cost: that of the explorations.

use pn_engines::Run;
use pn_engines::explore::fired;
use pn_logic::{Formula, Reason};
use pn_net::{Marking, Net, NetBuilder, TransitionId};
use std::collections::BTreeSet;

/// What must and what may happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MustMay {
    /// What fires in every run to an end in which nothing fails, ascending. `None` when no such
    /// run leads to one.
    pub must: Option<Vec<TransitionId>>,
    /// What fires in some run in which nothing fails, ascending.
    pub smoothly: Vec<TransitionId>,
    /// What fires in some run, failures included, ascending.
    pub may: Vec<TransitionId>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// The net.
    pub net: &'a Net,
    /// The marking from which the runs start.
    pub start: &'a Marking,
    /// The transitions that are asked about, ascending.
    pub watched: &'a [TransitionId],
    /// What never fires.
    pub never: &'a BTreeSet<TransitionId>,
    /// What fires only where something fails.
    pub failures: &'a BTreeSet<TransitionId>,
    /// Where a run ends, in terms of the restricted net: `dead` holds where nothing can fire that
    /// may fire at all.
    pub end: &'a Formula,
}

/// What must and what may happen.
///
/// # Errors
///
/// The limit that was reached.
pub fn must_may(outlook: Outlook<'_>, run: &mut Run<'_>) -> Result<MustMay, Reason> {
    let Outlook { net, start, watched, never, failures, end } = outlook;
    let all = fired(&restricted(net, start, never), &[], &[], run)?;
    let may = watched.iter().copied().filter(|transition| all.fires(*transition)).collect();
    let without_failures = restricted(net, start, &never.union(failures).copied().collect());
    let smooth = fired(&without_failures, watched, std::slice::from_ref(end), run)?;
    let smoothly = watched.iter().copied().filter(|transition| smooth.fires(*transition)).collect();
    Ok(MustMay { must: smooth.in_every_run_to(0).map(<[_]>::to_vec), smoothly, may })
}

/// The net from `start`, without the transitions `never`.
///
/// All nodes keep their ids, so formulas about the net are formulas about the restricted one; what
/// never fires takes a token from one more place, which is never marked.
#[must_use]
pub fn restricted(net: &Net, start: &Marking, never: &BTreeSet<TransitionId>) -> Net {
    const FITS: &str = "it fits in the net from which it is copied";
    let mut builder = NetBuilder::new(net.name());
    for place in net.places() {
        let (name, label) = (net.place_name(place), net.place_label(place));
        builder.place(name, Some(label), start.tokens(place)).expect(FITS);
    }
    let names = std::iter::once("never".to_owned()).chain((2u64..).map(|number| format!("never.{number}")));
    let mut free = names.filter(|name| net.find_place(name).is_none() && net.find_transition(name).is_none());
    let name = free.next().expect("a net has fewer nodes than there are numbers");
    let never_marked = builder.place(&name, None, 0).expect("the name is free");
    for transition in net.transitions() {
        let (name, label) = (net.transition_name(transition), net.transition_label(transition));
        let copy = builder.transition(name, Some(label)).expect(FITS);
        net.pre(transition).for_each(|(place, weight)| builder.input(place, copy, weight).expect(FITS));
        net.post(transition).for_each(|(place, weight)| builder.output(copy, place, weight).expect(FITS));
        if never.contains(&transition) {
            builder.input(never_marked, copy, 1).expect("a single new arc");
        }
    }
    builder.build().expect(FITS)
}

/// The formula with what it says of enabledness put in terms of tokens: in a restricted net it
/// means what it means in `net`.
#[must_use]
pub fn in_tokens(net: &Net, formula: &Formula) -> Formula {
    let enabled = |transition: TransitionId| {
        let weighs = |weight: u64| i64::try_from(weight).expect("weights fit in 63 bits");
        Formula::And(net.pre(transition).map(|(p, weight)| Formula::at_least(p, weighs(weight))).collect())
    };
    let all = |parts: &[Formula]| parts.iter().map(|part| in_tokens(net, part)).collect();
    match formula {
        Formula::True | Formula::False | Formula::Compare(..) => formula.clone(),
        Formula::Fireable(transitions) => Formula::Or(transitions.iter().map(|t| enabled(*t)).collect()),
        Formula::Dead => Formula::Or(net.transitions().map(enabled).collect()).negated(),
        Formula::Not(inner) => in_tokens(net, inner).negated(),
        Formula::And(parts) => Formula::And(all(parts)),
        Formula::Or(parts) => Formula::Or(all(parts)),
    }
}
