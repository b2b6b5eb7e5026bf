//! Which process is meant: its id alone may be used again, so its start time and the boot of the
//! machine stand beside it. From `/proc` (proc(5)).

use nix::sys::signal::{Signal, killpg};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// The unit of start times in `/proc`, in hertz: USER_HZ, which every program sees as 100.
const TICKS: u64 = 100;

/// One process of one boot of this machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    pid: u32,
    /// It started then at the earliest, in ticks since the boot.
    from: u64,
    /// It started then at the latest.
    to: u64,
    boot: String,
}

impl Identity {
    /// The process with this id now.
    pub(super) fn of(pid: u32) -> Self {
        let started = start_time(pid).unwrap_or(0);
        Self { pid, from: started, to: started, boot: boot().to_owned() }
    }

    /// The process that was just started, not before `since`, which [`ticks`] told. It need not
    /// be looked up, and may have ended.
    pub(super) fn started_since(pid: u32, since: u64) -> Self {
        Self { pid, from: since.saturating_sub(1), to: ticks() + 1, boot: boot().to_owned() }
    }

    /// Whether the process is still there; one that has ended and was not waited for is not.
    pub(super) fn is_alive(&self) -> bool {
        self.boot == boot() && start_time(self.pid).is_some_and(|at| (self.from..=self.to).contains(&at))
    }

    /// Asks its process group to end, or kills it.
    pub(super) fn signal_group(&self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().filter(|pid| *pid > 1);
        if let Some(pid) = pid
            && self.is_alive()
        {
            let _ = killpg(Pid::from_raw(pid), signal);
        }
    }
}

/// The process that leads a group and has all of these in its environment, if there is one. It
/// sees the processes of this user, or all of them for root.
pub(super) fn with_environment(wanted: &[String]) -> Option<Identity> {
    let entries = std::fs::read_dir("/proc").ok()?;
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| leads_its_group(*pid)).find_map(|pid| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let has = |wanted: &String| environment.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes());
        // Looked up first, so that a process which ends meanwhile is not taken for another.
        let identity = Identity::of(pid);
        (wanted.iter().all(has) && identity.is_alive()).then_some(identity)
    })
}

fn leads_its_group(pid: u32) -> bool {
    let Ok(pid) = i32::try_from(pid) else { return false };
    nix::unistd::getpgid(Some(Pid::from_raw(pid))) == Ok(Pid::from_raw(pid))
}

/// This boot of the machine; empty where the system does not tell.
pub(super) fn boot() -> &'static str {
    static BOOT: OnceLock<String> = OnceLock::new();
    BOOT.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        text.trim().to_owned()
    })
}

/// The time since the boot.
pub(super) fn ticks() -> u64 {
    let Ok(now) = clock_gettime(ClockId::CLOCK_BOOTTIME) else { return 0 };
    let seconds = u64::try_from(now.tv_sec()).unwrap_or(0);
    seconds * TICKS + u64::try_from(now.tv_nsec()).unwrap_or(0) * TICKS / 1_000_000_000
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

    #[test]
    fn a_process_is_found_by_its_environment() {
        use std::os::unix::process::CommandExt;
        let mark = format!("PN_TEST_OF={}", std::process::id());
        let (name, value) = mark.split_once('=').unwrap();
        let mut command = std::process::Command::new("sleep");
        let mut child = command.arg("60").env(name, value).process_group(0).spawn().unwrap();
        // For a moment after its start a process has no environment yet.
        let look = || with_environment(std::slice::from_ref(&mark));
        let pause = || std::thread::sleep(std::time::Duration::from_millis(10));
        let found = (0..500).find_map(|_| {
            look().or_else(|| {
                pause();
                None
            })
        });
        let pid = child.id();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found.map(|identity| identity.pid), Some(pid));
        assert_eq!(with_environment(&[mark]), None);
    }

    #[test]
    fn a_process_is_known_by_when_it_was_started() {
        let since = ticks();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let identity = Identity::started_since(child.id(), since);
        let earlier = Identity { from: 0, to: since.saturating_sub(2), ..identity.clone() };
        let (alive, other) = (identity.is_alive(), earlier.is_alive());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(alive && !other);
    }
}
