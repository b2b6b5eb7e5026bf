//! Walks in series: each from the initial marking, in some mode, of some length.
//!
//! Lengths double from 1,000 to 5,000,000 and begin again, so that near witnesses are found soon
//! and far ones at all; within a length every mode has its walk, and those with a goal one for
//! each of some open goals in turn. A walk remembers what it fired, and nothing else of where it
//! was. All is drawn from one seed: the same net, goals and limits of effort give the same walks.

use super::compact::Compact;
use super::guide::{Chance, Guide, Mode, Plan};
use super::walker::{Nobody, Walker};
use super::watch::{Lookout, Watch};
use crate::distance::Goal;
use crate::{Progress, Run};
use pn_logic::Reason;
use pn_net::{Net, TransitionId};

/// From which all walks are drawn.
pub const SEED: u64 = 0x5EED;

const SHORTEST: usize = 1_000;
const LONGEST: usize = 5_000_000;
/// The shortest walk by a plan.
const MARGIN: usize = 64;
/// The most goals that walks of one length go after, one by one.
const GOALS_AT_ONCE: usize = 16;
/// The most summands of a goal that leads a walk.
const LARGEST_GUIDE: usize = 2_000;
/// Steps and comparisons between two looks at the limits.
const BETWEEN_TICKS: usize = 1 << 12;
/// Steps and comparisons in all, where no time is given.
const EFFORT: usize = 50_000;

/// Walks on one net, and what they look out for.
pub(super) struct Hunt<'c> {
    walker: Walker<'c>,
    pub(super) watch: Watch,
    guide: Guide,
    log: Vec<u32>,
    /// Firings so far.
    steps: u64,
    effort: usize,
    next_tick: usize,
}

/// A goal is met: which, by which firings, in which marking.
pub(super) struct Met<'a> {
    pub(super) goal: usize,
    pub(super) log: &'a [u32],
    pub(super) tokens: &'a [u64],
}

/// Who the walks are for.
pub(super) trait Hunter {
    /// A goal is met: to be closed, or raised.
    fn met(&mut self, watch: &mut Watch, met: Met<'_>);
    /// A walk is over; these were its firings.
    fn walked(&mut self, watch: &mut Watch, log: &[u32]);
}

impl<'c> Hunt<'c> {
    pub(super) fn new(net: &'c Compact, goals: Vec<Goal>) -> Self {
        Self {
            walker: Walker::new(net),
            watch: Watch::new(net, goals),
            guide: Guide::new(net.len()),
            log: Vec::new(),
            steps: 0,
            effort: 0,
            next_tick: 0,
        }
    }

    /// Walks until no goal is open or a limit is reached.
    pub(super) fn series(&mut self, run: &mut Run<'_>, hunter: &mut impl Hunter) -> Result<(), Reason> {
        run.tick(self.progress())?;
        self.look_around(hunter);
        let longest = LONGEST.min(run.memory() / 64).max(SHORTEST);
        let mut next_goal = 0;
        let mut seed = SEED;
        loop {
            let mut length = SHORTEST;
            while length < 2 * longest {
                for (mode, goal) in self.courses(&mut next_goal) {
                    if self.watch.open() == 0 || self.walker.enabled().is_empty() {
                        return Ok(());
                    }
                    seed = seed.wrapping_add(1);
                    let walked = self.walk(mode, goal, length.min(longest), seed, run, hunter);
                    hunter.walked(&mut self.watch, &self.log);
                    walked?;
                    self.walker.restart();
                }
                length *= 2;
            }
        }
    }

    /// Looks at the initial marking.
    pub(super) fn look_around(&mut self, hunter: &mut impl Hunter) {
        self.watch.look_around(&self.walker);
        if self.walker.enabled_count() == 0 {
            self.watch.death();
        }
        self.settle(hunter);
    }

    /// One walk by a plan, about twice as long as that, as some firings have to be made that it does
    /// not have.
    pub(super) fn errand(
        &mut self,
        plan: &Plan,
        seed: u64,
        run: &mut Run<'_>,
        hunter: &mut impl Hunter,
    ) -> Result<(), Reason> {
        let firings = plan.firings.iter().fold(0, |sum: u64, firings| sum.saturating_add(*firings));
        let length = usize::try_from(firings).unwrap_or(LONGEST).min(LONGEST / 2) * 2 + MARGIN;
        self.guide.plan(plan, self.walker.net());
        let walked = self.walk(Mode::Planned, 0, length, seed, run, hunter);
        hunter.walked(&mut self.watch, &self.log);
        self.walker.restart();
        walked
    }

    /// One walk that fires these transitions as far as they are enabled.
    pub(super) fn follow(&mut self, firings: &[TransitionId], hunter: &mut impl Hunter) {
        self.log.clear();
        for transition in firings {
            let number = self.walker.net().number(*transition);
            if !self.walker.is_enabled(number) || self.walker.fire(number, &mut self.watch).is_err() {
                self.watch.forget();
                break;
            }
            self.log.push(number);
            self.settle(hunter);
        }
        if self.walker.enabled_count() == 0 {
            self.watch.death();
            self.settle(hunter);
        }
        self.walker.restart();
    }

