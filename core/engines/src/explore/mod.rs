//! Explicit search: every reachable marking is visited and stored.
//!
//! Markings are packed into bit fields ([`layout`], chosen by [`encoding`]), transitions are compiled
//! to tests and sums on the packed words ([`program`]), visited markings are folded into one word
//! each ([`store`]) that lies in a hash table ([`dictionary`], [`table`]). [`space`] ties them together and
//! corrects the encoding where it does not fit. Markings are expanded in batches ([`batch`]), by
//! several threads if there are ([`block`]). On top of it stand the searches: [`breadth_first`],
//! [`depth_first`], [`best_first`], [`stubborn_depth_first`] with the [`stubborn`] sets that it fires,
//! [`terminal`] for what can be lost for ever, and [`graph`] for properties of the whole reachability
//! graph.

mod batch;
mod best_first;
mod block;
mod breadth_first;
mod bulk;
mod depth_first;
mod dictionary;
mod discovery;
mod encoding;
mod fired;
mod fresh;
mod graph;
mod layout;
mod predicate;
mod prefetch;
mod program;
mod reachability_graph;
mod space;
mod state_space;
mod store;
mod stubborn;
mod stubborn_depth_first;
mod table;
mod terminal;
mod watch;

pub use best_first::BestFirst;
pub use breadth_first::BreadthFirst;
pub use depth_first::DepthFirst;
pub use fired::{Fired, fired};
pub use reachability_graph::{GraphError, ReachabilityGraph, reachability_graph};
pub use state_space::{StateSpace, state_space};
pub use stubborn::Stubborn;
pub use stubborn_depth_first::StubbornDepthFirst;
pub use terminal::TerminalComponents;
