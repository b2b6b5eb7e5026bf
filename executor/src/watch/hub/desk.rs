//! The hub's thread: its inbox, its resources, and what it waits for.

use super::look::{Looked, Reply, Which, look};
use super::{Message, Post, Watched};
use crate::attempt::Task;
use crate::watch::bus::{Bus, Signal};
use crate::watch::feed::{Heard, Stream};
use crate::watch::inotify::Paths;
use crate::watch::pool::Pool;
use crate::watch::subject::{News, Subject};
use crate::watch::{Noticed, Pace, Watch};
use crossbeam_channel::{Receiver, Sender};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use zbus::connection::Builder;

/// How often what cannot be watched is looked at instead.
const FALLBACK: Duration = Duration::from_secs(10);

/// How often the folders are compared with those that are watched, for what no event tells.
const VERIFY: Duration = Duration::from_secs(60);

/// How long a look may take whose action has no timeout.
const PATIENCE: Duration = Duration::from_secs(60);

/// A resource with its place at the desk.
#[derive(Debug)]
struct Entry {
    /// Told apart from what was watched for the same transition before.
    number: u64,
    subject: Subject,
    task: Task,
    watch: Option<Watch>,
    /// Whether something of it cannot be watched.
    is_blind: bool,
    was_quiet: bool,
    was_due: Option<Instant>,
}

/// The thread's own things.
#[derive(Debug)]
pub(super) struct Desk {
    post: Post,
    inbox: Receiver<Message>,
    noticed: Sender<Noticed>,
    pool: Pool,
    paths: Option<Paths<TransitionId>>,
    entries: BTreeMap<TransitionId, Entry>,
    by_value: BTreeMap<String, BTreeSet<TransitionId>>,
    by_unit: BTreeMap<String, BTreeSet<TransitionId>>,
    /// Listens once a unit is watched.
    bus: Option<Bus>,
    streams: BTreeMap<TransitionId, Stream>,
    /// The looks that are due, the next one first.
    looks: BTreeSet<(Instant, TransitionId)>,
    verify: Instant,
    numbers: u64,
}

impl Desk {
    pub(super) fn new(post: Post, inbox: Receiver<Message>, noticed: Sender<Noticed>) -> io::Result<Self> {
        Ok(Self {
            post,
            inbox,
            noticed,
            pool: Pool::new()?,
            // Without inotify, paths are looked at now and then, and that is said.
            paths: Paths::new().ok(),
            entries: BTreeMap::new(),
            by_value: BTreeMap::new(),
            by_unit: BTreeMap::new(),
            bus: None,
            streams: BTreeMap::new(),
            looks: BTreeSet::new(),
            verify: Instant::now() + VERIFY,
            numbers: 0,
        })
    }

    /// Works until it is told to end.
    pub(super) fn serve(mut self) {
        loop {
            while let Ok(message) = self.inbox.try_recv() {
                let end = matches!(message, Message::End);
                self.take(message);
                // Only now: what it caused is counted before it counts as read.
                self.post.unread.fetch_sub(1, Ordering::SeqCst);
                if end {
                    return;
                }
            }
            self.keep_time();
            self.wait();
        }
    }

    fn take(&mut self, message: Message) {
        let now = Instant::now();
        match message {
            Message::Watch(watched) => self.watch(*watched),
            Message::Forget(transition) => self.forget(transition),
            Message::Hold(transition) => {
                self.with(transition, |entry| entry.subject.hold());
            }
            Message::Release(transition) => {
                self.with(transition, |entry| entry.subject.release(now));
            }
            Message::Value(name) => {
                let who = self.by_value.get(&name).cloned().unwrap_or_default();
                self.touch(who);
            }
            Message::Bus(signal) => self.signal(signal),
            Message::Looked(which, looked) => self.looked(which, *looked, now),
            Message::End => {}
        }
    }

    fn watch(&mut self, watched: Watched) {
        let Watched { transition, purpose, mut task } = watched;
        self.forget(transition);
        self.numbers += 1;
        task.context.cancel = Arc::clone(&self.post.cancel);
        task.context.timeout = Some(task.action.timeout.unwrap_or(PATIENCE));
        let entry = Entry {
            number: self.numbers,
            subject: Subject::new(purpose),
            task,
            watch: None,
            is_blind: false,
            was_quiet: true,
            was_due: None,
        };
        self.entries.insert(transition, entry);
        self.touch([transition]);
    }

