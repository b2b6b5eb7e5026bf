//! How packages stand, read from what `dpkg-query` and `apt-cache policy` say.
//!
//! Sources: dpkg-query(1), the status words of dpkg(1), Debian Policy 5.6.1 and 5.6.12.

use std::collections::BTreeMap;

/// How one package stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// In this version.
    Installed(String),
    /// Not there, or only its settings are.
    Absent,
    /// In a state between, by dpkg's word for it.
    Between(String),
}

/// Whether this can be the name of a package, possibly with an architecture.
pub(super) fn is_name(text: &str) -> bool {
    let (name, architecture) = text.split_once(':').unwrap_or((text, "any"));
    let small = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() >= 2
        && small(name.as_bytes()[0])
        && name.bytes().all(|b| small(b) || matches!(b, b'+' | b'-' | b'.'))
        && !architecture.is_empty()
        && architecture.bytes().all(|b| small(b) || b == b'-')
}

/// Whether this can be a version.
pub(super) fn is_version(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'~' | b':'))
}

/// How the packages stand, by lines of name, architecture, status and version.
pub(super) fn standings(names: &[String], said: &str) -> BTreeMap<String, Standing> {
    let mut standings: BTreeMap<String, Standing> =
        names.iter().map(|name| (name.clone(), Standing::Absent)).collect();
    for line in said.lines() {
        let [package, architecture, status, version] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        let standing = match status {
            "installed" | "triggers-awaited" | "triggers-pending" => Standing::Installed(version.to_owned()),
            "not-installed" | "config-files" => continue,
            other => Standing::Between(other.to_owned()),
        };
        let full = format!("{package}:{architecture}");
        for name in names.iter().filter(|&name| name == package || *name == full) {
            // Of several architectures, one that is installed counts.
            if !matches!(standings.get(name), Some(Standing::Installed(_))) {
                standings.insert(name.clone(), standing.clone());
            }
        }
    }
    standings
}

/// The newest version of each package that can be had.
pub(super) fn candidates(said: &str) -> BTreeMap<String, String> {
    let mut candidates = BTreeMap::new();
    let mut package = "";
    for line in said.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            package = name;
        } else if let Some(version) = line.trim_start().strip_prefix("Candidate: ")
            && version != "(none)"
        {
            candidates.insert(package.to_owned(), version.to_owned());
        }
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dpkg_says_is_read_for_each_name() {
        let names = ["curl", "libc6:i386", "gone", "half", "nothing"].map(str::to_owned);
        let said = "curl\tamd64\tinstalled\t8.0-1\nlibc6\tamd64\tinstalled\t2.40\n\
                    gone\tall\tconfig-files\t1\nhalf\tall\thalf-configured\t2\n";
        let found = standings(&names, said);
        assert_eq!(found["curl"], Standing::Installed("8.0-1".into()));
        assert_eq!(found["libc6:i386"], Standing::Absent);
        assert_eq!((&found["gone"], &found["nothing"]), (&Standing::Absent, &Standing::Absent));
        assert_eq!(found["half"], Standing::Between("half-configured".into()));
    }

    #[test]
    fn what_apt_offers_is_read_for_each_name() {
        let said = "curl:\n  Installed: 8.0-1\n  Candidate: 8.1-1\n  Version table:\n     8.1-1 500\n\
                    old:\n  Installed: 1\n  Candidate: (none)\n";
        assert_eq!(candidates(said), [("curl".to_owned(), "8.1-1".to_owned())].into());
    }

    #[test]
    fn names_and_versions_are_told_from_options() {
        assert!(["g++-12", "libc6:amd64", "0ad"].iter().all(|name| is_name(name)));
        assert!(["-y", "a", "Curl", "cu*l", "curl:", "curl=1"].iter().all(|name| !is_name(name)));
        assert!(is_version("2:1.0~rc1+b2-3") && !is_version("-o") && !is_version("1 2"));
    }
}
