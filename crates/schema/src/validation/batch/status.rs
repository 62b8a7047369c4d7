//! What may become of the status of a Job: once it has ended, nothing.

use manifest::Node;
use rustc_hash::FxHashSet;

use super::{INDEXED, indexes};
use crate::go;
use crate::validation::checks::same;
use crate::validation::metadata;
use crate::validation::spot::Spot;

fn has(object: &Node, kind: &str, status: &str) -> bool {
    let conditions = object.at(&["status", "conditions"]).and_then(Node::as_list);
    conditions.unwrap_or_default().iter().any(|condition| {
        condition.str_at(&["type"]) == Some(kind) && condition.str_at(&["status"]) == Some(status)
    })
}

/// What changes with a write.
struct Changes<'a> {
    new: &'a Node,
    old: &'a Node,
}

impl Changes<'_> {
    fn condition(&self, kind: &str) -> bool {
        has(self.new, kind, "True") != has(self.old, kind, "True")
    }

    fn finished(&self) -> bool {
        is_finished(self.new) != is_finished(self.old)
    }

    fn field(&self, name: &str) -> bool {
        let field = |node: &'_ Node| node.at(&["status", name]).cloned();
        !same(field(self.new).as_ref(), field(self.old).as_ref())
    }
}

fn is_finished(object: &Node) -> bool {
    has(object, "Complete", "True") || has(object, "Failed", "True")
}

/// A Job after a write of its status.
pub(crate) fn status(job: Spot<'_, '_>, live: &Node) {
    metadata::updated(job, live);
    let changes = Changes { new: job.node(), old: live };
    let status = job.field("status");
    for field in ["active", "succeeded", "failed", "ready", "terminating"] {
        status.field(field).non_negative();
    }
    uncounted(&status.field("uncountedTerminatedPods"));
    conditions(job, &changes);
    times(job, &changes);
    end(job, &changes);
    index_lists(job, &changes);
    counts(job, live, &changes);
}

fn uncounted(pods: &Spot<'_, '_>) {
    let mut seen = FxHashSet::default();
    for list in ["succeeded", "failed"] {
        for pod in pods.field(list).items() {
            if pod.text().is_empty() {
                pod.invalid("must not be empty");
            } else if !seen.insert(pod.text()) {
                pod.duplicate();
            }
        }
    }
}

fn conditions(job: Spot<'_, '_>, changes: &Changes<'_>) {
    let place = job.field("status");
    let place = place.field("conditions");
    let is = |kind: &str| has(job.node(), kind, "True");
    let complain = |when: bool, why: &str| {
        if when {
            place.invalid_as("", why);
        }
    };
    let complete = changes.condition("Complete");
    complain(
        (complete || changes.condition("Failed")) && is("Complete") && is("Failed"),
        "cannot set Complete=True and Failed=true conditions",
    );
    complain(
        (complete || changes.condition("FailureTarget")) && is("Complete") && is("FailureTarget"),
        "cannot set Complete=True and FailureTarget=true conditions",
    );
}

fn times(job: Spot<'_, '_>, changes: &Changes<'_>) {
    let status = job.field("status");
    let (start, end) = (status.field("startTime"), status.field("completionTime"));
    let is_complete = has(job.node(), "Complete", "True");
    if changes.condition("Complete") || changes.field("completionTime") {
        if end.is_set() && !is_complete {
            end.invalid("cannot set completionTime when there is no Complete=True condition");
        }
        if !end.is_set() && is_complete {
            end.required("completionTime is required for Complete jobs");
        }
    }
    if (changes.field("startTime") || changes.field("completionTime"))
        && start.is_set()
        && end.is_set()
        && end.text() < start.text()
    {
        end.invalid("must be equal to or after `startTime`");
    }
}

fn end(job: Spot<'_, '_>, changes: &Changes<'_>) {
    let status = job.field("status");
    let conditions = status.field("conditions");
    let is = |kind: &str| has(job.node(), kind, "True");
    if (changes.condition("Failed") || changes.field("failedIndexes"))
        && is("Failed")
        && !is("FailureTarget")
    {
        conditions.invalid_as(
            "",
            "cannot set Failed=True condition without the FailureTarget=true condition",
        );
    }
    if (changes.condition("Complete") || changes.condition("SuccessCriteriaMet"))
        && is("Complete")
        && !is("SuccessCriteriaMet")
    {
        conditions.invalid_as(
            "",
            "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
        );
    }
    let finished = is_finished(job.node());
    let (active, start) = (status.field("active"), status.field("startTime"));
    if (changes.finished() || changes.field("active")) && active.number() > 0 && finished {
        active.invalid("active>0 is invalid for finished job");
    }
    let spec = job.field("spec");
    let never_ran = spec.field("suspend").is_true() && spec.field("completions").int() == Some(0);
    if (changes.finished() || changes.field("startTime"))
        && !never_ran
        && !start.is_set()
        && finished
    {
        start.required("startTime is required for finished job");
    }
    let uncounted = status.field("uncountedTerminatedPods");
    let count = uncounted.field("failed").len() + uncounted.field("succeeded").len();
    if (changes.finished() || changes.field("uncountedTerminatedPods")) && finished && count > 0 {
        uncounted
            .invalid_internal("batch.UncountedTerminatedPods", "must be empty for finished job");
    }
}

