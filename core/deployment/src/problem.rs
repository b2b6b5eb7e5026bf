//! What can be wrong with annotations: which rule is broken, where, and what may have been meant.

use crate::Outcome;
use pn_logic::Span;
use pn_logic::text::TextError;

/// One broken rule of an annotation.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Problem {
    /// Which rule is broken.
    pub kind: ProblemKind,
    /// Where in the file; empty at 0 when the annotation was not read from a file.
    pub span: Span,
    /// The word that may have been meant.
    pub suggestion: Option<String>,
}

/// The rule that an annotation breaks.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ProblemKind {
    /// A formula cannot be read. The error's own span is relative to the formula's text.
    #[error("{0} cannot be read: {1}")]
    Formula(FormulaOf, TextError),
    /// A reference names no transition.
    #[error("`{attribute}` of `{transition}` names `{name}`, but the net has no such transition")]
    NoSuchTransition {
        /// The transition that carries the annotation.
        transition: String,
        /// The attribute, such as `of`.
        attribute: &'static str,
        /// What it says.
        name: String,
    },
    /// A reference names no place.
    #[error("`{element}` of `{transition}` names `{name}`, but the net has no such place")]
    NoSuchPlace {
        /// The transition that carries the annotation.
        transition: String,
        /// The element, such as `reads`.
        element: &'static str,
        /// What it names.
        name: String,
    },
    /// A place is read that the transition does not take from and give back to.
    #[error(
        "`{transition}` reads `{place}`, but takes {taken} of its tokens and gives {given} back; a read is a self-loop"
    )]
    NotALoop {
        /// The transition that carries the annotation.
        transition: String,
        /// The place.
        place: String,
        /// How many tokens the transition takes.
        taken: u64,
        /// How many it gives.
        given: u64,
    },
    /// The same is said twice of a transition.
    #[error("`<{element} ref=\"{name}\"/>` stands twice on `{transition}`")]
    SaidTwice {
        /// The transition that carries the annotation.
        transition: String,
        /// The element, such as `reads`.
        element: &'static str,
        /// What it names.
        name: String,
    },
    /// Something that belongs to shorthand stands on an action with drawn outcomes.
    #[error("`<{element}>` on `{transition}` has no effect: its outcomes are drawn, and so is what follows")]
    OnlyOnShorthand {
        /// `reads` or `refresh`.
        element: &'static str,
        /// The transition that carries it.
        transition: String,
    },
    /// An action is to be refreshed that cannot be applied once more.
    #[error("`{action}` refreshes `{told}`, which cannot be applied once more: {why}")]
    RefreshOfPassing {
        /// The action that tells.
        action: String,
        /// The action that is told.
        told: String,
        /// Why its tokens cannot be turned back.
        why: String,
    },
    /// Refreshes that go round in a circle never end.
    #[error("the refreshes go round in a circle: {}", .0.join(" → "))]
    RefreshCycle(Vec<String>),
    /// A reference names a transition of another kind than it must.
    #[error("`{attribute}` of `{transition}` names `{name}`, which is not {expected}")]
    WrongKind {
        /// The transition that carries the annotation.
        transition: String,
        /// The attribute, such as `of`.
        attribute: &'static str,
        /// What it says.
        name: String,
        /// What it must name, such as `an action`.
        expected: &'static str,
    },
    /// The undo that an action names reverses another action.
    #[error("`{action}` names `{undo}` as its undo, but `{undo}` reverses `{reverses}`")]
    UndoOfAnother {
        /// The action.
        action: String,
        /// The undo that it names.
        undo: String,
        /// The action that this one reverses.
        reverses: String,
    },
    /// A result is not one of the seven.
    #[error("`{0}` is not a result; results are ok, same, diff, failed, timeout, unknown, cancelled")]
    UnknownResult(String),
    /// An outcome transition is annotated without any result.
    #[error("outcome `{0}` has no result; `is` names at least one, such as `ok`")]
    NoResult(String),
    /// An action with drawn outcomes does not say what follows success or failure.
    #[error("`{action}` has outcome transitions, but none for `{}`", result.word())]
    ResultNotCovered {
        /// The action.
        action: String,
        /// The result that no transition claims.
        result: Outcome,
    },
    /// Two outcome transitions of an action claim the same result.
    #[error("`{first}` and `{second}` are both for `{}` of `{action}`", result.word())]
    ResultClaimedTwice {
        /// The action.
        action: String,
        /// The result.
        result: Outcome,
        /// The transition that claims it first.
        first: String,
        /// The other one.
        second: String,
    },
    /// Something that belongs to actions stands on another kind of transition.
    #[error("`<{element}>` on `{transition}` has no effect: it belongs to an action")]
    OnlyOnActions {
        /// `timeout`, `retry` or `undo`.
        element: &'static str,
        /// The transition that carries it.
        transition: String,
    },
    /// An action with drawn outcomes asks for repetition, which only the shorthand writes out.
    #[error("`<retry>` on `{0}` has no effect: with outcome transitions drawn, so are repetitions")]
    RetryOfDrawnOutcomes(String),
    /// A retry transition belongs to an action that says nothing of pauses.
    #[error("`{retry}` repeats `{action}`, but `{action}` has no `<retry>` that says after which pause")]
    NoPause {
        /// The retry transition.
        retry: String,
        /// Its action.
        action: String,
    },
    /// A retry transition is drawn for an action without drawn outcomes.
    #[error("`{retry}` repeats `{action}`, for which no outcome transitions are drawn")]
    RetryOfShorthand {
        /// The retry transition.
        retry: String,
        /// Its action.
        action: String,
    },
    /// Not a single attempt.
    #[error("`max` of `<retry>` counts all attempts and is at least 1")]
    NoAttempt,
    /// Pauses that shrink, or grow beyond all numbers.
    #[error("`factor` of `<retry>` is a number of at least 1, not {0}")]
    BadFactor(f64),
    /// The first pause is longer than the longest.
    #[error("`cap` of `<retry>` is shorter than `first`")]
    CapBelowFirst,
    /// A duration that must not be zero.
    #[error("{0} is longer than 0")]
    ZeroDuration(&'static str),
    /// A text that must say something.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A transition is annotated more than once.
    #[error("`{0}` has more than one annotation")]
    AnnotatedTwice(String),
    /// Two invariants share a name.
    #[error("there are two invariants called `{0}`")]
    DuplicateInvariant(String),
    /// Two parameters share a name.
    #[error("there are two parameters called `{0}`")]
    DuplicateParameter(String),
    /// A parameter's name cannot stand in a template.
    #[error("`{0}` cannot name a parameter: letters, digits and `_` can, and no digit comes first")]
    BadParameterName(String),
    /// A template refers to nothing.
    #[error("`{{{{ {0} }}}}` names neither a parameter nor a value of this net")]
    UnknownName(String),
    /// A template does not end.
    #[error("`{{{{` without `}}}}`")]
    OpenTemplate,
    /// The assumption about the world cannot be read.
    #[error("`{0}` is none of `none`, `any`, or a number as in `2 drifts`")]
    BadFaults(String),
}

/// Whose formula it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FormulaOf {
    /// `<goal>`.
    Goal,
    /// `<failure>`.
    Failure,
    /// `<invariant>` with this name.
    Invariant(String),
}

impl std::fmt::Display for FormulaOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Goal => f.write_str("the goal"),
            Self::Failure => f.write_str("the failure"),
            Self::Invariant(name) => write!(f, "invariant `{name}`"),
        }
    }
}
