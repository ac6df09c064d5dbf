//! Operator cases from files: the engine applies an operator to the inputs and writes the results.
//!
//! A folder of cases has a `cases.json`, which names operators and attributes, and one safetensors
//! file per case with the inputs. The files hold the answers too, but this program does not read
//! them: another one compares. Layouts in the files are those of ONNX and PyTorch; `layout.rs`
//! converts.
//!
//! A case that the engine cannot express is skipped, and the missing feature is named.

mod cases;
mod layout;
mod operators;
mod outcome;

use std::collections::BTreeMap;
use std::path::Path;

use crate::progress::plural;
use cases::{Case, Inputs, Output};
use outcome::{Outcome, Refusal, skip};
use runs::Error;
use runs::atomic;

/// Runs the cases of the folder `cases` and writes the results to the folder `results`. Returns a
/// summary in one line.
///
/// # Errors
/// If the cases are malformed, or the results cannot be written.
///
/// # Panics
/// Never: the list of skipped cases is plain data.
pub fn run(cases: &Path, results: &Path) -> Result<String, Error> {
    let listed = cases::read(cases)?;
    std::fs::create_dir_all(results).map_err(|error| Error::file(results, format!("cannot be created: {error}")))?;
    let mut skipped = BTreeMap::new();
    for case in &listed {
        let path = cases.join(&case.file);
        match outputs(case, &path) {
            Ok(outputs) => cases::write(&results.join(&case.file), &outputs)?,
            Err(Refusal::Skip(feature)) => {
                skipped.insert(format!("{}/{}", case.suite, case.name), feature);
            }
            Err(Refusal::Malformed(reason)) => return Err(Error::file(&path, format!("{}: {reason}", case.name))),
        }
    }
    let json = serde_json::to_string_pretty(&skipped).expect("strings are plain data");
    atomic::write(&results.join("skipped.json"), json.as_bytes())?;
    let computed = plural((listed.len() - skipped.len()) as u64, "case");
    Ok(format!("{computed} computed, {} skipped; results in {}", skipped.len(), results.display()))
}

fn outputs(case: &Case, path: &Path) -> Outcome<Vec<Output>> {
    if let Some(reason) = &case.skip {
        return skip(reason);
    }
    let outputs = operators::run(case, &Inputs::read(path, &case.inputs)?)?;
    let missing = case.outputs.iter().find(|name| outputs.iter().all(|output| output.name != **name));
    match missing {
        Some(name) => skip(format!("the output {name} of {}", case.op)),
        None => Ok(outputs),
    }
}
