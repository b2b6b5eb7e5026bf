//! What the person at the live view looks at, and what their keys mean.
//!
//! Pure: keys come in, intents go out, so that all of it is tested without a terminal.

use super::board::Board;
use super::words::approver;
use pn_executor::Approver;
use pn_net::TransitionId;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What the keys go to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pane {
    Actions,
    Asked,
    Log,
}

/// What is going on between the person and the view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Looking.
    Look,
    /// Typing a filter.
    Filter,
    /// Reading about the keys.
    Help,
    /// Asked whether this is really approved.
    Approve(TransitionId),
}

/// Which actions are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Which {
    All,
    /// Those that run, are tried again, or went wrong.
    StandingOut,
}

/// What a key asks of the world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Intent {
    /// Stop, as Ctrl-C does.
    Stop,
    /// Approve this.
    Approve(TransitionId),
    /// Draw everything anew.
    Redraw,
}

/// What is looked at.
pub(crate) struct View {
    pub(crate) focus: Pane,
    pub(crate) mode: Mode,
    pub(crate) which: Which,
    pub(crate) filter: String,
    /// The chosen action, as an index into the board's rows; `None` follows what started last.
    pub(crate) chosen: Option<usize>,
    /// The chosen approval among those that are asked for.
    pub(crate) chosen_asked: usize,
    /// The last line of the log that is shown, counted from its beginning; `None` follows its end.
    pub(crate) log_end: Option<usize>,
    /// The rows that a page has, as last drawn.
    pub(crate) page: usize,
    /// What there is to say about the last key.
    pub(crate) notice: String,
    /// Whose approvals count.
    pub(crate) who: Approver,
}

impl View {
    pub(crate) fn new(who: Approver) -> Self {
        Self {
            focus: Pane::Actions,
            mode: Mode::Look,
            which: Which::All,
            filter: String::new(),
            chosen: None,
            chosen_asked: 0,
            log_end: None,
            page: 10,
            notice: String::new(),
            who,
        }
    }

    /// The rows that are listed, in order; all of them when nothing is filtered.
    pub(crate) fn listed(&self, board: &Board<'_>) -> Listed {
        if self.filter.is_empty() && self.which == Which::All {
            return Listed::All(board.rows.len());
        }
        let net = board.subject.net();
        let wanted = self.filter.to_lowercase();
        let is_listed = |index: &usize| {
            let row = &board.rows[*index];
            (self.which == Which::All || row.state.stands_out())
                && (wanted.is_empty() || net.transition_name(row.action).to_lowercase().contains(&wanted))
        };
        Listed::Some((0..board.rows.len()).filter(is_listed).collect())
    }

