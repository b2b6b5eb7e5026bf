//! Answers as data, for `--json`. The format is described in `docs/spec/json.md`.

use super::findings::Word;
use super::questions::{Asked, AskedKind};
use crate::subject::Subject;
use crate::verification::Answered;
use pn_deployment::QuestionKind;
use pn_logic::{Evidence, Pumping, Reason, Verdict};
use pn_net::{Marking, Net, Trace, net_hash, replay};
use pn_verify::Trust;
use serde::Serialize;
use std::collections::BTreeMap;

/// The text of `value`, with a newline at its end.
pub(crate) fn text(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("reports are plain data");
    text.push('\n');
    text
}

/// Size and identity of a net.
#[derive(Serialize)]
pub(crate) struct NetFigures {
    name: String,
    hash: String,
    places: usize,
    transitions: usize,
    arcs: usize,
}

impl From<&Net> for NetFigures {
    fn from(net: &Net) -> Self {
        Self {
            name: net.name().to_owned(),
            hash: net_hash(net).to_string(),
            places: net.place_count(),
            transitions: net.transition_count(),
            arcs: net.arc_count(),
        }
    }
}

/// A run, after which a word can be repeated.
#[derive(Serialize)]
struct PumpingFigures {
    run: Vec<String>,
    repeat: Vec<String>,
}

/// One question with its answer.
#[derive(Serialize)]
pub(crate) struct AnswerFigures {
    question: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    property: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<i128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    markings: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firings: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reduced: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stubborn: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covering: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pumpings: Option<Vec<PumpingFigures>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marking: Option<BTreeMap<String, u64>>,
}

/// The word for all answers together.
pub(crate) fn result(answers: &[Answered]) -> &'static str {
    let words: Vec<Word> = answers.iter().map(|a| Word::of(&a.checked.answer.verdict)).collect();
    if words.contains(&Word::Fails) {
        "fails"
    } else if words.contains(&Word::Unknown) {
        "undecided"
    } else {
        "holds"
    }
}

fn pumping(net: &Net, pumping: &Pumping) -> PumpingFigures {
    PumpingFigures { run: names(net, &pumping.run), repeat: names(net, &pumping.word) }
}

/// One question with its answer.
pub(crate) fn answer(subject: &Subject, answered: &Answered) -> AnswerFigures {
    let Answered { asked, checked } = answered;
    let net = subject.net();
    let answer = &checked.answer;
    let (question, about) = question(subject, asked);
    let (run, repeat) = match &answer.evidence {
        Evidence::Run(run)
        | Evidence::RunAndExhaustion(run, _)
        | Evidence::RunAndCovering(run, _)
        | Evidence::RunAndRefutation(run, _) => (Some(run), None),
        Evidence::Pumping(run, word) => (Some(run), Some(word)),
        Evidence::None
        | Evidence::Exhaustion(_)
        | Evidence::Covering(_)
        | Evidence::Refutation(_)
        | Evidence::Inductive(_)
        | Evidence::Modules(_)
        | Evidence::Pumpings(_)
        // One run of the whole net, for thousands of answers: it stands in the certificate.
        | Evidence::Prefix(_)
        | Evidence::PrefixAndModules(..) => (None, None),
    };
    let pumpings = match &answer.evidence {
        Evidence::Pumpings(pumpings) => Some(pumpings.iter().map(|p| pumping(net, p)).collect()),
        _ => None,
    };
    let covering = match &answer.evidence {
        Evidence::Covering(covering) | Evidence::RunAndCovering(_, covering) => Some(covering.len()),
        _ => None,
    };
    let exploration = match &answer.evidence {
        Evidence::Exhaustion(all) | Evidence::RunAndExhaustion(_, all) => Some(*all),
        _ => None,
    };
    let end = run.and_then(|run| replay(net, net.initial(), run).ok());
    AnswerFigures {
        question,
        about,
        property: asked.property.display(net).to_string(),
        verdict: match answer.verdict {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
            Verdict::Bounded(_) => "bounded",
            Verdict::Unbounded => "unbounded",
            Verdict::Unknown(_) => "unknown",
        },
        bound: match answer.verdict {
            Verdict::Bounded(bound) => Some(bound),
            _ => None,
        },
        reason: match answer.verdict {
            Verdict::Unknown(reason) => Some(reason_word(reason)),
            _ => None,
        },
        method: (!answer.method.is_empty()).then_some(answer.method),
        checked: checked.trust.map(trust_word),
        markings: exploration.map(|all| all.states),
        firings: exploration.map(|all| all.edges),
        reduced: exploration.filter(|all| all.of == all.of.after_reductions()).map(|_| true),
        stubborn: exploration.filter(|all| all.of.is_stubborn()).map(|_| true),
        covering,
        pumpings,
        run: run.map(|run| names(net, run)),
        steps: run.map(|run| run.firings.iter().map(|t| subject.step(*t)).collect()),
        repeat: repeat.map(|run| names(net, run)),
        marking: end.map(|end| marking(net, &end)),
    }
}

fn question(subject: &Subject, asked: &Asked) -> (&'static str, Option<String>) {
    let net = subject.net();
    match asked.kind {
        AskedKind::Own => ("property", None),
        AskedKind::Undoable => ("undoable", None),
        AskedKind::Default(QuestionKind::Stuck) => ("stuck", None),
        AskedKind::Default(QuestionKind::Finish) => ("finish", None),
        AskedKind::Default(QuestionKind::Bound(place)) => ("bound", Some(net.place_name(place).to_owned())),
        AskedKind::Default(QuestionKind::Fires(transition)) => {
            ("fires", Some(net.transition_name(transition).to_owned()))
        }
        AskedKind::Default(QuestionKind::Invariant(index)) => {
            ("invariant", Some(subject.deployment().invariants[index].name.clone()))
        }
    }
}

/// The identifiers of the transitions of a run.
pub(crate) fn names(net: &Net, run: &Trace) -> Vec<String> {
    run.firings.iter().map(|t| net.transition_name(*t).to_owned()).collect()
}

/// What a command wrote to one stream, within bounds.
pub(crate) fn captured(captured: &pn_executor::Captured) -> serde_json::Value {
    let pn_executor::Captured { head, tail, dropped } = captured;
    serde_json::json!({ "head": head, "dropped": dropped, "tail": tail })
}

/// The marked places by their identifiers.
pub(crate) fn marking(net: &Net, marking: &Marking) -> BTreeMap<String, u64> {
    marking.marked().map(|(place, tokens)| (net.place_name(place).to_owned(), tokens)).collect()
}

/// How far evidence carries, as a word.
pub(crate) const fn trust_word(trust: Trust) -> &'static str {
    match trust {
        Trust::OneSearch => "one-search",
        Trust::Recounted => "recounted",
        Trust::Verified => "verified",
        Trust::Replayed => "replayed",
    }
}

const fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Time => "time",
        Reason::Memory => "memory",
        Reason::Cancelled => "cancelled",
        Reason::Unsupported => "unsupported",
        Reason::TokenOverflow => "token-overflow",
        Reason::EvidenceRejected => "evidence-rejected",
    }
}
