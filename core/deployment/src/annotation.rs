//! Annotations as the author wrote them: unresolved names, with byte spans.
//!
//! They mirror the elements of `<toolspecific tool="pn" version="1">` one to one, so that a file
//! with a broken formula or a dangling reference can still be opened, edited and saved.

use pn_logic::Span;
use std::time::Duration;

/// A value and where it stands in the file. Comparing ignores the position.
#[derive(Clone, Debug, Default)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Byte range in the file; empty at 0 when the value was not read from a file.
    pub span: Span,
}

impl<T> Located<T> {
    /// A value from `span` of the file.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

/// The annotations of the net as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NetAnnotation {
    /// `<goal>`: a state formula; the deployment is complete.
    pub goal: Option<Located<String>>,
    /// `<failure>`: a state formula; ending here is a failure that the author foresaw.
    pub failure: Option<Located<String>>,
    /// `<invariant name="…">`: state formulas, proved before the run and enforced during it.
    pub invariants: Vec<InvariantText>,
    /// `<parameter name="…" default="…"/>`.
    pub parameters: Vec<Parameter>,
    /// `<faults>`: what the proofs assume of the world: `none`, `k drifts` or `any`.
    pub faults: Option<Located<String>>,
}

impl NetAnnotation {
    /// Whether the net carries no annotation at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A named invariant as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvariantText {
    /// Its name.
    pub name: Located<String>,
    /// The state formula.
    pub formula: Located<String>,
}

/// A parameter of the deployment, set with `--set name=value`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name, as in `{{ name }}`.
    pub name: Located<String>,
    /// Its value unless set; a parameter without one must be set.
    pub default: Option<String>,
}

/// The annotation of one transition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransitionAnnotation {
    /// Who fires it, and what that does.
    pub kind: KindText,
    /// `<timeout>60s</timeout>`, for an action.
    pub timeout: Option<Located<Duration>>,
    /// `<retry …/>`, for an action.
    pub retry: Option<Located<RetryText>>,
    /// `<undo ref="…"/>`, for an action: the transition that reverses it.
    pub undo: Option<Located<String>>,
    /// `<reads ref="…"/>`, for an action or undo: the places that it reads and does not hold.
    pub reads: Vec<Located<String>>,
    /// `<refresh ref="…"/>`, for an action: what is applied once more when it has changed
    /// something.
    pub refreshes: Vec<Located<String>>,
}

impl TransitionAnnotation {
    /// A transition of this kind, with nothing else said.
    #[must_use]
    pub const fn new(kind: KindText) -> Self {
        Self { kind, timeout: None, retry: None, undo: None, reads: Vec::new(), refreshes: Vec::new() }
    }
}

/// The kind of a transition, as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KindText {
    /// `<control/>`: fired by us, at once, without effect.
    Control,
    /// `<action kind="…" host="…">`: starts a resource action.
    Action(ActionText),
    /// `<outcome of="T" is="ok same"/>`: a result of action T.
    Outcome {
        /// The action.
        of: Located<String>,
        /// The results, separated by spaces or `|`.
        is: Located<String>,
    },
    /// `<event kind="…">`: something changed outside.
    Event(ActionText),
    /// `<timer after="5s"/>`: the clock, once it has stayed enabled that long.
    Timer {
        /// How long.
        after: Located<Duration>,
    },
    /// `<retry of="T"/>`: the clock, after the pause that `<retry max="…"/>` on action T asks for;
    /// starts its next attempt. Expansion writes it; few authors will.
    Retry {
        /// The action.
        of: Located<String>,
    },
    /// `<approval by="group"/>`: a person.
    Approval {
        /// The user or group that may approve.
        by: Located<String>,
    },
    /// `<undo of="T">`, maybe with an `<action>` beside it: reverses what T did, on rollback.
    Undo {
        /// The action that is reversed.
        of: Located<String>,
        /// What to do; without it, the resource kind's own undo.
        action: Option<ActionText>,
    },
    /// `<drift of="T"/>`: the world; what T has done is no longer so. Expansion writes it.
    Drift {
        /// The action.
        of: Located<String>,
    },
    /// `<refresh of="R"/>`: fired by us, at once; R is applied once more. Expansion writes it.
    Refresh {
        /// The action.
        of: Located<String>,
    },
}

impl KindText {
    /// The element that says it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Action(_) => "action",
            Self::Outcome { .. } => "outcome",
            Self::Event(_) => "event",
            Self::Timer { .. } => "timer",
            Self::Retry { .. } => "retry",
            Self::Approval { .. } => "approval",
            Self::Undo { .. } => "undo",
            Self::Drift { .. } => "drift",
            Self::Refresh { .. } => "refresh",
        }
    }
}

/// A resource action, or the watch of an event, as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActionText {
    /// The resource kind, such as `exec`.
    pub kind: Located<String>,
    /// The host on which it runs, if named.
    pub host: Option<Located<String>>,
    /// `<param name="…">value</param>`, in file order.
    pub params: Vec<(Located<String>, Located<String>)>,
}

/// `<retry max="5" first="1s" factor="2" cap="100s"/>`; what is absent has the default.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RetryText {
    /// Attempts in all, the first included. Default 5.
    pub max: u32,
    /// Pause after the first failure. Default 1 s.
    pub first: Duration,
    /// Growth of the pause from failure to failure, at least 1. Default 2.
    pub factor: f64,
    /// The longest pause. Default 100 s.
    pub cap: Duration,
}

impl Eq for RetryText {}

impl Default for RetryText {
    fn default() -> Self {
        Self { max: 5, first: Duration::from_secs(1), factor: 2.0, cap: Duration::from_secs(100) }
    }
}
