//! Verification as a job, and its answers as findings in words.

use crate::subject::Subject;
use pn_deployment::{QuestionKind, default_questions};
use pn_engines::{Progress, Run};
use pn_logic::{Answer, Evidence, Explored, Property, Reason, Verdict};
use pn_net::{PlaceId, Trace, TransitionId};
pub use pn_verify::findings::Word;
use pn_verify::findings::{self as verify, About, Bounds, Group, Shown};
use pn_verify::{Checked, Checker, SHORTEST, Trust, verify_in_turns};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The most markings that are recounted by brute force.
const RECOUNT: u64 = 200_000;
/// The memory that may take.
const RECOUNT_BYTES: usize = 512 << 20;

/// A question on its way through the verifier.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Who asks what.
    pub kind: AskedKind,
    /// The property that answers it.
    pub property: Property,
}

/// Who asks what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AskedKind {
    /// A question that every deployment answers.
    Default(QuestionKind),
    /// A property that the user gave.
    Own,
}

/// How long and in how much memory the verifier may work.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// It gives up after so long.
    pub time: Duration,
    /// It gives up before it takes more bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(120), bytes: 2 << 30 }
    }
}

/// The default questions of what is verified.
#[must_use]
pub fn questions(subject: &Subject) -> Vec<Asked> {
    let asked = default_questions(subject.deployment()).into_iter();
    asked
        .map(|question| Asked { kind: AskedKind::Default(question.kind), property: question.property })
        .collect()
}

enum News {
    Progress(Progress),
    Answers(Vec<Checked>),
    Finished(Vec<Checked>),
}

/// A verification: running, or finished. Dropping it ends it.
pub struct Verification {
    /// What is verified.
    pub subject: Subject,
    /// What is asked.
    pub asked: Vec<Asked>,
    /// The answers so far, in the same order; all unknown to begin with.
    pub answers: Vec<Checked>,
    /// How far the present search has come.
    pub progress: Progress,
    /// How long it took, once it is finished.
    pub took: Option<Duration>,
    started: Instant,
    cancel: Arc<AtomicBool>,
    news: Receiver<News>,
}

impl Verification {
    /// Starts a thread that answers what is asked. `wake` is called when there is news.
    pub fn start(
        subject: Subject,
        asked: Vec<Asked>,
        limits: Limits,
        wake: impl Fn() + Send + 'static,
    ) -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let (sender, news) = channel();
        let unknown = Checked { answer: Answer::unknown(Reason::Unsupported), trust: None };
        let answers = vec![unknown; asked.len()];
        let started = Instant::now();
        let properties: Vec<Property> = asked.iter().map(|asked| asked.property.clone()).collect();
        let (flag, net) = (Arc::clone(&cancel), subject.net().clone());
        std::thread::spawn(move || {
            // Nobody listens any more when the verification was dropped; the flag ends the work.
            let mut told = Instant::now();
            let mut tell = |progress: Progress| {
                if told.elapsed() >= Duration::from_millis(100) {
                    told = Instant::now();
                    let _ = sender.send(News::Progress(progress));
                    wake();
                }
            };
            let mut run =
                Run::unlimited().within_bytes(limits.bytes).cancelled_by(&flag).reporting_to(&mut tell);
            if let Some(deadline) = started.checked_add(limits.time) {
                run = run.until(deadline);
            }
            let mut checker = Checker::new(&net, RECOUNT).within_bytes(RECOUNT_BYTES).until(run.deadline());
            let answers =
                verify_in_turns(&net, &properties, SHORTEST, &mut checker, &mut run, &mut |answers| {
                    let _ = sender.send(News::Answers(answers.to_vec()));
                    ControlFlow::Continue(())
                });
            let _ = sender.send(News::Finished(answers));
            wake();
        });
        let progress = Progress::default();
        Self { subject, asked, answers, progress, took: None, started, cancel, news }
    }

    /// Takes in what has come since. Says whether anything has.
    pub fn poll(&mut self) -> bool {
        let mut any = false;
        while let Ok(news) = self.news.try_recv() {
            any = true;
            match news {
                News::Progress(progress) => self.progress = progress,
                News::Answers(answers) => self.answers = answers,
                News::Finished(answers) => {
                    self.answers = answers;
                    self.took = Some(self.started.elapsed());
                }
            }
        }
        any
    }

    /// Whether it is still at work.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.took.is_none()
    }

    /// Ends it soon, with what is known.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// What is shown about one question, or a group of questions.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whether it holds.
    pub word: Word,
    /// What is asked, as the sentence that holds or fails.
    pub statement: String,
    /// How it was established, or why it was not.
    pub how: String,
    /// A run that shows it.
    pub trace: Option<Trace>,
    /// The places and transitions that it is about.
    pub places: Vec<PlaceId>,
    /// See `places`.
    pub transitions: Vec<TransitionId>,
}

/// All answers as findings; bounds make one, fireability makes another.
#[must_use]
pub fn findings(verification: &Verification) -> Vec<Finding> {
    let Verification { subject, asked, answers, .. } = verification;
    let about = |asked: &Asked| match asked.kind {
        AskedKind::Default(QuestionKind::Bound(place)) => About::Bound(place),
        AskedKind::Default(QuestionKind::Fires(transition)) => About::Fires(transition),
        _ => About::Itself,
    };
    let told = asked.iter().zip(answers).map(|(asked, checked)| (about(asked), &checked.answer.verdict));
    let in_words = |found: verify::Finding| match found {
        verify::Finding::Single(index) => single(subject, &asked[index], &answers[index]),
        verify::Finding::Bounds(group) => bounded(subject, answers, &group),
        verify::Finding::Fires(group) => fireable(subject, answers, &group),
    };
    verify::findings(told).into_iter().map(in_words).collect()
}

