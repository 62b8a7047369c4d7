//! Commits and tags that Git signs with `gpg` and `ssh-keygen`. Where one is not installed, its tests are left out.

use super::*;
use crate::Stores;
use crate::signature::{Keys, Mode, Verify};
use crate::stores::Want;

/// A repository, and keys to sign with.
struct Signing {
    remote: Remote,
    url: String,
}

/// Ends the agent that `gpg` starts.
impl Drop for Signing {
    fn drop(&mut self) {
        let home = self.remote.scratch.at("gpg");
        if home.is_dir() {
            let home = home.display().to_string();
            let _ = Command::new("gpgconf").args(["--homedir", &home, "--kill", "all"]).output();
        }
    }
}

impl Signing {
    /// `None`, and a word on stderr, where one of the programs is not installed.
    fn new(programs: &[&str]) -> Option<Signing> {
        for program in programs.iter().chain(&["git"]) {
            if Command::new(program).arg("--version").output().is_err() {
                eprintln!("left out: {program} is not installed");
                return None;
            }
        }
        let remote = Remote::new(None);
        Some(Signing { url: remote.serve(), remote })
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.remote.scratch.path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// `gpg` with keys of its own, and perhaps in another time, for Git as well.
    fn gpg(&self, time: Option<&str>) -> String {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        let scratch = &self.remote.scratch;
        let _ = fs::DirBuilder::new().mode(0o700).create(scratch.at("gpg"));
        let time = time.map_or_else(String::new, |time| format!("--faked-system-time {time}"));
        let script = format!("gpg{time}.sh");
        let home = scratch.at("gpg");
        let text = format!("#!/bin/sh\nexec gpg --homedir '{}' {time} \"$@\"\n", home.display());
        scratch.write(&script, &text);
        fs::set_permissions(scratch.at(&script), fs::Permissions::from_mode(0o700)).unwrap();
        scratch.at(&script).display().to_string()
    }

    /// Makes a PGP key.
    fn pgp(&self, name: &str, algorithm: &str, usage: &str, time: Option<&str>) {
        let until = if time.is_some() { "1y" } else { "never" };
        let name = format!("{name} <{name}@example.org>");
        let how = ["--batch", "--quiet", "--passphrase", "", "--quick-gen-key"];
        self.run(&self.gpg(time), &[&how[..], &[&name, algorithm, usage, until]].concat());
    }

    /// The public PGP key.
    fn exported(&self, name: &str) -> Vec<u8> {
        self.run(&self.gpg(None), &["--armor", "--export", &format!("{name}@example.org")])
    }

    /// The whole name of a PGP key.
    fn fingerprint(&self, name: &str) -> String {
        let arguments = ["--with-colons", "--list-keys", &format!("{name}@example.org")];
        let listed = String::from_utf8(self.run(&self.gpg(None), &arguments)).unwrap();
        let line = listed.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap();
        line.trim_matches(':').to_owned()
    }

    /// Has Git sign with a PGP key.
    fn sign(&self, name: &str, time: Option<&str>, arguments: &[&str]) {
        let (program, key) = (
            format!("gpg.program={}", self.gpg(time)),
            format!("user.signingkey={name}@example.org"),
        );
        self.remote.git(&[&["-c", &program, "-c", &key], arguments].concat());
    }

    /// Makes an SSH key; the public one.
    fn ssh(&self, name: &str, kind: &[&str]) -> Vec<u8> {
        self.run("ssh-keygen", &[kind, &["-q", "-N", "", "-f", name]].concat());
        fs::read(self.remote.scratch.at(&format!("{name}.pub"))).unwrap()
    }

    /// Has Git sign with an SSH key.
    fn sign_ssh(&self, name: &str, arguments: &[&str]) {
        let key = format!("user.signingkey={}", self.remote.scratch.at(name).display());
        self.remote.git(&[&["-c", "gpg.format=ssh", "-c", &key], arguments].concat());
    }

    fn want(&self, reference: &Reference, mode: Mode, data: &[(&str, &[u8])]) -> Want {
        let data = data.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        let keys = Keys::of_secret(&data.collect()).unwrap();
        Want {
            reference: reference.clone(),
            interval: LONG,
            timeout: LONG,
            directories: Vec::new(),
            submodules: false,
            verify: Some(Verify { mode, keys }),
        }
    }

    /// What is said of a reference, with words for the names of the commit, the tag and the keys.
    fn said(&self, url: &str, reference: &Reference, mode: Mode, data: &[(&str, &[u8])]) -> String {
        let stores = Stores::new(self.remote.scratch.at("stores"));
        let want = self.want(reference, mode, data);
        let said = match stores.fetch(url, &Access::default(), &want) {
            Ok(artifact) => artifact.verified.unwrap(),
            Err(error) => format!("{}: {}", error.condition("").1, error.chain()),
        };
        let mut said = said.replace(&self.remote.head(), "COMMIT");
        for tag in self.remote.git(&["tag"]).lines() {
            said = said.replace(&self.remote.git(&["rev-parse", tag]), "TAG");
        }
        let is_id = |word: &str| {
            let word = word.trim_end_matches(',');
            word.len() == 16 && word.bytes().all(|it| it.is_ascii_hexdigit())
        };
        let names = said.split(['\'', ' ']).filter(|it| it.starts_with("SHA256:") || is_id(it));
        let names: Vec<String> = names.map(|it| it.trim_end_matches(',').to_owned()).collect();
        names.iter().fold(said, |said, name| said.replace(name, "KEY"))
    }
}

fn tag(name: &str) -> Reference {
    Reference::Tag(name.to_owned())
}

const COMMIT: &[&str] = &["commit", "-q", "--allow-empty", "-m", "signed", "-S"];

const GOOD_HEAD: &str = "verified signature of\n\t- commit 'COMMIT' with key 'KEY'";
const GOOD_TAG: &str = "verified signature of\n\t- tag 'v1@TAG' with key 'KEY'";
const STRANGER: &str =
    "which is not in `spec.verify.secretRef`: if it may sign, add its public key as";
const UNSIGNED: &str =
    "it is not signed: sign commits with `git commit -S`, tags with `git tag -s`";

#[test]
fn commits_and_tags_by_pgp() {
    let Some(signing) = Signing::new(&["gpg"]) else { return };
    signing.pgp("ada", "ed25519", "sign", None);
    signing.pgp("eve", "rsa2048", "sign", None);
    let (ada, eve) = (signing.exported("ada"), signing.exported("eve"));
    let ada: &[(&str, &[u8])] = &[("ada.asc", &ada)];
    let both: &[(&str, &[u8])] = &[("a", &eve), ("b", ada[0].1)];
    let local = format!("file://{}", signing.remote.scratch.at("repo").display());
    let check = |reference: &Reference, mode: Mode, data: &[(&str, &[u8])], expected: &str| {
        check_eq(&signing.said(&signing.url, reference, mode, data), expected);
        check_eq(&signing.said(&local, reference, mode, data), expected);
    };
    let main = branch("main");
    let no_commit = format!("InvalidCommitSignature: the commit COMMIT: {UNSIGNED}");
    check(&main, Mode::Head, ada, &no_commit);
    // A commit that nobody signed, with tags of all kinds.
    signing.sign("ada", None, &["tag", "-s", "-m", "x", "v1"]);
    signing.remote.git(&["tag", "-a", "-m", "x", "v2"]);
    signing.remote.git(&["tag", "v3"]);
    check(&tag("v1"), Mode::Tag, ada, GOOD_TAG);
    signing.sign("ada", None, &["tag", "-s", "-m", "x", "1.0.0"]);
    let version = Reference::SemVer("^1".to_owned());
    check(&version, Mode::Tag, both, &GOOD_TAG.replace("v1", "1.0.0"));
    check(&Reference::Name("refs/tags/v1".to_owned()), Mode::Tag, ada, GOOD_TAG);
    check(&tag("v1"), Mode::TagAndHead, ada, &no_commit);
    check(&tag("v1"), Mode::Head, ada, &no_commit);
    let no_tag = format!("InvalidGitObject: the tag v2@TAG: {UNSIGNED}");
    check(&tag("v2"), Mode::Tag, ada, &no_tag);
    let light = "InvalidGitObject: the tag v3 is not annotated, so nobody signed it: make it with \
                 `git tag -s`";
    check(&tag("v3"), Mode::Tag, ada, light);
    let no_mode = "InvalidVerificationMode: no tag is asked for, and `spec.verify.mode` wants one to be \
                   verified: write `tag` or `semver` into `spec.ref`, or the mode `HEAD`";
    check(&main, Mode::TagAndHead, ada, no_mode);
    let stranger =
        |what: &str| format!("{what}: it is signed by the PGP key KEY, {STRANGER} `NAME.asc`");
    let by_stranger = stranger("InvalidTagSignature: the tag v1@TAG");
    check(&tag("v1"), Mode::Tag, &[("eve.asc", &eve)], &by_stranger);
    // And one that somebody signed.
    signing.sign("eve", None, COMMIT);
    check(&main, Mode::Head, both, GOOD_HEAD);
    check(&main, Mode::Head, ada, &stranger("InvalidCommitSignature: the commit COMMIT"));
    signing.sign("ada", None, &["tag", "-f", "-s", "-m", "x", "v1"]);
    let all = format!("{GOOD_TAG}\n\t- commit 'COMMIT' with key 'KEY'");
    check(&tag("v1"), Mode::TagAndHead, both, &all);
    // The same commit with another tag: that one counts now.
    signing.remote.git(&["tag", "-f", "-a", "-m", "x", "v1"]);
    let no_tag = format!("InvalidGitObject: the tag v1@TAG: {UNSIGNED}");
    check(&tag("v1"), Mode::TagAndHead, both, &no_tag);
}

#[test]
fn keys_that_do_not_count() {
    let Some(signing) = Signing::new(&["gpg"]) else { return };
    let main = branch("main");
    let check = |name: &str, expected: &str| {
        let key = signing.exported(name);
        let said = signing.said(&signing.url, &main, Mode::Head, &[("a.asc", &key)]);
        check_eq(&said, expected);
    };
    let not = |why: &str| {
        format!(
            "InvalidCommitSignature: the commit COMMIT: it is signed by the PGP key KEY, which {why}: \
             sign it with another key, or put the key as it is now into `spec.verify.secretRef`"
        )
    };
    let then = Some("20200101T000000");
    signing.pgp("old", "ed25519", "sign", then);
    signing.sign("old", then, COMMIT);
    check("old", &not("has expired"));
    // A primary key that only vouches for its subkey.
    signing.pgp("ada", "ed25519", "cert", None);
    let print = &signing.fingerprint("ada");
    let how = ["--batch", "--passphrase", "", "--quick-add-key", print, "ed25519", "sign", "never"];
    signing.run(&signing.gpg(None), &how);
    signing.sign("ada", None, COMMIT);
    check("ada", GOOD_HEAD);
    // A signature over a digest that is too weak.
    signing.pgp("weak", "rsa2048", "sign", None);
    signing.remote.scratch.write("gpg/gpg.conf", "digest-algo SHA1\n");
    signing.sign("weak", None, COMMIT);
    signing.remote.scratch.write("gpg/gpg.conf", "");
    let weak = "InvalidCommitSignature: the commit COMMIT: its signature by the PGP key KEY has a weak digest \
                (MD5 or SHA-1): sign it again with SHA-256";
    check("weak", weak);
    // A key that its owner took back.
    signing.pgp("gone", "ed25519", "sign", None);
    signing.sign("gone", None, COMMIT);
    check("gone", GOOD_HEAD);
    let path = format!("gpg/openpgp-revocs.d/{}.rev", signing.fingerprint("gone"));
    let revocation = fs::read_to_string(signing.remote.scratch.at(&path)).unwrap();
    signing.remote.scratch.write("revocation", &revocation.replace(":-----BEGIN", "-----BEGIN"));
    signing.run(&signing.gpg(None), &["--batch", "--import", "revocation"]);
    check("gone", &not("is revoked"));
}

#[test]
fn commits_and_tags_by_ssh() {
    let Some(signing) = Signing::new(&["ssh-keygen"]) else { return };
    let main = branch("main");
    let kinds: [(&str, &[&str]); 5] = [
        ("ed25519", &["-t", "ed25519"]),
        ("p256", &["-t", "ecdsa", "-b", "256"]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
    ];
    let mut all = Vec::new();
    for (name, kind) in kinds {
        all.extend(signing.ssh(name, kind));
        signing.sign_ssh(name, COMMIT);
        let said = signing.said(&signing.url, &main, Mode::Head, &[("all.sshpub", &all)]);
        check_eq(&said, GOOD_HEAD);
    }
    let eve = signing.ssh("eve", &["-t", "ed25519"]);
    let check = |reference: &Reference, mode: Mode, data: &[(&str, &[u8])], expected: &str| {
        check_eq(&signing.said(&signing.url, reference, mode, data), expected);
    };
    let stranger = format!(
        "InvalidCommitSignature: the commit COMMIT: it is signed by the SSH key KEY, {STRANGER} \
         `NAME.sshpub`"
    );
    check(&main, Mode::Head, &[("eve.sshpub", &eve)], &stranger);
    signing.sign_ssh("ed25519", &["tag", "-s", "-m", "x", "v1"]);
    let good = format!("{GOOD_TAG}\n\t- commit 'COMMIT' with key 'KEY'");
    check(&tag("v1"), Mode::TagAndHead, &[("all.sshpub", &all)], &good);
    let tag_by_stranger = stranger
        .replace("InvalidCommitSignature", "InvalidTagSignature")
        .replace("commit COMMIT", "tag v1@TAG");
    check(&tag("v1"), Mode::Tag, &[("eve.sshpub", &eve)], &tag_by_stranger);
    // Tags of tags lead to their commit.
    signing.sign_ssh("ed25519", &["tag", "-s", "-m", "x", "v2", "v1"]);
    check(&tag("v2"), Mode::Tag, &[("all.sshpub", &all)], &GOOD_TAG.replace("v1", "v2"));
    // A server that says that a tag is of another commit.
    let want = signing.want(&tag("v1"), Mode::Tag, &[("all.sshpub", &all)]);
    let store = signing.remote.open(&signing.url, &Access::default());
    let mut fetched = store.fetch(&want.reference, LONG).unwrap();
    fetched.commit = signing.remote.git(&["rev-parse", "HEAD^"]);
    let error = store.verify(&want.reference, &fetched, &want.verify.unwrap()).unwrap_err();
    check_eq(error.condition("").1, "InvalidTagSignature");
    let other = format!("it is of another commit than {}", fetched.commit);
    assert!(error.chain().ends_with(&other), "{}", error.chain());
}

/// Objects as they are signed, with one byte after another changed.
#[test]
fn what_was_changed_is_refused() {
    let Some(signing) = Signing::new(&["gpg", "ssh-keygen"]) else { return };
    signing.pgp("ada", "ed25519", "sign", None);
    let pgp = signing.exported("ada");
    let ssh = signing.ssh("bob", &["-t", "ed25519"]);
    let data = [("a.asc".to_owned(), pgp), ("b.sshpub".to_owned(), ssh)];
    let keys = Keys::of_secret(&data.into()).unwrap();
    signing.sign("ada", None, COMMIT);
    let object = |name: &str, kind: &str| {
        let repo = signing.remote.scratch.at("repo").display().to_string();
        signing.run("git", &["-C", &repo, "cat-file", kind, name])
    };
    let by_pgp = object("HEAD", "commit");
    signing.sign_ssh("bob", COMMIT);
    let by_ssh = object("HEAD", "commit");
    signing.sign("ada", None, &["tag", "-s", "-m", "x", "v1"]);
    let tagged = object("v1", "tag");
    for object in [by_pgp, by_ssh, tagged] {
        keys.verify(&object).unwrap();
        let text = String::from_utf8_lossy(&object).into_owned();
        let signature = text.find("-----BEGIN").unwrap()..text.rfind("-----END").unwrap();
        for at in (0..object.len()).step_by(3) {
            let mut changed = object.clone();
            changed[at] ^= 1;
            // Some of a signature is not signed, and says nothing: how its lines are broken.
            let is_good = keys.verify(&changed).is_ok();
            let is_content =
                at < signature.start.saturating_sub("gpgsig ".len()) || at > signature.end + 40;
            assert!(!(is_good && is_content), "{at}: {}", String::from_utf8_lossy(&changed));
        }
    }
}

#[test]
fn what_is_there_without_a_network_is_verified_as_well() {
    let Some(signing) = Signing::new(&["ssh-keygen"]) else { return };
    let ada = signing.ssh("ada", &["-t", "ed25519"]);
    signing.ssh("eve", &["-t", "ed25519"]);
    signing.sign_ssh("ada", COMMIT);
    let good = signing.remote.head();
    let main = branch("main");
    let said = |key: &[u8]| signing.said(&signing.url, &main, Mode::Head, &[("a.sshpub", key)]);
    check_eq(&said(&ada), GOOD_HEAD);
    signing.sign_ssh("eve", COMMIT);
    assert!(said(&ada).starts_with("InvalidCommitSignature: "), "{}", said(&ada));
    // A new process stays at the last one that is good.
    let stores = Stores::new(signing.remote.scratch.at("stores"));
    let want = |key: &[u8]| signing.want(&main, Mode::Head, &[("a.sshpub", key)]);
    let latest = |key: &[u8]| {
        let mut latest = stores.follow(&signing.url, &Access::default(), want(key));
        async move { latest.wait_for(|it| it.failure.is_some()).await.unwrap().clone() }
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seen = runtime.block_on(async { latest(&ada).await });
    check_eq(seen.failure.unwrap().reason, "InvalidCommitSignature");
    let artifact = seen.artifact.unwrap();
    assert_eq!(artifact.revision.hash(), good);
    assert!(artifact.verified.unwrap().contains(&good));
    // With other keys there is none.
    let other = signing.ssh("other", &["-t", "ed25519"]);
    let seen = runtime.block_on(async { latest(&other).await });
    assert!(seen.artifact.is_none());
}
