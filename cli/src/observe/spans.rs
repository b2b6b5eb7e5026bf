//! A run as OpenTelemetry spans: one for the run, one for each activation of an action, one for
//! each attempt, sent to a collector over HTTP (OTLP, protobuf).
//!
//! They are made of the events that all reporters get, so what is struck out there never gets here.

use crate::failure::Failure;
use crate::subject::Subject;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider};
use pn_deployment::{Outcome, Role};
use pn_executor::machine::{Attempt, AttemptId, EndState};
use pn_executor::{Report, RunEvent};
use pn_net::TransitionId;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long the collector may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Spans on their way.
pub(super) struct Spans<'a> {
    subject: &'a Subject,
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    run: Option<Context>,
    activations: BTreeMap<(TransitionId, u32), Context>,
    attempts: BTreeMap<AttemptId, Context>,
    /// An activation that failed just now: it is over unless it is tried again.
    failed: Option<((TransitionId, u32), SystemTime)>,
    url: String,
    trouble: Trouble,
}

/// Why the last batch was not taken, if it was not.
type Trouble = Arc<Mutex<Option<String>>>;

impl<'a> Spans<'a> {
    pub(super) fn sent_to(url: &str, subject: &'a Subject) -> Result<Self, Failure> {
        let refused = |error: &dyn std::fmt::Display| Failure::input(format!("--otlp {url}: {error}"));
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(refused(&"http://HOST:PORT or https://HOST:PORT is wanted"));
        }
        let endpoint = match url.trim_end_matches('/') {
            whole if whole.ends_with("/v1/traces") => whole.to_owned(),
            base => format!("{base}/v1/traces"),
        };
        let trouble = Trouble::default();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Poster::new(Arc::clone(&trouble)))
            .with_endpoint(endpoint)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| refused(&error))?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(1 << 16)
            .with_scheduled_delay(Duration::from_secs(1))
            .build();
        let resource = Resource::builder()
            .with_service_name("pn")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
            .with_resource(resource)
            .build();
        Ok(Self {
            subject,
            tracer: provider.tracer("pn"),
            provider,
            run: None,
            activations: BTreeMap::new(),
            attempts: BTreeMap::new(),
            failed: None,
            url: url.to_owned(),
            trouble,
        })
    }

    pub(super) fn tell(&mut self, event: &RunEvent) {
        let now = SystemTime::now();
        if let Some((key, at)) = self.failed.take()
            && !matches!(event, RunEvent::RetryIn { action, .. } if *action == key.0)
        {
            self.close(key, at);
        }
        match event {
            RunEvent::Began { run, fencing, .. } => {
                let about = vec![
                    KeyValue::new("pn.run", run.clone()),
                    KeyValue::new("pn.source", self.subject.name.clone()),
                    KeyValue::new("pn.session", i64::try_from(*fencing).unwrap_or(i64::MAX)),
                ];
                self.run = Some(self.open(format!("run {run}"), &Context::new(), now, about));
            }
            RunEvent::Started { attempt, .. } => self.started(*attempt, now),
            RunEvent::Recovered { attempt, how } => {
                self.started(*attempt, now);
                let how = format!("{how:?}").to_lowercase();
                self.attempts[&attempt.id].span().set_attribute(KeyValue::new("pn.recovered", how));
            }
            RunEvent::Differs { attempt, what, .. } => {
                if let Some(context) = self.attempts.get(&attempt.id) {
                    let about = vec![KeyValue::new("pn.difference", what.clone())];
                    context.span().add_event_with_timestamp("differs", now, about);
                }
            }
            RunEvent::Ended { attempt, report, .. } => {
                self.ended(*attempt, report, now);
                match report.result {
                    Outcome::Ok | Outcome::Same | Outcome::Diff => {
                        self.close((attempt.action, attempt.activation), now);
                    }
                    Outcome::Failed | Outcome::Timeout => {
                        self.failed = Some(((attempt.action, attempt.activation), now));
                    }
                    // Its start is taken back, and it is started again.
                    Outcome::Unknown | Outcome::Cancelled => {}
                }
            }
            RunEvent::Frozen { attempt, report, .. } => {
                self.ended(*attempt, report, now);
                self.failed = Some(((attempt.action, attempt.activation), now));
            }
            RunEvent::Finished { state } => self.finished(*state, now),
            _ => {}
        }
    }

    fn open(&self, name: String, parent: &Context, at: SystemTime, about: Vec<KeyValue>) -> Context {
        let span = self.tracer.span_builder(name).with_kind(SpanKind::Internal).with_start_time(at);
        let span = span.with_attributes(about).start_with_context(&self.tracer, parent);
        parent.with_span(span)
    }

    fn started(&mut self, attempt: Attempt, now: SystemTime) {
        if self.attempts.contains_key(&attempt.id) {
            return;
        }
        let root = self.run.clone().unwrap_or_default();
        let name = self.subject.net().transition_name(attempt.action).to_owned();
        let key = (attempt.action, attempt.activation);
        let mut about = vec![
            KeyValue::new("pn.transition", name.clone()),
            KeyValue::new("pn.activation", i64::from(attempt.activation)),
        ];
        if let Role::Action(action) = self.subject.deployment().role(attempt.action) {
            about.push(KeyValue::new("pn.kind", action.kind.clone()));
            about.extend(action.host.clone().map(|host| KeyValue::new("pn.host", host)));
        }
        if !self.activations.contains_key(&key) {
            let activation = self.open(name, &root, now, about.clone());
            self.activations.insert(key, activation);
        }
        about.push(KeyValue::new("pn.attempt", i64::try_from(attempt.id.0).unwrap_or(i64::MAX)));
        about.push(KeyValue::new("pn.failures", i64::from(attempt.failures)));
        let span = self.open("attempt".to_owned(), &self.activations[&key], now, about);
        self.attempts.insert(attempt.id, span);
    }

    fn ended(&mut self, attempt: Attempt, report: &Report, now: SystemTime) {
        let Some(context) = self.attempts.remove(&attempt.id) else { return };
        let activation = self.activations.get(&(attempt.action, attempt.activation));
        let status = match report.result {
            Outcome::Ok | Outcome::Same | Outcome::Diff => Status::Ok,
            _ => Status::error(report.message.clone()),
        };
        let span = context.span();
        span.set_attribute(KeyValue::new("pn.result", report.result.word()));
        span.set_attribute(KeyValue::new("pn.message", report.message.clone()));
        span.set_status(status.clone());
        span.end_with_timestamp(now);
        if let Some(activation) = activation {
            activation.span().set_attribute(KeyValue::new("pn.result", report.result.word()));
            activation.span().set_status(status);
        }
    }

    fn close(&mut self, key: (TransitionId, u32), at: SystemTime) {
        if let Some(context) = self.activations.remove(&key) {
            context.span().end_with_timestamp(at);
        }
    }

    fn finished(&mut self, state: EndState, now: SystemTime) {
        let open: Vec<_> = self.activations.keys().copied().collect();
        open.into_iter().for_each(|key| self.close(key, now));
        if let Some(run) = self.run.take() {
            run.span().set_attribute(KeyValue::new("pn.state", state.word()));
            run.span().set_status(match state {
                EndState::Complete => Status::Ok,
                EndState::Stopped => Status::Unset,
                _ => Status::error(state.word()),
            });
            run.span().end_with_timestamp(now);
        }
    }

    /// Sends what is left. Gives the complaint when the collector did not take everything.
    pub(super) fn end(self) -> Option<String> {
        let now = SystemTime::now();
        // After an error these are still open.
        self.attempts.values().for_each(|attempt| attempt.span().end_with_timestamp(now));
        self.activations.values().chain(&self.run).for_each(|open| open.span().end_with_timestamp(now));
        let ended = self.provider.shutdown_with_timeout(2 * PATIENCE);
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        let why = trouble.or_else(|| ended.err().map(|error| error.to_string()))?;
        Some(format!("spans were not sent to {}: {why}", self.url))
    }
}

/// Sends requests with the HTTP client of the workspace. The exporter's thread waits for it.
#[derive(Debug)]
struct Poster {
    agent: ureq::Agent,
    trouble: Trouble,
}

impl Poster {
    fn new(trouble: Trouble) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .proxy(None)
            .build();
        Self { agent: config.into(), trouble }
    }

    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let (head, body) = request.into_parts();
        let mut post = self.agent.post(head.uri.to_string());
        for (name, value) in &head.headers {
            post = post.header(name, value);
        }
        let response = post.send(&body[..]).map_err(|error| error.to_string())?;
        let (head, mut body) = response.into_parts();
        let bytes = body.read_to_vec().map_err(|error| error.to_string())?;
        if !head.status.is_success() {
            return Err(format!("the collector answers {}", head.status));
        }
        Ok(Response::from_parts(head, Bytes::from(bytes)))
    }
}

impl HttpClient for Poster {
    fn send_bytes<'client, 'future>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'client: 'future,
        Self: 'future,
    {
        let answer = self.post(request).map_err(|why| {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
            why.into()
        });
        Box::pin(std::future::ready(answer))
    }
}
