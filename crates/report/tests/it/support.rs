//! Outcomes built by hand: texts, findings at snippets of them, and renderers that return text.

use std::io;

use backlint_finding::{
    Audience, AuditCatalogue, AuditItem, AuditRef, Bucket, Confidence, Finding, FlowStep, Note, Outcome, Problem,
    ProblemKind, RuleMeta, RuleScope, Severity, Summary, Triaged, Verdict,
};
use backlint_source::{Location, SourceFile, Sources, Span};

/// A rule with a CWE and an audit item.
pub(crate) static OPEN_ROUTE: RuleMeta = RuleMeta {
    code: "AUTH001",
    name: "unguarded-state-change",
    summary: "State-changing route that nothing in the repository guards",
    severity: Severity::High,
    confidence: Confidence::High,
    audience: Audience::Regular,
    scope: RuleScope::Project,
    cwe: &[306],
    audits: &["000:1"],
    since: "0.1.0",
    description: "Reports live routes that change state without any check of the caller.",
    help: "## What it does\nReports live routes that change state.\n## Limits\nNone.\n",
};

/// A rule without CWE.
pub(crate) static LONG_FUNCTION: RuleMeta = RuleMeta {
    code: "MNT001",
    name: "long-function",
    summary: "Function that is too long to read",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    audience: Audience::Pedantic,
    scope: RuleScope::File,
    cwe: &[],
    audits: &[],
    since: "0.1.0",
    description: "Reports functions with many statements.",
    help: "## What it does\nReports functions with many statements.\n",
};

/// Texts under construction, and the findings in them.
pub(crate) struct Builder {
    sources: Sources,
    findings: Vec<Triaged>,
    problems: Vec<Problem>,
}

impl Builder {
    /// Files by path and text.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|&(path, text)| SourceFile::new(path, text)).collect();
        Self { sources: Sources::new(files), findings: Vec::new(), problems: Vec::new() }
    }

    /// The first place of `snippet` in the file at `path`.
    pub(crate) fn place(&self, path: &str, snippet: &str) -> Location {
        let file = self.sources.find(path).expect("the file is one of those given");
        let start = self.sources.file(file).text().find(snippet).expect("the snippet is in the file");
        Location { file, span: Span::new(offset(start), offset(start + snippet.len())) }
    }

    /// Adds a shown finding of `rule`.
    pub(crate) fn finding(self, rule: &'static RuleMeta, at: Location, message: &str) -> Self {
        self.finding_with(rule, at, message, |_| {})
    }

    /// Adds a finding of `rule` after `change`.
    pub(crate) fn finding_with(
        mut self,
        rule: &'static RuleMeta,
        at: Location,
        message: &str,
        change: impl FnOnce(&mut Triaged),
    ) -> Self {
        let finding = Finding {
            rule,
            at,
            message: message.to_owned(),
            severity: rule.severity,
            confidence: rule.confidence,
            audience: rule.audience,
            anchor: "POST /jobs".to_owned(),
            related: Vec::new(),
            flow: Vec::new(),
        };
        let audits = rule.audits.iter().map(|&audit| AuditRef(audit.to_owned())).collect();
        let fingerprint = format!("{}-{}", rule.code, self.findings.len());
        let mut triaged = Triaged { finding, bucket: Bucket::Shown, audits, fingerprint };
        change(&mut triaged);
        self.findings.push(triaged);
        self
    }

    /// Adds a problem.
    pub(crate) fn problem(mut self, path: &str, kind: ProblemKind, message: &str) -> Self {
        self.problems.push(Problem { path: path.to_owned(), kind, message: message.to_owned() });
        self
    }

    /// The outcome, with numbers that fit its findings.
    pub(crate) fn outcome(self) -> Outcome {
        let count = |is_meant: fn(&Bucket) -> bool| self.findings.iter().filter(|t| is_meant(&t.bucket)).count();
        let summary = Summary {
            files: self.sources.len(),
            routes: 2,
            shown: count(|bucket| *bucket == Bucket::Shown),
            suppressed: count(|bucket| matches!(bucket, Bucket::Suppressed { .. })),
            baselined: count(|bucket| *bucket == Bucket::Baselined),
            below_threshold: count(|bucket| *bucket == Bucket::BelowThreshold),
        };
        Outcome {
            sources: self.sources,
            findings: self.findings,
            problems: self.problems,
            summary,
            rules: vec![&OPEN_ROUTE, &LONG_FUNCTION],
            catalogues: vec![catalogue()],
        }
    }
}

/// A related place or a step of a flow.
pub(crate) fn note(at: Location, message: &str) -> FlowStep {
    Note { at, message: message.to_owned() }
}

/// What `render` writes.
pub(crate) fn rendered(render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    render(&mut bytes).expect("writing to memory succeeds");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

/// Two files and one finding with everything a finding can have.
pub(crate) fn full_outcome() -> Outcome {
    let builder = Builder::new(&[("app/main.py", MAIN), ("app/store.py", STORE)]);
    let at = builder.place("app/main.py", "@app.post(\"/jobs\")");
    let sibling = builder.place("app/main.py", "@login_required");
    let effect = builder.place("app/store.py", "session.add(job)");
    let argument = builder.place("app/main.py", "store(request.json)");
    builder
        .finding_with(&OPEN_ROUTE, at, "POST /jobs changes state and nothing guards it", |triaged| {
            let finding = &mut triaged.finding;
            finding.related = vec![note(sibling, "its sibling is guarded"), note(effect, "a row is added here")];
            finding.flow = vec![note(argument, "the body enters"), note(effect, "and is stored")];
        })
        .problem("app/broken.py", ProblemKind::Syntax, "line 3 could not be parsed; fix it and run again")
        .outcome()
}

const MAIN: &str = r#"from flask import Flask, request
from app.store import store

app = Flask(__name__)


@app.post("/jobs")
def start():
    store(request.json)
    return {}


@app.delete("/jobs")
@login_required
def stop():
    return {}
"#;

const STORE: &str = "def store(job):\n    session.add(job)\n    session.commit()\n";

fn catalogue() -> AuditCatalogue {
    let item = |id: &str, rules: &[&str]| AuditItem {
        id: id.to_owned(),
        priority: "P0".to_owned(),
        title: "Open endpoints".to_owned(),
        description: "Anyone may call them.".to_owned(),
        verdict: Verdict::Confirmed,
        rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
    };
    AuditCatalogue {
        id: "000".to_owned(),
        title: "Image back end".to_owned(),
        summary: "A review of a back end.".to_owned(),
        items: vec![item("1", &["AUTH001", "RATE004"]), item("2", &[])],
    }
}

fn offset(value: usize) -> u32 {
    u32::try_from(value).expect("test texts are small")
}