    /// What a key means.
    pub(crate) fn key(&mut self, key: KeyEvent, board: &Board<'_>) -> Option<Intent> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        self.notice.clear();
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Some(Intent::Stop),
                KeyCode::Char('l') => Some(Intent::Redraw),
                _ => None,
            };
        }
        match self.mode.clone() {
            Mode::Look => self.look(key.code, board),
            Mode::Help => {
                self.mode = Mode::Look;
                None
            }
            Mode::Filter => {
                self.type_filter(key.code);
                None
            }
            Mode::Approve(transition) => {
                self.mode = Mode::Look;
                (key.code == KeyCode::Char('y')).then_some(Intent::Approve(transition))
            }
        }
    }

    fn type_filter(&mut self, key: KeyCode) {
        match key {
            KeyCode::Enter => self.mode = Mode::Look,
            KeyCode::Esc => {
                self.mode = Mode::Look;
                self.filter.clear();
            }
            KeyCode::Backspace => _ = self.filter.pop(),
            KeyCode::Char(c) => self.filter.push(c),
            _ => {}
        }
    }

    fn look(&mut self, key: KeyCode, board: &Board<'_>) -> Option<Intent> {
        let page = isize::try_from(self.page.max(1)).unwrap_or(isize::MAX);
        match key {
            KeyCode::Char('q') => return Some(Intent::Stop),
            KeyCode::Char('?') => self.mode = Mode::Help,
            KeyCode::Char('/') => (self.mode, self.focus) = (Mode::Filter, Pane::Actions),
            KeyCode::Char('f') => {
                self.which = if self.which == Which::All { Which::StandingOut } else { Which::All };
            }
            KeyCode::Char('a') => self.ask_to_approve(board),
            KeyCode::Tab => self.focus = next(self.focus, board),
            KeyCode::BackTab => self.focus = next(next(self.focus, board), board),
            KeyCode::Esc => {
                (self.chosen, self.log_end) = (None, None);
                (self.which, self.focus) = (Which::All, Pane::Actions);
                self.filter.clear();
            }
            KeyCode::Up | KeyCode::Char('k') => self.step(-1, board),
            KeyCode::Down | KeyCode::Char('j') => self.step(1, board),
            KeyCode::PageUp => self.step(-page, board),
            KeyCode::PageDown => self.step(page, board),
            KeyCode::Home | KeyCode::Char('g') => self.step(isize::MIN / 2, board),
            KeyCode::End | KeyCode::Char('G') => self.step(isize::MAX / 2, board),
            _ => {}
        }
        None
    }

    fn step(&mut self, by: isize, board: &Board<'_>) {
        let moved = |from: usize, last: usize| {
            let last = isize::try_from(last).unwrap_or(isize::MAX);
            let from = isize::try_from(from).unwrap_or(isize::MAX);
            usize::try_from(from.saturating_add(by).clamp(0, last)).unwrap_or(0)
        };
        match self.focus {
            Pane::Actions => {
                let listed = self.listed(board);
                if let Some(last) = listed.len().checked_sub(1) {
                    let from = listed.position(self.chosen.unwrap_or(board.latest)).unwrap_or(0);
                    self.chosen = Some(listed.row(moved(from, last)));
                }
            }
            Pane::Asked => {
                self.chosen_asked = moved(self.chosen_asked, board.asked.len().saturating_sub(1));
            }
            Pane::Log => {
                let end = board.forgotten + board.log.len();
                let to = moved(self.log_end.unwrap_or(end), end).max(board.forgotten);
                self.log_end = (to < end).then_some(to);
            }
        }
    }

    /// The approval that `a` is about.
    pub(crate) fn asked(&self, board: &Board<'_>) -> Option<TransitionId> {
        let last = board.asked.len().checked_sub(1)?;
        board.asked.iter().nth(self.chosen_asked.min(last)).copied()
    }

    fn ask_to_approve(&mut self, board: &Board<'_>) {
        let Some(transition) = self.asked(board) else {
            self.notice = "nothing waits for approval".to_owned();
            return;
        };
        let by = approver(board.subject, transition);
        if self.who.may(by) {
            self.mode = Mode::Approve(transition);
        } else {
            let name = board.subject.net().transition_name(transition);
            self.notice = format!("{name} is for {by} to approve, not for {}", self.who.user);
        }
    }
}

fn next(focus: Pane, board: &Board<'_>) -> Pane {
    match focus {
        Pane::Actions if board.asked.is_empty() => Pane::Log,
        Pane::Actions => Pane::Asked,
        Pane::Asked => Pane::Log,
        Pane::Log => Pane::Actions,
    }
}

/// The rows that are listed.
pub(crate) enum Listed {
    /// All of so many.
    All(usize),
    /// These.
    Some(Vec<usize>),
}

impl Listed {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Some(rows) => rows.len(),
        }
    }

    /// The row at a position.
    pub(crate) fn row(&self, position: usize) -> usize {
        match self {
            Self::All(_) => position,
            Self::Some(rows) => rows[position],
        }
    }

    /// Where a row is listed, or would be.
    pub(crate) fn position(&self, row: usize) -> Option<usize> {
        match self {
            Self::All(count) => (row < *count).then_some(row),
            Self::Some(rows) => {
                let at = rows.partition_point(|listed| *listed < row);
                rows.len().checked_sub(1).map(|last| at.min(last))
            }
        }
    }
}
