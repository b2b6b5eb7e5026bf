//! Numbers as people read them: `4,121 markings`, `1 place`, `12 s`.

use std::time::Duration;

/// The number with its digits in groups of three.
pub(crate) fn grouped(number: impl ToString) -> String {
    let digits = number.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 place`, `2 places`: the word takes an `s` where it is not one.
pub(crate) fn counted(number: usize, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {word}{plural}", grouped(number))
}

/// A length of time to three digits or so: `0.25 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.2} s", time.as_secs_f64()),
        10..100 => format!("{:.1} s", time.as_secs_f64()),
        100..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        let texts: Vec<String> = [0_i64, 7, 999, 1_000, -12_345, 1_234_567].map(grouped).into();
        assert_eq!(texts, ["0", "7", "999", "1,000", "-12,345", "1,234,567"]);
    }

    #[test]
    fn one_thing_is_singular() {
        assert_eq!(counted(1, "place"), "1 place");
        assert_eq!(counted(0, "place"), "0 places");
        assert_eq!(counted(1_200, "place"), "1,200 places");
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        let texts = [250, 12_340, 200_000, 7_500_000].map(|ms| lasting(Duration::from_millis(ms)));
        assert_eq!(texts, ["0.25 s", "12.3 s", "3 min 20 s", "2 h 5 min"]);
    }
}
