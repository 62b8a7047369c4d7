use super::*;

#[test]
fn the_binary_carries_the_whole_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fleet");
    let mut folders = vec![root.clone()];
    let mut on_disk = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                on_disk.push(path.strip_prefix(&root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    on_disk.sort();
    let mut carried: Vec<_> = Files::iter().map(std::borrow::Cow::into_owned).collect();
    carried.sort();
    assert_eq!(carried, on_disk);
}

#[test]
fn it_is_unpacked_once() {
    let base = std::env::temp_dir().join(format!("nauarch-example-{}", std::process::id()));
    fs::create_dir_all(&base).unwrap();
    let folder = base.join("fleet");
    let first = unpack(&folder, Timestamp::UNIX_EPOCH).unwrap().unwrap();
    assert!(is_untouched(&folder, &first));
    assert_eq!(unpack(&folder, Timestamp::UNIX_EPOCH).unwrap(), None);
    fs::write(folder.join("new.yaml"), "a: b").unwrap();
    assert!(!is_untouched(&folder, &first));
    let other = base.join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("file"), "").unwrap();
    let Err(Failure::Usage(message)) = unpack(&other, Timestamp::UNIX_EPOCH) else { panic!() };
    assert!(message.ends_with("remove it, or run `nauarch up` on it"), "{message}");
    fs::remove_dir_all(&base).unwrap();
}
