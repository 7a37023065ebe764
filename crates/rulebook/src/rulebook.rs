//! All pages together: codes and names are unique, and pages and rows are the same set.

use std::collections::{BTreeMap, BTreeSet};

use crate::page::RulePage;
use crate::problem::{Fault, PageProblem};
use crate::text::{TextFile, stem};

/// Reads all pages and holds them against the rows of the rulebook, which are rule codes.
///
/// The pages come back sorted by code. A row without a page is a problem on the first line of the page that is not
/// there.
pub fn check_rulebook(pages: &[TextFile], rows: &[&str]) -> Result<Vec<RulePage>, Vec<PageProblem>> {
    let mut problems = compare_with_rows(pages, rows);
    let mut parsed: Vec<RulePage> = Vec::new();
    for page in pages {
        match RulePage::parse(&page.path, &page.text) {
            Ok(page) => parsed.push(page),
            Err(more) => problems.extend(more),
        }
    }
    parsed.sort_by(|a, b| a.code().cmp(b.code()));
    problems.extend(repetitions(&parsed));
    if problems.is_empty() {
        return Ok(parsed);
    }
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Err(problems)
}

fn compare_with_rows(pages: &[TextFile], rows: &[&str]) -> Vec<PageProblem> {
    let files: BTreeMap<&str, &str> = pages.iter().map(|page| (stem(&page.path), page.path.as_str())).collect();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for &row in rows {
        let code = row.to_owned();
        let is_new = seen.insert(row);
        let (file, fault) = match files.get(row) {
            Some(_) if is_new => continue,
            Some(&file) => (file.to_owned(), Fault::RepeatedRow { code }),
            None => (format!("{row}.md"), Fault::NoPage { code }),
        };
        problems.push(PageProblem { file, line: 1, fault });
    }
    for (code, file) in files {
        if !seen.contains(code) {
            let fault = Fault::NoRow { code: code.to_owned() };
            problems.push(PageProblem { file: file.to_owned(), line: 1, fault });
        }
    }
    problems
}

/// Codes and names that stand on more than one of the pages, which are sorted by code.
fn repetitions(pages: &[RulePage]) -> Vec<PageProblem> {
    let mut names: BTreeMap<&str, &RulePage> = BTreeMap::new();
    let mut codes = BTreeSet::new();
    let mut problems = Vec::new();
    for page in pages {
        let header = page.header();
        let (line, fault) = if !codes.insert(page.code()) {
            (page.header.code_line, Fault::RepeatedCode { code: header.code.clone() })
        } else if let Some(other) = names.insert(&header.name, page) {
            let fault = Fault::RepeatedName { name: header.name.clone(), other: other.code().to_owned() };
            (page.header.name_line, fault)
        } else {
            continue;
        };
        problems.push(PageProblem { file: page.file_name().to_owned(), line, fault });
    }
    problems
}
