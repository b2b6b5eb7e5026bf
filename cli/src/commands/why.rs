//! `pn why`: what a transition waits for, in a run or from the initial marking.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment::Moment;
use crate::report::{json, listing, waits};
use crate::runs_folder::RunsFolder;
use crate::subject::Subject;
use crate::terminal::{STRONG, Terminal, painted};
use pn_executor::{Missing, Standing, Why};
use pn_logic::nearest;
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
    for (depth, line) in waits::told(&subject, &why) {
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
