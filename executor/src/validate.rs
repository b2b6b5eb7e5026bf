//! What is wrong with a deployment that is to be run, found before anything runs.
//!
//! Kinds, hosts, parameters, templates and the names in them. Values that templates fill in are
//! looked at again when they are known.

use crate::config::Hosts;
use crate::params::{ParamProblem, ParamSpec, Params, Secrecy, name_problems};
use crate::resource::{KINDS, kind};
use crate::{secret, template};
use pn_deployment::{Action, Deployment, Role};
use pn_logic::nearest;
use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};

/// Something that keeps a deployment from being run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The transition in whose annotation it is; `None` for the net as a whole.
    pub transition: Option<TransitionId>,
    /// What it is.
    pub what: ProblemKind,
}

/// What keeps a deployment from being run.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProblemKind {
    /// There is no such resource kind.
    #[error("there is no resource kind `{kind}`{}", hint(kind, known))]
    UnknownKind {
        /// The name.
        kind: String,
        /// The kinds that there are.
        known: Vec<&'static str>,
    },
    /// A parameter of the action.
    #[error("{0}")]
    Param(ParamProblem),
    /// The template cannot be read.
    #[error("parameter `{param}`: {complaint}")]
    Template {
        /// The parameter that holds it.
        param: String,
        /// What is wrong.
        complaint: String,
    },
    /// The template uses a name that nothing defines.
    #[error(
        "parameter `{param}` uses `{name}`, which is neither a parameter of the net nor a value that an action puts{}",
        hint(name, known)
    )]
    UnknownName {
        /// The parameter that holds the template.
        param: String,
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The action is for another host.
    #[error(
        "it is for host `{host}`, which is not this one; reach it over ssh (`--ssh`), or say that it is this one (`--local`)"
    )]
    Host {
        /// The host.
        host: String,
    },
    /// A parameter of the net has no value.
    #[error("the parameter `{name}` has no value and no default; set it")]
    Unset {
        /// The parameter.
        name: String,
    },
    /// A parameter is set that the net does not have.
    #[error("the net has no parameter `{name}`{}", hint(name, known))]
    UnknownParameter {
        /// The name.
        name: String,
        /// The parameters that it has.
        known: Vec<String>,
    },
    /// A parameter's value is a reference to a secret.
    #[error("the parameter `{name}` refers to a secret; write the reference where the secret is used")]
    SecretParameter {
        /// The parameter.
        name: String,
    },
    /// An action puts a value under the name of a parameter.
    #[error("it puts a value named `{name}`, which is the name of a parameter")]
    Shadows {
        /// The name.
        name: String,
    },
}

impl std::fmt::Display for ParamProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { param, known } => {
                write!(f, "there is no parameter `{param}`{}", hint(param, known))
            }
            Self::Missing { param, meaning } => write!(f, "the parameter `{param}` is missing: {meaning}"),
            Self::Twice { param } => write!(f, "the parameter `{param}` is given twice"),
            Self::Bad { param, complaint } => write!(f, "parameter `{param}`: {complaint}"),
            Self::Secret { param } => write!(
                f,
                "the parameter `{param}` cannot be a secret, as it is shown and recorded; hand a secret over in `env.NAME` of exec, `content` of file, `header.NAME` or `body` of http, or `param.NAME` of plugin"
            ),
        }
    }
}

/// `; did you mean …?` or what there is.
fn hint<T: AsRef<str>>(name: &str, known: &[T]) -> String {
    const LISTED: usize = 12;
    let names = || known.iter().map(AsRef::as_ref);
    match nearest(name, names()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() || known.len() > LISTED => String::new(),
        None => format!("; there is {}", names().collect::<Vec<_>>().join(", ")),
    }
}

/// Everything that keeps the deployment from being run with these parameters here.
#[must_use]
pub fn validate(
    deployment: &Deployment,
    parameters: &BTreeMap<String, String>,
    hosts: &Hosts,
) -> Vec<Problem> {
    let mut problems: Vec<Problem> = parameter_problems(deployment, parameters)
        .into_iter()
        .map(|what| Problem { transition: None, what })
        .collect();
    let names = known_names(deployment);
    for transition in deployment.net.transitions() {
        let found = match deployment.role(transition) {
            Role::Action(action) | Role::Undo { action: Some(action), .. } => {
                action_problems(deployment, action, &names, hosts)
            }
            Role::Event { kind, host, params } => {
                let looks = Action { host: host.clone(), params: params.clone(), ..Action::new(kind) };
                action_problems(deployment, &looks, &names, hosts)
            }
            _ => Vec::new(),
        };
        problems.extend(found.into_iter().map(|what| Problem { transition: Some(transition), what }));
    }
    problems
}

