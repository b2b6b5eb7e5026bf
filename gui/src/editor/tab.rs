//! A tab: one document with everything that is done with it.

use crate::canvas::{Canvas, Highlights, Playing, Tool};
use crate::document::{Document, Facts, Item, Selection};
use crate::edit::{self, Edit};
use crate::files::{Excerpt, Stamp};
use crate::game::{Game, RandomRun};
use crate::history::History;
use crate::jobs::{Analysis, Finding, Hint, Plan, Simulation, Verification, findings, hints};
use crate::subject::Subject;
use pn_net::{Net, TransitionId};
use pn_pnml::{NodeId, PageId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// One document with everything that is done with it.
pub struct Tab {
    /// Tells the tabs of an editor apart.
    pub slot: u64,
    /// The file; `None` for a net that was never saved.
    pub path: Option<PathBuf>,
    /// What the file was like when it was last read or written.
    pub stamp: Option<Stamp>,
    /// What was odd about the file.
    pub warnings: Vec<Excerpt>,
    pub(crate) document: Document,
    pub(crate) history: History,
    pub(crate) facts: Facts,
    /// What is seen to be wrong without firing anything.
    pub(crate) hints: Vec<Hint>,
    pub(crate) selection: Selection,
    pub(crate) canvas: Canvas,
    pub(crate) page: PageId,
    pub(crate) tool: Tool,
    pub(crate) highlights: Highlights,
    pub(crate) in_place: Option<InPlace>,
    pub(crate) game: Option<Game>,
    pub(crate) playing: Option<Playing>,
    /// What is to be chosen from, when several firings are drawn as one transition.
    pub(crate) choice: Vec<TransitionId>,
    pub(crate) run: RunForm,
    pub(crate) verification: Option<Verification>,
    pub(crate) findings: Vec<Finding>,
    /// The revision that was verified.
    pub(crate) verified: u64,
    pub(crate) property: String,
    pub(crate) property_error: Option<String>,
    /// The run that is shown, if the tab shows one.
    pub(crate) run_view: Option<super::RunView>,
    /// What is simulated next, what was, and the net that it was.
    pub(crate) plan: Plan,
    pub(crate) simulation: Option<Simulation>,
    pub(crate) simulated: Option<Net>,
    /// The structure of the net, and the revision that it is that of.
    pub(crate) analysis: Option<Analysis>,
    pub(crate) analysed: Option<u64>,
    /// The reachability graph, once it was asked for.
    pub(crate) graph: Option<super::GraphView>,
    /// The state that is kept for a crash.
    pub(crate) kept: u64,
    /// When the next state may be kept.
    pub(crate) keep_at: f64,
}

/// What is edited where it is drawn.
pub(crate) struct InPlace {
    pub(crate) item: Item,
    pub(crate) name: String,
    pub(crate) number: String,
    pub(crate) is_new: Freshness,
}

/// Whether a field was just opened and wants the keyboard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    New,
    Seen,
}

/// What the trace panel's fields hold.
pub(crate) struct RunForm {
    pub(crate) seed: u64,
    pub(crate) steps: u64,
    pub(crate) until: String,
    pub(crate) problem: Option<String>,
    /// Steps a second, and whether they are being made.
    pub(crate) speed: f32,
    pub(crate) is_running: Motion,
    pub(crate) due: f64,
}

/// Whether the trace is being run through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    Rest,
    Running,
}

