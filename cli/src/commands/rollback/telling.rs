//! What will be undone and what cannot be, in words and as data.

use crate::report::figures::counted;
use crate::report::json;
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, STRONG, painted};
use pn_deployment::Outcome;
use pn_executor::rollback::{How, Rollback, UndoStep};
use pn_executor::{Now, Sighting};
use serde::Serialize;

fn name(original: &Subject, step: &UndoStep) -> String {
    original.net().transition_name(step.action).to_owned()
}

fn ended(result: Option<Outcome>) -> &'static str {
    match result {
        Some(result) => result.word(),
        None => "in flight",
    }
}

fn how(original: &Subject, step: &UndoStep) -> String {
    match step.how {
        How::Kind => "by its kind".to_owned(),
        How::Command => "by its command".to_owned(),
        How::Drawn(undo) => format!("by {}", original.net().transition_name(undo)),
    }
}

/// What is planned, line by line.
pub(super) fn plan(plan: &Rollback, original: &Subject) -> Vec<String> {
    lines(plan, original, |_| String::new())
}

/// What is planned, and how it looks now.
pub(super) fn looked(plan: &Rollback, original: &Subject, sightings: &[Sighting]) -> Vec<String> {
    lines(plan, original, |index| sightings.get(index).map_or(String::new(), seen))
}

fn seen(sighting: &Sighting) -> String {
    let more = sighting.difference.as_deref().unwrap_or_default().trim_end();
    match sighting.now {
        Now::Same => format!("; nothing to do: {}", sighting.message),
        Now::Unseen => format!("; {} {}", painted(OPEN, "cannot be looked at:"), sighting.message),
        _ if !more.is_empty() => format!("; {} {}", painted(BAD, "fails without --force:"), more),
        Now::Differs => format!("; now: {}", sighting.message),
        Now::OnlyDoing | Now::Later => String::new(),
    }
}

fn lines(plan: &Rollback, original: &Subject, more: impl Fn(usize) -> String) -> Vec<String> {
    let run = painted(STRONG, format_args!("{}:", plan.run));
    let mut lines = vec![match (plan.steps.len(), plan.undone) {
        (0, 0) if plan.lasting.is_empty() => format!("{run} it changed nothing, so there is nothing to undo"),
        (0, 0) => format!("{run} nothing of it can be undone"),
        (0, _) => format!("{run} everything that can be undone has been undone"),
        (steps, 0) => format!("{run} {} to undo", counted(steps, "step")),
        (steps, undone) => {
            format!("{run} {} to undo, {} undone before", counted(steps, "step"), counted(undone, "step"))
        }
    }];
    for (index, step) in plan.steps.iter().enumerate() {
        let (name, how) = (name(original, step), how(original, step));
        let text = format!("{name} (attempt {}, {}), {how}{}", step.attempt, ended(step.ended), more(index));
        lines.push(format!("{}  {text}", painted(GOOD, format_args!("{:>9}", "undo"))));
    }
    for lasting in &plan.lasting {
        let name = original.net().transition_name(lasting.action);
        let text = format!("{name} (attempt {}, {}): {}", lasting.attempt, ended(lasting.ended), lasting.why);
        lines.push(format!("{}  {text}", painted(BAD, format_args!("{:>9}", "stays"))));
    }
    lines
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    run: String,
    steps: Vec<StepData>,
    irreversible: Vec<LastingData>,
    undone: usize,
    rollbacks: Vec<String>,
}

#[derive(Serialize)]
struct StepData {
    transition: String,
    attempt: u64,
    ended: Option<&'static str>,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<String>,
    after: Vec<u64>,
    now: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<String>,
}

#[derive(Serialize)]
struct LastingData {
    transition: String,
    attempt: u64,
    ended: Option<&'static str>,
    why: String,
}

/// The same as data.
pub(super) fn data(plan: &Rollback, original: &Subject, sightings: &[Sighting]) -> String {
    let steps = plan.steps.iter().enumerate().map(|(index, step)| {
        let sighting = sightings.get(index);
        StepData {
            transition: name(original, step),
            attempt: step.attempt.0,
            ended: step.ended.map(Outcome::word),
            by: match step.how {
                How::Kind => "kind",
                How::Command => "command",
                How::Drawn(_) => "drawn",
            },
            undo: match step.how {
                How::Drawn(undo) => Some(original.net().transition_name(undo).to_owned()),
                How::Kind | How::Command => None,
            },
            after: step.after.iter().map(|id| id.0).collect(),
            now: match sighting.map(|sighting| sighting.now) {
                Some(Now::Same) => "undone",
                Some(Now::Differs) => "differs",
                Some(Now::OnlyDoing) => "only-doing",
                Some(Now::Later | Now::Unseen) | None => "unseen",
            },
            message: sighting.map(|sighting| sighting.message.clone()).unwrap_or_default(),
            changed: sighting.and_then(|sighting| sighting.difference.clone()),
        }
    });
    let lasting = plan.lasting.iter().map(|lasting| LastingData {
        transition: original.net().transition_name(lasting.action).to_owned(),
        attempt: lasting.attempt.0,
        ended: lasting.ended.map(Outcome::word),
        why: lasting.why.clone(),
    });
    json::text(&Data {
        format: "pn rollback 1",
        run: plan.run.clone(),
        steps: steps.collect(),
        irreversible: lasting.collect(),
        undone: plan.undone,
        rollbacks: plan.earlier.clone(),
    })
}
