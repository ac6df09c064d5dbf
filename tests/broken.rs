//! What comes from outside and cannot be: checkpoints that are broken in every way, and flags in hundreds of combinations.
//! One line that names the file or the flag, exit code 2, and never a panic.

use std::path::Path;
use std::process::Output;

use runs::checkpoint::Checkpoint;
use tensor::Tensor;
use tests::process::{assert_same, bits, dcgan, fails, quick, succeeds, text, under};
use tests::toy_set;

/// A safetensors file: its header as JSON, and the bytes behind it.
#[derive(Clone)]
struct File {
    header: serde_json::Value,
    data: Vec<u8>,
}

impl File {
    fn parse(bytes: &[u8]) -> Self {
        let (len, rest) = bytes.split_first_chunk::<8>().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*len) as usize);
        Self { header: serde_json::from_slice(header).unwrap(), data: data.to_vec() }
    }

    fn bytes(&self) -> Vec<u8> {
        with_header(self.header.to_string().as_bytes(), &self.data)
    }
}

fn with_header(header: &[u8], data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, data].concat()
}

/// Every broken file, what is wrong with it, and a part of what must be said.
fn broken_files(good: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let file = File::parse(good);
    let header_len = good.len() - file.data.len() - 8;
    let cut = |len: usize| good[..len].to_vec();
    let flipped = |byte: usize| {
        let mut bytes = good.to_vec();
        bytes[byte] ^= 0x10;
        bytes
    };
    let length = |len: u64| [&len.to_le_bytes(), &good[8..]].concat();
    let header = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut file = file.clone();
        change(&mut file.header);
        file.bytes()
    };
    let (bias, kernel) = ("generator/dense/bias", "generator/dense/kernel");
    let text = String::from_utf8(good[8..8 + header_len].to_vec()).unwrap();
    let twice = text.replacen(&format!("\"{bias}\""), &format!("\"{kernel}\""), 1);
    // With hashes that fit: a state that another program could have saved.
    let saved = |change: &dyn Fn(&mut Checkpoint)| {
        let mut checkpoint = Checkpoint::from_bytes(good).unwrap();
        change(&mut checkpoint);
        checkpoint.to_bytes()
    };
    vec![
        ("an empty file", vec![], "no whole safetensors"),
        ("seven bytes", cut(7), "no whole safetensors"),
        ("a length alone", cut(8), "no whole safetensors"),
        ("cut in its header", cut(8 + header_len / 2), "no whole safetensors"),
        ("cut behind its header", cut(8 + header_len), "no whole safetensors"),
        ("cut in its tensors", cut(good.len() / 2), "no whole safetensors"),
        ("a byte missing", cut(good.len() - 1), "no whole safetensors"),
        ("a byte too many", [good, b"x"].concat(), "no whole safetensors"),
        ("a bit flipped in the header", flipped(8 + header_len / 2), ""),
        ("a bit flipped in the first tensor", flipped(8 + header_len + 3), "SHA-256"),
        ("a bit flipped in the last tensor", flipped(good.len() - 1), "SHA-256"),
        ("a header of no bytes", length(0), "no whole safetensors"),
        ("a header of 2⁶³ bytes", length(1 << 63), "no whole safetensors"),
        ("a header of all bytes but one", length(good.len() as u64 - 9), "no whole safetensors"),
        ("a header longer than the file", length(good.len() as u64), "no whole safetensors"),
        ("a header that is no JSON", with_header(b"{\"a\": ", &file.data), "no whole safetensors"),
        ("a header that is no UTF-8", with_header(b"{\"\xff\xfe\": 1}", &file.data), "no whole safetensors"),
        ("a header that is a list", with_header(b"[1, 2]", &file.data), "no whole safetensors"),
        ("overlapping tensors", header(&|json| json[bias]["data_offsets"] = json[kernel]["data_offsets"].clone()), ""),
        ("a tensor outside of the file", header(&|json| json[bias]["data_offsets"] = [0, 1_u64 << 40].into()), ""),
        (
            "a tensor without a place",
            header(&|json| drop(json[bias].as_object_mut().unwrap().remove("data_offsets"))),
            "",
        ),
        ("a tensor without a name", header(&|json| drop(json.as_object_mut().unwrap().remove(bias))), ""),
        ("a shape too large", header(&|json| json[bias]["shape"] = [65].into()), ""),
        ("a shape that overflows", header(&|json| json[bias]["shape"] = [u64::MAX, u64::MAX].into()), ""),
        ("a tensor of integers", header(&|json| json[bias]["dtype"] = "I32".into()), "the type I32"),
        ("a tensor of halves", header(&|json| json[bias]["dtype"] = "F16".into()), ""),
        ("one name twice", with_header(twice.as_bytes(), &file.data), ""),
        (
            "no metadata",
            header(&|json| drop(json.as_object_mut().unwrap().remove("__metadata__"))),
            "no checkpoint of dcgan",
        ),
        (
            "other metadata",
            header(&|json| json["__metadata__"] = serde_json::json!({"dcgan": "{}"})),
            "metadata cannot be read",
        ),
        (
            "another version",
            with_header(text.replacen(r#"\"format\":2"#, r#"\"format\":3"#, 1).as_bytes(), &file.data),
            "the format 3",
        ),
        ("no tensors", saved(&|checkpoint| checkpoint.tensors.clear()), "it holds 0 numbers"),
        (
            "a tensor missing",
            saved(&|checkpoint| drop(checkpoint.tensors.remove(bias))),
            "generator/dense/bias is missing",
        ),
        (
            "a tensor too many",
            saved(&|checkpoint| drop(checkpoint.tensors.insert("x".into(), Tensor::scalar(1.0)))),
            "tensor x belongs to no part",
        ),
        (
            "a misshapen tensor",
            saved(&|checkpoint| drop(checkpoint.tensors.insert(bias.into(), Tensor::zeros(&[8, 8])))),
            "has the shape [8, 8], not [64]",
        ),
        (
            "a tensor that is not finite",
            saved(&|checkpoint| drop(checkpoint.tensors.insert(bias.into(), Tensor::new(&[64], vec![f32::NAN; 64])))),
            "generator/dense/bias is not finite",
        ),
        ("another model", saved(&|checkpoint| checkpoint.config.model.width = 8), ""),
        (
            "a model that no memory holds",
            saved(&|checkpoint| (checkpoint.config.model.width, checkpoint.config.model.size) = (4096, 256)),
            "it holds",
        ),
        ("no model", saved(&|checkpoint| checkpoint.config.model.size = 30), "describes no run"),
        ("a config of no run", saved(&|checkpoint| checkpoint.config.schedule.sample_columns = 0), "describes no run"),
        (
            "a learning rate of no run",
            saved(&|checkpoint| checkpoint.config.training.learning_rate = -1.0),
            "describes no run",
        ),
    ]
}

#[test]
fn a_broken_checkpoint_is_refused_in_a_line() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "2", "--out", "run"]), folder.path()));
    let before = bits(&folder.path().join("run"));
    let checkpoint = folder.path().join("run/checkpoint.safetensors");
    let good = std::fs::read(&checkpoint).unwrap();
    Checkpoint::from_bytes(&File::parse(&good).bytes()).expect("taken apart and put together, it is whole");

    for (what, bytes, part) in broken_files(&good) {
        std::fs::write(&checkpoint, &bytes).unwrap();
        let refused = |args: &[&str], part: &str| {
            let output = in_little_memory(args, folder.path());
            assert_eq!(Some(2), output.status.code(), "{what}: {output:?}");
            fails(&output, 2, &[part]);
        };
        let name = "run/checkpoint.safetensors: ";
        refused(&["generate", "run/checkpoint.safetensors", "--threads", "1"], name);
        refused(&["generate", "run/checkpoint.safetensors", "--threads", "1"], part);
        let part = if what == "a model that no memory holds" { "the networks of the config see" } else { part };
        refused(&["train-mnist", "--resume", "run", "--steps", "4", "--threads", "1"], part);
    }
    std::fs::write(&checkpoint, &good).unwrap();
    assert_same(&before, &bits(&folder.path().join("run")), "after all refusals");
    succeeds(&dcgan(&["train-mnist", "--resume", "run", "--steps", "4"], folder.path()));
}