impl Tab {
    /// A tab for a document.
    #[must_use]
    pub fn new(slot: u64, document: Document) -> Self {
        let facts = Facts::of(&document);
        let mut tab = Self {
            slot,
            path: None,
            stamp: None,
            warnings: Vec::new(),
            page: document.first_page(),
            document,
            history: History::default(),
            facts,
            hints: Vec::new(),
            selection: Selection::default(),
            canvas: Canvas::fitted(),
            tool: Tool::Select,
            highlights: Highlights::default(),
            in_place: None,
            game: None,
            playing: None,
            choice: Vec::new(),
            run: RunForm {
                seed: 1,
                steps: 100,
                until: String::new(),
                problem: None,
                speed: 4.0,
                is_running: Motion::Rest,
                due: 0.0,
            },
            verification: None,
            findings: Vec::new(),
            verified: 0,
            property: String::new(),
            property_error: None,
            run_view: None,
            plan: Plan { runs: 100, steps: 1000, seed: 1 },
            simulation: None,
            simulated: None,
            analysis: None,
            analysed: None,
            graph: None,
            kept: 0,
            keep_at: 0.0,
        };
        tab.look_for_hints();
        tab
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What is selected.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The token game, if it is being played.
    #[must_use]
    pub fn game(&self) -> Option<&Game> {
        self.game.as_ref()
    }

    /// What the verifier has found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether the verifier is at work.
    #[must_use]
    pub fn is_verifying(&self) -> bool {
        self.verification.as_ref().is_some_and(Verification::is_running)
    }

    /// The nodes that a search, or a click on an invariant, has lit up.
    pub fn highlighted(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.highlights.found.iter().copied()
    }

    /// Whether there is anything that no file has.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.history.is_dirty()
    }

