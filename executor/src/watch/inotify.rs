//! Paths, watched through the kernel's inotify(7).
//!
//! A *place* is a folder with the names in it that somebody asks about: one watch on the folder
//! serves them all. Every folder and symbolic link on the way to it is watched for being moved or
//! deleted, and nothing else, so what goes on beside the way costs nothing. Where the way ends
//! early, the last folder that is there is watched for the name that is missing. A *tree* has a
//! watch on each folder in it.
//!
//! Order is what makes it right: a watch is set first and what is there is looked at afterwards,
//! so whatever comes between is seen by one of the two. A queue that overflows means that
//! everything is found anew and counts as touched. Two things no event tells: that something was
//! mounted over a folder, and that a deleted folder which somebody still stands in was made anew;
//! [`Paths::verify`] finds both by comparing the folders' identities.
//!
//! Cost: two system calls for each folder on a way, O(1) for each event and asker.

mod place;
#[cfg(test)]
mod tests;
mod tree;

use nix::errno::Errno;
use nix::libc;
use nix::sys::inotify::{AddWatchFlags as Flags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};
use place::Place;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// A path of which changes are to be noticed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct WatchedPath {
    pub(crate) path: PathBuf,
    pub(crate) reach: Reach,
}

/// What belongs to a watched path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Reach {
    /// What is at the path, be it a symbolic link.
    Itself,
    /// What is at the end of the links that the path may be.
    Target,
    /// Everything below it, at the end of such links, too.
    Tree,
}

/// A way may go through so many symbolic links, as in the kernel.
const LINKS: usize = 40;

/// Moved away or deleted: what is watched of the folders and links on a way.
fn own() -> Flags {
    Flags::IN_MOVE_SELF | Flags::IN_DELETE_SELF
}

/// A name comes or goes: what is watched of a folder in which one is missing.
fn structural() -> Flags {
    Flags::IN_CREATE | Flags::IN_DELETE | Flags::IN_MOVED_FROM | Flags::IN_MOVED_TO
}

/// What is watched of a folder for what its names stand for.
fn content() -> Flags {
    structural() | Flags::IN_MODIFY | Flags::IN_CLOSE_WRITE | Flags::IN_ATTRIB
}

/// Who uses a watch, and for what.
#[derive(Debug)]
struct Node<K> {
    /// Places whose way leads through it.
    ways: BTreeSet<u64>,
    /// Places whose folder it is.
    lists: BTreeSet<u64>,
    /// Places that wait for a name to appear in it.
    missing: BTreeMap<OsString, BTreeSet<u64>>,
    /// Askers of whose tree it is a folder.
    trees: BTreeSet<K>,
}

impl<K> Node<K> {
    const EMPTY: Self = Self {
        ways: BTreeSet::new(),
        lists: BTreeSet::new(),
        missing: BTreeMap::new(),
        trees: BTreeSet::new(),
    };

    fn is_unused(&self) -> bool {
        self.ways.is_empty() && self.lists.is_empty() && self.missing.is_empty() && self.trees.is_empty()
    }
}

/// What somebody has asked for, and where it is kept.
#[derive(Debug, Default)]
struct Asked {
    wanted: Vec<WatchedPath>,
    names: BTreeSet<(u64, OsString)>,
    trees: BTreeSet<WatchDescriptor>,
}

impl Asked {
    /// Whether what is there decides what has to be watched.
    fn follows(&self) -> bool {
        self.wanted.iter().any(|wanted| wanted.reach != Reach::Itself)
    }
}

/// What a batch of events comes to.
#[derive(Debug)]
struct Happened<K> {
    overflow: bool,
    /// Whose paths something has happened to.
    touched: BTreeSet<K>,
    /// Whose links and trees may have changed.
    again: BTreeSet<K>,
    /// Places that may be elsewhere.
    places: BTreeSet<u64>,
    /// Places in which something was deleted, perhaps before they were.
    doubtful: BTreeSet<u64>,
}

