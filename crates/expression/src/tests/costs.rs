use super::{environment, run};

/// What an expression costs when it runs, and what it is estimated to cost at most.
fn check(source: &str, actual: u64, estimated: u64) {
    let program = environment().compile(source).unwrap();
    assert_eq!((run(&program, u64::MAX).1, program.max_cost()), (actual, estimated), "{source}");
}

#[test]
fn of_simple_ones() {
    check("1 == 1", 1, 1);
    check("self.count > 0", 3, 3);
    // The estimate takes the largest text that is declared.
    check("self.name == 'web'", 3, 3);
    check("has(self.name)", 1, 1);
    check("self.name.startsWith('w')", 3, 3);
}

#[test]
fn constants_cost_nothing() {
    check("self.ports == [80, 443]", 3, 13);
    check("self.name in ['web', 'api']", 2, 14);
    check("self.lasts == duration('1h') + duration('30m')", 4, 6);
    check("sets.contains(self.ports, [80])", 5, 18);
}

#[test]
fn of_loops() {
    // A round: the condition (2), `accumulator && x > 0` (1 + 1 + 1).
    check("self.ports.all(p, p > 0)", 2 + 2 * 5 + 1, 2 + 5 * 5 + 1);
}

#[test]
fn what_costs_too_much_stops() {
    let source = "[1,2,3,4,5,6,7,8,9].all(x, [1,2,3,4,5,6,7,8,9].all(y, x + y > 0))";
    let program = environment().compile(source).unwrap();
    let (outcome, _) = run(&program, 100);
    let error = outcome.unwrap_err();
    assert!(error.is_over_budget);
    assert_eq!(error.to_string(), "operation cancelled: actual cost limit exceeded");
}
