//! Writes a [`Module`] in the line format of `dump.py`.

use std::fmt::{Arguments, Write as _};

use backlint_source::{LineIndex, Span};
use backlint_syntax::Module;
use backlint_syntax::ast::{
    Alias, Arg, ArgKind, Comprehension, ComprehensionKind, Conversion, Decorator, DictItem, Expr, ExprId, Handler,
    IfClause, List, Param, ParamKind, Part, Pattern, PatternId, Stmt, StmtId, Symbol, TypeParam, TypeParamKind,
};

use crate::python::Version;

/// The dump of `module`, as the given version of Python would write it.
pub(crate) fn render(module: &Module, text: &str, version: Version) -> String {
    let mut render = Render {
        module,
        text,
        lines: LineIndex::new(text),
        exact_fstrings: version >= Version(3, 12),
        aliases_have_places: version >= Version(3, 10),
        blind: 0,
        named: 0,
        out: String::from("Module\n"),
    };
    render.body(1, "body:", module.top_level());
    render.out
}

struct Render<'a> {
    module: &'a Module,
    text: &'a str,
    lines: LineIndex,
    exact_fstrings: bool,
    aliases_have_places: bool,
    /// How many f-strings without exact positions are open.
    blind: usize,
    /// How many strings with a character given by name are open.
    named: usize,
    out: String,
}

