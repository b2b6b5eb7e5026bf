//! Answers as findings: one sentence each, how it was established, and what shows that it fails.
//!
//! The bounds of all places make one finding, the fireability of all transitions another.

use super::figures::{counted, grouped};
use super::listing::{MOST, joined, wrapped};
use super::questions::{Asked, AskedKind, consequence, statement};
use super::steps;
use crate::exit::Exit;
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, painted};
use crate::verification::Answered;
use pn_deployment::QuestionKind;
use pn_logic::{Evidence, Exploration, Explored, Pumping, Reason, Verdict};
use pn_net::{Trace, TransitionId, replay};
use pn_verify::{Checked, Trust};
use std::collections::BTreeSet;

/// The answer to a question, in one word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Word {
    Holds,
    Fails,
    Unknown,
}

/// What is reported about one question or one group of questions.
pub(crate) struct Finding {
    pub(crate) word: Word,
    statement: String,
    /// How it was established, or why it was not.
    how: String,
    /// What shows that it fails, line by line, without margin.
    details: String,
}

/// The columns before a statement.
const MARGIN: &str = "           ";

/// The word for one answer. A bound is an answer that holds, growth without limit one that fails.
pub(crate) fn word(verdict: &Verdict) -> Word {
    match verdict {
        Verdict::Holds | Verdict::Bounded(_) => Word::Holds,
        Verdict::Fails | Verdict::Unbounded => Word::Fails,
        Verdict::Unknown(_) => Word::Unknown,
    }
}

/// The exit status of answers: something fails, or else something is open, or else all hold.
pub(crate) fn exit(answers: &[Answered]) -> Exit {
    let words: BTreeSet<Word> = answers.iter().map(|a| word(&a.checked.answer.verdict)).collect();
    if words.contains(&Word::Fails) {
        Exit::Fails
    } else if words.contains(&Word::Unknown) {
        Exit::Undecided
    } else {
        Exit::Success
    }
}

/// The findings in the order of the questions, groups where their first member stands.
pub(crate) fn findings(subject: &Subject, answers: &[Answered], width: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of = |wanted: fn(QuestionKind) -> bool| -> Vec<&Answered> {
        let member = |a: &&Answered| matches!(a.asked.kind, AskedKind::Default(kind) if wanted(kind));
        answers.iter().filter(member).collect()
    };
    let mut bounds = Some(of(|kind| matches!(kind, QuestionKind::Bound(_))));
    let mut fires = Some(of(|kind| matches!(kind, QuestionKind::Fires(_))));
    for answered in answers {
        match answered.asked.kind {
            AskedKind::Default(QuestionKind::Bound(_)) => {
                findings.extend(bounds.take().map(|group| bounded(subject, &group, width)));
            }
            AskedKind::Default(QuestionKind::Fires(_)) => {
                findings.extend(fires.take().map(|group| fireable(subject, &group)));
            }
            _ => findings.push(single(subject, answered, width)),
        }
    }
    findings
}

/// The finding as it is printed, ending in a newline.
pub(crate) fn rendered(finding: &Finding, width: usize) -> String {
    let (style, word) = match finding.word {
        Word::Holds => (GOOD, "holds"),
        Word::Fails => (BAD, "fails"),
        Word::Unknown => (OPEN, "unknown"),
    };
    let statement = wrapped(MARGIN, &finding.statement, width);
    let rest = statement.get(2 + word.len()..).unwrap_or_default();
    let mut text = format!("  {}{rest}\n", painted(style, word));
    if !finding.how.is_empty() {
        text.push_str(&wrapped(MARGIN, &finding.how, width));
        text.push('\n');
    }
    for line in finding.details.lines() {
        text.push_str(&format!("{MARGIN}{line}\n"));
    }
    text
}

