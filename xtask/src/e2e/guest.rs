//! The booted system: started as a child, entered by the id of its first process, shut down.

use super::root::Root;
use super::{Done, host, wrong};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long booting and shutting down may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Variables that commands in the guest find.
const ENVIRONMENT: [&str; 3] =
    ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"];

/// A booted system; ended when it is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    root: Root,
    nspawn: Child,
    leader: u32,
}

impl Guest {
    pub(super) fn boot(root: Root) -> Done<Self> {
        let log = root.path().with_file_name("boot.log");
        let log =
            File::create(&log).map_err(|error| wrong(format!("cannot write {}: {error}", log.display())))?;
        let name = format!("--machine=pn-e2e-{}", std::process::id());
        let mut command = Command::new("systemd-nspawn");
        command.args(["--quiet", "--register=no", "--keep-unit", "--console=pipe", &name, "-bD"]);
        command.arg(root.path()).stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(|error| wrong(error.to_string()))?).stderr(log);
        let nspawn =
            command.spawn().map_err(|error| wrong(format!("cannot start systemd-nspawn: {error}")))?;
        let mut guest = Self { root, nspawn, leader: 0 };
        let begun = Instant::now();
        loop {
            guest.leader = child_of(guest.nspawn.id()).unwrap_or(0);
            let state = guest.try_run("systemctl is-system-running").unwrap_or_default();
            match state.trim() {
                "running" => return Ok(guest),
                "degraded" => {
                    let failed = guest.try_run("systemctl --failed --no-legend").unwrap_or_default();
                    return Err(wrong(format!("units fail while the system boots: {failed}")));
                }
                _ => {}
            }
            let ended = matches!(guest.nspawn.try_wait(), Ok(Some(_)) | Err(_));
            if ended || begun.elapsed() > PATIENCE {
                let log =
                    fs::read_to_string(guest.root.path().with_file_name("boot.log")).unwrap_or_default();
                return Err(wrong(format!("the system does not boot:\n{log}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A command line for the guest's shell, not started yet.
    pub(super) fn command(&self, line: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.leader.to_string(), "--all", "--wdns=/root", "env", "-i"]);
        command.args(ENVIRONMENT).args(["sh", "-c", line]).stdin(Stdio::null());
        command
    }

    /// Runs a command line in the guest to its end, whatever that is.
    pub(super) fn output(&self, line: &str) -> Done<Output> {
        self.command(line).output().map_err(|error| wrong(format!("cannot run nsenter: {error}")))
    }

    /// Runs one that has to succeed, and hands over what it says.
    pub(super) fn run(&self, line: &str) -> Done<String> {
        self.expect(line, 0)
    }

    /// Runs one that has to end with this status.
    pub(super) fn expect(&self, line: &str, status: i32) -> Done<String> {
        let output = self.output(line)?;
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        match output.status.code() == Some(status) {
            true => Ok(said.concat()),
            false => {
                let [out, err] = said;
                Err(wrong(format!("`{line}` ends with {}, not {status}:\n{out}{err}", output.status)))
            }
        }
    }

    /// What a command line says, whatever its end; `None` where it cannot be run.
    pub(super) fn try_run(&self, line: &str) -> Option<String> {
        let output = (self.leader != 0).then(|| self.command(line).output())?.ok()?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub(super) fn copy_in(&self, from: &Path, to: &str) -> Done<()> {
        let to = self.root.path().join(to.trim_start_matches('/'));
        fs::copy(from, &to)
            .map(drop)
            .map_err(|error| wrong(format!("cannot copy {}: {error}", from.display())))
    }

    pub(super) fn write(&self, to: &str, text: &str) -> Done<()> {
        let path = self.root.path().join(to.trim_start_matches('/'));
        fs::write(&path, text).map_err(|error| wrong(format!("cannot write {to}: {error}")))
    }

    /// A file of the guest, as this host sees it.
    pub(super) fn path(&self, path: &str) -> std::path::PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    /// Shuts it down in order; nothing may be left.
    pub(super) fn shut_down(&mut self) -> Done<()> {
        let _ = self.output("systemctl --no-block poweroff");
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.nspawn.try_wait() {
                return match status.success() {
                    true => Ok(()),
                    false => Err(wrong(format!("systemd-nspawn ends with {status}"))),
                };
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(wrong("the system does not shut down"))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if !matches!(self.nspawn.try_wait(), Ok(Some(_))) {
            // The first process of its namespace of processes takes all others along.
            let _ = host("kill", &["-KILL", &self.leader.to_string()]);
            let _ = self.nspawn.kill();
            let _ = self.nspawn.wait();
        }
    }
}

/// The child of a process that has one.
fn child_of(parent: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.into_iter().find(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // Behind the name in parentheses: the state, then the parent.
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields.to_owned()).unwrap_or_default();
        fields.split_ascii_whitespace().nth(1).and_then(|id| id.parse().ok()) == Some(parent)
    })
}
