//! Example nets and what is expected of them.
//!
//! The nets are in `nets/`, their drawings in `pictures/`, and `README.md` walks through them.
//! The tests in `tests/` prove that every example answers as the walk-through says.

use std::path::PathBuf;

/// The example nets, by file name without its ending.
pub const NETS: [&str; 10] = [
    "blue-green",
    "blue-green-gated",
    "exec-chain",
    "four-files",
    "mutex",
    "opposite-locks",
    "philosophers",
    "producer-consumer",
    "rollout",
    "web-server",
];

/// Where the example net of this name is.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("nets").join(name).with_extension("pnml")
}