fn single(subject: &Subject, answered: &Answered, width: usize) -> Finding {
    let Answered { asked, checked } = answered;
    let verdict = &checked.answer.verdict;
    let mut sentence = statement(subject, asked);
    match verdict {
        Verdict::Bounded(bound) => sentence = format!("{sentence} is at most {}", grouped(bound)),
        Verdict::Unbounded => sentence = format!("{sentence} grows without limit"),
        _ => {}
    }
    let how = match verdict {
        Verdict::Unknown(reason) => reason_in_words(*reason),
        _ => established(&[checked]),
    };
    Finding { word: word(verdict), statement: sentence, how, details: shown(subject, asked, checked, width) }
}

/// The run that shows the verdict, and the marking that it leads to.
fn shown(subject: &Subject, asked: &Asked, checked: &Checked, width: usize) -> String {
    let net = subject.net();
    let begun;
    let (run, repeated) = match &checked.answer.evidence {
        Evidence::Run(run)
        | Evidence::RunAndExhaustion(run, _)
        | Evidence::RunAndCovering(run, _)
        | Evidence::RunAndRefutation(run, _) => (run, None),
        Evidence::Pumping(run, word) => (run, Some(word)),
        Evidence::Pumpings(pumpings) => return pumped_in_turn(subject, pumpings),
        Evidence::Prefix(prefix) | Evidence::PrefixAndModules(prefix, _) => {
            begun = prefix.to_trace();
            (&begun, None)
        }
        Evidence::None
        | Evidence::Exhaustion(_)
        | Evidence::Covering(_)
        | Evidence::Refutation(_)
        | Evidence::Inductive(_)
        | Evidence::Modules(_) => return String::new(),
    };
    let Ok(marking) = replay(net, net.initial(), run) else { return String::new() };
    let count = run.firings.len();
    if let Some(word) = repeated {
        return pumped(subject, run, word);
    }
    let consequence = consequence(subject, asked);
    let width = width.saturating_sub(MARGIN.len());
    match count {
        0 => {
            let marked = steps::marked(subject, "Marked: ", &marking, width);
            format!("Already in the initial marking {consequence}.\n{marked}\n")
        }
        _ => {
            let steps = steps::numbered(subject, run, 1, "  ");
            let marked = steps::marked(subject, "Then marked: ", &marking, width);
            format!("After {} {consequence}:\n{steps}{marked}\n", counted(count, "step"))
        }
    }
}

fn pumped(subject: &Subject, run: &Trace, word: &Trace) -> String {
    let mut text = String::new();
    if !run.firings.is_empty() {
        text.push_str(&format!("After {}:\n", counted(run.firings.len(), "step")));
        text.push_str(&steps::numbered(subject, run, 1, "  "));
    }
    text.push_str("This can be repeated for ever:\n");
    text.push_str(&steps::numbered(subject, word, run.firings.len() + 1, "  "));
    text
}

/// Words that are repeated one after the other, each as often as those after it need.
fn pumped_in_turn(subject: &Subject, pumpings: &[Pumping]) -> String {
    let mut text = String::new();
    let mut number = 1;
    for Pumping { run, word } in pumpings {
        if !run.firings.is_empty() {
            text.push_str(&format!("After {}:\n", counted(run.firings.len(), "step")));
            text.push_str(&steps::numbered(subject, run, number, "  "));
            number += run.firings.len();
        }
        text.push_str("This can be repeated as often as what follows needs:\n");
        text.push_str(&steps::numbered(subject, word, number, "  "));
        number += word.firings.len();
    }
    text
}

fn bounded(subject: &Subject, group: &[&Answered], width: usize) -> Finding {
    let place = |answered: &Answered| match answered.asked.kind {
        AskedKind::Default(QuestionKind::Bound(place)) => subject.place(place),
        _ => String::new(),
    };
    let with = |wanted: Word| group.iter().filter(move |a| word(&a.checked.answer.verdict) == wanted);
    let checked: Vec<&Checked> = with(Word::Holds).map(|a| &a.checked).collect();

    if let Some(first) = with(Word::Fails).next() {
        let names = joined(with(Word::Fails).map(|a| format!("`{}`", place(a))), MOST);
        let details = shown(subject, &first.asked, &first.checked, width);
        return Finding {
            word: Word::Fails,
            statement: format!("It is bounded: no, tokens pile up without limit on {names}."),
            how: established(&[&first.checked]),
            details,
        };
    }
    if let Some(first) = with(Word::Unknown).next() {
        let open = with(Word::Unknown).count();
        let known = group.len() - open;
        let reason = match first.checked.answer.verdict {
            Verdict::Unknown(reason) => reason,
            _ => Reason::Unsupported,
        };
        let how = match known {
            0 => reason_in_words(reason),
            _ => format!("{known} of {} are; {}", counted(group.len(), "place"), reason_in_words(reason)),
        };
        return Finding {
            word: Word::Unknown,
            statement: "It is bounded.".into(),
            how,
            details: String::new(),
        };
    }
    Finding {
        word: Word::Holds,
        statement: bound_in_words(subject, group, place),
        how: established(&checked),
        details: String::new(),
    }
}

