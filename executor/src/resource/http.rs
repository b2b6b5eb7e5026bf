//! `http`: one request, or a gate that opens when an answer is as expected.
//!
//! A request that only reads (`GET`, `HEAD`, `OPTIONS`) is the check itself: an answer as expected
//! is `same`, another one fails, so that `<retry>` asks again. Any other request is sent when the
//! action is applied; it carries the key of its activation as `Idempotency-Key`, so that a server
//! can tell a repetition. Where a request was sent and no answer came, the result is `unknown`.
//! TLS is rustls with the certificates that the system trusts.

mod exchange;
mod expectation;

use super::{Check, Context, Kind, Recovery, Resource, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params};
use crate::report::{Halt, Report};
use crate::watch::Watch;
use exchange::{Answer, Lost, Request, exchange};
use expectation::{Expectation, Statuses};
use pn_deployment::Outcome;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use ureq::http::{HeaderName, HeaderValue, Uri};

/// How long a request may take that sets no time of its own.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How often it asks while it is watched.
const POLL: Duration = Duration::from_secs(10);

pub(super) static KIND: Kind = Kind {
    name: "http",
    meaning: "sends a request, or waits behind one for the answer that is expected",
    params: &[
        ParamSpec::required("url", Form::Name, "where to, such as http://host:8080/health"),
        ParamSpec::optional(
            "method",
            Form::Choice(&["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]),
            "the method; default GET",
        ),
        ParamSpec::optional("header.", Form::Text, "a header of the request: header.NAME").secret(),
        ParamSpec::optional("body", Form::Text, "the body of the request").secret(),
        ParamSpec::optional(
            "expect",
            Form::Name,
            "the status that is expected, such as 200, 200-299 or 200,404",
        ),
        ParamSpec::optional("contains", Form::Name, "a text that the answer contains"),
        ParamSpec::optional(
            "json.",
            Form::Text,
            "a value in the JSON answer: json.PATH, such as json.nodes.0.state",
        ),
        ParamSpec::optional("timeout", Form::Duration, "how long a request may take; default 30s"),
        ParamSpec::optional("poll", Form::Duration, "how often it is asked while it is watched; default 10s"),
        ParamSpec::optional("proxy", Form::Name, "a proxy, such as http://proxy:3128; default none"),
    ],
    undoing: |params| match params.get("method") {
        None | Some("GET" | "HEAD" | "OPTIONS") => Undoing::Nothing,
        Some(_) => Undoing::Never("a request that was sent cannot be taken back; draw an undo of it"),
    },
    build: |params| Ok(Box::new(request(params)?)),
};

/// A request with what is expected of the answer.
#[derive(Debug)]
struct Http {
    request: Request,
    expectation: Expectation,
    poll: Duration,
    /// What the last check found wrong, so that a gate is not asked twice.
    seen: Mutex<Option<String>>,
}

fn request(params: &Params) -> Result<Http, ParamProblem> {
    let bad = |param: &str, complaint: String| ParamProblem::Bad { param: param.to_owned(), complaint };
    let url = params.get("url").unwrap_or_default().to_owned();
    let uri: Uri = url.parse().map_err(|error| bad("url", format!("`{url}` is no URL: {error}")))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(authority)) if authority.as_str().contains('@') => {
            let complaint = "it holds credentials; hand them over in header.Authorization, as a secret";
            return Err(bad("url", complaint.into()));
        }
        (Some("http" | "https"), Some(_)) => {}
        _ => return Err(bad("url", format!("`{url}` does not begin with http:// or https://"))),
    }
    let method = params.get("method").unwrap_or("GET").to_owned();
    let reads = matches!(&*method, "GET" | "HEAD" | "OPTIONS");
    if reads && params.get("body").is_some() {
        return Err(bad("body", format!("{method} has no body; write `method` POST or PUT")));
    }
    let mut headers = Vec::new();
    for (name, value) in params.beginning_with("header.") {
        let param = format!("header.{name}");
        let name =
            HeaderName::try_from(name).map_err(|_| bad(&param, "this is no name of a header".into()))?;
        let value = HeaderValue::from_str(value)
            .map_err(|_| bad(&param, "a header holds printable ASCII characters only".into()))?;
        headers.push((name, value));
    }
    let statuses = match params.get("expect") {
        Some(text) => Statuses::parse(text).map_err(|complaint| bad("expect", complaint))?,
        None => Statuses::success(),
    };
    let json = params.beginning_with("json.").map(|(path, value)| (path.to_owned(), value.to_owned()));
    let proxy = match params.get("proxy") {
        Some(text) => {
            Some(ureq::Proxy::new(text).map_err(|error| bad("proxy", format!("`{text}`: {error}")))?)
        }
        None => None,
    };
    let expectation =
        Expectation { statuses, contains: params.get("contains").map(str::to_owned), json: json.collect() };
    if method == "HEAD" && expectation.needs_body() {
        return Err(bad("method", "an answer to HEAD has no body; write GET".into()));
    }
    let request = Request {
        method,
        url,
        headers,
        body: params.get("body").map(str::to_owned),
        timeout: params.get("timeout").and_then(crate::duration::parse).unwrap_or(TIMEOUT),
        follow: !expectation.statuses.has_redirection(),
        proxy,
    };
    let poll = Watch::interval(params)?;
    if !reads && poll.is_some() {
        return Err(bad(
            "poll",
            format!("{} changes something, so it is not sent again and again", request.method),
        ));
    }
    Ok(Http { request, expectation, poll: poll.unwrap_or(POLL), seen: Mutex::new(None) })
}

