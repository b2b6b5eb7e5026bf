//! Semiflows of minimal support, by Farkas' algorithm.
//!
//! Column by column, rows with a positive and rows with a negative effect are added up in pairs so
//! that the effect vanishes, and those that had an effect are dropped; of the rest those are kept
//! whose support contains no other's. What remains at the end are exactly the semiflows of minimal
//! support, with coprime weights (Farkas 1902; Colom and Silva, "Convex geometry and semiflows in
//! P/T nets", 1991). There can be exponentially many: the effort ends that.

use crate::elimination::flows;
use crate::row::{Effort, Incomplete, Row, Sparse, index, rows_of_places, rows_of_transitions};
use crate::{PlaceFlow, TransitionFlow};
use pn_net::{Net, PlaceId, TransitionId};

/// The place flows of minimal support without negative weights.
///
/// # Errors
///
/// Why there is no result.
pub fn place_semiflows(net: &Net, effort: Effort) -> Result<Vec<PlaceFlow>, Incomplete> {
    let rows = minimal(rows_of_places(net)?, net.transition_count(), effort)?;
    Ok(flows(rows, |node| PlaceId::new(node as usize)))
}

/// The transition flows of minimal support without negative weights.
///
/// # Errors
///
/// Why there is no result.
pub fn transition_semiflows(net: &Net, effort: Effort) -> Result<Vec<TransitionFlow>, Incomplete> {
    let rows = minimal(rows_of_transitions(net)?, net.place_count(), effort)?;
    Ok(flows(rows, |node| TransitionId::new(node as usize)))
}

fn minimal(mut rows: Vec<Row>, columns: usize, mut effort: Effort) -> Result<Vec<Row>, Incomplete> {
    while let Some(column) = cheapest(&rows, columns, &mut effort)? {
        let (with, mut kept): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.at(column) != 0);
        let (gain, loss): (Vec<Row>, Vec<Row>) = with.into_iter().partition(|row| row.at(column) > 0);
        let mut combined = Vec::new();
        for plus in &gain {
            for minus in &loss {
                effort.spend(plus.len() + minus.len())?;
                combined.push(plus.without(column, minus)?);
            }
        }
        combined.sort_by(|a, b| (a.nodes.len(), &a.nodes).cmp(&(b.nodes.len(), &b.nodes)));
        for row in combined {
            let mut is_minimal = true;
            for other in &kept {
                effort.spend(1 + other.nodes.len().min(row.nodes.len()) / 4)?;
                if contains(&row.nodes, &other.nodes) {
                    is_minimal = false;
                    break;
                }
            }
            if is_minimal {
                kept.push(row);
            }
        }
        rows = kept;
    }
    Ok(rows)
}

/// The column, of those with entries, whose elimination leaves the fewest rows.
fn cheapest(rows: &[Row], columns: usize, effort: &mut Effort) -> Result<Option<u32>, Incomplete> {
    let mut counts = vec![(0usize, 0usize); columns];
    for row in rows {
        effort.spend(row.effect.len())?;
        for (column, change) in &row.effect {
            let (plus, minus) = &mut counts[*column as usize];
            *if *change > 0 { plus } else { minus } += 1;
        }
    }
    let growth = |(plus, minus): (usize, usize)| (plus * minus) as i128 - (plus + minus) as i128;
    let used = counts.iter().enumerate().filter(|(_, count)| **count != (0, 0));
    Ok(used.min_by_key(|(column, count)| (growth(**count), *column)).map(|(column, _)| index(column)))
}

/// Whether `part`'s nodes are all among those of `whole`.
fn contains(whole: &Sparse, part: &Sparse) -> bool {
    let mut rest = whole.iter();
    part.len() <= whole.len() && part.iter().all(|(node, _)| rest.any(|(other, _)| other == node))
}
