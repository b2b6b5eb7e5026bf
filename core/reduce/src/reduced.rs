//! What a reduction gives: the smaller net, what became of the original's nodes, the way back.

use crate::draft::Draft;
use crate::formula::Translation;
use crate::interest::firing_asked;
use crate::lift::WayBack;
use crate::{Goal, Interest, Question, Questions};
use pn_logic::{Formula, Property, Verdict, holds_in};
use pn_net::{Net, NetBuilder, PlaceId, Trace, TransitionId};

/// A reduced net and its relation to the original.
#[derive(Clone, Debug)]
pub struct Reduced<'n> {
    original: &'n Net,
    /// The reduced net.
    pub net: Net,
    /// By place of the original.
    places: Vec<Image>,
    /// By transition of the original: those of the reduced net that stand for it.
    transitions: Vec<Vec<TransitionId>>,
    way_back: WayBack,
    interest: Interest,
    /// How often each rule was applied, by name, in the order of the registry.
    pub applied: Vec<(&'static str, usize)>,
}

/// What became of a place of the original.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Image {
    /// It holds the same tokens in the reduced net.
    Place(PlaceId),
    /// It always holds so many.
    Constant(u64),
    /// It is not known any more.
    Gone,
}

/// A property in terms of the reduced net.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asked {
    /// This property of the reduced net has the same verdict.
    Property(Property),
    /// Some of these transitions of the reduced net can fire if and only if some of the
    /// original's can.
    AnyFires(Vec<TransitionId>),
    /// The reductions alone settle it.
    Settled(Verdict),
}

impl<'n> Reduced<'n> {
    pub(crate) fn of(
        original: &'n Net,
        interest: &Interest,
        draft: Draft,
        applied: Vec<(&'static str, usize)>,
    ) -> Self {
        let mut builder = NetBuilder::new(original.name());
        let (places_made, _) = draft.made();
        let mut image = vec![None; places_made];
        for place in draft.places() {
            let tokens = draft.place(place).tokens;
            let name = if place.index() < original.place_count() {
                original.place_name(place).to_owned()
            } else {
                format!("fused places {}", place.index())
            };
            image[place.index()] = builder.place(&name, None, tokens).ok();
        }
        let mut transitions = vec![Vec::new(); original.transition_count()];
        let mut recipes = Vec::with_capacity(draft.alive_transitions());
        for (index, id) in draft.transitions().enumerate() {
            let transition = draft.transition(id);
            let new = builder.transition(&index.to_string(), None).expect("numbers are new names");
            let end = |place: &PlaceId| image[place.index()].expect("arcs lead to places that are left");
            for (place, weight) in &transition.pre {
                builder.input(end(place), new, *weight).expect("weights of drafts are in range");
            }
            for (place, weight) in &transition.post {
                builder.output(new, end(place), *weight).expect("weights of drafts are in range");
            }
            recipes.push(transition.recipe);
            if transition.observed {
                let fired = draft.recipes.fired(transition.recipe);
                for fired in fired.into_iter().filter(|t| interest.transitions[t.index()]) {
                    transitions[fired.index()].push(new);
                }
            }
        }
        let places = original.places().map(|place| match (draft.place(place), image[place.index()]) {
            (node, _) if !node.observed => Image::Gone,
            (_, Some(image)) => Image::Place(image),
            (node, None) if node.constant => Image::Constant(node.tokens),
            (_, None) => Image::Gone,
        });
        let places = places.collect();
        let way_back = WayBack { recipes: draft.recipes, prefix: draft.prefix, transitions: recipes };
        let net = builder.build().expect("a reduced net fits where its draft did");
        let interest = interest.clone();
        Self { original, net, places, transitions, way_back, interest, applied }
    }

    /// The original.
    #[must_use]
    pub const fn original(&self) -> &'n Net {
        self.original
    }

