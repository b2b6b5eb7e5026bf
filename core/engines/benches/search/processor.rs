//! What the processor is, and how long it was busy, as Linux tells.

use std::time::Instant;

/// Prints the machine that is measured on.
pub(crate) fn print_machine() {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    println!("{model}, {cores} cores; load {load} at the start");
}

/// Measures from one moment on.
pub(crate) struct Clock {
    start: Instant,
    here: f64,
    children: f64,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let (here, children) = processor_seconds();
        Self { start: Instant::now(), here, children }
    }

    /// Seconds since then, by the clock and of the processor in this process.
    pub(crate) fn elapsed_here(&self) -> (f64, f64) {
        (self.start.elapsed().as_secs_f64(), processor_seconds().0 - self.here)
    }

    /// Seconds since then, by the clock and of the processor in children that have ended.
    pub(crate) fn elapsed_in_children(&self) -> (f64, f64) {
        (self.start.elapsed().as_secs_f64(), processor_seconds().1 - self.children)
    }
}

/// Seconds of the processor in this process and in its children, both in user code and the system.
fn processor_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the name, in parentheses, with anything in it.
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    // Fields 14 to 17 of proc(5), in hundredths of a second.
    let hundredths = |first: usize| fields.get(first..first + 2).map_or(0.0, |times| times.iter().sum());
    (hundredths(11) / 100.0, hundredths(13) / 100.0)
}
