//! The journal of a run: one SQLite file, written before anything acts on what it says.
//!
//! The firings are the truth; the marking, the gates and the values are kept beside them for
//! readers. One transaction holds a step of the machine: all of it is on the disk, or nothing
//! (write-ahead log, `synchronous=FULL`). Source: C. Mohan et al., "ARIES", 1992, for the order
//! of log and effect.

mod log;
mod read;
mod schema;
mod snapshot;
mod untouched;

pub use log::{LogEntry, LogKind, LogMark};
pub(crate) use read::{LastingValue, PastAttempt};
pub use read::{OutputTail, RunState, RunSummary, Source, Status, StatusAttempt, runs};

use crate::config::RunMode;
use crate::error::ExecutorError;
use crate::lock::Rest;
use crate::machine::{Attempt, AttemptId, Cause, Snapshot};
use crate::report::{Captured, Report};
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::{Marking, Net, PlaceId, TransitionId, effect, net_hash};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The kind of note whose text is the run that rolls this one back.
pub(crate) const ROLLBACK: &str = "rollback";

/// The journal of the run of this name in a folder.
pub(crate) fn journal_of(folder: &Path, run: &str) -> PathBuf {
    folder.join(format!("{run}.db"))
}

/// A journal, open for reading, or by the runner for writing.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    path: PathBuf,
    /// The session that writes, once it has begun.
    session: Option<u64>,
    /// How many firings have been written since the last snapshot.
    since_snapshot: u64,
    /// How many transactions have been written.
    transactions: u64,
    /// Keeps runners away while the file is taken for immutable.
    rest: Option<Rest>,
}

/// What a journal is made with.
#[derive(Debug)]
pub(crate) struct Birth<'a> {
    pub(crate) run: &'a str,
    pub(crate) created: Duration,
    pub(crate) tool_version: &'a str,
    pub(crate) source: &'a Source,
    pub(crate) deployment: &'a Deployment,
    pub(crate) mode: RunMode,
}

impl Journal {
    /// Opens a journal for reading; a run may be writing it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not a journal of a known format.
    pub fn open(path: &Path) -> Result<Self, ExecutorError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    pub(crate) fn open_for_writing(path: &Path) -> Result<Self, ExecutorError> {
        let journal = Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        journal.durable().map_err(|source| journal.unreadable(source))?;
        Ok(journal)
    }

    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, ExecutorError> {
        let is_uri = flags.contains(OpenFlags::SQLITE_OPEN_URI);
        if let Err(source) = std::fs::metadata(path)
            && !is_uri
        {
            return Err(ExecutorError::File { what: "open the journal", path: path.to_owned(), source });
        }
        let unreadable = |source| ExecutorError::Read { path: path.to_owned(), source };
        let connection =
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(unreadable)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(unreadable)?;
        let journal = Self::on(connection, path);
        journal.check_format()?;
        Ok(journal)
    }

    fn on(connection: Connection, path: &Path) -> Self {
        let path = path.to_owned();
        Self { connection, path, session: None, since_snapshot: 0, transactions: 0, rest: None }
    }

    fn check_format(&self) -> Result<(), ExecutorError> {
        let pragma =
            |name: &str| self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        let not_a_journal = |reason: String| ExecutorError::NotAJournal { path: self.path.clone(), reason };
        let application = pragma("application_id").map_err(|error| not_a_journal(error.to_string()))?;
        if application != schema::APPLICATION {
            return Err(not_a_journal(
                "it is a database of another program, or its creation was cut off".into(),
            ));
        }
        match pragma("user_version").map_err(|error| self.unreadable(error))? {
            schema::FORMAT => Ok(()),
            found => Err(ExecutorError::Format { path: self.path.clone(), found, known: schema::FORMAT }),
        }
    }

    /// Makes the journal of a new run. The file comes into being whole or not at all.
    pub(crate) fn create(path: &Path, birth: &Birth<'_>) -> Result<Self, ExecutorError> {
        let unwritable = |source| ExecutorError::Write { path: path.to_owned(), in_flight: 0, source };
        let connection = Connection::open(path).map_err(unwritable)?;
        let mut journal = Self::on(connection, path);
        journal.durable().map_err(unwritable)?;
        let transaction = journal.connection.transaction().map_err(unwritable)?;
        fill(&transaction, birth).map_err(unwritable)?;
        transaction.commit().map_err(unwritable)?;
        Ok(journal)
    }

    fn durable(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(Duration::from_secs(5))?;
        self.connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        self.connection.execute_batch("PRAGMA synchronous = FULL")
    }

