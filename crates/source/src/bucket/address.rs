//! Where a bucket is, and the URLs of what is asked of it.

use std::fmt;

use crate::Error;

/// Where `gcp` is, whatever the endpoint says, as for Flux (`internal/bucket/gcp/gcp.go`): no token goes elsewhere.
const GOOGLE: &str = "https://storage.googleapis.com";

/// How the hosts of Azure's clouds end.
const MICROSOFT: [&str; 4] = [
    ".blob.core.windows.net",
    ".blob.storage.azure.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
];

/// The region of a server that names none.
const REGION: &str = "us-east-1";

/// How many objects a page may have; Google's and Amazon's own limit.
const PAGE: &str = "1000";

/// Which protocol a server speaks, as `spec.provider` has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Provider {
    /// S3, whoever runs it.
    Generic,
    /// S3 of Amazon: without a Secret, the credentials of this machine are shown. Not tried with the real service.
    Aws,
    /// Google Cloud Storage. Not tried with the real service.
    Gcp,
    /// Azure Blob Storage. Not tried with the real service.
    Azure,
}

impl Provider {
    /// The one that a word is; `None` for none.
    pub fn parse(word: &str) -> Option<Provider> {
        Some(match word {
            "generic" => Provider::Generic,
            "aws" => Provider::Aws,
            "gcp" => Provider::Gcp,
            "azure" => Provider::Azure,
            _ => return None,
        })
    }
}

/// Where a bucket is and which of its objects count, as `spec` has it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    /// What the server speaks.
    pub provider: Provider,
    /// The server: `HOST` or `HOST:PORT`, for `azure` a URL; `gcp` has one server only.
    pub endpoint: String,
    /// The name of the bucket, which Azure calls a container.
    pub bucket: String,
    /// What the keys have to begin with, up to any character; it stays in the paths of the files.
    pub prefix: String,
    /// The region, or nothing: then the server says it.
    pub region: String,
    /// Whether an S3 server is asked without TLS.
    pub insecure: bool,
}

/// An address that was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) provider: Provider,
    scheme: &'static str,
    /// Host and port, and for Azure a path.
    host: String,
    bucket: String,
    prefix: String,
}

impl Address {
    /// Looks at what was written.
    ///
    /// # Errors
    /// The endpoint is no server, or the name none of a bucket.
    pub(crate) fn place(&self) -> Result<Place, Error> {
        let wrong = |what: String| Error::Artifact { what };
        let (written, rest) = match self.endpoint.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, self.endpoint.as_str()),
        };
        let is_https = match (self.provider, written) {
            (Provider::Gcp, _) => !self.is_emulator(),
            (Provider::Azure, Some("https")) => true,
            (Provider::Azure, Some("http")) => false,
            (Provider::Azure, _) => {
                let what = "`spec.endpoint` must be a URL, such as \
                            `https://ACCOUNT.blob.core.windows.net`";
                return Err(wrong(what.to_owned()));
            }
            (_, None) => !self.insecure,
            (_, Some("https")) if !self.insecure => true,
            (_, Some("http")) if self.insecure => false,
            (_, Some(_)) => {
                let what = "`spec.endpoint` and `spec.insecure` contradict each other: leave the \
                            scheme out";
                return Err(wrong(what.to_owned()));
            }
        };
        let rest = rest.trim_end_matches('/');
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        let may_be = |byte: u8| is_host(byte) || (self.provider == Provider::Azure && byte == b'/');
        let host = match self.provider {
            Provider::Gcp if is_https => &GOOGLE["https://".len()..],
            _ if rest.is_empty() || !rest.bytes().all(may_be) => {
                let example = "it is a host, such as `minio.example.org:9000`";
                return Err(wrong(format!("`spec.endpoint` is no server: {example}")));
            }
            _ => rest,
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:$".contains(&byte);
        let has_edges = !self.bucket.starts_with('.') && !self.bucket.ends_with('.');
        if self.bucket.is_empty() || !has_edges || !self.bucket.bytes().all(is_name) {
            return Err(wrong("`spec.bucketName` is no name of a bucket".to_owned()));
        }
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if !self.region.bytes().all(is_part) {
            return Err(wrong("`spec.region` is no name of a region".to_owned()));
        }
        Ok(Place {
            provider: self.provider,
            scheme: if is_https { "https" } else { "http" },
            host: host.to_owned(),
            bucket: self.bucket.clone(),
            prefix: self.prefix.clone(),
        })
    }

    /// An emulator of Google's on this machine is asked where it is.
    fn is_emulator(&self) -> bool {
        ["http://127.0.0.1:", "http://localhost:"]
            .iter()
            .any(|start| self.endpoint.starts_with(start))
    }

    /// The region to begin with.
    pub(crate) fn first_region(&self) -> String {
        let named = Some(self.region.as_str()).filter(|region| !region.is_empty());
        named.or_else(|| region_of(&self.endpoint)).unwrap_or(REGION).to_owned()
    }
}

