//! One Rust source, as far as the rules need it.
//!
//! It is parsed as the compiler does it, so a rule about code never trips over a comment, a string
//! or a line break.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, LineColumn, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, Item, ItemImpl, ItemTrait, ItemUse, Signature};
use syn::{TraitItemFn, Type, UseTree};

use super::finding::Finding;
use super::tree::{File, Tree};

/// What the rules ask of a source.
#[derive(Default)]
pub(super) struct Source {
    pub path: String,
    /// All lines of the file.
    pub lines: usize,
    /// The text of the leading `//!` lines; empty when the file does not start with them.
    pub docs: Vec<String>,
    /// Lines of items under `#[cfg(test)]` or `#[test]`, the outermost ones.
    pub test_lines: Vec<RangeInclusive<usize>>,
    /// Functions outside of tests.
    pub functions: Vec<Function>,
    /// Modules that have a file of their own.
    pub modules: Vec<Module>,
    /// The code of each line without comments and literals, and spaces only between words
    /// (`let x=std::fs::read(p);`); a `use` has its full paths after it (`std::env std::fs`).
    pub code: Vec<String>,
    /// Why the parser gave up, and where.
    pub error: Option<(usize, String)>,
}

/// A function with a body.
pub(super) struct Function {
    /// With its type or trait: `Object::get`.
    pub name: String,
    pub line: usize,
    /// From the signature to the closing brace.
    pub lines: usize,
}

/// `mod name;`
pub(super) struct Module {
    /// With the inline modules around it: `outer/name`.
    pub name: String,
    pub test: bool,
}

/// A source that the parser does not understand: no other rule sees into it.
pub(super) fn unreadable(tree: &Tree) -> Vec<Finding> {
    let wrong = |source: &Source| {
        let (line, message) = source.error.as_ref()?;
        Some(Finding::new("unreadable", &source.path, *line, format!("does not parse: {message}")))
    };
    tree.sources.iter().filter_map(wrong).collect()
}

impl Source {
    pub(super) fn read(file: &File) -> Self {
        let docs = file.text.lines().map_while(|line| line.strip_prefix("//!"));
        let mut source = Self {
            path: file.path.clone(),
            lines: file.text.lines().count(),
            docs: docs.map(|line| line.trim().to_owned()).collect(),
            code: vec![String::new(); file.text.lines().count()],
            ..Self::default()
        };
        if let Err(error) = source.parse(&file.text) {
            source.error = Some((error.span().start().line, error.to_string()));
        }
        source
    }

    fn parse(&mut self, text: &str) -> syn::Result<()> {
        let tokens: TokenStream = text.parse()?;
        self.write_code(tokens.clone());
        let parsed: syn::File = syn::parse2(tokens)?;
        Reader { source: self, around: Vec::new(), modules: Vec::new(), in_test: false }
            .visit_file(&parsed);
        Ok(())
    }

    fn write_code(&mut self, tokens: TokenStream) {
        for token in tokens {
            let span = token.span();
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = brackets(group.delimiter());
                    self.write(group.span_open().start(), open);
                    self.write_code(group.stream());
                    self.write(group.span_close().start(), close);
                }
                TokenTree::Ident(word) => self.write_word(span.start(), &word.to_string()),
                TokenTree::Punct(mark) => {
                    self.write(span.start(), mark.as_char().encode_utf8(&mut [0; 4]));
                }
                TokenTree::Literal(_) => {}
            }
        }
    }

    fn write(&mut self, at: LineColumn, text: &str) {
        if let Some(line) = self.code.get_mut(at.line.saturating_sub(1)) {
            line.push_str(text);
        }
    }

    fn write_word(&mut self, at: LineColumn, word: &str) {
        if let Some(line) = self.code.get_mut(at.line.saturating_sub(1)) {
            if line.ends_with(is_word) {
                line.push(' ');
            }
            line.push_str(word);
        }
    }

    pub(super) fn is_test_line(&self, line: usize) -> bool {
        self.test_lines.iter().any(|range| range.contains(&line))
    }

    /// Lines (from 1) whose code has `phrase`, and not as a part of a longer name.
    pub(super) fn lines_with(&self, phrase: &str) -> impl Iterator<Item = usize> {
        let whole = move |code: &str, at: usize| {
            let (before, rest) = code.split_at(at);
            let after = rest.strip_prefix(phrase).unwrap_or_default();
            !(before.ends_with(is_word) && phrase.starts_with(is_word)
                || after.starts_with(is_word))
        };
        let has = move |code: &str| code.match_indices(phrase).any(|(at, _)| whole(code, at));
        (1..).zip(&self.code).filter(move |(_, code)| has(code)).map(|(line, _)| line)
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// Walks the items of one file, top down.
struct Reader<'a> {
    source: &'a mut Source,
    /// The impl, trait or function that we are in.
    around: Vec<String>,
    /// The inline modules that we are in.
    modules: Vec<String>,
    in_test: bool,
}

