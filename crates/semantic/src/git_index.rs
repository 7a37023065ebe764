//! The index of a git repository: which files are in version control.

use filetime::FileTime;
use gix_index::entry::{Flags, Mode};
use gix_index::{State, decode, hash};

/// Why an index could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexFault {
    /// It is damaged, of a version that is not known, or of a repository with SHA-256 hashes.
    #[error("the index cannot be read ({0})")]
    Unreadable(String),
    /// Its entries stand in a second file.
    #[error("the index is split into several files")]
    Split,
}

/// The regular files of an index, as paths below the top of the repository, in their order.
pub fn tracked_files(bytes: &[u8]) -> Result<Vec<String>, IndexFault> {
    // More threads would believe offsets in the file that nothing has checked.
    let options = decode::Options { thread_limit: Some(1), alloc_limit_bytes: Some(MAX_BYTES), ..Default::default() };
    let (state, _) = State::from_bytes(bytes, FileTime::zero(), hash::Kind::Sha1, options)
        .map_err(|error| IndexFault::Unreadable(error.to_string()))?;
    if state.link().is_some() {
        return Err(IndexFault::Split);
    }
    let files = state.entries().iter().filter(|entry| {
        // Of files that are only meant to be added nothing is kept yet.
        matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE) && !entry.flags.contains(Flags::INTENT_TO_ADD)
    });
    let mut found: Vec<String> = files.map(|entry| entry.path(&state).to_string()).collect();
    // A file with conflicts has an entry for each side.
    found.dedup();
    Ok(found)
}

/// Bytes that reading one index may take up.
const MAX_BYTES: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of version 2 with these entries: type and path; and with an extension.
    fn index(entries: &[(u32, &str)], extension: &[u8]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(entries.len()).expect("few entries").to_be_bytes());
        for (mode, path) in entries {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([7; 32]);
            bytes.extend(u16::try_from(path.len()).expect("a short path").to_be_bytes());
            bytes.extend(path.as_bytes());
            bytes.push(0);
            while !(bytes.len() - start).is_multiple_of(8) {
                bytes.push(0);
            }
        }
        bytes.extend(extension);
        bytes.extend([9; 20]);
        bytes
    }

    #[test]
    fn regular_files_are_tracked() {
        let entries = [(0o100_644, "app.py"), (0o120_000, "link"), (0o100_755, "run/start"), (0o160_000, "vendor")];
        assert_eq!(tracked_files(&index(&entries, b"")), Ok(vec!["app.py".to_owned(), "run/start".to_owned()]));
    }

    #[test]
    fn what_is_no_index_is_an_error() {
        let whole = index(&[(0o100_644, "app.py"), (0o100_644, "data/app.db")], b"");
        for length in 0..whole.len() {
            assert!(tracked_files(&whole[..length]).is_err(), "{length} bytes");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            let _ = tracked_files(&bytes);
        }
    }

    #[test]
    fn an_index_in_parts_says_so() {
        let mut link = b"link\0\0\0\x14".to_vec();
        link.extend([1; 20]);
        assert_eq!(tracked_files(&index(&[(0o100_644, "app.py")], &link)), Err(IndexFault::Split));
    }
}
