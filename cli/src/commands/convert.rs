//! `pn convert`: a net as a picture, or for other programs.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::reading;
use crate::terminal::Terminal;
use pn_pnml::{Document, DrawError, PageId, dot, pdf, svg, tikz};
use std::path::{Path, PathBuf};

/// Write a net as a picture: SVG, PDF, TikZ for LaTeX, or for Graphviz
///
/// Nodes stand where the file puts them; only Graphviz finds positions of its own.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn convert deploy.pnml -o deploy.svg
  pn convert deploy.pnml -o deploy.pdf
  pn convert deploy.pnml --page web1 -o web1.svg
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
    /// The page to draw, by its name or identifier, where there are several
    #[arg(long, value_name = "PAGE")]
    page: Option<String>,
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
    let page = arguments.page.as_deref().map(|wanted| page(&document, &name, wanted)).transpose()?;
    if page.is_some() && format == Format::Dot {
        return Err(Failure::input("for Graphviz the whole net is written").hint("leave out --page"));
    }
    let drawn = drawn(&document, page, format).map_err(|problem| {
        let failure = Failure::input(format!("{name}: {problem}"));
        match problem {
            DrawError::NoPosition(_) => failure.hint("`pn edit` arranges it; --to dot needs no positions"),
            DrawError::SeveralPages => {
                failure.hint("--page NAME draws one of them; --to dot draws all pages together")
            }
        }
    })?;
    match &arguments.output {
        Some(path) => std::fs::write(path, drawn).map_err(|error| Failure::writing(path, &error))?,
        None => terminal.text(drawn),
    }
    Ok(Exit::Success)
}

/// The most pages that are named where one was not found.
const NAMED: usize = 20;

/// The page of this name or identifier.
fn page(document: &Document, file: &str, wanted: &str) -> Result<PageId, Failure> {
    let pages = || (0u32..).map(PageId).zip(&document.pages);
    let by_id = pages().find(|(_, page)| page.id == wanted);
    let mut named = pages().filter(|(id, _)| document.page_title(*id) == wanted).map(|(id, _)| id);
    match (by_id, named.next(), named.next()) {
        (Some((id, _)), ..) | (None, Some(id), None) => Ok(id),
        (None, Some(_), Some(_)) => {
            let failure = Failure::input(format!("{file}: several pages are called `{wanted}`"));
            Err(failure.hint("give the identifier of one of them"))
        }
        (None, None, _) => {
            let titles = pages().take(NAMED).map(|(id, _)| format!("`{}`", document.page_title(id)));
            let titles = titles.collect::<Vec<_>>().join(", ");
            Err(Failure::input(format!("{file}: there is no page `{wanted}`"))
                .hint(format!("there are {titles}")))
        }
    }
}

fn drawn(document: &Document, page: Option<PageId>, format: Format) -> Result<String, DrawError> {
    match (format, page) {
        (Format::Svg, None) => svg::draw(document),
        (Format::Svg, Some(page)) => svg::draw_page(document, page),
        (Format::Pdf, None) => pdf::draw(document),
        (Format::Pdf, Some(page)) => pdf::draw_page(document, page),
        (Format::Tikz, None) => tikz::draw(document),
        (Format::Tikz, Some(page)) => tikz::draw_page(document, page),
        (Format::Dot, _) => Ok(dot::draw(document)),
    }
}
