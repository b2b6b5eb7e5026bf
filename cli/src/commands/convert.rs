//! `pn convert`: a net as a picture, or for other programs.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::terminal::Terminal;
use pn_pnml::{Document, DrawError, dot, pdf, svg, tikz};
use std::path::{Path, PathBuf};

/// Write a net as a picture: SVG, PDF, TikZ for LaTeX, or for Graphviz
///
/// Nodes stand where the file puts them; only Graphviz finds positions of its own.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn convert deploy.pnml -o deploy.svg
  pn convert deploy.pnml -o deploy.pdf
  pn convert deploy.pnml --to dot | dot -Tpng -o deploy.png")]
pub(crate) struct Arguments {
    /// The PNML file; `-` reads standard input
    file: PathBuf,
    /// Write to this file instead of standard output; its ending tells the format
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The format
    #[arg(long, value_name = "FORMAT", value_enum)]
    to: Option<Format>,
}

/// What it is written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Svg,
    Pdf,
    Tikz,
    Dot,
}

impl Format {
    /// The format of files with this ending.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "svg" => Some(Self::Svg),
            "pdf" => Some(Self::Pdf),
            "tex" | "tikz" => Some(Self::Tikz),
            "dot" | "gv" => Some(Self::Dot),
            _ => None,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let meant = arguments.to.or_else(|| arguments.output.as_deref().and_then(Format::of));
    let Some(format) = meant else {
        return Err(Failure::input("it is not known what to write")
            .hint("give --to svg, pdf, tikz or dot, or -o with one of these endings"));
    };
    let name = reading::name(&arguments.file);
    let document = reading::document(terminal, &name, &reading::bytes(&arguments.file)?)?;
    let drawn = drawn(&document, format).map_err(|problem| {
        let failure = Failure::input(format!("{name}: {problem}"));
        match problem {
            DrawError::NoPosition(_) => failure.hint("`pn edit` arranges it; --to dot needs no positions"),
            DrawError::SeveralPages => failure.hint("--to dot draws all pages together"),
        }
    })?;
    match &arguments.output {
        Some(path) => std::fs::write(path, drawn).map_err(|error| Failure::writing(path, &error))?,
        None => terminal.text(drawn),
    }
    Ok(Exit::Success)
}

fn drawn(document: &Document, format: Format) -> Result<String, DrawError> {
    match format {
        Format::Svg => svg::draw(document),
        Format::Pdf => pdf::draw(document),
        Format::Tikz => tikz::draw(document),
        Format::Dot => Ok(dot::draw(document)),
    }
}
