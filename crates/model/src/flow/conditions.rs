//! What a condition says of the values in it.

use backlint_syntax::ast::{BoolOp, CompareOp, Comparison, Expr, ExprId, List, UnaryOp};

use super::body::Reader;
use super::hazard::{Hazard, Hazards};
use super::state::{Check, State};
use super::value::{Part, Taint, Value};

/// What is known after a condition. Where either operand of `and` and `or` may decide, both count: a missed defect
/// costs less than a wrong claim.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) if_true: Vec<Check>,
    pub(super) if_false: Vec<Check>,
}

impl Proof {
    fn both(checks: Vec<Check>) -> Self {
        Self { if_false: checks.clone(), if_true: checks }
    }

    fn swapped(self) -> Self {
        Self { if_true: self.if_false, if_false: self.if_true }
    }
}

/// What is known of the origins of a value that turned out to be one of some fixed values.
pub(super) fn proven(value: &Value, against: Hazards) -> Vec<Check> {
    let flat = value.flat();
    let checks = flat.taints().iter().map(|taint| {
        let against = match taint.part {
            Part::Host => against.common(Hazards::HOSTS),
            // Its extension says of a file what the client calls it.
            Part::Detail => against.common(Hazards::of(Hazard::Content)),
            Part::Answer => Hazards::NONE,
            Part::Whole | Part::ParsedUrl | Part::FilePath => against,
        };
        Check { origin: taint.origin.clone(), against }
    });
    checks.filter(|check| !check.against.is_empty()).collect()
}

/// What is known of the origins of a value that was made by looking at them, once it has been compared.
fn proven_by_result(value: &Value) -> Vec<Check> {
    proven_by_truth(value).if_true
}

/// What is known of the origins of a value that was made by looking at them, once its truth has been tested.
fn proven_by_truth(value: &Value) -> Proof {
    let verdicts = value.taints().iter().filter(|taint| !taint.is_content());
    let check = |taint: &Taint| Check { origin: taint.origin.clone(), against: taint.proves };
    Proof {
        if_true: verdicts.clone().map(check).collect(),
        if_false: verdicts.filter(|taint| !taint.is_lookup).map(check).collect(),
    }
}

