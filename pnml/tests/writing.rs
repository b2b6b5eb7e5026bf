//! Writing, and that nothing is lost by it.

use pn_pnml::{Document, Problem, Severity, read, write};
use pn_testkit::net;

const EVERYTHING: &[u8] = include_bytes!("files/everything.pnml");
const NUPN: &[u8] = include_bytes!("files/nupn.pnml");

fn document(bytes: &[u8]) -> Document {
    let reading = read(bytes);
    reading.document.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

#[test]
fn writing_then_reading_gives_the_same_document() {
    for file in [EVERYTHING, NUPN] {
        let first = document(file);
        let text = write(&first);
        let second = document(text.as_bytes());
        assert_eq!(first, second);
        assert_eq!(first.net(), second.net());
        assert_eq!(text, write(&second));
    }
}

#[test]
fn foreign_content_is_kept_word_for_word() {
    let text = write(&document(EVERYTHING));
    for part in [
        "<toolspecific tool=\"other\" version=\"7\"><x:deep a='1'><text>not ours</text></x:deep></toolspecific>",
        "xmlns:x=\"http://example.org/x\"",
        "<colourOfDoor>green</colourOfDoor>",
        "<toolspecific tool=\"t\" version=\"1\"><tokengraphics/></toolspecific>",
        "<net id=\"spare\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\"><page id=\"spare-page\"/></net>",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn prefixes_declared_around_foreign_content_are_declared_with_it() {
    let file = "<pnml><net id='n' type='http://www.pnml.org/version-2009/grammar/ptnet'><page id='g'>\
        <place id='p' xmlns:y='urn:y'><toolspecific tool='t' version='1'><y:a/></toolspecific></place>\
        </page></net></pnml>";
    let text = write(&document(file.as_bytes()));
    assert!(
        text.contains("<toolspecific xmlns:y=\"urn:y\" tool='t' version='1'><y:a/></toolspecific>"),
        "{text}"
    );
    assert_eq!(document(text.as_bytes()), document(file.as_bytes()));
}

#[test]
fn older_forms_are_brought_up_to_date() {
    let old = "<?xml version='1.0' encoding='ISO-8859-1'?><pnml><net id='n' type='P/T net'>\
        <place id='p'><name><value>P</value></name><initialMarking><value>Default,3</value></initialMarking></place>\
        <transition id='t'/><arc id='a' source='p' target='t'/><arc id='a' source='t' target='p'/></net></pnml>";
    let first = document(old.as_bytes());
    let text = write(&first);
    let reading = read(text.as_bytes());
    assert_eq!(reading.diagnostics, []);
    assert_eq!(reading.document, Some(first.clone()));
    let net = first.net().unwrap();
    assert_eq!(net.initial().total(), 3);
    assert_eq!(net.arc_count(), 2);
}

#[test]
fn a_net_can_be_written_and_read_back() {
    let net = net("idle(3) arc(1) page\n enter: idle + arc -> busy\n leave: busy -> 2 idle + arc\n arc0: ->");
    let drawn = Document::from_net(&net).unwrap();
    let text = write(&drawn);
    let reading = read(text.as_bytes());
    assert!(
        reading.diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Warning),
        "{reading:?}"
    );
    assert_eq!(reading.diagnostics, []);
    let again = reading.document.unwrap();
    assert_eq!(again, drawn);
    assert_eq!(again.net().unwrap(), net);
}

#[test]
fn a_net_with_units_and_annotations_can_be_written_and_read_back() {
    let net = document(NUPN).net().unwrap();
    assert_eq!(document(write(&Document::from_net(&net).unwrap()).as_bytes()).net().unwrap(), net);

    let full = document(EVERYTHING);
    let (on_net, on_transitions) = full.annotations();
    let bare = Document::from_net(&full.net().unwrap()).unwrap();
    let drawn = bare.with_annotations(on_net.clone(), on_transitions.clone());
    let again = document(write(&drawn).as_bytes());
    assert_eq!(again.annotations(), (on_net, on_transitions));
    assert_eq!(again.net().unwrap(), full.net().unwrap());
}

#[test]
fn notes_keep_their_lines_and_their_place() {
    let mut drawn = document(EVERYTHING);
    let notes = &drawn.pages[2].notes;
    assert_eq!(notes[0].text, "  Ask ops <first>,\nthen & only then\n\ngo on ");
    assert_eq!((notes[0].corner.x, notes[0].corner.y), (-10.0, 20.5));
    assert_eq!((notes[0].size.x, notes[0].size.y), (120.0, 40.0));
    assert_eq!(notes[1].text, "");
    drawn.pages[1].notes.push(pn_pnml::Note {
        text: "]]> \r\t&amp; <note>".to_owned(),
        ..pn_pnml::Note::new(pn_pnml::graphics::Point { x: 1.5, y: -2.0 })
    });
    let again = document(write(&drawn).as_bytes());
    assert_eq!(again, drawn);
    assert_eq!(again.net(), document(EVERYTHING).net());
}

#[test]
fn pins_are_kept_and_mean_nothing_to_the_net() {
    let mut drawn = document(EVERYTHING);
    assert_eq!(drawn.nodes.iter().filter(|node| node.is_pinned).count(), 1);
    let before = (drawn.net(), drawn.annotations());
    drawn.nodes.iter_mut().for_each(|node| node.is_pinned = true);
    let reading = read(write(&drawn).as_bytes());
    let again = reading.document.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    assert_eq!(again, drawn);
    assert_eq!((again.net(), again.annotations().1.len()), (before.0, before.1.1.len()));
}

#[test]
fn what_pnml_cannot_express_is_refused() {
    let shared = net("same(1)\n same: same ->");
    assert_eq!(Document::from_net(&shared), Err(Problem::SharedId("same".to_owned())));
    let mut builder = pn_net::NetBuilder::new("n");
    builder.place(" p", None, 0).unwrap();
    let odd = builder.build().unwrap();
    assert_eq!(Document::from_net(&odd), Err(Problem::UnwritableId(" p".to_owned())));
}

#[test]
fn characters_that_xml_forbids_are_replaced() {
    let mut drawn = document(NUPN);
    drawn.nodes[0].name = Some(pn_pnml::Label::new("bell \u{7} <&> \r\n\t]]> \u{FFFF}"));
    let again = document(write(&drawn).as_bytes());
    assert_eq!(again.nodes[0].name.as_ref().unwrap().text, "bell \u{FFFD} <&> \r\n\t]]> \u{FFFD}");
}
