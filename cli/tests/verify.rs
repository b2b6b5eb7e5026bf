//! `pn verify`.

mod pn;

use expect_test::{Expect, expect};
use pn::{Bench, locks, pnml, two_steps};

fn check(net: &str, arguments: &[&str], expected: Expect) {
    let bench = Bench::with("net.pnml", net);
    let mut all = vec!["verify", "net.pnml"];
    all.extend(arguments);
    expected.assert_eq(&bench.pn(&all));
}

#[test]
fn a_sound_deployment_holds() {
    check(
        &two_steps(),
        &[],
        expect![[r#"
            net.pnml: 3 places, 2 transitions; expanded to 9 places, 16 transitions

              holds    It cannot get stuck: every end is the goal or a declared failure.
                       breadth-first search of all 9 markings, recounted independently
              holds    It can always finish: the goal stays within reach, declared failures aside.
                       breadth-first search of all 9 markings, recounted independently
              holds    It is bounded: one-safe.
                       breadth-first search of all 9 markings, recounted independently
              holds    Every transition can fire.
                       breadth-first search, each shown by a run, replayed
              holds    Invariant `one`: tokens(todo) + tokens(half) <= 1
                       breadth-first search of all 9 markings, recounted independently
            Undo: points of no return: `first`, `second`: only a command reverses a command; give one in the
                  parameter `undo`, or draw an undo of the action.
            Note: drift is not covered; --faults any covers it.
        "#]],
    );
}

#[test]
fn a_deadlock_is_shown_by_the_shortest_run() {
    check(
        &locks(),
        &[],
        expect![[r#"
        net.pnml: 8 places, 4 transitions

          fails    It cannot get stuck: something can always happen.
                   breadth-first search, the run was replayed
                   After 2 steps nothing can happen any more:
                     1. x.lockA
                     2. y.lockB
                   Then marked: x.a, y.b
          holds    It is bounded: one-safe.
                   breadth-first search of all 9 markings, recounted independently
          holds    Every transition can fire.
                   breadth-first search, each shown by a run, replayed
        exit 1
    "#]],
    );
}

#[test]
fn a_point_of_no_return_is_shown() {
    let net = pnml(
        "trap",
        "<goal>tokens(done) = 1</goal>",
        &["start*1", "wrong", "done"],
        &[
            ("right", "", "start", "done"),
            ("aside", "", "start", "wrong"),
            ("turn", "", "wrong", "wrong"),
            ("never", "", "wrong done", "done"),
        ],
    );
    check(
        &net,
        &[],
        expect![[r#"
        net.pnml: 3 places, 4 transitions

          holds    It cannot get stuck: every end is the goal.
                   breadth-first search of all 3 markings, recounted independently
          fails    It can always finish: the goal stays within reach.
                   breadth-first search of all 3 markings, recounted independently
                   After 1 step there is no way to the goal:
                     1. aside
                   Then marked: wrong
          holds    It is bounded: one-safe.
                   breadth-first search of all 3 markings, recounted independently
          fails    Every transition can fire: no, these never do: `never`.
                   breadth-first search of all 3 markings, recounted independently
        exit 1
    "#]],
    );
}

#[test]
fn tokens_without_limit_are_shown_by_what_repeats() {
    let net = pnml("pump", "", &["on*1", "heap"], &[("more", "", "on", "on heap")]);
    check(
        &net,
        &["--time", "2"],
        expect![[r#"
            net.pnml: 2 places, 1 transition

              holds    It cannot get stuck: something can always happen.
                       state equation, verified in exact arithmetic
              fails    It is bounded: no, tokens pile up without limit on `heap`.
                       self-covering walk, the run was replayed
                       This can be repeated for ever:
                         1. more
              holds    Every transition can fire.
                       breadth-first search, the run was replayed
            exit 1
        "#]],
    );
}

#[test]
fn own_properties_are_answered_instead() {
    check(
        &locks(),
        &[
            "-p",
            "always tokens(a) <= 1",
            "-p",
            "possibly tokens(x.done) >= 2",
            "-p",
            "bound(tokens(a) + tokens(b))",
        ],
        expect![[r#"
            net.pnml: 8 places, 4 transitions

              holds    always tokens(a) <= 1
                       breadth-first search of all 9 markings, recounted independently
              fails    possibly tokens(x.done) >= 2
                       breadth-first search of all 9 markings, recounted independently
              holds    bound(tokens(a) + tokens(b)) is at most 2
                       breadth-first search of all 9 markings, recounted independently
                       Already in the initial marking it is reached.
                       Marked: x, y, a, b
            exit 1
        "#]],
    );
}

#[test]
fn a_property_with_a_slip_is_explained() {
    check(
        &locks(),
        &["-p", "always tokens(x.don) <= 1"],
        expect![[r#"
        ! error: the net has no place `x.don`; did you mean `x.done`?
        !   --> the property:1:15
        !    |
        !  1 | always tokens(x.don) <= 1
        !    |               ^^^^^
        !
        ! error: the property cannot be read
        exit 2
    "#]],
    );
}

#[test]
fn what_too_many_markings_keep_a_search_from_is_proved() {
    let places: Vec<String> = (0..40).flat_map(|n| [format!("a{n}*1"), format!("b{n}")]).collect();
    let names: Vec<[String; 4]> =
        (0..40).map(|n| [format!("t{n}"), format!("u{n}"), format!("a{n}"), format!("b{n}")]).collect();
    let mut transitions = Vec::new();
    for [go, back, a, b] in &names {
        transitions.push((go.as_str(), "", a.as_str(), b.as_str()));
        transitions.push((back.as_str(), "", b.as_str(), a.as_str()));
    }
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let net = pnml("wide", "", &places, &transitions);
    check(
        &net,
        &["--time", "0.3", "-p", "always tokens(a1) + tokens(b1) = 1"],
        expect![[r#"
            net.pnml: 80 places, 80 transitions

              holds    always tokens(a1) + tokens(b1) = 1
                       proof by modules, each module looked through independently
        "#]],
    );
    // A sum over several modules is not decided in any of them.
    check(
        &net,
        &["--time", "0.3", "-p", "always tokens(a1, b1, a2, b2) = 2"],
        expect![[r#"
            net.pnml: 80 places, 80 transitions

              holds    always tokens(a1) + tokens(b1) + tokens(a2) + tokens(b2) = 2
                       state equation, verified in exact arithmetic
        "#]],
    );
}

#[test]
fn what_is_covered_of_drift_is_said() {
    let net = two_steps().replace("<goal>", "<faults>2 drifts</faults><goal>");
    let bench = Bench::with("net.pnml", &net);
    let note = |arguments: &[&str]| -> String {
        let said = bench.pn(arguments);
        said.lines().skip_while(|line| !line.starts_with("Note")).map(|line| format!("{line}\n")).collect()
    };
    expect![[r#"
        Note: up to 2 drifts covered, of `first`, `second`.
    "#]]
    .assert_eq(&note(&["verify", "net.pnml"]));
    expect![[r#"
        Note: any number of drifts covered, of `first`, `second`.
    "#]]
    .assert_eq(&note(&["verify", "net.pnml", "--faults", "any"]));
    expect![[r#"
        Note: 1 drift covered, of `first`, `second`.
    "#]]
    .assert_eq(&note(&["verify", "net.pnml", "--faults", "drift:1"]));
    expect![[r#"
        Note: drift is not covered; --faults any covers it.
    "#]]
    .assert_eq(&note(&["verify", "net.pnml", "--faults", "none"]));
    let drift = bench.json(&["verify", "net.pnml", "--json"])["drift"].clone();
    assert_eq!(drift["faults"], "drift:2");
    assert_eq!((&drift["kept"][0]["by"], &drift["kept"][1]["by"]), (&"repair".into(), &"itself".into()));
}

#[test]
fn actions_that_nobody_watches_are_named_with_the_reason() {
    let back = r#"<transition id="back"/><arc id="b1" source="done" target="back"/>
        <arc id="b2" source="back" target="todo"/></page>"#;
    let bench = Bench::with("net.pnml", &two_steps().replacen("</page>", back, 1));
    let said = bench.pn(&["verify", "net.pnml", "--faults", "any"]);
    let notes: String =
        said.lines().skip_while(|line| !line.starts_with("Note")).map(|line| format!("{line}\n")).collect();
    expect![[r#"
        Note: no action is watched, so no drift is covered.
        Note: not watched, so their drift is not covered: `first`: `second` takes what it puts on `half`,
              and it may happen more than once, `second`: `back` takes what it puts on `done`, and it may
              happen more than once.
    "#]]
    .assert_eq(&notes);
    let drift = bench.json(&["verify", "net.pnml", "--faults", "any", "--json"])["drift"].clone();
    assert_eq!(drift["passing"][0]["action"], "first");
}

#[test]
fn a_certificate_is_checked_under_its_own_faults() {
    let bench = Bench::with("net.pnml", &two_steps());
    bench.output(&["verify", "net.pnml", "--faults", "drift:1", "--certificate", "net.cert"]);
    assert!(bench.output(&["check", "net.pnml", "net.cert"]).status.success());
    let said = bench.pn(&["check", "net.pnml", "net.cert", "--faults", "any"]);
    assert!(said.contains("a certificate says itself which faults it covers"), "{said}");
    let said = bench.pn(&["run", "net.pnml", "--certificate", "net.cert"]);
    assert!(said.contains("other faults were assumed"), "{said}");
    let said = bench.pn(&["verify", "net.pnml", "--faults", "drift"]);
    assert!(said.contains("none, drift:K for a number K, or any is wanted"), "{said}");
}

#[test]
fn an_expansion_under_faults_verifies_like_its_original() {
    let bench = Bench::with("net.pnml", &two_steps());
    bench.output(&["expand", "net.pnml", "--faults", "any", "-o", "any.pnml"]);
    let under = bench.json(&["info", "net.pnml", "--faults", "any", "--json"]);
    let expanded = bench.json(&["info", "any.pnml", "--json"]);
    assert_eq!(under["expanded"]["hash"], expanded["net"]["hash"]);
    assert_eq!(under["deployment_hash"], expanded["deployment_hash"]);
    // A run may fail for good before anything drifts; not all of them do.
    let simulated = |seed: u32| {
        let seed = seed.to_string();
        bench.pn(&["simulate", "net.pnml", "--faults", "any", "--seed", &seed, "--steps", "200"])
    };
    assert!((1..=20).any(|seed| simulated(seed).contains("has drifted")), "{}", simulated(1));
}

#[test]
fn files_that_are_no_nets_are_explained() {
    let bench = Bench::with("half.pnml", "<pnml>\n<net id=\"n\"\n");
    bench.write("binary", "\0\x01\x02");
    let all = ["half.pnml", "missing.pnml", ".", "binary"].map(|file| bench.pn(&["verify", file]));
    expect![[r#"
        ! error: tag not closed: `>` not found before end of input
        !   --> half.pnml:2:1
        !    |
        !  2 | <net id="n"
        !    | ^
        !    = hint: perhaps the file was not written to its end
        !
        ! error: half.pnml cannot be read: 1 error
        exit 2

        ! error: cannot read `missing.pnml`: no such file or directory
        exit 2

        ! error: `.` is a folder, not a file
        exit 2

        ! error: the character U+0000 may not stand in XML
        !   --> binary:1:1
        !    |
        !  1 |
        !    | ^
        !    = hint: remove it; perhaps the file is not XML or is damaged
        !
        ! error: binary cannot be read: 1 error
        exit 2
    "#]]
    .assert_eq(&all.join("\n"));
}

#[test]
fn every_broken_annotation_is_shown_in_its_place() {
    let net = two_steps()
        .replace("tokens(done) = 1", "tokens(don) = 1")
        .replace("kind=\"exec\"", "kind=\"exec\" hots=\"a\"");
    check(
        &net,
        &[],
        expect![[r#"
        ! error: `<action>` has no attribute `hots`
        !   --> net.pnml:8:86
        !    |
        !  8 | on="1"><action kind="exec" hots="a"><param name="cmd">echo first &gt;&gt; log</param></action></tool
        !    |                                  ^
        !    = hint: did you mean `host`?
        !
        ! error: `<action>` has no attribute `hots`
        !   --> net.pnml:9:87
        !    |
        !  9 | on="1"><action kind="exec" hots="a"><param name="cmd">echo second &gt;&gt; log</param></action></too
        !    |                                  ^
        !    = hint: did you mean `host`?
        !
        ! error: net.pnml cannot be read: 2 errors
        exit 2
    "#]],
    );
    let net = two_steps().replace("tokens(done) = 1", "tokens(don) = 1");
    check(
        &net,
        &[],
        expect![[r#"
        ! error: the goal cannot be read: the net has no place `don`; did you mean `done`?
        !   --> net.pnml:3:50
        !    |
        !  3 | ol="pn" version="1"><goal>tokens(don) = 1</goal><invariant name="one">tokens(todo) + tokens(half) &l
        !    |                                  ^^^
        !
        ! error: net.pnml cannot be used: 1 error
        exit 2
    "#]],
    );
}

#[test]
fn answers_are_data_as_well() {
    let bench = Bench::with("net.pnml", &locks());
    let data = bench.json(&["verify", "net.pnml", "--json"]);
    assert_eq!(data["format"], "pn verify 1");
    assert_eq!((data["result"].as_str(), data["exit"].as_u64()), (Some("fails"), Some(1)));
    let stuck = &data["answers"][0];
    expect![[r#"
        {
          "checked": "replayed",
          "marking": {
            "x.a": 1,
            "y.b": 1
          },
          "method": "breadth-first search",
          "property": "always not dead",
          "question": "stuck",
          "run": [
            "x.lockA",
            "y.lockB"
          ],
          "steps": [
            "x.lockA",
            "y.lockB"
          ],
          "verdict": "fails"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(stuck).unwrap());
}

#[test]
fn a_reader_that_goes_away_does_no_harm() {
    let bench = Bench::with("net.pnml", &locks());
    let mut child =
        bench.command(&["verify", "net.pnml"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn many_resources_behind_a_lock_are_proved() {
    let places: Vec<[String; 2]> = (0..20).map(|n| [format!("r{n}.todo"), format!("r{n}.kept")]).collect();
    let actions: Vec<[String; 4]> = (0..20)
        .map(|n| {
            let action = format!(
                "<action kind=\"file\"><param name=\"path\">/tmp/r{n}</param><param name=\"content\">x</param></action>\
                 <retry max=\"2\" first=\"1s\" factor=\"2\" cap=\"4s\"/>"
            );
            [format!("r{n}"), action, format!("r{n}.todo lock"), format!("r{n}.kept lock")]
        })
        .collect();
    let marked: Vec<String> =
        places.iter().flat_map(|[todo, kept]| [format!("{todo}*1"), kept.clone()]).collect();
    let kept: Vec<&str> = places.iter().map(|[_, kept]| kept.as_str()).collect();
    let places: Vec<&str> = marked.iter().map(String::as_str).chain(["lock*2"]).collect();
    let transitions: Vec<(&str, &str, &str, &str)> = actions
        .iter()
        .map(|[id, action, takes, gives]| (id.as_str(), action.as_str(), takes.as_str(), gives.as_str()))
        .collect();
    let net =
        pnml("locked", &format!("<goal>tokens({}) = 20</goal>", kept.join(", ")), &places, &transitions);
    check(
        &net,
        &["--faults", "any"],
        expect![[r#"
        net.pnml: 41 places, 20 transitions; expanded to 221 places, 400 transitions

          holds    It cannot get stuck: every end is the goal or a declared failure.
                   proof by modules, each module looked through independently
          holds    It can always finish: the goal stays within reach, declared failures aside.
                   proof by modules, each module looked through independently
          holds    It is bounded: at most 2 on `lock`; all other places hold at most one token.
                   proof by modules, each module looked through independently
          holds    Every transition can fire.
                   proof by modules, each shown by a run, replayed
        Undo: every completed step can be undone, whatever fails after it.
        Note: any number of drifts covered, of `r0`, `r1`, `r2`, `r3`, `r4`, `r5`, `r6`, `r7`, `r8`, `r9`,
              `r10`, `r11`, `r12`, `r13`, `r14`, `r15`, `r16`, `r17`, `r18`, `r19`.
    "#]],
    );
}
