//! Commands: how they end, what they write, what they are told.

use crate::support::{draft, retried, sh, with};
use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pn_deployment::{Action, Outcome};
use pn_executor::machine::EndState;
use pn_executor::{Exit, Journal, Report};
use std::time::{Duration, Instant};

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("commands_run_in_order_with_values_and_parameters", in_order),
        ("a_second_run_finds_nothing_to_do", second_run),
        ("a_failing_command_says_how_and_what_it_wrote", failing),
        ("commands_that_cannot_start_fail_with_a_reason", cannot_start),
        ("a_flood_of_output_is_bounded", flood),
        ("binary_output_is_kept_as_text", binary),
        ("a_timeout_ends_the_whole_process_group", timeout),
        ("a_command_that_ignores_the_request_is_killed", stubborn),
        ("a_background_process_does_not_keep_its_action_waiting", background),
        ("a_retried_command_keeps_its_key", retry),
        ("a_command_that_does_not_create_what_it_says_failed", creates),
        ("guards_decide_whether_a_command_runs", guards),
        ("a_command_and_its_guards_run_as_the_user_that_is_named", another_user),
    ])
}

/// Runs one command and returns what became of it.
fn one(action: Action) -> Report {
    let deployment = draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).expanded();
    let ran = World::new().run(&deployment);
    ran.reports(&deployment, "x").remove(0)
}

fn in_order() {
    let world = World::new();
    let log = world.at("log");
    let deployment = draft("a(1)\nx: a -> b\nput: b -> c\ny: c -> d")
        .action("x", sh(&format!("echo {{{{ release }}}} > {log}; pwd; echo warned >&2")))
        .action("put", with("value", &[("name", "word"), ("value", "it's {{ release }}")]))
        .action(
            "y",
            with(
                "exec",
                &[
                    ("argv", "sh"),
                    ("argv", "-c"),
                    ("argv", "echo \"$WORD\" >> log"),
                    ("cwd", world.path().to_str().unwrap()),
                    ("env.WORD", "{{ word }}"),
                ],
            ),
        )
        .parameter("release", Some("1.3"))
        .goal("d", 1)
        .expanded();
    let ran = world.run_with(world.config(&deployment, &[("release", "1.4")]), &mut |_, _| {}).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert_eq!(world.read("log"), "1.4\nit's 1.4\n");

    let journal = Journal::open(&ran.report.journal).unwrap();
    let attempts = journal.attempts().unwrap();
    assert_eq!(attempts[0].exit.as_deref(), Some("exit status 0"));
    assert_eq!(journal.output(attempts[0].id).unwrap().stderr.head, "warned\n");
    assert_eq!(journal.values().unwrap()["word"], "it's 1.4");
    assert_eq!(journal.source().unwrap().parameters["release"], "1.4");
    assert_eq!(journal.source().unwrap().bytes, b"<pnml/>");
    assert!(journal.log().unwrap().len() >= 6);
}

#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn another_user() {
    let as_user = |user: &str, onlyif: &str| {
        let cmd = "id -un; id -gn; echo $USER $HOME";
        one(with("exec", &[("cmd", cmd), ("onlyif", onlyif), ("user", user), ("cwd", "/")]))
    };
    let nobody = as_user("no-such-user-here", "true");
    assert_eq!(nobody.result, Outcome::Failed);
    assert_eq!(nobody.message, "there is no user `no-such-user-here` on this host");
    let Some(user) = nix::unistd::User::from_name("daemon").unwrap() else {
        return eprintln!("skipped: there is no user `daemon` on this host");
    };
    if !nix::unistd::geteuid().is_root() {
        let report = as_user("daemon", "true");
        assert_eq!(report.message, "only root can run a command as another user, here as `daemon`");
        return;
    }
    let report = as_user("daemon", "test $(id -un) = daemon");
    assert_eq!(report.result, Outcome::Ok, "{}", report.message);
    assert_eq!(report.stdout.head, format!("daemon\ndaemon\ndaemon {}\n", user.dir.display()));
    assert_eq!(as_user(&user.uid.to_string(), "test $(id -un) = root").result, Outcome::Same);
}

fn second_run() {
    let world = World::new();
    let path = world.at("done");
    let deployment = draft("a(1)\nx: a -> b\nf: b -> c")
        .action("x", with("exec", &[("cmd", &format!("touch {path}")), ("creates", &path)]))
        .action("f", with("file", &[("path", &world.at("file")), ("content", "x\n"), ("mode", "0600")]))
        .goal("c", 1)
        .expanded();
    for expected in [Outcome::Ok, Outcome::Same] {
        let ran = world.run(&deployment);
        for action in ["x", "f"] {
            assert_eq!(ran.reports(&deployment, action)[0].result, expected, "{action}");
        }
    }
}

