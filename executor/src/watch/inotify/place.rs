//! A place: a folder, the names in it that somebody asks about, and the way to it.

use super::{Flags, Node, Paths, content, in_words, own, structural};
use nix::errno::Errno;
use nix::sys::inotify::WatchDescriptor;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// A way is longer than any that the kernel would go only if its links go round in a circle.
const STEPS: usize = 4_096;

/// A folder in which somebody asks about names.
#[derive(Debug)]
pub(super) struct Place<K> {
    folder: PathBuf,
    pub(super) names: HashMap<OsString, BTreeSet<K>>,
    way: Way,
}

/// The way to a place as it was found last.
#[derive(Clone, Debug, Default)]
struct Way {
    watches: BTreeMap<WatchDescriptor, BTreeSet<Use>>,
    /// The folder; `None` where the way ends before it.
    found: Option<Identity>,
    /// What could not be watched on the way.
    complaint: Option<String>,
}

/// What a place uses a watch for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Use {
    /// The way leads through it.
    Way,
    /// It is the folder.
    List,
    /// This name is missing there.
    Missing(OsString),
}

impl Use {
    fn note<K>(&self, node: &mut Node<K>, place: u64) {
        match self {
            Self::Way => node.ways.insert(place),
            Self::List => node.lists.insert(place),
            Self::Missing(name) => node.missing.entry(name.clone()).or_default().insert(place),
        };
    }

    fn strike<K>(&self, node: &mut Node<K>, place: u64) {
        match self {
            Self::Way => {
                node.ways.remove(&place);
            }
            Self::List => {
                node.lists.remove(&place);
            }
            Self::Missing(name) => {
                if let Some(places) = node.missing.get_mut(name) {
                    places.remove(&place);
                    if places.is_empty() {
                        node.missing.remove(name);
                    }
                }
            }
        }
    }
}

/// The device and the inode.
type Identity = (u64, u64);

fn identity(path: &Path) -> Option<Identity> {
    let there = fs::metadata(path).ok().filter(Metadata::is_dir)?;
    Some((there.dev(), there.ino()))
}

impl<K> Place<K> {
    /// Whether the way still leads where it did when it was found.
    pub(super) fn is_where_it_was(&self) -> bool {
        identity(&self.folder) == self.way.found
    }
}

impl<K: Copy + Ord> Paths<K> {
    /// Watches a name in a folder for `who`.
    pub(super) fn ask(&mut self, who: K, folder: &Path, name: OsString) {
        let known = self.by_folder.get(folder).copied();
        let id = known.unwrap_or_else(|| {
            let id = self.next;
            self.next += 1;
            self.by_folder.insert(folder.to_owned(), id);
            let place = Place { folder: folder.to_owned(), names: HashMap::new(), way: Way::default() };
            self.places.insert(id, place);
            self.find(id);
            id
        });
        let place = self.places.get_mut(&id).expect("every folder's number is that of a place");
        place.names.entry(name.clone()).or_default().insert(who);
        if let Some(complaint) = place.way.complaint.clone() {
            self.complain(who, &complaint);
        }
        self.asked.entry(who).or_default().names.insert((id, name));
    }

    /// `who` no longer asks about the name. A place without names goes at the next sweep.
    pub(super) fn dismiss(&mut self, who: K, id: u64, name: &OsStr) {
        let Some(place) = self.places.get_mut(&id) else { return };
        if let Some(askers) = place.names.get_mut(name) {
            askers.remove(&who);
            if askers.is_empty() {
                place.names.remove(name);
            }
        }
        if place.names.is_empty() {
            self.vacant.insert(id);
        }
    }

    /// Removes the places in which nobody asks any more.
    pub(super) fn clear(&mut self) {
        for id in std::mem::take(&mut self.vacant) {
            if self.places.get(&id).is_some_and(|place| place.names.is_empty()) {
                let place = self.places.remove(&id).expect("it has just been seen");
                self.by_folder.remove(&place.folder);
                self.strike(id, &place.way.watches, &Way::default());
            }
        }
    }

    /// Finds the way to a place and watches it. What stays is watched throughout.
    pub(super) fn find(&mut self, id: u64) {
        let Some(folder) = self.places.get(&id).map(|place| place.folder.clone()) else { return };
        let way = self.walk(id, &folder);
        let place = self.places.get_mut(&id).expect("walking removes no place");
        let was = std::mem::replace(&mut place.way, way.clone());
        if let Some(news) = way.complaint.as_ref().filter(|_| was.complaint != way.complaint) {
            let askers: BTreeSet<K> = place.names.values().flatten().copied().collect();
            askers.into_iter().for_each(|who| self.complain(who, news));
        }
        self.strike(id, &was.watches, &way);
    }

    /// Gives up what a place used on the way that it had and does not on the one that it has.
    fn strike(&mut self, id: u64, was: &BTreeMap<WatchDescriptor, BTreeSet<Use>>, now: &Way) {
        for (wd, uses) in was {
            let kept = now.watches.get(wd);
            for gone in uses.iter().filter(|gone| kept.is_none_or(|kept| !kept.contains(gone))) {
                self.release(*wd, |node| gone.strike(node, id));
            }
        }
    }

    /// Walks to the folder, each step watched before it is looked at.
    fn walk(&mut self, id: u64, folder: &Path) -> Way {
        let mut way = Way::default();
        let mut at = PathBuf::from("/");
        let mut rest: Vec<OsString> = steps(folder);
        for _ in 0..STEPS {
            let Some(name) = rest.pop() else {
                self.step(id, &at, content() | own() | Flags::IN_ONLYDIR, Use::List, &mut way);
                way.found = identity(&at);
                return way;
            };
            match name.to_str() {
                Some("/") => at = PathBuf::from("/"),
                Some("..") => {
                    at.pop();
                }
                _ => {
                    let next = at.join(&name);
                    self.step(id, &next, own() | Flags::IN_DONT_FOLLOW, Use::Way, &mut way);
                    match fs::symlink_metadata(&next) {
                        Ok(there) if there.is_dir() => at = next,
                        Ok(there) if there.is_symlink() => {
                            // Gone again: the next turn finds that it is.
                            let target = fs::read_link(&next).unwrap_or_else(|_| PathBuf::from(&name));
                            rest.extend(steps(&target));
                        }
                        _ => {
                            let missing = Use::Missing(name.clone());
                            self.step(id, &at, structural() | own() | Flags::IN_ONLYDIR, missing, &mut way);
                            let appeared = fs::metadata(&next).is_ok_and(|there| there.is_dir());
                            if !appeared {
                                return way;
                            }
                            rest.push(name);
                        }
                    }
                }
            }
        }
        way.complaint = Some(format!("{} cannot be found: its links go round in a circle", folder.display()));
        way
    }

    fn step(&mut self, id: u64, path: &Path, flags: Flags, what: Use, way: &mut Way) {
        match self.add(path, flags, |node| what.note(node, id)) {
            Ok(wd) => way.watches.entry(wd).or_default().extend([what]),
            // It is not there, which the next look tells.
            Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            Err(error) => way.complaint = Some(in_words(path, error)),
        }
    }
}

/// The steps of a path, the first one last.
fn steps(path: &Path) -> Vec<OsString> {
    let steps = path.components().filter(|step| *step != Component::CurDir);
    steps.rev().map(|step| step.as_os_str().to_owned()).collect()
}
