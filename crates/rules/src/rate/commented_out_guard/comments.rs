//! Comments that are code once their `#` is gone.

use backlint_model::File;
use backlint_semantic::{Call, descendants};
use backlint_source::Span;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};
use backlint_syntax::{Module, parse};

use crate::protections::Protection;

/// What puts a protection on an application: methods of one of them, and constructors that take an application.
const REGISTRARS: &[&str] =
    &["add_middleware", "before_request", "middleware", "init_app", "CSRFProtect", "CsrfProtect", "SeaSurf", "Limiter"];

/// How many lines one commented-out call may span.
const MAX_LINES: usize = 6;

/// Comments on lines that follow each other, or one behind code.
pub(super) struct Block<'p> {
    start: u32,
    comments: Vec<(Span, &'p str)>,
    is_own_line: bool,
}

/// A line of a block.
pub(super) struct Line<'b> {
    pub(super) span: Span,
    /// The text behind its `#`.
    pub(super) text: &'b str,
    /// The texts from this line to the end of the block.
    pub(super) rest: &'b [(Span, &'b str)],
}

/// All comments of a file.
pub(super) fn blocks(file: File<'_>) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut last_line = 0;
    for comment in file.module().comments() {
        let line = file.line(comment.span.start);
        let text = uncommented(file.slice(comment.span));
        let continues = comment.is_own_line && line == last_line + 1;
        match blocks.last_mut() {
            Some(block) if continues && block.is_own_line => block.comments.push((comment.span, text)),
            _ => blocks.push(Block {
                start: comment.span.start,
                comments: vec![(comment.span, text)],
                is_own_line: comment.is_own_line,
            }),
        }
        last_line = line;
    }
    blocks
}

fn uncommented(comment: &str) -> &str {
    let text = comment.trim_start_matches('#');
    text.strip_prefix(' ').unwrap_or(text)
}

impl Block<'_> {
    /// Where its first comment begins.
    pub(super) fn start(&self) -> u32 {
        self.start
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.comments.iter().enumerate().map(|(number, &(span, text))| Line {
            span,
            text,
            rest: &self.comments[number..],
        })
    }

    /// Whether the block ends on the line above `offset`.
    pub(super) fn ends_above(&self, file: File<'_>, offset: u32) -> bool {
        let last = self.comments.last().map(|(span, _)| file.line(span.start));
        self.is_own_line && last.is_some_and(|line| line + 1 == file.line(offset))
    }

    pub(super) fn is_inside(&self, span: Span) -> bool {
        self.comments.first().is_some_and(|(first, _)| span.contains(*first))
    }

    /// Whether the block goes on with the code that ends at `offset` on the same line: `):  # , user=Depends(…)):`.
    pub(super) fn continues(&self, file: File<'_>, offset: u32) -> bool {
        self.comments.first().is_some_and(|(first, text)| {
            !self.is_own_line && text.trim_start().starts_with(',') && file.line(first.start) == file.line(offset)
        })
    }

    /// Whether a whole function, class or route is commented out: dead code, not a protection that is off.
    pub(super) fn holds_definition(&self) -> bool {
        self.comments.iter().any(|(_, text)| {
            let code = text.trim_start();
            ["def ", "async def ", "class "].iter().any(|keyword| code.starts_with(keyword))
        })
    }
}

/// The protection that a commented-out decorator is: its text and what it protects from.
pub(super) fn uncommented_decorator(lines: &[(Span, &str)]) -> Option<(String, Protection)> {
    if !lines.first()?.1.trim_start().starts_with('@') {
        return None;
    }
    let (module, text) = first_parse(lines, |code| format!("{code}\ndef handler(): pass\n"))?;
    let Stmt::Function(function) = module.stmt(*module.top_level().first()?) else { return None };
    let decorator = module.list(module.function(function).decorators).first()?;
    let callee = Call::of(&module, decorator.expr).map_or(decorator.expr, |call| call.function);
    let protection = Protection::of_name(module.span(callee).of(&text))?;
    Some((shortened(decorator.span.of(&text)), protection))
}

