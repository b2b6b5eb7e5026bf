//! Nets whose numbers of markings are known by a formula.

use pn_net::Net;
use std::fmt::Write;

/// The nets with their names and their numbers of reachable markings.
pub(crate) fn all() -> Vec<(&'static str, Net, u64)> {
    vec![("philosophers 15", philosophers(15), 551_614), ("shared buffers 8", buffers(8), 1_679_616)]
}

/// Philosophers who take their own fork, then the next one. Thinking, hungry or eating; who eats has
/// a thinking neighbour, so the markings number trace(Mⁿ) for M = (1 1 1; 1 1 1; 1 0 0).
fn philosophers(n: usize) -> Net {
    let mut text = String::new();
    for i in 0..n {
        writeln!(text, "think{i}(1) fork{i}(1)").expect("writing to a string succeeds");
    }
    for i in 0..n {
        let next = (i + 1) % n;
        writeln!(
            text,
            "left{i}: think{i} + fork{i} -> hungry{i}\nright{i}: hungry{i} + fork{next} -> eat{i}"
        )
        .and_then(|()| writeln!(text, "done{i}: eat{i} -> think{i} + fork{i} + fork{next}"))
        .expect("writing to a string succeeds");
    }
    pn_testkit::net(&text)
}

/// `n` independent counters from 0 to 5.
fn buffers(n: usize) -> Net {
    let lines =
        (0..n).map(|i| format!("free{i}(5)\nput{i}: free{i} -> full{i}\nget{i}: full{i} -> free{i}\n"));
    pn_testkit::net(&lines.collect::<String>())
}
