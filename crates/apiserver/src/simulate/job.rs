//! Jobs: Pods that end, until enough have ended well or too many have not.

use jiff::Timestamp;
use manifest::{Node, Text};

use super::edit::{
    counts, flag_at, int_at, is_deleting, is_true, items, new_condition, set, time, time_at,
    with_status,
};
use super::owned::{self, is_active, owner_reference};
use super::view::{Id, View};
use super::write::{Deletion, Event, Outcome, Turn, Write};
use crate::make::{int, list, map, meta, text};

const SOURCE: &str = "job-controller";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

pub(super) fn reconcile(view: &View, id: &Id, turn: Turn) -> Outcome {
    let Some(job) = view.get(id) else { return Outcome::rest() };
    if is_deleting(job) {
        return Outcome::rest();
    }
    if is_finished(job) {
        return expire(id, job, turn);
    }
    let pods: Vec<_> = view.controlled(meta(job, "uid"), "pods").collect();
    let work = Work { job, pods, turn };
    let verdict = work.verdict();
    let mut writes = work.act(verdict);
    let (status, at) = work.status(verdict);
    if writes.is_empty()
        && let Some(object) = with_status(job, status)
    {
        writes.push(Write::status(id, object));
        writes.extend(work.tell(verdict));
    }
    Outcome::from(writes).or_at(at)
}

/// Whether a Job is over.
pub(super) fn is_finished(job: &Node) -> bool {
    is_true(job, "Complete") || is_true(job, "Failed")
}

/// Deletes a Job that is over for longer than it should stay.
fn expire(id: &Id, job: &Node, turn: Turn) -> Outcome {
    let Some(seconds) = job.at(&["spec", "ttlSecondsAfterFinished"]).and_then(Node::as_int) else {
        return Outcome::rest();
    };
    let ended = ["Complete", "Failed"].into_iter().find(|kind| is_true(job, kind));
    let ended = ended.and_then(|kind| super::edit::condition(job, kind));
    let at = ended.and_then(|ended| time_at(ended, &["lastTransitionTime"], seconds));
    match at {
        Some(at) if at > turn.now => Outcome::rest().or_at(Some(at)),
        Some(_) => vec![Write::delete(id, job, Deletion::Background)].into(),
        None => Outcome::rest(),
    }
}

/// What becomes of a Job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Runs,
    Suspended,
    Complete,
    /// With the reason and the message.
    Failed(&'static str, &'static str),
}

struct Work<'v> {
    job: &'v Node,
    pods: Vec<(&'v Id, &'v Node)>,
    turn: Turn,
}

