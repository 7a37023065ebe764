//! The rules: what each page of the rulebook promises, checked on the model of a project.

mod auth;
mod cfg;
mod changes;
mod data;
mod db;
mod exc;
mod expressions;
mod handlers;
mod job;
mod limiters;
mod mnt;
mod net;
mod proc;
mod protections;
mod rate;
mod sec;
mod secret_names;
mod secrets;
mod startup_checks;
mod state;
mod switches;

pub mod registry;

backlint_rulebook_macros::rulebook! {
    "../../rules";
    STATE001 => state::process_local_state::check,
    RATE002 => rate::unthrottled_auth_route::check,
    RATE001 => rate::in_process_limiter::check,
    AUTH003 => auth::guard_outside_route::check,
    AUTH001 => auth::unguarded_state_change::check,
    EXC003 => exc::bare_except::check,
    JOB001 => job::fire_and_forget_task::check,
    MNT001 => mnt::oversized_module::check with mnt::oversized_module::Options,
    MNT002 => mnt::sys_modules_alias::check,
    MNT004 => mnt::unused_import::check,
    MNT014 => mnt::syntax_error::check,
    NET001 => net::request_without_timeout::check,
    PROC001 => proc::subprocess_without_timeout::check,
    SUP001 => triage,
    SUP002 => triage,
    SUP003 => triage,
    SUP004 => triage,
    SUP005 => triage,
}
