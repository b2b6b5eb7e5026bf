//! The state equation as a linear program: m = m₀ + C·x, with m ≥ 0, x ≥ 0 and marked traps.
//!
//! Every reachable marking with the Parikh vector of a run to it is a solution (Murata 1977), so
//! atoms that have no common solution hold together in no reachable marking. The columns are the
//! distinct effects of transitions; the rows are the places, with bounds that assumed atoms
//! tighten, one more for each sum over several places, and one for each trap that was added
//! (Esparza and Melzer 2000). A contradiction is handed out as a [`Lemma`], verified in exact
//! arithmetic.

use super::lp::{FREE, Lp, Outcome};
use super::rounding::proportional_integers;
use crate::Run;
use pn_logic::{AtMost, Lemma, Reason};
use pn_net::{Net, PlaceId, TransitionId, effect};
use pn_structure::{Effort, OneSafe, greatest_trap, one_safe};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::time::{Duration, Instant};

/// The program, the rows' meaning, and what is assumed.
pub(super) struct Relaxation<'n> {
    net: &'n Net,
    lp: Lp,
    /// How many distinct effects the transitions have.
    columns: usize,
    /// By transition: the column of its effect, if it has one.
    column_of: Vec<Option<usize>>,
    rows: Vec<Row>,
    /// The rows of sums over places, by their terms.
    row_of: FxHashMap<Vec<(PlaceId, i64)>, usize>,
    /// For each place its entries in the program: column and change.
    changes: Vec<Vec<(usize, i64)>>,
    traps: Vec<Vec<PlaceId>>,
    /// The rows that assumed atoms bound.
    bounded: Vec<usize>,
    /// Which places are one-safe, once somebody has asked.
    one_safe: OnceCell<OneSafe>,
}

/// What a row says: Σ c·m(p), less its initial value, lies between its bounds.
struct Row {
    terms: Vec<(PlaceId, i64)>,
    kind: Kind,
    /// The assumed atoms that bound it.
    below: Option<AtMost>,
    above: Option<AtMost>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One place, which never holds less than nothing.
    Place,
    /// A sum, bounded only by what is assumed.
    Sum,
    /// A marked trap, by its index.
    Trap(usize),
}

/// What the relaxation says of the atoms that are assumed.
pub(super) enum Said {
    /// A solution, which need not be reachable.
    Point(Point),
    /// They contradict each other.
    Contradiction(Lemma),
    /// Nothing, for this reason.
    Nothing(Reason),
}

/// A solution of the relaxation.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Tokens by place.
    pub(super) tokens: Vec<f64>,
    /// Firings by column.
    firings: Vec<f64>,
}

/// What is zero in the solver's figures.
pub(super) const ZERO: f64 = 1e-6;

/// How much work it is worth to know which places are one-safe.
const EFFORT: Effort = Effort(1 << 26);

/// The longest uninterrupted work of the solver.
const SLICE: Duration = Duration::from_millis(200);

impl<'n> Relaxation<'n> {
    /// The state equation of `net`. `None` if the solver cannot hold it.
    pub(super) fn new(net: &'n Net) -> Option<Self> {
        let mut columns = 0;
        let mut changes: Vec<Vec<(usize, i64)>> = vec![Vec::new(); net.place_count()];
        let mut column_of = vec![None; net.transition_count()];
        let mut seen: FxHashMap<Vec<(PlaceId, i64)>, usize> = FxHashMap::default();
        for transition in net.transitions() {
            let change: Option<Vec<(PlaceId, i64)>> =
                effect(net, transition).map(|(place, by)| Some((place, i64::try_from(by).ok()?))).collect();
            let change = change?;
            if change.is_empty() {
                continue;
            }
            let column = *seen.entry(change).or_insert_with_key(|change| {
                for (place, by) in change {
                    changes[place.index()].push((columns, *by));
                }
                columns += 1;
                columns - 1
            });
            column_of[transition.index()] = Some(column);
        }
        let lp = Lp::new(columns)?;
        let (rows, row_of) = (Vec::new(), FxHashMap::default());
        let mut relaxation = Self {
            net,
            lp,
            columns,
            column_of,
            rows,
            row_of,
            changes,
            traps: Vec::new(),
            bounded: Vec::new(),
            one_safe: OnceCell::new(),
        };
        for place in
            net.places().filter(|place| !relaxation.changes[place.index()].is_empty()).collect::<Vec<_>>()
        {
            relaxation.add_row(vec![(place, 1)], Kind::Place)?;
        }
        Some(relaxation)
    }

