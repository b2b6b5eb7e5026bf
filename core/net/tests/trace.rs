//! Traces: replay, and the text form.

use expect_test::{Expect, expect};
use pn_net::firing::FiringError;
use pn_net::{Net, NetBuilder, Trace, net_hash, parse_trace, replay, write_trace};
use pn_testkit::{Dice, oracle, random_net};
use proptest::prelude::*;

fn mutex() -> Net {
    pn_testkit::net("idle(2) lock(1)\n enter: idle + lock -> busy\n leave: busy -> idle + lock")
}

fn trace(net: &Net, names: &[&str]) -> Trace {
    Trace {
        firings: names
            .iter()
            .map(|name| net.find_transition(name).expect("a name of the net, once"))
            .collect(),
    }
}

#[test]
fn a_replay_ends_where_the_trace_leads() {
    let net = mutex();
    let end = replay(&net, net.initial(), &trace(&net, &["enter", "leave", "enter"])).unwrap();
    assert_eq!(end.display(&net).to_string(), "idle + busy");
    assert_eq!(replay(&net, net.initial(), &Trace::default()).as_ref(), Ok(net.initial()));
}

#[test]
fn a_replay_stops_at_the_first_firing_that_is_not_possible() {
    let net = mutex();
    let error = replay(&net, net.initial(), &trace(&net, &["enter", "enter", "leave"])).unwrap_err();
    assert_eq!(error.step, 1);
    assert!(matches!(error.error, FiringError::NotEnough { tokens: 0, needed: 1, .. }));
}

proptest! {
    #[test]
    fn shortest_runs_lead_to_their_markings(seed in any::<u64>()) {
        let net = random_net(seed);
        if let Some(space) = oracle::explore(&net, 200) {
            for (index, marking) in space.markings().iter().enumerate() {
                prop_assert_eq!(&replay(&net, net.initial(), &space.run_to(index)).unwrap(), marking);
            }
        }
    }

    #[test]
    fn the_text_form_reads_back_equal(names in proptest::collection::hash_set(any::<String>(), 1..6), seed in any::<u64>()) {
        round_trip(&names.iter().map(String::as_str).collect::<Vec<_>>(), seed);
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = parse_trace(&mutex(), &text);
    }
}

fn round_trip(names: &[&str], seed: u64) {
    let mut builder = NetBuilder::new("names");
    for name in names {
        builder.transition(name, None).expect("a name of the net, once");
    }
    let net = builder.build().expect("a name of the net, once");
    let mut dice = Dice::new(seed);
    let transitions: Vec<_> = net.transitions().collect();
    let firings = (0..12).map(|_| transitions[dice.index(transitions.len())]).collect();
    let trace = Trace { firings };
    let text = write_trace(&net, &trace);
    assert_eq!(parse_trace(&net, &text), Ok(trace), "{text:?}");
}

#[test]
fn names_that_look_like_the_format_read_back_equal() {
    let names = [
        "",
        " ",
        "#",
        "# net 1",
        "\\",
        "\\#",
        "\\n",
        "a\nb",
        "a\r",
        "\tb",
        "x *3",
        " *",
        "*3",
        "a ",
        " a",
        "\u{a0}",
        "\u{85}x",
        "x\u{2028}",
        "\u{b}",
        "\u{feff}",
        "\\u{a0}",
        "\\e",
        "é",
        "u",
    ];
    for seed in 0..50 {
        round_trip(&names, seed);
    }
}

fn check(net: &Net, trace: &Trace, expected: Expect) {
    expected.assert_eq(&write_trace(net, trace).replace(&net_hash(net).to_string(), "HASH"));
}

#[test]
fn runs_of_one_transition_are_folded() {
    let net = pn_testkit::net("make it: -> p\n go: p ->");
    let make = net.transitions().next().unwrap();
    let mut trace = Trace { firings: vec![make; 3] };
    trace.firings.push(net.find_transition("go").unwrap());
    check(
        &net,
        &trace,
        expect![[r#"
        # pn trace 1
        # net HASH
        make\sit *3
        go
    "#]],
    );
}

#[test]
fn what_is_no_trace_is_refused_with_its_line() {
    let net = mutex();
    let check =
        |text: &str, expected: Expect| expected.assert_eq(&parse_trace(&net, text).unwrap_err().to_string());
    check("enter\nentr", expect!["line 2: the net has no transition `entr`"]);
    check("enter *x", expect!["line 1: `*` wants a number of repetitions, at most 100000000 firings in all"]);
    check("enter *0", expect!["line 1: `*` wants a number of repetitions, at most 100000000 firings in all"]);
    check(
        "enter *4000000000",
        expect!["line 1: `*` wants a number of repetitions, at most 100000000 firings in all"],
    );
    check(
        "# net 00ff",
        expect![
            "line 1: the trace belongs to the net with hash 00ff, this net has fe19d9855bc9d9ceeedf25469cc8c165f871123038394c28764d48e0d598ef33"
        ],
    );
    let read = parse_trace(&net, "\r\n# a comment\r\n  enter\r\nleave *2  \r\n\r\n").unwrap();
    assert_eq!(read, trace(&net, &["enter", "leave", "leave"]));
}
