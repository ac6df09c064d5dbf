//! One token of a solution is changed: a sign, an index, a factor, a comparison. The check has to
//! refuse at least 19 of 20 such mutants of every exercise.
//!
//! All mutants are modules of one program, which is compiled with the libraries that `cargo test`
//! has made. Those that do not compile are left out, and so are those that are known to do the same
//! as the solution. To see the verdict on each: `cargo test --test one_token -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A solution with one change.
struct Mutant {
    exercise: String,
    /// `17: a + b → a - b`
    change: String,
    code: String,
    /// `exercises::checks::conv::check(conv)`
    check: String,
}

/// What a token becomes. Operators have their blanks, so types and references stay as they are.
const CHANGES: &[(&str, &str)] = &[
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " + "),
    (" / ", " * "),
    (" % ", " / "),
    (" += ", " = "),
    (" += ", " -= "),
    (" -= ", " += "),
    (" < ", " <= "),
    (" <= ", " < "),
    (" > ", " >= "),
    (" >= ", " > "),
    (" == ", " != "),
    (" != ", " == "),
    (" && ", " || "),
    (" || ", " && "),
    ("(-", "("),
    ("= -", "= "),
    (".0", ".1"),
    (".1", ".0"),
    (".max(", ".min("),
    (".min(", ".max("),
    (".abs()", ""),
    (".sqrt()", ""),
];

/// Mutants that do what the solution does: the exercise and the changed line.
const SAME: &[(&str, &str)] = &[
    // slope·0 is 0 too.
    ("04_leaky", "y.push(if 0.0 <= x { x } else { slope * x });"),
    // A header without pixels is refused later, since no extent is 0.
    ("15_idx", "if bytes.len() <= 16 {"),
    ("15_idx", "if bytes.len() < 17 {"),
    // Any sign will do that tells the sick logs from the healthy ones, and these are the same sign.
    ("17_doctor", "let mut in_a_row = 1;"),
    ("17_doctor", "in_a_row = if 0.7 < step.d_real && step.d_fake < 0.1 { in_a_row + 1 } else { 1 };"),
    ("17_doctor", "in_a_row = if 0.7 < step.d_real && step.d_fake <= 0.1 { in_a_row + 1 } else { 0 };"),
    ("17_doctor", "in_a_row = if 0.7 <= step.d_real && step.d_fake < 0.1 { in_a_row + 1 } else { 0 };"),
    ("17_doctor", "if PATIENCE < in_a_row {"),
    // What the buffers hold at first is overwritten before it is read, or never read.
    ("18_faster", "let mut c = vec![1.0; m * n];"),
    ("18_faster", "let mut b_row = [1.0; WIDTH];"),
    ("18_faster", "let mut a_column = [1.0; HEIGHT];"),
];

/// All mutants of a solution.
fn mutants(exercise: &str) -> Vec<Mutant> {
    let text = fs::read_to_string(format!("solutions/{exercise}.rs")).unwrap();
    let (code, test) = text.split_once("\nfn main() {}").expect("a solution has an empty main");
    let start = test.find("exercises::checks::").expect("a solution calls its check");
    let call = test[start..].split('\n').next().unwrap();
    let check = call.replace("super::", "").trim_end_matches(';').to_owned();
    let lines: Vec<&str> = code.lines().collect();
    let names = interchangeable(&lines);
    let mut mutants = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_code = !["//", "use ", "pub fn ", "fn ", "const ", "type "].iter().any(|no| line.trim().starts_with(no));
        if !is_code || line.contains('"') {
            continue;
        }
        for changed in changes(line, &names) {
            if SAME.contains(&(exercise, changed.trim())) {
                continue;
            }
            let mut code = lines.clone();
            code[at] = &changed;
            let change = format!("{}: {} → {}", at + 1, line.trim(), changed.trim());
            let code = code.join("\n").replace("\n//!", "\n//").replacen("//!", "//", 1);
            mutants.push(Mutant { exercise: exercise.to_owned(), change, code, check: check.clone() });
        }
    }
    mutants
}

