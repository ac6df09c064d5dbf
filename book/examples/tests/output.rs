//! Each demonstration prints what `output` has recorded, and draws what it says.
//!
//! To record a changed output, from the root of the repository:
//!
//! ```text
//! cargo run -p book-examples --bin slope > book/examples/output/slope.txt
//! ```
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::Command;

use dcgan::picture::Picture;

/// The demonstrations, and where their programs are.
const PROGRAMS: [(&str, &str); 19] = [
    ("activations", env!("CARGO_BIN_EXE_activations")),
    ("checkerboard", env!("CARGO_BIN_EXE_checkerboard")),
    ("digits", env!("CARGO_BIN_EXE_digits")),
    ("elu", env!("CARGO_BIN_EXE_elu")),
    ("figures", env!("CARGO_BIN_EXE_figures")),
    ("first_step", env!("CARGO_BIN_EXE_first_step")),
    ("frechet2d", env!("CARGO_BIN_EXE_frechet2d")),
    ("fuzz_header", env!("CARGO_BIN_EXE_fuzz_header")),
    ("layout", env!("CARGO_BIN_EXE_layout")),
    ("neighbours", env!("CARGO_BIN_EXE_neighbours")),
    ("one_step", env!("CARGO_BIN_EXE_one_step")),
    ("overlap", env!("CARGO_BIN_EXE_overlap")),
    ("recycling", env!("CARGO_BIN_EXE_recycling")),
    ("resume", env!("CARGO_BIN_EXE_resume")),
    ("slope", env!("CARGO_BIN_EXE_slope")),
    ("threads", env!("CARGO_BIN_EXE_threads")),
    ("valley", env!("CARGO_BIN_EXE_valley")),
    ("verdict", env!("CARGO_BIN_EXE_verdict")),
    ("wish", env!("CARGO_BIN_EXE_wish")),
];

/// What a program prints.
fn printed(program: &str, args: &[&Path]) -> String {
    let output = Command::new(program).args(args).output().expect("it can be started");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

/// The text with every word of 16 hexadecimal digits masked: a hash of bits differs between C
/// libraries.
fn without_hashes(text: &str) -> String {
    let is_hash = |word: &str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    text.split_inclusive([' ', '\n']).map(|word| if is_hash(word.trim_end()) { "#\n" } else { word }).collect()
}

#[test]
fn each_program_prints_its_record() {
    let records = Path::new(env!("CARGO_MANIFEST_DIR")).join("output");
    for (name, program) in PROGRAMS {
        let record = records.join(format!("{name}.txt"));
        let recorded = std::fs::read_to_string(&record).unwrap_or_else(|error| panic!("{name}: {error}"));
        let printed = printed(program, &[]);
        assert_eq!(without_hashes(&recorded), without_hashes(&printed), "{name}: record it again if it is right");
    }
}

#[test]
fn each_record_has_a_program() {
    let records = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("output")).expect("it is there");
    let mut names: Vec<String> = records
        .map(|record| record.expect("it can be listed").path())
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(PROGRAMS.map(|(name, _)| name.to_owned()).to_vec(), names);
}

#[test]
fn the_threads_agree() {
    let printed = printed(env!("CARGO_BIN_EXE_threads"), &[]);
    let hashes: Vec<&str> = printed.lines().filter_map(|line| line.split_once(": ")).map(|(_, hash)| hash).collect();
    assert!(hashes.len() == 3 && hashes.iter().all(|hash| *hash == hashes[0]), "{printed}");
}

#[test]
fn pictures_are_written_where_the_argument_says() {
    let folder = std::env::temp_dir().join(format!("book-examples-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it can be made");
    for (program, shape) in [
        (env!("CARGO_BIN_EXE_layout"), [170, 340, 3]),
        (env!("CARGO_BIN_EXE_neighbours"), [108, 432, 1]),
        (env!("CARGO_BIN_EXE_verdict"), [180, 720, 1]),
    ] {
        let path = folder.join("figure.png");
        printed(program, &[&path]);
        let picture = Picture::from_png(&std::fs::read(&path).expect("it was written")).expect("it is a picture");
        assert_eq!(shape, picture.shape(), "{program}");
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
}
