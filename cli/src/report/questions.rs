//! What is asked, as sentences.

use crate::subject::Subject;
use pn_deployment::{Question, QuestionKind};
use pn_logic::{Formula, Property};

/// A question on its way through the verifier.
pub(crate) struct Asked {
    /// Who asks what.
    pub(crate) kind: AskedKind,
    /// The property of the expanded net that answers it.
    pub(crate) property: Property,
}

/// Who asks what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AskedKind {
    /// A question that every deployment answers.
    Default(QuestionKind),
    /// That an action which cannot be undone never starts.
    Undoable,
    /// A property that the user gave.
    Own,
}

impl From<Question> for Asked {
    fn from(question: Question) -> Self {
        Self { kind: AskedKind::Default(question.kind), property: question.property }
    }
}

/// The sentence that holds or fails, without the answer's details.
pub(crate) fn statement(subject: &Subject, asked: &Asked) -> String {
    match asked.kind {
        AskedKind::Default(kind) => kind.statement(subject.deployment()),
        AskedKind::Undoable => {
            let starts = match &asked.property {
                Property::Always(Formula::Not(inner)) => match &**inner {
                    Formula::Fireable(transitions) => transitions.first(),
                    _ => None,
                },
                _ => None,
            };
            let name = starts.map_or("", |transition| subject.net().transition_name(*transition));
            format!("`{name}`, which cannot be undone, never starts.")
        }
        AskedKind::Own => asked.property.display(subject.net()).to_string(),
    }
}

/// What the end of a counterexample shows.
pub(crate) fn consequence(subject: &Subject, asked: &Asked) -> &'static str {
    match (asked.kind, &asked.property) {
        (AskedKind::Default(QuestionKind::Stuck), _) if subject.is_plain() => "nothing can happen any more",
        (AskedKind::Default(QuestionKind::Stuck), _) => "nothing can happen any more, and it is not done",
        (AskedKind::Undoable, _) => "it can start",
        (_, Property::InevitablyBackTo { .. }) => "there is no way to the goal",
        (_, Property::Always(_)) => "it does not hold",
        (_, Property::Possibly(_)) => "it holds",
        (_, Property::Bound(_)) => "it is reached",
    }
}
