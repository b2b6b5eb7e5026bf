//! `pn why`: what a transition waits for, in a run or from the initial marking.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment::Moment;
use crate::report::figures::grouped;
use crate::report::{json, listing};
use crate::runs_folder::RunsFolder;
use crate::subject::Subject;
use crate::terminal::{STRONG, Terminal, painted};
use pn_deployment::Role;
use pn_executor::{Missing, Standing, Why};
use pn_logic::nearest;
use pn_net::TransitionId;
use serde::Serialize;

/// Say what a transition waits for: which places are short, and who could fill them
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn why last web2.install
  pn why deploy.pnml go-live

Exit status: 0 it is enabled or running · 1 it has to wait · 2 bad usage or input")]
pub(crate) struct Arguments {
    /// A run (name, part of it, `last`, journal), or a PNML file: then from the initial marking
    #[arg(value_name = "RUN|FILE")]
    subject: String,
    /// The transition, by its identifier
    transition: String,
    /// How many transitions deep to look
    #[arg(long, value_name = "N", default_value_t = 6)]
    depth: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: RunsFolder,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let Moment { subject, marking, in_flight, .. } =
        Moment::meant(terminal, &arguments.subject, &arguments.folder)?;
    let net = subject.net();
    let Some(transition) = net.find_transition(&arguments.transition) else {
        return Err(no_such_transition(&subject, &arguments.transition));
    };
    let why = pn_executor::why(subject.deployment(), &marking, &in_flight, transition, arguments.depth);
    let running = in_flight.get(&transition).copied().unwrap_or(0);
    let exit = match why.standing {
        Standing::Enabled | Standing::InFlight => Exit::Success,
        _ if running > 0 => Exit::Success,
        _ => Exit::Fails,
    };
    if arguments.json {
        let data =
            Data { format: "pn why 1", file: subject.name.clone(), running, why: data(&subject, &why) };
        terminal.text(json::text(&data));
        return Ok(exit);
    }
    if running > 0 {
        terminal
            .line(format_args!("{} is running", painted(STRONG, subject.net().transition_name(transition))));
        return Ok(exit);
    }
    let mut lines = Vec::new();
    tell(&subject, &why, 0, &mut lines);
    for (depth, line) in lines {
        terminal.line(listing::wrapped(&"  ".repeat(depth), &line, terminal.width()));
    }
    Ok(exit)
}

fn no_such_transition(subject: &Subject, name: &str) -> Failure {
    let net = subject.net();
    let failure = Failure::input(format!("{} has no transition `{name}`", subject.name));
    if net.find_place(name).is_some() {
        return failure.hint(format!("`{name}` is a place"));
    }
    let own = || subject.author.net.transitions().map(|t| net.transition_name(t));
    match nearest(name, own()) {
        Some(known) => failure.hint(format!("did you mean `{known}`?")),
        None => {
            let names = listing::joined(own().map(str::to_owned), 10);
            failure.hint(format!("its transitions are {names}"))
        }
    }
}

/// What an enabled transition waits for, by its kind.
fn waits_for(subject: &Subject, transition: TransitionId) -> &'static str {
    match subject.deployment().role(transition) {
        Role::Control | Role::Action(_) | Role::Refresh { .. } => "can fire now",
        Role::Undo { .. } => "can fire now, on rollback",
        Role::Outcome { .. } => "would fire on its result",
        Role::Event { .. } | Role::Drift { .. } => "can fire now, when it is observed",
        Role::Timer { .. } | Role::Retry { .. } => "can fire now, when its time has come",
        Role::Approval { .. } => "can fire now, when it is approved",
    }
}

fn tell(subject: &Subject, why: &Why, depth: usize, lines: &mut Vec<(usize, String)>) {
    let step = subject.step(why.transition);
    let text = match why.standing {
        Standing::Enabled => format!("{step}: {}", waits_for(subject, why.transition)),
        Standing::InFlight => format!("{step}: its action is running"),
        Standing::Disabled => format!("{step}: has to wait"),
        Standing::ToldBefore => format!("{step}: see above"),
        Standing::TooDeep => format!("{step}: has to wait (--depth looks further)"),
    };
    lines.push((depth, text));
    for missing in &why.missing {
        let Missing { place, holds, needs, producers } = missing;
        let (holds, needs) = (grouped(holds), grouped(needs));
        // That an interrupted action gives back what it took is no way to get it in the first place.
        let gives_back =
            |why: &&Why| why.standing != Standing::InFlight && subject.is_interruption(why.transition);
        let producers: Vec<&Why> = producers.iter().filter(|producer| !gives_back(producer)).collect();
        let filled = if producers.is_empty() { "; nothing ever puts one there" } else { ", filled by" };
        let text = format!("`{}` holds {holds} of {needs}{filled}", subject.place(*place));
        lines.push((depth + 1, text));
        producers.into_iter().for_each(|producer| tell(subject, producer, depth + 2, lines));
    }
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    running: usize,
    #[serde(flatten)]
    why: WhyData,
}

#[derive(Serialize)]
struct WhyData {
    transition: String,
    standing: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingData>,
}

#[derive(Serialize)]
struct MissingData {
    place: String,
    holds: u64,
    needs: u64,
    producers: Vec<WhyData>,
}

fn data(subject: &Subject, why: &Why) -> WhyData {
    let net = subject.net();
    let missing = |missing: &Missing| MissingData {
        place: net.place_name(missing.place).to_owned(),
        holds: missing.holds,
        needs: missing.needs,
        producers: missing.producers.iter().map(|producer| data(subject, producer)).collect(),
    };
    WhyData {
        transition: net.transition_name(why.transition).to_owned(),
        standing: match why.standing {
            Standing::Enabled => "enabled",
            Standing::InFlight => "in-flight",
            Standing::Disabled => "disabled",
            Standing::ToldBefore => "told-before",
            Standing::TooDeep => "too-deep",
        },
        missing: why.missing.iter().map(missing).collect(),
    }
}
