//! The text syntax of formulas and properties.
//!
//! ```text
//! always tokens(busy) <= 1 or not fireable(enter)
//! inevitably back to tokens(idle) >= 2 unless tokens(broken) >= 1
//! bound(busy + waiting)
//! ```
//!
//! The grammar is in `docs/spec/properties.md`; whatever [`Formula::display`] and
//! [`Property::display`] write is read back equal. Reading is one pass, linear in the text, with
//! nesting bounded by [`MAX_NESTING`]; it collects every error about names, numbers and operands
//! and stops at the first that breaks the syntax.

mod error;
mod expression;
mod lexer;
mod names;
mod operand;
mod property;
mod sum;

pub use error::{TextError, TextErrorKind};
pub(crate) use lexer::{is_in_name, starts_name};

use crate::{Formula, Property};
use pn_net::Net;

/// How deep parentheses, `not`, `-` and `->` may nest.
pub const MAX_NESTING: usize = 256;

/// The state formula that `text` says about `net`.
///
/// # Errors
///
/// Everything that is wrong with the text, in its order; never an empty list.
pub fn parse_formula(net: &Net, text: &str) -> Result<Formula, Vec<TextError>> {
    property::whole_formula(net, text)
}

/// The property that `text` says about `net`.
///
/// # Errors
///
/// Everything that is wrong with the text, in its order; never an empty list.
pub fn parse_property(net: &Net, text: &str) -> Result<Property, Vec<TextError>> {
    property::whole_property(net, text)
}
