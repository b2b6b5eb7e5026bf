//! Layers: a crate depends only on crates of a lower number.
//!
//! Each crate declares its layer as `package.metadata.pn.layer`. Dependencies of tests are
//! exempt, those of build scripts are not. The libraries under `core/` must in addition do without
//! user interfaces, asynchronous runtimes, databases and the network, directly and indirectly.

use crate::cargo;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What no library under `core/` may depend on, however indirectly.
const FORBIDDEN_IN_CORE: &[&str] = &[
    "async-std",
    "axum",
    "clap",
    "crossterm",
    "eframe",
    "egui",
    "hyper",
    "indicatif",
    "libsqlite3-sys",
    "nix",
    "ratatui",
    "reqwest",
    "rusqlite",
    "smol",
    "tokio",
    "ureq",
    "winit",
    "zbus",
];

/// A crate of the workspace.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) layer: Option<u64>,
    /// The crates that it depends on to be built, tests aside.
    pub(super) needs: Vec<String>,
}

/// The crates of the workspace, lowest layer first.
pub(super) fn members(root: &Path) -> Result<Vec<Member>, String> {
    let text = output(root, &["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let mut members =
        packages.iter().map(member).collect::<Option<Vec<_>>>().ok_or("a package is incomplete")?;
    members.sort_by(|a, b| (a.layer, &a.name).cmp(&(b.layer, &b.name)));
    Ok(members)
}

fn member(package: &Value) -> Option<Member> {
    let needs = package["dependencies"].as_array()?.iter().filter(|needed| needed["kind"] != "dev");
    Some(Member {
        name: package["name"].as_str()?.to_owned(),
        folder: Path::new(package["manifest_path"].as_str()?).parent()?.to_owned(),
        layer: package["metadata"]["pn"]["layer"].as_u64(),
        needs: needs.map(|needed| Some(needed["name"].as_str()?.to_owned())).collect::<Option<_>>()?,
    })
}

/// Crates without a layer, and dependencies that do not point downwards.
pub(super) fn violations(members: &[Member]) -> Vec<String> {
    let mut complaints = Vec::new();
    for member in members {
        let Some(layer) = member.layer else {
            complaints.push(format!("{}: declare package.metadata.pn.layer", member.name));
            continue;
        };
        for needed in &member.needs {
            let below = members.iter().find(|other| other.name == *needed).and_then(|other| other.layer);
            if let Some(below) = below
                && below >= layer
            {
                let name = &member.name;
                complaints.push(format!(
                    "{name} (layer {layer}) depends on {needed} (layer {below}): only lower layers are allowed"
                ));
            }
        }
    }
    complaints
}

/// Dependencies of the libraries under `core/` that belong elsewhere.
pub(super) fn forbidden_dependencies(root: &Path, members: &[Member]) -> Result<Vec<String>, String> {
    let mut complaints = Vec::new();
    for member in members.iter().filter(|member| member.folder.starts_with(root.join("core"))) {
        let tree = ["tree", "--edges", "normal", "--prefix", "none", "--package", &member.name];
        let tree = output(root, &tree)?;
        let needed: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        for forbidden in FORBIDDEN_IN_CORE.iter().filter(|name| needed.contains(name)) {
            complaints.push(format!("{}: a library under core/ must do without {forbidden}", member.name));
        }
    }
    Ok(complaints)
}

fn output(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let done = cargo(root).args(arguments).output().map_err(|error| error.to_string())?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    String::from_utf8(done.stdout).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, layer: Option<u64>, needs: &[&str]) -> Member {
        let needs = needs.iter().map(|name| (*name).to_owned()).collect();
        Member { name: name.to_owned(), folder: PathBuf::new(), layer, needs }
    }

    #[test]
    fn a_dependency_on_a_lower_layer_is_fine() {
        let members = [member("low", Some(0), &["serde"]), member("high", Some(1), &["low"])];
        assert!(violations(&members).is_empty());
    }

    #[test]
    fn a_dependency_on_the_same_or_a_higher_layer_is_not() {
        let members =
            [member("a", Some(1), &["b", "c"]), member("b", Some(1), &[]), member("c", Some(2), &[])];
        assert_eq!(violations(&members).len(), 2);
    }

    #[test]
    fn a_crate_without_a_layer_is_named() {
        assert_eq!(violations(&[member("a", None, &[])]), ["a: declare package.metadata.pn.layer"]);
    }
}
