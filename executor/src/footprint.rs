//! What the check of an action looks at, and what doing the action may change: paths, values of
//! the run, packages, units of systemd, other hosts, or anything.
//!
//! A command may change anything outside the run; a request that only reads changes nothing. Names
//! are compared as they are written: that two paths lead to the same file by way of symbolic
//! links, or that the name of another host leads back to this one, is not seen.

use crate::config::Hosts;
use crate::template;
use pn_deployment::Action;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// Parts of the world.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Footprint {
    /// These paths and everything below them.
    paths: BTreeSet<PathBuf>,
    /// These values of the run.
    values: BTreeSet<String>,
    /// These, which have names of their own.
    things: BTreeSet<Thing>,
    /// Nobody knows what else in these.
    anything: BTreeSet<Realm>,
}

/// Where something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Realm {
    /// Among the values of the run.
    Run,
    /// On this host.
    Here,
    /// On another one.
    Elsewhere,
}

/// Something that has a name and is no path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Thing {
    Package(String),
    Unit(String),
    /// A path on another host.
    Remote {
        host: String,
        path: String,
    },
}

impl Thing {
    const fn realm(&self) -> Realm {
        match self {
            Self::Package(_) | Self::Unit(_) => Realm::Here,
            Self::Remote { .. } => Realm::Elsewhere,
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(name) => write!(f, "the package `{name}`"),
            Self::Unit(name) => write!(f, "the unit `{name}`"),
            Self::Remote { host, path } => write!(f, "{host}:{path}"),
        }
    }
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
    fn all() -> Self {
        Self::anything([Realm::Run, Realm::Here, Realm::Elsewhere])
    }

    /// What a program of any kind can reach: everything but the values of the run.
    fn world() -> Self {
        Self::anything([Realm::Here, Realm::Elsewhere])
    }

    fn anything(realms: impl IntoIterator<Item = Realm>) -> Self {
        Self { anything: realms.into_iter().collect(), ..Self::default() }
    }

    fn path(path: impl Into<PathBuf>) -> Self {
        Self { paths: BTreeSet::from([path.into()]), ..Self::default() }
    }

    fn value(name: &str) -> Self {
        Self { values: BTreeSet::from([name.to_owned()]), ..Self::default() }
    }

    fn thing(thing: Thing) -> Self {
        Self { things: BTreeSet::from([thing]), ..Self::default() }
    }

    fn and(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.values.extend(other.values);
        self.things.extend(other.things);
        self.anything.extend(other.anything);
        self
    }

