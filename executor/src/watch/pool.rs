//! The threads on which resources are looked at: a few for quick looks, a few for slow ones, so
//! that a command or a host that takes its time delays no other look.

use super::Pace;
use crossbeam_channel::{Sender, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

/// Threads of each of the two.
const THREADS: usize = 3;

type Job = Box<dyn FnOnce() + Send>;

/// Threads for looks.
#[derive(Debug)]
pub(super) struct Pool {
    /// Quick and slow; gone when it ends.
    jobs: Option<[Sender<Job>; 2]>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    pub(super) fn new() -> std::io::Result<Self> {
        let mut threads = Vec::new();
        let (quick, quick_jobs) = unbounded::<Job>();
        let (slow, slow_jobs) = unbounded::<Job>();
        for (name, jobs) in [("look", quick_jobs), ("long look", slow_jobs)] {
            for _ in 0..THREADS {
                let jobs = jobs.clone();
                threads.push(std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                    for job in jobs {
                        // A job tells by itself that it failed, when it is dropped.
                        let _ = catch_unwind(AssertUnwindSafe(job));
                    }
                })?);
            }
        }
        Ok(Self { jobs: Some([quick, slow]), threads })
    }

    pub(super) fn run(&self, pace: Pace, job: Job) {
        let Some([quick, slow]) = &self.jobs else { return };
        // The threads are there as long as the pool is.
        let _ = match pace {
            Pace::Quick => quick.send(job),
            Pace::Slow => slow.send(job),
        };
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic has been caught, and told, where it happened.
            let _ = thread.join();
        }
    }
}
