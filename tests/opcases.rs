//! ONNX's operator cases: what the engine makes of them, and what it must not skip.
//!
//! A result passes if it is within ONNX's own tolerance, and, where the case has them, within the
//! bound `u·G·(4 + √K)` of the float64 answer (see `tensor::check`).

use std::path::Path;

use serde_json::Value;
use tests::{here, read_safetensors};

const UNIT_ROUNDOFF: f64 = 1.0 / 16_777_216.0;

/// Compares one case's results; an error names the output.
fn compare(case: &Value, expected: &Path, found: &Path) -> Result<(), String> {
    let tolerance = |name: &str| case["tol"][name].as_f64().expect("a tolerance");
    let (expected, found) = (read_safetensors(expected), read_safetensors(found));
    for name in case["outputs"].as_array().expect("a list").iter().map(|name| name.as_str().expect("a name")) {
        let (answer, result) =
            (&expected[&format!("out.{name}")], found.get(name).ok_or(format!("{name} is missing"))?);
        if (&answer.shape, answer.dtype) != (&result.shape, result.dtype) {
            return Err(format!("{name} is {:?} of {:?}", result.dtype, result.shape));
        }
        for (i, (result, answer)) in result.values.iter().zip(&answer.values).enumerate() {
            let (error, bound) = ((result - answer).abs(), tolerance("atol") + tolerance("rtol") * answer.abs());
            let same_nan = result.is_nan() && answer.is_nan();
            if !(same_nan || error <= bound) {
                return Err(format!("{name}[{i}] is {result}, not {answer}"));
            }
        }
        let (Some(exact), Some(gauge)) =
            (expected.get(&format!("out64.{name}")), expected.get(&format!("gauge.{name}")))
        else {
            continue;
        };
        for (i, ((result, exact), gauge)) in result.values.iter().zip(&exact.values).zip(&gauge.values).enumerate() {
            let (error, bound) = ((result - exact).abs(), UNIT_ROUNDOFF * gauge * (4.0 + tolerance("k").sqrt()));
            let within = error <= bound; // NaN is not
            if !within {
                return Err(format!("{name}[{i}] is {result}, {error:e} from {exact}; allowed {bound:e}"));
            }
        }
    }
    Ok(())
}

#[test]
fn onnx_agrees() {
    let (cases, results) = (here("opcases/onnx"), tempfile::tempdir().unwrap());
    cli::opcase::run(&cases, results.path()).unwrap();
    let parse = |path: &Path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
    let (list, skipped) = (parse(&cases.join("cases.json")), parse(&results.path().join("skipped.json")));
    let mut computed = 0;
    for case in list["cases"].as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap();
        let key = format!("{}/{}", text("suite"), text("name"));
        if let Some(reason) = skipped.get(&key) {
            assert_eq!(None, must_run(case), "{key} was skipped: {reason}");
            continue;
        }
        let file = text("file");
        if let Err(reason) = compare(case, &cases.join(file), &results.path().join(file)) {
            panic!("{key}: {reason}");
        }
        computed += 1;
    }
    assert_eq!(67, computed, "of {skipped}");
}

/// Why a case may not be skipped.
fn must_run(case: &Value) -> Option<&'static str> {
    let plain = case["attrs"]["groups"] == 1 && case["attrs"]["dilation"] == serde_json::json!([1, 1]);
    let op = case["op"].as_str().unwrap();
    match op {
        _ if !case["skip"].is_null() => None,
        "conv2d" | "conv_transpose2d" => plain.then_some("a plain convolution"),
        "matmul" => (case["name"] == "test_matmul_2d").then_some("a product of matrices"),
        "gemm" | "relu" | "leakyrelu" | "sigmoid" | "tanh" | "softplus" => Some("a basic operator"),
        "batchnorm_eval" | "batchnorm_train" => Some("batch norm"),
        "dropout" => Some("dropout whose mask is known"),
        _ => None,
    }
}

/// The comparison itself: a result that is off by one part in 500, missing, misshapen or NaN is caught.
#[test]
fn a_wrong_result_is_found() {
    use safetensors::{Dtype, tensor::TensorView};
    let file = here("opcases/onnx/onnx-node.test_relu.safetensors");
    let answer = &read_safetensors(&file)["out.y"];
    let case = serde_json::json!({"outputs": ["y"], "tol": {"rtol": 1e-3, "atol": 1e-7, "k": null}});
    let folder = tempfile::tempdir().unwrap();
    let judge = |name: &str, shape: &[usize], values: Vec<f32>| {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, shape.to_vec(), &bytes).unwrap();
        let path = folder.path().join("result");
        std::fs::write(&path, safetensors::serialize([(name, view)], None).unwrap()).unwrap();
        compare(&case, &file, &path)
    };
    let right = answer.to_f32();
    let spoilt = |spoil: &dyn Fn(f32) -> f32| {
        let mut values = right.clone();
        let positive = values.iter_mut().find(|x| 0.1 < **x).unwrap();
        *positive = spoil(*positive);
        values
    };
    assert_eq!(Ok(()), judge("y", &answer.shape, right.clone()));
    assert!(judge("y", &answer.shape, spoilt(&|x| x * 1.002)).is_err());
    assert!(judge("y", &answer.shape, spoilt(&|_| f32::NAN)).is_err());
    assert!(judge("z", &answer.shape, right.clone()).is_err());
    assert!(judge("y", &[right.len()], right.clone()).is_err());
}
