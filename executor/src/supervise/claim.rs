//! The claim on an attempt: who may start its command, or say that nobody did.

use super::identity::Identity;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Who has an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Claim {
    /// This process has it now.
    Won,
    /// Another process took it before.
    Taken(Identity),
}

/// Claims the attempt with this folder. Where the folder is gone, so is the attempt: a supervisor
/// that comes late finds nothing to claim.
pub(crate) fn claim(folder: &Path) -> io::Result<Claim> {
    let (path, own) = (folder.join("claim"), folder.join(format!("claim.{}", std::process::id())));
    let text = serde_json::to_string(&Identity::of(std::process::id())).map_err(io::Error::other)?;
    write_synced(&own, text.as_bytes())?;
    let linked = fs::hard_link(&own, &path);
    fs::remove_file(&own)?;
    match linked {
        Ok(()) => {
            File::open(folder)?.sync_all()?;
            Ok(Claim::Won)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read(&path)?;
            serde_json::from_slice(&text).map(Claim::Taken).map_err(io::Error::other)
        }
        Err(error) => Err(error),
    }
}

/// Writes a file and waits until it is on the disk.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_claim_wins() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(claim(folder.path()).unwrap(), Claim::Won);
        assert!(matches!(claim(folder.path()).unwrap(), Claim::Taken(_)));
    }

    #[test]
    fn an_attempt_whose_folder_is_gone_cannot_be_claimed() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("1");
        assert_eq!(claim(&gone).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!gone.exists());
    }
}
