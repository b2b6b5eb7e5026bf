//! Refutations as they stand in certificates: places by name, numbers as numbers.

use crate::CertificateError;
use pn_logic::{AtMost, Lemma, Proof, Refutation};
use pn_net::{Net, PlaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ProofText {
    /// About the net itself.
    Itself(RefutationText),
    /// About a reduced net.
    Reduced,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefutationText {
    traps: Vec<Vec<String>>,
    lemmas: Vec<LemmaText>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LemmaText {
    atoms: Vec<AtomText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    traps: Vec<TrapText>,
    weights: BTreeMap<String, i128>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtomText {
    sum: BTreeMap<String, i64>,
    at_most: i128,
    times: i128,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrapText {
    trap: usize,
    times: i128,
}

impl ProofText {
    pub(crate) fn of(net: &Net, proof: &Proof) -> Self {
        let Proof::Itself(refutation) = proof else { return Self::Reduced };
        let name = |place: &PlaceId| net.place_name(*place).to_owned();
        let atom = |(atom, times): &(AtMost, i128)| AtomText {
            sum: atom.terms().iter().map(|(place, c)| (name(place), *c)).collect(),
            at_most: atom.bound(),
            times: *times,
        };
        let lemma = |lemma: &Lemma| LemmaText {
            atoms: lemma.atoms.iter().map(atom).collect(),
            traps: lemma.traps.iter().map(|(trap, times)| TrapText { trap: *trap, times: *times }).collect(),
            weights: lemma.weights.iter().map(|(place, weight)| (name(place), *weight)).collect(),
        };
        Self::Itself(RefutationText {
            traps: refutation.traps.iter().map(|trap| trap.iter().map(name).collect()).collect(),
            lemmas: refutation.lemmas.iter().map(lemma).collect(),
        })
    }

    /// The proof about `net`; `claim` is the number of the claim that has it, from 1.
    pub(crate) fn bound(self, net: &Net, claim: usize) -> Result<Proof, CertificateError> {
        let Self::Itself(text) = self else { return Ok(Proof::Reduced) };
        let place =
            |name: &str| net.find_place(name).ok_or(CertificateError::Place { claim, name: name.to_owned() });
        let trap = |names: Vec<String>| names.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>();
        let atom = |text: AtomText| {
            let mut terms = Vec::with_capacity(text.sum.len());
            for (name, coefficient) in text.sum.iter().filter(|(_, coefficient)| **coefficient != 0) {
                terms.push((place(name)?, *coefficient));
            }
            terms.sort_unstable_by_key(|(place, _)| *place);
            Ok::<_, CertificateError>((AtMost::new(terms, text.at_most), text.times))
        };
        let lemma = |text: LemmaText| {
            let mut weights = Vec::with_capacity(text.weights.len());
            for (name, weight) in &text.weights {
                weights.push((place(name)?, *weight));
            }
            weights.sort_unstable_by_key(|(place, _)| *place);
            Ok::<_, CertificateError>(Lemma {
                atoms: text.atoms.into_iter().map(atom).collect::<Result<_, _>>()?,
                traps: text.traps.into_iter().map(|used| (used.trap, used.times)).collect(),
                weights,
            })
        };
        Ok(Proof::Itself(Refutation {
            traps: text.traps.into_iter().map(trap).collect::<Result<_, _>>()?,
            lemmas: text.lemmas.into_iter().map(lemma).collect::<Result<_, _>>()?,
        }))
    }
}
