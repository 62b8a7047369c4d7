//! Medians, ratios and their layout.

use std::time::Duration;

use super::{Figures, digits, head, median, row};

fn figures(milliseconds: &[u64], peak: Option<u64>) -> Figures {
    let times = milliseconds.iter().map(|&time| Duration::from_millis(time)).collect();
    Figures { times, peak }
}

#[test]
fn medians() {
    assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
    assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.5));
    assert_eq!(median([].into_iter()), None);
}

#[test]
fn three_digits() {
    let shown: Vec<_> = [0.00321, 0.1234, 1.234, 12.34, 1234.5].map(digits).into();
    assert_eq!(shown, ["0.0032", "0.123", "1.23", "12.3", "1234"]);
}

#[test]
fn a_table() {
    let text = head(&["nauarch", "kubectl"])
        + &row("50", &[figures(&[10, 20, 10], Some(2048)), figures(&[100, 400, 300], None)])
        + &row("2,000", &[figures(&[10, 20], Some(1)), figures(&[30_000], Some(1 << 20))]);
    let expected = "\
| case | nauarch, s | kubectl, s | times ours | nauarch, MiB | kubectl, MiB |
|---|---:|---:|---:|---:|---:|
| 50 | 0.0100 | 0.300 | 20.0x | 2.00 | – |
| 2,000 | 0.0150 | 30.0 (once) | 2000x | 0.0010 | 1024 |
";
    assert_eq!(text, expected);
}
