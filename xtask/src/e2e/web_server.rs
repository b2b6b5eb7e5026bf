//! The story of `examples/nets/web-server.pnml`: nginx deployed, changed, broken by hand and repaired,
//! rolled back.
//!
//! The guest has this host's network, so the server is asked from here. Files are compared from
//! here, too; units, packages and processes are looked at in the guest, by their own tools.

use super::guest::Guest;
use super::{Done, Halt, told, wrong};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

const GREETING: &str = "Hello from a Petri net";
const SITE: &str = "/etc/nginx/sites-available/default";
const PAGE: &str = "/var/www/html/index.html";
const FORMER_PAGE: &str = "a page that was here before\n";
const LOG: &str = "/root/watch.log";

/// How long anything that is waited for may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks from outside.
const PAUSE: Duration = Duration::from_millis(2);

pub(super) fn test(guest: &Guest, workspace: &Path) -> Done<()> {
    println!("a web server is deployed, changed, broken, repaired and rolled back");
    let begun = Instant::now();
    guest.copy_in(&workspace.join("examples/nets/web-server.pnml"), "/root/web-server.pnml")?;
    // What apt installs does not start by itself: nothing listens beyond the loopback interface.
    guest.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")?;
    guest.run("chmod 755 /usr/sbin/policy-rc.d; mkdir -p /var/www/html")?;
    guest.write(PAGE, FORMER_PAGE)?;
    guest.run(&format!("chmod 600 {PAGE}"))?;
    if guest.run("apt-get update -q").is_err() {
        return Err(Halt::Skip("the mirror of Debian cannot be reached from the guest".into()));
    }
    let [first, second] = ports()?;
    let story = Story { guest, first, second };
    told(begun, "the guest is ready");

    story.verified()?;
    let before = Kept::look(guest)?;
    let planned = Instant::now();
    let said = guest.run(&format!("pn plan web-server.pnml --set port={first}"))?;
    holds(
        said.contains("newly installed") || said.contains("change"),
        &format!("a plan changes things: {said}"),
    )?;
    before.compare(&Kept::look(guest)?, |_| false)?;
    told(planned, "pn plan changes no file");

    let deployed = story.deployed()?;
    let process = story.changed_and_broken()?;
    story.taken_back(&process)?;
    story.refused(&process)?;
    story.removed(&deployed, &before)
}

struct Story<'a> {
    guest: &'a Guest,
    /// The port of the first run, and that of the second.
    first: u16,
    second: u16,
}