    /// Where the journal is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn unreadable(&self, source: rusqlite::Error) -> ExecutorError {
        ExecutorError::Read { path: self.path.clone(), source }
    }

    /// Begins a session, of a run that stands so many firings after its last snapshot, and returns
    /// its fencing number, larger than all before. From here on this journal writes for that
    /// session, and not a word once another has begun.
    pub(crate) fn begin_session(
        &mut self,
        now: Duration,
        tool_version: &str,
        since_snapshot: u64,
    ) -> Result<u64, ExecutorError> {
        let fencing = self.write(0, |writer| writer.begin_session(now, tool_version))?;
        (self.session, self.since_snapshot) = (Some(fencing), since_snapshot);
        Ok(fencing)
    }

    /// How many transactions have been written.
    pub(crate) fn transactions(&self) -> u64 {
        self.transactions
    }

    /// Writes one transaction; it is on the disk when this returns.
    pub(crate) fn write<T>(
        &mut self,
        in_flight: usize,
        body: impl FnOnce(&Writer<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, ExecutorError> {
        let session = self.session;
        let attempt = || -> rusqlite::Result<Option<T>> {
            // At once, so that waiting for another writer is all that can happen.
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let writer = Writer { transaction: &transaction };
            if session.is_some() && session != Some(writer.last_session()?) {
                return Ok(None);
            }
            let value = body(&writer)?;
            transaction.commit()?;
            Ok(Some(value))
        };
        let written = attempt();
        self.transactions += 1;
        match written {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(ExecutorError::Superseded { path: self.path.clone(), in_flight }),
            Err(source) => Err(ExecutorError::Write { path: self.path.clone(), in_flight, source }),
        }
    }

    /// Writes one transaction with these firings, after which the run stands as `snapshot` says
    /// when it is asked; that is written now and then.
    pub(crate) fn write_firings(
        &mut self,
        (net, now, marking): (&Net, Duration, &Marking),
        (fired, in_flight): (&[TransitionId], usize),
        snapshot: impl FnOnce() -> Snapshot,
        body: impl FnOnce(&Writer<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), ExecutorError> {
        let since = self.since_snapshot + fired.len() as u64;
        let is_due = since >= snapshot::EVERY;
        self.write(in_flight, |writer| {
            body(writer)?;
            let places: BTreeSet<PlaceId> =
                fired.iter().flat_map(|t| effect(net, *t)).map(|(place, _)| place).collect();
            writer.marking(net, places.into_iter(), marking)?;
            if is_due {
                let seq = writer.last_firing()?;
                writer.snapshot(net, seq, now, &snapshot())?;
            }
            Ok(())
        })?;
        self.since_snapshot = if is_due { 0 } else { since };
        Ok(())
    }
}

fn fill(transaction: &Transaction<'_>, birth: &Birth<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(schema::TABLES)?;
    transaction.pragma_update(None, "application_id", schema::APPLICATION)?;
    transaction.pragma_update(None, "user_version", schema::FORMAT)?;
    let mut meta = transaction.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2)")?;
    let Birth { run, created, tool_version, source, deployment, mode } = birth;
    meta.execute(params!["run", run])?;
    meta.execute(params!["created_ms", millis(*created)])?;
    meta.execute(params!["tool_version", tool_version])?;
    meta.execute(params!["net_name", deployment.net.name()])?;
    meta.execute(params!["net_hash", net_hash(&deployment.net).to_string()])?;
    meta.execute(params!["deployment_hash", pn_deployment::deployment_hash(deployment).to_string()])?;
    meta.execute(params!["source_name", source.name])?;
    meta.execute(params!["source", source.bytes])?;
    meta.execute(params!["mode", mode.word()])?;
    if let RunMode::Watch { converged: Some(time) } = mode {
        meta.execute(params!["converged_ms", millis(*time)])?;
    }
    if let Some(seed) = source.seed {
        meta.execute(params!["seed", seed.to_string()])?;
    }
    let mut parameter = transaction.prepare("INSERT INTO parameters (name, value) VALUES (?1, ?2)")?;
    for (name, value) in &source.parameters {
        parameter.execute(params![name, value])?;
    }
    let net = &deployment.net;
    let mut gate =
        transaction.prepare("INSERT INTO gates (transition, approver, waiting) VALUES (?1, ?2, 0)")?;
    for transition in net.transitions() {
        if let Role::Approval { by } = deployment.role(transition) {
            gate.execute(params![net.transition_name(transition), by])?;
        }
    }
    Writer { transaction }.marking(net, net.places(), net.initial())
}

/// Writes within one transaction.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    transaction: &'a Transaction<'a>,
}

