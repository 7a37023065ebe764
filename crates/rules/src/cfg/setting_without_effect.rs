//! CFG022: settings that cannot take effect.

mod fields;
mod lifetime;
mod overridden;
mod reads;
mod unloaded;
mod unread;

use backlint_finding::Findings;
use backlint_model::Project;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for write in project.config_writes_without_effect() {
        // Flags of cookies are the matter of AUTH015.
        if write.is_dev_only || write.key.starts_with("SESSION_COOKIE_") {
            continue;
        }
        let key = &write.key;
        let message = format!(
            "Flask gives every application a `{key}`, so this `setdefault` never sets it: the value of the library stays. \
             Assign it: `app.config[\"{key}\"] = …`."
        );
        findings.report(write.at, key.clone(), message);
    }
    unloaded::check(project, findings);
    overridden::check(project, findings);
    unread::check(project, findings);
    lifetime::check(project, findings);
    fields::check(project, findings);
}
