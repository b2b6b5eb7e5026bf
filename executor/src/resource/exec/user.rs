//! Running a command as another user, with that user's groups and home, through setpriv(1).

use super::super::command::Words;
use crate::report::Halt;
use nix::unistd::{Uid, User, geteuid};
use pn_deployment::Outcome;

/// The command as the user of this name or number runs it, and what the environment says then.
pub(super) fn run_as(name: &str, argv: Vec<String>) -> Result<Words, Halt> {
    let failed = |message: String| Halt::new(Outcome::Failed, message);
    let found = match name.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number)),
        Err(_) => User::from_name(name),
    };
    let user = found.map_err(|error| failed(format!("the user `{name}` cannot be looked up: {error}")))?;
    let user = user.ok_or_else(|| failed(format!("there is no user `{name}` on this host")))?;
    let env = vec![
        ("HOME".to_owned(), user.dir.to_string_lossy().into_owned()),
        ("USER".to_owned(), user.name.clone()),
        ("LOGNAME".to_owned(), user.name),
        ("SHELL".to_owned(), user.shell.to_string_lossy().into_owned()),
    ];
    if user.uid == geteuid() {
        return Ok(Words { argv, env, ..Words::default() });
    }
    if !geteuid().is_root() {
        return Err(failed(format!("only root can run a command as another user, here as `{name}`")));
    }
    let options = [format!("--reuid={}", user.uid), format!("--regid={}", user.gid)];
    let words = std::iter::once("setpriv".to_owned()).chain(options);
    let words = words.chain(["--init-groups".to_owned(), "--".to_owned()]).chain(argv);
    Ok(Words { argv: words.collect(), env, ..Words::default() })
}
