//! Whatever happens, the right number of Pods becomes ready.
