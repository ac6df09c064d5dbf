//! Networks out to ONNX and PyTorch, and back.
//!
//! `exchange/golden` has four small runs as PyTorch saved them, their ONNX models, and what ONNX
//! Runtime and PyTorch computed with them; `exchange/check.py --golden` made it.
//! `exchange/check.py` compares much more, and needs both.

#[path = "../crates/data/tests/mutate/mod.rs"]
mod mutate;

use std::collections::BTreeMap;
use std::path::Path;

use dcgan::models::{DropoutKeys, LATENT};
use nn::Mode;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use runs::loaded::Loaded;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use tensor::{Tape, Tensor};
use tests::process::{dcgan, fails, succeeds};
use tests::{Array, here, read_safetensors, toy_set};

const GOLDEN: [&str; 4] = ["mnist", "horses", "mlp", "classes"];

fn golden(name: &str) -> String {
    here(&format!("exchange/golden/{name}")).to_str().expect("UTF-8").to_owned()
}

/// A small run on a toy set, with flags of its own.
fn train(folder: &Path, set: &Path, name: &str, flags: &[&str]) {
    let common = ["train-mnist", "--data", set.to_str().unwrap(), "--batch-size", "4", "--steps", "2", "--out", name];
    succeeds(&dcgan(&[&common[..], flags].concat(), folder));
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap())).collect()
}

/// Images or logits `[n, c, h, w]` beside ours, `[n, h, w, c]`.
#[track_caller]
fn close(theirs: &Array, ours: &Tensor, what: &str) {
    let [n, c, h, w] = theirs.shape[..].try_into().unwrap_or([theirs.shape[0], theirs.shape[1], 1, 1]);
    assert_eq!(n * c * h * w, ours.data().len(), "{what}");
    let largest = theirs.largest().max(1.0);
    for (i, value) in theirs.values.iter().enumerate() {
        let [image, channel, pixel] = [i / (c * h * w), i / (h * w) % c, i % (h * w)];
        let found = f64::from(ours.data()[(image * h * w + pixel) * c + channel]);
        assert!((found - value).abs() <= 1e-5 * largest, "{what}: {found}, not {value}");
    }
}

fn nhwc(array: &Array) -> Tensor {
    let [n, c, h, w] = array.shape[..].try_into().unwrap();
    let values = array.to_f32();
    let pixel = |i: usize| (0..c).map(move |k| (i / (h * w) * c + k) * h * w + i % (h * w));
    let order = (0..n * h * w).flat_map(pixel);
    Tensor::new(&[n, h, w, c], order.map(|i| values[i]).collect::<Vec<f32>>())
}

/// The files are those that PyTorch saved, and the results those of the other programs.
#[test]
fn others_compute_the_same_images_and_logits() {
    let folder = tempfile::tempdir().unwrap();
    for name in GOLDEN {
        let said = succeeds(&dcgan(&["import", &golden(name), "--out", name], folder.path()));
        assert!(said.ends_with(&format!(" --resume {name}\n")), "their images come with the program: {said}");
        let Loaded { mut gan, .. } = Loaded::read(&folder.path().join(name)).unwrap();
        let results = read_safetensors(&here(&format!("exchange/golden/{name}/results.safetensors")));
        let z = Tensor::new(&results["z"].shape, results["z"].to_f32());
        let asked = |key: &str| {
            let classes = results.get(key).map_or_else(Vec::new, Array::to_f32);
            classes.into_iter().map(|class| class as usize).collect::<Vec<_>>()
        };
        let points = gan.ask(&asked("class"), z);
        let images = gan.sample(&points, &mut DropoutKeys::none());
        close(&results["onnx_images"], &images, name);
        close(&results["torch_images"], &images, name);
        let mut tape = Tape::new();
        let bound = gan.discriminator.parameters().bind(&mut tape, Mode::Frozen);
        let three = points.shape()[0];
        let _ = gan.ask(&asked("real_class"), Tensor::zeros(&[three, LATENT])); // it is D that is told
        let x = tape.constant(nhwc(&results["real"]));
        let logits = gan.discriminator.forward(&mut tape, &bound, x, &mut DropoutKeys::none());
        close(&results["onnx_logits"], &tape.value(logits), name);
        close(&results["torch_logits"], &tape.value(logits), name);
    }
}

