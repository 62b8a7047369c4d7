//! Chance that is the same every time.

/// A linear congruential generator with Knuth's constants for 64 bits. Good enough for variety,
/// and nothing else is asked of it.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        let mut chance = Chance(seed);
        // Seeds that are near each other start near each other.
        chance.below(1);
        chance
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are the better ones.
        (self.0 >> 33) % bound.max(1)
    }

    /// One of `items`; the default of an empty list.
    pub(crate) fn one_of<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len() as u64);
        usize::try_from(at).ok().and_then(|at| items.get(at)).copied().unwrap_or_default()
    }
}
