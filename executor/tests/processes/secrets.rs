//! Secrets reach the command and nothing else.

use crate::support::{draft, with};
use crate::trials;
use crate::world::{World, settings};
use libtest_mimic::Trial;
use pn_executor::machine::EndState;
use pn_executor::{RunConfig, Settings};
use std::path::Path;

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[("a_secret_is_used_and_never_recorded", redacted)])
}

fn redacted() {
    const SECRET: &str = "correct horse battery";
    let world = World::new();
    let key = world.at("key");
    std::fs::write(&key, format!("{SECRET}\n")).unwrap();
    let command = "test \"$ONE\" = \"$TWO\" && echo \"got $ONE\" && echo \"$TWO\" >&2 && \
                   ! grep -qaF \"$ONE\" /proc/$$/cmdline /proc/$PPID/cmdline /proc/$PPID/environ";
    // What the keeper has logged of the first command.
    let looks = format!("! grep -rqaF \"$ONE\" {}/$PN_RUN.d", world.at("runs"));
    let reference = format!("secret:file:{key}");
    let deployment = draft("a(1)\nx: a -> b\nf: b -> c\ny: c -> d")
        .action(
            "x",
            with("exec", &[("cmd", command), ("env.ONE", "secret:env:TOKEN"), ("env.TWO", &reference)]),
        )
        .action(
            "f",
            with("file", &[("path", &world.at("file")), ("content", "secret:env:TOKEN"), ("mode", "0600")]),
        )
        .action("y", with("exec", &[("cmd", &looks), ("env.ONE", "secret:env:TOKEN")]))
        .goal("d", 1)
        .expanded();
    let environment = [("TOKEN".to_owned(), SECRET.to_owned())].into();
    let config =
        RunConfig { settings: Settings { environment, ..settings() }, ..world.config(&deployment, &[]) };
    let ran = world.run_with(config, &mut |_, _| {}).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert_eq!(world.read("file"), SECRET);
    assert_eq!(ran.reports(&deployment, "x")[0].stdout.head, "got [secret]\n");
    assert!(!format!("{:?}", ran.events).contains(SECRET));
    assert_nowhere(&world.path().join("runs"), SECRET);
}

fn assert_nowhere(folder: &Path, secret: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_nowhere(&path, secret);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", path.display());
    }
}
