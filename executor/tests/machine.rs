//! The step machine, by itself.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use expect_test::expect;
use pn_deployment::{Action, Outcome, Role};
use pn_executor::machine::{EndState, Machine, MachineError};
use std::num::NonZeroUsize;
use std::time::Duration;
use support::script::{check, run};
use support::{draft, retried, staged};

#[test]
fn control_fires_at_once_and_actions_start_in_net_order() {
    let deployment = draft("a(1)\nfork: a -> b + c\nx: b -> d\ny: c -> e\njoin: d + e -> end")
        .noops(&["x", "y"])
        .goal("end", 1)
        .expanded();
    check(
        &deployment,
        8,
        "step; 2 same; 1 same",
        expect![[r#"
            step: fork, x=#1(1.0), y=#2(1.0)
            2 same: y.same<#2
            1 same: x.same<#1, join, END complete
        "#]],
    );
}

#[test]
fn no_more_attempts_run_than_jobs_allow() {
    let deployment = draft("a(5)\nx: a -> b").noops(&["x"]).expanded();
    check(
        &deployment,
        2,
        "step; 1 same; 3 same; 2 same; 4 same; 5 same",
        expect![[r#"
            step: x=#1(1.0), x=#2(2.0)
            1 same: x.same<#1, x=#3(3.0)
            3 same: x.same<#3, x=#4(4.0)
            2 same: x.same<#2, x=#5(5.0)
            4 same: x.same<#4
            5 same: x.same<#5, END complete
        "#]],
    );
}

#[test]
fn a_conflict_is_decided_in_net_order() {
    let deployment = draft("a(1)\ny: a -> b\nx: a -> c").noops(&["x", "y"]).expanded();
    check(
        &deployment,
        8,
        "step; 1 same",
        expect![[r#"
            step: y=#1(1.0)
            1 same: y.same<#1, END complete
        "#]],
    );
}

#[test]
fn failures_pause_longer_each_time_and_then_give_up() {
    let deployment = draft("a(1)\nx: a -> b")
        .action("x", retried(Action::new("noop"), 3, Duration::from_secs(1)))
        .goal("b", 1)
        .expanded();
    check(
        &deployment,
        8,
        "step; 1 failed; @0.9; @1; 2 timeout; @2.9; @3; 3 failed",
        expect![[r#"
            step: x=#1(1.0)
            1 failed: x.check-fails<#1, retry x at 1s
            @0.9: 
            @1: x.retries=#2(1.1)
            2 timeout: x.check-fails<#2, retry x at 3s
            @2.9: 
            @3: x.retries=#3(1.2)
            3 failed: x.check-gives-up<#3, END failed
        "#]],
    );
}

#[test]
fn an_interrupted_attempt_goes_on_with_its_activation() {
    let deployment = draft("a(2)\nx: a -> b").noops(&["x"]).expanded();
    check(
        &deployment,
        2,
        "step; 1 unknown; 3 same; 2 same",
        expect![[r#"
            step: x=#1(1.0), x=#2(2.0)
            1 unknown: x.check-interrupted<#1, x=#3(1.0)
            3 same: x.same<#3
            2 same: x.same<#2, END complete
        "#]],
    );
}

#[test]
fn an_action_that_stays_unknown_is_frozen_in_the_end() {
    let deployment = draft("a(1)\nx: a -> b").noops(&["x"]).expanded();
    let script = (1..=11).map(|id| format!("; {id} unknown")).collect::<String>();
    let told = run(&deployment, 1, &format!("step{script}"));
    assert!(told.ends_with("11 unknown: freeze #11: it came back unknown 10 times, END frozen\n"), "{told}");
}

#[test]
fn a_timer_counts_only_while_it_stays_enabled() {
    let deployment = draft("a(1) go(1)\nlate: a -> b\nx: a + go -> c\nback: c -> a")
        .role("late", Role::Timer { after: Duration::from_secs(5) })
        .noops(&["x"])
        .goal("b", 1)
        .expanded();
    check(
        &deployment,
        8,
        "step; @4; 1 same; @6; @8.9; @9",
        expect![[r#"
            step: x=#1(1.0)
            @4: 
            1 same: x.same<#1, back
            @6: 
            @8.9: 
            @9: late, END complete
        "#]],
    );
}

#[test]
fn the_deadline_is_that_of_the_next_timer_or_retry() {
    let deployment = draft("a(1) b(1)\nlate: a -> c\nx: b -> d")
        .role("late", Role::Timer { after: Duration::from_secs(5) })
        .action("x", retried(Action::new("noop"), 2, Duration::from_secs(1)))
        .expanded();
    check(
        &deployment,
        8,
        "step; 1 failed",
        expect![[r#"
            step: x=#1(1.0)
            1 failed: x.check-fails<#1, retry x at 1s
            deadline 1s
        "#]],
    );
}

#[test]
fn an_approval_is_asked_for_and_fires_once() {
    let deployment = draft("a(2)\ngate: a -> b").role("gate", Role::Approval { by: "ops".into() }).expanded();
    check(
        &deployment,
        8,
        "step; approve gate ann; step; approve gate bob",
        expect![[r#"
        step: ask gate
        approve gate ann: gate by ann
        step: 
        approve gate bob: gate by bob, withdraw gate, END complete
    "#]],
    );
}

#[test]
fn an_approval_given_too_early_or_too_late_does_not_count() {
    let deployment = draft("a(1)\nx: a -> b\ngate: b -> c")
        .role("gate", Role::Approval { by: "ops".into() })
        .noops(&["x"])
        .expanded();
    check(
        &deployment,
        8,
        "step; approve gate ann; 1 same",
        expect![[r#"
            step: x=#1(1.0)
            approve gate ann: 
            1 same: x.same<#1, ask gate
        "#]],
    );
}

#[test]
fn a_firing_that_would_break_an_invariant_is_held() {
    let deployment = draft("a(2)\nx: a -> down\ny: down -> up")
        .noops(&["y"])
        .limit("one down", "down", 1)
        .goal("up", 2)
        .expanded();
    check(
        &deployment,
        8,
        "step; 1 same; 2 same",
        expect![[r#"
            step: x, y=#1(1.0), x, y=#2(2.0)
            1 same: y.same<#1
            2 same: y.same<#2, END complete
        "#]],
    );
    let stuck = draft("a(2)\nx: a -> down").limit("one down", "down", 1).expanded();
    check(
        &stuck,
        8,
        "step",
        expect![[r#"
        step: x, hold x: it would break the invariant `one down`, END stuck
    "#]],
    );
}

#[test]
fn an_outcome_that_would_break_an_invariant_freezes_its_attempt() {
    let deployment = draft("a(2)\nx: a -> down").noops(&["x"]).limit("one down", "down", 1).expanded();
    check(
        &deployment,
        8,
        "step; 1 same; 2 same",
        expect![[r#"
            step: x=#1(1.0), x=#2(2.0)
            1 same: x.same<#1
            2 same: freeze #2: `x.same` cannot fire: it would break the invariant `one down`, END frozen
        "#]],
    );
}

#[test]
fn drawn_outcomes_fall_back_and_freeze_where_nothing_is_enabled() {
    let net = "a(1)\nx: a -> r\ngood: r -> ok\nbad: r + fuse -> ko";
    let draw = || {
        draft(net)
            .noops(&["x"])
            .outcome("good", "x", &[Outcome::Ok])
            .outcome("bad", "x", &[Outcome::Failed])
            .drawn()
    };
    check(
        &draw(),
        8,
        "step; 1 same",
        expect![[r#"
        step: x=#1(1.0)
        1 same: good<#1, END complete
    "#]],
    );
    check(
        &draw(),
        8,
        "step; 1 timeout",
        expect![[r#"
        step: x=#1(1.0)
        1 timeout: freeze #1: no transition that claims this result is enabled, END frozen
    "#]],
    );
    let half = draft(net).noops(&["x"]).outcome("good", "x", &[Outcome::Ok]).drawn();
    check(
        &half,
        8,
        "step; 1 failed",
        expect![[r#"
        step: x=#1(1.0)
        1 failed: freeze #1: no transition claims this result, END frozen
    "#]],
    );
}

#[test]
fn a_staged_attempt_applies_once_its_difference_has_fired() {
    check(
        &staged(1).goal("b", 1).drawn(),
        8,
        "step; 1 differs; 1 differs; 1 unknown; 2 same",
        expect![[r#"
            step: x=#1(1.0)
            1 differs: differs!#1
            1 differs: 
            1 unknown: lost<#1, x=#2(1.0)
            2 same: same<#2, END complete
        "#]],
    );
}

#[test]
fn the_outcome_of_an_attempt_that_checks_takes_no_token_of_one_that_applies() {
    check(
        &staged(2).goal("b", 2).drawn(),
        8,
        "step; 1 differs; 2 failed; 1 ok",
        expect![[r#"
            step: x=#1(1.0), x=#2(2.0)
            1 differs: differs!#1
            2 failed: looks-bad<#2
            1 ok: ok<#1, END stuck
        "#]],
    );
    check(
        &staged(2).goal("b", 2).drawn(),
        8,
        "step; 1 differs; 1 failed; 2 same",
        expect![[r#"
            step: x=#1(1.0), x=#2(2.0)
            1 differs: differs!#1
            1 failed: fails<#1
            2 same: same<#2, END stuck
        "#]],
    );
}

#[test]
fn a_difference_that_the_net_cannot_take_freezes_its_attempt() {
    check(
        &staged(1).limit("nothing changes", "applying", 0).drawn(),
        8,
        "step; 1 differs; 1 ok",
        expect![[r#"
            step: x=#1(1.0)
            1 differs: freeze #1: `differs` cannot fire: it would break the invariant `nothing changes`, END frozen
            1 ok: 
        "#]],
    );
}

/// An action whose drift is drawn; what else the net has.
fn kept(more: &str) -> support::Draft {
    let net = format!("a(1)\nx: a -> r\nok: r -> b\nlost: r -> a\n{more}");
    let of = draft(&net).drawn().net.find_transition("x").unwrap();
    draft(&net)
        .noops(&["x"])
        .outcome("ok", "x", &[Outcome::Ok])
        .outcome("lost", "x", &[Outcome::Unknown, Outcome::Cancelled])
        .role("drift", Role::Drift { of })
        .goal("b", 1)
}

#[test]
fn a_watched_run_repairs_what_drifts_and_ends_when_it_has_rested() {
    check(
        &kept("drift: b -> a").drawn(),
        8,
        "watch 5; 1 ok; @2; drift x; 2 ok; @6.9; @7",
        expect![[r#"
            watch 5: x=#1(1.0)
            1 ok: ok<#1
            @2: 
            drift x: drift, x=#2(2.0)
            2 ok: ok<#2
            @6.9: 
            @7: END complete
        "#]],
    );
}

#[test]
fn a_run_that_is_not_watched_ends_though_something_could_drift() {
    check(
        &kept("drift: b -> a").drawn(),
        8,
        "step; 1 ok",
        expect![[r#"
            step: x=#1(1.0)
            1 ok: ok<#1, END complete
        "#]],
    );
}

#[test]
fn repairs_that_come_too_often_are_slowed_down() {
    let again = (2..=6).map(|id| format!("drift x; {id} ok; ")).collect::<String>();
    let told =
        run(&kept("drift: b -> a").drawn(), 8, &format!("watch 5; 1 ok; {again}drift x; @9; @10; 7 ok"));
    let last: Vec<&str> = told.lines().rev().skip(1).take(4).collect();
    assert_eq!(
        last,
        [
            "7 ok: ok<#7",
            "@10: x=#7(7.0)",
            "@9: ",
            "drift x: drift, hold x: it has been repaired too often of late; again 10.0 s into the run"
        ],
        "{told}"
    );
}

#[test]
fn a_drift_that_would_break_an_invariant_freezes_what_depends_on_it_and_is_told() {
    let deployment = kept("drift: b -> a + down\nlate: b -> d")
        .role("late", Role::Timer { after: Duration::from_secs(5) })
        .limit("whole", "down", 0)
        .goal("d", 1)
        .drawn();
    check(
        &deployment,
        8,
        "watch 9; 1 ok; drift x; @6",
        expect![[r#"
            watch 9: x=#1(1.0)
            1 ok: ok<#1
            drift x: pending x: it would break the invariant `whole`, hold late: what `x` has done is no longer so, and the net cannot take that
            @6: 
        "#]],
    );
}

#[test]
fn a_watched_run_goes_on_beside_what_fails_for_good_and_ends_failed() {
    let net = "a(1) p(1)\nx: a -> b\ny: p -> q\nend: b + q -> z";
    let deployment = draft(net).noops(&["x", "y"]).goal("z", 1).expanded();
    let told = run(&deployment, 1, "watch 3; 1 failed; 2 same; @2; @3");
    assert!(told.contains("1 failed: x.check-fails<#1, y=#2"), "{told}");
    assert!(told.ends_with("@2: \n@3: END failed\n"), "{told}");
}

#[test]
fn a_stop_waits_and_a_second_one_cancels() {
    let deployment = draft("a(3)\nx: a -> b").noops(&["x"]).goal("b", 3).expanded();
    check(
        &deployment,
        2,
        "step; stop; 1 same; stop; 2 cancelled",
        expect![[r#"
            step: x=#1(1.0), x=#2(2.0)
            stop: 
            1 same: x.same<#1
            stop: cancel #2
            2 cancelled: x.check-interrupted<#2, END stopped
        "#]],
    );
}

#[test]
fn control_transitions_in_a_circle_are_noticed() {
    let circle = draft("p(1)\na: p -> q\nb: q -> p\nx: w -> v").noops(&["x"]).goal("v", 1).expanded();
    let told = run(&circle, 8, "step");
    assert!(told.ends_with("END livelock\n") && told.len() < 100, "{told}");

    let growing = draft("p(1)\na: p -> p + q").goal("q", 1_000_000).expanded();
    let told = run(&growing, 8, "step");
    assert!(told.ends_with("END livelock\n"));

    let clock = draft("p(1)\na: p -> q\nb: q -> p")
        .role("a", Role::Timer { after: Duration::ZERO })
        .goal("q", 2)
        .expanded();
    assert!(run(&clock, 8, "step").ends_with("END livelock\n"));
}

#[test]
fn many_tokens_that_control_moves_are_no_livelock() {
    let deployment = draft("p(20000)\na: p -> q\nb: 2 q -> r").goal("r", 10_000).expanded();
    assert!(run(&deployment, 8, "step").ends_with("END complete\n"));
}

#[test]
fn a_run_ends_with_its_goal_though_more_could_fire() {
    let deployment = draft("p(2)\na: p -> q").goal("q", 1).expanded();
    check(
        &deployment,
        8,
        "step",
        expect![[r#"
        step: a, END complete
    "#]],
    );
}

#[test]
fn a_dead_marking_short_of_the_goal_is_stuck() {
    let deployment = draft("p(1)\na: p + never -> q").goal("q", 1).expanded();
    check(
        &deployment,
        8,
        "step",
        expect![[r#"
        step: END stuck
    "#]],
    );
}

#[test]
fn undo_never_fires_in_a_forward_run() {
    let bare = draft("p(1)\na: p -> q\nu: q -> p").noops(&["a"]);
    let of = bare.drawn().net.find_transition("a").unwrap();
    let deployment = draft("p(1)\na: p -> q\nu: q -> p")
        .noops(&["a"])
        .role("u", Role::Undo { of, action: None })
        .expanded();
    check(
        &deployment,
        8,
        "step; 1 same",
        expect![[r#"
            step: a=#1(1.0)
            1 same: a.same<#1, END complete
        "#]],
    );
}

#[test]
fn a_full_place_holds_a_firing_and_nothing_breaks() {
    let deployment = draft(&format!("p(1) q({})\na: p -> q", i64::MAX)).expanded();
    check(
        &deployment,
        8,
        "step",
        expect![[r#"
        step: hold a: `q` would hold more tokens than a place can, END stuck
    "#]],
    );
}

#[test]
fn what_cannot_be_run_is_refused() {
    let jobs = NonZeroUsize::MIN;
    let deployment = draft("p(1)\nx: p -> q").noops(&["x"]).drawn();
    assert!(matches!(Machine::new(deployment, jobs), Err(MachineError::NotExpanded(t)) if t.len() == 1));
    let deployment = draft("p(2)\nx: p -> q").limit("few", "p", 1).expanded();
    assert_eq!(Machine::new(deployment, jobs).unwrap_err(), MachineError::Invariant(0));
}

#[test]
fn end_states_have_words() {
    for state in EndState::ALL {
        assert_eq!(EndState::from_word(state.word()), Some(state));
    }
}
