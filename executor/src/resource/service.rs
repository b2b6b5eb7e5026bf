//! `service`: a unit of systemd runs or not, starts with the host or not, is started again when its
//! files are newer than its last start, and reloaded or restarted when it is refreshed.
//!
//! Looks at the properties of `org.freedesktop.systemd1` on the system's D-Bus and calls its
//! manager; no other program is run. Each call has 25 s, and a job of systemd the time of the
//! attempt.

mod manager;
mod unit;

use super::{Check, Context, Kind, Past, Recovery, Resource, Tracks, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params, Presence};
use crate::report::{Halt, Report};
use crate::watch::{Reach, Watch};
use manager::{Manager, Step};
use pn_deployment::Outcome;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use unit::{AtBoot, Refresh, Running, Seen, Wanted, refreshed};

pub(super) static KIND: Kind = Kind {
    name: "service",
    meaning: "keeps a service of systemd running or stopped, enabled or not",
    params: &[
        ParamSpec::required("name", Form::Name, "the unit, such as nginx or backup.timer"),
        ParamSpec::optional("state", Form::Choice(&["running", "stopped"]), "whether it runs now"),
        ParamSpec::optional("enabled", Form::Choice(&["true", "false"]), "whether it starts with the host"),
        ParamSpec {
            presence: Presence::Repeated,
            ..ParamSpec::optional(
                "restart-after",
                Form::AbsolutePath,
                "a file: changed after the service started, the service is restarted",
            )
        },
        ParamSpec::optional(
            "refresh",
            Form::Choice(&["restart", "reload"]),
            "what a refresh does when it runs already; default restart",
        ),
        ParamSpec::optional(
            "settle",
            Form::Duration,
            "how long it must stay up after a start to count as running; default 500ms",
        ),
    ],
    undoing: |_| Undoing::Former,
    build: |params| Ok(Box::new(service(params)?)),
};

/// Between two looks at something that systemd is at.
const PAUSE: Duration = Duration::from_millis(25);

/// How long a service must stay up after a start, unless the action says otherwise: systemd calls
/// a simple service started before its program has read its settings.
const SETTLE: Duration = Duration::from_millis(500);

/// A unit with what is wanted of it.
#[derive(Debug)]
struct Service {
    name: String,
    wanted: Wanted,
    files: Vec<PathBuf>,
    refresh: Refresh,
    settle: Duration,
}

fn service(params: &Params) -> Result<Service, ParamProblem> {
    let bad = |param: &str, complaint: String| ParamProblem::Bad { param: param.to_owned(), complaint };
    let given = params.get("name").unwrap_or_default();
    let name = unit::name(given).ok_or_else(|| {
        let complaint = match given.contains('@') {
            true => "is no name of a unit; of a template, name an instance, such as getty@tty1",
            false => "is no name of a unit",
        };
        bad("name", format!("`{given}` {complaint}"))
    })?;
    let running = match params.get("state") {
        Some("running") => Some(Running::Yes),
        Some(_) => Some(Running::No),
        None => None,
    };
    let at_boot = match params.get("enabled") {
        Some("true") => Some(AtBoot::Yes),
        Some(_) => Some(AtBoot::No),
        None => None,
    };
    let files: Vec<PathBuf> = params.all("restart-after").into_iter().map(PathBuf::from).collect();
    if running.is_none() && at_boot.is_none() {
        return Err(ParamProblem::Missing {
            param: "state",
            meaning: "running or stopped; or `enabled`, whether it starts with the host",
        });
    }
    let of_running = ["restart-after", "refresh", "settle"].into_iter();
    if let Some(param) =
        of_running.filter(|_| running != Some(Running::Yes)).find(|p| params.get(p).is_some())
    {
        return Err(bad(param, "it has a meaning with state running only".into()));
    }
    let refresh = match params.get("refresh") {
        Some("reload") => Refresh::Reload,
        _ => Refresh::Restart,
    };
    let settle = params.get("settle").and_then(crate::duration::parse).unwrap_or(SETTLE);
    Ok(Service { name, wanted: Wanted { running, at_boot }, files, refresh, settle })
}

