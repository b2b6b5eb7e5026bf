//! Files of others: opened and saved by the editor, they are the same nets, and everything that is
//! drawn or said in them by other tools is still there.
//!
//! `PN_CORPUS` names a folder with one folder an instance of the contest, each with a `model.pnml`;
//! `PN_ZOO` a folder with PNML files anywhere in it. Without them the tests say so and pass.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use pn_gui::files::{open, write_file};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MOST_BYTES: u64 = 1 << 20;

/// All files of this ending in a folder, however deep.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let expand = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    entries
        .into_iter()
        .flat_map(expand)
        .filter(|path| path.extension().is_some_and(|ending| ending == "pnml"))
        .collect()
}

/// How often each element that draws something, or that belongs to a tool, stands in a file.
fn kept(text: &str) -> BTreeMap<&'static str, usize> {
    let count = |word: &'static str| {
        let starts = text.match_indices(word).filter(|(at, _)| {
            let next = text[at + word.len()..].chars().next();
            next.is_some_and(|next| next.is_whitespace() || matches!(next, '/' | '>'))
        });
        (word, starts.count())
    };
    ["<toolspecific", "<position", "<offset", "<dimension", "<fill", "<font"].into_iter().map(count).collect()
}

/// Opens and saves each; says how many were opened.
fn check(paths: &[PathBuf]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.pnml");
    let (mut opened, mut lost) = (0, Vec::new());
    for path in paths {
        let Ok(first) = open(path) else { continue };
        opened += 1;
        write_file(&copy, first.document.text()).unwrap();
        let second = open(&copy).unwrap_or_else(|refusal| panic!("{}: {refusal:?}", path.display()));
        let name = path.display();
        assert!(first.document.pnml() == second.document.pnml(), "{name}: the document has changed");
        let nets = (first.document.pnml().net(), second.document.pnml().net());
        assert!(nets.0 == nets.1, "{name}: the net has changed");
        let before = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let after = std::fs::read_to_string(&copy).unwrap();
        let (before, after) = (kept(&before), kept(&after));
        if before != after {
            lost.push(format!("{name}: {before:?}, then {after:?}"));
        }
    }
    assert!(lost.is_empty(), "something that was drawn or kept is gone: {lost:#?}");
    opened
}

#[test]
fn every_contest_file_below_a_mebibyte_is_opened_and_saved_whole() {
    let Some(corpus) = std::env::var_os("PN_CORPUS") else {
        println!("skipped: PN_CORPUS is not set");
        return;
    };
    let mut paths = files(Path::new(&corpus));
    paths.retain(|path| path.to_string_lossy().contains("-PT-"));
    paths.retain(|path| path.metadata().unwrap().len() <= MOST_BYTES);
    let opened = check(&paths);
    assert_eq!(opened, paths.len(), "every place/transition net is opened");
    println!("{opened} contest files were opened and saved");
}

#[test]
fn every_file_of_other_tools_that_opens_is_saved_whole() {
    let Some(zoo) = std::env::var_os("PN_ZOO") else {
        println!("skipped: PN_ZOO is not set");
        return;
    };
    let paths = files(Path::new(&zoo));
    let opened = check(&paths);
    assert!(opened > 0 || paths.is_empty(), "none of {} files is opened", paths.len());
    println!("{opened} of {} files were opened and saved; the others are refused", paths.len());
}
