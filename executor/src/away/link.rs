//! A connection to another host, and the program at its other end.
//!
//! The client asks nobody (`BatchMode`), believes only host keys that are known
//! (`StrictHostKeyChecking`), and shares connections (`ControlMaster`), so that only the first
//! question to a host costs a handshake. A line that the host says first tells a host that could
//! not be reached from a connection that was lost later.

use super::Away;
use super::exchange::{Answer, Question};
use super::words::{Trouble, unreached};
use crate::keeper::stop_group;
use crate::resource::{Context, last_line, quote};
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long the host may take for its last word after the time of an attempt is over.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often a cancellation is looked for.
const PAUSE: Duration = Duration::from_millis(20);

/// The most that is read of an answer.
const LARGEST: u64 = 64 << 20;

/// Asks, and waits for the answer. The program is brought there first, if need be.
pub(super) fn ask(away: &Away, question: &Question, context: &Context) -> Result<Answer, Trouble> {
    let text = serde_json::to_string(question).map_err(|error| Trouble::Unreached(error.to_string()))?;
    for _ in 0..2 {
        let mut line = Line::open(away, &greeting(away)?)?;
        match line.first_word(away, context)? {
            Host::Ready => return line.exchange(&text, away, context),
            Host::Empty(system) => {
                drop(line);
                bring(away, &system, context)?;
            }
        }
    }
    Err(Trouble::Unreached(format!("{} loses the program that is brought there", away.host)))
}

/// What the host says first.
enum Host {
    /// The program is there and listens.
    Ready,
    /// It is not; what system the host is.
    Empty(String),
}

/// A script in which `$d` is this user's folder over there and `$p` the program.
fn script(away: &Away, body: &str) -> Result<String, Trouble> {
    let digest = away.ssh.digest().map_err(|error| {
        Trouble::Unreached(format!("cannot read the program to bring to {}: {error}", away.host))
    })?;
    let script = format!(
        "umask 077; d=\"${{XDG_STATE_HOME:-$HOME/.local/state}}/pn/away\"; p=\"$d/bin/{digest}/pn\"; {body}"
    );
    // The user's shell over there may be any.
    Ok(format!("exec /bin/sh -c {}", quote(&script)))
}

fn greeting(away: &Away) -> Result<String, Trouble> {
    let arguments: Vec<String> = away.ssh.arguments.iter().map(|argument| quote(argument)).collect();
    let start = format!("echo pn-ready; exec \"$p\" {} \"$d\"", arguments.join(" "));
    script(away, &format!("if [ -x \"$p\" ]; then {start}; fi; echo \"pn-empty $(uname -sm)\""))
}

/// Copies the program; it is there whole or not at all.
fn bring(away: &Away, system: &str, context: &Context) -> Result<(), Trouble> {
    let own = nix::sys::utsname::uname()
        .map(|own| format!("{} {}", own.sysname().to_string_lossy(), own.machine().to_string_lossy()))
        .unwrap_or_default();
    if own != system {
        let what = format!("{} is {system}, and this program is for {own}", away.host);
        return Err(Trouble::Unreached(format!("{what}; use the kind `ssh` there")));
    }
    let digest = away.ssh.digest().unwrap_or_default();
    let body = format!(
        "mkdir -p \"${{p%/*}}\" && t=\"$p.$$\" && trap 'rm -f \"$t\"' EXIT && cat > \"$t\" && \
         [ \"$(sha256sum < \"$t\" | cut -d' ' -f1)\" = {digest} ] && chmod 700 \"$t\" && mv -f \"$t\" \"$p\" && \
         echo pn-brought"
    );
    let program = File::open(&away.ssh.program)
        .map_err(|error| Trouble::Unreached(format!("cannot read the program: {error}")))?;
    let mut line = Line::spawn(away, &script(away, &body)?, Stdio::from(program))?;
    match line.wait_for(context, |said| (said == "pn-brought").then_some(()))? {
        Some(()) => Ok(()),
        None => {
            let said = line.complaint();
            let why = format!("cannot bring the program to {}: {}", away.host, last_line(&said));
            Err(Trouble::Unreached(why))
        }
    }
}

/// A client that runs.
struct Line {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Arc<Mutex<String>>,
    grace: Duration,
}

impl Line {
    fn open(away: &Away, command: &str) -> Result<Self, Trouble> {
        Self::spawn(away, command, Stdio::piped())
    }

