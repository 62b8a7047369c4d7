//! Probes, and what is done when a container starts and stops.

use super::Context;
use crate::validation::names;
use crate::validation::spot::Spot;

/// The probes of a container.
pub(super) fn all(container: Spot<'_, '_>, context: &Context<'_, '_>) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let probe = container.field(name);
        if !probe.is_set() {
            continue;
        }
        one(&probe, context);
        let (threshold, grace) =
            (probe.field("successThreshold"), probe.field("terminationGracePeriodSeconds"));
        if name == "readinessProbe" {
            if grace.is_set() {
                grace.invalid("must not be set for readinessProbes");
            }
        } else if threshold.number() != 1 {
            threshold.invalid("must be 1");
        }
    }
}

fn one(probe: &Spot<'_, '_>, context: &Context<'_, '_>) {
    handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], context);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        probe.field(field).non_negative();
    }
    let grace = probe.field("terminationGracePeriodSeconds");
    if grace.int().is_some_and(|seconds| seconds <= 0) {
        grace.invalid("must be greater than 0");
    }
}

const SIGNALS: &[&str] = &[
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGRTMAX",
    "SIGRTMIN",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];

pub(super) fn lifecycle(lifecycle: &Spot<'_, '_>, context: &Context<'_, '_>) {
    for name in ["postStart", "preStop"] {
        let hook = lifecycle.field(name);
        if hook.is_set() {
            handler(&hook, &["exec", "httpGet", "tcpSocket", "sleep"], context);
        }
    }
    let signal = lifecycle.field("stopSignal");
    if !signal.is_set() {
        return;
    }
    match context.os {
        "windows" => signal.one_of(&["SIGKILL", "SIGTERM"]),
        "linux" => {
            let text = signal.text();
            let is_real_time = text.starts_with("SIGRTMIN+") || text.starts_with("SIGRTMAX-");
            if !is_real_time {
                signal.one_of(SIGNALS);
            }
        }
        "" => signal.forbidden("may not be set for containers with empty `spec.os.name`"),
        _ => {}
    }
}

fn handler(parent: &Spot<'_, '_>, kinds: &[&'static str], context: &Context<'_, '_>) {
    let mut is_found = false;
    for kind in kinds {
        let handler = parent.field(kind);
        if !handler.is_set() {
            continue;
        }
        if std::mem::replace(&mut is_found, true) {
            handler.forbidden("may not specify more than 1 handler type");
            continue;
        }
        match *kind {
            "exec" => {
                let command = handler.field("command");
                if command.is_empty() {
                    command.required("");
                }
            }
            "httpGet" => http_get(&handler),
            "sleep" => sleep(&handler, context.grace),
            _ => handler.field("port").port(),
        }
    }
    if !is_found {
        parent.required("must specify a handler type");
    }
}

fn http_get(action: &Spot<'_, '_>) {
    action.field("path").required_text();
    action.field("port").port();
    action.field("scheme").one_of(&["HTTP", "HTTPS"]);
    let headers = action.field("httpHeaders");
    for header in headers.items() {
        let name = header.field("name").text();
        headers.named(name, names::http_header(name));
    }
}

fn sleep(action: &Spot<'_, '_>, grace: Option<i64>) {
    let seconds = action.field("seconds").number();
    if let Some(grace) = grace.filter(|grace| !(0..=*grace).contains(&seconds)) {
        let why =
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        action.invalid_as(&seconds.to_string(), &why);
    }
}
