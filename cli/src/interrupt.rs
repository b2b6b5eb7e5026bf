//! Ctrl-C: the first asks the work to end and say what is known so far, the second ends the process.

use signal_hook::SigId;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The status of a process that ended by an interrupt, as shells count it.
const INTERRUPTED: i32 = 130;

/// A flag that the first interrupt raises. From then on another one ends the process. When the
/// flag is dropped, interrupts are somebody else's again.
pub(crate) struct Interrupt {
    raised: Arc<AtomicBool>,
    registered: Vec<SigId>,
}

impl Interrupt {
    pub(crate) fn awaited() -> Self {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag::{register, register_conditional_shutdown};
        let raised = Arc::new(AtomicBool::new(false));
        let mut registered = Vec::new();
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the flag is looked at before it is raised.
            let shutdown = register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&raised));
            registered.push(shutdown.expect("interrupts can be handled"));
            registered.push(register(signal, Arc::clone(&raised)).expect("interrupts can be handled"));
        }
        Self { raised, registered }
    }

    /// The flag, for somebody who outlives this.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.raised)
    }
}

impl Deref for Interrupt {
    type Target = AtomicBool;

    fn deref(&self) -> &AtomicBool {
        &self.raised
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
