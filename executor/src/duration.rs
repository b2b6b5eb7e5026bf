//! Times in parameters: `500ms`, `5s`, `2m`, `1.5h`, `1d`.

use std::time::Duration;

/// The time that the text says; `None` when it says none.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let number: f64 = number.trim_end().parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_a_time() {
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("1.5 h"), Some(Duration::from_secs(5_400)));
        assert_eq!(parse("2m"), Some(Duration::from_secs(120)));
        for bad in ["", "5", "s", "-1s", "5 parsecs", "inf s", "1e400s"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
