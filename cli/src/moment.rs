//! A deployment at a moment: a file in its initial marking, or a run where it stands.
//!
//! Journals are read without leaving a trace.

use crate::commands::resume::of_journal;
use crate::failure::Failure;
use crate::reading;
use crate::runs_folder::RunsFolder;
use crate::subject::Subject;
use crate::terminal::Terminal;
use pn_executor::{Journal, Source, Status};
use pn_net::{Marking, TransitionId};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// A deployment and where it stands.
pub(crate) struct Moment {
    pub(crate) subject: Subject,
    pub(crate) marking: Marking,
    /// How many attempts of each action are in flight.
    pub(crate) in_flight: BTreeMap<TransitionId, usize>,
    /// What the journal says, for a run.
    pub(crate) run: Option<(Source, Status)>,
}

impl Moment {
    /// The moment that the user means by a file, `-`, or a run.
    pub(crate) fn meant(terminal: &Terminal, given: &str, folder: &RunsFolder) -> Result<Self, Failure> {
        let path = Path::new(given);
        if given == "-" || (path.is_file() && !is_journal(path)) {
            let subject = reading::subject(terminal, path)?;
            let marking = subject.net().initial().clone();
            return Ok(Self { subject, marking, in_flight: BTreeMap::new(), run: None });
        }
        let unreadable = |error: pn_executor::ExecutorError| Failure::input(error.to_string());
        let journal = Journal::open_untouched(&folder.journal(given)?).map_err(unreadable)?;
        let subject = of_journal(terminal, &journal)?;
        let (source, status) = (journal.source().map_err(unreadable)?, journal.status().map_err(unreadable)?);
        let net = subject.net();
        let tokens = net.places().map(|p| status.marking.get(net.place_name(p)).copied().unwrap_or(0));
        let marking = Marking::new(tokens.collect::<Vec<_>>());
        let mut in_flight = BTreeMap::new();
        for action in status.in_flight().filter_map(|attempt| net.find_transition(&attempt.action)) {
            *in_flight.entry(action).or_insert(0) += 1;
        }
        Ok(Self { marking, in_flight, run: Some((source, status)), subject })
    }

    /// The name of the run.
    pub(crate) fn run_name(&self) -> Option<&str> {
        self.run.as_ref().map(|(_, status)| status.summary.run.as_str())
    }

    /// `deploy.pnml` or `deploy.pnml, run 2026…`.
    pub(crate) fn name(&self) -> String {
        match self.run_name() {
            None => self.subject.name.clone(),
            Some(run) => format!("{}, run {run}", self.subject.name),
        }
    }
}

/// Whether the file is an SQLite database, as journals are.
fn is_journal(path: &Path) -> bool {
    let mut start = [0_u8; 16];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start.starts_with(b"SQLite format 3")
}
