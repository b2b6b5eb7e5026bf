//! The reachability graph of what is played, as a job: every marking with a place in the picture.
//!
//! A net with too many markings is not drawn; how many it has at least is counted for a moment.

use crate::subject::Subject;
use pn_engines::explore::{GraphError, ReachabilityGraph, reachability_graph};
use pn_engines::{Progress, Run};
use pn_net::{Marking, Trace, TransitionId};
use pn_verify::graph::{Mark, Rectangle, marks, placed, room, steps, written};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The most markings that are drawn.
pub const MOST_MARKINGS: usize = 500;
/// The most that are counted of a net that is too large, how long and in how much memory.
const COUNTED: usize = 1_000_000;
const COUNTING: Duration = Duration::from_secs(1);
const BYTES: usize = 512 << 20;

/// A graph with places for its markings.
pub struct Graph {
    /// What it is the graph of.
    pub subject: Subject,
    /// Its markings.
    pub nodes: Vec<Node>,
    /// The firings between them.
    pub edges: Vec<Edge>,
    graph: ReachabilityGraph,
    numbers: HashMap<Marking, usize>,
}

/// A marking.
pub struct Node {
    /// All marked places, in words.
    pub words: Vec<String>,
    /// What of them is written into the picture.
    pub lines: Vec<String>,
    /// What it is.
    pub marks: Vec<Mark>,
    /// Where it is drawn.
    pub place: Rectangle,
}

/// All firings from one marking to another.
pub struct Edge {
    /// The number of the marking that they lead from.
    pub from: usize,
    /// The number of the marking that they lead to.
    pub to: usize,
    /// What fires, in words.
    pub steps: Vec<String>,
}

/// What came of it.
pub enum Drawn {
    /// The graph.
    Whole(Box<Graph>),
    /// It has more markings than are drawn: at least so many.
    TooLarge(u64),
    /// A limit was reached.
    Failed(String),
}

/// A graph on its way, or finished. Dropping it ends the work.
pub struct Drawing {
    news: Receiver<Drawn>,
    result: Option<Drawn>,
    cancel: Arc<AtomicBool>,
}

impl Drawing {
    /// Starts a thread that draws the graph. `wake` is called when it is done.
    pub fn start(subject: Subject, wake: impl Fn() + Send + 'static) -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let (sender, news) = channel();
        let flag = Arc::clone(&cancel);
        std::thread::spawn(move || {
            // Nobody listens any more when the drawing was dropped; the flag ends the work.
            let _ = sender.send(drawn(subject, &flag));
            wake();
        });
        Self { news, result: None, cancel }
    }

    /// Takes in what has come of it.
    pub fn poll(&mut self) {
        if self.result.is_none() {
            self.result = self.news.try_recv().ok();
        }
    }

    /// What came of it, once that is known.
    #[must_use]
    pub fn result(&self) -> Option<&Drawn> {
        self.result.as_ref()
    }

    /// Ends the work soon, without a drawing.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Drop for Drawing {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn drawn(subject: Subject, cancel: &AtomicBool) -> Drawn {
    let mut run = Run::unlimited().within_bytes(BYTES).cancelled_by(cancel);
    match reachability_graph(subject.net(), MOST_MARKINGS, &mut run) {
        Ok(graph) => Drawn::Whole(Box::new(Graph::of(subject, graph))),
        Err(GraphError::TooLarge(_)) => Drawn::TooLarge(counted(&subject, cancel)),
        Err(GraphError::Limit(reason)) => Drawn::Failed(reason.to_string()),
    }
}

