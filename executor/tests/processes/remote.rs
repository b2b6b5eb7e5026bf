//! Commands on other hosts: through a client that stays on this one, and through the real client
//! to a port on which nobody listens.

use crate::support::{draft, with};
use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use pn_deployment::Outcome;
use pn_executor::Report;
use std::os::unix::fs::PermissionsExt;

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("a_remote_command_runs_unless_its_guards_say_no", guarded),
        ("a_host_that_cannot_be_reached_is_told_from_a_lost_connection", unreachable_and_lost),
    ])
}

/// A client that runs the command line here, or does what `instead` says.
fn client(world: &World, instead: &str) -> String {
    let path = world.at("ssh");
    let text = format!("#!/bin/sh\n{instead}\nfor line; do :; done\nexec /bin/sh -c \"$line\"\n");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn once(world: &World, params: &[(&str, &str)]) -> Report {
    let action = with("ssh", &[&[("host", "deploy@127.0.0.1")], params].concat());
    let deployment = draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).expanded();
    let runs = World::new();
    let report = runs.run(&deployment).reports(&deployment, "x").swap_remove(0);
    assert!(world.path().exists());
    report
}

fn guarded() {
    let world = World::new();
    let (ssh, made) = (client(&world, ""), world.at("it's made"));
    let cmd = format!("echo \"$PN_TRANSITION\" > '{}'", made.replace('\'', r"'\''"));
    let run =
        |guards: &[(&str, &str)]| once(&world, &[&[("program", &*ssh), ("cmd", &*cmd)], guards].concat());
    assert_eq!(run(&[("onlyif", "exit 1")]).message, "`onlyif` does not succeed on deploy@127.0.0.1");
    assert_eq!(run(&[("unless", "echo noise")]).result, Outcome::Same);
    assert!(!std::path::Path::new(&made).exists());
    assert_eq!(run(&[("creates", &made), ("onlyif", "true"), ("unless", "false")]).result, Outcome::Ok);
    assert_eq!(world.read("it's made"), "x\n");
    assert_eq!(run(&[("creates", &made)]).result, Outcome::Same);
    let report = run(&[("creates", "/no/such/path")]);
    assert_eq!(report.message, "done, and yet /no/such/path still does not exist on deploy@127.0.0.1");
}

fn unreachable_and_lost() {
    let world = World::new();
    let ssh = client(&world, "test -e \"$0.lost\" && exec /bin/true; : > \"$0.lost\"; exit 255");
    let report = once(&world, &[("program", &ssh), ("cmd", "true")]);
    assert_eq!(report.result, Outcome::Unknown, "{}", report.message);

    if std::process::Command::new("ssh").arg("-V").output().is_err() {
        return; // there is no client on this host
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    for guard in [None, Some(("creates", "/tmp"))] {
        let params = [&[("port", &*port), ("cmd", "true")], guard.as_slice()].concat();
        let report = once(&world, &params);
        assert_eq!(report.result, Outcome::Failed);
        assert!(report.message.starts_with("cannot reach deploy@127.0.0.1 by ssh: "), "{}", report.message);
    }
}
