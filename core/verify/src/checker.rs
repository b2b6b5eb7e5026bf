//! The independent checker: does the evidence establish the verdict?
//!
//! Runs are replayed by the reference firing rule and the formula evaluated in the marking that
//! they lead to; pumping words are replayed and their effect compared. A claim to have looked at
//! every reachable marking is recounted by brute force where the claimed number of markings is
//! within the checker's limit, and otherwise stands on the engine's word. Where the claimed number
//! is not that of the net's reachable markings, after reductions or with stubborn sets, all of
//! these are recounted if they are within the limit; neither reductions nor sets are looked at.
//! ω-markings that cover everything are looked through, if they are few enough for the limit.
//! Refutations are verified in exact arithmetic, inductive invariants by another SAT solver.
//! Nothing here is shared with the engines but `pn-net` and `pn-logic`.

use crate::covering::{covers_everything, pumps};
use crate::inductive::{InductiveFlaw, Invariant};
use crate::modular::{ModularFlaw, Spaces};
use crate::recount::{Bounds, Recount, RecountError};
use crate::refutation::{self, Flaw};
use crate::tape::Tape;
use pn_logic::{
    Covering, Evidence, Exploration, Explored, Formula, Inductive, Modular, Monotone, Prefix, Proof,
    Property, Sense, Verdict, holds_in, may_hold_below, most_below, value_in,
};
use pn_net::{Marking, Net, OmegaMarking, Trace, replay};
use std::sync::Arc;
use std::time::Instant;

/// How far evidence carries after the check.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Trust {
    /// One exhaustive search, or one proof about a reduced net, says so; too large to recount.
    OneSearch,
    /// A second, independent exhaustive search says so too.
    Recounted,
    /// A certificate was verified: exact arithmetic, or a second solver, says that it is a proof.
    Verified,
    /// The evidence was replayed and establishes the verdict by itself.
    Replayed,
}

