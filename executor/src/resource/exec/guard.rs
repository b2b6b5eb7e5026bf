//! Guards of a command: short command lines of which only the exit status counts.

use super::super::Context;
use crate::report::Halt;
use crate::supervise::stop_group;
use pn_deployment::Outcome;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Whether the guard succeeds. Its time counts towards the attempt's.
pub(super) fn guard(
    name: &str,
    command: &str,
    cwd: Option<&Path>,
    env: &[(String, String)],
    context: &Context,
) -> Result<bool, Halt> {
    let cannot =
        |error: std::io::Error| Halt::new(Outcome::Failed, format!("cannot run the guard `{name}`: {error}"));
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]).envs(env.iter().map(|(name, value)| (name, value)));
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    if let Some(cwd) = cwd {
        shell.current_dir(cwd);
    }
    let mut child = shell.spawn().map_err(cannot)?;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().map_err(cannot)? {
            return Ok(status.success());
        }
        let end = match (context.is_cancelled(), context.is_late()) {
            (true, _) => Some((Outcome::Cancelled, "was cancelled")),
            (_, true) => Some((Outcome::Timeout, "took longer than the timeout")),
            _ => None,
        };
        if let Some((outcome, what)) = end {
            stop_group(&mut child, context.grace);
            return Err(Halt::new(outcome, format!("the guard `{name}` {what}")));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
