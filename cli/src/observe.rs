//! A run observed by machines: a log of what the executor does, metrics, traces. All off by default.

mod log;
mod metrics;
mod spans;

use crate::failure::Failure;
use crate::subject::Subject;
use crate::terminal::{OPEN, Terminal, painted};
use pn_executor::RunEvent;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Who observes a run, from the command line.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Observation {
    /// Append what the executor does to this file; PN_LOG filters it, such as `debug`
    #[arg(long, value_name = "FILE", help_heading = "Observation")]
    log: Option<PathBuf>,
    /// Serve metrics for Prometheus at this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS:PORT", help_heading = "Observation")]
    metrics: Option<SocketAddr>,
    /// Let the metrics be served to other hosts as well
    #[arg(long, requires = "metrics", help_heading = "Observation")]
    metrics_public: bool,
    /// Send spans to an OpenTelemetry collector, such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL", help_heading = "Observation")]
    otlp: Option<String>,
}

/// Who observes a run.
pub(crate) struct Observers<'a> {
    metrics: Option<metrics::Metrics<'a>>,
    spans: Option<spans::Spans<'a>>,
}

impl<'a> Observers<'a> {
    pub(crate) fn new(
        arguments: &Observation,
        subject: &'a Subject,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        if let Some(path) = &arguments.log {
            log::write_to(path)?;
        }
        let metrics = match arguments.metrics {
            Some(address) if !address.ip().is_loopback() && !arguments.metrics_public => {
                let text = format!("--metrics {address} can be read from other hosts");
                return Err(Failure::input(text).hint("--metrics-public allows that"));
            }
            Some(address) => Some(metrics::Metrics::serve(address, subject)?),
            None => None,
        };
        if let Some(address) = metrics.as_ref().and_then(metrics::Metrics::address) {
            terminal.note(format_args!("metrics at http://{address}/metrics"));
        }
        let spans = arguments.otlp.as_deref().map(|url| spans::Spans::sent_to(url, subject)).transpose()?;
        Ok(Self { metrics, spans })
    }

    /// Takes an event in as it happens.
    pub(crate) fn tell(&mut self, event: &RunEvent) {
        if let Some(metrics) = &mut self.metrics {
            metrics.tell(event);
        }
        if let Some(spans) = &mut self.spans {
            spans.tell(event);
        }
    }

    /// The run is over: what is left is sent.
    pub(crate) fn end(self, terminal: &Terminal) {
        if let Some(complaint) = self.spans.and_then(spans::Spans::end) {
            terminal.note(format_args!("{} {complaint}", painted(OPEN, "warning:")));
        }
    }
}
