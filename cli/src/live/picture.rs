//! The picture of a run: a board and a view onto it, drawn with widgets.
//!
//! Only the rows that can be seen are made. Nothing is told by colour alone, and the background is
//! the terminal's own, so that it reads on dark, on light, and without colours.

use super::board::{Board, Row, State};
use super::view::{Listed, Mode, Pane, View, Which};
use super::words::approver;
use crate::report::figures::{grouped, lasting};
use crate::report::waits;
use crate::terminal::{BAD, GOOD, OPEN, STRONG};
use pn_executor::machine::Reason;
use pn_executor::{StopKind, refusal_in_words, why};
use pn_net::{TransitionId, firing};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph, Wrap};
use std::time::Duration;

/// The smallest window that shows more than a line.
pub(crate) const SMALLEST: (u16, u16) = (40, 10);

/// How deep the chosen action's needs are followed.
const DEPTH: usize = 3;

/// Whether there are colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Paint {
    Colours,
    Plain,
}

impl Paint {
    fn of(self, style: anstyle::Style) -> Style {
        let mut shown = Style::new();
        if style.get_effects().contains(anstyle::Effects::BOLD) {
            shown = shown.add_modifier(Modifier::BOLD);
        }
        let colour = match style.get_fg_color() {
            Some(anstyle::Color::Ansi(anstyle::AnsiColor::Green)) => Color::Green,
            Some(anstyle::Color::Ansi(anstyle::AnsiColor::Red)) => Color::Red,
            Some(anstyle::Color::Ansi(anstyle::AnsiColor::Yellow)) => Color::Yellow,
            _ => return shown,
        };
        if self == Self::Colours { shown.fg(colour) } else { shown }
    }
}

/// Draws the picture, `now` after the beginning.
pub(crate) fn draw(frame: &mut Frame<'_>, board: &Board<'_>, view: &mut View, paint: Paint, now: Duration) {
    let area = frame.area();
    let head = counts(board, paint, area.width);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame.render_widget(Paragraph::new(head), area);
        return;
    }
    let asked = u16::try_from(board.asked.len()).unwrap_or(u16::MAX).min(area.height / 4);
    let asked = if asked == 0 { 0 } else { asked + 1 };
    let wide = area.width >= 110;
    let rest = area.height.saturating_sub(3 + asked);
    let log = (rest / 3).max(2);
    let detail = if wide || rest < 14 { 0 } else { (rest / 4).clamp(4, 8) };
    let [top, actions, below, gates, entries, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Min(3),
        Constraint::Length(detail),
        Constraint::Length(asked),
        Constraint::Length(log),
        Constraint::Length(1),
    ])
    .areas(area);
    let (actions, beside) = match wide {
        true => {
            let [left, _, right] =
                Layout::horizontal([Constraint::Fill(3), Constraint::Length(1), Constraint::Fill(2)])
                    .areas(actions);
            (left, right)
        }
        false => (actions, below),
    };
    frame.render_widget(Paragraph::new(vec![title(board, now), head]), top);
    draw_actions(frame, actions, board, view, paint, now);
    if beside.height > 0 {
        draw_chosen(frame, beside, board, view, paint, now);
    }
    if asked > 0 {
        draw_asked(frame, gates, board, view, paint);
    }
    draw_log(frame, entries, board, view, paint);
    frame.render_widget(Paragraph::new(footer(board, view, paint)), foot);
    if view.mode == Mode::Help {
        draw_help(frame, area);
    }
}

fn title(board: &Board<'_>, now: Duration) -> Line<'static> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    Line::from(vec![
        Span::styled(format!("run {}", board.run), bold),
        Span::raw(format!("  {}  {}", board.subject.name, lasting(whole(now)))),
    ])
}

/// Seconds from ten on: what changes ten times a second is not read.
fn whole(time: Duration) -> Duration {
    match time.as_secs() {
        0..10 => Duration::from_millis(u64::try_from(time.as_millis() / 100).unwrap_or(0) * 100),
        seconds => Duration::from_secs(seconds),
    }
}