/// The names that can be taken for each other: those of loops, those of parameters of one type, and
/// those of one list of extents.
fn interchangeable(lines: &[&str]) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines {
        let line = line.trim();
        if let Some((name, _)) = line.strip_prefix("for ").and_then(|rest| rest.split_once(" in ")) {
            groups.entry("for".to_owned()).or_default().insert(name.to_owned());
        }
        let parameters = if line.contains("fn ") { line } else { "" };
        for part in parameters.split([',', '(']).filter(|part| !part.contains(['[', ']']) || part.contains(": &[")) {
            if let Some((name, of_type)) = part.split_once(": ") {
                let of_type = of_type.split(')').next().unwrap();
                groups.entry(of_type.to_owned()).or_default().insert(name.trim().to_owned());
            }
        }
        let list = line.strip_prefix("let [").or_else(|| parameters.split_once('[').map(|(_, rest)| rest));
        if let Some((names, _)) = list.and_then(|list| list.split_once(']'))
            && names.contains(", ")
        {
            let group = groups.entry(names.to_owned()).or_default();
            group.extend(names.split(", ").filter(|name| *name != "_").map(str::to_owned));
        }
    }
    groups.into_values().map(|group| group.into_iter().collect()).collect()
}

/// The line with each of its tokens changed in turn.
fn changes(line: &str, groups: &[Vec<String>]) -> Vec<String> {
    let mut changed = Vec::new();
    let mut put = |start: usize, end: usize, token: &str| {
        changed.push(format!("{}{token}{}", &line[..start], &line[end..]));
    };
    let end_of_code = line.find("//").unwrap_or(line.len());
    for (from, to) in CHANGES {
        for (at, _) in line[..end_of_code].match_indices(from) {
            let is_field = !matches!(*from, ".0" | ".1") || !touches_a_digit(line, at, at + from.len());
            if is_field {
                put(at, at + from.len(), to);
            }
        }
    }
    for (at, _) in line[..end_of_code].match_indices(" } else { ") {
        if let (Some(start), Some(end)) = (line[..at].rfind("{ "), line[at + 10..].find(" }")) {
            let first = &line[start + 2..at];
            let second = &line[at + 10..at + 10 + end];
            put(start + 2, at + 10 + end, &format!("{second} }} else {{ {first}"));
        }
    }
    for (start, end) in words(&line[..end_of_code]) {
        let word = &line[start..end];
        if let Ok(number) = word.parse::<u32>() {
            let is_fraction = line[..start].ends_with('.') && touches_a_digit(line, start - 1, end);
            if !is_fraction && !line[..start].ends_with('.') {
                put(start, end, &(number + 1).to_string());
            }
        }
        let is_length = [".len()", ".data().len()", ".shape()"].iter().any(|length| line[end..].starts_with(length));
        for group in groups.iter().filter(|group| 1 < group.len() && !is_length) {
            if let Some(at) = group.iter().position(|name| name == word) {
                put(start, end, &group[(at + 1) % group.len()]);
            }
        }
    }
    changed.retain(|changed| changed != line);
    changed.sort();
    changed.dedup();
    changed
}

fn touches_a_digit(line: &str, start: usize, end: usize) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    is_digit(line[..start].chars().next_back()) || is_digit(line[end..].chars().next())
}

/// Where the words of a line begin and end.
fn words(line: &str) -> Vec<(usize, usize)> {
    let mut words: Vec<(usize, usize)> = Vec::new();
    for (at, c) in line.char_indices() {
        if !c.is_alphanumeric() && c != '_' {
            continue;
        }
        match words.last_mut() {
            Some((_, end)) if *end == at => *end = at + c.len_utf8(),
            _ => words.push((at, at + c.len_utf8())),
        }
    }
    words
}

/// The libraries of the dependencies, and of this crate, by name.
fn libraries() -> BTreeMap<String, PathBuf> {
    let build = ["test", "--no-run", "--bins", "--message-format=json", "--offline"];
    let output = Command::new(env!("CARGO")).args(build).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut libraries = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let files = message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for library in files.filter(|file| file.ends_with(".rlib")) {
            libraries.insert(message["target"]["name"].as_str().unwrap().to_owned(), library.into());
        }
    }
    libraries
}