/// `fleet at minio.example.org:9000`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match self.provider {
            Provider::Gcp => GOOGLE,
            _ => &self.endpoint,
        };
        // Who wrote a password there finds it in no message.
        let server = server.split_once("://").map_or(server, |(_, rest)| rest);
        let server = server.split(['/', '?', '#']).next().unwrap_or_default();
        write!(f, "`{}` at {}", self.bucket, server.rsplit('@').next().unwrap_or_default())
    }
}

impl Place {
    /// The name of the account, the first word of Azure's host; `None` where the host has no three.
    pub(crate) fn account(&self) -> Option<&str> {
        let host = self.host.split(['/', ':']).next().unwrap_or_default();
        match self.host.split_once('/') {
            // Azure's emulator has it in the path.
            Some((_, account)) => Some(account),
            None => host.split_once('.').filter(|(_, rest)| rest.contains('.')).map(|(it, _)| it),
        }
    }

    /// Whether the host is one of Azure's own.
    pub(crate) fn is_microsoft(&self) -> bool {
        let host = self.host_name();
        MICROSOFT.iter().any(|end| host.ends_with(end))
    }

    /// The host and the port alone.
    pub(crate) fn host_name(&self) -> &str {
        self.host.split('/').next().unwrap_or_default()
    }

    /// Whether what is sent can be read by nobody else.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }

    /// The URL of a page of the bucket's list; `next` is what the page before it said.
    pub(crate) fn list_url(&self, region: &str, next: Option<&str>) -> String {
        let start = self.start(region);
        let (mut url, token, prefix) = match self.provider {
            Provider::Generic | Provider::Aws => {
                let query = "list-type=2&encoding-type=url&max-keys=";
                (format!("{start}/?{query}{PAGE}"), "continuation-token", "prefix")
            }
            Provider::Gcp => {
                let query =
                    "fields=kind,items(name,etag,size,generation),nextPageToken&maxResults=";
                (format!("{start}?{query}{PAGE}"), "pageToken", "prefix")
            }
            Provider::Azure => (format!("{start}?restype=container&comp=list"), "marker", "prefix"),
        };
        let pairs = [(token, next.unwrap_or_default()), (prefix, self.prefix.as_str())];
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            url += &format!("&{name}={}", encoded(value, b""));
        }
        url
    }

    /// The URL of an object; of Google's the one of this generation.
    pub(crate) fn object_url(&self, region: &str, key: &str, generation: Option<&str>) -> String {
        let start = self.start(region);
        match self.provider {
            Provider::Gcp => {
                let only = generation.map(|it| format!("&ifGenerationMatch={}", encoded(it, b"")));
                let only = only.unwrap_or_default();
                format!("{start}/{}?alt=media{only}", encoded(key, b""))
            }
            _ => format!("{start}/{}", encoded(key, b"/")),
        }
    }

    /// The URL of the bucket. Amazon's, Google's and Alibaba's servers find it by the host, unless its name has a
    /// dot, for which there is no certificate; all others by the path (minio-go's way, `pkg/s3utils/utils.go`).
    fn start(&self, region: &str) -> String {
        let Place { scheme, host, bucket, .. } = self;
        match self.provider {
            Provider::Gcp => format!("{scheme}://{host}/storage/v1/b/{bucket}/o"),
            Provider::Azure => format!("{scheme}://{host}/{bucket}"),
            Provider::Generic | Provider::Aws => {
                let name = host.split(':').next().unwrap_or_default();
                let by_host = is_amazon(name)
                    || name == "storage.googleapis.com"
                    || name.ends_with("aliyuncs.com");
                let host = match name {
                    "s3.amazonaws.com" if region != REGION => format!("s3.{region}.amazonaws.com"),
                    _ => host.clone(),
                };
                match by_host && !(self.is_encrypted() && bucket.contains('.')) {
                    true => format!("{scheme}://{bucket}.{host}"),
                    false => format!("{scheme}://{host}/{bucket}"),
                }
            }
        }
    }
}

/// The region that a host of Amazon's has in its name, `s3.eu-west-1.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let name = host.split_once("://").map_or(host, |(_, rest)| rest);
    let name = name.split(['/', ':']).next()?;
    let name = name.strip_suffix(".cn").unwrap_or(name).strip_suffix(".amazonaws.com")?;
    let name = ["s3-fips.dualstack.", "s3-fips.", "s3.dualstack.", "s3.", "s3-"]
        .iter()
        .find_map(|start| name.strip_prefix(start))?;
    let is_region = name.contains(|c: char| c.is_ascii_digit()) && !name.contains('.');
    Some(name).filter(|name| is_region && !name.starts_with("external"))
}

fn is_amazon(host: &str) -> bool {
    matches!(host, "s3.amazonaws.com" | "s3-external-1.amazonaws.com") || region_of(host).is_some()
}

/// Text of a URL: everything but the bytes that mean nothing there, and these, has a percent sign.
pub(crate) fn encoded(text: &str, plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte if plain.contains(&byte) => out.push(char::from(byte)),
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests;
