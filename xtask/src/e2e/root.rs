//! The root of a small Debian, made once by `debootstrap` and unpacked from a cache afterwards.

use super::{Done, Freshness, Halt, host, wrong};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the root holds besides the base: an init with its bus, as the kinds need them.
const INCLUDED: &str = "--include=systemd,dbus,systemd-sysv";

/// Whether it can be done on this host at all.
pub(super) fn possible() -> Done<()> {
    let skip = |why: &str| Err(Halt::Skip(why.to_owned()));
    match host("id", &["-u"]) {
        Ok(id) if id.trim() == "0" => {}
        _ => return skip("it boots a system of its own, for which it has to run as root"),
    }
    for (program, package) in [("debootstrap", "debootstrap"), ("systemd-nspawn", "systemd-container")] {
        if host(program, &["--version"]).is_err() {
            return Err(Halt::Skip(format!(
                "there is no {program} here; install it with apt install {package}"
            )));
        }
    }
    match Path::new("/proc/self/ns/pid").exists() {
        true => Ok(()),
        false => skip("this kernel has no namespaces"),
    }
}

/// A root that is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Root {
    folder: PathBuf,
}

impl Root {
    pub(super) fn make(fresh: Freshness) -> Done<Self> {
        let cache = cache()?;
        let codename = codename();
        let plain = cache.join(format!("{codename}.tar"));
        if fresh == Freshness::Fresh {
            let _ = fs::remove_file(&plain);
        }
        let root = Self { folder: cache.join(format!("run-{}", std::process::id())) };
        let _ = fs::remove_dir_all(&root.folder);
        fs::create_dir_all(&root.folder).map_err(|error| wrong(format!("cannot make a folder: {error}")))?;
        match plain.exists() {
            true => drop(tar(&["-xf", &text(&plain), "-C", &text(&root.path())], &root.path())?),
            false => root.bootstrap(&codename, &plain)?,
        }
        root.configure()?;
        Ok(root)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("root")
    }

    fn bootstrap(&self, codename: &str, plain: &Path) -> Done<()> {
        let mirror = mirror();
        println!("      making the root of {codename} from {mirror}");
        let path = self.path();
        let arguments = ["--variant=minbase", INCLUDED, codename, &text(&path), &mirror];
        host("debootstrap", &arguments).map_err(|said| {
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            Halt::Skip(format!("the root cannot be made from {mirror}: {last}"))
        })?;
        let part = plain.with_extension("part");
        tar(&["-cf", &text(&part), "-C", &text(&self.path()), "."], &self.path())?;
        fs::rename(&part, plain).map_err(|error| wrong(format!("cannot keep the root: {error}")))
    }

    /// The guest reaches the mirror as this host does.
    fn configure(&self) -> Done<()> {
        let failed = |error: std::io::Error| wrong(format!("cannot set the root up: {error}"));
        let etc = self.path().join("etc");
        for file in ["resolv.conf", "hosts"] {
            fs::copy(Path::new("/etc").join(file), etc.join(file)).map_err(failed)?;
        }
        let sources = Path::new("/etc/apt/sources.list.d/debian.sources");
        if sources.exists() {
            fs::copy(sources, etc.join("apt/sources.list.d/debian.sources")).map_err(failed)?;
            let _ = fs::remove_file(etc.join("apt/sources.list"));
        }
        let said = host("apt-config", &["dump"]).unwrap_or_default();
        let proxies = said.lines().filter(|line| line.contains("::Proxy "));
        let proxies: String = proxies.map(|line| format!("{line}\n")).collect();
        fs::write(etc.join("apt/apt.conf.d/99proxy"), proxies).map_err(failed)?;
        fs::write(etc.join("hostname"), "web1\n").map_err(failed)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let below = |line: &str| line.contains(&*text(&self.folder));
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        // Never through something that is mounted there.
        if !mounts.lines().any(below) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Where roots are kept between tests: outside the repository.
fn cache() -> Done<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    base.map(|base| base.join("pn-e2e"))
        .ok_or_else(|| Halt::Skip("neither XDG_CACHE_HOME nor HOME is set".into()))
}

/// The release of this host, where it is Debian.
fn codename() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = |name: &str| release.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    match value("ID=").as_deref() {
        Some("debian") => value("VERSION_CODENAME=").unwrap_or_else(|| "bookworm".to_owned()),
        _ => "bookworm".to_owned(),
    }
}

/// The mirror that this host uses.
fn mirror() -> String {
    let sources = fs::read_to_string("/etc/apt/sources.list.d/debian.sources").unwrap_or_default();
    let mirror = sources.lines().find_map(|line| line.strip_prefix("URIs:"));
    mirror.map_or_else(|| "http://deb.debian.org/debian".to_owned(), |uri| uri.trim().to_owned())
}

fn tar(arguments: &[&str], folder: &Path) -> Done<()> {
    fs::create_dir_all(folder).map_err(|error| wrong(format!("cannot make a folder: {error}")))?;
    let status = Command::new("tar").args(["--numeric-owner", "--xattrs"]).args(arguments).status();
    match status.as_ref().is_ok_and(std::process::ExitStatus::success) {
        true => Ok(()),
        false => Err(wrong(format!("tar fails: {status:?}"))),
    }
}

fn text(path: &Path) -> std::borrow::Cow<'_, str> {
    path.to_string_lossy()
}
