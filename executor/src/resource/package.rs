//! `package`: packages of Debian and its kin are installed, absent, or the newest there is.
//!
//! Looks through `dpkg-query` and `apt-cache policy`, which write nothing; acts through one
//! `apt-get` for all packages that are named, without questions, waiting for dpkg's lock, under a
//! supervisor that survives the runner.

mod standing;

use super::command::{Words, look, supervised};
use super::{Check, Context, Kind, Recovery, Resource, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params};
use crate::report::{Halt, Report};
use pn_deployment::Outcome;
use standing::{Standing, candidates, standings};
use std::io;
use std::time::Duration;

pub(super) static KIND: Kind = Kind {
    name: "package",
    meaning: "keeps packages installed, absent or the newest (apt)",
    params: &[
        ParamSpec {
            presence: crate::params::Presence::Repeated,
            ..ParamSpec::required(
                "name",
                Form::Name,
                "a package; several times, or as a JSON list, for several",
            )
        },
        ParamSpec::optional(
            "state",
            Form::Choice(&["installed", "absent", "latest"]),
            "what it is to be; default installed",
        ),
        ParamSpec::optional("version", Form::Name, "this version exactly, for one package"),
        ParamSpec::optional(
            "update",
            Form::Choice(&["true", "false"]),
            "whether the lists of packages are fetched before; default false",
        ),
        ParamSpec::optional("lock", Form::Duration, "how long to wait for another apt; default 120s"),
    ],
    undoing: |_| Undoing::Former,
    build: |params| Ok(Box::new(packages(params)?)),
};

/// Packages that belong together.
#[derive(Debug)]
struct Packages {
    names: Vec<String>,
    wanted: Wanted,
    update: Update,
    lock: Duration,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Wanted {
    Installed,
    Version(String),
    Latest,
    Absent,
}

/// Whether the lists of packages are fetched before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Update {
    Before,
    Never,
}

fn packages(params: &Params) -> Result<Packages, ParamProblem> {
    let bad = |param: &str, complaint: String| ParamProblem::Bad { param: param.to_owned(), complaint };
    let names: Vec<String> = match &params.all("name")[..] {
        [] => return Err(ParamProblem::Missing { param: "name", meaning: "the package" }),
        [list] if list.trim_start().starts_with('[') => serde_json::from_str(list)
            .map_err(|error| bad("name", format!("it is not a JSON list of texts: {error}")))?,
        names => names.iter().map(|name| (*name).to_owned()).collect(),
    };
    if names.is_empty() {
        return Err(bad("name", "the list is empty".into()));
    }
    for name in &names {
        if let Some((name, version)) = name.split_once('=') {
            let complaint = format!("write `{name}`, and `version` {version} beside it");
            return Err(bad("name", complaint));
        }
        if !standing::is_name(name) {
            let complaint = "is no name of a package: small letters, digits, `+`, `-` and `.`";
            return Err(bad("name", format!("`{name}` {complaint}")));
        }
    }
    let update = if params.get("update") == Some("true") { Update::Before } else { Update::Never };
    let wanted = match (params.get("state").unwrap_or("installed"), params.get("version")) {
        ("installed", Some(_)) if names.len() > 1 => {
            return Err(bad(
                "version",
                "a version is for one package; give each an action of its own".into(),
            ));
        }
        ("installed", Some(version)) if !standing::is_version(version) => {
            return Err(bad("version", format!("`{version}` is no version of a package")));
        }
        ("installed", Some(version)) => Wanted::Version(version.to_owned()),
        (state, Some(_)) => return Err(bad("version", format!("it has no meaning with state {state}"))),
        ("latest", None) => Wanted::Latest,
        ("absent", None) if update == Update::Before => {
            return Err(bad("update", "it has no meaning with state absent".into()));
        }
        ("absent", None) => Wanted::Absent,
        (_, None) => Wanted::Installed,
    };
    let lock = params.get("lock").and_then(crate::duration::parse).unwrap_or(Duration::from_secs(120));
    Ok(Packages { names, wanted, update, lock })
}

impl Packages {
    /// What is not as wanted, one sentence for each package.
    fn differences(&self, context: &Context) -> Result<Vec<String>, Halt> {
        let standings = standings(&self.names, &said(query(&self.names), context)?);
        let candidates = match self.wanted {
            Wanted::Latest => candidates(&said(policy(&self.names), context)?),
            _ => Default::default(),
        };
        let difference = |name: &String| {
            let newest = candidates.get(name);
            match (&self.wanted, &standings[name]) {
                (Wanted::Installed, Standing::Installed(_)) | (Wanted::Absent, Standing::Absent) => None,
                (Wanted::Version(wanted), Standing::Installed(has)) if wanted == has => None,
                (Wanted::Version(wanted), Standing::Installed(has)) => {
                    Some(format!("{name} has version {has}, not {wanted}"))
                }
                (Wanted::Latest, Standing::Installed(has)) if newest.is_none_or(|newest| newest == has) => {
                    None
                }
                (Wanted::Latest, Standing::Installed(has)) => {
                    Some(format!("{name} has version {has}, and there is {}", newest.map_or("", |v| v)))
                }
                (_, Standing::Installed(has)) => Some(format!("{name} {has} is installed")),
                (_, Standing::Absent) => Some(format!("{name} is not installed")),
                (_, Standing::Between(status)) => Some(format!("{name} is {status}")),
            }
        };
        Ok(self.names.iter().filter_map(difference).collect())
    }

