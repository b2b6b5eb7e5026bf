//! Reading a journal: its source, its firing sequence, where the run stands.

use super::{Journal, ROLLBACK};
use crate::config::RunMode;
use crate::error::ExecutorError;
use crate::keepsake::Keepsake;
use crate::lock;
use crate::machine::{Attempt, AttemptId, Cause, EndState, Reason, Recorded};
use crate::report::Captured;
use pn_deployment::Outcome;
use pn_net::{Net, Trace, TransitionId};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A value, and until when in the time of the run it holds.
pub(crate) type LastingValue = (String, Option<Duration>);

/// The file that a run was made from, whole, and how it was filled in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Source {
    /// Its name, as it was given.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The values of all parameters.
    pub parameters: BTreeMap<String, String>,
    /// The seed of whatever was random, if anything was.
    pub seed: Option<u64>,
}

/// Whether a run goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunState {
    /// A process runs it.
    Running,
    /// The process that ran it is gone without having ended it.
    Interrupted,
    /// It ended.
    Ended(EndState),
}

/// A run in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunSummary {
    /// Its name.
    pub run: String,
    /// Its journal.
    pub path: PathBuf,
    /// When it was made, since 1970.
    pub created: Duration,
    /// Whether it goes on.
    pub state: RunState,
    /// The name of the file it was made from.
    pub source: String,
    /// How many firings it has recorded.
    pub firings: u64,
    /// When the last of them was, since the start of the run.
    pub last: Duration,
    /// The run that it rolls back, if it is a rollback.
    pub rolls_back: Option<String>,
    /// The run that rolls it back, if one does: the last one.
    pub rolled_back_by: Option<String>,
}

/// An attempt as the journal has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatusAttempt {
    /// Its number.
    pub id: AttemptId,
    /// The action transition.
    pub action: String,
    /// How many attempts of this activation failed before.
    pub failures: u32,
    /// When it started, since the start of the run.
    pub started: Duration,
    /// When and how it ended, once it has.
    pub ended: Option<(Duration, Outcome)>,
    /// How its command ended, in words.
    pub exit: Option<String>,
    /// What happened, in words.
    pub message: Option<String>,
    /// Why its result could not be taken into the net, if it could not.
    pub frozen: Option<String>,
}

/// An attempt, as undoing sees it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct PastAttempt {
    /// The action transition.
    pub(crate) action: String,
    /// Its activation, counted from 1.
    pub(crate) activation: u32,
    /// How it ended, once it has.
    pub(crate) ended: Option<Outcome>,
    /// What it left for its undoing; `None` when it has changed nothing.
    pub(crate) keepsake: Option<Keepsake>,
}

/// Where a run stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// The run in a line.
    pub summary: RunSummary,
    /// The marked places with their tokens, by name.
    pub marking: BTreeMap<String, u64>,
    /// All attempts, by number.
    pub attempts: Vec<StatusAttempt>,
    /// The transitions that wait for approval, and who may give it.
    pub waiting: Vec<(String, String)>,
    /// The values put so far.
    pub values: BTreeMap<String, String>,
}

impl Status {
    /// The attempts that have started, and neither ended nor froze.
    pub fn in_flight(&self) -> impl Iterator<Item = &StatusAttempt> {
        self.attempts.iter().filter(|attempt| attempt.ended.is_none() && attempt.frozen.is_none())
    }
}

/// The ends of what an attempt wrote.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OutputTail {
    /// To its standard output.
    pub stdout: Captured,
    /// To its standard error.
    pub stderr: Captured,
}

/// The runs whose journals are in a folder, in the order in which they were made, and the files that look like journals and
/// cannot be read. A folder that does not exist has no runs.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn runs(folder: &Path) -> Result<(Vec<RunSummary>, Vec<ExecutorError>), ExecutorError> {
    let unreadable = |source| ExecutorError::File { what: "list", path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
        Err(error) => return Err(unreadable(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            paths.push(path);
        }
    }
    paths.sort();
    let (mut summaries, mut broken) = (Vec::new(), Vec::new());
    for path in paths {
        match Journal::open_untouched(&path).and_then(|journal| journal.summary()) {
            Ok(summary) => summaries.push(summary),
            Err(error) => broken.push(error),
        }
    }
    // Names tell the second only.
    summaries.sort_by(|one, other| (one.created, &one.run).cmp(&(other.created, &other.run)));
    Ok((summaries, broken))
}

