//! What the runner tells its keeper: one JSON object a line, over their socket and nowhere else,
//! since it may hold secrets. A line that was cut off is no order.

use super::Job;
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Order {
    /// Run a command, if this session is the one that the keeper belongs to.
    Run { attempt: u64, fencing: u64, job: Box<Job> },
    /// Stop the command of an attempt.
    Cancel { attempt: u64 },
}

impl Order {
    /// The order as a line.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("an order has no keys but strings");
        line.push(b'\n');
        line
    }
}
