//! Where words go: standard output and standard error, colours, width, progress.
//!
//! Colours appear on a terminal only, and not when `NO_COLOR` is set. A reader that goes away
//! (`pn … | head`) silences the output and nothing else: the command goes on to its end, so that
//! a run is not broken off and the exit status stays true. Any other failure to write is
//! remembered and reported once, at the end.

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Good news: `holds`, `done`.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Bad news: `fails`, `error`.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Neither: `unknown`, `warning`, `waits`.
pub(crate) const OPEN: Style = AnsiColor::Yellow.on_default().bold();
/// What stands out without being news.
pub(crate) const STRONG: Style = Style::new().bold();

/// `text` in `style`; the stream strips the style where it is not wanted.
pub(crate) fn painted(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// How long work may last before its progress is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// Columns where standard output is no terminal.
const PIPE_WIDTH: usize = 100;

/// Standard output and standard error of the process.
#[derive(Default)]
pub(crate) struct Terminal {
    silenced: RefCell<bool>,
    failed: RefCell<Option<io::Error>>,
}

impl Terminal {
    /// Writes a line to standard output.
    pub(crate) fn line(&self, text: impl Display) {
        self.text(format_args!("{text}\n"));
    }

    /// Writes to standard output, as it is.
    pub(crate) fn text(&self, text: impl Display) {
        if *self.silenced.borrow() {
            return;
        }
        let mut out = anstream::stdout();
        if let Err(error) = write!(out, "{text}").and_then(|()| out.flush()) {
            *self.silenced.borrow_mut() = true;
            if error.kind() != ErrorKind::BrokenPipe {
                *self.failed.borrow_mut() = Some(error);
            }
        }
    }

    /// Writes a line to standard error. Nobody can be told when that fails.
    pub(crate) fn note(&self, text: impl Display) {
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// The columns that text may take.
    pub(crate) fn width(&self) -> usize {
        match terminal_size::terminal_size_of(io::stdout()) {
            Some((width, _)) => usize::from(width.0).clamp(40, 120),
            None => PIPE_WIDTH,
        }
    }

    /// Progress of work that begins now; shown once it lasts, on a terminal only.
    pub(crate) fn progress(&self) -> Progress {
        Progress { since: Instant::now(), visible: io::stderr().is_terminal(), bar: None }
    }

    /// The failure to write standard output, if there was one that counts.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.failed.borrow_mut().take()
    }
}

/// One line on standard error that tells how far the work is, and disappears at its end.
pub(crate) struct Progress {
    since: Instant,
    visible: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Shows where the work stands. Cheap while there is nothing to be seen.
    pub(crate) fn show(&mut self, message: impl FnOnce() -> String) {
        if !self.visible || self.since.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
                .expect("the template is well formed");
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(style)
                .with_elapsed(self.since.elapsed())
        });
        bar.set_message(message());
        bar.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
