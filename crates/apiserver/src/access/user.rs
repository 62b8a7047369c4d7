//! Users: a name, groups, and what else their credentials say of them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use manifest::{Node, Text};

use crate::make::{list, map, text};

/// The group whose members may everything.
pub(crate) const MASTERS: &str = "system:masters";
/// The user who shows nothing.
pub(crate) const ANONYMOUS: &str = "system:anonymous";
/// The group of everybody who showed something.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";
/// The group of everybody who did not.
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";

/// The uid of the administrator: there is one.
const ADMIN: &str = "00000000-0000-4000-8000-000000000001";

/// Somebody who asks; a clone is the same one. By default the cluster's administrator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User(Arc<Identity>);

/// What is known of a user.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Identity {
    pub(crate) name: Text,
    pub(crate) uid: Text,
    pub(crate) groups: Vec<Text>,
    pub(crate) extra: BTreeMap<Text, Vec<Text>>,
}

static ADMINISTRATOR: LazyLock<User> = LazyLock::new(|| {
    User::from(Identity {
        name: "admin".into(),
        uid: ADMIN.into(),
        groups: vec![MASTERS.into(), AUTHENTICATED.into()],
        extra: BTreeMap::new(),
    })
});

static NOBODY: LazyLock<User> = LazyLock::new(|| {
    User::from(Identity {
        name: ANONYMOUS.into(),
        groups: vec![UNAUTHENTICATED.into()],
        ..Identity::default()
    })
});

impl Default for User {
    fn default() -> User {
        ADMINISTRATOR.clone()
    }
}

impl From<Identity> for User {
    fn from(identity: Identity) -> User {
        User(Arc::new(identity))
    }
}

impl User {
    /// A user who has shown who it is: it is in `groups`, and in the group of all such.
    pub fn new(name: impl Into<Text>, groups: impl IntoIterator<Item = Text>) -> User {
        let groups = groups.into_iter().collect();
        let mut identity = Identity { name: name.into(), groups, ..Identity::default() };
        identity.authenticated();
        User::from(identity)
    }

    /// The user who shows nothing.
    pub(crate) fn anonymous() -> User {
        NOBODY.clone()
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.0
    }

    pub(crate) fn groups(&self) -> &[Text] {
        &self.0.groups
    }

    /// Whether nobody has to ask what this user may.
    pub(crate) fn is_privileged(&self) -> bool {
        self.0.groups.iter().any(|group| group == MASTERS)
    }

    /// The user as reviews show it (`authentication.k8s.io/v1`'s `UserInfo`).
    pub(crate) fn info(&self) -> Node {
        let texts = |values: &[Text]| list(values.iter().map(|value| text(value.clone())));
        let Identity { name, uid, groups, extra } = &*self.0;
        let mut entries = vec![("username", text(name.clone()))];
        if !uid.is_empty() {
            entries.push(("uid", text(uid.clone())));
        }
        if !groups.is_empty() {
            entries.push(("groups", texts(groups)));
        }
        if !extra.is_empty() {
            entries.push(("extra", map(extra.iter().map(|(key, values)| (&**key, texts(values))))));
        }
        map(entries)
    }
}

impl Identity {
    /// Puts a user who has shown who it is into the group of all such.
    pub(crate) fn authenticated(&mut self) {
        self.ensure_group(AUTHENTICATED);
    }

    pub(crate) fn ensure_group(&mut self, group: &str) {
        if !self.groups.iter().any(|own| own == group) {
            self.groups.push(group.into());
        }
    }
}
