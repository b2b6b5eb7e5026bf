//! A journal that cannot grow, by a limit on file sizes: the run stops and can be resumed.

use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use pn_executor::machine::EndState;
use std::process::{Command, Stdio};

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[("a_journal_that_cannot_be_written_stops_the_run_and_loses_nothing", limited)])
}

fn limited() {
    let world = World::new();
    let runner = world.runner("many");
    let mut shell = Command::new("sh");
    // 600 blocks of 512 bytes; without the signal, writing beyond them is an error.
    shell.args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$@\"", "sh"]);
    shell.arg(runner.get_program()).args(runner.get_args());
    let status = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(2), "the runner ends with an error");
    assert!(world.read("error").starts_with("cannot write the journal"), "{}", world.read("error"));

    let deployment = world.deployment("many");
    let ran = world.resume(&deployment, &world.journal().unwrap()).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
}
