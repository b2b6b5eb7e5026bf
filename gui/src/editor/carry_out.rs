//! Carrying out commands, from wherever they come: menus, keys, the palette, tests.

use super::{Bottom, Dialog, Editor, FileDialog, Motion, Picture, Purpose, Quitting, Search, Then};
use crate::canvas::{Snap, Tool};
use crate::command::Command;
use crate::document::{Item, Selection};
use crate::edit::{self, Copied, Kind};
use crate::game::Game;
use crate::jobs::{Asked, AskedKind, Limits, Simulation, Verification, questions};
use crate::panels::counted;
use egui::{Context, Event, Key, Modifiers, ThemePreference, Ui};
use pn_logic::text::parse_property;
use pn_pnml::NodeId;
use pn_pnml::graphics::Point;
use std::collections::BTreeSet;

/// How far a nudge moves.
const NUDGE: f64 = 10.0;
/// How far a nudge moves a label.
const LABEL_NUDGE: f64 = 5.0;

impl Editor {
    /// Takes in the keys that were pressed since the last frame.
    pub(super) fn listen(&mut self, ui: &Ui) {
        let context = ui.ctx().clone();
        let is_typing = context.text_edit_focused();
        if self.dialog.is_some() {
            return;
        }
        let (mut wanted, mut pasted) = (Vec::new(), None);
        context.input_mut(|input| {
            for event in &input.events {
                match event {
                    Event::Copy if !is_typing => wanted.push(Command::Copy),
                    Event::Cut if !is_typing => wanted.push(Command::Cut),
                    Event::Paste(text) if !is_typing => pasted = Some(text.clone()),
                    _ => {}
                }
            }
            // Keys without Shift or Alt also match with them: those with them come first.
            let has_more = |command: &&Command| {
                command.keys().is_some_and(|keys| keys.modifiers.shift || keys.modifiers.alt)
            };
            let (with, without): (Vec<&Command>, Vec<&Command>) = Command::ALL.iter().partition(has_more);
            for command in with.into_iter().chain(without) {
                let Some(keys) = command.keys() else { continue };
                let belongs_to_text = command.is_typed()
                    || matches!(
                        command,
                        Command::Undo
                            | Command::Redo
                            | Command::Cut
                            | Command::Copy
                            | Command::Paste
                            | Command::SelectAll
                    );
                if (is_typing && belongs_to_text)
                    || matches!(command, Command::Cut | Command::Copy | Command::Paste)
                {
                    continue;
                }
                // Escape also ends drags and closes what stands over the canvas.
                let is_pressed = match command {
                    Command::SelectNothing => input.key_pressed(Key::Escape),
                    _ => input.consume_shortcut(&keys),
                };
                if is_pressed {
                    wanted.push(*command);
                }
            }
            if !is_typing && input.consume_key(Modifiers::COMMAND, Key::Y) {
                wanted.push(Command::Redo);
            }
            if !is_typing && input.consume_key(Modifiers::NONE, Key::Backspace) {
                wanted.push(Command::Delete);
            }
            if input.consume_key(Modifiers::COMMAND, Key::Equals) {
                wanted.push(Command::ZoomIn);
            }
        });
        for command in wanted {
            match self.why_not(command) {
                Some(reason) => self.complain(reason),
                None => self.run(command, &context),
            }
        }
        if let Some(text) = pasted.filter(|_| self.can(Command::Paste)) {
            self.paste(&text);
        }
        let dropped = context.input(|input| input.raw.dropped_files.clone());
        for file in &dropped {
            self.open_path(file.path());
        }
    }

