//! `cargo xtask tidy`: the rules of the house that a compiler does not check.
//!
//! Also a test, so that `cargo test` says the same.

mod layers;
mod sources;

use std::path::Path;
use std::process::ExitCode;

/// Checks the workspace at `root` and prints what is wrong.
pub(crate) fn run(root: &Path) -> ExitCode {
    match complaints(root) {
        Ok(complaints) if complaints.is_empty() => {
            println!("tidy");
            ExitCode::SUCCESS
        }
        Ok(complaints) => {
            complaints.iter().for_each(|complaint| println!("{complaint}"));
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("the workspace cannot be checked: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// One line for each violation, in the order of crates and paths.
fn complaints(root: &Path) -> Result<Vec<String>, String> {
    let members = layers::members(root)?;
    let mut complaints = layers::violations(&members);
    complaints.extend(layers::forbidden_dependencies(root, &members)?);
    for member in &members {
        complaints.extend(sources::violations(root, &member.folder)?);
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        let complaints = super::complaints(&crate::workspace_root()).unwrap();
        assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    }
}
