//! `ssh`: a command with its guards on another host, through the system's OpenSSH client.
//!
//! The client asks nobody (`BatchMode`) and believes only host keys that are known. It runs under
//! the keeper; what it started over there is beyond anybody's hands once the connection is
//! lost, so an exit status of 255 after the connection stood is `unknown`, and the guards decide.

use super::command::{Words, kept, last_line, look, own_environment, quote};
use super::{Check, Context, Kind, NO_UNDO, Past, Recovery, Resource, Tracks, Undoing};
use crate::params::{Form, ParamProblem, ParamSpec, Params};
use crate::report::{Exit, Halt, Report};
use crate::watch::Watch;
use pn_deployment::Outcome;
use std::fmt::Write as _;
use std::time::Duration;

/// How often its guards are asked while it is watched.
const POLL: Duration = Duration::from_secs(30);

pub(super) static KIND: Kind = Kind {
    name: "ssh",
    meaning: "runs a command on another host",
    params: &[
        ParamSpec::required("host", Form::Name, "the host, possibly user@host or a name of ssh_config"),
        ParamSpec::required("cmd", Form::Name, "a command line for sh over there"),
        ParamSpec::optional(
            "creates",
            Form::AbsolutePath,
            "a path over there; where it exists there is nothing to do",
        ),
        ParamSpec::optional(
            "onlyif",
            Form::Name,
            "a command line; unless it succeeds over there there is nothing to do",
        ),
        ParamSpec::optional(
            "unless",
            Form::Name,
            "a command line; if it succeeds over there there is nothing to do",
        ),
        ParamSpec::optional("undo", Form::Name, "a command line that takes back what it did over there"),
        ParamSpec::optional("port", Form::Name, "the port; default what ssh_config says"),
        ParamSpec::optional("identity", Form::AbsolutePath, "the file of the private key"),
        ParamSpec::optional("known-hosts", Form::AbsolutePath, "the file of the host keys that are known"),
        ParamSpec::optional("poll", Form::Duration, "how often its guards are asked; default 30s"),
        ParamSpec::optional("connect", Form::Duration, "how long the connection may take; default 10s"),
        ParamSpec::optional("program", Form::AbsolutePath, "the ssh client; default the one in PATH"),
    ],
    undoing: |params| match params.get("undo") {
        Some(_) => Undoing::Command,
        None => Undoing::Never(NO_UNDO),
    },
    build: |params| Ok(Box::new(remote(params)?)),
};

/// A command on another host.
#[derive(Debug)]
struct Remote {
    /// The client and its options, up to the host.
    client: Vec<String>,
    host: String,
    cmd: String,
    creates: Option<String>,
    onlyif: Option<String>,
    unless: Option<String>,
    undo: Option<String>,
    poll: Duration,
}

fn remote(params: &Params) -> Result<Remote, ParamProblem> {
    let bad = |param: &str, complaint: String| ParamProblem::Bad { param: param.to_owned(), complaint };
    let text = |name: &str| params.get(name).map(str::to_owned);
    let host = text("host").unwrap_or_default();
    let good = |c: char| c.is_ascii_alphanumeric() || "@._:-%[]".contains(c);
    if host.starts_with('-') || !host.chars().all(good) {
        return Err(bad("host", format!("`{host}` is no name of a host")));
    }
    let connect = params.get("connect").and_then(crate::duration::parse).unwrap_or(Duration::from_secs(10));
    let mut client = vec![text("program").unwrap_or_else(|| "ssh".to_owned()), "-T".to_owned()];
    let mut option = |option: String| client.extend(["-o".to_owned(), option]);
    option("BatchMode=yes".into());
    option("StrictHostKeyChecking=yes".into());
    option(format!("ConnectTimeout={}", connect.as_secs().max(1)));
    option("ServerAliveInterval=15".into());
    option("ServerAliveCountMax=3".into());
    if let Some(port) = params.get("port") {
        let port: u16 = port.parse().map_err(|_| bad("port", format!("`{port}` is no port: 1 to 65535")))?;
        option(format!("Port={port}"));
    }
    for (param, name) in [("identity", "IdentityFile"), ("known-hosts", "UserKnownHostsFile")] {
        if let Some(path) = params.get(param) {
            if path.contains(['"', '\n', '\\']) {
                return Err(bad(param, "ssh cannot take a path with `\"`, `\\` or a line break".into()));
            }
            option(format!("{name}=\"{path}\""));
        }
    }
    let [creates, onlyif, unless, undo] = ["creates", "onlyif", "unless", "undo"].map(text);
    let poll = Watch::interval(params)?.unwrap_or(POLL);
    Ok(Remote { client, host, cmd: text("cmd").unwrap_or_default(), creates, onlyif, unless, undo, poll })
}

impl Remote {
    fn words(&self, script: &str, context: &Context) -> Words {
        let mut line = "exec env".to_owned();
        for (name, value) in own_environment(context) {
            let _ = write!(line, " {name}={}", quote(&value));
        }
        let _ = write!(line, " /bin/sh -c {}", quote(script));
        let mut argv = self.client.clone();
        argv.extend(["--".to_owned(), self.host.clone(), line]);
        Words::new(argv)
    }

