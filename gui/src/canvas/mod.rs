//! The canvas: the net as it is drawn, and what the pointer does to it.
//!
//! It reads the document and gives back [`Act`]s; it changes nothing but how it looks at things.

mod accessible;
mod far;
mod hit;
mod labels;
mod near;
mod notes;
mod photograph;
mod pointer;
mod scene;
mod sheet;
mod symbol;
mod view;

pub use hit::{Hit, hit};
pub use photograph::photograph;
pub use scene::{Highlights, Playing, Scene, Snap, Tool};
pub use sheet::Sheet;
pub use view::View;

use crate::document::{ArcId, Item, Selection};
use crate::edit::{Illegal, Kind};
use crate::theme::Palette;
use egui::{Sense, Ui};
use pn_net::TransitionId;
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, PageId};
use pointer::Gesture;

/// What somebody wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Select this and nothing else.
    Select(Selection),
    /// Add a node at a point.
    Add(Kind, Point),
    /// Add a note with its corner at a point.
    AddNote(Point),
    /// Draw an arc.
    Connect(NodeId, NodeId),
    /// Draw an arc from a node to a new node of the other kind at a point.
    Grow(NodeId, Point),
    /// Move what is selected.
    Move(Point),
    /// Give an arc other bend points.
    Bend(ArcId, Vec<Point>),
    /// Put the label of a node or an arc at an offset.
    PlaceLabel(Item, Point),
    /// Edit names, markings, weights in place.
    Open(Item),
    /// Show what is on a page.
    OpenPage(PageId),
    /// Say why an arc cannot be drawn.
    Refuse(Illegal),
    /// Fire one of these, which are drawn as one.
    Fire(Vec<TransitionId>),
    /// Back to selecting.
    PutToolAway,
}

/// How the canvas looks at a document, and what it remembers between frames.
#[derive(Default)]
pub struct Canvas {
    /// The part of the drawing that is seen.
    pub view: View,
    /// Whether the next frame shows everything.
    pub fit: bool,
    /// Where the pointer is, in the drawing.
    pub pointer: Option<Point>,
    /// The part of the screen that it takes, as of the last frame.
    pub rect: Option<egui::Rect>,
    hovered: Option<NodeId>,
    sheet: Sheet,
    gesture: Gesture,
    far: far::Cache,
    /// The labels of the last frame.
    labels: Vec<labels::Painted>,
}

impl Canvas {
    /// A canvas that shows everything in its first frame.
    #[must_use]
    pub fn fitted() -> Self {
        Self { fit: true, ..Self::default() }
    }

    /// Draws the scene and tells what the pointer and the keyboard want.
    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>) -> Vec<Act> {
        let (response, painter) = ui.allocate_painter(ui.available_size(), Sense::click_and_drag());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Canvas, true, "Drawing of the net"));
        let rect = response.rect;
        self.rect = Some(rect);
        self.sheet.follow(scene);
        if std::mem::take(&mut self.fit) {
            self.view = View::around(self.sheet.bounds(), rect);
        }
        self.view.follow_wheel(ui, &response);
        let palette = Palette::of(ui.ctx().theme());
        let mut acts = Vec::new();
        pointer::follow(self, ui, &response, scene, &mut acts);
        painter.rect_filled(rect, 0.0, palette.paper);
        let shown = self.sheet.visible(self.view.world(rect));
        let mut labels = std::mem::take(&mut self.labels);
        labels.clear();
        if self.view.zoom < far::BELOW || shown.nodes.len() > far::ABOVE {
            far::paint(self, &painter, rect, scene, &palette);
        } else {
            near::grid(&self.view, &painter, rect, &palette);
            symbol::links(self, &painter, rect, scene, &palette);
            near::paint(self, &painter, rect, scene, &palette, &shown, &mut labels);
        }
        self.labels = labels;
        symbol::paint(self, &painter, rect, scene, &palette);
        pointer::paint(self, &painter, scene, &palette);
        accessible::pages(self, ui, rect, scene, &mut acts);
        accessible::nodes(self, ui, rect, scene, &shown, &mut acts);
        acts
    }

    /// Brings a node to the middle.
    pub fn look_at(&mut self, point: Point) {
        self.view.centre = point;
        self.view.zoom = self.view.zoom.max(0.8);
    }

    /// How far the selection is being dragged.
    fn dragged(&self) -> Point {
        match &self.gesture {
            Gesture::Move { by, .. } => *by,
            _ => Point::default(),
        }
    }

    /// Where something at this point is, while it is being dragged too.
    fn now(&self, scene: &Scene<'_>, item: Item, at: Point) -> Point {
        match scene.selection.contains(item) {
            true => {
                let by = self.dragged();
                Point { x: at.x + by.x, y: at.y + by.y }
            }
            false => at,
        }
    }
}
