//! Kinds in, what discovery says of them out.

use manifest::json;
use testkit::check_eq;

use super::*;
