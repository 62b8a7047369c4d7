//! Clusters that are closed and opened again.

use std::path::{Path, PathBuf};

use redb::{Database, TableDefinition};

use crate::store::revision_of;
use crate::tests::{options, show};
use crate::{OpenError, Options, Server};

/// A file that no other test uses; gone before the test and after it.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> File {
        let name = format!("nauarch-{}-{name}.redb", std::process::id());
        let file = File(std::env::temp_dir().join(name));
        let _ = std::fs::remove_file(&file.0);
        file
    }

    fn open(&self) -> Result<Server, OpenError> {
        Server::open(Options { data: Some(self.0.clone()), schemaless: true, ..options() })
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn why(error: &OpenError, file: &Path) -> String {
    let source = std::error::Error::source(error).unwrap().to_string();
    format!("{error}: {}", source.replace(&file.display().to_string(), "FILE"))
}

fn reopen(file: &File) -> Server {
    file.open().unwrap_or_else(|error| panic!("{}", why(&error, &file.0)))
}

#[test]
fn objects_and_the_revision_come_back() {
    let file = File::new("back");
    let server = file.open().unwrap();
    let service = r#"{"metadata":{"name":"web"},"spec":{"ports":[{"port":80}]}}"#;
    assert_eq!(show(&server, "POST", "/api/v1/namespaces/default/services", service).0, 201);
    let map = r#"{"metadata":{"name":"a"},"data":{"k":"v"}}"#;
    let maps = "/api/v1/namespaces/default/configmaps";
    assert_eq!(show(&server, "POST", maps, map).0, 201);
    assert_eq!(show(&server, "DELETE", &format!("{maps}/a"), "").0, 200);
    server.serve_schemaless("example.com/v1", "Foo", true).unwrap();
    let foo = r#"{"metadata":{"name":"f"},"x":1.50}"#;
    let foos = "/apis/example.com/v1/namespaces/default/foos";
    assert_eq!(show(&server, "POST", foos, foo).0, 201);
    let before = show(&server, "GET", "/api/v1/services", "");
    drop(server);

    let server = reopen(&file);
    assert_eq!(show(&server, "GET", "/api/v1/services", ""), before);
    assert_eq!(show(&server, "GET", &format!("{maps}/a"), "").0, 404);
    assert_eq!(show(&server, "GET", &format!("{foos}/f"), "").0, 200);
    let other = r#"{"metadata":{"name":"b"}}"#;
    assert_eq!(show(&server, "POST", maps, other).0, 201);
    let newest = server.object("", "configmaps", "default", "b").unwrap();
    let foo = server.object("example.com", "foos", "default", "f").unwrap();
    assert!(revision_of(&newest) > revision_of(&foo));
}

#[test]
fn a_process_killed_while_it_made_the_file_leaves_a_cluster_that_opens() {
    let file = File::new("killed");
    let unfinished = file.0.with_extension("unfinished");
    std::fs::write(&unfinished, "half of a database").unwrap();
    drop(reopen(&file));
    assert!(!unfinished.exists());

    // Killed after that: the file is whole, and has nothing in it.
    std::fs::remove_file(&file.0).unwrap();
    super::begin(&file.0).unwrap();
    let server = reopen(&file);
    assert_eq!(show(&server, "GET", "/api/v1/namespaces/default", "").0, 200);
}

#[test]
fn addresses_are_still_taken() {
    let file = File::new("taken");
    let server = file.open().unwrap();
    let service =
        r#"{"metadata":{"name":"web"},"spec":{"clusterIP":"10.0.0.9","ports":[{"port":80}]}}"#;
    assert_eq!(show(&server, "POST", "/api/v1/namespaces/default/services", service).0, 201);
    drop(server);
    let server = reopen(&file);
    let other = service.replace("web", "other");
    let (code, body) = show(&server, "POST", "/api/v1/namespaces/default/services", &other);
    assert_eq!(code, 422, "{body}");
    assert!(body.contains("provided IP is already allocated"), "{body}");
}

#[test]
fn files_that_cannot_be_used() {
    let file = File::new("refused");
    let check = |expected: &str| {
        let error = file.open().err().unwrap();
        assert_eq!(why(&error, &file.0), expected);
    };
    std::fs::write(&file.0, "not a database").unwrap();
    check("cluster test does not open: cannot use FILE: move it away to begin anew");
    std::fs::remove_file(&file.0).unwrap();
    let database = Database::create(&file.0).unwrap();
    check(
        "cluster test does not open: FILE is in use by another process: stop that, or name another \
         folder",
    );
    drop(database);
    check(
        "cluster test does not open: FILE is half written, not `nauarch cluster 1`: move it away to \
         begin anew, or run the version that made it",
    );
    let database = Database::create(&file.0).unwrap();
    let transaction = database.begin_write().unwrap();
    let meta: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");
    transaction.open_table(meta).unwrap().insert("format", "nauarch cluster 2").unwrap();
    transaction.commit().unwrap();
    drop(database);
    check(
        "cluster test does not open: FILE is `nauarch cluster 2`, not `nauarch cluster 1`: move it \
         away to begin anew, or run the version that made it",
    );
}

#[test]
fn tokens_stay_good() {
    let file = File::new("tokens");
    let server = file.open().unwrap();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    assert_eq!(show(&server, "POST", accounts, r#"{"metadata":{"name":"sa"}}"#).0, 201);
    let body = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}"#;
    let (_, body) = show(&server, "POST", &format!("{accounts}/sa/token"), body);
    let token = body.split(r#""token":""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let issuer = crate::access::tokens::ISSUER;
    assert!(server.bearer(&token, &[issuer.into()]).is_ok());
    drop(server);
    let server = reopen(&file);
    let bearer =
        server.bearer(&token, &[issuer.into()]).map(|bearer| bearer.user.name().to_owned());
    assert_eq!(bearer, Ok("system:serviceaccount:default:sa".to_owned()));
}

#[test]
fn changed_built_in_roles_come_back_as_they_were() {
    let file = File::new("roles");
    let server = file.open().unwrap();
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    let patch = r#"{"metadata":{"labels":{"mine":"yes"}}}"#;
    assert_eq!(show(&server, "PATCH", &format!("{roles}/view"), patch).0, 200);
    assert_eq!(show(&server, "DELETE", &format!("{roles}/edit"), "").0, 200);
    drop(server);
    let server = reopen(&file);
    let (_, body) = show(&server, "GET", &format!("{roles}/view"), "");
    assert!(body.contains("\"mine\":\"yes\""), "{body}");
    assert_eq!(show(&server, "GET", &format!("{roles}/edit"), "").0, 200);
}
