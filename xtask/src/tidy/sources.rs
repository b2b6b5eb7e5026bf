//! Rules for a single source file.
//!
//! A file opens with `//!`, is at most 600 lines long before its tests, has a name that says what
//! it is about, leaves nothing unfinished and re-exports by name.

use std::fs;
use std::path::{Path, PathBuf};

const MAX_LINES: usize = 600;

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "types", "misc"];

/// Text that a finished file does not contain, written so that this file does not contain it.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
];

/// Words for which the glossary has another.
const WORDS: &[(&str, &str)] = &[
    (concat!("1-", "safe"), "one-safe"),
    (concat!("pre-", "set "), "preset"),
    (concat!("post-", "set "), "postset"),
    (concat!("dead", " lock"), "deadlock"),
];

/// The violations in the Rust files of the crate in `folder`.
pub(super) fn violations(root: &Path, folder: &Path) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    for part in ["src", "tests", "benches", "examples", "build.rs"] {
        rust_files(&folder.join(part), &mut files)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    files.sort();
    let mut complaints = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let shown = path.strip_prefix(root).unwrap_or(&path);
        check(shown, &text, &mut |line, complaint| {
            complaints.push(format!("{}:{line}: {complaint}", shown.display()));
        });
    }
    Ok(complaints)
}

fn rust_files(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            rust_files(&entry?.path(), files)?;
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") && path.exists() {
        files.push(path.to_owned());
    }
    Ok(())
}

fn check(path: &Path, text: &str, complain: &mut dyn FnMut(usize, String)) {
    if !text.starts_with("//!") {
        complain(1, "begin with `//!`: what this file is about".to_owned());
    }
    for part in path.components() {
        let name = Path::new(part.as_os_str()).file_stem().unwrap_or_default().to_string_lossy();
        if EMPTY_NAMES.contains(&&*name) {
            complain(1, format!("`{name}` says nothing: name the file after what is in it"));
        }
    }
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count();
    let is_test = path.components().any(|part| part.as_os_str() == "tests");
    if lines > MAX_LINES && !is_test {
        complain(
            MAX_LINES + 1,
            format!("{lines} lines: at most {MAX_LINES} before the tests; split the file"),
        );
    }
    for (line, content) in (1..).zip(text.lines()) {
        for unfinished in UNFINISHED.iter().filter(|unfinished| content.contains(**unfinished)) {
            complain(line, format!("`{unfinished}` is unfinished work"));
        }
        for (word, better) in WORDS.iter().filter(|(word, _)| content.contains(word)) {
            complain(line, format!("the glossary's word for `{}` is `{better}`", word.trim_end()));
        }
        let code = content.trim();
        if code.starts_with("pub") && code.contains("use ") && code.ends_with("::*;") {
            complain(line, "re-export by name, not with `*`".to_owned());
        }
        let module = code.strip_prefix("pub ").unwrap_or(code).strip_prefix("mod ");
        if let Some(name) = module.and_then(|rest| rest.split([' ', ';', '{']).next())
            && EMPTY_NAMES.contains(&name)
        {
            complain(line, format!("`{name}` says nothing: name the module after what is in it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<(usize, String)> {
        let mut complaints = Vec::new();
        check(Path::new(path), text, &mut |line, complaint| complaints.push((line, complaint)));
        complaints
    }

    fn lines(path: &str, text: &str) -> Vec<usize> {
        complaints(path, text).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn a_file_in_order_passes() {
        assert!(complaints("net/src/marking.rs", "//! A marking.\n\npub use net::Net;\n").is_empty());
    }

    #[test]
    fn a_file_without_an_opening_comment_is_named() {
        assert_eq!(lines("net/src/marking.rs", "use std::fmt;\n"), [1]);
    }

    #[test]
    fn a_long_file_is_named_but_for_its_tests() {
        let long = format!("//! Long.\n{}", "\n".repeat(600));
        assert_eq!(lines("src/a.rs", &long), [601]);
        assert!(lines("tests/a.rs", &long).is_empty());
        let tests = format!("//! Short.\n#[cfg(test)]\n{}", "\n".repeat(600));
        assert!(lines("src/a.rs", &tests).is_empty());
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        assert_eq!(lines("src/utils.rs", "//! Things."), [1]);
        assert_eq!(lines("src/common/graph.rs", "//! Things."), [1]);
        assert_eq!(lines("src/a.rs", "//! A.\npub mod helpers;\nmod types {}\nmod typed;\n"), [2, 3]);
    }

    #[test]
    fn unfinished_work_and_foreign_words_are_refused() {
        assert_eq!(lines("src/a.rs", concat!("//! A.\n", "todo", "!()\n")), [2]);
        assert_eq!(lines("src/a.rs", concat!("//! A ", "1-", "safe net.\n")), [1]);
    }

    #[test]
    fn a_re_export_of_everything_is_refused() {
        assert_eq!(lines("src/a.rs", "//! A.\npub use b::*;\nuse c::*;\npub(crate) use d::*;\n"), [2, 4]);
    }
}
