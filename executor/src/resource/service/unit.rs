//! What is wanted of a unit, what is seen of it, and the steps between. Pure.
//!
//! Sources: systemctl(1), org.freedesktop.systemd1(5), systemd.unit(5).

use super::manager::Step;
use std::time::Duration;

/// Whether it runs now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Running {
    Yes,
    No,
}

/// Whether it starts with the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AtBoot {
    Yes,
    No,
}

/// What is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wanted {
    pub(super) running: Option<Running>,
    pub(super) at_boot: Option<AtBoot>,
}

/// What a running unit does when something that it depends on has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refresh {
    Restart,
    /// It reads its settings again, and goes on.
    Reload,
}

/// What systemd says, in its own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`.
    pub(super) load: String,
    /// `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`.
    pub(super) active: String,
    /// `enabled`, `disabled`, `static`, `masked`, and others; empty without a unit file.
    pub(super) file: String,
    /// When it became active, since 1970.
    pub(super) started: Option<Duration>,
    /// Whether its unit file has changed since systemd read it.
    pub(super) outdated: bool,
    /// Names its present life; another one after each start, its own restarts included.
    pub(super) life: Vec<u8>,
}

/// The full name of a unit: a service, unless it says otherwise. `None` if it is none.
pub(super) fn name(given: &str) -> Option<String> {
    const KINDS: [&str; 8] =
        [".service", ".socket", ".timer", ".target", ".path", ".mount", ".slice", ".automount"];
    let good = |b: u8| b.is_ascii_alphanumeric() || b":-_.\\@".contains(&b);
    if given.is_empty() || given.len() > 240 || !given.bytes().all(good) || given.starts_with('.') {
        return None;
    }
    // A template stands for its instances and is no unit itself.
    if given.ends_with('@') || given.contains("@.") {
        return None;
    }
    let kind = KINDS.iter().any(|kind| given.ends_with(kind));
    Some(if kind { given.to_owned() } else { format!("{given}.service") })
}

impl Wanted {
    /// In what the unit differs; an error where it can never be as wanted.
    pub(super) fn differences(&self, seen: &Seen) -> Result<Vec<String>, String> {
        let there = match &*seen.load {
            "loaded" => true,
            "not-found" | "masked" => false,
            other => return Err(format!("cannot be used: systemd says `{other}` of its unit file")),
        };
        let needs = self.running == Some(Running::Yes) || self.at_boot == Some(AtBoot::Yes);
        if !there && needs {
            let masked = "is masked; unmask it first (systemctl unmask)";
            let why = if seen.load == "masked" { masked } else { "is not known to systemd on this host" };
            return Err(why.to_owned());
        }
        let fixed = ["static", "generated", "transient", "indirect"].contains(&&*seen.file);
        if self.at_boot == Some(AtBoot::Yes) && fixed {
            return Err(format!("cannot be enabled: its unit file is `{}`", seen.file));
        }
        let mut differences = Vec::new();
        if seen.outdated && needs {
            differences.push("its unit file has changed since systemd read it".to_owned());
        }
        match self.running {
            Some(Running::Yes) if !matches!(&*seen.active, "active" | "reloading") => {
                differences.push(format!("it is {}", seen.active));
            }
            Some(Running::No) if !matches!(&*seen.active, "inactive" | "failed") => {
                differences.push(format!("it is {}", seen.active));
            }
            _ => {}
        }
        match self.at_boot {
            Some(AtBoot::Yes) if !matches!(&*seen.file, "enabled" | "alias") => {
                differences.push(format!("its unit file is {}", seen.file));
            }
            Some(AtBoot::No) if matches!(&*seen.file, "enabled" | "enabled-runtime" | "alias") => {
                differences.push(format!("its unit file is {}", seen.file));
            }
            _ => {}
        }
        Ok(differences)
    }

    /// What is to be wanted of a unit that was like this, for everything that is wanted now.
    pub(super) fn former(&self, active: &str, file: &str) -> Self {
        let running = match active {
            "active" | "reloading" | "activating" => Running::Yes,
            _ => Running::No,
        };
        let at_boot = match file {
            "enabled" | "enabled-runtime" | "alias" => Some(AtBoot::Yes),
            "disabled" => Some(AtBoot::No),
            _ => None,
        };
        Self { running: self.running.and(Some(running)), at_boot: self.at_boot.and(at_boot) }
    }

    /// The steps that bring it about, in order; `stale` says that it runs with old files.
    pub(super) fn steps(&self, seen: &Seen, stale: bool) -> Vec<Step> {
        let mut steps = Vec::new();
        if seen.outdated {
            steps.push(Step::Reread);
        }
        match self.at_boot {
            Some(AtBoot::Yes) if !matches!(&*seen.file, "enabled" | "alias") => steps.push(Step::Enable),
            Some(AtBoot::No) if matches!(&*seen.file, "enabled" | "enabled-runtime" | "alias") => {
                steps.push(Step::Disable);
            }
            _ => {}
        }
        match (self.running, &*seen.active) {
            (Some(Running::Yes), "active" | "reloading") if stale => steps.push(Step::Restart),
            (Some(Running::Yes), "active" | "reloading") => {}
            (Some(Running::Yes), _) => steps.push(Step::Start),
            (Some(Running::No), "inactive" | "failed") | (None, _) => {}
            (Some(Running::No), _) => steps.push(Step::Stop),
        }
        steps
    }
}

