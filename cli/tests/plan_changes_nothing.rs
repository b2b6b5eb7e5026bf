//! `pn plan` changes no file, no process, no package: everything that it could change is compared
//! before and after, for every example and for an action of every kind.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod pn;

use pn::{Bench, pnml};
use std::collections::BTreeMap;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file as it would be if nobody touched it: all that the system keeps but the time of reading.
#[derive(PartialEq, Eq, Debug)]
struct Kept {
    content: Vec<u8>,
    inode: u64,
    mode: u32,
    owner: (u32, u32),
    links: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

fn tree(folder: &Path) -> BTreeMap<PathBuf, Kept> {
    let mut kept = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let about = std::fs::symlink_metadata(&path).unwrap();
        let content = match about.file_type() {
            kind if kind.is_file() => std::fs::read(&path).unwrap(),
            kind if kind.is_symlink() => {
                std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            }
            _ => Vec::new(),
        };
        if about.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let file = Kept {
            content,
            inode: about.ino(),
            mode: about.mode(),
            owner: (about.uid(), about.gid()),
            links: about.nlink(),
            written: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        };
        kept.insert(path, file);
    }
    kept
}

/// What is installed on this machine, as far as it is a Debian.
fn packages() -> Option<(Vec<u8>, i64)> {
    let status = Path::new("/var/lib/dpkg/status");
    Some((std::fs::read(status).ok()?, std::fs::metadata(status).ok()?.mtime()))
}

/// The processes that carry this mark in their environment.
fn marked(mark: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let environments = processes.filter_map(|process| std::fs::read(process.path().join("environ")).ok());
    environments
        .filter(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()))
        .count()
}

/// `pn plan` with a home of its own; nothing may differ afterwards, and no process be left.
fn plan(bench: &Bench, arguments: &[&str]) -> String {
    let home = bench.file("home");
    let mark = format!("PN_PLAN_TEST={}", bench.path().display());
    let (before, installed) = (tree(bench.path()), packages());
    let mut command: Command = bench.command(arguments);
    let (name, value) = mark.split_once('=').unwrap();
    let output = command
        .env(name, value)
        .env("HOME", &home)
        .env("TMPDIR", bench.file("tmp"))
        .env_remove("XDG_STATE_HOME")
        .output()
        .unwrap();
    assert_eq!(marked(&mark), 0, "no process is left");
    assert!(tree(bench.path()) == before, "{arguments:?} changed a file");
    assert!(packages() == installed, "{arguments:?} changed a package");
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code().is_some_and(|code| code != 2), "{arguments:?}: {complaint}");
    said
}

fn bench() -> Bench {
    let bench = Bench::new();
    for folder in ["home", "tmp", "scratch", "runs"] {
        std::fs::create_dir(bench.file(folder)).unwrap();
    }
    bench
}

/// The nets of the examples, in whatever folder.
fn examples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => open.push(path),
                Some(kind) if kind == "pnml" => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[test]
fn planning_any_example_leaves_no_trace() {
    let examples = examples();
    assert!(examples.len() >= 7);
    for example in examples {
        let bench = bench();
        let file = example.to_str().unwrap();
        // What an example puts below /tmp it puts into the bench here.
        let about = bench.json(&["info", file, "--json"]);
        let parameters = about["parameters"].as_array().unwrap().iter().filter_map(|parameter| {
            let default = parameter["default"].as_str()?;
            let below = default.strip_prefix("/tmp/")?;
            let path = bench.file("scratch").join(below);
            Some(format!("{}={}", parameter["name"].as_str()?, path.display()))
        });
        let parameters: Vec<String> = parameters.collect();
        let mut arguments = vec!["plan", file, "--all-local"];
        arguments.extend(parameters.iter().flat_map(|parameter| ["--set", parameter.as_str()]));
        let empty = plan(&bench, &arguments);
        // Now something is there, to be looked at.
        for parameter in &parameters {
            let folder = PathBuf::from(parameter.split_once('=').unwrap().1);
            std::fs::create_dir_all(folder.join("db")).unwrap();
            std::fs::write(folder.join("live"), "something else\n").unwrap();
        }
        let again = plan(&bench, &arguments);
        assert_eq!(empty.is_empty(), again.is_empty());
    }
}

#[test]
fn planning_an_action_of_every_kind_does_none_of_them() {
    let bench = bench();
    let at = |name: &str| bench.file("scratch").join(name).display().to_string();
    let program = |name: &str, text: &str| {
        std::fs::write(at(name), text).unwrap();
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    // Asked to apply, they would leave a trace; asked to check, they tell a difference.
    let traces = at("traces");
    std::fs::create_dir(&traces).unwrap();
    program(
        "plugin",
        &format!(
            "#!/bin/sh\nread request\ncase $request in *check*) echo '{{\"result\":\"diff\",\"message\":\"wanted\"}}';; *) echo applied >> {traces}/plugin;; esac\n"
        ),
    );
    program("ssh", &format!("#!/bin/sh\necho connected >> {traces}/ssh\n"));
    let (server, asked) = server();
    let param = |name: &str, value: &str| format!("<param name=\"{name}\">{value}</param>");
    let action = |kind: &str, params: &[(&str, &str)]| {
        let params: String = params.iter().map(|(name, value)| param(name, value)).collect();
        format!("<action kind=\"{kind}\">{params}</action>")
    };
    std::fs::write(at("there"), "old\n").unwrap();
    let actions = [
        action("exec", &[("cmd", &format!("echo x >> {traces}/exec"))]),
        action("exec", &[("cmd", &format!("echo x >> {traces}/guarded")), ("unless", "false")]),
        action("file", &[("path", &at("new")), ("content", "x")]),
        action("file", &[("path", &at("there")), ("content", "new"), ("mode", "0600")]),
        action("file", &[("path", &at("there")), ("state", "absent")]),
        action("file", &[("path", &at("folder")), ("state", "directory")]),
        action("http", &[("url", &format!("{server}/change")), ("method", "POST"), ("body", "x")]),
        action("package", &[("name", "pn-no-such-package")]),
        action("service", &[("name", "pn-no-such-unit"), ("state", "running"), ("enabled", "true")]),
        action("plugin", &[("path", &at("plugin"))]),
        action("ssh", &[("host", "pn-no-such-host.invalid"), ("cmd", "true"), ("program", &at("ssh"))]),
        action("value", &[("name", "v"), ("value", "1")]),
        action("timer", &[("after", "1h")]),
        action("noop", &[]),
    ];
    let names: Vec<String> = (0..actions.len()).map(|index| format!("t{index}")).collect();
    let places: Vec<String> = (0..=actions.len()).map(|index| format!("p{index}")).collect();
    let marked: Vec<String> = std::iter::once("p0*1".to_owned()).chain(places[1..].iter().cloned()).collect();
    let marked: Vec<&str> = marked.iter().map(String::as_str).collect();
    let transitions: Vec<(&str, &str, &str, &str)> = (0..actions.len())
        .map(|i| (names[i].as_str(), actions[i].as_str(), places[i].as_str(), places[i + 1].as_str()))
        .collect();
    bench.write("net.pnml", &pnml("kinds", "", &marked, &transitions));
    let said = plan(&bench, &["plan", "net.pnml"]);
    assert!(said.contains("14 actions looked at, nothing was changed"), "{said}");
    assert!(std::fs::read_dir(&traces).unwrap().next().is_none(), "{said}");
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nothing was sent");
}

/// A server that counts who comes.
fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 1024]);
        }
    });
    (address, asked)
}
