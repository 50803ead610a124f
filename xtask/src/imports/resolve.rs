//! Which file defines the item that a path leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::tree::{ModuleId, Tree};

/// What a path leads to.
#[derive(Clone, Copy)]
enum Found {
    Module(ModuleId),
    /// An item, in the module that defines it.
    Item(ModuleId),
}

/// What a name is wanted for: to go on with a path, or as its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Module,
    Item,
}

/// Looked up already on the way: `use` items may go round in circles themselves.
type Seen = BTreeSet<(ModuleId, String, Wanted)>;

/// Files and the names that they import from others: from, to, names.
pub type Edges = BTreeMap<(PathBuf, PathBuf), BTreeSet<String>>;

/// The imports between the files of a tree.
pub fn edges(tree: &Tree) -> Edges {
    let mut edges = Edges::new();
    let macros = macros(tree);
    for (id, module) in tree.modules.iter().enumerate() {
        let names = &module.names;
        // A `use` of a name that a module and an item have says nothing: the paths that begin with it do.
        let is_module = |path: &[String]| {
            matches!(tree.find(id, path, Wanted::Module, &mut Seen::new()), Some(Found::Module(_)))
        };
        let imports = names
            .imports
            .iter()
            .filter(|import| !import.is_public && import.name.is_some() && !is_module(&import.path));
        let local = |path: &[String]| {
            path.len() == 1 && names.locals.contains(&path[0]) && !path[0].starts_with(char::is_uppercase)
        };
        let paths = imports.map(|import| &import.path).chain(names.paths.iter().filter(|path| !local(path)));
        let found = paths.filter_map(|path| {
            let found = tree.find(id, path, Wanted::Item, &mut Seen::new());
            Some((path, tree.modules[found?.item()?].file.as_path()))
        });
        let called =
            names.calls.iter().filter_map(|path| match tree.find(id, path, Wanted::Item, &mut Seen::new()) {
                Some(Found::Item(found)) => Some((path, tree.modules[found].file.as_path())),
                _ => Some((path, *macros.get(&(module.root, path.last()?.as_str()))?)),
            });
        for (path, file) in found.chain(called) {
            if file != module.file {
                edges.entry((module.file.clone(), file.to_owned())).or_default().insert(item_of(path));
            }
        }
    }
    edges
}

/// The name that shows what a path is about: its first type, without the variant or function of it, and else its end.
fn item_of(path: &[String]) -> String {
    let types = path.iter().find(|name| name.starts_with(char::is_uppercase));
    types.or(path.last()).cloned().unwrap_or_default()
}

/// The files of macros, which are seen in the whole crate after their definition.
fn macros(tree: &Tree) -> BTreeMap<(ModuleId, &str), &Path> {
    let all = tree.modules.iter().flat_map(|module| {
        let file = module.file.as_path();
        module.names.macros.iter().map(move |name| ((module.root, name.as_str()), file))
    });
    all.collect()
}

impl Found {
    fn item(self) -> Option<ModuleId> {
        match self {
            Found::Item(module) => Some(module),
            Found::Module(_) => None,
        }
    }
}

impl Tree {
    /// Follows a path from a module. It ends at the first item: what comes after belongs to that.
    fn find(&self, from: ModuleId, path: &[String], wanted: Wanted, seen: &mut Seen) -> Option<Found> {
        let (first, mut rest) = path.split_first()?;
        let here = if rest.is_empty() { wanted } else { Wanted::Module };
        let mut at = match first.as_str() {
            "crate" => Found::Module(self.modules[from].root),
            "self" => Found::Module(from),
            "super" => Found::Module(self.modules[from].parent?),
            name => self
                .look_up(from, name, here, seen)
                .or_else(|| self.libraries.get(name).map(|root| Found::Module(*root)))?,
        };
        while let (Found::Module(module), Some((name, more))) = (at, rest.split_first()) {
            rest = more;
            let here = if rest.is_empty() { wanted } else { Wanted::Module };
            at = match name.as_str() {
                "super" => Found::Module(self.modules[module].parent?),
                "self" => at,
                // A name that only a macro knows is defined where it is looked for.
                name => self.look_up(module, name, here, seen).unwrap_or(Found::Item(module)),
            };
        }
        Some(at)
    }

    /// A name in a module: a module of its own, an item, an import, or what a glob brings.
    fn look_up(&self, module: ModuleId, name: &str, wanted: Wanted, seen: &mut Seen) -> Option<Found> {
        if !seen.insert((module, name.to_owned(), wanted)) {
            return None;
        }
        let (names, children) = (&self.modules[module].names, &self.modules[module].children);
        let child = children.get(name).map(|id| Found::Module(*id));
        let item = (names.items.contains(name) || names.macros.contains(name)).then_some(Found::Item(module));
        let own = match wanted {
            Wanted::Module => child.or(item),
            Wanted::Item => item.or(child),
        };
        // A module and a function may have one name: the import decides if only the module is here.
        if let Some(own) = own
            && (wanted == Wanted::Module || own.item().is_some())
        {
            return Some(own);
        }
        let named = names.imports.iter().filter(|import| import.name.as_deref() == Some(name));
        let mut found =
            named.filter_map(|import| self.find(module, &import.path, wanted, seen)).collect::<Vec<_>>();
        if found.is_empty() && own.is_none() {
            for glob in names.imports.iter().filter(|import| import.name.is_none()) {
                if let Some(Found::Module(of)) = self.find(module, &glob.path, Wanted::Module, seen) {
                    found.extend(self.look_up(of, name, wanted, seen));
                }
            }
        }
        let fits = |found: &&Found| found.item().is_some() == (wanted == Wanted::Item);
        found.iter().find(fits).or(found.first()).copied().or(own)
    }
}