/// Where a limit can be set, memory beyond 60 MB ends the program: a file of 100 kB does not make it ask for more.
fn in_little_memory(args: &[&str], folder: &Path) -> Output {
    if cfg!(not(target_os = "linux")) {
        return dcgan(args, folder);
    }
    under("ulimit -v 60000", args, folder)
}

/// A flag with a value, and whether a run can have it.
type Choice = (&'static [&'static str], bool);

const CHOICES: [&[Choice]; 15] = [
    &[
        (&[], true),
        (&["--batch-size", "1"], true),
        (&["--batch-size", "5"], true),
        (&["--batch-size", "12"], true),
        (&["--batch-size", "0"], false),
        (&["--batch-size", "13"], false),
        (&["--batch-size", "1000000000000"], false),
        (&["--batch-size", "many"], false),
    ],
    &[
        (&[], true),
        (&["--lr", "0.01"], true),
        (&["--lr", "1e-30"], true),
        (&["--lr", "nan"], false),
        (&["--lr", "inf"], false),
        (&["--lr", "-1"], false),
        (&["--lr", "0"], false),
        (&["--lr", "1e-400"], false),
    ],
    &[
        (&["--steps", "1"], true),
        (&["--steps", "2"], true),
        (&["--steps", "0"], false),
        (&["--steps", "-1"], false),
        (&["--steps", "1e3"], false),
    ],
    &[
        (&[], true),
        (&["--threads", "1"], true),
        (&["--threads", "3"], true),
        (&["--threads", "0"], false),
        (&["--threads", "1000000"], false),
        (&["--threads", ""], false),
    ],
    &[
        (&[], true),
        (&["--out", "new/deep"], true),
        (&["--out", "file"], false),
        (&["--out", "file/below"], false),
        (&["--out", "full"], false),
        (&["--out", ""], false),
        (&["--out", "/dev/null"], false),
    ],
    &[(&[], true), (&["--resume", "nothing"], false), (&["--resume", "full"], false), (&["--resume", "file"], false)],
    &[
        (&[], true),
        (&["--seed", "0"], true),
        (&["--seed", "9223372036854775807"], true),
        (&["--seed", "18446744073709551615"], false),
        (&["--seed", "-1"], false),
        (&["--seed", "0x10"], false),
    ],
    &[
        (&[], true),
        (&["--beta1", "0"], true),
        (&["--beta1", "1"], false),
        (&["--beta1", "NaN"], false),
        (&["--beta1", "-0.1"], false),
    ],
    &[
        (&[], true),
        (&["--dropout-keep", "1"], true),
        (&["--dropout-keep", "1e-3"], true),
        (&["--dropout-keep", "0"], false),
        (&["--dropout-keep", "1.01"], false),
        (&["--dropout-keep", "nan"], false),
    ],
    &[
        (&[], true),
        (&["--width", "8"], true),
        (&["--width", "0"], false),
        (&["--width", "6"], false),
        (&["--width", "1000000"], false),
    ],
    &[
        (&[], true),
        (&["--epochs", "1"], true),
        (&["--epochs", "9223372036854775807"], true),
        (&["--epochs", "0"], false),
        (&["--epochs", "9223372036854775808"], false),
    ],
    &[(&[], true), (&["--sample-every", "1"], true), (&["--sample-every", "0"], false)],
    &[(&[], true), (&["--checkpoint-every", "1"], true), (&["--checkpoint-every", "0"], false)],
    &[(&[], true), (&["--keep", "3"], true), (&["--keep", "9223372036854775807"], true), (&["--keep", "-1"], false)],
    &[
        (&[], true),
        (&["--sample-dropout"], true),
        (&["--recipe", "soup"], false),
        (&["--config", "file"], false),
        (&["--isa", "mmx"], false),
        (&["--data", "nowhere"], false),
        (&["again"], false),
    ],
];

