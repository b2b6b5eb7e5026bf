//! Random walks: cheap witnesses, without any claim to completeness.

mod self_covering;

pub use self_covering::SelfCovering;