impl<K> Default for Happened<K> {
    fn default() -> Self {
        Self {
            overflow: false,
            touched: BTreeSet::new(),
            again: BTreeSet::new(),
            places: BTreeSet::new(),
            doubtful: BTreeSet::new(),
        }
    }
}

/// The paths of many askers on one inotify instance.
#[derive(Debug)]
pub(crate) struct Paths<K> {
    inotify: Inotify,
    nodes: HashMap<WatchDescriptor, Node<K>>,
    places: BTreeMap<u64, Place<K>>,
    by_folder: HashMap<PathBuf, u64>,
    next: u64,
    asked: BTreeMap<K, Asked>,
    /// Watches and places that may no longer be needed.
    idle: BTreeSet<WatchDescriptor>,
    vacant: BTreeSet<u64>,
    /// What could not be watched, by asker, since it was last told.
    complaints: BTreeMap<K, String>,
}

impl<K: Copy + Ord> Paths<K> {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            inotify: Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?,
            nodes: HashMap::new(),
            places: BTreeMap::new(),
            by_folder: HashMap::new(),
            next: 0,
            asked: BTreeMap::new(),
            idle: BTreeSet::new(),
            vacant: BTreeSet::new(),
            complaints: BTreeMap::new(),
        })
    }

    /// Becomes readable when something has happened.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Watches these paths for `who`, and no others. What is there is to be looked at afterwards.
    pub(crate) fn watch(&mut self, who: K, wanted: &[WatchedPath]) {
        self.install(who, wanted.to_vec());
        self.sweep();
    }

    /// Watches nothing for `who` any more.
    pub(crate) fn forget(&mut self, who: K) {
        self.remove(who);
        self.sweep();
    }

    /// What could not be watched, and why; told once.
    pub(crate) fn complaints(&mut self) -> BTreeMap<K, String> {
        std::mem::take(&mut self.complaints)
    }

    /// Whose paths something has happened to.
    pub(crate) fn read(&mut self) -> BTreeSet<K> {
        let mut happened = Happened::default();
        loop {
            match self.inotify.read_events() {
                Ok(events) => events.iter().for_each(|event| self.sort(event, &mut happened)),
                Err(Errno::EINTR) => {}
                // Nothing more to read; any other error comes again at the next reading.
                Err(_) => break,
            }
        }
        self.settle(happened)
    }

    /// Finds the folders that are no longer where they were although no event told.
    pub(crate) fn verify(&mut self) -> BTreeSet<K> {
        let places = self.places.iter().filter(|(_, place)| !place.is_where_it_was());
        let places = places.map(|(id, _)| *id).collect();
        self.settle(Happened { places, ..Happened::default() })
    }

    /// What an event means.
    fn sort(&mut self, event: &InotifyEvent, happened: &mut Happened<K>) {
        if event.mask.contains(Flags::IN_Q_OVERFLOW) {
            happened.overflow = true;
            return;
        }
        let Some(node) = self.nodes.get(&event.wd) else { return };
        let comes_or_goes = event.mask.intersects(structural());
        match &event.name {
            None if event.mask.intersects(own() | Flags::IN_IGNORED | Flags::IN_UNMOUNT) => {
                happened.places.extend(node.ways.iter().chain(&node.lists));
                happened.places.extend(node.missing.values().flatten());
                happened.touched.extend(&node.trees);
                happened.again.extend(&node.trees);
            }
            None => happened.touched.extend(&node.trees),
            Some(name) => {
                for id in &node.lists {
                    let askers = self.places[id].names.get(name).into_iter().flatten();
                    let before = happened.touched.len();
                    happened.touched.extend(askers.clone());
                    if comes_or_goes {
                        happened.again.extend(askers);
                    }
                    if happened.touched.len() > before && event.mask.contains(Flags::IN_DELETE) {
                        happened.doubtful.insert(*id);
                    }
                }
                if comes_or_goes {
                    happened.places.extend(node.missing.get(name).into_iter().flatten());
                }
                happened.touched.extend(&node.trees);
                if comes_or_goes && event.mask.contains(Flags::IN_ISDIR) {
                    happened.again.extend(&node.trees);
                }
            }
        }
        if event.mask.contains(Flags::IN_IGNORED) {
            self.nodes.remove(&event.wd);
            self.idle.remove(&event.wd);
        }
    }

    /// Finds anew what has moved; everybody who may be concerned.
    fn settle(&mut self, happened: Happened<K>) -> BTreeSet<K> {
        let Happened { overflow, mut touched, mut again, mut places, doubtful } = happened;
        if overflow {
            places.extend(self.places.keys());
            again.extend(self.asked.keys());
            touched.extend(self.asked.keys());
        }
        let moved = |id: &u64| self.places.get(id).is_some_and(|place| !place.is_where_it_was());
        places.extend(doubtful.into_iter().filter(moved).collect::<Vec<_>>());
        for id in places {
            if self.places.contains_key(&id) {
                self.find(id);
                let askers: BTreeSet<K> = self.places[&id].names.values().flatten().copied().collect();
                again.extend(&askers);
                touched.extend(askers);
            }
        }
        for who in again {
            if let Some(asked) = self.asked.get_mut(&who).filter(|asked| asked.follows()) {
                let wanted = std::mem::take(&mut asked.wanted);
                self.install(who, wanted);
            }
        }
        self.sweep();
        touched
    }

    fn install(&mut self, who: K, wanted: Vec<WatchedPath>) {
        self.remove(who);
        self.asked.insert(who, Asked::default());
        for watched in &wanted {
            self.attach(who, watched);
        }
        self.asked.entry(who).or_default().wanted = wanted;
    }

    /// Watches the name of a path in its folder, and those of the links that it may be.
    fn attach(&mut self, who: K, watched: &WatchedPath) {
        let mut path = watched.path.clone();
        for _ in 0..LINKS {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { break };
            self.ask(who, folder, name.to_owned());
            if watched.reach == Reach::Itself {
                return;
            }
            match fs::read_link(&path) {
                Ok(target) => path = folder.join(target),
                Err(_) => break,
            }
        }
        if watched.reach == Reach::Tree {
            self.climb(who, &path);
        }
    }

    fn remove(&mut self, who: K) {
        let Some(asked) = self.asked.remove(&who) else { return };
        for wd in asked.trees {
            self.release(wd, |node| {
                node.trees.remove(&who);
            });
        }
        for (id, name) in asked.names {
            self.dismiss(who, id, &name);
        }
    }

    /// Adds to what is watched of whatever is at `path`.
    fn add(
        &mut self,
        path: &Path,
        flags: Flags,
        note: impl FnOnce(&mut Node<K>),
    ) -> Result<WatchDescriptor, Errno> {
        let wd = self.inotify.add_watch(path, flags | Flags::from_bits_retain(libc::IN_MASK_ADD))?;
        note(self.nodes.entry(wd).or_insert(Node::EMPTY));
        Ok(wd)
    }

    /// A watch is used less.
    fn release(&mut self, wd: WatchDescriptor, note: impl FnOnce(&mut Node<K>)) {
        if let Some(node) = self.nodes.get_mut(&wd) {
            note(node);
            self.idle.insert(wd);
        }
    }

    /// Removes the watches that nobody uses.
    fn sweep(&mut self) {
        self.clear();
        for wd in std::mem::take(&mut self.idle) {
            if self.nodes.get(&wd).is_some_and(Node::is_unused) {
                self.nodes.remove(&wd);
                // It fails where the kernel has removed it before us.
                let _ = self.inotify.rm_watch(wd);
            }
        }
    }

    fn complain(&mut self, who: K, complaint: &str) {
        self.complaints.entry(who).or_insert_with(|| complaint.to_owned());
    }
}

/// Why something cannot be watched.
fn in_words(path: &Path, error: Errno) -> String {
    let path = path.display();
    match error {
        Errno::ENOSPC => {
            format!("{path} cannot be watched: the limit fs.inotify.max_user_watches is reached")
        }
        error => format!("{path} cannot be watched: {}", error.desc()),
    }
}
