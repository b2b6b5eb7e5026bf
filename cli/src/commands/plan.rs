//! `pn plan`: what a run would do, found out without doing anything.

use super::run::{assignment, parameters};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::foresight::{actions, excluded, failures, names, undos};
use crate::interrupt::Interrupt;
use crate::live::executor_failure;
use crate::local_hosts::LocalHosts;
use crate::reading;
use crate::report::figures::counted;
use crate::report::{json, listing};
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, STRONG, Terminal, painted};
use crate::verification::{self, Limits};
use pn_engines::explore::fired;
use pn_executor::{Doubt, Expected, Planned, SurveyConfig, dependency_order, survey};
use pn_logic::{Formula, Reason};
use pn_net::TransitionId;
use pn_verify::{MustMay, Outlook, in_tokens, must_may, restricted};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Say what a run would do, without doing anything
///
/// Every resource is looked at, and nothing is written: no file, no journal. `same` has nothing to
/// do, `change` would change something, `unknown` cannot be known before, because only doing it
/// tells or because an earlier action changes what it looks at. From that follows what must run to
/// reach the goal, what may run, and what runs only if something fails.
///
/// Commands given as `onlyif` and `unless` are run, as they are checks: they must only look.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn plan deploy.pnml
  pn plan deploy.pnml --set release=1.5 --all-local
  pn plan deploy.pnml --json | jq '.actions[] | select(.expected != \"same\")'

Exit status: 0 the plan is made, whatever it says · 2 bad usage or input
             3 what must and may run is undecided within the limits")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// Set a parameter of the deployment; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    hosts: LocalHosts,
    #[command(flatten)]
    limits: Limits,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = reading::subject(terminal, &arguments.file)?;
    let deployment = subject.deployment();
    let set = parameters(&arguments.set)?;
    let problems = pn_executor::validate(deployment, &set, &arguments.hosts.hosts());
    if !problems.is_empty() {
        return Err(executor_failure(&subject, &pn_executor::ExecutorError::Problems(problems)));
    }
    let interrupt = Interrupt::awaited();
    let config =
        SurveyConfig { run: "plan".to_owned(), ..arguments.hosts.survey(deployment, &set, &interrupt) };
    let order = dependency_order(&deployment.net, deployment.net.initial());
    let sightings = survey(&config, &order);
    let (planned, outlook) = verification::within(terminal, arguments.limits, &interrupt, |run| {
        let all = actions(deployment);
        let forward = restricted(&deployment.net, deployment.net.initial(), &undos(deployment));
        let order = fired(&forward, &all, &[], run);
        let before = |action: TransitionId| match &order {
            Ok(order) => {
                let others = deployment.outcomes_of(action).flat_map(|outcome| order.before(outcome));
                let others = others.copied().filter(|other| *other != action);
                let again = order.before(action).iter().copied().filter(|other| *other == action);
                others.chain(again).collect::<BTreeSet<_>>().into_iter().collect()
            }
            Err(_) => all.clone(),
        };
        let planned = pn_executor::plan(deployment, sightings, before);
        let outlook = order.and_then(|_| outlook(&subject, &all, &planned, run));
        (planned, outlook)
    });
    let exit = if outlook.is_ok() { Exit::Success } else { Exit::Undecided };
    match arguments.json {
        true => terminal.text(json::text(&data(&subject, &planned, &outlook, exit))),
        false => print(terminal, &subject, &planned, &outlook),
    }
    Ok(exit)
}

/// What must and may run, given the outcomes that the checks leave.
fn outlook(
    subject: &Subject,
    all: &[TransitionId],
    planned: &[Planned],
    run: &mut pn_engines::Run<'_>,
) -> Result<MustMay, Reason> {
    let deployment = subject.deployment();
    let mut never = undos(deployment);
    for planned in planned {
        let outcomes = planned.outcomes.iter().copied();
        never.extend(excluded(deployment, planned.sighting.action, outcomes));
    }
    let end = deployment.goal.as_ref().map_or(Formula::Dead, |goal| in_tokens(&deployment.net, goal));
    let outlook = Outlook {
        net: &deployment.net,
        start: deployment.net.initial(),
        watched: all,
        never: &never,
        failures: &failures(deployment, all),
        end: &end,
    };
    must_may(outlook, run)
}

/// What becomes of the actions, each in one list.
struct Lists {
    must: Vec<TransitionId>,
    may: Vec<TransitionId>,
    if_failing: Vec<TransitionId>,
    idle: Vec<TransitionId>,
    never: Vec<TransitionId>,
}

impl Lists {
    fn new(planned: &[Planned], outlook: &MustMay) -> Self {
        let must = outlook.must.as_deref().unwrap_or_default();
        let mut lists = Self { must: vec![], may: vec![], if_failing: vec![], idle: vec![], never: vec![] };
        for planned in planned {
            let action = planned.sighting.action;
            let list = if !outlook.may.contains(&action) {
                &mut lists.never
            } else if planned.is_settled() {
                &mut lists.idle
            } else if must.contains(&action) {
                &mut lists.must
            } else if outlook.smoothly.contains(&action) {
                &mut lists.may
            } else {
                &mut lists.if_failing
            };
            list.push(action);
        }
        lists
    }
}

