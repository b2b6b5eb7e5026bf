//! `pn check`: does a certificate or a recorded run stand, by the reference semantics alone?

use crate::assumed::{self, Assumed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::report::figures::{counted, grouped};
use crate::report::{json, listing, steps};
use crate::subject::{Standing, Subject};
use crate::terminal::{BAD, GOOD, OPEN, Terminal, painted};
use pn_deployment::Faults;
use pn_logic::{Evidence, Verdict};
use pn_net::replay;
use pn_verify::{Certificate, Checker, Rejection, Trust};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Check a certificate, or replay a recorded run, independently of what made it
///
/// Runs are replayed by the firing rule; claims about every marking are recounted by brute force
/// as long as they speak of no more markings than --recount-limit and these fit in --memory.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn check deploy.pnml deploy.cert
  pn check deploy.pnml deploy.cert --all --recount-limit 10000000
  pn runs trace 20260714-093005-k3x9 > run.trace && pn check deploy.pnml --trace run.trace

Exit status: 0 everything accepted · 1 something rejected · 2 bad usage or input
             3 nothing rejected, but something is too large to recount")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// The certificate that `pn verify --certificate` wrote
    #[arg(required_unless_present = "trace")]
    certificate: Option<PathBuf>,
    /// Replay this trace and say where it ends
    #[arg(long, value_name = "TRACE", conflicts_with = "certificate")]
    trace: Option<PathBuf>,
    /// Recount state spaces of up to this many markings
    #[arg(long, value_name = "MARKINGS", default_value_t = 1_000_000)]
    recount_limit: u64,
    /// Give up a recount that would take more memory than this
    #[arg(long, value_name = "MIB", default_value_t = 4096)]
    memory: u64,
    /// List the accepted claims, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    assumed: Assumed,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let assumed = match &arguments.certificate {
        Some(path) => certified(arguments, path)?,
        None => arguments.assumed,
    };
    let subject = reading::assuming(terminal, &arguments.file, assumed)?;
    match (&arguments.certificate, &arguments.trace) {
        (Some(certificate), _) => check_certificate(arguments, terminal, &subject, certificate),
        (None, Some(trace)) => check_trace(arguments, terminal, &subject, trace),
        (None, None) => Err(Failure::input("a certificate or --trace is wanted")),
    }
}

/// The faults that the certificate speaks of.
fn certified(arguments: &Arguments, path: &Path) -> Result<Assumed, Failure> {
    if arguments.assumed.is_said() {
        return Err(Failure::input("a certificate says itself which faults it covers").hint(
            "leave --faults out, or make another certificate with `pn verify --faults … --certificate OUT`",
        ));
    }
    let failed = |error| reading::certificate_failure(path, &error);
    let Some(said) = Certificate::faults(&reading::text(path)?).map_err(failed)? else {
        return Ok(Assumed::exactly(Faults::None));
    };
    assumed::faults(&said).map(Assumed::exactly).map_err(|_| {
        Failure::input(format!("{}: `{said}` are no faults that this program knows", path.display()))
    })
}

/// One claim with what the checker says of it.
struct Checked {
    property: String,
    verdict: String,
    outcome: Result<Trust, Rejection>,
    size: Option<u64>,
    /// How it was looked at, where that is neither a replay nor a recount.
    verified: &'static str,
}

