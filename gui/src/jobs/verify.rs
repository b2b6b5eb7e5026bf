//! Verification as a job, and its answers as findings in words.

use crate::subject::Subject;
use pn_deployment::{QuestionKind, default_questions};
use pn_engines::{Progress, Run};
use pn_logic::{Answer, Evidence, Explored, Property, Reason, Verdict};
use pn_net::{PlaceId, Trace, TransitionId};
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

/// The answer to a question in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// Nothing definite.
    Unknown,
}

impl Word {
    /// The word itself.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        }
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
    let pairs: Vec<(&Asked, &Checked)> = asked.iter().zip(answers).collect();
    let group = |wanted: fn(QuestionKind) -> bool| -> Vec<(&Asked, &Checked)> {
        let member =
            |(asked, _): &&(&Asked, &Checked)| matches!(asked.kind, AskedKind::Default(kind) if wanted(kind));
        pairs.iter().filter(member).copied().collect()
    };
    let mut bounds = Some(group(|kind| matches!(kind, QuestionKind::Bound(_))));
    let mut fires = Some(group(|kind| matches!(kind, QuestionKind::Fires(_))));
    let mut findings = Vec::new();
    for (asked, checked) in &pairs {
        match asked.kind {
            AskedKind::Default(QuestionKind::Bound(_)) => {
                findings.extend(bounds.take().map(|group| bounded(subject, &group)));
            }
            AskedKind::Default(QuestionKind::Fires(_)) => {
                findings.extend(fires.take().map(|group| fireable(subject, &group)));
            }
            _ => findings.push(single(subject, asked, checked)),
        }
    }
    findings
}

fn word(verdict: &Verdict) -> Word {
    match verdict {
        Verdict::Holds | Verdict::Bounded(_) => Word::Holds,
        Verdict::Fails | Verdict::Unbounded => Word::Fails,
        Verdict::Unknown(_) => Word::Unknown,
    }
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
        word: word(&checked.answer.verdict),
        statement,
        how: established(checked),
        trace: shown(&checked.answer),
        places: Vec::new(),
        transitions: Vec::new(),
    }
}

fn bounded(subject: &Subject, group: &[(&Asked, &Checked)]) -> Finding {
    let place = |asked: &Asked| match asked.kind {
        AskedKind::Default(QuestionKind::Bound(place)) => Some(place),
        _ => None,
    };
    let of = |wanted: Word| group.iter().filter(move |(_, checked)| word(&checked.answer.verdict) == wanted);
    let unbounded: Vec<PlaceId> = of(Word::Fails).filter_map(|(asked, _)| place(asked)).collect();
    if let Some((_, checked)) = of(Word::Fails).next() {
        let names = joined(unbounded.iter().map(|place| subject.place(*place)));
        return Finding {
            word: Word::Fails,
            statement: format!("It is bounded: no, tokens pile up without limit on {names}."),
            how: established(checked),
            trace: shown(&checked.answer),
            places: unbounded,
            transitions: Vec::new(),
        };
    }
    let open = of(Word::Unknown).next();
    let statement = match open {
        Some(_) => "It is bounded.".to_owned(),
        None => {
            let large = group.iter().filter_map(|(asked, checked)| {
                match (place(asked), checked.answer.verdict.clone()) {
                    (Some(place), Verdict::Bounded(bound)) if bound > 1 && !subject.is_counter(place) => {
                        Some(format!("{bound} on {}", subject.place(place)))
                    }
                    _ => None,
                }
            });
            let large: Vec<String> = large.collect();
            match large.is_empty() {
                true => "It is bounded: one-safe.".to_owned(),
                false => format!("It is bounded: at most {}.", joined(large.into_iter())),
            }
        }
    };
    let how = open.or(group.first()).map_or_else(String::new, |(_, checked)| established(checked));
    let word = if open.is_some() { Word::Unknown } else { Word::Holds };
    Finding { word, statement, how, trace: None, places: Vec::new(), transitions: Vec::new() }
}

fn fireable(subject: &Subject, group: &[(&Asked, &Checked)]) -> Finding {
    let of = |wanted: Word| group.iter().filter(move |(_, checked)| word(&checked.answer.verdict) == wanted);
    let never = of(Word::Fails).filter_map(|(asked, _)| match asked.kind {
        AskedKind::Default(QuestionKind::Fires(transition)) => Some(transition),
        _ => None,
    });
    let never: Vec<TransitionId> = never.collect();
    let deciding = of(Word::Fails).next().or(of(Word::Unknown).next()).or(group.first());
    let (word, statement) = match (never.is_empty(), of(Word::Unknown).next()) {
        (false, _) => {
            let names = joined(never.iter().map(|transition| subject.step(*transition)));
            (Word::Fails, format!("Every transition can fire: no, these never do: {names}."))
        }
        (true, Some(_)) => (Word::Unknown, "Every transition can fire.".to_owned()),
        (true, None) => (Word::Holds, "Every transition can fire.".to_owned()),
    };
    let how = deciding.map_or_else(String::new, |(_, checked)| established(checked));
    Finding { word, statement, how, trace: None, places: Vec::new(), transitions: never }
}

/// The run that shows a verdict, where one run does.
fn shown(answer: &Answer) -> Option<Trace> {
    match &answer.evidence {
        Evidence::Run(run) | Evidence::RunAndExhaustion(run, _) | Evidence::RunAndCovering(run, _) => {
            Some(run.clone())
        }
        Evidence::RunAndRefutation(run, _) => Some(run.clone()),
        Evidence::Prefix(prefix) | Evidence::PrefixAndModules(prefix, _) => Some(prefix.to_trace()),
        Evidence::Pumping(run, word) => {
            Some(Trace { firings: run.firings.iter().chain(&word.firings).copied().collect() })
        }
        _ => None,
    }
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

/// The first few, and how many more there are.
fn joined(names: impl Iterator<Item = String>) -> String {
    const MOST: usize = 6;
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.len().checked_sub(MOST) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST].join(", ")),
    }
}
