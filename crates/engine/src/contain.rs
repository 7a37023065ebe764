//! Keeps a panic inside the job it happened in.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backlint_finding::{Problem, ProblemKind};

/// The path of problems that belong to no single file.
pub(crate) const WHOLE_PROJECT: &str = ".";

/// Runs `work`. A panic becomes a problem at `path` that names the work.
///
/// What the panic says stays out of the problem: it may quote the analysed source, and with it a secret.
pub(crate) fn contained<T>(path: &str, what: &str, work: impl FnOnce() -> T) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Problem {
        path: path.to_owned(),
        kind: ProblemKind::Internal,
        message: format!("{what} failed because of a fault in backlint; please report it, with this file if you can"),
    })
}
