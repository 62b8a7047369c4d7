//! Where a commit or a tag has its signature, and what was signed (Git's `Documentation/gitformat-signature.txt`).

/// What signatures begin with.
pub(super) const PGP: &str = "-----BEGIN PGP SIGNATURE-----";
pub(super) const SSH: &str = "-----BEGIN SSH SIGNATURE-----";
const ALL: [&str; 4] = [PGP, SSH, "-----BEGIN PGP MESSAGE-----", "-----BEGIN SIGNED MESSAGE-----"];

/// The headers with signatures: for the names of objects that Git has now, and for those of SHA-256.
const HEADER: &[u8] = b"gpgsig ";
const HEADERS: [&[u8]; 2] = [HEADER, b"gpgsig-sha256 "];

const NONE: &str = "it is not signed: sign commits with `git commit -S`, tags with `git tag -s`";

/// A commit or tag in two parts.
pub(super) struct Signed {
    /// What was signed.
    pub(super) content: Vec<u8>,
    /// The signature, armored.
    pub(super) signature: String,
}

impl Signed {
    /// Takes an object apart.
    ///
    /// # Errors
    /// It is not signed, or more than once.
    pub(super) fn read(object: &[u8]) -> Result<Signed, String> {
        let no_text = || "its signature is no text".to_owned();
        let (content, in_header) = without_headers(object);
        if object.starts_with(b"tree ") {
            let signature = match in_header.as_slice() {
                [] => return Err(NONE.to_owned()),
                [one] => String::from_utf8(one.clone()).map_err(|_| no_text())?,
                _ => return Err("it has several signatures: sign it once".to_owned()),
            };
            return Ok(Signed { content, signature: only(signature)? });
        }
        // A tag has it at its end. The last block counts, as what is before it was signed with it.
        let Some(at) = blocks(object).last() else { return Err(NONE.to_owned()) };
        let signature = String::from_utf8(object[at..].to_vec()).map_err(|_| no_text())?;
        let (content, _) = without_headers(&object[..at]);
        Ok(Signed { content, signature: only(signature)? })
    }
}

/// Whether a commit or tag has a signature at all, good or bad.
pub(super) fn is_signed(object: &[u8]) -> bool {
    match object.starts_with(b"tree ") {
        true => !without_headers(object).1.is_empty(),
        false => blocks(object).next().is_some(),
    }
}

/// A signature where it is one; of several it is not said which counts.
fn only(signature: String) -> Result<String, String> {
    match blocks(signature.as_bytes()).count() {
        0 | 1 => Ok(signature),
        _ => Err("it has several signatures: sign it once".to_owned()),
    }
}

/// Where lines begin that begin signatures.
fn blocks(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_start = |line: &[u8]| ALL.iter().any(|start| line.starts_with(start.as_bytes()));
    lines(bytes).filter(move |(_, line)| is_start(line)).map(|(at, _)| at)
}

/// Lines with their ends, and where they begin.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let begin = at;
        at += line.len();
        (begin, line)
    })
}

/// An object without the headers that are signatures, and those of them that count. A header goes on in lines that
/// begin with a space; headers end with an empty line.
fn without_headers(object: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut content, mut signatures) = (Vec::with_capacity(object.len()), Vec::new());
    let (mut is_signature, mut counts) = (false, false);
    for (at, line) in lines(object) {
        if line == b"\n" {
            content.extend_from_slice(&object[at..]);
            break;
        }
        if let Some(more) = line.strip_prefix(b" ").filter(|_| is_signature) {
            if let Some(signature) = signatures.last_mut().filter(|_| counts) {
                Vec::extend_from_slice(signature, more);
            }
            continue;
        }
        is_signature = HEADERS.iter().any(|header| line.starts_with(header));
        counts = line.starts_with(HEADER);
        match line.strip_prefix(HEADER) {
            Some(first) => signatures.push(first.to_vec()),
            None if is_signature => {}
            None => content.extend_from_slice(line),
        }
    }
    (content, signatures)
}
