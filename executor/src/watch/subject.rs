//! One watched resource: when to look at it, and what to make of what is found. Pure: the time
//! is handed in.
//!
//! Many events are one look: a look begins a moment after the first of them, and the next one not
//! before several times as long has passed as the last one took. While an attempt at its action is
//! in flight it is not looked at, as what would be seen is our own writing; it is when that ends.

use super::Purpose;
use std::time::{Duration, Instant};

/// How long after an event a look begins, so that the events of one change are one.
const SETTLE: Duration = Duration::from_millis(1);

/// The shortest pause between two looks at the same resource.
const PAUSE: Duration = Duration::from_millis(5);

/// After a look that took so long, so many times as long is not looked again, within bounds.
const REST: u32 = 4;
const LONGEST_REST: Duration = Duration::from_secs(2);

/// The pauses after a look that failed: doubled from the first to the last.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(60);

/// What a look found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    Same(String),
    Differs(String),
    /// Its check cannot tell, ever.
    CannotTell,
    Failed(String),
}

/// What there is to tell about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum News {
    Drifted(String),
    AsDescribed(String),
    Otherwise(String),
    Unseen(String),
}

/// One watched resource.
#[derive(Debug)]
pub(super) struct Subject {
    purpose: Purpose,
    /// How often an attempt at its action has begun and not ended.
    held: u32,
    /// The number of the look that goes on.
    looking: Option<u64>,
    looks: u64,
    /// Something happened since the last look began.
    touched: bool,
    /// That look began because something had happened.
    urgent: bool,
    due: Option<Instant>,
    poll: Option<Duration>,
    /// Whether what it is watched for has been told.
    told: bool,
    failures: u32,
    /// Not before this is it looked at again.
    rested: Option<Instant>,
}

