//! What was at the paths that an action of kind `file` changes, so that it can be put back.
//!
//! Looked at before anything changes: type, permissions, owner, group, where a link points, and a
//! copy of each file whose content will change. What the action is going to leave is recorded as
//! well, so that later a change by somebody else is told from our own. Times, access lists and
//! extended attributes are not kept. Cost: one pass over what changes.

use super::attributes::{Owned, Resolved};
use super::below::{self, Change};
use super::content::{Content, regular, same_bytes};
use super::place;
use super::tree::{self, Step};
use super::{Extent, Resting, Wanted};
use crate::resource::{Context, LOST, Past, Tracks};
use crate::secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// Bytes of a file of which a copy is kept.
const LARGEST: u64 = 64 << 20;

/// Bytes of all files of one action of which copies are kept.
const LARGEST_OF_ALL: u64 = 512 << 20;

/// Items that are recorded in the journal; more of them go to a file.
const MOST_INLINE: usize = 50;

/// The file in which many items are, beside the copies.
const ITEMS: &str = "former.json";

/// A path that changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Item {
    at: Name,
    former: Former,
    left: Left,
}

/// A path, whatever its bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Bytes(Vec<u8>),
}

/// What was there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Former {
    Absent,
    File {
        owned: Owned,
        size: u64,
        content: Kept,
    },
    Directory {
        owned: Owned,
    },
    Link {
        owned: Owned,
        target: Name,
    },
    /// A device, a pipe or a socket.
    Special,
}

/// What became of the content of a file that was there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kept {
    /// It does not change.
    Unchanged,
    /// It is in this file beside the items.
    Copy { name: String },
    /// It was too large to keep; it is recognised by its last change, in nanoseconds since 1970.
    TooLarge { changed: i128 },
}

/// What the action leaves there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Left {
    Absent,
    File { content: Written, mode: Option<u32> },
    Directory { mode: Option<u32> },
    Link { target: Name },
}

/// What the action writes into a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Written {
    /// Nothing: it leaves the content alone.
    Nothing,
    /// Something with this hash.
    Hash(String),
    /// A secret, of which not even a hash is recorded.
    Secret,
}

impl Name {
    fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(path.as_os_str().as_bytes().to_vec()),
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Text(text) => PathBuf::from(text),
            Self::Bytes(bytes) => PathBuf::from(OsString::from_vec(bytes.clone())),
        }
    }
}

/// Looks at what the action changes and keeps it.
pub(super) fn before(resting: &Resting, context: &Context) -> io::Result<Value> {
    let attributes = resting.attributes.resolve()?;
    let mut keeper = Keeper { folder: &context.kept, bytes: 0, items: Vec::new() };
    let path = &resting.path;
    match &resting.wanted {
        Wanted::Nothing => keeper.look(path, Left::Absent)?,
        Wanted::Directory(extent) => {
            keeper.directory(path, &resting.own(attributes))?;
            let is_dir = there(path)?.is_some_and(|there| there.is_dir());
            let changes = match extent {
                Extent::Everything if is_dir => below::changes(path, &attributes)?,
                _ => Vec::new(),
            };
            for Change { at, there, wanted } in changes {
                let left = match &there {
                    there if there.is_dir() => Left::Directory { mode: wanted.mode },
                    there if there.is_symlink() => Left::Link { target: Name::of(&fs::read_link(&at)?) },
                    _ => Left::File { content: Written::Nothing, mode: wanted.mode },
                };
                keeper.look(&at, left)?;
            }
        }
        Wanted::Symlink { target } => keeper.look(path, Left::Link { target: Name::of(target) })?,
        Wanted::File(content) => {
            let left = Left::File { content: written(content, path, context)?, mode: attributes.mode };
            keeper.look(path, left)?;
        }
        Wanted::Tree { source } => {
            keeper.directory(path, &attributes)?;
            for (at, step) in tree::steps(source, path, &attributes)? {
                let left = match step {
                    Step::Directory => Left::Directory { mode: None },
                    Step::Link(target) => Left::Link { target: Name::of(&target) },
                    Step::File { source, mode } => {
                        Left::File { content: Written::Hash(hash(regular(&source)?)?), mode: Some(mode) }
                    }
                };
                keeper.look(&at, left)?;
            }
        }
    }
    keeper.end()
}

