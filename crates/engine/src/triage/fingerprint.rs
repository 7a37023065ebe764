//! The identity of a finding over time.

use std::collections::BTreeMap;

/// Gives out fingerprints: findings that agree in code, path and anchor are told apart by their number among each other.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    seen: BTreeMap<u64, u64>,
}

impl Fingerprints {
    /// The fingerprint of the next finding in the order of output: sixteen hexadecimal digits.
    pub(crate) fn next(&mut self, code: &str, path: &str, anchor: &str) -> String {
        let shared = [code, path, anchor].iter().fold(OFFSET, |hash, part| mix(mix(hash, part.as_bytes()), b"\0"));
        let occurrence = self.seen.entry(shared).or_default();
        *occurrence += 1;
        format!("{:016x}", mix(shared, &occurrence.to_le_bytes()))
    }
}

// FNV-1a with 64 bits: short, and fixed for all time, which the standard library's hashers are not.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

fn mix(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(mix(OFFSET, b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn equal_findings_are_numbered() {
        let mut fingerprints = Fingerprints::default();
        let first = fingerprints.next("AUTH001", "app.py", "GET /");
        let second = fingerprints.next("AUTH001", "app.py", "GET /");
        assert_ne!(first, second);
        assert_eq!(first, Fingerprints::default().next("AUTH001", "app.py", "GET /"));
        assert_eq!(first.len(), 16);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let mut fingerprints = Fingerprints::default();
        assert_ne!(fingerprints.next("A", "bc", "d"), fingerprints.next("A", "b", "cd"));
    }
}
