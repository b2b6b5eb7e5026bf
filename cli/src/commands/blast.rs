//! `pn blast`: what follows if an action fails for good, or a host is lost.

mod verdict;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::foresight::{actions, excluded, names};
use crate::interrupt::Interrupt;
use crate::moment::Moment;
use crate::report::figures::counted;
use crate::report::{json, listing, steps};
use crate::runs_folder::RunsFolder;
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, STRONG, Terminal, painted};
use crate::verification::{self, Limits};
use pn_deployment::{Outcome, Role};
use pn_executor::FAILURES;
use pn_logic::nearest;
use pn_net::{Trace, TransitionId};
use serde::Serialize;
use std::collections::BTreeSet;
use verdict::{Blast, Loss, Reach};

/// Say what follows if an action fails for good, or a host is lost
///
/// From where the run stands, or from the initial marking of a file: is the goal still within
/// reach, what must still happen, what may, what no longer can, which invariants can break, and
/// what is taken and can never be given back. Nothing is written.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn blast last web2.install
  pn blast deploy.pnml switch
  pn blast deploy.pnml db1 --host

Exit status: 0 the goal stays within reach, no invariant can break, nothing stays taken
             1 otherwise · 2 bad usage or input · 3 undecided within the limits")]
pub(crate) struct Arguments {
    /// A run (name, part of it, `last`, journal), or a PNML file
    #[arg(value_name = "RUN|FILE")]
    subject: String,
    /// The transition that fails, or the host that is lost
    #[arg(value_name = "TRANSITION|HOST")]
    lost: String,
    /// Take the name for a host, even if a transition has it, too
    #[arg(long)]
    host: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folder: RunsFolder,
    #[command(flatten)]
    limits: Limits,
}

/// What goes wrong.
struct Fault {
    /// In words, behind "if".
    what: String,
    /// The actions that cannot succeed.
    actions: Vec<TransitionId>,
    /// What never fires because of it.
    never: BTreeSet<TransitionId>,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let moment = Moment::meant(terminal, &arguments.subject, &arguments.folder)?;
    let fault = fault(arguments, &moment.subject)?;
    let interrupt = Interrupt::awaited();
    let blast = verification::within(terminal, arguments.limits, &interrupt, |run| {
        verdict::blast(&moment, &fault.actions, &fault.never, arguments.limits, run)
    });
    let exit = match &blast {
        Err(_) => Exit::Undecided,
        Ok(blast) if blast.is_harmful() => Exit::Fails,
        Ok(blast) if !blast.open.is_empty() => Exit::Undecided,
        Ok(_) => Exit::Success,
    };
    if arguments.json {
        terminal.text(json::text(&data(&moment, &fault, &blast, exit)));
        return Ok(exit);
    }
    terminal.line(format_args!(
        "{} if {}\n",
        painted(STRONG, format_args!("{}:", moment.name())),
        fault.what
    ));
    match &blast {
        Err(reason) => terminal.line(format_args!("{} {reason}", painted(OPEN, "undecided:"))),
        Ok(blast) => print(terminal, &moment, &fault, blast),
    }
    Ok(exit)
}

fn fault(arguments: &Arguments, subject: &Subject) -> Result<Fault, Failure> {
    let deployment = subject.deployment();
    let net = &deployment.net;
    let name = arguments.lost.as_str();
    let host_of = |t: TransitionId| match deployment.role(t) {
        Role::Action(action) => action.host.as_deref(),
        _ => None,
    };
    let on_host: Vec<TransitionId> =
        actions(deployment).into_iter().filter(|t| host_of(*t) == Some(name)).collect();
    let transition = net.find_transition(name).filter(|_| !arguments.host);
    if let Some(transition) = transition {
        return fails(subject, transition);
    }
    if !on_host.is_empty() {
        let never = on_host.iter().flat_map(|action| excluded(deployment, *action, FAILURES)).collect();
        let count = counted(on_host.len(), "action");
        return Ok(Fault {
            what: format!("host `{name}` is lost, with its {count}"),
            actions: on_host,
            never,
        });
    }
    let hosts: BTreeSet<&str> = net.transitions().filter_map(host_of).collect();
    let what = if arguments.host { "host" } else { "transition and no host" };
    let failure = Failure::input(format!("{} has no {what} `{name}`", subject.name));
    let own = subject.author.net.transitions().map(|t| net.transition_name(t));
    let known: Vec<&str> = match arguments.host {
        true => hosts.iter().copied().collect(),
        false => own.chain(hosts.iter().copied()).collect(),
    };
    Err(match nearest(name, known.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => failure.hint("its actions name no hosts"),
        None => {
            failure.hint(format!("there is {}", listing::joined(known.iter().map(|k| (*k).to_owned()), 12)))
        }
    })
}

