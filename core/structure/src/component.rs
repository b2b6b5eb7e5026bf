//! Strongly connected components of a net's graph, by petgraph (Tarjan 1972). Linear in the arcs.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use pn_net::{Net, PlaceId, TransitionId};

/// The nodes that can be reached from one another along arcs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Component {
    /// Its places, ascending.
    pub places: Vec<PlaceId>,
    /// Its transitions, ascending.
    pub transitions: Vec<TransitionId>,
}

/// The strongly connected components, those that lead to others before these. A net with one is
/// strongly connected.
#[must_use]
pub fn components(net: &Net) -> Vec<Component> {
    let places = net.place_count();
    let node = |index: usize| u32::try_from(index).expect("a net has fewer than 2^32 nodes");
    let arcs = net.transitions().flat_map(|t| {
        let transition = node(places + t.index());
        let taken = net.preset(t).iter().map(move |place| (node(place.index()), transition));
        taken.chain(net.postset(t).iter().map(move |place| (transition, node(place.index()))))
    });
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(places + net.transition_count(), net.arc_count());
    (0..places + net.transition_count()).for_each(|_| {
        graph.add_node(());
    });
    graph.extend_with_edges(arcs);
    let mut components: Vec<Component> = tarjan_scc(&graph)
        .into_iter()
        .map(|nodes| {
            let mut nodes: Vec<usize> = nodes.into_iter().map(|node| node.index()).collect();
            nodes.sort_unstable();
            let (own, others): (Vec<usize>, Vec<usize>) = nodes.into_iter().partition(|node| *node < places);
            Component {
                places: own.into_iter().map(PlaceId::new).collect(),
                transitions: others.into_iter().map(|node| TransitionId::new(node - places)).collect(),
            }
        })
        .collect();
    components.reverse();
    components
}
