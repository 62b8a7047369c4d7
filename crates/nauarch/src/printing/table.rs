//! A table as flux prints it: headers in capitals, cells padded to their column, tabs between them.

/// The table; without headers where there are none.
pub(crate) fn table(headers: &[&str], rows: &[Vec<String>]) -> String {
    let mut lines: Vec<Vec<String>> = Vec::new();
    if !headers.is_empty() {
        lines.push(headers.iter().map(|header| header.to_uppercase()).collect());
    }
    lines.extend(rows.iter().cloned());
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        for (cell, width) in line.iter().zip(&widths) {
            text.push_str(&format!("{cell:width$}\t"));
        }
        text.push('\n');
    }
    text
}
