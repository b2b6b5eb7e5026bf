//! Annotations bound to a net, and what is said of those that cannot be.

use expect_test::{Expect, expect};
use pn_deployment::annotation::{
    ActionText, InvariantText, KindText, Located, NetAnnotation, Parameter, RetryText, TransitionAnnotation,
};
use pn_deployment::{Deployment, Faults, Outcome, Problem, Retry, Role, annotate, expand, resolve};
use pn_logic::Span;
use pn_net::{Net, TransitionId};
use pn_testkit::net;
use std::time::Duration;

/// A text that stands at `start` in the file.
fn at(start: usize, text: &str) -> Located<String> {
    Located::new(text.to_owned(), Span::new(start, start + text.len()))
}

fn kind(kind: KindText) -> TransitionAnnotation {
    TransitionAnnotation::new(kind)
}

fn resource(start: usize, name: &str, params: &[(&str, &str)]) -> ActionText {
    let params = params.iter().enumerate().map(|(index, (name, value))| {
        let place = start + 10 * (index + 1);
        (at(place, name), at(place + 5, value))
    });
    ActionText { kind: at(start, name), host: None, params: params.collect() }
}

fn action(start: usize) -> TransitionAnnotation {
    kind(KindText::Action(resource(start, "noop", &[])))
}

fn outcome(start: usize, of: &str, is: &str) -> TransitionAnnotation {
    kind(KindText::Outcome { of: at(start, of), is: at(start + 20, is) })
}

fn undo(start: usize, of: &str) -> TransitionAnnotation {
    kind(KindText::Undo { of: at(start, of), action: None })
}

fn annotated(
    net: &Net,
    transitions: &[(&str, TransitionAnnotation)],
) -> Vec<(TransitionId, TransitionAnnotation)> {
    let id = |name: &str| net.find_transition(name).expect("the test names it");
    transitions.iter().map(|(name, annotation)| (id(name), annotation.clone())).collect()
}

const NET: &str =
    "todo(1)\ninstall: todo -> busy\nwell: busy -> done\nbadly: busy -> broken\nremove: done -> todo";

fn resolved(annotation: &NetAnnotation, transitions: &[(&str, TransitionAnnotation)]) -> Deployment {
    let net = net(NET);
    let transitions = annotated(&net, transitions);
    resolve(net, annotation, &transitions).expect("nothing is wrong")
}

fn check_problems(
    annotation: &NetAnnotation,
    transitions: &[(&str, TransitionAnnotation)],
    expected: Expect,
) {
    let net = net(NET);
    let transitions = annotated(&net, transitions);
    let problems = resolve(net, annotation, &transitions).expect_err("something is wrong");
    expected.assert_eq(&problems.iter().map(line).collect::<String>());
}

fn check_transitions(transitions: &[(&str, TransitionAnnotation)], expected: Expect) {
    check_problems(&NetAnnotation::default(), transitions, expected);
}

#[test]
fn a_net_without_annotations_is_a_plain_one() {
    assert_eq!(resolved(&NetAnnotation::default(), &[]), Deployment::plain(net(NET)));
}

