//! A mesh with a number at each node and at each link between two of them.

use crate::picture::{Picture, quoted};
use crate::ramp;

/// Pixels of a node's side, and from one node to the next.
const NODE: f64 = 84.0;
const PITCH: f64 = 148.0;
/// Pixels around the mesh; the title lies above, the legend below.
const MARGIN: f64 = 24.0;
const TITLE: f64 = 48.0;
const LEGEND: f64 = 76.0;
/// Half of the distance between the two links of a pair of nodes.
const APART: f64 = 11.0;
/// Pixels from a line of text to the next.
const LINE: f64 = 13.0;

/// Where a link leads from its node. Row 0 is above, as in device files: south is towards higher rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// To the next column.
    East,
    /// To the column before.
    West,
    /// To the next row.
    South,
    /// To the row before.
    North,
}

impl Side {
    /// All of them.
    pub const ALL: [Side; 4] = [Side::East, Side::West, Side::South, Side::North];

    /// Columns and rows to the neighbour.
    fn step(self) -> (f64, f64) {
        match self {
            Side::East => (1.0, 0.0),
            Side::West => (-1.0, 0.0),
            Side::South => (0.0, 1.0),
            Side::North => (0.0, -1.0),
        }
    }
}

/// What is drawn at a node or at a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// The place of its colour on the scale, 0 to 1; `None` draws an outline.
    pub share: Option<f64>,
    /// The text in a node, with several lines if it has line ends, or beside a link.
    pub label: String,
    /// What is shown where the pointer rests on it.
    pub title: String,
    /// What a script knows it by, as `data-key`; a node or link that has one can be chosen. None if empty.
    pub key: String,
}

impl Heat {
    /// Attributes of what can be chosen.
    fn attributes(&self) -> String {
        if self.key.is_empty() {
            return String::new();
        }
        let (key, label) = (quoted(&self.key), quoted(&self.title));
        format!(" data-key={key} tabindex=\"0\" role=\"button\" aria-label={label}")
    }
}

/// A mesh that is drawn as squares and arrows, coloured by a share.
///
/// ```
/// use spikemesh_plot::{Heat, MeshMap, Side};
///
/// let map = MeshMap { columns: 2, rows: 1, title: "Flits", links: "flits, 17 at most", nodes: "" };
/// let heat = |share, label: &str| Some(Heat { share: Some(share), label: label.to_owned(), ..Heat::default() });
/// let svg = map.draw(|_, _| Some(Heat::default()), |x, _, side| {
///     if (x, side) == (0, Side::East) { heat(1.0, "17") } else { None }
/// });
/// assert!(svg.starts_with("<svg") && svg.contains(">17</text>"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MeshMap<'a> {
    /// Nodes in a row.
    pub columns: u16,
    /// Nodes in a column.
    pub rows: u16,
    /// Stands above.
    pub title: &'a str,
    /// What the colours of links mean, for the legend; none if empty.
    pub links: &'a str,
    /// What the colours of nodes mean, for the legend; none if empty.
    pub nodes: &'a str,
}

impl MeshMap<'_> {
    /// The SVG: `node` gives what is at a column and row, `link` what is on the link from there to a side. Nothing is drawn for `None`.
    pub fn draw(
        &self,
        node: impl Fn(u16, u16) -> Option<Heat>,
        link: impl Fn(u16, u16, Side) -> Option<Heat>,
    ) -> String {
        let side = |nodes: u16| f64::from(nodes.max(1) - 1) * PITCH + NODE + 2.0 * MARGIN;
        let (width, height) = (side(self.columns).max(420.0), TITLE + side(self.rows) + LEGEND);
        let mut picture = Picture::new(width, height, self.title);
        let left = (width - side(self.columns)) / 2.0;
        let middle = |x: u16, y: u16| {
            let at = |index: u16| MARGIN + NODE / 2.0 + f64::from(index) * PITCH;
            (left + at(x), TITLE + at(y))
        };
        for (x, y) in (0..self.rows).flat_map(|y| (0..self.columns).map(move |x| (x, y))) {
            if let Some(heat) = node(x, y) {
                square(&mut picture, middle(x, y), &heat);
            }
            for side in Side::ALL.into_iter().filter(|&side| self.has_neighbour(x, y, side)) {
                if let Some(heat) = link(x, y, side) {
                    arrow(&mut picture, middle(x, y), side, &heat);
                }
            }
        }
        let legends = [("links", self.links), ("nodes", self.nodes)];
        let legends = legends.iter().filter(|(_, meaning)| !meaning.is_empty());
        for (row, (what, meaning)) in legends.enumerate() {
            let top = height - LEGEND + 8.0 + row as f64 * 30.0;
            legend(&mut picture, (left + MARGIN, top), &format!("{what}: {meaning}"));
        }
        picture.finish()
    }

    fn has_neighbour(&self, x: u16, y: u16, side: Side) -> bool {
        match side {
            Side::East => x + 1 < self.columns,
            Side::West => x > 0,
            Side::South => y + 1 < self.rows,
            Side::North => y > 0,
        }
    }
}