impl Work<'_> {
    fn ended(&self, phase: &str) -> i64 {
        let is = |pod: &&Node| pod.str_at(&["status", "phase"]) == Some(phase);
        i64::try_from(self.pods.iter().map(|(_, pod)| *pod).filter(is).count()).unwrap_or_default()
    }

    fn active(&self) -> impl Iterator<Item = &(&Id, &Node)> {
        self.pods.iter().filter(|(_, pod)| is_active(pod))
    }

    fn completions(&self) -> i64 {
        let parallelism = int_at(self.job, &["spec", "parallelism"], 1);
        int_at(self.job, &["spec", "completions"], parallelism.max(1))
    }

    fn deadline(&self) -> Option<Timestamp> {
        let seconds = self.job.at(&["spec", "activeDeadlineSeconds"]).and_then(Node::as_int)?;
        time_at(self.job, &["status", "startTime"], seconds)
    }

    fn verdict(&self) -> Verdict {
        let limit = int_at(self.job, &["spec", "backoffLimit"], 6);
        if flag_at(self.job, &["spec", "suspend"]) {
            Verdict::Suspended
        } else if self.ended("Succeeded") >= self.completions() {
            Verdict::Complete
        } else if self.ended("Failed") > limit {
            Verdict::Failed("BackoffLimitExceeded", "Job has reached the specified backoff limit")
        } else if self.deadline().is_some_and(|at| at <= self.turn.now) {
            Verdict::Failed("DeadlineExceeded", "Job was active longer than specified deadline")
        } else {
            Verdict::Runs
        }
    }

    fn act(&self, verdict: Verdict) -> Vec<Write> {
        let active = i64::try_from(self.active().count()).unwrap_or_default();
        if verdict != Verdict::Runs {
            let delete = |(id, pod): &(&Id, &Node)| Write::delete(id, pod, Deletion::Background);
            return self.active().map(delete).collect();
        }
        let parallelism = int_at(self.job, &["spec", "parallelism"], 1);
        let left = self.completions() - self.ended("Succeeded");
        let missing = parallelism.min(left) - active;
        let mut taken = self.indexes(|pod| is_active(pod) || is_succeeded(pod));
        let mut writes = Vec::new();
        for _ in 0..missing.clamp(0, 500) {
            let index = (0..).find(|index| !taken.contains(index)).unwrap_or_default();
            taken.push(index);
            writes.push(self.create(index));
        }
        let surplus = usize::try_from(-missing).unwrap_or_default();
        let surplus = self.active().take(surplus);
        writes.extend(surplus.map(|(id, pod)| Write::delete(id, pod, Deletion::Background)));
        writes
    }

    fn is_indexed(&self) -> bool {
        self.job.str_at(&["spec", "completionMode"]) == Some("Indexed")
    }

    /// The indexes of some Pods, sorted.
    fn indexes(&self, choose: impl Fn(&Node) -> bool) -> Vec<i64> {
        let index = |pod: &Node| pod.str_at(&["metadata", "annotations", INDEX])?.parse().ok();
        let pods = self.pods.iter().map(|(_, pod)| *pod).filter(|pod| choose(pod));
        let mut indexes: Vec<i64> = pods.filter_map(index).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }

    fn create(&self, index: i64) -> Write {
        let template = self.job.at(&["spec", "template"]).cloned().unwrap_or_default();
        let mut pod = owned::pod(self.job, &template);
        owned::name_from(&mut pod, self.job);
        let (name, uid) = (meta(self.job, "name"), meta(self.job, "uid"));
        for (label, value) in [
            ("batch.kubernetes.io/controller-uid", uid),
            ("batch.kubernetes.io/job-name", name),
            ("controller-uid", uid),
            ("job-name", name),
        ] {
            set(&mut pod, &["metadata", "labels", label], text(value));
        }
        if self.is_indexed() {
            let value = || text(ecow::eco_format!("{index}"));
            set(&mut pod, &["metadata", "annotations", INDEX], value());
            set(&mut pod, &["metadata", "labels", INDEX], value());
            set(
                &mut pod,
                &["metadata", "generateName"],
                text(ecow::eco_format!("{name}-{index}-")),
            );
        }
        let tell = Event::normal(self.job, SOURCE, "SuccessfulCreate", "Created pod: ".to_owned());
        Write::create_and_tell("pods", pod, Some(tell))
    }

    fn status(&self, verdict: Verdict) -> (Node, Option<Timestamp>) {
        let job = self.job;
        let ready = self.active().filter(|(_, pod)| is_true(pod, "Ready")).count();
        let active = self.active().count();
        let count = |count: usize| i64::try_from(count).unwrap_or_default();
        let mut status = map([
            ("ready", int(count(ready))),
            ("terminating", int(0)),
            ("uncountedTerminatedPods", map([])),
        ]);
        let succeeded = self.ended("Succeeded");
        let more = counts([
            ("active", count(active)),
            ("succeeded", succeeded),
            ("failed", self.ended("Failed")),
        ]);
        for (key, value) in more {
            set(&mut status, &[key], value);
        }
        let started = job.at(&["status", "startTime"]).cloned();
        if verdict != Verdict::Suspended {
            set(&mut status, &["startTime"], started.unwrap_or_else(|| time(self.turn.now)));
        }
        if self.is_indexed() && succeeded > 0 {
            set(&mut status, &["completedIndexes"], text(ranges(&self.indexes(is_succeeded))));
        }
        let conditions = self.conditions(verdict);
        if verdict == Verdict::Complete {
            set(&mut status, &["completionTime"], time(self.turn.now));
        }
        if !conditions.is_empty() {
            set(&mut status, &["conditions"], list(conditions));
        }
        let at = if verdict == Verdict::Runs { self.deadline() } else { None };
        (status, at)
    }

    fn conditions(&self, verdict: Verdict) -> Vec<Node> {
        let job = self.job;
        let now = self.turn.now;
        let mut conditions = Vec::new();
        let mut add = |kind: &str, value: &str, reason: &str, message: &str| {
            let mut condition = new_condition(job, kind, value, reason, message, now);
            let probed = condition.get("lastTransitionTime").cloned().unwrap_or_default();
            set(&mut condition, &["lastProbeTime"], probed);
            conditions.push(condition);
        };
        let was_suspended = super::edit::condition(job, "Suspended").is_some();
        match verdict {
            Verdict::Suspended => add("Suspended", "True", "JobSuspended", "Job suspended"),
            _ if was_suspended => add("Suspended", "False", "JobResumed", "Job resumed"),
            _ => {}
        }
        match verdict {
            Verdict::Complete => {
                let message = "Reached expected number of succeeded pods";
                for kind in ["SuccessCriteriaMet", "Complete"] {
                    add(kind, "True", "CompletionsReached", message);
                }
            }
            Verdict::Failed(reason, message) => {
                for kind in ["FailureTarget", "Failed"] {
                    add(kind, "True", reason, message);
                }
            }
            Verdict::Runs | Verdict::Suspended => {}
        }
        conditions
    }

    fn tell(&self, verdict: Verdict) -> Option<Write> {
        let event = match verdict {
            Verdict::Complete => {
                Event::normal(self.job, SOURCE, "Completed", "Job completed".to_owned())
            }
            Verdict::Failed(reason, message) => {
                Event::warning(self.job, SOURCE, reason, message.to_owned())
            }
            Verdict::Runs | Verdict::Suspended => return None,
        };
        Some(Write::Tell(event))
    }
}

