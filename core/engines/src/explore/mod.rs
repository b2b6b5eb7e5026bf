//! Explicit search: every reachable marking is visited and stored.
//!
//! Markings are packed into bit fields ([`layout`]), transitions are compiled to tests and sums on
//! the packed words ([`program`]), visited markings lie in one arena behind a hash table
//! ([`store`]). [`space`] ties the three together and widens fields that overflow. On top of it
//! stand the searches: [`breadth_first`], [`depth_first`], [`stubborn_depth_first`] with the
//! [`stubborn`] sets that it fires, and [`graph`] for the property that needs the whole
//! reachability graph.

mod breadth_first;
mod bulk;
mod depth_first;
mod discovery;
mod fired;
mod graph;
mod layout;
mod predicate;
mod program;
mod space;
mod state_space;
mod store;
mod stubborn;
mod stubborn_depth_first;
mod watch;

pub use breadth_first::BreadthFirst;
pub use depth_first::DepthFirst;
pub use fired::{Fired, fired};
pub use state_space::{StateSpace, state_space};
pub use stubborn::Stubborn;
pub use stubborn_depth_first::StubbornDepthFirst;
