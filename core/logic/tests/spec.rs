//! The examples of `docs/spec/properties.md` are true.

use pn_logic::text::{parse_formula, parse_property};
use pn_logic::{Property, Verdict};
use pn_net::Net;
use pn_testkit::oracle::{StateSpace, explore};

const PAGE: &str = include_str!("../../../docs/spec/properties.md");

/// The text of the page's one block of this kind.
fn block(kind: &str) -> &'static str {
    let (_, behind) = PAGE.split_once(&format!("\n```{kind}\n")).expect("the page has such a block");
    behind.split_once("\n```").expect("the block ends").0
}

fn net() -> (Net, StateSpace) {
    let net = pn_testkit::net(block("net"));
    let space = explore(&net, 100).expect("the net is small");
    (net, space)
}

#[test]
fn the_conditions_are_read_and_read_back() {
    let (net, _) = net();
    for line in block("conditions").lines() {
        let formula = parse_formula(&net, line).unwrap_or_else(|errors| panic!("{line}: {errors:?}"));
        let written = formula.display(&net).to_string();
        assert_eq!(parse_formula(&net, &written), Ok(formula), "{line}");
    }
}

#[test]
fn the_answers_are_those_of_an_exhaustive_search() {
    let (net, space) = net();
    for line in block("answers").lines() {
        let (text, answer) = line.rsplit_once("  ").expect("an answer stands behind the property");
        let property = parse_property(&net, text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        let found = match space.verdict(&property) {
            Verdict::Holds => "holds".to_owned(),
            Verdict::Fails => "fails".to_owned(),
            Verdict::Bounded(value) => value.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(found, answer.trim(), "{text}");
    }
}

#[test]
fn the_mistakes_are_reported_in_these_words() {
    let (net, _) = net();
    let mut shown = String::new();
    for text in block("mistakes").lines().filter(|line| !line.starts_with(' ')) {
        let errors = parse_property(&net, text).expect_err("it is a mistake");
        shown.push_str(&format!("{text}\n"));
        errors.iter().for_each(|error| shown.push_str(&format!("    {error}\n")));
    }
    assert_eq!(shown.trim_end(), block("mistakes"));
}

#[test]
fn the_spellings_of_a_property_are_equal() {
    let (net, _) = net();
    let read = |text| parse_property(&net, text).expect(text);
    let same = |left, right| assert_eq!(read(left), read(right));
    same("EF dead", "possibly dead");
    same("AG dead", "always dead");
    same("AG EF dead unless true", "inevitably back to dead unless true");
    same("bound(idle, busy)", "bound(idle + busy)");
    same("bound(idle, busy)", "bound(tokens(busy, idle))");
    same("always !dead && true || false", "always not dead and true or false");
    same("always dead -> true", "always dead implies true");
    same("always tokens(idle) == 1", "always tokens(idle) = 1");
    assert!(matches!(read("bound(idle)"), Property::Bound(_)));
}
