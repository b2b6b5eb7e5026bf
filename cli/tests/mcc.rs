//! `pn mcc`.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, locks};

const BOUNDS: &str = r#"<?xml version="1.0"?>
<property-set xmlns="http://mcc.lip6.fr/">
  <property><id>locks-UpperBounds-2025-00</id><description>d</description>
    <formula><place-bound><place>a</place><place>b</place></place-bound></formula></property>
</property-set>"#;

fn check(examination: &str, expected: Expect) {
    let bench = Bench::with("model.pnml", &locks());
    bench.write("UpperBounds.xml", BOUNDS);
    expected.assert_eq(&bench.pn(&["mcc", "--examination", examination, "--time", "20"]));
}

#[test]
fn global_examinations_are_answered_under_their_own_names() {
    check(
        "ReachabilityDeadlock",
        expect![[r#"
        FORMULA ReachabilityDeadlock TRUE TECHNIQUES EXPLICIT STATE_COMPRESSION STRUCTURAL_REDUCTION
    "#]],
    );
    check(
        "OneSafe",
        expect![[r#"
        FORMULA OneSafe TRUE TECHNIQUES EXPLICIT STATE_COMPRESSION STRUCTURAL_REDUCTION
    "#]],
    );
    check(
        "QuasiLiveness",
        expect![[r#"
        FORMULA QuasiLiveness TRUE TECHNIQUES EXPLICIT STATE_COMPRESSION STRUCTURAL_REDUCTION
    "#]],
    );
    check(
        "StableMarking",
        expect![[r#"
        FORMULA StableMarking FALSE TECHNIQUES EXPLICIT STATE_COMPRESSION STRUCTURAL_REDUCTION
    "#]],
    );
}

#[test]
fn what_time_does_not_allow_is_not_answered() {
    let bench = Bench::with("model.pnml", &locks());
    for examination in ["ReachabilityDeadlock", "OneSafe", "QuasiLiveness", "StableMarking"] {
        let said = bench.pn(&["mcc", "--examination", examination, "--time", "0.000001"]);
        assert!(said.contains("CANNOT_COMPUTE") && !said.contains("FORMULA"), "{said}");
    }
}

#[test]
fn formulas_keep_their_identifiers() {
    check(
        "UpperBounds",
        expect![[r#"
        FORMULA locks-UpperBounds-2025-00 2 TECHNIQUES EXPLICIT STATE_COMPRESSION STRUCTURAL_REDUCTION
    "#]],
    );
}

#[test]
fn the_state_space_is_counted() {
    check(
        "StateSpace",
        expect![[r#"
        STATE_SPACE STATES 9 TECHNIQUES EXPLICIT SEQUENTIAL_PROCESSING
        STATE_SPACE TRANSITIONS 10 TECHNIQUES EXPLICIT SEQUENTIAL_PROCESSING
        STATE_SPACE MAX_TOKEN_PER_MARKING 4 TECHNIQUES EXPLICIT SEQUENTIAL_PROCESSING
        STATE_SPACE MAX_TOKEN_IN_PLACE 1 TECHNIQUES EXPLICIT SEQUENTIAL_PROCESSING
    "#]],
    );
}

#[test]
fn what_is_not_supported_is_not_answered() {
    check(
        "LTLFireability",
        expect![[r#"
        DO_NOT_COMPETE
    "#]],
    );
}
