//! The properties of the Model Checking Contest, from its XML files.
//!
//! A file holds a `property-set`; each `property` has an `id` and a `formula`
//! (<https://mcc.lip6.fr/2025/rules.php>, "property language"). Read are the reachability examinations
//! (`EF φ`, `AG φ`, negations and monotone combinations of them, `AG EF φ`) and `UpperBounds`.
//! A property that says anything else, or speaks of a node that the net does not have, fails
//! alone; the others of its file are unharmed.
//!
//! The file is pulled through once, without recursion; the work is linear in its length, and
//! nesting is bounded by [`MAX_NESTING`].

mod element;
mod reader;

pub use reader::read_properties;

use crate::{Property, Span};

/// How deep the operators of one formula may nest. The contest's own nest 17 deep.
pub const MAX_NESTING: usize = 256;

/// One property of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContestProperty {
    /// The identifier, exactly as in the file; empty when there is none.
    pub id: String,
    /// The property, or why it cannot be read.
    pub property: Result<Property, ContestError>,
}

/// Why a file, or one property of it, cannot be read. Spans are byte ranges of the file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContestError {
    /// The file is not XML, or ends early. Concerns the whole file.
    #[error("the file is not well-formed XML: {reason}")]
    Malformed {
        /// Where.
        span: Span,
        /// What the XML parser says.
        reason: String,
    },
    /// The root element is not `property-set`. Concerns the whole file.
    #[error("the root element is `{found}`, not `property-set`")]
    NotAPropertySet {
        /// Where the element starts.
        span: Span,
        /// Its name; empty when the file has no element at all.
        found: String,
    },
    /// The property has no identifier.
    #[error("a property has no `id`")]
    NoId {
        /// Where the property ends.
        span: Span,
    },
    /// The property has no formula, or more than one.
    #[error("a property has exactly one `formula`")]
    NotOneFormula {
        /// Where.
        span: Span,
    },
    /// The net has no such place.
    #[error("the net has no place `{name}`")]
    UnknownPlace {
        /// Where it is named.
        span: Span,
        /// Its identifier.
        name: String,
    },
    /// The net has no such transition.
    #[error("the net has no transition `{name}`")]
    UnknownTransition {
        /// Where it is named.
        span: Span,
        /// Its identifier.
        name: String,
    },
    /// An element, or a combination of path quantifiers, that is no reachability or bound.
    #[error("`{element}` says more here than reachability (EF, AG, AG EF) or a bound")]
    Unsupported {
        /// Where the element ends.
        span: Span,
        /// Its name.
        element: String,
    },
    /// An operator with operands that it cannot have.
    #[error("`{element}` has too few, too many or unsuitable operands")]
    BadOperands {
        /// Where the element ends.
        span: Span,
        /// Its name.
        element: String,
    },
    /// A constant that is no number of 64 bits, or coefficients that exceed 32 bits.
    #[error("`{text}` is not a number, or numbers add up to more than fits")]
    BadNumber {
        /// Where.
        span: Span,
        /// What is there.
        text: String,
    },
    /// Operators nest deeper than [`MAX_NESTING`].
    #[error("the formula nests deeper than {MAX_NESTING} operators")]
    TooDeep {
        /// Where the limit is exceeded.
        span: Span,
    },
}
