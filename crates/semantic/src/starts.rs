//! Where runs of a sorted list start.

use std::ops::Range;

/// The start of the run of each number in a list that is sorted by numbers: looking one up takes no search.
#[derive(Debug, Default)]
pub(crate) struct Starts(Vec<u32>);

impl Starts {
    /// The runs of a list with these numbers, which ascend.
    pub(crate) fn of(numbers: impl DoubleEndedIterator<Item = usize> + Clone) -> Self {
        let last = numbers.clone().next_back();
        let mut starts = Vec::with_capacity(last.map_or(1, |last| last + 2));
        let mut count = 0;
        for number in numbers {
            while starts.len() <= number {
                starts.push(count);
            }
            count += 1;
        }
        starts.push(count);
        Self(starts)
    }

    /// The places in the list that have this number.
    pub(crate) fn range(&self, number: usize) -> Range<usize> {
        let at = |number: usize| self.0.get(number).or(self.0.last()).map_or(0, |&start| start as usize);
        at(number)..at(number + 1)
    }
}
