//! The names of one module: what it defines, what it imports, and which paths its code uses.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// One name that a `use` brings in.
#[derive(Debug)]
pub struct Import {
    /// The name in this module; `None` for a glob, `use path::*`.
    pub name: Option<String>,
    /// What it stands for.
    pub path: Vec<String>,
    /// Whether others see it: `pub use` and its kin.
    pub is_public: bool,
}

/// A module as its own text shows it.
#[derive(Debug, Default)]
pub struct Names {
    /// Items that it defines, those of macros included.
    pub items: BTreeSet<String>,
    /// Macros that it defines.
    pub macros: BTreeSet<String>,
    /// What its `use` items bring in, those inside of functions included.
    pub imports: Vec<Import>,
    /// Every path of its code.
    pub paths: BTreeSet<Vec<String>>,
    /// Paths of macro calls.
    pub calls: BTreeSet<Vec<String>>,
    /// Names of local variables, which hide functions.
    pub locals: BTreeSet<String>,
}

/// A module inside of another: its text, where it has one of its own, and else the file that `#[path]` gives.
pub struct Child {
    /// Its name.
    pub name: String,
    /// Its items, if they stand between braces.
    pub content: Option<Vec<syn::Item>>,
    /// The value of `#[path]`.
    pub path: Option<String>,
}

/// Names of a module, and the modules in it. A macro call among its items may declare modules: `is_module` says whether there is a
/// file for a word of the call.
pub fn read(items: Vec<syn::Item>, is_module: &dyn Fn(&str) -> bool) -> (Names, Vec<Child>) {
    let mut names = Names::default();
    let mut children = Vec::new();
    for item in items {
        match item {
            syn::Item::Mod(module) => children.push(Child {
                name: module.ident.to_string(),
                content: module.content.map(|(_, items)| items),
                path: module.attrs.iter().find_map(path_attribute),
            }),
            item => {
                if let syn::Item::Macro(call) = &item
                    && call.ident.is_none()
                {
                    let words = words(call.mac.tokens.clone()).into_iter().filter(|word| is_module(word));
                    children.extend(words.map(|name| Child { name, content: None, path: None }));
                }
                names.visit_item(&item);
            }
        }
    }
    (names, children)
}

fn words(tokens: TokenStream) -> BTreeSet<String> {
    let words = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(word) => BTreeSet::from([word.to_string()]),
        TokenTree::Group(group) => words(group.stream()),
        _ => BTreeSet::new(),
    });
    words.collect()
}

fn path_attribute(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("path").then(|| text.value())
}

impl Names {
    fn define(&mut self, name: &syn::Ident) {
        self.items.insert(name.to_string());
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String], is_public: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (name, path) = match tree {
            syn::UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, before, is_public));
            }
            syn::UseTree::Glob(_) => (None, before.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => (before.last().cloned(), before.to_vec()),
            syn::UseTree::Name(name) => (Some(name.ident.to_string()), with(&name.ident)),
            syn::UseTree::Rename(rename) if rename.ident == "self" => {
                (Some(rename.rename.to_string()), before.to_vec())
            }
            syn::UseTree::Rename(rename) => (Some(rename.rename.to_string()), with(&rename.ident)),
        };
        self.imports.push(Import { name, path, is_public });
    }

    /// Paths, definitions and macros among the tokens of a macro: its body, or what it is called with.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) => {
                    let after_dot = at > 0 && is_punct(&tokens[at - 1], '.');
                    let keyword = ident.to_string();
                    if let (true, Some(TokenTree::Ident(name))) =
                        (DEFINE.contains(&&*keyword), tokens.get(at + 1))
                    {
                        self.define(name);
                    }
                    let mut path = vec![keyword];
                    while let Some([a, b, TokenTree::Ident(next)]) = tokens.get(at + 1..at + 4)
                        && is_punct(a, ':')
                        && is_punct(b, ':')
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    let next = tokens.get(at + 1);
                    let is_called = matches!(next, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                    if next.is_some_and(|next| is_punct(next, '!')) {
                        if path == ["macro_rules"]
                            && let Some(TokenTree::Ident(name)) = tokens.get(at + 2)
                        {
                            self.macros.insert(name.to_string());
                        }
                        self.calls.insert(path);
                    } else if !after_dot
                        && (path.len() > 1 || is_called || path[0].starts_with(char::is_uppercase))
                    {
                        self.paths.insert(path);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

/// Keywords before the name of a definition.
const DEFINE: [&str; 8] = ["struct", "enum", "union", "fn", "type", "const", "static", "trait"];

fn is_punct(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Const(item) => self.define(&item.ident),
            syn::Item::Enum(item) => self.define(&item.ident),
            syn::Item::Fn(item) => self.define(&item.sig.ident),
            syn::Item::Static(item) => self.define(&item.ident),
            syn::Item::Struct(item) => self.define(&item.ident),
            syn::Item::Trait(item) => self.define(&item.ident),
            syn::Item::Type(item) => self.define(&item.ident),
            syn::Item::Union(item) => self.define(&item.ident),
            syn::Item::Macro(item) => {
                self.macros.extend(item.ident.as_ref().map(ToString::to_string));
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.insert(segments(path));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.calls.insert(segments(&call.path));
        self.scan(call.tokens.clone());
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.locals.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    /// Attributes hold no imports: what derives and helpers name is of other crates.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}
