//! One random run: from the initial marking, step by step, until something ends it.

use crate::PlaceStatistics;
use crate::enabled::State;
use crate::policy::{Chooser, Policy};
use crate::statistics::Collector;
use pn_logic::{Formula, holds_in};
use pn_net::firing::FiringError;
use pn_net::{Marking, Net, PlaceId, Trace, TransitionId};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::ops::ControlFlow;

/// How often the monitor is asked, in steps.
const MONITOR_EVERY: u64 = 1 << 16;

/// What a run does and when it ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Where the random choices come from; the same seed gives the same run.
    pub seed: u64,
    /// How the next transition is chosen.
    pub policy: Policy,
    /// The run ends after this many steps.
    pub max_steps: u64,
    /// The run ends in the first marking in which this holds, the initial one included.
    pub until: Option<Formula>,
    /// The run ends when this transition has fired.
    pub until_fired: Option<TransitionId>,
    /// Whether the firings are kept.
    pub recording: Recording,
}

/// Whether the firings of a run are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Recording {
    /// Only counts are kept.
    #[default]
    Counts,
    /// The whole firing sequence is kept: 4 bytes a step, so at most 4 · [`Settings::max_steps`].
    Trace,
}

/// What ended a run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stop {
    /// The number of steps that was asked for.
    Steps,
    /// No transition is enabled.
    Dead,
    /// The formula that was waited for holds.
    Reached,
    /// The transition that was waited for has fired.
    Fired,
    /// The monitor asked for it.
    Cancelled,
    /// Firing the transition that was chosen would put more than 2⁶³ − 1 tokens on the place.
    Overflow(TransitionId, PlaceId),
}

/// A finished run.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// The seed with which [`simulate`] repeats this run.
    pub seed: u64,
    /// Number of firings.
    pub steps: u64,
    /// What ended it.
    pub stop: Stop,
    /// The marking in which it ended.
    pub last: Marking,
    /// The firing sequence, if it was recorded.
    pub trace: Option<Trace>,
    /// How often each transition fired, by transition index.
    pub firings: Vec<u64>,
    /// What happened on each place, by place index.
    pub places: Vec<PlaceStatistics>,
}

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The seed of the run.
    pub seed: u64,
    /// Firings so far.
    pub steps: u64,
    /// The most that there can be.
    pub max_steps: u64,
}

impl Settings {
    /// A uniform run of at most `max_steps` steps that keeps counts only.
    #[must_use]
    pub const fn new(seed: u64, max_steps: u64) -> Self {
        Self {
            seed,
            policy: Policy::Uniform,
            max_steps,
            until: None,
            until_fired: None,
            recording: Recording::Counts,
        }
    }
}

/// Runs `net` from its initial marking. `monitor` is asked at the start and every 65,536 steps
/// whether to go on.
pub fn simulate(net: &Net, settings: &Settings, monitor: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Run {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(settings.seed);
    let chooser = Chooser::new(settings.policy, net.transition_count(), &mut random);
    let mut state = State::new(net);
    let mut places = Collector::new(state.marking());
    let mut firings = vec![0; net.transition_count()];
    let mut trace = match settings.recording {
        Recording::Counts => None,
        Recording::Trace => Some(Trace::default()),
    };
    let mut last_fired = None;
    let mut steps = 0;

    let stop = loop {
        if let Some(stop) = asked_to_stop(net, settings, state.marking(), last_fired) {
            break stop;
        }
        if steps >= settings.max_steps {
            break Stop::Steps;
        }
        if steps % MONITOR_EVERY == 0
            && monitor(Progress { seed: settings.seed, steps, max_steps: settings.max_steps }).is_break()
        {
            break Stop::Cancelled;
        }
        let Some(transition) = chooser.choose(state.enabled(), &mut random) else { break Stop::Dead };
        match state.fire(transition) {
            Ok(()) => {}
            Err(FiringError::Overflow { transition, place }) => break Stop::Overflow(transition, place),
            Err(FiringError::NotEnough { .. }) => unreachable!("the transition is in the enabled set"),
        }
        steps += 1;
        for place in state.changed_by(transition) {
            places.changed(place, steps, state.marking().tokens(place));
        }
        firings[transition.index()] += 1;
        if let Some(trace) = &mut trace {
            trace.firings.push(transition);
        }
        last_fired = Some(transition);
    };
    let places = places.finish(steps);
    Run { seed: settings.seed, steps, stop, last: state.into_marking(), trace, firings, places }
}

fn asked_to_stop(
    net: &Net,
    settings: &Settings,
    marking: &Marking,
    last_fired: Option<TransitionId>,
) -> Option<Stop> {
    if settings.until.as_ref().is_some_and(|until| holds_in(net, marking, until)) {
        return Some(Stop::Reached);
    }
    if last_fired.is_some() && last_fired == settings.until_fired {
        return Some(Stop::Fired);
    }
    None
}