impl Render<'_> {
    fn line(&mut self, depth: usize, text: Arguments<'_>, place: Option<Span>) {
        let place = place.filter(|_| self.blind == 0).map(|span| self.place(span)).unwrap_or_default();
        writeln!(self.out, "{:depth$}{text}{place}", "").expect("a string takes everything");
    }

    fn place(&self, span: Span) -> String {
        let (line, column) = self.position(span.start);
        let (end_line, end_column) = self.position(span.end);
        format!(" {line}:{column}-{end_line}:{end_column}")
    }

    fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.lines.line(offset);
        (line, offset - self.lines.line_start(line))
    }

    fn body(&mut self, depth: usize, label: &str, body: &[StmtId]) {
        for &stmt in body {
            self.stmt(depth, label, stmt);
        }
    }

    #[expect(clippy::too_many_lines, reason = "a flat match over all statements")]
    fn stmt(&mut self, depth: usize, label: &str, id: StmtId) {
        let module = self.module;
        let span = module.stmt_span(id);
        let inner = depth + 1;
        match module.stmt(id) {
            Stmt::Function(id) => {
                let function = module.function(id);
                let kind = if function.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
                self.line(depth, format_args!("{label}{kind} name={}", module.text(function.name)), Some(span));
                self.params(inner, function.params);
                self.body(inner, "body:", module.body(id));
                self.decorators(inner, function.decorators);
                self.optional(inner, "returns:", function.returns);
                self.type_params(inner, function.type_params);
            }
            Stmt::Class(id) => {
                let class = module.class(id);
                self.line(depth, format_args!("{label}ClassDef name={}", module.text(class.name)), Some(span));
                self.arguments(inner, "bases:", class.bases);
                self.body(inner, "body:", module.list(class.body));
                self.decorators(inner, class.decorators);
                self.type_params(inner, class.type_params);
            }
            Stmt::Return(value) => {
                self.line(depth, format_args!("{label}Return"), Some(span));
                self.optional(inner, "value:", value);
            }
            Stmt::Delete(targets) => {
                self.line(depth, format_args!("{label}Delete"), Some(span));
                self.exprs(inner, "targets:", targets);
            }
            Stmt::Assign { targets, value } => {
                self.line(depth, format_args!("{label}Assign"), Some(span));
                self.exprs(inner, "targets:", targets);
                self.expr(inner, "value:", value);
            }
            Stmt::AugAssign { target, op, value } => {
                self.line(depth, format_args!("{label}AugAssign op={op:?}"), Some(span));
                self.expr(inner, "target:", target);
                self.expr(inner, "value:", value);
            }
            Stmt::AnnAssign { target, annotation, value } => {
                self.line(depth, format_args!("{label}AnnAssign"), Some(span));
                self.expr(inner, "target:", target);
                self.expr(inner, "annotation:", annotation);
                self.optional(inner, "value:", value);
            }
            Stmt::TypeAlias { name, params, value } => {
                self.line(depth, format_args!("{label}TypeAlias"), Some(span));
                self.expr(inner, "name:", name);
                self.type_params(inner, params);
                self.expr(inner, "value:", value);
            }
            Stmt::For { target, iter, body, orelse, is_async } => {
                let kind = if is_async { "AsyncFor" } else { "For" };
                self.line(depth, format_args!("{label}{kind}"), Some(span));
                self.expr(inner, "target:", target);
                self.expr(inner, "iter:", iter);
                self.body(inner, "body:", module.list(body));
                self.body(inner, "orelse:", module.list(orelse));
            }
            Stmt::While { test, body, orelse } => {
                self.line(depth, format_args!("{label}While"), Some(span));
                self.expr(inner, "test:", test);
                self.body(inner, "body:", module.list(body));
                self.body(inner, "orelse:", module.list(orelse));
            }
            Stmt::If { clauses, orelse } => {
                self.clauses(depth, label, module.list(clauses), module.list(orelse), span.end);
            }
            Stmt::With { items, body, is_async } => {
                let kind = if is_async { "AsyncWith" } else { "With" };
                self.line(depth, format_args!("{label}{kind}"), Some(span));
                for item in module.list(items) {
                    self.line(inner, format_args!("items:withitem"), None);
                    self.expr(inner + 1, "context_expr:", item.context);
                    self.optional(inner + 1, "optional_vars:", item.target);
                }
                self.body(inner, "body:", module.list(body));
            }
            Stmt::Match { subject, cases } => {
                self.line(depth, format_args!("{label}Match"), Some(span));
                self.expr(inner, "subject:", subject);
                for case in module.list(cases) {
                    self.line(inner, format_args!("cases:match_case"), None);
                    self.pattern(inner + 1, "pattern:", case.pattern);
                    self.optional(inner + 1, "guard:", case.guard);
                    self.body(inner + 1, "body:", module.list(case.body));
                }
            }
            Stmt::Raise { exception, cause } => {
                self.line(depth, format_args!("{label}Raise"), Some(span));
                self.optional(inner, "exc:", exception);
                self.optional(inner, "cause:", cause);
            }
            Stmt::Try { body, handlers, orelse, finally } => {
                let handlers = module.list(handlers);
                let kind = if handlers.iter().any(|handler| handler.is_star) { "TryStar" } else { "Try" };
                self.line(depth, format_args!("{label}{kind}"), Some(span));
                self.body(inner, "body:", module.list(body));
                self.handlers(inner, handlers);
                self.body(inner, "orelse:", module.list(orelse));
                self.body(inner, "finalbody:", module.list(finally));
            }
            Stmt::Assert { test, message } => {
                self.line(depth, format_args!("{label}Assert"), Some(span));
                self.expr(inner, "test:", test);
                self.optional(inner, "msg:", message);
            }
            Stmt::Import(names) => {
                self.line(depth, format_args!("{label}Import"), Some(span));
                self.aliases(inner, names);
            }
            Stmt::ImportFrom { module: from, level, names } => {
                let from = from.map(|from| format!(" module={}", module.text(from))).unwrap_or_default();
                self.line(depth, format_args!("{label}ImportFrom{from} level={level}"), Some(span));
                self.aliases(inner, names);
            }
            Stmt::Global(names) => self.names(depth, label, "Global", names, span),
            Stmt::Nonlocal(names) => self.names(depth, label, "Nonlocal", names, span),
            Stmt::Expr(value) => {
                self.line(depth, format_args!("{label}Expr"), Some(span));
                self.expr(inner, "value:", value);
            }
            Stmt::Pass => self.line(depth, format_args!("{label}Pass"), Some(span)),
            Stmt::Break => self.line(depth, format_args!("{label}Break"), Some(span)),
            Stmt::Continue => self.line(depth, format_args!("{label}Continue"), Some(span)),
            Stmt::Unknown => self.line(depth, format_args!("{label}Unknown"), Some(span)),
        }
    }

    /// Python nests an `elif` as the only statement of the `else` before it.
    fn clauses(&mut self, depth: usize, label: &str, clauses: &[IfClause], orelse: &[StmtId], end: u32) {
        let module = self.module;
        let (mut depth, mut label) = (depth, label);
        for clause in clauses {
            self.line(depth, format_args!("{label}If"), Some(Span::new(clause.span.start, end)));
            depth += 1;
            label = "orelse:";
            self.expr(depth, "test:", clause.test);
            self.body(depth, "body:", module.list(clause.body));
        }
        self.body(depth, "orelse:", orelse);
    }

    fn handlers(&mut self, depth: usize, handlers: &[Handler]) {
        let module = self.module;
        for handler in handlers {
            let name = handler.name.map(|name| format!(" name={}", module.text(name))).unwrap_or_default();
            self.line(depth, format_args!("handlers:ExceptHandler{name}"), Some(handler.span));
            self.optional(depth + 1, "type:", handler.kind);
            self.body(depth + 1, "body:", module.list(handler.body));
        }
    }

    fn names(&mut self, depth: usize, label: &str, kind: &str, names: List<Symbol>, span: Span) {
        let names: Vec<&str> = self.module.list(names).iter().map(|&name| self.module.text(name)).collect();
        self.line(depth, format_args!("{label}{kind} names={}", names.join(",")), Some(span));
    }

    fn aliases(&mut self, depth: usize, names: List<Alias>) {
        let module = self.module;
        for alias in module.list(names) {
            let asname = alias.asname.map(|name| format!(" asname={}", module.text(name))).unwrap_or_default();
            let place = self.aliases_have_places.then_some(alias.span);
            self.line(depth, format_args!("names:alias name={}{asname}", module.text(alias.name)), place);
        }
    }

    fn decorators(&mut self, depth: usize, decorators: List<Decorator>) {
        for decorator in self.module.list(decorators) {
            self.expr(depth, "decorator_list:", decorator.expr);
        }
    }

    fn type_params(&mut self, depth: usize, params: List<TypeParam>) {
        for param in self.module.list(params) {
            let kind = match param.kind {
                TypeParamKind::TypeVar => "TypeVar",
                TypeParamKind::TypeVarTuple => "TypeVarTuple",
                TypeParamKind::ParamSpec => "ParamSpec",
            };
            let name = self.module.text(param.name);
            self.line(depth, format_args!("type_params:{kind} name={name}"), Some(param.span));
            self.optional(depth + 1, "bound:", param.bound);
            self.optional(depth + 1, "default_value:", param.default);
        }
    }

    fn params(&mut self, depth: usize, params: List<Param>) {
        for param in self.module.list(params) {
            let kind = match param.kind {
                ParamKind::PositionalOnly => "posonly",
                ParamKind::Positional => "positional",
                ParamKind::VarArgs => "vararg",
                ParamKind::KeywordOnly => "kwonly",
                ParamKind::VarKeywords => "kwarg",
            };
            let (line, column) = self.position(param.name_span.start);
            let place = if self.blind == 0 { format!(" {line}:{column}") } else { String::new() };
            let name = self.module.text(param.name);
            self.line(depth, format_args!("parameter {kind} {name}{place}"), None);
            self.optional(depth + 1, "annotation:", param.annotation);
            self.optional(depth + 1, "default:", param.default);
        }
    }

    /// Python keeps keyword arguments apart from the others.
    fn arguments(&mut self, depth: usize, label: &str, args: List<Arg>) {
        let module = self.module;
        for arg in module.list(args) {
            match arg.kind {
                ArgKind::Positional => self.expr(depth, label, arg.value),
                ArgKind::Star => {
                    self.line(depth, format_args!("{label}Starred"), Some(arg.span));
                    self.expr(depth + 1, "value:", arg.value);
                }
                ArgKind::Keyword(_) | ArgKind::DoubleStar => {}
            }
        }
        for arg in module.list(args) {
            let name = match arg.kind {
                ArgKind::Keyword(name) => format!(" arg={}", module.text(name)),
                ArgKind::DoubleStar => String::new(),
                ArgKind::Positional | ArgKind::Star => continue,
            };
            self.line(depth, format_args!("keywords:keyword{name}"), Some(arg.span));
            self.expr(depth + 1, "value:", arg.value);
        }
    }

    fn exprs(&mut self, depth: usize, label: &str, list: List<ExprId>) {
        for &item in self.module.list(list) {
            self.expr(depth, label, item);
        }
    }

    fn optional(&mut self, depth: usize, label: &str, id: Option<ExprId>) {
        if let Some(id) = id {
            self.expr(depth, label, id);
        }
    }

    fn expr(&mut self, depth: usize, label: &str, id: ExprId) {
        let module = self.module;
        let span = module.span(id);
        let place = Some(span);
        let inner = depth + 1;
        match module.expr(id) {
            Expr::Name(name) => self.line(depth, format_args!("{label}Name id={}", module.text(name)), place),
            Expr::True => self.line(depth, format_args!("{label}True"), place),
            Expr::False => self.line(depth, format_args!("{label}False"), place),
            Expr::None => self.line(depth, format_args!("{label}None"), place),
            Expr::Ellipsis => self.line(depth, format_args!("{label}Ellipsis"), place),
            Expr::Int(text) => self.number(depth, label, "int", module.text(text), span),
            Expr::Float(text) => self.number(depth, label, "float", module.text(text), span),
            Expr::Imaginary(text) => self.number(depth, label, "complex", module.text(text), span),
            Expr::Str(text) => {
                let is_named = self.named > 0 || span.of(self.text).contains("\\N{");
                let value = if is_named { "\"named\"".to_owned() } else { quoted(module.text(text)) };
                self.line(depth, format_args!("{label}Str {value}"), place);
            }
            Expr::Bytes(text) => {
                self.line(depth, format_args!("{label}Bytes {}", quoted(module.text(text))), place);
            }
            Expr::FString(parts) => self.interpolated(depth, label, "JoinedStr", parts, span),
            Expr::TString(parts) => self.interpolated(depth, label, "TemplateStr", parts, span),
            Expr::Attribute { value, name } => {
                self.line(depth, format_args!("{label}Attribute attr={}", module.text(name)), place);
                self.expr(inner, "value:", value);
            }
            Expr::Subscript { value, index } => {
                self.line(depth, format_args!("{label}Subscript"), place);
                self.expr(inner, "value:", value);
                self.expr(inner, "slice:", index);
            }
            Expr::Slice { lower, upper, step } => {
                self.line(depth, format_args!("{label}Slice"), place);
                self.optional(inner, "lower:", lower);
                self.optional(inner, "upper:", upper);
                self.optional(inner, "step:", step);
            }
            Expr::Call { function, args } => {
                self.line(depth, format_args!("{label}Call"), place);
                self.expr(inner, "func:", function);
                self.arguments(inner, "args:", args);
            }
            Expr::Binary { left, op, right } => {
                self.line(depth, format_args!("{label}BinOp op={op:?}"), place);
                self.expr(inner, "left:", left);
                self.expr(inner, "right:", right);
            }
            Expr::Unary { op, operand } => {
                self.line(depth, format_args!("{label}UnaryOp op={op:?}"), place);
                self.expr(inner, "operand:", operand);
            }
            Expr::Bool { op, values } => {
                self.line(depth, format_args!("{label}BoolOp op={op:?}"), place);
                self.exprs(inner, "values:", values);
            }
            Expr::Compare { left, rest } => {
                let rest = module.list(rest);
                let ops: Vec<String> = rest.iter().map(|comparison| format!("{:?}", comparison.op)).collect();
                self.line(depth, format_args!("{label}Compare ops={}", ops.join(",")), place);
                self.expr(inner, "left:", left);
                for comparison in rest {
                    self.expr(inner, "comparators:", comparison.right);
                }
            }
            Expr::Conditional { test, body, orelse } => {
                self.line(depth, format_args!("{label}IfExp"), place);
                self.expr(inner, "test:", test);
                self.expr(inner, "body:", body);
                self.expr(inner, "orelse:", orelse);
            }
            Expr::Lambda(id) => {
                let lambda = module.lambda(id);
                self.line(depth, format_args!("{label}Lambda"), place);
                self.params(inner, lambda.params);
                self.expr(inner, "body:", lambda.body);
            }
            Expr::Tuple(items) => self.display(depth, label, "Tuple", items, span),
            Expr::List(items) => self.display(depth, label, "List", items, span),
            Expr::Set(items) => self.display(depth, label, "Set", items, span),
            Expr::Dict(items) => self.dict(depth, label, module.list(items), span),
            Expr::Comprehension(id) => self.comprehension(depth, label, module.comprehension(id), span),
            Expr::Await(value) => self.wrapper(depth, label, "Await", Some(value), span),
            Expr::Yield(value) => self.wrapper(depth, label, "Yield", value, span),
            Expr::YieldFrom(value) => self.wrapper(depth, label, "YieldFrom", Some(value), span),
            Expr::Starred(value) => self.wrapper(depth, label, "Starred", Some(value), span),
            Expr::Named { target, value } => {
                self.line(depth, format_args!("{label}NamedExpr"), place);
                self.expr(inner, "target:", target);
                self.expr(inner, "value:", value);
            }
            Expr::Unknown => self.line(depth, format_args!("{label}Unknown"), place),
        }
    }

    fn wrapper(&mut self, depth: usize, label: &str, kind: &str, value: Option<ExprId>, span: Span) {
        self.line(depth, format_args!("{label}{kind}"), Some(span));
        self.optional(depth + 1, "value:", value);
    }

    fn display(&mut self, depth: usize, label: &str, kind: &str, items: List<ExprId>, span: Span) {
        self.line(depth, format_args!("{label}{kind}"), Some(span));
        self.exprs(depth + 1, "elts:", items);
    }

    fn dict(&mut self, depth: usize, label: &str, items: &[DictItem], span: Span) {
        self.line(depth, format_args!("{label}Dict"), Some(span));
        for item in items {
            match item.key {
                Some(key) => self.expr(depth + 1, "keys:", key),
                None => self.line(depth + 1, format_args!("keys:~"), None),
            }
        }
        for item in items {
            self.expr(depth + 1, "values:", item.value);
        }
    }

    fn comprehension(&mut self, depth: usize, label: &str, comprehension: &Comprehension, span: Span) {
        let (kind, element) = match comprehension.kind {
            ComprehensionKind::List => ("ListComp", "elt:"),
            ComprehensionKind::Set => ("SetComp", "elt:"),
            ComprehensionKind::Dict => ("DictComp", "key:"),
            ComprehensionKind::Generator => ("GeneratorExp", "elt:"),
        };
        self.line(depth, format_args!("{label}{kind}"), Some(span));
        self.expr(depth + 1, element, comprehension.element);
        self.optional(depth + 1, "value:", comprehension.value);
        for generator in self.module.list(comprehension.generators) {
            let is_async = u8::from(generator.is_async);
            self.line(depth + 1, format_args!("generators:comprehension is_async={is_async}"), None);
            self.expr(depth + 2, "target:", generator.target);
            self.expr(depth + 2, "iter:", generator.iter);
            self.exprs(depth + 2, "ifs:", generator.conditions);
        }
    }

    fn number(&mut self, depth: usize, label: &str, kind: &str, written: &str, span: Span) {
        if self.blind > 0 {
            self.line(depth, format_args!("{label}Number {kind}"), None);
        } else {
            self.line(depth, format_args!("{label}Number {kind} {written}"), Some(span));
        }
    }

    fn interpolated(&mut self, depth: usize, label: &str, kind: &str, parts: List<Part>, span: Span) {
        let module = self.module;
        let is_named = self.named == 0 && self.blind == 0 && span.of(self.text).contains("\\N{");
        self.line(depth, format_args!("{label}{kind}"), (label != "format_spec:").then_some(span));
        self.named += usize::from(is_named);
        self.blind += usize::from(!self.exact_fstrings);
        for &part in module.list(parts) {
            match part {
                Part::Text(_) if self.named > 0 => {
                    self.line(depth + 1, format_args!("values:Text \"named\""), None);
                }
                Part::Text(text) => {
                    self.line(depth + 1, format_args!("values:Text {}", quoted(module.text(text))), None);
                }
                Part::Value { value, conversion, format } => {
                    let conversion = match conversion {
                        Conversion::None => -1,
                        Conversion::Str => i32::from(b's'),
                        Conversion::Repr => i32::from(b'r'),
                        Conversion::Ascii => i32::from(b'a'),
                    };
                    self.line(depth + 1, format_args!("values:Value conversion={conversion}"), None);
                    self.expr(depth + 2, "value:", value);
                    self.optional(depth + 2, "format_spec:", format);
                }
            }
        }
        self.named -= usize::from(is_named);
        self.blind -= usize::from(!self.exact_fstrings);
    }

    fn pattern(&mut self, depth: usize, label: &str, id: PatternId) {
        let module = self.module;
        let place = Some(module.pattern_span(id));
        let inner = depth + 1;
        match module.pattern(id) {
            Pattern::Value(value) => self.value_pattern(depth, label, value, place),
            Pattern::Sequence(items) => {
                self.line(depth, format_args!("{label}MatchSequence"), place);
                self.patterns(inner, items);
            }
            Pattern::Mapping { items, rest } => {
                let rest = rest.map(|rest| format!(" rest={}", module.text(rest))).unwrap_or_default();
                self.line(depth, format_args!("{label}MatchMapping{rest}"), place);
                for item in module.list(items) {
                    self.expr(inner, "keys:", item.key);
                }
                for item in module.list(items) {
                    self.pattern(inner, "patterns:", item.pattern);
                }
            }
            Pattern::Class { class, positional, keywords } => {
                let keywords = module.list(keywords);
                let names: Vec<&str> = keywords.iter().map(|keyword| module.text(keyword.name)).collect();
                let names = if names.is_empty() { String::new() } else { format!(" kwd_attrs={}", names.join(",")) };
                self.line(depth, format_args!("{label}MatchClass{names}"), place);
                self.expr(inner, "cls:", class);
                self.patterns(inner, positional);
                for keyword in keywords {
                    self.pattern(inner, "kwd_patterns:", keyword.pattern);
                }
            }
            Pattern::Star(name) => {
                let name = name.map(|name| format!(" name={}", module.text(name))).unwrap_or_default();
                self.line(depth, format_args!("{label}MatchStar{name}"), place);
            }
            Pattern::As { pattern, name } => {
                let name = name.map(|name| format!(" name={}", module.text(name))).unwrap_or_default();
                self.line(depth, format_args!("{label}MatchAs{name}"), place);
                if let Some(pattern) = pattern {
                    self.pattern(inner, "pattern:", pattern);
                }
            }
            Pattern::Or(items) => {
                self.line(depth, format_args!("{label}MatchOr"), place);
                self.patterns(inner, items);
            }
            Pattern::Unknown => self.line(depth, format_args!("{label}Unknown"), place),
        }
    }

    fn value_pattern(&mut self, depth: usize, label: &str, value: ExprId, place: Option<Span>) {
        let singleton = match self.module.expr(value) {
            Expr::True => "True",
            Expr::False => "False",
            Expr::None => "None",
            _ => {
                self.line(depth, format_args!("{label}MatchValue"), place);
                return self.expr(depth + 1, "value:", value);
            }
        };
        self.line(depth, format_args!("{label}MatchSingleton value={singleton}"), place);
    }

    fn patterns(&mut self, depth: usize, list: List<PatternId>) {
        for &item in self.module.list(list) {
            self.pattern(depth, "patterns:", item);
        }
    }
}

/// Text in double quotes; what is not printable ASCII as a code point.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        if (' '..='~').contains(&char) && char != '"' && char != '\\' {
            out.push(char);
        } else {
            write!(out, "\\u{{{:x}}}", u32::from(char)).expect("a string takes everything");
        }
    }
    out.push('"');
    out
}
