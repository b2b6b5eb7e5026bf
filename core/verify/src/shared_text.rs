//! What many claims of a certificate share: runs, modules and invariants, written once and referred to by their
//! number.

use crate::CertificateError;
use crate::inductive_text::InductiveText;
use pn_logic::{Inductive, Modular, Modules, Move, Prefix};
use pn_net::{Net, Trace};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The beginning of a shared run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrefixText {
    run: usize,
    length: usize,
}

/// A proof by shared modules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModularText {
    modules: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    plan: Vec<MoveText>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveText {
    module: usize,
    to: Vec<Vec<u64>>,
}

/// What is shared, as it is collected or was read.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    runs: Vec<Arc<Trace>>,
    modules: Vec<Arc<Modules>>,
    invariants: Vec<Arc<Inductive>>,
}

impl Shared {
    /// What a certificate has of it.
    pub(crate) fn read(
        net: &Net,
        runs: Vec<Vec<String>>,
        modules: Vec<Vec<Vec<String>>>,
        invariants: Vec<InductiveText>,
    ) -> Result<Self, CertificateError> {
        let run = |names: Vec<String>| {
            let firings = names.into_iter().map(|name| {
                net.find_transition(&name).ok_or(CertificateError::Unknown { what: "transition", name })
            });
            Ok(Arc::new(Trace { firings: firings.collect::<Result<_, CertificateError>>()? }))
        };
        let places = |names: Vec<String>| {
            let places = names
                .into_iter()
                .map(|name| net.find_place(&name).ok_or(CertificateError::Unknown { what: "place", name }));
            places.collect::<Result<Vec<_>, CertificateError>>()
        };
        let division = |sets: Vec<Vec<String>>| {
            let places = sets.into_iter().map(places).collect::<Result<_, CertificateError>>()?;
            Ok(Arc::new(Modules { places }))
        };
        Ok(Self {
            runs: runs.into_iter().map(run).collect::<Result<_, CertificateError>>()?,
            modules: modules.into_iter().map(division).collect::<Result<_, CertificateError>>()?,
            invariants: invariants
                .into_iter()
                .map(|text| Ok(Arc::new(text.bound(net)?)))
                .collect::<Result<_, CertificateError>>()?,
        })
    }

    /// The runs and the modules, by name.
    pub(crate) fn to_text(&self, net: &Net) -> (Vec<Vec<String>>, Vec<Vec<Vec<String>>>) {
        let run = |run: &Arc<Trace>| run.firings.iter().map(|t| net.transition_name(*t).to_owned()).collect();
        let division = |modules: &Arc<Modules>| {
            let names = |places: &Vec<_>| places.iter().map(|p| net.place_name(*p).to_owned()).collect();
            modules.places.iter().map(names).collect()
        };
        (self.runs.iter().map(run).collect(), self.modules.iter().map(division).collect())
    }

    /// The invariants, by name.
    pub(crate) fn invariants_to_text(&self, net: &Net) -> Vec<InductiveText> {
        self.invariants.iter().map(|proof| InductiveText::of(net, proof)).collect()
    }

    pub(crate) fn prefix(&mut self, prefix: &Prefix) -> PrefixText {
        PrefixText { run: number(&mut self.runs, &prefix.run), length: prefix.length }
    }

    pub(crate) fn modular(&mut self, proof: &Modular) -> ModularText {
        let text = |step: &Move| MoveText { module: step.module, to: step.to.clone() };
        ModularText {
            modules: number(&mut self.modules, &proof.modules),
            plan: proof.plan.iter().map(text).collect(),
        }
    }

    pub(crate) fn inductive(&mut self, proof: &Arc<Inductive>) -> usize {
        number(&mut self.invariants, proof)
    }

    pub(crate) fn bound_inductive(
        &self,
        claim: usize,
        number: usize,
    ) -> Result<Arc<Inductive>, CertificateError> {
        self.invariants.get(number).cloned().ok_or(CertificateError::Shared { claim, number })
    }

    pub(crate) fn bound_prefix(&self, claim: usize, text: &PrefixText) -> Result<Prefix, CertificateError> {
        let run = self.runs.get(text.run).ok_or(CertificateError::Shared { claim, number: text.run })?;
        Ok(Prefix { run: Arc::clone(run), length: text.length })
    }

    pub(crate) fn bound_modular(&self, claim: usize, text: ModularText) -> Result<Modular, CertificateError> {
        let modules = self.modules.get(text.modules);
        let modules = modules.ok_or(CertificateError::Shared { claim, number: text.modules })?;
        let plan = text.plan.into_iter().map(|step| Move { module: step.module, to: step.to });
        Ok(Modular { modules: Arc::clone(modules), plan: plan.collect() })
    }
}

/// The number of what is shared, the last of which is mostly meant.
fn number<T: PartialEq>(shared: &mut Vec<Arc<T>>, one: &Arc<T>) -> usize {
    let known = shared.iter().rposition(|other| Arc::ptr_eq(other, one));
    known.or_else(|| shared.iter().position(|other| other == one)).unwrap_or_else(|| {
        shared.push(Arc::clone(one));
        shared.len() - 1
    })
}