fn fails(subject: &Subject, transition: TransitionId) -> Result<Fault, Failure> {
    let deployment = subject.deployment();
    let name = |t: TransitionId| subject.net().transition_name(t);
    match deployment.role(transition) {
        Role::Action(_) => Ok(Fault {
            what: format!("`{}` fails for good", name(transition)),
            actions: vec![transition],
            never: excluded(deployment, transition, [Outcome::Failed, Outcome::Timeout]),
        }),
        Role::Outcome { of, .. } | Role::Retry { of } => {
            let text = format!("`{}` belongs to the action `{}`", name(transition), name(*of));
            Err(Failure::input(text).hint(format!("ask what follows if `{}` fails", name(*of))))
        }
        Role::Undo { .. } => {
            Err(Failure::input(format!("`{}` is an undo, which only a rollback fires", name(transition))))
        }
        Role::Control
        | Role::Event { .. }
        | Role::Timer { .. }
        | Role::Approval { .. }
        | Role::Drift { .. }
        | Role::Refresh { .. } => Ok(Fault {
            what: format!("`{}` never happens", name(transition)),
            actions: Vec::new(),
            never: BTreeSet::from([transition]),
        }),
    }
}

fn print(terminal: &Terminal, moment: &Moment, fault: &Fault, blast: &Blast) {
    let subject = &moment.subject;
    let width = terminal.width();
    if blast.is_past {
        terminal.line("  That cannot come any more from here, so nothing follows from it.");
    }
    let (style, text) = match blast.goal {
        None => (OPEN, "There is no goal that could be lost."),
        Some(Reach::Yes) => (GOOD, "The goal stays within reach."),
        Some(Reach::AfterFailures) => (BAD, "The goal is within reach only if something else fails, too."),
        Some(Reach::No) => (BAD, "The goal is out of reach."),
        Some(Reach::Open) => (OPEN, "Whether the goal stays within reach is undecided."),
    };
    terminal.line(format_args!("  {}\n", painted(style, text)));
    let running: Vec<TransitionId> =
        moment.in_flight.keys().copied().filter(|t| !fault.actions.contains(t)).collect();
    let lists = [
        ("  Runs now:             ", &running),
        ("  Must still happen:    ", &blast.must),
        ("  May happen:           ", &blast.may),
        ("  Only if more fails:   ", &blast.if_failing),
        ("  Can no longer happen: ", &blast.lost),
    ];
    let mut told = false;
    for (lead, list) in lists {
        if !list.is_empty() {
            told = true;
            let names = listing::joined(names(subject, list), usize::MAX);
            terminal.line(listing::wrapped(lead, &names, width));
        }
    }
    if !told {
        terminal.line("  No other action can happen from here.");
    }
    for Loss { what, run } in &blast.broken {
        terminal.line(format_args!("\n  {} {what} can break{}", painted(BAD, "Invariant"), behind(run)));
        terminal.text(steps::numbered(subject, run, 1, "    "));
    }
    for Loss { what, run } in &blast.taken {
        terminal.line(format_args!(
            "\n  {} {what} can stay empty for ever{}",
            painted(BAD, "Taken:"),
            behind(run)
        ));
        terminal.text(steps::numbered(subject, run, 1, "    "));
    }
    if !blast.open.is_empty() {
        let open = listing::joined(blast.open.iter().cloned(), 12);
        terminal.line(format_args!("\n  {}", listing::wrapped(&painted(OPEN, "Undecided: "), &open, width)));
    }
}

fn behind(run: &Trace) -> String {
    match run.firings.len() {
        0 => ", from here at once.".to_owned(),
        count => format!(", after {}:", counted(count, "step")),
    }
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    run: Option<String>,
    exit: u8,
    fault: FaultData,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    blast: Option<BlastData>,
}

#[derive(Serialize)]
struct FaultData {
    what: String,
    actions: Vec<String>,
    possible: Option<bool>,
}

#[derive(Serialize)]
struct BlastData {
    goal: Option<&'static str>,
    running: Vec<String>,
    must: Vec<String>,
    may: Vec<String>,
    after_failures: Vec<String>,
    no_longer: Vec<String>,
    invariants: Vec<LossData>,
    taken: Vec<LossData>,
    open: Vec<String>,
}

#[derive(Serialize)]
struct LossData {
    name: String,
    run: Vec<String>,
    steps: Vec<String>,
}

fn data(moment: &Moment, fault: &Fault, blast: &Result<Blast, pn_logic::Reason>, exit: Exit) -> Data {
    let subject = &moment.subject;
    let losses = |losses: &[Loss]| {
        let one = |loss: &Loss| LossData {
            name: loss.what.trim_matches('`').to_owned(),
            run: json::names(subject.net(), &loss.run),
            steps: loss.run.firings.iter().map(|t| subject.step(*t)).collect(),
        };
        losses.iter().map(one).collect()
    };
    let found = blast.as_ref().ok();
    let running: Vec<TransitionId> = moment.in_flight.keys().copied().collect();
    Data {
        format: "pn blast 1",
        file: subject.name.clone(),
        run: moment.run_name().map(str::to_owned),
        exit: exit.status(),
        fault: FaultData {
            what: fault.what.clone(),
            actions: names(subject, &fault.actions),
            possible: found.map(|blast| !blast.is_past),
        },
        undecided: blast.as_ref().err().map(ToString::to_string),
        blast: found.map(|blast| BlastData {
            goal: blast.goal.map(Reach::word),
            running: names(subject, &running),
            must: names(subject, &blast.must),
            may: names(subject, &blast.may),
            after_failures: names(subject, &blast.if_failing),
            no_longer: names(subject, &blast.lost),
            invariants: losses(&blast.broken),
            taken: losses(&blast.taken),
            open: blast.open.clone(),
        }),
    }
}
