//! The supervisor itself: what runs in the second process.

use super::capture::{Ends, drain};
use super::claim::{Claim, claim, write_synced};
use super::identity::Identity;
use super::{Ending, Job, Output, stop_group};
use crate::report::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Room that is set aside for the result before the command starts, so that a full disk cannot
/// keep it from being written.
const RESERVED: usize = 4096;

/// How long the streams of a command that has ended are read on: a process that it left behind
/// may hold them open for ever.
const LINGER: Duration = Duration::from_millis(200);

/// Runs the supervisor: `arguments` are those behind the command prefix of
/// [`crate::Settings::supervisor`]. Returns the exit status of the process; 0 unless the
/// supervisor itself could not do its work.
#[must_use]
pub fn main(arguments: &[OsString]) -> u8 {
    let [folder] = arguments else { return 64 };
    match supervise(Path::new(folder)) {
        Ok(()) => 0,
        Err(_) => 70,
    }
}

fn supervise(folder: &Path) -> io::Result<()> {
    // Fails only for the leader of a process group, which has left the session already.
    let _ = nix::unistd::setsid();
    let ignored = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGQUIT] {
        signal_hook::flag::register(signal, Arc::clone(&ignored))?;
    }
    let cancelled = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGTERM, Arc::clone(&cancelled))?;

    // A job that was cut off is not valid JSON, and nothing is started.
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let job: Job = serde_json::from_str(&text).map_err(io::Error::other)?;
    // Before the claim: a claim without a result says that the command may have run.
    let result = reserve(folder)?;
    if matches!(claim(folder)?, Claim::Taken(_)) {
        return Ok(());
    }
    let (ending, output) = match start(&job) {
        Ok(child) => watch(child, &job, folder, &cancelled),
        Err(reason) => (Ending::NotStarted(reason), Output::default()),
    };
    // The output is worth less than the result: where it cannot be written, it is left out.
    let _ = write_whole(folder, "output.json", &serde_json::to_vec(&output).map_err(io::Error::other)?);
    write_result(folder, result, &ending)
}

fn start(job: &Job) -> Result<Child, String> {
    let (program, arguments) = job.argv.split_first().ok_or("the job names no command")?;
    if let Some(cwd) = job.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
        return Err(format!("the folder {} does not exist", cwd.display()));
    }
    let mut command = Command::new(program);
    command.args(arguments).envs(job.env.iter().map(|(name, value)| (name, value)));
    command.stdin(if job.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    if let Some(cwd) = &job.cwd {
        command.current_dir(cwd);
    }
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("the command `{program}` does not exist"),
        io::ErrorKind::PermissionDenied => format!("the command `{program}` is not executable"),
        _ => format!("the command `{program}` cannot be started: {error}"),
    })
}

fn watch(mut child: Child, job: &Job, folder: &Path, cancelled: &AtomicBool) -> (Ending, Output) {
    let started = Instant::now();
    let identity = serde_json::to_vec(&Identity::of(child.id())).unwrap_or_default();
    // Only needed should this supervisor be killed.
    let _ = write_whole(folder, "command", &identity);
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), job.stdin.clone()) {
        // A command that does not read has no need of it.
        std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    }
    let streams = [child.stdout.take().map(reader), child.stderr.take().map(reader)];
    let ending = wait(&mut child, job, started, cancelled);
    let ended = Instant::now();
    let [stdout, stderr] = streams.map(|stream| {
        let Some((thread, ends)) = stream else { return Ends::default() };
        while !thread.is_finished() && ended.elapsed() < LINGER {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::mem::take(&mut *ends.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    });
    (ending, Output { stdout: stdout.captured(&job.secrets), stderr: stderr.captured(&job.secrets) })
}

fn reader(stream: impl Read + Send + 'static) -> (JoinHandle<()>, Arc<Mutex<Ends>>) {
    let ends = Arc::new(Mutex::new(Ends::default()));
    let shared = Arc::clone(&ends);
    (std::thread::spawn(move || drain(stream, &shared)), ends)
}

fn wait(child: &mut Child, job: &Job, started: Instant, cancelled: &AtomicBool) -> Ending {
    let timeout = job.timeout_ms.map(Duration::from_millis);
    let grace = Duration::from_millis(job.grace_ms);
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ending::Exited(exit(status)),
            Ok(None) => {}
            Err(error) => return Ending::NotStarted(format!("its end cannot be waited for: {error}")),
        }
        let stopped: Option<fn(Exit) -> Ending> = if cancelled.load(Ordering::Relaxed) {
            Some(Ending::Cancelled)
        } else if timeout.is_some_and(|timeout| started.elapsed() >= timeout) {
            Some(Ending::TimedOut)
        } else {
            None
        };
        if let Some(ending) = stopped {
            stop_group(child, grace);
            return match child.try_wait() {
                Ok(Some(status)) => ending(exit(status)),
                _ => ending(Exit::Signal(9)),
            };
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(0)),
    }
}

fn reserve(folder: &Path) -> io::Result<File> {
    let mut file =
        File::options().write(true).create(true).truncate(true).open(folder.join("result.json.part"))?;
    file.write_all(&[b' '; RESERVED])?;
    file.sync_all()?;
    Ok(file)
}

fn write_result(folder: &Path, mut file: File, ending: &Ending) -> io::Result<()> {
    let mut text = serde_json::to_vec(ending).map_err(io::Error::other)?;
    if text.len() < RESERVED {
        // Blanks are no part of JSON; overwriting needs no new room.
        text.resize(RESERVED, b' ');
    }
    file.rewind()?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(folder.join("result.json.part"), folder.join("result.json"))?;
    File::open(folder)?.sync_all()
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = folder.join(format!("{name}.part"));
    write_synced(&part, bytes)?;
    fs::rename(&part, folder.join(name))
}
