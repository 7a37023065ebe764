//! Bytes to text: byte order mark, coding cookie, UTF-8 by default.

use encoding_rs::Encoding;

/// Why bytes are not a text file we can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A NUL byte: not a text file, whatever its name says.
    #[error("this is a binary file (it holds a NUL byte); exclude it or rename it")]
    Binary,
    /// The bytes are not valid in the encoding that the file declares (UTF-8 when it declares none).
    #[error(
        "the bytes are not valid {encoding}; declare the encoding in a comment on the first line or save the file as UTF-8"
    )]
    Invalid {
        /// The declared or assumed encoding.
        encoding: String,
    },
    /// The coding cookie names an encoding that nobody knows.
    #[error("the encoding `{name}` declared on the first lines is not known; save the file as UTF-8")]
    UnknownEncoding {
        /// The name in the cookie.
        name: String,
    },
}

/// Decodes a source file as Python does: a byte order mark is dropped, a coding cookie (PEP 263) on the
/// first two lines is obeyed, and everything else is UTF-8. Line ends stay as they are.
pub fn decode(bytes: Vec<u8>) -> Result<String, DecodeError> {
    if bytes.contains(&0) {
        return Err(DecodeError::Binary);
    }
    let bytes = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => rest.to_vec(),
        None => bytes,
    };
    let bytes = match String::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => return Ok(text),
        Ok(text) => match coding_cookie(text.as_bytes()) {
            Some(name) if !is_utf8_label(name) => text.into_bytes(),
            _ => return Ok(text),
        },
        Err(error) => error.into_bytes(),
    };
    let Some(name) = coding_cookie(&bytes).map(str::to_owned) else {
        return Err(DecodeError::Invalid { encoding: "UTF-8".to_owned() });
    };
    let Some(encoding) = Encoding::for_label(whatwg_label(&name).as_bytes()) else {
        return Err(DecodeError::UnknownEncoding { name });
    };
    match encoding.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(DecodeError::Invalid { encoding: name }),
    }
}

/// The encoding named on one of the first two lines, if any (PEP 263: a comment with `coding[:=] name`).
fn coding_cookie(bytes: &[u8]) -> Option<&str> {
    bytes.split(|&b| b == b'\n').take(2).find_map(|line| {
        let comment = line.trim_ascii_start();
        if !comment.starts_with(b"#") {
            return None;
        }
        let at = comment.windows(6).position(|w| w == b"coding")? + 6;
        let rest = comment.get(at..)?.strip_prefix(b":").or_else(|| comment.get(at..)?.strip_prefix(b"="))?;
        let rest = rest.trim_ascii_start();
        let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count();
        std::str::from_utf8(&rest[..len]).ok().filter(|name| !name.is_empty())
    })
}

fn is_utf8_label(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    matches!(name.as_str(), "utf-8" | "utf8" | "u8" | "utf" | "utf-8-sig") || name.starts_with("utf-8-")
}

/// Python's spelling of an encoding in the spelling of the WHATWG label table.
fn whatwg_label(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace('_', "-");
    match name.as_str() {
        "latin-1" | "latin1" | "l1" | "iso8859-1" => "iso-8859-1".to_owned(),
        other => other.strip_prefix("cp125").map_or_else(|| other.to_owned(), |n| format!("windows-125{n}")),
    }
}
