//! Pages: which one is shown, and the commands about them.

use super::{Editor, Tab};
use crate::command::Command;
use crate::document::{Item, Selection};
use crate::edit;
use pn_pnml::graphics::Point;
use pn_pnml::{NodeId, PageId};

/// Why nothing can be edited now.
const PLAYING: &str = "The token game is on: nothing can be edited.";

impl Tab {
    /// The page that is shown.
    #[must_use]
    pub fn page(&self) -> PageId {
        self.page
    }

    /// Shows another page, whole.
    pub(crate) fn show_page(&mut self, page: PageId) {
        self.page = page;
        self.selection.clear();
        self.in_place = None;
        self.canvas.fit = true;
    }

    /// The identifiers of the pages on the way to the one that is shown: numbers change with edits.
    pub(super) fn way(&self) -> Vec<String> {
        let trail = self.document.trail(self.page);
        trail.into_iter().map(|page| self.document.page(page).id.to_string()).collect()
    }

    /// Shows the last page on a way that is there, or the first page.
    pub(super) fn stay_on(&mut self, way: &[String]) {
        let find = |id: &String| self.document.pages().find(|(_, page)| page.id == *id).map(|(id, _)| id);
        let found = way.iter().rev().enumerate().find_map(|(gone, id)| Some((gone, find(id)?)));
        let (gone, page) = found.unwrap_or((way.len(), self.document.first_page()));
        match gone {
            0 => self.page = page,
            _ => self.show_page(page),
        }
    }

    /// What stands behind the selected node, if that is a reference.
    pub(crate) fn referred(&self) -> Option<NodeId> {
        let Some(Item::Node(id)) = self.selection.single() else { return None };
        let behind = self.document.behind(id);
        (behind != id).then_some(behind)
    }

    /// The selected page, if nothing else is selected.
    fn selected_page(&self) -> Option<PageId> {
        match self.selection.single() {
            Some(Item::Page(page)) => Some(page),
            _ => None,
        }
    }

    /// Shows a node, on its page.
    pub(crate) fn go_to(&mut self, id: NodeId) {
        let node = self.document.node(id);
        let at = crate::document::position(node);
        if self.page != node.page {
            self.page = node.page;
            self.in_place = None;
        }
        // A page that was never shown would be fitted to the window instead.
        self.canvas.fit = false;
        self.canvas.look_at(at);
        self.selection = Selection::only(Item::Node(id));
    }
}

impl Editor {
    /// Why a command about pages or references makes no sense now; `None` if it does, and for all
    /// other commands.
    #[must_use]
    pub fn why_not(&self, command: Command) -> Option<&'static str> {
        let tab = self.tab();
        let document = &tab.document;
        let reason = match command {
            Command::OpenPage if tab.selected_page().is_none() => "Select one page first.",
            Command::UpPage if document.page(tab.page).parent.is_none() => "No page holds this one.",
            Command::GoToReferred if tab.referred().is_none() => "Select one reference first.",
            Command::NewPage | Command::MoveToPage | Command::AddReference | Command::DeletePage
                if tab.game.is_some() =>
            {
                PLAYING
            }
            Command::MoveToPage if !tab.selection.stands() => "Select what is to be moved first.",
            Command::AddReference if document.pnml().nodes.is_empty() => {
                "There is no place and no transition to refer to."
            }
            Command::DeletePage
                if document.page(tab.page).parent.is_none() && document.pages_in(None).count() == 1 =>
            {
                "A net has at least one page."
            }
            _ => return None,
        };
        Some(reason)
    }

    /// The first place with room, from the middle of what is seen downwards.
    fn room_in_the_middle(&self) -> Point {
        let tab = self.tab();
        edit::room(&tab.document, tab.page, edit::snapped(tab.canvas.view.centre))
    }

    pub(super) fn new_page(&mut self) {
        let at = self.room_in_the_middle();
        let tab = self.tab_mut();
        let (edit, page) = edit::add_page(&tab.document, tab.page, at);
        tab.perform(edit);
        tab.selection = Selection::only(Item::Page(page));
    }

    pub(super) fn move_to_new_page(&mut self) {
        let tab = self.tab_mut();
        let Some(moved) = edit::move_to_new_page(&tab.document, &tab.selection, tab.page) else { return };
        tab.perform(moved.edit);
        tab.selection = Selection::only(Item::Page(moved.page));
        let title = tab.document.page_title(moved.page).to_owned();
        self.say(match moved.references {
            0 => format!("Moved to page {title}."),
            1 => format!("Moved to page {title}; a reference stands for a place of the other page."),
            count => {
                format!("Moved to page {title}; {count} references stand for places of the other page.")
            }
        });
    }

    pub(super) fn delete_page(&mut self) {
        let tab = self.tab_mut();
        if let Some(edit) = edit::delete_page(&tab.document, tab.page) {
            tab.selection.clear();
            tab.perform(edit);
        }
    }

    pub(super) fn open_page(&mut self) {
        let tab = self.tab_mut();
        if let Some(page) = tab.selected_page() {
            tab.show_page(page);
        }
    }

    /// Shows the page that holds this one, with this one selected.
    pub(super) fn up_one_page(&mut self) {
        let tab = self.tab_mut();
        let page = tab.page;
        if let Some(parent) = tab.document.page(page).parent {
            tab.show_page(parent);
            tab.selection = Selection::only(Item::Page(page));
        }
    }

    pub(super) fn go_to_referred(&mut self) {
        let tab = self.tab_mut();
        if let Some(behind) = tab.referred() {
            tab.go_to(behind);
        }
    }

    /// Draws a node once more on the page that is shown.
    pub(crate) fn add_reference(&mut self, to: NodeId) {
        let at = self.room_in_the_middle();
        let tab = self.tab_mut();
        let (edit, id) = edit::add_reference(&tab.document, tab.page, to, at);
        tab.perform(edit);
        tab.selection = Selection::only(Item::Node(id));
    }
}
