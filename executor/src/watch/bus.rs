//! What systemd tells of its units, on the system's D-Bus: signals, no polling.
//!
//! One thread listens for `PropertiesChanged` of all units and tells their names; which of them
//! matter, others know. Signals that concern all units (unit files were changed, systemd was
//! loaded anew, the connection was lost and is back) are told as such. While the bus is away, the
//! connection is tried again after ever longer pauses.
//!
//! Sources: org.freedesktop.systemd1(5); the paths of units are escaped as by `sd_bus_path_encode`.

use futures_core::Stream;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;
use zbus::connection::{Builder, Connection};
use zbus::{Message, MessageStream, block_on};

const SYSTEMD: &str = "org.freedesktop.systemd1";
const ROOT: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNITS: &str = "/org/freedesktop/systemd1/unit/";
const BUS: &str = "org.freedesktop.DBus";

/// How long one call may take.
const CALL: Duration = Duration::from_secs(25);

/// The pauses before the connection is tried again: doubled from the first to the last.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(60);

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Signal {
    /// Something of this unit has changed.
    Unit(String),
    /// Perhaps something of every unit.
    All,
    /// Nothing can be heard any more; why. Told once until it is heard again.
    Lost(String),
}

/// A listener.
#[derive(Debug)]
pub(super) struct Bus {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

/// Whether to end, and whom to wake then.
#[derive(Debug, Default)]
struct Stop {
    raised: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Stop {
    fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }

