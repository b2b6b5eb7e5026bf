//! `pn drift`: what is no longer as a run left it.

use super::run::{assignment, parameters};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::live::executor_failure;
use crate::local_hosts::LocalHosts;
use crate::moment::Moment;
use crate::report::figures::counted;
use crate::report::json;
use crate::runs_folder::RunsFolder;
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, STRONG, Terminal, painted};
use pn_deployment::Outcome;
use pn_executor::{
    ExecutorError, Now, ProblemKind, Sighting, Status, SurveyConfig, dependency_order, survey,
};
use pn_net::TransitionId;
use serde::Serialize;
use std::collections::BTreeMap;

/// Say what is no longer as a run left it, or as a deployment wants it
///
/// Of a run, every action that has completed is looked at, with the parameters and values of the
/// run; of a file, every action. Nothing is written: no file, and the journal is only read. An
/// action without a check, such as a command without `creates`, `onlyif` or `unless`, is named and
/// counts for nothing. A path that a later action of the run has written is that action's affair.
///
/// Commands given as `onlyif` and `unless` are run, as they are checks: they must only look.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn drift last
  pn drift deploy.pnml --set release=1.5
  pn drift last --json | jq '.actions[] | select(.state == \"differs\") | .transition'

Exit status: 0 nothing differs · 1 something does · 2 bad usage or input
             3 nothing differs as far as was seen, but something could not be looked at")]
pub(crate) struct Arguments {
    /// A run (name, part of it, `last`, journal), or a PNML file
    #[arg(value_name = "RUN|FILE")]
    subject: String,
    /// Set a parameter of the deployment; only with a file, as a run has its own
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    hosts: LocalHosts,
    #[command(flatten)]
    folder: RunsFolder,
}

/// How an action stands against what it should be.
#[derive(Clone, PartialEq, Eq)]
enum State {
    Same,
    Differs,
    NoCheck,
    Unseen,
    Replaced { by: TransitionId },
}

impl State {
    const fn word(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::NoCheck => "no-check",
            Self::Unseen => "unseen",
            Self::Replaced { .. } => "replaced",
        }
    }
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let moment = Moment::meant(terminal, &arguments.subject, &arguments.folder)?;
    let deployment = moment.subject.deployment();
    let set = match &moment.run {
        None => parameters(&arguments.set)?,
        Some(_) if !arguments.set.is_empty() => {
            return Err(Failure::input("--set is for files: a run has its parameters"));
        }
        Some((source, _)) => source.parameters.clone(),
    };
    // An action elsewhere is no reason not to look here.
    let mut problems = pn_executor::validate(deployment, &set, &arguments.hosts.hosts());
    problems.retain(|problem| !matches!(problem.what, ProblemKind::Host { .. }));
    if !problems.is_empty() {
        return Err(executor_failure(&moment.subject, &ExecutorError::Problems(problems)));
    }
    let interrupt = Interrupt::awaited();
    let mut config = SurveyConfig {
        run: moment.run_name().unwrap_or("drift").to_owned(),
        ..arguments.hosts.survey(deployment, &set, &interrupt)
    };
    let mut order = dependency_order(&deployment.net, deployment.net.initial());
    let mut completed = BTreeMap::new();
    if let Some((_, status)) = &moment.run {
        config.values.clone_from(&status.values);
        completed = completions(&moment.subject, status);
        order.retain(|transition| completed.contains_key(transition));
    }
    let sightings = survey(&config, &order);
    let states: Vec<State> = sightings.iter().map(|one| state(one, &sightings, &completed)).collect();
    let exit = if states.contains(&State::Differs) {
        Exit::Fails
    } else if states.contains(&State::Unseen) {
        Exit::Undecided
    } else {
        Exit::Success
    };
    match arguments.json {
        true => terminal.text(json::text(&data(&moment, &sightings, &states, exit))),
        false => print(terminal, &moment, &sightings, &states),
    }
    Ok(exit)
}

/// The actions whose last attempt succeeded, with the number of that attempt.
fn completions(subject: &Subject, status: &Status) -> BTreeMap<TransitionId, u64> {
    let mut completed = BTreeMap::new();
    for attempt in &status.attempts {
        let Some(action) = subject.net().find_transition(&attempt.action) else { continue };
        match attempt.ended {
            Some((_, Outcome::Ok | Outcome::Same)) => _ = completed.insert(action, attempt.id.0),
            _ => _ = completed.remove(&action),
        }
    }
    completed
}