impl Reader<'_> {
    /// Evaluates a condition.
    pub(super) fn test(&mut self, test: ExprId, state: &mut State) -> Proof {
        let module = self.file.module();
        match module.expr(test) {
            Expr::Unary { op: UnaryOp::Not, operand } => self.test(operand, state).swapped(),
            Expr::Bool { op, values } => self.test_all(op, values, state),
            Expr::Compare { left, rest } => self.compare(left, rest, state),
            Expr::Call { .. } => self.test_call(test, state),
            _ => {
                let value = self.value(test, state);
                let mut proof = proven_by_truth(&value);
                self.recall(test, &mut proof, state);
                // An address without a host leads to the site itself.
                if value.taints().iter().any(|taint| taint.part == Part::Host) {
                    proof.if_false.extend(proven(&value, Hazards::HOSTS));
                }
                proof
            }
        }
    }

    fn test_all(&mut self, op: BoolOp, values: List<ExprId>, state: &mut State) -> Proof {
        let mut inner = state.clone();
        let mut all = Proof::default();
        for &value in self.file.module().list(values) {
            let proof = self.test(value, &mut inner);
            // The next operand is only looked at if this one has not decided.
            inner.check_all(if op == BoolOp::And { &proof.if_true } else { &proof.if_false });
            all.if_true.extend(proof.if_true);
            all.if_false.extend(proof.if_false);
        }
        all
    }

    fn compare(&mut self, left: ExprId, rest: List<Comparison>, state: &mut State) -> Proof {
        let module = self.file.module();
        let mut proof = Proof::default();
        let mut left = (left, self.value(left, state));
        for comparison in module.list(rest) {
            let right = (comparison.right, self.value(comparison.right, state));
            let mut found = self.comparison(comparison.op, &left, &right);
            self.recall_compared((left.0, comparison.op, right.0), &mut found, state);
            proof.if_true.extend(found.if_true);
            proof.if_false.extend(found.if_false);
            left = right;
        }
        proof
    }

    fn comparison(&self, op: CompareOp, left: &(ExprId, Value), right: &(ExprId, Value)) -> Proof {
        match op {
            CompareOp::In => self.membership(left, right),
            CompareOp::NotIn => self.membership(left, right).swapped(),
            CompareOp::Eq => equality(left, right),
            CompareOp::NotEq => equality(left, right).swapped(),
            CompareOp::Is if self.is_none(right.0) => proven_by_truth(&left.1).swapped(),
            CompareOp::IsNot if self.is_none(right.0) => proven_by_truth(&left.1),
            // `is None` says nothing of the value; of what was made by looking at it, it does.
            CompareOp::Is | CompareOp::IsNot | CompareOp::Lt | CompareOp::LtE | CompareOp::Gt | CompareOp::GtE => {
                let mut checks = proven_by_result(&left.1);
                checks.extend(proven_by_result(&right.1));
                Proof::both(checks)
            }
        }
    }

    fn is_none(&self, expr: ExprId) -> bool {
        self.file.module().expr(expr) == Expr::None
    }

    /// `value in allowed`, or `".." in value`.
    fn membership(&self, left: &(ExprId, Value), right: &(ExprId, Value)) -> Proof {
        let mut both = proven_by_result(&left.1);
        both.extend(proven_by_result(&right.1));
        let mut proof = Proof::both(both);
        if left.1.is_nothing() {
            proof.if_false.extend(self.without(left.0, &right.1));
        } else {
            proof.if_true.extend(proven(&left.1, Hazards::ALL));
            // Whoever looks the value up among parts of itself knows nothing: `ext in name`.
            if self.is_fixed(right.0) {
                proof.if_false.extend(proven(&left.1, Hazards::of(Hazard::Url)));
            }
        }
        proof
    }

    /// What is known of a text that does not hold another one.
    fn without(&self, part: ExprId, value: &Value) -> Vec<Check> {
        let module = self.file.module();
        let Expr::Str(part) = module.expr(part) else { return Vec::new() };
        let part = module.text(part);
        let mut against = Hazards::NONE;
        if part.contains("..") || part == "/" || part == "\\" {
            against = against.and(Hazards::FILES);
        }
        if matches!(part, "://" | "//" | "." | ":") {
            against = against.and(Hazards::HOSTS);
        }
        proven(value, against)
    }

    fn is_fixed(&self, expr: ExprId) -> bool {
        matches!(
            self.file.module().expr(expr),
            Expr::Name(_) | Expr::Attribute { .. } | Expr::Tuple(_) | Expr::List(_) | Expr::Set(_)
        )
    }

    fn test_call(&mut self, test: ExprId, state: &mut State) -> Proof {
        let module = self.file.module();
        let value = self.value(test, state);
        let Some(call) = backlint_semantic::Call::of(module, test) else { return Proof::default() };
        if call.name() == Some("startswith")
            && let (Some(receiver), Some(prefix)) = (call.receiver(), call.positional(0))
        {
            let object = self.value(receiver, state);
            let against = self.safe_after_prefix(prefix);
            return Proof { if_true: proven(&object, against), if_false: self.denied_prefix(prefix, &object) };
        }
        if call.name() == Some("isinstance")
            && let (Some(object), Some(class)) = (call.positional(0), call.positional(1))
            && self.is_never_sent(class)
        {
            return Proof { if_true: proven(&self.value(object, state), Hazards::ALL), if_false: Vec::new() };
        }
        proven_by_truth(&value)
    }

    /// Whether nothing that a client sends is of a class: it sends texts and what JSON knows.
    fn is_never_sent(&self, class: ExprId) -> bool {
        self.file.path_of(class).is_some_and(|path| {
            matches!(path.as_str(), "bool" | "float" | "int" | "uuid.UUID") || path.starts_with("pathlib.")
        })
    }

    /// What is known of a text that starts with this one.
    fn safe_after_prefix(&self, prefix: ExprId) -> Hazards {
        let module = self.file.module();
        match module.expr(prefix) {
            Expr::Tuple(items) => {
                let items = module.list(items).iter();
                items.map(|&item| self.safe_after_prefix(item)).fold(Hazards::ALL, Hazards::common)
            }
            _ => match self.project.string(self.file.id(), prefix) {
                Some(text) => safe_after_text(&text),
                // Compared with something that the program knows: its own address, the folder it serves.
                None => Hazards::ALL,
            },
        }
    }

    /// `if next.startswith("//"): raise`.
    fn denied_prefix(&self, prefix: ExprId, object: &Value) -> Vec<Check> {
        let module = self.file.module();
        let texts: Vec<&str> = match module.expr(prefix) {
            Expr::Str(text) => vec![module.text(text)],
            Expr::Tuple(items) => {
                let texts = module.list(items).iter().filter_map(|&item| match module.expr(item) {
                    Expr::Str(text) => Some(module.text(text)),
                    _ => None,
                });
                texts.collect()
            }
            _ => Vec::new(),
        };
        let mut against = Hazards::NONE;
        if texts.contains(&"//") || texts.iter().any(|text| text.starts_with("http")) {
            against = against.and(Hazards::of(Hazard::Redirect));
        }
        if texts.contains(&"/") || texts.contains(&"..") {
            against = against.and(Hazards::FILES);
        }
        if texts.contains(&"-") {
            against = against.and(Hazards::of(Hazard::Argument));
        }
        proven(object, against)
    }
}

fn safe_after_text(text: &str) -> Hazards {
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest,
        None if matches!(text, "http" | "https" | "http:" | "https:" | "ws" | "wss" | "//" | "") => {
            return Hazards::NONE;
        }
        // `/` alone lets `//host` pass.
        None if text == "/" => return Hazards::of(Hazard::Url),
        None => return Hazards::ALL,
    };
    if rest.is_empty() { Hazards::NONE } else { Hazards::ALL }
}

/// `value == "fixed"`: the value is one that the program chose.
fn equality(left: &(ExprId, Value), right: &(ExprId, Value)) -> Proof {
    let mut both = proven_by_result(&left.1);
    both.extend(proven_by_result(&right.1));
    let mut proof = Proof::both(both);
    match (left.1.is_nothing(), right.1.is_nothing()) {
        (false, true) => proof.if_true.extend(proven(&left.1, Hazards::ALL)),
        (true, false) => proof.if_true.extend(proven(&right.1, Hazards::ALL)),
        // Two values of the client compared, or a value compared with what the program made of it: a host with the
        // host of its own, a name with its base name.
        (false, false) => {
            proof.if_true.extend(proven(&left.1, Hazards::ALL));
            proof.if_true.extend(proven(&right.1, Hazards::ALL));
        }
        (true, true) => {}
    }
    proof
}
