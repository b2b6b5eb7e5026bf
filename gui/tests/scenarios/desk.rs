//! An editor without a window, and hands that work it.

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, Pos2, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, TestRenderer};
use pn_gui::raster::Raster;
use pn_gui::{Editor, Settings, theme};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::TempDir;

/// An editor on a screen of 1280 by 840 points, with a folder of its own.
pub(crate) struct Desk {
    pub(crate) harness: Harness<'static, Editor>,
    pub(crate) folder: TempDir,
    raster: Rc<RefCell<Raster>>,
}

/// Takes in the textures, so that pictures can be painted at any time.
struct Textures(Rc<RefCell<Raster>>);

impl TestRenderer for Textures {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        self.0.borrow_mut().take_textures(delta);
    }
}

impl Desk {
    /// With an empty net.
    pub(crate) fn new() -> Self {
        Self::open(&[])
    }

    /// With an example open.
    pub(crate) fn with(example: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/nets").join(example);
        Self::open(&[path.with_extension("pnml")])
    }

    pub(crate) fn open(files: &[PathBuf]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::in_folder(folder, files)
    }

    /// Where these runs are known.
    pub(crate) fn with_runs(runs: PathBuf) -> Self {
        Self::prepared(tempfile::tempdir().unwrap(), &[], Some(runs), None)
    }

    /// Where this program runs deployments.
    pub(crate) fn with_program(folder: TempDir, file: PathBuf, program: PathBuf) -> Self {
        let runs = folder.path().join("runs");
        Self::prepared(folder, &[file], Some(runs), Some(program))
    }

    pub(crate) fn in_folder(folder: TempDir, files: &[PathBuf]) -> Self {
        Self::prepared(folder, files, None, None)
    }

    fn prepared(folder: TempDir, files: &[PathBuf], runs: Option<PathBuf>, program: Option<PathBuf>) -> Self {
        let path = folder.path().to_owned();
        let settings = Settings { state: Some(path.join("state")), folder: path, runs, program };
        let editor = Editor::new(settings, files);
        let raster = Rc::new(RefCell::new(Raster::default()));
        let harness = Harness::builder()
            .renderer(Textures(Rc::clone(&raster)))
            .with_size(Vec2::new(1280.0, 840.0))
            .with_max_steps(16)
            .with_context_setup(theme::dress)
            .build_ui_state(|ui, editor: &mut Editor| editor.ui(ui), editor);
        let mut desk = Self { harness, folder, raster };
        desk.settle();
        desk
    }

    pub(crate) fn editor(&self) -> &Editor {
        self.harness.state()
    }

    /// Some frames.
    pub(crate) fn settle(&mut self) {
        self.harness.run_steps(4);
    }

    /// Whether something of this name is there.
    pub(crate) fn sees(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    /// Whether something is there whose name has this in it.
    pub(crate) fn sees_part(&self, name: &str) -> bool {
        self.harness.query_all_by_label_contains(name).next().is_some()
    }

    /// The whole name of the first thing whose name has this in it.
    pub(crate) fn part(&self, name: &str) -> String {
        let found = self.harness.query_all_by_label_contains(name).next();
        found.and_then(|node| node.accesskit_node().label()).expect("something has this name")
    }

    /// Clicks on what has this name.
    pub(crate) fn click(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.settle();
    }

    /// Clicks on the button of this name, where other things are called so too.
    pub(crate) fn press(&mut self, name: &str) {
        self.harness.get_by_role_and_label(Role::Button, name).click();
        self.settle();
    }

    /// Clicks on the first of several buttons of this name.
    pub(crate) fn press_first(&mut self, name: &str) {
        self.harness.get_all_by_role_and_label(Role::Button, name).next().unwrap().click();
        self.settle();
    }

    /// Drags the handle beside a node to a point of the screen.
    pub(crate) fn drag_from_handle(&mut self, name: &str, to: Pos2) {
        let node = self.harness.get_all_by_label_contains(name).next().unwrap().rect();
        self.harness.hover_at(node.center());
        self.settle();
        let half = if name.starts_with("Place") { 15.0 } else { 7.0 };
        self.drag(node.center() + Vec2::new(half + 11.0, 0.0), to);
    }

    /// Presses what has this name, as a screen reader does.
    pub(crate) fn activate(&mut self, name: &str) {
        self.harness.get_by_label(name).click_accesskit();
        self.settle();
    }

    /// Adds to the selection.
    pub(crate) fn shift_click(&mut self, name: &str) {
        self.harness.get_by_label(name).click_modifiers(Modifiers::SHIFT);
        self.settle();
    }

    /// Writes into a field, in place of what is there.
    pub(crate) fn write(&mut self, field: &str, text: &str) {
        self.field(field, &[Role::TextInput, Role::MultilineTextInput]).focus();
        self.settle();
        self.keys(Modifiers::COMMAND, Key::A);
        self.harness.event(Event::Text(text.to_owned()));
        self.settle();
    }

    /// The field of this name; headings may be called so, too.
    fn field<'a>(&'a self, name: &'a str, roles: &[Role]) -> egui_kittest::Node<'a> {
        let mut found = self.harness.query_all_by_label(name);
        let field = found.find(|node| roles.contains(&node.accesskit_node().role()));
        field.unwrap_or_else(|| panic!("there is no field {name}"))
    }

    /// Chooses in the list that shows `now`.
    pub(crate) fn choose(&mut self, now: &str, then: &str) {
        let mut lists = self.harness.query_all_by_role(Role::ComboBox);
        let list = lists.find(|node| node.accesskit_node().value().as_deref() == Some(now));
        list.unwrap_or_else(|| panic!("no list shows {now}")).click();
        drop(lists);
        self.settle();
        self.press(then);
    }

    /// Sets a number.
    pub(crate) fn set(&mut self, field: &str, number: f64) {
        self.field(field, &[Role::SpinButton, Role::Slider]).set_value_accesskit(number);
        self.settle();
    }

    pub(crate) fn key(&mut self, key: Key) {
        self.keys(Modifiers::NONE, key);
    }

    pub(crate) fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    pub(crate) fn control(&mut self, key: Key) {
        self.keys(Modifiers::COMMAND, key);
    }

    /// The middle of what has this name.
    pub(crate) fn at(&self, name: &str) -> Pos2 {
        self.harness.get_by_label(name).rect().center()
    }

    /// Clicks at a point of the screen.
    pub(crate) fn click_at(&mut self, at: Pos2) {
        self.harness.event(Event::PointerMoved(at));
        for pressed in [true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
            self.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
        }
        self.settle();
    }

    /// Clicks twice on what has this name.
    pub(crate) fn double_click(&mut self, name: &str) {
        let pos = self.at(name);
        // Each event takes a frame, and frames are long here.
        let within = |seconds: f64| {
            move |options: &mut egui::Options| options.input_options.max_double_click_delay = seconds
        };
        self.harness.ctx.options_mut(within(0.9));
        self.harness.event(Event::PointerMoved(pos));
        for pressed in [true, false, true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
            self.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
        }
        self.settle();
        self.harness.ctx.options_mut(within(0.3));
    }

    /// Drags from one point of the screen to another, slowly.
    pub(crate) fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.step();
        self.harness.drag_at(from);
        self.harness.step();
        for part in 1..=4 {
            self.harness.hover_at(from + (to - from) * (part as f32 / 4.0));
            self.harness.step();
        }
        self.harness.drop_at(to);
        self.settle();
    }

