//! Single parts of a device that differ from its other parts of the kind: a slow link, a slow or a broken neural processor.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::constant::Constant;
use crate::network::{NodeCoord, PortKind};
use crate::scale::Scale;

/// Parts with constants of their own, by node: `(n1_0: (east: (delay: ..), np0: (disabled: ..)))`. Names are those of the
/// [`Floorplan`](crate::Floorplan).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides(pub BTreeMap<NodeCoord, NodeOverrides>);

/// The parts of a node with constants of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeOverrides {
    /// Links from its router to a neighbour's, by direction.
    pub links: BTreeMap<PortKind, LinkOverride>,
    /// Its neural processors, by local port.
    pub nps: BTreeMap<u16, NpOverride>,
}

/// What a link has of its own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkOverride {
    /// Cycles on the link, of its flits and of their credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Constant<u8>>,
}

/// What a neural processor has of its own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NpOverride {
    /// Clocks that its steps take, as a multiple: 2 is half as fast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_scale: Option<Constant<Scale>>,
    /// It computes nothing: mapping gives it no slice. Its router works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Constant<bool>>,
    /// Events that its output FIFO holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fifo_events: Option<Constant<u32>>,
}

/// A part of a node by its name there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Link(PortKind),
    Np(u16),
}

impl Part {
    /// The constants that a part may have of its own.
    pub(crate) fn fields(self) -> &'static [&'static str] {
        match self {
            Part::Link(_) => &["delay"],
            Part::Np(_) => &["clock_scale", "disabled", "fifo_events"],
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Link(side) => side.fmt(f),
            Part::Np(np) => write!(f, "np{np}"),
        }
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Part, String> {
        let np = text.strip_prefix("np").and_then(|number| number.parse().ok()).map(Part::Np);
        let part =
            np.or_else(|| PortKind::SIDES.into_iter().find(|side| side.to_string() == text).map(Part::Link));
        part.filter(|part| part.to_string() == text).ok_or_else(|| {
            format!("`{text}` is no part of a node: give a link, `east`, `west`, `south` or `north`, or a neural processor such as `np0`")
        })
    }
}

impl Overrides {
    /// True if no part differs.
    pub fn is_empty(&self) -> bool {
        let link = |link: &LinkOverride| *link == LinkOverride::default();
        let np = |np: &NpOverride| *np == NpOverride::default();
        self.0.values().all(|node| node.links.values().all(link) && node.nps.values().all(np))
    }

    /// What a neural processor at a node's local port has of its own.
    pub fn np(&self, node: NodeCoord, local: u16) -> Option<&NpOverride> {
        self.0.get(&node).and_then(|node| node.nps.get(&local))
    }

    /// Links with a delay of their own.
    pub fn link_delays(&self) -> impl Iterator<Item = (NodeCoord, PortKind, u8)> {
        let links = self
            .0
            .iter()
            .flat_map(|(&node, own)| own.links.iter().map(move |(&side, link)| (node, side, link)));
        links.filter_map(|(node, side, link)| link.delay.as_ref().map(|delay| (node, side, **delay)))
    }
}

/// As a structure whose fields are named by data.
impl Serialize for Overrides {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(node, own)| (node.to_string(), own)))
    }
}

impl Serialize for NodeOverrides {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.links.len() + self.nps.len()))?;
        for (&side, link) in &self.links {
            map.serialize_entry(&Part::Link(side).to_string(), link)?;
        }
        for (&np, own) in &self.nps {
            map.serialize_entry(&Part::Np(np).to_string(), own)?;
        }
        map.end()
    }
}

/// A structure whose fields are named by data, read field by field.
trait NamedFields: Default {
    const EXPECTED: &'static str;

    /// Reads the value of a field. True if it was there already.
    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error>;
}

impl NamedFields for Overrides {
    const EXPECTED: &'static str =
        "overrides by node, such as (n1_0: (east: (delay: (8, assumed, \"why\"))))";

    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        let node: NodeCoord = name.parse().map_err(de::Error::custom)?;
        Ok(self.0.insert(node, map.next_value()?).is_some())
    }
}

impl NamedFields for NodeOverrides {
    const EXPECTED: &'static str =
        "overrides of a node by part, such as (east: (delay: (8, assumed, \"why\")))";

    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        Ok(match name.parse().map_err(de::Error::custom)? {
            Part::Link(side) => self.links.insert(side, map.next_value()?).is_some(),
            Part::Np(np) => self.nps.insert(np, map.next_value()?).is_some(),
        })
    }
}

struct FieldsVisitor<T>(PhantomData<T>);

impl<'de, T: NamedFields> Visitor<'de> for FieldsVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut all = T::default();
        while let Some(name) = map.next_key::<String>()? {
            if all.read(&name, &mut map)? {
                return Err(de::Error::custom(format!("`{name}` is given twice")));
            }
        }
        Ok(all)
    }
}

impl<'de> Deserialize<'de> for Overrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Overrides, D::Error> {
        deserializer.deserialize_struct("Overrides", &[], FieldsVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for NodeOverrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<NodeOverrides, D::Error> {
        deserializer.deserialize_struct("NodeOverrides", &[], FieldsVisitor(PhantomData))
    }
}
