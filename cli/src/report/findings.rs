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
use pn_net::{PlaceId, Trace, TransitionId, replay};
pub(crate) use pn_verify::findings::Word;
use pn_verify::findings::{self as verify, About, Bounds, Group, Shown};
use pn_verify::{Checked, Trust};
use std::collections::BTreeSet;

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

/// The exit status of answers: something fails, or else something is open, or else all hold.
pub(crate) fn exit(answers: &[Answered]) -> Exit {
    let words: BTreeSet<Word> = answers.iter().map(|a| Word::of(&a.checked.answer.verdict)).collect();
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
    let about = |answered: &Answered| match answered.asked.kind {
        AskedKind::Default(QuestionKind::Bound(place)) => About::Bound(place),
        AskedKind::Default(QuestionKind::Fires(transition)) => About::Fires(transition),
        _ => About::Itself,
    };
    let told = answers.iter().map(|answered| (about(answered), &answered.checked.answer.verdict));
    let in_words = |found: verify::Finding| match found {
        verify::Finding::Single(index) => single(subject, &answers[index], width),
        verify::Finding::Bounds(group) => bounded(subject, answers, &group, width),
        verify::Finding::Fires(group) => fireable(subject, answers, &group),
    };
    verify::findings(told).into_iter().map(in_words).collect()
}

/// The finding as it is printed, ending in a newline.
pub(crate) fn rendered(finding: &Finding, width: usize) -> String {
    let word = finding.word.text();
    let style = match finding.word {
        Word::Holds => GOOD,
        Word::Fails => BAD,
        Word::Unknown => OPEN,
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
    Finding {
        word: Word::of(verdict),
        statement: sentence,
        how,
        details: shown(subject, asked, checked, width),
    }
}

/// The run that shows the verdict, and the marking that it leads to.
fn shown(subject: &Subject, asked: &Asked, checked: &Checked, width: usize) -> String {
    let net = subject.net();
    let (run, repeated) = match verify::shown(&checked.answer.evidence) {
        Some(Shown::Run(run)) => (run, None),
        Some(Shown::Repeated(run, word)) => (run, Some(word)),
        Some(Shown::InTurn(pumpings)) => return pumped_in_turn(subject, &pumpings),
        None => return String::new(),
    };
    let Ok(marking) = replay(net, net.initial(), &run) else { return String::new() };
    let count = run.firings.len();
    if let Some(word) = repeated {
        return pumped(subject, &run, &word);
    }
    let consequence = consequence(subject, asked);
    let width = width.saturating_sub(MARGIN.len());
    match count {
        0 => {
            let marked = steps::marked(subject, "Marked: ", &marking, width);
            format!("Already in the initial marking {consequence}.\n{marked}\n")
        }
        _ => {
            let steps = steps::numbered(subject, &run, 1, "  ");
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

/// The answers of these members.
fn checked_of<'a, T>(answers: &'a [Answered], members: &[(T, usize)]) -> Vec<&'a Checked> {
    members.iter().map(|(_, index)| &answers[*index].checked).collect()
}

/// The reason why the first of these members is not decided.
fn reason_of<T>(answers: &[Answered], members: &[(T, usize)]) -> Reason {
    match members.first().map(|(_, index)| &answers[*index].checked.answer.verdict) {
        Some(Verdict::Unknown(reason)) => *reason,
        _ => Reason::Unsupported,
    }
}

fn bounded(subject: &Subject, answers: &[Answered], group: &Group<PlaceId>, width: usize) -> Finding {
    let (word, deciding) = group.deciding();
    let (statement, how, details) = match word {
        Word::Fails => {
            let first = &answers[deciding[0].1];
            let names =
                joined(deciding.iter().map(|(place, _)| format!("`{}`", subject.place(*place))), MOST);
            (
                format!("It is bounded: no, tokens pile up without limit on {names}."),
                established(&[&first.checked]),
                shown(subject, &first.asked, &first.checked, width),
            )
        }
        Word::Unknown => {
            let reason = reason_in_words(reason_of(answers, deciding));
            let how = match group.holds.len() {
                0 => reason,
                known => format!("{known} of {} are; {reason}", counted(group.len(), "place")),
            };
            ("It is bounded.".into(), how, String::new())
        }
        Word::Holds => (
            bound_in_words(subject, answers, deciding),
            established(&checked_of(answers, deciding)),
            String::new(),
        ),
    };
    Finding { word, statement, how, details }
}

/// `one-safe`, or the largest bounds with their places.
fn bound_in_words(subject: &Subject, answers: &[Answered], members: &[(PlaceId, usize)]) -> String {
    let bounds = members.iter().map(|(place, index)| match answers[*index].checked.answer.verdict {
        Verdict::Bounded(bound) => (*place, bound),
        _ => (*place, 0),
    });
    let bounds: Vec<(PlaceId, i128)> = bounds.collect();
    let Bounds { large, others, has_large_counters } =
        verify::sum_up(&bounds, |place| subject.is_counter(place));
    if large.is_empty() {
        let aside = if has_large_counters { ", counters of attempts aside" } else { "" };
        return format!("It is bounded: one-safe{aside}.");
    }
    let one =
        |(place, bound): &(PlaceId, i128)| format!("{} on `{}`", grouped(*bound), subject.place(*place));
    let list = joined(large.iter().map(one), 5);
    match others {
        0 => format!("It is bounded: at most {list}."),
        _ => format!("It is bounded: at most {list}; all other places hold at most one token."),
    }
}

fn fireable(subject: &Subject, answers: &[Answered], group: &Group<TransitionId>) -> Finding {
    let (word, deciding) = group.deciding();
    let mut statement = "Every transition can fire.".to_owned();
    let how = match word {
        Word::Holds | Word::Fails => established(&checked_of(answers, deciding)),
        Word::Unknown => {
            let open = deciding.iter().map(|(transition, _)| format!("`{}`", subject.step(*transition)));
            let (names, reason) = (joined(open, 5), reason_in_words(reason_of(answers, deciding)));
            let (some, all) = (grouped(group.holds.len()), counted(group.len(), "transition"));
            format!("{some} of {all} can, each shown by a run; open: {names}; {reason}")
        }
    };
    if word == Word::Fails {
        let names = joined(never_fired(subject, deciding), MOST);
        statement = format!("Every transition can fire: no, these never do: {names}.");
    }
    Finding { word, statement, how, details: String::new() }
}

/// The transitions that never fire, as far as they are worth telling.
fn never_fired(subject: &Subject, never: &[(TransitionId, usize)]) -> Vec<String> {
    let ids = never.iter().map(|(transition, _)| *transition);
    let told = verify::worth_telling(ids, |transition| subject.action_of(transition));
    let in_words = |transition: TransitionId| match subject.action_of(transition) {
        Some(action) if action == transition => format!("`{}`", subject.net().transition_name(action)),
        _ => format!("`{}`", subject.step(transition)),
    };
    told.into_iter().map(in_words).collect()
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