    /// The name of the file, or of the net.
    #[must_use]
    pub fn title(&self) -> String {
        if let Some(status) = self.run_view.as_ref().and_then(|view| view.status.as_ref()) {
            return format!("run {}", status.summary.run);
        }
        match &self.path {
            Some(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            None => "Untitled".to_owned(),
        }
    }

    /// Applies an edit.
    pub(crate) fn perform(&mut self, edit: Edit) {
        if self.game.is_some() {
            return;
        }
        let way = self.way();
        self.history.perform(&mut self.document, edit);
        self.changed();
        self.stay_on(&way);
    }

    /// Takes the last change back.
    pub(crate) fn undo(&mut self) {
        let way = self.way();
        if self.history.undo(&mut self.document) {
            self.selection.clear();
            self.changed();
            self.stay_on(&way);
        }
    }

    /// Makes the change again that was taken back.
    pub(crate) fn redo(&mut self) {
        let way = self.way();
        if self.history.redo(&mut self.document) {
            self.selection.clear();
            self.changed();
            self.stay_on(&way);
        }
    }

    /// Whatever follows from the document follows from it anew.
    fn changed(&mut self) {
        self.facts = Facts::of(&self.document);
        self.selection.keep_within(&self.document);
        self.highlights.wrong.clear();
        self.highlights.found.clear();
        self.look_for_hints();
        self.in_place = None;
    }

    /// What is seen of the net as drawn without firing anything.
    fn look_for_hints(&mut self) {
        self.hints.clear();
        self.highlights.hinted.clear();
        self.highlights.ready.clear();
        let Some(meaning) = &self.facts.meaning else { return };
        let net = meaning.net();
        self.hints = hints(net);
        self.highlights.hinted = self
            .hints
            .iter()
            .map(|hint| match *hint {
                Hint::NeverFires(transition, _) => meaning.transition_nodes[transition.index()],
                Hint::Grows(place, _) => meaning.place_nodes[place.index()],
            })
            .collect();
        let enabled = pn_net::firing::enabled(net, net.initial());
        self.highlights.ready =
            enabled.map(|transition| meaning.transition_nodes[transition.index()]).collect();
    }

    /// Gives positions to nodes that have none; the file is not changed by that until it is saved.
    pub(crate) fn place_the_unplaced(&mut self) {
        let mut unplaced: BTreeMap<PageId, BTreeSet<NodeId>> = BTreeMap::new();
        for (id, node) in self.document.nodes().filter(|(_, node)| node.graphics.is_none()) {
            unplaced.entry(node.page).or_default().insert(id);
        }
        if unplaced.is_empty() {
            return;
        }
        // Each page has coordinates of its own.
        let positions = unplaced.values().flat_map(|nodes| crate::layout::layered(&self.document, nodes));
        let mut edit = edit::place_nodes(&self.document, positions);
        edit.label = "lay out nodes without a position".to_owned();
        self.perform(edit);
        self.history.mark_saved();
    }

    /// Whether the annotations make sense, so that the net can be verified and run.
    pub(crate) fn makes_sense(&self) -> bool {
        self.facts.meaning.as_ref().is_some_and(|meaning| meaning.is_resolved)
    }

    /// What is verified: the expanded deployment, if its annotations make sense.
    pub(crate) fn subject(&self) -> Option<Subject> {
        let meaning = self.facts.meaning.as_ref().filter(|meaning| meaning.is_resolved)?;
        Some(Subject::expanded(Arc::clone(&meaning.deployment)))
    }

    /// The net as drawn.
    pub(crate) fn drawn(&self) -> Option<Subject> {
        self.facts.meaning.as_ref().map(|meaning| Subject::drawn(Arc::clone(&meaning.deployment)))
    }

    /// Starts the token game, or shows another one.
    pub(crate) fn play(&mut self, game: Game) {
        self.game = Some(game);
        self.tool = Tool::Select;
        self.in_place = None;
        self.choice.clear();
        self.run.is_running = Motion::Rest;
        self.look_at_game();
    }

    /// Ends the token game.
    pub(crate) fn stop_playing(&mut self) {
        self.game = None;
        self.playing = None;
        self.choice.clear();
    }

    /// The canvas shows the present position of the game.
    pub(crate) fn look_at_game(&mut self) {
        self.playing = self.game.as_ref().map(|game| Playing::of(game, &self.facts));
    }

    /// Fires the one transition, or lets the user choose.
    pub(crate) fn fire(&mut self, transitions: &[TransitionId]) -> Result<(), String> {
        self.choice.clear();
        let Some(game) = &mut self.game else { return Ok(()) };
        match transitions {
            [] => Ok(()),
            [only] => {
                let fired = game.fire(*only).map_err(|error| format!("It cannot fire: {error}."));
                self.look_at_game();
                fired
            }
            several => {
                self.choice = several.to_vec();
                Ok(())
            }
        }
    }

    /// Goes on at random, by the fields of the trace panel.
    pub(crate) fn run_at_random(&mut self) {
        let Some(game) = &mut self.game else { return };
        let until = self.run.until.trim();
        let until = match until.is_empty() {
            true => None,
            false => match pn_logic::text::parse_formula(game.subject().net(), until) {
                Ok(formula) => Some(formula),
                Err(errors) => {
                    self.run.problem = errors.first().map(ToString::to_string);
                    return;
                }
            },
        };
        self.run.problem = None;
        let run = RandomRun { seed: self.run.seed, steps: self.run.steps, until };
        game.run_at_random(&run);
        game.seek(usize::MAX);
        self.look_at_game();
    }

    /// Takes in what the verifier has found since. Says whether it is still at work.
    pub(crate) fn poll_verification(&mut self) -> bool {
        let Some(verification) = &mut self.verification else { return false };
        if verification.poll() {
            self.findings = findings(verification);
            let is_current = self.verified == self.document.revision();
            if let Some(meaning) = self.facts.meaning.as_ref().filter(|_| is_current) {
                let wrong = self.findings.iter().flat_map(|finding| {
                    let places =
                        finding.places.iter().filter_map(|place| meaning.place_nodes.get(place.index()));
                    let transitions = finding.transitions.iter().filter_map(|transition| {
                        meaning.transition_nodes.get(verification.subject.shown_at(*transition).index())
                    });
                    places.chain(transitions)
                });
                self.highlights.wrong = wrong.copied().collect();
            }
        }
        verification.is_running()
    }

    /// Opens the fields of an item where it is drawn.
    pub(crate) fn open_in_place(&mut self, item: Item) {
        if self.game.is_some() {
            return;
        }
        let (name, number) = match item {
            Item::Node(id) => {
                let node = self.document.node(id);
                let name = node.name.as_ref().map_or_else(String::new, |name| name.text.to_string());
                let number = match node.kind {
                    pn_pnml::NodeKind::Place { tokens, .. } => tokens.to_string(),
                    _ => String::new(),
                };
                (name, number)
            }
            Item::Arc(id) => (String::new(), self.document.arc(id).weight.to_string()),
            Item::Note(id) => {
                let Some(note) = self.document.note(id) else { return };
                (note.text.clone(), String::new())
            }
            Item::Page(id) => {
                let name = self.document.page(id).name.as_ref();
                (name.map_or_else(String::new, |name| name.text.to_string()), String::new())
            }
        };
        self.selection = Selection::only(item);
        self.in_place = Some(InPlace { item, name, number, is_new: Freshness::New });
    }
}
