//! Text to nanoseconds, as Go has it.

use super::*;

#[track_caller]
fn check(text: &str, expected: Option<u64>) {
    let nanos = parse_duration(text).map(|d| u64::try_from(d.as_nanos()).unwrap());
    assert_eq!(nanos, expected, "{text:?}");
}

const SECOND: u64 = 1_000_000_000;

#[test]
fn durations() {
    check("0", Some(0));
    check("5s", Some(5 * SECOND));
    check("1h30m", Some(5400 * SECOND));
    check("+10m", Some(600 * SECOND));
    check("1.5h", Some(5400 * SECOND));
    check(".5s", Some(SECOND / 2));
    check("1.s", Some(SECOND));
    check("300ms", Some(SECOND * 3 / 10));
    check("2h45m30.5s", Some(9930 * SECOND + SECOND / 2));
    check("3us", Some(3_000));
    check("3µs", Some(3_000));
    check("9ns", Some(9));
    check("0.9ns", Some(0));
    check("1m1m", Some(120 * SECOND));
    check("2562047h47m16.854775807s", Some(i64::MAX as u64));
}

#[test]
fn what_is_none() {
    for text in [
        "",
        "+",
        "10",
        "m",
        ".s",
        "1 m",
        "1d",
        "1h 30m",
        "-1m",
        "1M",
        "abc",
        "1h3",
        "2562048h",
        "99999999999999999999h",
        "1e3s",
    ] {
        check(text, None);
    }
}
