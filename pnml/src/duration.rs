//! Durations as annotations write them: `500ms`, `60s`, `1m30s`, `1.5h`.

use std::time::Duration;

/// Units with their length in nanoseconds, longest first.
const UNITS: [(&str, u64); 8] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// Reads numbers with units, added up. `0` needs no unit. Exact to the nanosecond.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim_ascii();
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(end);
        let unit_end = behind.find(|c: char| c.is_ascii_digit() || c.is_ascii_whitespace());
        let (unit, behind) = behind.split_at(unit_end.unwrap_or(behind.len()));
        let (_, nanoseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(scaled(number, *nanoseconds)?)?;
        rest = behind.trim_ascii_start();
    }
    Some(Duration::from_nanos(total))
}

/// `number` units of so many nanoseconds each, if that is a whole number.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || fraction.len() > 18 {
        return None;
    }
    let parse = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok() };
    let power = 10u64.pow(u32::try_from(fraction.len()).ok()?);
    let part = u128::from(parse(fraction)?) * u128::from(unit);
    let part = (part % u128::from(power) == 0).then_some(part / u128::from(power))?;
    parse(whole)?.checked_mul(unit)?.checked_add(u64::try_from(part).ok()?)
}

/// Writes a duration in its longest exact unit up to seconds: `90s`, `1500ms`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let unit = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)];
    let unit = unit.into_iter().find(|(_, length)| nanoseconds.is_multiple_of(*length));
    let (name, length) = unit.unwrap_or(("ns", 1));
    format!("{}{name}", nanoseconds / length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_with_units_add_up() {
        let milliseconds = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(milliseconds("60s"), Some(60_000));
        assert_eq!(milliseconds(" 1m30s "), Some(90_000));
        assert_eq!(milliseconds("1h 0.5m"), Some(3_630_000));
        assert_eq!(milliseconds("500ms"), Some(500));
        assert_eq!(milliseconds("0"), Some(0));
        assert_eq!(milliseconds("2d"), Some(172_800_000));
    }

    #[test]
    fn anything_else_is_refused() {
        let bad =
            ["", "5", "s", "5 s", "-5s", "1e3s", "5x", ".s", "1..2s", "0.5ns", "300000d", "5s,", "1m30"];
        for text in bad {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn writing_then_reading_is_the_identity(nanoseconds: u64) {
            let duration = Duration::from_nanos(nanoseconds);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Some(duration));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[0-9a-zµ. ]{0,30}") {
            let _ = parse_duration(&text);
        }
    }
}
