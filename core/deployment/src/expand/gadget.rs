//! The gadget: the subnet that stands for an action, and for its repair.
//!
//! What the action takes, gives, holds and reads is divided as in [`super::division`]. For n
//! repeated attempts:
//!
//! ```text
//! T                     take + hold          -> checking             reads      (action)
//! T.same                checking             -> give + hold          reads calm same
//! T.differs             checking             -> applying                        diff
//! T.ok                  applying             -> give + hold          reads calm ok
//! T.check-again         checking + touched   -> take + calm + hold              same
//! T.again               applying + touched   -> take + calm + hold              ok
//!   n = 0:
//! T.fails (check-…)     applying (checking)  -> failed + hold                   failed, timeout
//!   n > 0:
//! T.fails (check-…)     … + tries            -> waiting + spent + hold          failed, timeout
//! T.gives-up (check-…)  … + n spent          -> failed + n spent + hold         failed, timeout
//! T.retries             waiting + hold       -> checking             reads      (clock)
//! T.interrupted (…)     …                    -> take + hold                     unknown, cancelled
//! T.drifts              give                 -> take                            (world)
//! T.check-drifts        calm                 -> touched  reads checking         (world)
//! T.apply-drifts        calm                 -> touched  reads applying         (world)
//! ```
//!
//! `calm`, `touched` and the drifts are there only where drift is asked for; then each drift may
//! take one of the tokens that bound their number. `calm + touched = 1` and `tries + spent = n`
//! are place invariants, so for each result exactly one transition is enabled, and no inhibitor
//! arc is needed. A success gives all attempts back, one token at a time, before it counts: of a
//! past that is forgiven no marking tells. Drift is T backwards: every place invariant of the author's net that T keeps,
//! all parts keep, with `checking` and `applying` weighing what T took and holds.
//!
//! Source: the elements of a resource are those of the convergence loops of configuration
//! management (check, change, look again), drawn as a one-safe state machine.

use super::division::Division;
use super::draft::{Draft, Owner};
use super::telling::{self, Edge, Memory, Tells};
use crate::origins::{After, During, PlacePart, StepPart, Then};
use crate::{Outcome, Role};
use pn_net::{PlaceId, TransitionId};

/// What the gadget is to be made of.
pub(super) struct Gadget<'a> {
    pub(super) owner: Owner,
    /// The transition that starts it, without arcs yet.
    pub(super) start: TransitionId,
    pub(super) arcs: Division,
    /// How often a failed attempt is repeated.
    pub(super) repeats: u64,
    /// Whether its drift is part of it.
    pub(super) drift: Drift,
    /// The refreshes that follow when it has changed something.
    pub(super) edges: &'a [Edge],
    /// How often it may tell of a change.
    pub(super) tells: Tells,
    /// What a success makes of failed attempts.
    pub(super) failures: Failures,
}

/// What a success makes of the failed attempts before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Failures {
    /// It gives them back.
    Forgiven,
    /// It leaves them counted, as no attempt follows it.
    Kept,
}

/// Whether drift is part of a gadget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Drift {
    /// No.
    Absent,
    /// Only once it is done: no drift is left for the attempts that follow one.
    WhenDone(Cost),
    /// During attempts, too.
    AnyTime(Cost),
}

/// What a drift takes besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cost {
    /// Nothing: there may be any number of drifts.
    Free,
    /// One of the tokens here.
    Counted(PlaceId),
}

impl Drift {
    fn cost(self) -> Vec<(PlaceId, u64)> {
        match self {
            Self::WhenDone(Cost::Counted(left)) | Self::AnyTime(Cost::Counted(left)) => vec![(left, 1)],
            _ => Vec::new(),
        }
    }
}

/// The places that the rest of the expansion speaks of.
pub(super) struct Places {
    /// It has failed for good.
    pub(super) failed: PlaceId,
    /// One of these is marked while it is at work or pauses.
    pub(super) at_work: Vec<PlaceId>,
    /// One of these is marked while it tells others of a change.
    pub(super) telling: Vec<PlaceId>,
}

