//! How many verdicts of the Model Checking Contest `pn mcc` finds, and whether any is wrong.
//!
//! `cargo xtask bench contest [--sample N] [--seed N] [--time S] [--memory MIB] [--exam E,E]
//! [--threads N]`. `PN_CORPUS` is a folder of instances as the contest unpacks them, each with its
//! `model.pnml`, its property files and `oracle.txt`, the verdicts in the form of answers.
//! Instances of place/transition nets are taken family by family, in an order that the seed
//! decides, so that a sample has as many families as it can. One process an instance and
//! examination, one after the other.

// A benchmark is a terminal program: it prints.
#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

const EXAMINATIONS: [&str; 8] = [
    "ReachabilityDeadlock",
    "OneSafe",
    "QuasiLiveness",
    "StableMarking",
    "Liveness",
    "UpperBounds",
    "ReachabilityCardinality",
    "ReachabilityFireability",
];

struct Options {
    sample: usize,
    seed: u64,
    seconds: u64,
    mebibytes: u64,
    threads: u64,
    examinations: Vec<String>,
}

/// What one examination came to.
#[derive(Default)]
struct Tally {
    runs: usize,
    known: usize,
    correct: usize,
    wrong: usize,
    beyond: usize,
    seconds: Vec<f64>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = options()?;
    let Some(corpus) = std::env::var_os("PN_CORPUS").map(PathBuf::from).filter(|path| path.is_dir()) else {
        println!("contest: skipped, PN_CORPUS names no folder of contest instances");
        return Ok(ExitCode::SUCCESS);
    };
    let instances = sample(&corpus, &options)?;
    println!(
        "contest: {} instances, {} s and {} MiB each, {} thread(s), seed {}",
        instances.len(),
        options.seconds,
        options.mebibytes,
        options.threads,
        options.seed
    );
    let head = ["examination", "runs", "known", "correct", "share", "wrong", "beyond", "median s"];
    println!(
        "{:26}{:>6}{:>8}{:>9}{:>8}{:>7}{:>8}{:>10}",
        head[0], head[1], head[2], head[3], head[4], head[5], head[6], head[7]
    );
    let mut wrong = 0;
    for examination in &options.examinations {
        let mut tally = Tally::default();
        for instance in &instances {
            examine(instance, examination, &options, &mut tally)?;
        }
        tally.seconds.sort_by(f64::total_cmp);
        let median = tally.seconds.get(tally.seconds.len() / 2).copied().unwrap_or(0.0);
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let share = 100.0 * tally.correct as f64 / tally.known.max(1) as f64;
        println!(
            "{examination:26}{:>6}{:>8}{:>9}{share:>7.1}%{:>7}{:>8}{median:>10.2}",
            tally.runs, tally.known, tally.correct, tally.wrong, tally.beyond
        );
        wrong += tally.wrong;
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn options() -> Result<Options, Box<dyn Error>> {
    let examinations = EXAMINATIONS.map(str::to_owned).to_vec();
    let mut options = Options { sample: 40, seed: 1, seconds: 30, mebibytes: 4096, threads: 1, examinations };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        // Cargo says so to every benchmark.
        if name == "--bench" {
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name} wants a value"))?;
        match &*name {
            "--sample" => options.sample = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            "--time" => options.seconds = value.parse()?,
            "--memory" => options.mebibytes = value.parse()?,
            "--threads" => options.threads = value.parse()?,
            "--exam" => options.examinations = value.split(',').map(str::to_owned).collect(),
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    Ok(options)
}

/// Instances, one of each family after the other, as many as wanted.
fn sample(corpus: &Path, options: &Options) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut families: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(corpus)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some((family, _)) = name.split_once("-PT-") {
            families.entry(family.to_owned()).or_default().push(name);
        }
    }
    let rank = |name: &str| {
        let mixed = name.bytes().fold(options.seed ^ 0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        mixed.rotate_left(31).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    };
    let mut queues: Vec<Vec<String>> = families.into_values().collect();
    queues.iter_mut().for_each(|queue| queue.sort_by_key(|name| rank(name)));
    queues.sort_by_key(|queue| rank(&queue[0]));
    let mut names = Vec::new();
    while names.len() < options.sample && queues.iter().any(|queue| !queue.is_empty()) {
        names.extend(queues.iter_mut().filter_map(Vec::pop));
    }
    names.truncate(options.sample);
    names.sort();
    Ok(names.into_iter().map(|name| corpus.join(name)).collect())
}

/// Asks one question and compares what is answered with what is known.
fn examine(
    instance: &Path,
    examination: &str,
    options: &Options,
    tally: &mut Tally,
) -> Result<(), Box<dyn Error>> {
    let verdicts = verdicts(instance, examination)?;
    if verdicts.is_empty() {
        return Ok(());
    }
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_pn"))
        .args(["mcc", "--examination", examination, "--time", &options.seconds.to_string()])
        .args(["--memory", &options.mebibytes.to_string(), "--threads", &options.threads.to_string()])
        .arg(instance)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    tally.seconds.push(began.elapsed().as_secs_f64());
    tally.runs += 1;
    tally.known += verdicts.values().filter(|verdict| *verdict != "?").count();
    let names = names_of_verdicts(instance, examination);
    for (id, answer) in answers(&String::from_utf8_lossy(&output.stdout)) {
        let name = names.get(&id).unwrap_or(&id);
        match verdicts.get(name).map(String::as_str) {
            None => {}
            Some("?") => tally.beyond += 1,
            Some(verdict) if agrees(verdict, &answer) => tally.correct += 1,
            Some(verdict) => {
                tally.wrong += 1;
                println!("WRONG {} {name}: answered {answer}, known {verdict}", instance.display());
            }
        }
    }
    Ok(())
}

/// The definite answers among what was printed, by identifier.
fn answers(text: &str) -> Vec<(String, String)> {
    let answer = |line: &str| {
        let mut words = line.split_whitespace();
        let (kind, id, value) = (words.next()?, words.next()?, words.next()?);
        let counts = kind == "FORMULA" && !matches!(value, "CANNOT_COMPUTE" | "DO_NOT_COMPETE");
        counts.then(|| (id.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(answer).collect()
}

/// The known verdicts of an examination; the file has a heading before each.
fn verdicts(instance: &Path, examination: &str) -> Result<HashMap<String, String>, Box<dyn Error>> {
    let text = std::fs::read_to_string(instance.join("oracle.txt"))?;
    let is_heading = |line: &&str| !line.starts_with("FORMULA ") && !line.starts_with("STATE_SPACE ");
    let mut section =
        text.lines().skip_while(|line| !(is_heading(line) && line.ends_with(&format!(" {examination}"))));
    section.next();
    let lines: Vec<&str> = section.take_while(|line| !is_heading(line)).collect();
    Ok(answers(&lines.join("\n")).into_iter().collect())
}

/// Verdicts are numbered by the rank of the identifiers in the property file.
fn names_of_verdicts(instance: &Path, examination: &str) -> HashMap<String, String> {
    let Ok(text) = std::fs::read_to_string(instance.join(format!("{examination}.xml"))) else {
        return HashMap::new();
    };
    let mut ids: Vec<&str> = text
        .split("<property>")
        .skip(1)
        .filter_map(|part| part.split_once("<id>")?.1.split_once('<').map(|(id, _)| id.trim()))
        .collect();
    ids.sort_unstable();
    let model = instance.file_name().unwrap_or_default().to_string_lossy();
    let named = ids.into_iter().enumerate();
    named.map(|(rank, id)| (id.to_owned(), format!("{model}-{examination}-{rank:02}"))).collect()
}

/// Whether an answer is the verdict; huge numbers are rounded to five digits there.
fn agrees(verdict: &str, answer: &str) -> bool {
    if verdict == answer {
        return true;
    }
    match (verdict.parse::<f64>(), answer.parse::<f64>()) {
        (Ok(v), Ok(a)) if v.is_finite() && verdict.contains('E') => (v - a).abs() <= 1e-4 * v.abs(),
        (Ok(v), Ok(a)) => v.total_cmp(&a).is_eq(),
        _ => false,
    }
}
