//! The reachability graph that people look at is that of brute force.

use pn_engines::Run;
use pn_engines::explore::{GraphError, reachability_graph};
use pn_logic::Formula;
use pn_net::replay;
use pn_testkit::{oracle, random_formula, random_net, random_safe_net};

#[test]
fn markings_steps_and_depths_are_those_of_brute_force() {
    let mut compared = 0;
    for seed in 0..400 {
        let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
        let Some(space) = oracle::explore(&net, 300) else { continue };
        let graph = reachability_graph(&net, 300, &mut Run::unlimited()).expect("it is small");
        assert_eq!(graph.markings.len(), space.markings().len());
        let goal = random_formula(&net, seed);
        let (depths, can) = (graph.depths(), graph.can_reach(&net, &goal));
        let expected = space.can_reach(&goal);
        for (number, marking) in graph.markings.iter().enumerate() {
            let known = space.find(marking).expect("it is reachable");
            assert_eq!(depths[number], space.run_to(known).firings.len());
            assert_eq!(can[number], expected[known]);
            let run = graph.run_to(number).expect("there is such a marking");
            assert_eq!(run.firings.len(), depths[number]);
            assert_eq!(replay(&net, net.initial(), &run).as_ref(), Ok(marking));
            let targets = graph.steps[number].iter().map(|(t, to)| (*t, &graph.markings[*to]));
            let known = space.successors(known).iter().map(|(t, to)| (*t, &space.markings()[*to]));
            assert!(targets.eq(known), "{net:?}");
        }
        assert_eq!(graph.run_to(graph.markings.len()), None);
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn a_graph_beyond_the_limit_is_refused() {
    let net = pn_testkit::net("a(3)\nt: a -> b");
    assert!(reachability_graph(&net, 4, &mut Run::unlimited()).is_ok());
    let refused = reachability_graph(&net, 3, &mut Run::unlimited());
    assert_eq!(refused, Err(GraphError::TooLarge(3)));
    let endless = pn_testkit::net("t: -> a");
    assert_eq!(reachability_graph(&endless, 100, &mut Run::unlimited()), Err(GraphError::TooLarge(100)));
    let graph = reachability_graph(&net, 4, &mut Run::unlimited()).expect("it is small");
    assert_eq!(graph.can_reach(&net, &Formula::False), [false; 4]);
}
