//! The contest's XML: what it becomes, and what is said when it cannot be read.

use expect_test::{Expect, expect};
use pn_logic::contest::{ContestError, read_properties};
use pn_net::Net;
use proptest::prelude::*;

fn mutex() -> Net {
    pn_testkit::net(
        "idle(2) lock(1)
         enter: idle + lock -> busy
         leave: busy -> idle + lock",
    )
}

/// One line for each property: its identifier, and what it says or what is wrong with it.
fn check(formulas: &[&str], expected: Expect) {
    let properties = formulas.iter().enumerate().map(|(n, formula)| {
        format!(
            "<property><id>x-{n:02}</id><description>d</description><formula>{formula}</formula></property>"
        )
    });
    check_file(&format!("<property-set>{}</property-set>", properties.collect::<String>()), expected);
}

fn check_file(xml: &str, expected: Expect) {
    expected.assert_eq(&report(xml));
}

fn report(xml: &str) -> String {
    let net = mutex();
    let place = |error: &ContestError| match error {
        ContestError::Malformed { span, .. }
        | ContestError::NotAPropertySet { span, .. }
        | ContestError::NoId { span }
        | ContestError::NotOneFormula { span }
        | ContestError::UnknownPlace { span, .. }
        | ContestError::UnknownTransition { span, .. }
        | ContestError::Unsupported { span, .. }
        | ContestError::BadOperands { span, .. }
        | ContestError::BadNumber { span, .. }
        | ContestError::TooDeep { span } => xml[span.start..span.end].to_owned(),
    };
    let properties = match read_properties(&net, xml.as_bytes()) {
        Ok(properties) => properties,
        Err(error) => return format!("{error} at `{}`\n", place(&error)),
    };
    let lines = properties.iter().map(|p| match &p.property {
        Ok(property) => format!("{}: {}\n", p.id, property.display(&net)),
        Err(error) => format!("{}: {error} at `{}`\n", p.id, place(error)),
    });
    lines.collect()
}

const BUSY: &str = "<integer-le><integer-constant>1</integer-constant><tokens-count><place>busy</place></tokens-count></integer-le>";
const FREE: &str = "<is-fireable><transition>enter</transition></is-fireable>";

fn ef(formula: &str) -> String {
    format!("<exists-path><finally>{formula}</finally></exists-path>")
}

fn ag(formula: &str) -> String {
    format!("<all-paths><globally>{formula}</globally></all-paths>")
}

fn not(formula: &str) -> String {
    format!("<negation>{formula}</negation>")
}

