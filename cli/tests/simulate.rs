//! `pn simulate`.

mod pn;

use expect_test::expect;
use pn::{Bench, locks};

#[test]
fn a_seed_gives_the_same_run() {
    let bench = Bench::with("net.pnml", &locks());
    let said = bench.pn(&["simulate", "net.pnml", "--seed", "3"]);
    assert_eq!(said, bench.pn(&["simulate", "net.pnml", "--seed", "3"]));
    expect![[r#"
        seed 3
          1. x.lockA
          2. x.work
          3. y.lockB
          4. y.work
        4 steps: nothing can happen any more
        marked: x.done, y.done, a, b
    "#]]
    .assert_eq(&said);
}

#[test]
fn the_seed_is_always_printed() {
    let bench = Bench::with("net.pnml", &locks());
    assert!(bench.pn(&["simulate", "net.pnml"]).starts_with("seed "));
    assert!(bench.json(&["simulate", "net.pnml", "--json"])["seed"].is_u64());
}

#[test]
fn many_runs_are_summed_up() {
    let bench = Bench::with("net.pnml", &locks());
    let arguments = ["simulate", "net.pnml", "--seed", "1", "--runs", "100", "--until", "tokens(x.done) = 1"];
    expect![[r#"
        seed 1, 100 runs
                  50 reached the formula
                  50 ended where nothing can happen any more
        steps: 2 to 4, 2.5 on average
        exit 1
    "#]]
    .assert_eq(&bench.pn(&arguments));
}

#[test]
fn a_trace_can_be_written_and_replayed() {
    let bench = Bench::with("net.pnml", &locks());
    bench.output(&["simulate", "net.pnml", "--seed", "3", "--trace", "run.trace"]);
    let said = bench.pn(&["simulate", "net.pnml", "--replay", "run.trace"]);
    // A first line without margin, as the snapshot drops the margin that all lines share.
    expect![[r#"
        replayed:
             x, y, a, b
          1. x.lockA
             x.a, y, b
          2. x.work
             x.done, y, a, b
          3. y.lockB
             x.done, y.b, a
          4. y.work
             x.done, y.done, a, b
    "#]]
    .assert_eq(&format!("replayed:\n{said}"));
}
