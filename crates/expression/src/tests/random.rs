use proptest::prelude::*;

use super::{environment, run};

/// Pieces that expressions are made of, put together at random.
fn source() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        Just("self.count".to_owned()),
        Just("self.name".to_owned()),
        Just("self.missing".to_owned()),
        Just("dynamic".to_owned()),
        Just("dynamic.any".to_owned()),
        Just("self.ports".to_owned()),
        Just("'a'".to_owned()),
        Just("1".to_owned()),
        Just("2u".to_owned()),
        Just("1.5".to_owned()),
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("x".to_owned()),
    ];
    atom.prop_recursive(5, 40, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            (
                pair.clone(),
                prop::sample::select(vec!["+", "-", "*", "/", "==", "<", "&&", "||", "in"])
            )
                .prop_map(|((one, other), op)| format!("({one} {op} {other})")),
            pair.clone().prop_map(|(one, other)| format!("dyn({one}).map(x, {other})")),
            pair.clone().prop_map(|(one, other)| format!("dyn({one}).all(x, {other})")),
            pair.clone().prop_map(|(one, other)| format!("{one}[{other}]")),
            pair.clone().prop_map(|(one, other)| format!("dyn([{one}, dyn({other})])")),
            inner.clone().prop_map(|one| format!("size(dyn({one}))")),
            inner.clone().prop_map(|one| format!("dyn({one}).?name.orValue(1)")),
            inner.clone().prop_map(|one| format!("string(dyn({one}))")),
            (inner.clone(), pair)
                .prop_map(|(one, (two, three))| format!("({one} ? {two} : {three})")),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics_and_everything_ends(source in source()) {
        if let Ok(program) = environment().compile(&source) {
            let (_, cost) = run(&program, 10_000);
            prop_assert!(cost <= program.max_cost() || program.max_cost() > 0 || cost > 0);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(source in "[-a-z0-9 .()\\[\\]{}'\"?:,+*&|!<>=\\\\]{0,40}") {
        let _ = environment().compile(&source).map(|program| run(&program, 1_000)).map_err(|issues| issues.to_string());
    }
}
