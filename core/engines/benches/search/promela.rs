//! A net as a Promela model: a variable a place, a guarded atomic step a transition.

use pn_net::{Net, effect};
use std::fmt::Write;

/// The text of a model whose states are the markings of `net`, which has at most `most` tokens on a
/// place. Variables are as small as Promela has them.
pub(crate) fn promela(net: &Net, most: u64) -> Result<String, String> {
    let kind = match most {
        0..=1 => "bit",
        2..=255 => "byte",
        256..=32_767 => "short",
        _ => return Err(format!("{most} tokens on a place are too many for Promela's short")),
    };
    let mut text = String::new();
    for place in net.places() {
        let tokens = net.initial().tokens(place);
        writeln!(text, "{kind} p{} = {tokens};", place.index()).expect("writing to a string succeeds");
    }
    text.push_str("init {\n  do\n");
    for transition in net.transitions() {
        let tests = net.pre(transition).map(|(place, weight)| format!("p{} >= {weight}", place.index()));
        let tests: Vec<String> = tests.collect();
        let guard = if tests.is_empty() { "true".to_owned() } else { tests.join(" && ") };
        let changes = effect(net, transition).map(|(place, change)| {
            let sign = if change < 0 { '-' } else { '+' };
            format!("p{0} = p{0} {sign} {1}", place.index(), change.unsigned_abs())
        });
        let changes: Vec<String> = changes.collect();
        let changes = if changes.is_empty() { "skip".to_owned() } else { changes.join("; ") };
        writeln!(text, "  :: d_step {{ ({guard}) -> {changes} }}").expect("writing to a string succeeds");
    }
    text.push_str("  od\n}\n");
    Ok(text)
}