const FAILURES: [Outcome; 2] = [Outcome::Failed, Outcome::Timeout];

/// Writes the gadget into the draft.
pub(super) fn write(draft: &mut Draft, gadget: &Gadget<'_>) -> Places {
    let Gadget { owner, start, arcs, drift, edges, .. } = gadget;
    let checking = draft.place(owner, PlacePart::Checking, 0);
    let applying = draft.place(owner, PlacePart::Applying, 0);
    let failed = draft.place(owner, PlacePart::Failed, 0);
    let weather = matches!(drift, Drift::AnyTime(_)).then(|| Weather {
        calm: draft.place(owner, PlacePart::Calm, 1),
        touched: draft.place(owner, PlacePart::Touched, 0),
    });
    let memory = telling::memory(draft, owner, edges);
    let mut held = arcs.hold.clone();
    held.extend(memory.as_ref().map(|memory| (memory.free, 1)));
    let mut parts = Parts {
        draft,
        gadget,
        held,
        checking,
        applying,
        failed,
        weather,
        pause: None,
        settling: None,
        telling: Vec::new(),
    };

    parts.starts(*start);
    let successes = match memory {
        None => parts.success(),
        Some(memory) => parts.success_with_telling(&memory),
    };
    match gadget.repeats {
        0 => parts.fails_at_once(),
        repeats => {
            let counters = parts.fails_and_repeats(repeats);
            if gadget.failures == Failures::Forgiven {
                parts.forgives(repeats, counters, &successes);
            }
        }
    }
    parts.interruptions();
    parts.drifts();
    let Parts { pause, settling, telling, .. } = parts;
    let busy = [checking, applying].into_iter().chain(pause).chain(settling);
    let at_work = busy.chain(telling.iter().copied()).collect();
    Places { failed, at_work, telling }
}

/// Whether something has drifted during the attempt: one token on one of the two.
#[derive(Clone, Copy)]
struct Weather {
    calm: PlaceId,
    touched: PlaceId,
}

struct Parts<'a> {
    draft: &'a mut Draft,
    gadget: &'a Gadget<'a>,
    /// What is held during an attempt.
    held: Vec<(PlaceId, u64)>,
    checking: PlaceId,
    applying: PlaceId,
    failed: PlaceId,
    weather: Option<Weather>,
    pause: Option<PlaceId>,
    settling: Option<PlaceId>,
    telling: Vec<PlaceId>,
}

/// The transitions with which success counts at once.
struct Successes {
    same: TransitionId,
    /// Where nobody is told.
    ok: Option<TransitionId>,
    /// Where somebody is: the place before, and the transition.
    told: Option<(PlaceId, TransitionId)>,
    /// What has not changed anything has nothing to tell.
    unchanged: Option<PlaceId>,
}

