//! Scripts for the step machine: what it observes, and in words what it decides.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use expect_test::Expect;
use pn_deployment::{Deployment, Outcome};
use pn_executor::machine::{AttemptId, Cause, Command, Compared, Machine};
use pn_executor::{freeze_in_words, refusal_in_words};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// Carries out a script of observations and tells what the machine decides.
///
/// `step`, `@2s` (time passes), `1 ok` (attempt 1 ends), `1 differs` (it goes on to apply), `stop`,
/// `approve T ann`, `watch 5` (it stays, and ends after 5 s of rest), `drift T`
pub fn run(deployment: &Arc<Deployment>, jobs: usize, script: &str) -> String {
    let jobs = NonZeroUsize::new(jobs).unwrap();
    let mut machine = Machine::<Compared>::with_store(Arc::clone(deployment), jobs).unwrap();
    let mut now = Duration::ZERO;
    let mut told = Vec::new();
    for line in script.split(';').map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut commands = match words[..] {
            ["step"] => Vec::new(),
            ["watch", seconds] => {
                machine = machine.watching(Some(Duration::from_secs(seconds.parse().unwrap())));
                Vec::new()
            }
            ["drift", action] => machine.drifted(deployment.net.find_transition(action).unwrap(), now),
            ["stop"] => machine.stop(),
            ["approve", name, who] => {
                machine.approved(deployment.net.find_transition(name).unwrap(), who);
                Vec::new()
            }
            [time] => {
                now = Duration::from_secs_f64(time.strip_prefix('@').unwrap().parse().unwrap());
                Vec::new()
            }
            [attempt, "differs"] => machine.differs(AttemptId(attempt.parse().unwrap()), now),
            [attempt, result] => {
                let id = AttemptId(attempt.parse().unwrap());
                machine.finished(id, Outcome::from_word(result).unwrap(), now)
            }
            _ => panic!("`{line}` is no step"),
        };
        commands.extend(machine.step(now));
        let commands: Vec<String> = commands.iter().map(|command| words_for(deployment, command)).collect();
        told.push(format!("{line}: {}\n", commands.join(", ")));
        assert_eq!(machine.complaint(), None);
    }
    if let Some(deadline) = machine.deadline() {
        told.push(format!("deadline {deadline:?}\n"));
    }
    told.concat()
}

fn words_for(deployment: &Deployment, command: &Command) -> String {
    let name = |t: &pn_net::TransitionId| deployment.net.transition_name(*t).to_owned();
    match command {
        Command::Fire { transition, cause } => match cause {
            Cause::Start(a) => format!("{}=#{}({}.{})", name(transition), a.id, a.activation, a.failures),
            Cause::Differs { attempt } => format!("{}!#{attempt}", name(transition)),
            Cause::End { attempt, .. } => format!("{}<#{attempt}", name(transition)),
            Cause::Approval { by } => format!("{} by {by}", name(transition)),
            Cause::Control | Cause::Timer | Cause::Observed => name(transition),
        },
        Command::Cancel(id) => format!("cancel #{id}"),
        Command::Retry { action, at } => format!("retry {} at {at:?}", name(action)),
        Command::Ask(t) => format!("ask {}", name(t)),
        Command::Withdraw(t) => format!("withdraw {}", name(t)),
        Command::Hold(t, why) => format!("hold {}: {}", name(t), refusal_in_words(deployment, *why)),
        Command::Freeze { attempt, why, .. } => {
            format!("freeze #{}: {}", attempt.id, freeze_in_words(deployment, *why))
        }
        Command::Pending(t, why) => {
            let why = why.map_or("no place".to_owned(), |why| refusal_in_words(deployment, why));
            format!("pending {}: {why}", name(t))
        }
        Command::Finish(state) => format!("END {}", state.word()),
    }
}

pub fn check(deployment: &Arc<Deployment>, jobs: usize, script: &str, expected: Expect) {
    expected.assert_eq(&run(deployment, jobs, script));
}
