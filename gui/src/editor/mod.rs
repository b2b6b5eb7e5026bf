//! The editor: tabs, what is asked of the user, and the frame around it all.

mod acts;
mod carry_out;
mod disk;
mod graphs;
mod keeper;
mod pages;
mod runs;
mod tab;

pub(crate) use graphs::{GraphOf, GraphView};
pub(crate) use runs::RunView;
pub use tab::Tab;
pub(crate) use tab::{Freshness, InPlace, Motion};

use crate::command::Command;
use crate::document::Document;
use crate::files::{Recovered, Refusal};
use crate::panels;
use egui::{CentralPanel, Frame, Panel, Ui};
use keeper::Keeper;
use std::path::PathBuf;
use std::time::Duration;

/// What the editor is told of the world.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where it keeps unsaved work and the list of recent files; nowhere, if nothing.
    pub state: Option<PathBuf>,
    /// The folder in which choosing a file begins.
    pub folder: PathBuf,
    /// Where the journals of runs are.
    pub runs: Option<PathBuf>,
    /// The program `pn`, which runs deployments.
    pub program: Option<PathBuf>,
}

/// The editor.
pub struct Editor {
    pub(crate) settings: Settings,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) active: usize,
    slots: u64,
    /// What is asked of the user before anything else goes on.
    pub(crate) dialog: Option<Dialog>,
    pub(crate) bottom: Bottom,
    pub(crate) recent: Vec<PathBuf>,
    /// What was said last.
    pub(crate) message: Option<Message>,
    pub(crate) snap: crate::canvas::Snap,
    pub(crate) search: Option<Search>,
    keeper: Option<Keeper>,
    next_look: f64,
    pub(crate) has_quit: Quitting,
    pub(crate) runs: runs::Runs,
    /// The step of the tour, if it is being given.
    pub(crate) tour: Option<usize>,
    to_run: Vec<Command>,
}

/// Whether the editor is about to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quitting {
    No,
    /// Everything unsaved has been asked about.
    Yes,
}

/// What the panel at the bottom shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bottom {
    Problems,
    Verify,
    Trace,
    Simulation,
    Structure,
    Graph,
    Run,
}

/// Something that was said.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

/// How it was meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tone {
    Plain,
    Bad,
}

/// A search on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) text: String,
    pub(crate) at: usize,
    pub(crate) is_new: bool,
}

/// What is asked of the user.
pub(crate) enum Dialog {
    /// Whether a document is saved before it is closed, or before the editor ends.
    Unsaved { tab: usize, then: Then },
    /// Which file.
    File(FileDialog),
    /// Nothing: a file was not opened.
    Refused(Box<Refusal>),
    /// What becomes of work that a crash left.
    Recovered(Vec<Recovered>),
    /// What becomes of a file that somebody else has changed.
    Changed { tab: usize },
    /// Which command.
    Commands { text: String, is_new: bool },
    /// What is drawn once more.
    Reference { text: String, is_new: bool },
    /// Nothing: the keys.
    Keys,
    /// Nothing: what is what.
    Words,
}

/// What follows once a document is saved or given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    Close,
    Quit,
    Reload,
}

/// Choosing a file.
pub(crate) struct FileDialog {
    pub(crate) purpose: Purpose,
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
    pub(crate) problem: Option<String>,
    /// The name of a file that is there and would be replaced.
    pub(crate) replaces: Option<PathBuf>,
    /// Whether the name has not been offered yet.
    pub(crate) is_new: bool,
}

/// What the file is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    Open,
    Save { then: Option<Then> },
    Picture(Picture),
    ImportTrace,
    ExportTrace,
    Course,
}

/// What a picture is written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Picture {
    Svg,
    Pdf,
    Png,
    Tikz,
    Dot,
}

impl Picture {
    /// The ending of its files.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Tikz => "tex",
            Self::Dot => "dot",
        }
    }
}

/// How often files are looked at, in seconds.
const LOOK_EVERY: f64 = 2.0;

