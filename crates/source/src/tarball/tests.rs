//! What is written is what Go 1.26 writes (its digests were taken with `archive/tar` and `compress/gzip`); what is
//! read is bounded.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use manifest::{Content, Entry, FileTree};

use super::{pack, unpack};

/// Letters that compress more or less, the same each time.
fn noise(seed: u64, length: usize, letters: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    (0..length).map(|_| ((next() % letters) as u8).wrapping_add(b'a')).collect()
}

#[track_caller]
fn check_packed(tree: &FileTree, expected: &str) {
    let mut bytes = Vec::new();
    let packed = pack(tree, &|_, _| false, &mut bytes).unwrap();
    assert_eq!(packed.size, bytes.len() as u64);
    assert_eq!(packed.digest.replace("sha256:", ""), expected);
    let read = unpack(&mut bytes.as_slice(), 1 << 30).unwrap();
    assert_eq!(read.differences(tree), Vec::new());
}

#[test]
fn compression_is_that_of_go() {
    let check = |(seed, length, letters): (u64, usize, u64), expected: &str| {
        let content = Content::from(noise(seed, length, letters));
        check_packed(&FileTree::of_files([("a/b.txt", content)]), expected);
    };
    check((1, 0, 3), "79b7d46ae04b570d2e49c5f6e648fed49e7e94ed22b6f8ec3163e49822be0054");
    check((1, 10, 3), "075f3c3117fdb4e33620fb642a3b6a193d1c753a9a069c6c87e41c28adf27e10");
    check((2, 5000, 3), "dd5424a0ea2b46cda6ab4071b0dfb573e19268ffc6bed1ad5132aa879aaa2f40");
    check((3, 100_000, 2), "611b36c2f72486d31fcba59063adbc1b47a32e4eeb94f47341ff0ceb9197adcb");
    check((4, 300_000, 200), "e512c002a7a675205cfe8b909ba46975ce10f821d0eb23405abd4c67f21773c6");
    check((5, 3_000_000, 8), "3a11529c1e740fe9d63d2091bc654ca027aee8bfc76668d6c31bc9afe26051ae");
    check((6, 1_000_000, 1), "67391db16977911803ca18425674f8c5f6f6d4beb784c73bdf72a0a7ca73153f");
}

#[test]
fn headers_are_those_of_go() {
    // A name that begins with `d` is a directory, one that begins with `x` may be run.
    let check = |names: &[&str], expected: &str| {
        let mut tree = FileTree::default();
        for name in names {
            match name.starts_with('d') {
                true => tree.insert(name, Entry::Directory),
                false => tree.insert(name, Entry::File(Content::from("a\n"))),
            }
            if name.starts_with('x') {
                tree.set_executable(name);
            }
        }
        check_packed(&tree, expected);
    };
    let long = |length| format!("d{}", "l".repeat(length));
    check(&["x"], "3283f429b2ea3eff65f85c0588ee0248f947ec3294feca9e07f7622a96fd112c");
    let name = format!("f{}", "l".repeat(99));
    check(&[&name], "cf944b982915afcdd9fcac9dccf74d88e80bab5096055efd09f9b4e6b147aaab");
    let name = format!("f{}", "l".repeat(100));
    check(&[&name], "fd7a0bf14c099bbecc31b887d75cdc6b3efaee357ee53aea0eeea1a871879ffc");
    check(&["fä", "x ö"], "d1fd2681d12cba854313d92259995e43a756ca7f8a6ae3b57caeac522ce61f2b");
    let name = long(100);
    check(&[&name], "0585b41dd02e8a58037c53ef0eca0d15395df6fd5e5fb8695bf0e2ad2b37895a");
    let two = [long(60), format!("{0}/{0}", long(60))];
    let two: Vec<&str> = two.iter().map(String::as_str).collect();
    check(&two, "88607d49a5ffa93e5e33b0e3d13131eb3b04ad8736dc77fc0a700b11fe4aa461");
    let one = long(120);
    let three = [one.clone(), format!("{one}/{one}"), format!("{one}/{one}/{}", long(90))];
    let three: Vec<&str> = three.iter().map(String::as_str).collect();
    check(&three, "bf94c0c1ff42b4f3eaeaa5c4a13a6b5994c136e02d00584c79e82a2bf2d53826");
}