/// Writes a program that judges all mutants, and compiles it. The files in which the compiler found
/// errors are returned instead, if there are any.
fn compile(
    mutants: &BTreeMap<usize, Mutant>,
    folder: &Path,
    libraries: &BTreeMap<String, PathBuf>,
) -> Result<PathBuf, BTreeSet<usize>> {
    let mut modules = String::new();
    let mut calls = String::new();
    for (number, Mutant { code, check, .. }) in mutants {
        let code = format!("{code}\npub fn check_mutant() -> Result<(), exercises::Mistake> {{ {check} }}\n");
        fs::write(folder.join(format!("mutant_{number}.rs")), code).unwrap();
        modules += &format!("mod mutant_{number};\n");
        calls += &format!("    judge({number}, mutant_{number}::check_mutant);\n");
    }
    let main = folder.join("main.rs");
    fs::write(&main, format!("{modules}\nfn main() {{\n{calls}}}\n{JUDGE}")).unwrap();
    let program = folder.join("mutants");
    let mut rustc = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()));
    rustc.args(["--edition=2024", "--cap-lints=allow", "--error-format=json", "-o"]).arg(&program).arg(&main);
    for name in ["exercises", "tensor", "nn", "data", "dcgan", "rayon"] {
        if let Some(library) = libraries.get(name) {
            rustc.arg("-L").arg(library.parent().unwrap()).arg("--extern").arg(format!("{name}={}", library.display()));
        }
    }
    let output = rustc.output().unwrap();
    if output.status.success() {
        return Ok(program);
    }
    let said = String::from_utf8(output.stderr).unwrap();
    let messages: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let spans = messages.iter().flat_map(|message| message["spans"].as_array().into_iter().flatten());
    let files = spans.filter_map(|span| Path::new(span["file_name"].as_str()?).file_stem()?.to_str());
    let wrong: BTreeSet<usize> = files.filter_map(|file| file.strip_prefix("mutant_")?.parse().ok()).collect();
    assert!(!wrong.is_empty(), "{said}");
    Err(wrong)
}

/// What the program does with a mutant. One that never ends counts as refused, and a panic that the
/// check did not catch is a mistake in the check.
const JUDGE: &str = r#"
fn judge(number: usize, check: fn() -> Result<(), exercises::Mistake>) {
    use std::sync::mpsc;
    use std::time::Duration;
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(check()));
    match receive.recv_timeout(Duration::from_secs(20)) {
        Ok(Ok(())) => println!("mutant {number}: passes"),
        Ok(Err(mistake)) => println!("mutant {number}: {}", mistake.explanation().unwrap_or("refused")),
        Err(mpsc::RecvTimeoutError::Timeout) => println!("mutant {number}: refused, it has not ended"),
        Err(mpsc::RecvTimeoutError::Disconnected) => println!("mutant {number}: the check panics"),
    }
}
"#;

#[test]
fn nineteen_of_twenty_mutants_are_refused() {
    let info: toml::Table = fs::read_to_string("info.toml").unwrap().parse().unwrap();
    let names = info["exercises"].as_array().unwrap().iter().map(|exercise| exercise["name"].as_str().unwrap());
    let mut all: BTreeMap<usize, Mutant> = names.flat_map(mutants).enumerate().collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&folder).unwrap();
    let libraries = libraries();
    let program = loop {
        match compile(&all, &folder, &libraries) {
            Ok(program) => break program,
            Err(wrong) => all.retain(|number, _| !wrong.contains(number)),
        }
    };
    let output = Command::new(program).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let verdicts: BTreeMap<usize, &str> = said
        .lines()
        .filter_map(|line| {
            let (number, verdict) = line.strip_prefix("mutant ")?.split_once(": ")?;
            Some((number.parse().ok()?, verdict))
        })
        .collect();
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (number, mutant) in &all {
        let verdict =
            verdicts.get(number).unwrap_or_else(|| panic!("no verdict: {}, {}", mutant.exercise, mutant.change));
        println!("{} {}\n    {verdict}", mutant.exercise, mutant.change);
        assert_ne!(*verdict, "the check panics", "{}, {}", mutant.exercise, mutant.change);
        let [made, survive, named] = counts.entry(&mutant.exercise).or_default();
        *made += 1;
        *survive += usize::from(*verdict == "passes");
        *named += usize::from(verdict.starts_with("This is what comes out"));
    }
    for (exercise, [made, survive, named]) in &counts {
        println!("{exercise}: {made} mutants, {survive} pass, {named} are named");
    }
    for (exercise, [made, survive, _]) in counts {
        // Exercises 16 and 17 have few operators.
        assert!(6 <= made, "{exercise} has {made} mutants");
        assert!(20 * survive <= made, "{exercise}: {survive} of {made} mutants pass; `--nocapture` shows which");
    }
}
