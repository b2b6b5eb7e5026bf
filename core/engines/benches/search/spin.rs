//! Spin: translates, compiles, runs, and reads what it tells.

use crate::Figures;
use crate::processor::Clock;
use crate::promela::promela;
use pn_engines::{Run, explore::state_space};
use pn_net::Net;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

/// The installed Spin and the compiler for its verifiers.
pub(crate) struct Spin {
    pub(crate) version: String,
    pub(crate) compiler: String,
}

/// A verifier compiled for one net.
pub(crate) struct Pan {
    folder: tempfile::TempDir,
    /// Logarithm of the number of slots of its table.
    table: u32,
    depth: u64,
}

impl Spin {
    /// `None` if Spin or gcc is not installed.
    pub(crate) fn find() -> Option<Self> {
        let line = |program: &str, argument: &str| {
            let output = Command::new(program).arg(argument).output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().next().map(str::to_owned)
        };
        Some(Self { version: line("spin", "-V")?, compiler: line("gcc", "--version")? })
    }

    /// Compiles the verifier of a net. What the table and the stack have to hold is what a search of
    /// our own finds.
    pub(crate) fn compile(&self, net: &Net) -> Result<Pan, Box<dyn Error>> {
        let space = state_space(net, &mut Run::unlimited()).map_err(|reason| format!("{reason:?}"))?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("net.pml"), promela(net, space.max_tokens_in_place)?)?;
        run(folder.path(), "spin", &["-a", "net.pml"])?;
        let options = ["-O3", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=16384", "-w", "-o", "pan", "pan.c"];
        run(folder.path(), "gcc", &options)?;
        Ok(Pan { folder, table: (2 * space.states).ilog2().max(20), depth: space.states + 10 })
    }
}

impl Pan {
    /// Searches everything.
    pub(crate) fn search(&self) -> Result<Figures, Box<dyn Error>> {
        let clock = Clock::start();
        // No complaint about dead markings, nor a list of what was not reached.
        let (depth, table) = (format!("-m{}", self.depth), format!("-w{}", self.table));
        let report = run(self.folder.path(), "./pan", &["-E", "-n", &depth, &table])?;
        let (seconds, cpu) = clock.elapsed_in_children();
        if report.contains("max search depth too small") || report.contains("Search not completed") {
            return Err(format!("Spin did not finish:\n{report}").into());
        }
        let number = |before_words: &str| -> Result<f64, String> {
            let line = report.lines().find(|line| line.contains(before_words));
            let first = line.and_then(|line| line.split_whitespace().next());
            first.and_then(|n| n.parse().ok()).ok_or_else(|| format!("no `{before_words}` in\n{report}"))
        };
        let megabytes = number("total actual memory usage")?;
        Ok(Figures {
            markings: number("states, stored")? as u64,
            edges: number("transitions (= stored+matched)")? as u64,
            seconds,
            cpu,
            bytes: (megabytes * 1024.0 * 1024.0) as u64,
        })
    }
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(program).args(arguments).current_dir(folder).stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program} {}: {}\n{text}{errors}", arguments.join(" "), output.status).into());
    }
    Ok(text)
}
