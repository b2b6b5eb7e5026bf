//! What shorthand actions stand for, in text.

mod support;

use expect_test::{Expect, expect};
use pn_deployment::{Deployment, Faults, Outcome, Role, Round, StepPart, TransitionOrigin, expand};
use pn_logic::Formula;
use pn_net::{PlaceId, TransitionId};
use std::collections::BTreeSet;
use support::{Say, action, deployment, show};

fn check(deployment: &Deployment, faults: Faults, expected: Expect) {
    expected.assert_eq(&show(&expand(deployment, faults)));
}

#[test]
fn an_action_with_one_attempt_fails_for_good() {
    check(
        &deployment("todo(1)\ninstall: todo -> done", &[("install", 1)]),
        Faults::None,
        expect![[r#"
        todo
        install: todo -> install.checking [action] start install
        install.same: install.checking -> done [same] install: its check finds nothing to do
        install.differs: install.checking -> install.applying [diff] install: its check finds a difference
        install.ok: install.applying -> done [ok] install succeeds
        install.fails: install.applying -> install.failed [failed timeout] install fails for good
        install.check-fails: install.checking -> install.failed [failed timeout] install: its check fails for good
        install.interrupted: install.applying -> todo [unknown cancelled] install is interrupted
        install.check-interrupted: install.checking -> todo [unknown cancelled] install is interrupted while it is checked
        failure: tokens(install.failed) >= 1
    "#]],
    );
}

#[test]
fn an_action_with_three_attempts_counts_them_in_tokens() {
    check(
        &deployment("todo(1)\ninstall: todo -> done", &[("install", 3)]),
        Faults::None,
        expect![[r#"
        todo + 2 install.tries
        install: todo -> install.checking [action] start install
        install.same: install.checking -> done [same] install: its check finds nothing to do
        install.differs: install.checking -> install.applying [diff] install: its check finds a difference
        install.ok: install.applying -> done [ok] install succeeds
        install.fails: install.applying + install.tries -> install.waiting + install.spent [failed timeout] install fails, will be retried
        install.check-fails: install.checking + install.tries -> install.waiting + install.spent [failed timeout] install: its check fails, will be retried
        install.retries: install.waiting -> install.checking [retry] install is tried again
        install.gives-up: install.applying + 2 install.spent -> install.failed + 2 install.spent [failed timeout] install fails for good
        install.check-gives-up: install.checking + 2 install.spent -> install.failed + 2 install.spent [failed timeout] install: its check fails for good
        install.interrupted: install.applying -> todo [unknown cancelled] install is interrupted
        install.check-interrupted: install.checking -> todo [unknown cancelled] install is interrupted while it is checked
        failure: tokens(install.failed) >= 1
    "#]],
    );
}

#[test]
fn a_drift_takes_back_what_an_action_that_stays_has_given() {
    check(
        &deployment("todo(1)\ninstall: todo -> done", &[("install", 1)]),
        Faults::Any,
        expect![[r#"
        todo + install.calm
        install: todo -> install.checking [action] start install
        install.same: install.checking + install.calm -> done + install.calm [same] install: its check finds nothing to do
        install.differs: install.checking -> install.applying [diff] install: its check finds a difference
        install.ok: install.applying + install.calm -> done + install.calm [ok] install succeeds
        install.check-again: install.checking + install.touched -> todo + install.calm [same] install: its check finds nothing to do, but something drifted meanwhile
        install.again: install.applying + install.touched -> todo + install.calm [ok] install succeeds, but something drifted meanwhile
        install.fails: install.applying -> install.failed [failed timeout] install fails for good
        install.check-fails: install.checking -> install.failed [failed timeout] install: its check fails for good
        install.interrupted: install.applying -> todo [unknown cancelled] install is interrupted
        install.check-interrupted: install.checking -> todo [unknown cancelled] install is interrupted while it is checked
        install.drifts: done -> todo [drift of install] install has drifted
        install.apply-drifts: install.applying + install.calm -> install.applying + install.touched [drift of install] install: something drifts while it is applied
        install.check-drifts: install.checking + install.calm -> install.checking + install.touched [drift of install] install: something drifts while it is checked
        failure: tokens(install.failed) >= 1
    "#]],
    );
}

#[test]
fn drifts_are_counted_where_their_number_is_bounded() {
    check(
        &deployment("todo(1)\ninstall: todo -> done", &[("install", 1)]),
        Faults::Drifts(2),
        expect![[r#"
        todo + 2 faults.left + install.calm
        install: todo -> install.checking [action] start install
        install.same: install.checking + install.calm -> done + install.calm [same] install: its check finds nothing to do
        install.differs: install.checking -> install.applying [diff] install: its check finds a difference
        install.ok: install.applying + install.calm -> done + install.calm [ok] install succeeds
        install.check-again: install.checking + install.touched -> todo + install.calm [same] install: its check finds nothing to do, but something drifted meanwhile
        install.again: install.applying + install.touched -> todo + install.calm [ok] install succeeds, but something drifted meanwhile
        install.fails: install.applying -> install.failed [failed timeout] install fails for good
        install.check-fails: install.checking -> install.failed [failed timeout] install: its check fails for good
        install.interrupted: install.applying -> todo [unknown cancelled] install is interrupted
        install.check-interrupted: install.checking -> todo [unknown cancelled] install is interrupted while it is checked
        install.drifts: done + faults.left -> todo [drift of install] install has drifted
        install.apply-drifts: faults.left + install.applying + install.calm -> install.applying + install.touched [drift of install] install: something drifts while it is applied
        install.check-drifts: faults.left + install.checking + install.calm -> install.checking + install.touched [drift of install] install: something drifts while it is checked
        failure: tokens(install.failed) >= 1
    "#]],
    );
}

#[test]
fn an_action_that_does_not_stay_is_repaired_beside_the_authors_tokens() {
    let deployment = deployment("todo(1)\nput: todo -> there\nuse: there -> used", &[("put", 1)]);
    check(
        &deployment.goal("tokens(used) = 1"),
        Faults::Any,
        expect![[r#"
        todo + put.repair.calm
        put: todo -> put.checking [action] start put
        use: there -> used [control] use
        put.same: put.checking -> there + put.kept [same] put: its check finds nothing to do
        put.differs: put.checking -> put.applying [diff] put: its check finds a difference
        put.ok: put.applying -> there + put.kept [ok] put succeeds
        put.fails: put.applying -> put.failed [failed timeout] put fails for good
        put.check-fails: put.checking -> put.failed [failed timeout] put: its check fails for good
        put.interrupted: put.applying -> todo [unknown cancelled] put is interrupted
        put.check-interrupted: put.checking -> todo [unknown cancelled] put is interrupted while it is checked
        put.repair: put.dirty -> put.repair.checking [action] start the repair of put
        put.repair.same: put.repair.checking + put.repair.calm -> put.kept + put.repair.calm [same] the repair of put: its check finds nothing to do
        put.repair.differs: put.repair.checking -> put.repair.applying [diff] the repair of put: its check finds a difference
        put.repair.ok: put.repair.applying + put.repair.calm -> put.kept + put.repair.calm [ok] the repair of put succeeds
        put.repair.check-again: put.repair.checking + put.repair.touched -> put.dirty + put.repair.calm [same] the repair of put: its check finds nothing to do, but something drifted meanwhile
        put.repair.again: put.repair.applying + put.repair.touched -> put.dirty + put.repair.calm [ok] the repair of put succeeds, but something drifted meanwhile
        put.repair.fails: put.repair.applying -> put.repair.failed [failed timeout] the repair of put fails for good
        put.repair.check-fails: put.repair.checking -> put.repair.failed [failed timeout] the repair of put: its check fails for good
        put.repair.interrupted: put.repair.applying -> put.dirty [unknown cancelled] the repair of put is interrupted
        put.repair.check-interrupted: put.repair.checking -> put.dirty [unknown cancelled] the repair of put is interrupted while it is checked
        put.repair.drifts: put.kept -> put.dirty [drift of put.repair] put has drifted
        put.repair.apply-drifts: put.repair.applying + put.repair.calm -> put.repair.applying + put.repair.touched [drift of put.repair] the repair of put: something drifts while it is applied
        put.repair.check-drifts: put.repair.checking + put.repair.calm -> put.repair.checking + put.repair.touched [drift of put.repair] the repair of put: something drifts while it is checked
        goal: tokens(used) = 1 and tokens(put.dirty) + tokens(put.repair.checking) + tokens(put.repair.applying) + tokens(put.repair.failed) = 0
        failure: tokens(put.failed) >= 1 or tokens(put.repair.failed) >= 1
    "#]],
    );
}

#[test]
fn what_a_repaired_action_did_is_taken_back_by_its_undo() {
    let text = "todo(1) abort\nput: todo -> there\nuse: there -> used\nremove: used + abort -> gone";
    check(
        &deployment(text, &[("put", 1)]).undo("remove", "put"),
        Faults::Any,
        expect![[r#"
        todo + put.repair.calm
        put: todo -> put.checking [action] start put
        use: there -> used [control] use
        remove: abort + used + put.kept -> remove.checking [undo] start remove
        put.same: put.checking -> there + put.kept [same] put: its check finds nothing to do
        put.differs: put.checking -> put.applying [diff] put: its check finds a difference
        put.ok: put.applying -> there + put.kept [ok] put succeeds
        put.fails: put.applying -> put.failed [failed timeout] put fails for good
        put.check-fails: put.checking -> put.failed [failed timeout] put: its check fails for good
        put.interrupted: put.applying -> todo [unknown cancelled] put is interrupted
        put.check-interrupted: put.checking -> todo [unknown cancelled] put is interrupted while it is checked
        put.repair: put.dirty -> put.repair.checking [action] start the repair of put
        put.repair.same: put.repair.checking + put.repair.calm -> put.kept + put.repair.calm [same] the repair of put: its check finds nothing to do
        put.repair.differs: put.repair.checking -> put.repair.applying [diff] the repair of put: its check finds a difference
        put.repair.ok: put.repair.applying + put.repair.calm -> put.kept + put.repair.calm [ok] the repair of put succeeds
        put.repair.check-again: put.repair.checking + put.repair.touched -> put.dirty + put.repair.calm [same] the repair of put: its check finds nothing to do, but something drifted meanwhile
        put.repair.again: put.repair.applying + put.repair.touched -> put.dirty + put.repair.calm [ok] the repair of put succeeds, but something drifted meanwhile
        put.repair.fails: put.repair.applying -> put.repair.failed [failed timeout] the repair of put fails for good
        put.repair.check-fails: put.repair.checking -> put.repair.failed [failed timeout] the repair of put: its check fails for good
        put.repair.interrupted: put.repair.applying -> put.dirty [unknown cancelled] the repair of put is interrupted
        put.repair.check-interrupted: put.repair.checking -> put.dirty [unknown cancelled] the repair of put is interrupted while it is checked
        put.repair.drifts: put.kept -> put.dirty [drift of put.repair] put has drifted
        put.repair.apply-drifts: put.repair.applying + put.repair.calm -> put.repair.applying + put.repair.touched [drift of put.repair] the repair of put: something drifts while it is applied
        put.repair.check-drifts: put.repair.checking + put.repair.calm -> put.repair.checking + put.repair.touched [drift of put.repair] the repair of put: something drifts while it is checked
        remove.same: remove.checking -> gone [same] remove: its check finds nothing to do
        remove.differs: remove.checking -> remove.applying [diff] remove: its check finds a difference
        remove.ok: remove.applying -> gone [ok] remove succeeds
        remove.fails: remove.applying -> remove.failed [failed timeout] remove fails for good
        remove.check-fails: remove.checking -> remove.failed [failed timeout] remove: its check fails for good
        remove.interrupted: remove.applying -> abort + used + put.kept [unknown cancelled] remove is interrupted
        remove.check-interrupted: remove.checking -> abort + used + put.kept [unknown cancelled] remove is interrupted while it is checked
        failure: tokens(put.failed) >= 1 or tokens(put.repair.failed) >= 1 or tokens(remove.failed) >= 1
    "#]],
    );
}

#[test]
fn a_refresh_is_a_token_that_survives_failures() {
    let text =
        "plan(1)\nconfig: plan -> configured\nfresh(1)\nreload: fresh + configured -> running + configured";
    let deployment = deployment(text, &[("config", 2), ("reload", 1)]);
    let deployment = deployment.reads("reload", "configured").refreshes("config", "reload");
    check(
        &deployment.goal("tokens(running) = 1"),
        Faults::None,
        expect![[r#"
            plan + fresh + config.tells.reload.idle + config.free + config.unchanged + config.tries
            config: plan + config.free -> config.checking [action] start config
            reload: configured + fresh -> configured + reload.checking [action] start reload
            config.same: config.checking + config.unchanged -> configured + config.free + config.unchanged [same] config: its check finds nothing to do
            config.differs: config.checking + config.unchanged -> config.applying + config.changed [diff] config: its check finds a difference
            config.differs-again: config.checking + config.changed -> config.applying + config.changed [diff] config: its check still finds a difference
            config.tells.reload.marks: config.tells.reload.idle + config.tells.reload.told -> config.tells.reload.pending + config.told [control] config asks reload to refresh
            config.same-changed: config.checking + config.changed -> config.unchanged + config.tells.reload.told [same] config: its check finds nothing more to do
            config.ok: config.applying + config.changed -> config.unchanged + config.tells.reload.told [ok] config succeeds
            config.settles: config.told -> configured + config.free [control] config has told of its change
            config.fails: config.applying + config.tries -> config.free + config.waiting + config.spent [failed timeout] config fails, will be retried
            config.check-fails: config.checking + config.tries -> config.free + config.waiting + config.spent [failed timeout] config: its check fails, will be retried
            config.retries: config.free + config.waiting -> config.checking [retry] config is tried again
            config.gives-up: config.applying + config.spent -> config.failed + config.free + config.spent [failed timeout] config fails for good
            config.check-gives-up: config.checking + config.spent -> config.failed + config.free + config.spent [failed timeout] config: its check fails for good
            config.interrupted: config.applying -> plan + config.free [unknown cancelled] config is interrupted
            config.check-interrupted: config.checking -> plan + config.free [unknown cancelled] config is interrupted while it is checked
            reload.same: reload.checking -> running [same] reload: its check finds nothing to do
            reload.differs: reload.checking -> reload.applying [diff] reload: its check finds a difference
            reload.ok: reload.applying -> running [ok] reload succeeds
            reload.fails: reload.applying -> reload.failed [failed timeout] reload fails for good
            reload.check-fails: reload.checking -> reload.failed [failed timeout] reload: its check fails for good
            reload.interrupted: reload.applying -> fresh [unknown cancelled] reload is interrupted
            reload.check-interrupted: reload.checking -> fresh [unknown cancelled] reload is interrupted while it is checked
            config.tells.reload.refreshes: running + config.tells.reload.pending -> fresh + config.tells.reload.refreshing [refresh of reload] reload: the refresh that config asked for is due
            config.tells.reload.refreshed: running + config.tells.reload.refreshing -> running + config.tells.reload.idle [control] reload: the refresh that config asked for is done
            goal: tokens(running) = 1 and tokens(config.told) + tokens(config.tells.reload.told) = 0 and not fireable(config.tells.reload.refreshes) and tokens(config.tells.reload.refreshing) = 0
            failure: tokens(config.failed) >= 1 or tokens(reload.failed) >= 1
        "#]],
    );
}

#[test]
fn a_repair_tells_of_its_changes_too_and_may_be_refreshed_itself() {
    let text = "todo(1)\na: todo -> x\nb: x -> y\nc: y -> z";
    let deployment = deployment(text, &[("a", 1), ("b", 1)]).refreshes("a", "b");
    check(
        &deployment.goal("tokens(z) = 1"),
        Faults::Any,
        expect![[r#"
            todo + a.tells.b.idle + a.free + a.unchanged + a.repair.calm + a.repair.free + a.repair.unchanged + b.repair.calm
            a: todo + a.free -> a.checking [action] start a
            b: x -> b.checking [action] start b
            c: y -> z [control] c
            a.same: a.checking + a.unchanged -> x + a.kept + a.free + a.unchanged [same] a: its check finds nothing to do
            a.differs: a.checking + a.unchanged -> a.applying + a.changed [diff] a: its check finds a difference
            a.differs-again: a.checking + a.changed -> a.applying + a.changed [diff] a: its check still finds a difference
            a.tells.b.marks: a.tells.b.idle + a.tells.b.told -> a.tells.b.pending + a.told [control] a asks b to refresh
            a.same-changed: a.checking + a.changed -> a.unchanged + a.tells.b.told [same] a: its check finds nothing more to do
            a.ok: a.applying + a.changed -> a.unchanged + a.tells.b.told [ok] a succeeds
            a.settles: a.told -> x + a.kept + a.free [control] a has told of its change
            a.fails: a.applying -> a.failed + a.free [failed timeout] a fails for good
            a.check-fails: a.checking -> a.failed + a.free [failed timeout] a: its check fails for good
            a.interrupted: a.applying -> todo + a.free [unknown cancelled] a is interrupted
            a.check-interrupted: a.checking -> todo + a.free [unknown cancelled] a is interrupted while it is checked
            a.repair: a.dirty + a.repair.free -> a.repair.checking [action] start the repair of a
            a.repair.same: a.repair.checking + a.repair.calm + a.repair.unchanged -> a.kept + a.repair.calm + a.repair.free + a.repair.unchanged [same] the repair of a: its check finds nothing to do
            a.repair.differs: a.repair.checking + a.repair.unchanged -> a.repair.applying + a.repair.changed [diff] the repair of a: its check finds a difference
            a.repair.differs-again: a.repair.checking + a.repair.changed -> a.repair.applying + a.repair.changed [diff] the repair of a: its check still finds a difference
            a.repair.tells.b.marks: a.tells.b.idle + a.repair.tells.b.told -> a.tells.b.pending + a.repair.told [control] the repair of a asks b to refresh
            a.repair.tells.b.merges: a.tells.b.pending + a.repair.tells.b.told -> a.tells.b.pending + a.repair.told [control] the repair of a asks b to refresh, as is asked already
            a.repair.tells.b.remarks: a.tells.b.refreshing + a.repair.tells.b.told -> a.tells.b.pending + a.repair.told [control] the repair of a asks b to refresh once more
            a.repair.same-changed: a.repair.checking + a.repair.changed -> a.repair.unchanged + a.repair.tells.b.told [same] the repair of a: its check finds nothing more to do
            a.repair.ok: a.repair.applying + a.repair.changed -> a.repair.unchanged + a.repair.tells.b.told [ok] the repair of a succeeds
            a.repair.settles: a.repair.calm + a.repair.told -> a.kept + a.repair.calm + a.repair.free [control] the repair of a has told of its change
            a.repair.check-again: a.repair.checking + a.repair.touched + a.repair.unchanged -> a.dirty + a.repair.calm + a.repair.free + a.repair.unchanged [same] the repair of a: its check finds nothing to do, but something drifted meanwhile
            a.repair.again: a.repair.touched + a.repair.told -> a.dirty + a.repair.calm + a.repair.free [control] the repair of a has told of its change, but something drifted meanwhile
            a.repair.fails: a.repair.applying -> a.repair.failed + a.repair.free [failed timeout] the repair of a fails for good
            a.repair.check-fails: a.repair.checking -> a.repair.failed + a.repair.free [failed timeout] the repair of a: its check fails for good
            a.repair.interrupted: a.repair.applying -> a.dirty + a.repair.free [unknown cancelled] the repair of a is interrupted
            a.repair.check-interrupted: a.repair.checking -> a.dirty + a.repair.free [unknown cancelled] the repair of a is interrupted while it is checked
            a.repair.drifts: a.kept -> a.dirty [drift of a.repair] a has drifted
            a.repair.apply-drifts: a.repair.applying + a.repair.calm -> a.repair.applying + a.repair.touched [drift of a.repair] the repair of a: something drifts while it is applied
            a.repair.check-drifts: a.repair.checking + a.repair.calm -> a.repair.checking + a.repair.touched [drift of a.repair] the repair of a: something drifts while it is checked
            b.same: b.checking -> y + b.kept [same] b: its check finds nothing to do
            b.differs: b.checking -> b.applying [diff] b: its check finds a difference
            b.ok: b.applying -> y + b.kept [ok] b succeeds
            b.fails: b.applying -> b.failed [failed timeout] b fails for good
            b.check-fails: b.checking -> b.failed [failed timeout] b: its check fails for good
            b.interrupted: b.applying -> x [unknown cancelled] b is interrupted
            b.check-interrupted: b.checking -> x [unknown cancelled] b is interrupted while it is checked
            b.repair: b.dirty -> b.repair.checking [action] start the repair of b
            b.repair.same: b.repair.checking + b.repair.calm -> b.kept + b.repair.calm [same] the repair of b: its check finds nothing to do
            b.repair.differs: b.repair.checking -> b.repair.applying [diff] the repair of b: its check finds a difference
            b.repair.ok: b.repair.applying + b.repair.calm -> b.kept + b.repair.calm [ok] the repair of b succeeds
            b.repair.check-again: b.repair.checking + b.repair.touched -> b.dirty + b.repair.calm [same] the repair of b: its check finds nothing to do, but something drifted meanwhile
            b.repair.again: b.repair.applying + b.repair.touched -> b.dirty + b.repair.calm [ok] the repair of b succeeds, but something drifted meanwhile
            b.repair.fails: b.repair.applying -> b.repair.failed [failed timeout] the repair of b fails for good
            b.repair.check-fails: b.repair.checking -> b.repair.failed [failed timeout] the repair of b: its check fails for good
            b.repair.interrupted: b.repair.applying -> b.dirty [unknown cancelled] the repair of b is interrupted
            b.repair.check-interrupted: b.repair.checking -> b.dirty [unknown cancelled] the repair of b is interrupted while it is checked
            b.repair.drifts: b.kept -> b.dirty [drift of b.repair] b has drifted
            b.repair.apply-drifts: b.repair.applying + b.repair.calm -> b.repair.applying + b.repair.touched [drift of b.repair] the repair of b: something drifts while it is applied
            b.repair.check-drifts: b.repair.checking + b.repair.calm -> b.repair.checking + b.repair.touched [drift of b.repair] the repair of b: something drifts while it is checked
            a.tells.b.refreshes: b.kept + a.tells.b.pending -> b.dirty + a.tells.b.refreshing [refresh of b.repair] b: the refresh that a asked for is due
            a.tells.b.refreshed: b.kept + a.tells.b.refreshing -> b.kept + a.tells.b.idle [control] b: the refresh that a asked for is done
            goal: tokens(z) = 1 and tokens(a.told) + tokens(a.tells.b.told) = 0 and tokens(a.dirty) + tokens(a.repair.checking) + tokens(a.repair.applying) + tokens(a.repair.failed) + tokens(a.repair.told) + tokens(a.repair.tells.b.told) = 0 and tokens(b.dirty) + tokens(b.repair.checking) + tokens(b.repair.applying) + tokens(b.repair.failed) = 0 and not fireable(a.tells.b.refreshes) and tokens(a.tells.b.refreshing) = 0
            failure: tokens(a.failed) >= 1 or tokens(a.repair.failed) >= 1 or tokens(b.failed) >= 1 or tokens(b.repair.failed) >= 1
        "#]],
    );
}

#[test]
fn a_lock_is_held_during_each_attempt_and_given_back_before_the_pause() {
    let deployment = deployment("todo(1) lock(1)\ninstall: todo + lock -> 2 done + lock", &[("install", 2)]);
    check(
        &deployment,
        Faults::None,
        expect![[r#"
        todo + lock + install.tries
        install: todo + lock -> install.checking [action] start install
        install.same: install.checking -> lock + 2 done [same] install: its check finds nothing to do
        install.differs: install.checking -> install.applying [diff] install: its check finds a difference
        install.ok: install.applying -> lock + 2 done [ok] install succeeds
        install.fails: install.applying + install.tries -> lock + install.waiting + install.spent [failed timeout] install fails, will be retried
        install.check-fails: install.checking + install.tries -> lock + install.waiting + install.spent [failed timeout] install: its check fails, will be retried
        install.retries: lock + install.waiting -> install.checking [retry] install is tried again
        install.gives-up: install.applying + install.spent -> lock + install.failed + install.spent [failed timeout] install fails for good
        install.check-gives-up: install.checking + install.spent -> lock + install.failed + install.spent [failed timeout] install: its check fails for good
        install.interrupted: install.applying -> todo + lock [unknown cancelled] install is interrupted
        install.check-interrupted: install.checking -> todo + lock [unknown cancelled] install is interrupted while it is checked
        failure: tokens(install.failed) >= 1
    "#]],
    );
}

#[test]
fn a_read_is_looked_at_when_an_attempt_starts_and_not_held() {
    let deployment = deployment("todo(1) ready(1)\ninstall: todo + ready -> done + ready", &[("install", 2)]);
    check(
        &deployment.reads("install", "ready"),
        Faults::None,
        expect![[r#"
        todo + ready + install.tries
        install: todo + ready -> ready + install.checking [action] start install
        install.same: install.checking -> done [same] install: its check finds nothing to do
        install.differs: install.checking -> install.applying [diff] install: its check finds a difference
        install.ok: install.applying -> done [ok] install succeeds
        install.fails: install.applying + install.tries -> install.waiting + install.spent [failed timeout] install fails, will be retried
        install.check-fails: install.checking + install.tries -> install.waiting + install.spent [failed timeout] install: its check fails, will be retried
        install.retries: ready + install.waiting -> ready + install.checking [retry] install is tried again
        install.gives-up: install.applying + install.spent -> install.failed + install.spent [failed timeout] install fails for good
        install.check-gives-up: install.checking + install.spent -> install.failed + install.spent [failed timeout] install: its check fails for good
        install.interrupted: install.applying -> todo [unknown cancelled] install is interrupted
        install.check-interrupted: install.checking -> todo [unknown cancelled] install is interrupted while it is checked
        failure: tokens(install.failed) >= 1
    "#]],
    );
}

#[test]
fn names_that_the_author_uses_get_a_number() {
    let text = "todo(1) install.checking install.failed.2(1)\n\
                install: todo -> done\ninstall.ok: done ->\ninstall.failed: done ->";
    check(
        &deployment(text, &[("install", 1)]),
        Faults::None,
        expect![[r#"
        todo + install.failed.2
        install: todo -> install.checking.2 [action] start install
        install.ok: done ->  [control] install.ok
        install.failed: done ->  [control] install.failed
        install.same: install.checking.2 -> done [same] install: its check finds nothing to do
        install.differs: install.checking.2 -> install.applying [diff] install: its check finds a difference
        install.ok.2: install.applying -> done [ok] install succeeds
        install.fails: install.applying -> install.failed.3 [failed timeout] install fails for good
        install.check-fails: install.checking.2 -> install.failed.3 [failed timeout] install: its check fails for good
        install.interrupted: install.applying -> todo [unknown cancelled] install is interrupted
        install.check-interrupted: install.checking.2 -> todo [unknown cancelled] install is interrupted while it is checked
        failure: tokens(install.failed.3) >= 1
    "#]],
    );
}

#[test]
fn an_action_with_drawn_outcomes_stays_as_drawn() {
    let text = "todo(1)\ninstall: todo -> busy\nwell: busy -> done\nbadly: busy -> broken";
    let mut deployment = deployment(text, &[("install", 3)]);
    let of = TransitionId::new(0);
    for (index, result) in [(1, Outcome::Ok), (2, Outcome::Failed)] {
        deployment.roles[index] = Role::Outcome { of, results: BTreeSet::from([result]) };
    }
    let expansion = expand(&deployment, Faults::Any);
    assert_eq!(expansion.deployment, deployment);
    let started = TransitionOrigin::Part { of, round: Round::First, part: StepPart::Started };
    assert_eq!(expansion.origins.transition(of), started);
    assert_eq!(deployment.transitions_for(of, Outcome::Same), [TransitionId::new(1)]);
    assert_eq!(deployment.transitions_for(of, Outcome::Unknown), [TransitionId::new(2)]);
}

#[test]
fn an_undo_is_expanded_with_or_without_an_action_of_its_own() {
    let deployment =
        deployment("todo(1) abort\nput: todo -> done\nremove: done + abort -> gone", &[("put", 1)]);
    check(
        &deployment.undo("remove", "put"),
        Faults::None,
        expect![[r#"
        todo
        put: todo -> put.checking [action] start put
        remove: abort + done -> remove.checking [undo] start remove
        put.same: put.checking -> done [same] put: its check finds nothing to do
        put.differs: put.checking -> put.applying [diff] put: its check finds a difference
        put.ok: put.applying -> done [ok] put succeeds
        put.fails: put.applying -> put.failed [failed timeout] put fails for good
        put.check-fails: put.checking -> put.failed [failed timeout] put: its check fails for good
        put.interrupted: put.applying -> todo [unknown cancelled] put is interrupted
        put.check-interrupted: put.checking -> todo [unknown cancelled] put is interrupted while it is checked
        remove.same: remove.checking -> gone [same] remove: its check finds nothing to do
        remove.differs: remove.checking -> remove.applying [diff] remove: its check finds a difference
        remove.ok: remove.applying -> gone [ok] remove succeeds
        remove.fails: remove.applying -> remove.failed [failed timeout] remove fails for good
        remove.check-fails: remove.checking -> remove.failed [failed timeout] remove: its check fails for good
        remove.interrupted: remove.applying -> abort + done [unknown cancelled] remove is interrupted
        remove.check-interrupted: remove.checking -> abort + done [unknown cancelled] remove is interrupted while it is checked
        failure: tokens(put.failed) >= 1 or tokens(remove.failed) >= 1
    "#]],
    );
}

#[test]
fn the_declared_failure_is_kept_beside_the_failure_places() {
    let mut deployment = deployment("todo(1) lost\na: todo -> b\nb: b -> lost", &[("a", 1)]);
    deployment.failure = Formula::at_least(PlaceId::new(1), 1);
    let expanded = expand(&deployment, Faults::None).deployment;
    expect!["tokens(lost) >= 1 or tokens(a.failed) >= 1"]
        .assert_eq(&expanded.failure.display(&expanded.net).to_string());
}

#[test]
fn places_are_described_in_an_operators_words() {
    let text = "todo(1)\na: todo -> x\nb: x -> y\nc: y -> z";
    let deployment = deployment(text, &[("a", 2), ("b", 1)]).refreshes("a", "b");
    let expansion = expand(&deployment, Faults::Drifts(1));
    let net = &expansion.deployment.net;
    let line = |p: PlaceId| format!("{}: {}", net.place_name(p), expansion.origins.describe_place(net, p));
    let words: Vec<_> = net.places().map(line).collect();
    expect![[r#"
        todo: todo
        x: x
        y: y
        z: z
        a.dirty: a is due for repair
        a.kept: a is kept
        b.dirty: b is due for repair
        b.kept: b is kept
        a.tells.b.idle: a asks for no refresh of b
        a.tells.b.pending: a asks for a refresh of b
        a.tells.b.refreshing: a has b refreshed
        faults.left: another drift may come
        a.checking: a is checked
        a.applying: a is applied
        a.failed: a has failed for good
        a.free: a is not at work
        a.unchanged: a has nothing to tell
        a.changed: a has a change to tell of
        a.told: a has told of its change
        a.tells.b.told: a is about to tell b
        a.waiting: a waits for its next attempt
        a.tries: a has another attempt left
        a.spent: a has used up an attempt
        a.repair.checking: the repair of a is checked
        a.repair.applying: the repair of a is applied
        a.repair.failed: the repair of a has failed for good
        a.repair.free: the repair of a is not at work
        a.repair.unchanged: the repair of a has nothing to tell
        a.repair.changed: the repair of a has a change to tell of
        a.repair.told: the repair of a has told of its change
        a.repair.tells.b.told: the repair of a is about to tell b
        a.repair.waiting: the repair of a waits for its next attempt
        a.repair.tries: the repair of a has another attempt left
        a.repair.spent: the repair of a has used up an attempt
        b.checking: b is checked
        b.applying: b is applied
        b.failed: b has failed for good
        b.repair.checking: the repair of b is checked
        b.repair.applying: the repair of b is applied
        b.repair.failed: the repair of b has failed for good
        b.repair.calm: nothing drifts while the repair of b is at work
        b.repair.touched: something drifted while the repair of b was at work"#]]
    .assert_eq(&words.join("\n"));
}

#[test]
fn parts_carry_the_label_and_nested_units_are_dropped() {
    let mut builder = pn_net::NetBuilder::new("labelled");
    let todo = builder.place("p1", Some("to do"), 1).expect("a small net builds");
    let install = builder.transition("t1", Some("install the app")).expect("a small net builds");
    builder.input(todo, install, 1).expect("a small net builds");
    let unit = pn_net::Unit { id: "u1".to_owned(), places: vec![todo], subunits: Vec::new() };
    builder.nupn(pn_net::Nupn { units: vec![unit], root: 0, claims_safe: true });
    let mut deployment = Deployment::plain(builder.build().expect("a small net builds"));
    let expanded = expand(&deployment, Faults::None).deployment;
    assert_eq!(expanded, deployment, "a net without actions stays as it is");

    deployment.roles[0] = Role::Action(action(1));
    let net = expand(&deployment, Faults::Any).deployment.net;
    assert_eq!(net.nupn(), None);
    let labels: Vec<_> = net.places().map(|p| net.place_label(p)).collect();
    expect![[r#"
        to do
        install the app: dirty
        install the app: kept
        install the app: checking
        install the app: applying
        install the app: failed
        install the app: repair: checking
        install the app: repair: applying
        install the app: repair: failed
        install the app: repair: calm
        install the app: repair: touched"#]]
    .assert_eq(&labels.join("\n"));
}
