//! The examinations of the Model Checking Contest, as batches of properties.
//!
//! Each examination asks something about one net: a truth value, or sixteen formulas of a file.
//! Global examinations have one answer put together from many properties.

use crate::Checked;
use pn_logic::{Comparison, Formula, Linear, Property, Verdict};
use pn_net::Net;

/// The examinations that `pn mcc` answers from properties.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Global {
    /// Is there a reachable dead marking?
    ReachabilityDeadlock,
    /// Does every place always hold at most one token?
    OneSafe,
    /// Can every transition fire?
    QuasiLiveness,
    /// Is there a place whose count never changes?
    StableMarking,
}

impl Global {
    /// The examination with this name in the contest.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ReachabilityDeadlock" => Self::ReachabilityDeadlock,
            "OneSafe" => Self::OneSafe,
            "QuasiLiveness" => Self::QuasiLiveness,
            "StableMarking" => Self::StableMarking,
            _ => return None,
        })
    }

    /// The properties that decide it.
    #[must_use]
    pub fn properties(self, net: &Net) -> Vec<Property> {
        match self {
            Self::ReachabilityDeadlock => vec![Property::Possibly(Formula::Dead)],
            Self::OneSafe => {
                let two = net.places().map(|place| Formula::at_least(place, 2));
                vec![Property::Possibly(Formula::Or(two.collect()))]
            }
            Self::QuasiLiveness => {
                net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t]))).collect()
            }
            Self::StableMarking => {
                let stays = |place| {
                    let tokens = i64::try_from(net.initial().tokens(place)).expect("counts fit in 63 bits");
                    let (now, then) = (Linear::tokens(place), Linear::constant(tokens));
                    Property::Always(Formula::Compare(now, Comparison::Equal, then))
                };
                net.places().map(stays).collect()
            }
        }
    }

    /// The examination's verdict from those of its properties; `None` while undecided.
    #[must_use]
    pub fn verdict(self, answers: &[Checked]) -> Option<bool> {
        let all = |verdict: &Verdict| answers.iter().all(|checked| checked.answer.verdict == *verdict);
        let any = |verdict: &Verdict| answers.iter().any(|checked| checked.answer.verdict == *verdict);
        match self {
            Self::ReachabilityDeadlock if any(&Verdict::Holds) => Some(true),
            Self::ReachabilityDeadlock if all(&Verdict::Fails) => Some(false),
            Self::OneSafe if any(&Verdict::Holds) => Some(false),
            Self::OneSafe if all(&Verdict::Fails) => Some(true),
            Self::QuasiLiveness if any(&Verdict::Fails) => Some(false),
            Self::QuasiLiveness if all(&Verdict::Holds) => Some(true),
            Self::StableMarking if any(&Verdict::Holds) => Some(true),
            Self::StableMarking if all(&Verdict::Fails) => Some(false),
            _ => None,
        }
    }
}
