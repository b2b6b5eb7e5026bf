//! Why a transition does not fire.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use expect_test::{Expect, expect};
use pn_deployment::Deployment;
use pn_executor::{Standing, Why, why};
use std::collections::BTreeMap;
use std::fmt::Write;
use support::draft;

fn tree(deployment: &Deployment, why: &Why, indent: usize, out: &mut String) {
    let net = &deployment.net;
    let standing = match why.standing {
        Standing::Enabled => "enabled",
        Standing::InFlight => "in flight",
        Standing::Disabled => "waits",
        Standing::ToldBefore => "see above",
        Standing::TooDeep => "…",
    };
    writeln!(out, "{:indent$}{} {standing}", "", net.transition_name(why.transition)).unwrap();
    for missing in &why.missing {
        let name = net.place_name(missing.place);
        writeln!(out, "{:indent$}  {name} {}/{}", "", missing.holds, missing.needs).unwrap();
        missing.producers.iter().for_each(|producer| tree(deployment, producer, indent + 4, out));
    }
}

fn check(deployment: &Deployment, transition: &str, depth: usize, expected: Expect) {
    let x = deployment.net.find_transition("x");
    let in_flight: BTreeMap<_, _> = x.map(|x| (x, 1)).into_iter().collect();
    let marking = deployment.net.initial().clone();
    let transition = deployment.net.find_transition(transition).unwrap();
    let mut out = String::new();
    tree(deployment, &why(deployment, &marking, &in_flight, transition, depth), 0, &mut out);
    expected.assert_eq(&out);
}

#[test]
fn the_chain_behind_a_transition_is_told_once_and_cycles_are_cut() {
    let deployment = draft("a(1) held\nx: held -> b\nlast: 2 b + c -> d\nloop: d -> c\nfree: a -> c")
        .noops(&["x"])
        .expanded();
    check(
        &deployment,
        "last",
        9,
        expect![[r#"
            last waits
              b 0/2
                x.same in flight
                x.ok in flight
              c 0/1
                loop waits
                  d 0/1
                    last see above
                free enabled
        "#]],
    );
    check(
        &deployment,
        "loop",
        1,
        expect![[r#"
        loop waits
          d 0/1
            last …
    "#]],
    );
}

#[test]
fn a_place_that_nothing_fills_has_no_producers() {
    let deployment = draft("a(1)\nt: a + never -> b").expanded();
    check(
        &deployment,
        "t",
        9,
        expect![[r#"
        t waits
          never 0/1
    "#]],
    );
}
