//! Rust text as tokens: names and marks, without comments and literals.

/// A name or a mark; `::` is one mark, a literal is the mark `"`.
pub fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        at = match (c, next) {
            ('/', Some('/')) => skip_line(&chars, at),
            ('/', Some('*')) => skip_block(&chars, at),
            ('"', _) => literal(&mut tokens, skip_string(&chars, at)),
            ('\'', _) => match char_end(&chars, at) {
                Some(end) => literal(&mut tokens, end),
                // A lifetime: the name after it is no path.
                None => skip_name(&chars, at + 1),
            },
            (':', Some(':')) => {
                tokens.push("::".to_owned());
                at + 2
            }
            _ if c.is_alphanumeric() || c == '_' => {
                let end = skip_name(&chars, at);
                let name: String = chars[at..end].iter().collect();
                match raw_string_end(&chars, &name, end) {
                    Some(end) => literal(&mut tokens, end),
                    None => {
                        tokens.push(name);
                        end
                    }
                }
            }
            _ if c.is_whitespace() => at + 1,
            _ => {
                tokens.push(c.to_string());
                at + 1
            }
        };
    }
    tokens
}

fn literal(tokens: &mut Vec<String>, end: usize) -> usize {
    tokens.push("\"".to_owned());
    end
}

fn skip_line(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|&c| c == '\n').map_or(chars.len(), |length| at + length)
}

/// Block comments nest.
fn skip_block(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

/// Behind the string whose quote is at `at`.
fn skip_string(chars: &[char], mut at: usize) -> usize {
    at += 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Behind a character literal; `None` for a lifetime.
fn char_end(chars: &[char], at: usize) -> Option<usize> {
    match (chars.get(at + 1)?, chars.get(at + 2)?) {
        ('\\', _) => chars[at + 3..].iter().position(|&c| c == '\'').map(|length| at + 4 + length),
        (_, '\'') => Some(at + 3),
        _ => None,
    }
}

fn skip_name(chars: &[char], at: usize) -> usize {
    let end = chars[at..].iter().position(|&c| !c.is_alphanumeric() && c != '_');
    end.map_or(chars.len(), |length| at + length)
}

/// Behind a raw string that begins with `name`, such as `r#"..."#`; `None` if it is none.
fn raw_string_end(chars: &[char], name: &str, at: usize) -> Option<usize> {
    if !matches!(name, "r" | "br" | "cr") {
        return None;
    }
    let hashes = chars[at..].iter().take_while(|&&c| c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return None;
    }
    let mut end = at + hashes + 1;
    while end < chars.len() {
        let closes = chars[end] == '"'
            && chars[end + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes;
        if closes {
            return Some(end + 1 + hashes);
        }
        end += 1;
    }
    Some(end)
}
