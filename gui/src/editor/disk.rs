//! The editor and the disk: opening, saving, noticing changes, recent files, unsaved work.

use super::{Dialog, Editor, LOOK_EVERY, Quitting, Settings, Then};
use crate::document::Document;
use crate::files::{Recovered, Stamp, open, read_document, write_file};
use egui::Ui;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many recent files are listed.
const RECENT: usize = 12;

/// The files that were opened last, the last one first.
pub(super) fn recent(settings: &Settings) -> Vec<PathBuf> {
    let list = settings.state.as_ref().and_then(|state| fs::read_to_string(state.join("recent")).ok());
    list.unwrap_or_default().lines().map(PathBuf::from).take(RECENT).collect()
}

impl Editor {
    /// Opens a file in a tab of its own, or shows the tab that has it, or says why not.
    pub fn open_path(&mut self, path: &Path) {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if let Some(tab) = self.tabs.iter().position(|tab| tab.path.as_deref() == Some(&path)) {
            self.active = tab;
            return;
        }
        let opened = match open(&path) {
            Ok(opened) => opened,
            Err(refusal) => {
                self.dialog = Some(Dialog::Refused(refusal));
                return;
            }
        };
        // An empty net that nobody has touched makes room.
        let is_blank =
            |tab: &super::Tab| tab.path.is_none() && !tab.is_dirty() && tab.document.revision() == 0;
        if is_blank(self.tab()) {
            self.tabs.remove(self.active);
        }
        let warnings = opened.warnings.len();
        let tab = self.add_tab(opened.document);
        tab.path = Some(path.clone());
        tab.stamp = Some(opened.stamp);
        tab.warnings = opened.warnings;
        tab.place_the_unplaced();
        self.remember(path);
        if warnings > 0 {
            self.say(format!("Opened, with {}; see Problems.", crate::panels::counted(warnings, "remark")));
        }
    }

    fn remember(&mut self, path: PathBuf) {
        self.recent.retain(|other| *other != path);
        self.recent.insert(0, path);
        self.recent.truncate(RECENT);
        if let Some(state) = &self.settings.state {
            let lines: Vec<String> = self.recent.iter().map(|path| format!("{}\n", path.display())).collect();
            // A list of recent files that cannot be written is not worth a complaint.
            let _ = fs::create_dir_all(state)
                .and_then(|()| write_file(&state.join("recent"), lines.concat()).map(|_| ()));
        }
    }

    /// Saves the net to its file, or asks for one; then goes on.
    pub(crate) fn save(&mut self, then: Option<Then>) {
        match self.tab().path.clone() {
            Some(path) => {
                let is_changed = Stamp::now(&path).is_some_and(|now| self.tab().stamp != Some(now));
                if is_changed && then.is_none() {
                    self.dialog = Some(Dialog::Changed { tab: self.active });
                } else {
                    self.save_to(&path, then);
                }
            }
            None => self.ask_where_to_save(then),
        }
    }

    /// Saves the net to this file; then goes on.
    pub fn save_as(&mut self, path: &Path) {
        self.save_to(path, None);
    }

    pub(crate) fn save_to(&mut self, path: &Path, then: Option<Then>) {
        let active = self.active;
        match write_file(path, self.tab().document.text()) {
            Ok(stamp) => {
                let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                let tab = self.tab_mut();
                tab.history.mark_saved();
                tab.stamp = Some(stamp);
                tab.path = Some(path.clone());
                tab.kept = tab.history.state();
                let slot = tab.slot;
                self.say(format!("Saved {}.", path.display()));
                self.remember(path);
                if let Some(keeper) = &self.keeper {
                    keeper.forget(slot);
                }
                if let Some(then) = then {
                    self.finish(active, then);
                }
            }
            Err(error) => {
                self.complain(format!(
                    "{} is not saved: {error}. The old file is as it was.",
                    path.display()
                ));
            }
        }
    }

