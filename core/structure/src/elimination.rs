//! The kernels of the incidence matrix, by sparse elimination over the integers.
//!
//! Every node starts as a row: its line of the matrix and itself. As long as some row has an
//! effect, a column is chosen and one row with an entry there, the pivot, cancels that entry in all
//! others and is dropped. Rows without effect are flows; they are linearly independent, and as many
//! as the kernel has dimensions: each pivot lowers the rank of what remains by one. The column with
//! the fewest entries comes first and the shortest row of it is the pivot, which keeps rows short
//! (Markowitz, "The elimination form of the inverse", 1957). O(rank · entries of the columns), in
//! practice near to linear on sparse nets.

use crate::row::{Effort, Incomplete, Row, index, rows_of_places, rows_of_transitions};
use crate::{Flow, PlaceFlow, TransitionFlow};
use pn_net::{Net, PlaceId, TransitionId};
use std::collections::BTreeSet;

/// A basis of the place flows: |P| − rank(C) of them, with weights of both signs.
///
/// # Errors
///
/// Why there is no result.
pub fn place_flows(net: &Net, effort: Effort) -> Result<Vec<PlaceFlow>, Incomplete> {
    let kernel = kernel(rows_of_places(net)?, net.transition_count(), effort)?;
    Ok(flows(kernel, |node| PlaceId::new(node as usize)))
}

/// A basis of the transition flows: |T| − rank(C) of them, with weights of both signs.
///
/// # Errors
///
/// Why there is no result.
pub fn transition_flows(net: &Net, effort: Effort) -> Result<Vec<TransitionFlow>, Incomplete> {
    let kernel = kernel(rows_of_transitions(net)?, net.place_count(), effort)?;
    Ok(flows(kernel, |node| TransitionId::new(node as usize)))
}

/// The flows that rows without effect stand for.
pub(crate) fn flows<N: Ord>(rows: Vec<Row>, node: impl Fn(u32) -> N) -> Vec<Flow<N>> {
    let terms = |row: Row| row.nodes.into_iter().map(|(n, weight)| (node(n), weight)).collect();
    let mut flows: Vec<Flow<N>> = rows.into_iter().map(|row| Flow::new(terms(row))).collect();
    flows.sort();
    flows
}

fn kernel(rows: Vec<Row>, columns: usize, mut effort: Effort) -> Result<Vec<Row>, Incomplete> {
    let mut matrix = Matrix::new(rows, columns);
    while let Some((_, column)) = matrix.by_count.first().copied() {
        let inside = std::mem::take(&mut matrix.inside[column as usize]);
        let rows = inside.iter().map(|number| (matrix.rows[*number as usize].len(), *number));
        let (_, pivot) = rows.min().expect("columns without entries are not listed");
        matrix.inside[column as usize] = inside.clone();
        let pivot_row = matrix.take(pivot);
        for number in inside.into_iter().filter(|number| *number != pivot) {
            let row = matrix.take(number);
            effort.spend(row.len() + pivot_row.len())?;
            matrix.put(number, row.without(column, &pivot_row)?);
        }
    }
    Ok(matrix.rows.into_iter().filter(|row| !row.nodes.is_empty()).collect())
}

/// Rows, and for each column the rows with an entry in it.
struct Matrix {
    rows: Vec<Row>,
    inside: Vec<BTreeSet<u32>>,
    /// The columns that have entries, by their number.
    by_count: BTreeSet<(usize, u32)>,
}

impl Matrix {
    fn new(rows: Vec<Row>, columns: usize) -> Self {
        let empty = Row { effect: Vec::new(), nodes: Vec::new() };
        let mut matrix = Self {
            rows: vec![empty; rows.len()],
            inside: vec![BTreeSet::new(); columns],
            by_count: BTreeSet::new(),
        };
        rows.into_iter().enumerate().for_each(|(number, row)| matrix.put(index(number), row));
        matrix
    }

    fn put(&mut self, number: u32, row: Row) {
        for (column, _) in &row.effect {
            self.change(*column, |inside| inside.insert(number));
        }
        self.rows[number as usize] = row;
    }

    fn take(&mut self, number: u32) -> Row {
        let empty = Row { effect: Vec::new(), nodes: Vec::new() };
        let row = std::mem::replace(&mut self.rows[number as usize], empty);
        for (column, _) in &row.effect {
            self.change(*column, |inside| inside.remove(&number));
        }
        row
    }

    fn change(&mut self, column: u32, change: impl FnOnce(&mut BTreeSet<u32>) -> bool) {
        let inside = &mut self.inside[column as usize];
        self.by_count.remove(&(inside.len(), column));
        change(inside);
        if !inside.is_empty() {
            self.by_count.insert((inside.len(), column));
        }
    }
}
