//! Label selectors (apimachinery's `labels` package), with its messages.

use manifest::Node;

/// Requirements that all have to be met.
#[derive(Clone, Default, Debug)]
pub(crate) struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    /// None of these, or no label at all.
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    End,
    Word(String),
    /// `!`, `=`, `==`, `!=`, `,`, `(`, `)`, `>`, `<`.
    Sign(&'static str),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Token::End => "",
            Token::Word(word) => word,
            Token::Sign(sign) => sign,
        }
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self, Token::Sign(own) if *own == sign)
    }
}

const OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

impl LabelSelector {
    pub(crate) fn parse(text: &str) -> Result<LabelSelector, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        loop {
            match parser.peek() {
                Token::End if requirements.is_empty() => return Ok(LabelSelector(requirements)),
                Token::Word(_) => {}
                token if token.is("!") => {}
                token => {
                    return Err(format!(
                        "found '{}', expected: !, identifier, or 'end of string'",
                        token.text()
                    ));
                }
            }
            let requirement = parser
                .requirement()
                .map_err(|why| format!("unable to parse requirement: {why}"))?;
            requirements.push(requirement);
            match parser.next() {
                Token::End => return Ok(LabelSelector(requirements)),
                token if token.is(",") => match parser.peek() {
                    Token::Word(_) => {}
                    next if next.is("!") => {}
                    next => {
                        return Err(format!(
                            "found '{}', expected: identifier after ','",
                            next.text()
                        ));
                    }
                },
                token => {
                    return Err(format!(
                        "found '{}', expected: ',' or 'end of string'",
                        token.text()
                    ));
                }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn matches(&self, object: &Node) -> bool {
        self.0.iter().all(|requirement| {
            let label = object.str_at(&["metadata", "labels", &requirement.key]);
            requirement.matches(label)
        })
    }
}

impl Requirement {
    fn matches(&self, label: Option<&str>) -> bool {
        let is_one_of = |values: &[String]| {
            label.is_some_and(|label| values.iter().any(|value| value == label))
        };
        let number = || label.and_then(|label| label.parse::<i64>().ok());
        match &self.test {
            Test::Exists => label.is_some(),
            Test::Missing => label.is_none(),
            Test::In(values) => is_one_of(values),
            Test::NotIn(values) => !is_one_of(values),
            Test::Greater(bound) => number().is_some_and(|number| number > *bound),
            Test::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let is_sign = |char: char| matches!(char, '=' | '!' | '(' | ')' | ',' | '>' | '<');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let signs = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"];
        if let Some(sign) = signs.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = rest.strip_prefix(sign).unwrap_or_default();
        } else {
            let is_end = |char: char| is_sign(char) || char.is_whitespace();
            let end = rest.find(is_end).unwrap_or(rest.len()).max(first.len_utf8());
            let (word, after) = rest.split_at(end);
            tokens.push(Token::Word(word.to_owned()));
            rest = after;
        }
        rest = rest.trim_start();
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let is_negated = self.peek().is("!");
        if is_negated {
            self.next();
        }
        let key = match self.next() {
            Token::Word(word) => word,
            token => return Err(format!("found '{}', expected: identifier", token.text())),
        };
        check_key(&key)?;
        if is_negated {
            return Ok(Requirement { key, test: Test::Missing });
        }
        let operator = match self.peek() {
            Token::End => return Ok(Requirement { key, test: Test::Exists }),
            token if token.is(",") => return Ok(Requirement { key, test: Test::Exists }),
            token => token.text().to_owned(),
        };
        self.next();
        let one = |values: Vec<String>| values.first().cloned().unwrap_or_default();
        let test = match operator.as_str() {
            "in" | "notin" => {
                let values = self.values()?;
                check_values(&key, &values)?;
                if operator == "in" { Test::In(values) } else { Test::NotIn(values) }
            }
            "=" | "==" | "!=" => {
                let values = self.exact()?;
                check_values(&key, &values)?;
                if operator == "!=" { Test::NotIn(values) } else { Test::In(values) }
            }
            ">" | "gt" => Test::Greater(number(&one(self.exact()?))?),
            "<" | "lt" => Test::Less(number(&one(self.exact()?))?),
            other => return Err(format!("found '{other}', expected: {OPERATORS}")),
        };
        Ok(Requirement { key, test })
    }

    /// The one value after `=`; nothing is a value too.
    fn exact(&mut self) -> Result<Vec<String>, String> {
        match self.peek() {
            Token::End => Ok(vec![String::new()]),
            token if token.is(",") => Ok(vec![String::new()]),
            Token::Word(word) => {
                self.next();
                Ok(vec![word])
            }
            token => Err(format!("found '{}', expected: identifier", token.text())),
        }
    }

    /// The values in parentheses.
    fn values(&mut self) -> Result<Vec<String>, String> {
        let token = self.next();
        if !token.is("(") {
            return Err(format!("found '{}' expected: '('", token.text()));
        }
        let mut values = Vec::new();
        let mut wants_value = true;
        loop {
            match self.next() {
                Token::Word(word) if wants_value => {
                    values.push(word);
                    wants_value = false;
                }
                token if token.is(",") => {
                    if wants_value {
                        values.push(String::new());
                    }
                    wants_value = true;
                }
                token if token.is(")") => {
                    if wants_value {
                        values.push(String::new());
                    }
                    values.sort();
                    values.dedup();
                    return Ok(values);
                }
                token if wants_value => {
                    let text = token.text();
                    return Err(format!("found '{text}', expected: ',', ')' or identifier"));
                }
                token => return Err(format!("found '{}', expected: ',' or ')'", token.text())),
            }
        }
    }
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| {
        format!(
            "values[0]: Invalid value: {text:?}: for 'Gt', 'Lt' operators, the value must be an integer"
        )
    })
}

const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
    with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for \
    validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

fn is_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| is_inner(*byte)) && is_outer(bytes.first()) && is_outer(bytes.last())
}

fn check_key(key: &str) -> Result<(), String> {
    let invalid = |why: String| Err(format!("<nil>: Invalid value: {key:?}: {why}"));
    let name = match key.split('/').collect::<Vec<_>>().as_slice() {
        [name] | [_, name] => *name,
        _ => {
            return invalid(format!(
                "a valid label key {NAME} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            ));
        }
    };
    if name.len() > 63 {
        return invalid("name part must be no more than 63 bytes".to_owned());
    }
    if !is_name(name) {
        return invalid(format!("name part {NAME}"));
    }
    Ok(())
}

fn check_values(key: &str, values: &[String]) -> Result<(), String> {
    for (index, value) in values.iter().enumerate() {
        let why = if value.len() > 63 {
            "must be no more than 63 bytes"
        } else if !value.is_empty() && !is_name(value) {
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
             '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or \
             'my_value',  or '12345', regex used for validation is \
             '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        } else {
            continue;
        };
        return Err(format!("values[{index}][{key}]: Invalid value: {value:?}: {why}"));
    }
    Ok(())
}
