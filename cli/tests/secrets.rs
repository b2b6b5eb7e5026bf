//! Secrets are nowhere but where they are needed: not in the journal, not on any screen, in no
//! log, no export, no metric, no span, neither as they are nor as they are commonly written.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod pn;

use pn::Bench;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Secrets with what has to be escaped somewhere.
const TOKEN: &str = "t0k\"en/with & <ö> 'q'+=%";
const KEY: &str = "k3y-of-file\\with:~stuff";
const HEADER: &str = "h3ader.secret/value+1==";
const PARAM: &str = "p4ram \"of\" plugin, and more";
const OLD: &str = "0ld-secret-of-yesterday";

const SECRETS: [&str; 5] = [TOKEN, KEY, HEADER, PARAM, OLD];

/// How a secret may have been written; made apart from what strikes them out.
fn disguises(secret: &str) -> Vec<Vec<u8>> {
    let json = serde_json::to_string(secret).unwrap();
    let percent: String = secret
        .bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect();
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let texts = [secret.to_owned(), json[1..json.len() - 1].to_owned(), percent, xml, base64(secret), hex];
    texts.into_iter().map(String::into_bytes).collect()
}

/// Base64 without padding (RFC 4648), as the command of the system writes it.
fn base64(text: &str) -> String {
    let mut child =
        Command::new("base64").arg("-w0").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end_matches('=').to_owned()
}

/// Everything that was seen, by where.
#[derive(Default)]
struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    fn add(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((place.into(), bytes.into()));
    }

    fn folder(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => self.folder(&path),
                false => self.add(path.display().to_string(), std::fs::read(&path).unwrap()),
            }
        }
    }

    fn assert_no_secrets(&self) {
        let mut found = Vec::new();
        for secret in SECRETS {
            for disguise in disguises(secret) {
                for (place, bytes) in &self.0 {
                    if bytes.windows(disguise.len()).any(|window| window == disguise) {
                        found.push(format!("{} in {place}", String::from_utf8_lossy(&disguise)));
                    }
                }
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// A server that says back what it was sent, and keeps it.
fn echo() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&got);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || {
                let mut bytes = vec![0; 1 << 20];
                let mut sent = Vec::new();
                // Requests are small: what comes in a moment is all of it.
                stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    sent.extend_from_slice(&bytes[..count]);
                }
                let body = String::from_utf8_lossy(&sent).into_owned();
                kept.lock().unwrap().extend(sent);
                let status = if body.starts_with("POST /v1/traces") { "200 OK" } else { "401 No" };
                let body = if status == "200 OK" { String::new() } else { body };
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes());
            });
        }
    });
    (url, got)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn action(kind: &str, params: &[(&str, &str)]) -> String {
    let params: String = params
        .iter()
        .map(|(name, value)| format!("<param name=\"{name}\">{}</param>", escaped(value)))
        .collect();
    format!("<action kind=\"{kind}\">{params}</action><timeout>20s</timeout>")
}

