//! To ask as somebody else (apiserver's `endpoints/filters/impersonation`, KEP-5284).
//!
//! There are modes, tried in turn: three that say what kind of user it may be and which requests may be
//! made as such, and the old one that allows everything at once. Where none allows it, the answer is
//! that of the first.

use std::collections::BTreeMap;

use manifest::Text;

use super::names::{of_node, of_service_account, service_account_groups};
use super::user::{ANONYMOUS, AUTHENTICATED, Identity, MASTERS, UNAUTHENTICATED};
use super::{Attributes, Policy, User, forbidden};
use crate::call::Answer;
use crate::status;

const AUTHENTICATION: &str = "authentication.k8s.io";
/// From how many on it is asked first whether all are allowed.
const MANY: usize = 4;
/// What the credentials of a service account say of its node.
const NODE_NAME: &str = "authentication.kubernetes.io/node-name";

/// Who a request wants to be: what its headers say.
#[derive(Default, Debug)]
pub(crate) struct Wanted {
    pub(crate) name: Text,
    pub(crate) uid: Text,
    pub(crate) groups: Vec<Text>,
    pub(crate) extra: BTreeMap<Text, Vec<Text>>,
    /// Whether there is any header about it.
    pub(crate) is_asked: bool,
}

/// How somebody may be somebody else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    AssociatedNode,
    ArbitraryNode,
    ServiceAccount,
    UserInfo,
    Legacy,
}

impl Mode {
    const ALL: [Mode; 5] = [
        Mode::AssociatedNode,
        Mode::ArbitraryNode,
        Mode::ServiceAccount,
        Mode::UserInfo,
        Mode::Legacy,
    ];

    fn word(self) -> &'static str {
        match self {
            Mode::AssociatedNode => "associated-node",
            Mode::ArbitraryNode => "arbitrary-node",
            Mode::ServiceAccount => "serviceaccount",
            Mode::UserInfo => "user-info",
            Mode::Legacy => "",
        }
    }

    fn verb(self) -> String {
        match self {
            Mode::Legacy => "impersonate".to_owned(),
            _ => format!("impersonate:{}", self.word()),
        }
    }

    fn is_for(self, wanted: &Wanted, requestor: &User) -> bool {
        let is_plain = wanted.uid.is_empty() && wanted.groups.is_empty() && wanted.extra.is_empty();
        let (node, account) = (of_node(&wanted.name), of_service_account(&wanted.name));
        match self {
            Mode::AssociatedNode => {
                let own = requestor.identity().extra.get(NODE_NAME);
                is_plain
                    && node.is_some()
                    && of_service_account(requestor.name()).is_some()
                    && own
                        .is_some_and(|own| own.len() == 1 && own.first().map(Text::as_str) == node)
            }
            Mode::ArbitraryNode => is_plain && node.is_some(),
            Mode::ServiceAccount => is_plain && account.is_some(),
            Mode::UserInfo => node.is_none() && account.is_none(),
            Mode::Legacy => true,
        }
    }
}

/// Who a request is from then on, that `requestor` makes and that wants to be somebody else, and the mode
/// that allowed it. The mode that allowed the last one is tried `first`.
///
/// # Errors
/// The answer where it says a group, say, but no user; and where the requestor may not.
pub(crate) fn impersonate(
    policy: &Policy,
    requestor: &User,
    wanted: &Wanted,
    attributes: &Attributes,
    first: Option<Mode>,
) -> Result<(User, Mode), Answer> {
    if wanted.name.is_empty() {
        let message = format!("requested {} without impersonating a user name", wanted.go());
        return Err(status::bad_request(&message));
    }
    let mut why = None;
    let others = Mode::ALL.into_iter().filter(|mode| Some(*mode) != first);
    let modes = first.into_iter().chain(others);
    for mode in modes.filter(|mode| mode.is_for(wanted, requestor)) {
        match (Attempt { policy, requestor, mode }).become_user(wanted, attributes) {
            Ok(user) => return Ok((user, mode)),
            Err(refused) => drop(why.get_or_insert(refused)),
        }
    }
    Err(why.unwrap_or_else(|| status::failure(500, "", "all impersonation modes failed", None)))
}

/// One mode, tried.
struct Attempt<'a> {
    policy: &'a Policy,
    requestor: &'a User,
    mode: Mode,
}

