//! Parses and indexes the Python files of a run, one job per file.

use backlint_finding::{Problem, ProblemKind};
use backlint_model::Input;
use backlint_semantic::index;
use backlint_source::{FileId, SourceFile, Sources};
use backlint_syntax::{Module, SyntaxProblemKind, parse};
use rayon::prelude::*;

use crate::contain::contained;
use crate::discover::FileKind;
use crate::read::MemoryFile;
use crate::timings::{Timings, timed};

/// All files of a run, the Python ones parsed and indexed.
pub(crate) struct Parsed {
    pub(crate) sources: Sources,
    pub(crate) inputs: Vec<Input>,
    pub(crate) problems: Vec<Problem>,
}

/// Parses and indexes `files`, which come sorted by path and without doubles.
pub(crate) fn parse_files(files: Vec<MemoryFile>, timings: &mut Timings) -> Parsed {
    let mut python = Vec::new();
    let mut texts = Vec::with_capacity(files.len());
    for (id, file) in (0..).map(FileId).zip(files) {
        if file.kind == FileKind::Python {
            python.push((id, file.local));
        }
        texts.push(SourceFile::new(file.path, file.text));
    }
    let sources = Sources::new(texts);
    let mut parsed = Parsed { sources, inputs: Vec::with_capacity(python.len()), problems: Vec::new() };
    let modules = timed(&mut timings.parse, || parsed.modules(python));
    let inputs = timed(&mut timings.index, || parsed.index(modules));
    parsed.inputs = inputs;
    parsed
}

/// A parsed file: its id, its path below the analysed folder, its tree.
type Tree = (FileId, String, Module);

impl Parsed {
    fn modules(&mut self, python: Vec<(FileId, String)>) -> Vec<Tree> {
        let sources = &self.sources;
        let trees = python.into_par_iter().map(|(id, local)| {
            let source = sources.file(id);
            let module = contained(source.path(), "parsing", || parse(source.text()))?;
            Ok((id, local, module))
        });
        let trees: Vec<Result<Tree, Problem>> = trees.collect();
        let trees: Vec<Tree> = trees.into_iter().filter_map(|tree| self.keep(tree)).collect();
        let broken = trees.iter().filter_map(|(id, _, module)| syntax_problem(self.sources.file(*id), module));
        self.problems.extend(broken);
        trees
    }

    fn index(&mut self, trees: Vec<Tree>) -> Vec<Input> {
        let sources = &self.sources;
        let inputs = trees.into_par_iter().map(|(id, local, module)| {
            let source = sources.file(id);
            let index = contained(source.path(), "indexing", || index(source.text(), &module))?;
            Ok(Input { id, local, module, index })
        });
        let inputs: Vec<Result<Input, Problem>> = inputs.collect();
        inputs.into_iter().filter_map(|input| self.keep(input)).collect()
    }

    fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }
}

/// One problem for all that could not be read in a file: its first place, and how many more there are.
fn syntax_problem(source: &SourceFile, module: &Module) -> Option<Problem> {
    let first = module.problems().first()?;
    let what = first.kind.describe();
    if first.kind == SyntaxProblemKind::OverBudget {
        return Some(Problem { path: source.path().to_owned(), kind: ProblemKind::TooLarge, message: what });
    }
    let at = source.position(first.span.start);
    let more = match module.problems().len() - 1 {
        0 => String::new(),
        1 => ", and one more place like it".to_owned(),
        n => format!(", and {n} more places like it"),
    };
    let message = format!("line {}, column {}: {what}{more}; the rest of the file is analysed", at.line, at.column);
    Some(Problem { path: source.path().to_owned(), kind: ProblemKind::Syntax, message })
}
