//! Which hosts are this one, and how the others are reached, from the command line.

use pn_executor::Hosts;
use pn_executor::away::Ssh;
use std::collections::BTreeSet;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How hosts are reached that are not this one.
#[derive(clap::Args, Clone, Default, Debug)]
pub(crate) struct OverSsh {
    /// Reach the other hosts through OpenSSH, by the names that they have in its settings
    #[arg(long, conflicts_with = "all_local")]
    ssh: bool,
    /// The same, with this file as OpenSSH's settings instead of the user's
    #[arg(long, value_name = "FILE", conflicts_with = "all_local")]
    ssh_config: Option<PathBuf>,
}

impl OverSsh {
    /// The hosts, where these are this one.
    pub(crate) fn hosts(&self, local: &[String]) -> Hosts {
        let local: BTreeSet<String> = local.iter().cloned().collect();
        if !self.ssh && self.ssh_config.is_none() {
            return Hosts::Local(local);
        }
        // The program as it runs, whatever has happened to its file since.
        let mut ssh = Ssh::new(PathBuf::from("/proc/self/exe"), vec!["__remote".to_owned()]);
        ssh.config.clone_from(&self.ssh_config);
        ssh.sockets = sockets();
        Hosts::Reached(local, Arc::new(ssh))
    }
}

/// A folder of this user's alone for the sockets of shared connections. Its path has to be short;
/// without one, each connection is made anew.
fn sockets() -> Option<PathBuf> {
    let user = nix::unistd::geteuid();
    let own = |folder: &Path| {
        std::fs::symlink_metadata(folder).is_ok_and(|there| {
            there.is_dir() && there.uid() == user.as_raw() && there.mode().trailing_zeros() >= 6
        })
    };
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| own(folder));
    let folder = match runtime {
        Some(folder) => folder.join("pn-ssh"),
        None => std::env::temp_dir().join(format!("pn-ssh-{user}")),
    };
    // It may be there already.
    let _ = std::fs::DirBuilder::new().mode(0o700).create(&folder);
    own(&folder).then_some(folder)
}