    /// The walks of one length: modes, and the goals that they go after.
    fn courses(&self, next_goal: &mut usize) -> Vec<(Mode, usize)> {
        let open = |index: &usize| self.watch.is_open(*index);
        let is_guiding = |index: &usize| !matches!(self.watch.goal(*index), Goal::Dead | Goal::Constant(_));
        let wanted = |index: &usize| open(index) && is_guiding(index);
        let count = self.watch.len();
        let goals: Vec<usize> =
            (*next_goal..count).chain(0..*next_goal).filter(wanted).take(GOALS_AT_ONCE).collect();
        if let Some(last) = goals.last() {
            *next_goal = last + 1;
        }
        let any = (0..count).find(open).unwrap_or(0);
        let mut courses = Vec::new();
        courses.push((Mode::Uniform, any));
        if (0..count).any(|index| open(&index) && self.watch.goal(index).is_about_death()) {
            courses.push((Mode::FewestEnabled, any));
        }
        courses.extend([(Mode::Priorities, any), (Mode::Repeat, any)]);
        if !goals.is_empty() {
            courses.push((Mode::Rarest, any));
        }
        for goal in goals {
            courses.extend([(Mode::Nearest, goal), (Mode::Potency, goal)]);
        }
        courses
    }

    fn walk(
        &mut self,
        mode: Mode,
        goal: usize,
        length: usize,
        seed: u64,
        run: &mut Run<'_>,
        hunter: &mut impl Hunter,
    ) -> Result<(), Reason> {
        self.log.clear();
        let mut chance = Chance::new(seed);
        let goal = match mode {
            Mode::Nearest | Mode::Potency => {
                self.watch.goal(goal).one_way(|count| chance.below(count)).clone()
            }
            _ => Goal::Constant(true),
        };
        if goal.size() > LARGEST_GUIDE {
            return Ok(());
        }
        self.guide.begin(mode, &goal, &self.walker, &mut chance);
        // A walk that ends at once is not free.
        self.effort += 16 + (self.walker.net().len() + self.walker.tokens().len()) / 16;
        let is_blind = self.watch.is_only_about_death();
        let end = self.effort + length;
        while self.effort < end && self.watch.open() > 0 {
            if self.effort >= self.next_tick {
                self.next_tick = self.effort + BETWEEN_TICKS;
                run.tick(self.progress())?;
                if run.deadline().is_none() && self.effort >= EFFORT {
                    return Err(Reason::Unsupported);
                }
            }
            let Self { walker, watch, guide, log, effort, next_tick, .. } = self;
            let mut stretch = Stretch {
                walker,
                guide,
                log,
                goal: &goal,
                chance: &mut chance,
                effort,
                until: end.min(*next_tick),
            };
            let before = stretch.log.len();
            let stop = if is_blind { stretch.go(&mut Nobody) } else { stretch.go(watch) };
            self.steps += (self.log.len() - before) as u64;
            match stop {
                Stop::Far => {}
                Stop::News => self.settle(hunter),
                Stop::Dead => {
                    self.watch.death();
                    self.settle(hunter);
                    return Ok(());
                }
                Stop::Stuck => {
                    self.watch.forget();
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Tells of the goals that are met.
    fn settle(&mut self, hunter: &mut impl Hunter) {
        while let Some(goal) = self.watch.next_met(&self.walker) {
            hunter.met(&mut self.watch, Met { goal, log: &self.log, tokens: self.walker.tokens() });
        }
    }

    fn progress(&self) -> Progress {
        let bytes = (self.log.capacity() * size_of::<u32>()) as u64;
        Progress { expanded: self.steps, edges: self.steps, bytes, ..Progress::default() }
    }
}

/// Why a stretch of a walk ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    /// It is long enough.
    Far,
    /// A goal may be met.
    News,
    /// Nothing is enabled.
    Dead,
    /// Nothing that changes anything is enabled, or a place is full.
    Stuck,
}

/// A part of a walk.
struct Stretch<'a, 'c> {
    walker: &'a mut Walker<'c>,
    guide: &'a mut Guide,
    log: &'a mut Vec<u32>,
    goal: &'a Goal,
    chance: &'a mut Chance,
    effort: &'a mut usize,
    until: usize,
}

impl Stretch<'_, '_> {
    fn go(&mut self, lookout: &mut impl Lookout) -> Stop {
        while *self.effort < self.until {
            if self.walker.enabled().is_empty() {
                return if self.walker.enabled_count() == 0 { Stop::Dead } else { Stop::Stuck };
            }
            let (number, compared) = self.guide.choose(self.walker, self.goal, self.chance);
            if self.walker.fire(number, lookout).is_err() {
                return Stop::Stuck;
            }
            self.log.push(number);
            self.guide.learn(number, self.walker, self.goal);
            *self.effort += 1 + compared;
            if lookout.has_news() {
                return Stop::News;
            }
        }
        Stop::Far
    }
}

/// Walks uniformly at random, restarting where nothing is enabled and after a million firings,
/// until so many have fired; how many have, and how many walks that took. `None` where walks are
/// not possible: a weight exceeds 31 bits. This is the loop of [`Mode::Uniform`] and nothing else,
/// to measure.
pub fn stroll(net: &Net, firings: usize) -> Option<(usize, usize)> {
    let net = Compact::of(net)?;
    let mut walker = Walker::new(&net);
    let mut guide = Guide::new(net.len());
    let mut log = Vec::new();
    let (mut effort, mut walks) = (0, 0);
    let goal = Goal::Constant(true);
    while effort < firings && !walker.enabled().is_empty() {
        walks += 1;
        let mut chance = Chance::new(SEED + walks as u64);
        guide.begin(Mode::Uniform, &goal, &walker, &mut chance);
        let until = firings.min(effort + 1_000_000);
        let (walker, guide, log, effort) = (&mut walker, &mut guide, &mut log, &mut effort);
        Stretch { walker, guide, log, goal: &goal, chance: &mut chance, effort, until }.go(&mut Nobody);
        walker.restart();
        log.clear();
    }
    Some((effort, walks))
}