    fn forget(&mut self, transition: TransitionId) {
        let Some(entry) = self.entries.remove(&transition) else { return };
        self.tear_down(transition, entry.watch.as_ref());
        if let Some(due) = entry.was_due {
            self.looks.remove(&(due, transition));
        }
        if !entry.was_quiet {
            self.post.restless.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Something happened to these.
    fn touch(&mut self, who: impl IntoIterator<Item = TransitionId>) {
        let now = Instant::now();
        for transition in who {
            self.with(transition, |entry| entry.subject.touch(now));
        }
    }

    /// Changes an entry, and keeps what depends on it.
    fn with<T>(&mut self, transition: TransitionId, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.entries.get_mut(&transition)?;
        let result = change(entry);
        let (due, quiet) = (entry.subject.due(), entry.subject.is_quiet());
        let was_due = std::mem::replace(&mut entry.was_due, due);
        let was_quiet = std::mem::replace(&mut entry.was_quiet, quiet);
        if was_due != due {
            if let Some(at) = was_due {
                self.looks.remove(&(at, transition));
            }
            self.looks.extend(due.map(|at| (at, transition)));
        }
        match (was_quiet, quiet) {
            (true, false) => self.post.restless.fetch_add(1, Ordering::SeqCst),
            (false, true) => self.post.restless.fetch_sub(1, Ordering::SeqCst),
            _ => 0,
        };
        Some(result)
    }

    /// Begins a look.
    fn look(&mut self, transition: TransitionId) {
        let begun = self.with(transition, |entry| {
            (entry.number, entry.subject.begin(), entry.task.clone(), entry.watch.clone())
        });
        let Some((entry, number, task, known)) = begun else { return };
        let which = Which { transition, entry, look: number };
        let pace = known.as_ref().map_or(Pace::Quick, |watch| watch.pace);
        let reply = Reply { post: self.post.clone(), which, looked: None };
        let job = move || {
            let mut reply = reply;
            reply.looked = Some(look(task, known.as_ref()));
        };
        self.pool.run(pace, Box::new(job));
    }

    /// A look has ended.
    fn looked(&mut self, which: Which, looked: Looked, now: Instant) {
        let Which { transition, entry: number, look } = which;
        if self.entries.get(&transition).is_none_or(|entry| entry.number != number) {
            return;
        }
        let after = looked.watch.as_ref().and_then(|watch| watch.after);
        if let Some(watch) = looked.watch {
            self.set_up(transition, watch, now);
        }
        let news = self.with(transition, |entry| {
            let news = match looked.found {
                Some(found) => entry.subject.end(look, found, looked.took, now),
                None => {
                    entry.subject.postpone(look, now);
                    None
                }
            };
            after.into_iter().for_each(|after| entry.subject.expect(now + after));
            news
        });
        if let Some(news) = news.flatten() {
            self.tell(transition, news);
        }
    }

    fn tell(&self, transition: TransitionId, news: News) {
        // Nobody listens any more when the run has ended with an error.
        let _ = self.noticed.send(match news {
            News::Drifted(words) => Noticed::Drifted(transition, words),
            News::AsDescribed(words) => Noticed::AsDescribed(transition, words),
            News::Otherwise(words) => Noticed::Otherwise(transition, words),
            News::Unseen(words) => Noticed::Unseen(transition, words),
        });
    }

    /// Watches where a resource says that its changes can be seen.
    fn set_up(&mut self, transition: TransitionId, watch: Watch, now: Instant) {
        let Some(entry) = self.entries.get_mut(&transition) else { return };
        let was = entry.watch.replace(watch.clone());
        entry.subject.polled(watch.poll);
        if was.as_ref().is_some_and(|was| was.is_like(&watch)) {
            return self.keep_an_eye(transition);
        }
        entry.is_blind = self.paths.is_none() && !watch.paths.is_empty();
        if entry.is_blind {
            self.tell(transition, News::Unseen("the system gives no inotify instance".into()));
        }
        self.strike_names(transition, was.as_ref());
        for name in &watch.values {
            self.by_value.entry(name.clone()).or_default().insert(transition);
        }
        for unit in &watch.units {
            self.by_unit.entry(unit.clone()).or_default().insert(transition);
        }
        if !watch.units.is_empty() {
            self.listen(transition);
        }
        if let Some(paths) = &mut self.paths {
            let wanted: Vec<_> = watch.paths.iter().cloned().collect();
            paths.watch(transition, &wanted);
        }
        if self.streams.get(&transition).map(Stream::feed) != watch.feed.as_ref() {
            self.streams.remove(&transition);
            if let Some(feed) = watch.feed {
                self.streams.insert(transition, Stream::new(feed, now));
            }
        }
        self.hear_complaints();
        self.keep_an_eye(transition);
    }

    fn tear_down(&mut self, transition: TransitionId, watch: Option<&Watch>) {
        if let Some(paths) = &mut self.paths {
            paths.forget(transition);
        }
        self.streams.remove(&transition);
        self.strike_names(transition, watch);
    }

    fn strike_names(&mut self, transition: TransitionId, watch: Option<&Watch>) {
        let Some(watch) = watch else { return };
        for (names, by_name) in [(&watch.values, &mut self.by_value), (&watch.units, &mut self.by_unit)] {
            for name in names {
                if let Some(who) = by_name.get_mut(name) {
                    who.remove(&transition);
                    if who.is_empty() {
                        by_name.remove(name);
                    }
                }
            }
        }
    }

    /// Listens on the bus, if that is not done yet.
    fn listen(&mut self, transition: TransitionId) {
        if self.bus.is_none() {
            let post = self.post.clone();
            match Bus::listen(Builder::system, move |signal| post.send(Message::Bus(signal))) {
                Ok(bus) => self.bus = Some(bus),
                Err(error) => {
                    self.tell(transition, News::Unseen(format!("the bus cannot be listened on: {error}")));
                }
            }
        }
    }

    fn signal(&mut self, signal: Signal) {
        let everybody = || self.by_unit.values().flatten().copied().collect::<BTreeSet<_>>();
        match signal {
            Signal::Unit(unit) => {
                let who = self.by_unit.get(&unit).cloned().unwrap_or_default();
                self.touch(who);
            }
            Signal::All => {
                let who = everybody();
                self.touch(who);
            }
            Signal::Lost(words) => {
                for transition in everybody() {
                    self.tell(transition, News::Unseen(words.clone()));
                }
            }
        }
    }

    /// Looks now and then at what cannot be watched.
    fn keep_an_eye(&mut self, transition: TransitionId) {
        let Some(entry) = self.entries.get_mut(&transition).filter(|entry| entry.is_blind) else { return };
        let poll = entry.watch.as_ref().and_then(|watch| watch.poll);
        entry.subject.polled(Some(poll.map_or(FALLBACK, |poll| poll.min(FALLBACK))));
    }

    fn hear_complaints(&mut self) {
        let complaints = self.paths.as_mut().map(Paths::complaints).unwrap_or_default();
        for (transition, complaint) in complaints {
            if let Some(entry) = self.entries.get_mut(&transition).filter(|entry| !entry.is_blind) {
                entry.is_blind = true;
                self.keep_an_eye(transition);
                let seconds = FALLBACK.as_secs();
                let words = format!("{complaint}; it is looked at every {seconds} s instead");
                self.tell(transition, News::Unseen(words));
            }
        }
    }

    /// Does what is due.
    fn keep_time(&mut self) {
        let now = Instant::now();
        if self.verify <= now {
            self.verify = now + VERIFY;
            let moved = self.paths.as_mut().map(Paths::verify).unwrap_or_default();
            self.touch(moved);
            self.hear_complaints();
        }
        let due: Vec<TransitionId> = self
            .streams
            .iter()
            .filter(|(_, stream)| stream.due().is_some_and(|at| at <= now))
            .map(|(transition, _)| *transition)
            .collect();
        for transition in due {
            let heard = self.streams.get_mut(&transition).map_or(Heard::Nothing, |stream| stream.start(now));
            self.hear(transition, heard);
        }
        while let Some((_, transition)) = self.looks.first().copied().filter(|(at, _)| *at <= now) {
            self.look(transition);
        }
    }

    fn hear(&mut self, transition: TransitionId, heard: Heard) {
        match heard {
            Heard::Nothing | Heard::Ended(None) => {}
            Heard::Line | Heard::Again => self.touch([transition]),
            Heard::Ended(Some(words)) => self.tell(transition, News::Unseen(words)),
        }
    }

    /// Waits until something can be read or something is due.
    fn wait(&mut self) {
        let streams = self.streams.values().filter_map(Stream::due);
        let due = self.looks.first().map(|(at, _)| *at).into_iter().chain(streams).chain([self.verify]).min();
        let left = due.map_or(VERIFY, |at| at.saturating_duration_since(Instant::now()));
        // Rounded up: a moment too early would be for nothing.
        let millis = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        let sources: Vec<Option<TransitionId>> = {
            let streams: Vec<_> =
                self.streams.iter().filter_map(|(who, stream)| Some((*who, stream.fd()?))).collect();
            let readable = |fd| PollFd::new(fd, PollFlags::POLLIN);
            let mut fds = vec![readable(self.post.bell.as_fd())];
            fds.extend(streams.iter().map(|(_, fd)| readable(*fd)));
            fds.extend(self.paths.as_ref().map(|paths| readable(paths.fd())));
            if poll(&mut fds, PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)).is_err() {
                // Interrupted: what is due is looked for again.
                return;
            }
            let ready = |fd: &PollFd<'_>| fd.any().unwrap_or(false);
            let whose = streams.iter().map(|(who, _)| Some(*who)).chain([None]);
            fds[1..].iter().zip(whose).filter(|(fd, _)| ready(fd)).map(|(_, who)| who).collect()
        };
        // Emptied in one go; that it is empty already changes nothing.
        let _ = self.post.bell.read();
        let now = Instant::now();
        for source in sources {
            match source {
                Some(transition) => {
                    let heard =
                        self.streams.get_mut(&transition).map_or(Heard::Nothing, |stream| stream.read(now));
                    self.hear(transition, heard);
                }
                None => {
                    let touched = self.paths.as_mut().map(Paths::read).unwrap_or_default();
                    self.touch(touched);
                    self.hear_complaints();
                }
            }
        }
    }
}
