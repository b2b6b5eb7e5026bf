//! `pn info`: what a file holds, without proving anything.

use crate::assumed::Assumed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::report::coverage::{self, Coverage};
use crate::report::figures::{counted, grouped};
use crate::report::{json, listing, steps};
use crate::subject::Subject;
use crate::terminal::{STRONG, Terminal, painted};
use pn_deployment::{Role, deployment_hash};
use pn_net::Net;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Describe a net or a deployment: its size, its marking, what its transitions stand for
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn info deploy.pnml
  pn info model.pnml --json")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    assumed: Assumed,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = reading::assuming(terminal, &arguments.file, arguments.assumed)?;
    match arguments.json {
        true => terminal.text(json::text(&data(&subject))),
        false => print(terminal, &subject),
    }
    Ok(Exit::Success)
}

/// Simple facts about the structure of a net.
#[derive(Serialize)]
struct Shape {
    /// Arcs that weigh more than 1.
    weighted_arcs: usize,
    /// The heaviest arc.
    heaviest: u64,
    /// Places from which nothing is taken but on which something is put.
    sinks: Vec<String>,
    /// Places on which nothing is put but from which something is taken.
    sources: Vec<String>,
    /// Places without any arc.
    isolated_places: Vec<String>,
    /// Transitions without inputs: always enabled.
    unguarded: Vec<String>,
    /// Transitions without outputs.
    swallowing: Vec<String>,
}

fn shape(net: &Net) -> Shape {
    let arcs = || net.transitions().flat_map(|t| net.pre(t).chain(net.post(t)).map(|(_, weight)| weight));
    let places = |wanted: fn(usize, usize) -> bool| {
        let fits = |p: &pn_net::PlaceId| wanted(net.producers(*p).len(), net.consumers(*p).len());
        net.places().filter(fits).map(|p| net.place_name(p).to_owned()).collect()
    };
    let transitions = |wanted: fn(usize, usize) -> bool| {
        let fits = |t: &pn_net::TransitionId| wanted(net.preset(*t).len(), net.postset(*t).len());
        net.transitions().filter(fits).map(|t| net.transition_name(t).to_owned()).collect()
    };
    Shape {
        weighted_arcs: arcs().filter(|weight| *weight > 1).count(),
        heaviest: arcs().max().unwrap_or(0),
        sinks: places(|producers, consumers| producers > 0 && consumers == 0),
        sources: places(|producers, consumers| producers == 0 && consumers > 0),
        isolated_places: places(|producers, consumers| producers == 0 && consumers == 0),
        unguarded: transitions(|inputs, _| inputs == 0),
        swallowing: transitions(|_, outputs| outputs == 0),
    }
}

/// How many transitions there are of each kind, in the order of the documentation.
fn kinds(subject: &Subject) -> Vec<(&'static str, usize)> {
    let kind = |role: &Role| match role {
        Role::Control => 0,
        Role::Action(_) => 1,
        Role::Outcome { .. } => 2,
        Role::Event { .. } => 3,
        Role::Timer { .. } => 4,
        Role::Retry { .. } => 5,
        Role::Approval { .. } => 6,
        Role::Undo { .. } => 7,
        Role::Drift { .. } => 8,
        Role::Refresh { .. } => 9,
    };
    let names =
        ["control", "action", "outcome", "event", "timer", "retry", "approval", "undo", "drift", "refresh"];
    let mut counts = [0_usize; 10];
    subject.author.roles.iter().for_each(|role| counts[kind(role)] += 1);
    names.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}

/// The resource kinds of the actions and watches with their numbers.
fn resources(subject: &Subject) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for role in &subject.author.roles {
        let kind = match role {
            Role::Action(action) | Role::Undo { action: Some(action), .. } => &action.kind,
            Role::Event { kind, .. } => kind,
            _ => continue,
        };
        *counts.entry(kind.clone()).or_insert(0) += 1;
    }
    counts
}

