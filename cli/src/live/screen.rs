//! The live view on a real terminal: a thread that draws, listens to keys, and always leaves the
//! terminal as it was.
//!
//! When drawing fails, or anything in this process panics, the view ends and the run is told line
//! by line from there on.

use super::board::Board;
use super::picture::{self, Paint, SMALLEST};
use super::teller::{Form, Teller};
use super::view::{Intent, View};
use crate::subject::Subject;
use crate::terminal::Terminal;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use pn_executor::{Approver, Control, RunEvent};
use pn_net::TransitionId;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event};
use std::io::{self, IsTerminal};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The time between two pictures.
const FRAME: Duration = Duration::from_millis(70);
/// The time after which a picture is drawn anew though nothing happened: its clocks go on.
const CLOCK: Duration = Duration::from_millis(250);
/// How many events are taken in before keys are looked at again.
const BATCH: usize = 1000;

/// Something in this process panicked, and the terminal is as it was.
static PANICKED: AtomicBool = AtomicBool::new(false);
/// The terminal is ours.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Whether standard output is a terminal that can show the live view.
pub(crate) fn is_possible() -> bool {
    let able = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    let large = terminal_size::terminal_size_of(io::stdout())
        .is_some_and(|(width, height)| width.0 >= SMALLEST.0 && height.0 >= SMALLEST.1);
    io::stdout().is_terminal() && io::stdin().is_terminal() && able && large && is_in_front()
}

/// Whether the terminal is ours to draw on: a process in the background would be stopped.
fn is_in_front() -> bool {
    nix::unistd::tcgetpgrp(io::stdout()).is_ok_and(|front| front == nix::unistd::getpgrp())
}

/// Shows a run until its events end. Gives the board when it was shown to the end, so that what
/// matters of it can be said where it stays.
pub(crate) fn show<'a>(
    subject: &'a Subject,
    since: Instant,
    events: &Receiver<(Duration, RunEvent)>,
    stop: &Sender<Control>,
) -> Option<Board<'a>> {
    let mut board = Board::new(subject);
    let shown = Screen::open().and_then(|mut screen| screen.run(&mut board, since, events, stop));
    if shown.is_ok() {
        return Some(board);
    }
    tell(subject, since, &board, events);
    None
}

/// Tells the rest of the run line by line.
fn tell(subject: &Subject, since: Instant, board: &Board<'_>, events: &Receiver<(Duration, RunEvent)>) {
    let terminal = Terminal::default();
    let mut teller = Teller::new(&terminal, subject, Form::Words, since);
    teller.goes_on_with(&board.run);
    for (at, event) in events {
        teller.tell(&event, at);
    }
}

/// The terminal, taken over until this is dropped.
struct Screen {
    terminal: DefaultTerminal,
    paint: Paint,
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn leave() {
    if SHOWN.swap(false, Ordering::SeqCst) {
        // Nothing can be done about a terminal that is gone.
        let _ = ratatui::try_restore();
    }
}

impl Screen {
    fn open() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let usual = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                PANICKED.store(true, Ordering::SeqCst);
                leave();
                usual(panic);
            }));
        });
        SHOWN.store(true, Ordering::SeqCst);
        let open = || {
            ratatui::crossterm::terminal::enable_raw_mode()?;
            ratatui::crossterm::execute!(io::stdout(), ratatui::crossterm::terminal::EnterAlternateScreen)?;
            ratatui::Terminal::new(ratatui::backend::CrosstermBackend::new(io::stdout()))
        };
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let paint = if colours { Paint::Colours } else { Paint::Plain };
        match open() {
            Ok(terminal) => Ok(Self { terminal, paint }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    fn run(
        &mut self,
        board: &mut Board<'_>,
        since: Instant,
        events: &Receiver<(Duration, RunEvent)>,
        stop: &Sender<Control>,
    ) -> io::Result<()> {
        let mut view = View::new(Approver::current());
        let (mut drawn, mut changed) = (None::<Instant>, true);
        loop {
            if PANICKED.load(Ordering::SeqCst) {
                return Err(io::Error::other("a part of this program panicked"));
            }
            while event::poll(Duration::ZERO)? {
                changed = true;
                if let Event::Key(key) = event::read()?
                    && let Some(intent) = view.key(key, board)
                {
                    self.follow(&intent, board, &mut view, stop)?;
                }
            }
            let age = drawn.map_or(CLOCK, |drawn| drawn.elapsed());
            if (changed && age >= FRAME) || age >= CLOCK {
                let paint = self.paint;
                self.terminal.draw(|frame| picture::draw(frame, board, &mut view, paint, since.elapsed()))?;
                (drawn, changed) = (Some(Instant::now()), false);
            }
            let pause = if changed { FRAME.saturating_sub(age) } else { FRAME };
            match events.recv_timeout(pause) {
                Ok((at, event)) => {
                    changed = true;
                    board.take_or_recall(&event, at);
                    events.try_iter().take(BATCH).for_each(|(at, event)| board.take_or_recall(&event, at));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn follow(
        &mut self,
        intent: &Intent,
        board: &Board<'_>,
        view: &mut View,
        stop: &Sender<Control>,
    ) -> io::Result<()> {
        match intent {
            // The runner is gone only when the run is over.
            Intent::Stop => _ = stop.send(Control::Stop),
            Intent::Approve(transition) => view.notice = approve(board, view, *transition),
            Intent::Redraw => self.terminal.clear()?,
        }
        Ok(())
    }
}

fn approve(board: &Board<'_>, view: &View, transition: TransitionId) -> String {
    let name = board.subject.net().transition_name(transition);
    match pn_executor::approve(&board.journal, name, &view.who) {
        Ok(()) => format!("{name} approved"),
        Err(error) => error.to_string(),
    }
}
