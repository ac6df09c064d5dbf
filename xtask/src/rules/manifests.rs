//! Rules about what the repository is made of: its crates, its settings, the size of its files.

use crate::tree::Tree;

/// Each crate of ours and those that it may depend on. What is not listed is a promise.
const ARROWS: [(&str, &[&str]); 17] = [
    ("crates/tensor", &[]),
    ("crates/nn", &["tensor"]),
    ("crates/data", &[]),
    ("crates/dcgan", &["tensor", "nn", "data"]),
    ("crates/judge", &["tensor", "nn", "data"]),
    ("crates/runs", &["tensor", "nn", "data", "dcgan", "judge"]),
    ("crates/gallery", &["tensor", "nn", "data", "dcgan", "judge", "runs"]),
    ("crates/exchange", &["tensor", "nn", "dcgan"]),
    ("crates/museum", &["tensor", "nn", "data", "dcgan", "judge", "runs", "gallery"]),
    ("crates/ranks", &["tensor"]),
    (
        "crates/cli",
        &["tensor", "nn", "data", "dcgan", "judge", "runs", "gallery", "exchange", "museum", "play", "ranks"],
    ),
    ("crates/web", &["tensor", "nn", "data", "dcgan", "judge", "runs", "museum"]),
    ("crates/play", &["tensor", "nn", "data", "dcgan", "judge", "runs", "gallery", "museum", "web"]),
    ("crates/lexer", &[]),
    ("crates/book", &["lexer"]),
    ("xtask", &["lexer"]),
    ("book/examples", &["tensor", "nn", "data", "dcgan", "judge", "runs"]),
];

/// The folders of our crates.
pub(super) fn crates() -> impl Iterator<Item = &'static str> {
    ARROWS.iter().map(|(krate, _)| *krate)
}

/// The last part of a path, which is the crate's name.
fn name(krate: &str) -> &str {
    krate.trim_start_matches("crates/")
}

/// Whether the tree has its command line in a crate of its own, as every tree should; what a rule
/// forbids the other crates counts from then on.
pub(super) fn has_cli(tree: &Tree) -> bool {
    tree.has("crates/cli")
}

/// The largest file in git, in bytes; only `datasets` may hold larger ones.
const LARGEST_BYTES: u64 = 2 << 20;

pub(super) fn arrows_point_one_way(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let unknown = tree.files.iter().filter_map(|file| {
        let krate = file.path.strip_suffix("/Cargo.toml")?;
        let is_ours = name(krate) != krate && !name(krate).contains('/');
        (is_ours && !crates().any(|known| known == krate)).then(|| format!("{}: {krate} has no arrows yet", file.path))
    });
    complaints.extend(unknown);
    for (krate, allowed) in ARROWS {
        let path = format!("{krate}/Cargo.toml");
        let Some(manifest) = tree.file(&path) else {
            continue;
        };
        let mut section = "";
        for (at, line) in manifest.text.lines().map(str::trim).enumerate() {
            if line.starts_with('[') {
                section = line;
            }
            if !section.contains("dependencies") || section.contains("dev-dependencies") {
                continue;
            }
            // Either `[dependencies]` and `name.workspace = true`, or all in `[dependencies.name]`.
            let entry = line.strip_prefix("[dependencies.").unwrap_or(line);
            let named = entry.split(['.', ' ', '=', ']']).next().unwrap_or_default();
            if crates().any(|ours| name(ours) == named) && !allowed.contains(&named) {
                complaints.push(format!("{path}:{}: {krate} must not depend on `{named}`", at + 1));
            }
        }
    }
    complaints
}

/// Instruction sets are chosen at run time: one binary runs everywhere.
pub(super) fn name_no_target_cpu(tree: &Tree) -> Vec<String> {
    let is_setting = |path: &str| {
        let ends = [".toml", ".yml", ".yaml", ".sh", "build.rs"].iter().any(|end| path.ends_with(end));
        ends || [".cargo/", ".ci/", ".github/"].iter().any(|start| path.starts_with(start))
    };
    let mut complaints = Vec::new();
    for file in tree.files.iter().filter(|file| is_setting(&file.path)) {
        for (at, line) in file.text.lines().enumerate() {
            if line.contains("target-cpu") || line.contains("target-feature") {
                complaints.push(format!(
                    "{}:{}: no target-cpu and no target-feature: one binary must run on any machine",
                    file.path,
                    at + 1
                ));
            }
        }
    }
    complaints
}