    /// Drags along a line with keys held.
    pub(crate) fn drag_along(&mut self, points: &[Pos2], modifiers: Modifiers) {
        let button = |pos: Pos2, pressed: bool| {
            let button = egui::PointerButton::Primary;
            Event::PointerButton { pos, button, pressed, modifiers }
        };
        self.harness.event(Event::ModifiersChanged(modifiers));
        self.harness.event(Event::PointerMoved(points[0]));
        self.harness.step();
        self.harness.event(button(points[0], true));
        self.harness.step();
        for ends in points.windows(2) {
            for part in 1..=4 {
                let at = ends[0] + (ends[1] - ends[0]) * (part as f32 / 4.0);
                self.harness.event(Event::PointerMoved(at));
                self.harness.step();
            }
        }
        self.harness.event(button(points[points.len() - 1], false));
        self.settle();
        self.harness.event(Event::ModifiersChanged(Modifiers::NONE));
        self.settle();
    }

    /// What is seen.
    pub(crate) fn picture(&self) -> egui::ColorImage {
        let output = self.harness.output();
        let primitives = self.harness.ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
        self.raster.borrow().paint(&primitives, [1280, 840], output.pixels_per_point, egui::Color32::BLACK)
    }

    /// The middle of the canvas.
    pub(crate) fn middle(&self) -> Pos2 {
        self.at("Drawing of the net")
    }

    /// How many places, transitions and arcs there are.
    pub(crate) fn size(&self) -> (usize, usize, usize) {
        let pnml = self.editor().tab().document().pnml();
        let places = pnml.nodes.iter().filter(|node| node.kind.is_placelike()).count();
        (places, pnml.nodes.len() - places, pnml.arcs.len())
    }

    /// The file as it would be saved.
    pub(crate) fn text(&self) -> String {
        self.editor().tab().document().text()
    }

    /// What was said last.
    pub(crate) fn said(&self) -> &str {
        self.editor().message().unwrap_or_default()
    }

    /// A place, a transition and an arc between them, in a row in the middle of the canvas.
    pub(crate) fn draw_a_pair(&mut self) {
        let middle = self.middle();
        self.key(Key::P);
        self.click_at(middle - Vec2::new(100.0, 0.0));
        self.key(Key::T);
        self.click_at(middle + Vec2::new(60.0, 0.0));
        self.key(Key::A);
        let (from, to) = (self.at("Place p1"), self.at("Transition t1"));
        self.drag(from, to);
        self.key(Key::V);
    }

    /// Waits until the verifier has finished.
    pub(crate) fn wait_for_verifier(&mut self) {
        for _ in 0..600 {
            self.settle();
            if !self.editor().tab().is_verifying() {
                self.settle();
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the verifier does not come to an end");
    }
}