fn print(terminal: &Terminal, subject: &Subject) {
    let (net, width) = (&subject.author.net, terminal.width());
    terminal.line(format_args!(
        "{} net `{}`",
        painted(STRONG, format_args!("{}:", subject.name)),
        net.name()
    ));
    let row = |name: &str, text: String| {
        terminal.line(listing::wrapped(&format!("  {name:<13}"), &text, width));
    };
    let size = |net: &Net| {
        let (places, transitions) = (net.place_count(), net.transition_count());
        let arcs = counted(net.arc_count(), "arc");
        format!("{}, {}, {arcs}", counted(places, "place"), counted(transitions, "transition"))
    };
    row("size", size(net));
    if subject.is_expanded() {
        row("expanded", size(subject.net()));
    }
    let facts = shape(net);
    if facts.weighted_arcs > 0 {
        let heavy = counted(facts.weighted_arcs, "arc");
        row("weights", format!("{heavy} above 1, the heaviest {}", grouped(facts.heaviest)));
    }
    if let Some(units) = net.nupn() {
        row("units", format!("{} nested units (NUPN)", grouped(units.units.len())));
    }
    terminal.line(steps::marked(subject, "  marked       ", net.initial(), width));
    let lists = [
        ("sources", &facts.sources, "nothing puts tokens on"),
        ("sinks", &facts.sinks, "nothing takes tokens from"),
        ("isolated", &facts.isolated_places, "no arc touches"),
        ("unguarded", &facts.unguarded, "always enabled:"),
        ("swallowing", &facts.swallowing, "put no token anywhere:"),
    ];
    for (name, nodes, meaning) in lists {
        if !nodes.is_empty() {
            row(name, format!("{meaning} {}", listing::joined(nodes.iter().cloned(), listing::MOST)));
        }
    }
    print_deployment(terminal, subject, &row);
    row("net hash", pn_net::net_hash(subject.net()).to_string());
    row("hash", deployment_hash(subject.deployment()).to_string());
}

fn print_deployment(terminal: &Terminal, subject: &Subject, row: &dyn Fn(&str, String)) {
    let deployment = &subject.author;
    let net = &deployment.net;
    let kinds = kinds(subject);
    if kinds.iter().any(|(kind, _)| *kind != "control") {
        let list = kinds.iter().map(|(kind, count)| format!("{} {kind}", grouped(count)));
        row("transitions", list.collect::<Vec<_>>().join(", "));
    }
    let resources = resources(subject);
    if !resources.is_empty() {
        let list = resources.into_iter().map(|(kind, count)| format!("{} {kind}", grouped(count)));
        row("resources", list.collect::<Vec<_>>().join(", "));
    }
    if let Some(goal) = &deployment.goal {
        row("goal", goal.display(net).to_string());
    }
    if deployment.failure != pn_logic::Formula::False {
        row("failure", deployment.failure.display(net).to_string());
    }
    for invariant in &deployment.invariants {
        row("invariant", format!("{}: {}", invariant.name, invariant.formula.display(net)));
    }
    for (name, default) in &deployment.parameters {
        row(
            "parameter",
            match default {
                Some(default) => format!("{name}, `{default}` unless set"),
                None => format!("{name}, must be set"),
            },
        );
    }
    for note in coverage::notes(subject) {
        terminal.line(listing::wrapped("  drift        ", &note, terminal.width()));
    }
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    net: json::NetFigures,
    expanded: json::NetFigures,
    deployment_hash: String,
    shape: Shape,
    initial: BTreeMap<String, u64>,
    transitions: BTreeMap<&'static str, usize>,
    resources: BTreeMap<String, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    invariants: Vec<Named>,
    parameters: Vec<Parameter>,
    drift: Coverage,
}

#[derive(Serialize)]
struct Named {
    name: String,
    formula: String,
}

#[derive(Serialize)]
struct Parameter {
    name: String,
    default: Option<String>,
}

fn data(subject: &Subject) -> Data {
    let deployment = &subject.author;
    let net = &deployment.net;
    let named = |invariant: &pn_deployment::Invariant| Named {
        name: invariant.name.clone(),
        formula: invariant.formula.display(net).to_string(),
    };
    let failure = Some(&deployment.failure).filter(|failure| **failure != pn_logic::Formula::False);
    Data {
        format: "pn info 1",
        file: subject.name.clone(),
        net: net.into(),
        expanded: subject.net().into(),
        deployment_hash: deployment_hash(subject.deployment()).to_string(),
        shape: shape(net),
        initial: json::marking(net, net.initial()),
        transitions: kinds(subject).into_iter().collect(),
        resources: resources(subject),
        goal: deployment.goal.as_ref().map(|goal| goal.display(net).to_string()),
        failure: failure.map(|failure| failure.display(net).to_string()),
        invariants: deployment.invariants.iter().map(named).collect(),
        parameters: deployment
            .parameters
            .iter()
            .map(|(name, default)| Parameter { name: name.clone(), default: default.clone() })
            .collect(),
        drift: coverage::data(subject),
    }
}
