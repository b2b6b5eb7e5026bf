//! Live execution of deployment nets: step machine, journal, resources, recovery.
//!
//! [`machine::Machine`] decides, purely; [`start`] and [`resume`] give it a clock, a journal and
//! hands. What happened is in the [`Journal`] before it happens, so a run that is killed at any
//! instant goes on from there. The semantics are those of `docs/spec/execution.md`.

pub mod away;
pub mod course;
pub mod keeper;
pub mod machine;
pub mod params;
pub mod resource;
pub mod rollback;
pub mod session;
#[allow(dead_code, reason = "the runner, which uses it, does not yet")]
pub mod watch;

mod approve;
mod attempt;
mod config;
mod duration;
mod error;
mod event;
mod footprint;
mod journal;
mod keepsake;

mod lock;
mod plan;
mod probe;
mod report;
mod run_id;
mod runner;
mod secret;
mod survey;
mod template;
mod utc;
mod validate;
mod values;
mod why;

pub use approve::{Approver, Refused, approve};
pub use attempt::{Difference, Mode, Recovered};
pub use config::{Hosts, ResumeConfig, RunConfig, RunMode, Settings};
pub use error::ExecutorError;
pub use event::{Control, RunEvent, StopKind};
pub use journal::{
    Journal, LogEntry, LogKind, LogMark, OutputTail, RunState, RunSummary, Source, Status, StatusAttempt,
    runs,
};
pub use plan::{Doubt, Expected, FAILURES, Planned, dependency_order, plan};
pub use report::{Captured, Exit, Report};
pub use runner::{RunReport, freeze_in_words, refusal_in_words, resume, roll_back, start};
pub use survey::{Now, Sighting, SurveyConfig, survey};
pub use utc::iso_8601;
pub use validate::{Problem, ProblemKind, validate, with_defaults};
pub use values::NewValue;
pub use why::{Missing, Standing, Why, why};
