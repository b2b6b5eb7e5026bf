//! Every property of the contest's nets, where the corpus is at hand.
//!
//! `PN_CORPUS` names a folder with one folder for each model, as the contest distributes them.

use pn_logic::contest::read_properties;
use pn_net::{Net, NetBuilder};
use std::path::Path;

const EXAMINATIONS: [&str; 3] = ["ReachabilityCardinality", "ReachabilityFireability", "UpperBounds"];

#[test]
fn every_property_of_the_corpus_is_read() {
    let Some(corpus) = std::env::var_os("PN_CORPUS") else {
        println!("skipped: PN_CORPUS does not name a folder with the contest's models");
        return;
    };
    let folders = std::fs::read_dir(&corpus).expect("PN_CORPUS names a readable folder");
    let mut models: Vec<_> = folders.map(|entry| entry.expect("the folder is readable").path()).collect();
    models.sort();
    let (mut read, mut wrong) = (0, Vec::new());
    for model in models.iter().filter(|model| model.to_string_lossy().contains("-PT-")) {
        let Ok(pnml) = std::fs::read_to_string(model.join("model.pnml")) else { continue };
        let net = names_of(&pnml);
        for examination in EXAMINATIONS {
            let (count, complaints) = properties_of(&net, model, examination);
            read += count;
            wrong.extend(complaints);
        }
    }
    println!("{read} properties read, {} not", wrong.len());
    assert!(read > 0, "the folder holds models");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn properties_of(net: &Net, model: &Path, examination: &str) -> (usize, Vec<String>) {
    let Ok(xml) = std::fs::read(model.join(format!("{examination}.xml"))) else { return (0, Vec::new()) };
    let properties = read_properties(net, &xml).expect("the contest's files are well-formed");
    let mut wrong = Vec::new();
    if properties.len() != 16 {
        wrong.push(format!("{}: {} properties of {examination}", model.display(), properties.len()));
    }
    for property in &properties {
        if let Err(error) = &property.property {
            wrong.push(format!("{}: {error}", property.id));
        }
    }
    (properties.len(), wrong)
}

/// A net with the nodes of a PNML file and no arcs: all that properties need.
fn names_of(pnml: &str) -> Net {
    let mut builder = NetBuilder::new("corpus");
    for tag in pnml.split('<') {
        let Some((kind, attributes)) = tag.split_once(char::is_whitespace) else { continue };
        let Some((_, rest)) = attributes.split_once("id=\"") else { continue };
        let Some((id, _)) = rest.split_once('"') else { continue };
        match kind {
            "place" => builder.place(id, None, 0).map(|_| ()).expect("identifiers are unique"),
            "transition" => builder.transition(id, None).map(|_| ()).expect("identifiers are unique"),
            _ => {}
        }
    }
    builder.build().expect("the net fits")
}
