//! The token game: a marking, the firings that led to it, and the way back and forth.
//!
//! Firing and taking back are those of `pn-net`; random runs are those of `pn-simulator`. Seeking
//! starts from the nearest of the markings that are kept every so many steps: O(spacing) firings,
//! in at most [`KEPT_BYTES`] of memory.

use crate::subject::Subject;
use pn_logic::Formula;
use pn_net::firing::{self, FiringError};
use pn_net::{Marking, Net, NetBuilder, Trace, TransitionId};
use pn_simulator::{Policy, Recording, Settings, Stop, simulate};
use std::ops::ControlFlow;

/// How many steps lie between two kept markings, to begin with.
const SPACING: usize = 1024;
/// How much the kept markings may take.
const KEPT_BYTES: usize = 32 << 20;

/// A position in a firing sequence of a net.
#[derive(Clone, Debug)]
pub struct Game {
    subject: Subject,
    firings: Vec<TransitionId>,
    position: usize,
    marking: Marking,
    enabled: Vec<TransitionId>,
    /// The markings at the multiples of `spacing`, from 0 on.
    kept: Vec<Marking>,
    spacing: usize,
}

/// How a random run goes on from here.
#[derive(Clone, Debug)]
pub struct RandomRun {
    /// The same seed gives the same run.
    pub seed: u64,
    /// It ends after so many steps.
    pub steps: u64,
    /// It ends where this holds.
    pub until: Option<Formula>,
}

impl Game {
    /// Starts in the initial marking.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        let marking = subject.net().initial().clone();
        let mut game = Self {
            firings: Vec::new(),
            position: 0,
            kept: vec![marking.clone()],
            marking,
            enabled: Vec::new(),
            spacing: SPACING,
            subject,
        };
        game.look();
        game
    }

    /// Shows a trace from its beginning on.
    ///
    /// # Errors
    ///
    /// When it is no firing sequence of the net.
    pub fn of_trace(subject: Subject, trace: &Trace) -> Result<Self, pn_net::ReplayError> {
        let mut game = Self::new(subject);
        for (step, transition) in trace.firings.iter().enumerate() {
            game.advance(*transition).map_err(|error| pn_net::ReplayError { step, error })?;
        }
        game.seek(0);
        game.look();
        Ok(game)
    }

    /// Takes in a trace that goes on where this one ends; stays at the end if it was there.
    ///
    /// # Errors
    ///
    /// When it does not go on by the firing rule; what came before that is taken in.
    pub fn follow(&mut self, trace: &Trace) -> Result<(), pn_net::ReplayError> {
        let (here, count) = (self.position, self.firings.len());
        self.seek(usize::MAX);
        let added = trace.firings.get(count..).unwrap_or_default();
        let followed = added.iter().enumerate().try_for_each(|(index, transition)| {
            let wrong = |error| pn_net::ReplayError { step: count + index, error };
            self.advance(*transition).map_err(wrong)
        });
        self.seek(if here == count { usize::MAX } else { here });
        followed
    }

    /// What is played.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The marking here.
    #[must_use]
    pub fn marking(&self) -> &Marking {
        &self.marking
    }

    /// The transitions that are enabled here, ascending.
    #[must_use]
    pub fn enabled(&self) -> &[TransitionId] {
        &self.enabled
    }

    /// The number of firings before this position.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// All firings, also those behind this position.
    #[must_use]
    pub fn firings(&self) -> &[TransitionId] {
        &self.firings
    }

    /// Fires a transition; what lay behind this position is forgotten, unless it is the same.
    ///
    /// # Errors
    ///
    /// When it is not enabled, or a place would overflow; nothing changes then.
    pub fn fire(&mut self, transition: TransitionId) -> Result<(), FiringError> {
        if self.firings.get(self.position) == Some(&transition) {
            self.forward();
            return Ok(());
        }
        let mut marking = self.marking.clone();
        firing::fire(self.subject.net(), &mut marking, transition)?;
        self.forget_what_follows();
        self.advance(transition)?;
        self.look();
        Ok(())
    }

    fn forget_what_follows(&mut self) {
        self.firings.truncate(self.position);
        self.kept.truncate(self.position / self.spacing + 1);
    }

    /// Fires behind the last firing.
    fn advance(&mut self, transition: TransitionId) -> Result<(), FiringError> {
        firing::fire(self.subject.net(), &mut self.marking, transition)?;
        self.firings.push(transition);
        self.position += 1;
        if self.position.is_multiple_of(self.spacing) {
            self.kept.push(self.marking.clone());
            self.thin_out();
        }
        Ok(())
    }

    /// Keeps every other marking where they take too much memory.
    fn thin_out(&mut self) {
        let bytes = self.kept.len() * self.subject.net().place_count() * size_of::<u64>();
        if bytes > KEPT_BYTES && self.kept.len() > 2 {
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing *= 2;
        }
    }

    fn look(&mut self) {
        self.enabled = firing::enabled(self.subject.net(), &self.marking).collect();
    }

    /// Goes one step on in the trace. Says which transition fired.
    pub fn forward(&mut self) -> Option<TransitionId> {
        let transition = *self.firings.get(self.position)?;
        self.seek(self.position + 1);
        Some(transition)
    }

    /// Goes to a position, or to the end if there are fewer firings.
    pub fn seek(&mut self, position: usize) {
        let to = position.min(self.firings.len());
        let kept = to / self.spacing;
        if self.position.abs_diff(to) > to - kept * self.spacing {
            self.marking = self.kept[kept].clone();
            self.position = kept * self.spacing;
        }
        let net = self.subject.net();
        while self.position < to {
            firing::fire(net, &mut self.marking, self.firings[self.position]).expect("it fired before");
            self.position += 1;
        }
        while self.position > to {
            self.position -= 1;
            firing::unfire(net, &mut self.marking, self.firings[self.position]).expect("it fired before");
        }
        self.look();
    }

    /// Goes on at random from here, without going there. Says what ended the run.
    pub fn run_at_random(&mut self, run: &RandomRun) -> Stop {
        let net = starting_in(self.subject.net(), &self.marking);
        let settings = Settings {
            policy: Policy::Uniform,
            until: run.until.clone(),
            recording: Recording::Trace,
            ..Settings::new(run.seed, run.steps)
        };
        let run = simulate(&net, &settings, &mut |_| ControlFlow::Continue(()));
        let here = self.position;
        self.forget_what_follows();
        for transition in run.trace.into_iter().flat_map(|trace| trace.firings) {
            self.advance(transition).expect("the simulator fires by the same rule");
        }
        self.seek(here);
        run.stop
    }

    /// The firings so far and those behind them.
    #[must_use]
    pub fn trace(&self) -> Trace {
        Trace { firings: self.firings.clone() }
    }
}

