//! HTML forms of templates that post: where they go, and whether they carry a token against forgery.

use std::ops::Range;

use backlint_source::{FileId, Location, Sources, Span};

/// A form of a template whose method is POST.
#[derive(Clone, Debug)]
pub struct Form {
    /// Its opening tag.
    pub at: Location,
    /// The template below its folder: `admin/login.html`.
    pub template: String,
    /// Where it posts to.
    pub target: FormTarget,
    /// Whether something in it may be a token: a field, a macro, a script that sends a header.
    pub has_token: bool,
}

/// Where a form posts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormTarget {
    /// The endpoint of `url_for(…)`.
    Endpoint(String),
    /// A path of this site, up to its first variable part.
    Path(String),
    /// The page that shows it.
    Same,
    /// Another site, or somewhere that could not be told.
    Elsewhere,
}

/// The posting forms of all templates, in source order.
pub(super) fn find(sources: &Sources) -> Vec<Form> {
    let mut found = Vec::new();
    for (id, file) in sources.iter() {
        let Some(template) = template_name(file.path()) else { continue };
        read(id, template, file.text(), &mut found);
    }
    found
}

/// The part of a path below its folder of templates.
fn template_name(path: &str) -> Option<&str> {
    let is_page = [".html", ".htm", ".jinja", ".jinja2"].iter().any(|ending| path.ends_with(ending));
    let below = path.rfind("/templates/").map(|at| at + "/templates/".len());
    let below = below.or_else(|| path.starts_with("templates/").then_some("templates/".len()));
    below.filter(|_| is_page).map(|at| &path[at..])
}

fn read(id: FileId, template: &str, text: &str, found: &mut Vec<Form>) {
    // Tags are compared without regard to case; lower-casing ASCII keeps all offsets.
    let lower = text.to_ascii_lowercase();
    let sends_header = ["x-csrf", "x-xsrf"].iter().any(|header| lower.contains(header));
    let comments = [comments(&lower, "<!--", "-->"), comments(&lower, "{#", "#}")];
    let is_in_comment = |at: usize| {
        comments.iter().any(|ranges| {
            let next = ranges.partition_point(|range| range.start <= at);
            next.checked_sub(1).is_some_and(|last| ranges[last].contains(&at))
        })
    };
    let starts: Vec<usize> = lower.match_indices("<form").map(|(at, _)| at).collect();
    let ends: Vec<usize> = lower.match_indices("</form").map(|(at, _)| at).collect();
    let mut from = 0;
    for &start in &starts {
        if start < from {
            continue;
        }
        let Some(tag_end) = tag_end(&lower, start) else { break };
        from = tag_end;
        let tag = &text[start..tag_end];
        let is_post = attribute(tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        if !is_post || is_in_comment(start) {
            continue;
        }
        // Forms do not nest: one that is not closed ends where the next begins.
        let body_end = [&starts, &ends].into_iter().filter_map(|places| next(places, tag_end)).min();
        let inside = &lower[start..body_end.unwrap_or(lower.len())];
        found.push(Form {
            at: location(id, start, tag.lines().next().unwrap_or_default().len()),
            template: template.to_owned(),
            target: target(attribute(tag, "action")),
            has_token: sends_header || may_hold_token(inside),
        });
    }
}

/// The first of some places from `at` on.
fn next(places: &[usize], at: usize) -> Option<usize> {
    places.get(places.partition_point(|&place| place < at)).copied()
}

/// The ranges between two marks; one that is never closed reaches to the end.
fn comments(text: &str, open: &str, close: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(open).map(|at| from + at) {
        let end = text[start..].find(close).map_or(text.len(), |at| start + at);
        found.push(start..end);
        from = end;
    }
    found
}

/// The end of a tag: the first `>` outside quotes and template expressions.
fn tag_end(text: &str, start: usize) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0_u32;
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        let pair = bytes.get(at..at + 2).unwrap_or_default();
        match bytes[at] {
            _ if pair == b"{{" || pair == b"{%" => depth += 1,
            _ if pair == b"}}" || pair == b"%}" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            b'>' if quote.is_none() => return Some(at + 1),
            byte @ (b'"' | b'\'') if quote.is_none() => quote = Some(byte),
            byte if quote == Some(byte) => quote = None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The value of an attribute of a tag, template expressions included.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices(name).map(|(at, _)| at).find(|&at| {
        let is_start = lower[..at].ends_with(|c: char| c.is_whitespace());
        is_start && lower[at + name.len()..].trim_start().starts_with('=')
    })?;
    let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => {
            let inner = &value[1..];
            // A template expression may hold the same quotes.
            let end = match inner.find("{{").filter(|&open| inner.find(quote).is_some_and(|close| open < close)) {
                Some(open) => {
                    let close = inner[open..].find("}}").map_or(inner.len(), |close| open + close);
                    inner[close..].find(quote).map_or(inner.len(), |end| close + end)
                }
                None => inner.find(quote)?,
            };
            Some(&inner[..end])
        }
        _ => value.split([' ', '>', '\n', '\t']).next(),
    }
}

fn target(action: Option<&str>) -> FormTarget {
    let Some(action) = action.map(str::trim).filter(|action| !action.is_empty() && *action != "#") else {
        return FormTarget::Same;
    };
    if let Some(at) = action.find("url_for").or_else(|| action.find("get_url")) {
        let endpoint = action[at..].split(['"', '\'']).nth(1);
        return endpoint.map_or(FormTarget::Elsewhere, |endpoint| FormTarget::Endpoint(endpoint.to_owned()));
    }
    match action.strip_prefix('/') {
        Some(rest) if !rest.starts_with('/') => {
            let known = action.split("{{").next().unwrap_or(action);
            FormTarget::Path(known.split(['?', '#']).next().unwrap_or(known).to_owned())
        }
        _ => FormTarget::Elsewhere,
    }
}

/// A field that is called so, or a macro that may render one.
fn may_hold_token(form: &str) -> bool {
    ["csrf", "xsrf", "hidden_tag", "nonce", "render_form", "quick_form", "form_errors", "authenticity"]
        .iter()
        .any(|word| form.contains(word))
        || form.contains("{% include")
        || form.contains("{%- include")
}

fn location(file: FileId, start: usize, len: usize) -> Location {
    let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Location { file, span: Span::new(fits(start), fits(start + len)) }
}
