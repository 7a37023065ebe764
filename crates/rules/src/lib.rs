//! The rules: what each page of the rulebook promises, checked on the model of a project.

pub mod registry;

backlint_rulebook_macros::rulebook! {
    "../../rules";
}