/// What will be written into the file.
fn written(content: &Content, path: &Path, context: &Context) -> io::Result<Written> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    let is_secret = |(name, value): &(String, String)| name == "content" && secret::is_reference(value);
    Ok(match content {
        Content::Any if is_file => Written::Nothing,
        Content::Text(_) if context.filled.1.iter().any(is_secret) => Written::Secret,
        _ => Written::Hash(content.sha256(&context.names)?),
    })
}

struct Keeper<'a> {
    folder: &'a Path,
    bytes: u64,
    items: Vec<Item>,
}

impl Keeper<'_> {
    /// A directory and those above it that are to be made.
    fn directory(&mut self, path: &Path, attributes: &Resolved) -> io::Result<()> {
        let missing = path.ancestors().skip(1).take_while(|above| there(above).is_ok_and(|t| t.is_none()));
        let missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        for above in missing.iter().rev() {
            self.look(above, Left::Directory { mode: None })?;
        }
        self.look(path, Left::Directory { mode: attributes.mode })
    }

    fn look(&mut self, path: &Path, left: Left) -> io::Result<()> {
        let former = match there(path)? {
            None => Former::Absent,
            Some(there) if there.is_dir() => Former::Directory { owned: Owned::of(&there) },
            Some(there) if there.is_symlink() => {
                Former::Link { owned: Owned::of(&there), target: Name::of(&fs::read_link(path)?) }
            }
            Some(there) if there.is_file() => {
                let content = match &left {
                    Left::File { content: Written::Nothing, .. } => Kept::Unchanged,
                    _ => self.keep(path, &there)?,
                };
                Former::File { owned: Owned::of(&there), size: there.len(), content }
            }
            Some(_) => Former::Special,
        };
        self.items.push(Item { at: Name::of(path), former, left });
        Ok(())
    }

    fn keep(&mut self, path: &Path, there: &Metadata) -> io::Result<Kept> {
        self.bytes = self.bytes.saturating_add(there.len());
        if there.len() > LARGEST || self.bytes > LARGEST_OF_ALL {
            return Ok(Kept::TooLarge { changed: changed(there) });
        }
        self.make_folder()?;
        let name = self.items.len().to_string();
        let mut copy = secretly(&self.folder.join(&name))?;
        io::copy(&mut regular(path)?, &mut copy)?;
        copy.sync_all()?;
        Ok(Kept::Copy { name })
    }

    fn make_folder(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(self.folder)
    }

    /// What is recorded of the items; many are written to a file. Waits until everything that is
    /// kept is on the disk.
    fn end(self) -> io::Result<Value> {
        let copies = self
            .items
            .iter()
            .any(|item| matches!(item.former, Former::File { content: Kept::Copy { .. }, .. }));
        let many = self.items.len() > MOST_INLINE;
        if many {
            self.make_folder()?;
            let mut file = secretly(&self.folder.join(ITEMS))?;
            file.write_all(&serde_json::to_vec(&self.items).map_err(io::Error::other)?)?;
            file.sync_all()?;
        }
        if many || copies {
            for folder in self.folder.ancestors().take(3) {
                File::open(folder)?.sync_all()?;
            }
        }
        let mut told = match many {
            true => json!({ "file": ITEMS }),
            false => json!({ "items": self.items }),
        };
        let lost = self.items.iter().find_map(|item| match &item.former {
            Former::File { size, content: Kept::TooLarge { .. }, .. } => {
                let path = item.at.path();
                Some(format!("the former content of {}, {size} bytes, was too large to keep", path.display()))
            }
            _ => None,
        });
        if let Some(lost) = lost {
            told[LOST] = lost.into();
        }
        Ok(told)
    }
}

