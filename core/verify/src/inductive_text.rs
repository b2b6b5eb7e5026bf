//! Inductive invariants as they stand in certificates: places by name.

use crate::CertificateError;
use pn_logic::{Inductive, Occupancy};
use pn_net::{Net, PlaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InductiveText {
    weightings: Vec<BTreeMap<String, u64>>,
    clauses: Vec<ClauseText>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseText {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marked: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    empty: Vec<String>,
}

impl InductiveText {
    pub(crate) fn of(net: &Net, proof: &Inductive) -> Self {
        let name = |place: PlaceId| net.place_name(place).to_owned();
        let clause = |clause: &Vec<Occupancy>| {
            let mut text = ClauseText { marked: Vec::new(), empty: Vec::new() };
            for literal in clause {
                match literal {
                    Occupancy::Marked(place) => text.marked.push(name(*place)),
                    Occupancy::Empty(place) => text.empty.push(name(*place)),
                }
            }
            text
        };
        let weighting = |terms: &Vec<(PlaceId, u64)>| terms.iter().map(|(p, w)| (name(*p), *w)).collect();
        Self {
            weightings: proof.weightings.iter().map(weighting).collect(),
            clauses: proof.clauses.iter().map(clause).collect(),
        }
    }

    /// The invariant of `net`.
    pub(crate) fn bound(self, net: &Net) -> Result<Inductive, CertificateError> {
        let place =
            |name: String| net.find_place(&name).ok_or(CertificateError::Unknown { what: "place", name });
        let weighting = |terms: BTreeMap<String, u64>| {
            let mut weighting = Vec::with_capacity(terms.len());
            for (name, weight) in terms {
                weighting.push((place(name)?, weight));
            }
            weighting.sort_unstable();
            Ok::<_, CertificateError>(weighting)
        };
        let clause = |text: ClauseText| {
            let marked = text.marked.into_iter().map(|name| Ok(Occupancy::Marked(place(name)?)));
            let empty = text.empty.into_iter().map(|name| Ok(Occupancy::Empty(place(name)?)));
            marked.chain(empty).collect::<Result<Vec<_>, CertificateError>>()
        };
        Ok(Inductive {
            weightings: self.weightings.into_iter().map(weighting).collect::<Result<_, _>>()?,
            clauses: self.clauses.into_iter().map(clause).collect::<Result<_, _>>()?,
        })
    }
}
