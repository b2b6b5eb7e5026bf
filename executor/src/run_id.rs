//! The names of runs: short, and sorted by name they are sorted by time.
//!
//! `20260714-093005-k3x9`: the UTC second in which the run was made, and four random letters and
//! digits, so that two runs of one second do not meet.

use crate::utc;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The name of a run made at this time since 1970.
pub(crate) fn run_id(created: Duration) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = RandomState::new().build_hasher().finish();
    let mut suffix = String::new();
    for _ in 0..4 {
        let letter = usize::try_from(random % 32).expect("it is below 32");
        suffix.push(char::from(LETTERS[letter]));
        random /= 32;
    }
    format!("{}-{suffix}", utc::stamp(created))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_sorted_by_time() {
        let (early, late) = (run_id(Duration::from_secs(10)), run_id(Duration::from_secs(11)));
        assert_eq!(early.len(), 20);
        assert!(early < late);
    }
}
