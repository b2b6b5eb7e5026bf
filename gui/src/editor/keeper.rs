//! Keeps unsaved work for the case of a crash, off the interface's thread.

use crate::files::Shelf;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

enum Order {
    Keep { slot: u64, original: Option<PathBuf>, document: Box<pn_pnml::Document> },
    Forget { slot: u64 },
}

/// The thread that keeps unsaved work. When it is dropped, nothing is left to keep.
pub(super) struct Keeper {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts it; `None` where nothing can be kept.
    pub(super) fn start(state: &Path) -> Option<Self> {
        let shelf = Shelf::new(state).ok()?;
        let (orders, received) = channel::<Order>();
        let thread = std::thread::spawn(move || {
            for order in received {
                match order {
                    Order::Keep { slot, original, document } => {
                        // The next try may have more room on the disk.
                        let _ = shelf.keep(slot, original.as_deref(), &pn_pnml::write(&document));
                    }
                    Order::Forget { slot } => shelf.forget(slot),
                }
            }
        });
        Some(Self { orders: Some(orders), thread: Some(thread) })
    }

    pub(super) fn keep(&self, slot: u64, original: Option<PathBuf>, document: pn_pnml::Document) {
        self.order(Order::Keep { slot, original, document: Box::new(document) });
    }

    pub(super) fn forget(&self, slot: u64) {
        self.order(Order::Forget { slot });
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends only after this.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // It has no reason to panic, and nobody could be told.
            let _ = thread.join();
        }
    }
}
