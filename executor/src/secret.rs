//! Secrets: referred to by `secret:env:NAME` or `secret:file:PATH`, resolved at the last moment,
//! and struck out of everything that is recorded or shown, as they are and as they are commonly
//! written. Whoever handles a text strikes every secret of the run out of it, not only those that
//! the action at hand was given: what one action writes to a file, another one may print.

mod disguise;

use crate::report::Report;
use crate::template;
use disguise::disguises;
use pn_deployment::{Deployment, Role};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What a secret is replaced with.
const STRUCK: &str = "[secret]";

/// The largest file that holds a secret.
const LARGEST: u64 = 1 << 20;

/// Whether the value refers to a secret.
pub(crate) fn is_reference(value: &str) -> bool {
    value.starts_with("secret:")
}

/// What is wrong with a reference, if anything is.
pub(crate) fn complaint(reference: &str) -> Option<String> {
    match reference.splitn(3, ':').collect::<Vec<_>>()[..] {
        ["secret", "env", name] if !name.is_empty() => None,
        ["secret", "file", path] if path.starts_with('/') => None,
        _ => Some(format!("`{reference}` is neither secret:env:NAME nor secret:file:/PATH")),
    }
}

/// The secret that a reference stands for. A file's last line break does not belong to it.
pub(crate) fn resolve(reference: &str, environment: &BTreeMap<String, String>) -> Result<String, String> {
    match reference.splitn(3, ':').collect::<Vec<_>>()[..] {
        ["secret", "env", name] => {
            environment.get(name).cloned().ok_or_else(|| format!("the variable {name} is not set"))
        }
        ["secret", "file", path] => from_file(Path::new(path)),
        _ => Err(complaint(reference).unwrap_or_default()),
    }
}

fn from_file(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot read the secret {}: {error}", path.display());
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        return Err(format!("the secret {} is larger than 1 MiB", path.display()));
    }
    let mut text = std::fs::read_to_string(path).map_err(failed)?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// The secrets that a deployment refers to, as far as they can be resolved now.
pub(crate) fn all_of(
    deployment: &Deployment,
    names: &BTreeMap<String, String>,
    environment: &BTreeMap<String, String>,
) -> Vec<String> {
    let actions = deployment.roles.iter().filter_map(|role| match role {
        Role::Action(action) | Role::Undo { action: Some(action), .. } => Some(action),
        _ => None,
    });
    let references = actions.flat_map(|action| &action.params).filter(|(_, value)| is_reference(value));
    let resolved = references.filter_map(|(_, raw)| {
        let reference = template::render(raw, names).ok()?;
        resolve(&reference, environment).ok()
    });
    let mut secrets: Vec<String> = resolved.filter(|secret| !secret.is_empty()).collect();
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}

/// Strikes the secrets out of a text.
pub(crate) fn strike(text: &str, secrets: &[String]) -> String {
    let mut struck = text.to_owned();
    for secret in longest_first(secrets) {
        struck = struck.replace(&secret, STRUCK);
    }
    struck
}

/// Strikes the secrets out of every text in a value.
pub(crate) fn strike_value(value: Value, secrets: &[String]) -> Value {
    match value {
        Value::String(text) => Value::String(strike(&text, secrets)),
        Value::Array(items) => items.into_iter().map(|item| strike_value(item, secrets)).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, field)| (name, strike_value(field, secrets))).collect()
        }
        other => other,
    }
}

/// Strikes the secrets out of a report.
pub(crate) fn strike_report(report: &mut Report, secrets: &[String]) {
    if secrets.is_empty() {
        return;
    }
    report.message = strike(&report.message, secrets);
    for captured in [&mut report.stdout, &mut report.stderr] {
        captured.head = strike(&captured.head, secrets);
        captured.tail = strike(&captured.tail, secrets);
    }
    for put in &mut report.values {
        put.text = strike(&put.text, secrets);
    }
}

/// Strikes the secrets out of the bytes before and after a cut, and the parts of secrets that
/// the cut left over.
pub(crate) fn strike_cut(head: &mut Vec<u8>, tail: &mut Vec<u8>, dropped: u64, secrets: &[String]) {
    if dropped == 0 && !tail.is_empty() {
        // No cut: what stands across the border belongs together.
        let border = head.len();
        let mut whole = std::mem::take(head);
        whole.append(tail);
        strike_bytes(&mut whole, secrets);
        *tail = whole.split_off(border.min(whole.len()));
        *head = whole;
        return;
    }
    strike_bytes(head, secrets);
    strike_bytes(tail, secrets);
    if dropped > 0 {
        for secret in longest_first(secrets) {
            let bytes = secret.as_bytes();
            if let Some(part) = (1..bytes.len()).rev().find(|n| head.ends_with(&bytes[..*n])) {
                head.truncate(head.len() - part);
            }
            if let Some(part) = (1..bytes.len()).rev().find(|n| tail.starts_with(&bytes[bytes.len() - n..])) {
                tail.drain(..part);
            }
        }
    }
}

fn strike_bytes(text: &mut Vec<u8>, secrets: &[String]) {
    for secret in longest_first(secrets) {
        let secret = secret.as_bytes();
        let mut struck = Vec::with_capacity(text.len());
        let mut rest = text.as_slice();
        while let Some(at) = rest.windows(secret.len()).position(|window| window == secret) {
            struck.extend_from_slice(&rest[..at]);
            struck.extend_from_slice(STRUCK.as_bytes());
            rest = &rest[at + secret.len()..];
        }
        struck.extend_from_slice(rest);
        *text = struck;
    }
}

/// The secrets and, of those with several lines, each line; each as it is and as it is commonly
/// written; longest first, so that one which contains another is struck whole.
fn longest_first(secrets: &[String]) -> Vec<String> {
    let plain = secrets
        .iter()
        .flat_map(|secret| std::iter::once(secret.as_str()).chain(secret.lines().map(str::trim)))
        .filter(|part| !part.is_empty());
    let mut parts: Vec<String> = plain.flat_map(disguises).collect();
    parts.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    parts.dedup();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(head: &str, tail: &str, dropped: u64) -> (String, String) {
        let (mut head, mut tail) = (head.as_bytes().to_vec(), tail.as_bytes().to_vec());
        strike_cut(&mut head, &mut tail, dropped, &["hunter2".to_owned(), "hunter22".to_owned()]);
        (String::from_utf8(head).expect("text"), String::from_utf8(tail).expect("text"))
    }

    #[test]
    fn secrets_are_struck_whole_and_in_parts() {
        assert_eq!(cut("pass hunter22!", "", 0), ("pass [secret]!".into(), String::new()));
        assert_eq!(cut("pass hun", "ter2 end", 9), ("pass ".into(), " end".into()));
        let (head, tail) = cut("pass hun", "ter2 end", 0);
        assert_eq!(head + &tail, "pass [secret] end");
    }

    #[test]
    fn references_are_told_from_other_values() {
        assert_eq!(complaint("secret:env:TOKEN"), None);
        assert_eq!(complaint("secret:file:/etc/key"), None);
        assert!(complaint("secret:TOKEN").is_some());
        let environment = BTreeMap::from([("TOKEN".to_owned(), "x".to_owned())]);
        assert_eq!(resolve("secret:env:TOKEN", &environment), Ok("x".into()));
        assert!(resolve("secret:env:NONE", &environment).is_err());
    }
}
