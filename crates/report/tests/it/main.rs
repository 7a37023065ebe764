//! What the renderers promise, on outcomes built by hand.

mod support;
mod text;
