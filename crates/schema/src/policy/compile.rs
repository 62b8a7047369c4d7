//! A policy, its expressions compiled once.

use expression::{Environment, Program, Type};
use manifest::{Node, Text};

use super::conditions::Conditions;
use super::environment;

/// A ValidatingAdmissionPolicy that is ready to be asked.
#[derive(Debug)]
pub struct Policy {
    /// Its name.
    pub name: Text,
    /// Which requests it is for.
    pub constraints: Node,
    /// The `apiVersion` and kind of its parameters.
    pub param_kind: Option<(Text, Text)>,
    /// Whether expressions that fail let a request pass.
    pub ignores_failures: bool,
    pub(super) conditions: Conditions,
    pub(super) variables: Vec<Variable>,
    pub(super) validations: Vec<Validation>,
    pub(super) annotations: Vec<(Result<Program, String>, Text)>,
}

#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: Text,
    pub(super) program: Result<Program, String>,
}

#[derive(Debug)]
pub(super) struct Validation {
    pub(super) source: Text,
    pub(super) program: Result<Program, String>,
    message: Text,
    pub(super) message_program: Option<Program>,
    pub(super) reason: Text,
}

impl Validation {
    /// What is said where no expression says it.
    pub(super) fn message(&self) -> String {
        match self.message.trim() {
            "" => format!("failed expression: {}", self.source.trim()),
            message => message.to_owned(),
        }
    }
}

fn text(node: &Node, key: &str) -> Text {
    node.str_at(&[key]).unwrap_or_default().into()
}

fn list<'n>(spec: &'n Node, key: &str) -> &'n [Node] {
    spec.get(key).and_then(Node::as_list).unwrap_or_default()
}

/// Compiles an expression that has to give one of these.
pub(super) fn compile(
    environment: &Environment,
    source: &str,
    wanted: &[Type],
) -> Result<Program, String> {
    let program =
        environment.compile(source).map_err(|issues| format!("compilation failed: {issues}"))?;
    let found = program.result();
    if wanted.is_empty() || wanted.contains(found) {
        return Ok(program);
    }
    Err(match wanted {
        [one] => format!("must evaluate to {one} but got {}", runtime(found)),
        _ => {
            let names: Vec<String> = wanted.iter().map(runtime).collect();
            format!("must evaluate to one of [{}] but got {}", names.join(" "), runtime(found))
        }
    })
}

/// How Go prints a type.
fn runtime(of: &Type) -> String {
    match of {
        Type::Null => "null_type".to_owned(),
        other => other.to_string(),
    }
}

/// A program under the name of its variable.
pub(super) type Named = (Text, Result<Program, String>);

/// What the variables of a policy are called and give; each may name those before it.
pub(super) fn variables(spec: &Node, has_params: bool) -> (Environment, Vec<Named>) {
    let given = list(spec, "variables");
    let (mut known, mut compiled) = (Vec::new(), Vec::new());
    let mut environment = environment::base(has_params);
    if !given.is_empty() {
        environment = environment::with_variables(environment, &known);
    }
    for variable in given {
        let name = text(variable, "name");
        let program = compile(&environment, &text(variable, "expression"), &[]);
        let of = program.as_ref().map_or(Type::Dyn, |program| program.result().clone());
        known.push((name.clone(), of));
        environment = environment::with_variables(environment, &known);
        compiled.push((name, program));
    }
    (environment, compiled)
}

impl Policy {
    /// Reads a policy.
    pub fn read(object: &Node) -> Policy {
        let none = Node::default();
        let spec = object.get("spec").unwrap_or(&none);
        let param_kind = spec.get("paramKind").filter(|kind| !kind.is_null());
        let has_params = param_kind.is_some();
        let (environment, variables) = variables(spec, has_params);
        let validation = |node: &Node| {
            let (source, message) = (text(node, "expression"), text(node, "messageExpression"));
            let reason = text(node, "reason");
            Validation {
                program: compile(&environment, &source, &[Type::Bool]),
                source,
                message: text(node, "message"),
                message_program: (!message.trim().is_empty())
                    .then(|| compile(&environment, &message, &[Type::String]).ok())
                    .flatten(),
                reason: if reason.is_empty() { "Invalid".into() } else { reason },
            }
        };
        let annotation = |node: &Node| {
            let source = text(node, "valueExpression");
            (compile(&environment, source.trim(), &[Type::String, Type::Null]), source)
        };
        Policy {
            name: object.str_at(&["metadata", "name"]).unwrap_or_default().into(),
            constraints: spec.get("matchConstraints").cloned().unwrap_or_default(),
            param_kind: param_kind.map(|kind| (text(kind, "apiVersion"), text(kind, "kind"))),
            ignores_failures: spec.str_at(&["failurePolicy"]) == Some("Ignore"),
            conditions: Conditions::read(list(spec, "matchConditions"), has_params),
            variables: variables
                .into_iter()
                .map(|(name, program)| Variable { name, program })
                .collect(),
            validations: list(spec, "validations").iter().map(validation).collect(),
            annotations: list(spec, "auditAnnotations").iter().map(annotation).collect(),
        }
    }
}