    /// The places that weightings show to be one-safe.
    pub(super) fn one_safe(&self) -> &OneSafe {
        self.one_safe.get_or_init(|| one_safe(self.net, EFFORT))
    }

    /// The traps that were added.
    pub(super) fn traps(&self) -> &[Vec<PlaceId>] {
        &self.traps
    }

    /// The initial value of a weighting, if it is not too large.
    pub(super) fn initially_weighs(&self, weights: &[(PlaceId, i128)]) -> Option<i128> {
        weights.iter().try_fold(0_i128, |sum, (place, weight)| {
            sum.checked_add(weight.checked_mul(i128::from(self.net.initial().tokens(*place)))?)
        })
    }

    /// The initial value of a sum.
    fn initially(&self, terms: &[(PlaceId, i64)]) -> i128 {
        terms.iter().map(|(p, c)| i128::from(*c) * i128::from(self.net.initial().tokens(*p))).sum()
    }

    /// The change of a sum by each column, ascending.
    fn combined(&self, terms: &[(PlaceId, i64)]) -> Vec<(usize, f64)> {
        let mut sums: FxHashMap<usize, i128> = FxHashMap::default();
        for (place, c) in terms {
            for (column, by) in &self.changes[place.index()] {
                *sums.entry(*column).or_default() += i128::from(*c) * i128::from(*by);
            }
        }
        let mut sums: Vec<(usize, f64)> =
            sums.into_iter().filter(|(_, by)| *by != 0).map(|(column, by)| (column, by as f64)).collect();
        sums.sort_unstable_by_key(|(column, _)| *column);
        sums
    }

    fn add_row(&mut self, terms: Vec<(PlaceId, i64)>, kind: Kind) -> Option<usize> {
        let entries = self.combined(&terms);
        let (lower, upper) = self.own_bounds(&terms, kind);
        let number = self.lp.add_row(lower, upper, &entries)?;
        if !matches!(kind, Kind::Trap(_)) {
            self.row_of.insert(terms.clone(), number);
        }
        self.rows.push(Row { terms, kind, below: None, above: None });
        debug_assert_eq!(self.rows.len(), number + 1);
        Some(number)
    }

    /// What bounds a row without assumptions.
    fn own_bounds(&self, terms: &[(PlaceId, i64)], kind: Kind) -> (f64, f64) {
        let initially = self.initially(terms) as f64;
        match kind {
            Kind::Place => (-initially, FREE),
            Kind::Sum => (-FREE, FREE),
            Kind::Trap(_) => (1.0 - initially, FREE),
        }
    }

