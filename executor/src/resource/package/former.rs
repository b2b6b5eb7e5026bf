//! How packages stood before, and the way back there.
//!
//! Recorded before apt acts: the version of each package that is named, those that apt means to
//! remove along with it, which of them were installed by themselves only for others, and the names
//! of everything that was installed. The way back removes what was not there and never purges:
//! settings and data stay. What came along as a dependency goes, where nothing else needs it any
//! more; a dependency that was only upgraded stays as it is.

use super::super::command::Words;
use super::super::{Context, Past};
use super::standing::{Standing, is_name, is_version, standings};
use super::{ENVIRONMENT, MEND, Packages, query, said};
use crate::report::Halt;
use pn_deployment::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// The file with the names of everything that was installed.
const INSTALLED: &str = "installed";

/// How packages stood before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Former {
    /// The version of each package; `None` for one that was not there.
    versions: BTreeMap<String, Option<String>>,
    /// Those that were there only because others need them.
    automatic: BTreeSet<String>,
}

impl Packages {
    /// Looks at everything that the way back will need.
    pub(super) fn look_before(&self, context: &Context) -> Result<Value, Halt> {
        let mut versions = BTreeMap::new();
        for (name, standing) in standings(&self.names, &said(query(&self.names), context)?) {
            versions.insert(name, version(standing));
        }
        for (name, version) in removals(&self.simulated(context)?) {
            versions.entry(name).or_insert(Some(version));
        }
        let names: Vec<String> = versions.keys().cloned().collect();
        let automatic = said(mark("showauto", &names), context)?.lines().map(str::to_owned).collect();
        let all = said(query(&[]), context)?;
        keep(&context.kept, &installed(&all)).map_err(|error| {
            Halt::new(Outcome::Failed, format!("cannot keep the list of packages: {error}"))
        })?;
        serde_json::to_value(Former { versions, automatic })
            .map_err(|error| Halt::new(Outcome::Failed, error.to_string()))
    }

    /// What apt says it would do.
    fn simulated(&self, context: &Context) -> Result<String, Halt> {
        let mut words = vec!["apt-get".to_owned(), "-s".into()];
        words.extend(self.arguments());
        // What apt cannot do it will say again when it is asked to.
        match said(Words::new(words).with_env(&ENVIRONMENT), context) {
            Err(halt) if halt.result != Outcome::Failed => Err(halt),
            simulated => Ok(simulated.unwrap_or_default()),
        }
    }
}

impl Former {
    pub(super) fn of(past: &Past) -> Result<Self, Halt> {
        let unknown = || Halt::new(Outcome::Failed, "how the packages stood before is not known");
        let former: Self =
            past.before.clone().and_then(|before| serde_json::from_value(before).ok()).ok_or_else(unknown)?;
        let sound = former.versions.iter().all(|(name, version)| {
            is_name(name) && version.as_ref().is_none_or(|version| is_version(version))
        });
        if sound { Ok(former) } else { Err(unknown()) }
    }

    /// What is not as before, one sentence for each package.
    pub(super) fn differences(&self, context: &Context) -> Result<Vec<String>, Halt> {
        let names: Vec<String> = self.versions.keys().cloned().collect();
        let now = standings(&names, &said(query(&names), context)?);
        let difference = |(name, before): (&String, &Option<String>)| match (before, &now[name]) {
            (None, Standing::Absent) => None,
            (Some(before), Standing::Installed(has)) if before == has => None,
            (Some(before), Standing::Installed(has)) => {
                Some(format!("{name} has version {has}, not {before}"))
            }
            (None, Standing::Installed(has)) => Some(format!("{name} {has} is installed")),
            (Some(_), Standing::Absent) => Some(format!("{name} is not installed")),
            (_, Standing::Between(status)) => Some(format!("{name} is {status}")),
        };
        Ok(self.versions.iter().filter_map(difference).collect())
    }

    /// The commands that lead back.
    pub(super) fn commands(
        &self,
        packages: &Packages,
        past: &Past,
        context: &Context,
    ) -> Result<Words, Halt> {
        let names: Vec<String> = self.versions.keys().cloned().collect();
        let now = standings(&names, &said(query(&names), context)?);
        let remove =
            self.versions.iter().filter(|(name, before)| before.is_none() && now[*name] != Standing::Absent);
        let remove: Vec<&str> = remove.map(|(name, _)| name.as_str()).collect();
        let install = self.versions.iter().filter_map(|(name, before)| {
            let before = before.as_ref()?;
            (now[name] != Standing::Installed(before.clone())).then(|| format!("{name}={before}"))
        });
        let install: Vec<String> = install.collect();
        Ok(Words::new(
            ["/bin/sh".to_owned(), "-c".into(), self.script(&remove, &install), "sh".into()]
                .into_iter()
                .chain([past.kept.join(INSTALLED).display().to_string(), packages.lock_option()])
                .chain(packages.all_options()),
        ))
    }

