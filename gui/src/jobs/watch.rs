//! Watching a run: its journal is read again and again, on a thread of its own.
//!
//! The journal is opened anew for each look and left as it is, so that a runner can take the run
//! up at any time. A run that has ended is looked at once.

use crate::document::Document;
use crate::files::read_document;
use crate::subject::Subject;
use pn_deployment::{Faults, resolve};
use pn_executor::{Journal, LogEntry, LogMark, RunMode, RunState, Status};
use pn_net::{Net, Trace};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How often the journal is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// Where a run stands.
#[derive(Clone, Debug)]
pub struct Look {
    /// What the journal says of it.
    pub status: Status,
    /// All its firings.
    pub trace: Trace,
    /// What has been added to the log since the last look.
    pub log: Vec<LogEntry>,
}

/// A run that is being watched. Dropping it ends that, not the run.
pub struct Watch {
    /// The journal.
    pub journal: PathBuf,
    cancel: Arc<AtomicBool>,
    news: Receiver<Result<Look, String>>,
}

/// What a run was made from, and the watch of it.
pub struct Attached {
    /// The net that it runs, as it was drawn.
    pub document: Document,
    /// The same as it runs.
    pub subject: Subject,
    /// The name of the file that it was made from.
    pub file: String,
    /// The watch.
    pub watch: Watch,
}

/// Attaches to the run of a journal. `wake` is called when there is news.
///
/// # Errors
///
/// Why it cannot be watched, in a sentence.
pub fn attach(path: &Path, wake: impl Fn() + Send + 'static) -> Result<Attached, String> {
    let unreadable = |error: pn_executor::ExecutorError| format!("The journal cannot be read: {error}.");
    let journal = Journal::open_untouched(path).map_err(unreadable)?;
    let source = journal.source().map_err(unreadable)?;
    let mode = journal.mode().map_err(unreadable)?;
    drop(journal);
    let (document, _) = read_document(&source.bytes);
    let document = document.ok_or("The net of the run cannot be read.")?;
    let net = document.pnml().net().map_err(|problem| format!("{problem}."))?;
    let (annotation, transitions) = document.pnml().annotations();
    let deployment =
        resolve(net, &annotation, &transitions).map_err(|_| "The annotations of the run have mistakes.")?;
    let faults = match mode {
        RunMode::Watch { .. } => Faults::Any,
        RunMode::Once | RunMode::Noop => Faults::None,
    };
    let subject = Subject::under(Arc::new(deployment), faults);
    let (sender, news) = channel();
    let cancel = Arc::new(AtomicBool::new(false));
    let (flag, net, own) = (Arc::clone(&cancel), subject.net().clone(), path.to_owned());
    std::thread::spawn(move || {
        look_on(&own, &net, &flag, &sender, &wake);
    });
    let watch = Watch { journal: path.to_owned(), cancel, news };
    Ok(Attached { document, subject, file: source.name, watch })
}

fn look_on(
    path: &Path,
    net: &Net,
    cancel: &AtomicBool,
    sender: &Sender<Result<Look, String>>,
    wake: &dyn Fn(),
) {
    let mut mark = LogMark::default();
    let mut known: Option<(Status, usize)> = None;
    while !cancel.load(Ordering::Relaxed) {
        let look = look(path, net, &mut mark);
        let is_over = look.as_ref().is_ok_and(|look| look.status.summary.state != RunState::Running);
        let is_news = match (&look, &known) {
            (Ok(look), Some((status, count))) => {
                !look.log.is_empty() || look.status != *status || look.trace.firings.len() != *count
            }
            _ => true,
        };
        if let Ok(look) = &look {
            known = Some((look.status.clone(), look.trace.firings.len()));
        }
        if is_news {
            // Nobody listens any more when the watch was dropped; the flag ends the work.
            let _ = sender.send(look.map_err(|error| format!("The journal cannot be read: {error}.")));
            wake();
        }
        if is_over {
            return;
        }
        std::thread::sleep(EVERY);
    }
}

fn look(path: &Path, net: &Net, mark: &mut LogMark) -> Result<Look, pn_executor::ExecutorError> {
    let journal = Journal::open_untouched(path)?;
    Ok(Look { log: journal.log_after(mark)?, trace: journal.trace(net)?, status: journal.status()? })
}

impl Watch {
    /// What has come since.
    #[must_use]
    pub fn news(&self) -> Vec<Result<Look, String>> {
        self.news.try_iter().collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}
