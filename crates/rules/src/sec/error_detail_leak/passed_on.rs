//! Texts that a function returns, on their way to a route that answers with them.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Part, Stmt, StmtId, Symbol};

use super::sinks::{Answers, Sink};

/// How many functions a text is followed through, behind the one that catches the error.
const STEPS: u32 = 2;

/// Calls whose value holds what they are given.
const KEEPING: &[&str] = &["dict", "format", "jsonify", "make_response", "render_template", "repr", "str"];

/// Where the text stands in a value: `[Item(1), Key("error")]` is what `value[1]["error"]` gives; none is the text.
type Place = Vec<Step>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Item(usize),
    Key(String),
}

/// A route that answers with the text.
pub(super) struct Arrival {
    /// The handler.
    pub(super) handler: FunctionRef,
    /// The statement that answers.
    pub(super) at: Location,
    /// What it is sent in.
    pub(super) what: &'static str,
}

/// The first route that answers with a text which `function` returns at this place of its value.
pub(super) fn arrival(project: &Project, function: FunctionRef, place: &[Step]) -> Option<Arrival> {
    follow(project, function, place, STEPS)
}

fn follow(project: &Project, function: FunctionRef, place: &[Step], steps: u32) -> Option<Arrival> {
    let steps = steps.checked_sub(1)?;
    project.callers(function).iter().find_map(|caller| {
        let file = project.file(caller.function.file)?;
        let bound = Bound::of(file, caller.call, place.to_vec());
        let body = own_statements(file.module(), file.module().body(caller.function.id));
        if project.routes_of(caller.function).is_empty() {
            body.into_iter().find_map(|stmt| {
                let Stmt::Return(Some(value)) = file.module().stmt(stmt) else { return None };
                follow(project, caller.function, &place_in(file, value, &|leaf| bound.place(leaf))?, steps)
            })
        } else {
            body.into_iter().find_map(|stmt| arrives(file, stmt, &bound, caller.function))
        }
    })
}

/// Whether a statement of a route sends the text.
fn arrives(file: File<'_>, stmt: StmtId, bound: &Bound<'_>, handler: FunctionRef) -> Option<Arrival> {
    let sink = Sink::of(file, stmt, Answers::Returned)?;
    sink.parts.iter().find_map(|&part| place_in(file, part, &|leaf| bound.place(leaf)))?;
    let at = file.at(file.first_line(file.module().stmt_span(stmt)));
    Some(Arrival { handler, at, what: sink.what })
}

/// A call that gives the text, and the names that hold its value or a part of it.
struct Bound<'p> {
    file: File<'p>,
    call: ExprId,
    place: Place,
    names: Vec<(Symbol, Place)>,
}

impl<'p> Bound<'p> {
    fn of(file: File<'p>, call: ExprId, place: Place) -> Self {
        let mut bound = Self { file, call, place, names: Vec::new() };
        let module = file.module();
        let Some(stmt) = file.index().stmt_of(call) else { return bound };
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { return bound };
        let (&[target], Some(place)) = (module.list(targets), bound.place(value)) else { return bound };
        match (module.expr(target), place.split_first()) {
            (Expr::Name(name), _) => bound.names.push((name, place)),
            (Expr::Tuple(items), Some((&Step::Item(item), rest))) => {
                if let Some(Expr::Name(name)) = module.list(items).get(item).map(|&item| module.expr(item)) {
                    bound.names.push((name, rest.to_vec()));
                }
            }
            _ => {}
        }
        bound
    }

    /// Where the text stands in the value of a name, of the call, or of a part of either.
    fn place(&self, expr: ExprId) -> Option<Place> {
        let module = self.file.module();
        let mut taken = Vec::new();
        let mut expr = expr;
        let place = loop {
            match module.expr(expr) {
                _ if expr == self.call => break self.place.clone(),
                Expr::Await(inner) => expr = inner,
                Expr::Name(name) => break self.names.iter().find(|(known, _)| *known == name)?.1.clone(),
                Expr::Subscript { value, index } => {
                    taken.push(self.step(index)?);
                    expr = value;
                }
                Expr::Call { .. } => {
                    let call = Call::of(module, expr).filter(|call| call.name() == Some("get"))?;
                    taken.push(self.step(call.positional(0)?)?);
                    expr = call.receiver()?;
                }
                _ => return None,
            }
        };
        taken.reverse();
        place.strip_prefix(taken.as_slice()).map(<[Step]>::to_vec)
    }

    fn step(&self, index: ExprId) -> Option<Step> {
        match self.file.module().expr(index) {
            Expr::Str(text) => Some(Step::Key(self.file.module().text(text).to_owned())),
            _ => self.file.text_of(index).parse().ok().map(Step::Item),
        }
    }
}

/// Where the text stands in the value of an expression; `leaf` knows the expressions that give it.
pub(super) fn place_in(file: File<'_>, expr: ExprId, leaf: &dyn Fn(ExprId) -> Option<Place>) -> Option<Place> {
    let module = file.module();
    // Parts of values, each with the steps that lead to it.
    let mut work: Vec<(ExprId, Place)> = vec![(expr, Vec::new())];
    while let Some((expr, before)) = work.pop() {
        if let Some(place) = leaf(expr) {
            return Some([before, place].concat());
        }
        let under = |step: Step| before.iter().cloned().chain([step]).collect::<Place>();
        match module.expr(expr) {
            Expr::Tuple(items) | Expr::List(items) => {
                work.extend(module.list(items).iter().enumerate().map(|(at, &item)| (item, under(Step::Item(at)))));
            }
            Expr::Dict(items) => {
                work.extend(module.list(items).iter().filter_map(|item| match module.expr(item.key?) {
                    Expr::Str(key) => Some((item.value, under(Step::Key(module.text(key).to_owned())))),
                    _ => None,
                }));
            }
            Expr::FString(parts) => work.extend(module.list(parts).iter().filter_map(|part| match *part {
                Part::Value { value, .. } => Some((value, before.clone())),
                Part::Text(_) => None,
            })),
            Expr::Binary { left, right, .. } => work.extend([(left, before.clone()), (right, before)]),
            Expr::Bool { values, .. } => work.extend(module.list(values).iter().map(|&value| (value, before.clone()))),
            Expr::Conditional { body, orelse, .. } => work.extend([(body, before.clone()), (orelse, before)]),
            Expr::Call { .. } => {
                let call = Call::of(module, expr).filter(|call| keeps(*call));
                work.extend(call.into_iter().flat_map(|call| call.args).map(|arg| (arg.value, before.clone())));
            }
            _ => {}
        }
    }
    None
}

/// Whether a call makes an answer or a text of what it is given: known ones, and classes such as `JSONResponse`.
fn keeps(call: Call<'_>) -> bool {
    call.name().is_some_and(|name| KEEPING.contains(&name) || name.starts_with(char::is_uppercase))
}