    /// Whether any of it is there.
    fn touches(&self, realm: Realm) -> bool {
        self.anything.contains(&realm)
            || self.things.iter().any(|thing| thing.realm() == realm)
            || match realm {
                Realm::Run => !self.values.is_empty(),
                Realm::Here => !self.paths.is_empty(),
                Realm::Elsewhere => false,
            }
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
        if let Some(thing) = self.things.intersection(&other.things).next() {
            return Overlap::At(thing.to_string());
        }
        let unknown = |one: &Self, two: &Self| one.anything.iter().any(|realm| two.touches(*realm));
        if unknown(self, other) || unknown(other, self) { Overlap::Possible } else { Overlap::None }
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
    let Some(params) = Deciding::of(action, names) else { return Footprint::all() };
    let path = |name: &str| params.get(name).map_or_else(Footprint::default, Footprint::path);
    let is_guarded = params.get("onlyif").is_some() || params.get("unless").is_some();
    match action.kind.as_str() {
        "noop" | "timer" => Footprint::default(),
        "value" => params.get("name").map_or_else(Footprint::all, Footprint::value),
        // A template in the source may use any value.
        "file" if params.get("template").is_some_and(|given| given != "false") => {
            path("path").and(path("source")).and(Footprint::anything([Realm::Run]))
        }
        "file" => path("path").and(path("source")),
        "exec" if is_guarded => path("creates").and(Footprint::world()),
        "exec" => path("creates"),
        "http" if params.only_asks() => params.behind_url(),
        // What such a request would do is not asked before.
        "http" => Footprint::default(),
        "package" => {
            let lists = match params.get("state") {
                Some("latest") => Footprint::path("/var/lib/apt").and(Footprint::path("/etc/apt")),
                _ => Footprint::default(),
            };
            params.packages().and(lists).and(Footprint::path("/var/lib/dpkg"))
        }
        "service" => params.unit_files().and(params.unit()).and(path("restart-after")),
        "ssh" => {
            let host = params.get("host").unwrap_or_default();
            let guards = if is_guarded { behind(host) } else { Footprint::default() };
            params.over_there(host).and(guards)
        }
        // What is only undone is not looked at.
        "plugin" if params.get("op") == Some("undo") => Footprint::default(),
        _ => Footprint::world(),
    }
}

/// What doing the action may change.
pub(crate) fn writes(action: &Action, names: &BTreeMap<String, String>) -> Footprint {
    let Some(params) = Deciding::of(action, names) else { return Footprint::all() };
    let path = |name: &str| params.get(name).map_or_else(Footprint::default, Footprint::path);
    match action.kind.as_str() {
        "noop" | "timer" => Footprint::default(),
        "value" if params.get("op").is_some_and(|op| op != "put") => Footprint::default(),
        "value" => params.get("name").map_or_else(Footprint::all, Footprint::value),
        "file" => path("path"),
        "exec" => path("creates").and(Footprint::world()),
        "http" if params.only_asks() => Footprint::default(),
        "http" => params.behind_url(),
        // The scripts of a package do as they please, over here.
        "package" => params.packages().and(Footprint::anything([Realm::Here])),
        // So does a program that is started or stopped; whether it starts with the host is a link.
        "service" if params.get("state").is_none() && params.get("restart-after").is_none() => params.unit(),
        "service" => params.unit().and(Footprint::anything([Realm::Here])),
        "ssh" => {
            let host = params.get("host").unwrap_or_default();
            params.over_there(host).and(behind(host))
        }
        "plugin" => {
            let puts = params.all("puts").map(Footprint::value);
            puts.fold(Footprint::world(), Footprint::and)
        }
        _ => Footprint::world(),
    }
}

/// What somebody who speaks to a host can reach: that host and those behind it, and this one only
/// when it is this one.
fn behind(host: &str) -> Footprint {
    match is_here(host) {
        true => Footprint::world(),
        false => Footprint::anything([Realm::Elsewhere]),
    }
}

fn is_here(host: &str) -> bool {
    let bare = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let is_loopback =
        bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified());
    bare.is_empty() || is_loopback || Hosts::default().is_local(bare)
}

/// The host of a URL.
fn server(url: &str) -> &str {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = behind_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// The parameters that decide, filled in, in file order.
struct Deciding<'a>(Vec<(&'a str, String)>);

