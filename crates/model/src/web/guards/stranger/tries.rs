//! `try`: which refusals are caught, and what happens then.

use backlint_syntax::ast::{Body, Handler, List};

use super::statements::{Frame, State};
use super::{End, Exit};
use crate::resolve::{Entity, Type};
use crate::web::guards::exits::Rejection;

impl Frame<'_, '_> {
    pub(super) fn attempt(&mut self, body: Body, handlers: List<Handler>, orelse: Body, finally: Body) -> bool {
        let file = self.file;
        let handlers = file.module().list(handlers);
        let before = self.state.clone();
        let outer = std::mem::take(&mut self.exits);
        let had_doubt = std::mem::replace(&mut self.has_doubt, false);
        let body_goes_on = self.body(body);
        self.is_over = false;
        self.state.is_stuck &= handlers.is_empty();
        let is_doubtful = std::mem::replace(&mut self.has_doubt, had_doubt);
        let inside = std::mem::replace(&mut self.exits, outer);
        let (caught, passed) = self.sorted(inside, handlers);
        let mut goes_on = body_goes_on && self.body(orelse);
        if caught.is_empty() {
            if is_doubtful && self.handlers_refuse(&before, handlers) {
                return false;
            }
            self.leave_all(passed);
        } else {
            self.leave_all(passed);
            for (exit, handler) in caught {
                goes_on |= self.handled(&before, exit, handler, goes_on);
            }
        }
        self.body(finally) && goes_on
    }

    /// Which exits of the block are caught, each with its handlers, and which leave it.
    fn sorted<'h>(&self, inside: Vec<Exit>, handlers: &'h [Handler]) -> (Vec<(Exit, &'h Handler)>, Vec<Exit>) {
        let (mut caught, mut passed) = (Vec::new(), Vec::new());
        for exit in inside {
            let Some(name) = exit.raised.clone() else {
                passed.push(exit);
                continue;
            };
            let catching: Vec<&Handler> = handlers.iter().filter(|handler| self.catches(handler, &name)).collect();
            // A known exception goes to the first handler for it; one that could be any, to each.
            let number = if name.is_empty() { catching.len() } else { 1 };
            if catching.is_empty() {
                passed.push(exit);
            } else {
                caught.extend(catching.into_iter().take(number).map(|handler| (exit.clone(), handler)));
            }
        }
        (caught, passed)
    }

    /// Runs a handler for an exit; whether the way goes on behind the `try`.
    fn handled(&mut self, before: &State, exit: Exit, handler: &Handler, others_go_on: bool) -> bool {
        let after_others = std::mem::replace(&mut self.state, before.clone());
        self.state.by_caller |= exit.by_caller;
        self.state.under = exit.under;
        let outer = self.caught.replace(exit);
        let goes_on = self.body(handler.body);
        self.is_over = false;
        self.caught = outer;
        if others_go_on && goes_on {
            self.join(after_others, before.under);
        } else if others_go_on {
            self.state = after_others;
        }
        goes_on
    }

    /// Whether every handler refuses, for a block that may have raised because of what strangers lack. Their refusals
    /// are kept then.
    fn handlers_refuse(&mut self, before: &State, handlers: &[Handler]) -> bool {
        let after = self.state.clone();
        let outer = std::mem::take(&mut self.exits);
        let mut goes_on = false;
        for handler in handlers {
            self.state = before.clone();
            self.state.by_caller = true;
            goes_on |= self.body(handler.body);
            self.is_over = false;
        }
        let found = std::mem::replace(&mut self.exits, outer);
        let asks_for_login =
            |exit: &Exit| matches!(exit.end, End::Refused(Rejection::Unauthenticated | Rejection::Forbidden));
        let refuses = !goes_on && !found.is_empty() && found.iter().all(asks_for_login);
        if refuses {
            self.leave_all(found);
        } else {
            self.state = after;
        }
        refuses
    }

    fn catches(&self, handler: &Handler, raised: &str) -> bool {
        if handler.kind.is_none() {
            return true;
        }
        self.file.caught_by(handler).iter().any(|&kind| {
            let text = self.file.text_of(kind);
            let name = text.rsplit('.').next().unwrap_or(text);
            if matches!(name, "Exception" | "BaseException") || name == raised {
                return true;
            }
            if raised.is_empty() {
                let is_unrelated = name.ends_with("HTTPException") || name.contains("SQL") || name == "IndexError";
                return !is_unrelated;
            }
            name.ends_with("HTTPException") && raised.ends_with("HTTPException")
                || name == "LookupError" && raised == "KeyError"
                || self.is_below(raised, kind)
        })
    }

    /// Whether the project class `raised` derives from the class that a handler names.
    fn is_below(&self, raised: &str, kind: backlint_syntax::ast::ExprId) -> bool {
        let project = self.stranger.project;
        let Entity::Class(wanted) = project.resolve(self.file.id(), kind) else { return false };
        let Some(Entity::Class(class)) = project.module_member(self.file.id(), raised, crate::resolve::MAX_STEPS)
        else {
            return false;
        };
        project.lineage(class).contains(&Type::Project(wanted))
    }
}
