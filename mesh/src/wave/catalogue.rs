//! All signals with their names: what a file of waves declares.

use super::signal::{Signal, SignalKind};

/// An item of a [`Catalogue`], in the order of a file's declarations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A scope begins inside the present one.
    Open(String),
    /// The present scope ends.
    Close,
    /// A name of a signal in the present scope. The first name of a signal declares it, others are aliases.
    Name {
        /// Its name.
        name: String,
        /// The signal.
        signal: Signal,
    },
}

/// Signals, and the scopes in which they have their names. A signal has one name or more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    kinds: Vec<SignalKind>,
    items: Vec<Item>,
}

impl Catalogue {
    /// Opens a scope inside the present one.
    pub(crate) fn open(&mut self, name: impl Into<String>) {
        self.items.push(Item::Open(name.into()));
    }

    /// Closes the present scope.
    pub(crate) fn close(&mut self) {
        self.items.push(Item::Close);
    }

    /// A new signal in the present scope.
    pub(crate) fn declare(&mut self, name: impl Into<String>, kind: SignalKind) -> Signal {
        let signal = Signal(self.kinds.len() as u32);
        self.kinds.push(kind);
        self.alias(name, signal);
        signal
    }

    /// Another name for a signal, in the present scope.
    pub(crate) fn alias(&mut self, name: impl Into<String>, signal: Signal) {
        self.items.push(Item::Name { name: name.into(), signal });
    }

    /// Scopes and names in order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Number of signals.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// What values a signal takes.
    pub fn kind(&self, signal: Signal) -> &SignalKind {
        &self.kinds[signal.index()]
    }

    /// Every whole name, such as `chip.n0_0.np1.state`, with its signal.
    pub fn names(&self) -> Vec<(String, Signal)> {
        let (mut scopes, mut names) = (Vec::new(), Vec::new());
        for item in &self.items {
            match item {
                Item::Open(name) => scopes.push(name.as_str()),
                Item::Close => {
                    scopes.pop();
                }
                Item::Name { name, signal } => names.push((format!("{}.{name}", scopes.join(".")), *signal)),
            }
        }
        names
    }

    /// The same signals, with the names of those alone that `keep` holds, and without scopes that are empty then.
    pub fn restricted(&self, keep: impl Fn(Signal) -> bool) -> Catalogue {
        let mut items: Vec<Item> = Vec::new();
        for item in &self.items {
            match item {
                Item::Name { signal, .. } if !keep(*signal) => {}
                Item::Close if matches!(items.last(), Some(Item::Open(_))) => {
                    items.pop();
                }
                item => items.push(item.clone()),
            }
        }
        Catalogue { kinds: self.kinds.clone(), items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_no_empty_scopes() {
        let mut all = Catalogue::default();
        all.open("chip");
        all.open("a");
        let a = all.declare("x", SignalKind::Bit);
        all.close();
        all.open("b");
        let b = all.declare("y", SignalKind::Bit);
        all.close();
        all.open("also");
        all.alias("x", a);
        all.close();
        all.close();
        let names = |catalogue: &Catalogue| -> Vec<String> {
            catalogue.names().into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&all), ["chip.a.x", "chip.b.y", "chip.also.x"]);
        assert_eq!(names(&all.restricted(|signal| signal == a)), ["chip.a.x", "chip.also.x"]);
        let only_b = all.restricted(|signal| signal == b);
        assert_eq!(names(&only_b), ["chip.b.y"]);
        assert_eq!(only_b.items().len(), 5);
        assert_eq!(all.restricted(|_| false).items(), []);
    }
}
