//! A tree: a folder and every folder below it, each with a watch of its own.

use super::{Flags, Paths, content, in_words, own};
use nix::errno::Errno;
use std::fs;
use std::path::Path;

/// Folders of a tree that are watched.
const MOST: usize = 100_000;

impl<K: Copy + Ord> Paths<K> {
    /// Watches everything below `root` for `who`. Symbolic links in it are not followed. Each
    /// folder is watched before it is listed, so that none is missed that is made meanwhile.
    pub(super) fn climb(&mut self, who: K, root: &Path) {
        let mut folders = vec![root.to_owned()];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            count += 1;
            if count > MOST {
                self.complain(
                    who,
                    &format!("{} has over {MOST} folders, not all are watched", root.display()),
                );
                return;
            }
            let flags = content() | own() | Flags::IN_ONLYDIR | Flags::IN_DONT_FOLLOW;
            match self.add(&folder, flags, |node| node.trees.extend([who])) {
                Ok(wd) => self.asked.entry(who).or_default().trees.extend([wd]),
                // What has gone meanwhile comes back as an event of the folder above.
                Err(Errno::ENOENT | Errno::ENOTDIR) => continue,
                Err(error) => self.complain(who, &in_words(&folder, error)),
            }
            let below = fs::read_dir(&folder).into_iter().flatten().flatten();
            folders.extend(
                below.filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir())).map(|it| it.path()),
            );
        }
    }
}