#[test]
fn reachability_and_bounds_are_read() {
    check(
        &[
            &ef(BUSY),
            &ag(FREE),
            "<place-bound><place>idle</place><place>busy</place></place-bound>",
            &ag(&format!("<disjunction>{FREE}{}</disjunction>", not(BUSY))),
            &ef("<is-fireable><transition>enter</transition><transition>leave</transition></is-fireable>"),
            &ef(
                "<integer-le><tokens-count><place> idle </place><place>lock</place></tokens-count><tokens-count><place>busy</place></tokens-count></integer-le>",
            ),
            &ef("<deadlock/>"),
        ],
        expect![[r#"
            x-00: possibly 1 <= tokens(busy)
            x-01: always fireable(enter)
            x-02: bound(tokens(idle) + tokens(busy))
            x-03: always fireable(enter) or not 1 <= tokens(busy)
            x-04: possibly fireable(enter, leave)
            x-05: possibly tokens(idle) + tokens(lock) <= tokens(busy)
            x-06: possibly dead
        "#]],
    );
}

#[test]
fn operators_around_path_quantifiers_become_one_quantifier() {
    check(
        &[
            &not(&ef(BUSY)),
            &not(&ag(BUSY)),
            &not(&not(&ef(&not(BUSY)))),
            &format!("<conjunction>{}{}</conjunction>", ag(FREE), not(&ef(BUSY))),
            &format!("<disjunction>{}{}</disjunction>", ef(FREE), not(&ag(BUSY))),
            &format!("<implication>{}{}</implication>", ag(FREE), ef(BUSY)),
            &ag(&ef(FREE)),
            &ag(&ag(FREE)),
        ],
        expect![[r#"
            x-00: always not 1 <= tokens(busy)
            x-01: possibly not 1 <= tokens(busy)
            x-02: possibly not 1 <= tokens(busy)
            x-03: always fireable(enter) and not 1 <= tokens(busy)
            x-04: possibly fireable(enter) or not 1 <= tokens(busy)
            x-05: possibly not fireable(enter) or 1 <= tokens(busy)
            x-06: inevitably back to fireable(enter)
            x-07: always fireable(enter)
        "#]],
    );
}

#[test]
fn what_cannot_be_read_fails_alone() {
    let unknown = "<tokens-count><place>bsy</place></tokens-count>";
    check(
        &[
            &ef(&format!("<integer-le><integer-constant>1</integer-constant>{unknown}</integer-le>")),
            &ef("<is-fireable><transition>idle</transition></is-fireable>"),
            &format!("<all-paths><finally>{FREE}</finally></all-paths>"),
            &format!("<all-paths><next>{FREE}</next></all-paths>"),
            &format!("<conjunction>{}{}</conjunction>", ef(FREE), ef(BUSY)),
            &not(&ag(&ef(FREE))),
            FREE,
            &ef(&format!("<integer-le>{unknown}</integer-le>")),
            &ef("<integer-le><integer-constant>12x</integer-constant></integer-le>"),
            &ef("<integer-le><integer-constant>9223372036854775808</integer-constant></integer-le>"),
            &ef(&format!("<integer-le>{FREE}{FREE}</integer-le>")),
            &ef("<conjunction></conjunction>"),
            &ef(&format!("<true>{FREE}</true>")),
            "",
            &format!("{}{}", ef(BUSY), ag(BUSY)),
            &ef(BUSY),
        ],
        expect![[r#"
            x-00: the net has no place `bsy` at `bsy`
            x-01: the net has no transition `idle` at `idle`
            x-02: `all-paths` says more here than reachability (EF, AG, AG EF) or a bound at `</all-paths>`
            x-03: `next` says more here than reachability (EF, AG, AG EF) or a bound at `<next>`
            x-04: `conjunction` says more here than reachability (EF, AG, AG EF) or a bound at `</conjunction>`
            x-05: `negation` says more here than reachability (EF, AG, AG EF) or a bound at `</negation>`
            x-06: `formula` says more here than reachability (EF, AG, AG EF) or a bound at `</formula>`
            x-07: the net has no place `bsy` at `bsy`
            x-08: `12x` is not a number, or numbers add up to more than fits at `12x`
            x-09: `9223372036854775808` is not a number, or numbers add up to more than fits at `9223372036854775808`
            x-10: `integer-le` has too few, too many or unsuitable operands at `</integer-le>`
            x-11: `conjunction` has too few, too many or unsuitable operands at `</conjunction>`
            x-12: `true` has too few, too many or unsuitable operands at `</true>`
            x-13: a property has exactly one `formula` at `</formula>`
            x-14: a property has exactly one `formula` at `</formula>`
            x-15: possibly 1 <= tokens(busy)
        "#]],
    );
}

#[test]
fn references_comments_and_cdata_are_part_of_xml() {
    let xml = "\u{feff}<?xml version=\"1.0\"?><!DOCTYPE x><p:property-set xmlns:p='http://mcc.lip6.fr/'><!-- c -->
        <p:property><p:id>a&amp;b&#45;1</p:id><p:formula><p:place-bound><p:place><![CDATA[id]]>l&#x65;<!-- c --></p:place>
        </p:place-bound></p:formula></p:property></p:property-set>";
    check_file(
        xml,
        expect![[r#"
        a&b-1: bound(tokens(idle))
    "#]],
    );
}

#[test]
fn a_property_without_identifier_is_reported() {
    check_file(
        &format!("<property-set><property><formula>{}</formula></property></property-set>", ef(FREE)),
        expect![[r#"
            : a property has no `id` at `</property>`
        "#]],
    );
}

#[test]
fn a_file_that_is_no_property_set_is_refused() {
    check_file(
        "",
        expect![[r#"
        the root element is ``, not `property-set` at ``
    "#]],
    );
    check_file(
        "<pnml/>",
        expect![[r#"
        the root element is `pnml`, not `property-set` at `<pnml/>`
    "#]],
    );
    check_file(
        "<property-set><property>",
        expect![[r#"
        the file is not well-formed XML: the file ends while 2 elements are open at ``
    "#]],
    );
    check_file(
        "<property-set/><property-set/>",
        expect![[r#"
        the file is not well-formed XML: a second root element follows the first at `<property-set/>`
    "#]],
    );
    check_file(
        "<property-set></property>",
        expect![[r#"
        the file is not well-formed XML: ill-formed document: expected `</property-set>`, but `</property>` was found at ``
    "#]],
    );
    check_file(
        "<property-set><property><id>&nbsp;</id></property></property-set>",
        expect![[r#"
        the file is not well-formed XML: the entity `&nbsp;` is not known at `&nbsp;`
    "#]],
    );
    assert!(matches!(read_properties(&mutex(), b"<a>\xff</a>"), Err(ContestError::Malformed { .. })));
}

#[test]
fn nesting_is_bounded_and_cheap() {
    let deep = |levels| format!("{}{FREE}{}", "<negation>".repeat(levels), "</negation>".repeat(levels));
    let file = |levels| {
        format!(
            "<property-set><property><id>x</id><formula>{}</formula></property></property-set>",
            ef(&deep(levels))
        )
    };
    assert_eq!(report(&file(200)), "x: possibly fireable(enter)\n");
    let refused = "x: the formula nests deeper than 256 operators at `<negation>`\n";
    assert_eq!(report(&file(1000)), refused);
    assert_eq!(report(&file(200_000)), refused);
}

#[test]
fn long_chains_become_flat() {
    let chain =
        (0..200).fold(FREE.to_owned(), |chain, _| format!("<disjunction>{chain}{BUSY}</disjunction>"));
    let xml = format!(
        "<property-set><property><id>x</id><formula>{}</formula></property></property-set>",
        ef(&chain)
    );
    assert!(!report(&xml).contains("(fireable"), "no parentheses around a part of the chain");
}

#[test]
fn spans_are_right_behind_a_byte_order_mark() {
    let xml = "\u{feff}<property-set><property><id>x</id><formula><place-bound><place>nowhere</place></place-bound></formula></property></property-set>";
    check_file(
        xml,
        expect![[r#"
            x: the net has no place `nowhere` at `nowhere`
        "#]],
    );
}

const PIECES: [&str; 30] = [
    "<property-set>",
    "</property-set>",
    "<property>",
    "</property>",
    "<id>x</id>",
    "<formula>",
    "</formula>",
    "<exists-path><finally>",
    "</finally></exists-path>",
    "<all-paths><globally>",
    "</globally></all-paths>",
    "<negation>",
    "</negation>",
    "<conjunction>",
    "</conjunction>",
    "<implication>",
    "</implication>",
    "<integer-le>",
    "</integer-le>",
    "<tokens-count>",
    "</tokens-count>",
    "<place>idle</place>",
    "<transition>enter</transition>",
    "<integer-constant>3</integer-constant>",
    "<is-fireable>",
    "</is-fireable>",
    "<true/>",
    "&lt;",
    "<next>",
    "<",
];

proptest! {
    #[test]
    fn any_file_is_answered_with_spans_inside_it(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        report(&pieces.iter().map(|piece| PIECES[*piece]).collect::<String>());
    }

    #[test]
    fn any_formula_is_answered(pieces in proptest::collection::vec(7..27usize, 0..12)) {
        let formula: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        report(&format!("<property-set><property><id>x</id><formula>{formula}</formula></property></property-set>"));
    }

    #[test]
    fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
        let _ = read_properties(&mutex(), &bytes);
    }
}
