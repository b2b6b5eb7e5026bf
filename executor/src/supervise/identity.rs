//! Which process is meant: its id alone may be used again, so its start time and the boot of the
//! machine stand beside it. From `/proc` (proc(5)).

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// One process of one boot of this machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    pid: u32,
    /// In clock ticks since the boot; 0 where the system does not tell.
    started: u64,
    boot: String,
}

impl Identity {
    /// The process with this id now.
    pub(super) fn of(pid: u32) -> Self {
        let started = start_time(pid).unwrap_or(0);
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { pid, started, boot: boot.trim().to_owned() }
    }

    /// Whether the process is still there; one that has ended and was not waited for is not.
    pub(super) fn is_alive(&self) -> bool {
        start_time(self.pid).is_some() && Self::of(self.pid) == *self
    }

    /// Asks the process to end, if it is still there.
    pub(super) fn terminate(&self) {
        if let Some(pid) = self.pid() {
            let _ = kill(pid, Signal::SIGTERM);
        }
    }

    /// Asks its process group to end, or kills it.
    pub(super) fn signal_group(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            let _ = killpg(pid, signal);
        }
    }

    fn pid(&self) -> Option<Pid> {
        let pid = i32::try_from(self.pid).ok().filter(|pid| *pid > 1)?;
        self.is_alive().then(|| Pid::from_raw(pid))
    }
}

/// When the process started; `None` when there is none, or only what is left of one.
fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in parentheses, which may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_one_that_ended_is_not() {
        assert!(Identity::of(std::process::id()).is_alive());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let identity = Identity::of(child.id());
        child.wait().unwrap();
        assert!(!identity.is_alive());
    }
}
