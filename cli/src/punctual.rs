//! Answers that are due at an instant: what is open then is given up, and the process ends.
//!
//! Engines look at their deadlines often, but not while they put evidence together or look it
//! through, which takes long for large nets under load. Who asked for an end at a time gets it.

use crate::exit::Exit;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What has not been answered, as the lines that say so.
pub(crate) struct Due {
    open: Mutex<Vec<String>>,
}

impl Due {
    /// Answers that are all given before `end`: then those which are still open are said to be, and
    /// the process ends with success.
    pub(crate) fn at(end: Instant, open: Vec<String>) -> Arc<Self> {
        let due = Arc::new(Self { open: Mutex::new(open) });
        let watched = Arc::clone(&due);
        std::thread::spawn(move || {
            std::thread::sleep(end.saturating_duration_since(Instant::now()));
            // Held to the end: nothing is said afterwards.
            let open = watched.open.lock().unwrap_or_else(PoisonError::into_inner);
            let text: String = open.iter().map(|line| format!("{line}\n")).collect();
            let _ = std::io::Write::write_all(&mut anstream::stdout(), text.as_bytes());
            std::process::exit(Exit::Success.status().into());
        });
        due
    }

    /// Says by `say` what is known instead of `line`, unless that was said before.
    pub(crate) fn settle(&self, line: &str, say: impl FnOnce()) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = open.iter().position(|known| known == line) {
            open.remove(index);
            say();
        }
    }

    /// Says what is still open, and that nothing is any more.
    pub(crate) fn give_up(&self, mut say: impl FnMut(&str)) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.drain(..).for_each(|line| say(&line));
    }
}
