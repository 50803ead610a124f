//! A device as the text of a device file.

use std::fmt::{self, Display, Write as _};

use serde::ser::{
    self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};

use crate::device::Device;

impl Device {
    /// The text of a file that describes this device, with everything that was set in it: [`Device::parse`] gives the same device again.
    pub fn ron_text(&self) -> String {
        let mut text = RonText::default();
        // A device is numbers, names, and structures and lists of them: all of it is written.
        let _ = self.serialize(&mut text);
        text.text.push('\n');
        text.text
    }
}

/// The structure that stands as `(value, basis, "source")`.
const CONSTANT: &str = "Constant";
/// Spaces of a level.
const INDENT: usize = 4;

/// RON as device files have it: constants without the names of their fields, and structures whose fields are named by data as any other.
#[derive(Default)]
struct RonText {
    text: String,
    level: usize,
}

#[derive(Debug)]
struct Unwritten;

impl Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a device file has no such value")
    }
}

impl std::error::Error for Unwritten {}

impl ser::Error for Unwritten {
    fn custom<T: Display>(_: T) -> Unwritten {
        Unwritten
    }
}

impl RonText {
    fn put(&mut self, value: impl Display) -> Result<(), Unwritten> {
        write!(self.text, "{value}").map_err(|_| Unwritten)
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', INDENT * self.level));
    }

    fn open(&mut self, bracket: char, layout: Layout) -> Items<'_> {
        self.text.push(bracket);
        self.level += 1;
        Items { text: self, layout, count: 0, close: if bracket == '[' { ']' } else { ')' } }
    }
}

/// How the items of a bracket stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Behind one another, without names.
    Row,
    /// A line each.
    Lines,
}

/// The inside of a bracket.
struct Items<'a> {
    text: &'a mut RonText,
    layout: Layout,
    count: usize,
    close: char,
}

impl Items<'_> {
    fn item(&mut self, name: Option<&str>, value: &(impl Serialize + ?Sized)) -> Result<(), Unwritten> {
        match self.layout {
            Layout::Row if self.count > 0 => self.text.put(", ")?,
            Layout::Row => {}
            Layout::Lines => self.text.line(),
        }
        self.count += 1;
        if let Some(name) = name.filter(|_| self.layout == Layout::Lines) {
            self.text.put(format_args!("{name}: "))?;
        }
        value.serialize(&mut *self.text)?;
        if self.layout == Layout::Lines { self.text.put(',') } else { Ok(()) }
    }

    fn close(self) -> Result<(), Unwritten> {
        self.text.level -= 1;
        if self.layout == Layout::Lines && self.count > 0 {
            self.text.line();
        }
        self.text.put(self.close)
    }
}

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritten> {
        self.item(None, value)
    }

    fn end(self) -> Result<(), Unwritten> {
        self.close()
    }
}

impl SerializeTuple for Items<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritten> {
        self.item(None, value)
    }

    fn end(self) -> Result<(), Unwritten> {
        self.close()
    }
}

impl SerializeStruct for Items<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritten> {
        self.item(Some(name), value)
    }

    fn end(self) -> Result<(), Unwritten> {
        self.close()
    }
}

/// Fields that are named by data: names of nodes and of their parts.
impl SerializeMap for Items<'_> {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), Unwritten> {
        let mut name = RonText::default();
        key.serialize(&mut name)?;
        self.item(Some(name.text.trim_matches('"')), value)
    }

    fn end(self) -> Result<(), Unwritten> {
        self.close()
    }
}

macro_rules! numbers {
    ($($name:ident: $type:ty),*) => {
        $(fn $name(self, value: $type) -> Result<(), Unwritten> {
            self.put(value)
        })*
    };
}

impl<'a> Serializer for &'a mut RonText {
    type Ok = ();
    type Error = Unwritten;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Impossible<(), Unwritten>;
    type SerializeTupleVariant = Impossible<(), Unwritten>;
    type SerializeMap = Items<'a>;
    type SerializeStruct = Items<'a>;
    type SerializeStructVariant = Impossible<(), Unwritten>;

    numbers!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    numbers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);

    fn serialize_f32(self, value: f32) -> Result<(), Unwritten> {
        self.serialize_f64(value.into())
    }

    /// With a point or an exponent, and read back as the same number.
    fn serialize_f64(self, value: f64) -> Result<(), Unwritten> {
        self.put(format_args!("{value:?}"))
    }

    fn serialize_char(self, value: char) -> Result<(), Unwritten> {
        self.put(format_args!("{value:?}"))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unwritten> {
        self.put(format_args!("{value:?}"))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_none(self) -> Result<(), Unwritten> {
        self.put("None")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritten> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritten> {
        self.put("()")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritten> {
        self.put("()")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<(), Unwritten> {
        self.put(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unwritten> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Unwritten> {
        Err(Unwritten)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Unwritten> {
        Ok(self.open('[', Layout::Lines))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, Unwritten> {
        Ok(self.open('(', Layout::Row))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unwritten>, Unwritten> {
        Err(Unwritten)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unwritten>, Unwritten> {
        Err(Unwritten)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Items<'a>, Unwritten> {
        Ok(self.open('(', Layout::Lines))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Items<'a>, Unwritten> {
        Ok(self.open('(', if name == CONSTANT { Layout::Row } else { Layout::Lines }))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unwritten>, Unwritten> {
        Err(Unwritten)
    }
}
