//! What the renderers promise, on outcomes built by hand.

mod format;
mod frames;
mod github;
mod hostile;
mod json;
mod routes;
mod rules;
mod sarif;
mod sarif_schema;
mod support;
mod text;
