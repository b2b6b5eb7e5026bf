//! `cargo xtask e2e`: a real Debian is made, booted, deployed to with `pn`, broken and repaired.
//!
//! The root is made by `debootstrap` and booted by `systemd-nspawn`, so packages, units and the
//! system's D-Bus are real. Everything that is claimed is looked at from outside `pn`: with
//! `dpkg-query`, `systemctl` and requests to the web server. Needs root and a mirror of Debian;
//! where something is missing it says what, and ends with success, as nothing was found wrong.

mod guest;
mod kinds;
mod root;
mod web_server;

use guest::Guest;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// How a part of the test ended before its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It cannot be done here; why.
    Skip(String),
    /// Something is wrong; what.
    Wrong(String),
}

type Done<T> = Result<T, Halt>;

/// What is wrong, for `map_err` and the like.
fn wrong(what: impl Into<String>) -> Halt {
    Halt::Wrong(what.into())
}

const USAGE: &str = "usage: cargo xtask e2e [--pn PROGRAM] [--fresh] [kinds | web-server]...\n";

/// A part of the test, which runs in a system of its own.
type Part = fn(&Guest, &Path) -> Done<()>;

/// The parts, by name.
const PARTS: [(&str, Part); 2] = [("kinds", |guest, _| kinds::test(guest)), ("web-server", web_server::test)];

/// What was asked for.
#[derive(Debug, Default)]
struct Options {
    /// The `pn` to test, instead of a release build.
    pn: Option<PathBuf>,
    /// The cached root is made again.
    fresh: Freshness,
    /// The parts that are asked for; all where none is named.
    parts: Vec<(&'static str, Part)>,
}

/// Whether the root that an earlier test made may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Freshness {
    #[default]
    Cached,
    Fresh,
}

pub(crate) fn run(workspace: &Path, arguments: &[&str]) -> ExitCode {
    let Some(options) = options(arguments) else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    match test(workspace, &options) {
        Ok(()) => {
            println!("e2e: everything is as it should be");
            ExitCode::SUCCESS
        }
        Err(Halt::Skip(why)) => {
            println!("e2e: skipped: {why}");
            ExitCode::SUCCESS
        }
        Err(Halt::Wrong(what)) => {
            println!("e2e: FAILED: {what}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: &[&str]) -> Option<Options> {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--pn" => options.pn = Some(PathBuf::from(arguments.next()?)),
            "--fresh" => options.fresh = Freshness::Fresh,
            name => options.parts.push(*PARTS.iter().find(|(known, _)| *known == name)?),
        }
    }
    if options.parts.is_empty() {
        options.parts = PARTS.to_vec();
    }
    Some(options)
}

fn test(workspace: &Path, options: &Options) -> Done<()> {
    root::possible()?;
    let pn = match &options.pn {
        Some(pn) => pn.clone(),
        None => release(workspace)?,
    };
    let mut fresh = options.fresh;
    for (name, part) in &options.parts {
        println!("{name}");
        let begun = Instant::now();
        let root = root::Root::make(fresh)?;
        fresh = Freshness::Cached;
        println!("      root ready after {:.1?}", begun.elapsed());
        let begun = Instant::now();
        let mut guest = Guest::boot(root)?;
        println!("      booted after {:.1?}", begun.elapsed());
        let result = install(&guest, &pn).and_then(|()| part(&guest, workspace));
        let begun = Instant::now();
        let ended = guest.shut_down();
        println!("      shut down after {:.1?}", begun.elapsed());
        result.and(ended)?;
    }
    Ok(())
}

/// Builds `pn` as it is released.
fn release(workspace: &Path) -> Done<PathBuf> {
    println!("      building pn");
    let status = crate::cargo(workspace).args(["build", "--release", "-p", "pn-cli"]).status();
    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
        return Err(wrong(format!("cannot build pn: {status:?}")));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), PathBuf::from);
    Ok(target.join("release/pn"))
}

fn install(guest: &Guest, pn: &Path) -> Done<()> {
    guest.copy_in(pn, "/usr/local/bin/pn")?;
    guest.run("pn --version").map(drop)
}

/// Runs a program of this host to its end and hands over what it says.
fn host(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.success() {
        true => Ok(text),
        false => Err(format!(
            "{program} ends with {}: {text}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// Tells that a step went well.
fn told(begun: Instant, what: &str) {
    println!("{:>8.2} s  {what}", begun.elapsed().as_secs_f64());
}
