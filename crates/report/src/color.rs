//! Terminal colours: whether there are any, and the few that are used.

use std::borrow::Cow;

/// Whether output carries terminal colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Colours, whatever the output is.
    Always,
    /// Plain text.
    #[default]
    Never,
}

/// How a piece of text looks on a terminal with colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Bold,
    Red,
    Yellow,
    Green,
    Cyan,
}

impl Color {
    /// `text` in `style`, or as it is when there are no colours.
    pub(crate) fn paint(self, style: Style, text: &str) -> Cow<'_, str> {
        match self {
            Self::Always => format!("\u{1b}[{}m{text}\u{1b}[0m", style.number()).into(),
            Self::Never => text.into(),
        }
    }
}

impl Style {
    /// The parameter of the escape sequence.
    fn number(self) -> u8 {
        match self {
            Self::Bold => 1,
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
            Self::Cyan => 36,
        }
    }
}
