//! What is found before anything runs.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod support;

use expect_test::{Expect, expect};
use pn_deployment::{Action, Deployment, Role};
use pn_executor::{Hosts, validate};
use std::collections::BTreeMap;
use std::sync::Arc;
use support::{draft, with};

fn problems(deployment: &Arc<Deployment>, set: &[(&str, &str)], hosts: &Hosts) -> String {
    let set: BTreeMap<String, String> = set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let line = |problem: pn_executor::Problem| match problem.transition {
        Some(transition) => format!("{}: {}\n", deployment.net.transition_name(transition), problem.what),
        None => format!("{}\n", problem.what),
    };
    validate(deployment, &set, hosts).into_iter().map(line).collect()
}

fn check(action: Action, expected: Expect) {
    let deployment = draft("a(1)\nx: a -> b").action("x", action).parameter("release", Some("1")).expanded();
    expected.assert_eq(&problems(&deployment, &[], &Hosts::default()));
}

#[test]
fn good_actions_have_no_problems() {
    check(with("exec", &[("cmd", "echo {{ release }}"), ("env.A", "secret:env:TOKEN")]), expect![""]);
    check(with("exec", &[("argv", "[\"ls\", \"-l\"]"), ("cwd", "/")]), expect![""]);
    check(with("file", &[("path", "/{{ release }}"), ("mode", "0644")]), expect![""]);
}

