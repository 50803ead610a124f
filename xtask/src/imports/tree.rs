//! Every module of every target, read from the files that `mod` items lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::names::{self, Names};

/// Place of a module in [`Tree::modules`].
pub type ModuleId = usize;

/// Reads a file; `None` if there is none.
pub type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// One module.
pub struct Module {
    /// The file that its text stands in.
    pub file: PathBuf,
    /// The module around it.
    pub parent: Option<ModuleId>,
    /// The root of its target.
    pub root: ModuleId,
    /// Modules in it.
    pub children: BTreeMap<String, ModuleId>,
    /// What its text shows.
    pub names: Names,
}

/// The modules of a workspace.
#[derive(Default)]
pub struct Tree {
    /// All modules.
    pub modules: Vec<Module>,
    /// The root of each library, by the name that others import it by.
    pub libraries: BTreeMap<String, ModuleId>,
}

impl Tree {
    /// Adds a target with the file of its root; `library` is the name that others import it by.
    pub fn add(&mut self, root: &Path, library: Option<&str>, read: Read) -> Result<(), String> {
        let id = self.modules.len();
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        self.load(root.to_owned(), &folder, None, read)?;
        self.libraries.extend(library.map(|name| (name.to_owned(), id)));
        Ok(())
    }

    /// Loads a file as a module whose own modules are in `folder`.
    fn load(
        &mut self,
        file: PathBuf,
        folder: &Path,
        parent: Option<ModuleId>,
        read: Read,
    ) -> Result<ModuleId, String> {
        let text = read(&file).ok_or_else(|| format!("{}: cannot be read", file.display()))?;
        let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        self.enter(parsed.items, file, folder, parent, read)
    }

    fn enter(
        &mut self,
        items: Vec<syn::Item>,
        file: PathBuf,
        folder: &Path,
        parent: Option<ModuleId>,
        read: Read,
    ) -> Result<ModuleId, String> {
        let id = self.modules.len();
        let root = parent.map_or(id, |parent| self.modules[parent].root);
        let is_module = |name: &str| read(&folder.join(name).with_extension("rs")).is_some();
        let (names, children) = names::read(items, &is_module);
        self.modules.push(Module { file: file.clone(), parent, root, children: BTreeMap::new(), names });
        for child in children {
            let inner = folder.join(&child.name);
            let loaded = match (child.content, child.path) {
                (Some(items), _) => self.enter(items, file.clone(), &inner, Some(id), read)?,
                (None, Some(path)) => {
                    let path = plain(&file.parent().unwrap_or(Path::new("")).join(path));
                    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                    self.load(path, &folder, Some(id), read)?
                }
                (None, None) => self.load(inner.with_extension("rs"), &inner, Some(id), read)?,
            };
            self.modules[id].children.insert(child.name, loaded);
        }
        Ok(id)
    }
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        if part.as_os_str() != ".." || !out.pop() {
            out.push(part);
        }
    }
    out
}
