//! Simulation as a job: replications of a net, what they have in common, and the course of one.
//!
//! The runs are those of `pn-simulator`, from one seed; the first is kept as a course of markings
//! at evenly spaced steps.

use pn_net::{Marking, Net, Trace, firing};
use pn_simulator::{Recording, Settings, Summary, replicate};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};

/// The most markings of a course.
const POINTS: usize = 500;
/// The most counts that a course keeps.
const COUNTS: usize = 4 << 20;

/// What is simulated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Number of runs.
    pub runs: u32,
    /// The most firings of a run.
    pub steps: u64,
    /// The same seed gives the same runs.
    pub seed: u64,
}

/// What all runs have in common, and one of them in full.
#[derive(Clone, PartialEq, Debug)]
pub struct Simulated {
    /// What was asked for.
    pub plan: Plan,
    /// Counts of all runs.
    pub summary: Summary,
    /// The first run: steps with the markings there, ascending.
    pub course: Vec<(u64, Marking)>,
    /// The length of every run.
    pub lengths: Vec<u64>,
    /// For each place, in how many runs it ended with so many tokens.
    pub ends: Vec<BTreeMap<u64, u32>>,
}

/// A simulation: running, or finished. Dropping it ends it.
pub struct Simulation {
    /// What is simulated.
    pub plan: Plan,
    done: Arc<AtomicU32>,
    cancel: Arc<AtomicBool>,
    news: Receiver<Simulated>,
    result: Option<Simulated>,
}