impl Story<'_> {
    fn verified(&self) -> Done<()> {
        for faults in ["none", "any"] {
            let begun = Instant::now();
            let said = self.guest.run(&format!("pn verify web-server.pnml --faults {faults}"))?;
            holds(said.matches("\n  holds ").count() == 4, &format!("four questions hold: {said}"))?;
            told(begun, &format!("pn verify --faults {faults}: the four default questions hold"));
        }
        Ok(())
    }

    /// The first run; its name.
    fn deployed(&self) -> Done<String> {
        let Self { guest, first, .. } = self;
        let begun = Instant::now();
        guest.run(&format!("pn run web-server.pnml --set port={first}"))?;
        told(begun, "pn run");
        holds(self.status("nginx") == "installed", "dpkg knows nginx as installed")?;
        self.unit("is-active", "active")?;
        self.unit("is-enabled", "enabled")?;
        self.site_is(*first)?;
        let page = read(&guest.path(PAGE))?;
        holds(page == format!("<h1>{GREETING}</h1>\n"), "the page is the one that is described")?;
        holds(greets(*first), "the server answers with the page")?;
        println!("            dpkg-query: installed; systemctl: active, enabled; the answer is right");
        self.run_name()
    }

    /// The second run: another port, then whatever is broken by hand. The main process at its end.
    fn changed_and_broken(&self) -> Done<String> {
        let Self { guest, first, second } = self;
        let process = self.main_process()?;
        guest.run("systemctl disable nginx")?;
        let begun = Instant::now();
        let mut watch = Watching::start(guest, *second)?;
        until("the server answers on its new port", || greets(*second))?;
        watch.quiet()?;
        told(
            begun,
            &format!("pn run --watch with another port: after the proof, {:.0?}", watch.since_proof()?),
        );
        holds(!answers(*first), "nobody answers on the former port")?;
        holds(self.main_process()? == process, "nginx was reloaded, not restarted")?;
        self.unit("is-enabled", "enabled")?;
        println!("            the new port answers, the former one does not; the main process is the same");
        println!("            systemctl: enabled, which somebody had changed meanwhile");

        let workers = self.workers()?;
        let wanted = site(*second);
        watch.breaks(
            "the site is overwritten",
            "site.write",
            || guest.write(SITE, "server { listen 127.0.0.1:9; }\n").map(|()| None),
            |watch| {
                let is_back = fs::read_to_string(guest.path(SITE)).is_ok_and(|text| text == wanted);
                is_back && watch.has_ended("nginx.serve")
            },
        )?;
        until("nginx has new workers", || self.workers().is_ok_and(|now| !now.is_empty() && now != workers))?;
        holds(self.main_process()? == process, "nginx was reloaded, not restarted")?;

        watch.breaks(
            "the page is deleted",
            "page.write",
            || fs::remove_file(guest.path(PAGE)).map_err(|error| wrong(error.to_string())).map(|()| None),
            |_| greets(*second),
        )?;

        let broken = watch.breaks(
            "the main process is killed",
            "nginx.serve",
            || {
                let line = format!("kill -KILL {process}");
                guest.command(&line).spawn().map(Some).map_err(|error| wrong(error.to_string()))
            },
            |_| greets(*second) && self.main_process().is_ok_and(|now| now != process && now != "0"),
        )?;
        self.told_by_systemd(broken)?;
        self.unit("is-active", "active")?;

        let process = self.main_process()?;
        let broken = watch.breaks(
            "the unit is stopped",
            "nginx.serve",
            || {
                guest
                    .command("systemctl stop nginx")
                    .spawn()
                    .map(Some)
                    .map_err(|error| wrong(error.to_string()))
            },
            |_| greets(*second) && self.main_process().is_ok_and(|now| now != process && now != "0"),
        )?;
        self.told_by_systemd(broken)?;
        self.unit("is-active", "active")?;
        watch.stop()?;
        self.main_process()
    }

    /// The second run is rolled back: the first one's site is there again, and served.
    fn taken_back(&self, process: &str) -> Done<()> {
        let Self { guest, first, second } = self;
        let begun = Instant::now();
        guest.run("pn rollback last")?;
        told(begun, "pn rollback of the second run");
        self.site_is(*first)?;
        until("the server answers on its first port", || greets(*first))?;
        until("nobody answers on the second port", || !answers(*second))?;
        holds(self.main_process()? == process, "nginx was reloaded, not restarted")?;
        self.unit("is-active", "active")?;
        self.unit("is-enabled", "disabled")?;
        println!(
            "            the first port answers again, the second does not; the main process is the same"
        );
        println!("            systemctl: active, disabled, as it was found");
        // What was changed by hand is changed back by hand.
        guest.run("systemctl enable nginx").map(drop)?;
        Ok(())
    }

    /// Settings that nginx refuses: the reload fails, nginx goes on with those that it has, and the
    /// rollback takes them back.
    fn refused(&self, process: &str) -> Done<()> {
        let Self { guest, first, .. } = self;
        let begun = Instant::now();
        let said = guest.expect("pn run web-server.pnml --set port=0", 1)?;
        holds(said.contains("nginx.service could not be reloaded"), &format!("the reload fails: {said}"))?;
        holds(greets(*first), "nginx goes on as before")?;
        guest.run("pn rollback last")?;
        self.site_is(*first)?;
        until("nginx answers as before", || greets(*first))?;
        holds(self.main_process()? == process, "nginx was not restarted")?;
        told(begun, "a site that nginx refuses: the reload fails, nginx goes on, pn rollback takes it back");
        Ok(())
    }

    /// The first run is rolled back: everything is as it was.
    fn removed(&self, run: &str, before: &Kept) -> Done<()> {
        let Self { guest, first, .. } = self;
        let begun = Instant::now();
        let came_along = guest.run("dpkg-query -W -f '${Package} ${db:Status-Status}\\n' | grep nginx")?;
        let said = guest.run(&format!("pn rollback {run}"))?;
        told(begun, "pn rollback of the first run");
        for step in ["nginx.service: stopped", "put /var/www/html/index.html back"] {
            holds(said.contains(step), &format!("the rollback says `{step}`: {said}"))?;
        }
        self.unit("is-active", "inactive")?;
        let known = guest.try_run("systemctl show -P LoadState nginx").unwrap_or_default();
        holds(known.trim() == "not-found", &format!("systemd knows no nginx any more: {known}"))?;
        holds(!answers(*first), "nobody answers")?;
        for package in came_along.lines().filter_map(|line| line.split_once(' ')).map(|(name, _)| name) {
            let status = self.status(package);
            holds(status != "installed", &format!("{package} is removed: {status}"))?;
        }
        holds(!guest.path("/usr/sbin/nginx").exists(), "the program is gone")?;
        // Packages are removed, not purged: their settings stay, and the links to their services.
        let settings = guest.run("dpkg-query -W -f '${Conffiles}\n'")?;
        let stays = |path: &str| path.contains("nginx") || settings.contains(path);
        before.compare(&Kept::look(guest)?, stays)?;
        holds(before.0.contains_key(Path::new(PAGE)), "the former page is among what is compared")?;
        println!(
            "            systemctl: inactive, not found; dpkg-query: removed; {} files as they were",
            before.0.len()
        );
        Ok(())
    }

    fn status(&self, package: &str) -> String {
        let asked = format!("dpkg-query -W -f '${{db:Status-Status}}' {package} 2>/dev/null");
        self.guest.try_run(&asked).unwrap_or_default()
    }

    fn unit(&self, what: &str, wanted: &str) -> Done<()> {
        let said = self.guest.try_run(&format!("systemctl {what} nginx")).unwrap_or_default();
        holds(said.trim() == wanted, &format!("systemctl {what} says {said}, not {wanted}"))
    }

    fn main_process(&self) -> Done<String> {
        self.guest.run("systemctl show -P MainPID nginx").map(|said| said.trim().to_owned())
    }

    /// Tells when systemd itself took note that the unit was no longer active.
    fn told_by_systemd(&self, broken: SystemTime) -> Done<()> {
        const UNIT: &str = "org.freedesktop.systemd1 /org/freedesktop/systemd1/unit/nginx_2eservice";
        let asked = format!(
            "busctl get-property {UNIT} org.freedesktop.systemd1.Unit ActiveExitTimestamp | cut -d' ' -f2"
        );
        let said = self.guest.run(&asked)?;
        let micros = said.trim().parse().map_err(|_| wrong(format!("no time: {said}")))?;
        let after = (SystemTime::UNIX_EPOCH + Duration::from_micros(micros)).duration_since(broken);
        println!("                (systemd itself after {} ms)", after.unwrap_or_default().as_millis());
        Ok(())
    }

    /// The processes that answer.
    fn workers(&self) -> Done<String> {
        let process = self.main_process()?;
        self.guest.run(&format!("cat /proc/{process}/task/{process}/children"))
    }

    fn site_is(&self, port: u16) -> Done<()> {
        let text = read(&self.guest.path(SITE))?;
        holds(text == site(port), &format!("the site is the one that is described: {text}"))
    }

    fn run_name(&self) -> Done<String> {
        let said = self.guest.run("ls -t /root/.local/state/pn/runs")?;
        let name = said.lines().find_map(|line| line.strip_suffix(".db"));
        name.map(str::to_owned).ok_or_else(|| wrong(format!("there is no journal: {said}")))
    }
}

