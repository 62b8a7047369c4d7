//! The order in which units are applied: what is by hand, then each Kustomization after those that it
//! depends on, otherwise as they were found.

use std::collections::BTreeMap;

use crate::Unit;

/// Sorts units. Those in a circle, which has been reported, keep their order.
pub(crate) fn sort(units: &mut Vec<Unit>) {
    let order = positions(units);
    let mut slots: Vec<Option<Unit>> = units.drain(..).map(Some).collect();
    units.extend(order.into_iter().filter_map(|at| slots.get_mut(at)?.take()));
}

/// The positions of the units in their new order.
fn positions(units: &[Unit]) -> Vec<usize> {
    let key = |unit: &Unit| {
        unit.kustomization.as_ref().map(|view| (view.namespace.clone(), view.name.clone()))
    };
    let by_key: BTreeMap<_, usize> =
        units.iter().enumerate().filter_map(|(at, unit)| Some((key(unit)?, at))).collect();
    let dependencies = |at: usize| -> Vec<usize> {
        let view = units.get(at).and_then(|unit| unit.kustomization.as_ref());
        let wanted = view.into_iter().flat_map(|view| &view.depends_on);
        wanted.filter_map(|d| by_key.get(&(d.namespace.clone(), d.name.clone())).copied()).collect()
    };
    let mut order = Vec::with_capacity(units.len());
    let mut state = vec![State::New; units.len()];
    for start in 0..units.len() {
        let mut way = vec![start];
        while let Some(&at) = way.last() {
            match state.get(at).copied().unwrap_or(State::Placed) {
                State::New => {
                    state[at] = State::Waiting;
                    let first = dependencies(at);
                    way.extend(first.into_iter().rev().filter(|next| state[*next] == State::New));
                }
                State::Waiting => {
                    state[at] = State::Placed;
                    order.push(at);
                    way.pop();
                }
                State::Placed => drop(way.pop()),
            }
        }
    }
    order
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Waiting,
    Placed,
}