    /// Whether a command makes sense now.
    #[must_use]
    pub fn can(&self, command: Command) -> bool {
        let tab = self.tab();
        if command.edits() && tab.game.is_some() {
            return false;
        }
        match command {
            Command::Undo => tab.history.undo_label().is_some(),
            Command::Redo => tab.history.redo_label().is_some(),
            Command::Cut | Command::Copy | Command::Duplicate => tab.selection.stands(),
            Command::Delete | Command::SelectNothing => !tab.selection.is_empty() || tab.tool != Tool::Select,
            Command::NudgeLeft | Command::NudgeRight | Command::NudgeUp | Command::NudgeDown => {
                tab.selection.stands()
            }
            Command::LabelLeft | Command::LabelRight | Command::LabelUp | Command::LabelDown => {
                tab.selection.iter().any(|item| edit::has_label(&tab.document, item))
            }
            Command::PutLabelBack => {
                tab.selection.iter().any(|item| edit::is_label_apart(&tab.document, item))
            }
            Command::Pin => tab.selection.nodes().next().is_some(),
            Command::EditInPlace => tab.selection.single().is_some(),
            Command::Reload => tab.path.is_some(),
            Command::NextTab => self.tabs.len() > 1,
            Command::Play => tab.game.is_some() || tab.facts.meaning.is_some(),
            Command::PlayExpanded => tab.makes_sense(),
            Command::StepBack | Command::Restart => tab.game.as_ref().is_some_and(|game| game.position() > 0),
            Command::StepForward | Command::ToEnd | Command::Animate => {
                tab.game.as_ref().is_some_and(|game| game.position() < game.firings().len())
                    || (command == Command::Animate && tab.run.is_running == Motion::Running)
            }
            Command::RandomRun | Command::ImportTrace | Command::ExportTrace => tab.game.is_some(),
            Command::Verify => !tab.is_verifying() && tab.makes_sense(),
            Command::CancelVerify => tab.is_verifying(),
            Command::RunFile => {
                self.settings.program.is_some()
                    && tab.path.is_some()
                    && !tab.is_dirty()
                    && tab.makes_sense()
                    && !self.is_program_at_work()
            }
            Command::InterruptRun => self.is_program_at_work(),
            Command::RollBack => {
                self.settings.program.is_some() && tab.run_view.is_some() && !self.is_program_at_work()
            }
            Command::Simulate | Command::ShowGraph => tab.facts.meaning.is_some(),
            Command::ExportCourse => tab.simulated.is_some(),
            _ => self.why_not(command).is_none(),
        }
    }

