//! Approvals from another process: written to the journal, where the runner finds them.
//!
//! Whoever can write the journal could write anything into it; the check of names and groups
//! keeps people who share an account's group from approving by mistake what is not theirs.

use crate::error::ExecutorError;
use crate::journal::{Journal, wall_clock};
use nix::unistd::{Group, Uid, User, getegid, getgroups, getuid};
use std::collections::BTreeSet;
use std::path::Path;

/// Who approves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approver {
    /// The name of the user.
    pub user: String,
    /// The names of the groups.
    pub groups: BTreeSet<String>,
    /// Whether the user is root, who may approve everything.
    pub is_root: bool,
}

/// Why an approval is not accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// No approval has this name.
    #[error("the run has no approval `{transition}`; it has {}", list(known))]
    NoSuchApproval {
        /// The name.
        transition: String,
        /// The approvals that the run has.
        known: Vec<String>,
    },
    /// It does not wait now.
    #[error("`{transition}` does not wait for approval now")]
    NotWaiting {
        /// The approval.
        transition: String,
    },
    /// Somebody else has to approve.
    #[error("`{transition}` is for user or group `{by}` to approve, not for {user}")]
    NotAllowed {
        /// The approval.
        transition: String,
        /// Who may.
        by: String,
        /// Who tried.
        user: String,
    },
}

fn list(known: &[String]) -> String {
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}

impl Approver {
    /// The user of this process, by the system's own account of it.
    #[must_use]
    pub fn current() -> Self {
        let uid = getuid();
        let name = |uid: Uid| User::from_uid(uid).ok().flatten().map(|user| user.name);
        let mut ids = getgroups().unwrap_or_default();
        ids.push(getegid());
        let groups = ids.into_iter().filter_map(|id| Group::from_gid(id).ok().flatten());
        Self {
            user: name(uid).unwrap_or_else(|| uid.to_string()),
            groups: groups.map(|group| group.name).collect(),
            is_root: uid.is_root(),
        }
    }

    /// Whether this person is the user `by`, or in the group `by`.
    #[must_use]
    pub fn may(&self, by: &str) -> bool {
        self.is_root || self.user == by || self.groups.contains(by)
    }
}

/// Approves a transition that waits for it.
///
/// # Errors
///
/// When the run has no such approval, it does not wait, or the approver may not.
pub fn approve(journal: &Path, transition: &str, approver: &Approver) -> Result<(), ExecutorError> {
    let mut journal = Journal::open_for_writing(journal)?;
    let transition_name = || transition.to_owned();
    let Some(by) = journal.gate(transition)? else {
        return Err(Refused::NoSuchApproval { transition: transition_name(), known: journal.gates()? }.into());
    };
    if !approver.may(&by) {
        let user = approver.user.clone();
        return Err(Refused::NotAllowed { transition: transition_name(), by, user }.into());
    }
    let now = wall_clock().saturating_sub(journal.created()?);
    match journal.write(0, |writer| writer.approval(now, transition, &approver.user))? {
        0 => Err(Refused::NotWaiting { transition: transition_name() }.into()),
        _ => Ok(()),
    }
}