#[test]
fn the_same_state_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for name in GOLDEN {
        let out = |what: &str| format!("{name}-{what}");
        succeeds(&dcgan(&["import", &golden(name), "--out", name], folder.path()));
        let expected = files(Path::new(&golden(name)));
        for network in ["generator", "discriminator"] {
            let file = format!("{name}-{network}.onnx");
            succeeds(&dcgan(&["export", name, "--onnx", &file, "--network", network], folder.path()));
            let found = std::fs::read(folder.path().join(file)).unwrap();
            assert!(found == expected[&format!("{network}.onnx")], "the {network} of {name} has other bytes");
        }
        succeeds(&dcgan(&["export", name, "--torch", &out("torch"), "--npy", &out("npy")], folder.path()));
        let found = files(&folder.path().join(out("torch")));
        for file in ["model.py", "config.toml"] {
            assert!(expected[file] == found[file], "{file} of {name} has other bytes");
        }
        let count = std::fs::read_dir(folder.path().join(out("npy"))).unwrap().count();
        let tensors = Loaded::read(&folder.path().join(name)).unwrap().checkpoint.tensors.len();
        assert_eq!(tensors + 1, count, "an array for each tensor, and the latent points");
    }
}

/// The golden runs were trained on the sets of the tree.
#[test]
fn a_model_says_what_its_data_allows() {
    for (name, licence) in [
        ("mnist", "CC BY-SA 3.0"),
        ("mlp", "CC BY-SA 3.0"),
        ("classes", "CC BY-SA 3.0"),
        ("horses", "CIFAR-10: none is stated"),
    ] {
        let model = std::fs::read(Path::new(&golden(name)).join("generator.onnx")).unwrap();
        let text = String::from_utf8_lossy(&model);
        for part in [licence, "checkpoint_sha256", "ChaCha with 8 rounds", "made_by", "architecture"] {
            assert!(text.contains(part), "{part:?} is not in {name}");
        }
    }
}

#[test]
fn out_and_in_and_out_again_gives_the_same_files() {
    let set = toy_set(12);
    let folder = tempfile::tempdir().unwrap();
    for (name, flags) in [
        ("dcgan", &["--width", "4"][..]),
        ("average", &["--width", "8", "--average", "0.9"]),
        ("mlp", &["--model", "mlp", "--width", "5"]),
        ("classes", &["--width", "4", "--conditional"]),
        ("deviation", &["--width", "4", "--batch-deviation", "--hinge", "--average-images", "40"]),
        ("both", &["--width", "4", "--conditional", "--batch-deviation", "--augment", "--top-k", "0.5"]),
    ] {
        train(folder.path(), set.path(), name, flags);
        let [first, back, second] = ["first", "back", "second"].map(|what| format!("{name}-{what}"));
        succeeds(&dcgan(&["export", name, "--torch", &first], folder.path()));
        let said = succeeds(&dcgan(&["import", &first, "--out", &back], folder.path()));
        let resume = format!("train-mnist --resume {back} --data DIR");
        assert!(said.contains("Adam starts anew") && said.contains(&resume), "{said}");
        succeeds(&dcgan(&["export", &back, "--torch", &second], folder.path()));
        let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        let [first, second] = [&first, &second].map(|name| files(&folder.path().join(name)));
        assert_eq!(names(&first), names(&second));
        assert_eq!(["average", "deviation"].contains(&name), first.contains_key("average.safetensors"));
        let module = String::from_utf8(first["model.py"].clone()).unwrap();
        assert_eq!(name == "average" || name == "deviation", module.contains("average = Generator()"), "{module}");
        assert_eq!(name == "classes" || name == "both", module.contains("F.one_hot(c, 6)"), "{module}");
        assert_eq!(name == "deviation", module.contains("F.relu(1 - d(real))"), "{module}");
        assert_eq!(name == "both", module.contains("with augment and top_k, too"), "{module}");
        assert!(first == second, "{name} came back changed");
        // What was exported is what was saved: all but Adam's moments.
        let read = |run: &str| Loaded::read(&folder.path().join(run)).unwrap().checkpoint.tensors;
        let returned = read(&back);
        for (name, tensor) in read(name) {
            let expected =
                if name.starts_with("adam_") { vec![0.0; tensor.data().len()] } else { tensor.data().to_vec() };
            assert_eq!(expected, returned[&name].data(), "{name}");
        }
    }
}

#[test]
fn a_discriminator_that_no_door_knows_is_refused_by_name() {
    let set = toy_set(12);
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), set.path(), "spectral", &["--width", "4", "--spectral-norm"]);
    for args in [
        &["export", "spectral", "--onnx", "model.onnx", "--network", "discriminator"][..],
        &["export", "spectral", "--torch", "torch"],
    ] {
        fails(&dcgan(args, folder.path()), 2, &["spectral/checkpoint.safetensors", "--spectral-norm"]);
    }
    succeeds(&dcgan(&["export", "spectral", "--onnx", "model.onnx", "--npy", "arrays"], folder.path()));
}

