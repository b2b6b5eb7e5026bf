//! `pn expand`.

mod pn;

use expect_test::expect;
use pn::{Bench, two_steps};

#[test]
fn the_expanded_net_is_the_one_that_is_verified() {
    let bench = Bench::with("net.pnml", &two_steps());
    bench.output(&["expand", "net.pnml", "-o", "expanded.pnml"]);
    let (drawn, expanded) =
        (bench.json(&["info", "net.pnml", "--json"]), bench.json(&["info", "expanded.pnml", "--json"]));
    assert_eq!(drawn["expanded"]["hash"], expanded["net"]["hash"]);
    assert_eq!(drawn["deployment_hash"], expanded["deployment_hash"]);
    bench.output(&["verify", "net.pnml", "--certificate", "net.cert"]);
    assert!(bench.output(&["check", "expanded.pnml", "net.cert"]).status.success());
}

#[test]
fn the_map_names_the_origin_of_every_node() {
    let bench = Bench::with("net.pnml", &two_steps());
    expect![[r#"
        place	todo	todo	
        place	half	half	
        place	done	done	
        place	first.checking	first	checking
        place	first.applying	first	applying
        place	first.failed	first	failed
        place	second.checking	second	checking
        place	second.applying	second	applying
        place	second.failed	second	failed
        transition	first	first	start
        transition	second	second	start
        transition	first.same	first	same
        transition	first.differs	first	differs
        transition	first.ok	first	ok
        transition	first.fails	first	fails
        transition	first.check-fails	first	check-fails
        transition	first.interrupted	first	interrupted
        transition	first.check-interrupted	first	check-interrupted
        transition	second.same	second	same
        transition	second.differs	second	differs
        transition	second.ok	second	ok
        transition	second.fails	second	fails
        transition	second.check-fails	second	check-fails
        transition	second.interrupted	second	interrupted
        transition	second.check-interrupted	second	check-interrupted
    "#]]
    .assert_eq(&bench.pn(&["expand", "net.pnml", "--map"]));
}
