//! The kinds `package` and `service` against apt, dpkg and systemd themselves: one action a net.

use super::guest::Guest;
use super::{Done, told, wrong};
use std::fmt::Write as _;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Units with which things go wrong.
const UNITS: [(&str, &str); 3] = [
    ("ends", "[Service]\nExecStart=/bin/false\n"),
    (
        "again",
        "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sh -c 'sleep 0.2; exit 3'\nRestart=always\nRestartSec=100ms\n",
    ),
    ("slow", "[Service]\nType=notify\nExecStart=/bin/sleep 1000\nTimeoutStartSec=600\n"),
];

pub(super) fn test(guest: &Guest) -> Done<()> {
    println!("the kinds against the real thing");
    packages(guest)?;
    services(guest)
}

fn packages(guest: &Guest) -> Done<()> {
    let begun = Instant::now();
    if let Err(_unreachable) = guest.run("apt-get update -q") {
        return Err(super::Halt::Skip("the mirror of Debian cannot be reached from the guest".into()));
    }
    told(begun, "the guest reaches the mirror");
    let installed = |name: &str| {
        let asked = format!("dpkg-query -W -f '${{db:Status-Status}}' {name} 2>/dev/null");
        guest.try_run(&asked).is_some_and(|said| said == "installed")
    };
    let holds = |so: bool, what: &str| if so { Ok(()) } else { Err(wrong(what)) };
    act(guest, "package", &[("name", "tree"), ("name", "sl")], Ends::Done(" newly installed"))?;
    holds(installed("tree") && installed("sl"), "two packages are installed in one transaction")?;
    act(guest, "package", &[("name", "tree"), ("name", "sl")], Ends::Done("as wanted"))?;
    act(guest, "package", &[("name", "sl"), ("state", "absent")], Ends::Done("1 to remove"))?;
    holds(!installed("sl"), "a package is removed")?;
    act(guest, "package", &[("name", "no-such-package")], Ends::Failed("Unable to locate package"))?;
    act(guest, "package", &[("name", "tree"), ("version", "0")], Ends::Failed("was not found"))?;

    let lock = Lock::hold(guest)?;
    act(guest, "package", &[("name", "sl"), ("lock", "1s")], Ends::Failed("dpkg frontend lock"))?;
    lock.release_after("3")?;
    let waited = Instant::now();
    act(guest, "package", &[("name", "sl"), ("lock", "60s")], Ends::Done("1 newly installed"))?;
    holds(waited.elapsed().as_secs() >= 2, "dpkg's lock is waited for")?;

    // As a dpkg leaves it that was killed: something in its journal.
    guest.run("touch /var/lib/dpkg/updates/0000")?;
    act(guest, "package", &[("name", "sl"), ("state", "absent")], Ends::Done("1 to remove"))?;
    newest_and_older(guest)
}

/// The newest version and the one before, where the mirror has two.
fn newest_and_older(guest: &Guest) -> Done<()> {
    act(guest, "package", &[("name", "tzdata"), ("state", "latest"), ("update", "true")], Ends::Done(""))?;
    let versions = guest.run("apt-cache madison tzdata | cut -d'|' -f2 | tr -d ' ' | sort -u -V")?;
    let versions: Vec<&str> = versions.lines().collect();
    let [.., older, newest] = versions[..] else {
        println!("            (the mirror has one version of tzdata only: going back is not tried)");
        return Ok(());
    };
    for version in [older, newest] {
        act(guest, "package", &[("name", "tzdata"), ("version", version)], Ends::Done(""))?;
        let has = guest.run("dpkg-query -W -f '${Version}' tzdata")?;
        if has != version {
            return Err(wrong(format!("tzdata has version {has}, not {version}")));
        }
    }
    act(guest, "package", &[("name", "tzdata"), ("state", "latest")], Ends::Done("as wanted"))
}

