//! Files of sections and keys: units of systemd, supervisord, `setup.cfg`, `alembic.ini`.

use super::{Word, lines, span, trimmed};

/// One key of one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The section's name without brackets, empty before the first one.
    pub section: String,
    /// The key.
    pub key: Word,
    /// Its value, over continued lines as written.
    pub value: Word,
}

/// The keys of a file in their order; a key may stand several times.
pub fn entries(text: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut is_continued = false;
    for (start, line) in lines(text) {
        let content = line.trim();
        let is_indented = line.starts_with([' ', '\t']) && !content.is_empty();
        if content.starts_with(['#', ';']) {
            continue;
        }
        if let Some(last) = found.last_mut().filter(|_| is_continued || is_indented) {
            last.value.span = last.value.span.cover(trimmed(start, line).span);
            last.value.text.push('\n');
            last.value.text.push_str(content);
            is_continued = content.ends_with('\\');
            continue;
        }
        is_continued = content.ends_with('\\');
        if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let Some(at) = line.find(['=', ':']) else { continue };
        let value = trimmed(start + at + 1, &line[at + 1..]);
        let value =
            if value.text.is_empty() { Word { span: span(start + at, start + at + 1), ..value } } else { value };
        found.push(Entry { section: section.clone(), key: trimmed(start, &line[..at]), value });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_and_continued_lines() {
        let text = "[Service]\nExecStart=/bin/a \\\n  --b\n# no\nUser = web\n[program:x]\ncommand=run\n";
        let found: Vec<_> = entries(text).into_iter().map(|e| (e.section, e.key.text, e.value.span)).collect();
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].0.as_str(), found[0].2.of(text)), ("Service", "/bin/a \\\n  --b"));
        assert_eq!((found[1].1.as_str(), found[1].2.of(text)), ("User", "web"));
        assert_eq!((found[2].0.as_str(), found[2].2.of(text)), ("program:x", "run"));
    }
}
