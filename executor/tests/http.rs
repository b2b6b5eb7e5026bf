//! Requests and gates, against a small server on this host's loopback.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use pn_deployment::{Action, Outcome};
use pn_executor::{Report, RunConfig, RunEvent, Settings, Source};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use support::{draft, retried, with};

/// Answers one connection after the other with these texts, then ends. Returns the address, and
/// the requests once it has ended.
fn serve(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    listener.set_nonblocking(true).unwrap();
    let server = std::thread::spawn(move || {
        let started = Instant::now();
        let mut requests = Vec::new();
        while requests.len() < answers.len() && started.elapsed() < Duration::from_secs(20) {
            match listener.accept() {
                Ok((stream, _)) => requests.push(answer(stream, answers[requests.len()])),
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        requests
    });
    (address, server)
}

fn answer(mut stream: TcpStream, text: &str) -> String {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                break;
            }
        }
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    match text {
        "" => {}
        "slow" => std::thread::sleep(Duration::from_millis(600)),
        text => {
            let (status, body) = text.split_once(' ').unwrap_or((text, ""));
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close", body.len());
            stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
        }
    }
    String::from_utf8(request).unwrap()
}

fn attempts(action: Action) -> Vec<Report> {
    let folder = tempfile::tempdir().unwrap();
    let environment = [("TOKEN".to_owned(), "hunter22".to_owned())].into();
    let config = RunConfig {
        deployment: draft("a(1)\nx: a -> b").action("x", action).goal("b", 1).expanded(),
        source: Source::default(),
        folder: folder.path().to_owned(),
        mode: pn_executor::RunMode::Once,
        settings: Settings { environment, ..Settings::new(Vec::new()) },
    };
    let mut ended = Vec::new();
    let observer = &mut |event: &RunEvent| {
        if let RunEvent::Ended { report, .. } = event {
            ended.push(report.clone());
        }
    };
    pn_executor::start(config, observer, crossbeam_channel::never()).unwrap();
    ended
}

fn results(reports: &[Report]) -> Vec<Outcome> {
    reports.iter().map(|report| report.result).collect()
}

#[test]
fn a_gate_is_asked_again_until_it_opens() {
    let (url, server) =
        serve(&["503 starting", "200 {\"state\": \"starting\"}", "200 {\"state\": \"ready\"}"]);
    let gate = with("http", &[("url", &*url), ("json.state", "ready")]);
    let reports = attempts(retried(gate, 5, Duration::from_millis(10)));
    assert_eq!(results(&reports), [Outcome::Failed, Outcome::Failed, Outcome::Same]);
    assert_eq!(reports[0].message, format!("{url} answers 503, not 200-299"));
    assert_eq!(reports[1].message, format!("{url} answers with `\"starting\"` at `state`, not `ready`"));
    assert_eq!(server.join().unwrap().len(), 3, "each attempt asks once");
}

#[test]
fn a_request_that_writes_is_sent_once_with_its_key() {
    let (url, server) = serve(&["201 made hunter22"]);
    let post = with(
        "http",
        &[
            ("url", &*url),
            ("method", "POST"),
            ("header.Authorization", "secret:env:TOKEN"),
            ("body", "{\"a\": 1}"),
            ("contains", "nothing of the kind"),
        ],
    );
    let reports = attempts(post);
    assert_eq!(results(&reports), [Outcome::Failed]);
    assert!(reports[0].message.ends_with("`made [secret]`"), "{}", reports[0].message);
    let requests = server.join().unwrap();
    let request = requests[0].to_lowercase();
    assert!(
        request.starts_with("post / http/1.1\r\n") && request.ends_with("\r\n\r\n{\"a\": 1}"),
        "{request}"
    );
    assert!(request.contains("authorization: hunter22\r\n"), "{request}");
    assert!(request.contains("/x/1\r\n") && request.contains("idempotency-key: "), "{request}");
}

#[test]
fn a_redirection_is_followed_unless_it_is_expected() {
    let (url, server) = serve(&["302 elsewhere"]);
    let reports = attempts(with("http", &[("url", &*url), ("expect", "302")]));
    assert_eq!(results(&reports), [Outcome::Same]);
    server.join().unwrap();
}

#[test]
fn an_answer_that_does_not_come_is_told_from_a_request_that_did_not_leave() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let post = |url: &str| with("http", &[("url", url), ("method", "POST"), ("timeout", "200ms")]);
    let reports = attempts(post(&nobody));
    assert_eq!(results(&reports), [Outcome::Failed]);
    assert!(reports[0].message.contains("nothing listens there"), "{}", reports[0].message);

    let (url, server) = serve(&["slow"]);
    assert_eq!(results(&attempts(post(&url))), [Outcome::Timeout]);
    server.join().unwrap();

    // An unknown result takes the start back, and the request is sent again.
    let (url, server) = serve(&["", "200"]);
    assert_eq!(results(&attempts(post(&url))), [Outcome::Unknown, Outcome::Ok]);
    server.join().unwrap();
}
