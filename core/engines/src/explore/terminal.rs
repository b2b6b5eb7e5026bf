//! Search for terminal components: what can happen for ever, and what can never happen again.
//!
//! From every marking of a finite reachability graph a terminal strongly connected component can be
//! reached, one that nothing leaves. So a goal stays within reach for ever if and only if every
//! terminal component has a marking that satisfies it; a transition is live if and only if every
//! terminal component enables it. Tarjan's algorithm on the fly: the first component that a
//! depth-first search completes is terminal, long before everything is explored, and its markings
//! are all that can be reached from any of them, which proves that the goal is lost. O(edges), 24
//! bytes a marking beside the store. R. E. Tarjan, "Depth-First Search and Linear Graph
//! Algorithms", 1972.

use super::predicate::{Deadness, holds_in};
use super::space::{Scratch, Space, Step};
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Evidence, Exploration, Explored, Formula, Property, Reason, Verdict};
use pn_net::{Net, Trace, TransitionId};

/// Depth-first search for terminal components. Takes `inevitably back to` without `unless`.
pub struct TerminalComponents;

/// The most firings in the runs of all answers together.
const MOST_FIRINGS: usize = 1 << 24;

impl Engine for TerminalComponents {
    fn name(&self) -> &'static str {
        "search for terminal components"
    }

    fn techniques(&self) -> &'static str {
        "EXPLICIT STATE_COMPRESSION SCC_TEST"
    }

    fn takes(&self, property: &Property) -> bool {
        matches!(property, Property::InevitablyBackTo { unless: Formula::False, .. })
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let goals: Vec<&Formula> = properties
            .iter()
            .map(|property| match property {
                Property::InevitablyBackTo { goal, .. } => goal,
                _ => &Formula::True,
            })
            .collect();
        let mut search = match Search::new(net, run) {
            Ok(search) => search,
            Err(reason) => return vec![Answer::unknown(reason); properties.len()],
        };
        let mut lost = Lost::new(net, &goals);
        let end = search.run(&mut lost, run);
        let all =
            Exploration { states: search.space.len() as u64, edges: search.edges, of: Explored::Itself };
        let mut firings = 0;
        let each = lost.proofs.iter().map(|proof| {
            let (verdict, evidence) = match (proof, end) {
                (Some((number, component)), _) => {
                    let run = search.run_to(*number);
                    firings += run.firings.len();
                    if firings > MOST_FIRINGS {
                        return Answer::unknown(Reason::Memory);
                    }
                    (Verdict::Fails, Evidence::RunAndExhaustion(run, *component))
                }
                (None, Ok(())) => (Verdict::Holds, Evidence::Exhaustion(all)),
                (None, Err(reason)) => return Answer::unknown(reason),
            };
            Answer { verdict, method: self.name(), evidence }
        });
        each.collect()
    }
}

/// The goals that some terminal component lacks.
struct Lost<'p> {
    goals: &'p [&'p Formula],
    /// Goals that no component was found to lack yet.
    open: Vec<usize>,
    /// By goal: a marking of the component that lacks it, and the component's size.
    proofs: Vec<Option<(usize, Exploration)>>,
    /// The latest component in which a transition was seen enabled.
    enabled_in: Vec<u32>,
    components: u32,
}

impl<'p> Lost<'p> {
    fn new(net: &Net, goals: &'p [&'p Formula]) -> Self {
        Self {
            goals,
            open: (0..goals.len()).collect(),
            proofs: vec![None; goals.len()],
            enabled_in: vec![0; net.transition_count()],
            components: 0,
        }
    }

    /// Looks at a terminal component.
    fn note(&mut self, space: &mut Space<'_>, members: &[u32]) {
        self.components += 1;
        let (mut edges, mut firings) = (0, Vec::new());
        for member in members {
            space.recall(*member as usize, &mut firings);
            edges += firings.len() as u64;
            firings.iter().for_each(|(t, _)| self.enabled_in[t.index()] = self.components);
        }
        // A component with a dead marking is nothing but that.
        let dead = if edges == 0 { Deadness::Dead } else { Deadness::Alive };
        let size = Exploration { states: members.len() as u64, edges, of: Explored::Onwards };
        let Self { goals, open, proofs, enabled_in, components } = self;
        open.retain(|index| {
            let stays = match goals[*index] {
                Formula::Fireable(transitions) => {
                    transitions.iter().any(|t| enabled_in[t.index()] == *components)
                }
                goal => {
                    let mut scratch = Scratch::default();
                    let holds =
                        |member: &u32| holds_in(&space.marking(*member as usize, &mut scratch), dead, goal);
                    members.iter().any(holds)
                }
            };
            if !stays {
                let first = members.iter().min().expect("a component has a marking");
                proofs[*index] = Some((*first as usize, size));
            }
            stays
        });
    }
}

