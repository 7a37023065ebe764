//! The registry of rules: what a rule is, how its check gets its options, and how users name rules.

use backlint_finding::{Findings, RuleMeta};
pub use backlint_model::Fact;
use backlint_model::{File, Project};
use serde::de::DeserializeOwned;
use toml::Table;

use crate::RULES;

/// A rule: one page and one check.
#[derive(Debug)]
pub struct Rule {
    /// What its page says of it.
    pub meta: RuleMeta,
    /// Its page, header included.
    pub page: &'static str,
    /// Its check.
    pub check: Check,
    /// What the model must find out before the check runs, because only few rules ask for it.
    pub needs: &'static [Fact],
}

/// A check by what it looks at, and by whether it has options.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Looks at one file at a time.
    File(fn(File<'_>, &mut Findings)),
    /// Looks at the whole project.
    Project(fn(&Project, &mut Findings)),
    /// Looks at one file at a time, with options.
    FileWith(Bind),
    /// Looks at the whole project, with options.
    ProjectWith(Bind),
    /// The engine reports it while it sorts the findings of all others.
    Triage,
}

/// Reads the options of a check and ties them to it.
pub type Bind = fn(Option<&Table>) -> Result<BoundCheck, String>;

/// A check for one file.
pub type FileCheck = Box<dyn Fn(File<'_>, &mut Findings) + Send + Sync>;

/// A check for the whole project.
pub type ProjectCheck = Box<dyn Fn(&Project, &mut Findings) + Send + Sync>;

/// A check that has its options and can run.
pub enum BoundCheck {
    /// Once for each file.
    File(FileCheck),
    /// Once.
    Project(ProjectCheck),
    /// By the engine, when the others have run.
    Triage,
}

impl Rule {
    /// The check with the options of the table `[rules.CODE]`, or with the defaults when there is none.
    ///
    /// The error says what is wrong with the table, and is made for users.
    pub fn bind(&self, options: Option<&Table>) -> Result<BoundCheck, String> {
        let bound = match self.check {
            Check::File(check) => without_options(options).map(|()| BoundCheck::File(Box::new(check))),
            Check::Project(check) => without_options(options).map(|()| BoundCheck::Project(Box::new(check))),
            Check::FileWith(bind) | Check::ProjectWith(bind) => bind(options),
            Check::Triage => without_options(options).map(|()| BoundCheck::Triage),
        };
        bound.map_err(|reason| format!("[rules.{}]: {reason}", self.meta.code))
    }

    /// The letters of its code, which it shares with the rules of its kind.
    pub fn group(&self) -> &'static str {
        self.meta.code.trim_end_matches(|c: char| c.is_ascii_digit())
    }
}

/// Ties options to a check for one file. The type of the options must refuse unknown fields.
pub fn bind_file<O>(table: Option<&Table>, check: fn(File<'_>, &O, &mut Findings)) -> Result<BoundCheck, String>
where
    O: Default + DeserializeOwned + Send + Sync + 'static,
{
    let options: O = read_options(table)?;
    Ok(BoundCheck::File(Box::new(move |file, findings| check(file, &options, findings))))
}

/// Ties options to a check for the whole project. The type of the options must refuse unknown fields.
pub fn bind_project<O>(table: Option<&Table>, check: fn(&Project, &O, &mut Findings)) -> Result<BoundCheck, String>
where
    O: Default + DeserializeOwned + Send + Sync + 'static,
{
    let options: O = read_options(table)?;
    Ok(BoundCheck::Project(Box::new(move |project, findings| check(project, &options, findings))))
}

/// The rule with this code or name.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.meta.code == code_or_name || rule.meta.name == code_or_name)
}

/// The rules that a selector means: a code, the beginning of codes, or a name. They come sorted by code; none means
/// that the selector is wrong.
pub fn select(selector: &str) -> Vec<&'static Rule> {
    let is_meant = |rule: &&Rule| rule.meta.code.starts_with(selector) || rule.meta.name == selector;
    RULES.iter().filter(|_| !selector.is_empty()).filter(is_meant).collect()
}

/// The code, name or group most like a word that means no rule, if any is alike enough to be what was meant.
pub fn nearest(word: &str) -> Option<&'static str> {
    const ALIKE: f64 = 0.6;
    let lower = word.to_lowercase();
    RULES
        .iter()
        .flat_map(|rule| [rule.meta.code, rule.meta.name, rule.group()])
        .map(|known| (strsim::normalized_damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

fn without_options(table: Option<&Table>) -> Result<(), String> {
    match table.and_then(|table| table.keys().next()) {
        Some(key) => Err(format!("the rule has no options; remove `{key}`")),
        None => Ok(()),
    }
}

fn read_options<O: Default + DeserializeOwned>(table: Option<&Table>) -> Result<O, String> {
    let Some(table) = table else { return Ok(O::default()) };
    table.clone().try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use backlint_finding::{Audience, Confidence, RuleScope, Severity};
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Limit {
        lines: u32,
    }

    const META: RuleMeta = RuleMeta {
        code: "MNT900",
        name: "model",
        summary: "Model",
        severity: Severity::Note,
        confidence: Confidence::High,
        audience: Audience::Regular,
        scope: RuleScope::File,
        cwe: &[],
        audits: &[],
        since: "0.1.0",
        description: "",
        help: "",
    };
    const PLAIN: Rule = Rule { meta: META, page: "", check: Check::File(|_, _| {}), needs: &[] };
    const LIMITED: Rule = Rule {
        meta: META,
        page: "",
        check: Check::ProjectWith(|options| bind_project::<Limit>(options, |_, limit, _| assert!(limit.lines > 0))),
        needs: &[],
    };

    /// The error of binding `rule` to the options in `toml`, or nothing.
    fn refusal(rule: &Rule, toml: &str) -> String {
        let table: Table = toml.parse().expect("a table");
        rule.bind(Some(&table)).err().unwrap_or_default()
    }

    #[test]
    fn a_rule_without_options_refuses_any_key() {
        assert_eq!(refusal(&PLAIN, "lines = 5"), "[rules.MNT900]: the rule has no options; remove `lines`");
        assert_eq!(refusal(&PLAIN, ""), "");
        assert!(PLAIN.bind(None).is_ok());
    }

    #[test]
    fn options_are_typed_and_known() {
        assert_eq!(refusal(&LIMITED, "lines = 5"), "");
        assert_eq!(refusal(&LIMITED, "line = 5"), "[rules.MNT900]: unknown field `line`, expected `lines`");
        assert!(refusal(&LIMITED, "lines = \"many\"").starts_with("[rules.MNT900]: invalid type: string \"many\""));
    }

    #[test]
    fn options_decide_the_kind_of_check_with_or_without_a_table() {
        assert!(matches!(LIMITED.bind(None), Ok(BoundCheck::Project(_))));
        assert!(matches!(PLAIN.bind(None), Ok(BoundCheck::File(_))));
    }

    #[test]
    fn rules_go_by_code_and_by_name() {
        let rule = &RULES[0];
        assert_eq!(find(rule.meta.code).map(|found| found.meta.name), Some(rule.meta.name));
        assert_eq!(find(rule.meta.name).map(|found| found.meta.code), Some(rule.meta.code));
        assert!(find("no-such-rule").is_none());
    }

    #[test]
    fn a_selector_is_a_group_or_a_single_rule() {
        let rule = &RULES[0];
        let group = select(rule.group());
        assert!(!group.is_empty() && group.iter().all(|other| other.group() == rule.group()));
        assert_eq!(select(rule.meta.name).len(), 1);
        assert_eq!(select(rule.meta.code).len(), 1);
        assert!(select("").is_empty() && select("NOSUCH").is_empty());
    }

    #[test]
    fn a_misspelt_name_leads_to_the_known_one() {
        let rule = &RULES[0];
        assert_eq!(nearest(&format!("{}x", rule.meta.name)), Some(rule.meta.name));
        assert_eq!(nearest(&rule.meta.code.to_lowercase()), Some(rule.meta.code));
        assert_eq!(nearest("??????????????"), None);
    }
}
