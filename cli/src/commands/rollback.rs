//! `pn rollback`: takes back what a run did, by a run of its own.

mod telling;

use super::expand::written;
use super::resume::of_journal;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::live::{self, Manner};
use crate::local_hosts::LocalHosts;
use crate::reading;
use crate::report::figures::{counted, lasting};
use crate::report::findings::{self, Word};
use crate::report::questions::Asked;
use crate::runs_folder::{self, RunsFolder};
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, STRONG, Terminal, painted};
use crate::verification::{self, Answered, Limits};
use pn_executor::rollback::{self, Rollback, Width};
use pn_executor::{ExecutorError, RunConfig, RunMode, Source, SurveyConfig, survey};
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Take back what a run did
///
/// Every attempt of the run that may have changed something is undone, whoever depends on another
/// before that other, and independent ones at the same time: by the undo that is drawn in the net, by
/// the command that the action names, or by its kind from what was there before. The net of undos
/// is made from the journal, verified, and run with a journal of its own; `pn resume` goes on with
/// it after a crash, and `pn rollback` of the same run with what is left after a failure.
///
/// What somebody else has changed since is left alone: its undo fails, and says so. After a
/// rollback the run itself cannot be resumed any more.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn rollback last --dry-run
  pn rollback last
  pn rollback 20260714-093005-k3x9 --leave-irreversible --yes
  pn rollback last --write undo.pnml

Exit status: 0 everything is undone · 1 an undo failed, or it was refused · 2 bad usage or input
             3 stopped before its end")]
pub(crate) struct Arguments {
    /// The run: its name, an unambiguous part of it, `last`, or its journal
    run: String,
    /// Say what would be undone, look at each resource, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the net of undos to this file, and change nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    write: Option<PathBuf>,
    /// Undo the rest although some of what was done cannot be undone
    #[arg(long)]
    leave_irreversible: bool,
    /// Undo even where somebody else has changed something since; their changes are lost
    #[arg(long)]
    force: bool,
    /// Do not ask before anything is undone
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    folder: RunsFolder,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    limits: Limits,
}

/// How long the net in which independent undos run at the same time may take to be verified.
const PATIENCE: f64 = 20.0;

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let path = arguments.folder.journal(&arguments.run)?;
    let path = std::fs::canonicalize(&path).map_err(|error| Failure::reading(&path, &error))?;
    let original = of_journal(terminal, &runs_folder::open(&path)?)?;
    let plan = rollback::rollback(&path, original.deployment()).map_err(|error| unusable(&error))?;
    let undos = Undos { arguments, plan: &plan, original: &original };
    if let Some(file) = &arguments.write {
        undos.refusal()?;
        if plan.steps.is_empty() {
            return Err(Failure::refusal(format!("nothing of {} is to be undone", plan.run)));
        }
        let text = written(&undos.name(), &undos.deployment(Width::Parallel)?)?;
        std::fs::write(file, text).map_err(|error| Failure::writing(file, &error))?;
        return Ok(Exit::Success);
    }
    if arguments.dry_run {
        return undos.look(terminal, &path);
    }
    let say = |text: String| match arguments.manner.json {
        true => terminal.note(text),
        false => terminal.line(text),
    };
    telling::plan(&plan, &original).into_iter().for_each(&say);
    undos.refusal()?;
    if plan.steps.is_empty() {
        return Ok(Exit::Success);
    }
    let Some((subject, bytes)) = undos.verified(terminal, &say)? else { return Ok(Exit::Fails) };
    let settings = arguments.manner.settings()?;
    let problems = pn_executor::validate(subject.deployment(), &BTreeMap::new(), &settings.hosts);
    if !problems.is_empty() {
        return Err(live::executor_failure(&subject, &ExecutorError::Problems(problems)));
    }
    if !arguments.yes && !confirmed(terminal, &plan) {
        say(format!("{} nothing was undone", painted(OPEN, "left:")));
        return Ok(Exit::Undecided);
    }
    let config = RunConfig {
        deployment: Arc::new(subject.deployment().clone()),
        source: Source { name: subject.name.clone(), bytes, parameters: BTreeMap::new(), seed: None },
        folder: path.parent().unwrap_or(Path::new(".")).to_owned(),
        mode: RunMode::Once,
        settings,
    };
    live::attend(terminal, &subject, &arguments.manner, |observer, control| {
        pn_executor::roll_back(config, &path, observer, control)
    })
}

fn unusable(error: &ExecutorError) -> Failure {
    match error {
        ExecutorError::Locked { run, .. } => Failure::refusal(format!("run {run} still goes on"))
            .hint("stop it first: Ctrl-C where it runs, or a SIGTERM to its process"),
        ExecutorError::IsRollback { .. } => {
            Failure::refusal(error.to_string()).hint("to do it all again, run the deployment again")
        }
        _ => Failure::input(error.to_string()),
    }
}

