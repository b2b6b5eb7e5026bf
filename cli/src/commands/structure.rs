//! `pn structure`: what the arcs of a net alone tell, before anything fires.

use crate::assumed::Assumed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::report::figures::{counted, grouped};
use crate::report::{json, listing};
use crate::subject::Subject;
use crate::terminal::{STRONG, Terminal, painted};
use pn_net::{Net, PlaceId, TransitionId};
use pn_structure::{
    Component, Effort, Flow, Incomplete, Minimal, NetClass, PlaceFlow, classes, components, greatest_trap,
    minimal_siphons, minimal_traps, place_flows, place_semiflows, transition_flows, transition_semiflows,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Tell what the structure of a net says: invariants, bounds, siphons, traps, classes, components
///
/// Of a deployment it is the expanded net. Nothing is fired, so all of it holds whatever happens.
/// What takes too long is left out, and said.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn structure model.pnml
  pn structure deploy.pnml --faults any
  pn structure model.pnml --json | jq '.place_invariants[].text'")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// The most siphons and the most traps to look for
    #[arg(long, value_name = "SETS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// The most matrix entries to look at for each list
    #[arg(long, value_name = "ENTRIES", default_value_t = 100_000_000)]
    effort: u64,
    /// Print JSON, with everything that was found
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    assumed: Assumed,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = reading::assuming(terminal, &arguments.file, arguments.assumed)?;
    let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let found = Found::of(subject.net(), most, Effort(arguments.effort));
    match arguments.json {
        true => terminal.text(json::text(&found.data(&subject))),
        false => found.print(terminal, &subject),
    }
    Ok(Exit::Success)
}

/// Everything that is told.
struct Found<'n> {
    net: &'n Net,
    classes: Vec<NetClass>,
    components: Vec<Component>,
    place_basis: Result<usize, Incomplete>,
    transition_basis: Result<usize, Incomplete>,
    place_invariants: Result<Vec<PlaceFlow>, Incomplete>,
    transition_invariants: Result<Vec<Flow<TransitionId>>, Incomplete>,
    siphons: Minimal,
    /// Those of the siphons without a trap that is marked initially.
    unguarded: Vec<Vec<PlaceId>>,
    traps: Minimal,
}

impl<'n> Found<'n> {
    fn of(net: &'n Net, most: usize, effort: Effort) -> Self {
        let siphons = minimal_siphons(net, most, effort);
        let is_guarded = |siphon: &Vec<PlaceId>| {
            let trap = greatest_trap(net, |place| siphon.binary_search(&place).is_ok());
            trap.iter().any(|place| net.initial().tokens(*place) > 0)
        };
        Self {
            net,
            classes: classes(net),
            components: components(net),
            place_basis: place_flows(net, effort).map(|flows| flows.len()),
            transition_basis: transition_flows(net, effort).map(|flows| flows.len()),
            place_invariants: place_semiflows(net, effort),
            transition_invariants: transition_semiflows(net, effort),
            unguarded: siphons.sets.iter().filter(|siphon| !is_guarded(siphon)).cloned().collect(),
            siphons,
            traps: minimal_traps(net, most, effort),
        }
    }

    /// The most tokens that the invariants allow on each place; `None` where they allow any number.
    fn bounds(&self) -> Option<Vec<Option<u64>>> {
        let invariants = self.place_invariants.as_ref().ok()?;
        let mut bounds: Vec<Option<u64>> = vec![None; self.net.place_count()];
        for invariant in invariants {
            let total = invariant.value(self.net.initial());
            for (place, weight) in invariant.terms() {
                let bound = u64::try_from(total / i128::from(*weight)).ok();
                let known = &mut bounds[place.index()];
                *known = [*known, bound].into_iter().flatten().min();
            }
        }
        Some(bounds)
    }

    /// The nodes of which no invariant speaks.
    fn uncovered<N: Copy + Ord>(
        invariants: &Result<Vec<Flow<N>>, Incomplete>,
        nodes: impl Iterator<Item = N>,
    ) -> Option<Vec<N>> {
        let mut covered: Vec<N> =
            invariants.as_ref().ok()?.iter().flat_map(Flow::terms).map(|(node, _)| *node).collect();
        covered.sort_unstable();
        Some(nodes.filter(|node| covered.binary_search(node).is_err()).collect())
    }

    /// Whether every siphon has a marked trap, so that an ordinary net has no dead marking
    /// (Commoner 1972); `None` where that theorem or the list of siphons does not reach.
    fn is_commoner(&self) -> Option<bool> {
        let is_ordinary = self.classes.contains(&NetClass::Ordinary);
        (is_ordinary && self.siphons.is_complete && self.net.transition_count() > 0)
            .then_some(self.unguarded.is_empty())
    }

