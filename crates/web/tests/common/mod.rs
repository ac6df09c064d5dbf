//! A page's side of the wire: how requests are packed and answers unpacked, as `worker.js` does it.

use std::collections::BTreeMap;

use serde_json::Value;
use web::Engine;

/// An answer, unpacked.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The fields, or what was refused as a string.
    pub(crate) ok: Result<Value, String>,
    /// The arrays, bytes as floats too.
    pub(crate) parts: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Answer {
    /// The fields of an answer that was not refused.
    #[track_caller]
    pub(crate) fn fields(&self) -> &Value {
        self.ok.as_ref().unwrap()
    }

    /// An array of bytes.
    pub(crate) fn bytes(&self, part: &str) -> Vec<u8> {
        self.parts[part].1.iter().map(|&x| x as u8).collect()
    }
}

/// Asks, with bytes behind the JSON.
pub(crate) fn ask(engine: &mut Engine, json: &Value, bytes: &[u8]) -> Answer {
    let json = json.to_string();
    let mut request = (json.len() as u32).to_le_bytes().to_vec();
    request.extend(json.as_bytes());
    request.extend(bytes);
    let answer = engine.answer(&request);
    let length = u32::from_le_bytes(answer[..4].try_into().unwrap()) as usize;
    let json: Value = serde_json::from_slice(&answer[4..][..length]).unwrap();
    if let Some(reason) = json["refused"].as_str() {
        assert_eq!(4 + length, answer.len());
        return Answer { ok: Err(reason.to_owned()), parts: BTreeMap::new() };
    }
    let mut at = 4 + length;
    let mut parts = BTreeMap::new();
    for part in json["parts"].as_array().unwrap() {
        assert_eq!(0, at % 4, "a part begins where floats can");
        let shape: Vec<usize> =
            part["shape"].as_array().unwrap().iter().map(|x| x.as_u64().unwrap() as usize).collect();
        let count: usize = shape.iter().product();
        let numbers: Vec<f32> = match part["type"].as_str().unwrap() {
            "u8" => answer[at..][..count].iter().map(|&x| f32::from(x)).collect(),
            _ => answer[at..][..4 * count].chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect(),
        };
        at += if part["type"] == "u8" { count.next_multiple_of(4) } else { 4 * count };
        parts.insert(part["name"].as_str().unwrap().to_owned(), (shape, numbers));
    }
    assert_eq!(at, answer.len(), "nothing is left over");
    Answer { ok: Ok(json["ok"].clone()), parts }
}
