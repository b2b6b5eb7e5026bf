//! Deployments for tests: a net in text, and roles by name.

#![allow(dead_code, unreachable_pub)]

pub mod script;

use pn_deployment::{Action, Deployment, Faults, Invariant, Outcome, Retry, Role, expand};
use pn_logic::Formula;
use pn_net::Net;
use std::sync::Arc;
use std::time::Duration;

pub struct Draft(Deployment);

pub fn draft(net: &str) -> Draft {
    Draft(Deployment::plain(pn_testkit::net(net)))
}

impl Draft {
    pub fn role(mut self, transition: &str, role: Role) -> Self {
        let id = self.0.net.find_transition(transition).unwrap();
        self.0.roles[id.index()] = role;
        self
    }

    pub fn action(self, transition: &str, action: Action) -> Self {
        self.role(transition, Role::Action(action))
    }

    /// Actions of kind `noop`.
    pub fn noops(self, transitions: &[&str]) -> Self {
        transitions.iter().fold(self, |draft, transition| draft.action(transition, Action::new("noop")))
    }

    pub fn outcome(self, transition: &str, of: &str, results: &[Outcome]) -> Self {
        let of = self.0.net.find_transition(of).unwrap();
        self.role(transition, Role::Outcome { of, results: results.iter().copied().collect() })
    }

    pub fn goal(mut self, place: &str, tokens: i64) -> Self {
        self.0.goal = Some(at_least(&self.0.net, place, tokens));
        self
    }

    /// At most so many tokens on the place.
    pub fn limit(mut self, name: &str, place: &str, tokens: i64) -> Self {
        let formula = at_least(&self.0.net, place, tokens + 1).negated();
        self.0.invariants.push(Invariant { name: name.into(), formula });
        self
    }

    pub fn parameter(mut self, name: &str, default: Option<&str>) -> Self {
        self.0.parameters.push((name.into(), default.map(str::to_owned)));
        self
    }

    pub fn drawn(self) -> Arc<Deployment> {
        Arc::new(self.0)
    }

    pub fn expanded(self) -> Arc<Deployment> {
        Arc::new(expand(&self.0, Faults::None).deployment)
    }
}

/// An action `x` from `a` to `b`, for so many tokens, in which check and apply are drawn apart.
pub fn staged(tokens: u64) -> Draft {
    draft(&format!(
        "a({tokens})\nx: a -> checking\nsame: checking -> b\ndiffers: checking -> applying\n\
         ok: applying -> b\nfails: applying -> bad\nlooks-bad: checking -> bad\n\
         back: checking -> a\nlost: applying -> a"
    ))
    .noops(&["x"])
    .outcome("same", "x", &[Outcome::Same])
    .outcome("differs", "x", &[Outcome::Diff])
    .outcome("ok", "x", &[Outcome::Ok])
    .outcome("fails", "x", &[Outcome::Failed])
    .outcome("looks-bad", "x", &[Outcome::Failed])
    .outcome("back", "x", &[Outcome::Unknown, Outcome::Cancelled])
    .outcome("lost", "x", &[Outcome::Unknown, Outcome::Cancelled])
}

pub fn at_least(net: &Net, place: &str, tokens: i64) -> Formula {
    Formula::at_least(net.find_place(place).unwrap(), tokens)
}

pub fn with(kind: &str, params: &[(&str, &str)]) -> Action {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Action { params, ..Action::new(kind) }
}

pub fn sh(cmd: &str) -> Action {
    with("exec", &[("cmd", cmd)])
}

pub fn retried(action: Action, attempts: u32, first: Duration) -> Action {
    Action { retry: Retry { attempts, first, factor: 2.0, cap: Duration::from_secs(100) }, ..action }
}