impl Service {
    fn seen(&self) -> Result<(Manager, Seen), Halt> {
        let failed = |complaint| Halt::new(Outcome::Failed, complaint);
        let manager = Manager::connect().map_err(failed)?;
        let seen = manager.look(&self.name).map_err(failed)?;
        Ok((manager, seen))
    }

    /// A file that changed after the service started. The time of the last change of its inode
    /// counts: one that was put back together with its old date has changed all the same.
    fn newer(&self, seen: &Seen) -> Result<Option<String>, Halt> {
        let Some(started) = seen.started.filter(|_| seen.active == "active") else { return Ok(None) };
        for file in &self.files {
            let there = std::fs::metadata(file).map_err(|error| {
                Halt::new(Outcome::Failed, format!("cannot look at {}: {error}", file.display()))
            })?;
            let seconds = Duration::from_secs(u64::try_from(there.ctime()).unwrap_or(0));
            let nanos = Duration::from_nanos(u64::try_from(there.ctime_nsec()).unwrap_or(0));
            if seconds + nanos > started {
                return Ok(Some(format!("{} is newer than its start", file.display())));
            }
        }
        Ok(None)
    }

    fn look(&self) -> Result<Check, Halt> {
        let (_, seen) = self.seen()?;
        let failed = |complaint| Halt::new(Outcome::Failed, format!("{} {complaint}", self.name));
        let mut differences = self.wanted.differences(&seen).map_err(failed)?;
        differences.extend(self.newer(&seen)?);
        Ok(match &differences[..] {
            [] => Check::Same(format!("{} is as wanted", self.name)),
            _ => Check::Diff(format!("{}: {}", self.name, differences.join("; "))),
        })
    }

    /// What brings it about, as it is now.
    fn steps(&self) -> Result<(Manager, Vec<Step>), Halt> {
        let (manager, seen) = self.seen()?;
        let newer = self.newer(&seen)?;
        Ok((manager, self.wanted.steps(&seen, newer.is_some())))
    }

    fn bring_about(&self, context: &Context) -> Result<String, Halt> {
        let (manager, steps) = self.steps()?;
        self.take(&manager, steps, context)
    }

    fn take_up_changes(&self, context: &Context) -> Result<String, Halt> {
        let (manager, steps) = self.steps()?;
        self.take(&manager, refreshed(steps, self.wanted.running, self.refresh), context)
    }

    /// Only a unit that runs, and did so before, has anything to take up.
    fn take_up_former(&self, past: &Past, context: &Context) -> Result<String, Halt> {
        let former = self.former(past)?;
        let (manager, seen) = self.seen()?;
        let newer = self.newer(&seen)?;
        let steps = former.steps(&seen, newer.is_some());
        self.take(&manager, refreshed(steps, former.running, self.refresh), context)
    }

    fn take(&self, manager: &Manager, steps: Vec<Step>, context: &Context) -> Result<String, Halt> {
        let failed = |complaint| Halt::new(Outcome::Failed, complaint);
        for step in &steps {
            manager.take(*step, &self.name).map_err(failed)?;
            while step.is_job() && manager.is_busy(&self.name).map_err(failed)? {
                self.go_on(context)?;
                std::thread::sleep(PAUSE);
            }
            if step.begins() {
                self.settled(manager, context)?;
            }
            if *step == Step::Reload {
                self.reloaded(manager)?;
            }
        }
        let words: Vec<&str> = steps.into_iter().map(Step::word).collect();
        Ok(match &words[..] {
            [] => format!("{} needs nothing", self.name),
            words => format!("{}: {}", self.name, words.join(", ")),
        })
    }

    /// What was, of that which this action is about.
    fn former(&self, past: &Past) -> Result<Wanted, Halt> {
        let text = |key: &str| past.before.as_ref()?.get(key)?.as_str();
        let (Some(active), Some(file)) = (text("active"), text("file")) else {
            return Err(Halt::new(Outcome::Failed, format!("how {} stood before is not known", self.name)));
        };
        Ok(self.wanted.former(active, file))
    }

    fn put_back(&self, past: &Past, context: &Context) -> Result<String, Halt> {
        let (manager, seen) = self.seen()?;
        let steps = self.former(past)?.steps(&seen, false);
        self.take(&manager, steps, context)
    }
}

