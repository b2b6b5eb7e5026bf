//! The log of a run: firings and notes, in the order in which they were recorded.

use super::Journal;
use super::read::{since, unsigned};
use crate::error::ExecutorError;
use crate::machine::AttemptId;
use std::time::Duration;

/// What a line of the log tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogKind {
    /// A firing.
    Firing,
    /// Anything else that was recorded.
    Note,
}

/// A line of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogEntry {
    /// When, since the start of the run.
    pub at: Duration,
    /// A firing or a note.
    pub kind: LogKind,
    /// The cause of the firing, or the kind of the note, in a word.
    pub word: String,
    /// The transition, by name.
    pub transition: Option<String>,
    /// The attempt.
    pub attempt: Option<AttemptId>,
    /// More, in words.
    pub text: Option<String>,
}

/// How far a log has been read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct LogMark {
    firing: i64,
    note: i64,
}

impl Journal {
    /// The whole log.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn log(&self) -> Result<Vec<LogEntry>, ExecutorError> {
        self.log_after(&mut LogMark::default())
    }

    /// What has been added since `mark`, which moves to the end.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn log_after(&self, mark: &mut LogMark) -> Result<Vec<LogEntry>, ExecutorError> {
        let LogMark { firing, note } = *mark;
        let sql = format!(
            "SELECT at_ms, 0, cause, transition, attempt, detail, seq FROM firings WHERE seq > {firing} \
             UNION ALL SELECT at_ms, 1, kind, transition, attempt, text, id FROM notes WHERE id > {note} \
             ORDER BY 1, 2, 7"
        );
        self.rows(&sql, |row| {
            let kind = if row.get::<_, i64>(1)? == 0 { LogKind::Firing } else { LogKind::Note };
            let last = match kind {
                LogKind::Firing => &mut mark.firing,
                LogKind::Note => &mut mark.note,
            };
            *last = row.get::<_, i64>(6)?.max(*last);
            Ok(LogEntry {
                at: since(row.get(0)?),
                kind,
                word: row.get(2)?,
                transition: row.get(3)?,
                attempt: row.get::<_, Option<i64>>(4)?.map(|id| AttemptId(unsigned(id))),
                text: row.get(5)?,
            })
        })
    }
}