impl Attempt<'_> {
    fn become_user(&self, wanted: &Wanted, attributes: &Attributes) -> Result<User, Answer> {
        if self.mode != Mode::Legacy {
            let verb = format!("impersonate-on:{}:{}", self.mode.word(), attributes.verb);
            self.check(&Attributes { verb: verb.into(), ..attributes.clone() })?;
        }
        let mut identity = Identity {
            name: wanted.name.clone(),
            uid: wanted.uid.clone(),
            groups: wanted.groups.clone(),
            extra: wanted.extra.clone(),
        };
        self.check_name(wanted, &mut identity)?;
        if !wanted.uid.is_empty() {
            self.check(&self.attributes(AUTHENTICATION, "uids").named(wanted.uid.clone()))?;
        }
        self.check_groups(&wanted.groups)?;
        self.check_extra(&wanted.extra)?;
        if identity.name == ANONYMOUS {
            identity.ensure_group(UNAUTHENTICATED);
        } else if !identity.groups.iter().any(|group| group == UNAUTHENTICATED) {
            identity.ensure_group(AUTHENTICATED);
        }
        Ok(User::from(identity))
    }

    fn check(&self, attributes: &Attributes) -> Result<(), Answer> {
        match self.policy.decide(self.requestor, attributes) {
            Ok(_) => Ok(()),
            Err(reason) => Err(forbidden(self.requestor, attributes, &reason)),
        }
    }

    fn attributes(&self, group: &str, resource: &str) -> Attributes {
        Attributes::resource(self.mode.verb(), group, resource)
    }

    /// Where names and groups are.
    fn group(&self) -> &'static str {
        if self.mode == Mode::Legacy { "" } else { AUTHENTICATION }
    }

    fn check_name(&self, wanted: &Wanted, identity: &mut Identity) -> Result<(), Answer> {
        let mut attributes = self.attributes(self.group(), "users").named(wanted.name.clone());
        if let Some(node) = of_node(&wanted.name).filter(|_| self.mode != Mode::Legacy) {
            attributes.resource = "nodes".into();
            // The node is the one that the requestor's credentials are for.
            let any = self.mode == Mode::AssociatedNode;
            attributes.name = if any { "*" } else { node }.into();
            identity.groups = vec!["system:nodes".into()];
        }
        if let Some((namespace, name)) = of_service_account(&wanted.name) {
            attributes.resource = "serviceaccounts".into();
            attributes = attributes.within(namespace).named(name);
            if wanted.groups.is_empty() {
                identity.groups = service_account_groups(namespace).to_vec();
            }
        }
        self.check(&attributes)
    }

    fn check_groups(&self, groups: &[Text]) -> Result<(), Answer> {
        let attributes = self.attributes(self.group(), "groups");
        let is_constrained = self.mode != Mode::Legacy;
        if is_constrained && groups.iter().any(Text::is_empty) {
            let why = "impersonating the empty string group is not allowed";
            return Err(forbidden(self.requestor, &attributes, why));
        }
        if is_constrained && groups.iter().any(|group| group == MASTERS) {
            let why = "impersonating the system:masters group is not allowed";
            return Err(forbidden(self.requestor, &attributes.named(MASTERS), why));
        }
        let all = || attributes.clone().named("*");
        if is_constrained && groups.len() >= MANY && self.check(&all()).is_ok() {
            return Ok(());
        }
        groups.iter().try_for_each(|group| self.check(&attributes.clone().named(group.clone())))
    }

    fn check_extra(&self, extra: &BTreeMap<Text, Vec<Text>>) -> Result<(), Answer> {
        let attributes = self.attributes(AUTHENTICATION, "userextras");
        if self.mode != Mode::Legacy {
            if let Some(why) = wrong_extra(extra) {
                return Err(forbidden(self.requestor, &attributes, &why));
            }
            let values: usize = extra.values().map(Vec::len).sum();
            let all = Attributes { subresource: "*".into(), ..attributes.clone() }.named("*");
            if (extra.len() >= MANY || values >= MANY) && self.check(&all).is_ok() {
                return Ok(());
            }
        }
        for (key, values) in extra {
            for value in values {
                let attributes = Attributes { subresource: key.clone(), ..attributes.clone() };
                self.check(&attributes.named(value.clone()))?;
            }
        }
        Ok(())
    }
}

/// What the new modes object to.
fn wrong_extra(extra: &BTreeMap<Text, Vec<Text>>) -> Option<String> {
    extra.iter().find_map(|(key, values)| {
        if key.is_empty() {
            return Some("impersonating the empty string key in extra is not allowed".to_owned());
        }
        let (domain, path) = key.split_once('/').unwrap_or_default();
        if !super::names::is_subdomain(domain) || path.is_empty() {
            return Some(format!(
                "impersonating an invalid key in extra is not allowed: extra.key: Invalid value: \
                 {key:?}: must be a domain-prefixed path (such as \"acme.io/foo\")"
            ));
        }
        if values.is_empty() {
            return Some("impersonating empty values in extra is not allowed".to_owned());
        }
        let is_empty = values.iter().any(Text::is_empty);
        is_empty.then(|| "impersonating the empty string value in extra is not allowed".to_owned())
    })
}

impl Wanted {
    /// As Go prints it.
    fn go(&self) -> String {
        let texts = |texts: &[Text]| {
            let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
            format!("[]string{{{}}}", texts.join(", "))
        };
        let groups = match self.groups.is_empty() {
            true => "[]string(nil)".to_owned(),
            false => texts(&self.groups),
        };
        let extra: Vec<String> =
            self.extra.iter().map(|(key, values)| format!("{key:?}:{}", texts(values))).collect();
        let extra = match extra.is_empty() {
            true => "map[string][]string(nil)".to_owned(),
            false => format!("map[string][]string{{{}}}", extra.join(", ")),
        };
        format!(
            "&user.DefaultInfo{{Name:{:?}, UID:{:?}, Groups:{groups}, Extra:{extra}}}",
            self.name, self.uid
        )
    }
}
