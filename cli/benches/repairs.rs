//! How fast a watched run repairs, and what it costs when there is nothing to repair.
//!
//! `cargo xtask bench repairs [--repairs N] [--files N] [--idle SECONDS]`. First the files of
//! `examples/nets/four-files.pnml`, in as many folders as it takes for no file to be damaged more
//! often than is repaired without a pause: one after the other, one is deleted, overwritten, or
//! made where none should be, and the time until it is as wanted again is taken. Then so many
//! files in one folder: how long it takes to make them all, and how much processor time watching
//! them costs while nobody touches them (`/proc/PID/stat`, to a hundredth of a second).
//! `pn` runs `--unverified`: proving is measured elsewhere.

// A benchmark is a terminal program: it prints.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What is wanted: 99 of 100 repairs are faster than this, and watching costs less than so much of
/// a processor.
const REPAIRED: Duration = Duration::from_millis(100);
const IDLE: f64 = 0.01;

/// So often each file is damaged: more often within ten seconds would be slowed down.
const TIMES: usize = 5;

/// Longer than this nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

struct Options {
    repairs: usize,
    files: usize,
    idle: u64,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = options()?;
    let is_met = [repairs(&options)?, idle(&options)?];
    Ok(if is_met == [true, true] { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options { repairs: 1000, files: 10_000, idle: 30 };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut number = || -> Result<u64, Box<dyn Error>> {
            Ok(arguments.next().ok_or_else(|| format!("{name} wants a number"))?.parse::<u64>()?.max(1))
        };
        match &*name {
            "--repairs" => options.repairs = usize::try_from(number()?)?,
            "--files" => options.files = usize::try_from(number()?)?,
            "--idle" => options.idle = number()?,
            // Cargo says so to every benchmark.
            "--bench" => {}
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    Ok(options)
}

/// Damages and waits; whether the repairs were fast enough.
fn repairs(options: &Options) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let folders = options.repairs.div_ceil(4 * TIMES);
    let mut net = Net::default();
    let mut files = Vec::new();
    for number in 0..folders {
        let here = folder.path().join(format!("folder{number}"));
        net.folder(number, &here);
        for file in 1..=4 {
            let (path, content) = (here.join(format!("f{file}")), format!("i am f{file}\n"));
            let content = (file < 4).then_some(content);
            net.file(number, file, &path, content.as_deref());
            files.push((path, content));
        }
    }
    let running = Running::start(folder.path(), &net.text())?;
    wait_until(|| files.iter().all(is_as_wanted))?;
    running.settled()?;
    let mut times = Vec::new();
    for round in 0..TIMES {
        for (number, file) in files.iter().enumerate() {
            if times.len() < options.repairs {
                times.push(repaired(file, round + number)?);
            }
        }
    }
    times.sort_unstable();
    let of = |share: usize| times[(times.len() * share).div_ceil(100).max(1) - 1];
    println!("{} repairs of {} files, from the damage to the file as wanted:", times.len(), files.len());
    for (name, share) in [("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)] {
        println!("  {name}  {:>7.1} ms", of(share).as_secs_f64() * 1000.0);
    }
    println!("wanted: p99 below {} ms", REPAIRED.as_millis());
    Ok(of(99) < REPAIRED)
}

/// Damages a file; the time until it is repaired.
fn repaired(file: &(PathBuf, Option<String>), turn: usize) -> Result<Duration, Box<dyn Error>> {
    let since = Instant::now();
    match (&file.1, turn % 2) {
        (None, _) => fs::write(&file.0, "")?,
        (Some(_), 0) => fs::remove_file(&file.0)?,
        (Some(_), _) => fs::write(&file.0, "x\n")?,
    }
    wait_until(|| is_as_wanted(file))?;
    Ok(since.elapsed())
}

fn is_as_wanted((path, content): &(PathBuf, Option<String>)) -> bool {
    fs::read_to_string(path).ok() == *content
}

/// Makes many files and leaves them alone; whether watching them was cheap enough.
fn idle(options: &Options) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let here = folder.path().join("files");
    let mut net = Net::default();
    net.folder(0, &here);
    for file in 1..=options.files {
        net.file(0, file, &here.join(format!("f{file}")), Some("as wanted\n"));
    }
    let since = Instant::now();
    let running = Running::start(folder.path(), &net.text())?;
    wait_until(|| here.join(format!("f{}", options.files)).exists())?;
    let took = running.settled()?.duration_since(since);
    let all = fs::read_dir(&here)?.count();
    if all != options.files {
        return Err(format!("{all} of {} files were made", options.files).into());
    }
    let (before, since) = (running.processor_time()?, Instant::now());
    std::thread::sleep(Duration::from_secs(options.idle));
    let used = running.processor_time()?.saturating_sub(before);
    let share = used.as_secs_f64() / since.elapsed().as_secs_f64();
    println!("{} watched files: made and watched after {:.1} s", options.files, took.as_secs_f64());
    println!(
        "  idle for {} s: {:.2} s of processor time, {:.2} % of one; wanted: less than {} %",
        options.idle,
        used.as_secs_f64(),
        share * 100.0,
        IDLE * 100.0
    );
    Ok(share < IDLE)
}

/// A net in the making: folders, and files that are kept in them.
#[derive(Default)]
struct Net {
    nodes: String,
    arcs: String,
    goal: Vec<String>,
}

impl Net {
    fn folder(&mut self, number: usize, path: &Path) {
        self.action(&format!("folder{number}"), path, "<param name=\"state\">directory</param>", None);
    }

    fn file(&mut self, folder: usize, number: usize, path: &Path, content: Option<&str>) {
        let how = match content {
            Some(content) => format!("<param name=\"content\">{content}</param>"),
            None => "<param name=\"state\">absent</param>".to_owned(),
        };
        let there = format!("folder{folder}.kept");
        self.action(&format!("f{number}.in{folder}"), path, &how, Some(&there));
    }

    fn action(&mut self, name: &str, path: &Path, how: &str, reads: Option<&str>) {
        let read = reads.map(|place| format!("<reads ref=\"{place}\"/>")).unwrap_or_default();
        let _ = write!(
            self.nodes,
            "<place id=\"{name}.todo\"><initialMarking><text>1</text></initialMarking></place>\n\
             <place id=\"{name}.kept\"/>\n<transition id=\"{name}\"><toolspecific tool=\"pn\" version=\"1\">\
             <action kind=\"file\"><param name=\"path\">{}</param>{how}</action>{read}</toolspecific>\
             </transition>\n",
            path.display()
        );
        let read = reads.map(|place| [(place, name), (name, place)]).into_iter().flatten();
        let own = [(format!("{name}.todo"), name.to_owned()), (name.to_owned(), format!("{name}.kept"))];
        let read = read.map(|(source, target)| (source.to_owned(), target.to_owned()));
        for (source, target) in own.into_iter().chain(read) {
            let id = self.arcs.len();
            let _ = writeln!(self.arcs, "<arc id=\"arc{id}\" source=\"{source}\" target=\"{target}\"/>");
        }
        self.goal.push(format!("{name}.kept"));
    }

    fn text(&self) -> String {
        format!(
            "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n\
             <net id=\"files\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n\
             <toolspecific tool=\"pn\" version=\"1\"><goal>tokens({}) = {}</goal></toolspecific>\n\
             <page id=\"page\">\n{}{}</page></net></pnml>\n",
            self.goal.join(", "),
            self.goal.len(),
            self.nodes,
            self.arcs
        )
    }
}

/// A watched run, which is ended when this is dropped.
struct Running(Child);

impl Running {
    fn start(folder: &Path, net: &str) -> Result<Self, Box<dyn Error>> {
        fs::write(folder.join("files.pnml"), net)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_pn"));
        command.args(["run", "files.pnml", "--unverified", "--watch"]).env("PN_RUNS", folder.join("runs"));
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn()?))
    }

