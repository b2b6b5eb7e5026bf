//! `pn mcc`: answers an examination of the Model Checking Contest, in the contest's own words.
//!
//! An answer is printed when its engine's turn ends, and never unless its evidence has been
//! looked at; what is open at the end of the time is printed as `CANNOT_COMPUTE`, and the process
//! ends then, whatever it is at.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::punctual::Due;
use crate::reading;
use crate::terminal::Terminal;
use pn_engines::{Run, explore};
use pn_logic::contest::read_properties;
use pn_logic::{Property, Verdict};
use pn_net::Net;
use pn_verify::examination::Global;
use pn_verify::{CONTEST, Checked, Checker, verify_in_turns};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Answer an examination of the Model Checking Contest
///
/// Reads model.pnml in DIR and, for the examinations with formulas, the file that is named like the
/// examination.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn mcc --examination ReachabilityDeadlock --time 60 --memory 4096 Kanban-PT-00005
  pn mcc --examination UpperBounds Kanban-PT-00005

Examinations: ReachabilityDeadlock OneSafe QuasiLiveness StableMarking Liveness StateSpace
              UpperBounds ReachabilityCardinality ReachabilityFireability")]
pub(crate) struct Arguments {
    /// What to examine
    #[arg(long)]
    examination: String,
    /// Seconds from the start of the process to its end
    #[arg(long, value_name = "SECONDS", default_value_t = 3600.0, value_parser = crate::verification::seconds)]
    time: f64,
    /// The most memory of the process
    #[arg(long, value_name = "MIB", default_value_t = 16_384, value_parser = clap::value_parser!(u64).range(1..))]
    memory: u64,
    /// How many cores may be used
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::MIN)]
    threads: NonZeroUsize,
    /// The folder of the instance
    #[arg(default_value = ".")]
    dir: PathBuf,
}

/// What is asked.
enum Examination {
    Global(Global),
    StateSpace,
    /// The formulas of a file.
    Formulas,
}

impl Examination {
    fn named(name: &str) -> Option<Self> {
        if let Some(global) = Global::named(name) {
            return Some(Self::Global(global));
        }
        match name {
            "StateSpace" => Some(Self::StateSpace),
            "UpperBounds" | "ReachabilityCardinality" | "ReachabilityFireability" => Some(Self::Formulas),
            _ => None,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal, started: Instant) -> Result<Exit, Failure> {
    let name = arguments.examination.as_str();
    let Some(examination) = Examination::named(name) else {
        terminal.line("DO_NOT_COMPETE");
        return Ok(Exit::Success);
    };
    let Some(net) = reading::net(&arguments.dir.join("model.pnml"))? else {
        terminal.line("DO_NOT_COMPETE");
        return Ok(Exit::Success);
    };
    let mut session = Session::new(terminal, &net, arguments, started);
    match examination {
        Examination::Global(global) => session.global(name, global),
        Examination::StateSpace => session.state_space(),
        Examination::Formulas => session.formulas(&arguments.dir.join(format!("{name}.xml")))?,
    }
    Ok(Exit::Success)
}

/// The limits and the words of one examination.
struct Session<'a> {
    terminal: &'a Terminal,
    net: &'a Net,
    /// When engines are to end.
    deadline: Instant,
    /// When the process ends.
    end: Instant,
    memory: usize,
    threads: NonZeroUsize,
}

impl<'a> Session<'a> {
    fn new(terminal: &'a Terminal, net: &'a Net, arguments: &Arguments, started: Instant) -> Self {
        let budget = Duration::from_secs_f64(arguments.time);
        let reserve = Duration::from_millis(500).max(budget / 50).min(budget / 4);
        let total = usize::try_from(arguments.memory.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
        let memory = crate::verification::free_bytes(total, arguments.threads);
        let (deadline, end) = (started + (budget - reserve), started + budget);
        Self { terminal, net, deadline, end, memory, threads: arguments.threads }
    }

    fn limits(&self) -> Run<'static> {
        Run::unlimited().until(self.deadline).within_bytes(self.memory).on_threads(self.threads)
    }

