//! Guards of a command: short command lines of which only the exit status counts.

use super::super::Context;
use super::super::command::awaited;
use crate::report::Halt;
use pn_deployment::Outcome;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

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
    let status = awaited(&mut child, context, &format!("the guard `{name}`"))?.map_err(cannot)?;
    Ok(status.success())
}
