//! `pn expand`: the net that is verified and run, as a file.

use crate::assumed::Assumed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::subject::Subject;
use crate::terminal::Terminal;
use pn_deployment::{Deployment, Mapping, PlaceOrigin, Round, TransitionOrigin, annotate};
use pn_net::{Net, TransitionId};
use std::path::PathBuf;

/// Write out what every action stands for: the net that is verified and run
///
/// The result is a deployment of its own, with its outcomes and retries drawn; it verifies and runs
/// like the original. Expanding it again changes nothing.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn expand deploy.pnml > expanded.pnml
  pn expand deploy.pnml -o expanded.pnml
  pn expand deploy.pnml --map")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Print where every node comes from instead: identifier, then the author's node and its part
    #[arg(long)]
    map: bool,
    #[command(flatten)]
    assumed: Assumed,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = reading::assuming(terminal, &arguments.file, arguments.assumed)?;
    let text = match arguments.map {
        true => map(&subject),
        false => pnml(&subject)?,
    };
    match &arguments.output {
        Some(path) => std::fs::write(path, text).map_err(|error| Failure::writing(path, &error))?,
        None => terminal.text(text),
    }
    Ok(Exit::Success)
}

fn pnml(subject: &Subject) -> Result<String, Failure> {
    written(&subject.name, subject.deployment())
}

/// A deployment as PNML.
pub(crate) fn written(name: &str, deployment: &Deployment) -> Result<String, Failure> {
    let (annotation, transitions) = annotate(deployment);
    let document = pn_pnml::Document::from_net(&deployment.net)
        .map_err(|problem| Failure::input(format!("{name}: {problem}")))?;
    Ok(pn_pnml::write(&document.with_annotations(annotation, transitions)))
}

/// One line a node: `place|transition <tab> identifier <tab> origin <tab> part`.
fn map(subject: &Subject) -> String {
    let net = subject.net();
    let line = |mapping: Mapping| match mapping {
        Mapping::Place(place, PlaceOrigin::Author) => {
            let name = net.place_name(place);
            format!("place\t{name}\t{name}\t\n")
        }
        Mapping::Place(place, PlaceOrigin::Budget) => {
            format!("place\t{}\t\tdrifts left\n", net.place_name(place))
        }
        Mapping::Place(place, PlaceOrigin::Part { of, round, part }) => {
            let part = part_in_words(net, round, part.word(), part.told());
            format!("place\t{}\t{}\t{part}\n", net.place_name(place), net.transition_name(of))
        }
        Mapping::Transition(transition, TransitionOrigin::Author) => {
            let name = net.transition_name(transition);
            format!("transition\t{name}\t{name}\t\n")
        }
        Mapping::Transition(transition, TransitionOrigin::Part { of, round, part }) => {
            let (name, action) = (net.transition_name(transition), net.transition_name(of));
            let part = part_in_words(net, round, part.word(), part.told());
            format!("transition\t{name}\t{action}\t{part}\n")
        }
    };
    subject.expansion.origins.map().map(line).collect()
}

/// `checking`, `repair checking`, `pending for reload`.
fn part_in_words(net: &Net, round: Round, word: &str, told: Option<TransitionId>) -> String {
    let repair = if round == Round::Repair { "repair " } else { "" };
    let told = told.map(|told| format!(" for {}", net.transition_name(told))).unwrap_or_default();
    format!("{repair}{word}{told}")
}
