//! Kinds in, documents out.