impl Subject {
    pub(super) fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            held: 0,
            looking: None,
            looks: 0,
            touched: false,
            urgent: false,
            due: None,
            poll: None,
            told: false,
            failures: 0,
            rested: None,
        }
    }

    /// How often it is looked at although nothing happened.
    pub(super) fn polled(&mut self, poll: Option<Duration>) {
        self.poll = poll;
    }

    /// Something happened to it.
    pub(super) fn touch(&mut self, now: Instant) {
        self.touched = true;
        if self.looking.is_some() {
            return;
        }
        let earliest = self.rested.map_or(now + SETTLE, |rested| rested.max(now + SETTLE));
        self.due = Some(self.due.map_or(earliest, |due| due.min(earliest)));
    }

    /// It is to be looked at by then even if nothing happens.
    pub(super) fn expect(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// An attempt at its action begins: what is being looked at does not count.
    pub(super) fn hold(&mut self) {
        self.held += 1;
        self.looking = None;
    }

    /// The attempt has ended: what is found now is news.
    pub(super) fn release(&mut self, now: Instant) {
        self.held = self.held.saturating_sub(1);
        self.told = false;
        self.rested = None;
        self.touch(now);
    }

    /// When to look, if nothing happens before.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.filter(|_| self.held == 0 && self.looking.is_none())
    }

    /// A look begins; its number.
    pub(super) fn begin(&mut self) -> u64 {
        self.looks += 1;
        self.looking = Some(self.looks);
        self.urgent = std::mem::take(&mut self.touched);
        self.due = None;
        self.looks
    }

    /// The look of this number has ended.
    pub(super) fn end(&mut self, look: u64, found: Found, took: Duration, now: Instant) -> Option<News> {
        if self.looking != Some(look) {
            return None;
        }
        self.looking = None;
        self.urgent = false;
        self.rested = Some(now + (took * REST).clamp(PAUSE, LONGEST_REST));
        if !matches!(found, Found::Failed(_)) {
            self.failures = 0;
        }
        let news = self.judge(found);
        let pause = match self.failures {
            0 => self.poll,
            failures => Some((FIRST * 2_u32.saturating_pow(failures.min(16) - 1)).min(LAST)),
        };
        if let Some(pause) = pause {
            self.expect(now + pause);
        }
        if self.touched {
            self.touch(now);
        }
        news
    }

    /// The look of this number was not made, and is to be made now.
    pub(super) fn postpone(&mut self, look: u64, now: Instant) {
        if self.looking == Some(look) {
            self.looking = None;
            self.touched = true;
            self.due = Some(now);
        }
    }

    fn judge(&mut self, found: Found) -> Option<News> {
        let (comes, words) = match (self.purpose, found) {
            (_, Found::CannotTell) => {
                self.poll = None;
                return None;
            }
            (_, Found::Failed(words)) => {
                self.failures += 1;
                return (self.failures == 1).then_some(News::Unseen(words));
            }
            (Purpose::Drift, Found::Differs(words)) => (News::Drifted as fn(String) -> News, words),
            (Purpose::Event, Found::Same(words)) => (News::AsDescribed as fn(String) -> News, words),
            (Purpose::Drift, Found::Same(words)) | (Purpose::Event, Found::Differs(words)) => {
                return std::mem::take(&mut self.told).then_some(News::Otherwise(words));
            }
        };
        (!std::mem::replace(&mut self.told, true)).then(|| comes(words))
    }

    /// Whether nothing that happened to it waits for being looked at, and the last look succeeded.
    pub(super) fn is_quiet(&self) -> bool {
        self.held > 0 || !(self.touched || self.urgent || self.failures > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn differs() -> Found {
        Found::Differs("it differs".into())
    }

    fn same() -> Found {
        Found::Same("as wanted".into())
    }

    /// A look, if one is due at `now`.
    fn look(subject: &mut Subject, now: Instant, found: Found) -> Option<News> {
        assert!(subject.due().is_some_and(|due| due <= now), "{subject:?}");
        let number = subject.begin();
        subject.end(number, found, MS, now)
    }

    #[test]
    fn many_events_are_one_look_and_looks_keep_their_distance() {
        let (start, mut subject) = (Instant::now(), Subject::new(Purpose::Drift));
        (0..100).for_each(|_| subject.touch(start));
        assert_eq!(subject.due(), Some(start + SETTLE));
        assert!(!subject.is_quiet());
        let number = subject.begin();
        (0..100).for_each(|_| subject.touch(start));
        assert_eq!(subject.due(), None, "one look at a time");
        assert_eq!(subject.end(number, same(), 20 * MS, start), None);
        assert_eq!(subject.due(), Some(start + 80 * MS), "events during a look ask for another");
        assert_eq!(look(&mut subject, start + 80 * MS, same()), None);
        assert!(subject.is_quiet() && subject.due().is_none());
    }

    #[test]
    fn a_drift_is_told_once_until_it_is_over_or_an_attempt_has_ended() {
        let (mut now, mut subject) = (Instant::now(), Subject::new(Purpose::Drift));
        let told = Some(News::Drifted("it differs".into()));
        let mut touched = |subject: &mut Subject, found| {
            subject.touch(now);
            now += Duration::from_secs(1);
            look(subject, now, found)
        };
        assert_eq!(touched(&mut subject, differs()), told);
        assert_eq!(touched(&mut subject, differs()), None);
        assert_eq!(touched(&mut subject, same()), Some(News::Otherwise("as wanted".into())));
        assert_eq!(touched(&mut subject, differs()), told);
        subject.hold();
        subject.touch(now);
        assert_eq!(subject.due(), None, "our own writing is no drift");
        subject.release(now);
        assert_eq!(look(&mut subject, now + SETTLE, differs()), told);
    }

    #[test]
    fn what_was_seen_when_an_attempt_began_does_not_count() {
        let (now, mut subject) = (Instant::now(), Subject::new(Purpose::Drift));
        subject.touch(now);
        let number = subject.begin();
        subject.hold();
        subject.release(now);
        assert_eq!(subject.end(number, differs(), MS, now), None);
        assert_eq!(look(&mut subject, now + SETTLE, same()), None);
    }

    #[test]
    fn an_event_is_told_when_it_comes_about_and_again_after_it_was_gone() {
        let (now, mut subject) = (Instant::now(), Subject::new(Purpose::Event));
        subject.polled(Some(10 * MS));
        let told = Some(News::AsDescribed("as wanted".into()));
        subject.touch(now);
        assert_eq!(look(&mut subject, now + SETTLE, differs()), None);
        assert_eq!(look(&mut subject, now + 20 * MS, same()), told);
        assert_eq!(look(&mut subject, now + 40 * MS, same()), None);
        assert_eq!(look(&mut subject, now + 60 * MS, differs()), Some(News::Otherwise("it differs".into())));
        assert_eq!(look(&mut subject, now + 80 * MS, same()), told);
    }

    #[test]
    fn looks_that_fail_are_told_once_and_come_ever_more_rarely() {
        let (mut now, mut subject) = (Instant::now(), Subject::new(Purpose::Drift));
        let failed = || Found::Failed("no answer".into());
        subject.touch(now);
        let mut pauses = Vec::new();
        for round in 0..9 {
            now = subject.due().unwrap();
            let news = look(&mut subject, now, failed());
            assert_eq!(news.is_some(), round == 0);
            assert!(!subject.is_quiet(), "what cannot be seen is not as wanted");
            pauses.push(subject.due().unwrap().duration_since(now).as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        now = subject.due().unwrap();
        assert_eq!(look(&mut subject, now, same()), None);
        assert!(subject.is_quiet());
    }
}