impl Reader<'_> {
    /// Notes the lines of test code, and walks on by `inner`.
    fn enter(
        &mut self,
        attributes: &[Attribute],
        node: &impl Spanned,
        inner: impl FnOnce(&mut Self),
    ) {
        let outer = self.in_test;
        if !outer && attributes.iter().any(marks_test) {
            self.in_test = true;
            let span = node.span();
            self.source.test_lines.push(span.start().line..=span.end().line);
        }
        inner(self);
        self.in_test = outer;
    }

    fn function(&mut self, signature: &Signature, body: &Block, inner: impl FnOnce(&mut Self)) {
        self.within(signature.ident.to_string(), |reader| {
            let line = signature.fn_token.span.start().line;
            let end = body.brace_token.span.close().end().line;
            let name = reader.around.join("::");
            if !reader.in_test {
                reader.source.functions.push(Function { name, line, lines: end + 1 - line });
            }
            inner(reader);
        });
    }

    fn within(&mut self, name: String, inner: impl FnOnce(&mut Self)) {
        self.around.push(name);
        inner(self);
        self.around.pop();
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        self.enter(attributes(item), item, |reader| visit::visit_item(reader, item));
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.modules.push(module.ident.to_string());
        if module.content.is_none() {
            let module = Module { name: self.modules.join("/"), test: self.in_test };
            self.source.modules.push(module);
        }
        visit::visit_item_mod(self, module);
        self.modules.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        flatten("", &item.tree, &mut |at, path| self.source.write(at, &format!(" {path}")));
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        self.within(type_name(&item.self_ty), |reader| visit::visit_item_impl(reader, item));
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.within(item.ident.to_string(), |reader| visit::visit_item_trait(reader, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block, |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.enter(&item.attrs, item, |reader| {
            let inner = |reader: &mut Self| visit::visit_impl_item_fn(reader, item);
            reader.function(&item.sig, &item.block, inner);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            let inner = |reader: &mut Self| visit::visit_trait_item_fn(reader, item);
            self.function(&item.sig, body, inner);
        }
    }
}

/// `#[test]`, or `#[cfg(..)]` that asks for `test` (alone or with others).
fn marks_test(attribute: &Attribute) -> bool {
    if attribute.path().is_ident("test") {
        return true;
    }
    let Ok(list) = attribute.meta.require_list() else { return false };
    let needs_test = |tokens: TokenStream| {
        tokens.into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "test"))
    };
    list.path.is_ident("cfg") && needs_test(all_of(list.tokens.clone()))
}

/// The conditions of `all(..)`, one level deep: `not(test)` and `any(test, ..)` are product code.
fn all_of(condition: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = condition.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(word), TokenTree::Group(group)] if word == "all" => group.stream(),
        _ => condition,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn type_name(name: &Type) -> String {
    match name {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Reference(reference) => Some(type_name(&reference.elem)),
        _ => None,
    }
    .unwrap_or_else(|| "_".to_owned())
}

/// Gives each path that a `use` imports, in full, and where its last name stands.
fn flatten(prefix: &str, tree: &UseTree, give: &mut impl FnMut(LineColumn, &str)) {
    match tree {
        UseTree::Path(path) => flatten(&format!("{prefix}{}::", path.ident), &path.tree, give),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(prefix, tree, give)),
        UseTree::Name(name) => give(name.span().start(), &format!("{prefix}{}", name.ident)),
        UseTree::Rename(name) => give(name.span().start(), &format!("{prefix}{}", name.ident)),
        UseTree::Glob(glob) => give(glob.span().start(), &format!("{prefix}*")),
    }
}

#[cfg(test)]
mod tests;