impl Http {
    fn reads(&self) -> bool {
        matches!(&*self.request.method, "GET" | "HEAD" | "OPTIONS")
    }

    fn ask(&self, context: &Context) -> Result<Answer, Lost> {
        let mut request = self.request.clone();
        if !self.reads() && !request.headers.iter().any(|(name, _)| name == "idempotency-key") {
            let key: String = context.key.chars().filter(char::is_ascii_graphic).collect();
            if let Ok(key) = HeaderValue::from_str(&key) {
                request.headers.push((HeaderName::from_static("idempotency-key"), key));
            }
        }
        exchange(request, self.expectation.needs_body(), context)
    }
}

impl Resource for Http {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        if !self.reads() {
            return Ok(Check::CannotTell);
        }
        let wrong = match self.ask(context) {
            Err(lost) if matches!(lost.result, Outcome::Cancelled) || context.is_late() => {
                return Err(Halt::new(lost.result, lost.message));
            }
            Err(lost) => lost.message,
            Ok(answer) => match self.expectation.complaint(&answer) {
                None => return Ok(Check::Same(format!("{} answers {}", self.request.url, answer.status))),
                Some(complaint) => format!("{} {complaint}", self.request.url),
            },
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(wrong.clone());
        Ok(Check::Diff(wrong))
    }

    fn apply(&self, context: &Context) -> Report {
        if let Some(wrong) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Report::new(Outcome::Failed, wrong);
        }
        match self.ask(context) {
            Err(lost) => Report::new(lost.result, lost.message),
            Ok(answer) => match self.expectation.complaint(&answer) {
                None => Report::new(Outcome::Ok, format!("{} answers {}", self.request.url, answer.status)),
                Some(complaint) => Report::new(Outcome::Failed, format!("{} {complaint}", self.request.url)),
            },
        }
    }

    fn check_again(&self, _: &Context) -> Option<Result<Check, Halt>> {
        None
    }

    fn watch(&self, _: &Context) -> Watch {
        if self.reads() { Watch::every(self.poll) } else { Watch::never() }
    }

    fn recovery(&self) -> Recovery {
        if self.reads() { Recovery::Continue } else { Recovery::Recheck }
    }
}
