//! A resource that can only be looked at.
//!
//! Plan and drift must not write, and cannot: what they get of a resource is a `Probe`, which has
//! no `apply`, and whose resource nobody outside this file can take out of it. What `check` and
//! `difference` do is the kind's promise: both only look.

use crate::attempt::{Task, prepare};
use crate::report::Halt;
use crate::resource::{Check, Context, Resource};
use crate::watch::Watch;
use crate::{secret, template};
use std::collections::BTreeSet;

/// A resource with its parameters filled in, to be looked at.
#[derive(Debug)]
pub(crate) struct Probe {
    resource: Box<dyn Resource>,
    context: Context,
    /// The names that its parameters use and that are none of the net's parameters.
    values: BTreeSet<String>,
    /// Whether something of it must not be shown.
    confidential: bool,
}

impl Probe {
    /// Fills in the parameters.
    pub(crate) fn new(mut task: Task) -> Result<Self, Halt> {
        match prepare(&mut task) {
            Ok(resource) => {
                let used = task.action.params.iter().filter_map(|(_, raw)| template::names(raw).ok());
                let values = used.flatten().filter(|name| !task.parameters.contains_key(name)).collect();
                let confidential = task.action.params.iter().any(|(_, value)| secret::is_reference(value));
                Ok(Self { resource, context: task.context, values, confidential })
            }
            Err(halt) => Err(struck(halt, &task.context.secrets)),
        }
    }

    /// Looks whether the resource is as wanted. Secrets are struck out of what it says.
    pub(crate) fn check(&self) -> Result<Check, Halt> {
        let secrets = &self.context.secrets;
        match self.resource.check(&self.context) {
            Ok(Check::Same(words)) => Ok(Check::Same(secret::strike(&words, secrets))),
            Ok(Check::Diff(words)) => Ok(Check::Diff(secret::strike(&words, secrets))),
            Ok(Check::CannotTell) => Ok(Check::CannotTell),
            Err(halt) => Err(struck(halt, secrets)),
        }
    }

    /// Where changes of it can be seen: of what it looks at, and of what it is made from.
    pub(crate) fn watch(&self) -> Watch {
        let watch = self.resource.watch(&self.context);
        self.values.iter().fold(watch, Watch::value)
    }

    /// What bringing it about would change, as text, without secrets. Of what is made from a secret
    /// nothing is shown: what it replaces may be the secret of yesterday.
    pub(crate) fn difference(&self) -> Option<String> {
        if self.confidential {
            return None;
        }
        let difference = self.resource.difference(&self.context)?;
        Some(secret::strike(&difference, &self.context.secrets))
    }
}

fn struck(halt: Halt, secrets: &[String]) -> Halt {
    Halt { message: secret::strike(&halt.message, secrets), ..halt }
}
