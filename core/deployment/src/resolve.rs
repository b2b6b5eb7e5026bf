//! Resolution: binds what an author wrote to the net.
//!
//! Every name becomes an id, every formula is parsed, every rule of `docs/spec/deployment.md`
//! that concerns one file is checked (rules D10 to D19). All problems are reported at once, in
//! file order. O(annotations · log), a bounded number of suggestions aside.

mod drawn;
mod shorthand;
mod whole;

use crate::annotation::{ActionText, KindText, Located, NetAnnotation, RetryText, TransitionAnnotation};
use crate::problem::{FormulaOf, Problem, ProblemKind};
use crate::template::{self, Reference};
use crate::{Action, Deployment, Faults, Outcome, Retry, Role};
use pn_logic::{Formula, Span, Suggestions};
use pn_net::{Net, TransitionId};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

/// Binds annotations to the net that they annotate. Transitions without one are `control`.
///
/// # Errors
///
/// All broken rules, in the order in which they stand in the file.
///
/// # Panics
///
/// When a transition id is not one of `net`.
pub fn resolve(
    net: Net,
    annotation: &NetAnnotation,
    transitions: &[(TransitionId, TransitionAnnotation)],
) -> Result<Deployment, Vec<Problem>> {
    let mut resolver = Resolver::new(&net, annotation, transitions);
    let roles = resolver.roles();
    let shorthand = resolver.shorthand(&roles);
    let parameters = resolver.parameters();
    let goal = annotation.goal.as_ref().map(|text| resolver.formula(FormulaOf::Goal, text));
    let failure = annotation.failure.as_ref().map(|text| resolver.formula(FormulaOf::Failure, text));
    let invariants = resolver.invariants();
    let faults = annotation.faults.as_ref().map_or(Faults::None, |text| resolver.faults(text));

    let mut problems = resolver.problems;
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.span);
        return Err(problems);
    }
    Ok(Deployment {
        net,
        roles,
        goal,
        failure: failure.unwrap_or(Formula::False),
        invariants,
        parameters,
        faults,
        shorthand,
    })
}

struct Resolver<'a> {
    net: &'a Net,
    annotation: &'a NetAnnotation,
    transitions: &'a [(TransitionId, TransitionAnnotation)],
    /// The annotation of each annotated transition.
    by_id: BTreeMap<TransitionId, &'a TransitionAnnotation>,
    /// What a template may refer to: parameters and values.
    known: BTreeSet<&'a str>,
    /// The outcome transitions drawn for each action, with the span of their results.
    drawn: BTreeMap<TransitionId, Vec<(TransitionId, Span, BTreeSet<Outcome>)>>,
    /// The actions for which a retry transition is drawn, with the last such and its span.
    retried: BTreeMap<TransitionId, (TransitionId, Span)>,
    /// Some outcome could not be resolved, so `drawn` is not complete.
    drawn_in_part: bool,
    suggestions: Suggestions,
    problems: Vec<Problem>,
}

