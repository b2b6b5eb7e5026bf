//! The commands of other programs, as the kinds run them: under the keeper to do something, or
//! directly to look at something.

use super::Context;
use crate::keeper::{Job, stop_group};
use crate::report::{Halt, Report};
use pn_deployment::Outcome;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Bytes that are kept of what a command says when it only looks.
const KEPT: u64 = 1 << 20;

/// How long the output of a command that has ended is waited for: what it left behind in the
/// background may hold it open for ever.
const LINGER: Duration = Duration::from_millis(200);

/// A command.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) argv: Vec<String>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) env: Vec<(String, String)>,
    pub(super) stdin: Option<String>,
}

/// What a command said that only looks.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Words {
    pub(super) fn new<T: Into<String>>(argv: impl IntoIterator<Item = T>) -> Self {
        Self { argv: argv.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The same, with more in its environment.
    pub(super) fn with_env(mut self, env: &[(&str, &str)]) -> Self {
        self.env.extend(env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }
}

/// What every command of an attempt finds in its environment.
pub(super) fn own_environment(context: &Context) -> [(String, String); 4] {
    [
        ("PN_RUN".to_owned(), context.run.clone()),
        ("PN_TRANSITION".to_owned(), context.transition.clone()),
        ("PN_ATTEMPT".to_owned(), context.attempt.to_string()),
        ("PN_KEY".to_owned(), context.key.clone()),
    ]
}

/// Runs it under the keeper, which survives this process.
pub(super) fn kept(words: &Words, context: &Context) -> Report {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let job = Job {
        argv: words.argv.clone(),
        cwd: words.cwd.clone(),
        env: words.env.iter().cloned().chain(own_environment(context)).collect(),
        stdin: words.stdin.clone(),
        timeout_ms: context.timeout.map(|t| millis(t.saturating_sub(context.elapsed()))),
        grace_ms: millis(context.grace),
        secrets: context.secrets.clone(),
    };
    context.keepers.run(&job, context)
}

/// Runs it to look at something; its time counts towards the attempt's. A program that is not
/// there is an error of kind `NotFound`.
pub(super) fn look(words: &Words, context: &Context) -> Result<io::Result<Said>, Halt> {
    let Some((program, arguments)) = words.argv.split_first() else {
        return Ok(Err(io::Error::other("there is no command")));
    };
    let mut command = Command::new(program);
    command.args(arguments).envs(words.env.iter().cloned().chain(own_environment(context)));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command.stdin(if words.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    if let Some(cwd) = &words.cwd {
        command.current_dir(cwd);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(Err(error)),
    };
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), words.stdin.clone()) {
        // A command that does not read has no need of it.
        std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    }
    let (stdout, stderr) = (child.stdout.take().map(reader), child.stderr.take().map(reader));
    let status = match awaited(&mut child, context, &format!("the check by `{program}`"))? {
        Ok(status) => status,
        Err(error) => return Ok(Err(error)),
    };
    let ended = Instant::now();
    let [stdout, stderr] = [stdout, stderr].map(|stream| collected(stream, ended));
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    Ok(Ok(Said { status, stdout, stderr }))
}

/// Reads a stream to its end on a thread of its own and hands the beginning over in pieces.
fn reader(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (say, hear) = channel();
    std::thread::spawn(move || {
        let (mut buffer, mut kept) = ([0; 16 * 1024], 0);
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            if kept <= KEPT {
                kept += count as u64;
                // Nobody may listen any more; the stream is read on all the same.
                let _ = say.send(buffer[..count].to_vec());
            }
        }
    });
    hear
}

fn collected(stream: Option<Receiver<Vec<u8>>>, ended: Instant) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(stream) = &stream
        && let Ok(piece) = stream.recv_timeout(LINGER.saturating_sub(ended.elapsed()))
    {
        bytes.extend(piece);
    }
    bytes
}

/// One word for any shell of the Bourne family.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The last line that is not empty, for a message.
pub(crate) fn last_line(text: &str) -> &str {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing")
}

/// Waits for a child that leads its process group; ends the group when the attempt is cancelled
/// or late, which `what` is then said to have been.
pub(super) fn awaited(
    child: &mut Child,
    context: &Context,
    what: &str,
) -> Result<io::Result<ExitStatus>, Halt> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Ok(status)),
            Ok(None) => {}
            Err(error) => return Ok(Err(error)),
        }
        let end = match (context.is_cancelled(), context.is_late()) {
            (true, _) => Some((Outcome::Cancelled, "was cancelled")),
            (_, true) => Some((Outcome::Timeout, "took longer than the timeout")),
            _ => None,
        };
        if let Some((outcome, how)) = end {
            stop_group(child, context.grace);
            return Err(Halt::new(outcome, format!("{what} {how}")));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