#[test]
fn unknown_kinds_and_parameters_are_named_with_a_suggestion() {
    check(
        Action::new("exce"),
        expect![[r#"
        x: there is no resource kind `exce`; did you mean `exec`?
    "#]],
    );
    check(
        Action::new("container"),
        expect![[r#"
            x: there is no resource kind `container`; there is exec, file, http, noop, package, plugin, service, ssh, timer, undo, value
        "#]],
    );
    check(
        with("file", &[("pth", "/x"), ("path", "/x")]),
        expect![[r#"
        x: there is no parameter `pth`; did you mean `path`?
    "#]],
    );
    check(
        with("file", &[]),
        expect![[r#"
        x: the parameter `path` is missing: where it is
    "#]],
    );
    check(
        with("exec", &[]),
        expect![[r#"
        x: the parameter `cmd` is missing: a command line for sh, or argv instead
    "#]],
    );
}

#[test]
fn values_that_cannot_be_used_are_named() {
    check(
        with("file", &[("path", "x"), ("mode", "rw"), ("state", "gone")]),
        expect![[r#"
        x: parameter `path`: `x` is not an absolute path
        x: parameter `mode`: `rw` is not a mode: octal digits up to 7777, such as 0644
        x: parameter `state`: `gone` is none of present, absent, directory, symlink
    "#]],
    );
    check(
        with("timer", &[("after", "soon")]),
        expect![[r#"
        x: parameter `after`: `soon` is not a time: a number with ms, s, m, h or d, such as 5s
    "#]],
    );
    check(
        with("exec", &[("cmd", "a"), ("cmd", "b")]),
        expect![[r#"
        x: the parameter `cmd` is given twice
    "#]],
    );
    check(
        with("exec", &[("cmd", "a"), ("argv", "b")]),
        expect![[r#"
        x: parameter `argv`: cmd and argv exclude each other
    "#]],
    );
    check(
        with("exec", &[("argv", "[1]")]),
        expect![[r#"
        x: parameter `argv`: it is not a JSON list of texts: invalid type: integer `1`, expected a string at line 1 column 2
    "#]],
    );
    check(
        with("file", &[("path", "/x"), ("state", "symlink")]),
        expect![[r#"
        x: the parameter `target` is missing: where the symbolic link points
    "#]],
    );
    check(
        with("value", &[("name", "release"), ("value", "x")]),
        expect![[r#"
        x: it puts a value named `release`, which is the name of a parameter
    "#]],
    );
}

#[test]
fn what_has_no_meaning_together_is_refused() {
    check(
        with("file", &[("path", "/x"), ("recursive", "true"), ("mode", "0644")]),
        expect![[r#"
            x: parameter `recursive`: it has a meaning with state directory only
        "#]],
    );
    check(
        with("file", &[("path", "/x"), ("recursive", "true"), ("state", "directory")]),
        expect![[r#"
            x: parameter `recursive`: it is about mode, owner and group; none is given
        "#]],
    );
    check(
        with("file", &[("path", "/x"), ("recursive", "true"), ("state", "directory"), ("source", "/y")]),
        expect![[r#"
            x: parameter `recursive`: a copied folder has its owner and group in all of it as it is, and the permissions of its source
        "#]],
    );
    check(
        with("service", &[("name", "x"), ("state", "stopped"), ("refresh", "reload")]),
        expect![[r#"
            x: parameter `refresh`: it has a meaning with state running only
        "#]],
    );
    check(
        with("service", &[("name", "x"), ("state", "running"), ("refresh", "try")]),
        expect![[r#"
            x: parameter `refresh`: `try` is none of restart, reload
        "#]],
    );
}

#[test]
fn templates_are_read_before_they_are_needed() {
    check(
        with("exec", &[("cmd", "echo {{ relaese }}")]),
        expect![[r#"
        x: parameter `cmd` uses `relaese`, which is neither a parameter of the net nor a value that an action puts; did you mean `release`?
    "#]],
    );
    check(
        with("exec", &[("cmd", "{% if %}")]),
        expect![[r#"
        x: parameter `cmd`: syntax error: unexpected end of block (in <string>:1)
    "#]],
    );
}

#[test]
fn secrets_are_refused_where_they_would_be_seen() {
    check(
        with("exec", &[("cmd", "secret:env:CMD")]),
        expect![[r#"
            x: the parameter `cmd` cannot be a secret, as it is shown and recorded; hand a secret over in `env.NAME` of exec, `content` of file, `header.NAME` or `body` of http, or `param.NAME` of plugin
        "#]],
    );
    check(
        with("exec", &[("cmd", "true"), ("env.A", "secret:A")]),
        expect![[r#"
        x: parameter `env.A`: `secret:A` is neither secret:env:NAME nor secret:file:/PATH
    "#]],
    );
}

#[test]
fn other_hosts_cannot_be_served_and_events_are_looked_at_like_actions() {
    let on_web1 = Action { host: Some("web1".into()), ..Action::new("noop") };
    let event = Role::Event { kind: "file".into(), host: None, params: Vec::new() };
    let deployment = draft("a(1)\nx: a -> b\ne: b -> c").action("x", on_web1).role("e", event).expanded();
    expect![[r#"
        x: it is for host `web1`, which is not this one; reach it over ssh (`--ssh`), or say that it is this one (`--local`)
        e: the parameter `path` is missing: where it is
    "#]]
    .assert_eq(&problems(&deployment, &[], &Hosts::default()));
    expect![[r#"
        e: the parameter `path` is missing: where it is
    "#]]
    .assert_eq(&problems(&deployment, &[], &Hosts::Local(["web1".to_owned()].into())));
    assert!(Hosts::default().is_local("localhost") && Hosts::AllLocal.is_local("web9"));
}

#[test]
fn parameters_of_the_net_must_be_set_and_known() {
    let deployment = draft("a(1)\nx: a -> b").parameter("release", None).expanded();
    expect![[r#"
        the net has no parameter `relase`; did you mean `release`?
        the parameter `release` has no value and no default; set it
    "#]]
    .assert_eq(&problems(&deployment, &[("relase", "1")], &Hosts::default()));
    expect![[r#"
        the parameter `release` refers to a secret; write the reference where the secret is used
    "#]]
    .assert_eq(&problems(&deployment, &[("release", "secret:env:R")], &Hosts::default()));
}
