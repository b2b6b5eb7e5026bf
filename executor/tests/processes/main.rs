//! Runs with real processes. This program is its own keeper (`__keeper`) and, where the
//! runner itself is to be killed, its own runner (`__run`).

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

#[path = "../support/mod.rs"]
mod support;

mod approvals;
mod away;
mod commands;
mod crash;
mod full_disk;
mod locking;
mod long;
mod packages;
mod plugins;
mod remote;
mod rollback;
mod secrets;
mod stopping;
mod watching;
mod world;

use libtest_mimic::{Arguments, Trial};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.split_first() {
        Some((verb, rest)) if verb == "__remote" => {
            let program = std::env::current_exe().unwrap().into_os_string();
            ExitCode::from(pn_executor::away::main(rest, vec![program, "__keeper".into()]))
        }
        Some((verb, rest)) if verb == "__keeper" => ExitCode::from(pn_executor::keeper::main(rest)),
        Some((verb, rest)) if verb == "__crash" => rollback::crash_in_this_process(rest),
        Some((verb, rest)) if verb == "__run" => world::run_in_this_process(rest),
        _ => {
            let tests = [
                approvals::tests(),
                away::tests(),
                commands::tests(),
                crash::tests(),
                full_disk::tests(),
                locking::tests(),
                long::tests(),
                packages::tests(),
                plugins::tests(),
                remote::tests(),
                rollback::tests(),
                secrets::tests(),
                stopping::tests(),
                watching::tests(),
            ];
            libtest_mimic::run(&Arguments::from_args(), tests.into_iter().flatten().collect()).exit_code()
        }
    }
}

/// Test functions by name.
fn trials(tests: &[(&'static str, fn())]) -> Vec<Trial> {
    let trial = |(name, test): &(&'static str, fn())| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    tests.iter().map(trial).collect()
}
