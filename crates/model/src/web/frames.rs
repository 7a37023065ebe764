//! Ways in which one piece of code runs: what the loops around it and the callers of its function put into its
//! variables.

use std::rc::Rc;

use backlint_semantic::{Binding, BindingKind, Call, own_statements};
use backlint_source::FileId;
use backlint_syntax::ast::{ArgKind, DictItem, Expr, ExprId, ParamKind, Stmt, Symbol};

use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// How many names, calls and attributes a value may be behind.
const MAX_STEPS: u32 = 16;

/// What variables hold in one run of the code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame(Option<Rc<Slot>>);

#[derive(Debug)]
struct Slot {
    variable: Variable,
    value: Framed,
    below: Frame,
}

/// A variable whose value depends on who runs the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// A parameter, by its place.
    Param(FunctionRef, u32),
    /// What the `**kwargs` of a function are: the call that gives them.
    Keywords(FunctionRef),
    /// The target of the loop over this.
    Loop(ExprRef, Symbol),
}

/// An expression, and the frame in which to read it.
#[derive(Clone, Debug)]
pub(crate) struct Framed {
    pub(crate) at: ExprRef,
    pub(crate) frame: Frame,
}

/// What an expression is in its frame. For an object that a function of the project makes, the frame is that of the
/// function.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) entity: Entity,
    pub(crate) frame: Frame,
}

impl Frame {
    pub(crate) fn with(self, variable: Variable, value: Framed) -> Self {
        Self(Some(Rc::new(Slot { variable, value, below: self })))
    }

    fn get(&self, variable: Variable) -> Option<&Framed> {
        let mut current = self;
        while let Self(Some(slot)) = current {
            if slot.variable == variable {
                return Some(&slot.value);
            }
            current = &slot.below;
        }
        None
    }

    /// The frame inside a function that a call in this frame runs.
    pub(crate) fn entering(&self, project: &Project, file: FileId, call: Call<'_>, function: FunctionRef) -> Self {
        let Some(callee) = project.file(function.file) else { return Self::default() };
        let params = callee.module().list(callee.function(function.id).params);
        let mut inside = self.clone();
        for (place, param) in params.iter().enumerate() {
            if param.kind == ParamKind::VarKeywords {
                let at = ExprRef { file, expr: call.expr };
                inside = inside.with(Variable::Keywords(function), Framed { at, frame: self.clone() });
            }
            if matches!(param.kind, ParamKind::VarArgs | ParamKind::VarKeywords) {
                continue;
            }
            let given = project.argument_for(file, call, function, place);
            let value = match (given, param.default) {
                (Some(at), _) => Framed { at, frame: self.clone() },
                (None, Some(expr)) => Framed::plain(function.file, expr),
                (None, None) => continue,
            };
            let Ok(place) = u32::try_from(place) else { continue };
            inside = inside.with(Variable::Param(function, place), value);
        }
        inside
    }

    /// A keyword argument of a call in this frame, also one that comes with the `**kwargs` of the function around it.
    pub(crate) fn keyword(&self, project: &Project, file: File<'_>, call: Call<'_>, name: &str) -> Option<Framed> {
        let mut asked = Framed { at: ExprRef { file: file.id(), expr: call.expr }, frame: self.clone() };
        for _ in 0..MAX_STEPS {
            let file = project.file(asked.at.file)?;
            let call = Call::of(file.module(), asked.at.expr)?;
            if let Some(arg) = call.keyword(name) {
                return Some(asked.sibling(arg.value));
            }
            let function = FunctionRef::new(file.id(), file.index().function_of(call.expr)?);
            let params = file.module().list(file.function(function.id).params);
            let keywords = params.iter().find(|param| param.kind == ParamKind::VarKeywords)?;
            let is_handed_on = call.args.iter().any(|arg| {
                arg.kind == ArgKind::DoubleStar && file.module().expr(arg.value) == Expr::Name(keywords.name)
            });
            asked = asked.frame.get(Variable::Keywords(function)).filter(|_| is_handed_on)?.clone();
        }
        None
    }
}

impl Framed {
    /// An expression that no variable has a say in.
    pub(crate) fn plain(file: FileId, expr: ExprId) -> Self {
        Self { at: ExprRef { file, expr }, frame: Frame::default() }
    }

    /// Another expression of the same file in the same frame.
    pub(crate) fn sibling(&self, expr: ExprId) -> Self {
        Self { at: ExprRef { file: self.at.file, expr }, frame: self.frame.clone() }
    }
}

impl Project {
    /// What an expression is in its frame.
    pub(crate) fn found(&self, at: &Framed) -> Found {
        self.found_within(at, MAX_STEPS)
    }

    fn found_within(&self, at: &Framed, steps: u32) -> Found {
        let plain = || Found { entity: self.resolve(at.at.file, at.at.expr), frame: at.frame.clone() };
        let (Some(steps), Some(file)) = (steps.checked_sub(1), self.file(at.at.file)) else { return plain() };
        let module = file.module();
        let found = match module.expr(at.at.expr) {
            Expr::Name(_) => self.behind_name(at).map(|value| self.found_within(&value, steps)),
            Expr::Attribute { value, name } => {
                Some(self.member_in(at, &self.found_within(&at.sibling(value), steps).entity, module.text(name), steps))
            }
            Expr::Call { .. } => self.returned_in(file, at, steps),
            _ => None,
        };
        found.filter(|found| found.entity.is_known()).unwrap_or_else(plain)
    }