fn check_certificate(
    arguments: &Arguments,
    terminal: &Terminal,
    subject: &Subject,
    path: &Path,
) -> Result<Exit, Failure> {
    let text = reading::text(path)?;
    let net = subject.net();
    let claims = Certificate::read(net, &text).map_err(|error| reading::certificate_failure(path, &error))?;
    if claims.is_empty() {
        return Err(Failure::input(format!("`{}` claims nothing", path.display())));
    }
    let bytes = usize::try_from(arguments.memory.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let mut checker = Checker::new(net, arguments.recount_limit).within_bytes(bytes);
    let mut checked = Vec::new();
    for (property, answer) in &claims {
        checked.push(Checked {
            property: property.display(net).to_string(),
            verdict: verdict_in_words(&answer.verdict),
            outcome: checker.check(property, &answer.verdict, &answer.evidence),
            size: match &answer.evidence {
                Evidence::Exhaustion(all) | Evidence::RunAndExhaustion(_, all) => Some(all.states),
                _ => None,
            },
            verified: match &answer.evidence {
                Evidence::Inductive(_) => "verified by another solver",
                Evidence::Modules(_) | Evidence::PrefixAndModules(..) => "each module looked through",
                _ => "verified in exact arithmetic",
            },
        });
    }
    let exit = if checked.iter().any(|claim| claim.outcome.is_err()) {
        Exit::Fails
    } else if checked.iter().any(|claim| claim.outcome == Ok(Trust::OneSearch)) {
        Exit::Undecided
    } else {
        Exit::Success
    };
    match arguments.json {
        true => terminal.text(json::text(&certificate_data(subject, &checked, exit))),
        false => {
            let accepted =
                |claim: &&Checked| claim.outcome.as_ref().is_ok_and(|trust| *trust != Trust::OneSearch);
            for claim in checked.iter().filter(|claim| arguments.all || !accepted(claim)) {
                print_claim(terminal, claim);
            }
            print_count(terminal, path, &checked);
        }
    }
    Ok(exit)
}

fn print_claim(terminal: &Terminal, claim: &Checked) {
    let (style, word, why) = match &claim.outcome {
        Ok(Trust::Replayed) => (GOOD, "accepted", "replayed".to_owned()),
        Ok(Trust::Recounted) => (GOOD, "accepted", "recounted".to_owned()),
        Ok(Trust::Verified) => (GOOD, "accepted", claim.verified.to_owned()),
        Ok(Trust::OneSearch) => {
            let of_what = match claim.size {
                Some(size) => format!("one search of {} markings", grouped(size)),
                None => "one proof about a reduced net".to_owned(),
            };
            (OPEN, "open", format!("stands on {of_what}: too large to recount"))
        }
        Err(rejection) => (BAD, "rejected", rejection.to_string()),
    };
    let statement = format!("{}: {} ({why})", claim.property, claim.verdict);
    let line = listing::wrapped("            ", &statement, terminal.width());
    terminal.line(format_args!("  {}{}", painted(style, word), &line[2 + word.len()..]));
}

fn print_count(terminal: &Terminal, path: &Path, checked: &[Checked]) {
    let count = |wanted: fn(&Result<Trust, Rejection>) -> bool| {
        checked.iter().filter(|claim| wanted(&claim.outcome)).count()
    };
    let rejected = count(Result::is_err);
    let open = count(|outcome| *outcome == Ok(Trust::OneSearch));
    let ways = [
        (count(|outcome| *outcome == Ok(Trust::Replayed)), "replayed"),
        (count(|outcome| *outcome == Ok(Trust::Recounted)), "recounted"),
        (count(|outcome| *outcome == Ok(Trust::Verified)), "verified"),
    ];
    let accepted: usize = ways.iter().map(|(count, _)| count).sum();
    let ways: Vec<_> = ways.into_iter().filter(|(count, _)| *count > 0).collect();
    let how = match &ways[..] {
        [] => String::new(),
        [(_, way)] => format!(" ({way})"),
        _ => {
            let each = ways.iter().map(|(count, way)| format!("{} {way}", grouped(*count)));
            format!(" ({})", each.collect::<Vec<_>>().join(", "))
        }
    };
    terminal.line(format_args!(
        "{}: {}, {} accepted{how}, {} rejected, {} too large to recount",
        path.display(),
        counted(checked.len(), "claim"),
        grouped(accepted),
        grouped(rejected),
        grouped(open),
    ));
}

fn verdict_in_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds => "holds".into(),
        Verdict::Fails => "fails".into(),
        Verdict::Bounded(bound) => format!("at most {bound}"),
        Verdict::Unbounded => "without limit".into(),
        Verdict::Unknown(_) => "unknown".into(),
    }
}

