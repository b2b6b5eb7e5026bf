//! The decisions in the course of an attempt, apart from what is looked at and done: whether to
//! apply after a check, what a second check makes of a result, how an attempt that was in flight
//! is taken up. Rules R14 and R24 of `docs/spec/execution.md`. O(1).

use crate::attempt::{Mode, Recovered};
use crate::machine::Stage;
use crate::resource::Recovery;
use pn_deployment::Outcome;

/// What a check found, without its words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// The resource is as wanted.
    Same,
    /// It is not.
    Differs,
    /// Only doing it tells.
    CannotTell,
}

/// What keeps an attempt from going on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pressure {
    /// Nothing.
    None,
    /// It is to stop.
    Cancelled,
    /// Its time is over.
    Late,
}

/// What follows the check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// The attempt ends with this result.
    End(Outcome),
    /// The difference is told, and the attempt waits until it is recorded.
    Announce,
    /// The resource is brought about.
    Apply,
}

/// What an attempt left behind when its runner ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// Its result.
    Result,
    /// Its keeper or its command, which still runs.
    Alive,
    /// Nothing, and nobody will begin it.
    NeverStarted,
    /// Traces from which nothing follows.
    Unclear,
}

/// What to do once the resource has been checked.
#[must_use]
pub fn after_check(look: Look, mode: Mode, pressure: Pressure) -> Next {
    match (look, mode, pressure) {
        // Who applies has told of a difference: that it is gone is a success.
        (Look::Same, Mode::Staged(Stage::Applying) | Mode::Pretend(Some(Stage::Applying)), _) => {
            Next::End(Outcome::Ok)
        }
        (Look::Same, ..) => Next::End(Outcome::Same),
        (Look::Differs, Mode::CheckOnly, _) => Next::End(Outcome::Diff),
        (Look::CannotTell, Mode::CheckOnly, _) => Next::End(Outcome::Failed),
        (_, _, Pressure::Cancelled) => Next::End(Outcome::Cancelled),
        (_, _, Pressure::Late) => Next::End(Outcome::Timeout),
        (
            _,
            Mode::Staged(Stage::Checking)
            | Mode::Refresh(Stage::Checking)
            | Mode::Pretend(Some(Stage::Checking)),
            Pressure::None,
        ) => Next::Announce,
        // Nothing is done, and whatever waits for it goes on as if it had been.
        (_, Mode::Pretend(_), Pressure::None) => Next::End(Outcome::Ok),
        (_, Mode::Apply | Mode::Staged(Stage::Applying) | Mode::Refresh(Stage::Applying), Pressure::None) => {
            Next::Apply
        }
    }
}

/// Whether another look tells how an attempt went. A refresh leaves no trace that a check finds, so
/// one of which nobody knows is made once more.
#[must_use]
pub fn is_looked_at(result: Outcome, mode: Mode) -> bool {
    match result {
        Outcome::Ok => true,
        Outcome::Unknown => !matches!(mode, Mode::Refresh(_)),
        _ => false,
    }
}

/// What another look makes of a result: it confirms or refutes a success, and decides where
/// nobody knows. `None` where the look tells nothing.
#[must_use]
pub fn after_look(result: Outcome, look: Option<Look>) -> Outcome {
    match (result, look) {
        (Outcome::Ok, Some(Look::Differs)) => Outcome::Failed,
        (Outcome::Unknown, Some(Look::Same)) => Outcome::Ok,
        (result, _) => result,
    }
}

/// How an attempt is taken up; `recovery` is `None` when its parameters can no longer be filled
/// in.
#[must_use]
pub fn take_up(left: Left, recovery: Option<Recovery>, mode: Mode) -> Recovered {
    if matches!(mode, Mode::Staged(Stage::Checking) | Mode::Refresh(Stage::Checking) | Mode::Pretend(_)) {
        return Recovered::Unchanged;
    }
    match (left, recovery) {
        (Left::Result, _) => Recovered::Finished,
        (Left::Alive, _) => Recovered::Adopted,
        (_, Some(Recovery::Continue)) => Recovered::Continued,
        (_, Some(_)) if mode == Mode::CheckOnly => Recovered::Continued,
        (Left::NeverStarted, Some(Recovery::Kept)) => Recovered::NeverStarted,
        _ => Recovered::Rechecked,
    }
}
