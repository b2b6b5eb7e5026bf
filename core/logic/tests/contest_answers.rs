//! The contest's properties mean here what they mean there: on its small nets the oracle gives
//! the answers that the contest's participants agreed on.
//!
//! `PN_CORPUS` names a folder with one folder for each model, with the consensus in `oracle.txt`.

use pn_logic::Verdict;
use pn_logic::contest::read_properties;
use pn_net::{Net, NetBuilder};
use pn_testkit::oracle::explore;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::HashMap;

const EXAMINATIONS: [&str; 3] = ["ReachabilityCardinality", "ReachabilityFireability", "UpperBounds"];
const LARGEST_FILE: usize = 100_000;
const LARGEST_SPACE: usize = 5_000;

#[test]
fn the_answers_on_small_nets_are_those_of_the_contest() {
    let Some(corpus) = std::env::var_os("PN_CORPUS") else {
        println!("skipped: PN_CORPUS does not name a folder with the contest's models");
        return;
    };
    let folders = std::fs::read_dir(&corpus).expect("PN_CORPUS names a readable folder");
    let mut models: Vec<_> = folders.map(|entry| entry.expect("the folder is readable").path()).collect();
    models.sort();
    let (mut nets, mut agreed) = (0, 0);
    for model in models.iter().filter(|model| model.to_string_lossy().contains("-PT-")) {
        let Ok(pnml) = std::fs::read_to_string(model.join("model.pnml")) else { continue };
        if pnml.len() > LARGEST_FILE {
            continue;
        }
        let net = net_of(&pnml);
        let Some(space) = explore(&net, LARGEST_SPACE) else { continue };
        let answers = std::fs::read_to_string(model.join("oracle.txt")).unwrap_or_default();
        let answers: HashMap<&str, &str> = answers.lines().filter_map(answer).collect();
        nets += 1;
        for examination in EXAMINATIONS {
            let Ok(xml) = std::fs::read(model.join(format!("{examination}.xml"))) else { continue };
            for property in read_properties(&net, &xml).expect("the contest's files are well-formed") {
                let found = match space.verdict(&property.property.expect("it is supported")) {
                    Verdict::Holds => "TRUE".to_owned(),
                    Verdict::Fails => "FALSE".to_owned(),
                    Verdict::Bounded(value) => value.to_string(),
                    other => panic!("the oracle always decides, not {other:?}"),
                };
                // The identifiers in the answers lack the year.
                let Some(expected) = answers.get(property.id.replace("-2025-", "-").as_str()) else {
                    continue;
                };
                if *expected != "?" {
                    assert_eq!(found, *expected, "{}", property.id);
                    agreed += 1;
                }
            }
        }
    }
    println!("{agreed} answers agree, on {nets} nets");
    assert!(agreed > 0, "the folder holds small models with their answers");
}

/// `FORMULA id answer TECHNIQUES …`
fn answer(line: &str) -> Option<(&str, &str)> {
    let mut words = line.strip_prefix("FORMULA ")?.split(' ');
    Some((words.next()?, words.next()?))
}

/// The net of a PNML file of the contest: these are regular enough for a few lines.
fn net_of(pnml: &str) -> Net {
    let mut reader = Reader::from_str(pnml);
    reader.config_mut().expand_empty_elements = true;
    let (mut places, mut transitions, mut arcs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut open, mut text) = (Vec::new(), String::new());
    loop {
        match reader.read_event().expect("the contest's files are well-formed") {
            Event::Start(start) => {
                let attribute = |name: &str| {
                    let found =
                        start.attributes().flatten().find(|a| a.key.local_name().into_inner() == name);
                    found
                        .map(|a| {
                            a.normalized_value(quick_xml::XmlVersion::Implicit1_0)
                                .expect("it is text")
                                .into_owned()
                        })
                        .unwrap_or_default()
                };
                let name = start.local_name().into_inner().to_owned();
                match name.as_str() {
                    "place" if open.last().is_some_and(|outer| outer == "page") => {
                        places.push((attribute("id"), 0))
                    }
                    "transition" => transitions.push(attribute("id")),
                    "arc" => arcs.push((attribute("source"), attribute("target"), 1)),
                    _ => {}
                }
                open.push(name);
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::End(_) => {
                let name = open.pop();
                let number = || text.trim().parse::<u64>().expect("it is a number");
                match (name.as_deref(), open.last().map(String::as_str)) {
                    (Some("text"), Some("initialMarking")) => {
                        places.last_mut().expect("a place is open").1 = number()
                    }
                    (Some("text"), Some("inscription")) => {
                        arcs.last_mut().expect("an arc is open").2 = number()
                    }
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut builder = NetBuilder::new("corpus");
    for (id, tokens) in &places {
        builder.place(id, None, *tokens).expect("identifiers are unique");
    }
    for id in &transitions {
        builder.transition(id, None).expect("identifiers are unique");
    }
    for (source, target, weight) in &arcs {
        match (builder.find_place(source), builder.find_transition(target)) {
            (Some(place), Some(transition)) => builder.input(place, transition, *weight),
            _ => {
                let from = builder.find_transition(source).expect("an arc joins two nodes of the net");
                let to = builder.find_place(target).expect("an arc joins two nodes of the net");
                builder.output(from, to, *weight)
            }
        }
        .expect("weights are positive");
    }
    builder.build().expect("the net fits")
}