/// The steps that also have a unit which is to run take up what has changed: one that they start
/// finds it, one that runs already is told.
pub(super) fn refreshed(mut steps: Vec<Step>, wanted: Option<Running>, how: Refresh) -> Vec<Step> {
    if wanted == Some(Running::Yes) && !steps.iter().any(|step| step.begins()) {
        steps.push(match how {
            Refresh::Restart => Step::Restart,
            Refresh::Reload => Step::Reload,
        });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn seen(load: &str, active: &str, file: &str) -> Seen {
        Seen {
            load: load.into(),
            active: active.into(),
            file: file.into(),
            started: Some(Duration::from_secs(1)),
            outdated: false,
            life: Vec::new(),
        }
    }

    fn check(
        running: Option<Running>,
        at_boot: Option<AtBoot>,
        (load, active, file): (&str, &str, &str),
        said: &Expect,
    ) {
        check_seen(running, at_boot, &seen(load, active, file), said);
    }

    fn check_seen(running: Option<Running>, at_boot: Option<AtBoot>, seen: &Seen, said: &Expect) {
        let wanted = Wanted { running, at_boot };
        let steps =
            |stale| wanted.steps(seen, stale).into_iter().map(Step::word).collect::<Vec<_>>().join(" ");
        said.assert_eq(&match wanted.differences(seen) {
            Ok(differences) => format!("{} | {} | {}", differences.join("; "), steps(false), steps(true)),
            Err(complaint) => complaint,
        });
    }

    #[test]
    fn each_difference_has_its_step() {
        let (on, off) = (Some(Running::Yes), Some(Running::No));
        let (boot, never) = (Some(AtBoot::Yes), Some(AtBoot::No));
        check(
            on,
            boot,
            ("loaded", "inactive", "disabled"),
            &expect!["it is inactive; its unit file is disabled | enabled started | enabled started"],
        );
        check(on, boot, ("loaded", "active", "enabled"), &expect![" |  | restarted"]);
        check(on, None, ("loaded", "failed", "static"), &expect!["it is failed | started | started"]);
        check(
            off,
            never,
            ("loaded", "activating", "enabled-runtime"),
            &expect![
                "it is activating; its unit file is enabled-runtime | disabled stopped | disabled stopped"
            ],
        );
        check(off, never, ("loaded", "failed", "static"), &expect![" |  | "]);
        check(off, never, ("not-found", "inactive", ""), &expect![" |  | "]);
    }

    #[test]
    fn a_unit_file_that_changed_is_read_again_before_anything_else() {
        let changed = Seen { outdated: true, ..seen("loaded", "active", "enabled") };
        check_seen(
            Some(Running::Yes),
            None,
            &changed,
            &expect!["its unit file has changed since systemd read it | reread | reread restarted"],
        );
        check_seen(
            Some(Running::No),
            None,
            &changed,
            &expect!["it is active | reread stopped | reread stopped"],
        );
    }

    #[test]
    fn what_can_never_be_is_an_error() {
        let (on, boot) = (Some(Running::Yes), Some(AtBoot::Yes));
        check(on, None, ("not-found", "inactive", ""), &expect!["is not known to systemd on this host"]);
        check(
            on,
            None,
            ("masked", "inactive", "masked"),
            &expect!["is masked; unmask it first (systemctl unmask)"],
        );
        check(
            None,
            boot,
            ("loaded", "active", "static"),
            &expect!["cannot be enabled: its unit file is `static`"],
        );
        check(
            on,
            None,
            ("bad-setting", "inactive", ""),
            &expect!["cannot be used: systemd says `bad-setting` of its unit file"],
        );
    }

    #[test]
    fn a_unit_goes_back_to_what_it_was_in_what_the_action_is_about() {
        let both = Wanted { running: Some(Running::Yes), at_boot: Some(AtBoot::Yes) };
        let back = Wanted { running: Some(Running::No), at_boot: Some(AtBoot::No) };
        assert_eq!(both.former("failed", "disabled"), back);
        assert_eq!(back.former("active", "enabled-runtime"), both);
        // What systemd gives no choice about stays.
        assert_eq!(both.former("active", "static").at_boot, None);
        let runs = Wanted { running: Some(Running::Yes), at_boot: None };
        assert_eq!(runs.former("inactive", "enabled"), Wanted { running: Some(Running::No), at_boot: None });
    }

    #[test]
    fn a_refresh_tells_a_unit_that_runs_and_starts_one_that_does_not() {
        let check = |running, active: &str, stale, how, expected: &str| {
            let wanted = Wanted { running, at_boot: None };
            let steps = refreshed(wanted.steps(&seen("loaded", active, "enabled"), stale), running, how);
            assert_eq!(steps.into_iter().map(Step::word).collect::<Vec<_>>().join(" "), expected);
        };
        let (on, off) = (Some(Running::Yes), Some(Running::No));
        check(on, "active", false, Refresh::Reload, "reloaded");
        check(on, "active", false, Refresh::Restart, "restarted");
        // A restart for newer files is more than a reload.
        check(on, "active", true, Refresh::Reload, "restarted");
        check(on, "failed", false, Refresh::Reload, "started");
        check(off, "active", false, Refresh::Restart, "stopped");
        check(off, "inactive", false, Refresh::Restart, "");
        check(None, "active", false, Refresh::Restart, "");
    }

    #[test]
    fn a_unit_is_a_service_unless_it_says_otherwise() {
        assert_eq!(name("nginx").as_deref(), Some("nginx.service"));
        assert_eq!(name("getty@tty1").as_deref(), Some("getty@tty1.service"));
        assert_eq!(name("backup.timer").as_deref(), Some("backup.timer"));
        assert_eq!((name("a b"), name("../x"), name("")), (None, None, None));
        assert_eq!((name("getty@"), name("getty@.service")), (None, None));
    }
}