/// Classes are an input of both networks, and their names are in the file.
#[test]
fn a_model_of_a_conditional_run_names_its_classes() {
    let set = toy_set(12);
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), set.path(), "classes", &["--width", "4", "--conditional"]);
    train(folder.path(), set.path(), "plain", &["--width", "4"]);
    let text = |run: &str, network: &str| {
        let model = format!("{run}-{network}.onnx");
        succeeds(&dcgan(&["export", run, "--onnx", &model, "--network", network], folder.path()));
        String::from_utf8_lossy(&std::fs::read(folder.path().join(model)).unwrap()).into_owned()
    };
    for network in ["generator", "discriminator"] {
        let model = text("classes", network);
        assert!(model.contains("0, 1, 2, 3, 4, 5") && model.contains("class: the number of the class"), "{network}");
        assert!(!text("plain", network).contains("class"), "{network}");
    }
}

#[test]
fn what_came_back_generates_and_trains_on() {
    let set = toy_set(12);
    let data = set.path().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), set.path(), "run", &["--width", "4"]);
    succeeds(&dcgan(&["export", "run", "--torch", "torch"], folder.path()));
    succeeds(&dcgan(&["import", "torch", "--out", "back"], folder.path()));
    let picture = |run: &str| {
        succeeds(&dcgan(&["generate", run, "--out", "pictures.npy"], folder.path()));
        std::fs::read(folder.path().join("pictures.npy")).unwrap()
    };
    assert_eq!(picture("run"), picture("back"));
    let resumed = succeeds(&dcgan(&["train-mnist", "--resume", "back", "--data", data], folder.path()));
    assert!(resumed.contains("2 steps in"), "{resumed}");
    assert_ne!(picture("run"), picture("back"));
    fails(&dcgan(&["train-cifar", "--resume", "back", "--data", data], folder.path()), 2, &["use train-mnist"]);
}

/// A safetensors file with some of its tensors replaced, added, or left out (with no bytes).
fn edited(file: &[u8], edits: &[(&str, Dtype, &[usize], Vec<u8>)]) -> Vec<u8> {
    let parsed = SafeTensors::deserialize(file).unwrap();
    let mut tensors: BTreeMap<String, TensorView<'_>> =
        parsed.iter().map(|(name, view)| (name.to_owned(), view)).collect();
    for (name, dtype, shape, bytes) in edits {
        if bytes.is_empty() {
            tensors.remove(*name);
        } else {
            tensors.insert((*name).to_owned(), TensorView::new(*dtype, shape.to_vec(), bytes).unwrap());
        }
    }
    safetensors::serialize(tensors, None).unwrap()
}

#[test]
fn what_does_not_fit_is_refused_by_name_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let refused = |change: &dyn Fn(&Path), parts: &[&str]| {
        let _ = std::fs::remove_dir_all(&copy);
        std::fs::create_dir(&copy).unwrap();
        files(Path::new(&golden("mnist")))
            .iter()
            .for_each(|(name, file)| std::fs::write(copy.join(name), file).unwrap());
        change(&copy);
        fails(&dcgan(&["import", "copy", "--out", "run"], folder.path()), 2, parts);
        assert!(!folder.path().join("run").exists(), "a refusal leaves no run");
    };
    let edit = |name: &'static str, dtype: Dtype, shape: &'static [usize], bytes: Vec<u8>| {
        move |copy: &Path| {
            let path = copy.join("generator.safetensors");
            let file = std::fs::read(&path).unwrap();
            std::fs::write(path, edited(&file, &[(name, dtype, shape, bytes.clone())])).unwrap();
        }
    };
    let floats = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    refused(
        &edit("bn1.bias", Dtype::F32, &[], vec![]),
        &["generator.safetensors: the tensor bn1.bias is missing", "a DCGAN of width 4 for images of 28×28×1"],
    );
    refused(&edit("extra.bias", Dtype::F32, &[1], floats(&[1.0])), &["the tensor extra.bias belongs to no part"]);
    refused(
        &edit("bn1.bias", Dtype::F32, &[2, 2], floats(&[1.0; 4])),
        &["bn1.bias has the shape [2, 2], not [4]", "width 4"],
    );
    refused(&edit("bn1.bias", Dtype::F64, &[4], vec![0; 32]), &["bn1.bias has the type F64", "F32", ".float()"]);
    refused(&edit("bn1.bias", Dtype::F16, &[4], vec![0; 8]), &["bn1.bias has the type F16"]);
    refused(&edit("bn1.bias", Dtype::F32, &[4], floats(&[0.0, f32::NAN, 0.0, 0.0])), &["bn1.bias is not finite"]);
    refused(
        &edit("bn1.running_var", Dtype::F32, &[4], floats(&[1.0, -1.0, 1.0, 1.0])),
        &["bn1.running_var is a variance, and has a number below 0"],
    );
    let swap = |copy: &Path| {
        std::fs::copy(copy.join("generator.safetensors"), copy.join("discriminator.safetensors")).unwrap();
    };
    refused(&swap, &["discriminator.safetensors: the tensor conv2d_1.weight is missing"]);
    let with_config = |from: &'static str, to: &'static str| {
        move |copy: &Path| {
            let path = copy.join("config.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from));
            std::fs::write(path, text.replace(from, to)).unwrap();
        }
    };
    refused(
        &with_config("width = 4", "width = 8"),
        &["generator.safetensors: dense.weight has the shape [64, 100], not [128, 100]"],
    );
    refused(
        &with_config("width = 4", "width = 4096"),
        &["bytes of numbers, and the generator of the config has", "width 4096"],
    );
    refused(&with_config("width = 4", "width = 5"), &["config.toml: width must be a multiple of 4"]);
    refused(
        &with_config("size = 28\nchannels = 1\nwidth = 4", "size = 64\nchannels = 1\nwidth = 8"),
        &["bn4.weight is missing", "64×64×1"],
    );
    refused(&with_config("kind = \"dcgan\"", "kind = \"mlp\""), &["dense_1.weight is missing", "an MLP"]);
    let add_average = |copy: &Path| {
        std::fs::copy(copy.join("generator.safetensors"), copy.join("average.safetensors")).unwrap();
    };
    refused(&add_average, &["average.safetensors: config.toml has no setting average"]);
    for name in ["config.toml", "generator.safetensors", "discriminator.safetensors"] {
        let remove = |copy: &Path| std::fs::remove_file(copy.join(name)).unwrap();
        refused(&remove, &[name, "it is not there; import takes a folder that export --torch has made"]);
    }
    fails(&dcgan(&["import", "nowhere"], folder.path()), 2, &["nowhere: there is no such folder"]);
}

