//! A message over one code frame, in the terms of miette.

use std::fmt;

use miette::{Diagnostic, LabeledSpan};

use super::frame::Frame;

/// A message over one code frame.
pub(super) struct FramedDiagnostic<'a> {
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) severity: miette::Severity,
    pub(super) labels: Vec<LabeledSpan>,
    pub(super) frame: Frame<'a>,
}

impl fmt::Display for FramedDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for FramedDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedDiagnostic")
            .field("code", &self.code)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for FramedDiagnostic<'_> {}

impl Diagnostic for FramedDiagnostic<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.frame)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