impl Writer<'_> {
    fn run(&self, sql: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<usize> {
        self.transaction.prepare_cached(sql)?.execute(parameters)
    }

    pub(crate) fn meta(&self, key: &str, value: &str) -> rusqlite::Result<()> {
        self.run("INSERT INTO meta (key, value) VALUES (?1, ?2)", params![key, value]).map(drop)
    }

    fn last(&self, sql: &str) -> rusqlite::Result<u64> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        let found: i64 = statement.query_row([], |row| row.get(0))?;
        Ok(u64::try_from(found).unwrap_or(0))
    }

    fn last_session(&self) -> rusqlite::Result<u64> {
        self.last("SELECT coalesce(max(fencing), 0) FROM sessions")
    }

    fn last_firing(&self) -> rusqlite::Result<u64> {
        self.last("SELECT coalesce(max(seq), 0) FROM firings")
    }

    /// Begins a session and returns its fencing number, larger than all before.
    pub(crate) fn begin_session(&self, now: Duration, tool_version: &str) -> rusqlite::Result<u64> {
        self.run(
            "INSERT INTO sessions (pid, started_ms, tool_version) VALUES (?1, ?2, ?3)",
            params![std::process::id(), millis(now), tool_version],
        )?;
        Ok(u64::try_from(self.transaction.last_insert_rowid()).expect("row ids count up from 1"))
    }

    pub(crate) fn end_session(&self, fencing: u64, now: Duration, end: &str) -> rusqlite::Result<()> {
        let sql = "UPDATE sessions SET ended_ms = ?2, end_state = ?3 WHERE fencing = ?1";
        self.run(sql, params![signed(fencing), millis(now), end]).map(drop)
    }

    pub(crate) fn firing(
        &self,
        net: &Net,
        now: Duration,
        transition: TransitionId,
        (cause, words): (&Cause, Option<&str>),
    ) -> rusqlite::Result<u64> {
        let (word, attempt, detail) = match cause {
            Cause::Control => ("control", None, None),
            Cause::Timer => ("timer", None, None),
            Cause::Observed => ("observed", None, words),
            Cause::Approval { by } => ("approval", None, Some(by.as_str())),
            Cause::Start(attempt) => ("start", Some(attempt.id), None),
            Cause::Differs { attempt } => ("differs", Some(*attempt), words),
            Cause::End { attempt, result } => ("end", Some(*attempt), Some(result.word())),
        };
        self.run(
            "INSERT INTO firings (at_ms, transition, cause, attempt, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![millis(now), net.transition_name(transition), word, attempt.map(|a| signed(a.0)), detail],
        )?;
        Ok(u64::try_from(self.transaction.last_insert_rowid()).expect("row ids count up from 1"))
    }

    pub(crate) fn start(&self, net: &Net, now: Duration, fencing: u64, a: &Attempt) -> rusqlite::Result<()> {
        self.run(
            "INSERT INTO attempts (attempt, action, activation, failures, interruptions, fencing, started_ms, \
             reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                signed(a.id.0),
                net.transition_name(a.action),
                a.activation,
                a.failures,
                a.interruptions,
                signed(fencing),
                millis(now),
                a.reason.word()
            ],
        )
        .map(drop)
    }

    /// Writes how a resource was before an attempt changes it.
    pub(crate) fn before(&self, id: AttemptId, before: &serde_json::Value) -> rusqlite::Result<()> {
        let sql = "UPDATE attempts SET before = ?2 WHERE attempt = ?1";
        self.run(sql, params![signed(id.0), before.to_string()]).map(drop)
    }

    /// Writes how an attempt ended, its output and its values.
    pub(crate) fn end(&self, now: Duration, id: AttemptId, report: &Report) -> rusqlite::Result<()> {
        let exit = report.exit.map(|exit| exit.to_string());
        self.run(
            "UPDATE attempts SET ended_ms = ?2, result = ?3, exit = ?4, message = ?5 WHERE attempt = ?1",
            params![signed(id.0), millis(now), report.result.word(), exit, report.message],
        )?;
        for (stream, captured) in [("stdout", &report.stdout), ("stderr", &report.stderr)] {
            self.output(id, stream, captured)?;
        }
        if matches!(report.result, Outcome::Ok | Outcome::Same | Outcome::Diff) {
            for value in &report.values {
                let until = value.ttl.map(|ttl| millis(now.saturating_add(ttl)));
                self.run(
                    "INSERT OR REPLACE INTO run_values (name, value, at_ms, until_ms, attempt)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![value.name, value.text, millis(now), until, signed(id.0)],
                )?;
            }
        }
        Ok(())
    }

    fn output(&self, id: AttemptId, stream: &str, captured: &Captured) -> rusqlite::Result<()> {
        if captured.is_empty() {
            return Ok(());
        }
        let Captured { head, tail, dropped } = captured;
        self.run(
            "INSERT OR REPLACE INTO output (attempt, stream, head, tail, dropped) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![signed(id.0), stream, head, tail, signed(*dropped)],
        )
        .map(drop)
    }

    /// Gives a value back what it was before, or takes it away.
    pub(crate) fn restore(&self, name: &str, value: Option<&str>) -> rusqlite::Result<()> {
        match value {
            Some(value) => self.run("UPDATE run_values SET value = ?2 WHERE name = ?1", params![name, value]),
            None => self.run("DELETE FROM run_values WHERE name = ?1", params![name]),
        }
        .map(drop)
    }

    pub(crate) fn frozen(&self, id: AttemptId, why: &str) -> rusqlite::Result<()> {
        self.run("UPDATE attempts SET frozen = ?2 WHERE attempt = ?1", params![signed(id.0), why]).map(drop)
    }

    /// The attempt ended and its outcome fired.
    pub(crate) fn thawed(&self, id: AttemptId) -> rusqlite::Result<()> {
        self.run("UPDATE attempts SET frozen = NULL WHERE attempt = ?1", params![signed(id.0)]).map(drop)
    }

    pub(crate) fn gate(&self, transition: &str, waiting: i64) -> rusqlite::Result<()> {
        self.run("UPDATE gates SET waiting = ?2 WHERE transition = ?1", params![transition, waiting])
            .map(drop)
    }

    /// Writes an approval, if the transition waits for one; how many were written.
    pub(crate) fn approval(&self, now: Duration, transition: &str, who: &str) -> rusqlite::Result<usize> {
        let sql = "INSERT INTO approvals (at_ms, transition, who) \
                   SELECT ?1, transition, ?3 FROM gates WHERE transition = ?2 AND waiting";
        self.run(sql, params![millis(now), transition, who])
    }

    /// Marks the oldest unused approval of the transition by that person as used.
    pub(crate) fn use_approval(&self, transition: &str, who: &str, seq: u64) -> rusqlite::Result<()> {
        self.run(
            "UPDATE approvals SET used_seq = ?3 WHERE id = (SELECT min(id) FROM approvals \
             WHERE transition = ?1 AND who = ?2 AND used_seq IS NULL)",
            params![transition, who, signed(seq)],
        )
        .map(drop)
    }

    /// What has been approved and not used no longer counts: the transition does not wait.
    pub(crate) fn lapse_approvals(&self, transition: &str) -> rusqlite::Result<()> {
        let sql = "UPDATE approvals SET used_seq = 0 WHERE transition = ?1 AND used_seq IS NULL";
        self.run(sql, params![transition]).map(drop)
    }

    pub(crate) fn note(
        &self,
        now: Duration,
        kind: &str,
        transition: Option<&str>,
        attempt: Option<AttemptId>,
        text: &str,
    ) -> rusqlite::Result<()> {
        self.run(
            "INSERT INTO notes (at_ms, kind, transition, attempt, text) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![millis(now), kind, transition, attempt.map(|a| signed(a.0)), text],
        )
        .map(drop)
    }

    /// Writes the tokens of these places.
    fn marking(
        &self,
        net: &Net,
        mut places: impl Iterator<Item = PlaceId>,
        marking: &Marking,
    ) -> rusqlite::Result<()> {
        places.try_for_each(|place| {
            self.run(
                "INSERT OR REPLACE INTO marking (place, tokens) VALUES (?1, ?2)",
                params![net.place_name(place), signed(marking.tokens(place))],
            )
            .map(drop)
        })
    }
}

/// Milliseconds as SQLite holds them.
pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The time since 1970.
pub(crate) fn wall_clock() -> Duration {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_of_another_format_is_refused_and_both_formats_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "application_id", schema::APPLICATION).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        drop(connection);
        let refused = Journal::open(&path).unwrap_err();
        assert!(matches!(refused, ExecutorError::Format { found: 1, known: schema::FORMAT, .. }));
        assert!(refused.to_string().ends_with("has format 1, this version reads format 2"), "{refused}");
    }
}
