//! Text as a condition.

use super::node::{Arithmetic, Comparison, Node, Wrong};

/// Parentheses and signs inside each other.
const MAX_DEPTH: usize = 64;

/// Reads a condition.
///
/// # Errors
/// It breaks the grammar.
pub(super) fn parse(text: &str) -> Result<Node, Wrong> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let node = parser.condition()?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(node) } else { Err(parser.wrong("an operator or the end is expected")) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn wrong(&self, expected: &str) -> Wrong {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        (expected.to_owned(), self.at..self.at + length)
    }

    /// Takes a symbol if it comes next.
    fn take(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn condition(&mut self) -> Result<Node, Wrong> {
        let mut nodes = vec![self.all()?];
        while self.take("||") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, Wrong> {
        let mut nodes = vec![self.not()?];
        while self.take("&&") {
            nodes.push(self.not()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn not(&mut self) -> Result<Node, Wrong> {
        self.skip_space();
        if self.rest().starts_with("!=") || !self.take("!") {
            return self.comparison();
        }
        self.deeper(|parser| Ok(Node::Not(Box::new(parser.not()?))))
    }

    fn comparison(&mut self) -> Result<Node, Wrong> {
        let first = self.sum()?;
        let operators = [
            ("==", Comparison::Equal),
            ("!=", Comparison::Unequal),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        match operators.into_iter().find(|(symbol, _)| self.take(symbol)) {
            None => Ok(first),
            Some((_, operator)) => Ok(Node::Compare(operator, Box::new((first, self.sum()?)))),
        }
    }

    fn sum(&mut self) -> Result<Node, Wrong> {
        let mut node = self.product()?;
        let operators = [("+", Arithmetic::Add), ("-", Arithmetic::Subtract)];
        while let Some((_, operator)) = operators.into_iter().find(|(symbol, _)| self.take(symbol)) {
            node = Node::Arithmetic(operator, Box::new((node, self.product()?)));
        }
        Ok(node)
    }

    fn product(&mut self) -> Result<Node, Wrong> {
        let mut node = self.factor()?;
        let operators =
            [("*", Arithmetic::Multiply), ("/", Arithmetic::Divide), ("%", Arithmetic::Remainder)];
        while let Some((_, operator)) = operators.into_iter().find(|(symbol, _)| self.take(symbol)) {
            node = Node::Arithmetic(operator, Box::new((node, self.factor()?)));
        }
        Ok(node)
    }

    fn factor(&mut self) -> Result<Node, Wrong> {
        if self.take("-") {
            return self.deeper(|parser| Ok(Node::Negative(Box::new(parser.factor()?))));
        }
        if self.take("(") {
            return self.deeper(|parser| {
                let node = parser.condition()?;
                parser.end(")")?;
                Ok(node)
            });
        }
        self.skip_space();
        let begin = self.at;
        if let Some(quote) = self.rest().chars().next().filter(|quote| ['\'', '"'].contains(quote)) {
            let inside = &self.rest()[1..];
            let end = inside
                .find(quote)
                .ok_or_else(|| ("the text has no end".to_owned(), begin..self.text.len()))?;
            self.at = begin + end + 2;
            return Ok(Node::Text(inside[..end].to_owned(), begin..self.at));
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || "._[]".contains(c);
        let length = self.rest().find(|c| !is_part(c)).unwrap_or(self.rest().len());
        if length == 0 {
            return Err(self.wrong("a number, a text in quotation marks or the name of an axis is expected"));
        }
        let word = &self.rest()[..length];
        self.at += length;
        let place = begin..self.at;
        match (word.parse::<f64>(), word) {
            // A word such as `inf` or `nan` is a name.
            (Ok(number), _) if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                Ok(Node::Number(number, place))
            }
            (_, "min" | "max") if self.take("(") => self.deeper(|parser| {
                let mut nodes = vec![parser.sum()?];
                while parser.take(",") {
                    nodes.push(parser.sum()?);
                }
                parser.end(")")?;
                Ok(if word == "min" { Node::Least(nodes) } else { Node::Most(nodes) })
            }),
            _ => Ok(Node::Name(word.to_owned(), place)),
        }
    }

    fn end(&mut self, symbol: &str) -> Result<(), Wrong> {
        if self.take(symbol) { Ok(()) } else { Err(self.wrong(&format!("`{symbol}` is expected"))) }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Node, Wrong>) -> Result<Node, Wrong> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("fewer parentheses and signs inside each other are expected"));
        }
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }
}