/// The same net with another initial marking. O(size).
fn starting_in(net: &Net, marking: &Marking) -> Net {
    const SAME: &str = "the net was built of the same parts";
    let mut builder = NetBuilder::new(net.name());
    for place in net.places() {
        builder.place(net.place_name(place), None, marking.tokens(place)).expect(SAME);
    }
    for transition in net.transitions() {
        builder.transition(net.transition_name(transition), None).expect(SAME);
        for (place, weight) in net.pre(transition) {
            builder.input(place, transition, weight).expect(SAME);
        }
        for (place, weight) in net.post(transition) {
            builder.output(transition, place, weight).expect(SAME);
        }
    }
    builder.build().expect(SAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_deployment::Deployment;
    use std::sync::Arc;
    use std::time::Instant;

    /// Two places that a token goes to and fro between, and a third that counts.
    fn there_and_back() -> Subject {
        let mut builder = NetBuilder::new("net");
        let [a, b, c] = [("a", 1), ("b", 0), ("c", 0)].map(|(id, n)| builder.place(id, None, n).unwrap());
        let [go, come] = ["go", "come"].map(|id| builder.transition(id, None).unwrap());
        builder.input(a, go, 1).unwrap();
        builder.output(go, b, 1).unwrap();
        builder.output(go, c, 1).unwrap();
        builder.input(b, come, 1).unwrap();
        builder.output(come, a, 1).unwrap();
        Subject::drawn(Arc::new(Deployment::plain(builder.build().unwrap())))
    }

    #[test]
    fn going_back_and_forth_gives_the_same_markings() {
        let mut game = Game::new(there_and_back());
        let mut markings = vec![game.marking().clone()];
        for _ in 0..20 {
            let next = game.enabled()[0];
            game.fire(next).unwrap();
            markings.push(game.marking().clone());
        }
        for position in [3, 20, 0, 7, 19, 99] {
            game.seek(position);
            assert_eq!(game.marking(), &markings[position.min(20)]);
        }
    }

    #[test]
    fn another_firing_forgets_what_followed_and_the_same_one_does_not() {
        let mut game = Game::new(there_and_back());
        let (go, come) = (TransitionId::new(0), TransitionId::new(1));
        game.fire(go).unwrap();
        game.fire(come).unwrap();
        game.seek(0);
        game.fire(go).unwrap();
        assert_eq!(game.firings(), [go, come]);
        assert!(game.fire(go).is_err());
        assert_eq!((game.position(), game.firings().len()), (1, 2));
    }

    #[test]
    fn a_random_run_goes_on_from_here_and_is_repeated_by_its_seed() {
        let mut game = Game::new(there_and_back());
        game.fire(TransitionId::new(0)).unwrap();
        let run = RandomRun { seed: 7, steps: 50, until: None };
        assert_eq!(game.run_at_random(&run), Stop::Steps);
        assert_eq!((game.position(), game.firings().len()), (1, 51));
        let first = game.trace();
        game.run_at_random(&run);
        assert_eq!(game.trace(), first);
    }

    #[test]
    fn seeking_in_a_million_steps_is_instant() {
        let mut game = Game::new(there_and_back());
        game.run_at_random(&RandomRun { seed: 1, steps: 1_000_000, until: None });
        let started = Instant::now();
        for position in [999_999, 1, 500_500, 123_456, 1_000_000] {
            game.seek(position);
            assert_eq!(game.marking().counts()[2], (position as u64).div_ceil(2));
        }
        let each = started.elapsed() / 5;
        assert!(each.as_millis() < 50, "a seek took {each:?}");
    }
}
