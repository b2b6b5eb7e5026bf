//! Permissions, owner and group of what rests at a path. What is not said stays as it is.

use nix::unistd::{Group, User};
use serde::{Deserialize, Serialize};
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::Path;

/// What an author says of them. Owner and group are names or numbers.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) mode: Option<u32>,
    pub(super) owner: Option<String>,
    pub(super) group: Option<String>,
}

/// The same with numbers for names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolved {
    pub(super) mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
}

impl Attributes {
    /// Looks the names up on this host.
    pub(super) fn resolve(&self) -> io::Result<Resolved> {
        let unknown = |what: &str, name: &str| io::Error::other(format!("this host has no {what} `{name}`"));
        let uid = |name: &String| match name.parse() {
            Ok(id) => Ok(id),
            Err(_) => User::from_name(name)?.map(|u| u.uid.as_raw()).ok_or_else(|| unknown("user", name)),
        };
        let gid = |name: &String| match name.parse() {
            Ok(id) => Ok(id),
            Err(_) => Group::from_name(name)?.map(|g| g.gid.as_raw()).ok_or_else(|| unknown("group", name)),
        };
        Ok(Resolved {
            mode: self.mode,
            uid: self.owner.as_ref().map(uid).transpose()?,
            gid: self.group.as_ref().map(gid).transpose()?,
        })
    }
}

impl Resolved {
    /// The same but for the permissions.
    pub(super) fn with_mode(self, mode: Option<u32>) -> Self {
        Self { mode, ..self }
    }

    /// For a directory: whoever may read may also enter.
    pub(super) fn for_directory(self) -> Self {
        self.with_mode(self.mode.map(|mode| mode | (mode & 0o444) >> 2))
    }

    /// In what they differ from what is there: what it has, and what it is to have.
    pub(super) fn differences(&self, there: &Metadata) -> Vec<String> {
        let has = there.permissions().mode() & 0o7777;
        let mode = self.mode.filter(|wanted| *wanted != has && !there.is_symlink());
        let uid = self.uid.filter(|wanted| *wanted != there.uid());
        let gid = self.gid.filter(|wanted| *wanted != there.gid());
        let mode = mode.map(|wanted| format!("mode {has:04o}, not {wanted:04o}"));
        let uid = uid.map(|wanted| format!("owner {}, not {wanted}", there.uid()));
        let gid = gid.map(|wanted| format!("group {}, not {wanted}", there.gid()));
        [mode, uid, gid].into_iter().flatten().collect()
    }

    /// Gives them to what is at the path, a symbolic link itself included.
    pub(super) fn apply(&self, path: &Path) -> io::Result<()> {
        if self.uid.is_some() || self.gid.is_some() {
            // Before the mode, as a change of owner clears the bits that lend rights.
            lchown(path, self.uid, self.gid).map_err(|error| match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    io::Error::new(error.kind(), "only root may change the owner or to a group not one's own")
                }
                _ => error,
            })?;
        }
        match self.mode {
            Some(mode) => fs::set_permissions(path, Permissions::from_mode(mode)),
            None => Ok(()),
        }
    }
}

/// The attributes of what was at a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Owned {
    pub(super) mode: u32,
    uid: u32,
    gid: u32,
}

impl Owned {
    pub(super) fn of(there: &Metadata) -> Self {
        Self { mode: there.permissions().mode() & 0o7777, uid: there.uid(), gid: there.gid() }
    }

    fn wanted(self, is_link: bool) -> Resolved {
        Resolved { mode: (!is_link).then_some(self.mode), uid: Some(self.uid), gid: Some(self.gid) }
    }

    /// In what they are not those of what is there.
    pub(super) fn difference(self, there: &Metadata) -> Option<String> {
        let differences = self.wanted(there.is_symlink()).differences(there);
        (!differences.is_empty()).then(|| format!("has {}", differences.join("; ")))
    }

    /// Gives them back to what is at the path.
    pub(super) fn apply(self, path: &Path) -> io::Result<()> {
        let there = fs::symlink_metadata(path)?;
        let mut wanted = self.wanted(there.is_symlink());
        // Who owns it need not be allowed to give it away.
        wanted.uid = wanted.uid.filter(|uid| *uid != there.uid());
        wanted.gid = wanted.gid.filter(|gid| *gid != there.gid());
        wanted.apply(path)
    }
}

/// What a file that is replaced leaves to the new one: its permissions, and its owner and group
/// as far as this process may give them.
pub(super) fn inherit(from: Option<&Metadata>, to: &Path) -> io::Result<()> {
    let Some(there) = from else { return fs::set_permissions(to, Permissions::from_mode(0o644)) };
    let new = fs::symlink_metadata(to)?;
    for (uid, gid) in [(None, Some(there.gid())), (Some(there.uid()), None)] {
        if uid.is_some_and(|uid| uid != new.uid()) || gid.is_some_and(|gid| gid != new.gid()) {
            // Who may not give it away keeps it.
            let _ = lchown(to, uid, gid);
        }
    }
    fs::set_permissions(to, Permissions::from_mode(there.permissions().mode() & 0o7777))
}
