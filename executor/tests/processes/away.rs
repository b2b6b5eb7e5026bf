//! Actions on another host: a real OpenSSH server on the loopback interface, with keys and settings
//! of its own, is that host. Where there is no server, that is said.

use crate::support::{draft, sh, with};
use crate::trials;
use crate::world::{Ran, World, never_told, settings, wait_until};
use libtest_mimic::Trial;
use pn_deployment::{Action, Deployment, Faults, Outcome, expand};
use pn_executor::away::Ssh;
use pn_executor::machine::EndState;
use pn_executor::rollback::{Manner, Width, rollback};
use pn_executor::{Hosts, Report, RunConfig};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SERVER: &str = "/usr/sbin/sshd";

#[allow(clippy::print_stderr)] // a test that is left out says why
pub(crate) fn tests() -> Vec<Trial> {
    let there = Path::new(SERVER).exists() && Command::new("ssh").arg("-V").output().is_ok();
    if !there {
        eprintln!(
            "actions on other hosts are not tested: there is no {SERVER}, or no ssh (Debian: openssh-server)"
        );
    }
    let tests = trials(&[
        ("every_kind_works_the_same_on_another_host", kinds),
        ("a_host_whose_key_is_not_known_is_refused_and_what_to_do_is_said", keys),
        ("a_command_goes_on_without_its_connection_and_is_found_again", lost),
        ("a_late_or_cancelled_command_is_stopped_on_the_other_host", stopped),
        ("what_was_done_on_another_host_is_undone_there", undone),
    ]);
    tests.into_iter().map(|test| test.with_ignored_flag(!there)).collect()
}

/// A host, which is a server in a folder of its own.
struct Server {
    world: World,
    server: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let world = World::new();
        for key in ["host", "client", "other"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f", &world.at(key)])
                .status();
            assert!(made.unwrap().success());
        }
        if nix::unistd::geteuid().is_root() {
            // Where the server locks itself in; it insists.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             UsePAM no\nStrictModes no\nPasswordAuthentication no\nSetEnv XDG_STATE_HOME={}\n",
            world.at("host"),
            world.at("client.pub"),
            world.at("state"),
        );
        fs::write(world.at("sshd_config"), config).unwrap();
        let mut command = Command::new(SERVER);
        command.args(["-D", "-e", "-f", &world.at("sshd_config")]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(world.at("sshd.log")).unwrap());
        let server = command.spawn().unwrap();
        let started = Self { world, server, port };
        started.knows("host");
        wait_until("the server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        started
    }

    /// Writes the client's settings, which know the server by this key.
    fn knows(&self, key: &str) {
        let world = &self.world;
        let public = fs::read_to_string(world.at(&format!("{key}.pub"))).unwrap();
        fs::write(world.at("known_hosts"), format!("[127.0.0.1]:{} {public}", self.port)).unwrap();
        let text = format!(
            "Host web1\n  HostName 127.0.0.1\n  Port {}\n  IdentityFile {}\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {}\n  GlobalKnownHostsFile none\n",
            self.port,
            world.at("client"),
            world.at("known_hosts"),
        );
        fs::write(world.at("ssh_config"), text).unwrap();
    }

    fn hosts(&self) -> Hosts {
        let mut ssh = Ssh::new(std::env::current_exe().unwrap(), vec!["__remote".to_owned()]);
        ssh.config = Some(self.world.at("ssh_config").into());
        let sockets = self.world.at("s");
        fs::create_dir_all(&sockets).unwrap();
        ssh.sockets = Some(sockets.into());
        Hosts::Reached([].into(), Arc::new(ssh))
    }

    fn config(&self, runs: &World, deployment: &Arc<Deployment>) -> RunConfig {
        let mut config = runs.config(deployment, &[]);
        config.settings.hosts = self.hosts();
        config
    }

    fn run(&self, deployment: &Arc<Deployment>) -> Ran {
        let runs = World::new();
        runs.run_with(self.config(&runs, deployment), &mut |_, _| {}).unwrap()
    }

    fn once(&self, action: Action) -> Report {
        let deployment = draft("a(1)\nx: a -> b").action("x", on_web1(action)).goal("b", 1).expanded();
        self.run(&deployment).reports(&deployment, "x").swap_remove(0)
    }