impl Service {
    /// Whether there is time left to wait for systemd.
    fn go_on(&self, context: &Context) -> Result<(), Halt> {
        match (context.is_cancelled(), context.is_late()) {
            (true, _) => Err(Halt::new(Outcome::Cancelled, format!("systemd goes on with {}", self.name))),
            (_, true) => {
                Err(Halt::new(Outcome::Timeout, format!("{} took longer than the timeout", self.name)))
            }
            _ => Ok(()),
        }
    }

    /// Makes sure that a reload was one.
    fn reloaded(&self, manager: &Manager) -> Result<(), Halt> {
        let failed = |complaint| Halt::new(Outcome::Failed, complaint);
        match manager.reload_failure(&self.name).map_err(failed)? {
            Some(said) => Err(failed(format!("{} could not be reloaded: {said}", self.name))),
            None => Ok(()),
        }
    }

    /// Watches a service that was started for as long as it takes to settle.
    fn settled(&self, manager: &Manager, context: &Context) -> Result<(), Halt> {
        let failed = |complaint| Halt::new(Outcome::Failed, complaint);
        let first = manager.look(&self.name).map_err(failed)?;
        let begun = Instant::now();
        loop {
            let seen = manager.look(&self.name).map_err(failed)?;
            if !matches!(&*seen.active, "active" | "reloading") || seen.life != first.life {
                let end = manager.end(&self.name).map_err(failed)?;
                let then = if seen.active == "active" { "is started again by systemd" } else { "is down" };
                return Err(failed(format!("{} was started, and ended{end}; it {then}", self.name)));
            }
            if begun.elapsed() >= self.settle {
                return Ok(());
            }
            self.go_on(context)?;
            std::thread::sleep(PAUSE);
        }
    }
}

impl Resource for Service {
    fn check(&self, _: &Context) -> Result<Check, Halt> {
        self.look()
    }

    fn apply(&self, context: &Context) -> Report {
        match self.bring_about(context) {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(halt) => halt.into(),
        }
    }

    fn refresh(&self, context: &Context) -> Report {
        match self.take_up_changes(context) {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(halt) => halt.into(),
        }
    }

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        Some(self.look())
    }

    fn watch(&self, _: &Context) -> Watch {
        // A name may be an alias; systemd tells of changes under the unit's own.
        let known = Manager::connect().and_then(|manager| manager.own_name(&self.name));
        let units = [self.name.clone()].into_iter().chain(known.ok().flatten()).collect();
        let watch = Watch { units, ..Watch::never() };
        self.files.iter().fold(watch, |watch, file| watch.path(file, Reach::Target))
    }

    fn recovery(&self) -> Recovery {
        Recovery::Recheck
    }

    fn before(&self, _: &Context) -> Result<Option<serde_json::Value>, Halt> {
        let (_, seen) = self.seen()?;
        Ok(Some(serde_json::json!({ "active": seen.active, "file": seen.file })))
    }

    fn undone(&self, past: &Past, _: &Context) -> Result<Check, Halt> {
        let former = self.former(past)?;
        let (_, seen) = self.seen()?;
        let failed = |complaint| Halt::new(Outcome::Failed, format!("{} {complaint}", self.name));
        let differences = former.differences(&seen).map_err(failed)?;
        Ok(match &differences[..] {
            [] => Check::Same(format!("{} is as it was", self.name)),
            _ => Check::Diff(format!("{}: {}", self.name, differences.join("; "))),
        })
    }

    fn tracks(&self, past: &Past, _: &Context) -> Result<Tracks, Halt> {
        let (_, seen) = self.seen()?;
        // Files that changed since ask for a restart; that the unit runs is as it was left.
        let differences = self.wanted.differences(&seen).unwrap_or_default();
        Ok(match (&differences[..], past.ended) {
            ([_, ..], Some(Outcome::Ok)) => {
                Tracks::Others(format!("{}: {}", self.name, differences.join("; ")))
            }
            _ => Tracks::Own,
        })
    }

    fn undo(&self, past: &Past, context: &Context) -> Report {
        match self.put_back(past, context) {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(halt) => halt.into(),
        }
    }

    fn renew(&self, past: &Past, context: &Context) -> Report {
        match self.take_up_former(past, context) {
            Ok(message) => Report::new(Outcome::Ok, message),
            Err(halt) => halt.into(),
        }
    }
}
