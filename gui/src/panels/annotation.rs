//! What a transition stands for: its kind, its action with a form made of what the kind of resource
//! says about its parameters, timeout, retry and undo.

use super::{heading, named_field, quiet};
use crate::edit;
use crate::editor::Editor;
use egui::{ComboBox, DragValue, Id, TextEdit, Ui};
use pn_deployment::annotation::{ActionText, KindText, Located, RetryText, TransitionAnnotation};
use pn_executor::params::{Form, Presence};
use pn_executor::resource;
use pn_pnml::{NodeId, NodeKind};
use std::time::Duration;

/// The kinds that authors draw, with what they mean.
const KINDS: [(&str, &str); 8] = [
    ("control", "Fired by us, at once, without effect."),
    (
        "action",
        "Starts one action on a resource; retries and failures are written out when it is verified and run.",
    ),
    ("approval", "Fired by a person."),
    ("timer", "Fired by the clock, once it has stayed enabled that long."),
    ("event", "Fired by a watcher: something changed outside."),
    ("outcome", "The result of an action, where you draw its results yourself."),
    ("undo", "Reverses what an action did, on rollback."),
    ("refresh", "Has an action applied once more."),
];

fn text(value: impl Into<String>) -> Located<String> {
    Located { value: value.into(), ..Located::default() }
}

fn new_action(kind: &str) -> ActionText {
    ActionText { kind: text(kind), host: None, params: Vec::new() }
}

/// A kind with nothing said yet.
fn new_kind(word: &str, some_action: &str) -> KindText {
    match word {
        "action" => KindText::Action(new_action("exec")),
        "approval" => KindText::Approval { by: text("operators") },
        "timer" => KindText::Timer { after: Located { value: Duration::from_secs(5), ..Located::default() } },
        "event" => KindText::Event(new_action("file")),
        "outcome" => KindText::Outcome { of: text(some_action), is: text("ok same") },
        "undo" => KindText::Undo { of: text(some_action), action: None },
        "refresh" => KindText::Refresh { of: text(some_action) },
        _ => KindText::Control,
    }
}

/// The form of a transition's annotation.
pub(super) fn form(editor: &mut Editor, ui: &mut Ui, id: NodeId, old: Option<&TransitionAnnotation>) {
    let actions = actions(editor, id);
    let mut new = old.cloned().unwrap_or(TransitionAnnotation::new(KindText::Control));
    let mut field = "";
    heading(ui, "What it stands for");
    let now = new.kind.word();
    let mut chosen = now;
    ComboBox::from_id_salt("kind").selected_text(now).width(200.0).show_ui(ui, |ui| {
        for (kind, meaning) in KINDS {
            ui.selectable_value(&mut chosen, kind, kind).on_hover_text(meaning);
        }
    });
    if let Some((_, meaning)) = KINDS.iter().find(|(kind, _)| *kind == now) {
        quiet(ui, *meaning);
    }
    if chosen != now {
        let first = actions.first().map_or("", String::as_str);
        new = TransitionAnnotation::new(new_kind(chosen, first));
        field = "kind";
    } else {
        details(ui, id, &mut new, &actions, &mut field);
    }
    // A transition that was never annotated and is `control` needs no annotation.
    let is_silent = old.is_none() && new == TransitionAnnotation::new(KindText::Control);
    if !is_silent && old != Some(&new) {
        let new = Some(new).filter(|new| *new != TransitionAnnotation::new(KindText::Control));
        let tab = editor.tab_mut();
        let edit = edit::set_annotation(&tab.document, id, new, field);
        edit.into_iter().for_each(|edit| tab.perform(edit));
    }
    problems(editor, ui, id);
}

/// The identifiers of the other actions of the net.
fn actions(editor: &Editor, except: NodeId) -> Vec<String> {
    let others = editor.tab().document.nodes().filter(|(id, _)| *id != except);
    let actions = others.filter(|(_, node)| match &node.kind {
        NodeKind::Transition { annotation: Some(annotation) } => {
            matches!(annotation.kind, KindText::Action(_))
        }
        _ => false,
    });
    actions.map(|(_, node)| node.id.to_string()).collect()
}

fn details(
    ui: &mut Ui,
    id: NodeId,
    new: &mut TransitionAnnotation,
    actions: &[String],
    field: &mut &'static str,
) {
    match &mut new.kind {
        KindText::Control => {}
        KindText::Action(text) | KindText::Event(text) => action(ui, id, text, field),
        KindText::Outcome { of, is } => {
            refers(ui, "Of the action", of, actions, field);
            heading(ui, "Results");
            if named_field(ui, "Results", TextEdit::singleline(&mut is.value)).changed() {
                *field = "results";
            }
            quiet(ui, "Of ok, same, diff, failed, timeout, unknown, cancelled; with spaces between.");
        }
        KindText::Timer { after } => {
            heading(ui, "After");
            if duration(ui, id, "After", &mut after.value) {
                *field = "after";
            }
        }
        KindText::Approval { by } => {
            heading(ui, "By");
            if named_field(ui, "Approved by", TextEdit::singleline(&mut by.value)).changed() {
                *field = "by";
            }
            quiet(ui, "The user or group that may approve.");
        }
        KindText::Undo { of, action: own } => {
            refers(ui, "Of the action", of, actions, field);
            if let Some(own) = own {
                action(ui, id, own, field);
            } else if ui.button("Give it an action of its own").clicked() {
                *own = Some(new_action("exec"));
                *field = "undo action";
            }
        }
        KindText::Retry { of } | KindText::Drift { of } | KindText::Refresh { of } => {
            refers(ui, "Of the action", of, actions, field);
        }
    }
    if matches!(new.kind, KindText::Action(_)) {
        limits(ui, id, new, field);
    }
}