    /// `property` in terms of the reduced net; `None` when it was not part of the interest, or its
    /// numbers become too large.
    #[must_use]
    pub fn question(&self, property: &Property) -> Option<Asked> {
        let asked = Interest::of(self.original, property)?;
        if !self.interest.questions.contain(asked.questions) {
            return None;
        }
        if let Some((question, transitions)) = firing_asked(property) {
            return self.firing(question, property, transitions);
        }
        let translation = Translation { original: self.original, places: &self.places };
        let settled = |verdict| Some(Asked::Settled(verdict));
        Some(Asked::Property(match property {
            Property::Possibly(formula) => match translation.formula(formula)? {
                Formula::False => return settled(Verdict::Fails),
                formula => Property::Possibly(formula),
            },
            Property::Always(formula) => match translation.formula(formula)? {
                Formula::True => return settled(Verdict::Holds),
                formula => Property::Always(formula),
            },
            Property::InevitablyBackTo { goal, unless } => {
                let (goal, unless) = (translation.formula(goal)?, translation.formula(unless)?);
                if goal == Formula::True || unless == Formula::True {
                    return settled(Verdict::Holds);
                }
                Property::InevitablyBackTo { goal, unless }
            }
            Property::Bound(expression) => Property::Bound(translation.linear(expression)?),
        }))
    }

    fn firing(&self, question: Question, property: &Property, transitions: &[TransitionId]) -> Option<Asked> {
        if transitions.iter().any(|t| !self.interest.transitions[t.index()]) {
            return None;
        }
        let mut images: Vec<TransitionId> =
            transitions.iter().flat_map(|t| &self.transitions[t.index()]).copied().collect();
        images.sort_unstable();
        images.dedup();
        Some(match (question, property) {
            (_, Property::Possibly(_)) if images.is_empty() => Asked::Settled(Verdict::Fails),
            (_, Property::Always(_)) if images.is_empty() => Asked::Settled(Verdict::Holds),
            (Question::Liveness, _) => Asked::Property(Property::InevitablyBackTo {
                goal: Formula::Fireable(images),
                unless: Formula::False,
            }),
            _ => Asked::AnyFires(images),
        })
    }

    /// The run of the original that shows for `property` what `run` shows of its question about
    /// the reduced net. To be replayed by the caller.
    #[must_use]
    pub fn lift(&self, property: &Property, run: &Trace) -> Option<Trace> {
        if let Some((Question::QuasiLiveness, transitions)) = firing_asked(property) {
            let marking = pn_net::replay(&self.net, self.net.initial(), run).ok()?;
            let enabled = |t: &TransitionId| pn_net::firing::is_enabled(&self.net, &marking, *t);
            let (transition, image) = transitions.iter().find_map(|transition| {
                let image = self.transitions[transition.index()].iter().find(|image| enabled(image));
                Some((*transition, *image?))
            })?;
            return self.way_back.lift(self.original, run, Goal::Enables { image, transition });
        }
        // A marking that satisfies a formula with `dead` may do so by being dead or otherwise.
        let end = pn_net::replay(&self.net, self.net.initial(), run).ok()?;
        if sought_dead(self.original, property) && pn_net::firing::is_dead(&self.net, &end) {
            let lifted = self.way_back.lift(self.original, run, Goal::Dead)?;
            if self.shows(property, &lifted) {
                return Some(lifted);
            }
        }
        self.way_back.lift(self.original, run, Goal::Marking)
    }

    fn shows(&self, property: &Property, run: &Trace) -> bool {
        let Ok(end) = pn_net::replay(self.original, self.original.initial(), run) else { return false };
        match property {
            Property::Possibly(formula) => holds_in(self.original, &end, formula),
            Property::Always(formula) => !holds_in(self.original, &end, formula),
            Property::InevitablyBackTo { .. } | Property::Bound(_) => true,
        }
    }

    /// The two runs of the original for a run of the reduced net and one that continues it.
    #[must_use]
    pub fn lift_both(&self, first: &Trace, second: &Trace) -> Option<(Trace, Trace)> {
        self.way_back.lift_both(self.original, first, second)
    }
}

/// Whether the run to be shown may end in a dead marking that the formula asks for.
fn sought_dead(net: &Net, property: &Property) -> bool {
    let deadlock = Questions::of(&[Question::Deadlock]);
    matches!(property, Property::Possibly(_) | Property::Always(_))
        && Interest::of(net, property).is_some_and(|interest| interest.questions.contain(deadlock))
}