    /// The attribute of an object. What its constructor puts there may be a parameter, which the frame may hold.
    fn member_in(&self, at: &Framed, object: &Entity, name: &str, steps: u32) -> Found {
        if let Entity::Instance { of: Type::Project(class), origin } = object
            && let Some(value) = self.instance_attribute(*class, name)
        {
            let frame = origin.and_then(|made| self.constructing(at, *class, made));
            let frame = frame.unwrap_or_else(|| at.frame.clone());
            let found = self.found_within(&Framed { at: value, frame }, steps);
            if found.entity != Entity::Unknown {
                return found;
            }
        }
        Found { entity: self.member(object, name, steps), frame: Frame::default() }
    }

    /// The frame inside the constructor of an object.
    fn constructing(&self, at: &Framed, class: ClassRef, made: ExprRef) -> Option<Frame> {
        let call = Call::of(self.file(made.file)?.module(), made.expr)?;
        Some(at.frame.entering(self, made.file, call, self.method(class, "__init__")?))
    }

    /// The expression that a name stands for: what its frame holds, else its one assignment.
    pub(crate) fn behind_name(&self, at: &Framed) -> Option<Framed> {
        self.held(at).or_else(|| match self.bindings(at)? {
            [only] => match only.kind {
                BindingKind::Assign { value: Some(value), .. } => Some(at.sibling(value)),
                _ => None,
            },
            _ => None,
        })
    }

    /// What the frame holds for a name, or what was made of that: `prefix = prefix.strip("/")`.
    pub(crate) fn held(&self, at: &Framed) -> Option<Framed> {
        let bindings = self.bindings(at)?;
        let held = bindings.iter().find_map(|binding| {
            let variable = match binding.kind {
                BindingKind::Param(function, place) => Variable::Param(FunctionRef::new(at.at.file, function), place),
                BindingKind::Loop { iter } => Variable::Loop(ExprRef { file: at.at.file, expr: iter }, binding.name),
                _ => return None,
            };
            at.frame.get(variable).cloned()
        })?;
        let index = self.file(at.at.file)?.index();
        let own = index.stmt_of(at.at.expr);
        let made = bindings.iter().find_map(|binding| match binding.kind {
            // What is assigned on some condition may not be.
            BindingKind::Assign { value: Some(value), .. } => {
                let stmt = binding.stmt?;
                let around = index.stmt_parent(stmt).map(|parent| index.stmt_scope(parent.stmt));
                let is_sure = around != Some(index.stmt_scope(stmt));
                (is_sure && binding.stmt != own).then_some(value)
            }
            _ => None,
        });
        Some(made.map_or(held, |value| at.sibling(value)))
    }

    fn bindings(&self, at: &Framed) -> Option<&[Binding]> {
        let file = self.file(at.at.file)?;
        let Expr::Name(name) = file.module().expr(at.at.expr) else { return None };
        Some(file.index().lookup(file.index().scope_of_name(at.at.expr), name))
    }

    /// What a function of the project returns to one call.
    fn returned_in(&self, file: File<'_>, at: &Framed, steps: u32) -> Option<Found> {
        let call = Call::of(file.module(), at.at.expr)?;
        let Entity::Function(function) = self.found_within(&at.sibling(call.function), steps).entity else {
            return None;
        };
        let inside = at.frame.entering(self, file.id(), call, function);
        let returned = self.returned_exprs(function).into_iter();
        returned
            .map(|at| self.found_within(&Framed { at, frame: inside.clone() }, steps))
            .find(|found| found.entity.origin().is_some())
    }

