//! The log of the executor: its `tracing` spans and events, a line each, in a file.

use crate::failure::{self, Failure};
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;
use tracing_subscriber::filter::{EnvFilter, FilterExt, FilterFn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// The variable that says how much is logged.
const FILTER: &str = "PN_LOG";

/// Logs to the end of a file from now on.
pub(crate) fn write_to(path: &Path) -> Result<(), Failure> {
    let wanted = std::env::var(FILTER).unwrap_or_default();
    let wanted = if wanted.is_empty() { "info" } else { &wanted };
    let filter = EnvFilter::try_new(wanted)
        .map_err(|error| Failure::input(format!("{FILTER}: `{wanted}` is no filter: {error}")))?;
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
        Failure::input(format!("cannot write the log {}: {}", path.display(), failure::plain(&error)))
    })?;
    // What libraries log is not ours to answer for: they know nothing of secrets.
    let ours = FilterFn::new(|about| about.target().starts_with("pn_"));
    let lines = tracing_subscriber::fmt::layer().with_writer(Mutex::new(file)).with_ansi(false);
    // It fails only when somebody has set a subscriber before; nobody else does.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter.and(ours))).try_init();
    Ok(())
}
