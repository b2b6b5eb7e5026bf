//! The verbs, one file each.

pub(crate) mod approve;
pub(crate) mod blast;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod drift;
pub(crate) mod edit;
pub(crate) mod expand;
pub(crate) mod graph;
pub(crate) mod info;
pub(crate) mod keeper;
pub(crate) mod mcc;
pub(crate) mod plan;
pub(crate) mod remote;
pub(crate) mod resume;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod simulate;
pub(crate) mod structure;
pub(crate) mod verify;
pub(crate) mod why;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use std::time::Instant;

/// What to do.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    Verify(verify::Arguments),
    Plan(plan::Arguments),
    Run(run::Arguments),
    Resume(resume::Arguments),
    Rollback(rollback::Arguments),
    Runs(runs::Arguments),
    Log(runs::log::Arguments),
    Why(why::Arguments),
    Drift(drift::Arguments),
    Blast(blast::Arguments),
    Approve(approve::Arguments),
    Check(check::Arguments),
    Info(info::Arguments),
    Expand(expand::Arguments),
    Edit(edit::Arguments),
    Convert(convert::Arguments),
    Graph(graph::Arguments),
    Structure(structure::Arguments),
    Simulate(simulate::Arguments),
    Mcc(mcc::Arguments),
    Completions(completions::Arguments),
    #[command(name = "__remote", hide = true)]
    Remote(remote::Arguments),
    #[command(name = "__keeper", hide = true)]
    Keeper(keeper::Arguments),
}

/// Does it. `started` is when the process began.
pub(crate) fn run(verb: Verb, terminal: &Terminal, started: Instant) -> Result<Exit, Failure> {
    match verb {
        Verb::Verify(arguments) => verify::run(&arguments, terminal),
        Verb::Plan(arguments) => plan::run(&arguments, terminal),
        Verb::Run(arguments) => run::run(&arguments, terminal),
        Verb::Resume(arguments) => resume::run(&arguments, terminal),
        Verb::Rollback(arguments) => rollback::run(&arguments, terminal),
        Verb::Runs(arguments) => runs::run(&arguments, terminal),
        Verb::Log(arguments) => runs::log::run(&arguments, terminal),
        Verb::Why(arguments) => why::run(&arguments, terminal),
        Verb::Drift(arguments) => drift::run(&arguments, terminal),
        Verb::Blast(arguments) => blast::run(&arguments, terminal),
        Verb::Approve(arguments) => approve::run(&arguments, terminal),
        Verb::Check(arguments) => check::run(&arguments, terminal),
        Verb::Info(arguments) => info::run(&arguments, terminal),
        Verb::Edit(arguments) => edit::run(&arguments),
        Verb::Convert(arguments) => convert::run(&arguments, terminal),
        Verb::Expand(arguments) => expand::run(&arguments, terminal),
        Verb::Graph(arguments) => graph::run(&arguments, terminal),
        Verb::Structure(arguments) => structure::run(&arguments, terminal),
        Verb::Simulate(arguments) => simulate::run(&arguments, terminal),
        Verb::Mcc(arguments) => mcc::run(&arguments, terminal, started),
        Verb::Completions(arguments) => completions::run(&arguments, terminal),
        Verb::Remote(arguments) => Ok(remote::run(&arguments)),
        Verb::Keeper(arguments) => Ok(keeper::run(&arguments)),
    }
}