#[test]
fn two_hundred_combinations_of_flags_run_or_are_refused_in_a_sentence() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("file"), "").unwrap();
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/something"), "").unwrap();
    let mut random = 1_u64;
    let (mut ran, mut refused) = (0, 0);
    for case in 0..200 {
        let mut args = vec!["train-mnist"];
        let mut legal = true;
        for choices in CHOICES {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Mostly legal ones: a single wrong flag is the rule, as it is with people.
            let allowed: Vec<&Choice> =
                choices.iter().filter(|(_, legal)| *legal || (random >> 40).is_multiple_of(10)).collect();
            let (flags, fits) = allowed[(random >> 44) as usize % allowed.len()];
            args.extend(*flags);
            legal &= fits;
        }
        for (flag, default) in [("--width", "4"), ("--batch-size", "4"), ("--data", set.path().to_str().unwrap())] {
            if !args.contains(&flag) {
                args.extend([flag, default]);
            }
        }
        let _ = std::fs::remove_dir_all(folder.path().join("new"));
        let output = dcgan(&args, folder.path());
        if legal {
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "case {case}, {args:?}: {}",
                text(&output.stderr)
            );
            ran += 1;
        } else {
            assert_eq!(Some(2), output.status.code(), "case {case}, {args:?}: {output:?}");
            fails(&output, 2, &[]);
            refused += 1;
        }
    }
    assert!(50 < ran && 50 < refused, "{ran} ran, {refused} were refused");
}

