//! What the check of an action looks at, and what doing the action may change: paths, values of
//! the run, or anything.
//!
//! Paths are compared as they are written; that two of them may lead to the same file by way of
//! symbolic links is not seen. Of a kind that is not listed here, both are *anything*.

use crate::template;
use pn_deployment::Action;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Parts of the world.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Footprint {
    /// These paths and everything below them.
    paths: BTreeSet<PathBuf>,
    /// These values of the run.
    values: BTreeSet<String>,
    /// Nobody knows what else.
    anything: bool,
}

/// Whether a change of one part is seen in another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Overlap {
    /// No.
    None,
    /// Nobody knows.
    Possible,
    /// Yes, here.
    At(String),
}

impl Footprint {
    const ANYTHING: Self = Self { paths: BTreeSet::new(), values: BTreeSet::new(), anything: true };

    fn path(path: &str) -> Self {
        Self { paths: BTreeSet::from([PathBuf::from(path)]), ..Self::default() }
    }

    fn value(name: &str) -> Self {
        Self { values: BTreeSet::from([name.to_owned()]), ..Self::default() }
    }

    fn and(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.values.extend(other.values);
        self.anything |= other.anything;
        self
    }

    /// Whether a change of `self` is seen by who looks at `other`.
    pub(crate) fn overlap(&self, other: &Self) -> Overlap {
        let meet = |a: &Path, b: &Path| a.starts_with(b) || b.starts_with(a);
        let place = other.paths.iter().find(|path| self.paths.iter().any(|own| meet(own, path)));
        if let Some(path) = place {
            return Overlap::At(path.display().to_string());
        }
        if let Some(name) = self.values.intersection(&other.values).next() {
            return Overlap::At(format!("the value `{name}`"));
        }
        let is_nothing = |part: &Self| *part == Self::default();
        match (self.anything || other.anything) && !is_nothing(self) && !is_nothing(other) {
            true => Overlap::Possible,
            false => Overlap::None,
        }
    }

    /// The one path that it is about, if that is known.
    pub(crate) fn only_path(&self) -> Option<&Path> {
        let mut paths = self.paths.iter();
        match (paths.next(), paths.next()) {
            (Some(path), None) => Some(path),
            _ => None,
        }
    }
}

/// What the check of the action looks at, with `names` filled in.
pub(crate) fn reads(action: &Action, names: &BTreeMap<String, String>) -> Footprint {
    let Some(params) = rendered(action, names) else { return Footprint::ANYTHING };
    let path = |name: &str| params.get(name).map_or_else(Footprint::default, |path| Footprint::path(path));
    match action.kind.as_str() {
        "noop" | "timer" => Footprint::default(),
        "value" => params.get("name").map_or(Footprint::ANYTHING, |name| Footprint::value(name)),
        // A template in the source may use any value.
        "file" if params.get("template").is_some_and(|given| given != "false") => {
            path("path").and(path("source")).and(Footprint::ANYTHING)
        }
        "file" => path("path").and(path("source")),
        "exec" if params.contains_key("onlyif") || params.contains_key("unless") => {
            path("creates").and(Footprint::ANYTHING)
        }
        "exec" => path("creates"),
        _ => Footprint::ANYTHING,
    }
}

/// What doing the action may change.
pub(crate) fn writes(action: &Action, names: &BTreeMap<String, String>) -> Footprint {
    let Some(params) = rendered(action, names) else { return Footprint::ANYTHING };
    let path = |name: &str| params.get(name).map_or_else(Footprint::default, |path| Footprint::path(path));
    match action.kind.as_str() {
        "noop" | "timer" => Footprint::default(),
        "value" if params.get("op").is_some_and(|op| op != "put") => Footprint::default(),
        "value" => params.get("name").map_or(Footprint::ANYTHING, |name| Footprint::value(name)),
        "file" => path("path"),
        "exec" => path("creates").and(Footprint::ANYTHING),
        _ => Footprint::ANYTHING,
    }
}

/// The parameters that decide, filled in; `None` when one cannot be.
fn rendered<'a>(action: &'a Action, names: &BTreeMap<String, String>) -> Option<BTreeMap<&'a str, String>> {
    let decide = ["path", "source", "template", "name", "op", "creates", "onlyif", "unless"];
    let deciding = action.params.iter().filter(|(name, _)| decide.contains(&name.as_str()));
    deciding.map(|(name, raw)| Some((name.as_str(), template::render(raw, names).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(kind: &str, params: &[(&str, &str)]) -> Action {
        let mut action = Action::new(kind);
        action.params = params.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        action
    }

    fn seen(first: &Action, second: &Action) -> Overlap {
        let names = BTreeMap::from([("root".to_owned(), "/srv".to_owned())]);
        writes(first, &names).overlap(&reads(second, &names))
    }

    #[test]
    fn paths_meet_where_one_lies_in_the_other() {
        let folder = action("file", &[("path", "{{ root }}"), ("state", "directory")]);
        let inside = action("file", &[("path", "/srv/app/conf")]);
        let beside = action("file", &[("path", "/srv2")]);
        assert_eq!(seen(&folder, &inside), Overlap::At("/srv/app/conf".into()));
        assert_eq!(seen(&inside, &folder), Overlap::At("/srv".into()));
        assert_eq!(seen(&folder, &beside), Overlap::None);
    }

    #[test]
    fn commands_may_change_anything_that_is_looked_at() {
        let command = action("exec", &[("cmd", "make install"), ("creates", "/opt/app")]);
        assert_eq!(seen(&command, &action("file", &[("path", "/srv")])), Overlap::Possible);
        assert_eq!(
            seen(&command, &action("exec", &[("creates", "/opt/app/bin")])),
            Overlap::At("/opt/app/bin".into())
        );
        assert_eq!(seen(&command, &action("noop", &[])), Overlap::None);
        assert_eq!(seen(&command, &action("exec", &[("cmd", "true")])), Overlap::None);
        let guarded = action("exec", &[("cmd", "true"), ("unless", "test -e /srv/x")]);
        assert_eq!(seen(&action("file", &[("path", "/srv/x")]), &guarded), Overlap::Possible);
        assert_eq!(seen(&action("timer", &[("after", "1s")]), &guarded), Overlap::None);
    }

    #[test]
    fn values_meet_by_name_and_what_cannot_be_filled_in_may_be_anything() {
        let put = action("value", &[("name", "token"), ("value", "1")]);
        let wait = action("value", &[("name", "token"), ("op", "wait")]);
        assert_eq!(seen(&put, &wait), Overlap::At("the value `token`".into()));
        assert_eq!(seen(&wait, &wait), Overlap::None);
        assert_eq!(seen(&put, &action("file", &[("path", "/{{ token }}")])), Overlap::Possible);
    }
}
