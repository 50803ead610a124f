//! Patterns for names of scopes and signals.

/// Whether a pattern stands for a name: `*` for any characters but dots, `**` for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return (0..=name.len()).filter(|&at| name.is_char_boundary(at)).any(|at| matches(rest, &name[at..]));
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        let end = name.find('.').unwrap_or(name.len());
        return (0..=end).filter(|&at| name.is_char_boundary(at)).any(|at| matches(rest, &name[at..]));
    }
    let (mut pattern, mut name) = (pattern.chars(), name.chars());
    match (pattern.next(), name.next()) {
        (None, None) => true,
        (Some(wanted), Some(found)) if wanted == found => matches(pattern.as_str(), name.as_str()),
        _ => false,
    }
}

/// The ways in which a signal may be named: `chip.` may be left out, and a link is named as in reports, `n1_0.east`.
fn ways(name: &str) -> impl Iterator<Item = String> {
    let plain = name.strip_prefix("chip.").unwrap_or(name).to_owned();
    let link = plain.contains(".links.").then(|| plain.replacen(".links.", ".", 1));
    // A signal of a layer is that of any of its units.
    let parts: Vec<&str> = plain.split('.').collect();
    let layer = match parts.as_slice() {
        ["layers", layer, _, signal] => Some(format!("layers.{layer}.{signal}")),
        _ => None,
    };
    [Some(name.to_owned()), link, layer, Some(plain)].into_iter().flatten()
}

/// Whether a pattern stands for a signal.
pub(super) fn names_signal(pattern: &str, name: &str) -> bool {
    ways(name).any(|way| matches(pattern, &way))
}

/// Whether a pattern stands for a signal or for a scope that it is in.
pub(super) fn names_scope_of(pattern: &str, name: &str) -> bool {
    ways(name).any(|way| {
        let ends = way.match_indices('.').map(|(at, _)| at).chain([way.len()]);
        ends.into_iter().any(|end| matches(pattern, &way[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_parts_of_names() {
        for (pattern, name, expected) in [
            ("a.b", "a.b", true),
            ("a.*", "a.b", true),
            ("a.*", "a.b.c", false),
            ("a.**", "a.b.c", true),
            ("**.c", "a.b.c", true),
            ("n*_0.np?", "n1_0.np2", false),
            ("n*_0.np*", "n1_0.np2", true),
            ("", "", true),
            ("*", "", true),
            ("a", "b", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn scopes_stand_for_all_that_is_in_them() {
        let link = "chip.n1_0.links.east.valid";
        for pattern in ["chip", "n1_0", "n1_0.links", "n1_0.east", "n*.east", "*.links.*.valid", "**.valid"] {
            assert!(names_scope_of(pattern, link), "{pattern}");
        }
        for pattern in ["n1", "east", "n1_0.east.v", "layers"] {
            assert!(!names_scope_of(pattern, link), "{pattern}");
        }
        let unit = "chip.layers.sep_6.n4_1_np0.state";
        assert!(names_scope_of("layers.sep_6", unit) && names_scope_of("layers.sep_*.state", unit));
        assert!(names_signal("layers.sep_6.state", unit) && !names_signal("layers.sep_6", unit));
    }
}
