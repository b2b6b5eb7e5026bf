//! Runs: starting one, attaching to one, following it, approving, rolling back.

use super::{Bottom, Editor};
use crate::game::Game;
use crate::jobs::{Program, Watch, attach};
use egui::Context;
use pn_executor::{Approver, LogEntry, RunSummary, Status};
use std::path::Path;
use std::time::Duration;

/// The most lines of a log that are kept.
const MOST_LINES: usize = 10_000;
/// How often the folder of the runs is looked at while a run is about to appear, in seconds.
const LOOK_EVERY: f64 = 0.5;

/// A run that a tab shows.
pub(crate) struct RunView {
    pub(crate) watch: Watch,
    /// The file that it was made from.
    pub(crate) file: String,
    pub(crate) status: Option<Status>,
    pub(crate) log: Vec<LogEntry>,
    pub(crate) problem: Option<String>,
}

/// The runs that are known, and the one that is being started.
#[derive(Default)]
pub(crate) struct Runs {
    pub(crate) known: Vec<RunSummary>,
    pub(crate) program: Option<Program>,
    /// When the folder is looked at again for a run that is about to appear.
    awaited: Option<f64>,
}

impl Editor {
    /// Looks which runs there are.
    pub(crate) fn look_for_runs(&mut self) {
        let Some(folder) = &self.settings.runs else { return };
        match pn_executor::runs(folder) {
            Ok((runs, _)) => self.runs.known = runs,
            Err(error) => self.complain(format!("The runs cannot be listed: {error}.")),
        }
    }

    /// Runs the file of the tab by the command line's program.
    pub(crate) fn start_run(&mut self, context: &Context) {
        let Some(file) = self.tab().path.clone() else { return };
        self.look_for_runs();
        let file = file.display().to_string();
        self.start_program(&["run", &file], context);
        if self.runs.program.is_some() {
            self.runs.awaited = Some(0.0);
        }
    }

    /// Takes back what the run of this tab did.
    pub(crate) fn roll_back(&mut self, context: &Context) {
        let Some(view) = &self.tab().run_view else { return };
        let journal = view.watch.journal.display().to_string();
        self.look_for_runs();
        self.start_program(&["rollback", &journal], context);
        if self.runs.program.is_some() {
            self.runs.awaited = Some(0.0);
        }
    }

    fn start_program(&mut self, arguments: &[&str], context: &Context) {
        let Some(program) = self.settings.program.clone() else { return };
        let folder = self.settings.runs.as_ref().map(|folder| folder.display().to_string());
        let mut arguments = arguments.to_vec();
        if let Some(folder) = &folder {
            arguments.extend(["--runs-dir", folder]);
        }
        let context = context.clone();
        self.bottom = Bottom::Run;
        match Program::start(&program, &arguments, move || context.request_repaint()) {
            Ok(program) => self.runs.program = Some(program),
            Err(problem) => self.complain(problem),
        }
    }

    /// Shows a run in a tab of its own, and follows it.
    pub(crate) fn attach(&mut self, journal: &Path, context: &Context) {
        let shown =
            |tab: &super::Tab| tab.run_view.as_ref().is_some_and(|view| view.watch.journal == journal);
        if let Some(tab) = self.tabs.iter().position(shown) {
            self.active = tab;
            return;
        }
        let context = context.clone();
        match attach(journal, move || context.request_repaint()) {
            Ok(attached) => {
                let tab = self.add_tab(attached.document);
                tab.place_the_unplaced();
                tab.play(Game::new(attached.subject));
                tab.run_view = Some(RunView {
                    watch: attached.watch,
                    file: attached.file,
                    status: None,
                    log: Vec::new(),
                    problem: None,
                });
                self.bottom = Bottom::Run;
            }
            Err(problem) => self.complain(problem),
        }
    }

    /// Lets a transition fire that waits for a person.
    pub(crate) fn approve(&mut self, transition: &str) {
        let Some(view) = &self.tab().run_view else { return };
        let approver = Approver::current();
        match pn_executor::approve(&view.watch.journal, transition, &approver) {
            Ok(_) => self.say(format!("Approved `{transition}` as {}.", approver.user)),
            Err(error) => self.complain(format!("Not approved: {error}.")),
        }
    }

    /// Takes in what has happened in the runs since the last frame.
    pub(super) fn follow_runs(&mut self, context: &Context, now: f64) {
        for tab in &mut self.tabs {
            let Some(view) = &mut tab.run_view else { continue };
            let news = view.watch.news();
            for look in news {
                match look {
                    Ok(look) => {
                        view.log.extend(look.log);
                        let surplus = view.log.len().saturating_sub(MOST_LINES);
                        view.log.drain(..surplus);
                        view.status = Some(look.status);
                        view.problem = None;
                        if let Some(game) = &mut tab.game
                            && let Err(error) = game.follow(&look.trace)
                        {
                            view.problem = Some(format!("The journal does not fit its net: {error}."));
                        }
                        tab.playing =
                            tab.game.as_ref().map(|game| crate::canvas::Playing::of(game, &tab.facts));
                    }
                    Err(problem) => view.problem = Some(problem),
                }
            }
        }
        if let Some(program) = &mut self.runs.program {
            program.poll();
            if program.status().is_none() {
                context.request_repaint_after(Duration::from_millis(200));
            }
        }
        self.show_the_awaited(context, now);
    }

    /// A run that was started here is shown as soon as it has a journal.
    fn show_the_awaited(&mut self, context: &Context, now: f64) {
        let Some(due) = self.runs.awaited else { return };
        context.request_repaint_after(Duration::from_secs_f64(LOOK_EVERY));
        if now < due {
            return;
        }
        self.runs.awaited = Some(now + LOOK_EVERY);
        let before: Vec<String> = self.runs.known.iter().map(|run| run.run.clone()).collect();
        self.look_for_runs();
        let new = self.runs.known.iter().find(|run| !before.contains(&run.run));
        if let Some(journal) = new.map(|run| run.path.clone()) {
            self.runs.awaited = None;
            self.attach(&journal, context);
        } else if self.runs.program.as_ref().is_some_and(|program| program.status().is_some()) {
            self.runs.awaited = None;
        }
    }
}
