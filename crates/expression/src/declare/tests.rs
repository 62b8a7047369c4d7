use super::*;

#[test]
fn each_line_of_the_table_is_a_declaration() {
    for (name, _, lines) in table::TABLE {
        let count = lines.lines().filter(|line| !line.trim().is_empty()).count();
        let function = function(name).unwrap();
        assert_eq!(function.overloads.len(), count, "{name}");
        for overload in &function.overloads {
            assert!(overload.params.iter().chain([&overload.result]).all(|of| *of != Type::Error));
        }
    }
}

#[test]
fn a_method_has_its_receiver_first() {
    let join = function("join").unwrap();
    assert_eq!(format!("{:?}", join.overloads[1].params), "[List(String), String]");
}
