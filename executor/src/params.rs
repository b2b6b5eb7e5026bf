//! The parameters of a resource: what a kind declares, and the values that one action gives.

use std::collections::BTreeSet;

/// What a kind says about one of its parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParamSpec {
    /// Its name. One that ends in `.` stands for all names that begin with it.
    pub name: &'static str,
    /// Whether it must be given.
    pub presence: Presence,
    /// What it may be.
    pub form: Form,
    /// Whether it may be a reference to a secret.
    pub secrecy: Secrecy,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// Whether a parameter must be given, and how often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// Exactly once.
    Required,
    /// At most once.
    Optional,
    /// Any number of times.
    Repeated,
}

/// What a parameter may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Any text.
    Text,
    /// Any text but the empty one.
    Name,
    /// An absolute path.
    AbsolutePath,
    /// Permissions in octal digits, such as `0644`.
    Mode,
    /// A time, such as `5s`.
    Duration,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// Whether a parameter may be a reference to a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Secrecy {
    /// It is shown and recorded, so it may not.
    Shown,
    /// It stays in memory, so it may.
    Kept,
}

impl ParamSpec {
    /// An optional text that is shown.
    pub(crate) const fn optional(name: &'static str, form: Form, meaning: &'static str) -> Self {
        Self { name, presence: Presence::Optional, form, secrecy: Secrecy::Shown, meaning }
    }

    /// A required one that is shown.
    pub(crate) const fn required(name: &'static str, form: Form, meaning: &'static str) -> Self {
        Self { name, presence: Presence::Required, form, secrecy: Secrecy::Shown, meaning }
    }

    /// The same, with any number of values.
    pub(crate) const fn repeated(self) -> Self {
        Self { presence: Presence::Repeated, ..self }
    }

    /// The same, possibly a secret.
    pub(crate) const fn secret(self) -> Self {
        Self { secrecy: Secrecy::Kept, ..self }
    }

    /// Whether it describes the parameter of this name.
    pub(crate) fn covers(&self, name: &str) -> bool {
        match self.name.strip_suffix('.') {
            Some(_) => name.len() > self.name.len() && name.starts_with(self.name),
            None => name == self.name,
        }
    }
}

impl Form {
    /// What is wrong with the value, if anything is.
    pub(crate) fn complaint(self, value: &str) -> Option<String> {
        match self {
            Self::Text => None,
            Self::Name => value.is_empty().then(|| "it is empty".to_owned()),
            Self::AbsolutePath if value.starts_with('/') => None,
            Self::AbsolutePath => Some(format!("`{value}` is not an absolute path")),
            Self::Mode => mode(value)
                .is_none()
                .then(|| format!("`{value}` is not a mode: octal digits up to 7777, such as 0644")),
            Self::Duration => crate::duration::parse(value)
                .is_none()
                .then(|| format!("`{value}` is not a time: a number with ms, s, m, h or d, such as 5s")),
            Self::Choice(words) if words.contains(&value) => None,
            Self::Choice(words) => {
                let near = pn_logic::nearest(value, words.iter().copied());
                let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                Some(format!("`{value}` is none of {}{hint}", words.join(", ")))
            }
        }
    }
}

/// The permissions that the octal digits say.
pub(crate) fn mode(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let mode = digits.then(|| u32::from_str_radix(text, 8).ok()).flatten()?;
    (mode <= 0o7777).then_some(mode)
}

/// The parameters of one action, rendered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Params(pub(crate) Vec<(String, String)>);

impl Params {
    /// The value of a parameter, if it is given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// All values of a repeated parameter, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The parameters whose names begin with `prefix`, without it.
    pub(crate) fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// What is wrong with the parameters of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParamProblem {
    /// The kind has no such parameter.
    Unknown {
        /// The name.
        param: String,
        /// The names that it has.
        known: Vec<&'static str>,
    },
    /// It must be given.
    Missing {
        /// The name.
        param: &'static str,
        /// What it means.
        meaning: &'static str,
    },
    /// It is given more than once.
    Twice {
        /// The name.
        param: String,
    },
    /// Its value cannot be used.
    Bad {
        /// The name.
        param: String,
        /// Why not.
        complaint: String,
    },
    /// It may not be a secret.
    Secret {
        /// The name.
        param: String,
    },
}

/// Compares the names that are given with those that are declared.
pub(crate) fn name_problems(specs: &[ParamSpec], given: &[(String, String)]) -> Vec<ParamProblem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, _) in given {
        let Some(spec) = specs.iter().find(|spec| spec.covers(name)) else {
            let known = specs.iter().map(|spec| spec.name).collect();
            problems.push(ParamProblem::Unknown { param: name.clone(), known });
            continue;
        };
        if !seen.insert(name) && spec.presence != Presence::Repeated {
            problems.push(ParamProblem::Twice { param: name.clone() });
        }
    }
    let missing = specs.iter().filter(|spec| {
        spec.presence == Presence::Required && !given.iter().any(|(name, _)| spec.covers(name))
    });
    problems.extend(missing.map(|s| ParamProblem::Missing { param: s.name, meaning: s.meaning }));
    problems
}
