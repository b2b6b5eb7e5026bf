//! Nested units: the section `<toolspecific tool="nupn" version="1.1">`.
//!
//! Its form is that of the NUPN manual (Garavel, 2019): `structure` names the root unit and holds
//! `unit`s, each with its `places` and `subunits`, identifiers separated by blanks. The section
//! stays in the document word for word; here it is turned into [`pn_net::Nupn`]. Units that
//! contradict themselves or the net are as good as none: they are only ever a hint.

use crate::diagnostic::Problem;
use crate::document::{Document, Foreign, NodeKind};
use crate::read::{Cursor, Stop};
use hashbrown::HashMap;
use pn_net::{Nupn, PlaceId, Unit};

/// The nested units of the document, if it has a section for them. O(section).
pub(crate) fn find(
    document: &Document,
    find_place: impl Fn(&str) -> Option<PlaceId>,
) -> Result<Option<Nupn>, Problem> {
    let Some(section) = section(document) else { return Ok(None) };
    let places = document.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Place { .. })).count();
    let draft = parse(&section.xml)?;
    draft.resolve(places, find_place).map(Some)
}

/// The section, on the net or on one of its pages.
pub(crate) fn section(document: &Document) -> Option<&Foreign> {
    let pages = document.pages.iter().flat_map(|page| &page.foreign);
    document.foreign.iter().chain(pages).find(|foreign| foreign.tool.as_deref() == Some("nupn"))
}

struct Draft {
    root: String,
    claims_safe: bool,
    units: Vec<DraftUnit>,
}

#[derive(Default)]
struct DraftUnit {
    id: String,
    places: String,
    subunits: String,
}

fn bad(reason: impl Into<String>) -> Problem {
    Problem::BadUnits(reason.into())
}

fn parse(xml: &str) -> Result<Draft, Problem> {
    let mut cursor = Cursor::new(xml);
    let draft = section_content(&mut cursor);
    let broken = cursor.diagnostics.has_errors();
    draft.ok().flatten().filter(|_| !broken).ok_or_else(|| bad("the section has no readable `<structure>`"))
}

fn section_content(cursor: &mut Cursor<'_>) -> Result<Option<Draft>, Stop> {
    if cursor.root()?.is_none() {
        return Ok(None);
    }
    let mut draft = None;
    while let Some(child) = cursor.child()? {
        if child.name != "structure" || draft.is_some() {
            cursor.skip(&child)?;
            continue;
        }
        let [root, safe] = cursor.attributes(&child, ["root", "safe"], |_, _| {});
        let mut read = Draft {
            root: root.map(|root| cursor.value(&root).trim().to_owned()).unwrap_or_default(),
            claims_safe: safe.is_some_and(|safe| safe.raw.trim() == "true"),
            units: Vec::new(),
        };
        while let Some(child) = cursor.child()? {
            if child.name != "unit" {
                cursor.skip(&child)?;
                continue;
            }
            let [id] = cursor.attributes(&child, ["id"], |_, _| {});
            let id = id.map(|id| cursor.value(&id).trim().to_owned()).unwrap_or_default();
            let mut unit = DraftUnit { id, ..DraftUnit::default() };
            while let Some(child) = cursor.child()? {
                match child.name {
                    "places" => unit.places = cursor.text(&child)?.0.into_owned(),
                    "subunits" => unit.subunits = cursor.text(&child)?.0.into_owned(),
                    _ => {
                        cursor.skip(&child)?;
                    }
                }
            }
            read.units.push(unit);
        }
        draft = Some(read);
    }
    Ok(draft)
}

impl Draft {
    fn resolve(self, places: usize, find_place: impl Fn(&str) -> Option<PlaceId>) -> Result<Nupn, Problem> {
        let mut index = HashMap::with_capacity(self.units.len());
        for (number, unit) in self.units.iter().enumerate() {
            if index.insert(unit.id.as_str(), number).is_some() {
                return Err(bad(format!("unit `{}` is declared twice", unit.id)));
            }
        }
        let root = *index
            .get(self.root.as_str())
            .ok_or_else(|| bad(format!("the root unit `{}` is not declared", self.root)))?;

        let mut has_parent = vec![false; self.units.len()];
        has_parent[root] = true;
        let mut has_unit = vec![false; places];
        let mut units = Vec::with_capacity(self.units.len());
        for unit in &self.units {
            let mut local = Vec::new();
            for id in unit.places.split_ascii_whitespace() {
                let place = find_place(id);
                let place =
                    place.ok_or_else(|| bad(format!("`{id}` of unit `{}` is not a place", unit.id)))?;
                if std::mem::replace(&mut has_unit[place.index()], true) {
                    return Err(bad(format!("place `{id}` is in two units")));
                }
                local.push(place);
            }
            let mut subunits = Vec::new();
            for id in unit.subunits.split_ascii_whitespace() {
                let subunit = index.get(id).copied();
                let subunit = subunit.ok_or_else(|| bad(format!("the sub-unit `{id}` is not declared")))?;
                if std::mem::replace(&mut has_parent[subunit], true) {
                    return Err(bad(format!(
                        "unit `{id}` lies in two units, or is the root and lies in one"
                    )));
                }
                subunits.push(subunit);
            }
            units.push(Unit { id: unit.id.clone(), places: local, subunits });
        }
        if has_unit.contains(&false) {
            return Err(bad("some places are in no unit"));
        }
        if reachable(&units, root) != units.len() {
            return Err(bad("some units do not lie below the root unit"));
        }
        Ok(Nupn { units, root, claims_safe: self.claims_safe })
    }
}

/// How many units lie at or below `root`. Each unit has at most one parent, so this ends.
fn reachable(units: &[Unit], root: usize) -> usize {
    let mut count = 0;
    let mut open = vec![root];
    while let Some(unit) = open.pop() {
        count += 1;
        open.extend(&units[unit].subunits);
    }
    count
}
