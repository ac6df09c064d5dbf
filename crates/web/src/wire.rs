//! What goes through the door: JSON, and behind it numbers that JSON would make long.
//!
//! ```text
//! request   u32 length of the JSON, the JSON, bytes
//! answer    u32 length of the JSON, the JSON with spaces up to a multiple of 4, the parts
//! ```
//!
//! Integers and floats are little-endian. A part of bytes ends with zeros up to a multiple of 4, so
//! that each part begins where a browser can look at it as floats.

use serde_json::{Map, Value, json};
use tensor::Tensor;

use crate::error::Error;

/// An array of an answer.
#[derive(Clone, Debug, PartialEq)]
enum Numbers {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

/// An answer: fields, and arrays by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    fields: Map<String, Value>,
    parts: Vec<(String, Vec<usize>, Numbers)>,
}

impl Answer {
    /// An answer with the fields of a JSON object.
    ///
    /// # Panics
    /// If it is no object.
    pub(crate) fn of(fields: Value) -> Self {
        let Value::Object(fields) = fields else { panic!("an answer has fields: {fields}") };
        Self { fields, parts: vec![] }
    }

    /// The same with further fields, those of a JSON object.
    ///
    /// # Panics
    /// If it is no object.
    pub(crate) fn and(mut self, fields: Value) -> Self {
        let Value::Object(fields) = fields else { panic!("an answer has fields: {fields}") };
        self.fields.extend(fields);
        self
    }

    /// The same with an array of bytes.
    pub(crate) fn with_bytes(mut self, name: &str, shape: &[usize], bytes: Vec<u8>) -> Self {
        self.parts.push((name.to_owned(), shape.to_vec(), Numbers::Bytes(bytes)));
        self
    }

    /// The same with the numbers of a tensor.
    pub(crate) fn with(mut self, name: &str, tensor: &Tensor) -> Self {
        self.parts.push((name.to_owned(), tensor.shape().to_vec(), Numbers::Floats(tensor.data().to_vec())));
        self
    }
}

/// The JSON of a request, and what is behind it.
///
/// # Errors
/// If the JSON is longer than the request.
pub(crate) fn parts_of(request: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let cut = || Error::Request("it is cut".to_owned());
    let (length, rest) = request.split_first_chunk::<4>().ok_or_else(cut)?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)
}

/// The floats of bytes.
///
/// # Errors
/// If they are no whole number of floats.
pub(crate) fn floats(bytes: &[u8]) -> Result<Vec<f32>, Error> {
    match bytes.as_chunks::<4>() {
        (words, []) => Ok(words.iter().map(|&word| f32::from_le_bytes(word)).collect()),
        _ => Err(Error::Request(format!("{} bytes are no whole number of floats", bytes.len()))),
    }
}

/// The bytes of an answer, or of a refusal.
pub(crate) fn bytes_of(answer: Result<Answer, Error>) -> Vec<u8> {
    let (json, parts) = match answer {
        Ok(Answer { fields, parts }) => {
            let list: Vec<Value> = parts
                .iter()
                .map(|(name, shape, numbers)| {
                    let kind = if matches!(numbers, Numbers::Bytes(_)) { "u8" } else { "f32" };
                    json!({"name": name, "type": kind, "shape": shape})
                })
                .collect();
            (json!({"ok": fields, "parts": list}), parts)
        }
        Err(error) => (json!({"refused": error.to_string()}), vec![]),
    };
    let mut json = json.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut bytes = (json.len() as u32).to_le_bytes().to_vec();
    bytes.extend(json);
    for (_, _, numbers) in parts {
        match numbers {
            Numbers::Bytes(part) => {
                let end = (bytes.len() + part.len()).next_multiple_of(4);
                bytes.extend(part);
                bytes.resize(end, 0);
            }
            Numbers::Floats(part) => bytes.extend(part.iter().flat_map(|x| x.to_le_bytes())),
        }
    }
    bytes
}
