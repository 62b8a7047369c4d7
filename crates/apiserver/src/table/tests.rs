//! Objects in, cells out.
