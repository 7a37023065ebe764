//! The header of a page: typed, complete, and with nothing in it that means nothing.

use std::collections::BTreeSet;
use std::str::FromStr;

use backlint_finding::{Audience, Confidence, ParseLevelError, RuleScope, Severity};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Fault, Problems};
use crate::text::{is_code, line_of, nearest};

/// What the header of a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `AUTH001`.
    pub code: String,
    /// `unguarded-state-change`.
    pub name: String,
    /// One sentence without final period.
    pub summary: String,
    /// How bad it is if true.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// Who wants it.
    pub audience: Audience,
    /// What the check looks at.
    pub scope: RuleScope,
    /// CWE numbers.
    pub cwe: Vec<u16>,
    /// Audit items, such as `000:1`.
    pub audits: Vec<String>,
    /// Version that brought the rule.
    pub since: String,
}

/// A header and the lines of the keys that are compared with other pages and with catalogues.
#[derive(Clone, Debug)]
pub(crate) struct PlacedHeader {
    pub(crate) header: Header,
    pub(crate) code_line: u32,
    pub(crate) name_line: u32,
    pub(crate) audits_line: u32,
}

/// Reads the header of the page of `code`. `text` begins on line `first` and is closed on line `end`.
pub(crate) fn read(code: &str, text: &str, first: u32, end: u32, problems: &mut Problems) -> Option<PlacedHeader> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            problems.add(line_of(text, error.span(), first), Fault::toml(&error));
        }
        return None;
    }
    let mut reader = Reader { text, first, end, table: table.get_ref(), known: BTreeSet::new(), problems };
    let code = reader.value("code", |value| read_code(value, code));
    let name = reader.value("name", read_name);
    let summary = reader.value("summary", read_summary);
    let severity = reader.value("severity", read_level::<Severity>);
    let confidence = reader.value("confidence", read_level::<Confidence>);
    let audience = reader.value("audience", read_level::<Audience>);
    let scope = reader.value("scope", read_scope);
    let cwe = reader.list("cwe", read_cwe);
    let audits = reader.list("audits", read_audit);
    let since = reader.value("since", read_version);
    reader.refuse_unknown();
    let header = Header {
        code: code?,
        name: name?,
        summary: summary?,
        severity: severity?,
        confidence: confidence?,
        audience: audience?,
        scope: scope?,
        cwe: cwe?,
        audits: audits?,
        since: since?,
    };
    let line = |key| reader.line_of_key(key);
    Some(PlacedHeader { header, code_line: line("code"), name_line: line("name"), audits_line: line("audits") })
}

/// Reads values by key, remembers which keys it was asked for, and reports what does not fit.
struct Reader<'r, 'i, 'f> {
    text: &'i str,
    first: u32,
    end: u32,
    table: &'r DeTable<'i>,
    known: BTreeSet<&'static str>,
    problems: &'r mut Problems<'f>,
}

impl<'r, 'i> Reader<'r, 'i, '_> {
    fn value<T>(&mut self, key: &'static str, read: impl Fn(&DeValue) -> Result<T, String>) -> Option<T> {
        let value = self.take(key)?;
        self.read(key, value, read)
    }

    fn list<T: PartialEq>(&mut self, key: &'static str, read: fn(&DeValue) -> Result<T, String>) -> Option<Vec<T>> {
        let value = self.take(key)?;
        let array = self.read(key, value, |value| match value {
            DeValue::Array(_) => Ok(()),
            _ => Err("must be a list".to_owned()),
        });
        array?;
        let DeValue::Array(entries) = value.get_ref() else { return None };
        let mut list = Vec::new();
        for entry in entries {
            let read_new = |value: &DeValue| match read(value)? {
                item if list.contains(&item) => Err("names something twice".to_owned()),
                item => Ok(item),
            };
            if let Some(item) = self.read(key, entry, read_new) {
                list.push(item);
            }
        }
        Some(list)
    }

    fn take(&mut self, key: &'static str) -> Option<&'r Spanned<DeValue<'i>>> {
        self.known.insert(key);
        let value = self.table.get(key);
        if value.is_none() {
            self.problems.add(self.end, Fault::MissingKey { key });
        }
        value
    }

    fn read<T>(
        &mut self,
        key: &'static str,
        value: &Spanned<DeValue>,
        read: impl Fn(&DeValue) -> Result<T, String>,
    ) -> Option<T> {
        match read(value.get_ref()) {
            Ok(value) => Some(value),
            Err(reason) => {
                let line = line_of(self.text, Some(value.span()), self.first);
                self.problems.add(line, Fault::Value { key, reason });
                None
            }
        }
    }

    fn refuse_unknown(&mut self) {
        for key in self.table.keys() {
            if self.known.contains(key.get_ref().as_ref()) {
                continue;
            }
            let nearest = nearest(key.get_ref(), self.known.iter().copied());
            let fault = Fault::UnknownKey { key: key.get_ref().to_string(), nearest };
            self.problems.add(line_of(self.text, Some(key.span()), self.first), fault);
        }
    }

    fn line_of_key(&self, key: &str) -> u32 {
        let span = self.table.get_key_value(key).map(|(key, _)| key.span());
        line_of(self.text, span, self.first)
    }
}

