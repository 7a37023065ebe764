//! The merged configuration: defaults, then the file, then the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backlint_finding::{Audience, Confidence, RuleCode, Severity};
use backlint_rules::RULES;
use backlint_rules::registry::{self, BoundCheck, Rule};
use toml::Table;

use super::audits;
use super::level::{FailOn, SeverityWord};
use super::locate::{ConfigSource, Found, locate, normalise};
use super::options::{Options, explain};
use super::paths::{PathGlobs, PathRule, PathRules};
use super::place::{ConfigText, Place, Placed};
use super::selection::{Selection, unknown_rule};
use super::{ActiveRule, Environment, Settings, Thresholds};
use crate::error::EngineError;

/// The merged configuration.
#[derive(Debug)]
pub struct Config {
    /// What globs and the paths of catalogues are relative to.
    folder: PathBuf,
    selection: Selection,
    per_path: Vec<PathSelection>,
    exclude: Vec<Placed<String>>,
    thresholds: Thresholds,
    fail_on: FailOn,
    requires_reason: bool,
    model: backlint_model::Options,
    severities: Vec<(Placed<String>, Severity)>,
    audit_files: Vec<Placed<String>>,
    flow_tables: Vec<Placed<String>>,
    rule_options: Vec<(Placed<String>, Table)>,
    /// Those of the file are relative to its folder, those of the command line to the working directory.
    advisories: Advisories,
}

