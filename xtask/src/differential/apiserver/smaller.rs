//! A sequence that differs, made smaller: without steps, and without parts of what is sent.

use anyhow::Result;
use serde_json::Value;

use crate::conformance::apiserver::{Case, Difference, Servers, record, replay};

/// How many smaller ones are tried.
const TRIES: usize = 400;

/// The smallest sequence found that is still answered otherwise. Each try has a name, and so a namespace, of
/// its own: a real server takes a while to be rid of one.
pub(super) async fn smaller(
    real: &Servers,
    mut case: Case,
    mut difference: Difference,
) -> Result<(Case, Difference)> {
    let name = case.name().to_owned();
    let mut tries = 0;
    let mut at = 0;
    while tries < TRIES {
        let Some(candidate) = without(&case, at) else { break };
        tries += 1;
        let candidate = Case::new(format!("{name}-{tries}"), candidate.steps().to_vec());
        let recorded = record(&candidate, real.one().await).await?;
        match replay(&recorded, Servers::InProcess.one().await).await {
            // The same place of what is left is the next part.
            Err(found) => (case, difference) = (recorded, found),
            Ok(()) => at += 1,
        }
    }
    Ok((case, difference))
}

/// The sequence without its part of number `at`: a step, or something in a step's body. The steps that
/// prepare the servers stay.
fn without(case: &Case, at: usize) -> Option<Case> {
    let steps = case.steps();
    let first = steps.iter().take_while(|step| step.get("unchecked").is_some()).count();
    if first + at < steps.len() {
        let mut fewer = steps.to_vec();
        fewer.remove(first + at);
        return Some(case.with_steps(fewer));
    }
    let mut left = at + first - steps.len();
    let mut fewer = steps.to_vec();
    for step in &mut fewer[first..] {
        if let Some(body) = step.get_mut("body")
            && remove(body, &mut left)
        {
            return Some(case.with_steps(fewer));
        }
    }
    None
}

/// Removes the part of number `left`, counted outside in, or counts the parts.
fn remove(value: &mut Value, left: &mut usize) -> bool {
    match value {
        Value::Object(map) => {
            if *left < map.len() {
                let key = map.keys().nth(*left).cloned();
                return key.is_some_and(|key| map.remove(&key).is_some());
            }
            *left -= map.len();
            map.values_mut().any(|value| remove(value, left))
        }
        Value::Array(list) => {
            if *left < list.len() {
                list.remove(*left);
                return true;
            }
            *left -= list.len();
            list.iter_mut().any(|value| remove(value, left))
        }
        _ => false,
    }
}