fn square(picture: &mut Picture, (x, y): (f64, f64), heat: &Heat) {
    let fill = heat.share.map_or_else(|| "white".to_owned(), ramp::colour);
    let (left, top) = (x - NODE / 2.0, y - NODE / 2.0);
    let path = format!("M{left:.1} {top:.1}h{NODE}v{NODE}h-{NODE}z");
    picture.path(&path, &format!("fill=\"{fill}\" stroke=\"grey\"{}", heat.attributes()), &heat.title);
    let ink = heat.share.map_or("black", ramp::ink);
    let lines: Vec<&str> = heat.label.lines().collect();
    let first = y + 4.0 - (lines.len().saturating_sub(1)) as f64 * LINE / 2.0;
    for (number, line) in lines.iter().enumerate() {
        let at = (x, first + number as f64 * LINE);
        picture.text(at, "middle", &format!("font-size=\"11\" fill=\"{ink}\""), line);
    }
}

/// The link from a node: of the two between neighbours, the one that keeps to the right of its way.
fn arrow(picture: &mut Picture, (x, y): (f64, f64), side: Side, heat: &Heat) {
    let (dx, dy) = side.step();
    let (right_x, right_y) = (-dy, dx);
    let along = |distance: f64, off: f64| {
        (x + dx * distance + right_x * (APART + off), y + dy * distance + right_y * (APART + off))
    };
    let (begin, neck, tip) = (NODE / 2.0 + 3.0, PITCH - NODE / 2.0 - 13.0, PITCH - NODE / 2.0 - 3.0);
    let corners = [
        along(begin, -3.0),
        along(neck, -3.0),
        along(neck, -7.0),
        along(tip, 0.0),
        along(neck, 7.0),
        along(neck, 3.0),
        along(begin, 3.0),
    ];
    let path: Vec<String> = corners.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let fill = heat.share.map_or_else(|| "white".to_owned(), ramp::colour);
    picture.path(
        &format!("M{}z", path.join("L")),
        &format!("fill=\"{fill}\" stroke=\"grey\" stroke-width=\"0.6\"{}", heat.attributes()),
        &heat.title,
    );
    if heat.label.is_empty() {
        return;
    }
    let (at_x, at_y) = along((begin + neck) / 2.0, 0.0);
    let (at, anchor) = match side {
        Side::East => ((at_x, at_y + 16.0), "middle"),
        Side::West => ((at_x, at_y - 9.0), "middle"),
        Side::South => ((at_x - 7.0, at_y), "end"),
        Side::North => ((at_x + 7.0, at_y), "start"),
    };
    picture.text(at, anchor, "font-size=\"10\"", &heat.label);
}

/// The scale from 0 to 1, and what it means.
fn legend(picture: &mut Picture, (x, y): (f64, f64), text: &str) {
    const CELLS: u8 = 20;
    const CELL: f64 = 6.0;
    for cell in 0..CELLS {
        let fill = ramp::colour(f64::from(cell) / f64::from(CELLS - 1));
        let left = x + f64::from(cell) * CELL;
        picture.path(&format!("M{left:.1} {y:.1}h{CELL}v12h-{CELL}z"), &format!("fill=\"{fill}\""), "");
    }
    picture.text((x + f64::from(CELLS) * CELL + 8.0, y + 10.0), "start", "", text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_and_every_link_inside_of_the_mesh_is_drawn_once() {
        let map = MeshMap { columns: 3, rows: 2, title: "a & b", links: "flits", nodes: "" };
        let svg = map.draw(
            |x, y| Some(Heat { share: Some(0.5), label: format!("{x},{y}\nnode"), ..Heat::default() }),
            |x, y, side| {
                Some(Heat { share: Some(1.0), title: format!("{x}_{y}.{side:?}"), ..Heat::default() })
            },
        );
        assert_eq!(svg.matches("<title>").count(), 2 * (2 * 2 + 3));
        assert_eq!(svg.matches(">node</text>").count(), 6);
        assert!(svg.contains("a &amp; b") && svg.contains("<title>0_0.East</title>"));
        assert!(!svg.contains("2_0.East") && !svg.contains("0_0.North") && !svg.contains("0_0.West"));
        assert!(svg.contains("links: flits") && !svg.contains("nodes:"));
    }

    #[test]
    fn what_has_a_key_can_be_chosen() {
        let map = MeshMap { columns: 1, rows: 1, title: "", links: "", nodes: "" };
        let heat =
            |key: &str| Heat { key: key.to_owned(), title: "a \"b\" & c".to_owned(), ..Heat::default() };
        let svg = |key: &str| map.draw(|_, _| Some(heat(key)), |_, _, _| None);
        let chosen =
            "data-key=\"node 0\" tabindex=\"0\" role=\"button\" aria-label=\"a &quot;b&quot; &amp; c\"";
        assert!(svg("node 0").contains(chosen));
        assert!(!svg("").contains("role="));
    }

    #[test]
    fn what_has_no_share_is_an_outline_and_what_is_none_is_not_there() {
        let map = MeshMap { columns: 1, rows: 1, title: "", links: "", nodes: "" };
        let count = |svg: String| svg.matches("<path").count();
        assert_eq!(count(map.draw(|_, _| None, |_, _, _| None)), 0);
        let outline = map.draw(|_, _| Some(Heat::default()), |_, _, _| Some(Heat::default()));
        assert_eq!(count(outline.clone()), 1);
        assert!(outline.contains("fill=\"white\" stroke"));
    }
}
