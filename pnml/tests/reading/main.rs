//! What is read, and what is said about what cannot be read.

mod own_sections;

use expect_test::{Expect, expect};
use pn_deployment::annotation::KindText;
use pn_pnml::{Diagnostic, Reading, Severity, Source, read};
use std::time::Duration;

const EVERYTHING: &[u8] = include_bytes!("../files/everything.pnml");
const NUPN: &[u8] = include_bytes!("../files/nupn.pnml");

fn messages(bytes: &[u8], reading: &Reading) -> String {
    let source = Source::new(bytes);
    let message = |diagnostic: &Diagnostic| {
        let excerpt = source.excerpt(diagnostic.span);
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let advice = diagnostic.problem.advice().map(|advice| format!("\n  → {advice}"));
        let (line, column, problem) = (excerpt.line, excerpt.column, &diagnostic.problem);
        format!("{line}:{column} {severity}: {problem}{}\n", advice.unwrap_or_default())
    };
    let more = if reading.more > 0 { format!("and {} more\n", reading.more) } else { String::new() };
    reading.diagnostics.iter().map(message).collect::<String>() + &more
}

/// Checks the diagnostics of a whole file.
fn check_file(bytes: &[u8], expected: Expect) {
    let reading = read(bytes);
    let has_error = reading.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(reading.document.is_none(), has_error, "a document is there exactly without errors");
    expected.assert_eq(&messages(bytes, &reading));
}

/// Checks the diagnostics of what stands on a page.
fn check(page: &str, expected: Expect) {
    check_file(on_a_page(page).as_bytes(), expected);
}

fn on_a_page(page: &str) -> String {
    format!(
        "<pnml xmlns='http://www.pnml.org/version-2009/grammar/pnml'>\
         <net id='n' type='http://www.pnml.org/version-2009/grammar/ptnet'><page id='g'>\n{page}\n</page></net></pnml>"
    )
}

/// The net as lines of text.
fn drawn(bytes: &[u8]) -> String {
    let reading = read(bytes);
    let document = reading.document.as_ref().unwrap_or_else(|| panic!("{}", messages(bytes, &reading)));
    let net = document.net().expect("a document just read is a net");
    let mut text = String::new();
    for place in net.places() {
        let (name, label, tokens) =
            (net.place_name(place), net.place_label(place), net.initial().tokens(place));
        text += &format!("{name} {label:?} {tokens}\n");
    }
    for transition in net.transitions() {
        let pre: Vec<_> = net.pre(transition).map(|(p, w)| format!("{w} {}", net.place_name(p))).collect();
        let post: Vec<_> = net.post(transition).map(|(p, w)| format!("{w} {}", net.place_name(p))).collect();
        text +=
            &format!("{}: {} -> {}\n", net.transition_name(transition), pre.join(" + "), post.join(" + "));
    }
    text
}

