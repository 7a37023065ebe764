//! The index of a git repository: which files are in version control.

/// Why an index could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexFault {
    /// It does not begin as an index does, or has a version that is not known.
    #[error("this is no index of a known version")]
    Unknown,
    /// It ends early, or its entries make no sense.
    #[error("the index is damaged")]
    Damaged,
    /// Its entries stand in a second file.
    #[error("the index is split into several files")]
    Split,
}

/// The regular files of an index, as paths below the top of the repository, in their order.
pub fn tracked_files(bytes: &[u8]) -> Result<Vec<String>, IndexFault> {
    let header = bytes.strip_prefix(b"DIRC").ok_or(IndexFault::Unknown)?;
    let version = u32_at(header, 0).filter(|version| (2..=4).contains(version)).ok_or(IndexFault::Unknown)?;
    let count = u32_at(header, 4).ok_or(IndexFault::Damaged)?;
    // Which hashes a repository uses stands in its configuration; only one of them makes sense of the entries.
    let read = |hash| Reader { bytes, at: HEADER, version, hash }.files(count);
    let [sha1, sha256] = HASHES;
    read(sha1).or_else(|fault| read(sha256).map_err(|_| fault))
}

/// Bytes in front of the entries.
const HEADER: usize = 12;

/// Bytes of the hashes that repositories use.
const HASHES: [usize; 2] = [20, 32];

/// Bytes of an entry in front of its hash; the type of file stands in four of them.
const TIMES_AND_SIZES: usize = 40;
const MODE: usize = 24;

const TYPE_OF_FILE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// Flags of an entry: more flags follow; and, among those, that only the intention to add the file is noted.
const EXTENDED: u16 = 0x4000;
const INTENDED: u16 = 0x2000;

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    version: u32,
    hash: usize,
}

impl Reader<'_> {
    fn files(mut self, count: u32) -> Result<Vec<String>, IndexFault> {
        let mut found: Vec<String> = Vec::new();
        let mut path: Vec<u8> = Vec::new();
        for _ in 0..count {
            let is_file = self.entry(&mut path).ok_or(IndexFault::Damaged)?;
            let text = String::from_utf8_lossy(&path);
            // A file with conflicts has an entry for each side.
            if is_file && found.last().is_none_or(|last| *last != text) {
                found.push(text.into_owned());
            }
        }
        self.extensions()?;
        Ok(found)
    }

    /// Reads an entry, whose path replaces the one before; whether it is a regular file that is tracked.
    fn entry(&mut self, path: &mut Vec<u8>) -> Option<bool> {
        let start = self.at;
        let mode = u32_at(self.bytes, start + MODE)?;
        let mut next = start + TIMES_AND_SIZES + self.hash;
        let flags = u16_at(self.bytes, next)?;
        next += 2;
        let mut is_intended = false;
        if flags & EXTENDED != 0 {
            is_intended = u16_at(self.bytes, next)? & INTENDED != 0;
            next += 2;
        }
        if self.version == 4 {
            let removed = self.offset(&mut next)?;
            path.truncate(path.len().checked_sub(removed)?);
        } else {
            path.clear();
        }
        let length = self.bytes.get(next..)?.iter().position(|&byte| byte == 0)?;
        path.extend(&self.bytes[next..next + length]);
        next += length;
        // Entries are filled up to a multiple of eight bytes, by one at least, except in version 4.
        self.at = if self.version == 4 { next + 1 } else { start + (next - start) / 8 * 8 + 8 };
        let is_sound = !path.is_empty() && self.bytes.get(next..self.at)?.iter().all(|&byte| byte == 0);
        is_sound.then_some(mode & TYPE_OF_FILE == REGULAR && !is_intended)
    }

    /// A number of seven bits a byte, in which each further byte also adds one.
    fn offset(&self, next: &mut usize) -> Option<usize> {
        let mut value: usize = 0;
        loop {
            let byte = *self.bytes.get(*next)?;
            *next += 1;
            value = value.checked_mul(128)? | usize::from(byte & 0x7f);
            if byte < 0x80 {
                return Some(value);
            }
            value = value.checked_add(1)?;
        }
    }

    /// Walks the extensions up to the hash that ends the file.
    fn extensions(&self) -> Result<(), IndexFault> {
        let end = self.bytes.len().checked_sub(self.hash).ok_or(IndexFault::Damaged)?;
        let mut at = self.at;
        while at < end {
            let size = u32_at(self.bytes, at + 4).and_then(|size| usize::try_from(size).ok());
            if self.bytes.get(at..at + 4) == Some(b"link") {
                return Err(IndexFault::Split);
            }
            at = size.and_then(|size| at.checked_add(8)?.checked_add(size)).ok_or(IndexFault::Damaged)?;
        }
        if at == end { Ok(()) } else { Err(IndexFault::Damaged) }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of version 2 with these entries: type and path.
    fn index(hash: usize, entries: &[(u32, &str)]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(entries.len()).expect("few entries").to_be_bytes());
        for (mode, path) in entries {
            let start = bytes.len();
            bytes.extend([0; MODE]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend(vec![7; TIMES_AND_SIZES - MODE - 4 + hash]);
            bytes.extend(u16::try_from(path.len()).expect("a short path").to_be_bytes());
            bytes.extend(path.as_bytes());
            bytes.push(0);
            while !(bytes.len() - start).is_multiple_of(8) {
                bytes.push(0);
            }
        }
        bytes.extend(vec![9; hash]);
        bytes
    }

    #[test]
    fn regular_files_are_tracked_whatever_the_hash() {
        let entries = [(0o100_644, "app.py"), (0o120_000, "link"), (0o100_755, "run/start"), (0o160_000, "vendor")];
        for hash in HASHES {
            assert_eq!(tracked_files(&index(hash, &entries)), Ok(vec!["app.py".to_owned(), "run/start".to_owned()]));
        }
    }

    #[test]
    fn what_is_no_index_is_an_error() {
        assert_eq!(tracked_files(b""), Err(IndexFault::Unknown));
        assert_eq!(tracked_files(b"DIRC\0\0\0\x09\0\0\0\0"), Err(IndexFault::Unknown));
        let whole = index(20, &[(0o100_644, "app.py"), (0o100_644, "data/app.db")]);
        for length in 12..whole.len() {
            assert_eq!(tracked_files(&whole[..length]), Err(IndexFault::Damaged), "{length} bytes");
        }
    }

    #[test]
    fn an_index_in_parts_says_so() {
        let mut bytes = index(20, &[(0o100_644, "app.py")]);
        let end = bytes.len() - 20;
        bytes.splice(end..end, *b"link\0\0\0\x02ab");
        assert_eq!(tracked_files(&bytes), Err(IndexFault::Split));
    }
}