#[test]
fn what_is_left_out_and_in_which_order() {
    let mut tree = FileTree::of_files(
        ["a-b", "a/b", "c/ignored", "c/kept/d"].map(|path| (path, Content::from("x"))),
    );
    tree.insert("link", Entry::Link("a".to_owned()));
    let mut bytes = Vec::new();
    let leaves_out =
        |path: &str, is_directory: bool| path == "c/ignored" || (path == "c" && is_directory);
    pack(&tree, &leaves_out, &mut bytes).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
    let names = archive
        .entries()
        .unwrap()
        .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap());
    assert_eq!(names.collect::<Vec<_>>(), [".", "a", "a/b", "a-b", "c/kept", "c/kept/d"]);
}

/// An archive of entries: a name, a kind and what is in it.
fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        // What the library would refuse is what is tried here.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

#[test]
fn what_is_refused() {
    use tar::EntryType::{Block, Directory, Link, Regular, Symlink, XGlobalHeader};
    let check = |bytes: &[u8], expected: &str| {
        let got = match unpack(&mut { bytes }, 1 << 20) {
            Ok(tree) => format!("{:?}", tree.file_names().collect::<Vec<_>>()),
            Err(error) => error.chain(),
        };
        assert_eq!(got, expected);
    };
    let one = |name: &str, kind| archive(&[(name, kind, b"")]);
    check(&one("./a/b", Regular), r#"["a/b"]"#);
    check(&one("./", Directory), "[]");
    check(&one("link", Symlink), "[]");
    check(&one("pax_global_header", XGlobalHeader), "[]");
    let leads_out =
        |name: &str| format!("the archive is refused: the name {name:?} leads out of it");
    check(&one("../a", Regular), &leads_out("../a"));
    check(&one("a/../../b", Regular), &leads_out("a/../../b"));
    check(&one("/etc/passwd", Regular), &leads_out("/etc/passwd"));
    check(&one("a\\b", Regular), &leads_out("a\\b"));
    let neither =
        |kind| format!("the archive is refused: `x` is neither a file nor a directory ({kind})");
    check(&one("x", Link), &neither("Link"));
    check(&one("x", Block), &neither("Block"));
    let twice = archive(&[("a", Regular, b"1"), ("a", Regular, b"2")]);
    check(&twice, r#"["a"]"#);
    let both = archive(&[("a", Regular, b"1"), ("a/b", Regular, b"2")]);
    check(&both, "the archive is refused: `a` is a file, and has `a/b` in it");
    let both = archive(&[("a/b", Regular, b"1"), ("a", Regular, b"2")]);
    check(&both, "the archive is refused: `a` is a file and a directory");
    let large =
        archive(&[("a", Regular, &vec![0; 600 << 10]), ("b", Regular, &vec![0; 600 << 10])]);
    check(&large, "the archive is refused: its files have over 1 MiB");
    let deep = "a/".repeat(49);
    check(&one(&format!("{deep}a"), Regular), &format!("[\"{deep}a\"]"));
    check(b"this is no gzip at all", "the archive cannot be read: invalid gzip header");
    let whole = archive(&[("a", Regular, &noise(1, 5000, 26))]);
    let broken = unpack(&mut &whole[..whole.len() / 2], 1 << 20).unwrap_err();
    assert!(broken.chain().starts_with("the archive cannot be read: "), "{}", broken.chain());
}

/// A little that unpacks to a lot is read no further than the limit.
#[test]
fn a_bomb() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..20 {
        gzip.write_all(&zeros).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    // Empty blocks, where an archive ends with two: what is behind its end is not read at all.
    assert!(unpack(&mut bomb.as_slice(), 1 << 20).unwrap().iter().next().is_none());
    let mut header = tar::Header::new_ustar();
    header.set_path("a").unwrap();
    header.set_size(20 << 20);
    header.set_cksum();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(header.as_bytes()).unwrap();
    for _ in 0..20 {
        gzip.write_all(&zeros).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    let error = unpack(&mut bomb.as_slice(), 1 << 20).unwrap_err();
    assert_eq!(error.chain(), "the archive is refused: its files have over 1 MiB");
}
