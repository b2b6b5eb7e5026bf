//! The exit statuses, the same for every verb.

use std::process::ExitCode;

/// How a command ended, in the words of its exit status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// 0: everything asked for holds, is done, or was accepted.
    Success,
    /// 1: something fails: a property, a deployment, a certificate.
    Fails,
    /// 2: bad usage or input.
    Usage,
    /// 3: nothing definite: a limit was reached, or the user stopped it.
    Undecided,
    /// Whatever the keeper of a run says; nobody but its run looks at it.
    Keeper(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Fails => 1,
            Self::Usage => 2,
            Self::Undecided => 3,
            Self::Keeper(status) => status,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}
