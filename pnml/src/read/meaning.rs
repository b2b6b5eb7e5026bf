//! Content that other tools give a meaning which changes what the net does.
//!
//! A label that is merely unknown is kept and reported. One that makes the net another net
//! (colours, capacities, inhibitor arcs) must not be passed over: the answers would be wrong.

use super::cursor::{Element, shortened};
use crate::diagnostic::Problem;
use crate::document::Foreign;

/// How a net type is taken.
#[derive(Debug)]
pub(super) enum NetType {
    /// ISO 15909-2's P/T nets.
    Exact,
    /// An older or more general name.
    Loose,
    /// A high-level net.
    Coloured,
    /// Something else.
    Unknown,
}

/// Classifies the value of `type` of a net.
pub(super) fn net_type(uri: &str) -> NetType {
    const EXACT: [&str; 2] = [
        "http://www.pnml.org/version-2009/grammar/ptnet",
        "http://www.pnml.org/version-2009/grammar/ptnet.pntd",
    ];
    if EXACT.contains(&uri) {
        return NetType::Exact;
    }
    let lower = uri.to_ascii_lowercase();
    let last = lower.rsplit('/').next().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["symmetricnet", "highlevel", "hlpn", "hlnet", "colored", "coloured", "pt-hlpng"]) {
        NetType::Coloured
    } else if last.starts_with("ptnet")
        || ["p/t net", "p/t-net", "pt-net", "pt net", "place/transition net", "pnmlcoremodel"].contains(&last)
        || ["p/t net", "p/t-net", "place/transition net"].contains(&lower.as_str())
    {
        NetType::Loose
    } else {
        NetType::Unknown
    }
}

/// Why a label that PNML's P/T nets do not have cannot be passed over, if so.
pub(super) fn changes_behaviour(
    parent: &Element<'_>,
    label: &Element<'_>,
    kept: &Foreign,
) -> Option<Problem> {
    let coloured = || Some(Problem::Coloured(format!("`<{}>`", shortened(label.name))));
    let value = || inner_text(&kept.xml);
    match (parent.name, label.name) {
        ("place", "type" | "hlinitialMarking" | "valueTokens")
        | ("transition", "condition" | "guard")
        | ("arc", "hlinscription" | "binding")
        | ("net" | "page", "declaration") => coloured(),
        ("place", "capacity") if !matches!(value(), "" | "0") => {
            Some(Problem::UnsupportedMeaning(format!("the capacity `{}`", shortened(value()))))
        }
        ("transition", "priority") if !matches!(value(), "" | "0" | "1") => {
            Some(Problem::UnsupportedMeaning(format!("the priority `{}`", shortened(value()))))
        }
        ("arc", "type" | "arctype") => {
            let kind = attribute(&kept.xml, "value").unwrap_or_else(value);
            (!is_ordinary(kind)).then(|| Problem::UnsupportedArc(shortened(kind)))
        }
        ("net" | "page", "net" | "object") => {
            Some(Problem::UnsupportedMeaning(format!("`<{}>` inside a net", label.name)))
        }
        // Arcs of other tools' own: `inputArc`, `inhibitorArc`, `transportArc`.
        ("net" | "page", other) if ["source", "target"].iter().all(|end| has_attribute(label, end)) => {
            Some(Problem::UnsupportedArc(shortened(other)))
        }
        _ => None,
    }
}

/// Whether a type of arc means an ordinary one.
pub(super) fn is_ordinary(kind: &str) -> bool {
    matches!(kind.trim_ascii(), "" | "normal" | "ordinary" | "regular")
}

fn has_attribute(element: &Element<'_>, name: &str) -> bool {
    element.attributes().flatten().any(|attribute| attribute.name == name)
}

/// The first text in an element other than blanks.
fn inner_text(xml: &str) -> &str {
    let texts = xml.split('>').skip(1).filter_map(|part| part.split('<').next());
    texts.map(str::trim_ascii).find(|text| !text.is_empty()).unwrap_or_default()
}

/// An attribute of the element's own tag.
fn attribute<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let tag = xml.split('>').next()?;
    let (_, behind) = tag.split_once(&format!("{name}="))?;
    let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    behind[1..].split(quote).next()
}
