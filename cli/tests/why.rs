//! `pn why`.

mod pn;

use expect_test::expect;
use pn::{Bench, two_steps};

#[test]
fn the_chain_of_what_is_missing_is_told() {
    let bench = Bench::with("net.pnml", &two_steps());
    expect![[r#"
        start second: has to wait
          `half` holds 0 of 1, filled by
            first: its check finds nothing to do: has to wait
              `first is checked` holds 0 of 1, filled by
                start first: can fire now
            first succeeds: has to wait
              `first is applied` holds 0 of 1, filled by
                first: its check finds a difference: has to wait
                  `first is checked` holds 0 of 1, filled by
                    start first: can fire now
        exit 1
    "#]]
    .assert_eq(&bench.pn(&["why", "net.pnml", "second"]));
    expect![[r#"
        start first: can fire now
    "#]]
    .assert_eq(&bench.pn(&["why", "net.pnml", "first"]));
}

#[test]
fn a_misspelt_transition_is_corrected() {
    let bench = Bench::with("net.pnml", &two_steps());
    expect![[r#"
        ! error: net.pnml has no transition `secnd`
        ! hint: did you mean `second`?
        exit 2
    "#]]
    .assert_eq(&bench.pn(&["why", "net.pnml", "secnd"]));
    expect![[r#"
        ! error: net.pnml has no transition `half`
        ! hint: `half` is a place
        exit 2
    "#]]
    .assert_eq(&bench.pn(&["why", "net.pnml", "half"]));
}
