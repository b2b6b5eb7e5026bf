//! Typed indices of places and transitions.
//!
//! A net numbers its places and its transitions from 0 in the order in which they were added.
//! The two kinds never mix, and a bare `usize` never names a node.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The node with this index.
            ///
            /// # Panics
            ///
            /// When `index` does not fit in 32 bits; no builder accepts that many nodes.
            #[inline]
            #[must_use]
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("a net has fewer than 2^32 nodes of a kind"))
            }

            /// The index, counted from 0.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    };
}

id!(
    /// A place of one net.
    PlaceId,
    "p"
);
id!(
    /// A transition of one net.
    TransitionId,
    "t"
);