#[test]
fn everything_that_is_said_is_bound() {
    let annotation = NetAnnotation {
        goal: Some(at(0, "tokens(done) >= 1")),
        failure: Some(at(0, "tokens(broken) >= 1")),
        invariants: vec![InvariantText { name: at(0, "one"), formula: at(0, "tokens(busy) <= 1") }],
        parameters: vec![Parameter { name: at(0, "release"), default: Some("1.4".to_owned()) }],
        faults: Some(at(0, "2 drifts")),
    };
    let params = [("cmd", "./install {{ release }} {{ token }}")];
    let install = TransitionAnnotation {
        timeout: Some(Located::new(Duration::from_secs(60), Span::default())),
        undo: Some(at(0, "remove")),
        ..kind(KindText::Action(resource(0, "exec", &params)))
    };
    let put = kind(KindText::Event(resource(0, "value", &[("name", "token")])));
    let net = net(&format!("{NET}\nput: -> seen"));
    let transitions = annotated(
        &net,
        &[
            ("install", install),
            ("well", outcome(0, "install", "ok|same, diff")),
            ("badly", outcome(0, "install", "failed timeout")),
            ("remove", undo(0, "install")),
            ("put", put),
        ],
    );
    let deployment = resolve(net, &annotation, &transitions).expect("nothing is wrong");
    let net = &deployment.net;
    let goal = deployment.goal.as_ref().expect("a goal is declared");
    expect!["tokens(done) >= 1"].assert_eq(&goal.display(net).to_string());
    expect!["tokens(broken) >= 1"].assert_eq(&deployment.failure.display(net).to_string());
    expect!["tokens(busy) <= 1"].assert_eq(&deployment.invariants[0].formula.display(net).to_string());
    assert_eq!(deployment.parameters, [("release".to_owned(), Some("1.4".to_owned()))]);
    assert_eq!(deployment.faults, Faults::Drifts(2));
    expect![[r#"
        [
            Action(
                Action {
                    kind: "exec",
                    host: None,
                    params: [
                        (
                            "cmd",
                            "./install {{ release }} {{ token }}",
                        ),
                    ],
                    timeout: Some(
                        60s,
                    ),
                    retry: Retry {
                        attempts: 1,
                        first: 0ns,
                        factor: 1.0,
                        cap: 0ns,
                    },
                    undo: Some(
                        t3,
                    ),
                },
            ),
            Outcome {
                of: t0,
                results: {
                    Ok,
                    Same,
                    Diff,
                },
            },
            Outcome {
                of: t0,
                results: {
                    Failed,
                    Timeout,
                },
            },
            Undo {
                of: t0,
                action: None,
            },
            Event {
                kind: "value",
                host: None,
                params: [
                    (
                        "name",
                        "token",
                    ),
                ],
            },
        ]
    "#]]
    .assert_debug_eq(&deployment.roles);
}

#[test]
fn an_action_has_the_undo_that_names_it() {
    let deployment =
        resolved(&NetAnnotation::default(), &[("install", action(0)), ("remove", undo(0, "install"))]);
    let Role::Action(install) = &deployment.roles[0] else { panic!("install is an action") };
    assert_eq!(install.undo, deployment.net.find_transition("remove"));
    assert_eq!(install.retry, Retry::ONCE);
}

#[test]
fn a_bare_retry_means_five_attempts() {
    let retry = Some(Located::new(RetryText::default(), Span::default()));
    let deployment =
        resolved(&NetAnnotation::default(), &[("install", TransitionAnnotation { retry, ..action(0) })]);
    let Role::Action(install) = &deployment.roles[0] else { panic!("install is an action") };
    assert_eq!(install.retry.attempts, 5);
    let pauses: Vec<u64> = (1..=9).map(|failures| install.retry.pause(failures).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 100, 100]);
}

#[test]
fn references_name_transitions_of_the_right_kind() {
    check_transitions(
        &[
            ("install", TransitionAnnotation { undo: Some(at(15, "wel")), ..action(10) }),
            ("well", outcome(100, "instal", "ok")),
            ("badly", outcome(200, "remove", "failed")),
            (
                "remove",
                kind(KindText::Timer { after: Located::new(Duration::from_secs(1), Span::new(300, 302)) }),
            ),
        ],
        expect![[r#"
            15..18: `undo ref` of `install` names `wel`, but the net has no such transition
            100..106: `of` of `well` names `instal`, but the net has no such transition (did you mean `install`?)
            200..206: `of` of `badly` names `remove`, which is not an action or undo
        "#]],
    );
}

#[test]
fn an_undo_reverses_the_action_that_names_it() {
    let install = TransitionAnnotation { undo: Some(at(15, "remove")), ..action(10) };
    check_transitions(
        &[("install", install), ("well", action(100)), ("remove", undo(200, "well"))],
        expect![[r#"
            15..21: `install` names `remove` as its undo, but `remove` reverses `well`
        "#]],
    );
}

#[test]
fn results_are_known_words_and_at_least_one() {
    check_transitions(
        &[
            ("install", action(10)),
            ("well", outcome(100, "install", "ok sane success")),
            ("badly", outcome(200, "install", " , ")),
        ],
        expect![[r#"
            120..135: `sane` is not a result; results are ok, same, diff, failed, timeout, unknown, cancelled (did you mean `same`?)
            120..135: `success` is not a result; results are ok, same, diff, failed, timeout, unknown, cancelled
            220..223: outcome `badly` has no result; `is` names at least one, such as `ok`
        "#]],
    );
}

#[test]
fn drawn_outcomes_cover_success_and_failure_without_ambiguity() {
    let retry = Some(Located::new(RetryText::default(), Span::new(12, 14)));
    check_transitions(
        &[
            ("install", TransitionAnnotation { retry, ..action(10) }),
            ("well", outcome(100, "install", "ok same")),
            ("badly", outcome(200, "install", "timeout same")),
        ],
        expect![[r#"
            10..14: `install` has outcome transitions, but none for `failed`
            12..14: `<retry>` on `install` has no effect: with outcome transitions drawn, so are repetitions
            220..232: `well` and `badly` are both for `same` of `install`
        "#]],
    );
}

#[test]
fn repetitions_are_drawn_with_a_retry_transition() {
    let retry = || Some(Located::new(RetryText::default(), Span::default()));
    let again = |start| kind(KindText::Retry { of: at(start, "install") });
    let drawn = |install| {
        [
            ("install", install),
            ("well", outcome(100, "install", "ok failed")),
            ("badly", outcome(200, "install", "failed")),
            ("remove", again(300)),
        ]
    };
    let deployment =
        resolved(&NetAnnotation::default(), &drawn(TransitionAnnotation { retry: retry(), ..action(10) }));
    assert_eq!(deployment.roles[3], Role::Retry { of: TransitionId::new(0) });
    check_transitions(
        &drawn(action(10)),
        expect![[r#"
        300..307: `remove` repeats `install`, but `install` has no `<retry>` that says after which pause
    "#]],
    );
    let shorthand = TransitionAnnotation { retry: retry(), ..action(10) };
    check_transitions(
        &[("install", shorthand), ("remove", again(300))],
        expect![[r#"
        300..307: `remove` repeats `install`, for which no outcome transitions are drawn
    "#]],
    );
}

#[test]
fn an_expansion_reads_back_equal() {
    let retry = || Some(Located::new(RetryText::default(), Span::default()));
    let act = |params: &[(&str, &str)]| Some(resource(0, "exec", params));
    let annotation = NetAnnotation {
        goal: Some(at(0, "tokens(done) >= 1 and not dead or fireable(well)")),
        failure: Some(at(0, "tokens(broken) >= 1")),
        invariants: vec![InvariantText { name: at(0, "one"), formula: at(0, "tokens(busy, todo) <= 1") }],
        parameters: vec![Parameter { name: at(0, "release"), default: None }],
        faults: Some(at(0, "any")),
    };
    let remove = KindText::Undo { of: at(0, "install"), action: act(&[("cmd", "rm {{ release }}")]) };
    let net = net(NET);
    let transitions = annotated(
        &net,
        &[
            ("install", TransitionAnnotation { retry: retry(), ..action(0) }),
            ("well", kind(KindText::Approval { by: at(0, "ops") })),
            ("badly", kind(KindText::Event(resource(0, "file", &[("path", "/x")])))),
            ("remove", TransitionAnnotation { retry: retry(), ..kind(remove) }),
        ],
    );
    let deployment = resolve(net, &annotation, &transitions).expect("nothing is wrong");
    let expanded = expand(&deployment, Faults::None).deployment;
    for deployment in [deployment, expanded] {
        let (annotation, transitions) = annotate(&deployment);
        let again = resolve(deployment.net.clone(), &annotation, &transitions).expect("nothing is wrong");
        assert_eq!(again, deployment);
    }
}

#[test]
fn attempts_pauses_and_durations_make_sense() {
    let retry =
        RetryText { max: 0, first: Duration::from_secs(200), factor: 0.5, cap: Duration::from_secs(100) };
    let zero = || Located::new(Duration::ZERO, Span::new(20, 22));
    let install = TransitionAnnotation {
        retry: Some(Located::new(retry, Span::new(12, 14))),
        timeout: Some(zero()),
        ..action(10)
    };
    check_transitions(
        &[
            ("install", install),
            ("well", kind(KindText::Timer { after: zero() })),
            ("badly", kind(KindText::Approval { by: at(30, " ") })),
        ],
        expect![[r#"
            12..14: `max` of `<retry>` counts all attempts and is at least 1
            12..14: `factor` of `<retry>` is a number of at least 1, not 0.5
            12..14: `cap` of `<retry>` is shorter than `first`
            20..22: a timeout is longer than 0
            20..22: `after` of a timer is longer than 0
            30..31: `by` of an approval is empty
        "#]],
    );
}

#[test]
fn timeout_retry_and_undo_stand_on_actions_only() {
    let all = |kind: KindText, start: usize| TransitionAnnotation {
        kind,
        timeout: Some(Located::new(Duration::from_secs(1), Span::new(start, start + 1))),
        retry: Some(Located::new(RetryText::default(), Span::new(start + 2, start + 3))),
        undo: Some(at(start + 4, "remove")),
        ..TransitionAnnotation::new(KindText::Control)
    };
    check_transitions(
        &[
            ("install", action(5)),
            ("well", all(KindText::Control, 10)),
            ("badly", all(KindText::Event(resource(20, "file", &[])), 30)),
            ("remove", all(KindText::Undo { of: at(40, "install"), action: None }, 50)),
        ],
        expect![[r#"
            10..11: `<timeout>` on `well` has no effect: it belongs to an action
            12..13: `<retry>` on `well` has no effect: it belongs to an action
            14..20: `<undo>` on `well` has no effect: it belongs to an action
            30..31: `<timeout>` on `badly` has no effect: it belongs to an action
            32..33: `<retry>` on `badly` has no effect: it belongs to an action
            34..40: `<undo>` on `badly` has no effect: it belongs to an action
            50..51: `<timeout>` on `remove` has no effect: it belongs to an action
            52..53: `<retry>` on `remove` has no effect: it belongs to an action
            54..60: `<undo>` on `remove` has no effect: it belongs to an action
        "#]],
    );
}

#[test]
fn a_transition_is_annotated_once() {
    check_transitions(
        &[("install", action(5)), ("install", action(15))],
        expect![[r#"
        15..19: `install` has more than one annotation
    "#]],
    );
}

#[test]
fn names_are_given_once_and_templates_use_them() {
    let parameter = |start, name: &str| Parameter { name: at(start, name), default: None };
    let annotation = NetAnnotation {
        invariants: vec![
            InvariantText { name: at(10, "same"), formula: at(15, "true") },
            InvariantText { name: at(20, "same"), formula: at(25, "true") },
        ],
        parameters: vec![parameter(30, "release"), parameter(40, "release"), parameter(50, "app-version")],
        faults: Some(at(60, "some drifts")),
        ..NetAnnotation::default()
    };
    let escaped = Located::new("<{{ nobody }}".to_owned(), Span::new(300, 316));
    let mut install = resource(100, "exec", &[("cmd", "x {{ relaese }}"), ("creates", "{{ release")]);
    install.params.push((at(290, "env"), escaped));
    check_problems(
        &annotation,
        &[("install", kind(KindText::Action(install)))],
        expect![[r#"
            20..24: there are two invariants called `same`
            40..47: there are two parameters called `release`
            50..61: `app-version` cannot name a parameter: letters, digits and `_` can, and no digit comes first
            60..71: `some drifts` is none of `none`, `any`, or a number as in `2 drifts`
            120..127: `{{ relaese }}` names neither a parameter nor a value of this net (did you mean `release`?)
            125..127: `{{` without `}}`
            300..316: `{{ nobody }}` names neither a parameter nor a value of this net
        "#]],
    );
}

#[test]
fn broken_formulas_are_all_reported_where_they_stand() {
    let annotation = NetAnnotation {
        goal: Some(at(10, "tokens(dome) >= 1")),
        failure: Some(at(50, "tokens(broken) >=")),
        invariants: vec![InvariantText { name: at(80, "one"), formula: at(90, "tokens(busy) <= 1 or") }],
        ..NetAnnotation::default()
    };
    check_problems(
        &annotation,
        &[],
        expect![[r#"
            17..21: the goal cannot be read: the net has no place `dome`; did you mean `done`?
            67..67: the failure cannot be read: expected a condition or a number, found the end
            110..110: invariant `one` cannot be read: expected a condition or a number, found the end
        "#]],
    );
}

#[test]
fn zero_drifts_are_none() {
    for (text, faults) in [
        ("none", Faults::None),
        ("0 drifts", Faults::None),
        ("1 drift", Faults::Drifts(1)),
        ("any", Faults::Any),
    ] {
        let annotation = NetAnnotation { faults: Some(at(0, text)), ..NetAnnotation::default() };
        assert_eq!(resolved(&annotation, &[]).faults, faults);
    }
}

#[test]
fn every_result_has_a_word_and_a_fallback_that_must_be_drawn() {
    for outcome in Outcome::ALL {
        assert_eq!(Outcome::from_word(outcome.word()), Some(outcome));
        assert!(matches!(outcome.fallback(), None | Some(Outcome::Ok | Outcome::Failed)));
    }
}

#[test]
fn drifts_and_refreshes_name_their_action() {
    let drift = kind(KindText::Drift { of: at(100, "install") });
    let refresh = kind(KindText::Refresh { of: at(200, "install") });
    let drawn = [("install", action(10)), ("well", drift), ("badly", refresh)];
    let deployment = resolved(&NetAnnotation::default(), &drawn);
    let of = TransitionId::new(0);
    assert_eq!(deployment.roles[1..3], [Role::Drift { of }, Role::Refresh { of }]);
    let (annotation, transitions) = annotate(&deployment);
    assert_eq!(resolve(deployment.net.clone(), &annotation, &transitions), Ok(deployment));

    let drift = kind(KindText::Drift { of: at(100, "instal") });
    let refresh = kind(KindText::Refresh { of: at(200, "remove") });
    let remove = kind(KindText::Undo { of: at(0, "install"), action: None });
    check_transitions(
        &[("install", action(10)), ("remove", remove), ("well", drift), ("badly", refresh)],
        expect![[r#"
            100..106: `of` of `well` names `instal`, but the net has no such transition (did you mean `install`?)
            200..206: `of` of `badly` names `remove`, which is not an action
        "#]],
    );
}

/// `a` and `b` each read `lock` and stay; `move` gives what `use` takes, again and again.
const WATCHED: &str = "p(1) q(1) lock(1) r(2)\na: p + lock -> x + lock\nb: q + 2 lock -> y + lock\n\
                       move: r -> s\nuse: s -> r\nstep: t -> t";

fn check_watched(said: &[(&str, &[&str], &[&str])], expected: Expect) {
    let net = net(WATCHED);
    let mut transitions: Vec<(&str, TransitionAnnotation)> = Vec::new();
    for (index, name) in ["a", "b", "move"].into_iter().enumerate() {
        let mut annotation = action(1000 * (index + 1));
        if let Some((_, reads, refreshes)) = said.iter().find(|(on, ..)| *on == name) {
            let start = 100 * (index + 1);
            annotation.reads = reads.iter().enumerate().map(|(i, p)| at(start + 10 * i, p)).collect();
            annotation.refreshes =
                refreshes.iter().enumerate().map(|(i, t)| at(start + 50 + 10 * i, t)).collect();
        }
        transitions.push((name, annotation));
    }
    let transitions = annotated(&net, &transitions);
    let problems = match resolve(net, &NetAnnotation::default(), &transitions) {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    };
    expected.assert_eq(&problems.iter().map(line).collect::<String>());
}

fn line(problem: &Problem) -> String {
    let Span { start, end } = problem.span;
    let hint = problem.suggestion.as_ref().map(|s| format!(" (did you mean `{s}`?)")).unwrap_or_default();
    format!("{start}..{end}: {problem}{hint}\n")
}

#[test]
fn reads_are_self_loops_and_refreshes_name_actions_that_are_kept() {
    check_watched(&[("a", &["lock"], &["b"])], expect![[""]]);
    check_watched(
        &[("a", &["lok", "p", "lock", "lock"], &["bb", "step", "b", "b"]), ("b", &["lock"], &[])],
        expect![[r#"
            100..103: `reads` of `a` names `lok`, but the net has no such place (did you mean `lock`?)
            110..111: `a` reads `p`, but takes 1 of its tokens and gives 0 back; a read is a self-loop
            130..134: `<reads ref="lock"/>` stands twice on `a`
            150..152: `refresh ref` of `a` names `bb`, but the net has no such transition
            160..164: `refresh ref` of `a` names `step`, which is not an action
            180..181: `<refresh ref="b"/>` stands twice on `a`
            200..204: `b` reads `lock`, but takes 2 of its tokens and gives 1 back; a read is a self-loop
        "#]],
    );
    check_watched(
        &[("a", &[], &["move"])],
        expect![[r#"
        150..154: `a` refreshes `move`, which cannot be applied once more: `use` takes what it puts on `s`, and it may happen more than once
    "#]],
    );
    check_watched(
        &[("a", &[], &["b"]), ("b", &[], &["a"])],
        expect![[r#"
        250..251: the refreshes go round in a circle: a → b → a
    "#]],
    );
    check_watched(
        &[("a", &[], &["a"])],
        expect![[r#"
        150..151: the refreshes go round in a circle: a → a
    "#]],
    );
}

#[test]
fn reads_and_refreshes_belong_to_shorthand_actions() {
    let reading = |kind: KindText, start: usize| TransitionAnnotation {
        reads: vec![at(start, "todo")],
        refreshes: vec![at(start + 10, "install")],
        ..TransitionAnnotation::new(kind)
    };
    check_transitions(
        &[
            ("install", TransitionAnnotation { reads: vec![at(500, "todo")], ..action(5) }),
            ("well", outcome(100, "install", "ok")),
            ("badly", outcome(200, "install", "failed")),
            ("remove", reading(KindText::Control, 300)),
        ],
        expect![[r#"
            300..304: `<reads>` on `remove` has no effect: it belongs to an action
            310..317: `<refresh>` on `remove` has no effect: it belongs to an action
            500..504: `<reads>` on `install` has no effect: its outcomes are drawn, and so is what follows
        "#]],
    );
}
