//! Where runs are kept, and which one the user means.

use crate::failure::Failure;
use pn_executor::{ExecutorError, Journal, RunSummary};
use std::path::{Path, PathBuf};

/// Where journals are kept.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct RunsFolder {
    /// The folder of the journals [default: $XDG_STATE_HOME/pn/runs or ~/.local/state/pn/runs]
    #[arg(long = "runs-dir", value_name = "DIR", env = "PN_RUNS")]
    folder: Option<PathBuf>,
}

impl RunsFolder {
    /// The folder that was given, or the usual one.
    pub(crate) fn path(&self) -> Result<PathBuf, Failure> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = variable("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
        let state = state.or_else(|| variable("HOME").map(|home| home.join(".local/state")));
        state.map(|state| state.join("pn/runs")).ok_or_else(|| {
            Failure::input("it is not known where runs are kept: HOME is not set")
                .hint("name the folder with --runs-dir or PN_RUNS")
        })
    }

    /// All runs, oldest first, and the journals that cannot be read.
    pub(crate) fn runs(&self) -> Result<(Vec<RunSummary>, Vec<ExecutorError>), Failure> {
        pn_executor::runs(&self.path()?).map_err(|error| Failure::input(error.to_string()))
    }

    /// The journal of the run that `run` means: a name, the unique beginning or end of one, `last`,
    /// or the path of a journal.
    pub(crate) fn journal(&self, run: &str) -> Result<PathBuf, Failure> {
        let path = Path::new(run);
        if path.is_file() {
            return Ok(path.to_owned());
        }
        let folder = self.path()?;
        let exact = folder.join(format!("{run}.db"));
        if !run.contains('/') && exact.is_file() {
            return Ok(exact);
        }
        let (runs, _) = self.runs()?;
        if run == "last" {
            return match runs.last() {
                Some(last) => Ok(last.path.clone()),
                None => Err(Failure::input(format!("there are no runs in {}", folder.display()))),
            };
        }
        let meant: Vec<&RunSummary> = runs
            .iter()
            .filter(|known| !run.is_empty() && (known.run.starts_with(run) || known.run.ends_with(run)))
            .collect();
        match meant[..] {
            [one] => Ok(one.path.clone()),
            [] => Err(Failure::input(format!("there is no run `{run}` in {}", folder.display()))
                .hint("`pn runs` lists them")),
            _ => {
                let names = crate::report::listing::joined(meant.iter().map(|known| known.run.clone()), 5);
                Err(Failure::input(format!("`{run}` means several runs: {names}")))
            }
        }
    }
}

/// Opens a journal for reading.
pub(crate) fn open(path: &Path) -> Result<Journal, Failure> {
    Journal::open(path).map_err(|error| Failure::input(error.to_string()))
}