/// The values of all parameters: what is set, and the defaults of the others.
#[must_use]
pub fn with_defaults(deployment: &Deployment, set: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let defaults =
        deployment.parameters.iter().filter_map(|(name, default)| Some((name.clone(), default.clone()?)));
    defaults.chain(set.iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
}

fn parameter_problems(deployment: &Deployment, set: &BTreeMap<String, String>) -> Vec<ProblemKind> {
    let known: Vec<String> = deployment.parameters.iter().map(|(name, _)| name.clone()).collect();
    let values = with_defaults(deployment, set);
    let mut problems = Vec::new();
    for name in set.keys().filter(|name| !known.contains(name)) {
        problems.push(ProblemKind::UnknownParameter { name: name.clone(), known: known.clone() });
    }
    for name in known.iter().filter(|name| !values.contains_key(*name)) {
        problems.push(ProblemKind::Unset { name: name.clone() });
    }
    for (name, _) in values.iter().filter(|(_, value)| secret::is_reference(value)) {
        problems.push(ProblemKind::SecretParameter { name: name.clone() });
    }
    problems
}

/// The parameters and the values that some action puts. `None` when a value's name is itself a
/// template.
fn known_names(deployment: &Deployment) -> Option<BTreeSet<String>> {
    let mut names: BTreeSet<String> = deployment.parameters.iter().map(|(name, _)| name.clone()).collect();
    for role in &deployment.roles {
        let Role::Action(action) = role else { continue };
        for name in put_by(action) {
            if template::is_template(name) {
                return None;
            }
            names.insert(name.to_owned());
        }
    }
    Some(names)
}

/// The names of the values that the action may put.
fn put_by(action: &Action) -> Vec<&str> {
    let all = |wanted: &'static str| {
        action.params.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str())
    };
    match &*action.kind {
        "value" if all("op").next().is_none_or(|op| op == "put") => all("name").take(1).collect(),
        "plugin" => all("puts").collect(),
        _ => Vec::new(),
    }
}

fn action_problems(
    deployment: &Deployment,
    action: &Action,
    names: &Option<BTreeSet<String>>,
    hosts: &Hosts,
) -> Vec<ProblemKind> {
    let mut problems = Vec::new();
    if let Some(host) = action.host.as_ref().filter(|host| !hosts.can_reach(host)) {
        problems.push(ProblemKind::Host { host: host.clone() });
    }
    let Some(kind) = kind(&action.kind) else {
        let known = KINDS.iter().map(|kind| kind.name).collect();
        problems.push(ProblemKind::UnknownKind { kind: action.kind.clone(), known });
        return problems;
    };
    let shadows = |name: &&str| deployment.parameters.iter().any(|(p, _)| p == name);
    for name in put_by(action).into_iter().filter(shadows) {
        problems.push(ProblemKind::Shadows { name: name.to_owned() });
    }
    let before = problems.len();
    problems.extend(name_problems(kind.params, &action.params).into_iter().map(ProblemKind::Param));
    for (name, value) in &action.params {
        if let Some(spec) = kind.params.iter().find(|spec| spec.covers(name)) {
            problems.extend(value_problems(spec, name, value, names));
        }
    }
    let plain = action.params.iter().all(|(_, value)| !template::is_template(value));
    if problems.len() == before && plain {
        problems.extend((kind.build)(&Params(action.params.clone())).err().map(ProblemKind::Param));
    }
    problems
}

fn value_problems(
    spec: &ParamSpec,
    name: &str,
    value: &str,
    names: &Option<BTreeSet<String>>,
) -> Vec<ProblemKind> {
    let param = name.to_owned();
    if secret::is_reference(value) {
        if spec.secrecy == Secrecy::Shown {
            return vec![ProblemKind::Param(ParamProblem::Secret { param })];
        }
        let complaint = secret::complaint(value);
        return complaint
            .map(|complaint| ProblemKind::Param(ParamProblem::Bad { param, complaint }))
            .into_iter()
            .collect();
    }
    if !template::is_template(value) {
        let complaint = spec.form.complaint(value);
        return complaint
            .map(|complaint| ProblemKind::Param(ParamProblem::Bad { param, complaint }))
            .into_iter()
            .collect();
    }
    match (template::names(value), names) {
        (Err(complaint), _) => vec![ProblemKind::Template { param, complaint }],
        (Ok(_), None) => Vec::new(),
        (Ok(used), Some(known)) => used
            .into_iter()
            .filter(|name| !known.contains(name))
            .map(|name| ProblemKind::UnknownName {
                param: param.clone(),
                name,
                known: known.iter().cloned().collect(),
            })
            .collect(),
    }
}
