//! Place/transition nets: identifiers, structure, markings, the firing rule, traces.
//!
//! A [`Net`] is a weighted place/transition net (Murata, "Petri Nets: Properties, Analysis and
//! Applications", 1989, section II; ISO/IEC 15909-1, clause 5). It is immutable once built by a
//! [`NetBuilder`]; its state is a [`Marking`]; its dynamics are the functions of [`firing`].
//! Everything else in the toolkit (verifier, simulator, editor, executor) fires transitions by
//! these functions and no others.
//!
//! This crate does no input or output, starts no threads and reads no clock.

mod arcs;
mod builder;
pub mod firing;
mod hash;
mod ids;
mod incidence;
mod marking;
mod names;
mod net;
mod nupn;
mod omega;
mod trace;
mod trace_text;

pub use builder::{BuildError, NetBuilder};
pub use hash::{NetHash, net_hash};
pub use ids::{PlaceId, TransitionId};
pub use incidence::effect;
pub use marking::{MAX_TOKENS, Marking};
pub use net::Net;
pub use nupn::{Nupn, Unit};
pub use omega::OmegaMarking;
pub use trace::{ReplayError, Trace, replay};
pub use trace_text::{MAX_FIRINGS, TraceTextError, parse_trace, write_trace};