fn services(guest: &Guest) -> Done<()> {
    for (name, text) in UNITS {
        guest.write(&format!("/etc/systemd/system/{name}.service"), text)?;
    }
    let stay = "/etc/systemd/system/stays.service";
    guest.write(stay, "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n")?;
    let state = |what: &str, wanted: &str| {
        let said = guest.try_run(&format!("systemctl {what} stays")).unwrap_or_default();
        if said.trim() == wanted { Ok(()) } else { Err(wrong(format!("{what} says {said}, not {wanted}"))) }
    };
    let stays = ("name", "stays");
    act(
        guest,
        "service",
        &[stays, ("state", "running"), ("enabled", "true")],
        Ends::Done("enabled, started"),
    )?;
    state("is-active", "active")?;
    state("is-enabled", "enabled")?;
    act(guest, "service", &[stays, ("state", "running"), ("enabled", "true")], Ends::Done("as wanted"))?;

    let first = guest.run("systemctl show -P MainPID stays")?;
    guest.write(stay, "[Service]\nExecStart=/bin/sleep 2000\n[Install]\nWantedBy=multi-user.target\n")?;
    let restart = ("restart-after", stay);
    act(guest, "service", &[stays, ("state", "running"), restart], Ends::Done("reread, restarted"))?;
    if guest.run("systemctl show -P MainPID stays")? == first {
        return Err(wrong("a service is restarted after its file has changed"));
    }
    act(guest, "service", &[stays, ("state", "running"), restart], Ends::Done("as wanted"))?;
    act(
        guest,
        "service",
        &[stays, ("state", "stopped"), ("enabled", "false")],
        Ends::Done("disabled, stopped"),
    )?;
    state("is-active", "inactive")?;
    state("is-enabled", "disabled")?;

    guest.run("rm /etc/systemd/system/stays.service; systemctl mask stays")?;
    act(guest, "service", &[stays, ("state", "running")], Ends::Failed("is masked"))?;
    act(guest, "service", &[stays, ("state", "stopped")], Ends::Done("as wanted"))?;
    act(
        guest,
        "service",
        &[("name", "nowhere"), ("state", "running")],
        Ends::Failed("is not known to systemd"),
    )?;
    act(guest, "service", &[("name", "ends"), ("state", "running")], Ends::Failed("exit status 1"))?;
    act(
        guest,
        "service",
        &[("name", "again"), ("state", "running"), ("settle", "2s")],
        Ends::Failed("exit status 3"),
    )?;
    act(guest, "service", &[("name", "again"), ("state", "stopped")], Ends::Done("stopped"))?;
    act(
        guest,
        "service",
        &[("name", "slow"), ("state", "running")],
        Ends::Failed("longer than the timeout"),
    )?;
    act(guest, "service", &[("name", "slow"), ("state", "stopped")], Ends::Done("stopped"))
}

/// How a net of one action is expected to end, and what is then said.
#[derive(Clone, Copy)]
enum Ends {
    Done(&'static str),
    Failed(&'static str),
}

fn act(guest: &Guest, kind: &str, params: &[(&str, &str)], ends: Ends) -> Done<()> {
    let begun = Instant::now();
    let timeout = if kind == "service" { "4s" } else { "5m" };
    guest.write("/root/one.pnml", &net(kind, params, timeout))?;
    let shown: String = params.iter().fold(kind.to_owned(), |mut shown, (name, value)| {
        let _ = write!(shown, " {name}={value}");
        shown
    });
    let (status, words) = match ends {
        Ends::Done(words) => (0, words),
        Ends::Failed(words) => (1, words),
    };
    let said = guest.expect("pn run one.pnml", status)?;
    if !said.contains(words) {
        return Err(wrong(format!("{shown}: `{words}` is expected, and this is said:\n{said}")));
    }
    told(begun, &shown);
    Ok(())
}

/// A net of one action.
fn net(kind: &str, params: &[(&str, &str)], timeout: &str) -> String {
    let params: String = params.iter().fold(String::new(), |mut all, (name, value)| {
        let _ = write!(all, "<param name=\"{name}\">{value}</param>");
        all
    });
    format!(
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\
         <net id=\"one\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\
         <toolspecific tool=\"pn\" version=\"1\"><goal>tokens(done) = 1</goal></toolspecific>\
         <page id=\"page\"><place id=\"due\"><initialMarking><text>1</text></initialMarking></place>\
         <transition id=\"act\"><toolspecific tool=\"pn\" version=\"1\"><action kind=\"{kind}\">{params}</action>\
         <timeout>{timeout}</timeout></toolspecific></transition><place id=\"done\"/>\
         <arc id=\"take\" source=\"due\" target=\"act\"/><arc id=\"give\" source=\"act\" target=\"done\"/>\
         </page></net></pnml>"
    )
}

/// dpkg's lock, held by a process of this host.
struct Lock(std::process::Child);

impl Lock {
    /// Takes it as dpkg does, by a record lock; perl is in every Debian.
    fn hold(guest: &Guest) -> Done<Self> {
        const SCRIPT: &str = "use Fcntl; open(my $f, '+<', $ARGV[0]) or die; \
             my $l = pack('s s l! l! i', F_WRLCK, 0, 0, 0, 0); \
             fcntl($f, F_SETLK, $l) or die; \
             $| = 1; print \"held\\n\"; my $after = <STDIN>; sleep($after);";
        let failed = |error: std::io::Error| wrong(format!("cannot hold dpkg's lock: {error}"));
        let path = guest.path("/var/lib/dpkg/lock-frontend");
        File::options().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let mut command = Command::new("perl");
        command.args(["-e", SCRIPT]).arg(path).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let mut said = [0; 5];
        let stdout = child.stdout.as_mut().expect("it is piped");
        std::io::Read::read_exact(stdout, &mut said).map_err(failed)?;
        Ok(Self(child))
    }

    /// Lets go after some seconds.
    fn release_after(mut self, seconds: &str) -> Done<()> {
        let stdin = self.0.stdin.take().expect("it is piped");
        let said = writeln_to(stdin, seconds);
        std::thread::spawn(move || self.0.wait());
        said.map_err(|error| wrong(format!("cannot release dpkg's lock: {error}")))
    }
}

fn writeln_to(mut stream: impl std::io::Write, text: &str) -> std::io::Result<()> {
    writeln!(stream, "{text}")
}