impl Editor {
    /// An editor with these files open, or with an empty net.
    #[must_use]
    pub fn new(settings: Settings, files: &[PathBuf]) -> Self {
        let left = settings.state.as_deref().map(crate::files::recovered).unwrap_or_default();
        let recent = disk::recent(&settings);
        let mut editor = Self {
            keeper: settings.state.as_deref().and_then(Keeper::start),
            settings,
            tabs: Vec::new(),
            active: 0,
            slots: 0,
            dialog: None,
            bottom: Bottom::Problems,
            recent,
            message: None,
            snap: crate::canvas::Snap::Grid,
            search: None,
            next_look: 0.0,
            has_quit: Quitting::No,
            runs: runs::Runs::default(),
            tour: None,
            to_run: Vec::new(),
        };
        editor.add_tab(Document::empty());
        for file in files {
            editor.open_path(file);
        }
        if !left.is_empty() {
            editor.dialog = Some(Dialog::Recovered(left));
        }
        editor
    }

    /// The tab that is shown.
    #[must_use]
    pub fn tab(&self) -> &Tab {
        &self.tabs[self.active]
    }

    /// All tabs.
    #[must_use]
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// What was said last.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|message| message.text.as_str())
    }

    /// Whether the user has quit.
    #[must_use]
    pub fn has_quit(&self) -> bool {
        self.has_quit == Quitting::Yes
    }

    pub(crate) fn tab_mut(&mut self) -> &mut Tab {
        &mut self.tabs[self.active]
    }

    pub(crate) fn add_tab(&mut self, document: Document) -> &mut Tab {
        self.slots += 1;
        self.tabs.push(Tab::new(self.slots, document));
        self.active = self.tabs.len() - 1;
        self.tab_mut()
    }

    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), tone: Tone::Plain });
    }

    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), tone: Tone::Bad });
    }

    /// Does it at the end of the frame.
    pub(crate) fn ask_for(&mut self, command: Command) {
        self.to_run.push(command);
    }

    /// One frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.listen(ui);
        self.look_at_disk(ui);
        self.go_on_playing(ui);
        let now = ui.input(|input| input.time);
        self.follow_runs(ui.ctx(), now);
        if self.tab_mut().poll_verification() {
            ui.ctx().request_repaint_after(Duration::from_millis(100));
        }
        Panel::top("menus").show(ui, |ui| panels::menus(self, ui));
        Panel::top("tabs").show(ui, |ui| panels::tabs(self, ui));
        Panel::bottom("status").show(ui, |ui| panels::status(self, ui));
        Panel::bottom("below")
            .resizable(true)
            .default_size(200.0)
            .min_size(90.0)
            .show(ui, |ui| panels::below(self, ui));
        Panel::left("tools").resizable(false).exact_size(116.0).show(ui, |ui| panels::tools(self, ui));
        Panel::right("inspector")
            .resizable(true)
            .default_size(300.0)
            .min_size(240.0)
            .show(ui, |ui| panels::inspector(self, ui));
        panels::breadcrumbs(self, ui);
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| self.canvas(ui));
        panels::dialogs(self, ui);
        for command in std::mem::take(&mut self.to_run) {
            self.run(command, ui.ctx());
        }
        self.keep_unsaved(ui);
    }

    fn canvas(&mut self, ui: &mut Ui) {
        let snap = self.snap;
        let tab = self.tab_mut();
        let scene = crate::canvas::Scene {
            document: &tab.document,
            facts: &tab.facts,
            page: tab.page,
            selection: &tab.selection,
            tool: tab.tool,
            snap,
            playing: tab.playing.as_ref(),
            highlights: &tab.highlights,
        };
        let acts = tab.canvas.ui(ui, &scene);
        for act in acts {
            self.act(act, ui.ctx());
        }
        panels::over_the_canvas(self, ui);
    }

    /// Asks before the window closes.
    pub fn wants_to_close(&mut self) -> bool {
        if self.has_quit == Quitting::Yes {
            return true;
        }
        self.quit();
        self.has_quit == Quitting::Yes
    }
}