fn is_succeeded(pod: &Node) -> bool {
    pod.str_at(&["status", "phase"]) == Some("Succeeded")
}

/// Sorted numbers as Jobs write them: `0-3,5`.
fn ranges(indexes: &[i64]) -> Text {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for index in indexes {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => parts.push((*index, *index)),
        }
    }
    let text = |(first, last): (i64, i64)| match last - first {
        0 => format!("{first}"),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    };
    parts.into_iter().map(text).collect::<Vec<_>>().join(",").into()
}

/// CronJobs: the status only. Nothing is started at its time, since an idle cluster has no timers;
/// Jobs that somebody makes from one are listed.
pub(super) fn reconcile_cron(view: &View, id: &Id) -> Outcome {
    let Some(cron) = view.get(id) else { return Outcome::rest() };
    let jobs = || view.controlled(meta(cron, "uid"), "jobs.batch").map(|(_, job)| job);
    let active = jobs().filter(|job| !is_finished(job)).map(|job| {
        let mut reference = owner_reference(job);
        for key in ["controller", "blockOwnerDeletion"] {
            super::edit::remove(&mut reference, &[key]);
        }
        set(&mut reference, &["namespace"], text(meta(job, "namespace")));
        reference
    });
    let active = list(active);
    let mut status = cron.get("status").cloned().unwrap_or_else(|| map([]));
    if items(cron, &["status", "active"]).is_empty()
        && active.as_list().is_some_and(<[Node]>::is_empty)
    {
        super::edit::remove(&mut status, &["active"]);
    } else {
        set(&mut status, &["active"], active);
    }
    let completed = jobs().filter(|job| is_true(job, "Complete"));
    if let Some(last) = completed.filter_map(|job| job.str_at(&["status", "completionTime"])).max()
    {
        set(&mut status, &["lastSuccessfulTime"], text(last));
    }
    let is_new =
        cron.get("status").is_none() && status.as_map().is_some_and(manifest::Map::is_empty);
    let write = with_status(cron, status).filter(|_| !is_new);
    write.map(|object| Write::status(id, object)).into()
}
