//! The files of operator cases: the list of cases, their inputs and outputs.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;
use serde_json::{Map, Value};
use tensor::Tensor;

use super::outcome::{Outcome, Refusal, malformed};
use runs::atomic;
use runs::{Error, input};

const FORMAT: &str = "opcase-1";

/// One case of `cases.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) suite: String,
    pub(crate) op: String,
    pub(crate) file: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
    pub(crate) attrs: Map<String, Value>,
    #[serde(default)]
    pub(crate) skip: Option<String>,
}

#[derive(Deserialize)]
struct List {
    format: String,
    cases: Vec<Case>,
}

/// The cases of a folder.
pub(crate) fn read(folder: &Path) -> Result<Vec<Case>, Error> {
    let path = folder.join("cases.json");
    let text = input::read_text(&path, input::MOST_LOG_BYTES)?;
    let list: List = serde_json::from_str(&text).map_err(|error| Error::file(&path, error))?;
    if list.format != FORMAT {
        return Err(Error::file(&path, format!("the format is {:?}; {FORMAT:?} is wanted", list.format)));
    }
    for case in &list.cases {
        let mut components = Path::new(&case.file).components();
        if !matches!((components.next(), components.next()), (Some(Component::Normal(_)), None)) {
            return Err(Error::file(
                &path,
                format!("{}: {:?} is no name of a file in the folder", case.name, case.file),
            ));
        }
    }
    Ok(list.cases)
}

impl Case {
    fn attr(&self, name: &str) -> Outcome<&Value> {
        self.attrs.get(name).map_or_else(|| malformed(format!("the attribute {name} is missing")), Ok)
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, name: &str) -> Outcome<T> {
        let value = self.attr(name)?;
        T::deserialize(value).map_err(|error| Refusal::Malformed(format!("the attribute {name} is {value}: {error}")))
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Outcome<f64> {
        self.parsed(name)
    }

    /// A truth value, written as such or as 0 and 1.
    pub(crate) fn flag(&self, name: &str) -> Outcome<bool> {
        match self.attr(name)? {
            Value::Bool(flag) => Ok(*flag),
            value => Ok(value.as_f64() == Some(1.0)),
        }
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Outcome<String> {
        self.parsed(name)
    }

    /// A whole number.
    pub(crate) fn count(&self, name: &str) -> Outcome<usize> {
        self.parsed(name)
    }

    /// Down and across.
    pub(crate) fn pair(&self, name: &str) -> Outcome<[usize; 2]> {
        self.parsed(name)
    }

    /// Before and after, down and across.
    pub(crate) fn pads(&self) -> Outcome<[(usize, usize); 2]> {
        self.parsed("pads")
    }
}

/// The inputs of a case by name.
#[derive(Debug)]
pub(crate) struct Inputs(BTreeMap<String, Tensor>);

impl Inputs {
    /// Reads the named tensors: numbers, or truth values as 0 and 1.
    pub(crate) fn read(path: &Path, names: &[String]) -> Outcome<Self> {
        let broken = |error: &dyn std::fmt::Display| Refusal::Malformed(error.to_string());
        let bytes = std::fs::read(path).map_err(|error| broken(&error))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| broken(&error))?;
        let read = |name: &String| {
            let view = file.tensor(name).map_err(|error| broken(&error))?;
            let numbers: Vec<f32> = match view.dtype() {
                Dtype::F32 => view.data().as_chunks::<4>().0.iter().map(|&word| f32::from_le_bytes(word)).collect(),
                Dtype::BOOL | Dtype::U8 => view.data().iter().map(|&byte| f32::from(u8::from(byte != 0))).collect(),
                other => return malformed(format!("the input {name} has the type {other:?}")),
            };
            Ok((name.clone(), Tensor::new(view.shape(), numbers)))
        };
        names.iter().map(read).collect::<Outcome<_>>().map(Self)
    }

    /// The input of that name.
    pub(crate) fn get(&self, name: &str) -> Outcome<Tensor> {
        self.optional(name).map_or_else(|| malformed(format!("the input {name} is missing")), Ok)
    }

    /// The input of that name, if the case has it.
    pub(crate) fn optional(&self, name: &str) -> Option<Tensor> {
        self.0.get(name).cloned()
    }
}

/// One result.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: &'static str,
    pub(crate) tensor: Tensor,
    dtype: Dtype,
}

impl Output {
    pub(crate) fn new(name: &'static str, tensor: Tensor) -> Self {
        Self { name, tensor, dtype: Dtype::F32 }
    }

    /// A mask that keeps everything: bytes of 1, which is how the suites store truth values.
    pub(crate) fn full_mask(name: &'static str, shape: &[usize]) -> Self {
        let ones = vec![1.0; shape.iter().product()];
        Self { name, tensor: Tensor::new(shape, ones), dtype: Dtype::U8 }
    }

    fn bytes(&self) -> Vec<u8> {
        match self.dtype {
            Dtype::U8 => self.tensor.data().iter().map(|&x| u8::from(x != 0.0)).collect(),
            _ => self.tensor.data().iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }
}

/// Writes the results of a case.
pub(crate) fn write(path: &Path, outputs: &[Output]) -> Result<(), Error> {
    let bytes: Vec<Vec<u8>> = outputs.iter().map(Output::bytes).collect();
    let views = outputs.iter().zip(&bytes).map(|(output, bytes)| {
        let view = TensorView::new(output.dtype, output.tensor.shape().to_vec(), bytes);
        (output.name, view.expect("the bytes are those of the shape"))
    });
    let file = safetensors::serialize(views, None).map_err(|error| Error::file(path, error))?;
    atomic::write(path, &file)
}