    /// The arguments of `apt-get` that bring it about.
    fn arguments(&self) -> Vec<String> {
        let lock = format!("DPkg::Lock::Timeout={}", self.lock.as_secs());
        let options = ["-y", "-q", "-o", &lock, "-o", "Dpkg::Options::=--force-confdef", "-o"];
        let mut arguments: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        arguments.push("Dpkg::Options::=--force-confold".into());
        let names = self.names.iter();
        match &self.wanted {
            Wanted::Absent => {
                arguments.extend(["remove".into(), "--".into()]);
                arguments.extend(names.cloned());
            }
            Wanted::Version(version) => {
                arguments.extend(["--allow-downgrades".into(), "install".into(), "--".into()]);
                arguments.extend(names.map(|name| format!("{name}={version}")));
            }
            Wanted::Installed | Wanted::Latest => {
                arguments.extend(["install".into(), "--".into()]);
                arguments.extend(names.cloned());
            }
        }
        arguments
    }
}

const ENVIRONMENT: [(&str, &str); 2] = [("DEBIAN_FRONTEND", "noninteractive"), ("LC_ALL", "C.UTF-8")];

fn query(names: &[String]) -> Words {
    let format = "${Package}\\t${Architecture}\\t${db:Status-Status}\\t${Version}\\n";
    let words = ["dpkg-query", "-W", "-f", format, "--"].map(str::to_owned);
    Words::new(words.into_iter().chain(names.iter().cloned())).with_env(&ENVIRONMENT)
}

fn policy(names: &[String]) -> Words {
    let words = ["apt-cache", "policy", "--"].map(str::to_owned);
    Words::new(words.into_iter().chain(names.iter().cloned())).with_env(&ENVIRONMENT)
}

/// What a program that looks says; that it knows nothing of a package is no error.
fn said(words: Words, context: &Context) -> Result<String, Halt> {
    let failed = |message: String| Halt::new(Outcome::Failed, message);
    let said = look(&words, context)?.map_err(|error| failed(missing(&words.argv[0], &error)))?;
    match said.status.code() {
        Some(0 | 1) => Ok(String::from_utf8_lossy(&said.stdout).into_owned()),
        _ => Err(failed(format!("{} fails: {}", words.argv[0], super::command::last_line(&said.stderr)))),
    }
}

fn missing(program: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!(
            "there is no `{program}` on this host; the kind `package` is for hosts with apt, and others need `exec`"
        ),
        _ => format!("cannot run {program}: {error}"),
    }
}

impl Resource for Packages {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        let differences = self.differences(context)?;
        Ok(match (&differences[..], &self.wanted, self.update) {
            // Which version is the newest is known only after the lists have come.
            ([], Wanted::Latest, Update::Before) => Check::CannotTell,
            ([], ..) => Check::Same(format!("{} as wanted", self.names.join(", "))),
            _ => Check::Diff(differences.join("; ")),
        })
    }

    fn difference(&self, context: &Context) -> Option<String> {
        let mut words = vec!["apt-get".to_owned(), "-s".into()];
        words.extend(self.arguments());
        let said = said(Words::new(words).with_env(&ENVIRONMENT), context).ok()?;
        let steps = ["Inst ", "Remv "];
        let lines = said.lines().filter(|line| steps.iter().any(|step| line.starts_with(step)));
        let shown: String = lines.map(|line| format!("{line}\n")).collect();
        (!shown.is_empty()).then_some(shown)
    }

    fn apply(&self, context: &Context) -> Report {
        let mut words = match self.update {
            Update::Never => vec!["apt-get".to_owned()],
            Update::Before => {
                let lock = self.lock.as_secs();
                let both = format!("apt-get -q -o DPkg::Lock::Timeout={lock} update && exec apt-get \"$@\"");
                vec!["/bin/sh".into(), "-c".into(), both, "sh".into()]
            }
        };
        words.extend(self.arguments());
        let mut report = supervised(&Words::new(words).with_env(&ENVIRONMENT), context);
        if report.result == Outcome::Failed {
            let lines = report.stderr.last_lines(20);
            if let Some(error) = lines.iter().find(|line| line.starts_with("E: ")) {
                report.message = format!("{}: {error}", report.message);
            }
        }
        report
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        Some(self.differences(context).map(|differences| match &differences[..] {
            [] => Check::Same(format!("{} as wanted", self.names.join(", "))),
            _ => Check::Diff(differences.join("; ")),
        }))
    }

    fn recovery(&self) -> Recovery {
        Recovery::Supervised
    }
}
