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
    /// Can every transition fire again, whatever has happened?
    Liveness,
}

/// Properties that are asked together, before others that cost more.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// What is asked.
    pub properties: Vec<Property>,
    /// The stage's share of the time that is left, above 0 and at most 1.
    pub share: f64,
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
            "Liveness" => Self::Liveness,
            _ => return None,
        })
    }

    /// The properties that decide it, in stages: the first that gives a verdict ends it.
    #[must_use]
    pub fn stages(self, net: &Net) -> Vec<Stage> {
        let single = |properties| vec![Stage { properties, share: 1.0 }];
        let dead = Property::Possibly(Formula::Dead);
        let fires = net.transitions().map(|t| Property::Possibly(Formula::Fireable(vec![t])));
        match self {
            Self::ReachabilityDeadlock => single(vec![dead]),
            Self::OneSafe => {
                let two = net.places().map(|place| Formula::at_least(place, 2));
                single(vec![Property::Possibly(Formula::Or(two.collect()))])
            }
            Self::QuasiLiveness => single(fires.collect()),
            Self::StableMarking => {
                let stays = |place| {
                    let tokens = i64::try_from(net.initial().tokens(place)).expect("counts fit in 63 bits");
                    let (now, then) = (Linear::tokens(place), Linear::constant(tokens));
                    Property::Always(Formula::Compare(now, Comparison::Equal, then))
                };
                single(net.places().map(stays).collect())
            }
            // Nothing is live in a dead marking, and what cannot fire once cannot fire again.
            Self::Liveness => {
                let again = |t| {
                    let (goal, unless) = (Formula::Fireable(vec![t]), Formula::False);
                    Property::InevitablyBackTo { goal, unless }
                };
                vec![
                    Stage { properties: vec![dead], share: 0.3 },
                    Stage { properties: fires.collect(), share: 0.3 },
                    Stage { properties: net.transitions().map(again).collect(), share: 1.0 },
                ]
            }
        }
    }

    /// The examination's verdict from those of a stage's properties; `None` while undecided.
    #[must_use]
    pub fn verdict(self, stage: &Stage, answers: &[Checked]) -> Option<bool> {
        let all = |verdict: &Verdict| answers.iter().all(|checked| checked.answer.verdict == *verdict);
        let any = |verdict: &Verdict| answers.iter().any(|checked| checked.answer.verdict == *verdict);
        match (self, stage.properties.first()) {
            (Self::ReachabilityDeadlock, _) if any(&Verdict::Holds) => Some(true),
            (Self::ReachabilityDeadlock, _) if all(&Verdict::Fails) => Some(false),
            (Self::OneSafe, _) if any(&Verdict::Holds) => Some(false),
            (Self::OneSafe, _) if all(&Verdict::Fails) => Some(true),
            (Self::QuasiLiveness, _) if any(&Verdict::Fails) => Some(false),
            (Self::QuasiLiveness, _) if all(&Verdict::Holds) => Some(true),
            (Self::StableMarking, _) if any(&Verdict::Holds) => Some(true),
            (Self::StableMarking, _) if all(&Verdict::Fails) => Some(false),
            (Self::Liveness, Some(Property::Possibly(Formula::Dead))) if any(&Verdict::Holds) => Some(false),
            (Self::Liveness, Some(Property::Possibly(Formula::Fireable(_)))) if any(&Verdict::Fails) => {
                Some(false)
            }
            (Self::Liveness, Some(Property::InevitablyBackTo { .. })) if any(&Verdict::Fails) => Some(false),
            (Self::Liveness, Some(Property::InevitablyBackTo { .. })) if all(&Verdict::Holds) => Some(true),
            _ => None,
        }
    }
}
