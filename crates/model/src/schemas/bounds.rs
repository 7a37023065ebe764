//! What limits the values of a field.

use backlint_semantic::Call;
use backlint_syntax::Module;

/// What limits the values of a field, told by the keywords of Pydantic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a bound of its own that declarations set independently")]
pub struct Bounds {
    /// `min_length`, `min_items`.
    pub shortest: bool,
    /// `max_length`, `max_items`.
    pub longest: bool,
    /// `ge`, `gt`.
    pub lowest: bool,
    /// `le`, `lt`.
    pub highest: bool,
    /// `pattern`, `regex`, or a type that takes values of one form only.
    pub form: bool,
}

impl Bounds {
    /// Whether nothing limits the values.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Takes in the keywords of `Field(…)`, `constr(…)`, `StringConstraints(…)`, `Query(…)`.
    pub fn add(&mut self, module: &Module, call: Call<'_>) {
        for arg in call.args {
            let backlint_syntax::ast::ArgKind::Keyword(name) = arg.kind else { continue };
            match module.text(name) {
                "min_length" | "min_items" => self.shortest = true,
                "max_length" | "max_items" | "max_digits" => self.longest = true,
                "ge" | "gt" => self.lowest = true,
                "le" | "lt" => self.highest = true,
                "pattern" | "regex" => self.form = true,
                _ => {}
            }
        }
    }
}
