//! Configurations of webhooks that are refused.

use manifest::{Node, Origin};

use crate::types::Types;

/// What is wrong with a configuration that has this webhook, a line each.
fn check(hook: &str, expected: &str) {
    let text = format!(
        r#"{{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
            "metadata":{{"name":"a"}},"webhooks":[{hook}]}}"#
    );
    let node: Node = manifest::json::read(text.as_bytes(), Origin::NONE).unwrap();
    let wrong = crate::validation::validate(&Types::builtin(), &node, None, "");
    let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn webhooks() {
    let fine = r#""name":"a.example.com","sideEffects":"None","admissionReviewVersions":["v1"]"#;
    let url = r#""clientConfig":{"url":"https://a/b"}"#;
    check(&format!("{{{fine},{url}}}"), "");
    check(
        "{}",
        "webhooks[0].name: Required value\n\
         webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun\n\
         webhooks[0].clientConfig: Required value: exactly one of url or service is required\n\
         webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1",
    );
    check(
        &format!(
            r#"{{{fine},"clientConfig":{{"url":"http://u@a/b?c"}},"timeoutSeconds":31,
                "failurePolicy":"Maybe","rules":[{{"operations":["*","CREATE"],"apiGroups":[""],
                "apiVersions":["v1"],"resources":["pods/*","pods/log","*"]}}]}}"#
        ),
        "webhooks[0].rules[0].operations: Invalid value: [\"*\",\"CREATE\"]: if '*' is present, must not \
         specify other operations\n\
         webhooks[0].rules[0].resources[1]: Invalid value: \"pods/log\": if 'pods/*' is present, must not \
         specify pods/log\n\
         webhooks[0].failurePolicy: Unsupported value: \"Maybe\": supported values: \"Fail\", \"Ignore\"\n\
         webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds\n\
         webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; \
         desired format: https://host[/path]\n\
         webhooks[0].clientConfig.url: Invalid value: \"u\": user information is not permitted in the URL\n\
         webhooks[0].clientConfig.url: Invalid value: \"c\": query parameters are not permitted in the URL",
    );
    check(
        &format!(r#"{{{fine},"clientConfig":{{"service":{{"name":"s","path":"x//y"}}}}}}"#),
        "webhooks[0].clientConfig.service.namespace: Required value\n\
         webhooks[0].clientConfig.service.path: Invalid value: \"x//y\": must start with a '/'\n\
         webhooks[0].clientConfig.service.path: Invalid value: \"x//y\": segment[0] may not be empty\n\
         webhooks[0].clientConfig.service.path: Invalid value: \"x//y\": segment[1] may not be empty",
    );
}
