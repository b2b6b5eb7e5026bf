//! Giving a node another identifier: everything in the file that names it follows.
//!
//! Annotations name transitions and places; formulas name both, bare or in quotes.

use super::{Change, Edit, NetFace};
use crate::document::{Document, Names, is_xml_name};
use pn_deployment::annotation::{KindText, Located, TransitionAnnotation};
use pn_pnml::{NodeId, NodeKind};

/// Why a node cannot be called so.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RenameError {
    /// Something else has this identifier.
    #[error("`{0}` is taken.")]
    Taken(String),
    /// Other tools refuse it.
    #[error("An identifier starts with a letter or `_`; letters, digits, `.`, `-` and `_` follow.")]
    Odd,
}

/// Gives a node another identifier. O(size).
///
/// # Errors
///
/// When the identifier is taken or is none.
pub fn rename(document: &Document, id: NodeId, to: &str) -> Result<Edit, RenameError> {
    let old = document.node(id).id.to_string();
    if !is_xml_name(to) {
        return Err(RenameError::Odd);
    }
    if old != to && Names::of(document.pnml()).is_taken(to) {
        return Err(RenameError::Taken(to.to_owned()));
    }
    let mut changes = Vec::new();
    for (other, node) in document.nodes() {
        let mut changed = node.clone();
        if other == id {
            changed.id = to.into();
        }
        if let NodeKind::Transition { annotation: Some(annotation) } = &mut changed.kind {
            in_annotation(annotation, |name| (name == old).then(|| to.to_owned()));
        }
        if changed != *node {
            changes.push(Change::Node(other, Box::new(changed)));
        }
    }
    let mut annotation = document.pnml().annotation.clone();
    let formulas = annotation.goal.iter_mut().chain(&mut annotation.failure);
    for formula in formulas.chain(annotation.invariants.iter_mut().map(|invariant| &mut invariant.formula)) {
        formula.value = in_formula(&formula.value, &old, to);
    }
    if annotation != document.pnml().annotation {
        let name = document.pnml().name.clone();
        changes.push(Change::Net(Box::new(NetFace { name, annotation })));
    }
    Ok(Edit { label: format!("rename `{old}` to `{to}`"), changes, field: None })
}

/// Lets every name in an annotation follow.
pub(super) fn in_annotation(annotation: &mut TransitionAnnotation, new: impl Fn(&str) -> Option<String>) {
    let follow = |name: &mut Located<String>| {
        if let Some(new) = new(&name.value) {
            name.value = new;
        }
    };
    match &mut annotation.kind {
        KindText::Outcome { of, .. }
        | KindText::Retry { of }
        | KindText::Undo { of, .. }
        | KindText::Drift { of }
        | KindText::Refresh { of } => follow(of),
        KindText::Control
        | KindText::Action(_)
        | KindText::Event(_)
        | KindText::Timer { .. }
        | KindText::Approval { .. } => {}
    }
    annotation.undo.iter_mut().for_each(follow);
    annotation.reads.iter_mut().chain(&mut annotation.refreshes).for_each(follow);
}

/// Lets a name in a formula follow, where it stands as a whole word.
fn in_formula(formula: &str, old: &str, new: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut text = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(at) = rest.find(old) {
        let (before, behind) = (&rest[..at], &rest[at + old.len()..]);
        text.push_str(before);
        // What was pushed last tells whether a name goes on here.
        let is_whole = !text.ends_with(is_part) && !behind.starts_with(is_part);
        text.push_str(if is_whole { new } else { old });
        rest = behind;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_in_a_formula_follow() {
        let formula = "tokens(p1) + tokens(p10) + tokens(\"p1\") >= 1 and fireable(x.p1, p1)";
        let expected = "tokens(q) + tokens(p10) + tokens(\"q\") >= 1 and fireable(x.p1, q)";
        assert_eq!(in_formula(formula, "p1", "q"), expected);
        assert_eq!(in_formula("p1p1 p1", "p1", "q"), "p1p1 q");
    }
}