/// Actions that get secrets and give them away as best they can.
fn net(bench: &Bench, server: &str) -> String {
    let at = |name: &str| bench.file(name).display().to_string();
    let print = "printf '%s\\n' \"$TOKEN\"; printf '%s\\n' \"$TOKEN\" >&2; printf %s \"$TOKEN\" | base64 -w0; \
                 printf %s \"$TOKEN\" | base64 -w0 >&2; printf 'user:%s' \"$TOKEN\" | od -An -tx1 | tr -d ' \\n'; exit 3";
    let plugin = at("plugin");
    let script = "#!/bin/sh\nread request\nprintf '%s\\n' \"$request\" >&2\n\
                  case $request in *'\"op\":\"check\"'*) echo '{\"result\":\"diff\",\"message\":\"p4ram \\\"of\\\" plugin, and more\"}';;\n\
                  *) echo '{\"result\":\"ok\",\"message\":\"did p4ram \\\"of\\\" plugin, and more\",\"values\":{\"v\":\"p4ram \\\"of\\\" plugin, and more\"}}';; esac\n";
    pn_testkit::program(std::path::Path::new(&plugin), script);
    let key = format!("secret:file:{}", at("key"));
    let actions = [
        action("exec", &[("cmd", print), ("env.TOKEN", "secret:env:PN_TEST_TOKEN")]),
        action("file", &[("path", &at("secret.conf")), ("content", &key), ("mode", "0600")]),
        // This one was given no secret, and finds one.
        action("exec", &[("cmd", &format!("cat {0}; cat {0} >&2; exit 4", at("secret.conf")))]),
        action(
            "http",
            &[
                ("url", &format!("{server}/login")),
                ("method", "POST"),
                ("header.X-Token", "secret:env:PN_TEST_HEADER"),
            ],
        ),
        action("http", &[("url", &format!("{server}/get")), ("header.X-Token", "secret:env:PN_TEST_HEADER")]),
        action("plugin", &[("path", &plugin), ("param.word", "secret:env:PN_TEST_PARAM"), ("puts", "v")]),
    ];
    let names = ["a.exec", "b.file", "c.cat", "d.post", "e.get", "f.plugin"];
    let takes: Vec<String> = (0..actions.len()).map(|index| format!("p{index}")).collect();
    let gives: Vec<String> = (0..actions.len()).map(|index| format!("d{index}")).collect();
    let mut places: Vec<String> = takes.iter().map(|place| format!("{place}*1")).collect();
    places.extend(gives.iter().cloned());
    // What is found is there before.
    let (cat_takes, cat_gives) = (format!("{} {}", takes[2], gives[1]), format!("{} {}", gives[2], gives[1]));
    let transitions: Vec<(&str, &str, &str, &str)> = (0..actions.len())
        .map(|i| match i {
            2 => (names[i], actions[i].as_str(), cat_takes.as_str(), cat_gives.as_str()),
            _ => (names[i], actions[i].as_str(), takes[i].as_str(), gives[i].as_str()),
        })
        .collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    pn::pnml("secrets", "", &places, &transitions)
}

fn with_secrets(mut command: Command) -> Command {
    command.env("PN_TEST_TOKEN", TOKEN).env("PN_TEST_HEADER", HEADER).env("PN_TEST_PARAM", PARAM);
    command.env("PN_LOG", "trace").env("RUST_BACKTRACE", "full");
    command
}

