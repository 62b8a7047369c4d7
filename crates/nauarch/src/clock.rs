//! The real time. Everything else gets it as an argument.

use jiff::Timestamp;

/// Now.
pub(crate) fn now() -> Timestamp {
    // A clock outside of jiff's years -9999 to 9999 is no clock.
    Timestamp::try_from(std::time::SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}