    fn invariant(&self, flow: &PlaceFlow) -> String {
        let sum = flow.in_words(|place| self.net.place_name(place));
        format!("{sum} = {}", flow.value(self.net.initial()))
    }

    fn set(&self, places: &[PlaceId]) -> String {
        format!("{{{}}}", places.iter().map(|p| self.net.place_name(*p)).collect::<Vec<_>>().join(", "))
    }

    fn print(&self, terminal: &Terminal, subject: &Subject) {
        let (net, width) = (self.net, terminal.width());
        let row = |name: &str, text: String| {
            terminal.line(listing::wrapped(&format!("  {name:<23}"), &text, width));
        };
        let list = |lines: Vec<String>| {
            let more = lines.len().saturating_sub(listing::MOST);
            for line in lines.into_iter().take(listing::MOST) {
                terminal.line(listing::wrapped("    ", &line, width));
            }
            if more > 0 {
                terminal.line(format_args!("    and {} more, which --json lists", grouped(more)));
            }
        };
        let places = |some: &[PlaceId]| {
            listing::joined(some.iter().map(|p| net.place_name(*p).to_owned()), listing::MOST)
        };
        terminal.line(format_args!(
            "{} net `{}`, {}, {}",
            painted(STRONG, format_args!("{}:", subject.name)),
            net.name(),
            counted(net.place_count(), "place"),
            counted(net.transition_count(), "transition")
        ));
        let classes: Vec<String> = self.classes.iter().map(ToString::to_string).collect();
        row("classes", if classes.is_empty() { "none of the usual ones".into() } else { classes.join(", ") });
        row("components", self.components_in_words());
        if let Some(bounds) = self.bounds() {
            let free: Vec<PlaceId> = net.places().filter(|place| bounds[place.index()].is_none()).collect();
            let most = bounds.iter().flatten().max().copied().unwrap_or(0);
            row(
                "bounds",
                match (free.len(), most) {
                    (0, 1) => "one-safe: no place can hold more than one token".to_owned(),
                    (0, _) => format!("no place can hold more than {}", counted_tokens(most)),
                    _ => format!("no invariant bounds {}", places(&free)),
                },
            );
        }
        match &self.place_invariants {
            Ok(invariants) => {
                let uncovered = Self::uncovered(&self.place_invariants, net.places()).unwrap_or_default();
                let covered = if uncovered.is_empty() { ", with every place (conservative)" } else { "" };
                row("place invariants", format!("{}{covered}", grouped(invariants.len())));
                list(invariants.iter().map(|flow| self.invariant(flow)).collect());
            }
            Err(reason) => row("place invariants", basis(&self.place_basis, *reason)),
        }
        match &self.transition_invariants {
            Ok(invariants) => {
                let uncovered = Self::uncovered(&self.transition_invariants, net.transitions());
                let is_covered = uncovered.is_some_and(|uncovered| uncovered.is_empty());
                let covered = if is_covered { ", with every transition (consistent)" } else { "" };
                row("transition invariants", format!("{}{covered}", grouped(invariants.len())));
                list(invariants.iter().map(|flow| flow.in_words(|t| net.transition_name(t))).collect());
            }
            Err(reason) => row("transition invariants", basis(&self.transition_basis, *reason)),
        }
        row("minimal siphons", how_many(&self.siphons));
        list(
            self.siphons
                .sets
                .iter()
                .map(|siphon| {
                    let note = if self.unguarded.contains(siphon) { ", without a marked trap" } else { "" };
                    format!("{}{note}", self.set(siphon))
                })
                .collect(),
        );
        row("minimal traps", how_many(&self.traps));
        list(self.traps.sets.iter().map(|trap| self.set(trap)).collect());
        match self.is_commoner() {
            Some(true) => row(
                "deadlock",
                "impossible: every siphon has a trap that is marked from the beginning (Commoner)".into(),
            ),
            Some(false) => {
                row("deadlock", "not excluded by siphons and traps; `pn verify` looks further".into());
            }
            None => {}
        }
    }

    fn components_in_words(&self) -> String {
        let large = self.components.iter().filter(|c| c.places.len() + c.transitions.len() > 1);
        match (self.components.len(), large.clone().count()) {
            (0, _) => "none: the net is empty".to_owned(),
            (1, _) => "strongly connected".to_owned(),
            (count, large_ones) => {
                let largest = large.max_by_key(|c| c.places.len() + c.transitions.len());
                let size = largest.map_or_else(String::new, |c| {
                    let (places, transitions) = (c.places.len(), c.transitions.len());
                    let places = counted(places, "place");
                    format!("; the largest has {places} and {}", counted(transitions, "transition"))
                });
                format!(
                    "{} strongly connected, {} with more than one node{size}",
                    grouped(count),
                    grouped(large_ones)
                )
            }
        }
    }