impl Journal {
    /// The file that the run was made from.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn source(&self) -> Result<Source, ExecutorError> {
        let seed = self.read(|| self.meta_text_if_any("seed"))?;
        Ok(Source {
            name: self.meta_text("source_name")?,
            bytes: self.meta("source")?,
            parameters: self.pairs("SELECT name, value FROM parameters")?,
            seed: seed.and_then(|seed| seed.parse().ok()),
        })
    }

    /// How it is run.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn mode(&self) -> Result<RunMode, ExecutorError> {
        let word = self.meta_text("mode")?;
        let converged: Option<i64> = self.read(|| {
            let sql = "SELECT value FROM meta WHERE key = 'converged_ms'";
            self.connection.query_row(sql, [], |row| row.get(0)).optional()
        })?;
        RunMode::from_word(&word, converged.map(since)).ok_or_else(|| ExecutorError::NotAJournal {
            path: self.path.clone(),
            reason: format!("it is run in a way `{word}` that is not known"),
        })
    }

    /// The run in a line.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn summary(&self) -> Result<RunSummary, ExecutorError> {
        let (firings, last) = self.read(|| {
            let sql = "SELECT count(*), coalesce(max(at_ms), 0) FROM firings";
            self.connection.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        })?;
        Ok(RunSummary {
            run: self.meta_text("run")?,
            path: self.path.clone(),
            created: since(self.meta("created_ms")?),
            state: self.state()?,
            source: self.meta_text("source_name")?,
            firings: unsigned(firings),
            last: since(last),
            rolls_back: self.read(|| self.meta_text_if_any("rolls_back"))?,
            rolled_back_by: self.rollbacks()?.pop(),
        })
    }

    /// The rollbacks of this run, in the order in which they began.
    pub(crate) fn rollbacks(&self) -> Result<Vec<String>, ExecutorError> {
        let sql = format!("SELECT text FROM notes WHERE kind = '{ROLLBACK}' ORDER BY id");
        self.rows(&sql, |row| row.get(0))
    }

    fn state(&self) -> Result<RunState, ExecutorError> {
        if lock::is_held(&self.path) {
            return Ok(RunState::Running);
        }
        self.last_end()
    }

    /// How the last session ended, whether or not another one runs.
    pub(crate) fn last_end(&self) -> Result<RunState, ExecutorError> {
        let ended: Option<String> = self.read(|| {
            let sql = "SELECT end_state FROM sessions ORDER BY fencing DESC LIMIT 1";
            Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?.flatten())
        })?;
        Ok(ended.as_deref().and_then(EndState::from_word).map_or(RunState::Interrupted, RunState::Ended))
    }

    /// Where the run stands.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn status(&self) -> Result<Status, ExecutorError> {
        // One read transaction, so that the parts belong to one moment.
        self.read(|| self.connection.execute_batch("BEGIN"))?;
        let status = self.status_now();
        self.read(|| self.connection.execute_batch("ROLLBACK"))?;
        status
    }

    fn status_now(&self) -> Result<Status, ExecutorError> {
        let marking = self.rows("SELECT place, tokens FROM marking WHERE tokens > 0", |row| {
            Ok((row.get::<_, String>(0)?, unsigned(row.get(1)?)))
        })?;
        let waiting = self
            .rows("SELECT transition, approver FROM gates WHERE waiting ORDER BY transition", |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(Status {
            summary: self.summary()?,
            marking: marking.into_iter().collect(),
            attempts: self.attempts()?,
            waiting,
            values: self.values()?,
        })
    }

    /// All attempts, by number.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn attempts(&self) -> Result<Vec<StatusAttempt>, ExecutorError> {
        self.attempts_where("true")
    }

    /// The attempts that have not ended, or whose result could not be taken into the net.
    pub(crate) fn open_attempts(&self) -> Result<Vec<StatusAttempt>, ExecutorError> {
        self.attempts_where("ended_ms IS NULL OR frozen IS NOT NULL")
    }

    fn attempts_where(&self, condition: &str) -> Result<Vec<StatusAttempt>, ExecutorError> {
        let sql = "SELECT attempt, action, failures, started_ms, ended_ms, result, exit, message, frozen \
                   FROM attempts";
        self.rows(&format!("{sql} WHERE {condition} ORDER BY attempt"), |row| {
            let result: Option<String> = row.get(5)?;
            let ended: Option<i64> = row.get(4)?;
            let ended = ended.zip(result.as_deref().and_then(Outcome::from_word));
            Ok(StatusAttempt {
                id: AttemptId(unsigned(row.get(0)?)),
                action: row.get(1)?,
                failures: row.get(2)?,
                started: since(row.get(3)?),
                ended: ended.map(|(at, result)| (since(at), result)),
                exit: row.get(6)?,
                message: row.get(7)?,
                frozen: row.get(8)?,
            })
        })
    }

    /// What undoing an attempt needs to know; `None` where there is no such attempt.
    pub(crate) fn past_attempt(&self, id: AttemptId) -> Result<Option<PastAttempt>, ExecutorError> {
        Ok(self.past_attempts()?.remove(&id))
    }

    /// All attempts, with what undoing them needs to know.
    pub(crate) fn past_attempts(&self) -> Result<BTreeMap<AttemptId, PastAttempt>, ExecutorError> {
        let sql = "SELECT attempt, action, activation, result, before FROM attempts";
        let rows = self.rows(sql, |row| {
            let id = AttemptId(unsigned(row.get(0)?));
            let result: Option<String> = row.get(3)?;
            let (action, activation) = (row.get(1)?, row.get(2)?);
            let ended = result.as_deref().and_then(Outcome::from_word);
            let before: Option<String> = row.get(4)?;
            let keepsake = before.as_deref().and_then(Keepsake::from_text);
            Ok((id, PastAttempt { action, activation, ended, keepsake }))
        })?;
        let folder = self.path.with_extension("kept");
        let with_keepsake = |(id, attempt): (AttemptId, PastAttempt)| {
            let folder = folder.join(id.to_string());
            let unreadable = |source| ExecutorError::File { what: "read", path: folder.clone(), source };
            Ok(match attempt.keepsake {
                Some(_) => (id, attempt),
                None => {
                    (id, PastAttempt { keepsake: Keepsake::kept(&folder).map_err(unreadable)?, ..attempt })
                }
            })
        };
        rows.into_iter().map(with_keepsake).collect()
    }

    /// What an attempt wrote.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn output(&self, attempt: AttemptId) -> Result<OutputTail, ExecutorError> {
        let sql = format!("SELECT stream, head, tail, dropped FROM output WHERE attempt = {}", attempt.0);
        let rows = self.rows(&sql, |row| {
            let captured = Captured { head: row.get(1)?, tail: row.get(2)?, dropped: unsigned(row.get(3)?) };
            Ok((row.get::<_, String>(0)?, captured))
        })?;
        let mut output = OutputTail::default();
        for (stream, captured) in rows {
            match stream.as_str() {
                "stdout" => output.stdout = captured,
                _ => output.stderr = captured,
            }
        }
        Ok(output)
    }

    /// The values put so far, by name.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn values(&self) -> Result<BTreeMap<String, String>, ExecutorError> {
        self.pairs("SELECT name, value FROM run_values")
    }

    /// The values put so far, with the times until which they hold, where that is not for ever.
    pub(crate) fn lasting_values(&self) -> Result<BTreeMap<String, LastingValue>, ExecutorError> {
        let rows = self.rows("SELECT name, value, until_ms FROM run_values", |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get::<_, Option<i64>>(2)?.map(since))))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// The run as a firing sequence of its net, from the initial marking.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read or names transitions that the net does not have.
    pub fn trace(&self, net: &Net) -> Result<Trace, ExecutorError> {
        let names =
            self.rows("SELECT transition FROM firings ORDER BY seq", |row| row.get::<_, String>(0))?;
        let firings = names.iter().map(|name| self.transition(net, name)).collect::<Result<_, _>>()?;
        Ok(Trace { firings })
    }

    /// The firings with their causes, as the machine takes them.
    pub(crate) fn records(&self, net: &Net) -> Result<Vec<Recorded>, ExecutorError> {
        self.records_after(net, 0)
    }

    /// Those after the firing with this number.
    pub(crate) fn records_after(&self, net: &Net, seq: u64) -> Result<Vec<Recorded>, ExecutorError> {
        let sql = "SELECT f.at_ms, f.transition, f.cause, f.attempt, f.detail, \
                   a.action, a.activation, a.failures, a.interruptions, a.reason \
                   FROM firings f LEFT JOIN attempts a ON a.attempt = f.attempt";
        let raw = self.rows(&format!("{sql} WHERE f.seq > {seq} ORDER BY f.seq"), |row| {
            Ok(RawFiring {
                at: since(row.get(0)?),
                transition: row.get(1)?,
                cause: row.get(2)?,
                attempt: row.get::<_, Option<i64>>(3)?.map(|id| AttemptId(unsigned(id))),
                detail: row.get(4)?,
                action: row.get(5)?,
                counts: [row.get(6)?, row.get(7)?, row.get(8)?],
                reason: row.get(9)?,
            })
        })?;
        raw.into_iter().map(|firing| self.recorded(net, firing)).collect()
    }

    fn recorded(&self, net: &Net, raw: RawFiring) -> Result<Recorded, ExecutorError> {
        let misfit = || ExecutorError::NotAJournal {
            path: self.path.clone(),
            reason: format!(
                "the firing of `{}` lacks what belongs to its cause `{}`",
                raw.transition, raw.cause
            ),
        };
        let cause = match raw.cause.as_str() {
            "control" => Cause::Control,
            "timer" => Cause::Timer,
            "observed" => Cause::Observed,
            "approval" => Cause::Approval { by: raw.detail.clone().ok_or_else(misfit)? },
            "start" => {
                let [activation, failures, interruptions] = raw.counts.map(|count| count.ok_or_else(misfit));
                Cause::Start(Attempt {
                    id: raw.attempt.ok_or_else(misfit)?,
                    action: self.transition(net, raw.action.as_deref().ok_or_else(misfit)?)?,
                    activation: activation?,
                    reason: raw.reason.as_deref().and_then(Reason::from_word).ok_or_else(misfit)?,
                    failures: failures?,
                    interruptions: interruptions?,
                })
            }
            "differs" => Cause::Differs { attempt: raw.attempt.ok_or_else(misfit)? },
            "end" => Cause::End {
                attempt: raw.attempt.ok_or_else(misfit)?,
                result: raw.detail.as_deref().and_then(Outcome::from_word).ok_or_else(misfit)?,
            },
            _ => return Err(misfit()),
        };
        Ok(Recorded { at: raw.at, transition: self.transition(net, &raw.transition)?, cause })
    }

    /// The approvals that have been given and not used, oldest first.
    pub(crate) fn unused_approvals(&self) -> Result<Vec<(i64, String, String)>, ExecutorError> {
        let sql = "SELECT id, transition, who FROM approvals WHERE used_seq IS NULL ORDER BY id";
        self.rows(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// Who may approve a transition; `None` when it is no approval.
    pub(crate) fn gate(&self, transition: &str) -> Result<Option<String>, ExecutorError> {
        self.read(|| {
            let sql = "SELECT approver FROM gates WHERE transition = ?1";
            self.connection.query_row(sql, params![transition], |row| row.get(0)).optional()
        })
    }

    /// The names of all approvals, in order.
    pub(crate) fn gates(&self) -> Result<Vec<String>, ExecutorError> {
        self.rows("SELECT transition FROM gates ORDER BY transition", |row| row.get(0))
    }

    pub(crate) fn meta_text(&self, key: &str) -> Result<String, ExecutorError> {
        self.meta(key)
    }

    /// When the run was made, since 1970.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn created(&self) -> Result<Duration, ExecutorError> {
        self.meta("created_ms").map(since)
    }

    fn meta<T: rusqlite::types::FromSql>(&self, key: &str) -> Result<T, ExecutorError> {
        let found = self.read(|| {
            let sql = "SELECT value FROM meta WHERE key = ?1";
            self.connection.query_row(sql, params![key], |row| row.get(0)).optional()
        })?;
        found.ok_or_else(|| ExecutorError::NotAJournal {
            path: self.path.clone(),
            reason: format!("it does not say its {key}"),
        })
    }

    fn meta_text_if_any(&self, key: &str) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        self.connection.query_row(sql, params![key], |row| row.get(0)).optional()
    }

    fn transition(&self, net: &Net, name: &str) -> Result<TransitionId, ExecutorError> {
        net.find_transition(name).ok_or_else(|| ExecutorError::NotAJournal {
            path: self.path.clone(),
            reason: format!("it records a firing of `{name}`, which the net does not have"),
        })
    }

    fn pairs(&self, sql: &str) -> Result<BTreeMap<String, String>, ExecutorError> {
        Ok(self.rows(sql, |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ExecutorError> {
        self.read(|| self.connection.prepare(sql)?.query_map([], row)?.collect())
    }

    pub(super) fn read<T>(&self, body: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, ExecutorError> {
        body().map_err(|source| self.unreadable(source))
    }
}

/// A row of `firings` with its attempt.
struct RawFiring {
    at: Duration,
    transition: String,
    cause: String,
    attempt: Option<AttemptId>,
    detail: Option<String>,
    action: Option<String>,
    counts: [Option<u32>; 3],
    reason: Option<String>,
}

pub(super) fn since(millis: i64) -> Duration {
    Duration::from_millis(unsigned(millis))
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