fn failing() {
    let report = one(sh("echo one; echo two >&2; exit 3"));
    assert_eq!(report.result, Outcome::Failed);
    assert_eq!(report.exit, Some(Exit::Code(3)));
    assert_eq!(report.message, "exit status 3");
    assert_eq!(report.stderr.last_lines(5), ["two"]);
    assert_eq!(one(sh("kill -9 $$")).message, "killed by signal 9");
}

fn cannot_start() {
    let report = one(with("exec", &[("argv", "/no/such/command")]));
    assert_eq!(
        (report.result, &*report.message),
        (Outcome::Failed, "the command `/no/such/command` does not exist")
    );
    let report = one(with("exec", &[("argv", "[\"/etc/passwd\"]")]));
    assert_eq!(report.message, "the command `/etc/passwd` is not executable");
    let report = one(with("exec", &[("cmd", "true"), ("cwd", "/no/such/folder")]));
    assert_eq!(report.message, "the folder /no/such/folder does not exist");
}

fn flood() {
    let report = one(sh("yes | head -c 20000000"));
    assert_eq!(report.result, Outcome::Ok);
    assert_eq!(report.stdout.dropped, 20_000_000 - 64 * 1024);
    assert_eq!(report.stdout.last_lines(1), ["y"]);
}

fn binary() {
    let report = one(sh("printf 'a\\377\\000b'"));
    assert_eq!(report.stdout.head, "a\u{fffd}\0b");
}

fn timeout() {
    let world = World::new();
    let command = format!("sleep 60 & echo $! > {0}; echo $$ >> {0}; wait", world.at("pids"));
    let action = Action { timeout: Some(Duration::from_millis(200)), ..sh(&command) };
    let deployment = draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).expanded();
    let ran = world.run(&deployment);
    assert_eq!(ran.report.state, EndState::DeclaredFailure);
    assert_eq!(ran.reports(&deployment, "x")[0].result, Outcome::Timeout);
    let pids = world.read("pids");
    assert_eq!(pids.lines().count(), 2);
    for pid in pids.lines() {
        crate::world::wait_until("the process ends", || !is_running(pid));
    }
}

pub(crate) fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

fn stubborn() {
    let started = Instant::now();
    let action =
        Action { timeout: Some(Duration::from_millis(100)), ..sh("trap '' TERM; sleep 60 & wait; sleep 60") };
    assert_eq!(one(action).result, Outcome::Timeout);
    assert!(started.elapsed() < Duration::from_secs(30));
}

fn background() {
    let started = Instant::now();
    let report = one(sh("sleep 60 & echo $!"));
    let left: i32 = report.stdout.head.trim().parse().unwrap();
    kill(Pid::from_raw(left), Signal::SIGKILL).unwrap();
    assert_eq!(report.result, Outcome::Ok);
    assert!(started.elapsed() < Duration::from_secs(30));
}

fn retry() {
    let world = World::new();
    let log = world.at("log");
    let action = sh(&format!("echo $PN_KEY $PN_ATTEMPT >> {log}; test $(wc -l < {log}) -ge 3"));
    let deployment = draft("a(1)\nx: a -> b")
        .action("x", retried(action, 3, Duration::from_millis(10)))
        .goal("b", 1)
        .expanded();
    let ran = world.run(&deployment);
    assert_eq!(ran.report.state, EndState::Complete);
    let key = format!("{}/x/1", ran.report.run);
    assert_eq!(world.read("log"), format!("{key} 1\n{key} 2\n{key} 3\n"));
}

fn creates() {
    let world = World::new();
    let path = world.at("never");
    let report = one(with("exec", &[("cmd", "true"), ("creates", &path)]));
    assert_eq!(report.result, Outcome::Failed);
    assert_eq!(report.message, format!("done, and yet {path} still does not exist"));
}

fn guards() {
    let result = |guard: &str, line: &str| one(with("exec", &[("cmd", "true"), (guard, line)])).result;
    assert_eq!(result("onlyif", "true"), Outcome::Ok);
    assert_eq!(result("onlyif", "false"), Outcome::Same);
    assert_eq!(result("unless", "true"), Outcome::Same);
    assert_eq!(result("unless", "exit 2"), Outcome::Ok);
}
