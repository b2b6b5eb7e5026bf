//! Guards of a command: short command lines of which only the exit status counts.

use super::super::Context;
use super::super::command::{Words, awaited, own_environment};
use crate::report::Halt;
use pn_deployment::Outcome;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Whether the guard succeeds. Its time counts towards the attempt's.
pub(super) fn guard(name: &str, words: &Words, context: &Context) -> Result<bool, Halt> {
    let cannot =
        |error: std::io::Error| Halt::new(Outcome::Failed, format!("cannot run the guard `{name}`: {error}"));
    let (program, arguments) = words.argv.split_first().expect("a guard is a command line for sh");
    let mut shell = Command::new(program);
    shell.args(arguments).envs(words.env.iter().cloned().chain(own_environment(context)));
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    if let Some(cwd) = &words.cwd {
        shell.current_dir(cwd);
    }
    let mut child = shell.spawn().map_err(cannot)?;
    let status = awaited(&mut child, context, &format!("the guard `{name}`"))?.map_err(cannot)?;
    Ok(status.success())
}
