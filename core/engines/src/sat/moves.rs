//! The transitions of a net as they change places that hold at most one token.
//!
//! Weightings show which places these are; the others are forgotten, and what a transition needs of
//! them counts as there, so the marking of the places that are left is one that the net allows, and
//! more are allowed. A firing needs its inputs marked, and its other outputs empty: with a token
//! there it would lead to a second one. What it touches is determined afterwards, the rest stays.
//! So the markings from which a transition leads into a cube are a cube again. A literal is that of
//! the SAT solver whose variables are the places.

use batsat::{Lit, Var};
use pn_net::{Net, PlaceId, TransitionId};
use pn_structure::OneSafe;

/// A net of one-safe places.
pub(super) struct Moves {
    /// What holds initially, by place.
    initially: Vec<bool>,
    is_known: Vec<bool>,
    /// By transition: what holds before a firing; `None` if it never fires.
    before: Vec<Option<Vec<Lit>>>,
    /// By transition: what holds after a firing of all that it needs or changes.
    after: Vec<Vec<Lit>>,
    /// By literal: the transitions that make it true.
    makers: Vec<Vec<TransitionId>>,
    exclusive: Vec<Exclusive>,
    /// Places that are empty in every reachable marking.
    empty: Vec<PlaceId>,
}

/// How many literals all clauses about sets that stay marked may have, for each place of the net: sets
/// of deeply nested units overlap a lot.
const LITERALS_A_PLACE: usize = 64;

/// Places that exclude each other.
pub(super) struct Exclusive {
    /// At most one of them is marked, as literals.
    pub(super) places: Vec<Lit>,
    /// Exactly one is.
    pub(super) is_kept: bool,
}

/// The place is marked.
pub(super) fn marked(place: PlaceId) -> Lit {
    let variable = u32::try_from(place.index()).expect("a net has fewer than 2^32 places");
    Lit::new(Var::unsafe_from_idx(variable), true)
}

/// The place that a literal is about.
pub(super) fn place_of(literal: Lit) -> PlaceId {
    PlaceId::new(literal.var().idx() as usize)
}

impl Moves {
    /// The moves of `net` among the places that are one-safe by these weightings.
    pub(super) fn new(net: &Net, one_safe: &OneSafe) -> Self {
        let is_known: Vec<bool> = net.places().map(|place| one_safe.by(place).is_some()).collect();
        let mut moves = Self {
            initially: net.places().map(|place| net.initial().tokens(place) > 0).collect(),
            is_known,
            before: Vec::with_capacity(net.transition_count()),
            after: Vec::with_capacity(net.transition_count()),
            makers: vec![Vec::new(); 2 * net.place_count()],
            exclusive: Vec::new(),
            empty: Vec::new(),
        };
        net.transitions().for_each(|transition| moves.add(net, transition));
        let mut room = LITERALS_A_PLACE * net.place_count();
        for weighting in one_safe.weightings() {
            let places: Vec<PlaceId> = weighting.at_most_one().collect();
            if weighting.initially() == 0 {
                moves.empty.extend(places);
                continue;
            }
            let is_kept = places.len() <= room && moves.is_kept_marked(net, &places);
            if is_kept {
                room -= places.len();
            }
            moves.exclusive.push(Exclusive { places: places.into_iter().map(marked).collect(), is_kept });
        }
        moves
    }

    fn add(&mut self, net: &Net, transition: TransitionId) {
        let is_known = |(place, _): &(PlaceId, u64)| self.is_known[place.index()];
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut fires = true;
        for (place, weight) in net.pre(transition).filter(is_known) {
            fires &= weight == 1;
            before.push(marked(place));
            if net.output_weight(transition, place) == 0 {
                after.push(!marked(place));
            }
        }
        for (place, weight) in net.post(transition).filter(is_known) {
            fires &= weight == 1;
            after.push(marked(place));
            if net.input_weight(place, transition) == 0 {
                before.push(!marked(place));
            }
        }
        if fires {
            let changed = after.iter().filter(|literal| !before.contains(literal));
            changed.for_each(|literal| self.makers[literal.idx() as usize].push(transition));
        }
        self.before.push(fires.then_some(before));
        self.after.push(after);
    }

    /// Whether these places are marked initially and every firing leaves one of them marked.
    fn is_kept_marked(&self, net: &Net, places: &[PlaceId]) -> bool {
        let is_inside = |place: &PlaceId| places.binary_search(place).is_ok();
        let keeps =
            |t: TransitionId| self.before[t.index()].is_none() || net.postset(t).iter().any(is_inside);
        places.iter().any(|place| self.initially[place.index()])
            && places.iter().all(|place| net.consumers(*place).all(|(t, _)| keeps(t)))
    }

    /// Number of places, known or not.
    pub(super) fn place_count(&self) -> usize {
        self.is_known.len()
    }

    pub(super) fn transition_count(&self) -> usize {
        self.after.len()
    }

    /// Whether the place is one of those that hold at most one token.
    pub(super) fn is_known(&self, place: PlaceId) -> bool {
        self.is_known[place.index()]
    }

    /// Whether the literal holds in the initial marking.
    pub(super) fn holds_initially(&self, literal: Lit) -> bool {
        self.initially[place_of(literal).index()] == literal.sign()
    }

    /// What holds before a firing of `transition`.
    pub(super) fn before(&self, transition: TransitionId) -> &[Lit] {
        self.before[transition.index()].as_deref().expect("only what fires makes a literal true")
    }

    /// What holds after a firing, of all that it needs or changes.
    pub(super) fn after(&self, transition: TransitionId) -> &[Lit] {
        &self.after[transition.index()]
    }

    /// The transitions that make `literal` true.
    pub(super) fn makers(&self, literal: Lit) -> &[TransitionId] {
        &self.makers[literal.idx() as usize]
    }

    /// Sets of places that exclude each other.
    pub(super) fn exclusive(&self) -> &[Exclusive] {
        &self.exclusive
    }

    /// Places that are never marked.
    pub(super) fn empty(&self) -> &[PlaceId] {
        &self.empty
    }

    /// Sets of literals of which at least one holds in every reachable marking; all together, every
    /// firing keeps them.
    pub(super) fn clauses(&self) -> impl Iterator<Item = Vec<Lit>> + '_ {
        let kept = self.exclusive.iter().filter(|set| set.is_kept).map(|set| set.places.clone());
        kept.chain(self.empty.iter().map(|place| vec![!marked(*place)]))
    }
}
