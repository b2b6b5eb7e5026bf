//! The sixth question: if something fails at any point, can every completed step be undone?
//!
//! Rollback undoes in the reverse of the order in which attempts depended on each other. That
//! order is acyclic, so its reverse is: there is always a next undo, as long as each step has one.
//! The question is therefore about the actions alone, and what has no undo is a point of no return.

use super::listing::{MOST, joined};
use crate::subject::Subject;
use pn_deployment::Role;
use pn_executor::resource::Undoing;
use pn_executor::rollback::undoing_of;
use pn_logic::{Formula, Property};
use pn_net::TransitionId;
use serde::Serialize;

/// How the actions of a deployment can be undone.
pub(crate) struct Reversal {
    actions: Vec<(TransitionId, How)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Nothing,
    Kind,
    Command,
    Drawn,
    Never(&'static str),
}

impl How {
    const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Kind => "kind",
            Self::Command => "command",
            Self::Drawn => "drawn",
            Self::Never(_) => "never",
        }
    }
}

/// Looks at every action of the author's net; `None` where there is none.
pub(crate) fn reversal(subject: &Subject) -> Option<Reversal> {
    let author = &subject.author;
    let how = |transition: TransitionId| {
        let Role::Action(action) = author.role(transition) else { return None };
        let drawn =
            action.undo.is_some_and(|undo| matches!(author.role(undo), Role::Undo { action: Some(_), .. }));
        let how = match undoing_of(author, transition) {
            Some(Undoing::Nothing) => How::Nothing,
            Some(_) if drawn => How::Drawn,
            Some(Undoing::Former) => How::Kind,
            Some(Undoing::Command) => How::Command,
            Some(Undoing::Never(why)) => How::Never(why),
            None => How::Never("there is no such kind of resource"),
        };
        Some((transition, how))
    };
    let actions: Vec<_> = author.net.transitions().filter_map(how).collect();
    (!actions.is_empty()).then_some(Reversal { actions })
}

impl Reversal {
    fn lasting(&self) -> impl Iterator<Item = (TransitionId, &'static str)> {
        self.actions.iter().filter_map(|(transition, how)| match how {
            How::Never(why) => Some((*transition, *why)),
            _ => None,
        })
    }

    /// The answer in a sentence or a few.
    pub(crate) fn in_words(&self, subject: &Subject) -> String {
        let net = &subject.author.net;
        let name = |t: TransitionId| format!("`{}`", net.transition_name(t));
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for (transition, why) in self.lasting() {
            match reasons.iter_mut().find(|(other, _)| *other == why) {
                Some((_, names)) => names.push(name(transition)),
                None => reasons.push((why, vec![name(transition)])),
            }
        }
        if reasons.is_empty() {
            return "every completed step can be undone, whatever fails after it.".to_owned();
        }
        let reasons = reasons.into_iter().map(|(why, names)| format!("{}: {why}", joined(names, MOST)));
        format!("points of no return: {}.", reasons.collect::<Vec<_>>().join("; "))
    }

    /// What is asked where nothing may be done for good: of each action without an undo, that it
    /// never starts.
    pub(crate) fn questions(&self) -> Vec<Property> {
        let never = |(t, _)| Property::Always(Formula::Fireable(vec![t]).negated());
        self.lasting().map(never).collect()
    }

    /// The answer as data.
    pub(crate) fn data(&self, subject: &Subject) -> Data {
        let action = |(transition, how): &(TransitionId, How)| ActionData {
            transition: subject.author.net.transition_name(*transition).to_owned(),
            by: how.word(),
            why: match how {
                How::Never(why) => Some(why),
                _ => None,
            },
        };
        Data {
            result: if self.lasting().next().is_none() { "all" } else { "some" },
            actions: self.actions.iter().map(action).collect(),
        }
    }
}

/// The answer as data.
#[derive(Serialize)]
pub(crate) struct Data {
    result: &'static str,
    actions: Vec<ActionData>,
}

#[derive(Serialize)]
struct ActionData {
    transition: String,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}