/// A `pn run --watch` in the guest, and the lines that it writes.
struct Watching<'a> {
    guest: &'a Guest,
    child: Child,
    /// How much of the log was there when something was broken last.
    seen: usize,
}

impl<'a> Watching<'a> {
    fn start(guest: &'a Guest, port: u16) -> Done<Self> {
        let line = format!(
            "echo $$ > /root/watch.pid; exec pn run web-server.pnml --set port={port} --watch --json > {LOG}"
        );
        let mut command = guest.command(&line);
        let child = command.stdout(Stdio::null()).spawn();
        let child = child.map_err(|error| wrong(format!("cannot run nsenter: {error}")))?;
        Ok(Self { guest, child, seen: 0 })
    }

    fn log(&self) -> String {
        fs::read_to_string(self.guest.path(LOG)).unwrap_or_default()
    }

    /// Whether such an event of that transition was told since something was broken.
    fn tells(&self, event: &str, transition: &str) -> bool {
        let (event, transition) =
            (format!("\"event\":\"{event}\""), format!("\"transition\":\"{transition}\""));
        let log = self.log();
        let mut lines = log.get(self.seen..).unwrap_or_default().lines();
        lines.any(|line| line.contains(&event) && line.contains(&transition))
    }

    fn has_ended(&self, transition: &str) -> bool {
        self.tells("ended", transition)
    }

    /// How long it has run, the proof before it aside.
    fn since_proof(&self) -> Done<Duration> {
        let log = self.log();
        let last = log.lines().rev().find_map(|line| {
            let at = line.split_once("\"at\":")?.1;
            at.split([',', '}']).next()?.parse().ok()
        });
        last.map(Duration::from_secs_f64).ok_or_else(|| wrong("nothing is told"))
    }

