//! Answers that are due at an instant: what is open then is given up, and the process ends.
//!
//! Engines look at their deadlines often, but not while they put evidence together or look it
//! through, which takes long for large nets under load. Who asked for an end at a time gets it.

use crate::exit::Exit;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What is asked, by index: the line that says that it is open, until it is answered.
pub(crate) struct Due {
    open: Mutex<Vec<Option<String>>>,
}

impl Due {
    /// Answers that are all given before `end`: then those which are still open are said to be, and
    /// the process ends with success.
    pub(crate) fn at(end: Instant, open: impl IntoIterator<Item = String>) -> Arc<Self> {
        let due = Arc::new(Self { open: Mutex::new(open.into_iter().map(Some).collect()) });
        let watched = Arc::clone(&due);
        std::thread::spawn(move || {
            std::thread::sleep(end.saturating_duration_since(Instant::now()));
            // Held to the end: nothing is said afterwards.
            let open = watched.open.lock().unwrap_or_else(PoisonError::into_inner);
            let text: String = open.iter().flatten().map(|line| format!("{line}\n")).collect();
            let _ = std::io::Write::write_all(&mut anstream::stdout(), text.as_bytes());
            std::process::exit(Exit::Success.status().into());
        });
        due
    }

    /// Says the answer by `say`, unless it was said before.
    pub(crate) fn settle(&self, index: usize, say: impl FnOnce()) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open[index].take().is_some() {
            say();
        }
    }

    /// Says what is still open, and that nothing is any more.
    pub(crate) fn give_up(&self, mut say: impl FnMut(&str)) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter_mut().filter_map(Option::take).for_each(|line| say(&line));
    }
}