    /// Assumes these atoms in place of all before. A contradiction that shows at once is returned.
    pub(super) fn assume<'a>(&mut self, atoms: impl Iterator<Item = &'a AtMost>) -> Result<(), Said> {
        for row in std::mem::take(&mut self.bounded) {
            let (lower, upper) = self.own_bounds(&self.rows[row].terms, self.rows[row].kind);
            (self.rows[row].below, self.rows[row].above) = (None, None);
            self.lp.bound_row(row, lower, upper);
        }
        for atom in atoms {
            let (terms, is_upper) = oriented(atom);
            if terms.iter().all(|(place, _)| self.changes[place.index()].is_empty())
                || self.combined(&terms).is_empty()
            {
                // A sum that no firing changes: true or false once and for all.
                if self.initially(atom.terms()) > atom.bound() {
                    return Err(self.said([(atom.clone(), 1)].into(), Vec::new(), by_place(atom)));
                }
                continue;
            }
            let known = self.row_of.get(&terms).copied();
            let Some(row) = known.or_else(|| self.add_row(terms, Kind::Sum)) else {
                return Err(Said::Nothing(Reason::Memory));
            };
            let slot = if is_upper { &mut self.rows[row].above } else { &mut self.rows[row].below };
            if slot.as_ref().is_none_or(|other| other.bound() > atom.bound()) {
                *slot = Some(atom.clone());
            }
            // At once, so that the next call undoes it whatever this one comes to.
            self.bounded.push(row);
        }
        self.bounded.sort_unstable();
        self.bounded.dedup();
        for row in self.bounded.clone() {
            let Row { terms, kind, below, above } = &self.rows[row];
            if let (Some(below), Some(above)) = (below, above)
                && -below.bound() > above.bound()
            {
                let both = vec![(below.clone(), 1), (above.clone(), 1)];
                return Err(self.said(both, Vec::new(), FxHashMap::default()));
            }
            let (mut lower, mut upper) = self.own_bounds(terms, *kind);
            let initially = self.initially(terms);
            if let Some(below) = below {
                lower = lower.max((-below.bound() - initially) as f64);
            }
            if let Some(above) = above {
                upper = upper.min((above.bound() - initially) as f64);
            }
            self.lp.bound_row(row, lower, upper.max(lower));
        }
        Ok(())
    }

    /// Solves under what is assumed, with the objective that was set last.
    pub(super) fn solve(&mut self, run: &mut Run<'_>) -> Said {
        loop {
            let slice = match run.deadline() {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(SLICE),
                None => SLICE,
            };
            match self.lp.solve(slice.as_secs_f64()) {
                Outcome::Optimal { columns, rows } => return Said::Point(self.point(columns, &rows)),
                Outcome::Infeasible { ray } => return self.contradiction(&ray),
                Outcome::Unbounded => return Said::Nothing(Reason::Unsupported),
                Outcome::GaveUp(reason) => return Said::Nothing(reason),
                Outcome::OutOfTime => {
                    if let Err(reason) = run.tick(crate::Progress::default()) {
                        return Said::Nothing(reason);
                    }
                }
            }
        }
    }

    /// Makes the solver look for a solution with the largest value of a sum.
    pub(super) fn maximise(&mut self, terms: &[(PlaceId, i64)]) {
        let mut costs = vec![0.0; self.columns];
        for (column, by) in self.combined(terms) {
            costs[column] = -by;
        }
        self.lp.minimise(&costs);
    }

    /// Makes the solver look for a solution with few firings, each column's at its price.
    pub(super) fn seek_cheap(&mut self, price: impl Fn(usize) -> f64) {
        self.lp.minimise(&(0..self.columns).map(price).collect::<Vec<f64>>());
    }

    /// How often transitions fire in a solution, by column, rounded up.
    pub(super) fn firings(&self, point: &Point) -> Vec<u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "nothing is below 0, and casts saturate"
        )]
        let rounded = |firings: &f64| (firings - ZERO).ceil().max(0.0) as u64;
        point.firings.iter().map(rounded).collect()
    }

    /// The column of a transition's effect: transitions of equal effects share it.
    pub(super) fn column(&self, transition: TransitionId) -> Option<usize> {
        self.column_of[transition.index()]
    }

    /// Makes the solver content with any solution.
    pub(super) fn seek_any(&mut self) {
        self.lp.minimise(&vec![0.0; self.columns]);
    }

    /// Adds a marked trap that is empty at `point`. Whether there is one.
    pub(super) fn cut(&mut self, point: &Point) -> bool {
        let is_empty = |place: PlaceId| point.tokens[place.index()] < ZERO;
        let is_marked = |trap: &[PlaceId]| trap.iter().any(|p| self.net.initial().tokens(*p) > 0);
        let mut trap = greatest_trap(self.net, is_empty);
        if !is_marked(&trap) {
            return false;
        }
        // Few places make a strong cut: drop each that a marked trap can do without.
        for place in trap.clone().into_iter().take(MOST_SHRINKS) {
            let mut inside = vec![false; self.net.place_count()];
            trap.iter().for_each(|p| inside[p.index()] = *p != place);
            let smaller = greatest_trap(self.net, |p| inside[p.index()]);
            if is_marked(&smaller) {
                trap = smaller;
            }
        }
        let terms = trap.iter().map(|place| (*place, 1)).collect();
        self.traps.push(trap);
        self.add_row(terms, Kind::Trap(self.traps.len() - 1)).is_some()
    }

    fn point(&self, firings: Vec<f64>, rows: &[f64]) -> Point {
        let mut tokens: Vec<f64> = self.net.initial().counts().iter().map(|n| *n as f64).collect();
        for (row, value) in self.rows.iter().zip(rows) {
            if let (Kind::Place, [(place, _)]) = (row.kind, &row.terms[..]) {
                tokens[place.index()] += value;
            }
        }
        Point { tokens, firings }
    }

    /// The lemma of a ray, if it is one in exact arithmetic.
    fn contradiction(&self, ray: &[f64]) -> Said {
        let Some(integers) = proportional_integers(ray) else { return Said::Nothing(Reason::Unsupported) };
        let flipped: Vec<i128> = integers.iter().map(|n| -n).collect();
        let lemma = self.lemma(&integers).or_else(|| self.lemma(&flipped));
        lemma.map_or(Said::Nothing(Reason::Unsupported), Said::Contradiction)
    }

    /// The lemma of multipliers of rows: positive ones use what bounds a row from below.
    fn lemma(&self, multipliers: &[i128]) -> Option<Lemma> {
        let (mut atoms, mut traps) = (Vec::new(), Vec::new());
        let mut weights: FxHashMap<PlaceId, i128> = FxHashMap::default();
        for (row, z) in self.rows.iter().zip(multipliers).filter(|(_, z)| **z != 0) {
            let used = if *z > 0 { &row.below } else { &row.above };
            match (used, row.kind) {
                (Some(atom), _) => atoms.push((atom.clone(), z.abs())),
                // The place is not negative: the weighting may fall below the sum of the atoms.
                (None, Kind::Place) if *z > 0 => {}
                (None, Kind::Trap(trap)) if *z > 0 => traps.push((trap, *z)),
                (None, _) => return None,
            }
            for (place, c) in &row.terms {
                *weights.entry(*place).or_default() -= z * i128::from(*c);
            }
        }
        match self.said(atoms, traps, weights) {
            Said::Contradiction(lemma) => Some(lemma),
            Said::Point(_) | Said::Nothing(_) => None,
        }
    }

    /// The lemma, verified.
    fn said(
        &self,
        atoms: Vec<(AtMost, i128)>,
        traps: Vec<(usize, i128)>,
        weights: FxHashMap<PlaceId, i128>,
    ) -> Said {
        let mut weights: Vec<(PlaceId, i128)> = weights.into_iter().filter(|(_, w)| *w != 0).collect();
        weights.sort_unstable_by_key(|(place, _)| *place);
        let lemma = Lemma { atoms, traps, weights };
        match self.stands(&lemma) {
            Some(true) => Said::Contradiction(lemma),
            Some(false) | None => Said::Nothing(Reason::Unsupported),
        }
    }

    /// Whether no firing decreases the weighting and it is initially above what the atoms allow.
    /// That it is at most the atoms less the traps holds by construction.
    fn stands(&self, lemma: &Lemma) -> Option<bool> {
        let mut gains = vec![0_i128; self.columns];
        let initially = self.initially_weighs(&lemma.weights)?;
        for (place, weight) in &lemma.weights {
            for (column, by) in &self.changes[place.index()] {
                let gain = &mut gains[*column];
                *gain = gain.checked_add(weight.checked_mul(i128::from(*by))?)?;
            }
        }
        let mut allowed = 0_i128;
        for (atom, multiplier) in &lemma.atoms {
            allowed = allowed.checked_add(multiplier.checked_mul(atom.bound())?)?;
        }
        for (_, multiplier) in &lemma.traps {
            allowed = allowed.checked_sub(*multiplier)?;
        }
        Some(gains.iter().all(|gain| *gain >= 0) && initially > allowed)
    }
}

/// How many places of a trap are tried to be dropped.
const MOST_SHRINKS: usize = 64;

/// The terms with a positive first coefficient, and whether the atom bounds them from above.
fn oriented(atom: &AtMost) -> (Vec<(PlaceId, i64)>, bool) {
    let is_upper = atom.terms().first().is_none_or(|(_, c)| *c > 0);
    let sign = if is_upper { 1 } else { -1 };
    (atom.terms().iter().map(|(place, c)| (*place, sign * c)).collect(), is_upper)
}

fn by_place(atom: &AtMost) -> FxHashMap<PlaceId, i128> {
    atom.terms().iter().map(|(place, c)| (*place, i128::from(*c))).collect()
}
