use super::environment;

fn check(source: &str, expected: &str) {
    let issues = environment().compile(source).unwrap_err().to_string();
    assert_eq!(issues, expected, "{source}");
}

const FIRST: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, \
                     NUM_UINT, STRING, BYTES, IDENTIFIER}";

#[test]
fn syntax() {
    check(
        "object.",
        "ERROR: <input>:1:8: Syntax error: no viable alternative at input '.'\n | object.\n | .......^",
    );
    check(
        "1 +",
        &format!(
            "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {FIRST}\n | 1 +\n | ...^"
        ),
    );
    check(
        "1 + +",
        &format!(
            "ERROR: <input>:1:5: Syntax error: mismatched input '+' expecting {FIRST}\n | 1 + +\n | ....^\n\
             ERROR: <input>:1:6: Syntax error: mismatched input '<EOF>' expecting {FIRST}\n | 1 + +\n | .....^"
        ),
    );
    check(
        "*@a | b",
        &format!(
            "ERROR: <input>:1:1: Syntax error: extraneous input '*' expecting {FIRST}\n | *@a | b\n | ^\n\
             ERROR: <input>:1:2: Syntax error: token recognition error at: '@'\n | *@a | b\n | .^\n\
             ERROR: <input>:1:5: Syntax error: token recognition error at: '| '\n | *@a | b\n | ....^\n\
             ERROR: <input>:1:7: Syntax error: extraneous input 'b' expecting <EOF>\n | *@a | b\n | ......^"
        ),
    );
    check(
        "self.true == 1",
        "ERROR: <input>:1:6: Syntax error: mismatched input 'true' expecting IDENTIFIER\n | self.true == 1\n | .....^",
    );
    check(
        "TestAllTypes(){}",
        "ERROR: <input>:1:15: Syntax error: mismatched input '{' expecting <EOF>\n | TestAllTypes(){}\n | ..............^",
    );
    check(
        "{a}",
        "ERROR: <input>:1:3: Syntax error: mismatched input '}' expecting ':'\n | {a}\n | ..^",
    );
    check("if", "ERROR: <input>:1:1: reserved identifier: if\n | if\n | ^");
    check("(1", "ERROR: <input>:1:3: Syntax error: missing ')' at '<EOF>'\n | (1\n | ..^");
    check(
        "'😁' in\n  1 2",
        "ERROR: <input>:2:5: Syntax error: extraneous input '2' expecting <EOF>\n |   1 2\n | ....^",
    );
    check(
        "{",
        "ERROR: <input>:1:2: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '}', '(', \
         '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, \
         BYTES, IDENTIFIER}\n | {\n | .^",
    );
}

#[test]
fn literals_and_macros() {
    check(
        "0xFFFFFFFFFFFFFFFFF",
        "ERROR: <input>:1:1: invalid int literal\n | 0xFFFFFFFFFFFFFFFFF\n | ^",
    );
    check("has(m)", "ERROR: <input>:1:5: invalid argument to has() macro\n | has(m)\n | ....^");
    check(
        "[1].all(2, 3)",
        "ERROR: <input>:1:9: argument must be a simple name\n | [1].all(2, 3)\n | ........^",
    );
    check(
        "self.name.matches('[')",
        "ERROR: <input>:1:19: invalid matches argument\n | self.name.matches('[')\n | ..................^",
    );
    check(
        "duration('x') == self.lasts",
        "ERROR: <input>:1:10: invalid duration argument\n | duration('x') == self.lasts\n | .........^",
    );
}

#[test]
fn types() {
    check("self.zzz == 1", "ERROR: <input>:1:5: undefined field 'zzz'\n | self.zzz == 1\n | ....^");
    check(
        "slef.name",
        "ERROR: <input>:1:1: undeclared reference to 'slef' (in container '')\n | slef.name\n | ^",
    );
    check(
        "self.count + 'a'",
        "ERROR: <input>:1:12: found no matching overload for '_+_' applied to '(int, string)'\n | self.count + 'a'\n | ...........^",
    );
    check(
        "self.name == 1",
        "ERROR: <input>:1:11: found no matching overload for '_==_' applied to '(string, int)'\n | self.name == 1\n | ..........^",
    );
    check(
        "self.name.foo()",
        "ERROR: <input>:1:14: undeclared reference to 'foo' (in container '')\n | self.name.foo()\n | .............^",
    );
    check(
        "self.name.startsWith(1)",
        "ERROR: <input>:1:21: found no matching overload for 'startsWith' applied to 'string.(int)'\n | self.name.startsWith(1)\n | ....................^",
    );
    check(
        "self.count.all(x, true)",
        "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be \
         list, map, or dynamic)\n | self.count.all(x, true)\n | ....^",
    );
    check(
        "self.count && true",
        "ERROR: <input>:1:5: expected type 'bool' but found 'int'\n | self.count && true\n | ....^",
    );
    check(
        "[1, 'a']",
        "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^",
    );
    check(
        "self.name.first",
        "ERROR: <input>:1:10: type 'string' does not support field selection\n | self.name.first\n | .........^",
    );
}
