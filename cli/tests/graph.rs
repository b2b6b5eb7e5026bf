//! `pn graph`.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, locks, pnml, two_steps};

/// From `a` there is a way to `done` and one to `lost`, from which nothing leads on.
fn fork() -> String {
    let transitions = [
        ("go", "", "a", "b.c"),
        ("back", "", "b.c", "a"),
        ("finish", "", "b.c", "done"),
        ("lose", "", "a", "lost"),
    ];
    pnml("fork", "", &["a*1", "b.c", "done", "lost"], &transitions)
}

fn check(arguments: &[&str], expected: Expect) {
    let bench = Bench::with("fork.pnml", &fork());
    let arguments: Vec<&str> = ["graph", "fork.pnml"].iter().chain(arguments).copied().collect();
    expected.assert_eq(&bench.pn(&arguments));
}

#[test]
fn dot_has_a_node_for_each_marking_and_an_edge_for_each_pair() {
    check(
        &["--goal", "tokens(done) = 1"],
        expect![[r##"
        digraph "fork" {
          node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=10];
          edge [fontname="sans-serif", fontsize=9];
          m0 [label="a", fillcolor="#ffffff", color="#3d4450", penwidth=2.5, tooltip="initial"];
          m1 [label="b.c", fillcolor="#ffffff", color="#3d4450"];
          m2 [label="lost", fillcolor="#ffd7d5", color="#c93c37", peripheries=2, tooltip="dead, no return"];
          m3 [label="done", fillcolor="#d3f2dc", color="#2a8f4f", peripheries=2, tooltip="dead, goal"];
          m0 -> m1 [label="go"];
          m0 -> m2 [label="lose"];
          m1 -> m0 [label="back"];
          m1 -> m3 [label="finish"];
        }
    "##]],
    );
}

#[test]
fn graphml_says_what_a_marking_is() {
    check(
        &["--goal", "tokens(done) = 1", "--format", "graphml"],
        expect![[r##"
        <?xml version="1.0" encoding="UTF-8"?>
        <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
          <key id="marking" for="node" attr.name="marking" attr.type="string"/>
          <key id="initial" for="node" attr.name="initial" attr.type="boolean"/>
          <key id="dead" for="node" attr.name="dead" attr.type="boolean"/>
          <key id="goal" for="node" attr.name="goal" attr.type="boolean"/>
          <key id="failure" for="node" attr.name="failure" attr.type="boolean"/>
          <key id="no_return" for="node" attr.name="no_return" attr.type="boolean"/>
          <key id="fires" for="edge" attr.name="fires" attr.type="string"/>
          <graph id="fork" edgedefault="directed">
            <node id="m0">
              <data key="marking">a</data>
              <data key="initial">true</data>
            </node>
            <node id="m1">
              <data key="marking">b.c</data>
            </node>
            <node id="m2">
              <data key="marking">lost</data>
              <data key="dead">true</data>
              <data key="no_return">true</data>
            </node>
            <node id="m3">
              <data key="marking">done</data>
              <data key="dead">true</data>
              <data key="goal">true</data>
            </node>
            <edge source="m0" target="m1"><data key="fires">go</data></edge>
            <edge source="m0" target="m2"><data key="fires">lose</data></edge>
            <edge source="m1" target="m0"><data key="fires">back</data></edge>
            <edge source="m1" target="m3"><data key="fires">finish</data></edge>
          </graph>
        </graphml>
    "##]],
    );
}

#[test]
fn json_has_every_firing() {
    let bench = Bench::with("fork.pnml", &fork());
    let data = bench.json(&["graph", "fork.pnml", "--json", "--goal", "tokens(done) = 1"]);
    assert_eq!(data["format"], "pn graph 1");
    let is: Vec<String> =
        data["markings"].as_array().expect("a list").iter().map(|m| m["is"].to_string()).collect();
    assert_eq!(is, [r#"["initial"]"#, "[]", r#"["dead","no return"]"#, r#"["dead","goal"]"#]);
    let depths: Vec<u64> =
        data["markings"].as_array().expect("a list").iter().filter_map(|m| m["depth"].as_u64()).collect();
    assert_eq!(depths, [0, 1, 1, 2]);
    assert_eq!(data["markings"][2]["marking"]["lost"], 1);
    let firings = data["firings"].as_array().expect("a list");
    assert_eq!(firings.len(), 4);
    assert_eq!(
        (&firings[1]["from"], &firings[1]["to"], &firings[1]["transition"]),
        (&0.into(), &2.into(), &"lose".into())
    );
}

#[test]
fn without_a_goal_there_is_no_return_to_speak_of() {
    let bench = Bench::with("fork.pnml", &fork());
    let data = bench.json(&["graph", "fork.pnml", "--json"]);
    assert_eq!(data["markings"][2]["is"].to_string(), r#"["dead"]"#);
}

#[test]
fn a_deployment_brings_its_goal() {
    let bench = Bench::with("two.pnml", &two_steps());
    let data = bench.json(&["graph", "two.pnml", "--json"]);
    let markings = data["markings"].as_array().expect("a list");
    let with = |mark: &str| markings.iter().filter(|m| m["is"].to_string().contains(mark)).count();
    assert!(with("goal") > 0 && markings.len() > 3, "{data}");
    assert_eq!(with("initial"), 1);
}

#[test]
fn the_picture_shows_every_marking_and_is_xml() {
    let bench = Bench::with("fork.pnml", &fork());
    assert_eq!(bench.pn(&["graph", "fork.pnml", "-o", "graph.svg", "--goal", "tokens(done) = 1"]), "");
    let svg = std::fs::read_to_string(bench.file("graph.svg")).expect("it was written");
    assert!(svg.starts_with("<svg xmlns=") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert_eq!(svg.matches("<g><title>").count(), 4 + 4, "markings and edges");
    for words in ["(initial)", "(dead)", "(no return)", ">goal</text>", ">finish</text>", "b.c"] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert!(svg.matches('<').count() == svg.matches('>').count());
}

#[test]
fn the_name_of_the_file_says_the_format() {
    let bench = Bench::with("fork.pnml", &fork());
    for (name, start) in
        [("g.dot", "digraph"), ("g.gv", "digraph"), ("g.graphml", "<?xml"), ("g.out", "digraph")]
    {
        assert_eq!(bench.pn(&["graph", "fork.pnml", "-o", name]), "");
        let text = std::fs::read_to_string(bench.file(name)).expect("it was written");
        assert!(text.starts_with(start), "{name}: {text}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let bench = Bench::with("locks.pnml", &locks());
    expect![[r#"
        ! error: locks.pnml has more than 8 reachable markings
        ! hint: --limit allows more; what they have in common `pn verify` tells
        exit 2
    "#]]
    .assert_eq(&bench.pn(&["graph", "locks.pnml", "--limit", "8"]));
    assert!(bench.pn(&["graph", "locks.pnml", "--limit", "9"]).starts_with("digraph"));
    bench.write("endless.pnml", &pnml("endless", "", &["a"], &[("t", "", "", "a")]));
    expect![[r#"
        ! error: endless.pnml has more than 500 reachable markings
        ! hint: --limit allows more; what they have in common `pn verify` tells
        exit 2
    "#]]
    .assert_eq(&bench.pn(&["graph", "endless.pnml"]));
}

#[test]
fn a_goal_that_is_not_about_the_net_is_refused() {
    let bench = Bench::with("fork.pnml", &fork());
    let said = bench.pn(&["graph", "fork.pnml", "--goal", "tokens(nowhere) = 1"]);
    assert!(said.contains("nowhere") && said.ends_with("exit 2\n"), "{said}");
}