fn counts(board: &Board<'_>, paint: Paint, width: u16) -> Line<'static> {
    let (done, all) = (board.counts.done, board.rows.len());
    let bar = usize::from(width / 8).min(20);
    let filled = (bar * done).checked_div(all).unwrap_or(0);
    let mut spans = vec![
        Span::styled("#".repeat(filled), paint.of(GOOD)),
        Span::raw(".".repeat(bar - filled)),
        Span::raw(format!(" {} of {} done", grouped(done), grouped(all))),
    ];
    let mut tell = |count: usize, word: &str, style| {
        if count > 0 {
            spans.push(Span::raw(" · "));
            spans.push(Span::styled(format!("{} {word}", grouped(count)), paint.of(style)));
        }
    };
    tell(board.counts.failed, "failed", BAD);
    tell(board.asked.len(), "to approve", OPEN);
    tell(board.counts.running, "running", STRONG);
    tell(board.counts.retrying, "to retry", OPEN);
    tell(board.counts.drifted, "drifted", OPEN);
    Line::from(spans)
}

fn heading(text: String, view: &View, pane: Pane) -> Block<'static> {
    let modifier = if view.focus == pane { Modifier::BOLD | Modifier::REVERSED } else { Modifier::BOLD };
    Block::new().borders(Borders::TOP).title(Line::from(vec![
        Span::raw("─ "),
        Span::styled(format!(" {text} "), Style::new().add_modifier(modifier)),
    ]))
}

fn draw_actions(
    frame: &mut Frame<'_>,
    area: Rect,
    board: &Board<'_>,
    view: &mut View,
    paint: Paint,
    now: Duration,
) {
    let listed = view.listed(board);
    let block = heading(actions_title(board, view, &listed), view, Pane::Actions);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    view.page = usize::from(inside.height);
    let chosen = listed.position(view.chosen.unwrap_or(board.latest));
    let height = usize::from(inside.height);
    let first = chosen.unwrap_or(0).saturating_sub(height.saturating_sub(1) * 2 / 3);
    let first = first.min(listed.len().saturating_sub(height));
    let columns = columns(inside);
    for (offset, position) in (first..listed.len()).take(height).enumerate() {
        let row = &board.rows[listed.row(position)];
        let y = inside.y + u16::try_from(offset).unwrap_or(u16::MAX);
        let (style, word) = row.state.words();
        let cells = [
            Span::styled(format!(" {word}"), paint.of(style)),
            Span::raw(board.subject.net().transition_name(row.action).to_owned()),
            Span::raw(time(row, now)),
            Span::raw(tries(row)),
            Span::raw(note(board, row, now)),
        ];
        for (column, cell) in columns.iter().zip(cells) {
            frame.render_widget(cell, Rect { y, height: 1, ..*column });
        }
        if Some(position) == chosen {
            let line = Rect { y, height: 1, ..inside };
            frame.buffer_mut().set_style(line, Style::new().add_modifier(Modifier::REVERSED));
        }
    }
}

/// State, name, time, attempts, and what there is to say; in a narrow window without the last two.
fn columns(area: Rect) -> [Rect; 5] {
    let (name, tries, note) = match area.width {
        0..60 => (Constraint::Fill(1), 0, Constraint::Length(0)),
        60..100 => (Constraint::Fill(1), 6, Constraint::Fill(1)),
        _ => (Constraint::Fill(2), 6, Constraint::Fill(3)),
    };
    let widths = [Constraint::Length(9), name, Constraint::Length(9), Constraint::Length(tries), note];
    Layout::horizontal(widths).spacing(1).areas(area)
}

fn actions_title(board: &Board<'_>, view: &View, listed: &Listed) -> String {
    let mut title = "actions".to_owned();
    if view.which == Which::StandingOut {
        title.push_str(" that run or went wrong");
    }
    if view.mode == Mode::Filter {
        title.push_str(&format!(" /{}_", view.filter));
    } else if !view.filter.is_empty() {
        title.push_str(&format!(" /{}", view.filter));
    }
    if listed.len() < board.rows.len() {
        title.push_str(&format!(", {} of {}", grouped(listed.len()), grouped(board.rows.len())));
    }
    title
}

