//! Where markings are drawn: in layers by their distance from the initial marking.
//!
//! Within a layer, markings are ordered by the mean position of their neighbours in the layer
//! before, then in the layer after, a few times: the barycentre heuristic of K. Sugiyama, S. Tagawa,
//! M. Toda, "Methods for Visual Understanding of Hierarchical System Structures", 1981. No edge of a
//! breadth-first graph skips a layer on its way down, so nothing has to be routed around. O(sweeps ·
//! edges · log).

/// A rectangle with its centre.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rectangle {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// About the mean width of a letter of a marking, and the distance of its lines.
const LETTER: f64 = 5.6;
const LINE: f64 = 12.0;
/// The most lines of a marking that are written out, and the most letters of a line.
const LINES: usize = 8;
const LETTERS: usize = 36;
const SWEEPS: usize = 8;
const GAP_ACROSS: f64 = 24.0;
const GAP_DOWN: f64 = 64.0;

/// The lines of a marking in the picture, of which these are the marked places in words.
#[must_use]
pub fn written(words: &[String]) -> Vec<String> {
    if words.is_empty() {
        return vec!["(no tokens)".to_owned()];
    }
    let mut lines: Vec<String> = words.iter().take(LINES).map(|line| shortened(line)).collect();
    if words.len() > LINES {
        lines.push(format!("… {} more", words.len() - LINES));
    }
    lines
}

/// A line of the picture, cut where it is too long.
#[must_use]
pub fn shortened(line: &str) -> String {
    match line.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The width and height of a marking that is written in these lines.
#[must_use]
pub fn room(lines: &[String]) -> (f64, f64) {
    let letters = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    (number(letters) * LETTER + 16.0, number(lines.len()) * LINE + 10.0)
}

/// Places rectangles of these sizes, whose layers are given, with these edges between them.
#[must_use]
pub fn placed(sizes: &[(f64, f64)], layers: &[usize], edges: &[(usize, usize)]) -> Vec<Rectangle> {
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let mut rows = vec![Vec::new(); count];
    layers.iter().enumerate().for_each(|(node, layer)| rows[*layer].push(node));
    let (above, below) = neighbours(layers, edges);
    let mut position = positions(&rows, layers.len());
    for sweep in 0..SWEEPS {
        let (order, neighbours): (Vec<usize>, _) = match sweep % 2 {
            0 => ((0..count).collect(), &above),
            _ => ((0..count).rev().collect(), &below),
        };
        for layer in order {
            rows[layer].sort_by(|a, b| {
                let (a, b) = (mean(*a, &neighbours[*a], &position), mean(*b, &neighbours[*b], &position));
                a.total_cmp(&b)
            });
            spread(&rows[layer], &mut position);
        }
    }
    coordinates(&rows, sizes)
}

/// For each node its neighbours in the layer before and in the layer after.
fn neighbours(layers: &[usize], edges: &[(usize, usize)]) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let (mut above, mut below) = (vec![Vec::new(); layers.len()], vec![Vec::new(); layers.len()]);
    for (from, to) in edges.iter().copied() {
        for (one, other) in [(from, to), (to, from)] {
            if layers[one] + 1 == layers[other] {
                below[one].push(other);
                above[other].push(one);
            }
        }
    }
    (above, below)
}

fn positions(rows: &[Vec<usize>], nodes: usize) -> Vec<f64> {
    let mut position = vec![0.0; nodes];
    rows.iter().for_each(|row| spread(row, &mut position));
    position
}

/// Positions between 0 and 1, whatever the length of the row.
fn spread(row: &[usize], position: &mut [f64]) {
    for (rank, node) in row.iter().enumerate() {
        position[*node] = (number(rank) + 0.5) / number(row.len());
    }
}

fn mean(node: usize, neighbours: &[usize], position: &[f64]) -> f64 {
    match neighbours.len() {
        0 => position[node],
        count => neighbours.iter().map(|other| position[*other]).sum::<f64>() / number(count),
    }
}

fn coordinates(rows: &[Vec<usize>], sizes: &[(f64, f64)]) -> Vec<Rectangle> {
    let width = |row: &Vec<usize>| row.iter().map(|node| sizes[*node].0 + GAP_ACROSS).sum::<f64>();
    let widest = rows.iter().map(width).fold(0.0, f64::max);
    let mut rectangles = vec![Rectangle::default(); sizes.len()];
    let mut top = 0.0;
    for row in rows {
        let height = row.iter().map(|node| sizes[*node].1).fold(0.0, f64::max);
        let mut left = (widest - width(row)) / 2.0;
        for node in row {
            let (width, own_height) = sizes[*node];
            left += GAP_ACROSS / 2.0;
            rectangles[*node] =
                Rectangle { x: left + width / 2.0, y: top + height / 2.0, width, height: own_height };
            left += width + GAP_ACROSS / 2.0;
        }
        top += height + GAP_DOWN;
    }
    rectangles
}

#[expect(clippy::cast_precision_loss, reason = "pictures have few nodes")]
const fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_and_layers_lie_below_each_other() {
        let sizes: Vec<(f64, f64)> = (0..40).map(|n| (30.0 + f64::from(n % 7) * 9.0, 20.0)).collect();
        let layers: Vec<usize> = (0..40).map(|n| usize::from(n > 0) * (1 + n % 5)).collect();
        let edges: Vec<(usize, usize)> = (0..40).map(|n| (n, (n * 7 + 1) % 40)).collect();
        let rectangles = placed(&sizes, &layers, &edges);
        for (a, first) in rectangles.iter().enumerate() {
            for (b, second) in rectangles.iter().enumerate().filter(|(b, _)| *b > a) {
                let across = (first.x - second.x).abs() - (first.width + second.width) / 2.0;
                let down = (first.y - second.y).abs() - (first.height + second.height) / 2.0;
                assert!(across > 0.0 || down > 0.0, "{first:?} {second:?}");
                if layers[a] != layers[b] {
                    assert_eq!(layers[a] < layers[b], first.y < second.y);
                }
            }
        }
    }

    #[test]
    fn crossings_are_undone() {
        // Two chains, given crosswise.
        let layers = [0, 1, 1, 2, 2];
        let edges = [(0, 1), (0, 2), (1, 4), (2, 3)];
        let placed = placed(&[(10.0, 10.0); 5], &layers, &edges);
        assert_eq!(placed[1].x < placed[2].x, placed[4].x < placed[3].x);
    }
}