fn statement(subject: &Subject, asked: &Asked) -> String {
    match asked.kind {
        AskedKind::Default(kind) => kind.statement(subject.deployment()),
        AskedKind::Own => asked.property.display(subject.net()).to_string(),
    }
}

fn single(subject: &Subject, asked: &Asked, checked: &Checked) -> Finding {
    let mut statement = statement(subject, asked);
    match &checked.answer.verdict {
        Verdict::Bounded(bound) => statement.push_str(&format!(" is at most {bound}")),
        Verdict::Unbounded => statement.push_str(" grows without limit"),
        _ => {}
    }
    Finding {
        word: Word::of(&checked.answer.verdict),
        statement,
        how: established(checked),
        trace: shown(checked),
        places: Vec::new(),
        transitions: Vec::new(),
    }
}

fn bounded(subject: &Subject, answers: &[Checked], group: &Group<PlaceId>) -> Finding {
    let (word, deciding) = group.deciding();
    let first = deciding.first().map(|(_, index)| &answers[*index]);
    let (mut places, mut trace) = (Vec::new(), None);
    let statement = match word {
        Word::Fails => {
            places = deciding.iter().map(|(place, _)| *place).collect();
            trace = first.and_then(shown);
            let names = joined(places.iter().map(|place| subject.place(*place)));
            format!("It is bounded: no, tokens pile up without limit on {names}.")
        }
        Word::Unknown => "It is bounded.".to_owned(),
        Word::Holds => {
            let bounds = deciding.iter().filter_map(|(place, index)| match answers[*index].answer.verdict {
                Verdict::Bounded(bound) => Some((*place, bound)),
                _ => None,
            });
            let bounds: Vec<(PlaceId, i128)> = bounds.collect();
            bound_in_words(subject, &verify::sum_up(&bounds, |place| subject.is_counter(place)))
        }
    };
    let how = first.map_or_else(String::new, established);
    Finding { word, statement, how, trace, places, transitions: Vec::new() }
}

fn bound_in_words(subject: &Subject, bounds: &Bounds) -> String {
    if bounds.large.is_empty() {
        let aside = if bounds.has_large_counters { ", counters of attempts aside" } else { "" };
        return format!("It is bounded: one-safe{aside}.");
    }
    let large = joined_words(
        bounds.large.iter().map(|(place, bound)| format!("{bound} on `{}`", subject.place(*place))),
    );
    match bounds.others {
        0 => format!("It is bounded: at most {large}."),
        _ => format!("It is bounded: at most {large}; all other places hold at most one token."),
    }
}

fn fireable(subject: &Subject, answers: &[Checked], group: &Group<TransitionId>) -> Finding {
    let (word, deciding) = group.deciding();
    let mut statement = "Every transition can fire.".to_owned();
    let mut never = Vec::new();
    if word == Word::Fails {
        never = deciding.iter().map(|(transition, _)| *transition).collect();
        let told = verify::worth_telling(never.iter().copied(), |transition| subject.action_of(transition));
        let names = joined(told.into_iter().map(|transition| match subject.action_of(transition) {
            Some(action) if action == transition => subject.net().transition_label(action).to_owned(),
            _ => subject.step(transition),
        }));
        statement = format!("Every transition can fire: no, these never do: {names}.");
    }
    let how = deciding.first().map_or_else(String::new, |(_, index)| established(&answers[*index]));
    Finding { word, statement, how, trace: None, places: Vec::new(), transitions: never }
}

/// The run that shows a verdict, where one run does.
fn shown(checked: &Checked) -> Option<Trace> {
    verify::shown(&checked.answer.evidence).and_then(Shown::whole)
}

/// How a verdict was established, or why it was not.
fn established(checked: &Checked) -> String {
    if let Verdict::Unknown(reason) = checked.answer.verdict {
        return format!("not decided: {reason}");
    }
    let counted = match &checked.answer.evidence {
        Evidence::Exhaustion(all) | Evidence::RunAndExhaustion(_, all) => match all.of {
            Explored::Itself => format!(" of all {} markings", all.states),
            Explored::Reduced => format!(" of the {} markings of a smaller net", all.states),
            of if of.is_stubborn() => format!(", for which {} markings are enough", all.states),
            _ => format!(" of {} markings", all.states),
        },
        Evidence::Covering(covering) | Evidence::RunAndCovering(_, covering) => {
            format!("; {} ω-markings cover all that is reachable", covering.len())
        }
        _ => String::new(),
    };
    let trust = match checked.trust {
        Some(Trust::Replayed) => ", the evidence was replayed",
        Some(Trust::Recounted) => ", recounted independently",
        _ => "",
    };
    format!("{}{counted}{trust}", checked.answer.method)
}

/// The first few names, and how many more there are.
fn joined(names: impl Iterator<Item = String>) -> String {
    joined_words(names.map(|name| format!("`{name}`")))
}

/// The first few, and how many more there are.
fn joined_words(words: impl Iterator<Item = String>) -> String {
    const MOST: usize = 6;
    let names: Vec<String> = words.collect();
    match names.len().checked_sub(MOST) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST].join(", ")),
    }
}
