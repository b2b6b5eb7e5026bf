//! The model does not know the interface.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use std::path::{Path, PathBuf};

fn files(path: &Path) -> Vec<PathBuf> {
    match path.is_dir() {
        true => std::fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect(),
        false => vec![path.to_owned()],
    }
}

#[test]
fn the_model_does_not_know_egui() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let parts =
        ["document", "edit", "files", "game.rs", "history.rs", "jobs", "layout", "layout.rs", "subject.rs"];
    let files: Vec<PathBuf> = parts.iter().flat_map(|part| files(&source.join(part))).collect();
    assert!(files.len() >= 20, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("egui"), "{} speaks of egui", file.display());
    }
}

#[test]
fn only_the_program_speaks_to_the_terminal_and_reads_the_environment() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files(&source).into_iter().filter(|file| !file.ends_with("main.rs")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in ["std::env", "println!", "eprintln!"] {
            assert!(!code.contains(word), "{} has {word}", file.display());
        }
    }
}
