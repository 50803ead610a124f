//! Who sits where on a mesh, as text and as a picture.

use crate::plot::{Heat, MeshMap, Side};

/// The nodes of a mesh, row by row.
pub(crate) struct MeshSeats {
    /// Nodes in a row.
    pub columns: u16,
    /// Nodes in a column.
    pub rows: u16,
    /// Nodes.
    pub nodes: Vec<Node>,
}

/// A node.
pub(crate) struct Node {
    /// Its name.
    pub name: String,
    /// Who sits there.
    pub seats: Vec<Seat>,
    /// The place of its colour on the scale, 0 to 1.
    pub share: Option<f64>,
}

/// A unit and the layer that it computes.
#[derive(PartialEq)]
pub(crate) struct Seat {
    /// Its name at its node.
    pub unit: String,
    /// The layer; none of sources and sinks.
    pub layer: Option<String>,
}

impl Seat {
    /// A unit by its name, that of its node included or not.
    pub fn new(unit: &str, layer: Option<&str>) -> Seat {
        let unit = unit.rsplit('.').next().unwrap_or(unit).to_owned();
        Seat { unit, layer: layer.map(str::to_owned) }
    }

    fn text(&self) -> String {
        match &self.layer {
            Some(layer) => format!("{} {layer}", self.unit),
            None => self.unit.clone(),
        }
    }
}

/// What the pictures say.
pub(crate) struct Captions<'a> {
    pub title: &'a str,
    /// What the colours of links and of nodes mean; none if empty.
    pub links: &'a str,
    pub nodes: &'a str,
}

/// Columns of nodes that stand beside each other in a text.
const MOST_COLUMNS: usize = 6;
/// Characters of a cell of the text.
const CELL: usize = 20;
/// Characters of a line in a node of the picture, and lines.
const LINE: usize = 13;
const LINES: usize = 6;

impl MeshSeats {
    fn node(&self, x: usize, y: usize) -> Option<&Node> {
        self.nodes.get(y * usize::from(self.columns) + x)
    }

    /// The smallest part of the mesh that holds everybody, node by node; of a wide one a line for each node. Empty if nobody sits anywhere.
    pub fn text(&self) -> String {
        let width = usize::from(self.columns.max(1));
        let used: Vec<(usize, usize)> = (0..)
            .zip(&self.nodes)
            .filter(|(_, node)| !node.seats.is_empty())
            .map(|(index, _): (usize, _)| (index % width, index / width))
            .collect();
        let columns = used.iter().map(|(x, _)| x + 1).max().unwrap_or(0);
        let rows = used.iter().map(|(_, y)| y + 1).max().unwrap_or(0);
        let mut lines = Vec::new();
        if columns > MOST_COLUMNS {
            for node in self.nodes.iter().filter(|node| !node.seats.is_empty()) {
                let seats: Vec<String> = node.seats.iter().map(Seat::text).collect();
                lines.push(format!("{}  {}", node.name, seats.join(", ")));
            }
            return lines.join("\n");
        }
        for y in 0..rows {
            let nodes: Vec<&Node> = (0..columns).filter_map(|x| self.node(x, y)).collect();
            let height = nodes.iter().map(|node| node.seats.len()).max().unwrap_or(0);
            if y > 0 {
                lines.push(String::new());
            }
            let row = |text: &dyn Fn(&Node) -> String| {
                let cells = nodes.iter().map(|node| format!("{:CELL$}", shortened(&text(node), CELL - 2)));
                cells.collect::<String>().trim_end().to_owned()
            };
            lines.push(row(&|node| node.name.clone()));
            for seat in 0..height {
                lines.push(row(&|node| node.seats.get(seat).map(Seat::text).unwrap_or_default()));
            }
        }
        lines.join("\n")
    }

    /// As SVG; `link` gives what is on the link from a node to the next one, by their indices.
    pub fn picture(&self, captions: &Captions, link: impl Fn(usize, usize) -> Option<Heat>) -> String {
        let Captions { title, links, nodes } = *captions;
        let width = usize::from(self.columns);
        let index = |x: u16, y: u16| usize::from(y) * width + usize::from(x);
        MeshMap { columns: self.columns, rows: self.rows, title, links, nodes }.draw(
            |x, y| self.node(x.into(), y.into()).map(|node| heat(node, index(x, y))),
            |x, y, side| {
                let from = index(x, y);
                let to = match side {
                    Side::East => from + 1,
                    Side::West => from.checked_sub(1)?,
                    Side::South => from + width,
                    Side::North => from.checked_sub(width)?,
                };
                link(from, to)
            },
        )
    }
}

fn heat(node: &Node, index: usize) -> Heat {
    let Node { name, seats, share } = node;
    let mut lines: Vec<String> =
        seats.iter().map(|seat| shortened(seat.text().trim_start_matches("np"), LINE)).collect();
    if lines.len() > LINES {
        lines.truncate(LINES - 1);
        lines.push(format!("and {} more", seats.len() + 1 - LINES));
    }
    if lines.is_empty() {
        lines.push(name.clone());
    }
    let who: Vec<String> = seats.iter().map(Seat::text).collect();
    let title =
        if who.is_empty() { format!("{name}: nobody") } else { format!("{name}: {}", who.join(", ")) };
    Heat { share: *share, label: lines.join("\n"), title, key: format!("node {index}") }
}

/// A text of at most so many characters: its middle is left out, as names of layers often end with a number.
fn shortened(text: &str, most: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= most {
        return text.to_owned();
    }
    let end = most / 2;
    let begin = &chars[..most - 1 - end];
    begin.iter().chain(&['…']).chain(&chars[chars.len() - end..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mesh(columns: u16, used: &[usize]) -> MeshSeats {
        let node = |index: usize| Node {
            name: format!("n{}_{}", index % usize::from(columns), index / usize::from(columns)),
            seats: if used.contains(&index) {
                vec![Seat::new("n0_0.np1", Some("a_layer_with_a_long_name")), Seat::new("n0_0.sink0", None)]
            } else {
                Vec::new()
            },
            share: None,
        };
        MeshSeats { columns, rows: 2, nodes: (0..2 * usize::from(columns)).map(node).collect() }
    }

    #[test]
    fn the_text_holds_the_part_in_use() {
        assert_eq!(mesh(3, &[]).text(), "");
        assert_eq!(mesh(3, &[0]).text(), "n0_0\nnp1 a_la…long_name\nsink0");
        assert_eq!(
            mesh(3, &[1]).text(),
            "n0_0                n1_0\n                    np1 a_la…long_name\n                    sink0"
        );
        assert_eq!(
            mesh(9, &[8, 17]).text(),
            "n8_0  np1 a_layer_with_a_long_name, sink0\nn8_1  np1 a_layer_with_a_long_name, sink0"
        );
    }

    #[test]
    fn the_picture_names_everybody() {
        let captions = Captions { title: "mesh", links: "", nodes: "" };
        let svg = mesh(3, &[0]).picture(&captions, |from, to| {
            Some(Heat { title: format!("{from} to {to}"), ..Heat::default() })
        });
        assert!(svg.contains("n0_0: np1 a_layer_with_a_long_name, sink0") && svg.contains("n1_0: nobody"));
        for link in ["0 to 1", "1 to 0", "0 to 3", "3 to 0", "4 to 5"] {
            assert!(svg.contains(&format!("<title>{link}</title>")), "{link}");
        }
        assert!(!svg.contains("2 to 3"));
    }
}
