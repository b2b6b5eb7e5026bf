//! The hub: one thread that waits for whatever can tell of a change, and has the resources looked
//! at to which something may have happened.
//!
//! It waits in one poll(2) for inotify, for the output of watch commands, for messages and for the
//! next look that is due. Nothing happens where nothing changes: 10,000 files in one folder are
//! one watch, and no timer runs for them.

mod desk;
mod look;
#[cfg(test)]
mod tests;

use super::bus::Signal;
use super::{Noticed, Purpose};
use crate::attempt::Task;
use crate::values::{Listener, Values};
use crossbeam_channel::{Receiver, Sender, unbounded};
use desk::Desk;
use nix::sys::eventfd::{EfdFlags, EventFd};
use pn_net::TransitionId;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

/// A resource that is to be watched.
#[derive(Debug)]
pub(crate) struct Watched {
    /// The action whose resource it is, or the transition that waits for it.
    pub(crate) transition: TransitionId,
    pub(crate) purpose: Purpose,
    /// How it is looked at. Its parameters are filled in anew for each look.
    pub(crate) task: Task,
}

/// Watches resources and looks at them when something happened to them.
pub(crate) struct Hub {
    post: Post,
    thread: Option<JoinHandle<()>>,
    /// Told of the values that are put, as long as it is kept.
    listener: Option<Arc<Listener>>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("post", &self.post).finish_non_exhaustive()
    }
}

/// What the thread is told.
#[derive(Debug)]
enum Message {
    Watch(Box<Watched>),
    Forget(TransitionId),
    Hold(TransitionId),
    Release(TransitionId),
    Value(String),
    Bus(Signal),
    Looked(look::Which, Box<look::Looked>),
    End,
}

/// Where messages for the thread are left.
#[derive(Clone, Debug)]
struct Post {
    messages: Sender<Message>,
    bell: Arc<EventFd>,
    unread: Arc<AtomicUsize>,
    /// How many resources something happened to that has not been looked into.
    restless: Arc<AtomicUsize>,
    /// Raised when looks are to end.
    cancel: Arc<AtomicBool>,
}

impl Post {
    fn send(&self, message: Message) {
        self.unread.fetch_add(1, Ordering::SeqCst);
        // It fails only when the hub has ended, and then nobody waits for an answer.
        let _ = self.messages.send(message);
        let _ = self.bell.write(1);
    }
}

impl Hub {
    /// Starts it, for resources that use these values; what it notices arrives on the channel.
    ///
    /// # Errors
    ///
    /// When the system gives no thread or no descriptor.
    pub(crate) fn start(values: &Values) -> io::Result<(Self, Receiver<Noticed>)> {
        let (messages, inbox) = unbounded();
        let (noticed, notices) = unbounded();
        let bell = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        let post = Post {
            messages,
            bell: Arc::new(bell),
            unread: Arc::default(),
            restless: Arc::default(),
            cancel: Arc::default(),
        };
        let own = post.clone();
        let listener: Arc<Listener> = Arc::new(move |name: &str| own.send(Message::Value(name.to_owned())));
        values.listen(&listener);
        let desk = Desk::new(post.clone(), inbox, noticed)?;
        let thread = std::thread::Builder::new().name("watch".into()).spawn(move || desk.serve())?;
        Ok((Self { post, thread: Some(thread), listener: Some(listener) }, notices))
    }

    /// Watches a resource, and looks at it once. Takes the place of what was watched for the same
    /// transition.
    pub(crate) fn watch(&self, watched: Watched) {
        self.post.send(Message::Watch(Box::new(watched)));
    }

    /// Watches nothing for this transition any more.
    pub(crate) fn forget(&self, transition: TransitionId) {
        self.post.send(Message::Forget(transition));
    }

    /// An attempt at the action begins: what happens to its resource is our own doing.
    pub(crate) fn hold(&self, transition: TransitionId) {
        self.post.send(Message::Hold(transition));
    }

    /// The attempt has ended: the resource is looked at.
    pub(crate) fn release(&self, transition: TransitionId) {
        self.post.send(Message::Release(transition));
    }

    /// Whether everything that happened has been looked into, with success.
    pub(crate) fn is_quiet(&self) -> bool {
        self.post.unread.load(Ordering::SeqCst) == 0 && self.post.restless.load(Ordering::SeqCst) == 0
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.listener = None;
        self.post.cancel.store(true, Ordering::Relaxed);
        self.post.send(Message::End);
        if let Some(thread) = self.thread.take() {
            // A panic there is a bug that has been printed; there is nothing left to save.
            let _ = thread.join();
        }
    }
}
