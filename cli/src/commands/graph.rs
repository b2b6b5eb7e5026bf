//! `pn graph`: the reachability graph of a small net, to be looked at.

mod dot;
mod graphml;
mod svg;

use crate::assumed::Assumed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::report::figures::grouped;
use crate::report::json;
use crate::subject::Subject;
use crate::terminal::Terminal;
use clap::ValueEnum;
use pn_engines::Run;
use pn_engines::explore::{GraphError, ReachabilityGraph, reachability_graph};
use pn_logic::Formula;
use pn_net::TransitionId;
use pn_verify::graph::{Mark, foremost, marks, steps};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Draw the reachability graph of a small net: every marking and what leads from one to the next
///
/// Marked are the initial marking, dead markings, the goal, declared failures, and markings from
/// which there is no return: no goal can be reached from them.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn graph opposite-locks.pnml -o graph.svg
  pn graph model.pnml --goal 'tokens(done) = 1' | dot -Tpdf > graph.pdf
  pn graph model.pnml --format graphml --limit 20000 -o graph.graphml")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// The format; by default what the name of the output file says, or else dot
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The most markings to draw
    #[arg(long, value_name = "MARKINGS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// What should stay within reach, instead of the deployment's goal
    #[arg(long, value_name = "FORMULA")]
    goal: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    assumed: Assumed,
}

/// How the graph is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
    /// For graph editors
    Graphml,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "dot" | "gv" => Some(Self::Dot),
            "svg" => Some(Self::Svg),
            "graphml" | "xml" => Some(Self::Graphml),
            _ => None,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = reading::assuming(terminal, &arguments.file, arguments.assumed)?;
    let goal = match &arguments.goal {
        Some(given) => Some(reading::formula(subject.net(), given)?),
        None => subject.deployment().goal.clone(),
    };
    let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let graph = reachability_graph(subject.net(), most, &mut Run::unlimited())
        .map_err(|error| refused(&subject, most, error))?;
    let drawing = Drawing::new(&subject, &graph, goal.as_ref());
    let given = arguments.format.or_else(|| arguments.output.as_deref().and_then(Format::of));
    let text = match given.unwrap_or(Format::Dot) {
        _ if arguments.json => json::text(&data(&subject, &graph, &drawing)),
        Format::Dot => dot::written(&drawing),
        Format::Svg => svg::written(&drawing, &graph.depths()),
        Format::Graphml => graphml::written(&drawing),
    };
    match &arguments.output {
        Some(path) => std::fs::write(path, text).map_err(|error| Failure::writing(path, &error))?,
        None => terminal.text(text),
    }
    Ok(Exit::Success)
}

fn refused(subject: &Subject, most: usize, error: GraphError) -> Failure {
    match error {
        GraphError::TooLarge(_) => {
            let message = format!("{} has more than {} reachable markings", subject.name, grouped(most));
            Failure::input(message).hint("--limit allows more; what they have in common `pn verify` tells")
        }
        GraphError::Limit(reason) => Failure::input(format!("{}: {reason}", subject.name)),
    }
}

/// What is drawn: markings in words with their marks, and edges with the names of what fires.
struct Drawing {
    name: String,
    nodes: Vec<Drawn>,
    edges: Vec<Edge>,
}

struct Drawn {
    /// The marked places, in words.
    lines: Vec<String>,
    marks: Vec<Mark>,
}

impl Drawn {
    fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// The colours of its inside and its border.
    fn colours(&self) -> (&'static str, &'static str) {
        match foremost(&self.marks) {
            Some(Mark::NoReturn) => ("#ffd7d5", "#c93c37"),
            Some(Mark::Goal) => ("#d3f2dc", "#2a8f4f"),
            Some(Mark::Failure) => ("#ffe8cc", "#e08600"),
            Some(Mark::Dead) => ("#e3e6ea", "#3d4450"),
            Some(Mark::Initial) | None => ("#ffffff", "#3d4450"),
        }
    }
}

/// All firings from one marking to another.
struct Edge {
    from: usize,
    to: usize,
    steps: Vec<String>,
}

impl Drawing {
    fn new(subject: &Subject, graph: &ReachabilityGraph, goal: Option<&Formula>) -> Self {
        let net = subject.net();
        let marks = marks(net, graph, goal, &subject.deployment().failure);
        let nodes = graph.markings.iter().zip(marks);
        let nodes = nodes.map(|(marking, marks)| Drawn { lines: subject.marked(marking), marks });
        let in_words = |steps: Vec<TransitionId>| steps.into_iter().map(|t| subject.step(t)).collect();
        let edges = steps(graph).into_iter();
        let edges = edges.map(|((from, to), steps)| Edge { from, to, steps: in_words(steps) });
        Self { name: net.name().to_owned(), nodes: nodes.collect(), edges: edges.collect() }
    }

    /// The marks that occur, in their order.
    fn legend(&self) -> Vec<Mark> {
        Mark::ALL.into_iter().filter(|mark| self.nodes.iter().any(|node| node.is(*mark))).collect()
    }
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    net: json::NetFigures,
    markings: Vec<MarkingData>,
    firings: Vec<FiringData>,
}

#[derive(Serialize)]
struct MarkingData {
    marking: BTreeMap<String, u64>,
    depth: usize,
    is: Vec<&'static str>,
}

#[derive(Serialize)]
struct FiringData {
    from: usize,
    to: usize,
    transition: String,
    step: String,
}

fn data(subject: &Subject, graph: &ReachabilityGraph, drawing: &Drawing) -> Data {
    let net = subject.net();
    let nodes = graph.markings.iter().zip(&drawing.nodes).zip(graph.depths());
    let markings = nodes.map(|((marking, drawn), depth)| MarkingData {
        marking: json::marking(net, marking),
        depth,
        is: drawn.marks.iter().map(|mark| mark.word()).collect(),
    });
    let rows = graph.steps.iter().enumerate();
    let firings = rows.flat_map(|(from, steps)| {
        steps.iter().map(move |(transition, to)| FiringData {
            from,
            to: *to,
            transition: net.transition_name(*transition).to_owned(),
            step: subject.step(*transition),
        })
    });
    Data {
        format: "pn graph 1",
        file: subject.name.clone(),
        net: net.into(),
        markings: markings.collect(),
        firings: firings.collect(),
    }
}
