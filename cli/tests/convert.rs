//! `pn convert`.

mod pn;

use expect_test::expect;
use pn::{Bench, two_steps};

fn example(name: &str) -> String {
    let path = format!("{}/../examples/nets/{name}.pnml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the example is there")
}

#[test]
fn the_ending_tells_the_format() {
    let bench = Bench::with("net.pnml", &example("mutex"));
    for (file, start) in [
        ("net.svg", "<svg"),
        ("net.pdf", "%PDF-1.4"),
        ("net.tex", "% \\usepackage{tikz}"),
        ("net.dot", "digraph \""),
        ("net.gv", "digraph \""),
    ] {
        assert!(bench.output(&["convert", "net.pnml", "-o", file]).status.success(), "{file}");
        let written = std::fs::read_to_string(bench.file(file)).expect("it is written");
        assert!(written.starts_with(start), "{file}: {}", &written[..40]);
    }
}

#[test]
fn the_pictures_of_the_examples_are_made_this_way() {
    let bench = Bench::with("net.pnml", &example("rollout"));
    let output = bench.output(&["convert", "net.pnml", "--to", "svg"]);
    let drawn = format!("{}/../examples/pictures/rollout.svg", env!("CARGO_MANIFEST_DIR"));
    let drawn = std::fs::read_to_string(drawn).expect("the picture is there");
    assert!(String::from_utf8(output.stdout).expect("text") == drawn);
}

#[test]
fn a_net_without_positions_is_drawn_by_graphviz_alone() {
    let bench = Bench::with("net.pnml", &two_steps());
    let output = bench.output(&["convert", "net.pnml", "--to", "svg"]);
    assert_eq!(output.status.code(), Some(2));
    expect![[r#"
        error: net.pnml: `todo` has no position
        hint: `pn edit` arranges it; --to dot needs no positions
    "#]]
    .assert_eq(&String::from_utf8(output.stderr).expect("text"));
    let output = bench.output(&["convert", "net.pnml", "--to", "dot"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("\"todo\" -> \"first\";"), "{text}");
}

#[test]
fn a_format_must_be_known() {
    let bench = Bench::with("net.pnml", &two_steps());
    let output = bench.output(&["convert", "net.pnml", "-o", "net.bmp"]);
    assert_eq!(output.status.code(), Some(2));
    expect![[r#"
        error: it is not known what to write
        hint: give --to svg, pdf, tikz or dot, or -o with one of these endings
    "#]]
    .assert_eq(&String::from_utf8(output.stderr).expect("text"));
}

/// A net on two pages, one within the other.
const PAGES: &str = r#"<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="n" type="http://www.pnml.org/version-2009/grammar/ptnet">
  <page id="top"><place id="p"><graphics><position x="10" y="20"/></graphics></place>
    <page id="inner"><name><text>web1</text></name>
      <transition id="t"><graphics><position x="50" y="5"/></graphics></transition></page></page>
</net></pnml>"#;

#[test]
fn a_page_is_drawn_by_its_name_or_identifier() {
    let bench = Bench::with("net.pnml", PAGES);
    let draw = |page: &str| {
        let output = bench.output(&["convert", "net.pnml", "--to", "svg", "--page", page]);
        assert!(output.status.success(), "{page}");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(draw("web1"), draw("inner"));
    assert!(draw("web1").contains(">t</text>") && !draw("web1").contains("<polygon"));
    assert!(draw("top").contains(">web1</text>") && draw("top").contains(">1 node</text>"));
}

#[test]
fn which_page_is_drawn_must_be_known() {
    let bench = Bench::with("net.pnml", PAGES);
    let told = |arguments: &[&str]| {
        let output = bench.output(&[&["convert", "net.pnml"], arguments].concat());
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).expect("text")
    };
    expect![[r#"
        error: net.pnml: only nets of one page can be drawn
        hint: --page NAME draws one of them; --to dot draws all pages together
    "#]]
    .assert_eq(&told(&["--to", "svg"]));
    expect![[r#"
        error: net.pnml: there is no page `web2`
        hint: there are `top`, `web1`
    "#]]
    .assert_eq(&told(&["--to", "svg", "--page", "web2"]));
    expect![[r#"
        error: for Graphviz the whole net is written
        hint: leave out --page
    "#]]
    .assert_eq(&told(&["--to", "dot", "--page", "web1"]));
}
