//! What only shorthand says: the places that an action reads, and whom it refreshes (rules D34
//! and D37 to D39).

use super::Resolver;
use crate::annotation::KindText;
use crate::expand::{Keeping, keeping};
use crate::model::shorthand_roles;
use crate::problem::{Problem, ProblemKind};
use crate::{Role, Shorthand};
use pn_logic::Span;
use pn_net::{PlaceId, TransitionId};
use std::collections::{BTreeMap, BTreeSet};

/// A refresh as written: from, to, where.
type Edge = (TransitionId, TransitionId, Span);

impl Resolver<'_> {
    /// What is said of each action and undo that only its expansion writes out.
    pub(super) fn shorthand(&mut self, roles: &[Role]) -> BTreeMap<TransitionId, Shorthand> {
        let is_shorthand = shorthand_roles(roles);
        let (mut said, mut edges) = (BTreeMap::new(), Vec::new());
        for (id, annotation) in self.transitions {
            let starts = matches!(annotation.kind, KindText::Action(_) | KindText::Undo { .. });
            if !starts || (annotation.reads.is_empty() && annotation.refreshes.is_empty()) {
                continue;
            }
            if !is_shorthand[id.index()] && matches!(roles[id.index()], Role::Action(_) | Role::Undo { .. }) {
                let all = [("reads", &annotation.reads), ("refresh", &annotation.refreshes)];
                for (element, list) in all {
                    if let Some(first) = list.first() {
                        let transition = self.net.transition_name(*id).to_owned();
                        self.problem(ProblemKind::OnlyOnShorthand { element, transition }, first.span);
                    }
                }
                continue;
            }
            let reads = self.reads(*id);
            let refreshes = self.refreshes(*id, &mut edges);
            said.insert(*id, Shorthand { reads, refreshes });
        }
        if self.problems.is_empty() {
            self.check_told_are_kept(roles, &said, &edges);
            self.check_circles(&edges);
        }
        said
    }

    fn reads(&mut self, id: TransitionId) -> Vec<PlaceId> {
        let mut reads = Vec::new();
        for text in &self.by_id[&id].reads {
            let (transition, name) = (self.net.transition_name(id).to_owned(), text.value.clone());
            let Some(place) = self.net.find_place(&name) else {
                let candidates = self.net.preset(id).iter().map(|place| self.net.place_name(*place));
                let suggestion = self.suggestions.nearest(&name, candidates);
                let kind = ProblemKind::NoSuchPlace { transition, element: "reads", name };
                self.problems.push(Problem { kind, span: text.span, suggestion });
                continue;
            };
            let (taken, given) = (self.net.input_weight(place, id), self.net.output_weight(id, place));
            if taken != given || taken == 0 {
                let kind = ProblemKind::NotALoop { transition, place: name, taken, given };
                self.problem(kind, text.span);
            } else if reads.contains(&place) {
                self.problem(ProblemKind::SaidTwice { transition, element: "reads", name }, text.span);
            } else {
                reads.push(place);
            }
        }
        reads
    }

    fn refreshes(&mut self, id: TransitionId, edges: &mut Vec<Edge>) -> Vec<TransitionId> {
        let mut refreshes = Vec::new();
        for text in &self.by_id[&id].refreshes {
            let is_action = |kind: &KindText| matches!(kind, KindText::Action(_));
            let Some(told) = self.reference(id, "refresh ref", text, "an action", is_action) else {
                continue;
            };
            if refreshes.contains(&told) {
                let transition = self.net.transition_name(id).to_owned();
                let kind =
                    ProblemKind::SaidTwice { transition, element: "refresh", name: text.value.clone() };
                self.problem(kind, text.span);
                continue;
            }
            edges.push((id, told, text.span));
            refreshes.push(told);
        }
        refreshes
    }

    /// What is refreshed is applied once more, which is possible where its drift would be mended.
    fn check_told_are_kept(
        &mut self,
        roles: &[Role],
        said: &BTreeMap<TransitionId, Shorthand>,
        edges: &[Edge],
    ) {
        if edges.is_empty() {
            return;
        }
        let keeping = keeping(self.net, roles, said);
        for (from, to, span) in edges {
            let why = match keeping[to] {
                Keeping::Stays | Keeping::Repaired(_) | Keeping::Until(..) => continue,
                Keeping::Drawn => "its drifts are drawn, and so must be its refreshes".to_owned(),
                Keeping::Passing(why) => why.display(self.net).to_string(),
            };
            let name = |t: TransitionId| self.net.transition_name(t).to_owned();
            let kind = ProblemKind::RefreshOfPassing { action: name(*from), told: name(*to), why };
            self.problem(kind, *span);
        }
    }

    /// Every circle of refreshes is told once, at the edge that closes it.
    fn check_circles(&mut self, edges: &[Edge]) {
        let mut next: BTreeMap<TransitionId, Vec<(TransitionId, Span)>> = BTreeMap::new();
        edges.iter().for_each(|(from, to, span)| next.entry(*from).or_default().push((*to, *span)));
        let mut done = BTreeSet::new();
        for start in next.keys() {
            // A walk on a stack of its own: chains may be long.
            let mut path: Vec<(TransitionId, usize)> = vec![(*start, 0)];
            while let Some((at, edge)) = path.last_mut() {
                let onward = next.get(at).and_then(|edges| edges.get(*edge)).filter(|_| !done.contains(at));
                let Some((to, span)) = onward.copied() else {
                    done.insert(*at);
                    path.pop();
                    continue;
                };
                *edge += 1;
                if let Some(first) = path.iter().position(|(on, _)| *on == to) {
                    let circle = path[first..].iter().map(|(on, _)| *on).chain([to]);
                    let names = circle.map(|t| self.net.transition_name(t).to_owned()).collect();
                    self.problem(ProblemKind::RefreshCycle(names), span);
                } else {
                    path.push((to, 0));
                }
            }
        }
    }
}
