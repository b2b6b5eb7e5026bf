//! The text syntax: what it means, what is said about mistakes, and that it round-trips.

use expect_test::{Expect, expect};
use pn_logic::text::{TextError, parse_formula, parse_property};
use pn_logic::{Comparison, Formula, Linear, Property};
use pn_net::{Net, NetBuilder};
use pn_testkit::{random_formula, random_net, random_property};
use proptest::prelude::*;

fn mutex() -> Net {
    pn_testkit::net(
        "idle(2) lock(1)
         enter: idle + lock -> busy
         leave: busy -> idle + lock",
    )
}

/// A net whose names are as odd as names can be.
fn odd_names() -> Net {
    let mut builder = NetBuilder::new("odd");
    let names = [
        "a-b.c",
        "tokens",
        "1st",
        "",
        "två",
        "with space",
        "q\"uo\\te",
        "line\nend\r\t",
        "not",
        "->",
        "#",
        "_",
    ];
    for name in names {
        builder.place(name, None, 1).expect("the names differ");
        builder.transition(name, None).expect("the names differ");
    }
    builder.build().expect("the net is small")
}

fn marked(text: &str, errors: &[TextError]) -> String {
    let lines = errors.iter().map(|e| format!("`{}`: {e}\n", &text[e.span.start..e.span.end]));
    lines.collect()
}

/// What each line reads as, written out again, or its errors.
fn check(lines: &str, expected: Expect) {
    let net = mutex();
    let readings = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let readings = readings.map(|line| match parse_property(&net, line) {
        Ok(property) => format!("{}\n", property.display(&net)),
        Err(errors) => {
            let indented: String =
                marked(line, &errors).lines().map(|error| format!("    {error}\n")).collect();
            format!("{line}\n{indented}")
        }
    });
    expected.assert_eq(&readings.collect::<String>());
}

