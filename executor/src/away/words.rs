//! What keeps a question from being answered, and what OpenSSH's client says of it, in words.

use crate::report::Halt;
use pn_deployment::Outcome;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Trouble {
    /// Nothing was asked: the host was not reached, or the program is not there.
    Unreached(String),
    /// It was asked, and then the connection was lost.
    Lost(String),
    /// There was no time left.
    Late,
    /// The attempt was cancelled.
    Cancelled,
}

impl Trouble {
    pub(super) fn words(&self, host: &str) -> String {
        match self {
            Self::Unreached(why) => why.clone(),
            Self::Lost(why) => format!("the connection to {host} was lost: {why}"),
            Self::Late => format!("{host} took longer than the timeout"),
            Self::Cancelled => "stopped on request".to_owned(),
        }
    }

    /// The end of an attempt that has changed nothing yet.
    pub(super) fn halt(&self, host: &str) -> Halt {
        let result = match self {
            Self::Unreached(_) | Self::Lost(_) => Outcome::Failed,
            Self::Late => Outcome::Timeout,
            Self::Cancelled => Outcome::Cancelled,
        };
        Halt::new(result, self.words(host))
    }
}

/// Why the client did not reach the host, from what it wrote to its standard error.
pub(super) fn unreached(host: &str, said: &str) -> Trouble {
    let last = crate::resource::last_line(said);
    let advice = if said.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        "its host key is not the one that is known: either the host was set up anew, and the old key \
         has to be removed (ssh-keygen -R), or somebody stands between"
    } else if said.contains("host key is known for") || said.contains("Host key verification failed") {
        "its host key is not known, and nobody is asked; compare its fingerprint at the host \
         (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and add the key to known_hosts (ssh-keyscan)"
    } else if said.contains("Permission denied") {
        "it does not let this user in by key, and no password is asked for; the public key belongs in \
         ~/.ssh/authorized_keys over there"
    } else if said.contains("Could not resolve hostname") {
        "its name is not known; give it an address in the client's settings (HostName)"
    } else {
        return Trouble::Unreached(format!("cannot reach {host} by ssh: {last}"));
    };
    Trouble::Unreached(format!("cannot reach {host} by ssh: {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_says_leads_to_what_to_do() {
        let words = |said: &str| unreached("web1", said).words("web1");
        let unknown = "No ED25519 host key is known for [127.0.0.1]:22 and you have requested strict checking.\n\
                       Host key verification failed.\n";
        assert!(words(unknown).contains("ssh-keyscan"), "{}", words(unknown));
        let changed = "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.\n";
        assert!(words(changed).contains("ssh-keygen -R"), "{}", words(changed));
        let refused = "ssh: connect to host 127.0.0.1 port 1: Connection refused\n";
        assert_eq!(words(refused), format!("cannot reach web1 by ssh: {}", refused.trim()));
    }
}
