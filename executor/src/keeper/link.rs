//! The keeper's end of the socket to its runner: nothing here waits.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// The longest order: a job holds the parameters of one action.
const LONGEST: usize = 64 << 20;

/// The socket, what was read of the next order, and what is still to be said.
#[derive(Debug)]
pub(super) struct Link {
    socket: UnixStream,
    heard: Vec<u8>,
    unsaid: Vec<u8>,
}

impl Link {
    pub(super) fn new(socket: UnixStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket, heard: Vec::new(), unsaid: Vec::new() })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Whether something is still to be said.
    pub(super) fn is_behind(&self) -> bool {
        !self.unsaid.is_empty()
    }

    /// The whole lines that have come; an error once the runner is gone.
    pub(super) fn hear(&mut self, buffer: &mut [u8]) -> io::Result<Vec<Vec<u8>>> {
        match self.socket.read(buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => self.heard.extend_from_slice(&buffer[..count]),
            Err(error) if is_for_later(&error) => {}
            Err(error) => return Err(error),
        }
        if self.heard.len() > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some(end) = self.heard.iter().rposition(|byte| *byte == b'\n') else { return Ok(Vec::new()) };
        let rest = self.heard.split_off(end + 1);
        let lines = std::mem::replace(&mut self.heard, rest);
        Ok(lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
    }

    /// Says this after all that was to be said before. That the runner is gone is noticed when it
    /// is heard.
    pub(super) fn say(&mut self, line: &[u8]) {
        self.unsaid.extend_from_slice(line);
        self.go_on();
    }

    /// Says what is still to be said, as far as the runner takes it.
    pub(super) fn go_on(&mut self) {
        while self.is_behind() {
            match self.socket.write(&self.unsaid) {
                Ok(count) => drop(self.unsaid.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.unsaid.clear(),
            }
        }
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn lines_are_heard_whole_and_the_end_is_noticed() {
        let (mut runner, keeper) = UnixStream::pair().unwrap();
        let (mut link, mut buffer) = (Link::new(keeper).unwrap(), [0; 4]);
        let mut heard = Vec::new();
        runner.write_all(b"one\ntwo\nthr").unwrap();
        for _ in 0..4 {
            heard.extend(link.hear(&mut buffer).unwrap());
        }
        assert_eq!(heard, [b"one", b"two"]);
        drop(runner);
        // A process that another test starts at this moment may hold the other end a little longer.
        let since = Instant::now();
        while link.hear(&mut buffer).is_ok() {
            assert!(since.elapsed() < Duration::from_secs(10), "the end is not noticed");
        }
    }

    #[test]
    fn what_the_runner_does_not_take_is_kept_for_later() {
        let (mut runner, keeper) = UnixStream::pair().unwrap();
        let mut link = Link::new(keeper).unwrap();
        let text = vec![b'x'; 1 << 20];
        link.say(&text);
        assert!(link.is_behind());
        let mut taken = vec![0; text.len()];
        std::thread::scope(|scope| {
            scope.spawn(|| runner.read_exact(&mut taken).unwrap());
            while link.is_behind() {
                link.go_on();
            }
        });
        assert!(taken == text);
    }
}
