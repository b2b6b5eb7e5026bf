//! One request and its answer, on a thread of its own so that a cancellation need not wait for
//! the network. The thread ends with the request, at the latest at its timeout.

use crate::resource::Context;
use crossbeam_channel::{RecvTimeoutError, bounded};
use pn_deployment::Outcome;
use std::io::Read;
use std::time::Duration;
use ureq::http::{HeaderName, HeaderValue};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error, Timeout};

/// Bytes of an answer that are read.
pub(super) const LARGEST: usize = 1 << 20;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<String>,
    pub(super) timeout: Duration,
    /// Whether redirections are followed.
    pub(super) follow: bool,
    pub(super) proxy: Option<ureq::Proxy>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Its beginning, where it was asked for; one byte too much when it is too large.
    pub(super) body: Vec<u8>,
}

/// There is no answer: the result that this means, and why.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) result: Outcome,
    pub(super) message: String,
}

/// Sends the request and waits for the answer.
pub(super) fn exchange(request: Request, needs_body: bool, context: &Context) -> Result<Answer, Lost> {
    let left = context.timeout.map(|timeout| timeout.saturating_sub(context.elapsed()));
    let timeout = left.map_or(request.timeout, |left| left.min(request.timeout));
    let url = request.url.clone();
    let (say, hear) = bounded(1);
    let thread = std::thread::Builder::new().name("http request".into());
    let spawned = thread.spawn(move || {
        // Nobody listens any more when the attempt was cancelled.
        let _ = say.send(send(&request, timeout, needs_body));
    });
    if let Err(error) = spawned {
        let message = format!("the system gives no thread: {error}");
        return Err(Lost { result: Outcome::Failed, message });
    }
    loop {
        match hear.recv_timeout(Duration::from_millis(20)) {
            Ok(answer) => return answer.map_err(|error| lost(&url, &error)),
            Err(RecvTimeoutError::Timeout) if context.is_cancelled() => {
                let message = format!("the request to {url} was given up; it may have arrived");
                return Err(Lost { result: Outcome::Cancelled, message });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let message = format!("the request to {url} ended without a word");
                return Err(Lost { result: Outcome::Unknown, message });
            }
        }
    }
}

fn send(request: &Request, timeout: Duration, needs_body: bool) -> Result<Answer, Error> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(timeout.max(Duration::from_millis(1))))
        .max_redirects(if request.follow { 10 } else { 0 })
        .max_redirects_will_error(request.follow)
        .proxy(request.proxy.clone())
        .user_agent(concat!("pn/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build()
        .into();
    let mut builder = ureq::http::Request::builder().method(&*request.method).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let mut response = match &request.body {
        Some(body) => agent.run(builder.body(body.as_str()).map_err(Error::Http)?),
        None => agent.run(builder.body(()).map_err(Error::Http)?),
    }?;
    let mut body = Vec::new();
    if needs_body {
        response.body_mut().as_reader().take(LARGEST as u64 + 1).read_to_end(&mut body)?;
    }
    Ok(Answer { status: response.status().as_u16(), body })
}

/// What an error says about the request: whether it can have arrived.
fn lost(url: &str, error: &Error) -> Lost {
    let failed =
        |why: String| Lost { result: Outcome::Failed, message: format!("cannot reach {url}: {why}") };
    match error {
        Error::HostNotFound => failed("the host is not known".into()),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => failed("no connection in time".into()),
        Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            failed("the connection is refused; nothing listens there".into())
        }
        Error::ConnectionFailed | Error::Tls(_) | Error::Rustls(_) | Error::InvalidProxyUrl => {
            failed(error.to_string())
        }
        Error::TooManyRedirects | Error::RedirectFailed => failed(error.to_string()),
        Error::Timeout(_) => {
            Lost { result: Outcome::Timeout, message: format!("{url} gave no answer in time") }
        }
        _ => Lost {
            result: Outcome::Unknown,
            message: format!("the request to {url} may have arrived, but there is no answer: {error}"),
        },
    }
}
