//! Names and strings of one module, in one buffer.

use std::hash::BuildHasher;
use std::mem::{replace, take};

use rustc_hash::FxBuildHasher;

use crate::ast::Symbol;
use crate::module::taken;

/// Names and strings; names are deduplicated so that equal names have equal symbols.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    buffer: String,
    ends: Vec<u32>,
    /// Open addressing over the symbols of names. Its length is a power of two.
    table: Vec<u32>,
    /// Bits of the hash of each name in the table, zero where it is free: most names that are asked for are not there,
    /// which these tell without a look at other memory.
    tags: Vec<u8>,
    names: usize,
}

impl Texts {
    /// The characters of `symbol`.
    pub(crate) fn get(&self, symbol: Symbol) -> &str {
        let end = self.ends[symbol.index()] as usize;
        let start = symbol.index().checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.buffer[start..end]
    }

    /// Adds a string value; equal values may get different symbols.
    pub(crate) fn push(&mut self, value: &str) -> Symbol {
        self.buffer.push_str(value);
        self.ends.push(u32::try_from(self.buffer.len()).unwrap_or(u32::MAX));
        Symbol::new(self.ends.len() - 1)
    }

    /// The symbol of a name, the same for equal names.
    pub(crate) fn intern(&mut self, name: &str) -> Symbol {
        if self.names * 2 >= self.table.len() {
            self.grow();
        }
        let (slot, tag) = self.slot(name);
        if let Some(symbol) = self.at(slot) {
            return symbol;
        }
        let symbol = self.push(name);
        self.table[slot] = u32::try_from(symbol.index()).unwrap_or(u32::MAX);
        self.tags[slot] = tag;
        self.names += 1;
        symbol
    }

    /// The symbol of a name that was interned before.
    pub(crate) fn find(&self, name: &str) -> Option<Symbol> {
        if self.table.is_empty() {
            return None;
        }
        self.at(self.slot(name).0)
    }

    /// What was gathered here, in buffers no larger than it takes; the space of these stays for the next file.
    pub(crate) fn finish(&mut self) -> Self {
        let buffer = self.buffer.as_str().to_owned();
        self.buffer.clear();
        Self {
            buffer,
            ends: taken(&mut self.ends),
            table: take(&mut self.table),
            tags: take(&mut self.tags),
            names: take(&mut self.names),
        }
    }

    /// Bytes held.
    pub(crate) fn memory(&self) -> usize {
        self.buffer.capacity()
            + self.tags.capacity()
            + (self.ends.capacity() + self.table.capacity()) * size_of::<u32>()
    }

    fn at(&self, slot: usize) -> Option<Symbol> {
        (self.tags[slot] != 0).then(|| Symbol::new(self.table[slot] as usize))
    }

    /// The slot that holds `name`, or the free one where it belongs, and the tag of the name.
    fn slot(&self, name: &str) -> (usize, u8) {
        let mask = self.table.len() - 1;
        let hash = FxBuildHasher.hash_one(name);
        let [.., high] = hash.to_le_bytes();
        let tag = high | 1;
        let mut slot = usize::try_from(hash >> 7).unwrap_or(0) & mask;
        while self.tags[slot] != 0 && !(self.tags[slot] == tag && self.at(slot).is_some_and(|at| self.get(at) == name))
        {
            slot = (slot + 1) & mask;
        }
        (slot, tag)
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(64);
        let old = replace(&mut self.table, vec![0; size]);
        let tags = replace(&mut self.tags, vec![0; size]);
        for (number, _) in old.into_iter().zip(tags).filter(|&(_, tag)| tag != 0) {
            let (slot, tag) = self.slot(self.get(Symbol::new(number as usize)));
            self.table[slot] = number;
            self.tags[slot] = tag;
        }
    }
}