fn refers(ui: &mut Ui, name: &str, of: &mut Located<String>, actions: &[String], field: &mut &'static str) {
    heading(ui, name);
    let before = of.value.clone();
    ComboBox::from_id_salt(name).selected_text(before.as_str()).width(200.0).show_ui(ui, |ui| {
        for action in actions {
            ui.selectable_value(&mut of.value, action.clone(), action);
        }
    });
    if of.value != before {
        *field = "of";
    }
}

/// The kind of resource, the host and the parameters.
fn action(ui: &mut Ui, id: NodeId, action: &mut ActionText, field: &mut &'static str) {
    heading(ui, "Kind of resource");
    let before = action.kind.value.clone();
    ComboBox::from_id_salt("resource").selected_text(before.as_str()).width(200.0).show_ui(ui, |ui| {
        for kind in resource::KINDS {
            ui.selectable_value(&mut action.kind.value, kind.name.to_owned(), kind.name)
                .on_hover_text(kind.meaning);
        }
    });
    if action.kind.value != before {
        *field = "resource";
    }
    let Some(kind) = resource::kind(&action.kind.value) else { return };
    quiet(ui, format!("{}: {}.", kind.name, kind.meaning));
    heading(ui, "Host");
    let mut host = action.host.as_ref().map_or_else(String::new, |host| host.value.clone());
    let edit = TextEdit::singleline(&mut host).hint_text("this machine").desired_width(f32::INFINITY);
    if named_field(ui, "Host", edit).changed() {
        action.host = (!host.is_empty()).then(|| text(host));
        *field = "host";
    }
    heading(ui, "Parameters of the action");
    for spec in kind.params.iter().filter(|spec| !spec.name.ends_with('.')) {
        parameter(ui, id, action, spec, field);
    }
    others(ui, action, kind, field);
}

/// One parameter that the kind declares.
fn parameter(
    ui: &mut Ui,
    id: NodeId,
    action: &mut ActionText,
    spec: &pn_executor::params::ParamSpec,
    field: &mut &'static str,
) {
    let at = action.params.iter().position(|(name, _)| name.value == spec.name);
    let before = at.map_or_else(String::new, |at| action.params[at].1.value.clone());
    let mut value = before.clone();
    let is_missing = spec.presence == Presence::Required && value.is_empty();
    ui.horizontal(|ui| {
        let label = egui::RichText::new(spec.name);
        let label = if is_missing { label.color(ui.visuals().error_fg_color) } else { label };
        ui.add_sized([84.0, 20.0], egui::Label::new(label)).on_hover_text(spec.meaning);
        match spec.form {
            Form::Choice(words) => {
                let shown = if value.is_empty() { "default" } else { value.as_str() };
                ComboBox::from_id_salt((id, spec.name)).selected_text(shown).show_ui(ui, |ui| {
                    ui.selectable_value(&mut value, String::new(), "default");
                    for word in words {
                        ui.selectable_value(&mut value, (*word).to_owned(), *word);
                    }
                });
            }
            _ => {
                let hint = match spec.form {
                    Form::AbsolutePath => "/path",
                    Form::Mode => "0644",
                    Form::Duration => "5s",
                    _ => "",
                };
                let edit = TextEdit::multiline(&mut value)
                    .hint_text(hint)
                    .desired_rows(1)
                    .desired_width(ui.available_width())
                    .font(egui::TextStyle::Monospace);
                named_field(ui, spec.name, edit).on_hover_text(spec.meaning);
            }
        }
    });
    if value == before {
        return;
    }
    *field = spec.name;
    match (at, value.is_empty()) {
        (Some(at), true) => drop(action.params.remove(at)),
        (Some(at), false) => action.params[at].1.value = value,
        (None, _) => action.params.push((text(spec.name), text(value))),
    }
}

