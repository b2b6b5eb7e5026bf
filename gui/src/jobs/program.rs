//! A program that the editor has started, and the lines that it says.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

/// The most lines that are kept.
const MOST: usize = 2_000;

/// A program at work. It goes on when this is dropped.
pub struct Program {
    child: Child,
    lines: Vec<String>,
    news: Receiver<String>,
    status: Option<String>,
}

impl Program {
    /// Starts it. `wake` is called when it says something.
    ///
    /// # Errors
    ///
    /// Why it does not start, in a sentence.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        wake: impl Fn() + Send + Clone + 'static,
    ) -> Result<Self, String> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{}` does not start: {error}.", program.display()))?;
        let (sender, news) = channel();
        if let Some(stdout) = child.stdout.take() {
            follow(stdout, sender.clone(), wake.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            follow(stderr, sender, wake);
        }
        Ok(Self { child, lines: Vec::new(), news, status: None })
    }

    /// Takes in what it has said since.
    pub fn poll(&mut self) {
        self.lines.extend(self.news.try_iter());
        let surplus = self.lines.len().saturating_sub(MOST);
        self.lines.drain(..surplus);
        if self.status.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.status = Some(status.to_string());
        }
    }

    /// What it has said.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// How it ended, once it has.
    #[must_use]
    pub fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    /// Interrupts it, as Ctrl-C does.
    pub fn interrupt(&self) {
        use nix::sys::signal::{Signal, kill};
        if self.status.is_none()
            && let Ok(id) = i32::try_from(self.child.id())
        {
            // It may have ended a moment ago.
            let _ = kill(nix::unistd::Pid::from_raw(id), Signal::SIGINT);
        }
    }
}

fn follow(from: impl Read + Send + 'static, to: Sender<String>, wake: impl Fn() + Send + 'static) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
            wake();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn ended(mut program: Program) -> Program {
        let deadline = Instant::now() + Duration::from_secs(20);
        while program.status().is_none() && Instant::now() < deadline {
            program.poll();
            std::thread::sleep(Duration::from_millis(5));
        }
        // The last lines may come a moment later than the end.
        std::thread::sleep(Duration::from_millis(50));
        program.poll();
        program
    }

    #[test]
    fn what_a_program_says_is_taken_in_and_its_end_is_told() {
        let script = "echo one; echo two >&2; exit 3";
        let program = ended(Program::start(Path::new("/bin/sh"), &["-c", script], || {}).unwrap());
        let mut lines = program.lines().to_vec();
        lines.sort();
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(program.status(), Some("exit status: 3"));
    }

    #[test]
    fn a_program_is_interrupted() {
        // What ignores the signal hands that on, as a shell does to what it runs in the background.
        let arguments = ["--default-signal=INT", "sleep", "60"];
        let mut program = Program::start(Path::new("/usr/bin/env"), &arguments, || {}).unwrap();
        while program.status().is_none() {
            program.interrupt();
            std::thread::sleep(Duration::from_millis(5));
            program.poll();
        }
        assert!(ended(program).status().unwrap().contains("signal: 2"));
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let problem = Program::start(Path::new("/nowhere/pn"), &[], || {}).err().unwrap();
        assert!(problem.contains("does not start"), "{problem}");
    }
}