fn index_lists(job: Spot<'_, '_>, changes: &Changes<'_>) {
    let (status, spec) = (job.field("status"), job.field("spec"));
    let (completed, failed) = (status.field("completedIndexes"), status.field("failedIndexes"));
    let per_index = spec.field("backoffLimitPerIndex").is_set();
    let completions = spec.field("completions").int();
    let (completed_changed, failed_changed) =
        (changes.field("completedIndexes"), changes.field("failedIndexes"));
    if let Some(completions) = completions {
        if completed_changed && let Err(why) = indexes::count(completed.text(), completions) {
            completed.invalid(&format!("error parsing completedIndexes: {why}"));
        }
        if failed_changed
            && per_index
            && failed.is_set()
            && let Err(why) = indexes::count(failed.text(), completions)
        {
            failed.invalid(&format!("error parsing failedIndexes: {why}"));
        }
    }
    let is_indexed = spec.field("completionMode").text() == INDEXED;
    if completed_changed && !completed.text().is_empty() && !is_indexed {
        completed.invalid("cannot set non-empty completedIndexes when non-indexed completion mode");
    }
    if failed_changed && !per_index && failed.is_set() {
        failed.invalid("cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    }
    if (completed_changed || failed_changed)
        && failed.is_set()
        && let Some(why) = completions
            .and_then(|completions| indexes::overlap(completed.text(), failed.text(), completions))
    {
        failed.invalid(&why);
    }
}

fn counts(job: Spot<'_, '_>, live: &Node, changes: &Changes<'_>) {
    let (status, spec) = (job.field("status"), job.field("spec"));
    let conditions = status.field("conditions");
    let is = |kind: &str| has(job.node(), kind, "True");
    let was = |kind: &str| has(live, kind, "True");
    let complain = |when: bool, why: &str| {
        if when {
            conditions.invalid_as("", why);
        }
    };
    let (terminating, ready) = (status.field("terminating"), status.field("ready"));
    if (changes.finished() || changes.field("terminating"))
        && terminating.number() > 0
        && is_finished(job.node())
    {
        terminating.invalid("terminating>0 is invalid for finished job");
    }
    if (changes.field("ready") || changes.field("active"))
        && ready.number() > status.field("active").number()
    {
        ready.invalid("cannot set more ready pods than active");
    }
    let met = is("SuccessCriteriaMet");
    complain(met && is("Failed"), "cannot set SuccessCriteriaMet=True and Failed=true conditions");
    complain(
        met && is("FailureTarget"),
        "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    );
    complain(
        spec.field("successPolicy").is_set() && !met && is("Complete"),
        "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
    );
    for kind in ["Failed", "Complete", "FailureTarget"] {
        complain(
            was(kind) && !is(kind),
            &format!("cannot disable the terminal {kind}=True condition"),
        );
    }
    let before = |name: &str| live.at(&["status", name]).and_then(Node::as_int).unwrap_or(0);
    let is_elastic = spec.field("completionMode").text() == INDEXED
        && spec.field("completions").int() == spec.field("parallelism").int();
    for (field, counts) in [("failed", true), ("succeeded", !is_elastic)] {
        let number = status.field(field);
        if counts && number.number() < before(field) {
            let why = format!("cannot decrease the {field} counter");
            number.invalid_as(&number.number().to_string(), &why);
        }
    }
    let (end, start) = (status.field("completionTime"), status.field("startTime"));
    let old = |name: &str| live.at(&["status", name]).filter(|node| !node.is_null());
    if end.is_set() && old("completionTime").is_some_and(|old| old != end.node()) {
        end.invalid("field is immutable");
    }
    let resumes = was("Suspended") && has(job.node(), "Suspended", "False");
    if old("startTime").is_some_and(|old| old != start.node())
        && !resumes
        && !spec.field("suspend").is_true()
    {
        let why = "field is immutable for unsuspended job once set";
        start.invalid_as(&go::json(start.node()), why);
    }
    complain(
        was("SuccessCriteriaMet") && !met,
        "cannot disable the SuccessCriteriaMet=True condition",
    );
    complain(
        was("Complete") && !was("SuccessCriteriaMet") && met,
        "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions",
    );
}