    /// A script that says what the guards find.
    fn guards(&self) -> String {
        let mut script = String::new();
        if let Some(path) = self.creates.as_deref().map(quote) {
            let _ = writeln!(script, "if [ -e {path} ] || [ -L {path} ]; then echo creates; exit 0; fi");
        }
        let quietly = |command: &String| format!("/bin/sh -c {} </dev/null >/dev/null 2>&1", quote(command));
        if let Some(command) = self.onlyif.as_ref().map(quietly) {
            let _ = writeln!(script, "{command} || {{ echo onlyif; exit 0; }}");
        }
        if let Some(command) = self.unless.as_ref().map(quietly) {
            let _ = writeln!(script, "{command} && {{ echo unless; exit 0; }}");
        }
        script + "echo run\n"
    }

    fn ask(&self, script: &str, context: &Context) -> Result<String, Halt> {
        let failed = |why: String| Halt::new(Outcome::Failed, why);
        let said = look(&self.words(script, context), context)?
            .map_err(|error| failed(format!("cannot run the ssh client `{}`: {error}", self.client[0])))?;
        match said.status.code() {
            Some(0) => Ok(String::from_utf8_lossy(&said.stdout).into_owned()),
            Some(255) => {
                Err(failed(format!("cannot reach {} by ssh: {}", self.host, last_line(&said.stderr))))
            }
            _ => Err(failed(format!("the guards on {} end with {}", self.host, said.status))),
        }
    }

    fn found(&self, context: &Context) -> Result<Check, Halt> {
        let said = self.ask(&self.guards(), context)?;
        Ok(match last_line(&said) {
            "creates" => {
                Check::Same(format!("{} exists on {}", self.creates.as_deref().unwrap_or(""), self.host))
            }
            "onlyif" => Check::Same(format!("`onlyif` does not succeed on {}", self.host)),
            "unless" => Check::Same(format!("`unless` succeeds on {}", self.host)),
            "run" => Check::Diff(format!("its guards let it run on {}", self.host)),
            other => {
                let message = format!("{} answers its guards with `{other}`", self.host);
                return Err(Halt::new(Outcome::Failed, message));
            }
        })
    }
}

impl Resource for Remote {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        match (&self.creates, &self.onlyif, &self.unless) {
            (None, None, None) => Ok(Check::CannotTell),
            _ => self.found(context),
        }
    }

    fn apply(&self, context: &Context) -> Report {
        self.read(kept(&self.words(&self.cmd, context), context), context)
    }

    fn read(&self, mut report: Report, _: &Context) -> Report {
        const BEFORE: [&str; 5] = [
            "ssh: connect to host",
            "ssh: Could not resolve hostname",
            "Host key verification failed",
            "Permission denied (",
            "kex_exchange_identification",
        ];
        if report.result != Outcome::Failed || report.exit != Some(Exit::Code(255)) {
            return report;
        }
        let lines: Vec<String> = report.stderr.last_lines(10).into_iter().map(str::to_owned).collect();
        let line = lines.iter().find(|line| BEFORE.iter().any(|words| line.contains(words)));
        (report.result, report.message) = match line {
            Some(line) => (Outcome::Failed, format!("cannot reach {} by ssh: {line}", self.host)),
            None => (
                Outcome::Unknown,
                format!(
                    "ssh to {} ends with 255: the connection was lost, and nobody knows whether the command ended: {}",
                    self.host,
                    last_line(&lines.join("\n"))
                ),
            ),
        };
        report
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        // As for `exec`, the other guards say whether to run, not what is true afterwards.
        let path = self.creates.as_deref()?;
        let script = format!("if [ -e {0} ] || [ -L {0} ]; then echo yes; else echo no; fi", quote(path));
        Some(self.ask(&script, context).map(|said| match last_line(&said) {
            "yes" => Check::Same(format!("{path} exists on {}", self.host)),
            _ => Check::Diff(format!("{path} still does not exist on {}", self.host)),
        }))
    }

    fn watch(&self, _: &Context) -> Watch {
        match (&self.creates, &self.onlyif, &self.unless) {
            (None, None, None) => Watch::never(),
            _ => Watch::every(self.poll),
        }
    }

    fn recovery(&self) -> Recovery {
        Recovery::Kept
    }

    fn undone(&self, past: &Past, context: &Context) -> Result<Check, Halt> {
        // As for `exec`: of a command that did not end well, `creates` tells the end only.
        let ended_well = past.ended == Some(Outcome::Ok);
        let there = if ended_well { self.check_again(context).transpose()? } else { None };
        Ok(match there {
            Some(Check::Same(there)) => Check::Diff(there),
            Some(Check::Diff(_)) => {
                let path = self.creates.as_deref().unwrap_or_default();
                Check::Same(format!("{path} does not exist on {}", self.host))
            }
            Some(Check::CannotTell) | None => Check::CannotTell,
        })
    }

    fn tracks(&self, _: &Past, _: &Context) -> Result<Tracks, Halt> {
        // Its guards say whether to run, not what it left; the author's command knows.
        Ok(Tracks::Own)
    }

    fn undo(&self, past: &Past, context: &Context) -> Report {
        let Some(undo) = &self.undo else { return Report::new(Outcome::Failed, NO_UNDO) };
        let script = format!("PN_UNDOES={}; export PN_UNDOES\n{undo}", quote(&past.key));
        self.read(kept(&self.words(&script, context), context), context)
    }
}
