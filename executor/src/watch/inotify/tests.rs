//! Against the real kernel, in temporary folders.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use super::*;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::unix::fs::symlink;
use tempfile::{TempDir, tempdir};

/// A folder to work in, and a number for each watched path.
struct World {
    paths: Paths<u32>,
    folder: TempDir,
}

fn world() -> World {
    World { paths: Paths::new().unwrap(), folder: tempdir().unwrap() }
}

impl World {
    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn watch(&mut self, who: u32, path: &str, reach: Reach) {
        let path = self.at(path);
        self.paths.watch(who, &[WatchedPath { path, reach }]);
    }

    fn write(&self, path: &str) {
        fs::write(self.at(path), path).unwrap();
    }

    fn folder(&self, path: &str) {
        fs::create_dir_all(self.at(path)).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.at(from), self.at(to)).unwrap();
    }

    /// Whose paths have been touched since the last time. The kernel queues an event before the
    /// call that causes it returns, so nothing has to be waited for.
    fn touched(&mut self) -> Vec<u32> {
        let mut fds = [PollFd::new(self.paths.fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO).unwrap();
        self.paths.read().into_iter().collect()
    }
}

#[test]
fn files_of_one_folder_share_one_watch_and_are_told_apart() {
    let mut world = world();
    let depth = world.folder.path().components().count();
    (0..10_000).for_each(|who| world.watch(who, &format!("file{who}"), Reach::Itself));
    assert!(world.paths.nodes.len() <= depth, "{} watches", world.paths.nodes.len());
    world.write("file7");
    world.write("another");
    assert_eq!(world.touched(), [7]);
    fs::remove_file(world.at("file7")).unwrap();
    world.rename("another", "file9");
    assert_eq!(world.touched(), [7, 9]);
    fs::set_permissions(world.at("file9"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(world.touched(), [9]);
    (0..10_000).for_each(|who| world.paths.forget(who));
    assert_eq!(world.paths.nodes.len(), 0);
}

#[test]
fn a_file_is_noticed_whose_parents_come_one_by_one() {
    let mut world = world();
    world.watch(1, "a/b/c/file", Reach::Itself);
    world.folder("a");
    world.touched();
    world.folder("a/b");
    world.touched();
    world.folder("a/b/c");
    world.touched();
    world.write("a/b/c/file");
    assert_eq!(world.touched(), [1]);
    world.write("a/b/c/other");
    assert_eq!(world.touched(), Vec::<u32>::new());
    // All at once, without a look in between.
    world.watch(2, "x/y/z/file", Reach::Itself);
    world.folder("x/y/z");
    world.write("x/y/z/file");
    assert_eq!(world.touched(), [2]);
    world.write("x/y/z/file");
    assert_eq!(world.touched(), [2]);
}

#[test]
fn a_folder_that_is_moved_takes_its_file_away_and_brings_it_back() {
    let mut world = world();
    world.folder("a/b");
    world.write("a/b/file");
    world.watch(1, "a/b/file", Reach::Itself);
    world.rename("a", "elsewhere");
    assert_eq!(world.touched(), [1]);
    world.write("elsewhere/b/file");
    assert_eq!(world.touched(), Vec::<u32>::new(), "it is another file now");
    world.rename("elsewhere", "a");
    assert_eq!(world.touched(), [1]);
    world.write("a/b/file");
    assert_eq!(world.touched(), [1]);
    world.folder("new/b");
    world.rename("a", "old");
    world.rename("new", "a");
    assert_eq!(world.touched(), [1]);
    world.write("a/b/file");
    assert_eq!(world.touched(), [1]);
}

#[test]
fn a_folder_that_is_deleted_and_made_anew_is_watched_again() {
    let mut world = world();
    world.folder("a/b");
    world.watch(1, "a/b/file", Reach::Itself);
    for _ in 0..3 {
        fs::remove_dir_all(world.at("a")).unwrap();
        world.folder("a/b");
        assert_eq!(world.touched(), [1]);
        world.write("a/b/file");
        assert_eq!(world.touched(), [1]);
    }
}

#[test]
fn a_deleted_folder_that_somebody_stands_in_is_found_by_comparing() {
    let mut world = world();
    world.folder("a");
    world.watch(1, "a/file", Reach::Itself);
    let kept_open = fs::File::open(world.at("a")).unwrap();
    fs::remove_dir(world.at("a")).unwrap();
    world.folder("a");
    world.touched();
    world.paths.verify();
    world.write("a/file");
    assert_eq!(world.touched(), [1]);
    assert_eq!(world.paths.verify(), BTreeSet::new());
    drop(kept_open);
}

#[test]
fn links_on_the_way_and_at_its_end_are_followed() {
    let mut world = world();
    ["one", "two", "data"].iter().for_each(|folder| world.folder(folder));
    symlink("one", world.at("current")).unwrap();
    world.write("data/file");
    symlink(world.at("data/file"), world.at("one/file")).unwrap();
    world.watch(1, "current/file", Reach::Itself);
    world.watch(2, "current/file", Reach::Target);
    world.write("data/file");
    assert_eq!(world.touched(), [2], "only who asks for the target");
    fs::remove_file(world.at("one/file")).unwrap();
    world.write("one/file");
    assert_eq!(world.touched(), [1, 2]);
    world.write("data/file");
    assert_eq!(world.touched(), Vec::<u32>::new(), "it is no longer where the path leads");
    // As `ln -sfn` and deployments do.
    symlink("two", world.at("next")).unwrap();
    world.rename("next", "current");
    assert_eq!(world.touched(), [1, 2]);
    world.write("two/file");
    assert_eq!(world.touched(), [1, 2]);
    world.write("one/file");
    assert_eq!(world.touched(), Vec::<u32>::new());
}

#[test]
fn links_in_a_circle_are_told_and_not_followed_for_ever() {
    let mut world = world();
    symlink("b", world.at("a")).unwrap();
    symlink("a", world.at("b")).unwrap();
    world.watch(1, "a/file", Reach::Target);
    let complaints = world.paths.complaints();
    assert!(complaints[&1].ends_with("its links go round in a circle"), "{complaints:?}");
}

#[test]
fn a_tree_is_watched_at_every_depth_as_it_grows() {
    let mut world = world();
    world.folder("tree/a/b");
    world.watch(1, "tree", Reach::Tree);
    world.write("tree/a/b/file");
    assert_eq!(world.touched(), [1]);
    world.folder("tree/c/d/e");
    assert_eq!(world.touched(), [1]);
    world.write("tree/c/d/e/file");
    assert_eq!(world.touched(), [1]);
    world.rename("tree/c", "outside");
    assert_eq!(world.touched(), [1]);
    world.write("outside/d/e/file");
    assert_eq!(world.touched(), Vec::<u32>::new());
    world.rename("outside", "tree/back");
    assert_eq!(world.touched(), [1]);
    world.write("tree/back/d/e/file");
    assert_eq!(world.touched(), [1]);
    fs::remove_dir_all(world.at("tree")).unwrap();
    assert_eq!(world.touched(), [1]);
    world.folder("tree/x");
    assert_eq!(world.touched(), [1]);
    world.write("tree/x/file");
    assert_eq!(world.touched(), [1]);
    world.paths.forget(1);
    assert_eq!(world.paths.nodes.len(), 0);
}

#[test]
fn when_the_queue_overflows_everybody_is_touched() {
    let mut world = world();
    world.folder("quiet");
    world.watch(1, "quiet/file", Reach::Itself);
    world.watch(2, "loud/file", Reach::Itself);
    let longest: usize =
        fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
    world.folder("loud");
    world.touched();
    ["loud/one", "loud/two"].iter().for_each(|path| world.write(path));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    for path in ["loud/one", "loud/two"].map(|path| world.at(path)).iter().cycle().take(longest + 1) {
        // Never the same twice: of events that are alike the kernel keeps one.
        fs::set_permissions(path, fs::Permissions::clone(&mode)).unwrap();
    }
    assert_eq!(world.touched(), [1, 2]);
    world.write("quiet/file");
    assert_eq!(world.touched(), [1]);
}

#[test]
fn nothing_is_left_open_after_hundreds_of_instances() {
    let open = || fs::read_dir("/proc/self/fd").unwrap().count();
    let mut world = world();
    world.folder("a/b");
    let before = open();
    for round in 0..200_u32 {
        let mut paths = Paths::new().unwrap();
        let path = world.at(&format!("a/b/file{round}"));
        paths.watch(round, &[WatchedPath { path, reach: Reach::Target }]);
        world.watch(1, "a", if round % 2 == 0 { Reach::Tree } else { Reach::Itself });
    }
    world.paths.forget(1);
    assert_eq!(world.paths.nodes.len(), 0);
    // Other tests of this program run at the same time.
    assert!(open() < before + 50, "{before} descriptors before, {} after", open());
}
