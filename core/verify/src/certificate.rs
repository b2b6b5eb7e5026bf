//! Certificates: answers with their evidence, bound to one net, in a file.
//!
//! The format is JSON, described in `docs/spec/certificates.md`. Properties are kept in the text
//! syntax and transitions by their identifiers, so that a certificate can be read by people and
//! checked by other programs.

use crate::inductive_text::InductiveText;
use crate::refutation_text::ProofText;
use crate::shared_text::{ModularText, PrefixText, Shared};
use pn_logic::{Answer, Covering, Evidence, Exploration, Explored, Property, Pumping, Verdict, text};
use pn_net::{MAX_TOKENS, Net, NetHash, OmegaMarking, Trace, net_hash};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Claims about one net, each with its evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Always `pn certificate 1`.
    format: String,
    /// The program and version that wrote it.
    tool: String,
    /// The hash of the net that the claims are about (for a deployment, the expanded net).
    net: String,
    /// The faults that the net covers, for a deployment expanded under some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    faults: Option<String>,
    /// Runs to which several claims refer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    runs: Vec<Vec<String>>,
    /// Modules to which several claims refer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    modules: Vec<Vec<Vec<String>>>,
    /// Inductive invariants to which several claims refer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    invariants: Vec<InductiveText>,
    /// What is claimed.
    pub claims: Vec<Claim>,
}

