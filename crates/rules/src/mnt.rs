//! Code that cannot work or is hard to change.

pub(crate) mod duplicate_helper;
pub(crate) mod import_in_function;
pub(crate) mod no_contract_tests;
pub(crate) mod no_tests;
pub(crate) mod oversized_module;
pub(crate) mod redundant_assignment;
pub(crate) mod syntax_error;
pub(crate) mod sys_modules_alias;
pub(crate) mod test_locks_in_vulnerability;
pub(crate) mod undeclared_dependency;
pub(crate) mod undefined_member;
pub(crate) mod undefined_name;
pub(crate) mod unresolved_import;
pub(crate) mod unused_import;

mod conditions;
mod import_words;
mod made_later;
mod patches;