#[test]
fn properties_of_every_kind_are_read() {
    check(
        r#"
        possibly dead
        EF dead
        always tokens(busy) <= 1
        AG not (tokens(busy) > 1 or tokens("lock") == 0)
        inevitably back to fireable(enter)
        AG EF fireable(enter, leave) unless dead
        inevitably back to tokens(idle) >= 2 and true unless false or dead
        bound(idle)
        bound(idle + 2 * busy - 1)
        bound(idle, busy)
        bound(tokens(idle, busy) + lock)
        always tokens(idle)+tokens(idle)-tokens(busy)*3 != -4
        possibly 2 * (tokens(busy) + 1) - -1 < 1 - tokens(lock, idle)
        always dead->!dead && true || false
        always dead implies dead implies dead
        always not dead and not not dead
        always all(dead, true, any())
        "#,
        expect![[r#"
            possibly dead
            possibly dead
            always tokens(busy) <= 1
            always not (tokens(busy) > 1 or tokens(lock) = 0)
            inevitably back to fireable(enter)
            inevitably back to fireable(enter, leave) unless dead
            inevitably back to tokens(idle) >= 2 and true unless false or dead
            bound(tokens(idle))
            bound(tokens(idle) + 2 * tokens(busy) - 1)
            bound(tokens(idle) + tokens(busy))
            bound(tokens(idle) + tokens(lock) + tokens(busy))
            always 2 * tokens(idle) - 3 * tokens(busy) != -4
            possibly 2 * tokens(busy) + 3 < -tokens(idle) - tokens(lock) + 1
            always not dead or ((not dead and true) or false)
            always not dead or (not dead or dead)
            always not dead and not not dead
            always dead and true and any()
        "#]],
    );
}

#[test]
fn operators_bind_as_in_mathematics() {
    let net = mutex();
    let read = |text| parse_formula(&net, text).unwrap();
    let same = |left, right| assert_eq!(read(left), read(right), "{left}");
    same("not dead and true", "(not dead) and true");
    same("dead or true and false", "dead or (true and false)");
    same("dead -> true -> false", "dead -> (true -> false)");
    same("dead or true -> false", "(dead or true) -> false");
    same("not tokens(busy) = 1", "not (tokens(busy) = 1)");
    same("1 + 2 * tokens(busy) - 3 = 0", "((1 + (2 * tokens(busy))) - 3) = 0");
    same("-2 * tokens(busy) = 0", "-(2 * tokens(busy)) = 0");
    same("dead -> true", "not dead or true");
    assert_ne!(read("dead and true and false"), read("(dead and true) and false"));
    let busy = net.find_place("busy").unwrap();
    let expected = Formula::Compare(
        Linear::new([(busy, -2)], 7).unwrap(),
        Comparison::NotEqual,
        Linear::constant(i64::MIN),
    );
    assert_eq!(read("7 - 2 * tokens(busy) != -9223372036854775808"), expected);
}

#[test]
fn mistakes_are_named_with_what_to_write_instead() {
    check(
        r#"
        tokens(busy) <= 1
        alwyas tokens(busy) <= 1
        Always dead
        always tokens(bsy) <= 1 and fireable(entr, leave) and tokens(enter) = fireable(idle)
        always busy <= 1 and enter and tokens(lock) = 1
        always (tokens(busy) <= 1 or (dead
        always tokens(busy <= 1
        always dead)
        always dead adn dead
        always dead tokens(busy) = 1
        always tokens(busy)
        always tokens(busy) and dead + 1 = 2
        always 0 <= tokens(busy) <= 1
        always tokens(busy) * tokens(idle) = 1
        always tokens(busy) = 99999999999999999999
        always tokens(busy) = 9999999999999999999999999999999999999999999
        always 2147483648 * tokens(busy) = 1
        always possibly dead
        possibly always dead
        always not possibly dead
        always dead & true
        always tokens(busy) ≤ 1
        always tokens() = 1
        always tokens(1busy) = 1
        always tokens("busy) = 1
        always tokens("bu\sy") = 1
        always tokens("buzy") = 1
        inevitably tokens(idle) = 2
        inevitably back to tokens(idle) = 2 unles dead
        possibly dead unless dead
        bound(enter)
        bound()
        bound idle
        bound(idle) >= 1
        always
        and
        "#,
        expect![[r#"
            tokens(busy) <= 1
                `tokens(busy) <= 1`: a condition alone says nothing about runs: put `always` or `possibly` before it
            alwyas tokens(busy) <= 1
                `alwyas`: `alwyas` has no meaning here; did you mean `always`?
            Always dead
                `Always`: `Always` has no meaning here; did you mean `always`?
            always tokens(bsy) <= 1 and fireable(entr, leave) and tokens(enter) = fireable(idle)
                `bsy`: the net has no place `bsy`; did you mean `busy`?
                `entr`: the net has no transition `entr`; did you mean `enter`?
                `enter`: `enter` is a transition, not a place: use fireable(enter)
                `fireable(idle)`: this is a condition, not a number: only numbers and tokens(…) are counted and compared
                `idle`: `idle` is a place, not a transition: use tokens(idle)
            always busy <= 1 and enter and tokens(lock) = 1
                `busy`: `busy` is a place: write tokens(busy) for the tokens on it
                `enter`: `enter` is a transition: write fireable(enter)
            always (tokens(busy) <= 1 or (dead
                `(`: this `(` is never closed
            always tokens(busy <= 1
                `<=`: expected `,` or `)`, found `<=`
            always dead)
                `)`: this `)` closes nothing
            always dead adn dead
                `adn`: `adn` has no meaning here; did you mean `and`?
            always dead tokens(busy) = 1
                `tokens`: expected an operator or the end, found `tokens`
            always tokens(busy)
                `tokens(busy)`: this is a number, not a condition: compare it, as in `… >= 1`
            always tokens(busy) and dead + 1 = 2
                `tokens(busy)`: this is a number, not a condition: compare it, as in `… >= 1`
                `dead`: this is a condition, not a number: only numbers and tokens(…) are counted and compared
            always 0 <= tokens(busy) <= 1
                `<=`: comparisons do not chain: write `a <= b and b <= c`
            always tokens(busy) * tokens(idle) = 1
                `tokens(busy) * tokens(idle)`: token counts are multiplied by numbers only, not by one another
            always tokens(busy) = 99999999999999999999
                `99999999999999999999`: numbers here fit in 64 bits, factors of a place in 32; `99999999999999999999` does not
            always tokens(busy) = 9999999999999999999999999999999999999999999
                `9999999999999999999999999999999999999999999`: numbers here fit in 64 bits, factors of a place in 32; `9999999999999999999999999999999999999999999` does not
            always 2147483648 * tokens(busy) = 1
                `2147483648 * tokens(busy)`: numbers here fit in 64 bits, factors of a place in 32; `2147483648 * tokens(busy)` does not
            always possibly dead
                `possibly`: `possibly` starts a property and cannot stand inside a condition; write `inevitably back to …`
            possibly always dead
                `always`: `always` starts a property and cannot stand inside a condition
            always not possibly dead
                `possibly`: `possibly` starts a property and cannot stand inside a condition
            always dead & true
                `&`: `&` has no meaning here; did you mean `and`?
            always tokens(busy) ≤ 1
                `≤`: `≤` has no meaning here; did you mean `<=`?
            always tokens() = 1
                `)`: expected the name of a place, found `)`
            always tokens(1busy) = 1
                `1busy`: a name that does not start with a letter or `_` is quoted: `"1busy"`
            always tokens("busy) = 1
                `"busy) = 1`: this name has no closing quote
            always tokens("bu\sy") = 1
                `\s`: `\s` is no escape; there are `\\`, `\"`, `\n`, `\r` and `\t`
            always tokens("buzy") = 1
                `"buzy"`: the net has no place `buzy`; did you mean `busy`?
            inevitably tokens(idle) = 2
                `tokens`: expected `back to`, found `tokens`
            inevitably back to tokens(idle) = 2 unles dead
                `unles`: `unles` has no meaning here; did you mean `unless`?
            possibly dead unless dead
                `unless`: expected an operator or the end, found `unless`
            bound(enter)
                `enter`: `enter` is a transition, not a place: use fireable(enter)
            bound()
                `)`: expected a place or a number, found `)`
            bound idle
                `idle`: expected `(`, found `idle`
            bound(idle) >= 1
                `>=`: expected the end, found `>=`
            always
                ``: expected a condition or a number, found the end
            and
                `and`: expected a condition or a number, found `and`
        "#]],
    );
}

#[test]
fn an_empty_text_and_a_property_for_a_formula_are_refused() {
    let net = mutex();
    let check = |text: &str, expected: Expect| {
        expected.assert_eq(&marked(text, &parse_formula(&net, text).unwrap_err()));
    };
    check(
        "  ",
        expect![[r#"
                ``: there is nothing here; write a condition, as in `tokens(p) >= 1`
        "#]],
    );
    check(
        "always dead",
        expect![[r#"
                `always`: `always` starts a property and cannot stand inside a condition; write the condition alone
        "#]],
    );
    expect![[r#"
            ``: there is nothing here; write a property, as in `always tokens(p) <= 1`
    "#]]
    .assert_eq(&marked("", &parse_property(&net, "").unwrap_err()));
}

#[test]
fn nesting_is_bounded() {
    let net = mutex();
    for (open, close) in [("(", ")"), ("not ", ""), ("all(", ")"), ("dead -> ", "")] {
        let nested = |depth| format!("{}dead{}", open.repeat(depth), close.repeat(depth));
        assert!(parse_formula(&net, &nested(200)).is_ok(), "{open}");
        let errors = parse_formula(&net, &nested(200_000)).unwrap_err();
        assert_eq!(errors.last().unwrap().kind, pn_logic::text::TextErrorKind::TooDeep, "{open}");
    }
    let long = format!("dead{}", " and dead or tokens(busy) + 1 = 2".repeat(50_000));
    assert!(parse_formula(&net, &long).is_ok(), "length is no nesting");
}

#[test]
fn numbers_at_the_limits_round_trip() {
    let net = mutex();
    let place = net.find_place("busy").unwrap();
    for (coefficient, constant) in [(i32::MIN, i64::MIN), (i32::MAX, i64::MAX), (-1, 0), (1, -1)] {
        let linear = Linear::new([(place, coefficient)], constant).unwrap();
        let formula = Formula::Compare(linear, Comparison::Less, Linear::constant(constant));
        let text = formula.display(&net).to_string();
        assert_eq!(parse_formula(&net, &text), Ok(formula));
    }
}

fn round_trip(net: &Net, property: &Property) {
    let text = property.display(net).to_string();
    assert_eq!(parse_property(net, &text).as_ref(), Ok(property), "{text}");
}

proptest! {
    #[test]
    fn formulas_round_trip(net in any::<u64>(), seed in any::<u64>()) {
        let net = random_net(net);
        let formula = random_formula(&net, seed);
        let text = formula.display(&net).to_string();
        prop_assert_eq!(parse_formula(&net, &text), Ok(formula), "{}", text);
    }

    #[test]
    fn properties_round_trip(net in any::<u64>(), seed in any::<u64>()) {
        let net = random_net(net);
        round_trip(&net, &random_property(&net, seed));
    }

    #[test]
    fn odd_names_round_trip(seed in any::<u64>()) {
        let net = odd_names();
        round_trip(&net, &random_property(&net, seed));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = parse_property(&mutex(), &text);
        let _ = parse_formula(&mutex(), &text);
    }

    #[test]
    fn any_words_are_answered_with_spans_inside_the_text(words in proptest::collection::vec(0..WORDS.len(), 0..20)) {
        let text: String = words.iter().map(|word| WORDS[*word]).collect();
        if let Err(errors) = parse_property(&mutex(), &text) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{:?}", error);
            }
        }
    }
}

const WORDS: [&str; 34] = [
    "always ",
    "possibly ",
    "inevitably ",
    "back ",
    "to ",
    "unless ",
    "bound(",
    "AG ",
    "EF ",
    "tokens(",
    "fireable(",
    "dead ",
    "true ",
    "not ",
    "and ",
    "or ",
    "-> ",
    "(",
    ") ",
    ", ",
    "+ ",
    "- ",
    "* ",
    "<= ",
    "= ",
    "idle ",
    "enter ",
    "x ",
    "3 ",
    "99999999999999999999 ",
    "\"",
    "\\",
    "é",
    "all(",
];
