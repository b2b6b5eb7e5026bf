//! Templates in parameters: `{{ name }}`, filled in at the last moment.
//!
//! The language is Jinja's, as `minijinja` implements it; a name that is not defined is an error,
//! and a template may run for a bounded number of steps. Beside the built-in filters there is
//! `quote`, which makes a value one word of a shell command.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};
use std::collections::{BTreeMap, BTreeSet};

/// Steps after which a template is stopped.
const FUEL: u64 = 200_000;

/// Whether the text has anything to fill in.
pub(crate) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
}

/// Fills in the names.
pub(crate) fn render(text: &str, names: &BTreeMap<String, String>) -> Result<String, String> {
    if !is_template(text) {
        return Ok(text.to_owned());
    }
    environment().render_str(text, names).map_err(|error| one_line(&error))
}

/// The names that the template uses and does not define, or what is wrong with it.
pub(crate) fn names(text: &str) -> Result<BTreeSet<String>, String> {
    if !is_template(text) {
        return Ok(BTreeSet::new());
    }
    let environment = environment();
    let template = environment.template_from_str(text).map_err(|error| one_line(&error))?;
    let globals: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let undeclared = template.undeclared_variables(false);
    Ok(undeclared.into_iter().filter(|name| !globals.contains(name.as_str())).collect())
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    environment.set_fuel(Some(FUEL));
    environment.add_filter("quote", |text: String| format!("'{}'", text.replace('\'', r"'\''")));
    environment
}

fn one_line(error: &minijinja::Error) -> String {
    error.to_string().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let names = [("release", "1.4"), ("word", "it's")];
        render(text, &names.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    #[test]
    fn names_are_filled_in_and_quoted_on_request() {
        assert_eq!(filled("./install {{ release }}\n"), Ok("./install 1.4\n".into()));
        assert_eq!(filled("echo {{ word | quote }}"), Ok(r"echo 'it'\''s'".into()));
        assert_eq!(filled("no { braces }"), Ok("no { braces }".into()));
    }

    #[test]
    fn an_undefined_name_and_an_endless_template_are_errors() {
        assert!(filled("{{ nothing }}").is_err());
        assert!(filled("{{ unclosed").is_err());
        let nested = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(filled(nested).is_err());
    }

    #[test]
    fn the_names_of_a_template_are_known_before_it_runs() {
        let found = names("{{ release }}{% for i in range(3) %}{{ i }}{{ host }}{% endfor %}");
        assert_eq!(found, Ok(["host".to_owned(), "release".to_owned()].into()));
        assert!(names("{% if %}").is_err());
    }
}
