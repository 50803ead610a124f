//! Takes the values of a device, as it serialises, apart into lines.

use std::fmt::Write as _;

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::Error;

use crate::constant::{Basis, CONSTANT};
use crate::constant_line::ConstantLine;

/// A serialiser whose output is a line for each value, by its path. A device makes its lines thousands of times in a sweep: nothing is built in between.
pub struct LineCollector<'a> {
    /// Fields of the outermost structure that are passed over.
    left_out: &'a [&'a str],
    /// Of the value that is looked at.
    path: String,
    pub lines: Vec<ConstantLine>,
}

impl<'a> LineCollector<'a> {
    pub fn new(left_out: &'a [&'a str]) -> LineCollector<'a> {
        LineCollector { left_out, path: String::new(), lines: Vec::new() }
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        } else if self.left_out.contains(&name) {
            return Ok(());
        }
        self.path.push_str(name);
        value.serialize(&mut *self)?;
        self.path.truncate(length);
        Ok(())
    }

    fn line(&mut self, value: String, basis: Option<Basis>) {
        self.lines.push(ConstantLine { path: self.path.clone(), value, basis });
    }
}

/// A value as JSON writes it, a name without quotation marks.
fn text<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let text = serde_json::to_string(value)?;
    if text.starts_with('"') { serde_json::from_str(&text) } else { Ok(text) }
}

/// A structure, a map or a constant.
pub struct Fields<'c, 'a> {
    collector: &'c mut LineCollector<'a>,
    /// The key of the next value of a map.
    key: String,
    /// The value and the basis of a constant.
    constant: Option<(String, Option<Basis>)>,
}

impl SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        match (&mut self.constant, name) {
            (None, _) => self.collector.field(name, value)?,
            (Some((known, _)), "value") => *known = text(value)?,
            (Some((_, basis)), "basis") => *basis = Basis::named(&text(value)?),
            (Some(_), _) => {}
        }
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        if let Some((value, basis)) = self.constant {
            self.collector.line(value, basis);
        }
        Ok(())
    }
}

impl SerializeMap for Fields<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = text(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.collector.field(&self.key, value)
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

/// A list.
pub struct Items<'c, 'a> {
    collector: &'c mut LineCollector<'a>,
    next: usize,
}

impl SerializeSeq for Items<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let path = &mut self.collector.path;
        let length = path.len();
        let _ = write!(path, "[{}]", self.next);
        self.next += 1;
        value.serialize(&mut *self.collector)?;
        self.collector.path.truncate(length);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

/// Methods of a serialiser for values that become a line by themselves.
macro_rules! lines_of {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, value: $kind) -> Result<(), Error> {
            let value = text(&value)?;
            self.line(value, None);
            Ok(())
        })*
    };
}

impl<'c, 'a> Serializer for &'c mut LineCollector<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Items<'c, 'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Fields<'c, 'a>;
    type SerializeStruct = Fields<'c, 'a>;
    type SerializeStructVariant = Impossible<(), Error>;

    lines_of!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_str: &str
    );

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        Err(no_value("bytes"))
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.line("null".to_owned(), None);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.line(variant.to_owned(), None);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'c, 'a>, Error> {
        Ok(Items { collector: self, next: 0 })
    }

    fn serialize_tuple(self, _: usize) -> Result<Impossible<(), Error>, Error> {
        Err(no_value("tuple"))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Impossible<(), Error>, Error> {
        Err(no_value(name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Error>, Error> {
        Err(no_value(name))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'c, 'a>, Error> {
        Ok(Fields { collector: self, key: String::new(), constant: None })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields<'c, 'a>, Error> {
        let constant = (name == CONSTANT).then(|| (String::new(), None));
        Ok(Fields { collector: self, key: String::new(), constant })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Error>, Error> {
        Err(no_value(name))
    }
}

fn no_value(kind: &str) -> Error {
    ser::Error::custom(format!("a device has no {kind}"))
}