fn time(row: &Row, now: Duration) -> String {
    row.time(now).map(|time| lasting(whole(time))).unwrap_or_default()
}

/// Which attempt of how many, where there is more than one.
fn tries(row: &Row) -> String {
    match (row.nth, row.most) {
        (0, _) | (1, 1) => String::new(),
        (nth, most) => format!("{nth} of {}", most.max(nth)),
    }
}

/// What there is to say about a row on the rest of its line.
fn note(board: &Board<'_>, row: &Row, now: Duration) -> String {
    match row.state {
        State::Waits => waits_for(board, row.action),
        State::Retries(at) => {
            format!("again in {}: {}", lasting(whole(at.saturating_sub(now))), row.message)
        }
        State::Runs => because(row).to_owned(),
        State::Drifted => "to be repaired".to_owned(),
        State::Applies | State::Ended(_) | State::Frozen => row.message.clone(),
    }
}

/// Why an attempt is made, where it is not simply its turn.
const fn because(row: &Row) -> &'static str {
    match row.reason {
        Reason::Plan => "",
        Reason::Drift => "repairs what has drifted",
        Reason::Refresh => "again, for what it depends on has changed",
    }
}

/// What the first place that is short is, and why the action is not started though none is.
fn waits_for(board: &Board<'_>, action: TransitionId) -> String {
    if let Some(why) = board.held.get(&action) {
        return format!("held: {}", refusal_in_words(board.subject.deployment(), *why));
    }
    let net = board.subject.net();
    match firing::missing(net, &board.marking, action).next() {
        Some((place, ..)) => format!("for {}", board.subject.place(place)),
        None if board.stop.is_some() => "nothing new starts".to_owned(),
        None => "for a free job".to_owned(),
    }
}

fn draw_chosen(
    frame: &mut Frame<'_>,
    area: Rect,
    board: &Board<'_>,
    view: &View,
    paint: Paint,
    now: Duration,
) {
    let listed = view.listed(board);
    let chosen = listed.position(view.chosen.unwrap_or(board.latest));
    let Some(row) = chosen.map(|position| &board.rows[listed.row(position)]) else { return };
    let name = board.subject.net().transition_name(row.action);
    let block = Block::new().borders(Borders::TOP).title(format!("─ {name} "));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let (style, word) = row.state.words();
    let mut said = vec![Span::styled(word, paint.of(style))];
    if !time(row, now).is_empty() {
        let verb = if matches!(row.state, State::Runs | State::Applies) { "for" } else { "after" };
        said.push(Span::raw(format!(" {verb} {}", time(row, now))));
    }
    if row.most > 1 && row.nth > 0 {
        said.push(Span::raw(format!(", attempt {} of {}", row.nth, row.most.max(row.nth))));
    }
    let mut lines = vec![Line::from(said)];
    if matches!(row.state, State::Runs | State::Applies) && !because(row).is_empty() {
        lines.push(Line::raw(because(row)));
    }
    if !row.message.is_empty() {
        lines.push(Line::raw(row.message.clone()));
    }
    if row.state == State::Waits {
        let why = why(board.subject.deployment(), &board.marking, &board.in_flight, row.action, DEPTH);
        let tree = waits::told(board.subject, &why).into_iter().skip(1).take(usize::from(inside.height));
        lines.extend(tree.map(|(depth, line)| Line::raw(format!("{}{line}", "  ".repeat(depth - 1)))));
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inside);
}