impl Parts<'_> {
    /// An attempt begins with its check.
    fn starts(&mut self, start: TransitionId) {
        let Division { take, read, .. } = &self.gadget.arcs;
        self.draft.takes(start, take);
        self.draft.takes(start, &self.held);
        self.draft.reads(start, read);
        self.draft.gives(start, &[(self.checking, 1)]);
    }

    fn outcome(&mut self, part: StepPart, results: &[Outcome]) -> TransitionId {
        self.draft.outcome(&self.gadget.owner, self.gadget.start, part, results)
    }

    fn success(&mut self) -> Successes {
        let same = self.outcome(StepPart::Same, &[Outcome::Same]);
        self.succeeds(same, self.checking);
        let differs = self.outcome(StepPart::Differs, &[Outcome::Diff]);
        self.draft.moves(differs, self.checking, self.applying);
        let ok = self.outcome(StepPart::Succeeds, &[Outcome::Ok]);
        self.succeeds(ok, self.applying);
        if let Some(weather) = self.weather {
            let again = self.outcome(StepPart::Again(During::Check), &[Outcome::Same]);
            self.starts_anew(again, self.checking, weather);
            let again = self.outcome(StepPart::Again(During::Apply), &[Outcome::Ok]);
            self.starts_anew(again, self.applying, weather);
        }
        Successes { same, ok: Some(ok), told: None, unchanged: None }
    }

    /// As above, but whoever is to be refreshed is told of a change before the success counts.
    /// That something may have changed is remembered from the moment in which applying begins, so
    /// it is told even when the attempt fails half-way and the next finds nothing to do.
    fn success_with_telling(&mut self, memory: &Memory) -> Successes {
        let Gadget { owner, edges, tells, .. } = self.gadget;
        let Memory { unchanged, changed, told, .. } = *memory;
        let same = self.outcome(StepPart::Same, &[Outcome::Same]);
        self.succeeds(same, self.checking);
        self.draft.reads(same, &[(unchanged, 1)]);
        let differs = self.outcome(StepPart::Differs, &[Outcome::Diff]);
        self.draft.moves(differs, self.checking, self.applying);
        self.draft.moves(differs, unchanged, changed);
        let still = self.outcome(StepPart::DiffersAgain, &[Outcome::Diff]);
        self.draft.moves(still, self.checking, self.applying);
        self.draft.reads(still, &[(changed, 1)]);

        let chain = telling::chain(self.draft, owner, edges, *tells, told);
        let first = chain.first().copied().unwrap_or(told);
        self.telling.extend(chain);
        self.telling.push(told);
        for (part, result, from) in [
            (StepPart::SameChanged, Outcome::Same, self.checking),
            (StepPart::Succeeds, Outcome::Ok, self.applying),
        ] {
            let ends = self.outcome(part, &[result]);
            self.draft.moves(ends, from, first);
            self.draft.moves(ends, changed, unchanged);
        }
        let settles = self.draft.transition(owner, StepPart::Settles(After::Telling), Role::Control);
        self.succeeds(settles, told);
        if let Some(weather) = self.weather {
            let again = self.outcome(StepPart::Again(During::Check), &[Outcome::Same]);
            self.starts_anew(again, self.checking, weather);
            self.draft.reads(again, &[(unchanged, 1)]);
            let again = self.draft.transition(owner, StepPart::Again(During::Telling), Role::Control);
            self.starts_anew(again, told, weather);
        }
        Successes { same, ok: None, told: Some((told, settles)), unchanged: Some(unchanged) }
    }

    /// A success counts once no attempt is spent any more; one after failures gives them back
    /// before. Nothing can drift meanwhile: these are steps of ours, which are taken at once.
    fn forgives(&mut self, repeats: u64, (tries, spent): (PlaceId, PlaceId), successes: &Successes) {
        let Successes { same, ok, told, unchanged } = *successes;
        let owner = &self.gadget.owner;
        let (settling, settles) = told.unwrap_or_else(|| {
            let settling = self.draft.place(owner, PlacePart::Settling, 0);
            self.settling = Some(settling);
            let settles = self.draft.transition(owner, StepPart::Settles(After::Failures), Role::Control);
            self.draft.takes(settles, &[(settling, 1)]);
            self.draft.gives(settles, &self.gadget.arcs.give);
            self.draft.gives(settles, &self.held);
            (settling, settles)
        });
        for counts in [Some(same), ok, Some(settles)].into_iter().flatten() {
            self.draft.reads(counts, &[(tries, repeats)]);
        }
        let forgives = self.draft.transition(owner, StepPart::Forgives, Role::Control);
        self.draft.moves(forgives, settling, settling);
        self.draft.moves(forgives, spent, tries);
        let at_last = [
            (Some(StepPart::SameAtLast), Outcome::Same, self.checking),
            (ok.map(|_| StepPart::SucceedsAtLast), Outcome::Ok, self.applying),
        ];
        for (part, result, from) in at_last {
            let Some(part) = part else { continue };
            let succeeds = self.outcome(part, &[result]);
            self.draft.moves(succeeds, from, settling);
            self.draft.reads(succeeds, &[(spent, 1)]);
            self.draft.reads(succeeds, &unchanged.map(|place| (place, 1)).into_iter().collect::<Vec<_>>());
            if let Some(Weather { calm, .. }) = self.weather {
                self.draft.reads(succeeds, &[(calm, 1)]);
            }
        }
    }

    /// The attempt ends well, and nothing has drifted meanwhile.
    fn succeeds(&mut self, transition: TransitionId, from: PlaceId) {
        self.draft.takes(transition, &[(from, 1)]);
        self.draft.gives(transition, &self.gadget.arcs.give);
        self.draft.gives(transition, &self.held);
        if let Some(Weather { calm, .. }) = self.weather {
            self.draft.reads(transition, &[(calm, 1)]);
        }
    }

    /// The attempt ends well, but what drifted meanwhile has to be looked at.
    fn starts_anew(&mut self, transition: TransitionId, from: PlaceId, weather: Weather) {
        self.draft.takes(transition, &[(from, 1)]);
        self.draft.moves(transition, weather.touched, weather.calm);
        self.draft.gives(transition, &self.gadget.arcs.take);
        self.draft.gives(transition, &self.held);
    }

    fn fails_at_once(&mut self) {
        for (during, from) in self.stages() {
            let fails = self.outcome(StepPart::Fails(during, Then::Never), &FAILURES);
            self.draft.moves(fails, from, self.failed);
            self.draft.gives(fails, &self.held);
        }
    }

    fn fails_and_repeats(&mut self, repeats: u64) -> (PlaceId, PlaceId) {
        let Gadget { owner, start, arcs, .. } = self.gadget;
        let waiting = self.draft.place(owner, PlacePart::Waiting, 0);
        let tries = self.draft.place(owner, PlacePart::Tries, repeats);
        let spent = self.draft.place(owner, PlacePart::Spent, 0);
        self.pause = Some(waiting);
        for (during, from) in self.stages() {
            let fails = self.outcome(StepPart::Fails(during, Then::Again), &FAILURES);
            self.draft.moves(fails, from, waiting);
            self.draft.moves(fails, tries, spent);
            self.draft.gives(fails, &self.held);
        }
        let retries = self.draft.transition(owner, StepPart::Retries, Role::Retry { of: *start });
        self.draft.moves(retries, waiting, self.checking);
        self.draft.takes(retries, &self.held);
        self.draft.reads(retries, &arcs.read);
        for (during, from) in self.stages() {
            let gives_up = self.outcome(StepPart::GivesUp(during), &FAILURES);
            self.draft.moves(gives_up, from, self.failed);
            self.draft.reads(gives_up, &[(spent, repeats)]);
            self.draft.gives(gives_up, &self.held);
        }
        (tries, spent)
    }

    fn interruptions(&mut self) {
        for (during, from) in self.stages() {
            let part = StepPart::Interrupted(during);
            let interrupted = self.outcome(part, &[Outcome::Unknown, Outcome::Cancelled]);
            self.draft.takes(interrupted, &[(from, 1)]);
            self.draft.gives(interrupted, &self.gadget.arcs.take);
            self.draft.gives(interrupted, &self.held);
        }
    }

    fn drifts(&mut self) {
        let Gadget { owner, start, arcs, drift, .. } = self.gadget;
        if *drift == Drift::Absent {
            return;
        }
        let role = || Role::Drift { of: *start };
        let drifts = self.draft.transition(owner, StepPart::Drifts, role());
        self.draft.takes(drifts, &arcs.give);
        self.draft.gives(drifts, &arcs.take);
        self.draft.takes(drifts, &drift.cost());
        let Some(Weather { calm, touched }) = self.weather else { return };
        for (during, busy) in self.stages() {
            let drifts = self.draft.transition(owner, StepPart::DriftsBusy(during), role());
            self.draft.moves(drifts, calm, touched);
            self.draft.reads(drifts, &[(busy, 1)]);
            self.draft.takes(drifts, &drift.cost());
        }
    }

    const fn stages(&self) -> [(During, PlaceId); 2] {
        [(During::Apply, self.applying), (During::Check, self.checking)]
    }
}