    /// Waits until it has had nothing to do for a second; since when.
    fn settled(&self) -> Result<Instant, Box<dyn Error>> {
        let (mut used, mut since) = (self.processor_time()?, Instant::now());
        let mut failure = None;
        wait_until(|| {
            std::thread::sleep(Duration::from_millis(50));
            match self.processor_time() {
                Ok(now) if now == used => {}
                Ok(now) => (used, since) = (now, Instant::now()),
                Err(error) => failure = Some(error),
            }
            failure.is_some() || since.elapsed() > Duration::from_secs(1)
        })?;
        failure.map_or(Ok(since), Err)
    }

    /// How much it has used up so far, with its system calls.
    fn processor_time(&self) -> Result<Duration, Box<dyn Error>> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // Behind the name, which may hold anything, the fields are numbered from 3.
        let (_, fields) = text.rsplit_once(')').ok_or("a line of stat(5) has a name")?;
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<_, _>>()?;
        // Linux counts a hundred in a second for whoever reads this file.
        Ok(Duration::from_millis(ticks * 10))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended if it cannot be ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_until(mut so: impl FnMut() -> bool) -> Result<(), Box<dyn Error>> {
    let since = Instant::now();
    while !so() {
        if since.elapsed() > PATIENCE {
            return Err("waited in vain".into());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}
