//! A folder to run in, and what happened there.

use crate::support::{draft, retried, sh, staged, with};
use crossbeam_channel::{Receiver, Sender, unbounded};
use pn_deployment::Deployment;
use pn_executor::machine::EndState;
use pn_executor::{
    Control, ExecutorError, Journal, Report, ResumeConfig, RunConfig, RunEvent, RunMode, RunReport, Settings,
    Source,
};
use pn_net::replay;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) struct World {
    folder: TempDir,
}

/// A run that has ended, with its events.
pub(crate) struct Ran {
    pub(crate) report: RunReport,
    pub(crate) events: Vec<RunEvent>,
}

pub(crate) fn settings() -> Settings {
    let program = std::env::current_exe().unwrap().into_os_string();
    Settings { grace: Duration::from_millis(500), ..Settings::new(vec![program, "__keeper".into()]) }
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn at(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    pub(crate) fn config(&self, deployment: &Arc<Deployment>, parameters: &[(&str, &str)]) -> RunConfig {
        let parameters: BTreeMap<String, String> =
            parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        RunConfig {
            deployment: Arc::clone(deployment),
            source: Source { name: "test.pnml".into(), bytes: b"<pnml/>".to_vec(), parameters, seed: None },
            mode: RunMode::Once,
            folder: self.path().join("runs"),
            settings: settings(),
        }
    }

    pub(crate) fn run(&self, deployment: &Arc<Deployment>) -> Ran {
        self.run_with(self.config(deployment, &[]), &mut |_, _| {}).unwrap()
    }

    /// Runs; `react` sees each event and can say something to the run.
    pub(crate) fn run_with(
        &self,
        config: RunConfig,
        react: &mut dyn FnMut(&RunEvent, &Sender<Control>),
    ) -> Result<Ran, ExecutorError> {
        let (say, control) = unbounded();
        let deployment = Arc::clone(&config.deployment);
        let mut events = Vec::new();
        let report = pn_executor::start(
            config,
            &mut |event| {
                events.push(event.clone());
                react(event, &say);
            },
            control,
        )?;
        check_journal(&deployment, &report);
        Ok(Ran { report, events })
    }

    pub(crate) fn resume(&self, deployment: &Arc<Deployment>, journal: &Path) -> Result<Ran, ExecutorError> {
        self.resume_with(deployment, journal, &mut |_, _| {})
    }

    /// Resumes; `react` sees each event and can say something to the run.
    pub(crate) fn resume_with(
        &self,
        deployment: &Arc<Deployment>,
        journal: &Path,
        react: &mut dyn FnMut(&RunEvent, &Sender<Control>),
    ) -> Result<Ran, ExecutorError> {
        let config = ResumeConfig {
            deployment: Arc::clone(deployment),
            journal: journal.to_owned(),
            settings: settings(),
        };
        let (say, control) = unbounded();
        let mut events = Vec::new();
        let report = pn_executor::resume(
            config,
            &mut |event| {
                events.push(event.clone());
                react(event, &say);
            },
            control,
        )?;
        check_journal(deployment, &report);
        Ok(Ran { report, events })
    }

    /// The journal of the only run, when it can be read.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        let (runs, _) = pn_executor::runs(&self.path().join("runs")).unwrap();
        assert!(runs.len() <= 1, "{runs:?}");
        runs.into_iter().next().map(|run| run.path)
    }
}

impl Ran {
    /// What became of the attempts at an action, in order.
    pub(crate) fn reports(&self, deployment: &Deployment, action: &str) -> Vec<Report> {
        let action = deployment.net.find_transition(action).unwrap();
        self.events
            .iter()
            .filter_map(|event| match event {
                RunEvent::Ended { attempt, report, .. } if attempt.action == action => Some(report.clone()),
                _ => None,
            })
            .collect()
    }
}

/// The record replays to the marking in which the run ended, and the journal says the same.
fn check_journal(deployment: &Deployment, report: &RunReport) {
    let net = &deployment.net;
    let journal = Journal::open(&report.journal).unwrap();
    let trace = journal.trace(net).unwrap();
    assert_eq!(replay(net, net.initial(), &trace).unwrap(), report.marking);
    let status = journal.status().unwrap();
    let marking: BTreeMap<String, u64> =
        report.marking.marked().map(|(place, tokens)| (net.place_name(place).to_owned(), tokens)).collect();
    assert_eq!(status.marking, marking);
    assert_eq!(status.in_flight().count(), 0);
    assert!(!report.journal.with_extension("d").exists(), "nothing is left beside the journal");
}