    /// Does it.
    pub fn run(&mut self, command: Command, context: &Context) {
        if !self.can(command) {
            return;
        }
        match command {
            Command::New => {
                self.add_tab(crate::document::Document::empty());
            }
            Command::Open => self.ask_for_file(Purpose::Open),
            Command::Save => self.save(None),
            Command::SaveAs => self.ask_for_file(Purpose::Save { then: None }),
            Command::ExportSvg => self.ask_for_file(Purpose::Picture(Picture::Svg)),
            Command::ExportPdf => self.ask_for_file(Purpose::Picture(Picture::Pdf)),
            Command::ExportPng => self.ask_for_file(Purpose::Picture(Picture::Png)),
            Command::ExportTikz => self.ask_for_file(Purpose::Picture(Picture::Tikz)),
            Command::ExportDot => self.ask_for_file(Purpose::Picture(Picture::Dot)),
            Command::ImportTrace => self.ask_for_file(Purpose::ImportTrace),
            Command::ExportTrace => self.ask_for_file(Purpose::ExportTrace),
            Command::Reload => self.leave(self.active, Then::Reload),
            Command::CloseTab => self.leave(self.active, Then::Close),
            Command::Quit => self.quit(),
            Command::Undo => self.tab_mut().undo(),
            Command::Redo => self.tab_mut().redo(),
            Command::Copy => {
                self.copy(context);
            }
            Command::Cut => {
                // What was not copied is not lost.
                if self.copy(context).is_some() {
                    self.delete();
                }
            }
            // The text comes with the key, or is asked for.
            Command::Paste => context.send_viewport_cmd(egui::ViewportCommand::RequestPaste),
            Command::Duplicate => self.duplicate(),
            Command::Delete => self.delete(),
            Command::SelectAll => self.select_all(),
            Command::SelectNothing => {
                let tab = self.tab_mut();
                tab.selection.clear();
                tab.tool = Tool::Select;
                tab.in_place = None;
            }
            Command::EditInPlace => {
                if let Some(item) = self.tab().selection.single() {
                    self.tab_mut().open_in_place(item);
                }
            }
            Command::NudgeLeft => self.move_selection(Point { x: -NUDGE, y: 0.0 }),
            Command::NudgeRight => self.move_selection(Point { x: NUDGE, y: 0.0 }),
            Command::NudgeUp => self.move_selection(Point { x: 0.0, y: -NUDGE }),
            Command::NudgeDown => self.move_selection(Point { x: 0.0, y: NUDGE }),
            Command::LabelLeft => self.move_labels(Point { x: -LABEL_NUDGE, y: 0.0 }),
            Command::LabelRight => self.move_labels(Point { x: LABEL_NUDGE, y: 0.0 }),
            Command::LabelUp => self.move_labels(Point { x: 0.0, y: -LABEL_NUDGE }),
            Command::LabelDown => self.move_labels(Point { x: 0.0, y: LABEL_NUDGE }),
            Command::PutLabelBack => self.put_labels_back(),
            Command::Pin => self.pin_or_free(),
            Command::LayOut => self.lay_out(),
            Command::DeletePage => self.delete_page(),
            Command::NewPage => self.new_page(),
            Command::MoveToPage => self.move_to_new_page(),
            Command::AddReference => {
                self.dialog = Some(Dialog::Reference { text: String::new(), is_new: true });
            }
            Command::OpenPage => self.open_page(),
            Command::UpPage => self.up_one_page(),
            Command::GoToReferred => self.go_to_referred(),
            Command::ToolSelect => self.tab_mut().tool = Tool::Select,
            Command::ToolPlace => self.tab_mut().tool = Tool::Add(Kind::Place),
            Command::ToolTransition => self.tab_mut().tool = Tool::Add(Kind::Transition),
            Command::ToolArc => self.tab_mut().tool = Tool::Connect,
            Command::ToolNote => self.tab_mut().tool = Tool::Note,
            Command::Snap => {
                self.snap = match self.snap {
                    Snap::Grid => Snap::Free,
                    Snap::Free => Snap::Grid,
                }
            }
            Command::Find => self.search = Some(Search { is_new: true, ..Search::default() }),
            Command::Palette => self.dialog = Some(Dialog::Commands { text: String::new(), is_new: true }),
            Command::Fit => self.tab_mut().canvas.fit = true,
            Command::ZoomIn => self.zoom(1.25),
            Command::ZoomOut => self.zoom(0.8),
            Command::ActualSize => self.tab_mut().canvas.view.zoom = 1.0,
            Command::LargerText => context.set_zoom_factor((context.zoom_factor() + 0.1).min(3.0)),
            Command::SmallerText => context.set_zoom_factor((context.zoom_factor() - 0.1).max(0.5)),
            Command::ThemeSystem => context.set_theme(ThemePreference::System),
            Command::ThemeLight => context.set_theme(ThemePreference::Light),
            Command::ThemeDark => context.set_theme(ThemePreference::Dark),
            Command::NextTab => self.active = (self.active + 1) % self.tabs.len(),
            Command::Play => self.play_or_stop(),
            Command::PlayExpanded => {
                if let Some(subject) = self.tab().subject() {
                    self.tab_mut().play(Game::new(subject));
                    self.bottom = Bottom::Trace;
                }
            }
            Command::StepBack | Command::StepForward | Command::Restart | Command::ToEnd => {
                self.step(command)
            }
            Command::RandomRun => self.tab_mut().run_at_random(),
            Command::Animate => {
                let tab = self.tab_mut();
                tab.run.is_running = match tab.run.is_running {
                    Motion::Rest => Motion::Running,
                    Motion::Running => Motion::Rest,
                }
            }
            Command::Verify => self.verify_defaults(context),
            Command::CancelVerify => {
                if let Some(verification) = &self.tab().verification {
                    verification.cancel();
                }
            }
            Command::Simulate => self.simulate(context),
            Command::ExportCourse => self.ask_for_file(Purpose::Course),
            Command::ShowStructure => self.bottom = Bottom::Structure,
            Command::ShowGraph => self.show_graph(context),
            Command::ShowProblems => self.bottom = Bottom::Problems,
            Command::RunFile => self.start_run(context),
            Command::ShowRuns => {
                self.look_for_runs();
                self.bottom = Bottom::Run;
            }
            Command::InterruptRun => {
                if let Some(program) = &self.runs.program {
                    program.interrupt();
                }
            }
            Command::RollBack => self.roll_back(context),
            Command::Keys => self.dialog = Some(Dialog::Keys),
            Command::Tour => self.start_tour(),
            Command::Words => self.dialog = Some(Dialog::Words),
        }
    }

    fn is_program_at_work(&self) -> bool {
        self.runs.program.as_ref().is_some_and(|program| program.status().is_none())
    }

    fn ask_for_file(&mut self, purpose: Purpose) {
        let tab = self.tab();
        let own = tab.path.as_deref();
        let folder = own.and_then(|path| path.parent()).map_or(self.settings.folder.clone(), Into::into);
        let stem = own.and_then(|path| path.file_stem()).map_or("net".into(), |stem| stem.to_string_lossy());
        let name = match purpose {
            Purpose::Open | Purpose::ImportTrace => String::new(),
            Purpose::Save { .. } => format!("{stem}.pnml"),
            Purpose::Picture(picture) => format!("{stem}.{}", picture.ending()),
            Purpose::ExportTrace => format!("{stem}.trace"),
            Purpose::Course => format!("{stem}.csv"),
        };
        self.dialog = Some(Dialog::File(FileDialog {
            purpose,
            folder,
            name,
            problem: None,
            replaces: None,
            is_new: true,
        }));
    }

