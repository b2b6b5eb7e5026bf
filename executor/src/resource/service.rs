//! `service`: a unit of systemd runs or not, starts with the host or not, and is started again
//! when its files are newer than its last start.
//!
//! Looks at the properties of `org.freedesktop.systemd1` on the system's D-Bus and calls its
//! manager; no other program is run. Each call has 25 s, and a job of systemd the time of the
//! attempt.

mod manager;
mod unit;

use super::{Check, Context, Kind, Recovery, Resource, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params, Presence};
use crate::report::{Halt, Report};
use manager::{Manager, Step};
use pn_deployment::Outcome;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use unit::{AtBoot, Running, Seen, Wanted};

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
    ],
    undoing: |_| Undoing::Former,
    build: |params| Ok(Box::new(service(params)?)),
};

/// A unit with what is wanted of it.
#[derive(Debug)]
struct Service {
    name: String,
    wanted: Wanted,
    files: Vec<PathBuf>,
}

fn service(params: &Params) -> Result<Service, ParamProblem> {
    let bad = |param: &str, complaint: String| ParamProblem::Bad { param: param.to_owned(), complaint };
    let given = params.get("name").unwrap_or_default();
    let name = unit::name(given).ok_or_else(|| bad("name", format!("`{given}` is no name of a unit")))?;
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
    if !files.is_empty() && running != Some(Running::Yes) {
        return Err(bad("restart-after", "it has a meaning with state running only".into()));
    }
    Ok(Service { name, wanted: Wanted { running, at_boot }, files })
}

impl Service {
    fn seen(&self) -> Result<(Manager, Seen), Halt> {
        let failed = |complaint| Halt::new(Outcome::Failed, complaint);
        let manager = Manager::connect().map_err(failed)?;
        let seen = manager.look(&self.name).map_err(failed)?;
        Ok((manager, seen))
    }

    /// The newest file that changed after the service started.
    fn newer(&self, seen: &Seen) -> Result<Option<String>, Halt> {
        let Some(started) = seen.started.filter(|_| seen.active == "active") else { return Ok(None) };
        for file in &self.files {
            let changed = std::fs::metadata(file).and_then(|there| there.modified()).map_err(|error| {
                Halt::new(Outcome::Failed, format!("cannot look at {}: {error}", file.display()))
            })?;
            if changed > SystemTime::UNIX_EPOCH + started {
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

    fn bring_about(&self, context: &Context) -> Result<String, Halt> {
        let (manager, seen) = self.seen()?;
        let failed = |complaint| Halt::new(Outcome::Failed, complaint);
        let newer = self.newer(&seen)?;
        let steps = self.wanted.steps(&seen, newer.is_some());
        for step in &steps {
            manager.take(*step, &self.name).map_err(failed)?;
            while step.is_job() && manager.is_busy(&self.name).map_err(failed)? {
                if context.is_cancelled() {
                    let message = format!("systemd goes on with {}", self.name);
                    return Err(Halt::new(Outcome::Cancelled, message));
                }
                if context.is_late() {
                    let message = format!("{} took longer than the timeout", self.name);
                    return Err(Halt::new(Outcome::Timeout, message));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        let words: Vec<&str> = steps.into_iter().map(Step::word).collect();
        Ok(format!("{}: {}", self.name, words.join(", ")))
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

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        Some(self.look())
    }

    fn recovery(&self) -> Recovery {
        Recovery::Recheck
    }
}