    /// The values of a function's `return` statements.
    pub(crate) fn returned_exprs(&self, function: FunctionRef) -> Vec<ExprRef> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let module = file.module();
        own_statements(module, module.body(function.id))
            .into_iter()
            .filter_map(|stmt| match module.stmt(stmt) {
                Stmt::Return(Some(expr)) => Some(ExprRef { file: function.file, expr }),
                _ => None,
            })
            .collect()
    }

    /// The frames of the turns of a loop, each on top of `frame`; none if what is iterated cannot be told.
    pub(crate) fn turns(&self, file: File<'_>, target: ExprId, iter: ExprId, frame: &Frame) -> Option<Vec<Frame>> {
        let looped = Framed { at: ExprRef { file: file.id(), expr: iter }, frame: frame.clone() };
        let turns = self.iterated(&looped, MAX_STEPS)?;
        let bind = |element| self.bind(file, target, iter, element, frame.clone(), MAX_STEPS);
        Some(turns.into_iter().map(bind).collect())
    }

    /// The elements of a list, tuple or set display; none if any cannot be told.
    pub(crate) fn elements(&self, list: &Framed) -> Option<Vec<Framed>> {
        let single = |element| match element {
            Element::One(value) => Some(value),
            Element::Parts(_) => None,
        };
        self.listed(list, MAX_STEPS)?.into_iter().map(single).collect()
    }

    /// The frame after an element was put into a loop target.
    fn bind(&self, file: File<'_>, target: ExprId, iter: ExprId, element: Element, frame: Frame, steps: u32) -> Frame {
        let Some(steps) = steps.checked_sub(1) else { return frame };
        let module = file.module();
        match (module.expr(target), element) {
            (Expr::Name(name), Element::One(value)) => {
                frame.with(Variable::Loop(ExprRef { file: file.id(), expr: iter }, name), value)
            }
            (Expr::Tuple(targets) | Expr::List(targets), element) => {
                let parts = match element {
                    Element::Parts(parts) => Some(parts),
                    Element::One(value) => self.listed(&value, steps),
                };
                let pairs = module.list(targets).iter().zip(parts.unwrap_or_default());
                pairs.fold(frame, |frame, (&target, part)| self.bind(file, target, iter, part, frame, steps))
            }
            _ => frame,
        }
    }

    fn iterated(&self, iter: &Framed, steps: u32) -> Option<Vec<Element>> {
        let steps = steps.checked_sub(1)?;
        let file = self.file(iter.at.file)?;
        let Some(call) = Call::of(file.module(), iter.at.expr) else { return self.listed(iter, steps) };
        let first = call.positional(0).map(|expr| iter.sibling(expr));
        match (call.name()?, first) {
            ("items", None) => self.entries(&iter.sibling(call.receiver()?), Entry::parts),
            ("values", None) => self.entries(&iter.sibling(call.receiver()?), |entry| Element::One(entry.value)),
            ("keys", None) => self.entries(&iter.sibling(call.receiver()?), |entry| Element::One(entry.key)),
            ("enumerate", Some(list)) => {
                let number = Element::One(list.clone());
                let elements = self.iterated(&list, steps)?.into_iter();
                Some(elements.map(|element| Element::Parts(vec![number.clone(), element])).collect())
            }
            ("zip", Some(list)) => {
                let these = self.iterated(&list, steps)?;
                let those = self.iterated(&iter.sibling(call.positional(1)?), steps)?;
                Some(these.into_iter().zip(those).map(|(this, that)| Element::Parts(vec![this, that])).collect())
            }
            ("sorted" | "reversed" | "list" | "tuple" | "set" | "iter", Some(list)) => self.iterated(&list, steps),
            _ => {
                let callee = self.found(&iter.sibling(call.function)).entity.function()?;
                let inside = iter.frame.entering(self, iter.at.file, call, callee);
                let [at] = *self.returned_exprs(callee).as_slice() else { return None };
                self.listed(&Framed { at, frame: inside }, steps)
            }
        }
    }

    /// The elements of a list, tuple or set display, also of several that are added up; the keys of a dict display.
    fn listed(&self, list: &Framed, steps: u32) -> Option<Vec<Element>> {
        let steps = steps.checked_sub(1)?;
        let list = self.display(list)?;
        let module = self.file(list.at.file)?.module();
        let mut found = Vec::new();
        match module.expr(list.at.expr) {
            Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
                for &item in module.list(items) {
                    match module.expr(item) {
                        Expr::Starred(inner) => found.extend(self.iterated(&list.sibling(inner), steps)?),
                        _ => found.push(Element::One(list.sibling(item))),
                    }
                }
            }
            Expr::Binary { left, right, .. } => {
                found.extend(self.iterated(&list.sibling(left), steps)?);
                found.extend(self.iterated(&list.sibling(right), steps)?);
            }
            _ => return self.entries(&list, |entry| Element::One(entry.key)),
        }
        // A list that begins empty is filled elsewhere.
        (!found.is_empty()).then_some(found)
    }

    fn entries(&self, dict: &Framed, element: impl Fn(Entry) -> Element) -> Option<Vec<Element>> {
        let dict = self.display(dict)?;
        let module = self.file(dict.at.file)?.module();
        let Expr::Dict(items) = module.expr(dict.at.expr) else { return None };
        let entry = |item: &DictItem| Some(Entry { key: dict.sibling(item.key?), value: dict.sibling(item.value) });
        module.list(items).iter().map(|item| entry(item).map(&element)).collect()
    }

    /// The display that an expression is, through names.
    fn display(&self, at: &Framed) -> Option<Framed> {
        let mut current = at.clone();
        for _ in 0..MAX_STEPS {
            let Some(next) = self.behind_name(&current) else { break };
            current = next;
        }
        match self.resolve(current.at.file, current.at.expr) {
            Entity::Literal(at) => Some(Framed { at, frame: current.frame }),
            _ => None,
        }
    }
}

/// What one turn of a loop puts into its target.
#[derive(Clone)]
enum Element {
    One(Framed),
    Parts(Vec<Element>),
}

/// An entry of a dict display.
struct Entry {
    key: Framed,
    value: Framed,
}

impl Entry {
    fn parts(self) -> Element {
        Element::Parts(vec![Element::One(self.key), Element::One(self.value)])
    }
}
