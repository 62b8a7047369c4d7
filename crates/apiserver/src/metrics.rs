//! What was asked, counted as a real server does: `apiserver_request_total`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// Requests by verb, resource, subresource and code.
#[derive(Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<Label, u64>>,
}

/// What requests are counted by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Label {
    pub(crate) verb: &'static str,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) is_dry_run: bool,
    pub(crate) code: u16,
}

impl Metrics {
    pub(crate) fn count(&self, label: Label) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(label).or_default() += 1;
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut out = String::from(
            "# HELP apiserver_request_total [STABLE] Counter of apiserver requests broken out for each \
             verb, dry run value, group, version, resource, scope, component, and HTTP response \
             code.\n# TYPE apiserver_request_total counter\n",
        );
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for (label, count) in requests.iter() {
            let Label { verb, group, version, resource, subresource, is_dry_run, code } = label;
            let dry_run = if *is_dry_run { "All" } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "apiserver_request_total{{code=\"{code}\",component=\"apiserver\",dry_run=\"{dry_run}\",\
                 group=\"{group}\",resource=\"{resource}\",subresource=\"{subresource}\",\
                 verb=\"{verb}\",version=\"{version}\"}} {count}"
            );
        }
        out
    }
}