const fn word(expected: Expected) -> &'static str {
    match expected {
        Expected::Same => "same",
        Expected::Change => "change",
        Expected::Unknown => "unknown",
    }
}

fn print(terminal: &Terminal, subject: &Subject, planned: &[Planned], outlook: &Result<MustMay, Reason>) {
    let width = terminal.width();
    let name = painted(STRONG, format_args!("{}:", subject.name));
    let count = counted(planned.len(), "action");
    terminal.line(format_args!("{name} {count} looked at, nothing was changed\n"));
    let longest =
        planned.iter().map(|p| subject.net().transition_name(p.sighting.action).chars().count()).max();
    let column = longest.unwrap_or(0).min(30);
    for planned in planned {
        let name = subject.net().transition_name(planned.sighting.action);
        let text = format!("{name:column$}  {}", sentence(subject, planned));
        let style = match planned.expected {
            Expected::Same => GOOD,
            Expected::Change => STRONG,
            Expected::Unknown => OPEN,
        };
        let word = word(planned.expected);
        terminal.line(format_args!("  {}{}{text}", painted(style, word), " ".repeat(9 - word.len())));
        if planned.expected == Expected::Change
            && let Some(difference) = &planned.sighting.difference
        {
            difference.lines().for_each(|line| terminal.line(format_args!("           {line}")));
        }
    }
    if !planned.is_empty() {
        terminal.line("");
    }
    let outlook = match outlook {
        Ok(outlook) => outlook,
        Err(reason) => {
            let hint = match reason {
                Reason::Time => "; --time sets another limit",
                Reason::Memory => "; --memory sets another limit",
                _ => "",
            };
            terminal.line(format_args!(
                "{} what must and what may run: {reason}{hint}",
                painted(OPEN, "undecided:")
            ));
            return;
        }
    };
    let lists = Lists::new(planned, outlook);
    let mut told = false;
    for (lead, list) in [
        ("Must run:            ", &lists.must),
        ("May run:             ", &lists.may),
        ("Only after failures: ", &lists.if_failing),
        ("Nothing to do:       ", &lists.idle),
        ("Never runs:          ", &lists.never),
    ] {
        if !list.is_empty() {
            told = true;
            let names = listing::joined(names(subject, list), usize::MAX);
            terminal.line(listing::wrapped(lead, &names, width));
        }
    }
    if !told {
        terminal.line("There is no action to run.");
    }
    if outlook.must.is_none() {
        let what = match subject.deployment().goal {
            Some(_) => "the goal is out of reach, even if nothing fails",
            None => "it never ends unless something fails, so nothing has to run before its end",
        };
        terminal.line(format_args!("{} {what}", painted(BAD, "note:")));
    }
}

/// What was seen, and what that is worth.
fn sentence(subject: &Subject, planned: &Planned) -> String {
    let name = |t: TransitionId| format!("`{}`", subject.net().transition_name(t));
    let seen = &planned.sighting.message;
    match &planned.doubt {
        None => seen.clone(),
        Some(Doubt::Changes { by, what }) => {
            format!("{} runs before and may change {what}; now {seen}", name(*by))
        }
        Some(Doubt::MayChange(_)) if planned.expected == Expected::Unknown => seen.clone(),
        Some(Doubt::MayChange(by)) => {
            let names = listing::joined(by.iter().map(|t| name(*t)), 3);
            format!("{seen}; {names} may change that before")
        }
    }
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    exit: u8,
    actions: Vec<ActionData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal_reachable: Option<bool>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    lists: Option<ListsData>,
}

#[derive(Serialize)]
struct ListsData {
    must: Vec<String>,
    may: Vec<String>,
    after_failures: Vec<String>,
    nothing_to_do: Vec<String>,
    never: Vec<String>,
}

#[derive(Serialize)]
struct ActionData {
    transition: String,
    expected: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed_before_by: Vec<String>,
    outcomes: Vec<&'static str>,
}

fn data(subject: &Subject, planned: &[Planned], outlook: &Result<MustMay, Reason>, exit: Exit) -> Data {
    let action = |planned: &Planned| ActionData {
        transition: subject.net().transition_name(planned.sighting.action).to_owned(),
        expected: word(planned.expected),
        message: planned.sighting.message.clone(),
        difference: planned.sighting.difference.clone(),
        changed_before_by: match &planned.doubt {
            None => Vec::new(),
            Some(Doubt::Changes { by, .. }) => names(subject, &[*by]),
            Some(Doubt::MayChange(by)) => names(subject, by),
        },
        outcomes: planned.outcomes.iter().map(|outcome| outcome.word()).collect(),
    };
    let lists = outlook.as_ref().ok().map(|outlook| Lists::new(planned, outlook));
    let has_goal = subject.deployment().goal.is_some();
    Data {
        format: "pn plan 1",
        file: subject.name.clone(),
        exit: exit.status(),
        actions: planned.iter().map(action).collect(),
        undecided: outlook.as_ref().err().map(ToString::to_string),
        goal_reachable: outlook.as_ref().ok().filter(|_| has_goal).map(|outlook| outlook.must.is_some()),
        lists: lists.map(|lists| ListsData {
            must: names(subject, &lists.must),
            may: names(subject, &lists.may),
            after_failures: names(subject, &lists.if_failing),
            nothing_to_do: names(subject, &lists.idle),
            never: names(subject, &lists.never),
        }),
    }
}
