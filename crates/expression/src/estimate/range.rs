//! A number that is known to be between two others; sums and products stop at the largest one.

/// A range of sizes or costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Estimate {
    pub(crate) min: u64,
    pub(crate) max: u64,
}

impl Estimate {
    pub(crate) fn fixed(value: u64) -> Estimate {
        Estimate { min: value, max: value }
    }

    pub(crate) fn unknown() -> Estimate {
        Estimate { min: 0, max: u64::MAX }
    }

    /// What any union replaces.
    pub(crate) fn none() -> Estimate {
        Estimate { min: u64::MAX, max: 0 }
    }

    pub(crate) fn add(self, other: Estimate) -> Estimate {
        Estimate {
            min: self.min.saturating_add(other.min),
            max: self.max.saturating_add(other.max),
        }
    }

    pub(crate) fn multiply(self, other: Estimate) -> Estimate {
        Estimate {
            min: self.min.saturating_mul(other.min),
            max: self.max.saturating_mul(other.max),
        }
    }

    /// Times a price, rounded up.
    pub(crate) fn times(self, price: f64) -> Estimate {
        // Conversion from a float stops at the largest integer.
        let of = |value: u64| (value as f64 * price).ceil() as u64;
        Estimate { min: of(self.min), max: of(self.max) }
    }

    pub(crate) fn union(self, other: Estimate) -> Estimate {
        Estimate { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}
