//! What the text of SQL statements does to tables, indexes and types.

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DdlVerb {
    /// `CREATE`.
    Create,
    /// `ALTER`.
    Alter,
    /// `DROP`.
    Drop,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DdlObject {
    /// A table.
    Table,
    /// An index.
    Index,
    /// A type.
    Type,
}

/// A statement that changes the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ddl {
    /// What it does.
    pub verb: DdlVerb,
    /// To what.
    pub object: DdlObject,
    /// The name of the object, without its schema; empty if it is not in the text.
    pub name: String,
    /// The table of an index.
    pub table: Option<String>,
    /// The columns of an index, unless it is over expressions; the column that is added to a table.
    pub columns: Vec<String>,
    /// Whether no two rows may be alike in an index.
    pub is_unique: bool,
    /// Whether the object goes with the session.
    pub is_temporary: bool,
    /// The access method of an index: `gin`.
    pub method: Option<String>,
    /// The new name of a table.
    pub new_name: Option<String>,
}

/// The statements of a text that change tables, indexes and types.
pub fn ddl(text: &str) -> Vec<Ddl> {
    const VERBS: [&str; 3] = ["create", "alter", "drop"];
    let lower = text.to_ascii_lowercase();
    if !VERBS.iter().any(|verb| lower.contains(verb)) {
        return Vec::new();
    }
    text.split(';').filter_map(statement).collect()
}

fn statement(text: &str) -> Option<Ddl> {
    let words = words(text);
    let mut words = Words { list: &words };
    let verb = match words.take()?.to_ascii_lowercase().as_str() {
        "create" => DdlVerb::Create,
        "alter" => DdlVerb::Alter,
        "drop" => DdlVerb::Drop,
        _ => return None,
    };
    let (mut is_unique, mut is_temporary) = (false, false);
    let object = loop {
        match words.take()?.to_ascii_lowercase().as_str() {
            "unique" => is_unique = true,
            "temp" | "temporary" => is_temporary = true,
            "or" | "replace" | "global" | "local" | "unlogged" => {}
            "table" => break DdlObject::Table,
            "index" => break DdlObject::Index,
            "type" => break DdlObject::Type,
            _ => return None,
        }
    };
    words.skip(&["concurrently", "if", "not", "exists", "only"]);
    let is_unnamed = words.peek().is_some_and(|word| word.eq_ignore_ascii_case("on"));
    let name = if is_unnamed { String::new() } else { words.name().unwrap_or_default() };
    let mut found = Ddl {
        verb,
        object,
        name,
        table: None,
        columns: Vec::new(),
        is_unique,
        is_temporary,
        method: None,
        new_name: None,
    };
    match object {
        DdlObject::Index => words.index(&mut found),
        DdlObject::Table if verb == DdlVerb::Alter => words.alteration(&mut found),
        DdlObject::Table | DdlObject::Type => {}
    }
    Some(found)
}

/// The words of a statement: identifiers without quotes, and single marks. Comments are left out.
fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split("--").next().unwrap_or(line);
        let mut word = String::new();
        for c in line.chars() {
            if c == '_' || c == '{' || c == '}' || c == '$' || c.is_alphanumeric() {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                found.push(std::mem::take(&mut word));
            }
            if !c.is_whitespace() && !matches!(c, '"' | '`' | '[' | ']') {
                found.push(c.to_string());
            }
        }
        if !word.is_empty() {
            found.push(word);
        }
    }
    found
}

struct Words<'w> {
    list: &'w [String],
}

impl<'w> Words<'w> {
    fn peek(&self) -> Option<&'w str> {
        self.list.first().map(String::as_str)
    }

    fn take(&mut self) -> Option<&'w str> {
        let (first, rest) = self.list.split_first()?;
        self.list = rest;
        Some(first)
    }

    fn skip(&mut self, words: &[&str]) {
        while self.peek().is_some_and(|word| words.iter().any(|skipped| word.eq_ignore_ascii_case(skipped))) {
            self.take();
        }
    }

    fn next_is(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|next| next.eq_ignore_ascii_case(word));
        if is_next {
            self.take();
        }
        is_next
    }

    /// The last part of a dotted name.
    fn name(&mut self) -> Option<String> {
        let mut name = self.take().filter(|word| is_identifier(word))?;
        while self.peek() == Some(".") {
            self.take();
            name = self.take().filter(|word| is_identifier(word))?;
        }
        Some(name.to_owned())
    }

    /// `ON [ONLY] table [USING method] (columns)`.
    fn index(&mut self, found: &mut Ddl) {
        while self.peek().is_some_and(|word| !word.eq_ignore_ascii_case("on")) {
            self.take();
        }
        self.take();
        self.skip(&["only"]);
        found.table = self.name();
        if self.next_is("using") {
            found.method = self.take().map(str::to_ascii_lowercase);
        }
        if !self.next_is("(") {
            return;
        }
        let end = self.list.iter().position(|word| word == ")").unwrap_or(self.list.len());
        let inside = &self.list[..end];
        if inside.iter().any(|word| word == "(") {
            return;
        }
        let columns = inside.split(|word| word == ",").filter_map(|column| column.first());
        found.columns = columns.cloned().collect();
    }

    /// `ADD [COLUMN] [IF NOT EXISTS] name`, `RENAME TO name`.
    fn alteration(&mut self, found: &mut Ddl) {
        if self.next_is("add") {
            self.skip(&["column", "if", "not", "exists"]);
            let is_constraint = self.peek().is_some_and(|word| {
                matches!(word.to_ascii_lowercase().as_str(), "constraint" | "primary" | "unique" | "foreign" | "check")
            });
            if !is_constraint {
                found.columns.extend(self.name());
            }
        } else if self.next_is("rename") && self.next_is("to") {
            found.new_name = self.name();
        }
    }
}

fn is_identifier(word: &str) -> bool {
    word.chars().next().is_some_and(|c| c == '_' || c == '{' || c.is_alphabetic())
}
