//! Files and texts from the user: read, understood, or explained.

use crate::assumed::Assumed;
use crate::failure::Failure;
use crate::report::excerpt::{Grade, Remark, rendered};
use crate::report::figures::counted;
use crate::subject::Subject;
use crate::terminal::Terminal;
use pn_deployment::{Deployment, Faults, resolve};
use pn_logic::text::{self, TextError};
use pn_logic::{Formula, Property};
use pn_net::{Net, Trace, parse_trace};
use pn_pnml::{Diagnostic, Document, Problem, Reading, Severity, Source};
use pn_verify::CertificateError;
use std::io::Read;
use std::path::Path;

/// The most warnings that a verb prints on its way.
const WARNINGS: usize = 5;

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        return match std::io::stdin().lock().read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(Failure::reading(Path::new("standard input"), &error)),
        };
    }
    if path.is_dir() {
        return Err(Failure::input(format!("`{}` is a folder, not a file", path.display())));
    }
    std::fs::read(path).map_err(|error| Failure::reading(path, &error))
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?)
        .map_err(|_| Failure::input(format!("`{}` is not a text in UTF-8", path.display())))
}

/// The trace of `net` that a file holds.
pub(crate) fn trace(net: &Net, path: &Path) -> Result<Trace, Failure> {
    parse_trace(net, &text(path)?).map_err(|error| Failure::input(format!("{}: {error}", path.display())))
}

/// How the user called the file.
pub(crate) fn name(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

/// Reads a deployment, or a net without annotations, and expands it as it is run. Warnings go to
/// standard error.
pub(crate) fn subject(terminal: &Terminal, path: &Path) -> Result<Subject, Failure> {
    assuming(terminal, path, Assumed::exactly(Faults::None))
}

/// The same, expanded under the faults that are assumed.
pub(crate) fn assuming(terminal: &Terminal, path: &Path, assumed: Assumed) -> Result<Subject, Failure> {
    let (name, bytes) = (name(path), bytes(path)?);
    let author = deployment(terminal, &name, &bytes)?;
    let faults = assumed.of(&author);
    Ok(Subject::under(name, author, faults))
}

/// The deployment that `bytes` hold, as drawn. `name` is the file's.
pub(crate) fn deployment(terminal: &Terminal, name: &str, bytes: &[u8]) -> Result<Deployment, Failure> {
    let document = document(terminal, name, bytes)?;
    let net = document.net().map_err(|problem| net_failure(name, &problem))?;
    let (annotation, transitions) = document.annotations();
    resolve(net, &annotation, &transitions).map_err(|problems| {
        let source = Source::new(bytes);
        let remarks = problems.iter().map(|problem| Remark {
            grade: Grade::Error,
            message: problem.to_string(),
            span: Some(problem.span),
            hint: problem.suggestion.as_ref().map(|word| format!("did you mean `{word}`?")),
        });
        let excerpts = all(name, &source, remarks);
        let count = counted(problems.len(), "error");
        Failure::input(format!("{name} cannot be used: {count}")).behind(excerpts)
    })
}

/// The document that `bytes` hold.
pub(crate) fn document(terminal: &Terminal, name: &str, bytes: &[u8]) -> Result<Document, Failure> {
    let Reading { document, diagnostics, more } = pn_pnml::read(bytes);
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    if diagnostics.is_empty() {
        return document.ok_or_else(|| Failure::input(format!("{name} holds no net")));
    }
    let source = Source::new(bytes);
    let Some(document) = document else {
        let errors = diagnostics.iter().filter(is_error);
        let count = errors.clone().count();
        let excerpts = all(name, &source, errors.map(remark));
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        let message = format!("{name} cannot be read: {}{more}", counted(count, "error"));
        return Err(Failure::input(message).behind(excerpts));
    };
    terminal.note(all(name, &source, diagnostics.iter().take(WARNINGS).map(remark)));
    let rest = diagnostics.len().saturating_sub(WARNINGS) + more;
    if rest > 0 {
        terminal.note(format_args!("… and {}", counted(rest, "more warning")));
    }
    Ok(document)
}

fn remark(diagnostic: &Diagnostic) -> Remark {
    Remark {
        grade: match diagnostic.severity {
            Severity::Error => Grade::Error,
            Severity::Warning => Grade::Warning,
        },
        message: diagnostic.problem.to_string(),
        span: Some(diagnostic.span),
        hint: diagnostic.problem.advice(),
    }
}

fn all(name: &str, source: &Source<'_>, remarks: impl Iterator<Item = Remark>) -> String {
    let rendered: Vec<String> = remarks.map(|remark| rendered(name, source, &remark)).collect();
    rendered.join("\n\n") + "\n"
}

fn net_failure(name: &str, problem: &Problem) -> Failure {
    let failure = Failure::input(format!("{name}: {problem}"));
    match problem.advice() {
        Some(advice) => failure.hint(advice),
        None => failure,
    }
}

/// The bare net of a file, without its annotations; `None` for a coloured net.
pub(crate) fn net(path: &Path) -> Result<Option<Net>, Failure> {
    let (name, bytes) = (name(path), bytes(path)?);
    let Reading { document, diagnostics, .. } = pn_pnml::read(&bytes);
    if let Some(document) = document {
        drop(bytes);
        return document.net().map(Some).map_err(|problem| net_failure(&name, &problem));
    }
    if diagnostics.iter().any(|diagnostic| matches!(diagnostic.problem, Problem::Coloured(_))) {
        return Ok(None);
    }
    let source = Source::new(&bytes);
    let excerpts = all(&name, &source, diagnostics.iter().map(remark));
    Err(Failure::input(format!("{name} cannot be read")).behind(excerpts))
}

/// A property of `net` from the command line.
pub(crate) fn property(net: &Net, given: &str) -> Result<Property, Failure> {
    text::parse_property(net, given).map_err(|errors| text_failure("the property", given, &errors))
}

/// A state formula about `net` from the command line.
pub(crate) fn formula(net: &Net, given: &str) -> Result<Formula, Failure> {
    text::parse_formula(net, given).map_err(|errors| text_failure("the formula", given, &errors))
}

fn text_failure(what: &str, given: &str, errors: &[TextError]) -> Failure {
    let source = Source::new(given.as_bytes());
    let remarks = errors.iter().map(|error| Remark {
        grade: Grade::Error,
        message: error.to_string(),
        span: Some(error.span),
        hint: None,
    });
    let excerpts = all(what, &source, remarks);
    Failure::input(format!("{what} cannot be read")).behind(excerpts)
}

/// Why a certificate is of no use, with what to do.
pub(crate) fn certificate_failure(path: &Path, error: &CertificateError) -> Failure {
    let failure = Failure::input(format!("{}: {error}", path.display()));
    match error {
        CertificateError::OtherNet { .. } => failure.hint(
            "the net has changed since, it is another one, or other faults were assumed; \
             `pn verify --certificate` makes a new one",
        ),
        CertificateError::Malformed(_) | CertificateError::OtherFormat(_) => {
            failure.hint("`pn verify FILE --certificate OUT` writes one")
        }
        CertificateError::Property { .. }
        | CertificateError::Place { .. }
        | CertificateError::Tokens { .. }
        | CertificateError::Unknown { .. }
        | CertificateError::Shared { .. }
        | CertificateError::Transition { .. } => failure,
    }
}
