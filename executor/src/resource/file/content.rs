//! What is to be in a file: a text, what another file holds, or another file with its templates
//! filled in.

use super::difference::LARGEST;
use super::former::hash;
use crate::template;
use crate::watch::{Reach, Watch};
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes of a template.
const LARGEST_TEMPLATE: u64 = 4 << 20;

/// What is to be in a file.
#[derive(Debug)]
pub(super) enum Content {
    /// Whatever is there; nothing in a new file.
    Any,
    /// This.
    Text(String),
    /// What is in this file.
    Like(PathBuf),
    /// What becomes of the template in this file.
    Filled(PathBuf),
}

type Names = BTreeMap<String, String>;

impl Content {
    /// Whether the regular file at `path` holds it already.
    pub(super) fn is_in(&self, path: &Path, there: &Metadata, names: &Names) -> io::Result<bool> {
        let holds = |text: &str| match text.len() as u64 == there.len() {
            true => same_bytes(File::open(path)?, text.as_bytes()),
            false => Ok(false),
        };
        match self {
            Self::Any => Ok(true),
            Self::Text(text) => holds(text),
            Self::Like(source) => same_bytes(File::open(path)?, regular(source)?),
            Self::Filled(source) => holds(&filled(source, names)?),
        }
    }

    /// What it is made from is watched, too: the source, and the values that a template uses.
    pub(super) fn watch(&self, watch: Watch) -> Watch {
        match self {
            Self::Any | Self::Text(_) => watch,
            Self::Like(source) => watch.path(source, Reach::Target),
            Self::Filled(source) => {
                let text = small(source).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
                let names = template::names(&text).unwrap_or_default();
                names.into_iter().fold(watch.path(source, Reach::Target), Watch::value)
            }
        }
    }

    /// Writes it into a new file.
    pub(super) fn write_to(&self, file: &mut File, names: &Names) -> io::Result<()> {
        match self {
            Self::Any => Ok(()),
            Self::Text(text) => file.write_all(text.as_bytes()),
            Self::Like(source) => io::copy(&mut regular(source)?, file).map(drop),
            Self::Filled(source) => file.write_all(filled(source, names)?.as_bytes()),
        }
    }

    /// The hash of what a new file will hold.
    pub(super) fn sha256(&self, names: &Names) -> io::Result<String> {
        match self {
            Self::Any => hash(io::empty()),
            Self::Text(text) => hash(text.as_bytes()),
            Self::Like(source) => hash(regular(source)?),
            Self::Filled(source) => hash(filled(source, names)?.as_bytes()),
        }
    }

    /// Its bytes; `None` where any content will do, or where it is too large or cannot be read.
    pub(super) fn bytes(&self, names: &Names) -> Option<Vec<u8>> {
        match self {
            Self::Any => None,
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Like(source) => small(source),
            Self::Filled(source) => filled(source, names).ok().map(String::into_bytes),
        }
    }
}

fn filled(source: &Path, names: &Names) -> io::Result<String> {
    let failed = |what: &dyn std::fmt::Display| io::Error::other(format!("{}: {what}", source.display()));
    let mut text = String::new();
    let read = regular(source)?.take(LARGEST_TEMPLATE + 1).read_to_string(&mut text);
    match read.map_err(|error| failed(&error))? as u64 {
        size if size > LARGEST_TEMPLATE => Err(failed(&"a template has at most 4 MiB")),
        _ => template::render(&text, names).map_err(|complaint| failed(&complaint)),
    }
}

/// Opens a regular file: a pipe or a device might never end.
pub(super) fn regular(path: &Path) -> io::Result<File> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if !fs::metadata(path).map_err(named)?.is_file() {
        return Err(io::Error::other(format!("{} is not a regular file", path.display())));
    }
    File::open(path).map_err(named)
}

/// What is in a regular file, where it is small enough to show.
pub(super) fn small(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    regular(path).ok()?.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LARGEST).then_some(bytes)
}

/// Whether two streams hold the same.
pub(super) fn same_bytes(one: impl Read, other: impl Read) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    let (mut left, mut right) = ([0; 8192], [0; 8192]);
    loop {
        let count = fill(&mut one, &mut left)?;
        if fill(&mut other, &mut right)? != count || left[..count] != right[..count] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

/// Reads until the buffer is full or nothing is left.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match from.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}