fn draw_asked(frame: &mut Frame<'_>, area: Rect, board: &Board<'_>, view: &View, paint: Paint) {
    let block = heading("to approve".to_owned(), view, Pane::Asked);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let (height, chosen) = (usize::from(inside.height), view.asked(board));
    let position = board.asked.iter().position(|asked| Some(*asked) == chosen).unwrap_or(0);
    let first = position.saturating_sub(height.saturating_sub(1));
    let line = |transition: &TransitionId| {
        let name = board.subject.net().transition_name(*transition);
        let by = approver(board.subject, *transition);
        let text = format!(" {name}, by {by}: pn approve {} {name}", board.run);
        let mut style = paint.of(OPEN);
        if view.focus == Pane::Asked && Some(*transition) == chosen {
            style = style.add_modifier(Modifier::REVERSED);
        }
        Line::styled(text, style)
    };
    let lines: Vec<Line<'_>> = board.asked.iter().skip(first).take(height).map(line).collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

fn draw_log(frame: &mut Frame<'_>, area: Rect, board: &Board<'_>, view: &mut View, paint: Paint) {
    let mut text = "log".to_owned();
    if view.log_end.is_some() {
        text.push_str(", stopped here: End follows it again");
    }
    let block = heading(text, view, Pane::Log);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let height = usize::from(inside.height);
    if view.focus == Pane::Log {
        view.page = height;
    }
    let all = board.forgotten + board.log.len();
    let end = view.log_end.unwrap_or(all).clamp(board.forgotten, all);
    let end = end.max((board.forgotten + height).min(all));
    let first = end.saturating_sub(height).max(board.forgotten);
    let lines = board.log.range(first - board.forgotten..end - board.forgotten).map(|entry| match entry.at {
        Some(at) => Line::from(vec![
            Span::raw(format!("{:>9.2} s  ", at.as_secs_f64())),
            Span::styled(format!("{:<9}", entry.word), paint.of(entry.style)),
            Span::raw(format!(" {}", entry.text)),
        ]),
        None => Line::raw(format!("{:>11}  {} | {}", "", entry.word, entry.text)),
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), inside);
}

fn footer(board: &Board<'_>, view: &View, paint: Paint) -> Line<'static> {
    let name = |transition: TransitionId| board.subject.net().transition_name(transition).to_owned();
    match &view.mode {
        Mode::Approve(transition) => {
            let text = format!(
                "approve {} as {}? y approves, any other key does not",
                name(*transition),
                view.who.user
            );
            return Line::styled(text, paint.of(OPEN));
        }
        Mode::Filter => return Line::raw("type a part of a name · Enter keeps it · Esc shows all"),
        Mode::Look | Mode::Help => {}
    }
    if !view.notice.is_empty() {
        return Line::styled(view.notice.clone(), paint.of(OPEN));
    }
    let keys = "a approve · / filter · Tab pane · ? help";
    let (style, stop) = match board.stop {
        None => (anstyle::Style::new(), "q stops".to_owned()),
        Some(StopKind::Drain) => (
            OPEN,
            format!(
                "stopping: {} still run, nothing new starts; q again cancels them",
                board.in_flight.len()
            ),
        ),
        Some(StopKind::Cancel) => (OPEN, "stopping: what runs is cancelled".to_owned()),
    };
    Line::from(vec![Span::styled(stop, paint.of(style)), Span::raw(format!(" · {keys}"))])
}

const HELP: &str = "\
q, Ctrl-C     stop: nothing new starts; once more: what runs is cancelled
↑ ↓ k j       choose an action, an approval, or a line of the log
PgUp PgDn     a page up or down
Home End      to the beginning, to the end
Tab           to the next part of the picture
/             show actions with this in their name
f             show what runs or went wrong, or all
a             approve what is asked for
Esc           follow what happens, show all
Ctrl-L        draw everything anew

any key closes this";

fn draw_help(frame: &mut Frame<'_>, area: Rect) {
    let (lines, width) = (HELP.lines().count(), HELP.lines().map(|line| line.chars().count()).max());
    let width = u16::try_from(width.unwrap_or(0) + 4).unwrap_or(u16::MAX).min(area.width);
    let height = u16::try_from(lines + 2).unwrap_or(u16::MAX).min(area.height);
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame.render_widget(Clear, place);
    let block = Block::bordered().title(" keys ");
    frame.render_widget(Paragraph::new(HELP).block(block).wrap(Wrap { trim: false }), place);
}

#[cfg(test)]
mod tests;
