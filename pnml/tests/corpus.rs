//! The contest's nets: reading, writing, reading again; validity of what is written.
//!
//! `PN_CORPUS` names a folder with one folder an instance, each with a `model.pnml`; `PN_GRAMMAR`
//! names the standard's `ptnet.pntd`. Without them the tests say so and pass.

use pn_pnml::{Diagnostic, Document, Source, read, write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of all place/transition instances.
fn models() -> Option<Vec<PathBuf>> {
    let corpus = std::env::var_os("PN_CORPUS")?;
    let entries = std::fs::read_dir(corpus).expect("PN_CORPUS is a folder");
    let folders = entries.map(|entry| entry.expect("the folder can be listed").path());
    let ordinary = |path: &Path| path.to_string_lossy().contains("-PT-");
    let mut models: Vec<_> =
        folders.filter(|path| ordinary(path)).map(|path| path.join("model.pnml")).collect();
    models.retain(|model| model.is_file());
    models.sort();
    Some(models)
}

fn document(bytes: &[u8], name: &str) -> Document {
    let reading = read(bytes);
    reading.document.unwrap_or_else(|| panic!("{name}: {}", sentences(bytes, &reading.diagnostics)))
}

fn sentences(bytes: &[u8], diagnostics: &[Diagnostic]) -> String {
    let source = Source::new(bytes);
    let sentence = |diagnostic: &Diagnostic| {
        let (line, column) = source.line_column(diagnostic.span.start);
        format!("{line}:{column}: {}", diagnostic.problem)
    };
    diagnostics.iter().map(sentence).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_net_survives_writing_and_reading() {
    let Some(models) = models() else {
        println!("skipped: PN_CORPUS is not set");
        return;
    };
    let (mut bytes, mut places, mut transitions, mut arcs, mut units) = (0, 0, 0, 0, 0);
    for model in &models {
        let name = model.display().to_string();
        let file = std::fs::read(model).expect("the model can be read");
        let first = document(&file, &name);
        let second = document(write(&first).as_bytes(), &name);
        assert!(first == second, "{name}: the document has changed");
        let (net, again) = (first.net().expect("it is a net"), second.net().expect("it is a net"));
        assert!(net == again, "{name}: the net has changed");
        bytes += file.len();
        places += net.place_count();
        transitions += net.transition_count();
        arcs += net.arc_count();
        units += usize::from(net.nupn().is_some());
    }
    let count = models.len();
    println!(
        "{count} nets, {bytes} bytes: {places} places, {transitions} transitions, {arcs} arcs; {units} with units"
    );
}

#[test]
fn every_written_net_is_valid() {
    let (Some(models), Some(grammar)) = (models(), std::env::var_os("PN_GRAMMAR")) else {
        println!("skipped: PN_CORPUS or PN_GRAMMAR is not set");
        return;
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: there is no xmllint");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut valid = 0;
    for batch in models.chunks(20) {
        let mut command = Command::new("xmllint");
        command.args(["--noout", "--nonet", "--huge", "--relaxng"]).arg(&grammar);
        for (index, model) in batch.iter().enumerate() {
            let bytes = std::fs::read(model).expect("the model can be read");
            let written = folder.path().join(format!("{index}.pnml"));
            let text = write(&document(&bytes, &model.display().to_string()));
            std::fs::write(&written, text).expect("the folder can be written");
            command.arg(written);
        }
        let output = command.output().expect("xmllint runs");
        let report = String::from_utf8_lossy(&output.stderr);
        let report: String = report.chars().take(4_000).collect();
        assert!(output.status.success(), "{:?}\n{report}", batch.first());
        valid += batch.len();
    }
    println!("{valid} written nets are valid");
}