impl Simulation {
    /// Starts a thread that runs the net. `wake` is called when it is done.
    pub fn start(net: Net, plan: Plan, wake: impl Fn() + Send + 'static) -> Self {
        let (cancel, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (sender, news) = channel();
        let (flag, count) = (Arc::clone(&cancel), Arc::clone(&done));
        std::thread::spawn(move || {
            // Nobody listens any more when the simulation was dropped.
            let _ = sender.send(simulated(&net, plan, &flag, &count));
            wake();
        });
        Self { plan, done, cancel, news, result: None }
    }

    /// The result, once there is one.
    pub fn result(&mut self) -> Option<&Simulated> {
        if self.result.is_none() {
            self.result = self.news.try_recv().ok();
        }
        self.result.as_ref()
    }

    /// How many runs have ended.
    #[must_use]
    pub fn done(&self) -> u32 {
        self.done.load(Ordering::Relaxed)
    }

    /// Ends it soon, with the runs that have ended.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn simulated(net: &Net, plan: Plan, cancel: &AtomicBool, done: &AtomicU32) -> Simulated {
    let go_on = || match cancel.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let mut result = Simulated {
        plan,
        summary: Summary::default(),
        course: Vec::new(),
        lengths: Vec::new(),
        ends: vec![BTreeMap::new(); net.place_count()],
    };
    let first = Settings { recording: Recording::Trace, ..Settings::new(plan.seed, plan.steps) };
    let counts = Settings::new(plan.seed, plan.steps);
    for run in replicate(net, &first, plan.runs.min(1), &mut |_| go_on()) {
        result.course = course(net, run.trace.as_ref());
    }
    for run in replicate(net, &counts, plan.runs, &mut |_| go_on()) {
        result.summary.add(&run);
        result.lengths.push(run.steps);
        for (ends, tokens) in result.ends.iter_mut().zip(run.last.counts()) {
            *ends.entry(*tokens).or_default() += 1;
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    result
}

/// The markings of a run at evenly spaced steps, the first and the last among them.
fn course(net: &Net, trace: Option<&Trace>) -> Vec<(u64, Marking)> {
    let Some(trace) = trace else { return Vec::new() };
    let points = POINTS.min(COUNTS / net.place_count().max(1)).max(2);
    let spacing = trace.firings.len().div_ceil(points).max(1);
    let mut marking = net.initial().clone();
    let mut course = vec![(0, marking.clone())];
    for (step, transition) in (1u64..).zip(&trace.firings) {
        firing::fire(net, &mut marking, *transition).expect("the simulator fires by the same rule");
        if step.is_multiple_of(spacing as u64) || step == trace.firings.len() as u64 {
            course.push((step, marking.clone()));
        }
    }
    course
}

impl Simulated {
    /// The course as comma-separated values: a column for each place.
    #[must_use]
    pub fn csv(&self, net: &Net) -> String {
        let mut text = String::from("step");
        for place in net.places() {
            let _ = write!(text, ",{}", net.place_name(place));
        }
        text.push('\n');
        for (step, marking) in &self.course {
            let _ = write!(text, "{step}");
            for tokens in marking.counts() {
                let _ = write!(text, ",{tokens}");
            }
            text.push('\n');
        }
        text
    }
}

/// So many bars of equal width over all values: the least value of each bar, and how many lie there.
#[must_use]
pub fn histogram(values: &BTreeMap<u64, u32>, bars: u64) -> Vec<(u64, u64, u32)> {
    let (Some((least, _)), Some((most, _))) = (values.first_key_value(), values.last_key_value()) else {
        return Vec::new();
    };
    let width = (most - least + 1).div_ceil(bars.max(1)).max(1);
    let mut heights: BTreeMap<u64, u32> = BTreeMap::new();
    for (value, count) in values {
        *heights.entry((value - least) / width).or_default() += count;
    }
    heights.into_iter().map(|(bar, count)| (least + bar * width, width, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_net::NetBuilder;
    use std::time::{Duration, Instant};

    /// A token that goes to and fro between `a` and `b`, or ends on `c`.
    fn there_and_back() -> Net {
        let mut builder = NetBuilder::new("net");
        let [a, b, c] = [("a", 1), ("b", 0), ("c", 0)].map(|(id, n)| builder.place(id, None, n).unwrap());
        for (id, from, to) in [("go", a, b), ("come", b, a), ("end", b, c)] {
            let transition = builder.transition(id, None).unwrap();
            builder.input(from, transition, 1).unwrap();
            builder.output(transition, to, 1).unwrap();
        }
        builder.build().unwrap()
    }

    fn finished(plan: Plan) -> Simulated {
        let mut simulation = Simulation::start(there_and_back(), plan, || {});
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(result) = simulation.result() {
                return result.clone();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("the simulation does not end");
    }

    #[test]
    fn all_runs_are_counted_and_repeated_by_their_seed() {
        let plan = Plan { runs: 200, steps: 1000, seed: 3 };
        let result = finished(plan);
        assert_eq!(result, finished(plan));
        assert_eq!((result.summary.runs, result.summary.dead), (200, 200));
        assert_eq!(result.ends[2], BTreeMap::from([(1, 200)]));
        // Half of the runs end at once.
        let short = result.lengths.iter().filter(|length| **length == 2).count();
        assert!((60..140).contains(&short), "{short} of 200");
    }

    #[test]
    fn a_course_begins_and_ends_as_its_run() {
        let result = finished(Plan { runs: 3, steps: 10_000, seed: 1 });
        assert_eq!(result.course[0].0, 0);
        let (step, marking) = result.course.last().unwrap();
        assert_eq!(*step, result.lengths[0]);
        assert_eq!(marking.counts(), [0, 0, 1]);
        assert!(result.course.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_course_can_be_read_by_other_programs() {
        let result = finished(Plan { runs: 1, steps: 1, seed: 1 });
        assert_eq!(result.csv(&there_and_back()), "step,a,b,c\n0,1,0,0\n1,0,1,0\n");
    }

    #[test]
    fn a_histogram_loses_nothing() {
        let values = BTreeMap::from([(3, 1), (4, 2), (10, 5)]);
        assert_eq!(histogram(&values, 100), [(3, 1, 1), (4, 1, 2), (10, 1, 5)]);
        assert_eq!(histogram(&values, 2), [(3, 4, 3), (7, 4, 5)]);
        assert!(histogram(&BTreeMap::new(), 5).is_empty());
    }
}
