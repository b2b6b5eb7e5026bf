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
          expanded     7 places, 8 transitions, 16 arcs
          marked       todo
          sources      nothing puts tokens on todo
          sinks        nothing takes tokens from done
          transitions  2 action
          resources    2 exec
          goal         tokens(done) = 1
          invariant    one: tokens(todo) + tokens(half) <= 1
          net hash     3d35f84a104e6ff26fa437a6c9a4a69fc85c9ce84541f9eb2ad5f96d4c427f8b
          hash         1919a7195eec92b4f9f8e7e36d0e5d7109cc2ffea4ab9df5362a0da949a49461
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
