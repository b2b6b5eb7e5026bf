//! The limit of memory, measured from outside: what the process holds, against what it may.

use std::fmt::Write;
use std::process::{Command, Stdio};

/// Independent counters: 5^24 markings, more than any memory holds.
fn endless() -> String {
    let mut nodes = String::new();
    for n in 0..24 {
        write!(
            nodes,
            "<place id=\"a{n}\"><initialMarking><text>4</text></initialMarking></place><place id=\"b{n}\"/>\
             <transition id=\"t{n}\"/><transition id=\"u{n}\"/>\
             <arc id=\"i{n}\" source=\"a{n}\" target=\"t{n}\"/><arc id=\"j{n}\" source=\"t{n}\" target=\"b{n}\"/>\
             <arc id=\"k{n}\" source=\"b{n}\" target=\"u{n}\"/><arc id=\"l{n}\" source=\"u{n}\" target=\"a{n}\"/>"
        )
        .expect("writing to a string succeeds");
    }
    format!(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\
         <net id=\"endless\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\"><page id=\"page\">{nodes}</page></net></pnml>"
    )
}

/// What a running process has held at most, in bytes.
fn peak(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<usize>().ok()? << 10)
}

#[test]
fn a_search_ends_undecided_within_five_per_cent_of_its_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("model.pnml"), endless()).expect("the folder can be written to");
    for (mebibytes, threads) in [("150", "1"), ("200", "2"), ("200", "12")] {
        let mut pn = Command::new(env!("CARGO_BIN_EXE_pn"))
            .args(["mcc", "--examination", "StateSpace", "--memory", mebibytes, "--threads", threads])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut most = 0;
        while pn.try_wait().expect("the child can be waited for").is_none() {
            most = most.max(peak(pn.id()).unwrap_or(0));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let output = pn.wait_with_output().expect("the child has ended");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "CANNOT_COMPUTE\n");
        let limit: usize = mebibytes.parse::<usize>().expect("a number") << 20;
        assert!(most <= limit / 100 * 105, "{most} bytes of {limit}");
        assert!(most >= limit / 100 * 80, "{most} bytes of {limit}");
    }
}
