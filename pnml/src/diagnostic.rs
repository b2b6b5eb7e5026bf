//! What is wrong with a file: kind, place and advice.
//!
//! A [`Diagnostic`] says *what* (the `Display` of its [`Problem`]), *where* (its span in the
//! decoded text, see [`crate::Source`]) and *what to do* ([`Problem::advice`]). A file's
//! diagnostics are bounded: behind the first [`MAX_DIAGNOSTICS`] they are only counted.

use pn_logic::Span;

/// How many diagnostics of one file are kept.
pub const MAX_DIAGNOSTICS: usize = 100;

/// Whether the file can still be used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The file is read, with the stated reservation.
    Warning,
    /// There is no document.
    Error,
}

/// One finding in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Whether there is a document in spite of it.
    pub severity: Severity,
    /// What is wrong.
    pub problem: Problem,
    /// Where, in bytes of the decoded text.
    pub span: Span,
}

/// What is wrong with a file or a document.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// The file holds nothing.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than 4 GiB.
    #[error("the file is larger than 4 GiB")]
    TooLarge,
    /// The XML declaration names an encoding that nobody knows.
    #[error("the encoding `{0}` is unknown")]
    UnknownEncoding(String),
    /// The XML declaration and the bytes disagree, but the bytes can be read.
    #[error("the file declares the encoding `{0}` but is written in UTF-8")]
    OtherEncoding(String),
    /// These bytes mean nothing in the file's encoding.
    #[error("this is not text in {0}")]
    BadBytes(&'static str),
    /// XML forbids this character.
    #[error("the character U+{0:04X} may not stand in XML")]
    BadCharacter(u32),

    /// A comment, tag or the like that does not end.
    #[error("{0}")]
    Syntax(String),
    /// The end tag belongs to another element.
    #[error("`<{open}>` is closed by `</{found}>`")]
    MismatchedTag {
        /// The element that is open.
        open: String,
        /// The element whose end tag this is.
        found: String,
    },
    /// An end tag without a start tag.
    #[error("`</{0}>` closes nothing")]
    StrayEndTag(String),
    /// The file ends inside an element.
    #[error("the file ends inside `<{0}>`")]
    Truncated(String),
    /// Elements are nested too deeply.
    #[error("elements are nested more than {0} deep")]
    TooDeep(usize),
    /// Something follows the root element.
    #[error("there is content behind the end of the document")]
    TrailingContent,
    /// The attributes of this tag cannot be told apart.
    #[error("the attributes of `<{0}>` are malformed")]
    BadAttributes(String),
    /// An attribute stands twice in one tag.
    #[error("the attribute `{0}` stands twice in one tag")]
    RepeatedAttribute(String),
    /// A document type declaration with definitions of its own.
    #[error("the file declares a document type with definitions of its own")]
    DocumentType,
    /// An entity that XML does not define.
    #[error("the entity `&{0};` is not defined")]
    UndefinedEntity(String),

    /// The root element is another one, or there is text before it.
    #[error("the file starts with `{0}`: this is not PNML")]
    NotPnml(String),
    /// No net in the file.
    #[error("the file holds no net")]
    NoNet,
    /// A high-level net.
    #[error("this is a coloured net ({0}): coloured nets are not supported yet")]
    Coloured(String),
    /// A type of net that is not P/T.
    #[error("`{0}` is not the type of a place/transition net")]
    UnknownNetType(String),
    /// The type is an older or more general one.
    #[error("the net type is `{0}`; it is read as a place/transition net")]
    LooseNetType(String),
    /// An older way to write this, read leniently.
    #[error("{0}")]
    Legacy(&'static str),

    /// An attribute is missing.
    #[error("`<{element}>` has no attribute `{attribute}`")]
    MissingAttribute {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute that PNML does not know; it is not kept.
    #[error("the attribute `{attribute}` of `<{element}>` is not PNML's and is dropped")]
    UnknownAttribute {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
    },
    /// An element that PNML does not know; it is kept.
    #[error("the label `<{label}>` of `<{element}>` has no meaning here; it is kept as it is")]
    UnknownLabel {
        /// The element that holds it.
        element: String,
        /// The unknown element.
        label: String,
    },
    /// An element that cannot stand here; it is dropped.
    #[error("`<{found}>` has no meaning in `<{element}>` and is dropped")]
    DroppedElement {
        /// The element that holds it.
        element: String,
        /// The unknown element.
        found: String,
    },
    /// Text where only elements have a meaning.
    #[error("text in `<{0}>` has no meaning and is dropped")]
    StrayText(String),
    /// Something that may stand once stands twice.
    #[error("`<{element}>` has a second `<{found}>`")]
    Repeated {
        /// The element that holds both.
        element: String,
        /// The repeated element.
        found: String,
    },
    /// An element that changes the behaviour of the net in a way that is not supported.
    #[error("{0} changes how the net behaves; this is not supported")]
    UnsupportedMeaning(String),
    /// An arc of another type.
    #[error("the arc is of type `{0}`: only ordinary arcs are supported")]
    UnsupportedArc(String),

    /// The identifier is no XML name.
    #[error("the identifier `{0}` is not an XML name")]
    OddId(String),
    /// The identifier is taken.
    #[error("the identifier `{id}` is used twice")]
    RepeatedId {
        /// The identifier.
        id: String,
        /// Where it stands first.
        first: Span,
    },
    /// The identifier is taken, but nothing refers to this element: it gets another.
    #[error("the identifier `{id}` is taken; this `<{element}>` gets another one")]
    RenamedId {
        /// The identifier.
        id: String,
        /// The element that gets another one.
        element: String,
        /// Where the identifier stands first.
        first: Span,
    },
    /// No node has this identifier.
    #[error("there is no node `{id}`")]
    UnknownNode {
        /// The identifier.
        id: String,
        /// A node of nearly that name.
        similar: Option<String>,
    },
    /// A reference to a node of the other kind, a page or an arc.
    #[error("`{reference}` refers to `{id}`, which is not a {wanted}")]
    WrongReference {
        /// The reference node.
        reference: String,
        /// What it refers to.
        id: String,
        /// What it should refer to.
        wanted: &'static str,
    },
    /// References that lead back to themselves.
    #[error("the reference `{0}` leads back to itself")]
    ReferenceCycle(String),
    /// An arc between two places or two transitions.
    #[error("the arc leads from `{source_id}` to `{target_id}`: both are {kind}")]
    SameKind {
        /// Where it starts.
        source_id: String,
        /// Where it ends.
        target_id: String,
        /// `places` or `transitions`.
        kind: &'static str,
    },
    /// A marking or a weight that is no number.
    #[error("`{0}` is not a whole number")]
    NotANumber(String),
    /// A marking or a weight without a number.
    #[error("`<{0}>` holds no number and counts as if it were absent")]
    EmptyNumber(String),
    /// A negative marking or weight.
    #[error("`{0}` is negative")]
    Negative(String),
    /// More than 2⁶³ − 1.
    #[error("`{0}` is more than 2^63 - 1")]
    TooManyTokens(String),
    /// An arc of weight 0.
    #[error("an arc cannot weigh 0")]
    ZeroWeight,
    /// Parallel arcs that are too heavy together, or a net that is too large.
    #[error("{0}")]
    Build(#[from] pn_net::BuildError),

    /// A number or a word of the graphics that PNML does not know; it is dropped.
    #[error("`{value}` is no value for `{attribute}` and is dropped")]
    BadGraphics {
        /// The attribute.
        attribute: String,
        /// Its value.
        value: String,
    },
    /// A node's graphics without a position; they are dropped.
    #[error("the graphics have no position and are dropped")]
    NoPosition,
    /// The nested units contradict themselves or the net; they are ignored.
    #[error("the nested units are ignored: {0}")]
    BadUnits(String),

    /// Our own section in a version that this program does not know.
    #[error("the annotation has version `{0}`, this program reads version 1")]
    AnnotationVersion(String),
    /// Our own section where it means nothing.
    #[error("`<{0}>` cannot carry an annotation")]
    MisplacedAnnotation(String),
    /// An unknown element of our own section.
    #[error("`<{found}>` cannot stand in `<{element}>`")]
    UnknownAnnotation {
        /// The element that holds it.
        element: String,
        /// The unknown element.
        found: String,
        /// An element of nearly that name.
        similar: Option<&'static str>,
    },
    /// An unknown attribute in our own section.
    #[error("`<{element}>` has no attribute `{found}`")]
    UnknownAnnotationAttribute {
        /// The element.
        element: String,
        /// The unknown attribute.
        found: String,
        /// An attribute of nearly that name.
        similar: Option<&'static str>,
    },
    /// A transition with two kinds.
    #[error("the transition is of two kinds, `{0}` and `{1}`")]
    TwoKinds(&'static str, &'static str),
    /// An annotated transition without a kind.
    #[error("the annotation does not say of what kind the transition is")]
    NoKind,
    /// An element that belongs to actions only.
    #[error("`<{0}>` belongs to an action, this transition is none")]
    NotAnAction(String),
    /// A duration that cannot be read.
    #[error("`{0}` is not a duration")]
    BadDuration(String),
    /// A number of a retry that cannot be read.
    #[error("`{value}` is no value for `{attribute}`")]
    BadRetry {
        /// The attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
    },
    /// A number of a note that cannot be read.
    #[error("`{value}` is no value for `{attribute}`")]
    BadNote {
        /// The attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
    },

    /// A place and a transition share an identifier, which PNML cannot express.
    #[error("a place and a transition are both called `{0}`")]
    SharedId(String),
    /// An identifier that no XML attribute can hold.
    #[error("the identifier `{0}` cannot be written to a file")]
    UnwritableId(String),
}

impl Problem {
    /// What to do about it, where there is more to say than to undo it.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Empty => "give a PNML file; `<pnml>` is its root element",
            Self::UnknownEncoding(_) | Self::BadBytes(_) => {
                "save the file as UTF-8, or name its encoding in `<?xml version=\"1.0\" encoding=\"…\"?>`"
            }
            Self::OtherEncoding(_) => "correct the declaration",
            Self::BadCharacter(_) => "remove it; perhaps the file is not XML or is damaged",
            Self::Truncated(_) | Self::Syntax(_) => "perhaps the file was not written to its end",
            Self::DocumentType => "remove `<!DOCTYPE …>`: PNML needs none",
            Self::UndefinedEntity(_) => "write the character itself; XML defines lt, gt, amp, quot, apos",
            Self::NotPnml(root) => match root.as_str() {
                "<project>" => "export the net as PNML from GreatSPN's editor",
                _ => "a PNML file starts with `<pnml>`",
            },
            Self::Coloured(_) => "unfold the net with another tool and read the result",
            Self::UnknownNetType(_) | Self::LooseNetType(_) => {
                "a P/T net has type=\"http://www.pnml.org/version-2009/grammar/ptnet\""
            }
            Self::Legacy(_) => "writing the file again brings it up to date",
            Self::MissingAttribute { attribute: "id", .. } => "give the element an identifier of its own",
            Self::UnsupportedArc(_) => {
                "express it by ordinary arcs (an inhibitor arc of a bounded place: by a complementary place)"
            }
            Self::OddId(_) => {
                "other tools may refuse it: a letter or `_` comes first, then letters, digits, `.`, `-`, `_`"
            }
            Self::RepeatedId { .. } => "rename one of them and the arcs that mean it",
            Self::SameKind { .. } => "an arc joins a place and a transition",
            Self::ZeroWeight => "remove the arc, or give it a weight of at least 1",
            Self::NoPosition => "give `<position x=\"…\" y=\"…\"/>`",
            Self::MisplacedAnnotation(_) => {
                "annotations belong to transitions and to the net, notes to pages, `<pinned/>` to nodes"
            }
            Self::NoKind => {
                "name one of control, action, outcome, event, timer, approval, undo of=\"…\", retry of=\"…\", drift of=\"…\", refresh of=\"…\""
            }
            Self::BadDuration(_) => "write a number and a unit, such as 500ms, 60s, 5m, 2h, 1m30s",
            Self::BadRetry { .. } => "as in `<retry max=\"5\" first=\"1s\" factor=\"2\" cap=\"100s\"/>`",
            Self::BadNote { .. } => "as in `<note x=\"40\" y=\"-12.5\" width=\"140\" height=\"60\">`",
            Self::UnknownAnnotation { similar: Some(similar), .. }
            | Self::UnknownAnnotationAttribute { similar: Some(similar), .. } => {
                return Some(format!("did you mean `{similar}`?"));
            }
            Self::UnknownNode { similar: Some(similar), .. } => {
                return Some(format!("did you mean `{similar}`?"));
            }
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

/// Collects diagnostics up to the limit and counts the rest.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    list: Vec<Diagnostic>,
    dropped: usize,
    errors: usize,
}

impl Diagnostics {
    pub(crate) fn error(&mut self, problem: Problem, span: Span) {
        self.push(Diagnostic { severity: Severity::Error, problem, span });
    }

    pub(crate) fn warning(&mut self, problem: Problem, span: Span) {
        self.push(Diagnostic { severity: Severity::Warning, problem, span });
    }

    pub(crate) fn error_once(&mut self, problem: Problem, span: Span) {
        if !self.list.iter().any(|kept| kept.problem == problem) {
            self.error(problem, span);
        }
    }

    pub(crate) fn warning_once(&mut self, problem: Problem, span: Span) {
        if !self.list.iter().any(|kept| kept.problem == problem) {
            self.warning(problem, span);
        }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        if self.list.len() < MAX_DIAGNOSTICS {
            self.list.push(diagnostic);
            return;
        }
        self.dropped += 1;
        // An error must not hide behind a hundred warnings.
        if diagnostic.severity == Severity::Error
            && let Some(last) = self.list.iter_mut().rfind(|kept| kept.severity == Severity::Warning)
        {
            *last = diagnostic;
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The diagnostics in file order, and how many more there were.
    pub(crate) fn finish(mut self) -> (Vec<Diagnostic>, usize) {
        self.list.sort_by_key(|diagnostic| diagnostic.span.start);
        (self.list, self.dropped)
    }
}
