//! What is asked of a net: the questions, and the places and transitions that they are about.

use crate::{Question, Questions};
use pn_logic::{Formula, Linear, Property};
use pn_net::{Net, PlaceId, TransitionId};

/// The questions asked, with what they observe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interest {
    /// What has to be preserved.
    pub questions: Questions,
    /// By place, whether its tokens are spoken of.
    pub(crate) places: Vec<bool>,
    /// By transition, whether its firing is spoken of.
    pub(crate) transitions: Vec<bool>,
}

impl Interest {
    /// Nothing is asked of `net` yet.
    #[must_use]
    pub fn none(net: &Net) -> Self {
        Self {
            questions: Questions::NONE,
            places: vec![false; net.place_count()],
            transitions: vec![false; net.transition_count()],
        }
    }

    /// What `property` asks, by itself; `None` where reductions do not preserve its answer.
    #[must_use]
    pub fn of(net: &Net, property: &Property) -> Option<Self> {
        let mut interest = Self::none(net);
        interest.add(net, property).then_some(interest)
    }

    /// Asks `property` too, and tells whether its answer can be preserved; if not, nothing is
    /// added.
    #[must_use]
    pub fn add(&mut self, net: &Net, property: &Property) -> bool {
        if let Some((question, transitions)) = firing_asked(property) {
            self.question(question);
            transitions.iter().for_each(|t| self.transitions[t.index()] = true);
            return true;
        }
        match property {
            Property::Possibly(formula) => self.sought(net, formula, Sign::Positive),
            Property::Always(formula) => self.sought(net, formula, Sign::Negative),
            Property::InevitablyBackTo { goal, unless } => {
                let positive = occurrences(goal, Sign::Positive);
                if positive.negative || occurrences(unless, Sign::Positive).any() {
                    return false;
                }
                if positive.positive {
                    self.question(Question::Deadlock);
                }
                self.question(Question::Return);
                self.question(Question::Reachability);
                self.observe(net, goal);
                self.observe(net, unless);
                true
            }
            Property::Bound(expression) => {
                self.question(Question::Bounds);
                self.places_of(expression);
                true
            }
        }
    }

    /// Asks whether a marking that satisfies the formula, or its negation, is reachable. With φ
    /// monotone in `dead`, φ ≡ φ[false] ∨ (dead ∧ φ[true]), so two preserved sets decide it.
    fn sought(&mut self, net: &Net, formula: &Formula, sign: Sign) -> bool {
        let dead = occurrences(formula, sign);
        if dead.negative {
            return false;
        }
        if dead.positive {
            self.question(Question::Deadlock);
        }
        if !implies_dead(formula, sign) {
            self.question(Question::Reachability);
        }
        self.observe(net, formula);
        true
    }

    /// Adds a question.
    pub fn question(&mut self, question: Question) {
        self.questions = self.questions.and(Questions::of(&[question]));
    }

    /// Observes the tokens of `place`.
    pub fn place(&mut self, place: PlaceId) {
        self.places[place.index()] = true;
    }

    /// Observes the firing of `transition`.
    pub fn transition(&mut self, transition: TransitionId) {
        self.transitions[transition.index()] = true;
    }

    fn places_of(&mut self, expression: &Linear) {
        expression.terms().iter().for_each(|(place, _)| self.place(*place));
    }

    fn observe(&mut self, net: &Net, formula: &Formula) {
        match formula {
            Formula::True | Formula::False | Formula::Dead => {}
            Formula::Compare(left, _, right) => {
                self.places_of(left);
                self.places_of(right);
            }
            Formula::Fireable(transitions) => {
                transitions.iter().flat_map(|t| net.preset(*t)).for_each(|place| self.place(*place));
            }
            Formula::Not(inner) => self.observe(net, inner),
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter().for_each(|part| self.observe(net, part));
            }
        }
    }
}

/// The transitions whose firing alone the property is about, and in which way.
pub(crate) fn firing_asked(property: &Property) -> Option<(Question, &[TransitionId])> {
    match property {
        Property::Possibly(Formula::Fireable(transitions)) => Some((Question::QuasiLiveness, transitions)),
        Property::Always(Formula::Not(inner)) => match &**inner {
            Formula::Fireable(transitions) => Some((Question::QuasiLiveness, transitions)),
            _ => None,
        },
        Property::InevitablyBackTo { goal: Formula::Fireable(transitions), unless: Formula::False } => {
            Some((Question::Liveness, transitions))
        }
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Positive,
    Negative,
}

impl Sign {
    const fn flipped(self) -> Self {
        match self {
            Self::Positive => Self::Negative,
            Self::Negative => Self::Positive,
        }
    }
}

/// Under how many negations, even or odd, `dead` occurs.
#[derive(Clone, Copy, Default)]
struct Occurrences {
    positive: bool,
    negative: bool,
}

impl Occurrences {
    const fn any(self) -> bool {
        self.positive || self.negative
    }
}

fn occurrences(formula: &Formula, sign: Sign) -> Occurrences {
    match formula {
        Formula::Dead => Occurrences { positive: sign == Sign::Positive, negative: sign == Sign::Negative },
        Formula::Not(inner) => occurrences(inner, sign.flipped()),
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().map(|part| occurrences(part, sign)).fold(Occurrences::default(), |a, b| {
                Occurrences { positive: a.positive || b.positive, negative: a.negative || b.negative }
            })
        }
        _ => Occurrences::default(),
    }
}

/// Whether a marking satisfies the formula, or its negation, only if it is dead.
fn implies_dead(formula: &Formula, sign: Sign) -> bool {
    match (formula, sign) {
        (Formula::Dead | Formula::False, Sign::Positive) | (Formula::True, Sign::Negative) => true,
        (Formula::Not(inner), _) => implies_dead(inner, sign.flipped()),
        (Formula::And(parts), Sign::Positive) | (Formula::Or(parts), Sign::Negative) => {
            parts.iter().any(|part| implies_dead(part, sign))
        }
        (Formula::Or(parts), Sign::Positive) | (Formula::And(parts), Sign::Negative) => {
            parts.iter().all(|part| implies_dead(part, sign))
        }
        _ => false,
    }
}
