//! `pn run`: verifies a deployment, then runs it.

use super::verify::heading;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::{self, Manner};
use crate::reading;
use crate::report::figures::{counted, lasting};
use crate::report::findings::{self, Word};
use crate::report::questions::Asked;
use crate::runs_folder::RunsFolder;
use crate::subject::Subject;
use crate::terminal::{BAD, GOOD, OPEN, Terminal, painted};
use crate::verification::{self, Limits};
use pn_executor::{RunConfig, RunMode, Source};
use pn_logic::Verdict;
use pn_verify::{Certificate, Trust};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Verify a deployment and run it
///
/// Nothing starts unless everything that `pn verify` asks of the deployment holds. What happens is
/// written to a journal before it happens; a run that was killed or stopped goes on with `pn resume`.
/// Ctrl-C once: nothing new starts; twice: what runs is cancelled.
///
/// With --watch the run stays when it has what it wants, notices what changes behind its back, and
/// repairs it; an action that fails for good does not keep it from the rest.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn run deploy.pnml
  pn run deploy.pnml --set release=1.5 --jobs 4 --all-local
  pn run deploy.pnml --certificate deploy.cert

  pn run deploy.pnml --converged-timeout 30

Exit status: 0 the goal is reached, and held for the seconds of --converged-timeout
             1 it failed, came to rest without its goal, or was refused
             2 bad usage or input · 3 stopped before its end")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// Set a parameter of the deployment; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Stay when it has what it wants, watch, and repair what drifts
    #[arg(long, conflicts_with = "noop")]
    watch: bool,
    /// End once nothing has happened for so many seconds; until then it watches like --watch
    #[arg(long, value_name = "SECONDS", conflicts_with = "noop", value_parser = seconds)]
    converged_timeout: Option<Duration>,
    /// Only check, and tell what would be applied; whatever waits for it goes on as if it had been
    #[arg(long)]
    noop: bool,
    /// Run it although nothing is proved
    #[arg(long, conflicts_with = "certificate")]
    unverified: bool,
    /// Take this certificate, once checked, instead of verifying again
    #[arg(long, value_name = "CERT")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    folder: RunsFolder,
    #[command(flatten)]
    manner: Manner,
    #[command(flatten)]
    limits: Limits,
}

pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is wanted".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a number of seconds is wanted".to_owned())
}

impl Arguments {
    fn mode(&self) -> RunMode {
        match (self.noop, self.watch || self.converged_timeout.is_some()) {
            (true, _) => RunMode::Noop,
            (false, true) => RunMode::Watch { converged: self.converged_timeout },
            (false, false) => RunMode::Once,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let bytes = reading::bytes(&arguments.file)?;
    let name = reading::name(&arguments.file);
    let mode = arguments.mode();
    let subject = Subject::in_mode(name.clone(), reading::deployment(terminal, &name, &bytes)?, mode);
    let parameters = parameters(&arguments.set)?;
    let settings = arguments.manner.settings()?;
    let problems = pn_executor::validate(subject.deployment(), &parameters, &settings.hosts);
    if !problems.is_empty() {
        let error = pn_executor::ExecutorError::Problems(problems);
        return Err(live::executor_failure(&subject, &error));
    }
    if let Some(refused) = clearance(arguments, terminal, &subject)? {
        return Ok(refused);
    }
    let config = RunConfig {
        deployment: Arc::new(subject.deployment().clone()),
        source: Source { name, bytes, parameters, seed: None },
        folder: arguments.folder.path()?,
        mode,
        settings,
    };
    live::attend(terminal, &subject, &arguments.manner, |observer, control| {
        pn_executor::start(config, observer, control)
    })
}

pub(crate) fn parameters(set: &[(String, String)]) -> Result<BTreeMap<String, String>, Failure> {
    let mut parameters = BTreeMap::new();
    for (name, value) in set {
        if parameters.insert(name.clone(), value.clone()).is_some() {
            return Err(Failure::input(format!("--set gives `{name}` twice")));
        }
    }
    Ok(parameters)
}

/// Makes sure that the deployment keeps its promises. `Some` is the exit status of a refusal.
fn clearance(arguments: &Arguments, terminal: &Terminal, subject: &Subject) -> Result<Option<Exit>, Failure> {
    // With --json, standard output is for events.
    let say = |text: String| match arguments.manner.json {
        true => terminal.note(text),
        false => terminal.line(text),
    };
    if arguments.unverified {
        say(format!("{} as --unverified asks, nothing is proved", painted(OPEN, "unverified:")));
        return Ok(None);
    }
    if let Some(path) = &arguments.certificate {
        let claims = accepted(arguments, subject, path)?;
        say(format!("{} {claims}", painted(GOOD, "certified:")));
        return Ok(None);
    }
    let since = Instant::now();
    let asked = subject.questions().into_iter().map(Asked::from).collect();
    let answers = verification::decide(terminal, subject, asked, arguments.limits);
    let findings = findings::findings(subject, &answers, terminal.width());
    let doubts: Vec<_> = findings.iter().filter(|finding| finding.word != Word::Holds).collect();
    if doubts.is_empty() {
        let questions = counted(findings.len(), "question");
        let took = lasting(since.elapsed());
        let how = findings::established(&answers.iter().map(|a| &a.checked).collect::<Vec<_>>());
        say(format!("{} {questions} answered in {took}: {how}", painted(GOOD, "verified:")));
        return Ok(None);
    }
    say(heading(subject));
    say(String::new());
    for finding in doubts {
        say(findings::rendered(finding, terminal.width()).trim_end().to_owned());
    }
    say(format!("{} nothing was started; --unverified runs it nevertheless", painted(BAD, "refused:")));
    Ok(Some(Exit::Fails))
}

/// Checks that the certificate answers every default question, and answers it well.
fn accepted(arguments: &Arguments, subject: &Subject, path: &Path) -> Result<String, Failure> {
    let net = subject.net();
    let claims = Certificate::read(net, &reading::text(path)?)
        .map_err(|error| reading::certificate_failure(path, &error))?;
    let bytes = usize::try_from(arguments.limits.memory.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    let mut checker = verification::checker(net, bytes);
    let mut open = 0_usize;
    let questions = subject.questions();
    for question in &questions {
        let property = question.property.display(net).to_string();
        let refused = |why: String| Failure::refusal(format!("{}: `{property}` {why}", path.display()));
        let Some((_, answer)) = claims.iter().find(|(claimed, _)| *claimed == question.property) else {
            return Err(refused("is not among its claims".into())
                .hint("`pn verify FILE --certificate OUT` answers all questions"));
        };
        if !matches!(answer.verdict, Verdict::Holds | Verdict::Bounded(_)) {
            return Err(refused("does not hold".into()));
        }
        match checker.check(&question.property, &answer.verdict, &answer.evidence) {
            Ok(Trust::OneSearch) => open += 1,
            Ok(_) => {}
            Err(rejection) => return Err(refused(format!("is not established: {rejection}"))),
        }
    }
    let claims = counted(questions.len(), "claim");
    Ok(match open {
        0 => format!("{claims} checked"),
        _ => format!("{claims} checked; {open} stand on one search, too large to recount"),
    })
}