fn state(one: &Sighting, all: &[Sighting], completed: &BTreeMap<TransitionId, u64>) -> State {
    let later = |other: &&Sighting| completed.get(&other.action) > completed.get(&one.action);
    let same_path = |other: &&Sighting| one.path().is_some() && other.path() == one.path();
    match (one.now, all.iter().filter(later).find(same_path)) {
        (Now::Differs, Some(other)) => State::Replaced { by: other.action },
        (Now::Differs, None) => State::Differs,
        (Now::Same, _) => State::Same,
        (Now::OnlyDoing, _) => State::NoCheck,
        (Now::Later | Now::Unseen, _) => State::Unseen,
    }
}

fn sentence(subject: &Subject, sighting: &Sighting, state: &State) -> String {
    match state {
        State::NoCheck => "it has no check: only doing it tells".to_owned(),
        State::Replaced { by } => {
            format!("`{}` has written it since", subject.net().transition_name(*by))
        }
        State::Same | State::Differs | State::Unseen => sighting.message.clone(),
    }
}

fn print(terminal: &Terminal, moment: &Moment, sightings: &[Sighting], states: &[State]) {
    let subject = &moment.subject;
    let name = |one: &Sighting| subject.net().transition_name(one.action).to_owned();
    let kind = if moment.run.is_some() { "completed action" } else { "action" };
    let lead = painted(STRONG, format_args!("{}:", moment.name()));
    terminal.line(format_args!("{lead} {} looked at, nothing was changed\n", counted(sightings.len(), kind)));
    let column = sightings.iter().map(|one| name(one).chars().count()).max().unwrap_or(0).min(30);
    for (one, state) in sightings.iter().zip(states) {
        let style = match state {
            State::Same => GOOD,
            State::Differs => BAD,
            State::Unseen => OPEN,
            State::NoCheck | State::Replaced { .. } => STRONG,
        };
        let (word, name, sentence) = (state.word(), name(one), sentence(subject, one, state));
        let gap = " ".repeat(10 - word.len());
        terminal.line(format_args!("  {}{gap}{name:column$}  {sentence}", painted(style, word)));
        if let (State::Differs, Some(difference)) = (state, &one.difference) {
            difference.lines().for_each(|line| terminal.line(format_args!("            {line}")));
        }
    }
    if !sightings.is_empty() {
        terminal.line("");
    }
    let count = |wanted: &State| states.iter().filter(|state| *state == wanted).count();
    match (count(&State::Differs), count(&State::Unseen)) {
        (0, 0) => terminal.line(format_args!("{}", painted(GOOD, "Nothing differs."))),
        (0, unseen) => terminal.line(format_args!(
            "{} {} could not be looked at.",
            painted(OPEN, "Nothing differs as far as was seen:"),
            counted(unseen, "action")
        )),
        (1, _) => terminal.line(painted(BAD, "1 action differs.")),
        (differ, _) => terminal.line(painted(BAD, format_args!("{differ} actions differ."))),
    }
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    run: Option<String>,
    exit: u8,
    actions: Vec<ActionData>,
}

#[derive(Serialize)]
struct ActionData {
    transition: String,
    state: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
}

fn data(moment: &Moment, sightings: &[Sighting], states: &[State], exit: Exit) -> Data {
    let subject = &moment.subject;
    let name = |transition: TransitionId| subject.net().transition_name(transition).to_owned();
    let action = |(one, state): (&Sighting, &State)| ActionData {
        transition: name(one.action),
        state: state.word(),
        message: sentence(subject, one, state),
        difference: one.difference.clone().filter(|_| *state == State::Differs),
        replaced_by: match state {
            State::Replaced { by } => Some(name(*by)),
            _ => None,
        },
    };
    Data {
        format: "pn drift 1",
        file: subject.name.clone(),
        run: moment.run_name().map(str::to_owned),
        exit: exit.status(),
        actions: sightings.iter().zip(states).map(action).collect(),
    }
}