    fn global(&mut self, name: &str, global: Global) {
        let due = Due::at(self.end, [OPEN.to_owned()]);
        let mut answers = Vec::new();
        for stage in global.stages(self.net) {
            let now = Instant::now();
            let end = now + self.deadline.saturating_duration_since(now).mul_f64(stage.share);
            let found =
                self.in_turns(&stage.properties, end, |answers| match global.verdict(&stage, answers) {
                    Some(_) => ControlFlow::Break(()),
                    None => ControlFlow::Continue(()),
                });
            let verdict = global.verdict(&stage, &found);
            answers.extend(found);
            if let Some(holds) = verdict {
                let by = techniques(&answers);
                due.settle(0, || print_formula(self.terminal, name, truth(holds), &by));
                return;
            }
        }
        due.give_up(|line| self.terminal.line(line));
    }

    fn state_space(&mut self) {
        let due = Due::at(self.end, [OPEN.to_owned()]);
        let Ok(all) = explore::state_space(self.net, &mut self.limits()) else {
            due.give_up(|line| self.terminal.line(line));
            return;
        };
        let figures = [
            ("STATES", u128::from(all.states)),
            ("TRANSITIONS", u128::from(all.edges)),
            ("MAX_TOKEN_PER_MARKING", all.max_tokens_per_marking),
            ("MAX_TOKEN_IN_PLACE", u128::from(all.max_tokens_in_place)),
        ];
        due.settle(0, || {
            for (name, figure) in figures {
                self.terminal.line(format_args!("STATE_SPACE {name} {figure} TECHNIQUES {STATE_SPACE_BY}"));
            }
        });
    }

    /// Answers the formulas of a file under their identifiers there.
    fn formulas(&mut self, path: &Path) -> Result<(), Failure> {
        let bytes = reading::bytes(path)?;
        let read = read_properties(self.net, &bytes)
            .map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
        let mut ids = Vec::new();
        let mut properties = Vec::new();
        let mut unread = Vec::new();
        for formula in read {
            match formula.property {
                Ok(property) => {
                    ids.push(formula.id);
                    properties.push(property);
                }
                Err(_) => unread.push(formula.id),
            }
        }
        let terminal = self.terminal;
        let open = |id: &String| format!("FORMULA {id} {OPEN}");
        let unread = unread.iter().filter(|id| !id.is_empty());
        let due = Due::at(self.end, ids.iter().chain(unread).map(open));
        let _ = self.in_turns(&properties, self.deadline, |answers| {
            for (index, checked) in answers.iter().enumerate() {
                let Some(value) = in_words(&checked.answer.verdict) else { continue };
                due.settle(index, || {
                    let by = techniques(std::slice::from_ref(checked));
                    print_formula(terminal, &ids[index], &value, &by);
                });
            }
            ControlFlow::Continue(())
        });
        due.give_up(|line| terminal.line(line));
        Ok(())
    }

    /// Lets the engines take their turns until `end` and hands out all answers after each that gave
    /// one, until all are definite or `enough` breaks; the answers in the end.
    fn in_turns(
        &mut self,
        properties: &[Property],
        end: Instant,
        mut enough: impl FnMut(&[Checked]) -> ControlFlow<()>,
    ) -> Vec<Checked> {
        let mut checker = Checker::new(self.net, 0);
        let mut limits = self.limits().until(end);
        verify_in_turns(self.net, properties, CONTEST, &mut checker, &mut limits, &mut enough)
    }
}

/// What is said instead of an answer.
const OPEN: &str = "CANNOT_COMPUTE";

/// The method of the state space's figures in the contest's vocabulary.
const STATE_SPACE_BY: &str = "EXPLICIT SEQUENTIAL_PROCESSING";

fn print_formula(terminal: &Terminal, id: &str, value: &str, techniques: &str) {
    terminal.line(format_args!("FORMULA {id} {value} TECHNIQUES {techniques}"));
}

const fn truth(holds: bool) -> &'static str {
    if holds { "TRUE" } else { "FALSE" }
}

fn in_words(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Holds => Some(truth(true).into()),
        Verdict::Fails => Some(truth(false).into()),
        Verdict::Bounded(bound) => Some(bound.to_string()),
        Verdict::Unbounded => Some("inf".into()),
        Verdict::Unknown(_) => None,
    }
}

/// The methods behind definite answers, in the contest's vocabulary.
fn techniques(answers: &[Checked]) -> String {
    let definite = answers.iter().filter(|checked| checked.answer.is_definite());
    let methods: BTreeSet<&str> = definite.map(|checked| checked.answer.method).collect();
    let mut words: Vec<&str> = Vec::new();
    for word in methods.into_iter().flat_map(pn_verify::techniques) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() { STATE_SPACE_BY.to_owned() } else { words.join(" ") }
}