/// The protection that a commented-out parameter or list element brings: `user = Depends(get_current_user)`.
pub(super) fn uncommented_argument(text: &str) -> Option<(String, Protection)> {
    // The line may end in a comment of its own.
    let code = text.split('#').next().unwrap_or(text).trim();
    let code = code.trim_start_matches(',').trim_end_matches([',', ':']).trim();
    // What stood behind the end of a list brings the bracket that closes it.
    let surplus = code.matches(')').count().saturating_sub(code.matches('(').count());
    let code = code.get(..code.len().saturating_sub(surplus)).unwrap_or(code);
    if !code.contains("Depends") && !code.contains("Security") {
        return None;
    }
    let wrapped = [format!("def handler({code}): pass\n"), format!("handler({code})\n")];
    wrapped.iter().find_map(|text| {
        let module = parse(text);
        if !module.problems().is_empty() {
            return None;
        }
        module.expr_ids().find_map(|expr| {
            let call = Call::of(&module, expr).filter(|call| matches!(call.name(), Some("Depends" | "Security")))?;
            let provider = module.span(call.positional(0)?).of(text);
            let name = provider.split('(').next().unwrap_or(provider);
            Some((shortened(call.span().of(text)), Protection::of_provider(name)?))
        })
    })
}

/// A call that puts a protection on an application.
pub(super) struct Registration {
    /// The application.
    pub(super) app: String,
    /// What is registered.
    pub(super) name: String,
    pub(super) protection: Protection,
}

/// The registration that a commented-out statement is.
pub(super) fn uncommented_registration(lines: &[(Span, &str)]) -> Option<Registration> {
    let first = lines.first()?.1;
    // Most comments are prose, and parsing is dear.
    if !first.contains('(') || !REGISTRARS.iter().any(|name| first.contains(name)) {
        return None;
    }
    let (module, text) = first_parse(lines, |code| format!("{}\n", code.trim_start()))?;
    let [stmt] = module.top_level() else { return None };
    let (Stmt::Expr(value) | Stmt::Assign { value, .. }) = module.stmt(*stmt) else { return None };
    let call = Call::of(&module, value)?;
    let receiver = call.receiver().map(|receiver| module.span(receiver).of(&text).to_owned());
    let argument = call.positional(0).map(|argument| module.span(argument).of(&text).to_owned());
    let (app, name) = match call.name()? {
        "add_middleware" | "before_request" | "middleware" => (receiver?, argument?),
        "init_app" => (argument?, receiver?),
        name if REGISTRARS.contains(&name) => (app_argument(&module, call, &text)?, name.to_owned()),
        _ => return None,
    };
    let protection = match name.as_str() {
        "SeaSurf" => Protection::Csrf,
        name => Protection::of_name(name).or_else(|| name.starts_with("SlowAPI").then_some(Protection::Limit))?,
    };
    Some(Registration { app, name, protection })
}

fn app_argument(module: &Module, call: Call<'_>, text: &str) -> Option<String> {
    let by_keyword =
        call.args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if module.text(name) == "app"));
    let app = by_keyword.map(|arg| arg.value).or_else(|| call.positional(0))?;
    is_name(module, app).then(|| module.span(app).of(text).to_owned())
}

fn is_name(module: &Module, expr: ExprId) -> bool {
    descendants(module, expr).iter().all(|&inner| matches!(module.expr(inner), Expr::Name(_)))
}

/// The shortest run of lines from the first on that is valid code, and the text that was parsed.
fn first_parse(lines: &[(Span, &str)], wrap: impl Fn(&str) -> String) -> Option<(Module, String)> {
    let mut code = String::new();
    for (_, line) in lines.iter().take(MAX_LINES) {
        code.push_str(line);
        let text = wrap(&code);
        let module = parse(&text);
        if module.problems().is_empty() {
            return Some((module, text));
        }
        code.push('\n');
    }
    None
}

/// Code on one line, without its comments and cut where it gets long.
fn shortened(code: &str) -> String {
    const LONGEST: usize = 60;
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST).chain(['…']).collect() }
}
