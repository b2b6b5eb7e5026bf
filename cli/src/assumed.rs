//! What a command assumes of the world: `--faults`, or what the file says.

use pn_deployment::{Deployment, Faults};

/// What may change behind our back.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Assumed {
    /// What may drift, that is, change behind our back: nothing, at most K times, or anything.
    /// Without it, what the file says
    #[arg(long, value_name = "none|drift:K|any", value_parser = faults)]
    faults: Option<Faults>,
}

impl Assumed {
    /// These faults, whatever a file says.
    pub(crate) const fn exactly(faults: Faults) -> Self {
        Self { faults: Some(faults) }
    }

    /// Whether the command line says it.
    pub(crate) const fn is_said(self) -> bool {
        self.faults.is_some()
    }

    /// What is assumed of this deployment.
    pub(crate) fn of(self, author: &Deployment) -> Faults {
        self.faults.unwrap_or(author.faults)
    }
}

/// `none`, `drift:2`, `any`.
pub(crate) fn faults(text: &str) -> Result<Faults, String> {
    let number = text.strip_prefix("drift:").map(str::parse);
    match (text, number) {
        ("none", _) | (_, Some(Ok(0))) => Ok(Faults::None),
        ("any", _) => Ok(Faults::Any),
        (_, Some(Ok(most))) => Ok(Faults::Drifts(most)),
        _ => Err("none, drift:K for a number K, or any is wanted".to_owned()),
    }
}

/// As on the command line.
pub(crate) fn word(faults: Faults) -> String {
    match faults {
        Faults::None => "none".to_owned(),
        Faults::Drifts(most) => format!("drift:{most}"),
        Faults::Any => "any".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_as_they_are_written() {
        for assumed in [Faults::None, Faults::Drifts(1), Faults::Drifts(20), Faults::Any] {
            assert_eq!(faults(&word(assumed)), Ok(assumed));
        }
        assert_eq!(faults("drift:0"), Ok(Faults::None));
        for wrong in ["", "drift", "drift:", "drift:-1", "drift:x", "2", "all"] {
            assert!(faults(wrong).is_err(), "{wrong}");
        }
    }
}