#[derive(Serialize)]
struct CertificateData {
    format: &'static str,
    file: String,
    expanded: json::NetFigures,
    exit: u8,
    claims: Vec<ClaimData>,
}

#[derive(Serialize)]
struct ClaimData {
    property: String,
    verdict: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

fn certificate_data(subject: &Subject, checked: &[Checked], exit: Exit) -> CertificateData {
    let claims = checked.iter().map(|claim| ClaimData {
        property: claim.property.clone(),
        verdict: claim.verdict.clone(),
        outcome: match claim.outcome {
            Ok(Trust::OneSearch) => "open",
            Ok(_) => "accepted",
            Err(_) => "rejected",
        },
        checked: claim.outcome.as_ref().ok().map(|trust| json::trust_word(*trust)),
        why: claim.outcome.as_ref().err().map(ToString::to_string),
    });
    CertificateData {
        format: "pn check 1",
        file: subject.name.clone(),
        expanded: subject.net().into(),
        exit: exit.status(),
        claims: claims.collect(),
    }
}

#[derive(Serialize)]
struct TraceData {
    format: &'static str,
    file: String,
    expanded: json::NetFigures,
    exit: u8,
    firings: usize,
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marking: Option<BTreeMap<String, u64>>,
}

fn check_trace(
    arguments: &Arguments,
    terminal: &Terminal,
    subject: &Subject,
    path: &Path,
) -> Result<Exit, Failure> {
    let net = subject.net();
    let trace = reading::trace(net, path)?;
    let end = replay(net, net.initial(), &trace);
    let exit = if end.is_ok() { Exit::Success } else { Exit::Fails };
    if arguments.json {
        terminal.text(json::text(&TraceData {
            format: "pn check trace 1",
            file: subject.name.clone(),
            expanded: net.into(),
            exit: exit.status(),
            firings: trace.firings.len(),
            accepted: end.is_ok(),
            why: end.as_ref().err().map(|error| refused(subject, &trace, error)),
            end: end.as_ref().ok().map(|marking| standing_word(subject.standing(marking))),
            marking: end.as_ref().ok().map(|marking| json::marking(net, marking)),
        }));
        return Ok(exit);
    }
    match end {
        Ok(marking) => {
            let count = counted(trace.firings.len(), "firing");
            terminal.line(format_args!(
                "  {}  {count}, replayed; the end is {}",
                painted(GOOD, "accepted"),
                standing_in_words(subject.standing(&marking))
            ));
            terminal.line(steps::marked(subject, "            marked: ", &marking, terminal.width()));
        }
        Err(error) => {
            terminal.line(format_args!(
                "  {}  {}",
                painted(BAD, "rejected"),
                refused(subject, &trace, &error)
            ));
        }
    }
    Ok(exit)
}

/// Why a trace cannot be fired, in the author's names.
pub(crate) fn refused(subject: &Subject, trace: &pn_net::Trace, error: &pn_net::ReplayError) -> String {
    use pn_net::firing::FiringError;
    let step = trace.firings.get(error.step).map(|t| subject.step(*t)).unwrap_or_default();
    let why = match error.error {
        FiringError::NotEnough { place, tokens, needed, .. } => {
            format!("`{}` holds {tokens} of the {needed} tokens that it takes", subject.place(place))
        }
        FiringError::Overflow { place, .. } => {
            format!("`{}` would hold more than 2^63 - 1 tokens", subject.place(place))
        }
    };
    format!("firing {} of the trace, `{step}`, is not possible: {why}", error.step + 1)
}

const fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Goal => "goal",
        Standing::Failure => "failure",
        Standing::Dead => "dead",
        Standing::Open => "open",
    }
}

const fn standing_in_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Goal => "the goal",
        Standing::Failure => "a declared failure",
        Standing::Dead => "dead: nothing can happen any more",
        Standing::Open => "open: something can still happen",
    }
}
