//! `pn structure`.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, locks, pnml};

fn check(name: &str, net: &str, arguments: &[&str], expected: Expect) {
    let bench = Bench::with(name, net);
    let arguments: Vec<&str> = ["structure", name].iter().chain(arguments).copied().collect();
    expected.assert_eq(&bench.pn(&arguments));
}

#[test]
fn two_processes_and_two_locks_in_opposite_order_have_a_siphon_that_can_be_emptied() {
    check(
        "locks.pnml",
        &locks(),
        &[],
        expect![[r#"
        locks.pnml: net `locks`, 8 places, 4 transitions
          classes                ordinary, asymmetric choice
          components             5 strongly connected, 1 with more than one node; the largest has 4 places
                                 and 4 transitions
          bounds                 one-safe: no place can hold more than one token
          place invariants       4, with every place (conservative)
            x + x.a + x.done = 1
            x.a + a = 1
            y + y.b + y.done = 1
            y.b + b = 1
          transition invariants  0
          minimal siphons        5
            {x}, without a marked trap
            {y}, without a marked trap
            {x.a, a}
            {y.b, b}
            {a, b}, without a marked trap
          minimal traps          4
            {x.done}
            {y.done}
            {x.a, a}
            {y.b, b}
          deadlock               not excluded by siphons and traps; `pn verify` looks further
    "#]],
    );
}

#[test]
fn a_ring_is_a_marked_graph_that_cannot_get_stuck() {
    let ring = pnml("ring", "", &["a*1", "b"], &[("go", "", "a", "b"), ("back", "", "b", "a")]);
    check(
        "ring.pnml",
        &ring,
        &[],
        expect![[r#"
        ring.pnml: net `ring`, 2 places, 2 transitions
          classes                ordinary, pure, state machine, marked graph, free choice, extended free
                                 choice, asymmetric choice
          components             strongly connected
          bounds                 one-safe: no place can hold more than one token
          place invariants       1, with every place (conservative)
            a + b = 1
          transition invariants  1, with every transition (consistent)
            go + back
          minimal siphons        1
            {a, b}
          minimal traps          1
            {a, b}
          deadlock               impossible: every siphon has a trap that is marked from the beginning
                                 (Commoner)
    "#]],
    );
    check(
        "ring.pnml",
        &ring,
        &["--json"],
        expect![[r#"
        {
          "format": "pn structure 1",
          "file": "ring.pnml",
          "net": "ring",
          "classes": [
            "ordinary",
            "pure",
            "state machine",
            "marked graph",
            "free choice",
            "extended free choice",
            "asymmetric choice"
          ],
          "components": [
            {
              "places": [
                "a",
                "b"
              ],
              "transitions": [
                "go",
                "back"
              ]
            }
          ],
          "bounds": {
            "a": 1,
            "b": 1
          },
          "place_flows": 1,
          "transition_flows": 1,
          "is_conservative": true,
          "is_consistent": true,
          "place_invariants": [
            {
              "text": "a + b = 1",
              "weights": {
                "a": 1,
                "b": 1
              },
              "value": 1
            }
          ],
          "transition_invariants": [
            {
              "back": 1,
              "go": 1
            }
          ],
          "siphons": {
            "sets": [
              [
                "a",
                "b"
              ]
            ],
            "is_complete": true
          },
          "traps": {
            "sets": [
              [
                "a",
                "b"
              ]
            ],
            "is_complete": true
          },
          "siphons_without_marked_trap": [],
          "every_siphon_has_a_marked_trap": true
        }
    "#]],
    );
}

#[test]
fn what_takes_too_long_is_left_out_and_said() {
    let transitions: Vec<(String, String, String)> =
        (0..12).map(|n| (format!("t{n}"), format!("a{n}"), format!("b{n}"))).collect();
    let places: Vec<String> = (0..12).flat_map(|n| [format!("a{n}*1"), format!("b{n}")]).collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let transitions: Vec<(&str, &str, &str, &str)> =
        transitions.iter().map(|(t, a, b)| (t.as_str(), "", a.as_str(), b.as_str())).collect();
    let net = pnml("many", "", &places, &transitions);
    check(
        "many.pnml",
        &net,
        &["--effort", "5", "--limit", "2"],
        expect![[r#"
        many.pnml: net `many`, 24 places, 12 transitions
          classes                ordinary, pure, state machine, free choice, extended free choice,
                                 asymmetric choice
          components             36 strongly connected, 0 with more than one node
          place invariants       too many to list (--effort)
          transition invariants  too many to list (--effort); 0 independent ones
          minimal siphons        0 found; there may be more (--limit, --effort)
          minimal traps          0 found; there may be more (--limit, --effort)
    "#]],
    );
}
