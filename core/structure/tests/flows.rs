//! Flows are what they say, on random nets and where the answer is known.

use pn_net::{Net, PlaceId, effect};
use pn_structure::{
    Effort, Incomplete, PlaceFlow, place_flows, place_semiflows, transition_flows, transition_semiflows,
};
use pn_testkit::{net, random_net, random_safe_net};

const PLENTY: Effort = Effort(1 << 24);

fn nets() -> impl Iterator<Item = Net> {
    (0..400).map(|seed| if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) })
}

fn dense(net: &Net) -> Vec<Vec<i128>> {
    let mut matrix = vec![vec![0; net.transition_count()]; net.place_count()];
    for transition in net.transitions() {
        for (place, change) in effect(net, transition) {
            matrix[place.index()][transition.index()] = change;
        }
    }
    matrix
}

/// The rank by fraction-free Gaussian elimination of a dense matrix: slow and obvious.
fn rank(mut matrix: Vec<Vec<i128>>) -> usize {
    let columns = matrix.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..columns {
        let Some(pivot) = (rank..matrix.len()).find(|row| matrix[*row][column] != 0) else { continue };
        matrix.swap(rank, pivot);
        let pivot_row = matrix[rank].clone();
        for row in &mut matrix[rank + 1..] {
            let (own, its) = (row[column], pivot_row[column]);
            row.iter_mut().zip(&pivot_row).for_each(|(entry, other)| *entry = *entry * its - other * own);
        }
        rank += 1;
    }
    rank
}

fn is_preserved(net: &Net, flow: &PlaceFlow) -> bool {
    let weight = |place: PlaceId| {
        flow.terms().iter().find(|(p, _)| *p == place).map_or(0, |(_, weight)| i128::from(*weight))
    };
    net.transitions().all(|t| effect(net, t).map(|(place, change)| weight(place) * change).sum::<i128>() == 0)
}

fn rank_of_flows(flows: &[PlaceFlow], net: &Net) -> usize {
    let row = |flow: &PlaceFlow| {
        let mut row = vec![0; net.place_count()];
        flow.terms().iter().for_each(|(place, weight)| row[place.index()] = i128::from(*weight));
        row
    };
    rank(flows.iter().map(row).collect())
}

#[test]
fn place_flows_are_a_basis_of_the_kernel() {
    let mut found = 0;
    for net in nets() {
        let flows = place_flows(&net, PLENTY).expect("the net is small");
        assert!(flows.iter().all(|flow| is_preserved(&net, flow)), "{net:?}");
        assert_eq!(flows.len(), net.place_count() - rank(dense(&net)));
        assert_eq!(rank_of_flows(&flows, &net), flows.len());
        found += flows.len();
    }
    assert!(found > 400, "{found}");
}

#[test]
fn transition_flows_change_nothing_and_number_as_the_kernel_has_dimensions() {
    for net in nets() {
        let matrix = dense(&net);
        let flows = transition_flows(&net, PLENTY).expect("the net is small");
        assert_eq!(flows.len(), net.transition_count() - rank(matrix.clone()));
        let semiflows = transition_semiflows(&net, PLENTY).expect("the net is small");
        for flow in flows.iter().chain(&semiflows) {
            for row in &matrix {
                let change = flow.terms().iter().map(|(t, times)| row[t.index()] * i128::from(*times));
                assert_eq!(change.sum::<i128>(), 0, "{net:?}");
            }
        }
        assert!(semiflows.iter().all(|flow| flow.terms().iter().all(|(_, times)| *times > 0)));
    }
}

#[test]
fn semiflows_are_preserved_positive_and_minimal() {
    for net in nets() {
        let flows = place_semiflows(&net, PLENTY).expect("the net is small");
        for flow in &flows {
            assert!(is_preserved(&net, flow) && flow.terms().iter().all(|(_, weight)| *weight > 0));
            let places: Vec<PlaceId> = flow.terms().iter().map(|(place, _)| *place).collect();
            let is_inside = |other: &PlaceFlow| other.terms().iter().all(|(place, _)| places.contains(place));
            assert_eq!(flows.iter().filter(|other| is_inside(other)).count(), 1, "{net:?}");
        }
    }
}

/// All weight vectors up to 3 on nets of up to 5 places: those that are preserved and whose support
/// contains no smaller one's are the semiflows of minimal support, but for common divisors.
#[test]
fn every_minimal_semiflow_with_small_weights_is_found() {
    let mut seen = 0;
    for net in nets().filter(|net| net.place_count() <= 5) {
        let matrix = dense(&net);
        let all = (1..4usize.pow(u32::try_from(net.place_count()).expect("few places"))).filter_map(|code| {
            let weights: Vec<i64> = net.places().map(|p| (code >> (2 * p.index()) & 3) as i64).collect();
            let total = |t: usize| matrix.iter().zip(&weights).map(|(row, w)| row[t] * i128::from(*w)).sum();
            (0..net.transition_count()).all(|t| i128::eq(&total(t), &0)).then_some(weights)
        });
        let preserved: Vec<Vec<i64>> = all.collect();
        let is_inside = |a: &[i64], b: &[i64]| a.iter().zip(b).all(|(a, b)| *a == 0 || *b != 0);
        let found = place_semiflows(&net, PLENTY).expect("the net is small");
        for weights in &preserved {
            let smaller = |other: &&Vec<i64>| is_inside(other, weights) && !is_inside(weights, other);
            let has_divisor = (2..4).any(|divisor| weights.iter().all(|weight| weight % divisor == 0));
            if has_divisor || preserved.iter().any(|other| smaller(&other)) {
                continue;
            }
            let terms = net.places().map(|p| (p, weights[p.index()])).filter(|(_, weight)| *weight != 0);
            let terms: Vec<(PlaceId, i64)> = terms.collect();
            assert!(found.iter().any(|flow| flow.terms() == terms), "{net:?} {terms:?}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn a_state_machine_has_one_flow_and_its_value_is_the_number_of_tokens() {
    let net = net("a(1)\nt: a -> b\nu: b -> c\nv: c -> a");
    let flows = place_flows(&net, PLENTY).expect("the net is small");
    assert_eq!(flows, place_semiflows(&net, PLENTY).expect("the net is small"));
    assert_eq!(flows.len(), 1);
    assert_eq!(flows[0].value(net.initial()), 1);
    assert_eq!(flows[0].terms().iter().map(|(_, weight)| *weight).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn spent_effort_is_said() {
    let net = net("a(1)\nt: a -> b\nu: b -> c\nv: c -> a");
    assert_eq!(place_flows(&net, Effort(3)), Err(Incomplete::Effort));
    assert_eq!(place_semiflows(&net, Effort(3)), Err(Incomplete::Effort));
}
