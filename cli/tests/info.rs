//! `pn info`.

mod pn;

use expect_test::expect;
use pn::{Bench, two_steps};

#[test]
fn a_deployment_is_described() {
    let bench = Bench::with("net.pnml", &two_steps());
    expect![[r#"
        net.pnml: net `two`
          size         3 places, 2 transitions, 4 arcs
          expanded     9 places, 16 transitions, 32 arcs
          marked       todo
          sources      nothing puts tokens on todo
          sinks        nothing takes tokens from done
          transitions  2 action
          resources    2 exec
          goal         tokens(done) = 1
          invariant    one: tokens(todo) + tokens(half) <= 1
          drift        drift is not covered; --faults any covers it.
          net hash     8ffd291a670c33f686a4c65a66432c2ed82b3c1031e1c7835d2fb5efeeb284bc
          hash         a5db56af004969d493d1bc26158af80dd9f5b8c02212214f5534c40bbc18f8c9
    "#]]
    .assert_eq(&bench.pn(&["info", "net.pnml"]));
}

#[test]
fn standard_input_can_be_the_file() {
    let bench = Bench::with("net.pnml", &two_steps());
    let input = std::fs::File::open(bench.file("net.pnml")).unwrap();
    let output = bench.command(&["info", "-", "--json"]).stdin(input).output().unwrap();
    let data: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(data["file"], "standard input");
    assert_eq!(data["net"]["places"], 3);
    assert_eq!(data["transitions"]["action"], 2);
}