    /// Asks where to save before something else is done.
    pub(crate) fn ask_where_to_save(&mut self, then: Option<Then>) {
        self.ask_for_file(Purpose::Save { then });
    }

    /// Ends the editor, once everything unsaved has been asked about.
    pub(crate) fn quit(&mut self) {
        match self.tabs.iter().position(super::Tab::is_dirty) {
            Some(tab) => {
                self.active = tab;
                self.dialog = Some(Dialog::Unsaved { tab, then: Then::Quit });
            }
            None => self.has_quit = Quitting::Yes,
        }
    }

    /// Closes or reloads a tab, once it has been asked about.
    pub(crate) fn leave(&mut self, tab: usize, then: Then) {
        if self.tabs[tab].is_dirty() {
            self.dialog = Some(Dialog::Unsaved { tab, then });
        } else {
            self.finish(tab, then);
        }
    }

    /// Copies what is selected, and says so. Gives how many nodes were copied, if anything was.
    fn copy(&mut self, context: &Context) -> Option<usize> {
        let tab = self.tab();
        let Some(Copied { document: copy, left_out }) = edit::copied(&tab.document, &tab.selection) else {
            self.complain("Nothing is copied: a reference needs what it refers to.");
            return None;
        };
        context.copy_text(pn_pnml::write(&copy));
        let notes: usize = copy.pages.iter().map(|page| page.notes.len()).sum();
        let parts = [(copy.nodes.len(), "node"), (copy.pages.len() - 1, "page"), (notes, "note")];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, noun)| counted(count, noun)).collect();
        let words = parts.join(" and ");
        match left_out {
            0 => self.say(format!("Copied {words}.")),
            references => self.complain(format!(
                "Copied {words}, without {} to what is not copied.",
                counted(references, "reference")
            )),
        }
        Some(copy.nodes.len())
    }

    /// Adds what a text holds, under the pointer or beside where it came from.
    pub(crate) fn paste(&mut self, text: &str) {
        let (Some(copy), _) = crate::files::read_document(text.as_bytes()) else {
            self.complain("The clipboard holds no net: what was copied elsewhere is not PNML.");
            return;
        };
        let tab = self.tab_mut();
        let outer = |page: pn_pnml::PageId| copy.page(page).parent.is_none();
        let nodes = copy.nodes().filter(|(_, node)| outer(node.page));
        let nodes = nodes.map(|(_, node)| crate::document::position(node));
        let symbols = copy.pages_in(None).flat_map(|page| copy.symbols(page)).map(|(_, at)| at);
        let notes = copy.pages().filter(|(id, _)| outer(*id)).flat_map(|(_, page)| &page.notes);
        let corners = notes.map(|note| note.corner);
        let bounds = crate::document::Bounds::around(nodes.chain(symbols).chain(corners));
        let by = match (tab.canvas.pointer, bounds) {
            (Some(at), Some(bounds)) => {
                let centre = bounds.centre();
                edit::snapped(Point { x: at.x - centre.x, y: at.y - centre.y })
            }
            _ => Point { x: 30.0, y: 30.0 },
        };
        let (edit, selection) = edit::paste(&tab.document, copy.pnml(), tab.page, by);
        tab.perform(edit);
        tab.selection = selection;
    }

    fn duplicate(&mut self) {
        let tab = self.tab_mut();
        if let Some((edit, selection)) = edit::duplicate(&tab.document, &tab.selection, tab.page) {
            tab.perform(edit);
            tab.selection = selection;
        }
    }

    fn delete(&mut self) {
        let tab = self.tab_mut();
        if let Some(edit) = edit::delete(&tab.document, &tab.selection) {
            tab.selection.clear();
            tab.perform(edit);
        }
    }

    fn select_all(&mut self) {
        let tab = self.tab_mut();
        let nodes =
            tab.document.nodes().filter(|(_, node)| node.page == tab.page).map(|(id, _)| Item::Node(id));
        let arcs = tab.document.arcs().filter(|(_, arc)| arc.page == tab.page).map(|(id, _)| Item::Arc(id));
        let notes = tab.document.notes(tab.page).map(|(id, _)| Item::Note(id));
        let pages = tab.document.pages_in(Some(tab.page)).map(Item::Page);
        tab.selection = nodes.chain(arcs).chain(notes).chain(pages).collect::<Selection>();
    }

    fn lay_out(&mut self) {
        let tab = self.tab_mut();
        let (mut nodes, mut pages): (BTreeSet<NodeId>, BTreeSet<_>) =
            (tab.selection.nodes().collect(), tab.selection.pages().collect());
        if nodes.is_empty() && pages.is_empty() {
            nodes =
                tab.document.nodes().filter(|(_, node)| node.page == tab.page).map(|(id, _)| id).collect();
            pages = tab.document.pages_in(Some(tab.page)).collect();
        }
        let arranged = crate::layout::arranged(&tab.document, &nodes, &pages);
        let moved: BTreeSet<NodeId> = arranged.nodes.iter().map(|(id, _)| *id).collect();
        let mut edit = edit::place_nodes(&tab.document, arranged.nodes);
        edit.changes.extend(edit::place_pages(&tab.document, arranged.pages));
        // Bend points belong to where the nodes were.
        let bent =
            tab.document.arcs().filter(|(_, arc)| moved.contains(&arc.source) || moved.contains(&arc.target));
        let straight = bent.filter_map(|(id, arc)| {
            let graphics = arc.graphics.as_ref().filter(|graphics| !graphics.bends.is_empty())?;
            let straight = pn_pnml::graphics::ArcGraphics { bends: Vec::new(), line: graphics.line.clone() };
            Some((id, Some(Box::new(straight)).filter(|graphics| graphics.line.is_some())))
        });
        edit.changes.push(edit::Change::ArcGraphics(straight.collect()));
        edit.label = match pages.len() {
            0 => format!("lay out {}", counted(moved.len(), "node")),
            _ => "lay out nodes and pages".to_owned(),
        };
        tab.perform(edit);
        tab.canvas.fit = true;
    }

    fn zoom(&mut self, factor: f32) {
        let canvas = &mut self.tab_mut().canvas;
        if let Some(rect) = canvas.rect {
            canvas.view.zoom_at(rect, rect.center(), factor);
        }
    }

    fn play_or_stop(&mut self) {
        if self.tab().game.is_some() {
            self.tab_mut().stop_playing();
        } else if let Some(subject) = self.tab().drawn() {
            self.tab_mut().play(Game::new(subject));
            self.bottom = Bottom::Trace;
        }
    }

    fn step(&mut self, command: Command) {
        let tab = self.tab_mut();
        tab.choice.clear();
        let Some(game) = &mut tab.game else { return };
        match command {
            Command::StepBack => game.seek(game.position().saturating_sub(1)),
            Command::StepForward => game.seek(game.position() + 1),
            Command::Restart => game.seek(0),
            _ => game.seek(usize::MAX),
        }
        tab.look_at_game();
    }

    fn verify_defaults(&mut self, context: &Context) {
        if let Some(subject) = self.tab().subject() {
            let asked = questions(&subject);
            self.verify(subject, asked, context);
        }
    }

    /// Asks the property that stands in the field.
    pub(crate) fn verify_property(&mut self, context: &Context) {
        let tab = self.tab_mut();
        let Some(subject) = tab.subject() else { return };
        match parse_property(subject.net(), tab.property.trim()) {
            Ok(property) => {
                tab.property_error = None;
                self.verify(subject, vec![Asked { kind: AskedKind::Own, property }], context);
            }
            Err(errors) => tab.property_error = errors.first().map(ToString::to_string),
        }
    }

    fn verify(&mut self, subject: crate::subject::Subject, asked: Vec<Asked>, context: &Context) {
        self.bottom = Bottom::Verify;
        let context = context.clone();
        let wake = move || context.request_repaint();
        let tab = self.tab_mut();
        tab.verified = tab.document.revision();
        tab.highlights.wrong.clear();
        let verification = Verification::start(subject, asked, Limits::default(), wake);
        tab.findings = crate::jobs::findings(&verification);
        tab.verification = Some(verification);
    }

    fn simulate(&mut self, context: &Context) {
        self.bottom = Bottom::Simulation;
        let context = context.clone();
        let tab = self.tab_mut();
        let Some(meaning) = &tab.facts.meaning else { return };
        let net = meaning.net().clone();
        tab.simulated = Some(net.clone());
        tab.simulation = Some(Simulation::start(net, tab.plan, move || context.request_repaint()));
    }

    /// Shows the run of a finding on the canvas.
    pub(crate) fn show_trace(&mut self, finding: usize) {
        let tab = self.tab_mut();
        let trace = tab.findings.get(finding).and_then(|finding| finding.trace.clone());
        let (Some(trace), Some(verification)) = (trace, &tab.verification) else { return };
        let subject = verification.subject.clone();
        match Game::of_trace(subject, &trace) {
            Ok(mut game) => {
                game.seek(usize::MAX);
                tab.play(game);
                self.bottom = Bottom::Trace;
            }
            Err(error) => self.complain(format!("The run cannot be shown: {error}.")),
        }
    }
}