    /// Does what was put off until a document was saved or given up.
    pub(crate) fn finish(&mut self, tab: usize, then: Then) {
        match then {
            Then::Close => self.drop_tab(tab),
            Then::Quit => {
                self.drop_tab(tab);
                self.quit();
            }
            Then::Reload => self.reload(tab),
        }
    }

    fn drop_tab(&mut self, tab: usize) {
        let gone = self.tabs.remove(tab);
        if let Some(keeper) = &self.keeper {
            keeper.forget(gone.slot);
        }
        if self.tabs.is_empty() {
            self.add_tab(Document::empty());
        }
        self.active = self.active.min(self.tabs.len() - 1);
    }

    fn reload(&mut self, tab: usize) {
        let Some(path) = self.tabs[tab].path.clone() else { return };
        match open(&path) {
            Ok(opened) => {
                let old = &self.tabs[tab];
                let mut new = super::Tab::new(old.slot, opened.document);
                (new.path, new.stamp, new.warnings) = (Some(path), Some(opened.stamp), opened.warnings);
                new.canvas.view = old.canvas.view;
                new.canvas.fit = false;
                new.place_the_unplaced();
                new.stay_on(&old.way());
                if let Some(keeper) = &self.keeper {
                    keeper.forget(new.slot);
                }
                self.tabs[tab] = new;
                self.say("Read again from the disk.");
            }
            Err(refusal) => self.dialog = Some(Dialog::Refused(refusal)),
        }
    }

    /// Opens work that a crash left; the files themselves stay as they are.
    pub(crate) fn restore(&mut self, left: &[Recovered]) {
        for work in left {
            let (Some(document), _) = read_document(work.text.as_bytes()) else { continue };
            let tab = self.add_tab(document);
            tab.path.clone_from(&work.original);
            tab.stamp = work.original.as_deref().and_then(Stamp::now);
            tab.history.mark_unsaved();
            tab.kept = u64::MAX;
        }
        let blank = self.tabs.iter().position(|tab| tab.path.is_none() && !tab.is_dirty());
        if let Some(blank) = blank.filter(|_| self.tabs.len() > left.len()) {
            self.tabs.remove(blank);
            self.active = self.tabs.len() - 1;
        }
        self.next_look = 0.0;
    }

    /// Notices files that somebody else has changed.
    pub(super) fn look_at_disk(&mut self, ui: &Ui) {
        let now = ui.input(|input| input.time);
        ui.ctx().request_repaint_after(Duration::from_secs_f64(LOOK_EVERY));
        if now < self.next_look || self.dialog.is_some() {
            return;
        }
        self.next_look = now + LOOK_EVERY;
        let tab = self.tab();
        let Some(path) = &tab.path else { return };
        let is_changed = Stamp::now(path).is_some_and(|now| tab.stamp.is_some_and(|known| known != now));
        if !is_changed {
            return;
        }
        match tab.is_dirty() {
            true => self.dialog = Some(Dialog::Changed { tab: self.active }),
            false => self.reload(self.active),
        }
    }

    /// Keeps my version although the file has changed: what is saved next replaces it.
    pub(crate) fn keep_mine(&mut self, tab: usize) {
        let tab = &mut self.tabs[tab];
        tab.stamp = tab.path.as_deref().and_then(Stamp::now);
        tab.history.mark_unsaved();
    }

    /// Keeps unsaved work for the case of a crash.
    pub(super) fn keep_unsaved(&mut self, ui: &Ui) {
        let Some(keeper) = &self.keeper else { return };
        if self.has_quit == Quitting::Yes {
            return;
        }
        let now = ui.input(|input| input.time);
        for tab in &mut self.tabs {
            let state = tab.history.state();
            if tab.kept == state {
                continue;
            }
            if !tab.is_dirty() {
                tab.kept = state;
                keeper.forget(tab.slot);
                continue;
            }
            if now < tab.keep_at {
                ui.ctx().request_repaint_after(Duration::from_secs_f64(tab.keep_at - now));
                continue;
            }
            tab.kept = state;
            tab.keep_at = now + LOOK_EVERY;
            keeper.keep(tab.slot, tab.path.clone(), tab.document.pnml().clone());
        }
    }
}