impl<'a> Resolver<'a> {
    fn new(
        net: &'a Net,
        annotation: &'a NetAnnotation,
        transitions: &'a [(TransitionId, TransitionAnnotation)],
    ) -> Self {
        let parameters = annotation.parameters.iter().map(|p| p.name.value.as_str());
        let values = transitions.iter().filter_map(|(_, t)| value_name(t));
        Self {
            net,
            annotation,
            transitions,
            by_id: transitions.iter().map(|(id, annotation)| (*id, annotation)).collect(),
            known: parameters.chain(values).collect(),
            drawn: BTreeMap::new(),
            retried: BTreeMap::new(),
            drawn_in_part: false,
            suggestions: Suggestions::at_most(20),
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, kind: ProblemKind, span: Span) {
        self.problems.push(Problem { kind, span, suggestion: None });
    }

    fn roles(&mut self) -> Vec<Role> {
        let mut roles = vec![Role::Control; self.net.transition_count()];
        let mut annotated = HashSet::new();
        for (id, annotation) in self.transitions {
            if !annotated.insert(*id) {
                let name = self.net.transition_name(*id).to_owned();
                self.problem(ProblemKind::AnnotatedTwice(name), span_of(annotation));
            }
            roles[id.index()] = self.role(*id, annotation);
        }
        self.check_drawn_outcomes();
        derive_undos(&mut roles);
        roles
    }

    fn role(&mut self, id: TransitionId, annotation: &'a TransitionAnnotation) -> Role {
        self.check_place_of_elements(id, annotation);
        match &annotation.kind {
            KindText::Control => Role::Control,
            KindText::Action(text) => {
                let undo = annotation.undo.as_ref().and_then(|undo| self.undo_ref(id, undo));
                Role::Action(Action { undo, ..self.action(text, annotation) })
            }
            KindText::Outcome { of, is } => self.outcome(id, of, is),
            KindText::Event(text) => {
                let Action { kind, host, params, .. } = self.action(text, annotation);
                Role::Event { kind, host, params }
            }
            KindText::Retry { of } => self.retry_transition(id, of),
            KindText::Timer { after } => Role::Timer { after: self.positive("`after` of a timer", after) },
            KindText::Approval { by } => {
                self.filled("`by` of an approval", by);
                Role::Approval { by: by.value.clone() }
            }
            KindText::Undo { of, action } => {
                let of =
                    self.reference(id, "of", of, "an action", |kind| matches!(kind, KindText::Action(_)));
                let action = action.as_ref().map(|text| self.action(text, annotation));
                of.map_or(Role::Control, |of| Role::Undo { of, action })
            }
            KindText::Drift { of } => {
                let starts = |kind: &KindText| matches!(kind, KindText::Action(_) | KindText::Undo { .. });
                let of = self.reference(id, "of", of, "an action or undo", starts);
                of.map_or(Role::Control, |of| Role::Drift { of })
            }
            KindText::Refresh { of } => {
                let acts = |kind: &KindText| matches!(kind, KindText::Action(_));
                let of = self.reference(id, "of", of, "an action", acts);
                of.map_or(Role::Control, |of| Role::Refresh { of })
            }
        }
    }

    /// `timeout` and `retry` belong to transitions with a resource action, `undo` to actions.
    fn check_place_of_elements(&mut self, id: TransitionId, annotation: &TransitionAnnotation) {
        let acts = matches!(annotation.kind, KindText::Action(_) | KindText::Undo { action: Some(_), .. });
        let starts = matches!(annotation.kind, KindText::Action(_) | KindText::Undo { .. });
        let undoable = matches!(annotation.kind, KindText::Action(_));
        let misplaced = [
            ("timeout", annotation.timeout.as_ref().map(|t| t.span).filter(|_| !acts)),
            ("retry", annotation.retry.as_ref().map(|r| r.span).filter(|_| !acts)),
            ("undo", annotation.undo.as_ref().map(|u| u.span).filter(|_| !undoable)),
            ("reads", annotation.reads.first().map(|r| r.span).filter(|_| !starts)),
            ("refresh", annotation.refreshes.first().map(|r| r.span).filter(|_| !undoable)),
        ];
        for (element, span) in misplaced {
            if let Some(span) = span {
                let transition = self.net.transition_name(id).to_owned();
                self.problem(ProblemKind::OnlyOnActions { element, transition }, span);
            }
        }
    }

    fn action(&mut self, text: &ActionText, annotation: &TransitionAnnotation) -> Action {
        self.filled("`kind`", &text.kind);
        if let Some(host) = &text.host {
            self.filled("`host`", host);
        }
        for (name, value) in &text.params {
            self.filled("`name` of a parameter", name);
            self.check_template(value);
        }
        let acts = !matches!(annotation.kind, KindText::Event(_));
        let timeout = annotation.timeout.as_ref().filter(|_| acts);
        let retry = annotation.retry.as_ref().filter(|_| acts);
        Action {
            kind: text.kind.value.clone(),
            host: text.host.as_ref().map(|host| host.value.clone()),
            params: text.params.iter().map(|(n, v)| (n.value.clone(), v.value.clone())).collect(),
            timeout: timeout.map(|timeout| self.positive("a timeout", timeout)),
            retry: retry.map_or(Retry::ONCE, |retry| self.retry(retry)),
            undo: None,
        }
    }

    fn retry(&mut self, text: &Located<RetryText>) -> Retry {
        let RetryText { max, first, factor, cap } = text.value;
        if max == 0 {
            self.problem(ProblemKind::NoAttempt, text.span);
        }
        if !factor.is_finite() || factor < 1.0 {
            self.problem(ProblemKind::BadFactor(factor), text.span);
        }
        if cap < first {
            self.problem(ProblemKind::CapBelowFirst, text.span);
        }
        Retry { attempts: max, first, factor, cap }
    }

    fn undo_ref(&mut self, id: TransitionId, text: &Located<String>) -> Option<TransitionId> {
        let is_undo = |kind: &KindText| matches!(kind, KindText::Undo { .. });
        let undo = self.reference(id, "undo ref", text, "an undo", is_undo)?;
        let action = self.net.transition_name(id);
        if let Some(TransitionAnnotation { kind: KindText::Undo { of, .. }, .. }) = self.by_id.get(&undo)
            && of.value != action
        {
            let (action, undo, reverses) = (action.to_owned(), text.value.clone(), of.value.clone());
            self.problem(ProblemKind::UndoOfAnother { action, undo, reverses }, text.span);
            return None;
        }
        Some(undo)
    }

    /// The transition that `text` names, when its kind is as it must be.
    fn reference(
        &mut self,
        from: TransitionId,
        attribute: &'static str,
        text: &Located<String>,
        expected: &'static str,
        fits: impl Fn(&KindText) -> bool,
    ) -> Option<TransitionId> {
        let found = self.net.find_transition(&text.value);
        if let Some(id) = found
            && self.by_id.get(&id).is_some_and(|annotation| fits(&annotation.kind))
        {
            return Some(id);
        }
        let (transition, name) = (self.net.transition_name(from).to_owned(), text.value.clone());
        let kind = match found {
            Some(_) => ProblemKind::WrongKind { transition, attribute, name, expected },
            None => ProblemKind::NoSuchTransition { transition, attribute, name },
        };
        let fitting = self.by_id.iter().filter(|(_, annotation)| fits(&annotation.kind));
        let candidates = fitting.map(|(id, _)| self.net.transition_name(*id));
        let suggestion = self.suggestions.nearest(&text.value, candidates);
        self.problems.push(Problem { kind, span: text.span, suggestion });
        None
    }

    fn check_template(&mut self, text: &Located<String>) {
        for reference in template::references(&text.value) {
            match reference {
                Reference::Open(range) => self.problem(ProblemKind::OpenTemplate, part_of(text, range)),
                Reference::Name(name, range) => {
                    let first = name.split('.').next().unwrap_or(name);
                    if self.known.contains(name) || self.known.contains(first) {
                        continue;
                    }
                    let suggestion = self.suggestions.nearest(name, self.known.iter().copied());
                    let kind = ProblemKind::UnknownName(name.to_owned());
                    self.problems.push(Problem { kind, span: part_of(text, range), suggestion });
                }
            }
        }
    }

    fn filled(&mut self, what: &'static str, text: &Located<String>) {
        if text.value.trim().is_empty() {
            self.problem(ProblemKind::Empty(what), text.span);
        }
    }

    fn positive(&mut self, what: &'static str, duration: &Located<Duration>) -> Duration {
        if duration.value.is_zero() {
            self.problem(ProblemKind::ZeroDuration(what), duration.span);
        }
        duration.value
    }
}

/// An action that names no undo has the one that names it, when there is exactly one.
fn derive_undos(roles: &mut [Role]) {
    let mut undos: BTreeMap<TransitionId, Vec<TransitionId>> = BTreeMap::new();
    for (index, role) in roles.iter().enumerate() {
        if let Role::Undo { of, .. } = role {
            undos.entry(*of).or_default().push(TransitionId::new(index));
        }
    }
    for (action, undos) in undos {
        if let (Role::Action(action), [only]) = (&mut roles[action.index()], &undos[..]) {
            action.undo.get_or_insert(*only);
        }
    }
}

/// The value that a `value` resource puts or waits for.
fn value_name(annotation: &TransitionAnnotation) -> Option<&str> {
    let (KindText::Action(text) | KindText::Event(text) | KindText::Undo { action: Some(text), .. }) =
        &annotation.kind
    else {
        return None;
    };
    let named = text.params.iter().find(|(name, _)| name.value == "name");
    named.filter(|_| text.kind.value == "value").map(|(_, value)| value.value.as_str())
}

/// Where the annotation's kind says what it is.
fn span_of(annotation: &TransitionAnnotation) -> Span {
    match &annotation.kind {
        KindText::Control => Span::default(),
        KindText::Action(text) | KindText::Event(text) => text.kind.span,
        KindText::Outcome { of, .. }
        | KindText::Retry { of }
        | KindText::Undo { of, .. }
        | KindText::Drift { of }
        | KindText::Refresh { of } => of.span,
        KindText::Timer { after } => after.span,
        KindText::Approval { by } => by.span,
    }
}

/// A part of a text in the file. Where the file writes the text otherwise than it reads, as with
/// `&lt;`, offsets do not carry over, and the whole text stands for the part.
fn part_of(text: &Located<String>, part: std::ops::Range<usize>) -> Span {
    if text.span.end - text.span.start == text.value.len() {
        Span::new(part.start, part.end).shifted(text.span.start)
    } else {
        text.span
    }
}
