//! Addresses as they are written, and what is asked then.

use testkit::check_eq;

use super::*;

/// The URL of an object and that of the second page of the list; or why there is none.
fn shown(address: &Address) -> String {
    match address.place() {
        Ok(place) => {
            let region = address.first_region();
            let object = place.object_url(&region, "a/b c", None);
            format!("{object}\n{}", place.list_url(&region, Some("t/1")))
        }
        Err(error) => error.chain(),
    }
}

fn address(provider: &str, endpoint: &str) -> Address {
    Address {
        provider: Provider::parse(provider).unwrap(),
        endpoint: endpoint.to_owned(),
        bucket: "fleet".to_owned(),
        prefix: "apps/ü".to_owned(),
        region: String::new(),
        insecure: false,
    }
}

const S3_LIST: &str = "/?list-type=2&encoding-type=url&max-keys=1000&continuation-token=t%2F1\
                       &prefix=apps%2F%C3%BC";

#[test]
fn s3() {
    let check = |address: &Address, start: &str| {
        check_eq(&shown(address), &format!("{start}/a/b%20c\n{start}{S3_LIST}"));
    };
    let generic = |endpoint: &str| address("generic", endpoint);
    check(&generic("minio.test:9000"), "https://minio.test:9000/fleet");
    check(&generic("https://minio.test/"), "https://minio.test/fleet");
    let insecure = Address { insecure: true, ..generic("[::1]:9000") };
    check(&insecure, "http://[::1]:9000/fleet");
    let insecure = Address { insecure: true, ..generic("http://minio.test") };
    check(&insecure, "http://minio.test/fleet");
    check(&address("aws", "s3.amazonaws.com"), "https://fleet.s3.amazonaws.com");
    let region = Address { region: "eu-west-1".to_owned(), ..address("aws", "s3.amazonaws.com") };
    check(&region, "https://fleet.s3.eu-west-1.amazonaws.com");
    let dots = Address { bucket: "a.fleet".to_owned(), ..address("aws", "s3.amazonaws.com") };
    check(&dots, "https://s3.amazonaws.com/a.fleet");
    check(
        &address("generic", "s3.eu-west-1.amazonaws.com"),
        "https://fleet.s3.eu-west-1.amazonaws.com",
    );
    check(&generic("storage.googleapis.com"), "https://fleet.storage.googleapis.com");
    check(&generic("oss-cn-hangzhou.aliyuncs.com"), "https://fleet.oss-cn-hangzhou.aliyuncs.com");
}

#[test]
fn others() {
    let google = "https://storage.googleapis.com/storage/v1/b/fleet/o";
    let expected = format!(
        "{google}/a%2Fb%20c?alt=media\n{google}?fields=kind,items(name,etag,size,generation),\
         nextPageToken&maxResults=1000&pageToken=t%2F1&prefix=apps%2F%C3%BC"
    );
    check_eq(&shown(&address("gcp", "anywhere.test")), &expected);
    let azure = "https://account.blob.core.windows.net";
    let expected = format!(
        "{azure}/fleet/a/b%20c\n{azure}/fleet?restype=container&comp=list&marker=t%2F1\
         &prefix=apps%2F%C3%BC"
    );
    check_eq(&shown(&address("azure", azure)), &expected);
    assert_eq!(address("azure", azure).place().unwrap().account(), Some("account"));
    let local = address("azure", "http://127.0.0.1:10000/devstoreaccount1").place().unwrap();
    assert_eq!(local.account(), Some("devstoreaccount1"));
    assert_eq!(address("azure", "https://blob.test").place().unwrap().account(), None);
}

#[test]
fn what_is_no_address() {
    let check = |address: &Address, expected: &str| check_eq(&shown(address), expected);
    let none = "`spec.endpoint` is no server: it is a host, such as `minio.example.org:9000`";
    check(&address("generic", ""), none);
    check(&address("generic", "minio.test/folder"), none);
    check(&address("generic", "me:canary@minio.test"), none);
    check(&address("generic", "minio.test?x"), none);
    let contradict =
        "`spec.endpoint` and `spec.insecure` contradict each other: leave the scheme out";
    check(&address("generic", "http://minio.test"), contradict);
    check(&address("generic", "ftp://minio.test"), contradict);
    let azure = "`spec.endpoint` must be a URL, such as `https://ACCOUNT.blob.core.windows.net`";
    check(&address("azure", "account.blob.core.windows.net"), azure);
    let region = Address { region: "a b".to_owned(), ..address("generic", "minio.test") };
    check(&region, "`spec.region` is no name of a region");
    let name = "`spec.bucketName` is no name of a bucket";
    for bucket in ["", "a/b", "..", "a?b", "a b"] {
        check(&Address { bucket: bucket.to_owned(), ..address("generic", "minio.test") }, name);
    }
}

#[test]
fn regions() {
    let check = |host: &str, region: Option<&str>| assert_eq!(region_of(host), region, "{host}");
    check("s3.amazonaws.com", None);
    check("s3.eu-west-1.amazonaws.com", Some("eu-west-1"));
    check("s3-eu-west-1.amazonaws.com", Some("eu-west-1"));
    check("s3.dualstack.us-east-2.amazonaws.com", Some("us-east-2"));
    check("s3.cn-north-1.amazonaws.com.cn", Some("cn-north-1"));
    check("s3-external-1.amazonaws.com", None);
    check("x.s3.eu-west-1.amazonaws.com", None);
    check("minio.test", None);
}

#[test]
fn names_without_passwords() {
    let shown = |provider: &str, endpoint: &str| address(provider, endpoint).to_string();
    check_eq(&shown("generic", "https://me:canary@minio.test:1/x"), "`fleet` at minio.test:1");
    check_eq(&shown("azure", "https://a.test/b?sig=canary"), "`fleet` at a.test");
    check_eq(&shown("gcp", ""), "`fleet` at storage.googleapis.com");
}
