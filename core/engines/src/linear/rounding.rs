//! From the solver's figures to integers that are proportional to them.
//!
//! A vertex of a program with small integers has rational coordinates with small denominators.
//! Each figure is divided by the smallest and expanded into a continued fraction until it is met;
//! the common denominator grows as needed. What comes out is a guess, to be verified exactly.

/// How close a fraction has to come, relative to the figure.
const CLOSE: f64 = 1e-6;
/// Figures below this share of the largest are noise.
const NOISE: f64 = 1e-8;
/// The largest common denominator, and the largest integer, that are tried.
const LARGEST: f64 = 1e12;

/// Integers in the proportions of `figures`; `None` if none are found that are not too large.
pub(super) fn proportional_integers(figures: &[f64]) -> Option<Vec<i128>> {
    let largest = figures.iter().fold(0.0_f64, |largest, figure| largest.max(figure.abs()));
    let counts = |figure: f64| figure.abs() > NOISE * largest;
    let smallest = figures.iter().filter(|f| counts(**f)).fold(f64::INFINITY, |least, f| least.min(f.abs()));
    if !smallest.is_finite() || largest == 0.0 {
        return None;
    }
    let mut denominator = 1.0;
    for figure in figures.iter().filter(|figure| counts(**figure)) {
        denominator *= denominator_of(figure.abs() / smallest * denominator)?;
        if denominator * largest / smallest > LARGEST {
            return None;
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 10^12")]
    let integer =
        |figure: f64| if counts(figure) { (figure / smallest * denominator).round() as i128 } else { 0 };
    Some(figures.iter().map(|figure| integer(*figure)).collect())
}

/// The smallest denominator of a continued fraction that is close to `figure`.
fn denominator_of(figure: f64) -> Option<f64> {
    let (mut rest, mut before, mut denominator) = (figure, 0.0, 1.0);
    for _ in 0..32 {
        let numerator = (figure * denominator).round();
        if (figure - numerator / denominator).abs() <= CLOSE * figure.abs().max(1.0) / denominator.max(1.0) {
            return Some(denominator);
        }
        let fraction = rest - rest.floor();
        if fraction < 1e-12 {
            return None;
        }
        rest = 1.0 / fraction;
        (before, denominator) = (denominator, rest.floor() * denominator + before);
        if denominator > LARGEST {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_become_integers_in_the_same_proportions() {
        assert_eq!(proportional_integers(&[0.5, -0.25, 0.0, 1.0]), Some(vec![2, -1, 0, 4]));
        assert_eq!(proportional_integers(&[1.0 / 3.0, 0.5, -1.0]), Some(vec![2, 3, -6]));
        assert_eq!(proportional_integers(&[7.0 / 13.0, 5.0 / 11.0]), Some(vec![77, 65]));
    }

    #[test]
    fn noise_is_zero_and_nothing_has_no_proportions() {
        assert_eq!(proportional_integers(&[1.0, 1e-12, 2.0]), Some(vec![1, 0, 2]));
        assert_eq!(proportional_integers(&[0.0, 0.0]), None);
        assert_eq!(proportional_integers(&[]), None);
    }
}
