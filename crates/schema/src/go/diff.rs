//! Unified differences of two values, as apimachinery's `util/diff` prints them (go-difflib, which is
//! Python's difflib: the longest matching block first, lines that are everywhere left aside).

use std::fmt::Write;
use std::ops::Range;

use manifest::Node;
use rustc_hash::FxHashMap;

use super::indented;

/// Lines around a change.
const CONTEXT: usize = 3;
/// From how many lines on those that are everywhere are left aside.
const MANY: usize = 200;
/// How many lines are compared at most: beyond it nobody reads a difference.
const MOST: usize = 20_000;

/// How two values differ.
pub(crate) fn unified(before: &Node, after: &Node) -> String {
    let (before, after) = (indented(before), indented(after));
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if a.len() > MOST || b.len() > MOST {
        return String::new();
    }
    let mut out = String::new();
    for group in grouped(&changes(&a, &b)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "@@ -{} +{} @@",
            range(first.a.start, last.a.end),
            range(first.b.start, last.b.end)
        );
        for change in &group {
            let lines = |sign: char, lines: &[&str], out: &mut String| {
                for line in lines {
                    let _ = writeln!(out, "{sign}{line}");
                }
            };
            let (old, new) = (
                a.get(change.a.clone()).unwrap_or_default(),
                b.get(change.b.clone()).unwrap_or_default(),
            );
            if change.same {
                lines(' ', old, &mut out);
            } else {
                lines('-', old, &mut out);
                lines('+', new, &mut out);
            }
        }
    }
    out
}

fn range(start: usize, end: usize) -> String {
    match end - start {
        1 => format!("{}", start + 1),
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

/// What becomes of a range of lines.
#[derive(Clone, Debug)]
struct Change {
    same: bool,
    a: Range<usize>,
    b: Range<usize>,
}

fn changes(a: &[&str], b: &[&str]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut i, mut j) = (0, 0);
    for block in blocks(a, b) {
        if i < block.a || j < block.b {
            changes.push(Change { same: false, a: i..block.a, b: j..block.b });
        }
        (i, j) = (block.a + block.size, block.b + block.size);
        if block.size > 0 {
            changes.push(Change { same: true, a: block.a..i, b: block.b..j });
        }
    }
    changes
}

/// The changes with a little around them, apart where much is the same.
fn grouped(changes: &[Change]) -> Vec<Vec<Change>> {
    let mut changes = changes.to_vec();
    if let Some(first) = changes.first_mut().filter(|change| change.same) {
        first.a.start = first.a.start.max(first.a.end.saturating_sub(CONTEXT));
        first.b.start = first.b.start.max(first.b.end.saturating_sub(CONTEXT));
    }
    if let Some(last) = changes.last_mut().filter(|change| change.same) {
        last.a.end = last.a.end.min(last.a.start + CONTEXT);
        last.b.end = last.b.end.min(last.b.start + CONTEXT);
    }
    let (mut groups, mut group) = (Vec::new(), Vec::new());
    for change in changes {
        if change.same && change.a.len() > 2 * CONTEXT {
            let (a, b) = (change.a, change.b);
            group.push(Change {
                same: true,
                a: a.start..a.start + CONTEXT,
                b: b.start..b.start + CONTEXT,
            });
            groups.push(std::mem::take(&mut group));
            group.push(Change { same: true, a: a.end - CONTEXT..a.end, b: b.end - CONTEXT..b.end });
        } else {
            group.push(change);
        }
    }
    if !matches!(group.as_slice(), [] | [Change { same: true, .. }]) {
        groups.push(group);
    }
    groups
}

/// Lines that are the same on both sides.
#[derive(Clone, Copy)]
struct Block {
    a: usize,
    b: usize,
    size: usize,
}

fn blocks(a: &[&str], b: &[&str]) -> Vec<Block> {
    let mut places: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (place, line) in b.iter().enumerate() {
        places.entry(line).or_default().push(place);
    }
    if b.len() >= MANY {
        places.retain(|_, places| places.len() <= b.len() / 100 + 1);
    }
    let mut found = Vec::new();
    let mut queue = vec![(0..a.len(), 0..b.len())];
    while let Some((in_a, in_b)) = queue.pop() {
        let block = longest(a, b, &places, &in_a, &in_b);
        if block.size == 0 {
            continue;
        }
        queue.push((in_a.start..block.a, in_b.start..block.b));
        queue.push((block.a + block.size..in_a.end, block.b + block.size..in_b.end));
        found.push(block);
    }
    found.sort_by_key(|block| (block.a, block.b));
    let mut merged: Vec<Block> = Vec::new();
    for block in found {
        match merged.last_mut() {
            Some(last) if (last.a + last.size, last.b + last.size) == (block.a, block.b) => {
                last.size += block.size;
            }
            _ => merged.push(block),
        }
    }
    merged.push(Block { a: a.len(), b: b.len(), size: 0 });
    merged
}

fn longest(
    a: &[&str],
    b: &[&str],
    places: &FxHashMap<&str, Vec<usize>>,
    in_a: &Range<usize>,
    in_b: &Range<usize>,
) -> Block {
    let mut best = Block { a: in_a.start, b: in_b.start, size: 0 };
    let mut lengths: FxHashMap<usize, usize> = FxHashMap::default();
    for i in in_a.clone() {
        let mut next: FxHashMap<usize, usize> = FxHashMap::default();
        let found = a.get(i).and_then(|line| places.get(line)).map_or(&[][..], Vec::as_slice);
        for &j in found.iter().filter(|place| in_b.contains(place)) {
            let before = j.checked_sub(1).and_then(|j| lengths.get(&j)).copied().unwrap_or(0);
            let size = before + 1;
            next.insert(j, size);
            if size > best.size {
                best = Block { a: i + 1 - size, b: j + 1 - size, size };
            }
        }
        lengths = next;
    }
    // What was left aside counts at both ends.
    while best.a > in_a.start && best.b > in_b.start && a.get(best.a - 1) == b.get(best.b - 1) {
        best = Block { a: best.a - 1, b: best.b - 1, size: best.size + 1 };
    }
    while best.a + best.size < in_a.end
        && best.b + best.size < in_b.end
        && a.get(best.a + best.size) == b.get(best.b + best.size)
    {
        best.size += 1;
    }
    best
}