    fn data<'a>(&'a self, subject: &'a Subject) -> Data<'a> {
        let net = self.net;
        let place = |place: &PlaceId| net.place_name(*place);
        let transition = |transition: &TransitionId| net.transition_name(*transition);
        let sets =
            |sets: &'a [Vec<PlaceId>]| sets.iter().map(|set| set.iter().map(place).collect()).collect();
        let bounds = self.bounds();
        let place_invariants = self.place_invariants.as_ref().ok().map(|flows| {
            let data = |flow: &'a PlaceFlow| PlaceInvariant {
                text: self.invariant(flow),
                weights: flow.terms().iter().map(|(p, weight)| (place(p), *weight)).collect(),
                value: flow.value(net.initial()),
            };
            flows.iter().map(data).collect()
        });
        let transition_invariants = self.transition_invariants.as_ref().ok().map(|flows| {
            let terms = |flow: &'a Flow<TransitionId>| {
                flow.terms().iter().map(|(t, count)| (transition(t), *count)).collect()
            };
            flows.iter().map(terms).collect()
        });
        Data {
            format: "pn structure 1",
            net: net.name(),
            file: &subject.name,
            classes: self.classes.iter().map(ToString::to_string).collect(),
            components: self
                .components
                .iter()
                .map(|c| Nodes {
                    places: c.places.iter().map(place).collect(),
                    transitions: c.transitions.iter().map(transition).collect(),
                })
                .collect(),
            bounds: bounds.map(|bounds| net.places().map(|p| (place(&p), bounds[p.index()])).collect()),
            place_flows: self.place_basis.as_ref().ok().copied(),
            transition_flows: self.transition_basis.as_ref().ok().copied(),
            is_conservative: Self::uncovered(&self.place_invariants, net.places()).map(|u| u.is_empty()),
            is_consistent: Self::uncovered(&self.transition_invariants, net.transitions())
                .map(|u| u.is_empty()),
            place_invariants,
            transition_invariants,
            siphons: Sets { sets: sets(&self.siphons.sets), is_complete: self.siphons.is_complete },
            traps: Sets { sets: sets(&self.traps.sets), is_complete: self.traps.is_complete },
            siphons_without_marked_trap: sets(&self.unguarded),
            every_siphon_has_a_marked_trap: self.is_commoner(),
        }
    }
}

fn counted_tokens(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "token")
}

fn how_many(found: &Minimal) -> String {
    let count = grouped(found.sets.len());
    match found.is_complete {
        true => count,
        false => format!("{count} found; there may be more (--limit, --effort)"),
    }
}

/// What is known where the invariants without negative weights were too many.
fn basis(flows: &Result<usize, Incomplete>, reason: Incomplete) -> String {
    let why = match reason {
        Incomplete::Effort => "too many to list (--effort)".to_owned(),
        Incomplete::Overflow => "their weights are too large".to_owned(),
    };
    match flows {
        Ok(count) => format!("{why}; {} independent ones", grouped(*count)),
        Err(_) => why,
    }
}

#[derive(Serialize)]
struct Data<'a> {
    format: &'static str,
    file: &'a str,
    net: &'a str,
    classes: Vec<String>,
    /// Strongly connected components, those that lead to others before these.
    components: Vec<Nodes<'a>>,
    /// By place, null where no invariant bounds it; null when the invariants are not known.
    bounds: Option<BTreeMap<&'a str, Option<u64>>>,
    /// How many place flows are independent.
    place_flows: Option<usize>,
    transition_flows: Option<usize>,
    is_conservative: Option<bool>,
    is_consistent: Option<bool>,
    /// Those of minimal support without negative weights.
    place_invariants: Option<Vec<PlaceInvariant<'a>>>,
    transition_invariants: Option<Vec<BTreeMap<&'a str, i64>>>,
    siphons: Sets<'a>,
    traps: Sets<'a>,
    siphons_without_marked_trap: Vec<Vec<&'a str>>,
    every_siphon_has_a_marked_trap: Option<bool>,
}

#[derive(Serialize)]
struct Nodes<'a> {
    places: Vec<&'a str>,
    transitions: Vec<&'a str>,
}

#[derive(Serialize)]
struct PlaceInvariant<'a> {
    text: String,
    weights: BTreeMap<&'a str, i64>,
    value: i128,
}

#[derive(Serialize)]
struct Sets<'a> {
    sets: Vec<Vec<&'a str>>,
    is_complete: bool,
}
