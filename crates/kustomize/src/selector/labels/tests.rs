use super::*;

fn check(selector: &str, labels: &[(&str, &str)], expected: &str) {
    let got = match Requirements::parse(selector) {
        Ok(requirements) => {
            let get = |key: &str| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).into());
            requirements.matches(get).to_string()
        }
        Err(why) => why,
    };
    assert_eq!(got, expected, "`{selector}` on {labels:?}");
}

#[test]
fn selects() {
    let labels = &[("app", "web"), ("n", "5"), ("x.io/y", "")];
    check("", labels, "true");
    check("app=web", labels, "true");
    check("app == web , n!=6", labels, "true");
    check("app in (api, web)", labels, "true");
    check("app notin (api,web)", labels, "false");
    check("other notin (a)", labels, "true");
    check("app", labels, "true");
    check("!app", labels, "false");
    check("x.io/y=", labels, "true");
    check("n>4,n<6", labels, "true");
    check("app>4", labels, "false");
}

#[test]
fn refuses() {
    check("app=(a", &[], "an unmatched `(`");
    check("app near (a)", &[], "`near` is no operator");
    check("a b", &[], "`a b` is not understood");
    check("-a=b", &[], "`-a` is no label name");
    check("a=b c", &[], "`b c` is no label value");
    check("a>x", &[], "`x` is no integer");
}
