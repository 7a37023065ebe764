//! Aligned columns of plain text.

use std::io;

use crate::color::{Color, Style};

/// To which side the text of a cell is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// Rows of cells.
pub(crate) struct Table<const COLUMNS: usize> {
    rows: Vec<[Cell; COLUMNS]>,
}

/// A text and how it looks.
pub(crate) struct Cell {
    text: String,
    style: Option<Style>,
    align: Align,
}

impl Cell {
    /// Plain text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: None, align: Align::Left }
    }

    /// A number, at the right of its column.
    pub(crate) fn number(number: usize) -> Self {
        Self { align: Align::Right, ..Self::new(number.to_string()) }
    }

    /// A text in a style.
    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { style: Some(style), ..Self::new(text) }
    }

    /// Whether there is no text.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    fn push_to(&self, line: &mut String, width: usize, color: Color) {
        let padding = " ".repeat(width - self.width());
        let text = self.style.map_or_else(|| self.text.as_str().into(), |style| color.paint(style, &self.text));
        match self.align {
            Align::Left => line.extend([&*text, &padding]),
            Align::Right => line.extend([&*padding, &text]),
        }
    }
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table without rows.
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// A table with a row of titles.
    pub(crate) fn titled(titles: [&str; COLUMNS]) -> Self {
        Self { rows: vec![titles.map(|title| Cell::styled(title, Style::Bold))] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: [Cell; COLUMNS]) {
        self.rows.push(cells);
    }

    /// Writes the rows behind `indent`, columns two spaces apart, without white space at line ends.
    pub(crate) fn write(&self, indent: &str, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
        let widths: [usize; COLUMNS] =
            std::array::from_fn(|column| self.rows.iter().map(|row| row[column].width()).max().unwrap_or(0));
        for row in &self.rows {
            let mut line = indent.to_owned();
            for (cell, &width) in row.iter().zip(&widths) {
                cell.push_to(&mut line, width, color);
                line.push_str("  ");
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
