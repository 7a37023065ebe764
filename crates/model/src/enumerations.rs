//! The members of enumerations.

use backlint_semantic::{BindingKind, Call};

use crate::Project;
use crate::resolve::{ClassRef, Type};

/// An enumeration whose members are all known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enumeration {
    /// The members, in source order.
    pub members: Vec<EnumMember>,
    /// Whether a member is equal to the text that is its value: `class State(str, Enum)`.
    pub is_text: bool,
}

/// A member of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumMember {
    /// Its name.
    pub name: String,
    /// Its value, a text.
    pub value: String,
}

impl Project {
    /// The enumeration that a class is, if the values of all of its members are texts that the class itself gives.
    pub fn enumeration(&self, class: ClassRef) -> Option<Enumeration> {
        if !self.is_enumeration(class) {
            return None;
        }
        let file = self.file(class.file)?;
        let counts = self.derives_from(&Type::Project(class), &["enum.StrEnum"]);
        let is_text = counts || self.lineage_of(class).iter().any(is_str);
        let mut members = Vec::new();
        for binding in file.index().bindings_in(file.index().class_scope(class.id)) {
            let BindingKind::Assign { value: Some(value), .. } = binding.kind else { continue };
            let name = file.module().text(binding.name);
            if name.starts_with('_') {
                continue;
            }
            let is_auto = Call::of(file.module(), value).is_some_and(|call| call.name() == Some("auto"));
            let value = if is_auto && counts { Some(name.to_lowercase()) } else { self.string(class.file, value) };
            members.push(EnumMember { name: name.to_owned(), value: value? });
        }
        (!members.is_empty()).then_some(Enumeration { members, is_text })
    }
}

fn is_str(of: &Type) -> bool {
    matches!(of, Type::External(path) if path.rsplit('.').next() == Some("str"))
}

impl Enumeration {
    /// The member whose value a text is, if no member has that name.
    pub fn member_of_value(&self, text: &str) -> Option<&EnumMember> {
        if self.members.iter().any(|member| member.name == text) {
            return None;
        }
        self.members.iter().find(|member| member.value == text)
    }
}
