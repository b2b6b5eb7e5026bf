//! Runs the real `pn` on small nets in a folder of its own, and shows what it says.

#![allow(dead_code, reason = "every test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with nets, in which `pn` is run.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    /// A bench with one file.
    pub(crate) fn with(name: &str, text: &str) -> Self {
        let bench = Self::new();
        bench.write(name, text);
        bench
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).expect("the folder is writable");
    }

    /// `pn` with these arguments, in the folder, its runs kept there.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pn"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.env("PN_RUNS", self.file("runs")).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("pn starts")
    }

    /// Standard output, standard error behind `!`, and the exit status if it is not 0.
    pub(crate) fn pn(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let mut text = String::from_utf8(output.stdout).expect("pn writes UTF-8");
        for line in String::from_utf8(output.stderr).expect("pn writes UTF-8").lines() {
            text.push_str(format!("! {line}").trim_end());
            text.push('\n');
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => text.push_str(&format!("exit {code}\n")),
            None => text.push_str("killed\n"),
        }
        text
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.output(arguments);
        serde_json::from_slice(&output.stdout).expect("the output is JSON")
    }
}

/// The annotation of a transition that runs a command.
pub(crate) fn exec(command: &str) -> String {
    format!(r#"<action kind="exec"><param name="cmd">{command}</param></action>"#)
}

/// A PNML file. `annotation` is the net's; places are `name` or `name*tokens`; a transition is its
/// name, its annotation, what it takes and what it gives, separated by blanks.
pub(crate) fn pnml(
    name: &str,
    annotation: &str,
    places: &[&str],
    transitions: &[(&str, &str, &str, &str)],
) -> String {
    let wrapped = |content: &str| match content {
        "" => String::new(),
        _ => format!("<toolspecific tool=\"pn\" version=\"1\">{content}</toolspecific>"),
    };
    let (mut nodes, mut arcs) = (String::new(), String::new());
    for place in places {
        let (id, tokens) = place.split_once('*').unwrap_or((place, "0"));
        nodes.push_str(&format!(
            "<place id=\"{id}\"><initialMarking><text>{tokens}</text></initialMarking></place>\n"
        ));
    }
    let mut arc = |source: &str, target: &str| {
        let id = arcs.lines().count();
        arcs.push_str(&format!("<arc id=\"arc{id}\" source=\"{source}\" target=\"{target}\"/>\n"));
    };
    for (id, annotation, takes, gives) in transitions {
        nodes.push_str(&format!("<transition id=\"{id}\">{}</transition>\n", wrapped(annotation)));
        takes.split_whitespace().for_each(|place| arc(place, id));
        gives.split_whitespace().for_each(|place| arc(id, place));
    }
    format!(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n\
         <net id=\"{name}\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n\
         {}\n<page id=\"page\">\n{nodes}{arcs}</page></net></pnml>\n",
        wrapped(annotation)
    )
}

/// Two jobs that take two locks in opposite orders.
pub(crate) fn locks() -> String {
    pnml(
        "locks",
        "",
        &["x*1", "x.a", "x.done", "y*1", "y.b", "y.done", "a*1", "b*1"],
        &[
            ("x.lockA", "", "x a", "x.a"),
            ("x.work", "", "x.a b", "x.done a b"),
            ("y.lockB", "", "y b", "y.b"),
            ("y.work", "", "y.b a", "y.done a b"),
        ],
    )
}

/// A deployment of two steps that append to `log`.
pub(crate) fn two_steps() -> String {
    pnml(
        "two",
        "<goal>tokens(done) = 1</goal><invariant name=\"one\">tokens(todo) + tokens(half) &lt;= 1</invariant>",
        &["todo*1", "half", "done"],
        &[
            ("first", &exec("echo first &gt;&gt; log"), "todo", "half"),
            ("second", &exec("echo second &gt;&gt; log"), "half", "done"),
        ],
    )
}

/// The same text without figures that differ from run to run: times and names of runs.
pub(crate) fn steady(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let words = line.split(' ').map(|word| {
            let bare = word.trim_end_matches([':', '.', ',']);
            let is_run = bare.len() == 20 && bare.chars().filter(|c| *c == '-').count() == 2;
            let is_time = bare.contains('.') && bare.parse::<f64>().is_ok();
            match (is_run, is_time) {
                (true, _) => word.replace(bare, "RUN"),
                (_, true) => word.replace(bare, "T"),
                _ => word.to_owned(),
            }
        });
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        let line = words.join(" ");
        match line.strip_prefix("journal ") {
            Some(_) => lines.push("journal JOURNAL".to_owned()),
            None => lines.push(line),
        }
    }
    lines.join("\n") + "\n"
}