pub(super) fn files_are_small(tree: &Tree) -> Vec<String> {
    tree.files
        .iter()
        .filter(|file| LARGEST_BYTES < file.bytes && !file.path.starts_with("datasets/"))
        .map(|file| format!("{}: {} bytes; only datasets/ holds files over {LARGEST_BYTES}", file.path, file.bytes))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    #[test]
    fn arrows() {
        let nn = "[package]\nname = \"nn\"\ndata = 1\n[dependencies]\nrayon = \"1\"\ntensor.workspace = true\n[dev-dependencies]\ndata = \"0\"";
        check(
            arrows_point_one_way,
            &[("crates/nn/Cargo.toml", nn), ("tests/Cargo.toml", "[dependencies]\nnn = 1")],
            &[],
        );
        for (path, text, why) in [
            ("crates/nn", "[dependencies]\ndata.workspace = true", "2: crates/nn must not depend on `data`"),
            (
                "crates/data",
                "[dependencies]\n\ntensor = { path = \"../tensor\" }",
                "3: crates/data must not depend on `tensor`",
            ),
            ("crates/tensor", "[dependencies.nn]\nworkspace = true", "1: crates/tensor must not depend on `nn`"),
            ("xtask", "[build-dependencies]\ndcgan.workspace = true", "2: xtask must not depend on `dcgan`"),
            ("crates/dcgan", "[dependencies]\njudge.workspace = true", "2: crates/dcgan must not depend on `judge`"),
            ("crates/judge", "[dependencies]\ndcgan.workspace = true", "2: crates/judge must not depend on `dcgan`"),
            ("crates/runs", "[dependencies]\ngallery.workspace = true", "2: crates/runs must not depend on `gallery`"),
            ("crates/gallery", "[dependencies]\ncli.workspace = true", "2: crates/gallery must not depend on `cli`"),
            ("crates/book", "[dependencies]\ntensor.workspace = true", "2: crates/book must not depend on `tensor`"),
            ("crates/cli", "[dependencies]\nxtask.workspace = true", "2: crates/cli must not depend on `xtask`"),
            ("book/examples", "[dependencies]\ncli.workspace = true", "2: book/examples must not depend on `cli`"),
            ("xtask", "[target.'cfg(unix)'.dependencies]\ntensor = \"0\"", "2: xtask must not depend on `tensor`"),
        ] {
            let path = format!("{path}/Cargo.toml");
            check(arrows_point_one_way, &[(&path, text)], &[&format!("{path}:{why}")]);
        }
    }

    #[test]
    fn every_crate_has_its_arrows() {
        check(arrows_point_one_way, &[("crates/cli/Cargo.toml", ""), ("crates/nn/x/Cargo.toml", "")], &[]);
        let why = "crates/extra/Cargo.toml: crates/extra has no arrows yet";
        check(arrows_point_one_way, &[("crates/extra/Cargo.toml", "")], &[why]);
    }

    #[test]
    fn target_cpu() {
        check(name_no_target_cpu, &[("Cargo.toml", "[profile]"), ("ARCHITECTURE.md", "no target-cpu")], &[]);
        for path in ["Cargo.toml", "crates/nn/Cargo.toml", ".cargo/config", ".ci/run", "crates/nn/build.rs"] {
            for text in ["\n-C target-cpu=native", "\n-Ctarget-feature=+avx2"] {
                let why = format!("{path}:2: no target-cpu and no target-feature: one binary must run on any machine");
                check(name_no_target_cpu, &[(path, text)], &[&why]);
            }
        }
    }

    #[test]
    fn size() {
        let mut tree = Tree::of(&[("datasets/mnist.gz", ""), ("a.png", "")]);
        tree.files[0].bytes = 10 << 20;
        tree.files[1].bytes = 2 << 20;
        assert_eq!(files_are_small(&tree), [""; 0]);
        tree.files[1].bytes += 1;
        assert_eq!(files_are_small(&tree), ["a.png: 2097153 bytes; only datasets/ holds files over 2097152"]);
    }
}
