//! The other side: answers one question on its standard streams, and ends.

use super::exchange::{Answer, Ask, Question};
use super::hex;
use crate::keeper::{self, Found, Keepers};
use crate::machine::AttemptId;
use crate::params::Params;
use crate::report::{Halt, Report};
use crate::resource::{Context, Resource, Tracks, kind};
use crate::secret;
use crate::values::Values;
use pn_deployment::Outcome;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// How long what is left of an attempt stays: whoever asked may come back for its result.
const STAYS: Duration = Duration::from_secs(7 * 24 * 3600);

/// Answers the question on the standard input. `arguments` names the folder of this user's
/// attempts; `keeper` is as in [`crate::Settings::keeper`]. Returns the exit status.
#[must_use]
pub fn main(arguments: &[OsString], keeper: Vec<OsString>) -> u8 {
    let [folder] = arguments else { return 64 };
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line).is_err() {
        return 66;
    }
    let Ok(question) = serde_json::from_str::<Question>(&line) else { return 65 };
    let cancel = Arc::new(AtomicBool::new(false));
    listen(Arc::clone(&cancel));
    let context = context(&question, Path::new(folder), keeper, cancel);
    let answer = answer(&question, &context, Path::new(folder));
    let Ok(text) = serde_json::to_string(&answer) else { return 70 };
    // Nobody may be left to hear it; what was done can be found all the same.
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Ok(()) => 0,
        Err(_) => 74,
    }
}

/// A word is a cancellation; the end of the stream is none, as the connection may be lost.
fn listen(cancel: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut word = String::new();
        if io::stdin().lock().read_line(&mut word).is_ok() && word.trim() == "cancel" {
            cancel.store(true, Ordering::Relaxed);
        }
    });
}

fn context(question: &Question, folder: &Path, keeper: Vec<OsString>, cancel: Arc<AtomicBool>) -> Context {
    // Each attempt has a keeper of its own here: who asks has no session that would outlast a question.
    let keepers = Keepers::new(keeper, attempt_folder(folder, question), question.run.clone(), 1);
    Context {
        run: question.run.clone(),
        transition: question.transition.clone(),
        attempt: AttemptId(question.attempt),
        key: question.key.clone(),
        away: None,
        filled: (question.kind.clone(), Vec::new()),
        kept: folder.join("kept").join(named(&question.kept)),
        runs: folder.join("runs"),
        environment: Arc::default(),
        timeout: question.timeout_ms.map(Duration::from_millis),
        started: Instant::now(),
        before: Duration::ZERO,
        cancel,
        values: Values::default(),
        keepers: Arc::new(keepers),
        grace: Duration::from_millis(question.grace_ms),
        names: question.names.clone(),
        secrets: question.secrets.clone(),
        refuted: Outcome::Failed,
    }
}

/// Where the keeper of the attempt has its log.
fn attempt_folder(folder: &Path, question: &Question) -> PathBuf {
    folder.join("attempts").join(named(&question.key)).join(question.attempt.to_string())
}

/// A short name for a text of any length.
fn named(text: &str) -> String {
    hex(&Sha256::digest(text)[..16])
}

fn answer(question: &Question, context: &Context, folder: &Path) -> Answer {
    let resource = match resource(question) {
        Ok(resource) => resource,
        Err(halt) => return Answer::halt(halt),
    };
    let past = |past: &super::exchange::PastText| {
        let kept = folder.join("kept").join(named(&past.kept));
        past.clone().with_kept(kept)
    };
    let report = |mut report: Report| {
        secret::strike_report(&mut report, &context.secrets);
        Answer::Report(Box::new(report.into()))
    };
    match &question.ask {
        Ask::Check => Answer::check(resource.check(context)),
        Ask::Difference => resource.difference(context).map_or(Answer::Nothing, Answer::Text),
        Ask::Before => match resource.before(context) {
            Ok(before) => before.map_or(Answer::Nothing, Answer::Json),
            Err(halt) => Answer::halt(halt),
        },
        ask @ (Ask::Apply | Ask::Refresh) => {
            forget_old(&folder.join("attempts"));
            let before = running_before(&attempt_folder(folder, question), context);
            report(before.unwrap_or_else(|| match ask {
                Ask::Refresh => resource.refresh(context),
                _ => resource.apply(context),
            }))
        }
        Ask::CheckAgain => resource.check_again(context).map_or(Answer::Nothing, Answer::check),
        Ask::Undone(text) => Answer::check(resource.undone(&past(text), context)),
        Ask::Tracks(text) => match resource.tracks(&past(text), context) {
            Ok(Tracks::Own) => Answer::Own,
            Ok(Tracks::Others(what)) => Answer::Others(what),
            Err(halt) => Answer::halt(halt),
        },
        Ask::Undo(text) => report(resource.undo(&past(text), context)),
        Ask::Renew(text) => report(resource.renew(&past(text), context)),
        Ask::Find => match keeper::left_for_good(&attempt_folder(folder, question), context) {
            Ok(Found::Ended(mut ended)) => {
                secret::strike_report(&mut ended, &context.secrets);
                Answer::Found(Found::Ended(ended).into())
            }
            Ok(found) => Answer::Found(found.into()),
            Err(error) => Answer::halt(Halt::new(Outcome::Failed, error.to_string())),
        },
        Ask::Adopt(log) => report(resource.adopted(log.clone(), context)),
    }
}

fn resource(question: &Question) -> Result<Box<dyn Resource>, Halt> {
    let failed = |why: String| Halt::new(Outcome::Failed, why);
    let kind = kind(&question.kind).ok_or_else(|| failed(format!("there is no kind `{}`", question.kind)))?;
    (kind.build)(&Params(question.params.clone())).map_err(|problem| failed(problem.to_string()))
}

/// An earlier attempt of this activation that still runs is waited for, instead of a second one
/// being started beside it.
fn running_before(folder: &Path, context: &Context) -> Option<Report> {
    let siblings = fs::read_dir(folder.parent()?).ok()?.flatten();
    for sibling in siblings.map(|entry| entry.path()).filter(|path| path != folder) {
        let number = sibling.file_name().and_then(|name| name.to_str()?.parse().ok());
        let Some(attempt) = number.map(AttemptId) else { continue };
        let context = Context { attempt, ..context.clone() };
        if let Ok(Found::Alive(log)) = keeper::left_for_good(&sibling, &context) {
            return Some(keeper::adopt(&log, &context));
        }
    }
    None
}

/// Removes what nobody has come back for.
fn forget_old(attempts: &Path) {
    let old = |path: &PathBuf| {
        let changed = fs::metadata(path).and_then(|there| there.modified());
        changed.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > STAYS))
    };
    let entries = fs::read_dir(attempts).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in entries.filter(old) {
        let _ = fs::remove_dir_all(folder);
    }
}