fn bench() -> (Bench, String, Arc<Mutex<Vec<u8>>>) {
    let (server, got) = echo();
    let bench = Bench::new();
    bench.write("key", &format!("{KEY}\n"));
    // What stands there now is a secret, too.
    bench.write("secret.conf", OLD);
    std::fs::set_permissions(bench.file("secret.conf"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let net = net(&bench, &server);
    bench.write("net.pnml", &net);
    (bench, server, got)
}

fn say(seen: &mut Seen, bench: &Bench, arguments: &[&str]) {
    let output = with_secrets(bench.command(arguments)).output().unwrap();
    assert_ne!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    seen.add(format!("pn {}, output", arguments.join(" ")), output.stdout);
    seen.add(format!("pn {}, errors", arguments.join(" ")), output.stderr);
}

#[test]
fn secrets_are_recorded_and_shown_nowhere() {
    let (bench, server, got) = bench();
    let mut seen = Seen::default();
    say(&mut seen, &bench, &["plan", "net.pnml"]);
    say(&mut seen, &bench, &["plan", "net.pnml", "--json"]);
    say(&mut seen, &bench, &["drift", "net.pnml"]);
    let observed = ["run", "net.pnml", "--unverified", "--log", "pn.log", "--otlp", server.as_str()];
    say(&mut seen, &bench, &observed);
    bench.write("secret.conf", OLD);
    say(&mut seen, &bench, &[&observed[..], &["--json"]].concat());
    for arguments in [
        vec!["runs"],
        vec!["runs", "show", "last"],
        vec!["runs", "show", "last", "--json"],
        vec!["log", "last", "--lines", "1000"],
        vec!["log", "last", "--json"],
        vec!["runs", "export", "last", "--format", "trace"],
        vec!["runs", "export", "last", "--format", "json"],
        vec!["runs", "export", "last", "--format", "xes"],
        vec!["runs", "export", "last", "--format", "csv"],
        vec!["drift", "last"],
        vec!["why", "last", "a.exec"],
        vec!["blast", "last", "a.exec"],
    ] {
        say(&mut seen, &bench, &arguments);
    }
    seen.add("pn.log", std::fs::read(bench.file("pn.log")).unwrap());
    let mut journals = Seen::default();
    journals.folder(&bench.file("runs"));
    assert!(journals.0.iter().any(|(place, _)| place.ends_with(".db")));
    // What a file held before is kept for an undo: as it was, for the same eyes.
    journals.0.retain(|(place, bytes)| {
        let is_copy = Path::new(place)
            .parent()
            .and_then(Path::parent)
            .is_some_and(|run| run.extension().is_some_and(|kind| kind == "kept") && bytes == OLD.as_bytes());
        let mode = std::fs::metadata(place).unwrap().permissions().mode();
        assert!(!is_copy || mode & 0o077 == 0, "{place} can be read by others: {mode:o}");
        !is_copy
    });
    seen.0.extend(journals.0);
    let sent = got.lock().unwrap().clone();
    let sent = String::from_utf8_lossy(&sent).into_owned();
    let spans: Vec<&str> = sent.split("POST /v1/traces").skip(1).collect();
    assert!(!spans.is_empty() && spans.iter().any(|span| span.contains("pn.result")));
    for span in spans {
        // What comes behind a request for spans may be one of the deployment's own.
        let end = ["POST /login", "GET /get"].iter().filter_map(|other| span.find(other)).min();
        seen.add("spans", &span.as_bytes()[..end.unwrap_or(span.len())]);
    }
    // They were used, or nothing is proved here.
    assert!(sent.contains(HEADER) && std::fs::read_to_string(bench.file("secret.conf")).unwrap() == KEY);
    assert!(seen.0.iter().any(|(_, bytes)| bytes.windows(8).any(|window| window == b"[secret]")));
    seen.assert_no_secrets();
}

#[test]
fn secrets_are_on_no_screen_and_in_no_metric() {
    let (bench, _, _) = bench();
    let mut seen = Seen::default();
    let pn = env!("CARGO_BIN_EXE_pn");
    let command = format!(
        "stty cols 200 rows 50; exec {pn} run net.pnml --unverified --metrics 127.0.0.1:0 2> {}",
        bench.file("errors").display()
    );
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]).current_dir(bench.path());
    script.env("PN_RUNS", bench.file("runs")).env("TERM", "xterm").env("SHELL", "/bin/sh");
    let mut script = with_secrets(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let errors: PathBuf = bench.file("errors");
    let scraped = std::thread::spawn(move || scrape(&errors));
    let mut shown = Vec::new();
    script.stdout.take().unwrap().read_to_end(&mut shown).unwrap();
    script.wait().unwrap();
    assert!(String::from_utf8_lossy(&shown).contains("\u{1b}[?1049h"), "it is the live view");
    seen.add("the screen", shown);
    let metrics = scraped.join().unwrap();
    assert!(String::from_utf8_lossy(&metrics).contains("pn_firings_total"));
    seen.add("the metrics", metrics);
    seen.assert_no_secrets();
}

/// All that is served until nobody serves any more.
fn scrape(errors: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for _ in 0..600 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let said = std::fs::read_to_string(errors).unwrap_or_default();
        let address = said.lines().find_map(|line| line.strip_prefix("metrics at http://"));
        let Some(address) = address.and_then(|line| line.strip_suffix("/metrics")) else { continue };
        let Ok(mut stream) = std::net::TcpStream::connect(address) else { break };
        let _ = write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let _ = stream.read_to_end(&mut all);
    }
    all
}
