//! Markings that the solver found, to be looked at before it is asked again.
//!
//! Most questions differ little from those before. A marking that was found once lies in its frame
//! until a cube around it is left out, and answers every question that it satisfies; looking costs
//! the literals of the question, finding a marking costs all places.

use super::frames::{EVER, Level};
use super::moves::place_of;
use batsat::Lit;
use std::collections::VecDeque;

/// How many markings are kept.
const KEPT: usize = 48;

/// The latest markings, the newest first.
#[derive(Default)]
pub(super) struct Models {
    models: VecDeque<Model>,
}

struct Model {
    /// Sixty-four places a word.
    marked: Vec<u64>,
    /// The first frame that has it.
    from: Level,
}

impl Model {
    fn holds(&self, literal: Lit) -> bool {
        let place = place_of(literal).index();
        (self.marked[place / 64] >> (place % 64) & 1 == 1) == literal.sign()
    }
}

impl Models {
    /// Keeps a marking of frame `from`.
    pub(super) fn keep(&mut self, from: Level, places: usize, is_marked: impl Fn(usize) -> bool) {
        self.models.truncate(KEPT - 1);
        let mut marked = vec![0; places.div_ceil(64)];
        for place in (0..places).filter(|place| is_marked(*place)) {
            marked[place / 64] |= 1 << (place % 64);
        }
        self.models.push_front(Model { marked, from });
    }

    /// Whether one of frame `level` satisfies all literals.
    pub(super) fn meet(&self, level: Level, literals: &[Lit]) -> bool {
        let meets = |model: &Model| literals.iter().all(|literal| model.holds(*literal));
        self.models.iter().any(|model| model.from <= level && meets(model))
    }

    /// The markings of `cube` are left out of all frames up to `level`.
    pub(super) fn exclude(&mut self, cube: &[Lit], level: Level) {
        self.models.retain_mut(|model| {
            let is_inside = cube.iter().all(|literal| model.holds(*literal));
            if is_inside && level != EVER {
                model.from = model.from.max(level + 1);
            }
            !is_inside || level != EVER
        });
    }

    /// All frames begin anew, with what is left out for ever.
    pub(super) fn begin(&mut self) {
        self.models.iter_mut().for_each(|model| model.from = 1);
    }
}