    /// Waits until nothing more is told: a look at the answer may still have to fail and be repeated.
    fn quiet(&self) -> Done<()> {
        let (begun, mut last, mut since) = (Instant::now(), 0, Instant::now());
        while since.elapsed() < Duration::from_millis(2500) {
            let now = self.log().len();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if begun.elapsed() > PATIENCE {
                return Err(wrong(format!("the run does not come to rest:\n{}", self.log())));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Breaks something, and sees it noticed and repaired.
    fn breaks(
        &mut self,
        what: &str,
        notices: &str,
        act: impl FnOnce() -> Done<Option<Child>>,
        is_repaired: impl Fn(&Self) -> bool,
    ) -> Done<SystemTime> {
        self.seen = self.log().len();
        let (begun, broken) = (Instant::now(), SystemTime::now());
        let breaker = act()?;
        let mut noticed = None;
        let repaired = loop {
            if noticed.is_none() && self.tells("observed", notices) {
                noticed = Some(begun.elapsed());
            }
            if noticed.is_some() && is_repaired(self) {
                break begun.elapsed();
            }
            if begun.elapsed() > PATIENCE {
                return Err(wrong(format!("{what}: it is not repaired:\n{}", self.log())));
            }
            std::thread::sleep(PAUSE);
        };
        if let Some(mut breaker) = breaker {
            let _ = breaker.wait();
        }
        let noticed = noticed.unwrap_or_default();
        println!(
            "            {what}: noticed after {} ms, repaired after {} ms",
            noticed.as_millis(),
            repaired.as_millis()
        );
        self.quiet().map(|()| broken)
    }

    /// Stops it as Ctrl-C does.
    fn stop(mut self) -> Done<()> {
        self.guest.run("kill -INT $(cat /root/watch.pid)")?;
        let status = self.child.wait().map_err(|error| wrong(error.to_string()))?;
        holds(status.code() == Some(3), &format!("a run that is stopped ends with 3, not {status}"))
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.guest.run("kill -KILL $(cat /root/watch.pid)");
            let _ = self.child.wait();
        }
    }
}

/// What is below `/etc` and `/var/www` of the guest: kind and permissions, owner, group, content.
struct Kept(BTreeMap<PathBuf, (u32, u32, u32, Vec<u8>)>);

impl Kept {
    fn look(guest: &Guest) -> Done<Self> {
        let failed = |error: std::io::Error| wrong(format!("cannot look at the guest's files: {error}"));
        let root = guest.path("/");
        let mut kept = BTreeMap::new();
        let mut open = vec![guest.path("/etc"), guest.path("/var/www")];
        while let Some(path) = open.pop() {
            let there = fs::symlink_metadata(&path).map_err(failed)?;
            let content = match there.file_type() {
                kind if kind.is_file() => fs::read(&path).map_err(failed)?,
                kind if kind.is_symlink() => {
                    fs::read_link(&path).map_err(failed)?.into_os_string().into_encoded_bytes()
                }
                _ => {
                    for entry in fs::read_dir(&path).map_err(failed)? {
                        open.push(entry.map_err(failed)?.path());
                    }
                    Vec::new()
                }
            };
            let below = Path::new("/").join(path.strip_prefix(&root).unwrap_or(&path));
            kept.insert(below, (there.permissions().mode(), there.uid(), there.gid(), content));
        }
        Ok(Self(kept))
    }

    /// Everything is as it was, and there is nothing else but what may stay.
    fn compare(&self, after: &Self, may_stay: impl Fn(&str) -> bool) -> Done<()> {
        for (path, kept) in &self.0 {
            if after.0.get(path) != Some(kept) {
                return Err(wrong(format!("{} is not as it was", path.display())));
            }
        }
        let mut new = after.0.keys().filter(|path| !self.0.contains_key(*path));
        match new.find(|path| !may_stay(&path.to_string_lossy())) {
            Some(path) => Err(wrong(format!("{} was not there before", path.display()))),
            None => Ok(()),
        }
    }
}

fn site(port: u16) -> String {
    format!("server {{\n    listen 127.0.0.1:{port};\n    root /var/www/html;\n}}\n")
}

/// Two ports that nobody uses at the moment.
fn ports() -> Done<[u16; 2]> {
    let free = || {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|bound| Ok((bound.local_addr()?.port(), bound)))
    };
    let failed = |error: std::io::Error| wrong(format!("there is no free port: {error}"));
    let (first, second) = (free().map_err(failed)?, free().map_err(failed)?);
    Ok([first.0, second.0])
}

fn connected(port: u16) -> Option<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    Some(stream)
}

/// Whether anybody listens there.
fn answers(port: u16) -> bool {
    connected(port).is_some()
}

/// Whether the page is served there.
fn greets(port: u16) -> bool {
    let ask = || -> Option<String> {
        let mut stream = connected(port)?;
        stream.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    };
    ask().is_some_and(|answer| answer.starts_with("HTTP/1.1 200") && answer.contains(GREETING))
}

fn until(what: &str, so: impl Fn() -> bool) -> Done<()> {
    let begun = Instant::now();
    // The proof of a run that watches comes before anything else.
    while begun.elapsed() < PATIENCE * 4 {
        if so() {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Err(wrong(format!("waited in vain: {what}")))
}

fn holds(so: bool, what: &str) -> Done<()> {
    if so { Ok(()) } else { Err(wrong(format!("this does not hold: {what}"))) }
}

fn read(path: &Path) -> Done<String> {
    fs::read_to_string(path).map_err(|error| wrong(format!("cannot read {}: {error}", path.display())))
}
