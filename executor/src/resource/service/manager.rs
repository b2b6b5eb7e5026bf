//! systemd's manager, over the system's D-Bus.

use super::unit::Seen;
use crate::watch::unit_of;
use std::path::Path;
use std::time::Duration;
use zbus::connection::{Builder, Connection};
use zbus::{DynamicType, OwnedObjectPath, OwnedVariant, Variant, block_on};

const BUS_NAME: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";
const ROOT: &str = "/org/freedesktop/systemd1";

/// How long one call may take.
const CALL: Duration = Duration::from_secs(25);

/// Something that the manager does with a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// All unit files are read again.
    Reread,
    Enable,
    Disable,
    Start,
    Stop,
    Restart,
    /// The service reads its settings again, and goes on.
    Reload,
}

impl Step {
    /// What was done, in a word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Reread => "reread",
            Self::Enable => "enabled",
            Self::Disable => "disabled",
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Restart => "restarted",
            Self::Reload => "reloaded",
        }
    }

    /// Whether the unit runs afterwards.
    pub(super) const fn begins(self) -> bool {
        matches!(self, Self::Start | Self::Restart)
    }

    /// Whether it is a job that goes on after the call.
    pub(super) const fn is_job(self) -> bool {
        matches!(self, Self::Start | Self::Stop | Self::Restart | Self::Reload)
    }
}

/// A connection to it.
#[derive(Debug)]
pub(super) struct Manager(Connection);

impl Manager {
    /// Connects, where this host runs systemd.
    pub(super) fn connect() -> Result<Self, String> {
        // As sd_booted(3) tells.
        if !Path::new("/run/systemd/system").is_dir() {
            return Err(
                "this host does not run systemd, which the kind `service` needs; use `exec` here".into()
            );
        }
        block_on(Builder::system().method_timeout(CALL).build())
            .map(Self)
            .map_err(|error| format!("cannot connect to the system's D-Bus: {error}"))
    }

    /// Looks at a unit.
    pub(super) fn look(&self, unit: &str) -> Result<Seen, String> {
        let path = self.path(unit)?;
        let text = |name: &str| {
            let value = self.property(&path, name)?;
            String::try_from(value).map_err(|error| format!("systemd's {name} of {unit} is no text: {error}"))
        };
        let started = u64::try_from(self.property(&path, "ActiveEnterTimestamp")?).unwrap_or(0);
        Ok(Seen {
            load: text("LoadState")?,
            active: text("ActiveState")?,
            file: text("UnitFileState")?,
            started: (started > 0).then(|| Duration::from_micros(started)),
            outdated: bool::try_from(self.property(&path, "NeedDaemonReload")?).unwrap_or(false),
            life: <Vec<u8>>::try_from(self.property(&path, "InvocationID")?).unwrap_or_default(),
        })
    }

    /// Why the last reload of a service failed, in systemd's words; nothing where it did not.
    pub(super) fn reload_failure(&self, unit: &str) -> Result<Option<String>, String> {
        if !unit.ends_with(".service") {
            return Ok(None);
        }
        let said = match self.property_of(SERVICE, &self.path(unit)?, "ReloadResult") {
            // systemd before version 243 does not tell.
            Err(said) if said.contains("Unknown") => return Ok(None),
            said => String::try_from(said?).unwrap_or_default(),
        };
        Ok((!matches!(&*said, "success" | "")).then_some(said))
    }

    /// How a service that should run came to its end, in systemd's words.
    pub(super) fn end(&self, unit: &str) -> Result<String, String> {
        if !unit.ends_with(".service") {
            return Ok(String::new());
        }
        let path = self.path(unit)?;
        let said = String::try_from(self.property_of(SERVICE, &path, "Result")?).unwrap_or_default();
        let status = i32::try_from(self.property_of(SERVICE, &path, "ExecMainStatus")?).unwrap_or(0);
        Ok(match &*said {
            "success" | "" => String::new(),
            // Of a command before the main one, systemd keeps no status here.
            "exit-code" if status == 0 => ": a command before its start failed".to_owned(),
            "exit-code" => format!(": exit status {status}"),
            "signal" | "core-dump" => format!(": killed by signal {status}"),
            other => format!(": {other}"),
        })
    }

    /// Whether a job of the unit is still going on.
    pub(super) fn is_busy(&self, unit: &str) -> Result<bool, String> {
        let job = self.property(&self.path(unit)?, "Job")?;
        Ok(match &*job {
            Variant::Structure(job) => !matches!(job.fields().first(), Some(Variant::U32(0))),
            _ => false,
        })
    }

    /// Takes a step; a job is only begun.
    pub(super) fn take(&self, step: Step, unit: &str) -> Result<(), String> {
        match step {
            Step::Reread => self.call("Reload", &()),
            Step::Start => self.call("StartUnit", &(unit, "replace")),
            Step::Stop => self.call("StopUnit", &(unit, "replace")),
            Step::Restart => self.call("RestartUnit", &(unit, "replace")),
            Step::Reload => self.call("ReloadUnit", &(unit, "replace")),
            Step::Enable => {
                self.call("EnableUnitFiles", &(&[unit][..], false, false))?;
                self.call("Reload", &())
            }
            Step::Disable => {
                self.call("DisableUnitFiles", &(&[unit][..], false))?;
                // A unit that is enabled until the next boot only.
                self.call("DisableUnitFiles", &(&[unit][..], true))?;
                self.call("Reload", &())
            }
        }
        .map_err(|complaint| format!("{unit} is not {}: {complaint}", step.word()))
    }

    /// The name under which systemd tells of changes of the unit.
    pub(super) fn own_name(&self, unit: &str) -> Result<Option<String>, String> {
        self.path(unit).map(|path| unit_of(path.as_str()))
    }

    fn path(&self, unit: &str) -> Result<OwnedObjectPath, String> {
        let reply = block_on(self.0.call_method(Some(BUS_NAME), ROOT, Some(MANAGER), "LoadUnit", &(unit,)));
        let reply = reply.map_err(|error| in_words(&error))?;
        reply.body().deserialize().map_err(|error| in_words(&error))
    }

    fn property(&self, path: &OwnedObjectPath, name: &str) -> Result<OwnedVariant, String> {
        self.property_of(UNIT, path, name)
    }

    fn property_of(
        &self,
        interface: &str,
        path: &OwnedObjectPath,
        name: &str,
    ) -> Result<OwnedVariant, String> {
        const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
        let asked = (interface, name);
        let call = self.0.call_method(Some(BUS_NAME), path, Some(PROPERTIES), "Get", &asked);
        let reply = block_on(call).map_err(|error| in_words(&error))?;
        reply.body().deserialize().map_err(|error| in_words(&error))
    }

    fn call<B: serde::Serialize + DynamicType>(&self, method: &str, body: &B) -> Result<(), String> {
        block_on(self.0.call_method(Some(BUS_NAME), ROOT, Some(MANAGER), method, body))
            .map(drop)
            .map_err(|error| in_words(&error))
    }
}

fn in_words(error: &zbus::Error) -> String {
    let said = error.to_string();
    match said.contains("AccessDenied") || said.contains("InteractiveAuthorizationRequired") {
        true => format!("systemd does not allow it to this user ({said})"),
        false => format!("systemd says: {said}"),
    }
}