/// How many markings there are at least.
fn counted(subject: &Subject, cancel: &AtomicBool) -> u64 {
    let mut seen = MOST_MARKINGS as u64 + 1;
    let mut tell = |progress: Progress| seen = seen.max(progress.states);
    let mut run = Run::unlimited().within_bytes(BYTES).cancelled_by(cancel).reporting_to(&mut tell);
    if let Some(deadline) = Instant::now().checked_add(COUNTING) {
        run = run.until(deadline);
    }
    match reachability_graph(subject.net(), COUNTED, &mut run) {
        Ok(graph) => graph.markings.len() as u64,
        Err(GraphError::TooLarge(most)) => most as u64 + 1,
        Err(GraphError::Limit(_)) => seen,
    }
}

impl Graph {
    fn of(subject: Subject, graph: ReachabilityGraph) -> Self {
        let deployment = subject.deployment();
        let marks = marks(subject.net(), &graph, deployment.goal.as_ref(), &deployment.failure);
        let words: Vec<Vec<String>> = graph.markings.iter().map(|marking| subject.marked(marking)).collect();
        let lines: Vec<Vec<String>> = words.iter().map(|words| written(words)).collect();
        let edges = steps(&graph);
        let in_words = |steps: Vec<TransitionId>| steps.into_iter().map(|t| subject.step(t)).collect();
        let sizes: Vec<(f64, f64)> = lines.iter().map(|lines| room(lines)).collect();
        let joined: Vec<(usize, usize)> = edges.keys().copied().collect();
        let places = placed(&sizes, &graph.depths(), &joined);
        let nodes = words.into_iter().zip(lines).zip(marks).zip(places);
        let nodes = nodes.map(|(((words, lines), marks), place)| Node { words, lines, marks, place });
        let edges = edges.into_iter();
        let edges = edges.map(|((from, to), steps)| Edge { from, to, steps: in_words(steps) });
        let edges: Vec<Edge> = edges.collect();
        let numbers = graph.markings.iter().cloned().zip(0..).collect();
        Self { nodes: nodes.collect(), edges, numbers, graph, subject }
    }

    /// The number of a marking.
    #[must_use]
    pub fn number(&self, marking: &Marking) -> Option<usize> {
        self.numbers.get(marking).copied()
    }

    /// A shortest run to a marking.
    #[must_use]
    pub fn run_to(&self, number: usize) -> Option<Trace> {
        self.graph.run_to(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_deployment::Deployment;
    use pn_net::{NetBuilder, replay};

    /// So many tokens, each of which goes from one place to the other by itself.
    fn tokens(count: u64) -> Subject {
        let mut builder = NetBuilder::new("net");
        let a = builder.place("a", None, count).unwrap();
        let b = builder.place("b", None, 0).unwrap();
        let go = builder.transition("go", None).unwrap();
        builder.input(a, go, 1).unwrap();
        builder.output(go, b, 1).unwrap();
        Subject::drawn(Arc::new(Deployment::plain(builder.build().unwrap())))
    }

    #[test]
    fn every_marking_has_a_run_that_leads_there() {
        let Drawn::Whole(graph) = drawn(tokens(7), &AtomicBool::new(false)) else { panic!("it is small") };
        assert_eq!((graph.nodes.len(), graph.edges.len()), (8, 7));
        let net = graph.subject.net();
        for number in 0..8 {
            let marking = replay(net, net.initial(), &graph.run_to(number).unwrap()).unwrap();
            assert_eq!(graph.number(&marking), Some(number));
        }
        assert_eq!(graph.nodes[0].words, ["7 a"]);
        assert_eq!(graph.nodes[7].marks, [Mark::Dead]);
        assert!(graph.run_to(8).is_none());
    }

    #[test]
    fn a_net_with_more_markings_is_counted_and_not_drawn() {
        let drawn = |count| drawn(tokens(count), &AtomicBool::new(false));
        assert!(matches!(drawn(499), Drawn::Whole(_)));
        assert!(matches!(drawn(500), Drawn::TooLarge(501)));
        assert!(matches!(drawn(4_000_000), Drawn::TooLarge(501..)));
        assert!(matches!(super::drawn(tokens(500), &AtomicBool::new(true)), Drawn::Failed(_)));
    }
}