/// A control channel on which nothing comes.
pub(crate) fn never_told() -> Receiver<Control> {
    crossbeam_channel::never()
}

/// Waits until something is so, at most a minute.
pub(crate) fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the runner in another process runs: `tests/processes` starts itself with this name.
pub(crate) fn deployment(name: &str, folder: &Path) -> Arc<Deployment> {
    let at = |file: &str| folder.join(file).to_str().unwrap().to_owned();
    let log = |pause: &str| {
        let log = at("log");
        sh(&format!("echo begin $PN_TRANSITION >> {log}; sleep {pause}; echo end $PN_TRANSITION >> {log}"))
    };
    match name {
        "crash" => draft(
            "a(1)\nfork: a -> b1 + b2 + b3\nx1: b1 -> c1\nx2: b2 -> c2\nx3: b3 -> c3\ny: c1 + c2 -> d\n\
             put: c3 -> e\nfile: d + e -> f\nlast: f -> g\npause: g -> h",
        )
        .action("x1", log("0.05"))
        .action("x2", log("0.15"))
        .action("x3", log("0"))
        .action("y", log("0.05"))
        .action("put", with("value", &[("name", "word"), ("value", "hello")]))
        .action("file", with("file", &[("path", &at("file")), ("content", "{{ word }}\n")]))
        .action("last", retried(log("0.02"), 3, Duration::from_millis(10)))
        .action("pause", with("timer", &[("after", "50ms")]))
        .goal("h", 1)
        .expanded(),
        "staged" => staged(1)
            .action(
                "x",
                with(
                    "exec",
                    &[
                        ("unless", &format!("echo looks >> {}; sleep 0.3; false", at("log"))),
                        ("cmd", &format!("echo begin >> {0}; sleep 0.5; echo end >> {0}", at("log"))),
                    ],
                ),
            )
            .goal("b", 1)
            .drawn(),
        "slow" => draft("a(1)\nx: a -> b").action("x", log("1")).goal("b", 1).expanded(),
        "endless" => draft("a(1)\nx: a -> b").action("x", log("60")).goal("b", 1).expanded(),
        "many" => draft("a(400)\nx: a -> b")
            .action("x", sh("head -c 3000 /dev/zero | tr '\\0' x"))
            .goal("b", 400)
            .expanded(),
        "long" => crate::rollback::long(folder),
        "scratch" => crate::rollback::scratch(folder),
        _ => panic!("no deployment {name}"),
    }
}

/// `__run NAME FOLDER`: starts or resumes the run in the folder. Exit status 0 complete, 1 another
/// end, 2 an error, which is written to `error`.
pub(crate) fn run_in_this_process(arguments: &[OsString]) -> ExitCode {
    let [name, folder] = arguments else { return ExitCode::from(64) };
    let folder = PathBuf::from(folder);
    let deployment = deployment(name.to_str().unwrap(), &folder);
    let runs = folder.join("runs");
    let (found, _) = pn_executor::runs(&runs).unwrap();
    let result = match found.into_iter().next() {
        Some(run) => {
            let config = ResumeConfig { deployment, journal: run.path, settings: settings() };
            pn_executor::resume(config, &mut |_| {}, never_told())
        }
        None => {
            let source = Source { name: "test.pnml".into(), ..Source::default() };
            let mut settings = settings();
            // A script that becomes the keeper when it wants to.
            if let Ok(script) = std::fs::read_to_string(folder.join("late")) {
                settings.keeper.splice(..0, ["sh", "-c", script.as_str(), "sh"].map(OsString::from));
            }
            let config = RunConfig { deployment, source, folder: runs, mode: RunMode::Once, settings };
            pn_executor::start(config, &mut |_| {}, never_told())
        }
    };
    match result {
        Ok(report) if report.state == EndState::Complete => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            let _ = std::fs::write(folder.join("error"), error.to_string());
            ExitCode::from(2)
        }
    }
}

impl World {
    /// The deployment of that name here.
    pub(crate) fn deployment(&self, name: &str) -> Arc<Deployment> {
        deployment(name, self.path())
    }

    /// A command that runs [`run_in_this_process`] in another one.
    pub(crate) fn runner(&self, name: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("__run").arg(name).arg(self.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub(crate) fn start_runner(&self, name: &str) -> Child {
        self.runner(name).spawn().unwrap()
    }
}
