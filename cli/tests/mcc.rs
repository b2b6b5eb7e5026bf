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
        FORMULA ReachabilityDeadlock TRUE TECHNIQUES EXPLICIT STATE_COMPRESSION
    "#]],
    );
    check(
        "OneSafe",
        expect![[r#"
        FORMULA OneSafe TRUE TECHNIQUES EXPLICIT STATE_COMPRESSION
    "#]],
    );
    check(
        "QuasiLiveness",
        expect![[r#"
        FORMULA QuasiLiveness TRUE TECHNIQUES EXPLICIT STATE_COMPRESSION
    "#]],
    );
    check(
        "StableMarking",
        expect![[r#"
        FORMULA StableMarking FALSE TECHNIQUES EXPLICIT STATE_COMPRESSION
    "#]],
    );
}

#[test]
fn liveness_is_lost_in_a_deadlock_with_a_dead_transition_or_for_ever() {
    let verdict = |more: &[(&str, &str, &str, &str)]| {
        let around = [("t", "", "a", "b"), ("u", "", "b", "a")];
        let transitions: Vec<_> = around.iter().chain(more).copied().collect();
        let bench = Bench::with("model.pnml", &pn::pnml("net", "", &["a*1", "b", "c"], &transitions));
        let said = bench.pn(&["mcc", "--examination", "Liveness", "--time", "20"]);
        said.split(" TECHNIQUES").next().map(str::to_owned).expect("a line was printed")
    };
    assert_eq!(verdict(&[]), "FORMULA Liveness TRUE");
    assert_eq!(verdict(&[("stop", "", "b", "c")]), "FORMULA Liveness FALSE");
    assert_eq!(verdict(&[("never", "", "a b", "a b")]), "FORMULA Liveness FALSE");
    assert_eq!(verdict(&[("leave", "", "b", "c"), ("stay", "", "c", "c")]), "FORMULA Liveness FALSE");
}

#[test]
fn a_bound_without_limit_is_inf_also_where_no_single_word_pumps() {
    let net = pn::pnml(
        "net",
        "",
        &["s*1", "q", "b", "a"],
        &[("pile", "", "s", "s q"), ("turn", "", "s", "b"), ("move", "", "b q", "b a")],
    );
    let bench = Bench::with("model.pnml", &net);
    bench.write("UpperBounds.xml", BOUNDS);
    let said = bench.pn(&["mcc", "--examination", "UpperBounds", "--time", "20"]);
    assert_eq!(said, "FORMULA locks-UpperBounds-2025-00 inf TECHNIQUES EXPLICIT COVERABILITY\n");
}

#[test]
fn what_time_does_not_allow_is_not_answered() {
    let bench = Bench::with("model.pnml", &locks());
    for examination in ["ReachabilityDeadlock", "OneSafe", "QuasiLiveness", "StableMarking"] {
        let said = bench.pn(&["mcc", "--examination", examination, "--time", "0.000001"]);
        assert_eq!(said, "CANNOT_COMPUTE\n");
    }
    bench.write("UpperBounds.xml", BOUNDS);
    let said = bench.pn(&["mcc", "--examination", "UpperBounds", "--time", "0.000001"]);
    assert_eq!(said, "FORMULA locks-UpperBounds-2025-00 CANNOT_COMPUTE\n");
}

#[test]
fn formulas_keep_their_identifiers() {
    check(
        "UpperBounds",
        expect![[r#"
        FORMULA locks-UpperBounds-2025-00 2 TECHNIQUES EXPLICIT STATE_COMPRESSION
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