#[test]
fn pages_and_references_are_flattened_in_page_order() {
    expect![[r#"
        idle "idle\n  place" 2
        done "done" 0
        stuck "stuck" 0
        behind "behind" 0
        below "below" 0
        install: 1 idle -> 
        ok:  -> 4 done
        again:  -> 
        drifted:  -> 
        told:  -> 
        late: 1 behind -> 
        agreed:  -> 
        gone:  -> 
        plain:  -> 
        remove:  -> 
    "#]]
    .assert_eq(&drawn(EVERYTHING));
    check_file(
        EVERYTHING,
        expect![[r#"
            21:9 warning: the label `<colourOfDoor>` of `<place>` has no meaning here; it is kept as it is
        "#]],
    );
}

#[test]
fn annotations_keep_their_words_and_places() {
    let document = read(EVERYTHING).document.unwrap();
    let (net, transitions) = document.annotations();
    let text = Source::new(EVERYTHING);
    let goal = net.goal.unwrap();
    assert_eq!(goal.value, "done >= 1 && idle = 0");
    assert!(text.text()[goal.span.start..].starts_with("done >= 1 &amp;"));
    assert_eq!(net.invariants[0].formula.value, "tokens(idle) <= 2");
    assert_eq!(net.parameters[1].default, None);
    let first = &transitions[0].1;
    let KindText::Action(action) = &first.kind else { panic!("{first:?}") };
    assert_eq!((action.kind.value.as_str(), &action.host.as_ref().unwrap().value[..]), ("exec", "app1"));
    assert_eq!(action.params[0].1.value, "./install.sh {{ release }} < in\n  second line ");
    assert_eq!(action.params[1].1.value, "/opt/<app>");
    assert_eq!(first.timeout.as_ref().unwrap().value, Duration::from_secs(90));
    let retry = first.retry.as_ref().unwrap().value;
    assert_eq!((retry.max, retry.first, retry.factor), (3, Duration::from_millis(500), 1.5));
    assert_eq!(first.undo.as_ref().unwrap().value, "remove");
    let numbers: Vec<usize> = transitions.iter().map(|(transition, _)| transition.index()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn nested_units_are_read_and_broken_ones_ignored() {
    let nupn = read(NUPN).document.unwrap().net().unwrap().nupn().cloned().unwrap();
    assert!(nupn.claims_safe);
    assert_eq!(nupn.root, 0);
    assert_eq!(nupn.units[0].subunits, [1, 2]);
    assert_eq!(nupn.units[1].places.len(), 2);
    let text = std::str::from_utf8(NUPN).unwrap();
    for (from, to) in [
        ("root=\"top\"", "root=\"elsewhere\""),
        (">c<", ">b<"),
        (">c<", "><"),
        (">c<", ">unheard-of<"),
        ("<places>c</places><subunits/>", "<places>c</places><subunits>top</subunits>"),
        ("left	right", "left"),
        ("id=\"left\"", "id=\"right\""),
        ("structure", "building"),
    ] {
        let reading = read(text.replace(from, to).as_bytes());
        assert_eq!(reading.diagnostics.len(), 1, "{to}");
        assert_eq!(reading.diagnostics[0].severity, Severity::Warning, "{to}");
        assert_eq!(reading.document.unwrap().net().unwrap().nupn(), None, "{to}");
    }
}

#[test]
fn broken_xml_is_reported_where_it_breaks() {
    check_file(
        b"",
        expect![[r#"
            1:1 error: the file is empty
              → give a PNML file; `<pnml>` is its root element
        "#]],
    );
    check_file(
        b" \n",
        expect![[r#"
        1:1 error: the file is empty
          → give a PNML file; `<pnml>` is its root element
    "#]],
    );
    check_file(
        b"\x00\x01\x02PNG",
        expect![[r#"
        1:1 error: the character U+0000 may not stand in XML
          → remove it; perhaps the file is not XML or is damaged
    "#]],
    );
    check_file(
        b"hello",
        expect![[r#"
            1:1 error: the file starts with `hello`: this is not PNML
              → a PNML file starts with `<pnml>`
        "#]],
    );
    check_file(
        b"<html><body/></html>",
        expect![[r#"
        1:1 error: the file starts with `<html>`: this is not PNML
          → a PNML file starts with `<pnml>`
    "#]],
    );
    check_file(
        b"<pnml><net id='n' type='ptnet'><page id='g'>",
        expect![[r#"
        1:25 warning: the net type is `ptnet`; it is read as a place/transition net
          → a P/T net has type="http://www.pnml.org/version-2009/grammar/ptnet"
        1:45 error: the file ends inside `<page>`
          → perhaps the file was not written to its end
    "#]],
    );
    check_file(
        b"<pnml><net></pnml></net>",
        expect![[r#"
        1:7 warning: `<net>` has no attribute `type`
        1:7 warning: `<net>` has no attribute `id`
          → give the element an identifier of its own
        1:12 error: `<net>` is closed by `</pnml>`
    "#]],
    );
    check_file(
        b"<pnml/>",
        expect![[r#"
        1:1 error: the file holds no net
    "#]],
    );
    check_file(
        b"<pnml><net type='ptnet' id='n' id='m'/></pnml> more",
        expect![[r#"
        1:18 warning: the net type is `ptnet`; it is read as a place/transition net
          → a P/T net has type="http://www.pnml.org/version-2009/grammar/ptnet"
        1:36 error: the attribute `id` stands twice in one tag
        1:48 error: there is content behind the end of the document
    "#]],
    );
    check(
        "<place id='p' / >",
        expect![[r#"
        2:15 error: the attributes of `<place>` are malformed
        3:1 error: `<place>` is closed by `</page>`
    "#]],
    );
    check(
        "<place id='&nbsp;'><name><text>&euro;</text></name></place>",
        expect![[r#"
        2:12 error: the entity `&nbsp;` is not defined
          → write the character itself; XML defines lt, gt, amp, quot, apos
        2:12 warning: the identifier `&nbsp;` is not an XML name
          → other tools may refuse it: a letter or `_` comes first, then letters, digits, `.`, `-`, `_`
        2:32 error: the entity `&euro;` is not defined
          → write the character itself; XML defines lt, gt, amp, quot, apos
    "#]],
    );
    check(
        "<place id='p'>7</place>",
        expect![[r#"
        2:15 warning: text in `<place>` has no meaning and is dropped
    "#]],
    );
}

#[test]
fn entity_declarations_and_deep_nesting_are_refused() {
    let laughs = b"<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;'>]><pnml>&lol2;</pnml>";
    check_file(
        laughs,
        expect![[r#"
        1:1 error: the file declares a document type with definitions of its own
          → remove `<!DOCTYPE …>`: PNML needs none
    "#]],
    );
    check(
        &"<x>".repeat(100_000),
        expect![[r#"
        2:760 error: elements are nested more than 256 deep
    "#]],
    );
    check_file(
        b"<!DOCTYPE pnml SYSTEM 'pnml.dtd'><pnml/>",
        expect![[r#"
        1:34 error: the file holds no net
    "#]],
    );
}

#[test]
fn other_kinds_of_nets_are_refused() {
    let of_type = |kind: &str| format!("<pnml><net id='n' type='{kind}'><page id='g'/></net></pnml>");
    check_file(
        of_type("http://www.pnml.org/version-2009/grammar/symmetricnet").as_bytes(),
        expect![[r#"
        1:25 error: this is a coloured net (symmetricnet): coloured nets are not supported yet
          → unfold the net with another tool and read the result
    "#]],
    );
    check_file(
        of_type("http://www.pnml.org/version-2009/grammar/highlevelnet").as_bytes(),
        expect![[r#"
        1:25 error: this is a coloured net (highlevelnet): coloured nets are not supported yet
          → unfold the net with another tool and read the result
    "#]],
    );
    check_file(
        of_type("http://example.org/yawl").as_bytes(),
        expect![[r#"
        1:25 error: `http://example.org/yawl` is not the type of a place/transition net
          → a P/T net has type="http://www.pnml.org/version-2009/grammar/ptnet"
    "#]],
    );
    check_file(
        of_type("http://www.informatik.hu-berlin.de/top/pntd/ptNetb").as_bytes(),
        expect![[r#"
        1:25 warning: the net type is `http://www.informatik.hu-berlin.de/top/pntd/ptNetb`; it is read as a place/transition net
          → a P/T net has type="http://www.pnml.org/version-2009/grammar/ptnet"
    "#]],
    );
    check(
        "<place id='p'><hlinitialMarking><text>1'a</text></hlinitialMarking></place>",
        expect![[r#"
        2:15 error: this is a coloured net (`<hlinitialMarking>`): coloured nets are not supported yet
          → unfold the net with another tool and read the result
    "#]],
    );
}

#[test]
fn arcs_that_are_not_ordinary_are_refused() {
    let nodes = "<place id='p'/><transition id='t'/>";
    let arc = |inner: &str| format!("{nodes}<arc id='a' source='p' target='t' {inner}</arc>");
    check(
        &arc("type='inhibitor'>"),
        expect![[r#"
        2:76 error: the arc is of type `inhibitor`: only ordinary arcs are supported
          → express it by ordinary arcs (an inhibitor arc of a bounded place: by a complementary place)
    "#]],
    );
    check(
        &arc("><type value='reset'/>"),
        expect![[r#"
        2:71 error: the arc is of type `reset`: only ordinary arcs are supported
          → express it by ordinary arcs (an inhibitor arc of a bounded place: by a complementary place)
    "#]],
    );
    check(
        &arc("><arctype><text>inhibitor</text></arctype>"),
        expect![[r#"
        2:71 error: the arc is of type `inhibitor`: only ordinary arcs are supported
          → express it by ordinary arcs (an inhibitor arc of a bounded place: by a complementary place)
    "#]],
    );
    check(
        &format!("{nodes}<inhibitorArc id='a' source='p' target='t'/>"),
        expect![[r#"
        2:36 error: the arc is of type `inhibitorArc`: only ordinary arcs are supported
          → express it by ordinary arcs (an inhibitor arc of a bounded place: by a complementary place)
    "#]],
    );
    check(&arc("type='normal'>"), expect![[r#""#]]);
}

#[test]
fn identifiers_and_references_are_checked() {
    check(
        "<place id='p'/>\n<transition id='p'/>\n<place/>\n<place id=' '/>",
        expect![[r#"
        3:17 error: the identifier `p` is used twice
          → rename one of them and the arcs that mean it
        4:1 error: `<place>` has no attribute `id`
          → give the element an identifier of its own
        5:1 error: `<place>` has no attribute `id`
          → give the element an identifier of its own
    "#]],
    );
    check(
        "<place id='place1'/><transition id='t'/>\n<arc id='a' source='plcae1' target='t'/>",
        expect![[r#"
            3:21 error: there is no node `plcae1`
              → did you mean `place1`?
        "#]],
    );
    check(
        "<place id='p'/><place id='q'/>\n<arc id='a' source='p' target='q'/><arc id='b' source='p'/>",
        expect![[r#"
            3:32 error: the arc leads from `p` to `q`: both are places
              → an arc joins a place and a transition
            3:36 error: `<arc>` has no attribute `target`
        "#]],
    );
    check(
        "<referencePlace id='r' ref='s'/><referencePlace id='s' ref='r'/>",
        expect![[r#"
            2:29 error: the reference `r` leads back to itself
        "#]],
    );
    check(
        "<transition id='t'/><referencePlace id='r' ref='t'/><referencePlace id='s' ref='none'/>",
        expect![[r#"
            2:49 error: `r` refers to `t`, which is not a place
            2:81 error: there is no node `none`
        "#]],
    );
    check(
        "<place id='1'/><place id='2'/>",
        expect![[r#"
        2:12 warning: the identifier `1` is not an XML name
          → other tools may refuse it: a letter or `_` comes first, then letters, digits, `.`, `-`, `_`
    "#]],
    );
    check(
        "<place id='p'/><transition id='t'/><arc id='p' source='p' target='t'/><arc source='t' target='p'/>",
        expect![[r#"
            2:45 warning: the identifier `p` is taken; this `<arc>` gets another one
        "#]],
    );
}

#[test]
fn markings_and_weights_are_checked() {
    let marked = |tokens: &str| {
        format!("<place id='p'><initialMarking><text>{tokens}</text></initialMarking></place>")
    };
    for good in ["0", " 7\n", "+3", "007", "9223372036854775807"] {
        assert!(read(on_a_page(&marked(good)).as_bytes()).document.is_some(), "{good}");
    }
    check(
        &marked("-1"),
        expect![[r#"
        2:37 error: `-1` is negative
    "#]],
    );
    check(
        &marked("9223372036854775808"),
        expect![[r#"
        2:37 error: `9223372036854775808` is more than 2^63 - 1
    "#]],
    );
    check(
        &marked("1.5"),
        expect![[r#"
        2:37 error: `1.5` is not a whole number
    "#]],
    );
    check(
        &marked(""),
        expect![[r#"
        2:15 warning: `<initialMarking>` holds no number and counts as if it were absent
    "#]],
    );
    let arc = |weight: &str| {
        format!(
            "<arc id='a{weight}' source='p' target='t'><inscription><text>{weight}</text></inscription></arc>"
        )
    };
    let nodes = "<place id='p'/><transition id='t'/>";
    check(
        &format!("{nodes}{}", arc("0")),
        expect![[r#"
        2:90 error: an arc cannot weigh 0
          → remove the arc, or give it a weight of at least 1
    "#]],
    );
    check(
        &format!("{nodes}{}{}", arc("9223372036854775807"), arc("1")),
        expect![[r#"
        1:61 error: an arc weighs between 1 and 2^63 - 1, not 9223372036854775808
    "#]],
    );
    check(
        "<place id='p'><initialMarking><text>1</text></initialMarking><initialMarking><text>2</text></initialMarking></place>",
        expect![[r#"
            2:62 error: `<place>` has a second `<initialMarking>`
        "#]],
    );
}

#[test]
fn other_encodings_are_understood() {
    let text = "<?xml version='1.0' encoding='ENC'?><pnml><net id='n' type='http://www.pnml.org/version-2009/grammar/ptnet'><page id='g'><place id='caf\u{e9}'/></page></net></pnml>";
    let latin: Vec<u8> = text.replace("ENC", "ISO-8859-1").chars().map(|c| c as u8).collect();
    let utf8 = text.replace("ENC", "UTF-8");
    let marked = format!("\u{feff}{utf8}");
    let wide: Vec<u8> = text.replace("ENC", "UTF-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide_marked: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [latin.as_slice(), utf8.as_bytes(), marked.as_bytes(), &wide, &wide_marked] {
        assert_eq!(drawn(bytes), "caf\u{e9} \"caf\u{e9}\" 0\n");
    }
    let wrong: Vec<u8> = utf8.chars().map(|c| c as u8).collect();
    check_file(
        &wrong,
        expect![[r#"
        1:138 error: this is not text in UTF-8
          → save the file as UTF-8, or name its encoding in `<?xml version="1.0" encoding="…"?>`
    "#]],
    );
    check_file(
        text.replace("ENC", "klingon").as_bytes(),
        expect![[r#"
        1:31 error: the encoding `klingon` is unknown
          → save the file as UTF-8, or name its encoding in `<?xml version="1.0" encoding="…"?>`
    "#]],
    );
    check_file(
        text.replace("ENC", "UTF-16").as_bytes(),
        expect![[r#"
        1:31 warning: the file declares the encoding `UTF-16` but is written in UTF-8
          → correct the declaration
    "#]],
    );
}

#[test]
fn diagnostics_are_bounded_and_errors_are_not_crowded_out() {
    let arcs: String =
        (0..5_000).map(|i| format!("<arc id='a{i}' source='p{i}' target='t{i}'/>\n")).collect();
    let reading = read(on_a_page(&arcs).as_bytes());
    assert_eq!((reading.diagnostics.len(), reading.more), (100, 9_900));
    let labels: String = (0..200).map(|i| format!("<label{i}/>")).collect();
    let reading = read(on_a_page(&format!("{labels}<place/>")).as_bytes());
    assert!(reading.document.is_none());
    assert!(reading.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error));
}
