//! What happens in a run, as JSON: one object a line, as `docs/spec/json.md` describes.

use crate::subject::Subject;
use pn_executor::{RunEvent, StopKind, freeze_in_words, refusal_in_words};
use pn_net::TransitionId;
use serde_json::{Value, json};
use std::time::Duration;

/// The event, `at` so long since this process began to run it.
pub(crate) fn object(subject: &Subject, event: &RunEvent, at: Duration) -> Value {
    let name = |transition: &TransitionId| subject.net().transition_name(*transition);
    let (word, mut value) = match event {
        RunEvent::Began { run, journal, fencing, .. } => {
            ("began", json!({ "run": run, "journal": journal.display().to_string(), "fencing": fencing }))
        }
        RunEvent::Recovered { attempt, how } => {
            let how = format!("{how:?}").to_lowercase();
            ("recovered", json!({ "transition": name(&attempt.action), "attempt": attempt.id.0, "how": how }))
        }
        RunEvent::Fired { transition } => ("fired", json!({ "transition": name(transition) })),
        RunEvent::Started { attempt, .. } => (
            "started",
            json!({ "transition": name(&attempt.action), "attempt": attempt.id.0, "failures": attempt.failures }),
        ),
        RunEvent::Differs { attempt, what, transition } => (
            "differs",
            json!({
                "transition": name(&attempt.action), "attempt": attempt.id.0, "what": what,
                "fired": name(transition),
            }),
        ),
        RunEvent::Ended { attempt, report, took, transition } => (
            "ended",
            json!({
                "transition": name(&attempt.action), "attempt": attempt.id.0, "result": report.result.word(),
                "message": report.message, "exit": report.exit.map(|exit| exit.to_string()),
                "seconds": took.as_secs_f64(), "fired": name(transition),
            }),
        ),
        RunEvent::RetryIn { action, pause } => {
            ("retry", json!({ "transition": name(action), "seconds": pause.as_secs_f64() }))
        }
        RunEvent::Waiting { transition } => ("waiting", json!({ "transition": name(transition) })),
        RunEvent::WaitingEnded { transition } => ("waiting-ended", json!({ "transition": name(transition) })),
        RunEvent::Approved { transition, who } => {
            ("approved", json!({ "transition": name(transition), "who": who }))
        }
        RunEvent::Held { transition, why } => {
            let why = refusal_in_words(subject.deployment(), *why);
            ("held", json!({ "transition": name(transition), "why": why }))
        }
        RunEvent::Frozen { attempt, report, why } => {
            let why = freeze_in_words(subject.deployment(), *why);
            let (transition, result) = (name(&attempt.action), report.result.word());
            (
                "frozen",
                json!({ "transition": transition, "attempt": attempt.id.0, "result": result, "why": why }),
            )
        }
        RunEvent::Observed { of, what, transition } => {
            ("observed", json!({ "transition": name(of), "what": what, "fired": name(transition) }))
        }
        RunEvent::Pending { of, why } => {
            let why = why.map(|why| refusal_in_words(subject.deployment(), why));
            ("pending", json!({ "transition": name(of), "why": why }))
        }
        RunEvent::Unseen { transition, why } => {
            ("unseen", json!({ "transition": name(transition), "why": why }))
        }
        RunEvent::StopRequested { how, running } => {
            let how = if *how == StopKind::Drain { "drain" } else { "cancel" };
            ("stop", json!({ "how": how, "running": running }))
        }
        RunEvent::Finished { state } => ("finished", json!({ "state": state.word() })),
    };
    value["event"] = word.into();
    value["at"] = at.as_secs_f64().into();
    value
}