impl<'a> Deciding<'a> {
    /// `None` when one cannot be filled in.
    fn of(action: &'a Action, names: &BTreeMap<String, String>) -> Option<Self> {
        const DECIDE: [&str; 15] = [
            "path",
            "source",
            "template",
            "name",
            "op",
            "creates",
            "onlyif",
            "unless",
            "url",
            "method",
            "state",
            "enabled",
            "restart-after",
            "host",
            "puts",
        ];
        let deciding = action.params.iter().filter(|(name, _)| DECIDE.contains(&name.as_str()));
        let filled = deciding.map(|(name, raw)| Some((name.as_str(), template::render(raw, names).ok()?)));
        filled.collect::<Option<_>>().map(Self)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// The packages that are named, each alone or all as a JSON list.
    fn packages(&self) -> Footprint {
        let names = self.all("name").flat_map(|name| {
            serde_json::from_str::<Vec<String>>(name).unwrap_or_else(|_| vec![name.to_owned()])
        });
        names.map(|name| Footprint::thing(Thing::Package(name))).fold(Footprint::default(), Footprint::and)
    }

    /// Whether the request is of a method that changes nothing.
    fn only_asks(&self) -> bool {
        matches!(self.get("method"), None | Some("GET" | "HEAD" | "OPTIONS"))
    }

    fn behind_url(&self) -> Footprint {
        self.get("url").map_or_else(Footprint::world, |url| behind(server(url)))
    }

    fn unit_name(&self) -> String {
        let name = self.get("name").unwrap_or_default();
        if name.contains('.') { name.to_owned() } else { format!("{name}.service") }
    }

    fn unit(&self) -> Footprint {
        Footprint::thing(Thing::Unit(self.unit_name()))
    }

    /// Where systemd finds what the unit is.
    fn unit_files(&self) -> Footprint {
        let unit = self.unit_name();
        let folders = ["/etc", "/run", "/usr/lib", "/lib"].map(|root| format!("{root}/systemd/system"));
        let files =
            folders.iter().flat_map(|folder| [format!("{folder}/{unit}"), format!("{folder}/{unit}.d")]);
        files.map(Footprint::path).fold(Footprint::default(), Footprint::and)
    }

    /// The path that a command on another host makes.
    fn over_there(&self, host: &str) -> Footprint {
        match self.get("creates") {
            None => Footprint::default(),
            Some(path) if is_here(host) => Footprint::path(path),
            Some(path) => Footprint::thing(Thing::Remote { host: host.to_owned(), path: path.to_owned() }),
        }
    }
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
    fn a_request_that_only_reads_changes_nothing_and_may_see_what_is_over_there() {
        let health = action("http", &[("url", "http://web1.example:8080/health")]);
        let post = action("http", &[("url", "http://web1.example/reload"), ("method", "POST")]);
        let (file, command) = (action("file", &[("path", "/etc/x")]), action("exec", &[("cmd", "true")]));
        assert_eq!(seen(&health, &file), Overlap::None);
        assert_eq!(seen(&health, &health), Overlap::None);
        assert_eq!(seen(&file, &health), Overlap::None);
        assert_eq!(seen(&post, &file), Overlap::None);
        assert_eq!(seen(&post, &health), Overlap::Possible);
        assert_eq!(seen(&command, &health), Overlap::Possible);
        for own in ["http://localhost:1/", "http://[::1]:8080/x", "http://me@127.0.0.1/"] {
            let own = action("http", &[("url", own)]);
            assert_eq!(seen(&file, &own), Overlap::Possible, "a server here may read the file");
        }
    }

    #[test]
    fn packages_and_units_meet_by_name() {
        let nginx = action("package", &[("name", "nginx"), ("name", "curl")]);
        let listed = action("package", &[("name", "[\"curl\", \"git\"]")]);
        assert_eq!(seen(&nginx, &listed), Overlap::At("the package `curl`".into()));
        let git = action("package", &[("name", "git")]);
        assert_eq!(seen(&nginx, &git), Overlap::Possible, "it may be needed, or in the way");
        assert_eq!(seen(&action("file", &[("path", "/srv/x")]), &git), Overlap::None);
        let running = action("service", &[("name", "nginx"), ("state", "running")]);
        assert_eq!(seen(&nginx, &running), Overlap::Possible);
        let enabled = action("service", &[("name", "nginx.service"), ("enabled", "true")]);
        assert_eq!(seen(&enabled, &running), Overlap::At("the unit `nginx.service`".into()));
        assert_eq!(seen(&enabled, &action("service", &[("name", "cron")])), Overlap::None);
        let file = action("file", &[("path", "/etc/systemd/system/nginx.service")]);
        assert_eq!(seen(&file, &running), Overlap::At("/etc/systemd/system/nginx.service".into()));
        assert_eq!(seen(&action("file", &[("path", "/etc/motd")]), &running), Overlap::None);
    }

    #[test]
    fn commands_on_other_hosts_change_things_over_there() {
        let there =
            |creates| action("ssh", &[("host", "ada@web1.example"), ("cmd", "true"), ("creates", creates)]);
        assert_eq!(seen(&there("/srv/a"), &there("/srv/a")), Overlap::At("ada@web1.example:/srv/a".into()));
        assert_eq!(seen(&there("/srv/a"), &there("/srv/b")), Overlap::Possible);
        assert_eq!(seen(&there("/srv/a"), &action("file", &[("path", "/srv/a")])), Overlap::None);
        let unguarded = action("ssh", &[("host", "web1.example"), ("cmd", "true")]);
        assert_eq!(seen(&there("/srv/a"), &unguarded), Overlap::None, "it looks at nothing");
        let here = action("ssh", &[("host", "localhost"), ("cmd", "true")]);
        assert_eq!(seen(&here, &action("file", &[("path", "/srv/a")])), Overlap::Possible);
    }

    #[test]
    fn a_plugin_may_do_anything_and_puts_the_values_that_it_names() {
        let plugin = action("plugin", &[("path", "/opt/x"), ("puts", "address")]);
        let get = action("value", &[("name", "address"), ("op", "get")]);
        assert_eq!(seen(&plugin, &get), Overlap::At("the value `address`".into()));
        let other = action("value", &[("name", "port"), ("op", "get")]);
        assert_eq!(seen(&plugin, &other), Overlap::None);
        assert_eq!(seen(&plugin, &action("file", &[("path", "/x")])), Overlap::Possible);
        let undo = action("plugin", &[("path", "/opt/x"), ("op", "undo")]);
        assert_eq!(seen(&plugin, &undo), Overlap::None);
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
