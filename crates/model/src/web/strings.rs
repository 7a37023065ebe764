//! Strings that decide paths, wherever in the project they are written.

use backlint_semantic::{Call, env_lookup};
use backlint_source::FileId;
use backlint_syntax::ast::{BinaryOp, BoolOp, Expr, ExprId, Part};

use super::callers::loop_values;
use super::frames::Framed;
use crate::resolve::Entity;
use crate::{File, Project};

/// How many names and calls a string may be behind.
const MAX_STEPS: u32 = 16;

impl Project {
    /// The string that `expr` is, with names and attributes followed across files and the defaults of environment
    /// look-ups taken.
    pub fn string(&self, file: FileId, expr: ExprId) -> Option<String> {
        self.string_in(&Framed::plain(file, expr))
    }

    /// The strings that the variable of a loop over a literal list takes.
    pub fn looped_strings(&self, file: FileId, expr: ExprId) -> Vec<String> {
        loop_values(self, file, expr).into_iter().filter_map(|at| self.string(at.file, at.expr)).collect()
    }

    /// The string that an expression is in its frame.
    pub(crate) fn string_in(&self, at: &Framed) -> Option<String> {
        self.string_within(at, MAX_STEPS)
    }

    fn string_within(&self, at: &Framed, steps: u32) -> Option<String> {
        let steps = steps.checked_sub(1)?;
        let file = self.file(at.at.file)?;
        let module = file.module();
        let part = |expr| self.string_within(&at.sibling(expr), steps);
        match module.expr(at.at.expr) {
            Expr::Str(text) => Some(module.text(text).to_owned()),
            Expr::FString(parts) => module
                .list(parts)
                .iter()
                .map(|piece| match *piece {
                    Part::Text(text) => Some(module.text(text).to_owned()),
                    Part::Value { value, .. } => self.shown(&at.sibling(value), steps),
                })
                .collect(),
            Expr::Binary { left, op: BinaryOp::Add, right } => Some(part(left)? + &part(right)?),
            Expr::Binary { left, op: BinaryOp::Mod, right } => {
                let values = match module.expr(right) {
                    Expr::Tuple(items) => module.list(items).to_vec(),
                    _ => vec![right],
                };
                let values = values.iter().map(|&value| self.shown(&at.sibling(value), steps));
                filled(&part(left)?, "%", &values.collect::<Option<Vec<_>>>()?)
            }
            Expr::Bool { op: BoolOp::Or, values } => module.list(values).iter().find_map(|&value| part(value)),
            Expr::Name(_) | Expr::Attribute { .. } => {
                if let Some(value) = self.behind_name(at) {
                    return self.string_within(&value, steps);
                }
                match self.found(at).entity {
                    Entity::Literal(literal) => self.string_within(&Framed::plain(literal.file, literal.expr), steps),
                    _ => None,
                }
            }
            Expr::Call { .. } => self.string_of_call(file, at, steps),
            _ => None,
        }
    }

    /// A value as text: a string or a number.
    fn shown(&self, at: &Framed, steps: u32) -> Option<String> {
        if let Some(text) = self.string_within(at, steps) {
            return Some(text);
        }
        let Entity::Literal(literal) = self.found(at).entity else { return None };
        let module = self.file(literal.file)?.module();
        match module.expr(literal.expr) {
            Expr::Int(digits) | Expr::Float(digits) => Some(module.text(digits).to_owned()),
            _ => None,
        }
    }

    /// `os.getenv("X", "/api")` is its default, `scoped("/api/x")` what the function makes of it.
    fn string_of_call(&self, file: File<'_>, at: &Framed, steps: u32) -> Option<String> {
        let module = file.module();
        if let Some(lookup) = env_lookup(module, file.index(), at.at.expr) {
            return self.string_within(&at.sibling(lookup.default?), steps);
        }
        let call = Call::of(module, at.at.expr)?;
        match call.name() {
            // A pydantic or dataclass field.
            Some("Field" | "field") => return self.string_within(&at.sibling(call.argument("default", 0)?), steps),
            Some("str") => return self.shown(&at.sibling(call.positional(0)?), steps),
            Some(method @ ("format" | "join" | "strip" | "rstrip" | "lstrip" | "lower")) => {
                let text = call.receiver().and_then(|text| self.string_within(&at.sibling(text), steps));
                if let Some(text) = text {
                    return self.string_method(at, call, method, &text, steps);
                }
            }
            _ => {}
        }
        if let Entity::Function(function) = self.found(&at.sibling(call.function)).entity
            && let [returned] = *self.returned_exprs(function).as_slice()
        {
            let frame = at.frame.entering(self, at.at.file, call, function);
            let found = self.string_within(&Framed { at: returned, frame }, steps);
            if found.is_some() {
                return found;
            }
        }
        // Whatever a helper does with a path, what it is given is the best guess.
        let inner = self.string_within(&at.sibling(call.positional(0)?), steps)?;
        inner.starts_with('/').then_some(inner)
    }

    fn string_method(&self, at: &Framed, call: Call<'_>, method: &str, text: &str, steps: u32) -> Option<String> {
        let argument = || call.positional(0).map(|expr| at.sibling(expr));
        let ends = || match argument() {
            Some(given) => self.string_within(&given, steps),
            None => Some(" ".to_owned()),
        };
        match method {
            "format" => {
                let values = (0..call.args.len()).map_while(|place| call.positional(place));
                let values: Option<Vec<String>> = values.map(|value| self.shown(&at.sibling(value), steps)).collect();
                filled(text, "{}", &values?)
            }
            "join" => {
                let list = argument()?;
                let module = self.file(list.at.file)?.module();
                let (Expr::List(items) | Expr::Tuple(items)) = module.expr(list.at.expr) else { return None };
                let items = module.list(items).iter().map(|&item| self.string_within(&list.sibling(item), steps));
                Some(items.collect::<Option<Vec<_>>>()?.join(text))
            }
            "lower" => Some(text.to_lowercase()),
            "rstrip" => Some(text.trim_end_matches(|c| ends().is_some_and(|ends| ends.contains(c))).to_owned()),
            "lstrip" => Some(text.trim_start_matches(|c| ends().is_some_and(|ends| ends.contains(c))).to_owned()),
            _ => Some(text.trim_matches(|c| ends().is_some_and(|ends| ends.contains(c))).to_owned()),
        }
    }

    /// The strings of a literal list, tuple or set.
    pub(crate) fn string_list(&self, file: FileId, expr: ExprId) -> Option<Vec<String>> {
        self.strings_in(&Framed::plain(file, expr))
    }

    /// The strings of a list in its frame.
    pub(crate) fn strings_in(&self, list: &Framed) -> Option<Vec<String>> {
        self.elements(list)?.iter().map(|element| self.string_in(element)).collect()
    }
}

/// A template with its values put in, in order; none if their numbers differ.
fn filled(template: &str, mark: &str, values: &[String]) -> Option<String> {
    let (pieces, left): (Vec<&str>, char) = match mark {
        "%" => (template.split("%s").flat_map(|piece| piece.split("%d")).collect(), '%'),
        _ => (template.split(mark).collect(), '{'),
    };
    if pieces.len() != values.len() + 1 || pieces.iter().any(|piece| piece.contains(left)) {
        return None;
    }
    let (first, rest) = pieces.split_first()?;
    Some(values.iter().zip(rest).fold((*first).to_owned(), |text, (value, piece)| text + value + piece))
}