/// Every one of them is refused in one line, but those whose damage is a number: any number may be
/// a weight.
#[test]
fn two_hundred_damaged_files_end_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    let good = files(Path::new(&golden("mnist")));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut refusals = 0;
    let mut taken = 0;
    for i in 0.. {
        let damaged = ["generator.safetensors", "discriminator.safetensors", "config.toml"][i % 3];
        for (name, file) in &good {
            let mut file = file.clone();
            if name == damaged {
                mutate::mutate(&mut rng, &mut file);
            }
            std::fs::write(copy.join(name), file).unwrap();
        }
        let _ = std::fs::remove_dir_all(folder.path().join("run"));
        let output = dcgan(&["import", "copy", "--out", "run"], folder.path());
        if output.status.success() {
            taken += 1;
            let read = Loaded::read(&folder.path().join("run")).unwrap();
            assert!(read.checkpoint.tensors.values().all(nn::state_dict::is_finite), "number {i}");
        } else {
            fails(&output, 2, &[damaged]);
            refusals += 1;
        }
        if 200 <= refusals {
            break;
        }
    }
    assert!(taken < refusals, "{taken} of {} damaged files were taken", taken + refusals);
}

#[test]
fn nobody_elses_file_is_replaced() {
    let set = toy_set(12);
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), set.path(), "run", &["--width", "4"]);
    let export = |flags: &[&str]| dcgan(&[&["export", "run"][..], flags].concat(), folder.path());
    fails(&export(&[]), 2, &["nothing says what to write", "--onnx FILE, --torch DIR or --npy DIR"]);
    fails(&export(&["--network", "discriminator"]), 2, &["--onnx"]);
    std::fs::write(folder.path().join("photo.onnx"), "a photograph").unwrap();
    fails(&export(&["--onnx", "photo.onnx"]), 2, &["photo.onnx: there is another file of that name", "--onnx"]);
    fails(&export(&["--onnx", "model.pt"]), 2, &["model.pt: ", ".onnx"]);
    fails(&export(&["--onnx", "nowhere/model.onnx"]), 2, &["nowhere/model.onnx: cannot be written"]);
    succeeds(&export(&["--onnx", "model.onnx"]));
    succeeds(&export(&["--onnx", "model.onnx", "--network", "discriminator"])); // its own is replaced
    succeeds(&export(&["--torch", "torch"]));
    fails(&export(&["--torch", "torch"]), 2, &["torch: the folder is not empty; give --torch a new one"]);
    fails(&export(&["--npy", "torch"]), 2, &["torch: the folder is not empty; give --npy a new one"]);
    fails(&export(&["--npy", "photo.onnx"]), 2, &["photo.onnx: it is no folder"]);
    fails(&dcgan(&["import", "torch", "--out", "run"], folder.path()), 2, &["run: there is a run in it"]);
    fails(&dcgan(&["export", "nowhere", "--npy", "new"], folder.path()), 2, &["nowhere: "]);
    assert!(!folder.path().join("new").exists(), "a refusal leaves no folder");
}
