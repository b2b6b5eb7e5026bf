//! The tables of a journal. Names, not numbers: any SQLite tool shows what happened.
//!
//! `docs/spec/execution.md` explains them; a change that an older version cannot read raises
//! [`FORMAT`].

/// The format that this version writes and reads.
pub(super) const FORMAT: i64 = 2;

/// Marks the file as ours (`PRAGMA application_id`): "pnjl".
pub(super) const APPLICATION: i64 = 0x706e_6a6c;

pub(super) const TABLES: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT;
CREATE TABLE parameters (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE sessions (
    fencing INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    end_state TEXT,
    tool_version TEXT NOT NULL
) STRICT;
CREATE TABLE firings (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    transition TEXT NOT NULL,
    cause TEXT NOT NULL,
    attempt INTEGER,
    detail TEXT
) STRICT;
CREATE TABLE attempts (
    attempt INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    activation INTEGER NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    interruptions INTEGER NOT NULL,
    fencing INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    before TEXT,
    result TEXT,
    exit TEXT,
    message TEXT,
    frozen TEXT
) STRICT;
CREATE TABLE output (
    attempt INTEGER NOT NULL,
    stream TEXT NOT NULL,
    head TEXT NOT NULL,
    tail TEXT NOT NULL,
    dropped INTEGER NOT NULL,
    PRIMARY KEY (attempt, stream)
) STRICT;
CREATE TABLE gates (
    transition TEXT PRIMARY KEY,
    approver TEXT NOT NULL,
    waiting INTEGER NOT NULL
) STRICT;
CREATE TABLE approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    transition TEXT NOT NULL,
    who TEXT NOT NULL,
    used_seq INTEGER
) STRICT;
CREATE TABLE run_values (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    until_ms INTEGER,
    attempt INTEGER
) STRICT;
CREATE TABLE marking (
    place TEXT PRIMARY KEY,
    tokens INTEGER NOT NULL
) STRICT;
CREATE TABLE snapshots (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    transition TEXT,
    attempt INTEGER,
    text TEXT NOT NULL
) STRICT;
";
