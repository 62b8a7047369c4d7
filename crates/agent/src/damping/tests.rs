//! How soon what was put right is put right again.

use super::*;

#[test]
fn at_once_then_less_and_less_often() {
    let (mut damping, id) = (Damping::default(), ObjectId::default());
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let until = damping.until(&id, at(now)).map_or(now, Timestamp::as_second);
        waits.push(until - now);
        now = until;
        damping.count(&id, at(now));
    }
    assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(damping.until(&id, at(now + 300)), None, "forgotten");
}
