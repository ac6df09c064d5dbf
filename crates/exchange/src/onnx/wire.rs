//! Protocol Buffers, as far as an ONNX file is written with them: fields of four kinds.
//!
//! A message is a list of fields, each a key and a value. The key is the number of the field in
//! `onnx.proto` times eight, plus the kind of its value:
//!
//! ```text
//! 0   a number, seven bits to the byte, the lowest first; the eighth bit says that more follow
//! 2   bytes behind their length: a text, a message within
//! 5   four bytes: an f32, little-endian
//! ```
//!
//! By hand: field 3 with the number 300 is `18 ac 02`, since 3·8 + 0 = 24 and 300 = 2·128 + 44.
//!
//! The crate `prost` does this with a derive. It would add 5 processor seconds to the 113 of a
//! clean release build, most of them for a second version of `syn`; without the derive, its writer
//! is no public interface. And nothing is ever read here, which is what such a crate is best at.

/// A message, as it is in the file. Its fields are written in the order of their numbers, as other
/// programs write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The number `value` under `field`.
    pub(super) fn int(mut self, field: u64, value: i64) -> Self {
        self.varint(field << 3);
        self.varint(value.cast_unsigned());
        self
    }

    /// A number for each of `values`.
    pub(super) fn ints(self, field: u64, values: &[i64]) -> Self {
        values.iter().fold(self, |message, &value| message.int(field, value))
    }

    pub(super) fn float(mut self, field: u64, value: f32) -> Self {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    pub(super) fn message(self, field: u64, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    pub(super) fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while 0x80 <= value {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lesson's case, and those of the documentation of Protocol Buffers.
    #[test]
    fn by_hand() {
        assert_eq!([0x18, 0xac, 0x02], Message::new().int(3, 300).into_bytes()[..]);
        assert_eq!([0x08, 0x96, 0x01], Message::new().int(1, 150).into_bytes()[..]);
        assert_eq!(b"\x12\x07testing"[..], Message::new().text(2, "testing").into_bytes()[..]);
        let within = Message::new().int(1, 150);
        assert_eq!([0x1a, 0x03, 0x08, 0x96, 0x01], Message::new().message(3, &within).into_bytes()[..]);
        assert_eq!([0x0d, 0, 0, 0x80, 0x3f], Message::new().float(1, 1.0).into_bytes()[..]);
        let minus_one = [&[0x08][..], &[0xff; 9], &[0x01]].concat();
        assert_eq!(minus_one, Message::new().int(1, -1).into_bytes());
        assert_eq!([0x08, 0x01, 0x08, 0x00], Message::new().ints(1, &[1, 0]).into_bytes()[..]);
        assert_eq!([0xa2, 0x01, 0x00], Message::new().bytes(20, &[]).into_bytes()[..]);
    }
}
