//! A resource on another host, as an attempt here sees it.

use super::exchange::{Answer, Ask, Question};
use super::words::Trouble;
use super::{Away, link};
use crate::keeper::Found;
use crate::params::Params;
use crate::report::{Halt, Report};
use crate::resource::{Check, Context, Past, Recovery, Resource, Tracks};
use crate::watch::Watch;
use pn_deployment::Outcome;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a lost connection is made again, with a pause that doubles each time.
const AGAIN: u32 = 5;

/// How often it is looked at by who watches it, unless the action says otherwise.
const POLL: Duration = Duration::from_secs(10);

/// One resource over there.
#[derive(Debug)]
pub(crate) struct Remote {
    away: Away,
    kind: &'static str,
    params: Vec<(String, String)>,
    recovery: Recovery,
}

impl Remote {
    /// The resource itself, or the one over there for which it stands.
    pub(crate) fn where_it_is(
        resource: Box<dyn Resource>,
        kind: &'static str,
        params: Vec<(String, String)>,
        context: &Context,
    ) -> Box<dyn Resource> {
        match context.away.clone().filter(|_| Away::concerns(kind)) {
            Some(away) => Box::new(Self { away, kind, params, recovery: resource.recovery() }),
            None => resource,
        }
    }

    fn ask(&self, ask: Ask, context: &Context) -> Result<Answer, Trouble> {
        let question = Question::about(context, self.kind, self.params.clone(), ask);
        link::ask(&self.away, &question, context)
    }

    /// Asks something that changes nothing.
    fn look<T>(
        &self,
        ask: Ask,
        context: &Context,
        meant: impl FnOnce(Answer) -> Option<Result<T, Halt>>,
    ) -> Result<T, Halt> {
        let answer = self.ask(ask, context).map_err(|trouble| trouble.halt(&self.away.host))?;
        meant(answer).unwrap_or_else(|| Err(Halt::new(Outcome::Failed, self.beside_the_point())))
    }

    fn beside_the_point(&self) -> String {
        format!("{} gives an answer to another question", self.away.host)
    }

    /// Asks for something to be done. A command that lost us is looked for.
    fn act(&self, ask: Ask, context: &Context) -> Report {
        match self.ask(ask, context) {
            Ok(answer) => {
                answer.into_report().unwrap_or_else(|| Report::new(Outcome::Unknown, self.beside_the_point()))
            }
            Err(trouble @ Trouble::Lost(_)) if self.recovery == Recovery::Kept => {
                self.look_for(trouble.words(&self.away.host), context)
            }
            Err(trouble @ Trouble::Lost(_)) => Report::new(Outcome::Unknown, trouble.words(&self.away.host)),
            Err(trouble) => trouble.halt(&self.away.host).into(),
        }
    }

    fn look_for(&self, lost: String, context: &Context) -> Report {
        let mut pause = Duration::from_millis(500);
        for _ in 0..AGAIN {
            if context.is_cancelled() || context.is_late() {
                break;
            }
            std::thread::sleep(pause);
            pause *= 2;
            match self.away.find(context) {
                Ok(Found::Ended(report)) => return *report,
                Ok(Found::Alive(log)) => {
                    if let Some(report) = self.adopt(&log, context) {
                        return report;
                    }
                }
                Ok(Found::NeverStarted) => {
                    return Report::new(Outcome::Failed, format!("{lost}; it had not begun"));
                }
                Ok(Found::Lost) => break,
                Err(_) => {}
            }
        }
        Report::new(Outcome::Unknown, lost)
    }

    /// Waits for a command that still runs over there.
    fn adopt(&self, log: &Path, context: &Context) -> Option<Report> {
        self.ask(Ask::Adopt(log.to_owned()), context).ok()?.into_report()
    }
}

impl Resource for Remote {
    fn check(&self, context: &Context) -> Result<Check, Halt> {
        self.look(Ask::Check, context, Answer::into_check)
    }

    fn difference(&self, context: &Context) -> Option<String> {
        match self.ask(Ask::Difference, context) {
            Ok(Answer::Text(difference)) => Some(difference),
            _ => None,
        }
    }

    fn apply(&self, context: &Context) -> Report {
        self.act(Ask::Apply, context)
    }

    fn refresh(&self, context: &Context) -> Report {
        self.act(Ask::Refresh, context)
    }

    fn check_again(&self, context: &Context) -> Option<Result<Check, Halt>> {
        self.look(Ask::CheckAgain, context, |answer| match answer {
            Answer::Nothing => Some(Ok(None)),
            answer => Some(answer.into_check()?.map(Some)),
        })
        .transpose()
    }

    fn watch(&self, _: &Context) -> Watch {
        let said = Watch::interval(&Params(self.params.clone())).ok().flatten();
        Watch::every(said.unwrap_or(POLL))
    }

    fn recovery(&self) -> Recovery {
        self.recovery
    }

    fn before(&self, context: &Context) -> Result<Option<Value>, Halt> {
        self.look(Ask::Before, context, |answer| match answer {
            Answer::Nothing => Some(Ok(None)),
            Answer::Json(before) => Some(Ok(Some(before))),
            answer => answer.into_halt().map(Err),
        })
    }

    fn undone(&self, past: &Past, context: &Context) -> Result<Check, Halt> {
        self.look(Ask::Undone(past.into()), context, Answer::into_check)
    }

    fn tracks(&self, past: &Past, context: &Context) -> Result<Tracks, Halt> {
        self.look(Ask::Tracks(past.into()), context, Answer::into_tracks)
    }

    fn undo(&self, past: &Past, context: &Context) -> Report {
        self.act(Ask::Undo(past.into()), context)
    }

    fn renew(&self, past: &Past, context: &Context) -> Report {
        self.act(Ask::Renew(past.into()), context)
    }

    fn adopted(&self, log: PathBuf, context: &Context) -> Report {
        match self.adopt(&log, context) {
            Some(report) => report,
            None => self.look_for(format!("the connection to {} was lost", self.away.host), context),
        }
    }
}
