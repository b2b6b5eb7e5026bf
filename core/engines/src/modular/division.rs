//! The finest division of a net into modules: places that some transition changes together belong
//! together, but for those that are shared. Union-find (Tarjan, "Efficiency of a good but not linear set union algorithm", 1975);
//! O(arcs · α).

use pn_net::{Net, PlaceId, TransitionId, effect};

/// The modules of a net and who belongs to which.
#[derive(Debug, Clone)]
pub(super) struct Division {
    /// The places of each module, ascending.
    pub(super) places: Vec<Vec<PlaceId>>,
    /// The transitions that change each module, ascending.
    pub(super) transitions: Vec<Vec<TransitionId>>,
    /// The places that are in no module.
    pub(super) shared: Vec<PlaceId>,
    module_of: Vec<usize>,
    slot_of: Vec<usize>,
    owner: Vec<Option<usize>>,
}

impl Division {
    /// The division with these places shared; `None` when a transition changes nothing else.
    pub(super) fn of(net: &Net, shared: &[PlaceId]) -> Option<Self> {
        let is_shared = |place: PlaceId| shared.contains(&place);
        let mut parents: Vec<usize> = (0..net.place_count()).collect();
        for transition in net.transitions() {
            let mut changed = effect(net, transition).peekable();
            if changed.peek().is_none() {
                continue;
            }
            let mut changed = changed.filter(|(p, _)| !is_shared(*p)).map(|(place, _)| place.index());
            let first = changed.next()?;
            for other in changed {
                let (a, b) = (root(&mut parents, first), root(&mut parents, other));
                parents[a.max(b)] = a.min(b);
            }
        }
        let mut places: Vec<Vec<PlaceId>> = Vec::new();
        let mut module_of = vec![usize::MAX; net.place_count()];
        let mut slot_of = vec![0; net.place_count()];
        for place in net.places().filter(|place| !is_shared(*place)) {
            let root = root(&mut parents, place.index());
            if module_of[root] == usize::MAX {
                module_of[root] = places.len();
                places.push(Vec::new());
            }
            let module = module_of[root];
            module_of[place.index()] = module;
            slot_of[place.index()] = places[module].len();
            places[module].push(place);
        }
        let mut transitions = vec![Vec::new(); places.len()];
        let mut owner = vec![None; net.transition_count()];
        for transition in net.transitions() {
            if let Some((place, _)) = effect(net, transition).find(|(place, _)| !is_shared(*place)) {
                let module = module_of[place.index()];
                owner[transition.index()] = Some(module);
                transitions[module].push(transition);
            }
        }
        Some(Self { places, transitions, shared: shared.to_vec(), module_of, slot_of, owner })
    }

    /// The module of a place; `None` for one that is shared.
    pub(super) fn module(&self, place: PlaceId) -> Option<usize> {
        Some(self.module_of[place.index()]).filter(|module| *module != usize::MAX)
    }

    /// Where a place stands in its module.
    pub(super) fn slot(&self, place: PlaceId) -> usize {
        self.slot_of[place.index()]
    }

    /// The module that a transition changes; `None` when it changes nothing.
    pub(super) fn owner(&self, transition: TransitionId) -> Option<usize> {
        self.owner[transition.index()]
    }

    /// What a transition needs that is not in its module: places with weights.
    pub(super) fn needs<'a>(
        &'a self,
        net: &'a Net,
        transition: TransitionId,
    ) -> impl Iterator<Item = (PlaceId, u64)> + 'a {
        let owner = self.owner(transition);
        net.pre(transition).filter(move |(place, _)| owner.is_none() || self.module(*place) != owner)
    }

    /// What a transition reads of modules that it does not change: places with weights.
    pub(super) fn reads<'a>(
        &'a self,
        net: &'a Net,
        transition: TransitionId,
    ) -> impl Iterator<Item = (PlaceId, u64)> + 'a {
        self.needs(net, transition).filter(|(place, _)| self.module(*place).is_some())
    }

    /// By module: those that read it, once for each read.
    pub(super) fn readers(&self, net: &Net) -> Vec<Vec<usize>> {
        let mut readers = vec![Vec::new(); self.places.len()];
        for transition in net.transitions() {
            let Some(owner) = self.owner(transition) else { continue };
            let modules = self.reads(net, transition).filter_map(|(place, _)| self.module(place));
            modules.for_each(|module| readers[module].push(owner));
        }
        readers
    }

    /// The modules, those that are read before those that read them, as far as that goes.
    pub(super) fn in_order_of_reading(&self, net: &Net) -> Vec<usize> {
        let readers = self.readers(net);
        let mut open = vec![0_usize; self.places.len()];
        readers.iter().flatten().for_each(|reader| open[*reader] += 1);
        let mut order: Vec<usize> = (0..self.places.len()).filter(|module| open[*module] == 0).collect();
        let mut next = 0;
        while let Some(module) = order.get(next).copied() {
            next += 1;
            for reader in &readers[module] {
                open[*reader] -= 1;
                if open[*reader] == 0 {
                    order.push(*reader);
                }
            }
        }
        order.extend((0..self.places.len()).filter(|module| open[*module] > 0));
        order
    }
}

fn root(parents: &mut [usize], mut node: usize) -> usize {
    while parents[node] != node {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_net::NetBuilder;

    #[test]
    fn what_is_only_read_is_another_module() {
        let mut builder = NetBuilder::new("chain");
        let places: Vec<PlaceId> = ["a", "b", "c", "d"]
            .iter()
            .map(|name| {
                let tokens = u64::from(*name == "a" || *name == "c");
                builder.place(name, None, tokens).expect("names differ")
            })
            .collect();
        let first = builder.transition("first", None).expect("names differ");
        let second = builder.transition("second", None).expect("names differ");
        builder.input(places[2], second, 1).expect("arcs fit");
        builder.output(second, places[3], 1).expect("arcs fit");
        builder.input(places[0], first, 1).expect("arcs fit");
        builder.output(first, places[1], 1).expect("arcs fit");
        builder.input(places[1], second, 1).expect("arcs fit");
        builder.output(second, places[1], 1).expect("arcs fit");
        let net = builder.build().expect("the net is one");
        let division = Division::of(&net, &[]).expect("everything changes a place");
        assert_eq!(division.places, [vec![places[0], places[1]], vec![places[2], places[3]]]);
        assert_eq!(division.reads(&net, second).collect::<Vec<_>>(), [(places[1], 1)]);
        assert_eq!(division.in_order_of_reading(&net), [0, 1]);
        let division = Division::of(&net, &places[1..2]).expect("both change another place");
        assert_eq!((division.module(places[1]), division.owner(first)), (None, Some(0)));
        assert!(Division::of(&net, &places[2..]).is_none(), "the second transition changes nothing else");
    }
}
