//! The names of runs: short, and sorted by name they are sorted by time.
//!
//! `20260714-093005-k3x9`: the UTC second in which the run was made, and four random letters and
//! digits, so that two runs of one second do not meet.

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
    format!("{}-{suffix}", utc_stamp(created))
}

/// `yyyymmdd-hhmmss` in UTC. The date is found by the days-to-civil algorithm of H. Hinnant,
/// "chrono-compatible low-level date algorithms": years that begin in March, eras of 400 years.
fn utc_stamp(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_utc_dates() {
        let stamp = |seconds| utc_stamp(Duration::from_secs(seconds));
        assert_eq!(stamp(0), "19700101-000000");
        assert_eq!(stamp(951_782_400), "20000229-000000");
        assert_eq!(stamp(1_709_251_199), "20240229-235959");
        assert_eq!(stamp(4_102_444_800), "21000101-000000");
    }

    #[test]
    fn names_are_short_and_sorted_by_time() {
        let (early, late) = (run_id(Duration::from_secs(10)), run_id(Duration::from_secs(11)));
        assert_eq!(early.len(), 20);
        assert!(early < late);
    }
}
