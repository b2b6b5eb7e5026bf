//! `cargo xtask pictures`: draws `examples/nets/*.pnml` into `examples/pictures/*.svg`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Draws every example net of the workspace at `root`.
pub(crate) fn run(root: &Path) -> ExitCode {
    match draw_all(root) {
        Ok(count) => {
            println!("{count} pictures drawn");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn draw_all(root: &Path) -> Result<usize, String> {
    let pictures = root.join("examples/pictures");
    fs::create_dir_all(&pictures).map_err(|error| format!("{}: {error}", pictures.display()))?;
    let files = nets(&root.join("examples/nets"))?;
    for file in &files {
        let target = pictures.join(file.file_stem().expect("a net has a name")).with_extension("svg");
        fs::write(&target, picture(file)?).map_err(|error| format!("{}: {error}", target.display()))?;
    }
    Ok(files.len())
}

fn nets(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let in_folder = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(in_folder)?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut nets = paths.map_err(in_folder)?;
    nets.retain(|path| path.extension().is_some_and(|extension| extension == "pnml"));
    nets.sort();
    Ok(nets)
}

fn picture(file: &Path) -> Result<String, String> {
    let in_file = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = fs::read(file).map_err(|error| in_file(&error))?;
    let document = pn_pnml::read(&bytes).document.ok_or_else(|| in_file(&"not a PNML net"))?;
    pn_pnml::svg::draw(&document).map_err(|error| in_file(&error))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pictures_show_the_nets_as_they_are() {
        let root = crate::workspace_root();
        for net in super::nets(&root.join("examples/nets")).unwrap() {
            let name = net.file_stem().unwrap();
            let drawn =
                std::fs::read_to_string(root.join("examples/pictures").join(name).with_extension("svg"));
            assert!(
                drawn.ok() == super::picture(&net).ok(),
                "the picture of {} is not up to date: run `cargo xtask pictures`",
                net.display()
            );
        }
    }
}