#[test]
fn a_config_for_other_images_is_refused() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "run"]), folder.path()));
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    for (own, other, seen) in [("size = 28", "size = 32", "32×32×1"), ("channels = 1", "channels = 3", "28×28×3")] {
        assert!(config.contains(own));
        std::fs::write(folder.path().join("other.toml"), config.replace(own, other)).unwrap();
        let output = dcgan(&quick(set.path(), &["--config", "other.toml", "--out", "new"]), folder.path());
        fails(&output, 2, &[set.path().to_str().unwrap(), "28×28×1", seen, "--data"]);
        assert!(!folder.path().join("new").exists());
    }
}

#[test]
fn what_out_names_by_mistake_stays() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--sample-every", "1", "--out", "run"]), folder.path()));
    std::fs::write(folder.path().join("run/photo.png"), "somebody's").unwrap();
    let before = bits(&folder.path().join("run"));
    for (command, file) in [
        (&["generate", "run"][..], "run/checkpoint.safetensors"),
        (&["generate", "run"], "run/config.toml"),
        (&["interpolate", "run"], "run/metrics.csv"),
        (&["film", "run"], "run/photo.png"),
        (&["reproduce", "run/samples/step-000001.png", "--checkpoint", "run"], "run/checkpoint.safetensors"),
    ] {
        let output = dcgan(&[command, &["--out", file]].concat(), folder.path());
        fails(&output, 2, &[file, "another file of that name"]);
    }
    assert_same(&before, &bits(&folder.path().join("run")), "after five slips");
    // A picture of our own is replaced.
    for _ in 0..2 {
        succeeds(&dcgan(&["generate", "run", "--out", "a.png"], folder.path()));
    }
}

#[test]
fn a_run_without_a_checkpoint_says_when_one_comes() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "1", "--out", "run"]), folder.path()));
    std::fs::remove_file(folder.path().join("run/checkpoint.safetensors")).unwrap();
    for command in ["generate", "evaluate", "interpolate"] {
        fails(&dcgan(&[command, "run"], folder.path()), 2, &["run: ", "no checkpoint yet", "--checkpoint-every"]);
    }
    fails(&dcgan(&["generate", "."], folder.path()), 2, &["there is no run in it"]);
    fails(&dcgan(&["generate", "nowhere"], folder.path()), 2, &["nowhere: "]);
}