/// Asks, where somebody is there to answer.
fn confirmed(terminal: &Terminal, plan: &Rollback) -> bool {
    if !std::io::stdin().is_terminal() {
        return true;
    }
    let count = counted(plan.steps.len(), "undo");
    terminal.text(format!("{} {count}, as listed? [y/N] ", painted(STRONG, "Begin with")));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// The undos of a run, on their way to a deployment.
struct Undos<'a> {
    arguments: &'a Arguments,
    plan: &'a Rollback,
    original: &'a Subject,
}

impl Undos<'_> {
    fn name(&self) -> String {
        format!("rollback of {}", self.plan.run)
    }

    fn deployment(&self, width: Width) -> Result<pn_deployment::Deployment, Failure> {
        let manner = match self.arguments.force {
            true => rollback::Manner::Forceful,
            false => rollback::Manner::Respectful,
        };
        rollback::deployment(self.plan, self.original.deployment(), manner, width)
            .map_err(|error| Failure::input(format!("{}: {error}", self.name())))
    }

    /// As it is read again by whoever resumes it.
    fn subject(&self, terminal: &Terminal, width: Width) -> Result<(Subject, Vec<u8>), Failure> {
        let bytes = written(&self.name(), &self.deployment(width)?)?.into_bytes();
        let author = reading::deployment(terminal, &self.name(), &bytes)?;
        Ok((Subject::in_mode(self.name(), author, RunMode::Once), bytes))
    }

    /// What was done for good keeps everything else from being undone, unless asked.
    fn refusal(&self) -> Result<(), Failure> {
        if self.plan.lasting.is_empty() || self.arguments.leave_irreversible {
            return Ok(());
        }
        let count = counted(self.plan.lasting.len(), "step");
        Err(Failure::refusal(format!("{count} of {} cannot be undone; nothing was undone", self.plan.run))
            .hint("--leave-irreversible leaves them and undoes the rest"))
    }

    /// The deployment of which everything that is asked of a deployment holds: with whatever is
    /// independent at the same time, or, if that is too wide to be verified, one after the other.
    /// `None` when it was refused.
    fn verified(
        &self,
        terminal: &Terminal,
        say: &dyn Fn(String),
    ) -> Result<Option<(Subject, Vec<u8>)>, Failure> {
        for width in [Width::Parallel, Width::Sequential] {
            let (subject, bytes) = self.subject(terminal, width)?;
            let since = Instant::now();
            let limits = match width {
                Width::Parallel => {
                    Limits { time: self.arguments.limits.time.min(PATIENCE), ..self.arguments.limits }
                }
                Width::Sequential => self.arguments.limits,
            };
            let asked = subject.questions().into_iter().map(Asked::from).collect();
            let answers: Vec<Answered> = verification::decide(terminal, &subject, asked, limits);
            let findings = findings::findings(&subject, &answers, terminal.width());
            let worst = findings.iter().map(|finding| finding.word).find(|word| *word != Word::Holds);
            let took = lasting(since.elapsed());
            match (worst, width) {
                (None, _) => {
                    let questions = counted(findings.len(), "question");
                    say(format!("{} {questions} answered in {took}", painted(GOOD, "verified:")));
                    return Ok(Some((subject, bytes)));
                }
                (Some(Word::Unknown), Width::Parallel) => {
                    say(format!("{} too wide to verify; one undo after the other", painted(OPEN, "note:")));
                }
                _ => {
                    for finding in findings.iter().filter(|finding| finding.word != Word::Holds) {
                        say(findings::rendered(finding, terminal.width()).trim_end().to_owned());
                    }
                    say(format!("{} nothing was undone", painted(BAD, "refused:")));
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    /// Looks at everything that would be undone, and changes nothing.
    fn look(&self, terminal: &Terminal, path: &Path) -> Result<Exit, Failure> {
        let (subject, _) = self.subject(terminal, Width::Parallel)?;
        let interrupt = Interrupt::awaited();
        let hosts = LocalHosts::default();
        let config = SurveyConfig {
            run: "rollback".to_owned(),
            hosts: self.arguments.manner.settings()?.hosts,
            runs: path.parent().unwrap_or(Path::new(".")).to_owned(),
            ..hosts.survey(subject.deployment(), &BTreeMap::new(), &interrupt)
        };
        let order: Vec<_> = subject.author.net.transitions().collect();
        let sightings = survey(&config, &order);
        match self.arguments.manner.json {
            true => terminal.text(telling::data(self.plan, self.original, &sightings)),
            false => telling::looked(self.plan, self.original, &sightings)
                .into_iter()
                .for_each(|line| terminal.line(line)),
        }
        Ok(match self.plan.lasting.is_empty() || self.arguments.leave_irreversible {
            true => Exit::Success,
            false => Exit::Fails,
        })
    }
}
