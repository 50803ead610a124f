//! Which cases of a manifest run: by name or tag, and a share of them.

use std::fmt;
use std::str::FromStr;

/// A choice of cases.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// A case that matches any of them is chosen; without any, every case is.
    pub filters: Vec<Filter>,
    /// The share of those that are chosen.
    pub shard: Option<Shard>,
}

/// A name with `*` and `?`, a part of a name, or a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `tag:NAME`.
    Tag(String),
    /// A whole name, in which `*` stands for any text and `?` for one character.
    Pattern(String),
    /// A part of a name.
    Part(String),
}

/// Every `of`th case: `2/3` is the second, the fifth and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    of: usize,
}

impl Selection {
    /// Whether a filter chooses a case.
    pub(super) fn matches(&self, name: &str, tags: &[String]) -> bool {
        let is_chosen = |filter: &Filter| match filter {
            Filter::Tag(tag) => tags.contains(tag),
            Filter::Pattern(pattern) => matches(pattern.as_bytes(), name.as_bytes()),
            Filter::Part(part) => name.contains(part),
        };
        self.filters.is_empty() || self.filters.iter().any(is_chosen)
    }

    /// Whether the case at this position of those that are chosen is in the share.
    pub(super) fn has(&self, position: usize) -> bool {
        self.shard.is_none_or(|Shard { index, of }| position % of == index - 1)
    }

    /// The filters as they were given.
    pub(super) fn filters(&self) -> String {
        self.filters.iter().map(|filter| format!("`{filter}`")).collect::<Vec<_>>().join(", ")
    }
}

/// Whether a name is what a pattern says. Time is the product of both lengths at most.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    // Behind the last `*`, and where it began in the name.
    let mut star = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, in_name));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match star {
                Some((behind, from)) => {
                    star = Some((behind, from + 1));
                    (at, in_name) = (behind, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Filter, String> {
        match text.strip_prefix("tag:") {
            _ if text.is_empty() => Err("a filter is a name, a part of it, or `tag:NAME`".to_owned()),
            Some(tag) => Ok(Filter::Tag(tag.to_owned())),
            None if text.contains(['*', '?']) => Ok(Filter::Pattern(text.to_owned())),
            None => Ok(Filter::Part(text.to_owned())),
        }
    }
}

impl Shard {
    /// The number of the share, from 1, and how many there are.
    pub fn parts(self) -> (usize, usize) {
        (self.index, self.of)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::Tag(tag) => write!(f, "tag:{tag}"),
            Filter::Pattern(text) | Filter::Part(text) => f.write_str(text),
        }
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Shard { index, of }),
            _ => Err(format!("`{text}` is no share: give i/n, such as 1/4 for the first of four")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parts_patterns_and_tags_choose() {
        let chosen = |filters: &[&str], name: &str, tags: &[&str]| {
            let filters = filters.iter().map(|filter| filter.parse().unwrap()).collect();
            let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
            Selection { filters, shard: None }.matches(name, &tags)
        };
        assert!(chosen(&[], "a", &[]));
        assert!(chosen(&["kws"], "net-kws[akd1000]", &[]) && !chosen(&["kws"], "net", &["kws"]));
        assert!(chosen(&["tag:slow"], "a", &["fast", "slow"]) && !chosen(&["tag:slow"], "slow", &["slower"]));
        assert!(chosen(&["net-*[*,all-nps]"], "net-1[akd1000,all-nps]", &[]));
        assert!(!chosen(&["net-?"], "net-12", &[]) && chosen(&["net-?"], "net-1", &[]));
        assert!(chosen(&["*a*b*"], "xxaxxaxb", &[]) && !chosen(&["*a*b"], "xxaxxbx", &[]));
        assert!(chosen(&["x", "tag:t"], "a", &["t"]));
    }

    #[test]
    fn shares_part_the_cases() {
        let shares: Vec<Selection> = (1..=3)
            .map(|index| Selection {
                filters: Vec::new(),
                shard: Some(format!("{index}/3").parse().unwrap()),
            })
            .collect();
        for position in 0..10 {
            assert_eq!(shares.iter().filter(|share| share.has(position)).count(), 1);
        }
        for wrong in ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