/// What the command line says on top of a configuration file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--select`.
    pub select: Vec<String>,
    /// `--ignore`.
    pub ignore: Vec<String>,
    /// `--audit`.
    pub audits: Vec<String>,
    /// `--audience`.
    pub audience: Option<Audience>,
    /// `--min-severity`.
    pub min_severity: Option<SeverityWord>,
    /// `--min-confidence`.
    pub min_confidence: Option<Confidence>,
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--advisories`.
    pub advisories: Vec<PathBuf>,
}

/// Where advisories lie.
#[derive(Debug, Default)]
struct Advisories {
    of_file: Vec<String>,
    of_command_line: Vec<PathBuf>,
}

/// The rules of some paths.
#[derive(Debug)]
struct PathSelection {
    glob: Placed<String>,
    selection: Selection,
}

impl Config {
    /// The configuration for `paths`, which are relative to `working_directory`.
    pub fn load(source: &ConfigSource, paths: &[PathBuf], working_directory: &Path) -> Result<Self, EngineError> {
        let Some(Found { folder, name, text, options }) = locate(source, paths, working_directory)? else {
            return Ok(Self::of(Options::default(), ConfigText { name: "", text: "" }, working_directory.to_owned()));
        };
        Ok(Self::of(options, ConfigText { name: &name, text: &text }, folder))
    }

    /// The configuration in the text of a `backlint.toml` that lies in the working directory.
    pub fn parse(name: &str, text: &str) -> Result<Self, EngineError> {
        let file = ConfigText { name, text };
        Ok(Self::of(Options::parse(file)?, file, PathBuf::new()))
    }

    /// The configuration with what the command line says.
    ///
    /// A selection there replaces the one of the file, with what it ignores or adds for single paths; rules that are
    /// ignored there are ignored besides.
    #[must_use]
    pub fn with(mut self, overrides: Overrides) -> Self {
        if !overrides.select.is_empty() || !overrides.audits.is_empty() {
            self.selection = Selection {
                select: Some(from_command_line(overrides.select, "--select")),
                audits: from_command_line(overrides.audits, "--audit"),
                ignore: Vec::new(),
            };
            for entry in &mut self.per_path {
                entry.selection.select = None;
            }
        }
        self.selection.ignore.extend(from_command_line(overrides.ignore, "--ignore"));
        let thresholds = &mut self.thresholds;
        thresholds.audience = overrides.audience.unwrap_or(thresholds.audience);
        thresholds.severity = overrides.min_severity.map_or(thresholds.severity, |SeverityWord(severity)| severity);
        thresholds.confidence = overrides.min_confidence.unwrap_or(thresholds.confidence);
        self.fail_on = overrides.fail_on.unwrap_or(self.fail_on);
        self.advisories.of_command_line = overrides.advisories;
        self
    }

    /// The settings: rules found and bound to their options, globs compiled, audit catalogues read.
    pub fn resolve(self, environment: Environment) -> Result<Settings, EngineError> {
        let folder = environment.working_directory.join(&self.folder);
        let catalogues = audits::read(&self.audit_files, &folder)?;
        let flow = super::flow::read(&self.flow_tables, &folder)?;
        let selected = self.selection.selected(&catalogues)?;
        let mut per_path = Vec::new();
        for entry in &self.per_path {
            per_path.push(PathRule {
                globs: PathGlobs::new(&self.folder, std::slice::from_ref(&entry.glob))?,
                on: entry.selection.added()?,
                off: entry.selection.ignored()?,
            });
        }
        let paths = PathRules::new(selected, per_path);
        let exclude = PathGlobs::new(&self.folder, &self.exclude)?;
        let rules = self.bind(&paths)?;
        let severities = self.severities()?;
        let advisories = self.advisories.places(&environment.working_directory, &self.folder);
        if rules.is_empty() {
            return Err(EngineError::NothingSelected);
        }
        Ok(Settings {
            environment,
            rules,
            paths,
            exclude,
            thresholds: self.thresholds,
            fail_on: self.fail_on,
            severities,
            catalogues,
            model: backlint_model::Options { flow, ..self.model },
            requires_reason: self.requires_reason,
            advisories,
        })
    }

    fn of(options: Options, file: ConfigText<'_>, folder: PathBuf) -> Self {
        let placed = |values: Vec<_>| values.into_iter().map(|value| file.placed(value)).collect();
        let per_path = options.per_path.into_iter().map(|(glob, options)| {
            let Placed { value: options, place } = file.placed(options);
            let select = Some(placed(options.select)).filter(|select: &Vec<_>| !select.is_empty());
            let selection = Selection { select, ignore: placed(options.ignore), audits: Vec::new() };
            PathSelection { glob: Placed { value: glob, place }, selection }
        });
        let severities = options.severity.into_iter().map(|(code, word)| {
            let Placed { value: SeverityWord(severity), place } = file.placed(word);
            (Placed { value: code, place }, severity)
        });
        let rule_options = options.rules.into_iter().map(|(code, table)| {
            let Placed { value: table, place } = file.placed(table);
            (Placed { value: code, place }, table)
        });
        Self {
            folder,
            per_path: per_path.collect(),
            severities: severities.collect(),
            rule_options: rule_options.collect(),
            selection: Selection {
                select: options.select.map(placed),
                ignore: placed(options.ignore),
                audits: Vec::new(),
            },
            exclude: placed(options.exclude),
            thresholds: Thresholds {
                audience: options.audience.unwrap_or(Audience::Regular),
                severity: options.min_severity.map_or(Severity::Note, |SeverityWord(severity)| severity),
                confidence: options.min_confidence.unwrap_or(Confidence::Low),
            },
            fail_on: options.fail_on.unwrap_or(FailOn::Severity(Severity::Low)),
            requires_reason: options.require_reason,
            model: backlint_model::Options {
                guards: options.guards.names,
                not_guards: options.guards.not,
                public: options.public.into_iter().collect(),
                flow: Vec::new(),
            },
            audit_files: placed(options.audits.files),
            flow_tables: placed(options.flow.tables),
            advisories: Advisories { of_file: options.advisories, of_command_line: Vec::new() },
        }
    }

    /// The rules that run anywhere, with their options. Options of rules that do not run are checked too.
    fn bind(&self, paths: &PathRules) -> Result<Vec<ActiveRule>, EngineError> {
        let mut bound: BTreeMap<RuleCode, BoundCheck> = BTreeMap::new();
        for (code, table) in &self.rule_options {
            let rule = find(code)?;
            bound.insert(rule.meta.code, bind(rule, table, &code.place)?);
        }
        let active = RULES.iter().filter(|rule| paths.runs(rule.meta.code)).map(|rule| {
            let check = bound.remove(rule.meta.code).map_or_else(|| bind_defaults(rule), Ok)?;
            Ok(ActiveRule { meta: &rule.meta, check, needs: rule.needs })
        });
        active.collect()
    }

    fn severities(&self) -> Result<BTreeMap<RuleCode, Severity>, EngineError> {
        self.severities.iter().map(|(code, severity)| Ok((find(code)?.meta.code, *severity))).collect()
    }
}

impl Advisories {
    fn places(&self, working_directory: &Path, folder: &Path) -> Vec<PathBuf> {
        let of_file = self.of_file.iter().map(|path| working_directory.join(folder).join(path));
        let of_command_line = self.of_command_line.iter().map(|path| working_directory.join(path));
        of_file.chain(of_command_line).map(|path| normalise(&path)).collect()
    }
}

fn from_command_line(words: Vec<String>, option: &'static str) -> Vec<Placed<String>> {
    words.into_iter().map(|value| Placed { value, place: Place::CommandLine(option) }).collect()
}

fn find(code: &Placed<String>) -> Result<&'static Rule, EngineError> {
    registry::find(&code.value).ok_or_else(|| unknown_rule(code))
}

fn bind(rule: &Rule, table: &Table, place: &Place) -> Result<BoundCheck, EngineError> {
    rule.bind(Some(table)).map_err(|message| {
        let message = match message.split_once("]: ") {
            Some((table, reason)) => format!("{table}]: {}", explain(reason)),
            None => message,
        };
        EngineError::Config { place: place.clone(), message }
    })
}

/// Every type of options has a default, so this fails only for a rule whose scope and check disagree.
fn bind_defaults(rule: &Rule) -> Result<BoundCheck, EngineError> {
    let place = Place::File { file: format!("rules/{}.md", rule.meta.code), line: 1 };
    rule.bind(None).map_err(|message| EngineError::Config { place, message })
}
