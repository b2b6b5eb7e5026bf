//! Metrics, traces and the log of `pn run`.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod pn;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use pn::{Bench, exec, pnml, two_steps};
use prost::Message;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An action that fails once, and one that waits for the file `gate`.
fn gated() -> String {
    let retried =
        format!("{}<retry max=\"2\" first=\"10ms\"/>", exec("test -e tried || { touch tried; exit 1; }"));
    let waits = exec("while ! test -e gate; do sleep 0.02; done");
    pnml(
        "gated",
        "<goal>tokens(done) = 1</goal>",
        &["todo*1", "half", "done"],
        &[("first", &retried, "todo", "half"), ("second", &waits, "half", "done")],
    )
}

/// Starts it, and gives the address that it serves metrics at.
fn serving(bench: &Bench, arguments: &[&str]) -> (Child, String) {
    let all = [arguments, &["--metrics", "127.0.0.1:0"]].concat();
    let mut child = bench.command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let address = line.strip_prefix("metrics at http://").unwrap().strip_suffix("/metrics").unwrap();
    (child, address.to_owned())
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Scrapes until the metrics have this line.
fn until(address: &str, line: &str) -> String {
    let since = Instant::now();
    loop {
        let answer = get(address, "/metrics");
        if answer.lines().any(|given| given == line) {
            return answer;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "no `{line}` in {answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_can_be_scraped_while_it_goes_on() {
    let bench = Bench::with("net.pnml", &gated());
    let (mut child, address) = serving(&bench, &["run", "net.pnml", "--unverified"]);
    let answer = until(&address, "pn_actions{state=\"done\"} 1");
    let answer = if answer.contains("pn_in_flight 1\n") { answer } else { until(&address, "pn_in_flight 1") };
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("Content-Type: text/plain; version=0.0.4"), "{answer}");
    for line in [
        "# TYPE pn_firings_total counter",
        "# TYPE pn_attempt_duration_seconds histogram",
        "pn_attempts_total{kind=\"exec\",result=\"failed\"} 1",
        "pn_attempts_total{kind=\"exec\",result=\"ok\"} 1",
        "pn_actions{state=\"running\"} 1",
        "pn_actions{state=\"waiting\"} 0",
        "pn_attempt_duration_seconds_count{kind=\"exec\"} 2",
    ] {
        assert!(answer.lines().any(|given| given == line), "no `{line}` in {answer}");
    }
    assert!(answer.contains("\npn_start_time_seconds 1"), "{answer}");
    assert!(get(&address, "/elsewhere").starts_with("HTTP/1.1 404"));
    bench.write("gate", "");
    assert!(child.wait().unwrap().success());
    assert!(TcpStream::connect(&address).is_err(), "nobody serves it any more");
}

#[test]
fn a_run_that_is_taken_up_counts_what_was_done_before() {
    let bench = Bench::with("net.pnml", &gated());
    let (mut child, address) = serving(&bench, &["run", "net.pnml", "--unverified"]);
    until(&address, "pn_actions{state=\"done\"} 1");
    until(&address, "pn_in_flight 1");
    // Once to drain, once to cancel.
    for _ in 0..2 {
        assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let (mut child, address) = serving(&bench, &["resume", "last"]);
    let answer = until(&address, "pn_in_flight 1");
    assert!(answer.contains("pn_actions{state=\"done\"} 1\n"), "{answer}");
    bench.write("gate", "");
    assert!(child.wait().unwrap().success());
}

#[test]
fn metrics_for_other_hosts_are_asked_for_plainly() {
    let bench = Bench::with("net.pnml", &two_steps());
    let said = bench.pn(&["run", "net.pnml", "--metrics", "0.0.0.0:0"]);
    assert!(said.contains("--metrics-public allows that"), "{said}");
    assert!(said.ends_with("exit 2\n"), "{said}");
}

/// A collector on the loopback interface; gives its URL and the spans that it got.
fn collector() -> (String, Arc<Mutex<Vec<Span>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let spans = Arc::new(Mutex::new(Vec::new()));
    let got = Arc::clone(&spans);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let got = Arc::clone(&got);
            std::thread::spawn(move || while collect(&stream, &got).is_some() {});
        }
    });
    (url, spans)
}

/// Takes one request.
fn collect(stream: &TcpStream, got: &Mutex<Vec<Span>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    assert!(line.starts_with("POST /v1/traces "), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let lower = line.to_lowercase();
        if let Some(given) = lower.strip_prefix("content-length:") {
            length = given.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request = ExportTraceServiceRequest::decode(&body[..]).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    got.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
    (&*stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()
}

#[test]
fn a_collector_gets_a_span_for_the_run_each_activation_and_each_attempt() {
    let bench = Bench::with("net.pnml", &gated());
    bench.write("gate", "");
    let (url, spans) = collector();
    let said = bench.pn(&["run", "net.pnml", "--unverified", "--otlp", &url]);
    assert!(!said.contains("warning"), "{said}");
    let spans = spans.lock().unwrap();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    assert_eq!(spans.len(), 6, "{spans:#?}");
    let run = spans.iter().find(|span| span.name.starts_with("run ")).unwrap();
    assert!(run.parent_span_id.is_empty());
    let ([first], [second]) = (&named("first")[..], &named("second")[..]) else { panic!("{spans:#?}") };
    for activation in [first, second] {
        assert_eq!(activation.parent_span_id, run.span_id);
    }
    let attempts = named("attempt");
    let children = |of: &Span| attempts.iter().filter(|attempt| attempt.parent_span_id == of.span_id).count();
    assert_eq!((children(first), children(second)), (2, 1));
    for span in &*spans {
        assert_eq!(span.trace_id, run.trace_id);
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano && span.end_time_unix_nano > 0);
        assert!(span.start_time_unix_nano >= run.start_time_unix_nano);
        assert!(span.end_time_unix_nano <= run.end_time_unix_nano);
    }
    let failed = attempts
        .iter()
        .filter(|attempt| attempt.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error));
    assert_eq!(failed.count(), 1);
}

#[test]
fn a_collector_that_is_not_there_is_told_of_and_does_no_harm() {
    let bench = Bench::with("net.pnml", &two_steps());
    let output = bench.output(&["run", "net.pnml", "--otlp", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("spans were not sent to http://127.0.0.1:1"), "{said}");
    let said = bench.pn(&["run", "net.pnml", "--otlp", "localhost:4318"]);
    assert!(said.ends_with("exit 2\n"), "{said}");
}

#[test]
fn the_log_names_run_attempt_and_transition() {
    let bench = Bench::with("net.pnml", &two_steps());
    let mut command = bench.command(&["run", "net.pnml", "--log", "pn.log"]);
    assert!(command.env("PN_LOG", "debug").output().unwrap().status.success());
    let log = std::fs::read_to_string(bench.file("pn.log")).unwrap();
    assert!(log.contains("run{run=") && log.contains("attempt{attempt=1 transition=\"first\""), "{log}");
    assert!(log.contains("fires") && log.contains("applies"), "{log}");
    let before = log.len();
    bench.output(&["run", "net.pnml", "--log", "pn.log"]);
    let log = std::fs::read_to_string(bench.file("pn.log")).unwrap();
    assert!(log.len() > before && !log[before..].contains("applies"), "appended, and less of it: {log}");
    let mut wrong = bench.command(&["run", "net.pnml", "--log", "pn.log"]);
    assert_eq!(wrong.env("PN_LOG", "pn=loudly").output().unwrap().status.code(), Some(2));
}
