//! The expanded net in the making: nodes with their names, labels, roles and origins.

use crate::origins::{Origins, PlaceOrigin, PlacePart, Round, StepPart, TransitionOrigin};
use crate::{Outcome, Role};
use pn_net::{Net, NetBuilder, PlaceId, TransitionId};

/// The expanded net in the making.
pub(super) struct Draft {
    net: NetBuilder,
    pub(super) roles: Vec<Role>,
    pub(super) origins: Origins,
}

/// Whose part a node is, and how it is called.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    /// The author's action or undo.
    pub(super) of: TransitionId,
    pub(super) round: Round,
    /// The identifier before the dot.
    pub(super) name: String,
    /// The display name before the colon, where the author gave one.
    pub(super) label: Option<String>,
}

impl Owner {
    /// An action or undo of the author's.
    pub(super) fn author(net: &Net, of: TransitionId) -> Self {
        let (name, label) = (net.transition_name(of), net.transition_label(of));
        let label = (label != name).then(|| label.to_owned());
        Self { of, round: Round::First, name: name.to_owned(), label }
    }

    fn label(&self, word: &str) -> Option<String> {
        self.label.as_ref().map(|label| format!("{label}: {word}"))
    }
}

impl Draft {
    /// The author's nodes, without arcs.
    pub(super) fn of(net: &Net, roles: &[Role]) -> Self {
        let mut builder = NetBuilder::new(net.name());
        for place in net.places() {
            let (name, label) = (net.place_name(place), net.place_label(place));
            builder.place(name, Some(label), net.initial().tokens(place)).expect("the net has it once");
        }
        for transition in net.transitions() {
            let (name, label) = (net.transition_name(transition), net.transition_label(transition));
            builder.transition(name, Some(label)).expect("the net has it once");
        }
        Self { net: builder, roles: roles.to_vec(), origins: Origins::of_author(net, roles) }
    }

    pub(super) fn build(self) -> (Net, Vec<Role>, Origins) {
        let net = self.net.build().expect("the parts of an arc weigh no more than the arc");
        (net, self.roles, self.origins)
    }

    pub(super) fn copy_arcs(&mut self, net: &Net, transition: TransitionId) {
        net.pre(transition).for_each(|arc| self.takes(transition, &[arc]));
        net.post(transition).for_each(|arc| self.gives(transition, &[arc]));
    }

    pub(super) fn place(&mut self, owner: &Owner, part: PlacePart, tokens: u64) -> PlaceId {
        self.origins.places.push(PlaceOrigin::Part { of: owner.of, round: owner.round, part });
        self.named_place(&owner.name, part.word(), owner.label(part.word()), tokens)
    }

    /// A place that belongs to no action.
    pub(super) fn budget(&mut self, tokens: u64) -> PlaceId {
        self.origins.places.push(PlaceOrigin::Budget);
        self.named_place("faults", "left", None, tokens)
    }

    pub(super) fn transition(&mut self, owner: &Owner, part: StepPart, role: Role) -> TransitionId {
        self.start(owner, part, part.word(), role).0
    }

    /// The outcome transition of the action that `start` starts.
    pub(super) fn outcome(
        &mut self,
        owner: &Owner,
        start: TransitionId,
        part: StepPart,
        results: &[Outcome],
    ) -> TransitionId {
        let results = results.iter().copied().collect();
        self.transition(owner, part, Role::Outcome { of: start, results })
    }

    /// A transition that is called otherwise than its part, and its identifier.
    pub(super) fn start(
        &mut self,
        owner: &Owner,
        part: StepPart,
        word: &str,
        role: Role,
    ) -> (TransitionId, String) {
        self.origins.transitions.push(TransitionOrigin::Part { of: owner.of, round: owner.round, part });
        self.roles.push(role);
        let name = self.free_name(&owner.name, word);
        let label = owner.label(word);
        (self.net.transition(&name, label.as_deref()).expect("the name is free"), name)
    }

    fn named_place(&mut self, first: &str, word: &str, label: Option<String>, tokens: u64) -> PlaceId {
        let name = self.free_name(first, word);
        self.net.place(&name, label.as_deref(), tokens).expect("the name is free")
    }

    pub(super) fn takes(&mut self, transition: TransitionId, arcs: &[(PlaceId, u64)]) {
        for (place, weight) in arcs {
            self.net.input(*place, transition, *weight).expect("a weight between 1 and 2^63 - 1");
        }
    }

    pub(super) fn gives(&mut self, transition: TransitionId, arcs: &[(PlaceId, u64)]) {
        for (place, weight) in arcs {
            self.net.output(transition, *place, *weight).expect("a weight between 1 and 2^63 - 1");
        }
    }

    /// Needs the tokens and leaves them.
    pub(super) fn reads(&mut self, transition: TransitionId, arcs: &[(PlaceId, u64)]) {
        self.takes(transition, arcs);
        self.gives(transition, arcs);
    }

    /// Takes one token here and puts one there.
    pub(super) fn moves(&mut self, transition: TransitionId, from: PlaceId, to: PlaceId) {
        self.takes(transition, &[(from, 1)]);
        self.gives(transition, &[(to, 1)]);
    }

    /// `first.word`, or the first of `first.word.2`, `first.word.3`, … that names neither a place
    /// nor a transition: in a PNML file both share one space of identifiers.
    fn free_name(&self, first: &str, word: &str) -> String {
        let name = format!("{first}.{word}");
        let taken =
            |name: &str| self.net.find_place(name).is_some() || self.net.find_transition(name).is_some();
        if !taken(&name) {
            return name;
        }
        let mut numbered = (2u64..).map(|number| format!("{name}.{number}"));
        numbered.find(|name| !taken(name)).expect("a net has fewer nodes than there are numbers")
    }
}