    /// Ends the server's processes for single connections.
    fn cut(&self) {
        for child in children(self.server.id()) {
            for session in children(child).into_iter().chain([child]) {
                let session = nix::unistd::Pid::from_raw(i32::try_from(session).unwrap());
                let name = fs::read_to_string(format!("/proc/{session}/comm")).unwrap_or_default();
                if name.trim() == "sshd" {
                    let _ = nix::sys::signal::kill(session, nix::sys::signal::Signal::SIGKILL);
                }
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cut();
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let parent_of =
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        parent_of == Some(parent)
    })
    .collect()
}

fn on_web1(mut action: Action) -> Action {
    action.host = Some("web1".to_owned());
    action
}

fn kinds() {
    let server = Server::start();
    let at = |name: &str| server.world.at(name);
    let file = |content: &str| with("file", &[("path", &at("made")), ("content", content)]);
    let report = server.once(file("here"));
    assert_eq!(report.result, Outcome::Ok, "{}", report.message);
    assert_eq!(server.world.read("made"), "here");
    assert_eq!(server.once(file("here")).result, Outcome::Same);
    let report = server.once(sh("echo \"$SSH_CONNECTION\" | cut -c1-9; echo no >&2; exit 3"));
    assert_eq!((report.result, &*report.stdout.head), (Outcome::Failed, "127.0.0.1\n"), "{}", report.message);
    assert_eq!(report.stderr.head, "no\n");

    // Values belong to the run, wherever they are used.
    let put = on_web1(with("value", &[("name", "word"), ("value", "there")]));
    let deployment = draft("a(1)\nput: a -> b\nuse: b -> c")
        .action("put", put)
        .action("use", on_web1(with("file", &[("path", &at("used")), ("content", "{{ word }}")])))
        .goal("c", 1)
        .expanded();
    assert_eq!(server.run(&deployment).report.state, EndState::Complete);
    assert_eq!(server.world.read("used"), "there");

    // The program is brought once, and nobody else may read what lies there.
    let brought = fs::read_dir(at("state/pn/away/bin")).unwrap().count();
    assert_eq!(brought, 1);
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(at("state/pn/away")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700);
}

fn keys() {
    let server = Server::start();
    fs::write(server.world.at("known_hosts"), "").unwrap();
    let file = || with("file", &[("path", &server.world.at("made")), ("content", "x")]);
    let report = server.once(file());
    assert_eq!(report.result, Outcome::Failed);
    assert!(report.message.contains("its host key is not known"), "{}", report.message);
    server.knows("other");
    let report = server.once(file());
    assert!(report.message.contains("is not the one that is known"), "{}", report.message);
    server.knows("host");
    fs::write(server.world.at("client.pub"), "").unwrap();
    let report = server.once(file());
    assert!(report.message.contains("authorized_keys"), "{}", report.message);
    assert!(!Path::new(&server.world.at("made")).exists());
}

fn lost() {
    let server = Server::start();
    let (log, marker) = (server.world.at("log"), server.world.at("marker"));
    let action = sh(&format!("echo begin >> {log}; : > {marker}; sleep 1; echo end >> {log}; echo said"));
    let report = std::thread::scope(|scope| {
        let ran = scope.spawn(|| server.once(action));
        wait_until("the command has begun", || Path::new(&marker).exists());
        server.cut();
        ran.join().unwrap()
    });
    assert_eq!((report.result, &*report.stdout.head), (Outcome::Ok, "said\n"), "{}", report.message);
    assert_eq!(server.world.read("log"), "begin\nend\n");
}

fn stopped() {
    let server = Server::start();
    // The program is brought there first, which is no part of the time that is measured.
    assert_eq!(server.once(sh("true")).result, Outcome::Ok);
    let log = server.world.at("log");
    let mut action = sh(&format!("echo begin >> {log}; sleep 30; echo end >> {log}"));
    action.timeout = Some(Duration::from_secs(2));
    let begun = Instant::now();
    assert_eq!(server.once(action.clone()).result, Outcome::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(server.world.read("log"), "begin\n");

    action.timeout = None;
    let deployment = draft("a(1)\nx: a -> b").action("x", on_web1(action)).goal("b", 1).expanded();
    let runs = World::new();
    let mut config = server.config(&runs, &deployment);
    config.settings.grace = settings().grace;
    let begun = Instant::now();
    let ran = std::thread::scope(|scope| {
        let (say, control) = crossbeam_channel::unbounded();
        let ran = scope.spawn(move || {
            let mut events = Vec::new();
            let report =
                pn_executor::start(config, &mut |event| events.push(event.clone()), control).unwrap();
            Ran { report, events }
        });
        wait_until("the command has begun", || server.world.read("log").lines().count() == 2);
        for _ in 0..2 {
            say.send(pn_executor::Control::Stop).unwrap();
        }
        ran.join().unwrap()
    });
    assert_eq!(ran.reports(&deployment, "x")[0].result, Outcome::Cancelled);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(server.world.read("log"), "begin\nbegin\n");
}

fn undone() {
    let server = Server::start();
    let path = server.world.at("made");
    fs::write(&path, "before").unwrap();
    let action = with("file", &[("path", &path), ("content", "after")]);
    let deployment = draft("a(1)\nx: a -> b").action("x", on_web1(action)).goal("b", 1).expanded();
    let runs = World::new();
    let ran = runs.run_with(server.config(&runs, &deployment), &mut |_, _| {}).unwrap();
    assert_eq!(server.world.read("made"), "after");
    let plan = rollback(&ran.report.journal, &deployment).unwrap();
    let net =
        pn_executor::rollback::deployment(&plan, &deployment, Manner::Respectful, Width::Parallel).unwrap();
    let net = Arc::new(expand(&net, Faults::None).deployment);
    let config = server.config(&runs, &net);
    let report = pn_executor::roll_back(config, &ran.report.journal, &mut |_| {}, never_told()).unwrap();
    assert_eq!(report.state, EndState::Complete);
    assert_eq!(server.world.read("made"), "before");
}
