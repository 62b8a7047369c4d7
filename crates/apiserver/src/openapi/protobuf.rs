//! Version 2 in protobuf, as `kubectl` asks for it: gnostic's `openapi.v2.Document`.
//!
//! Only what our documents have is written. A message is its fields one after the other: a number
//! with a wire type, then for text and messages the length and the bytes. The numbers are those of
//! gnostic's `OpenAPIv2.proto`.

use manifest::{Map, Node, json};

/// A document of version 2 as bytes.
pub(crate) fn encode(document: &Node) -> Vec<u8> {
    let mut message = Message::default();
    message.text(1, document.get("swagger"));
    if let Some(info) = document.get("info") {
        let mut of_info = Message::default();
        of_info.text(1, info.get("title"));
        of_info.text(2, info.get("version"));
        message.message(2, &of_info);
    }
    let mut paths = Message::default();
    for (name, item) in entries(document.get("paths")) {
        paths.named(2, name, &path(item));
    }
    message.message(8, &paths);
    let mut definitions = Message::default();
    for (name, definition) in entries(document.get("definitions")) {
        definitions.named(1, name, &schema(definition));
    }
    message.message(9, &definitions);
    message.bytes
}

/// A message that is being written.
#[derive(Default)]
struct Message {
    bytes: Vec<u8>,
}

const VARINT: u64 = 0;
const BYTES: u64 = 2;

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            // The low seven bits, and that more come.
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push((value & 0x7f) as u8);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u64, message: &Message) {
        self.bytes(field, &message.bytes);
    }

    fn string(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn text(&mut self, field: u64, node: Option<&Node>) {
        if let Some(text) = node.and_then(Node::as_str) {
            self.string(field, text);
        }
    }

    fn flag(&mut self, field: u64, node: Option<&Node>) {
        if node.and_then(Node::as_bool) == Some(true) {
            self.varint(field << 3 | VARINT);
            self.varint(1);
        }
    }

    /// A name and what it stands for: gnostic's form of a map's entry.
    fn named(&mut self, field: u64, name: &str, value: &Message) {
        let mut entry = Message::default();
        entry.string(1, name);
        entry.message(2, value);
        self.message(field, &entry);
    }

    /// Any value, as YAML; JSON is some.
    fn any(&mut self, field: u64, value: &Node) {
        self.message(field, &any(value));
    }

    /// What begins with `x-`.
    fn extensions(&mut self, field: u64, node: &Node) {
        for (name, value) in entries(Some(node)).filter(|(name, _)| name.starts_with("x-")) {
            self.named(field, name, &any(value));
        }
    }
}

fn any(value: &Node) -> Message {
    let mut yaml = String::new();
    json::write(value, json::Options::GO, &mut yaml);
    let mut any = Message::default();
    any.string(2, &yaml);
    any
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    let entries = node.and_then(Node::as_map).into_iter().flat_map(Map::iter);
    entries.map(|(key, value)| (key.as_str(), value))
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_list).unwrap_or_default()
}

fn schema(node: &Node) -> Message {
    let mut message = Message::default();
    message.text(1, node.get("$ref"));
    message.text(2, node.get("format"));
    message.text(4, node.get("description"));
    if let Some(default) = node.get("default") {
        message.any(5, default);
    }
    for required in items(node, "required").iter().filter_map(Node::as_str) {
        message.string(19, required);
    }
    for option in items(node, "enum") {
        message.any(20, option);
    }
    if let Some(values) = node.get("additionalProperties") {
        let mut either = Message::default();
        either.message(1, &schema(values));
        message.message(21, &either);
    }
    if let Some(of) = node.str_at(&["type"]) {
        let mut types = Message::default();
        types.string(1, of);
        message.message(22, &types);
    }
    if let Some(of_items) = node.get("items") {
        let mut list = Message::default();
        list.message(1, &schema(of_items));
        message.message(23, &list);
    }
    if node.get("properties").is_some() {
        let mut properties = Message::default();
        for (name, property) in entries(node.get("properties")) {
            properties.named(1, name, &schema(property));
        }
        message.message(25, &properties);
    }
    message.extensions(31, node);
    message
}

fn path(node: &Node) -> Message {
    let mut message = Message::default();
    for (field, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
        if let Some(of_method) = node.get(method) {
            message.message(field, &operation(of_method));
        }
    }
    for parameter in items(node, "parameters") {
        message.message(9, &of_parameter(parameter));
    }
    message
}

fn operation(node: &Node) -> Message {
    let mut message = Message::default();
    for parameter in items(node, "parameters") {
        message.message(8, &of_parameter(parameter));
    }
    let mut responses = Message::default();
    for (code, response) in entries(node.get("responses")) {
        let (mut one, mut either) = (Message::default(), Message::default());
        one.text(1, response.get("description"));
        either.message(1, &one);
        responses.named(1, code, &either);
    }
    message.message(9, &responses);
    message.extensions(13, node);
    message
}

/// A parameter in the three messages that say that it is one, not in a body, and where it stands.
fn of_parameter(node: &Node) -> Message {
    let is_path = node.str_at(&["in"]) == Some("path");
    // The fields after `name` are one apart, for a query has one more.
    let (kind, after) = if is_path { (4, 0) } else { (3, 1) };
    let mut message = Message::default();
    message.flag(1, node.get("required"));
    message.text(2, node.get("in"));
    message.text(4, node.get("name"));
    message.text(5 + after, node.get("type"));
    message.flag(19 + after, node.get("uniqueItems"));
    let (mut non_body, mut parameter, mut item) =
        (Message::default(), Message::default(), Message::default());
    non_body.message(kind, &message);
    parameter.message(2, &non_body);
    item.message(1, &parameter);
    item
}