/// Why evidence does not establish a verdict.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejection {
    /// This kind of evidence cannot establish this verdict on this kind of property.
    #[error("evidence of this kind does not establish this verdict")]
    WrongKind,
    /// The run cannot be fired.
    #[error("the run is not a firing sequence: {0}")]
    NotARun(#[from] pn_net::ReplayError),
    /// The run can be fired but does not show what it should.
    #[error("the run leads to a marking that does not establish the verdict")]
    WrongMarking,
    /// The second run does not grow the expression, or loses tokens elsewhere.
    #[error("the repeated run does not make the expression grow for ever")]
    NotPumping,
    /// The ω-markings do not cover every reachable marking.
    #[error("the ω-markings do not cover every reachable marking")]
    NotCovering,
    /// Something below an ω-marking may contradict the verdict.
    #[error("what the ω-markings cover does not establish the verdict")]
    TooCoarse,
    /// An independent exhaustive search came to other numbers.
    #[error("an independent search found {found:?}, the evidence claims {claimed:?}")]
    OtherCount {
        /// What the evidence claims.
        claimed: Exploration,
        /// What was found, up to the point of disagreement.
        found: Exploration,
    },
    /// An independent exhaustive search came to another verdict.
    #[error("an independent exhaustive search contradicts the verdict")]
    Contradicted,
    /// A refutation proves nothing.
    #[error("the refutation does not stand: {0}")]
    Flawed(#[from] Flaw),
    /// An inductive invariant proves nothing.
    #[error("the inductive invariant does not stand: {0}")]
    FlawedInvariant(#[from] InductiveFlaw),
    /// A proof by modules proves nothing.
    #[error("the proof by modules does not stand: {0}")]
    FlawedModules(#[from] ModularFlaw),
}

/// Checks evidence about one net; recounts at most once, however many claims.
pub struct Checker<'n> {
    net: &'n Net,
    limit: u64,
    bytes: usize,
    end: Option<Instant>,
    recount: Option<Recount>,
    /// Whether a recount was given up.
    is_too_large: bool,
    /// Whether that was for want of memory or time.
    has_no_room: bool,
    /// ω-markings that cover everything, as was found before.
    covering: Option<Covering>,
    /// The modules of the last proof by modules.
    spaces: Option<Spaces<'n>>,
    /// The clauses of the last inductive invariant that stood.
    invariant: Option<Invariant<'n>>,
    /// The last run of which a claim used the beginning.
    tape: Option<Tape>,
}

/// The most comparisons that looking through ω-markings may take.
const MOST_COMPARISONS: u64 = 1_000_000_000;

impl<'n> Checker<'n> {
    /// A checker that recounts state spaces of up to `limit` markings.
    #[must_use]
    pub const fn new(net: &'n Net, limit: u64) -> Self {
        Self {
            net,
            limit,
            bytes: usize::MAX,
            end: None,
            recount: None,
            is_too_large: false,
            has_no_room: false,
            covering: None,
            spaces: None,
            invariant: None,
            tape: None,
        }
    }

    /// The same, giving up a recount that would take more than so many bytes.
    #[must_use]
    pub const fn within_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same, giving up a recount at this instant: what it would confirm stands on the engine's
    /// word then.
    #[must_use]
    pub const fn until(mut self, end: Option<Instant>) -> Self {
        self.end = end;
        self
    }

    const fn bounds(&self, markings: u64) -> Bounds {
        Bounds { markings, bytes: self.bytes, end: self.end }
    }

    /// Whether `evidence` establishes `verdict` about `property`.
    ///
    /// # Errors
    ///
    /// Why it does not. An unknown verdict needs no evidence and is always rejected.
    pub fn check(
        &mut self,
        property: &Property,
        verdict: &Verdict,
        evidence: &Evidence,
    ) -> Result<Trust, Rejection> {
        match (property, verdict, evidence) {
            (Property::Possibly(formula), Verdict::Holds, Evidence::Run(run)) => {
                self.leads_to(run, |net, marking| holds_in(net, marking, formula))
            }
            (Property::Always(formula), Verdict::Fails, Evidence::Run(run)) => {
                self.leads_to(run, |net, marking| !holds_in(net, marking, formula))
            }
            (Property::Possibly(formula), Verdict::Holds, Evidence::Prefix(prefix)) => {
                self.comes_to(prefix, |net, marking| holds_in(net, marking, formula))
            }
            (Property::Always(formula), Verdict::Fails, Evidence::Prefix(prefix)) => {
                self.comes_to(prefix, |net, marking| !holds_in(net, marking, formula))
            }
            (Property::Possibly(formula), Verdict::Fails, Evidence::Modules(proof)) => {
                let contrary = Monotone::of(self.net, formula, Sense::Holds);
                self.spaces(proof)?.exclude(&contrary)?;
                Ok(Trust::Verified)
            }
            (Property::Always(formula), Verdict::Holds, Evidence::Modules(proof)) => {
                let contrary = Monotone::of(self.net, formula, Sense::Fails);
                self.spaces(proof)?.exclude(&contrary)?;
                Ok(Trust::Verified)
            }
            (Property::InevitablyBackTo { goal, unless }, Verdict::Holds, Evidence::Modules(proof)) => {
                let [from, failing] = [unless, goal].map(|f| Monotone::of(self.net, f, Sense::Fails));
                self.spaces(proof)?.steer(&from, &failing, &proof.plan)?;
                Ok(Trust::Verified)
            }
            (
                Property::Bound(expression),
                Verdict::Bounded(bound),
                Evidence::PrefixAndModules(prefix, proof),
            ) => {
                self.comes_to(prefix, |_, marking| value_in(marking, expression) == *bound)?;
                self.spaces(proof)?.exclude(&Monotone::exceeds(expression, *bound))?;
                Ok(Trust::Verified)
            }
            (Property::Possibly(formula), Verdict::Fails, Evidence::Exhaustion(all)) => {
                self.in_every_marking(*all, |net, marking| !holds_in(net, marking, formula))
            }
            (Property::Always(formula), Verdict::Holds, Evidence::Exhaustion(all)) => {
                self.in_every_marking(*all, |net, marking| holds_in(net, marking, formula))
            }
            (Property::Possibly(formula), Verdict::Fails, Evidence::Refutation(proof)) => {
                let goal = || Monotone::of(self.net, formula, Sense::Holds);
                self.refuted(proof, goal, |net, marking| !holds_in(net, marking, formula))
            }
            (Property::Always(formula), Verdict::Holds, Evidence::Refutation(proof)) => {
                let goal = || Monotone::of(self.net, formula, Sense::Fails);
                self.refuted(proof, goal, |net, marking| holds_in(net, marking, formula))
            }
            (Property::Possibly(formula), Verdict::Fails, Evidence::Inductive(proof)) => {
                let contrary = Monotone::of(self.net, formula, Sense::Holds);
                self.invariant(proof)?.exclude(&contrary)?;
                Ok(Trust::Verified)
            }
            (Property::Always(formula), Verdict::Holds, Evidence::Inductive(proof)) => {
                let contrary = Monotone::of(self.net, formula, Sense::Fails);
                self.invariant(proof)?.exclude(&contrary)?;
                Ok(Trust::Verified)
            }
            (
                Property::Bound(expression),
                Verdict::Bounded(bound),
                Evidence::RunAndRefutation(run, proof),
            ) => {
                self.leads_to(run, |_, marking| value_in(marking, expression) == *bound)?;
                let goal = || Monotone::exceeds(expression, *bound);
                self.refuted(proof, goal, |_, marking| value_in(marking, expression) <= *bound)
            }
            (Property::InevitablyBackTo { goal, unless }, Verdict::Holds, Evidence::Exhaustion(all)) => {
                self.no_marking_is_lost(*all, goal, unless)
            }
            (
                Property::InevitablyBackTo { goal, unless },
                Verdict::Fails,
                Evidence::RunAndExhaustion(run, all),
            ) => self.is_lost(run, *all, goal, unless),
            (Property::Bound(expression), Verdict::Bounded(bound), Evidence::RunAndExhaustion(run, all)) => {
                self.leads_to(run, |_, marking| value_in(marking, expression) == *bound)?;
                self.in_every_marking(*all, |_, marking| value_in(marking, expression) <= *bound)
            }
            (Property::Bound(expression), Verdict::Unbounded, Evidence::Pumping(prefix, word)) => {
                let before = replay(self.net, self.net.initial(), prefix)?;
                let after = replay(self.net, &before, word)?;
                let grows = value_in(&after, expression) > value_in(&before, expression);
                if grows && after.covers(&before) { Ok(Trust::Replayed) } else { Err(Rejection::NotPumping) }
            }
            (Property::Bound(expression), Verdict::Unbounded, Evidence::Pumpings(pumpings)) => {
                match pumps(self.net, pumpings, expression) {
                    Some(true) => Ok(Trust::Replayed),
                    Some(false) | None => Err(Rejection::NotPumping),
                }
            }
            (Property::Possibly(formula), Verdict::Fails, Evidence::Covering(covering)) => {
                self.everywhere_below(covering, |net, marking| !may_hold_below(net, marking, formula))
            }
            (Property::Always(formula), Verdict::Holds, Evidence::Covering(covering)) => {
                let violated = formula.clone().negated();
                self.everywhere_below(covering, |net, marking| !may_hold_below(net, marking, &violated))
            }
            (
                Property::Bound(expression),
                Verdict::Bounded(bound),
                Evidence::RunAndCovering(run, covering),
            ) => {
                self.leads_to(run, |_, marking| value_in(marking, expression) == *bound)?;
                self.everywhere_below(covering, |_, marking| {
                    most_below(marking, expression).is_some_and(|most| most <= *bound)
                })
            }
            _ => Err(Rejection::WrongKind),
        }
    }

    fn everywhere_below(
        &mut self,
        covering: &Covering,
        holds: impl Fn(&Net, &OmegaMarking) -> bool,
    ) -> Result<Trust, Rejection> {
        let has_counts = |marking: &OmegaMarking| marking.counts().len() == self.net.place_count();
        if !covering.iter().all(has_counts) {
            return Err(Rejection::NotCovering);
        }
        if !covering.iter().all(|marking| holds(self.net, marking)) {
            return Err(Rejection::TooCoarse);
        }
        let size = covering.len() as u64;
        let places = self.net.place_count() + self.net.transition_count();
        let comparisons = size.saturating_mul(size).saturating_mul(places as u64);
        if size > self.limit || comparisons > MOST_COMPARISONS {
            return Ok(Trust::OneSearch);
        }
        if self.covering.as_ref() != Some(covering) {
            if !covers_everything(self.net, covering) {
                return Err(Rejection::NotCovering);
            }
            self.covering = Some(covering.clone());
        }
        Ok(Trust::Replayed)
    }

    /// The modules of a proof, explored; those of the proof before are kept.
    fn spaces(&mut self, proof: &Modular) -> Result<&Spaces<'n>, ModularFlaw> {
        let known = self.spaces.take().filter(|spaces| Arc::ptr_eq(&spaces.modules, &proof.modules));
        let spaces = match known {
            Some(spaces) => spaces,
            None => Spaces::new(self.net, &proof.modules)?,
        };
        Ok(self.spaces.insert(spaces))
    }

    /// An inductive invariant that stands; the one before is kept.
    fn invariant(&mut self, proof: &Arc<Inductive>) -> Result<&mut Invariant<'n>, InductiveFlaw> {
        let known = self.invariant.take().filter(|invariant| Arc::ptr_eq(&invariant.proof, proof));
        let invariant = match known {
            Some(invariant) => invariant,
            None => Invariant::new(self.net, proof)?,
        };
        Ok(self.invariant.insert(invariant))
    }

    fn comes_to(
        &mut self,
        prefix: &Prefix,
        shows: impl Fn(&Net, &Marking) -> bool,
    ) -> Result<Trust, Rejection> {
        let known = self.tape.take().filter(|tape| Arc::ptr_eq(&tape.run, &prefix.run));
        let tape = self.tape.insert(known.unwrap_or_else(|| Tape::new(self.net, &prefix.run)));
        let marking = tape.after(self.net, prefix.length).ok_or(Rejection::WrongMarking)??;
        if shows(self.net, marking) { Ok(Trust::Replayed) } else { Err(Rejection::WrongMarking) }
    }

    fn leads_to(&self, run: &Trace, shows: impl Fn(&Net, &Marking) -> bool) -> Result<Trust, Rejection> {
        let marking = replay(self.net, self.net.initial(), run)?;
        if shows(self.net, &marking) { Ok(Trust::Replayed) } else { Err(Rejection::WrongMarking) }
    }

    /// No reachable marking satisfies `goal`, so every one satisfies `holds`.
    fn refuted(
        &mut self,
        proof: &Proof,
        goal: impl FnOnce() -> Monotone,
        holds: impl Fn(&Net, &Marking) -> bool,
    ) -> Result<Trust, Rejection> {
        match proof {
            Proof::Itself(refutation) => {
                refutation::check(self.net, &goal(), refutation)?;
                Ok(Trust::Verified)
            }
            Proof::Reduced => {
                let net = self.net;
                let Some(recount) = self.recount_unreduced() else { return Ok(Trust::OneSearch) };
                let every = recount.markings().iter().all(|marking| holds(net, marking));
                if every { Ok(Trust::Recounted) } else { Err(Rejection::Contradicted) }
            }
        }
    }

    fn in_every_marking(
        &mut self,
        claimed: Exploration,
        holds: impl Fn(&Net, &Marking) -> bool,
    ) -> Result<Trust, Rejection> {
        let net = self.net;
        let Some(recount) = self.recount(claimed)? else { return Ok(Trust::OneSearch) };
        let every = recount.markings().iter().all(|marking| holds(net, marking));
        if every { Ok(Trust::Recounted) } else { Err(Rejection::Contradicted) }
    }

    fn no_marking_is_lost(
        &mut self,
        claimed: Exploration,
        goal: &Formula,
        unless: &Formula,
    ) -> Result<Trust, Rejection> {
        let net = self.net;
        let Some(recount) = self.recount(claimed)? else { return Ok(Trust::OneSearch) };
        let lost = recount.lost(|marking| holds_in(net, marking, goal));
        let exempt = |marking: &Marking| holds_in(net, marking, unless);
        let none = lost.into_iter().all(exempt);
        if none { Ok(Trust::Recounted) } else { Err(Rejection::Contradicted) }
    }

    /// The run leads to a marking that is not exempt and from which the goal is out of reach.
    fn is_lost(
        &mut self,
        run: &Trace,
        claimed: Exploration,
        goal: &Formula,
        unless: &Formula,
    ) -> Result<Trust, Rejection> {
        let net = self.net;
        let end = replay(net, net.initial(), run)?;
        if holds_in(net, &end, unless) || holds_in(net, &end, goal) {
            return Err(Rejection::WrongMarking);
        }
        if matches!(claimed.of, Explored::Onwards | Explored::ReducedOnwards) {
            let holds = |marking: &Marking| holds_in(net, marking, goal);
            let Some(onwards) = self.onwards(&end, claimed)? else { return Ok(Trust::OneSearch) };
            let none = !onwards.markings().iter().any(holds);
            return if none { Ok(Trust::Recounted) } else { Err(Rejection::Contradicted) };
        }
        let Some(recount) = self.recount(claimed)? else { return Ok(Trust::OneSearch) };
        let lost = recount.lost(|marking| holds_in(net, marking, goal));
        if lost.contains(&&end) { Ok(Trust::Recounted) } else { Err(Rejection::Contradicted) }
    }

    /// What can be reached from `start`. `None` if it is too large, an error if it is something
    /// else than claimed.
    fn onwards(&self, start: &Marking, claimed: Exploration) -> Result<Option<Recount>, Rejection> {
        let is_of_this_net = claimed.of == Explored::Onwards;
        if self.limit == 0 || (is_of_this_net && claimed.states > self.limit) {
            return Ok(None);
        }
        let limit = if is_of_this_net { claimed.states } else { self.limit };
        let found = match Recount::from(self.net, start, self.bounds(limit)) {
            Err(_) if !is_of_this_net => return Ok(None),
            Err(RecountError::Limits) => return Ok(None),
            Err(RecountError::MoreMarkings(found)) => return Err(Rejection::OtherCount { claimed, found }),
            Err(RecountError::TokenOverflow) => return Err(Rejection::Contradicted),
            Ok(found) => found,
        };
        let counted = Exploration { of: claimed.of, ..found.exploration() };
        match is_of_this_net && counted != claimed {
            true => Err(Rejection::OtherCount { claimed, found: counted }),
            false => Ok(Some(found)),
        }
    }

    /// The recounted state space of the net itself. `None` if it is too large, an error if it is
    /// another one than claimed. The numbers of a reduced net say nothing about it, those of a
    /// search with stubborn sets are at most its own: it is recounted as far as the limit goes.
    fn recount(&mut self, claimed: Exploration) -> Result<Option<&Recount>, Rejection> {
        match claimed.of {
            Explored::Itself => self.recount_itself(claimed),
            Explored::Reduced | Explored::ReducedStubborn => Ok(self.recount_unreduced()),
            Explored::Onwards | Explored::ReducedOnwards => Err(Rejection::WrongKind),
            Explored::Stubborn => match self.recount_unreduced() {
                Some(recount) if !recount.has_as_many_as(claimed) => {
                    Err(Rejection::OtherCount { claimed, found: recount.exploration() })
                }
                recount => Ok(recount),
            },
        }
    }

    fn recount_unreduced(&mut self) -> Option<&Recount> {
        if self.recount.is_none() && !self.is_too_large && self.limit > 0 {
            match Recount::of(self.net, self.bounds(self.limit)) {
                Ok(recount) => self.recount = Some(recount),
                Err(error) => {
                    self.is_too_large = true;
                    self.has_no_room = matches!(error, RecountError::Limits);
                }
            }
        }
        self.recount.as_ref()
    }

    fn recount_itself(&mut self, claimed: Exploration) -> Result<Option<&Recount>, Rejection> {
        if claimed.states > self.limit || (self.recount.is_none() && self.has_no_room) {
            return Ok(None);
        }
        if self.recount.is_none() {
            match Recount::of(self.net, self.bounds(claimed.states)) {
                Ok(recount) => self.recount = Some(recount),
                Err(RecountError::MoreMarkings(found)) => {
                    return Err(Rejection::OtherCount { claimed, found });
                }
                Err(RecountError::TokenOverflow) => return Err(Rejection::Contradicted),
                Err(RecountError::Limits) => {
                    (self.is_too_large, self.has_no_room) = (true, true);
                    return Ok(None);
                }
            }
        }
        let recount = self.recount.as_ref().expect("it was just made sure of");
        let found = recount.exploration();
        if found == claimed { Ok(Some(recount)) } else { Err(Rejection::OtherCount { claimed, found }) }
    }
}
