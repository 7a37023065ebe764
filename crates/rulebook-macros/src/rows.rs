//! What stands between the braces of `rulebook!`: a folder and rows.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Token};

mod keyword {
    syn::custom_keyword!(needs);
    syn::custom_keyword!(with);
}

/// The whole input.
pub(crate) struct Rulebook {
    /// Where the pages are, relative to the crate.
    pub(crate) folder: LitStr,
    pub(crate) rows: Vec<Row>,
}

/// `CODE => path::to::check`, and then perhaps `with path::to::Options`, and then perhaps `needs Fact + Fact`.
pub(crate) struct Row {
    pub(crate) code: Ident,
    pub(crate) check: Path,
    pub(crate) options: Option<Path>,
    pub(crate) needs: Punctuated<Ident, Token![+]>,
}

impl Parse for Rulebook {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let folder = input.parse()?;
        input.parse::<Token![;]>()?;
        let rows = Punctuated::<Row, Token![,]>::parse_terminated(input)?;
        Ok(Self { folder, rows: rows.into_iter().collect() })
    }
}

impl Parse for Row {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let code = input.parse()?;
        input.parse::<Token![=>]>()?;
        let check = input.call(Path::parse_mod_style)?;
        let options = match input.parse::<Option<keyword::with>>()? {
            Some(_) => Some(input.call(Path::parse_mod_style)?),
            None => None,
        };
        let needs = match input.parse::<Option<keyword::needs>>()? {
            Some(_) => Punctuated::parse_separated_nonempty(input)?,
            None => Punctuated::new(),
        };
        Ok(Self { code, check, options, needs })
    }
}
