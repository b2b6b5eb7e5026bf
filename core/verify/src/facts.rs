//! What is learnt of a net once and helps everything after it
//! (docs/decisions/0018-facts-before-reductions.md).

use pn_net::{Net, TransitionId};
use pn_structure::{Concurrency, Effort, WEIGHTINGS, one_safe};
use std::cell::OnceCell;

/// How many words of pairs of places may be looked at: some tenths of a second.
const PAIRS: Effort = Effort(1 << 28);

/// Facts about one net, learnt when they are first asked for.
pub(crate) struct Facts<'n> {
    net: &'n Net,
    never: OnceCell<Vec<TransitionId>>,
}

impl<'n> Facts<'n> {
    /// Nothing is known of `net` yet.
    pub(crate) const fn about(net: &'n Net) -> Self {
        Self { net, never: OnceCell::new() }
    }

    /// The net.
    pub(crate) const fn net(&self) -> &'n Net {
        self.net
    }

    /// Transitions that never fire, because two of their input places are never marked together.
    pub(crate) fn never(&self) -> &[TransitionId] {
        self.never.get_or_init(|| {
            let one_safe = one_safe(self.net, WEIGHTINGS);
            let Ok(relation) = Concurrency::of(self.net, &one_safe, PAIRS) else { return Vec::new() };
            self.net.transitions().filter(|transition| !relation.may_fire(*transition)).collect()
        })
    }
}