fn read_string<'v>(value: &'v DeValue) -> Result<&'v str, String> {
    value.as_str().ok_or_else(|| "must be a string".to_owned())
}

fn ensure<T>(holds: bool, value: T, reason: &str) -> Result<T, String> {
    if holds { Ok(value) } else { Err(reason.to_owned()) }
}

fn read_code(value: &DeValue, stem: &str) -> Result<String, String> {
    let code = read_string(value)?;
    ensure(is_code(code), (), "must be two to five capital letters and three digits, such as `AUTH001`")?;
    if code == stem { Ok(code.to_owned()) } else { Err(format!("must be the name of the file, `{stem}`")) }
}

fn read_name(value: &DeValue) -> Result<String, String> {
    let name = read_string(value)?;
    let is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_kebab = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(is_plain);
    ensure(is_kebab, name.to_owned(), "must be lower-case words joined by hyphens, such as `unguarded-route`")
}

fn read_summary(value: &DeValue) -> Result<String, String> {
    let summary = read_string(value)?;
    ensure(!summary.trim().is_empty() && summary.trim() == summary, (), "must be a sentence, without space around it")?;
    ensure(!summary.contains('\n'), (), "must stand on one line")?;
    ensure(!summary.ends_with(['.', '!', '?']), (), "must not end with a period")?;
    let starts_another = |rest: &str| rest.trim_start().starts_with(char::is_uppercase);
    let is_single = !summary.split(['.', '!', '?']).skip(1).any(|rest| rest.starts_with(' ') && starts_another(rest));
    ensure(is_single, summary.to_owned(), "must be one sentence")
}

fn read_level<T: FromStr<Err = ParseLevelError>>(value: &DeValue) -> Result<T, String> {
    read_string(value)?.parse().map_err(|error: ParseLevelError| format!("is wrong: {error}"))
}

fn read_scope(value: &DeValue) -> Result<RuleScope, String> {
    match read_string(value)? {
        "file" => Ok(RuleScope::File),
        "project" => Ok(RuleScope::Project),
        "triage" => Ok(RuleScope::Triage),
        _ => Err("must be `file`, `project` or `triage`".to_owned()),
    }
}

fn read_cwe(value: &DeValue) -> Result<u16, String> {
    let number = value.as_integer().and_then(|number| u16::from_str_radix(number.as_str(), number.radix()).ok());
    number.filter(|number| *number > 0).ok_or_else(|| "must list CWE numbers, such as `306`".to_owned())
}

fn read_audit(value: &DeValue) -> Result<String, String> {
    let audit = read_string(value)?;
    let is_reference = audit.split_once(':').is_some_and(|(id, item)| {
        id.len() == 3
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && !item.is_empty()
            && !item.contains(char::is_whitespace)
    });
    ensure(is_reference, audit.to_owned(), "must list audit items, such as `000:1`")
}

fn read_version(value: &DeValue) -> Result<String, String> {
    let version = read_string(value)?;
    let numbers: Vec<&str> = version.split('.').collect();
    let is_version = numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u16>().is_ok());
    ensure(is_version, version.to_owned(), "must be a version, such as `0.1.0`")
}
