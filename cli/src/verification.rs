//! Asking the verifier, within limits that the user set, with progress and Ctrl-C.

use crate::interrupt::Interrupt;
use crate::report::figures::grouped;
use crate::report::questions::Asked;
use crate::subject::Subject;
use crate::terminal::Terminal;
use pn_engines::{Progress, Run};
use pn_logic::Property;
use pn_net::Net;
use pn_verify::{Checked, Checker, SHORTEST, verify};
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How long and in how much memory the verifier may work.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0, value_parser = seconds)]
    pub(crate) time: f64,
    /// Give up before the search takes more memory than this
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) memory: u64,
    /// Search on so many cores; all of them if this is not given
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// A positive number of seconds.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e9 => Ok(seconds),
        _ => Err("a number of seconds above 0 is wanted".to_owned()),
    }
}

impl Limits {
    fn bytes(self) -> usize {
        usize::try_from(self.memory.saturating_mul(1 << 20)).unwrap_or(usize::MAX)
    }

    fn threads(self) -> NonZeroUsize {
        let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(all)
    }
}

/// The most markings that are recounted by brute force.
const RECOUNT: u64 = 1_000_000;
/// The most work that a recount may be, in nodes looked at.
const RECOUNT_WORK: u64 = 1_000_000_000;

/// A checker of answers about `net` that takes at most a quarter of so many bytes to recount, and
/// so much work that it ends soon: it looks at every transition in every marking.
pub(crate) fn checker(net: &Net, bytes: usize) -> Checker<'_> {
    let work = (net.place_count() + net.transition_count() + net.arc_count()).max(1) as u64;
    Checker::new(net, RECOUNT.min(RECOUNT_WORK / work)).within_bytes(bytes / 4)
}

/// The questions with their checked answers, in the order in which they were asked.
pub(crate) struct Answered {
    pub(crate) asked: Asked,
    pub(crate) checked: Checked,
}

/// What the process comes to hold beside what engines account for: pages of the program that are
/// not touched yet, buffers, what the allocator keeps. Measured, about 10 MiB.
const UNACCOUNTED: usize = 10 << 20;

/// The same for each thread, with its stack and its part of the allocator. Measured, about 2 MiB.
const UNACCOUNTED_PER_THREAD: usize = 2 << 20;

/// What engines on so many threads may hold for the process to stay within `total` bytes.
pub(crate) fn free_bytes(total: usize, threads: NonZeroUsize) -> usize {
    let unaccounted = UNACCOUNTED + threads.get().saturating_mul(UNACCOUNTED_PER_THREAD);
    total.saturating_sub(resident_bytes().unwrap_or(0)).saturating_sub(unaccounted.min(total / 4)) / 100 * 97
}

/// What the process holds in memory now; `None` where the system does not say.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes << 10)
}

/// Does work of the engines within the limits, with progress on the terminal. `cancelled` ends it
/// early.
pub(crate) fn within<T>(
    terminal: &Terminal,
    limits: Limits,
    cancelled: &AtomicBool,
    work: impl FnOnce(&mut Run<'_>) -> T,
) -> T {
    let mut line = terminal.progress();
    let mut show = |progress: Progress| line.show(|| in_words(progress));
    let mut run = Run::unlimited()
        .within_bytes(free_bytes(limits.bytes(), limits.threads()))
        .on_threads(limits.threads())
        .cancelled_by(cancelled)
        .reporting_to(&mut show);
    if let Some(deadline) = Instant::now().checked_add(Duration::from_secs_f64(limits.time)) {
        run = run.until(deadline);
    }
    work(&mut run)
}

/// Answers properties of any net within the limits of `run`.
pub(crate) fn answers(net: &Net, properties: &[Property], limits: Limits, run: &mut Run<'_>) -> Vec<Checked> {
    let mut checker = checker(net, limits.bytes()).until(run.deadline());
    verify(net, properties, SHORTEST, &mut checker, run)
}

/// Answers `asked` about the expanded net. Ctrl-C ends it early with what is known.
pub(crate) fn decide(
    terminal: &Terminal,
    subject: &Subject,
    asked: Vec<Asked>,
    limits: Limits,
) -> Vec<Answered> {
    let net = subject.net();
    let cancelled = Interrupt::awaited();
    let properties: Vec<Property> = asked.iter().map(|asked| asked.property.clone()).collect();
    let answers = within(terminal, limits, &cancelled, |run| answers(net, &properties, limits, run));
    let answered = asked.into_iter().zip(answers);
    answered.map(|(asked, checked)| Answered { asked, checked }).collect()
}

fn in_words(progress: Progress) -> String {
    let states = grouped(progress.states);
    let waiting = grouped(progress.states.saturating_sub(progress.expanded));
    format!("{states} markings found, {waiting} to look at, {} MiB", grouped(progress.bytes >> 20))
}