/// `one-safe`, or the largest bounds with their places.
fn bound_in_words(subject: &Subject, group: &[&Answered], place: impl Fn(&Answered) -> String) -> String {
    let bound = |answered: &Answered| match answered.checked.answer.verdict {
        Verdict::Bounded(bound) => bound,
        _ => 0,
    };
    let (counters, told): (Vec<&Answered>, Vec<&Answered>) =
        group.iter().copied().partition(|answered| is_counter(subject, answered));
    let mut large: Vec<&Answered> = told.iter().copied().filter(|a| bound(a) > 1).collect();
    if large.is_empty() {
        let aside = if counters.iter().any(|a| bound(a) > 1) { ", counters of attempts aside" } else { "" };
        return format!("It is bounded: one-safe{aside}.");
    }
    large.sort_by_key(|answered| std::cmp::Reverse(bound(answered)));
    let rest = told.len() - large.len();
    let one = |answered: &&Answered| format!("{} on `{}`", grouped(bound(answered)), place(answered));
    let list = joined(large.iter().map(one), 5);
    match rest {
        0 => format!("It is bounded: at most {list}."),
        _ => format!("It is bounded: at most {list}; all other places hold at most one token."),
    }
}

/// Whether the place counts the attempts of an action: an implementation detail.
fn is_counter(subject: &Subject, answered: &Answered) -> bool {
    match answered.asked.kind {
        AskedKind::Default(QuestionKind::Bound(place)) => subject.is_counter(place),
        _ => false,
    }
}

fn fireable(subject: &Subject, group: &[&Answered]) -> Finding {
    let transition = |answered: &Answered| match answered.asked.kind {
        AskedKind::Default(QuestionKind::Fires(transition)) => subject.step(transition),
        _ => String::new(),
    };
    let with = |wanted: Word| -> Vec<&Answered> {
        group.iter().copied().filter(|a| word(&a.checked.answer.verdict) == wanted).collect()
    };
    let (fires, never, open) = (with(Word::Holds), with(Word::Fails), with(Word::Unknown));
    let how = |group: &[&Answered]| established(&group.iter().map(|a| &a.checked).collect::<Vec<_>>());
    let statement = "Every transition can fire.".to_owned();
    if !never.is_empty() {
        let names = joined(never_fired(subject, &never), MOST);
        let statement = format!("Every transition can fire: no, these never do: {names}.");
        return Finding { word: Word::Fails, statement, how: how(&never), details: String::new() };
    }
    if let Some(Verdict::Unknown(reason)) = open.first().map(|a| &a.checked.answer.verdict) {
        let names = joined(open.iter().map(|a| format!("`{}`", transition(a))), 5);
        let reason = reason_in_words(*reason);
        let (some, all) = (grouped(fires.len()), counted(group.len(), "transition"));
        let how = format!("{some} of {all} can, each shown by a run; open: {names}; {reason}");
        return Finding { word: Word::Unknown, statement, how, details: String::new() };
    }
    Finding { word: Word::Holds, statement, how: how(&fires), details: String::new() }
}