struct Search<'n> {
    space: Space<'n>,
    /// For each marking but the first, the marking and the transition that it was found by.
    found_by: Vec<(u32, u32)>,
    /// For each marking, when it was entered, from 1; 0 before that.
    entered: Vec<u32>,
    /// For each marking, the earliest entered marking of its component that it leads to, as far as
    /// is known; 0 once its component is complete.
    low: Vec<u32>,
    entries: u32,
    /// Entered markings whose components are not complete.
    pending: Vec<u32>,
    path: Vec<Frame>,
    /// Successors to be looked at, of all markings on the path; the last marking's come last.
    successors: Vec<u32>,
    edges: u64,
}

/// A marking on the path.
struct Frame {
    number: u32,
    /// Where its successors begin.
    start: usize,
    /// Whether it leads to a complete component.
    leads_out: bool,
}

impl<'n> Search<'n> {
    fn new(net: &'n Net, run: &Run<'_>) -> Result<Self, Reason> {
        Ok(Self {
            space: Space::new(net, run.memory())?,
            found_by: vec![(0, 0)],
            entered: vec![0],
            low: vec![0],
            entries: 0,
            pending: Vec::new(),
            path: Vec::new(),
            successors: Vec::new(),
            edges: 0,
        })
    }

    /// Explores everything, or ends early when every goal is lost.
    fn run(&mut self, lost: &mut Lost<'_>, run: &mut Run<'_>) -> Result<(), Reason> {
        let mut steps = Vec::new();
        self.enter(0, &mut steps)?;
        while let Some(frame) = self.path.last_mut() {
            if self.successors.len() == frame.start {
                self.leave(lost);
                if lost.open.is_empty() {
                    return Ok(());
                }
                continue;
            }
            let number = frame.number as usize;
            let next = self.successors.pop().expect("it was just compared") as usize;
            if self.entered[next] == 0 {
                self.tick(run)?;
                self.enter(next, &mut steps)?;
            } else if self.low[next] == 0 {
                frame.leads_out = true;
            } else {
                self.low[number] = self.low[number].min(self.entered[next]);
            }
        }
        Ok(())
    }

    fn enter(&mut self, number: usize, steps: &mut Vec<Step>) -> Result<(), Reason> {
        self.space.expand(number, steps)?;
        self.edges += steps.len() as u64;
        self.entries += 1;
        self.entered[number] = self.entries;
        self.low[number] = self.entries;
        self.pending.push(short(number));
        self.path.push(Frame { number: short(number), start: self.successors.len(), leads_out: false });
        for step in steps.iter() {
            if step.is_new {
                self.found_by.push((short(number), short(step.transition.index())));
                self.entered.push(0);
                self.low.push(0);
            }
        }
        self.successors.extend(steps.iter().rev().map(|step| short(step.target)));
        Ok(())
    }

    /// Leaves the last marking of the path, all of whose successors were looked at.
    fn leave(&mut self, lost: &mut Lost<'_>) {
        let Some(Frame { number, leads_out, .. }) = self.path.pop() else { return };
        let low = self.low[number as usize];
        let is_complete = low == self.entered[number as usize];
        if is_complete {
            let first = self.pending.iter().rposition(|member| *member == number);
            let members = self.pending.split_off(first.expect("an incomplete marking is pending"));
            members.iter().for_each(|member| self.low[*member as usize] = 0);
            if !leads_out {
                lost.note(&mut self.space, &members);
            }
        }
        if let Some(parent) = self.path.last_mut() {
            parent.leads_out |= leads_out || is_complete;
            if !is_complete {
                let parent = &mut self.low[parent.number as usize];
                *parent = low.min(*parent);
            }
        }
    }

    fn run_to(&self, number: usize) -> Trace {
        let mut firings = Vec::new();
        let mut at = number;
        while at > 0 {
            let (from, transition) = self.found_by[at];
            firings.push(TransitionId::new(transition as usize));
            at = from as usize;
        }
        firings.reverse();
        Trace { firings }
    }

    fn tick(&self, run: &mut Run<'_>) -> Result<(), Reason> {
        if !self.entries.is_multiple_of(64) {
            return Ok(());
        }
        let marking = size_of::<(u32, u32)>() + 3 * size_of::<u32>();
        let bytes = self.space.bytes()
            + marking * self.found_by.capacity()
            + size_of::<Frame>() * self.path.capacity()
            + size_of::<u32>() * self.successors.capacity();
        if bytes > run.memory() {
            return Err(Reason::Memory);
        }
        run.tick(Progress {
            states: self.space.len() as u64,
            expanded: u64::from(self.entries),
            edges: self.edges,
            bytes: bytes as u64,
        })
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("a store numbers markings in 32 bits")
}
