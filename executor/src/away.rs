//! Actions on other hosts, through the system's OpenSSH.
//!
//! This program is copied to the host once, under the hash of its content, and started there for
//! each question: check this, apply that. The same code answers that would here, so every kind
//! works the same over there. Question and answer are one line of JSON each, on the standard
//! streams; parameters and secrets stand in no command line.
//!
//! | | |
//! |---|---|
//! | `exchange` | what is asked and answered, as JSON |
//! | `link` | this side: a connection, and the program at its other end |
//! | `remote` | a resource over there, as an attempt here sees it |
//! | `server` | the other side |
//!
//! What runs for long runs under a keeper over there, as it would here: the loss of the
//! connection does not touch it, and who comes back finds it running, or its result.

mod exchange;
mod link;
mod remote;
mod server;
mod words;

pub(crate) use remote::Remote;
pub use server::main;

use crate::keeper::Found;
use crate::resource::Context;
use exchange::{Answer, Ask, Question};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// How hosts are reached that are not this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ssh {
    /// The client; `ssh` where it is found in the path.
    pub client: OsString,
    /// The client's file of settings, instead of the user's.
    pub config: Option<PathBuf>,
    /// A folder of this user's alone for the sockets of shared connections; its path is short.
    pub sockets: Option<PathBuf>,
    /// The program that is copied to the hosts.
    pub program: PathBuf,
    /// With which arguments it runs [`main`] there.
    pub arguments: Vec<String>,
    /// The hash of the program, once somebody has asked for it.
    digest: OnceLock<String>,
}

impl Ssh {
    /// The user's own settings, no shared connections.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Self {
        let (client, digest) = ("ssh".into(), OnceLock::new());
        Self { client, config: None, sockets: None, program, arguments, digest }
    }

    /// The hash of the program that is copied.
    fn digest(&self) -> io::Result<&str> {
        if let Some(digest) = self.digest.get() {
            return Ok(digest);
        }
        let program = std::fs::read(&self.program)?;
        Ok(self.digest.get_or_init(|| hex(&Sha256::digest(program))))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Another host, and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Away {
    pub(crate) ssh: Arc<Ssh>,
    pub(crate) host: String,
}

impl Away {
    /// Whether actions of this kind belong to the run and not to a host.
    pub(crate) fn concerns(kind: &str) -> bool {
        !matches!(kind, "value" | "timer" | "noop" | "undo")
    }

    /// What became of an attempt that was in flight when its runner ended. Its result has not been
    /// read by its kind yet.
    pub(crate) fn find(&self, context: &Context) -> io::Result<Found> {
        let question = Question::about(context, "noop", Vec::new(), Ask::Find);
        match link::ask(self, &question, context) {
            Ok(Answer::Found(found)) => Ok(found.into()),
            Ok(_) => Err(io::Error::other("it gives an answer to another question")),
            Err(trouble) => Err(io::Error::other(trouble.words(&self.host))),
        }
    }
}