    /// A script whose first argument is the file with the names of what was installed, the second
    /// the option that waits for dpkg's lock; the others are all options of `apt-get`. Names and versions have been checked: nothing in them is special.
    fn script(&self, remove: &[&str], install: &[String]) -> String {
        let mut script = format!("set -e\nlist=$1 lock=$2\nshift 2\n{MEND}");
        if !install.is_empty() {
            let _ = writeln!(script, "apt-get \"$@\" --allow-downgrades install -- {}", install.join(" "));
        }
        if !remove.is_empty() {
            let _ = writeln!(script, "apt-get \"$@\" remove -- {}", remove.join(" "));
            // What came along, is needed by nothing any more, and was not there before.
            script += "along=$(apt-get -s autoremove | sed -n 's/^Remv \\([^ ]*\\) .*/\\1/p' | grep -vxF -f \"$list\" || true)\n\
                       [ -z \"$along\" ] || apt-get \"$@\" remove -- $along\n";
        }
        let names = install.iter().filter_map(|item| item.split('=').next());
        let automatic: Vec<&str> = names.filter(|name| self.automatic.contains(*name)).collect();
        if !automatic.is_empty() {
            let _ = writeln!(script, "apt-mark auto -- {}", automatic.join(" "));
        }
        script
    }
}

fn version(standing: Standing) -> Option<String> {
    match standing {
        Standing::Installed(version) => Some(version),
        Standing::Absent | Standing::Between(_) => None,
    }
}

fn mark(word: &str, names: &[String]) -> Words {
    let words = ["apt-mark", word, "--"].map(str::to_owned);
    Words::new(words.into_iter().chain(names.iter().cloned())).with_env(&ENVIRONMENT)
}

/// The packages that a simulation removes, with their versions.
fn removals(said: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("Remv ")?.split_once(" [")?;
        Some((name.to_owned(), rest.split(']').next()?.to_owned()))
    };
    said.lines().filter_map(line).filter(|(name, version)| is_name(name) && is_version(version)).collect()
}

/// The names of what is installed, with and without their architectures, one a line.
fn installed(said: &str) -> String {
    let mut names = String::new();
    for line in said.lines() {
        if let [package, architecture, "installed" | "triggers-awaited" | "triggers-pending", _] =
            line.split('\t').collect::<Vec<_>>()[..]
        {
            let _ = writeln!(names, "{package}\n{package}:{architecture}");
        }
    }
    names
}

fn keep(folder: &Path, names: &str) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(INSTALLED);
    fs::write(&path, names)?;
    for path in std::iter::once(&*path).chain(folder.ancestors().take(3)) {
        fs::File::open(path)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_apt_would_remove_is_read() {
        let said = "Inst curl (8.0 Debian [amd64])\nRemv wget [1.21-1]\nRemv xz [1] [y ]\nConf curl (8.0)\n";
        let expected = [("wget", "1.21-1"), ("xz", "1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(removals(said), expected);
    }

    #[test]
    fn the_way_back_removes_installs_and_marks() {
        let former = Former { versions: BTreeMap::new(), automatic: ["libc".to_owned()].into() };
        let script = former.script(&["new"], &["libc=2".into(), "curl=1".into()]);
        expect![[r#"
            apt-get "$@" --allow-downgrades install -- libc=2 curl=1
            apt-get "$@" remove -- new
            along=$(apt-get -s autoremove | sed -n 's/^Remv \([^ ]*\) .*/\1/p' | grep -vxF -f "$list" || true)
            [ -z "$along" ] || apt-get "$@" remove -- $along
            apt-mark auto -- libc
        "#]]
        .assert_eq(script.split_once(MEND).expect("it is mended first").1);
    }

    #[test]
    fn what_is_installed_is_listed_with_and_without_its_architecture() {
        let said = "curl\tamd64\tinstalled\t8.0-1\ngone\tall\tconfig-files\t1\n";
        assert_eq!(installed(said), "curl\ncurl:amd64\n");
    }
}