/// One definite answer, as text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The property, in the text syntax.
    pub property: String,
    /// What is claimed of it.
    verdict: VerdictText,
    /// The method that established it, for people.
    pub method: String,
    /// What establishes it.
    evidence: EvidenceText,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum VerdictText {
    Holds,
    Fails,
    Bounded(i128),
    Unbounded,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum EvidenceText {
    Run(Vec<String>),
    Prefix(PrefixText),
    Modules(ModularText),
    PrefixAndModules {
        prefix: PrefixText,
        modules: ModularText,
    },
    Exhaustion(ExplorationText),
    RunAndExhaustion {
        run: Vec<String>,
        states: u64,
        edges: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<ExploredText>,
    },
    Refutation(ProofText),
    Inductive(usize),
    RunAndRefutation {
        run: Vec<String>,
        refutation: ProofText,
    },
    Pumping {
        prefix: Vec<String>,
        word: Vec<String>,
    },
    Pumpings(Vec<PumpingText>),
    Covering(Vec<BTreeMap<String, CountText>>),
    RunAndCovering {
        run: Vec<String>,
        covering: Vec<BTreeMap<String, CountText>>,
    },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PumpingText {
    run: Vec<String>,
    word: Vec<String>,
}

/// A number of tokens, or ω.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum CountText {
    Tokens(u64),
    Omega(OmegaText),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum OmegaText {
    #[serde(rename = "omega")]
    Omega,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExplorationText {
    states: u64,
    edges: u64,
    /// Absent for the net itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<ExploredText>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ExploredText {
    Reduced,
    Stubborn,
    ReducedStubborn,
    Onwards,
    ReducedOnwards,
}

impl From<Exploration> for ExplorationText {
    fn from(all: Exploration) -> Self {
        let of = match all.of {
            Explored::Itself => None,
            Explored::Reduced => Some(ExploredText::Reduced),
            Explored::Stubborn => Some(ExploredText::Stubborn),
            Explored::ReducedStubborn => Some(ExploredText::ReducedStubborn),
            Explored::Onwards => Some(ExploredText::Onwards),
            Explored::ReducedOnwards => Some(ExploredText::ReducedOnwards),
        };
        Self { states: all.states, edges: all.edges, of }
    }
}

impl From<ExplorationText> for Exploration {
    fn from(all: ExplorationText) -> Self {
        let of = match all.of {
            None => Explored::Itself,
            Some(ExploredText::Reduced) => Explored::Reduced,
            Some(ExploredText::Stubborn) => Explored::Stubborn,
            Some(ExploredText::ReducedStubborn) => Explored::ReducedStubborn,
            Some(ExploredText::Onwards) => Explored::Onwards,
            Some(ExploredText::ReducedOnwards) => Explored::ReducedOnwards,
        };
        Self { states: all.states, edges: all.edges, of }
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file is not JSON of the right shape.
    #[error("this is not a certificate: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The file has another format or version.
    #[error("the format `{0}` is not `pn certificate 1`")]
    OtherFormat(String),
    /// It certifies another net.
    #[error("the certificate is about the net with hash {found}, this one has {expected}")]
    OtherNet {
        /// The hash in the file.
        found: String,
        /// The hash of the net at hand.
        expected: NetHash,
    },
    /// A property does not parse.
    #[error("claim {claim}: the property `{property}` is not about this net: {error}")]
    Property {
        /// Number of the claim, from 1.
        claim: usize,
        /// The property as written.
        property: String,
        /// What is wrong with it.
        error: String,
    },
    /// An ω-marking or a refutation names a place that the net does not have.
    #[error("claim {claim}: the net has no place `{name}`")]
    Place {
        /// Number of the claim, from 1.
        claim: usize,
        /// The name as written.
        name: String,
    },
    /// An ω-marking holds more tokens than a place can.
    #[error("claim {claim}: a place holds at most 2^63 - 1 tokens, not {tokens}")]
    Tokens {
        /// Number of the claim, from 1.
        claim: usize,
        /// The number as written.
        tokens: u64,
    },
    /// A shared run, module or invariant names what the net does not have.
    #[error("the net has no {what} `{name}`")]
    Unknown {
        /// What it would be.
        what: &'static str,
        /// The name as written.
        name: String,
    },
    /// A claim refers to a run, modules or an invariant that the certificate does not have.
    #[error("claim {claim}: the certificate has no number {number} of what the claim refers to")]
    Shared {
        /// Number of the claim, from 1.
        claim: usize,
        /// The number, from 0.
        number: usize,
    },
    /// A run names a transition that the net does not have.
    #[error("claim {claim}: the net has no transition `{name}`")]
    Transition {
        /// Number of the claim, from 1.
        claim: usize,
        /// The name as written.
        name: String,
    },
}

const FORMAT: &str = "pn certificate 1";

impl Certificate {
    /// The certificate of the definite answers among `answers`.
    #[must_use]
    pub fn new<'a>(
        net: &Net,
        tool: &str,
        answers: impl IntoIterator<Item = (&'a Property, &'a Answer)>,
    ) -> Self {
        let mut shared = Shared::default();
        let answers = answers.into_iter();
        let claims =
            answers.filter_map(|(property, answer)| claim(net, property, answer, &mut shared)).collect();
        let (runs, modules) = shared.to_text(net);
        let invariants = shared.invariants_to_text(net);
        Self {
            format: FORMAT.to_owned(),
            tool: tool.to_owned(),
            net: net_hash(net).to_string(),
            faults: None,
            runs,
            modules,
            invariants,
            claims,
        }
    }

    /// The same about a net that was expanded under these faults.
    #[must_use]
    pub fn under(mut self, faults: Option<String>) -> Self {
        self.faults = faults;
        self
    }

    /// The faults under which the deployment is to be expanded, to have the net that the
    /// certificate is about.
    ///
    /// # Errors
    ///
    /// When the file is malformed.
    pub fn faults(json: &str) -> Result<Option<String>, CertificateError> {
        Ok(Self::parsed(json)?.faults)
    }

    fn parsed(json: &str) -> Result<Self, CertificateError> {
        let certificate: Self = serde_json::from_str(json)?;
        match certificate.format == FORMAT {
            true => Ok(certificate),
            false => Err(CertificateError::OtherFormat(certificate.format)),
        }
    }

    /// The text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a certificate is plain data");
        text.push('\n');
        text
    }

    /// Reads a certificate and binds its claims to `net`: property, verdict with evidence.
    ///
    /// # Errors
    ///
    /// When the file is malformed or about another net.
    pub fn read(net: &Net, json: &str) -> Result<Vec<(Property, Answer)>, CertificateError> {
        let certificate = Self::parsed(json)?;
        let expected = net_hash(net);
        if certificate.net != expected.to_string() {
            return Err(CertificateError::OtherNet { found: certificate.net, expected });
        }
        let shared = Shared::read(net, certificate.runs, certificate.modules, certificate.invariants)?;
        let claims = certificate.claims.into_iter().enumerate();
        claims.map(|(index, claim)| bound(net, index + 1, claim, &shared)).collect()
    }
}

fn claim(net: &Net, property: &Property, answer: &Answer, shared: &mut Shared) -> Option<Claim> {
    let verdict = match answer.verdict {
        Verdict::Holds => VerdictText::Holds,
        Verdict::Fails => VerdictText::Fails,
        Verdict::Bounded(bound) => VerdictText::Bounded(bound),
        Verdict::Unbounded => VerdictText::Unbounded,
        Verdict::Unknown(_) => return None,
    };
    let names = |trace: &Trace| trace.firings.iter().map(|t| net.transition_name(*t).to_owned()).collect();
    let evidence = match &answer.evidence {
        Evidence::None => return None,
        Evidence::Run(run) => EvidenceText::Run(names(run)),
        Evidence::Prefix(prefix) => EvidenceText::Prefix(shared.prefix(prefix)),
        Evidence::Modules(proof) => EvidenceText::Modules(shared.modular(proof)),
        Evidence::PrefixAndModules(prefix, proof) => {
            EvidenceText::PrefixAndModules { prefix: shared.prefix(prefix), modules: shared.modular(proof) }
        }
        Evidence::Exhaustion(all) => EvidenceText::Exhaustion((*all).into()),
        Evidence::RunAndExhaustion(run, all) => {
            let ExplorationText { states, edges, of } = (*all).into();
            EvidenceText::RunAndExhaustion { run: names(run), states, edges, of }
        }
        Evidence::Refutation(proof) => EvidenceText::Refutation(ProofText::of(net, proof)),
        Evidence::Inductive(proof) => EvidenceText::Inductive(shared.inductive(proof)),
        Evidence::RunAndRefutation(run, proof) => {
            EvidenceText::RunAndRefutation { run: names(run), refutation: ProofText::of(net, proof) }
        }
        Evidence::Pumping(prefix, word) => EvidenceText::Pumping { prefix: names(prefix), word: names(word) },
        Evidence::Pumpings(pumpings) => EvidenceText::Pumpings(
            pumpings.iter().map(|p| PumpingText { run: names(&p.run), word: names(&p.word) }).collect(),
        ),
        Evidence::Covering(covering) => EvidenceText::Covering(covering_text(net, covering)),
        Evidence::RunAndCovering(run, covering) => {
            EvidenceText::RunAndCovering { run: names(run), covering: covering_text(net, covering) }
        }
    };
    let property = property.display(net).to_string();
    Some(Claim { property, verdict, method: answer.method.to_owned(), evidence })
}

fn bound(
    net: &Net,
    number: usize,
    claim: Claim,
    shared: &Shared,
) -> Result<(Property, Answer), CertificateError> {
    let property =
        text::parse_property(net, &claim.property).map_err(|errors| CertificateError::Property {
            claim: number,
            property: claim.property.clone(),
            error: errors.first().map(ToString::to_string).unwrap_or_default(),
        })?;
    let trace = |names: Vec<String>| {
        let firings = names.into_iter().map(|name| {
            net.find_transition(&name).ok_or(CertificateError::Transition { claim: number, name })
        });
        Ok::<_, CertificateError>(Trace { firings: firings.collect::<Result<_, _>>()? })
    };
    let verdict = match claim.verdict {
        VerdictText::Holds => Verdict::Holds,
        VerdictText::Fails => Verdict::Fails,
        VerdictText::Bounded(bound) => Verdict::Bounded(bound),
        VerdictText::Unbounded => Verdict::Unbounded,
    };
    let evidence = match claim.evidence {
        EvidenceText::Run(run) => Evidence::Run(trace(run)?),
        EvidenceText::Prefix(prefix) => Evidence::Prefix(shared.bound_prefix(number, &prefix)?),
        EvidenceText::Modules(proof) => Evidence::Modules(shared.bound_modular(number, proof)?),
        EvidenceText::PrefixAndModules { prefix, modules } => Evidence::PrefixAndModules(
            shared.bound_prefix(number, &prefix)?,
            shared.bound_modular(number, modules)?,
        ),
        EvidenceText::Exhaustion(all) => Evidence::Exhaustion(all.into()),
        EvidenceText::RunAndExhaustion { run, states, edges, of } => {
            let all = ExplorationText { states, edges, of };
            Evidence::RunAndExhaustion(trace(run)?, all.into())
        }
        EvidenceText::Refutation(proof) => Evidence::Refutation(proof.bound(net, number)?),
        EvidenceText::Inductive(proof) => Evidence::Inductive(shared.bound_inductive(number, proof)?),
        EvidenceText::RunAndRefutation { run, refutation } => {
            Evidence::RunAndRefutation(trace(run)?, refutation.bound(net, number)?)
        }
        EvidenceText::Pumping { prefix, word } => Evidence::Pumping(trace(prefix)?, trace(word)?),
        EvidenceText::Pumpings(pumpings) => {
            let each = pumpings.into_iter().map(|p| Ok(Pumping { run: trace(p.run)?, word: trace(p.word)? }));
            Evidence::Pumpings(each.collect::<Result<_, CertificateError>>()?)
        }
        EvidenceText::Covering(markings) => Evidence::Covering(covering(net, number, &markings)?),
        EvidenceText::RunAndCovering { run, covering: markings } => {
            Evidence::RunAndCovering(trace(run)?, covering(net, number, &markings)?)
        }
    };
    Ok((property, Answer { verdict, method: "certificate", evidence }))
}

/// The marked places of each ω-marking.
fn covering_text(net: &Net, covering: &Covering) -> Vec<BTreeMap<String, CountText>> {
    let text = |marking: &OmegaMarking| {
        let counts = net.places().map(|place| (place, marking.tokens(place)));
        let marked = counts.filter(|(_, count)| *count != Some(0)).map(|(place, count)| {
            let count = count.map_or(CountText::Omega(OmegaText::Omega), CountText::Tokens);
            (net.place_name(place).to_owned(), count)
        });
        marked.collect()
    };
    covering.iter().map(text).collect()
}

fn covering(
    net: &Net,
    claim: usize,
    markings: &[BTreeMap<String, CountText>],
) -> Result<Covering, CertificateError> {
    let one = |marking: &BTreeMap<String, CountText>| {
        let mut counts = vec![Some(0); net.place_count()];
        for (name, count) in marking {
            let place = net.find_place(name);
            let place = place.ok_or_else(|| CertificateError::Place { claim, name: name.clone() })?;
            counts[place.index()] = match count {
                CountText::Omega(OmegaText::Omega) => None,
                CountText::Tokens(tokens) if *tokens > MAX_TOKENS => {
                    return Err(CertificateError::Tokens { claim, tokens: *tokens });
                }
                CountText::Tokens(tokens) => Some(*tokens),
            };
        }
        Ok(OmegaMarking::new(counts))
    };
    markings.iter().map(one).collect()
}
