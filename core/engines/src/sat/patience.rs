//! When a SAT solver is to give up.

use crate::run::Stop;
use batsat::Callbacks;
use pn_logic::Reason;
use std::cell::Cell;
use std::time::Instant;

/// Looks at the limits now and then.
pub(super) struct Patience<'r> {
    stop: Stop<'r>,
    /// When to give up before that.
    end: Option<Instant>,
    calls: Cell<u32>,
    /// Once it is over it stays so: the solver asks again whether to give up.
    is_over: Cell<bool>,
}

impl Callbacks for Patience<'_> {
    fn stop(&self) -> bool {
        self.calls.set(self.calls.get().wrapping_add(1));
        if self.calls.get().is_multiple_of(256) && self.check().is_err() {
            self.is_over.set(true);
        }
        self.is_over.get()
    }
}

impl<'r> Patience<'r> {
    /// Until `stop` says so.
    pub(super) const fn new(stop: Stop<'r>) -> Self {
        Self { stop, end: None, calls: Cell::new(0), is_over: Cell::new(false) }
    }

    /// From now on until `end` as well.
    pub(super) fn begin(&mut self, end: Option<Instant>) {
        self.end = end;
        self.is_over.set(false);
    }

    fn check(&self) -> Result<(), Reason> {
        self.stop.check()?;
        if self.end.is_some_and(|end| Instant::now() >= end) { Err(Reason::Time) } else { Ok(()) }
    }

    /// Why a solver that gave up did.
    pub(super) fn reason(&self) -> Reason {
        self.check().err().unwrap_or(Reason::Time)
    }
}
