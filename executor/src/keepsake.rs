//! What an attempt leaves for its undoing: the kind, its parameters as they were filled in, and
//! what the kind found before it changed anything.
//!
//! It is recorded before anything changes: in the journal together with the difference that was
//! found, or, by an attempt that does not tell its difference first, in the folder of what is kept.
//! So an attempt without a keepsake has changed nothing. Secrets are kept as references.

use crate::away::Remote;
use crate::params::Params;
use crate::report::Halt;
use crate::resource::{Context, Resource, Undoing, kind, undoing};
use crate::secret;
use pn_deployment::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

const FILE: &str = "keepsake.json";

/// What an attempt leaves for its undoing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Keepsake {
    /// The kind of its resource.
    pub(crate) kind: String,
    /// Its parameters, filled in; secrets as references.
    pub(crate) params: Vec<(String, String)>,
    /// What the kind found.
    pub(crate) before: Option<Value>,
}

impl Keepsake {
    /// Looks at what undoing will need; `None` where nothing will change.
    pub(crate) fn take(resource: &dyn Resource, context: &Context) -> Result<Option<Self>, Halt> {
        let (kind, params) = context.filled.clone();
        if undoing(&kind, &params) == Some(Undoing::Nothing) {
            return Ok(None);
        }
        let before = resource.before(context)?;
        let before = before.map(|before| secret::strike_value(before, &context.secrets));
        Ok(Some(Self { kind, params, before }))
    }

    /// Whether and how what was done can be taken back by the kind itself.
    pub(crate) fn undoing(&self) -> Option<Undoing> {
        undoing(&self.kind, &self.params)
    }

    /// Makes the resource again. Secrets are looked up anew, and added to those of the context.
    pub(crate) fn resource(&self, context: &mut Context) -> Result<Box<dyn Resource>, Halt> {
        let failed = |message: String| Halt::new(Outcome::Failed, message);
        let kind =
            kind(&self.kind).ok_or_else(|| failed(format!("there is no resource kind `{}`", self.kind)))?;
        let mut params = Vec::new();
        for (name, value) in &self.params {
            let mut value = value.clone();
            if secret::is_reference(&value) {
                value = secret::resolve(&value, &context.environment)
                    .map_err(|complaint| failed(format!("parameter `{name}`: {complaint}")))?;
                context.secrets.push(value.clone());
            }
            params.push((name.clone(), value));
        }
        let resource =
            (kind.build)(&Params(params.clone())).map_err(|problem| failed(problem.to_string()))?;
        Ok(Remote::where_it_is(resource, kind.name, params, context))
    }

    /// As the journal has it.
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("texts and JSON are JSON")
    }

    /// From the journal's text.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Writes it where the attempt keeps things, and waits until it is on the disk.
    pub(crate) fn keep(&self, folder: &Path) -> Result<(), Halt> {
        let written = || -> io::Result<()> {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let beside = folder.join(".keepsake");
            let mut file =
                File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(self.to_json().to_string().as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, folder.join(FILE))?;
            folder.ancestors().take(3).try_for_each(|folder| File::open(folder)?.sync_all())
        };
        written().map_err(|error| {
            let message = format!("cannot write what undoing will need to {}: {error}", folder.display());
            Halt::new(Outcome::Failed, message)
        })
    }

    /// The one that was written there, if one was.
    pub(crate) fn kept(folder: &Path) -> io::Result<Option<Self>> {
        match fs::read(folder.join(FILE)) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