    fn spawn(away: &Away, line: &str, stdin: Stdio) -> Result<Self, Trouble> {
        let mut command = Command::new(&away.ssh.client);
        command.arg("-T");
        if let Some(config) = &away.ssh.config {
            command.arg("-F").arg(config);
        }
        let mut options = vec![
            "BatchMode=yes".to_owned(),
            "StrictHostKeyChecking=yes".to_owned(),
            "ConnectTimeout=10".to_owned(),
            "ServerAliveInterval=15".to_owned(),
            "ServerAliveCountMax=3".to_owned(),
        ];
        if let Some(sockets) = &away.ssh.sockets {
            options.push("ControlMaster=auto".to_owned());
            options.push("ControlPersist=20".to_owned());
            options.push(format!("ControlPath=\"{}/%C\"", sockets.display()));
        }
        command.args(options.iter().flat_map(|option| ["-o", option]));
        command.args(["--", &away.host, line]);
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(|error| {
            let client = away.ssh.client.to_string_lossy();
            Trouble::Unreached(format!("cannot run the ssh client `{client}`: {error}"))
        })?;
        let (say, lines) = unbounded();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout.take(LARGEST)).lines().map_while(Result::ok) {
                    if say.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        let errors = Arc::new(Mutex::new(String::new()));
        if let Some(stderr) = child.stderr.take() {
            // A shared connection that outlives this client holds the stream open.
            let errors = Arc::clone(&errors);
            std::thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok).take(1000) {
                    let mut errors = errors.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    errors.push_str(&line);
                    errors.push('\n');
                }
            });
        }
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, lines, errors, grace: Duration::from_millis(200) })
    }

    /// What the host says once it is reached.
    fn first_word(&mut self, away: &Away, context: &Context) -> Result<Host, Trouble> {
        let known = |said: &str| match said {
            "pn-ready" => Some(Host::Ready),
            _ => said.strip_prefix("pn-empty ").map(|system| Host::Empty(system.to_owned())),
        };
        match self.wait_for(context, known)? {
            Some(host) => Ok(host),
            None => Err(unreached(&away.host, &self.complaint())),
        }
    }

    /// Waits for a line that means something; `None` where the client ends before.
    fn wait_for<T>(
        &mut self,
        context: &Context,
        known: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Trouble> {
        loop {
            match self.lines.recv_timeout(PAUSE) {
                Ok(line) => {
                    if let Some(known) = known(&line) {
                        return Ok(Some(known));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) if context.is_cancelled() => return Err(Trouble::Cancelled),
                Err(RecvTimeoutError::Timeout) if context.is_late() => return Err(Trouble::Late),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Hands the question over and waits for the answer. Its stream stays open meanwhile: a word
    /// on it is a cancellation, while its end tells nothing, as that may be a lost connection.
    fn exchange(mut self, question: &str, away: &Away, context: &Context) -> Result<Answer, Trouble> {
        let lost = |line: &Self| Trouble::Lost(last_line(&line.complaint()).to_owned());
        let Some(mut stdin) = self.stdin.take() else { return Err(lost(&self)) };
        if writeln!(stdin, "{question}").and_then(|()| stdin.flush()).is_err() {
            return Err(lost(&self));
        }
        let (mut cancelled, mut over) = (false, None::<Instant>);
        loop {
            match self.lines.recv_timeout(PAUSE) {
                Ok(line) => {
                    return serde_json::from_str(&line).map_err(|error| {
                        Trouble::Lost(format!("{} gives an answer that is none: {error}", away.host))
                    });
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let _ = self.child.wait();
                    return Err(lost(&self));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if context.is_cancelled() && !cancelled {
                cancelled = true;
                // Where nobody reads it, the connection is lost anyway.
                let _ = writeln!(stdin, "cancel");
            }
            if over.is_none() && (context.is_cancelled() || context.is_late()) {
                over = Some(Instant::now());
            }
            if over.is_some_and(|over| over.elapsed() > context.grace + PATIENCE) {
                return Err(Trouble::Lost("it does not answer in time".to_owned()));
            }
        }
    }

    /// What the client wrote to its standard error; what it wrote last may take a moment.
    fn complaint(&self) -> String {
        std::thread::sleep(Duration::from_millis(50));
        self.errors.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It has said what it had to say, or nobody waits for it any more.
        for _ in 0..20 {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        stop_group(&mut self.child, self.grace);
    }
}
