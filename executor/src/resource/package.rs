//! `package`: packages of Debian and its kin are installed, absent, or the newest there is.
//!
//! Looks through `dpkg-query` and `apt-cache policy`, which write nothing; acts through one
//! `apt-get` for all packages that are named, without questions, waiting for dpkg's lock, under a
//! keeper that survives the runner.

mod former;
mod standing;

use super::command::{Words, kept, look};
use super::{Check, Context, Kind, Past, Recovery, Resource, Tracks, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params};
use crate::report::{Halt, Report};
use crate::watch::{Pace, Reach, Watch};
use former::Former;
use pn_deployment::Outcome;
use serde_json::Value;
use standing::{Standing, candidates, standings};
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// What dpkg knows of the packages of this host, and apt of those that there are.
const STATUS: &str = "/var/lib/dpkg/status";
const LISTS: &str = "/var/lib/apt/lists";

pub(super) static KIND: Kind = Kind {
    name: "package",
    meaning: "keeps packages installed, absent or the newest (apt)",
    params: &[
        ParamSpec {
            presence: crate::params::Presence::Repeated,
            ..ParamSpec::required(
                "name",
                Form::Name,
                "a package, or package=version; several times, or as a JSON list, for several",
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
        ParamSpec::optional(
            "recommends",
            Form::Choice(&["true", "false"]),
            "whether what is recommended comes along; default what apt is set to",
        ),
        ParamSpec::optional("lock", Form::Duration, "how long to wait for another apt; default 120s"),
    ],
    undoing: |_| Undoing::Former,
    build: |params| Ok(Box::new(packages(params)?)),
};

/// Packages that belong together.
#[derive(Clone, Debug)]
struct Packages {
    names: Vec<String>,
    /// The versions of those for which one is wanted.
    versions: BTreeMap<String, String>,
    wanted: Wanted,
    update: Update,
    /// Options of apt besides.
    options: Vec<String>,
    lock: Duration,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Wanted {
    Installed,
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
    let given: Vec<String> = match &params.all("name")[..] {
        [] => return Err(ParamProblem::Missing { param: "name", meaning: "the package" }),
        [list] if list.trim_start().starts_with('[') => serde_json::from_str(list)
            .map_err(|error| bad("name", format!("it is not a JSON list of texts: {error}")))?,
        names => names.iter().map(|name| (*name).to_owned()).collect(),
    };
    if given.is_empty() {
        return Err(bad("name", "the list is empty".into()));
    }
    let (mut names, mut versions) = (Vec::new(), BTreeMap::new());
    for given in given {
        let (name, version) = given.split_once('=').map_or((&*given, None), |(name, v)| (name, Some(v)));
        if !standing::is_name(name) {
            let complaint = "is no name of a package: small letters, digits, `+`, `-` and `.`";
            return Err(bad("name", format!("`{name}` {complaint}")));
        }
        let param = if version.is_some() { "name" } else { "version" };
        if let Some(version) = version.or(params.get("version")) {
            if !standing::is_version(version) {
                return Err(bad(param, format!("`{version}` is no version of a package")));
            }
            versions.insert(name.to_owned(), version.to_owned());
        }
        names.push(name.to_owned());
    }
    if names.len() > 1 && params.get("version").is_some() {
        let complaint = "it is for one package; for several, write each as name=version";
        return Err(bad("version", complaint.into()));
    }
    let update = if params.get("update") == Some("true") { Update::Before } else { Update::Never };
    let wanted = match params.get("state").unwrap_or("installed") {
        "installed" => Wanted::Installed,
        state if !versions.is_empty() => {
            return Err(bad("version", format!("it has no meaning with state {state}")));
        }
        "latest" => Wanted::Latest,
        state => {
            let meaningless = |name: &&str| params.get(name) == Some("true");
            if let Some(param) = ["update", "recommends"].iter().find(|name| meaningless(name)) {
                return Err(bad(param, format!("it has no meaning with state {state}")));
            }
            Wanted::Absent
        }
    };
    let recommends = params.get("recommends").map(|value| format!("APT::Install-Recommends={value}"));
    let options = recommends.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect();
    let lock = params.get("lock").and_then(crate::duration::parse).unwrap_or(Duration::from_secs(120));
    Ok(Packages { names, versions, wanted, update, options, lock })
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
                (Wanted::Installed, Standing::Installed(has)) => {
                    let wanted = self.versions.get(name).filter(|wanted| *wanted != has)?;
                    Some(format!("{name} has version {has}, not {wanted}"))
                }
                (Wanted::Absent, Standing::Absent) => None,
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

    /// In what the packages are not as apt left them, where it ended well: a newer version of
    /// which nobody has the packages yet does not count.
    fn left(&self, context: &Context) -> Result<Vec<String>, Halt> {
        let wanted = match &self.wanted {
            Wanted::Latest => Wanted::Installed,
            wanted => wanted.clone(),
        };
        let left = Self { wanted, ..self.clone() };
        left.differences(context)
    }

    fn lock_option(&self) -> String {
        format!("DPkg::Lock::Timeout={}", self.lock.as_secs())
    }

    /// The options of `apt-get` whatever it does.
    fn all_options(&self) -> Vec<String> {
        let lock = self.lock_option();
        let options =
            ["-y", "-q", "-o", &lock, "-o", "Dpkg::Use-Pty=0", "-o", "Dpkg::Options::=--force-confdef", "-o"];
        let mut options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        options.push("Dpkg::Options::=--force-confold".into());
        options.extend(self.options.iter().cloned());
        options
    }

    /// The arguments of `apt-get` that bring it about.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = self.all_options();
        let names = self.names.iter();
        match &self.wanted {
            Wanted::Absent => {
                arguments.extend(["remove".into(), "--".into()]);
                arguments.extend(names.cloned());
            }
            Wanted::Installed | Wanted::Latest => {
                if !self.versions.is_empty() {
                    arguments.push("--allow-downgrades".into());
                }
                arguments.extend(["install".into(), "--".into()]);
                arguments.extend(names.map(|name| match self.versions.get(name) {
                    Some(version) => format!("{name}={version}"),
                    None => name.clone(),
                }));
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

/// Finishes what a dpkg that was killed had begun, as apt refuses to do anything before. The files
/// are there while another dpkg is at work, too; `check` waits for that one.
const MEND: &str = "\
for left in /var/lib/dpkg/updates/[0-9]*; do
  if [ -e \"$left\" ]; then
    apt-get -qq -o \"$lock\" check >/dev/null 2>&1 || dpkg --force-confdef --force-confold --configure -a || exit
    break
  fi
done
";

/// Says what apt did, or what it complains of.
fn in_words(mut report: Report) -> Report {
    let said = match report.result {
        Outcome::Failed => report.stderr.last_lines(20).into_iter().find(|line| line.starts_with("E: ")),
        // As in `0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.`
        Outcome::Ok => report.stdout.lines().find(|line| line.contains(" newly installed, ")),
        _ => None,
    };
    if let Some(said) = said {
        report.message = match report.result {
            Outcome::Ok => said.trim_end_matches('.').to_owned(),
            _ => format!("{}: {said}", report.message),
        };
    }
    report
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
        let lock = self.lock_option();
        let fetch = match self.update {
            Update::Before => "apt-get -q -o \"$lock\" update && ",
            Update::Never => "",
        };
        let script = format!("lock=$1; shift; {MEND}{fetch}exec apt-get \"$@\"");
        let mut words = vec!["/bin/sh".to_owned(), "-c".into(), script, "sh".into(), lock];
        words.extend(self.arguments());
        self.read(kept(&Words::new(words).with_env(&ENVIRONMENT), context), context)
    }

    fn read(&self, report: Report, _: &Context) -> Report {
        in_words(report)
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        Some(self.differences(context).map(|differences| match &differences[..] {
            [] => Check::Same(format!("{} as wanted", self.names.join(", "))),
            _ => Check::Diff(differences.join("; ")),
        }))
    }

    fn watch(&self, _: &Context) -> Watch {
        let watch = Watch { pace: Pace::Slow, ..Watch::never() }.path(STATUS, Reach::Itself);
        match self.wanted {
            Wanted::Latest => watch.path(LISTS, Reach::Tree),
            _ => watch,
        }
    }

    fn recovery(&self) -> Recovery {
        Recovery::Kept
    }

    fn before(&self, context: &Context) -> Result<Option<Value>, Halt> {
        self.look_before(context).map(Some)
    }

    fn undone(&self, past: &Past, context: &Context) -> Result<Check, Halt> {
        let differences = Former::of(past)?.differences(context)?;
        Ok(match &differences[..] {
            [] => Check::Same(format!("{} as before", self.names.join(", "))),
            _ => Check::Diff(differences.join("; ")),
        })
    }

    fn tracks(&self, past: &Past, context: &Context) -> Result<Tracks, Halt> {
        if past.ended != Some(Outcome::Ok) {
            return Ok(Tracks::Own);
        }
        let differences = self.left(context)?;
        Ok(if differences.is_empty() { Tracks::Own } else { Tracks::Others(differences.join("; ")) })
    }

    fn undo(&self, past: &Past, context: &Context) -> Report {
        let words = Former::of(past).and_then(|former| former.commands(self, past, context));
        match words {
            Ok(words) => in_words(kept(&words.with_env(&ENVIRONMENT), context)),
            Err(halt) => halt.into(),
        }
    }
}