    fn waker(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus {
    /// Listens on the bus that `connect` makes connections to.
    pub(super) fn listen(
        connect: impl Fn() -> Builder<'static> + Send + 'static,
        tell: impl Fn(Signal) + Send + 'static,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let own = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("bus".into());
        let thread = thread.spawn(move || keep_listening(&connect, &tell, &own))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.stop.raised.store(true, Ordering::SeqCst);
        if let Some(waker) = self.stop.waker().take() {
            waker.wake();
        }
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic there is a bug that has been printed; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

fn keep_listening(connect: &dyn Fn() -> Builder<'static>, tell: &dyn Fn(Signal), stop: &Stop) {
    let mut pause = FIRST;
    let mut told = false;
    while !stop.is_raised() {
        let mut heard = false;
        let ended = block_on(hear(connect().method_timeout(CALL), stop, &mut |signal| {
            heard = true;
            tell(signal);
        }));
        if stop.is_raised() {
            return;
        }
        if heard {
            (pause, told) = (FIRST, false);
        }
        if !std::mem::replace(&mut told, true) {
            let why = ended.map_or_else(|error| error.to_string(), |()| "the connection ended".to_owned());
            tell(Signal::Lost(format!("systemd is not heard on the system's D-Bus: {why}")));
        }
        std::thread::park_timeout(pause);
        pause = (pause * 2).min(LAST);
    }
}

/// Listens until the connection ends.
async fn hear(builder: Builder<'_>, stop: &Stop, tell: &mut dyn FnMut(Signal)) -> zbus::Result<()> {
    let connection = builder.build().await?;
    let mut stream = MessageStream::from(&connection);
    let unit = format!(
        "type='signal',sender='{SYSTEMD}',path_namespace='{ROOT}',interface='org.freedesktop.DBus.Properties'"
    );
    let manager = format!("type='signal',sender='{SYSTEMD}',interface='{MANAGER}'");
    let owner = format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{SYSTEMD}'");
    for rule in [unit, manager, owner] {
        connection.call_method(Some(BUS), "/org/freedesktop/DBus", Some(BUS), "AddMatch", &(rule,)).await?;
    }
    subscribe(&connection).await?;
    // What happened before, nobody has told.
    tell(Signal::All);
    loop {
        let next = poll_fn(|cx| {
            *stop.waker() = Some(cx.waker().clone());
            if stop.is_raised() { Poll::Ready(None) } else { Pin::new(&mut stream).poll_next(cx) }
        });
        let Some(message) = next.await else { return Ok(()) };
        match meaning(&message?) {
            Some(Meaning::Signal(signal)) => tell(signal),
            Some(Meaning::NewOwner) => {
                subscribe(&connection).await?;
                tell(Signal::All);
            }
            None => {}
        }
    }
}

/// Without this, systemd tells nothing.
async fn subscribe(connection: &Connection) -> zbus::Result<()> {
    connection.call_method(Some(SYSTEMD), ROOT, Some(MANAGER), "Subscribe", &()).await.map(drop)
}

enum Meaning {
    Signal(Signal),
    /// Another process is systemd now.
    NewOwner,
}

fn meaning(message: &Message) -> Option<Meaning> {
    let header = message.header();
    match header.member()?.as_str() {
        "PropertiesChanged" => {
            let unit = unit_of(header.path()?.as_str())?;
            Some(Meaning::Signal(Signal::Unit(unit)))
        }
        "UnitFilesChanged" | "Reloading" => Some(Meaning::Signal(Signal::All)),
        "NameOwnerChanged" => {
            let (_, _, owner): (String, String, String) = message.body().deserialize().ok()?;
            (!owner.is_empty()).then_some(Meaning::NewOwner)
        }
        _ => None,
    }
}

/// The unit at this path: every byte but letters and digits is written as `_` and two digits.
pub(crate) fn unit_of(path: &str) -> Option<String> {
    let mut bytes = path.strip_prefix(UNITS)?.bytes();
    let mut name = Vec::new();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'_' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(name).ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test that cannot go on fails
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc::{Receiver, channel};
    use zbus::Variant;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn the_path_of_a_unit_tells_its_name() {
        assert_eq!(unit_of(&format!("{UNITS}nginx_2eservice")).as_deref(), Some("nginx.service"));
        assert_eq!(unit_of(&format!("{UNITS}getty_40tty1_2eservice")).as_deref(), Some("getty@tty1.service"));
        assert_eq!((unit_of(UNITS), unit_of("/org"), unit_of(&format!("{UNITS}a_2"))), (None, None, None));
    }

    /// A bus of our own; ends with this value.
    struct Daemon {
        child: Child,
        address: String,
    }

    impl Daemon {
        /// `None`, said, where there is no dbus-daemon.
        fn start(folder: &std::path::Path) -> Option<Self> {
            let address = format!("unix:path={}/bus", folder.display());
            let mut command = Command::new("dbus-daemon");
            command.args(["--session", "--nofork", "--nopidfile", "--address", &address]);
            match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
                Ok(child) => Some(Self { child, address }),
                Err(error) => {
                    eprintln!("skipped: there is no dbus-daemon here ({error})");
                    None
                }
            }
        }

        fn connect(&self) -> Connection {
            let began = std::time::Instant::now();
            loop {
                match block_on(Builder::address(&*self.address).build()) {
                    Ok(connection) => return connection,
                    Err(error) => assert!(began.elapsed() < LONG, "{error}"),
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }

        /// Something that calls itself systemd, and says yes to everything.
        fn systemd(&self) -> Connection {
            let connection = self.connect();
            let mut stream = MessageStream::from(&connection);
            block_on(connection.request_name(SYSTEMD)).unwrap();
            let own = connection.clone();
            std::thread::spawn(move || {
                block_on(async {
                    while let Some(Ok(message)) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
                        if message.message_type() == zbus::message::Type::MethodCall {
                            own.reply(&message.header(), &()).await.unwrap();
                        }
                    }
                });
            });
            connection
        }
    }

    impl Drop for Daemon {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn listen(address: &str) -> (Bus, Receiver<Signal>) {
        let (say, hear) = channel();
        let address = address.to_owned();
        let connect = move || Builder::address(address.as_str());
        (Bus::listen(connect, move |signal| drop(say.send(signal))).unwrap(), hear)
    }

    fn changed(systemd: &Connection, unit: &str) {
        let body = ("org.freedesktop.systemd1.Unit", HashMap::<String, Variant<'_>>::new(), vec!["Job"]);
        let (path, properties) = (format!("{UNITS}{unit}"), "org.freedesktop.DBus.Properties");
        block_on(systemd.emit_signal(None::<&str>, path, properties, "PropertiesChanged", &body)).unwrap();
    }

    #[test]
    fn units_that_change_are_told_and_a_bus_that_goes_away_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let Some(daemon) = Daemon::start(folder.path()) else { return };
        let systemd = daemon.systemd();
        let (bus, hear) = listen(&daemon.address);
        let next = || hear.recv_timeout(LONG).unwrap();
        assert_eq!(next(), Signal::All);
        changed(&systemd, "nginx_2eservice");
        assert_eq!(next(), Signal::Unit("nginx.service".into()));
        block_on(systemd.emit_signal(None::<&str>, ROOT, MANAGER, "UnitFilesChanged", &())).unwrap();
        assert_eq!(next(), Signal::All);
        drop(daemon);
        assert!(matches!(next(), Signal::Lost(_)));
        let daemon = Daemon::start(folder.path()).unwrap();
        let systemd = daemon.systemd();
        // Once when systemd answers, and perhaps when it took its name.
        assert_eq!(next(), Signal::All);
        changed(&systemd, "cron_2eservice");
        let told = std::iter::repeat_with(next).find(|signal| *signal != Signal::All);
        assert_eq!(told, Some(Signal::Unit("cron.service".into())));
        drop(bus);
    }
}
