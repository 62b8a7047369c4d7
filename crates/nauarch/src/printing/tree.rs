//! A tree as flux prints it.

/// An item with what is below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// Its line.
    pub(crate) text: String,
    /// What is below it.
    pub(crate) items: Vec<Tree>,
}

impl Tree {
    /// The lines of the tree.
    pub(crate) fn print(&self) -> String {
        let mut out = format!("{}\n", self.text);
        print_items(&self.items, "", &mut out);
        out
    }
}

fn print_items(items: &[Tree], before: &str, out: &mut String) {
    for (at, item) in items.iter().enumerate() {
        let (branch, below) = match at + 1 == items.len() {
            true => ("└── ", "    "),
            false => ("├── ", "│   "),
        };
        out.push_str(&format!("{before}{branch}{}\n", item.text));
        print_items(&item.items, &format!("{before}{below}"), out);
    }
}
