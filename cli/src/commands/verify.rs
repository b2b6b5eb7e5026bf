//! `pn verify`: the questions that a deployment or a net answers, with evidence.

use crate::assumed::{self, Assumed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::report::coverage::{self, Coverage};
use crate::report::figures::counted;
use crate::report::questions::{Asked, AskedKind};
use crate::report::undoing::{self, Reversal, reversal};
use crate::report::{findings, json, listing};
use crate::subject::Subject;
use crate::terminal::{STRONG, Terminal, painted};
use crate::verification::{self, Answered, Limits};
use pn_deployment::Faults;
use pn_verify::Certificate;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Prove what a deployment promises, or show the shortest run that breaks it
///
/// Without --property the file is asked what every deployment answers: can it get stuck, can it
/// always finish, is it bounded, can every transition fire, do its invariants hold; and which of its
/// steps cannot be undone, if something fails after them, is told. A net without annotations is
/// asked what makes sense for it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn verify deploy.pnml
  pn verify deploy.pnml --faults any
  pn verify deploy.pnml --undoable
  pn verify deploy.pnml --certificate deploy.cert --json
  pn verify mutex.pnml -p 'always tokens(critical.a) + tokens(critical.b) <= 1'
  pn verify mutex.pnml -p 'possibly fireable(enter)' -p 'bound(tokens(queue))' --time 60

Properties:
  always F · possibly F · inevitably back to F [unless F] · bound(E)
  where F is built from tokens(place) <= 3, fireable(transition), dead, not, and, or

Exit status: 0 all hold · 1 something fails · 2 bad usage or input · 3 undecided within the limits")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// Ask this property, instead of the default questions; may be repeated
    #[arg(short, long = "property", value_name = "PROPERTY")]
    properties: Vec<String>,
    /// Ask the default questions as well
    #[arg(long, requires = "properties")]
    defaults: bool,
    /// Ask as well that nothing is ever done that cannot be undone
    #[arg(long)]
    undoable: bool,
    /// Write the answers with their evidence to this file, for `pn check`
    #[arg(long, value_name = "OUT")]
    certificate: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    assumed: Assumed,
    #[command(flatten)]
    limits: Limits,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let subject = reading::assuming(terminal, &arguments.file, arguments.assumed)?;
    let asked = asked(arguments, &subject)?;
    let answers = verification::decide(terminal, &subject, asked, arguments.limits);
    if let Some(path) = &arguments.certificate {
        write_certificate(&subject, &answers, path)?;
    }
    let exit = findings::exit(&answers);
    if arguments.json {
        terminal.text(json::text(&data(&subject, &answers, exit)));
        return Ok(exit);
    }
    let width = terminal.width();
    terminal.line(heading(&subject));
    terminal.line("");
    for finding in findings::findings(&subject, &answers, width) {
        terminal.text(findings::rendered(&finding, width));
    }
    if let Some(reversal) = reversal(&subject).filter(|_| asks_all(arguments)) {
        terminal.line(listing::wrapped("Undo: ", &reversal.in_words(&subject), width));
    }
    for note in coverage::notes(&subject) {
        terminal.line(listing::wrapped("Note: ", &note, width));
    }
    if let Some(path) = &arguments.certificate {
        terminal.line(format_args!("Certificate: {}", path.display()));
    }
    Ok(exit)
}

/// Whether the default questions are asked.
fn asks_all(arguments: &Arguments) -> bool {
    arguments.properties.is_empty() || arguments.defaults
}

fn asked(arguments: &Arguments, subject: &Subject) -> Result<Vec<Asked>, Failure> {
    let own = arguments.properties.iter().map(|text| {
        let property = reading::property(subject.net(), text)?;
        Ok(Asked { kind: AskedKind::Own, property })
    });
    let own: Vec<Asked> = own.collect::<Result<_, Failure>>()?;
    let lasting = reversal(subject).filter(|_| arguments.undoable);
    let lasting = lasting.iter().flat_map(Reversal::questions);
    let lasting = lasting.map(|property| Asked { kind: AskedKind::Undoable, property });
    Ok(match asks_all(arguments) {
        true => subject.questions().into_iter().map(Asked::from).chain(own).chain(lasting).collect(),
        false => own.into_iter().chain(lasting).collect(),
    })
}

/// `deploy.pnml: 24 places, 18 transitions; expanded to 61 places, 58 transitions`
pub(crate) fn heading(subject: &Subject) -> String {
    let size = |net: &pn_net::Net| {
        format!("{}, {}", counted(net.place_count(), "place"), counted(net.transition_count(), "transition"))
    };
    let name = painted(STRONG, format_args!("{}:", subject.name));
    match subject.is_expanded() {
        true => format!("{name} {}; expanded to {}", size(&subject.author.net), size(subject.net())),
        false => format!("{name} {}", size(subject.net())),
    }
}

/// Writes what is definite, with its evidence.
pub(crate) fn write_certificate(subject: &Subject, answers: &[Answered], path: &Path) -> Result<(), Failure> {
    let claims = answers.iter().map(|a| (&a.asked.property, &a.checked.answer));
    let tool = concat!("pn ", env!("CARGO_PKG_VERSION"));
    let faults = Some(subject.deployment().faults).filter(|faults| *faults != Faults::None);
    let certificate = Certificate::new(subject.net(), tool, claims).under(faults.map(assumed::word));
    std::fs::write(path, certificate.to_json()).map_err(|error| Failure::writing(path, &error))
}

#[derive(Serialize)]
struct Data {
    format: &'static str,
    file: String,
    net: json::NetFigures,
    expanded: json::NetFigures,
    result: &'static str,
    exit: u8,
    answers: Vec<json::AnswerFigures>,
    drift: Coverage,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<undoing::Data>,
}

fn data(subject: &Subject, answers: &[Answered], exit: Exit) -> Data {
    Data {
        format: "pn verify 1",
        file: subject.name.clone(),
        net: (&subject.author.net).into(),
        expanded: subject.net().into(),
        result: json::result(answers),
        exit: exit.status(),
        answers: answers.iter().map(|answered| json::answer(subject, answered)).collect(),
        drift: coverage::data(subject),
        notes: coverage::notes(subject),
        undo: reversal(subject).map(|reversal| reversal.data(subject)),
    }
}
