//! Configurations of nginx: from where requests are passed on, and where their number is limited.

use std::collections::BTreeMap;

use backlint_source::Span;

use super::span;

/// How a `location` is compared with the path of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// `location = /path`.
    Exact,
    /// `location /path`.
    Prefix,
    /// `location ^~ /path`: like a prefix, and no pattern is tried after it.
    FinalPrefix,
    /// `location ~ pattern`, `location ~* pattern`.
    Pattern,
}

/// A `location` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// How its path is compared.
    pub compared: Match,
    /// The path or the pattern.
    pub path: String,
    /// What requests are passed on to: `http://backend/`.
    pub target: Option<String>,
    /// The `limit_req` that holds in it, its own or that of a block around it.
    pub limit: Option<Span>,
}

/// The locations of each server that has any. A file without `server` is the inside of one that includes it.
pub fn servers(text: &str) -> Vec<Vec<Location>> {
    let blocks = blocks(&without_templates(text));
    let mut servers: BTreeMap<usize, Vec<Location>> = BTreeMap::new();
    for (id, block) in blocks.iter().enumerate() {
        let Some((compared, path)) = block.location.clone() else { continue };
        let limit = around(&blocks, id).find_map(|id| blocks[id].limit);
        let server = around(&blocks, id).find(|&id| blocks[id].is_server).unwrap_or_default();
        let found = Location { compared, path, target: block.target.clone(), limit };
        servers.entry(server).or_default().push(found);
    }
    servers.into_values().collect()
}

/// A block of directives; the first one is the file itself, and every other lies in one before it.
#[derive(Default)]
struct Block {
    outer: usize,
    is_server: bool,
    location: Option<(Match, String)>,
    target: Option<String>,
    limit: Option<Span>,
}

/// A block and those around it, the innermost first.
fn around(blocks: &[Block], id: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(id), |&id| (id > 0).then(|| blocks[id].outer))
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = vec![Block::default()];
    let mut inside = 0;
    let mut words: Vec<(String, usize)> = Vec::new();
    let mut reader = Reader { text, at: 0 };
    while let Some(token) = reader.next() {
        match token {
            Token::Word(word, start) => words.push((word, start)),
            Token::End => read_directive(&mut blocks, inside, &std::mem::take(&mut words)),
            Token::Open => {
                let head = std::mem::take(&mut words);
                let is_server = head.first().is_some_and(|(word, _)| word == "server");
                blocks.push(Block { outer: inside, is_server, location: location(&head), ..Block::default() });
                inside = blocks.len() - 1;
            }
            Token::Close => {
                words.clear();
                inside = blocks[inside].outer;
            }
        }
    }
    blocks
}

fn read_directive(blocks: &mut [Block], inside: usize, directive: &[(String, usize)]) {
    let [(name, start), rest @ ..] = directive else { return };
    match name.as_str() {
        "limit_req" => {
            let end = rest.last().map_or(*start + name.len(), |(word, at)| at + word.len());
            blocks[inside].limit.get_or_insert(span(*start, end));
        }
        "fastcgi_pass" | "grpc_pass" | "proxy_pass" | "uwsgi_pass" => {
            // `if` and `limit_except` pass on for the location around them.
            let location = around(blocks, inside).find(|&id| blocks[id].location.is_some());
            if let (Some(location), Some((target, _))) = (location, rest.first()) {
                blocks[location].target.get_or_insert_with(|| target.clone());
            }
        }
        _ => {}
    }
}

fn location(head: &[(String, usize)]) -> Option<(Match, String)> {
    let words: Vec<&str> = head.iter().map(|(word, _)| word.as_str()).collect();
    match words.as_slice() {
        ["location", "=", path] => Some((Match::Exact, (*path).to_owned())),
        ["location", "^~", path] => Some((Match::FinalPrefix, (*path).to_owned())),
        ["location", "~" | "~*", pattern] => Some((Match::Pattern, (*pattern).to_owned())),
        ["location", path] => Some((Match::Prefix, (*path).to_owned())),
        _ => None,
    }
}