/// The transitions that never fire. Of an action that never starts, the parts go without saying.
fn never_fired(subject: &Subject, never: &[&Answered]) -> Vec<String> {
    let transitions: BTreeSet<TransitionId> = never
        .iter()
        .filter_map(|answered| match answered.asked.kind {
            AskedKind::Default(QuestionKind::Fires(transition)) => Some(transition),
            _ => None,
        })
        .collect();
    let in_words = |transition: &TransitionId| match subject.action_of(*transition) {
        Some(action) if action == *transition => Some(format!("`{}`", subject.net().transition_name(action))),
        Some(action) if transitions.contains(&action) => None,
        _ => Some(format!("`{}`", subject.step(*transition))),
    };
    transitions.iter().filter_map(in_words).collect()
}

/// How answers were established: the methods, the markings looked at, and how it was checked.
pub(crate) fn established(group: &[&Checked]) -> String {
    let methods: BTreeSet<&str> = group.iter().map(|checked| checked.answer.method).collect();
    let methods = methods.into_iter().filter(|m| !m.is_empty()).collect::<Vec<_>>().join(", ");
    let exploration = group.iter().find_map(|checked| match &checked.answer.evidence {
        Evidence::Exhaustion(all) | Evidence::RunAndExhaustion(_, all) => Some(*all),
        _ => None,
    });
    let covering = group.iter().find_map(|checked| match &checked.answer.evidence {
        Evidence::Covering(covering) | Evidence::RunAndCovering(_, covering) => Some(covering.len()),
        _ => None,
    });
    let weakest = group.iter().filter_map(|checked| checked.trust).min();
    if let (Some(trust), Some(count)) = (weakest, covering) {
        let trust = match trust {
            Trust::OneSearch => "too many to look through",
            Trust::Recounted | Trust::Verified | Trust::Replayed => "checked independently",
        };
        let markings = counted(count, "ω-marking");
        return format!("{methods}; {markings} cover all that is reachable, {trust}");
    }
    let trust = match (weakest, exploration) {
        (Some(Trust::Replayed), _) if group.len() > 1 => "each shown by a run, replayed",
        (Some(Trust::Replayed), _) => "the run was replayed",
        (Some(Trust::Recounted), _) => "recounted independently",
        (Some(Trust::Verified), _) if group.iter().any(is_modular) => {
            "each module looked through independently"
        }
        (Some(Trust::Verified), _) if group.iter().any(is_inductive) => "verified by another solver",
        (Some(Trust::Verified), _) => "verified in exact arithmetic",
        (Some(Trust::OneSearch), Some(_)) => "one exhaustive search; too large to recount",
        (Some(Trust::OneSearch), None) => "one proof about the reduced net; too large to recount",
        (None, _) => return methods,
    };
    match exploration {
        Some(Exploration { states, of: Explored::Itself, .. }) => {
            format!("{methods} of all {} markings, {trust}", grouped(states))
        }
        Some(Exploration { states, of: Explored::Stubborn, .. }) => {
            format!("{methods}, which are enough in {} markings, {trust}", grouped(states))
        }
        Some(Exploration { states, of: Explored::Onwards, .. }) => {
            let markings = counted(usize::try_from(states).unwrap_or(usize::MAX), "marking");
            format!("{methods}: {markings} can be reached from there, {trust}")
        }
        Some(Exploration { states, .. }) => {
            let markings = counted(usize::try_from(states).unwrap_or(usize::MAX), "marking");
            format!("{methods}, which leave {markings}, {trust}")
        }
        None => format!("{methods}, {trust}"),
    }
}

fn is_modular(checked: &&Checked) -> bool {
    matches!(checked.answer.evidence, Evidence::Modules(_) | Evidence::PrefixAndModules(..))
}

fn is_inductive(checked: &&Checked) -> bool {
    matches!(checked.answer.evidence, Evidence::Inductive(_))
}

fn reason_in_words(reason: Reason) -> String {
    match reason {
        Reason::EvidenceRejected => {
            "an engine answered, but its evidence did not pass the check: please report this bug".to_owned()
        }
        Reason::Time => "the time limit was reached; --time sets another".to_owned(),
        Reason::Memory => "the memory limit was reached; --memory sets another".to_owned(),
        other => other.to_string(),
    }
}
