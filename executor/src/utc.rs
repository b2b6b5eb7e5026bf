//! Moments as dates in UTC.
//!
//! The date is found by the days-to-civil algorithm of H. Hinnant, "chrono-compatible low-level
//! date algorithms": years that begin in March, eras of 400 years.

use std::time::Duration;

/// `yyyymmdd-hhmmss`.
pub(crate) fn stamp(since_1970: Duration) -> String {
    let [year, month, day, hour, minute, second] = civil(since_1970);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

/// The moment by ISO 8601, with milliseconds: `2026-07-14T09:30:05.123Z`.
#[must_use]
pub fn iso_8601(since_1970: Duration) -> String {
    let [year, month, day, hour, minute, second] = civil(since_1970);
    let millis = since_1970.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month, day, hour, minute, second.
fn civil(since_1970: Duration) -> [u64; 6] {
    let seconds = since_1970.as_secs();
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    [year, month, day, second / 3_600, second / 60 % 60, second % 60]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_utc_dates() {
        let stamp = |seconds| stamp(Duration::from_secs(seconds));
        assert_eq!(stamp(0), "19700101-000000");
        assert_eq!(stamp(951_782_400), "20000229-000000");
        assert_eq!(stamp(1_709_251_199), "20240229-235959");
        assert_eq!(stamp(4_102_444_800), "21000101-000000");
    }

    #[test]
    fn moments_have_milliseconds() {
        assert_eq!(iso_8601(Duration::from_millis(951_782_400_042)), "2000-02-29T00:00:00.042Z");
    }
}