/// The text with what a template engine replaces blanked out, so that places stay the same.
fn without_templates(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, close)) = ["{{", "{%", "{#"]
        .iter()
        .zip(["}}", "%}", "#}"])
        .filter_map(|(open, close)| Some((rest.find(open)?, close)))
        .min_by_key(|&(start, _)| start)
    {
        let Some(length) = rest[start..].find(close).map(|end| end + close.len()) else { break };
        masked.push_str(&rest[..start]);
        // A value may be a whole word of a directive; what steers the template is none.
        let filler = if close == "}}" { "_" } else { " " };
        masked.push_str(&filler.repeat(length));
        rest = &rest[start + length..];
    }
    masked.push_str(rest);
    masked
}

enum Token {
    Word(String, usize),
    End,
    Open,
    Close,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            match first {
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                c if c.is_whitespace() => self.at += c.len_utf8(),
                ';' | '{' | '}' => {
                    self.at += 1;
                    return Some(match first {
                        ';' => Token::End,
                        '{' => Token::Open,
                        _ => Token::Close,
                    });
                }
                '"' | '\'' => return Some(self.quoted(first)),
                _ => return Some(self.word()),
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Token {
        let start = self.at;
        let inside = &self.text[start + 1..];
        let length = inside.find(quote).unwrap_or(inside.len());
        self.at = (start + length + 2).min(self.text.len());
        Token::Word(inside[..length].to_owned(), start)
    }

    /// Up to a blank or the end of the directive; `${name}` is part of a word.
    fn word(&mut self) -> Token {
        let start = self.at;
        let mut is_variable = false;
        let mut previous = ' ';
        let mut end = self.text.len();
        for (at, c) in self.text[start..].char_indices() {
            let ends = c.is_whitespace() || c == ';' || c == '{' && previous != '$' || c == '}' && !is_variable;
            if ends {
                end = start + at;
                break;
            }
            is_variable = c == '{' || is_variable && c != '}';
            previous = c;
        }
        self.at = end;
        Token::Word(self.text[start..end].to_owned(), start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<Vec<(String, Option<String>, bool)>> {
        let shown = |l: Location| (l.path, l.target, l.limit.is_some());
        servers(text).into_iter().map(|server| server.into_iter().map(shown).collect()).collect()
    }

    fn one(path: &str, target: Option<&str>, is_limited: bool) -> (String, Option<String>, bool) {
        (path.to_owned(), target.map(str::to_owned), is_limited)
    }

    #[test]
    fn limits_hold_in_the_blocks_inside() {
        let text = "
            limit_req_zone $binary_remote_addr zone=a:1m rate=1r/s;  # not a limit yet
            server { listen 80; return 301 https://$host; }
            server {
                location = /login { limit_req zone=a burst=2; proxy_pass http://${BACKEND}:80; }
                location / { proxy_pass http://back/; }
            }
            server {
                location /api/ {
                    location ~ ^/api/x { proxy_pass http://x; }
                    proxy_pass http://back;
                }
                limit_req zone=a;
            }";
        assert_eq!(
            shown(text),
            [
                vec![one("/login", Some("http://${BACKEND}:80"), true), one("/", Some("http://back/"), false)],
                vec![one("/api/", Some("http://back"), true), one("^/api/x", Some("http://x"), true)],
            ]
        );
    }

    #[test]
    fn parts_of_servers_and_templates_are_read() {
        let text = "location /v1/ {
                {% if limits %}
                limit_req zone=a;
                {% endif %}
                proxy_pass http://{{ host }};
            }
            location /open { if ($x) { proxy_pass \"http://b\"; } }
            location /broken {";
        assert_eq!(
            shown(text),
            [vec![
                one("/v1/", Some("http://__________"), true),
                one("/open", Some("http://b"), false),
                one("/broken", None, false)
            ]]
        );
    }
}
