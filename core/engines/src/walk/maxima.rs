//! The largest values that walks see: lower bounds, each with a run that attains it.
//!
//! Alone they prove no bound. Where an upper bound is known by other means and a walk attains it,
//! the two together are the answer.

use super::compact::Compact;
use super::hunt::{Hunt, Hunter, Met};
use super::shorten::Shortener;
use super::watch::Watch;
use crate::Run;
use crate::distance::{Goal, Sum};
use pn_logic::{Linear, Reason, value_in};
use pn_net::{Net, PlaceId, Trace};

/// A value that an expression takes, and a run to a marking in which it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attained {
    /// The value.
    pub value: i128,
    /// From the initial marking.
    pub run: Trace,
}

/// An expression, and the value that is known to be its largest possible one, if any is.
pub type Raised<'a> = (&'a Linear, Option<i128>);

/// Firings replayed to shorten one run.
const SHORTENING: usize = 1_000_000;

/// The largest values of `expressions` that walks see within the limits of `run`; an expression
/// that attains its known limit is not looked at any longer.
///
/// # Errors
///
/// Why there are no walks: [`Reason::Unsupported`] where a weight exceeds 31 bits.
pub fn maxima(net: &Net, expressions: &[Raised<'_>], run: &mut Run<'_>) -> Result<Vec<Attained>, Reason> {
    let compact = Compact::of(net).ok_or(Reason::Unsupported)?;
    let best: Vec<Best> = expressions
        .iter()
        .map(|(expression, limit)| Best {
            value: value_in(net.initial(), expression),
            limit: *limit,
            log: Vec::new(),
            news: None,
        })
        .collect();
    let goals =
        expressions.iter().zip(&best).map(|((expression, _), best)| more_than(expression, best.value));
    let mut hunt = Hunt::new(&compact, goals.collect());
    for (index, _) in best.iter().enumerate().filter(|(_, best)| best.is_final()) {
        hunt.watch.close(index);
    }
    let mut hunter = Raising { best, room: run.memory() / 2 };
    // Why the walks ended says nothing of what they saw.
    let _ = hunt.series(run, &mut hunter);
    let mut shortener = Shortener::new(net, &compact);
    let attained = expressions.iter().zip(hunter.best).map(|((expression, _), best)| {
        let goal = more_than(expression, best.value - 1);
        let log = match shortener.replay(&best.log, &goal) {
            Some(tokens) => shortener.shorten(&best.log, &tokens, &goal, SHORTENING),
            None => best.log,
        };
        let firings = log.into_iter().map(|number| compact.transition(number)).collect();
        Attained { value: best.value, run: Trace { firings } }
    });
    Ok(attained.collect())
}

/// The goal that an expression is larger than `value`.
fn more_than(expression: &Linear, value: i128) -> Goal {
    let term = |(place, factor): &(PlaceId, i32)| {
        (u32::try_from(place.index()).expect("ids of places fit in 32 bits"), i64::from(*factor))
    };
    let terms = expression.terms().iter().map(term).collect();
    Goal::AtLeastZero(Sum { terms, constant: i128::from(expression.offset()) - value - 1 })
}

/// The largest value so far.
struct Best {
    value: i128,
    limit: Option<i128>,
    log: Vec<u32>,
    /// In this walk: a larger one, and after how many firings.
    news: Option<(i128, usize)>,
}

impl Best {
    fn is_final(&self) -> bool {
        let value = self.news.map_or(self.value, |(value, _)| value);
        self.limit.is_some_and(|limit| value >= limit)
    }
}

/// Asks for more of everything.
struct Raising {
    best: Vec<Best>,
    /// How many bytes of runs may be held.
    room: usize,
}

impl Hunter for Raising {
    fn met(&mut self, watch: &mut Watch, met: Met<'_>) {
        let Goal::AtLeastZero(sum) = watch.goal(met.goal) else { return watch.close(met.goal) };
        let more = sum.value(&|place| met.tokens[place as usize]);
        let best = &mut self.best[met.goal];
        let value = best.news.map_or(best.value, |(value, _)| value) + 1 + more;
        best.news = Some((value, met.log.len()));
        match best.is_final() {
            true => watch.close(met.goal),
            false => watch.raise(met.goal, more),
        }
    }

    /// Runs are copied once a walk: a count that grows with every firing costs no more than that.
    fn walked(&mut self, watch: &mut Watch, log: &[u32]) {
        for (index, best) in self.best.iter_mut().enumerate() {
            let Some((value, length)) = best.news.take() else { continue };
            let bytes = length * size_of::<u32>();
            if bytes > self.room {
                // The walks saw more than can be shown: what was shown before stands.
                watch.close(index);
                continue;
            }
            self.room -= bytes;
            (best.value, best.log) = (value, log[..length].into());
        }
    }
}
