//! Which tables a database of `SQLite` has, and whether there are rows in them, read off its pages.

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Whether it has rows; unknown if its first page is not there.
    pub has_rows: Option<bool>,
}

/// What every database begins with.
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// Pages of the schema that are read at most, so that pages which name each other come to an end.
const MAX_PAGES: usize = 256;

/// The tables of a database, those that the engine keeps for itself left out. None if it is no database, or damaged.
pub fn tables(bytes: &[u8]) -> Option<Vec<Table>> {
    let database = Database::of(bytes)?;
    let mut found = Vec::new();
    let mut pages = vec![1];
    let mut read = 0;
    while let Some(number) = pages.pop() {
        read += 1;
        if read > MAX_PAGES {
            return None;
        }
        let page = database.page(number)?;
        if page.is_leaf {
            found.extend(page.cells().filter_map(schema_row).filter_map(|row| database.table(row)));
        } else {
            pages.extend(page.children());
        }
    }
    Some(found)
}

/// A database file.
struct Database<'b> {
    bytes: &'b [u8],
    page_size: usize,
}

/// One page of a table's tree.
struct Page<'b> {
    /// The whole page; positions of cells count from its start.
    bytes: &'b [u8],
    /// Where its own header begins: behind the header of the file on the first page.
    start: usize,
    is_leaf: bool,
    count: usize,
}

/// A row of the schema: what it describes, its name and the first page of its tree.
struct SchemaRow {
    kind: String,
    name: String,
    root: u64,
}

impl<'b> Database<'b> {
    fn of(bytes: &'b [u8]) -> Option<Self> {
        let page_size = match u16_at(bytes.strip_prefix(MAGIC)?, 0)? {
            1 => 65_536,
            size => usize::from(size),
        };
        (page_size >= 512).then_some(Self { bytes, page_size })
    }

    /// The page with this number; the first one has number 1.
    fn page(&self, number: u64) -> Option<Page<'b>> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?.checked_mul(self.page_size)?;
        let bytes = self.bytes.get(at..at.checked_add(self.page_size)?)?;
        let start = if number == 1 { 100 } else { 0 };
        let is_leaf = match bytes.get(start)? {
            0x0d => true,
            0x05 => false,
            _ => return None,
        };
        let count = usize::from(u16_at(bytes, start + 3)?);
        Some(Page { bytes, start, is_leaf, count })
    }

    fn table(&self, row: SchemaRow) -> Option<Table> {
        let is_own = row.name.starts_with("sqlite_");
        // Inner pages are only made when rows have filled a leaf.
        let has_rows = self.page(row.root).map(|page| page.count > 0 || !page.is_leaf);
        (row.kind == "table" && !is_own).then_some(Table { name: row.name, has_rows })
    }
}

impl<'b> Page<'b> {
    fn pointers(&self) -> impl Iterator<Item = usize> {
        let first = self.start + if self.is_leaf { 8 } else { 12 };
        (0..self.count).map_while(move |at| u16_at(self.bytes, first + 2 * at)).map(usize::from)
    }

    fn cells(&self) -> impl Iterator<Item = &'b [u8]> {
        self.pointers().filter_map(|at| self.bytes.get(at..))
    }

    /// The pages below an inner page.
    fn children(&self) -> Vec<u64> {
        let left = self.pointers().filter_map(|at| u32_at(self.bytes, at));
        left.chain(u32_at(self.bytes, self.start + 8)).map(u64::from).collect()
    }
}

/// Reads a row of the schema: length, number, header of types, then type, name, table name, page.
fn schema_row(cell: &[u8]) -> Option<SchemaRow> {
    let mut reader = Reader(cell);
    reader.number()?;
    reader.number()?;
    let record = reader.0;
    let header = usize::try_from(reader.number()?).ok()?;
    let mut types = Reader(record.get(record.len() - reader.0.len()..header)?);
    let mut values = Reader(record.get(header..)?);
    let kind = values.text(types.number()?)?;
    let name = values.text(types.number()?)?;
    values.text(types.number()?)?;
    let root = values.integer(types.number()?)?;
    Some(SchemaRow { kind, name, root })
}

/// Bytes that are read one value after the other.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    /// A number of one to nine bytes, seven bits each.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for _ in 0..8 {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value = value << 7 | u64::from(byte & 0x7f);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A text: its type is its length, twice, and thirteen.
    fn text(&mut self, kind: u64) -> Option<String> {
        let length = kind.checked_sub(13).filter(|twice| twice % 2 == 0)? / 2;
        let bytes = self.take(usize::try_from(length).ok()?)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// A whole number: types 1 to 4 are that many bytes, 5 is six and 6 is eight; 8 and 9 are the numbers 0 and 1.
    fn integer(&mut self, kind: u64) -> Option<u64> {
        let count = match kind {
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 => 8,
            8 => return Some(0),
            9 => return Some(1),
            _ => return None,
        };
        Some(self.take(count)?.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database of two pages: its schema names one table, whose page has this many rows.
    fn database(name: &str, rows: u8) -> Vec<u8> {
        let mut bytes = vec![0; 1024];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..18].copy_from_slice(&512_u16.to_be_bytes());
        bytes[100..110].copy_from_slice(&[0x0d, 0, 0, 0, 1, 0, 0, 0, 0x01, 0x90]);
        let kind_of_text = |text: &str| u8::try_from(13 + 2 * text.len()).expect("a short text");
        let mut cell = vec![40, 1, 6, kind_of_text("table"), kind_of_text(name), kind_of_text(name), 1, 13];
        cell.extend(format!("table{name}{name}").bytes().chain([2]));
        bytes[400..400 + cell.len()].copy_from_slice(&cell);
        bytes[512..517].copy_from_slice(&[0x0d, 0, 0, 0, rows]);
        bytes
    }

    #[test]
    fn tables_and_whether_they_have_rows() {
        let table = |rows| vec![Table { name: "users".to_owned(), has_rows: Some(rows) }];
        assert_eq!(tables(&database("users", 3)), Some(table(true)));
        assert_eq!(tables(&database("users", 0)), Some(table(false)));
        assert_eq!(tables(&database("sqlite_sequence", 3)), Some(Vec::new()));
        let schema_only = &database("users", 3)[..512];
        assert_eq!(tables(schema_only), Some(vec![Table { name: "users".to_owned(), has_rows: None }]));
    }

    #[test]
    fn damaged_databases_end_without_an_answer() {
        assert_eq!(tables(b"SQLite format 3"), None);
        let whole = database("users", 1);
        for length in 0..512 {
            assert_eq!(tables(&whole[..length]), None, "{length} bytes");
        }
        let mut circle = whole;
        circle[100] = 0x05;
        circle[108..112].copy_from_slice(&1_u32.to_be_bytes());
        assert_eq!(tables(&circle), None, "a page that is its own child");
    }
}
