//! The values of a run: what actions have put, and until when it holds.
//!
//! Whoever waits for a value is woken when it is put; whoever watches one is told. A value whose
//! time is over is not there any more, which needs no clock here: it is compared when asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What an action puts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewValue {
    /// Its name.
    pub name: String,
    /// The value.
    pub text: String,
    /// How long it holds; `None` for ever.
    pub ttl: Option<Duration>,
}

impl NewValue {
    /// A value that holds for ever.
    #[must_use]
    pub fn lasting(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), ttl: None }
    }
}

/// The values of a run. Clones are the same table.
#[derive(Clone, Default)]
pub(crate) struct Values(Arc<Table>);

#[derive(Default)]
struct Table {
    put: Mutex<BTreeMap<String, Put>>,
    changed: Condvar,
    listeners: Mutex<Vec<Weak<Listener>>>,
}

/// Who is told the name of every value that is put.
pub(crate) type Listener = dyn Fn(&str) + Send + Sync;

#[derive(Clone)]
struct Put {
    text: String,
    until: Option<Instant>,
}

impl Put {
    fn holds(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.all()).finish()
    }
}

impl FromIterator<(String, String)> for Values {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(values: T) -> Self {
        let table = Self::default();
        values.into_iter().for_each(|(name, text)| table.put(name, text, None));
        table
    }
}

impl Values {
    fn table(&self) -> MutexGuard<'_, BTreeMap<String, Put>> {
        self.0.put.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, if it holds.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let now = Instant::now();
        self.table().get(name).filter(|put| put.holds(now)).map(|put| put.text.clone())
    }

    /// All that hold.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        let now = Instant::now();
        let table = self.table();
        let holding = table.iter().filter(|(_, put)| put.holds(now));
        holding.map(|(name, put)| (name.clone(), put.text.clone())).collect()
    }

    /// How long the value still holds, if that is not for ever.
    pub(crate) fn left(&self, name: &str) -> Option<Duration> {
        let now = Instant::now();
        let until = self.table().get(name)?.until?;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// Puts a value, and tells whoever waits for it or watches it.
    pub(crate) fn put(&self, name: String, text: String, until: Option<Instant>) {
        self.table().insert(name.clone(), Put { text, until });
        self.0.changed.notify_all();
        let mut listeners = self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.upgrade().inspect(|listener| listener(&name)).is_some());
    }

    /// Waits until a value is put, but not for longer than `patience`.
    pub(crate) fn wait_for_change(&self, name: &str, patience: Duration) -> Option<String> {
        let now = Instant::now();
        let waiting = |table: &mut BTreeMap<String, Put>| !table.get(name).is_some_and(|put| put.holds(now));
        let waited = self.0.changed.wait_timeout_while(self.table(), patience, waiting);
        drop(waited);
        self.get(name)
    }

    /// Has every name told to the listener that is put from now on, as long as it is kept.
    pub(crate) fn listen(&self, listener: &Arc<Listener>) {
        let mut listeners = self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(listener));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test that cannot go on fails
mod tests {
    use super::*;

    #[test]
    fn a_value_holds_until_its_time_is_over() {
        let values = Values::default();
        let soon = Instant::now() + Duration::from_secs(3600);
        values.put("lease".into(), "app1".into(), Some(soon));
        assert_eq!(values.get("lease").as_deref(), Some("app1"));
        assert!(values.left("lease").is_some_and(|left| left > Duration::from_secs(3500)));
        values.put("lease".into(), "app1".into(), Some(Instant::now()));
        assert_eq!((values.get("lease"), values.left("lease"), values.all().len()), (None, None, 0));
        values.put("lease".into(), "app2".into(), None);
        assert_eq!(values.wait_for_change("lease", Duration::ZERO).as_deref(), Some("app2"));
    }

    #[test]
    fn who_waits_is_woken_and_who_listens_is_told() {
        let values = Values::default();
        let (say, hear) = std::sync::mpsc::channel();
        let listener: Arc<Listener> = Arc::new(move |name: &str| say.send(name.to_owned()).unwrap());
        values.listen(&listener);
        let other = values.clone();
        let waiting =
            std::thread::spawn(move || other.wait_for_change("token", Duration::from_secs(20)).unwrap());
        values.put("other".into(), "1".into(), None);
        values.put("token".into(), "2".into(), None);
        assert_eq!(waiting.join().unwrap(), "2");
        assert_eq!(hear.try_iter().collect::<Vec<_>>(), ["other", "token"]);
    }
}
