//! What a run does in figures, for Prometheus: text format 0.0.4, served over HTTP.

use crate::failure::Failure;
use crate::live::{Board, Counts};
use crate::subject::Subject;
use pn_deployment::Role;
use pn_executor::RunEvent;
use pn_net::TransitionId;
use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tiny_http::{Header, Method, Request, Response, Server};

/// The bounds of the histogram of attempts, in seconds.
const BOUNDS: [f64; 12] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0];

/// The figures of a run and the server that gives them out.
pub(super) struct Metrics<'a> {
    figures: Figures,
    board: Board<'a>,
    since: Instant,
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

struct Figures {
    firings: IntCounter,
    drifts: IntCounter,
    attempts: IntCounterVec,
    durations: HistogramVec,
    in_flight: IntGauge,
    actions: IntGaugeVec,
    waiting: IntGauge,
    info: IntGaugeVec,
}

impl<'a> Metrics<'a> {
    pub(super) fn serve(address: SocketAddr, subject: &'a Subject) -> Result<Self, Failure> {
        let registry = Registry::new();
        let figures =
            Figures::in_registry(&registry).expect("the names of the metrics are valid and distinct");
        let server = Server::http(address)
            .map_err(|error| Failure::input(format!("cannot serve metrics at {address}: {error}")))?;
        let server = Arc::new(server);
        let served = Arc::clone(&server);
        let thread = std::thread::spawn(move || {
            for request in served.incoming_requests() {
                answer(request, &registry);
            }
        });
        let (board, since) = (Board::new(subject), Instant::now());
        let mut metrics = Self { figures, board, since, server, thread: Some(thread) };
        metrics.count();
        Ok(metrics)
    }

    /// Where they are served.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.server.server_addr().to_ip()
    }

    pub(super) fn tell(&mut self, event: &RunEvent) {
        let figures = &self.figures;
        if let RunEvent::Observed { transition, .. } = event
            && matches!(self.board.subject.deployment().role(*transition), Role::Drift { .. })
        {
            figures.drifts.inc();
        }
        match event {
            RunEvent::Began { run, .. } => {
                figures.info.with_label_values(&[run, &self.board.subject.name]).set(1);
            }
            RunEvent::Fired { .. }
            | RunEvent::Started { .. }
            | RunEvent::Differs { .. }
            | RunEvent::Observed { .. }
            | RunEvent::Approved { .. } => {
                figures.firings.inc();
            }
            RunEvent::Ended { attempt, report, took, .. } => {
                figures.firings.inc();
                self.attempted(attempt.action, report.result.word(), Some(*took));
            }
            RunEvent::Frozen { attempt, report, .. } => {
                self.attempted(attempt.action, report.result.word(), None);
            }
            _ => {}
        }
        self.board.take_or_recall(event, self.since.elapsed());
        self.count();
    }

    fn attempted(&self, action: TransitionId, result: &str, took: Option<Duration>) {
        let kind = match self.board.subject.deployment().role(action) {
            Role::Action(action) => action.kind.as_str(),
            _ => "",
        };
        self.figures.attempts.with_label_values(&[kind, result]).inc();
        if let Some(took) = took {
            self.figures.durations.with_label_values(&[kind]).observe(took.as_secs_f64());
        }
    }

    fn count(&mut self) {
        let Counts { done, running, retrying, failed, drifted, open } = self.board.counts;
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let waiting = self.board.rows.len() - done - running - retrying - failed - drifted - open;
        let states = [
            ("waiting", waiting),
            ("running", running),
            ("retrying", retrying),
            ("done", done),
            ("failed", failed),
            ("drifted", drifted),
            ("open", open),
        ];
        for (state, count) in states {
            self.figures.actions.with_label_values(&[state]).set(number(count));
        }
        self.figures.in_flight.set(number(self.board.in_flight.values().sum()));
        self.figures.waiting.set(number(self.board.asked.len()));
    }
}

impl Drop for Metrics<'_> {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // It only answers requests; were it to panic, nothing is lost at the end.
            let _ = thread.join();
        }
    }
}

impl Figures {
    fn in_registry(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| IntCounter::new(name, help);
        let gauges =
            |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
        let figures = Self {
            firings: counter("pn_firings_total", "Transitions that fired.")?,
            drifts: counter("pn_drifts_total", "Resources that were found no longer as described.")?,
            attempts: IntCounterVec::new(
                Opts::new("pn_attempts_total", "Attempts that ended, by kind of resource and result."),
                &["kind", "result"],
            )?,
            durations: HistogramVec::new(
                HistogramOpts::new(
                    "pn_attempt_duration_seconds",
                    "How long attempts took, by kind of resource.",
                )
                .buckets(BOUNDS.to_vec()),
                &["kind"],
            )?,
            in_flight: IntGauge::new("pn_in_flight", "Attempts that run now.")?,
            actions: gauges("pn_actions", "Actions of the deployment, by how they stand.", &["state"])?,
            waiting: IntGauge::new("pn_approvals_waiting", "Approvals that are asked for now.")?,
            info: gauges("pn_run_info", "The run that this process runs.", &["run", "source"])?,
        };
        let start = Gauge::new("pn_start_time_seconds", "When this process began to run it, since 1970.")?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        start.set(now.as_secs_f64());
        registry.register(Box::new(figures.firings.clone()))?;
        registry.register(Box::new(figures.drifts.clone()))?;
        registry.register(Box::new(figures.attempts.clone()))?;
        registry.register(Box::new(figures.durations.clone()))?;
        registry.register(Box::new(figures.in_flight.clone()))?;
        registry.register(Box::new(figures.actions.clone()))?;
        registry.register(Box::new(figures.waiting.clone()))?;
        registry.register(Box::new(figures.info.clone()))?;
        registry.register(Box::new(start))?;
        Ok(figures)
    }
}

fn answer(request: Request, registry: &Registry) {
    let is_read = matches!(request.method(), Method::Get | Method::Head);
    let path = request.url().split('?').next().unwrap_or_default().to_owned();
    let (status, text) = match (is_read, path.as_str()) {
        (true, "/metrics") => match TextEncoder::new().encode_to_string(&registry.gather()) {
            Ok(text) => (200, text),
            Err(error) => (500, format!("{error}\n")),
        },
        (true, "/") => (200, "pn: see /metrics\n".to_owned()),
        (true, _) => (404, "only /metrics is here\n".to_owned()),
        (false, _) => (405, "only GET and HEAD\n".to_owned()),
    };
    let kind =
        Header::from_bytes("Content-Type", prometheus::TEXT_FORMAT).expect("the header is well formed");
    // A reader that went away is not our concern.
    let _ = request.respond(Response::from_string(text).with_status_code(status).with_header(kind));
}
