//! Events, of both groups that have them (`pkg/apis/core/validation/events.go`).

use manifest::Node;

use crate::validation::spot::Spot;
use crate::validation::{metadata, names};

pub(crate) fn event(event: Spot<'_, '_>, live: Option<&Node>) {
    let is_old = event.field("apiVersion").text() == "v1";
    legacy(event, is_old);
    if is_old {
        return;
    }
    match live {
        None => {
            metadata::named(event, names::subdomain);
            series(event);
            if !event.field("eventTime").is_set() {
                event.field("eventTime").required("");
            }
            let kind = event.field("type");
            if !matches!(kind.text(), "Normal" | "Warning") {
                kind.invalid_as("\"\"", &format!("has invalid value: {}", kind.text()));
            }
            for (field, called) in [
                ("deprecatedFirstTimestamp", "firstTimestamp"),
                ("deprecatedLastTimestamp", "lastTimestamp"),
                ("deprecatedCount", "count"),
                ("deprecatedSource", "source"),
            ] {
                let field = event.field(field);
                if field.is_set()
                    && field.int() != Some(0)
                    && (!field.is_empty() || !field.text().is_empty() || field.number() != 0)
                {
                    event.called(called).invalid_as("\"\"", "needs to be unset");
                }
            }
        }
        Some(live) => update(event, live),
    }
}

fn update(event: Spot<'_, '_>, live: &Node) {
    metadata::updated(event, live);
    if live.get("series") != Some(event.field("series").node()) {
        series(event);
    }
    for (field, called) in [
        ("regarding", "involvedObject"),
        ("reason", "reason"),
        ("note", "message"),
        ("type", "type"),
        ("eventTime", "eventTime"),
        ("action", "action"),
        ("related", "related"),
        ("reportingController", "reportingController"),
        ("reportingInstance", "reportingInstance"),
    ] {
        let own = event.field(field);
        let place = event.called(called);
        let place = place.with(own.node());
        match field {
            "regarding" => place.immutable_internal(live.get(field), "core.ObjectReference"),
            "related" => place.immutable_internal(live.get(field), "*core.ObjectReference"),
            _ => place.immutable(live.get(field)),
        }
    }
}

fn series(event: Spot<'_, '_>) {
    let series = event.field("series");
    if !series.is_set() {
        return;
    }
    if series.field("count").number() < 2 {
        series.field("count").invalid_as("\"\"", "should be at least 2");
    }
    if !series.field("lastObservedTime").is_set() {
        series.field("lastObservedTime").required("");
    }
}

fn legacy(event: Spot<'_, '_>, is_old: bool) {
    let (object, note, controller) = match is_old {
        true => ("involvedObject", "message", "reportingComponent"),
        false => ("regarding", "note", "reportingController"),
    };
    let namespace = event.field("metadata.namespace").text();
    let of = event.field(object).field("namespace").text();
    let complain = || {
        let place = event.called("involvedObject.namespace");
        place.invalid_as(&crate::go::quoted(of), "does not match event.namespace");
    };
    if !event.field("eventTime").is_set() {
        match of {
            "" if !matches!(namespace, "" | "default") => complain(),
            "" => {}
            _ if of != namespace => complain(),
            _ => {}
        }
    } else {
        if of.is_empty() && !matches!(namespace, "default" | "kube-system") {
            complain();
        }
        let name = event.field(controller);
        name.required_text();
        name.named(name.text(), names::qualified(name.text()));
        for (field, called) in
            [("reportingInstance", "reportingInstance"), ("action", "action"), ("reason", "reason")]
        {
            let text = event.field(field).text();
            let place = event.called(called);
            if text.is_empty() {
                place.required("");
            }
            if text.len() > 128 {
                place.invalid_as("\"\"", "can have at most 128 characters");
            }
        }
        if event.field(note).text().len() > 1024 {
            event.called("message").invalid_as("\"\"", "can have at most 1024 characters");
        }
    }
    let place = event.called("namespace");
    place.named(namespace, names::subdomain(namespace));
}