/// Parameters that the kind does not declare, or that begin as it declares.
fn others(ui: &mut Ui, action: &mut ActionText, kind: &resource::Kind, field: &mut &'static str) {
    let mut gone = None;
    for (index, (name, value)) in action.params.iter_mut().enumerate() {
        if kind.params.iter().any(|spec| spec.name == name.value) {
            continue;
        }
        let is_known =
            kind.params.iter().any(|spec| spec.name.ends_with('.') && name.value.starts_with(spec.name));
        ui.horizontal(|ui| {
            let edit = TextEdit::singleline(&mut name.value).desired_width(84.0);
            if named_field(ui, &format!("Parameter {} name", index + 1), edit).changed() {
                *field = "other name";
            }
            let edit = TextEdit::singleline(&mut value.value).desired_width(100.0);
            if named_field(ui, &format!("Parameter {} value", index + 1), edit).changed() {
                *field = "other value";
            }
            if ui.button("Remove").clicked() {
                gone = Some(index);
            }
        });
        if !is_known {
            let told = format!("{} has no parameter `{}`.", kind.name, name.value);
            ui.colored_label(ui.visuals().error_fg_color, told);
        }
    }
    if let Some(index) = gone {
        action.params.remove(index);
        *field = "others";
    }
    for spec in kind.params.iter().filter(|spec| spec.name.ends_with('.')) {
        if ui.button(format!("Add {}…", spec.name)).on_hover_text(spec.meaning).clicked() {
            action.params.push((text(format!("{}NAME", spec.name)), text("")));
            *field = "others";
        }
    }
}

/// Timeout, retry and undo of an action.
fn limits(ui: &mut Ui, id: NodeId, new: &mut TransitionAnnotation, field: &mut &'static str) {
    heading(ui, "Limits");
    ui.horizontal(|ui| {
        let mut is_limited = new.timeout.is_some();
        if ui.checkbox(&mut is_limited, "Timeout").changed() {
            let minute = Located { value: Duration::from_secs(60), ..Located::default() };
            new.timeout = is_limited.then_some(minute);
            *field = "timeout";
        }
        if let Some(timeout) = &mut new.timeout
            && duration(ui, id, "Timeout", &mut timeout.value)
        {
            *field = "timeout length";
        }
    });
    let mut is_retried = new.retry.is_some();
    if ui
        .checkbox(&mut is_retried, "Retry")
        .on_hover_text("A failed attempt is repeated after a pause.")
        .changed()
    {
        new.retry = is_retried.then(|| Located { value: RetryText::default(), ..Located::default() });
        *field = "retry";
    }
    if let Some(retry) = &mut new.retry {
        retried(ui, id, &mut retry.value, field);
    }
    let mut undo = new.undo.as_ref().map_or_else(String::new, |undo| undo.value.clone());
    ui.horizontal(|ui| {
        ui.label("Undone by").on_hover_text("The identifier of the transition that reverses it.");
        let edit = TextEdit::singleline(&mut undo).hint_text("its kind").desired_width(120.0);
        if named_field(ui, "Undone by", edit).changed() {
            new.undo = (!undo.is_empty()).then(|| text(undo.clone()));
            *field = "undone by";
        }
    });
}

fn retried(ui: &mut Ui, id: NodeId, retry: &mut RetryText, field: &mut &'static str) {
    egui::Grid::new("retry").num_columns(2).show(ui, |ui| {
        ui.label("Attempts in all");
        let response = ui.add(DragValue::new(&mut retry.max).range(1..=1000).speed(0.05));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Attempts in all"));
        if response.changed() {
            *field = "retry max";
        }
        ui.end_row();
        ui.label("First pause");
        if duration(ui, id, "First pause", &mut retry.first) {
            *field = "retry first";
        }
        ui.end_row();
        ui.label("Grows by");
        if ui.add(DragValue::new(&mut retry.factor).range(1.0..=100.0).speed(0.05)).changed() {
            *field = "retry factor";
        }
        ui.end_row();
        ui.label("Longest pause");
        if duration(ui, id, "Longest pause", &mut retry.cap) {
            *field = "retry cap";
        }
        ui.end_row();
    });
}

/// A time in words, such as `1m30s`; what makes no sense is not taken. Says whether it changed.
fn duration(ui: &mut Ui, of: NodeId, name: &str, value: &mut Duration) -> bool {
    let slot = Id::unique(("duration", of, name));
    let kept = ui.data(|data| data.get_temp::<String>(slot));
    let mut text = kept.unwrap_or_else(|| pn_pnml::format_duration(*value));
    let response = named_field(ui, name, TextEdit::singleline(&mut text).desired_width(70.0));
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(slot, text.clone()));
    } else {
        ui.data_mut(|data| data.remove::<String>(slot));
    }
    match pn_pnml::parse_duration(&text) {
        Some(read) if read != *value => {
            *value = read;
            true
        }
        Some(_) => false,
        None => {
            ui.colored_label(ui.visuals().error_fg_color, "such as 90s or 1m30s");
            false
        }
    }
}

/// What is wrong with the annotation.
fn problems(editor: &Editor, ui: &mut Ui, id: NodeId) {
    let own = editor
        .tab()
        .facts
        .remarks
        .iter()
        .filter(|remark| remark.item == Some(crate::document::Item::Node(id)));
    for remark in own {
        ui.add_space(4.0);
        ui.colored_label(ui.visuals().error_fg_color, &remark.message);
        if let Some(hint) = &remark.hint {
            quiet(ui, hint.clone());
        }
    }
}