/// A new file for this user alone, in the place of one that an attempt cut short has left.
fn secretly(path: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn there(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(there) => Ok(Some(there)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}

fn changed(there: &Metadata) -> i128 {
    i128::from(there.mtime()) * 1_000_000_000 + i128::from(there.mtime_nsec())
}

/// The SHA-256 of everything that is read.
pub(super) fn hash(mut from: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = [0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn items(past: &Past) -> io::Result<Vec<Item>> {
    let unknown =
        |what: &dyn Display| io::Error::other(format!("what was there before is not known: {what}"));
    let before = past.before.as_ref().ok_or_else(|| unknown(&"nothing is recorded"))?;
    if let Some(items) = before.get("items") {
        return Vec::deserialize(items).map_err(|error| unknown(&error));
    }
    let path = past.kept.join(ITEMS);
    let text = fs::read(&path).map_err(|error| unknown(&format!("{}: {error}", path.display())))?;
    serde_json::from_slice(&text).map_err(|error| unknown(&format!("{}: {error}", path.display())))
}

/// In what the paths are not as they were before: the first thing.
pub(super) fn undone(past: &Past) -> io::Result<Option<String>> {
    for item in items(past)?.iter().rev() {
        if let Some(difference) = item.differs(past)? {
            return Ok(Some(difference));
        }
        let beside = place::beside(&item.at.path(), &past.key);
        if there(&beside)?.is_some() {
            return Ok(Some(format!("{} was written halfway", beside.display())));
        }
    }
    Ok(None)
}

/// Whether what is at the paths is what the action found or what it left.
pub(super) fn tracks(resting: &Resting, past: &Past) -> io::Result<Tracks> {
    let items = items(past)?;
    let own = |item: &Item| [item.at.path(), place::beside(&item.at.path(), &past.key)];
    let ours: BTreeSet<PathBuf> = items.iter().flat_map(own).collect();
    for item in &items {
        if let Some(difference) = item.foreign(resting, past, &ours)? {
            return Ok(Tracks::Others(difference));
        }
    }
    Ok(Tracks::Own)
}

/// Puts back what was at the paths, the last first.
pub(super) fn undo(past: &Past, context: &Context) -> io::Result<String> {
    let (items, mut done) = (items(past)?, Vec::new());
    for item in items.iter().rev() {
        place::clear(&item.at.path(), &past.key)?;
        if item.differs(past)?.is_some() {
            done.push(item.put_back(past, context)?);
        }
    }
    Ok(match &done[..] {
        [] => "everything is as it was".to_owned(),
        [first] => first.clone(),
        [first, ..] => format!("{first}, and {} more", done.len() - 1),
    })
}

impl Item {
    fn differs(&self, past: &Past) -> io::Result<Option<String>> {
        let path = self.at.path();
        let shown = path.display();
        let there = there(&path)?;
        let otherwise = |what: &str| Ok(Some(format!("{shown} {what}")));
        let (owned, there) = match (&self.former, there) {
            (Former::Absent, None) => return Ok(None),
            (Former::Absent, Some(there)) if past.is_forced() && there.is_dir() && !is_empty(&path)? => {
                return Ok(None);
            }
            (Former::Absent, Some(_)) => return otherwise("exists"),
            (_, None) => return otherwise("does not exist"),
            (Former::File { owned, size, content }, Some(there)) if there.is_file() => {
                if !content.is_in(&path, *size, &there, past)? {
                    return otherwise("has another content");
                }
                (owned, there)
            }
            (Former::Directory { owned }, Some(there)) if there.is_dir() => (owned, there),
            (Former::Link { owned, target }, Some(there)) if there.is_symlink() => {
                if fs::read_link(&path)? != target.path() {
                    return otherwise("points elsewhere");
                }
                (owned, there)
            }
            (Former::Special, Some(there)) if !there.is_file() && !there.is_dir() && !there.is_symlink() => {
                return Ok(None);
            }
            _ => return otherwise("is of another type"),
        };
        Ok(owned.difference(&there).map(|what| format!("{shown} {what}")))
    }

    /// In what it is neither as it was nor as the action left it.
    fn foreign(
        &self,
        resting: &Resting,
        past: &Past,
        ours: &BTreeSet<PathBuf>,
    ) -> io::Result<Option<String>> {
        if self.differs(past)?.is_none() {
            return Ok(None);
        }
        let path = self.at.path();
        let shown = path.display();
        let otherwise = |what: String| Ok(Some(format!("{shown} {what}")));
        let there = match (&self.left, there(&path)?) {
            // A step between: what was there before is gone, and nothing else is there.
            (_, None) => {
                return if self.left == Left::Absent { Ok(None) } else { otherwise("is gone".into()) };
            }
            (Left::File { content, .. }, Some(there)) if there.is_file() => {
                let former = match &self.former {
                    Former::File { size, content, .. } => content.is_in(&path, *size, &there, past)?,
                    _ => false,
                };
                if !former && !content.is_in(&path, &there, resting)? {
                    return otherwise("has another content".into());
                }
                there
            }
            (Left::Directory { .. }, Some(there)) if there.is_dir() => {
                if let (Former::Absent, Some(name)) = (&self.former, stranger(&path, ours)?) {
                    return otherwise(format!("holds {name}, which this action did not make"));
                }
                there
            }
            (Left::Link { target }, Some(there))
                if there.is_symlink() && fs::read_link(&path)? == target.path() =>
            {
                there
            }
            (_, Some(_)) => return otherwise("is something else".into()),
        };
        let (Left::File { mode: left, .. } | Left::Directory { mode: left }) = &self.left else {
            return Ok(None);
        };
        let has = there.mode() & 0o7777;
        let former = self.former.owned().map(|owned| owned.mode);
        let known = [*left, former].into_iter().flatten().collect::<Vec<u32>>();
        // A new file without a mode of its own has the usual one.
        Ok((!known.is_empty() && !known.contains(&has)).then(|| format!("{shown} has mode {has:04o}")))
    }

    fn put_back(&self, past: &Past, context: &Context) -> io::Result<String> {
        let path = self.at.path();
        let shown = path.display();
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{shown}: {error}"));
        let put = || -> io::Result<String> {
            match &self.former {
                Former::Absent => place::remove(&path),
                Former::Special => Err(io::Error::other("a device, pipe or socket was there and is gone")),
                Former::Directory { owned } => {
                    if there(&path)?.is_none() {
                        fs::create_dir(&path)?;
                    }
                    owned.apply(&path)?;
                    place::sync_parent(&path)?;
                    Ok(format!("put the directory {shown} back"))
                }
                Former::Link { owned, target } => {
                    place::in_place(&path, context, |beside| {
                        symlink(target.path(), beside)?;
                        owned.apply(beside)
                    })?;
                    Ok(format!("put the link {shown} back"))
                }
                Former::File { owned, size, content } => {
                    let is_there = there(&path)?.filter(Metadata::is_file);
                    if let Some(there) = is_there
                        && content.is_in(&path, *size, &there, past)?
                    {
                        owned.apply(&path)?;
                        return Ok(format!("put the attributes of {shown} back"));
                    }
                    let Kept::Copy { name, .. } = content else {
                        return Err(io::Error::other(format!(
                            "its former content was not kept: {size} bytes, and at most {LARGEST} are"
                        )));
                    };
                    place::in_place(&path, context, |beside| {
                        let mut file = secretly(beside)?;
                        io::copy(&mut File::open(past.kept.join(name))?, &mut file)?;
                        owned.apply(beside)?;
                        file.sync_all()
                    })?;
                    Ok(format!("put {shown} back"))
                }
            }
        };
        put().map_err(named)
    }
}

impl Former {
    fn owned(&self) -> Option<&Owned> {
        match self {
            Self::File { owned, .. } | Self::Directory { owned } | Self::Link { owned, .. } => Some(owned),
            Self::Absent | Self::Special => None,
        }
    }
}

impl Kept {
    fn is_in(&self, path: &Path, size: u64, there: &Metadata, past: &Past) -> io::Result<bool> {
        match self {
            Self::Unchanged => Ok(true),
            Self::Copy { name } => {
                Ok(there.len() == size && same_bytes(regular(path)?, File::open(past.kept.join(name))?)?)
            }
            Self::TooLarge { changed: then } => Ok(there.len() == size && changed(there) == *then),
        }
    }
}

impl Written {
    fn is_in(&self, path: &Path, there: &Metadata, resting: &Resting) -> io::Result<bool> {
        match self {
            Self::Nothing => Ok(true),
            Self::Hash(sha256) => Ok(hash(regular(path)?)? == *sha256),
            // As it is now: one that was replaced since counts as somebody else's change.
            Self::Secret => match &resting.wanted {
                Wanted::File(content) => content.is_in(path, there, &BTreeMap::new()),
                _ => Ok(false),
            },
        }
    }
}

fn is_empty(folder: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(folder)?.next().is_none())
}

/// Something in the directory that is not ours.
fn stranger(folder: &Path, ours: &BTreeSet<PathBuf>) -> io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !ours.contains(&entry.path()) {
            return Ok(Some(entry.file_name().to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}
