//! Rules about the modules of one crate: no circle, and no arrow out of a room that keeps to
//! itself.

use crate::modules::{Modules, Step};
use crate::tree::Tree;

use super::manifests::crates;
use super::rust::is_in;

/// Folders of one crate, and those that they must not use.
const ROOMS: [(&str, &str); 1] = [("crates/tensor/src/fast", "crates/tensor/src/ops")];

pub(super) fn modules_form_no_circle(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for folder in crates().map(|krate| format!("{krate}/src")) {
        for circle in Modules::of(tree, &folder).circles() {
            let step = |Step { module, file, line }: &Step| match module == file {
                true => format!("{file}:{line} -> "),
                false => format!("{module} ({file}:{line}) -> "),
            };
            let steps: String = circle.iter().map(step).collect();
            let start = &circle[0];
            complaints.push(format!("{folder}/{}: a circle: {steps}{}", start.file, start.module));
        }
    }
    complaints
}

pub(super) fn rooms_keep_to_themselves(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for folder in crates().map(|krate| format!("{krate}/src")) {
        let modules = Modules::of(tree, &folder);
        for (&(user, used), line) in &modules.uses {
            let user = format!("{folder}/{}", modules.files[user]);
            let used = format!("{folder}/{}", modules.files[used]);
            for (room, other) in ROOMS {
                if is_in(&user, room) && is_in(&used, other) {
                    complaints.push(format!("{user}:{line}: {room} must not use {used}"));
                }
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check;

    #[test]
    fn circles() {
        let downhill = [
            ("crates/nn/src/lib.rs", "mod a; mod b; pub use a::A;"),
            ("crates/nn/src/a.rs", "use crate::b::B;"),
            ("crates/nn/src/b.rs", "#[cfg(test)] mod tests { use crate::A; }"),
        ];
        check(modules_form_no_circle, &downhill, &[]);
        let mut round = downhill;
        round[2].1 = "\nuse crate::A;";
        let why = "crates/nn/src/a.rs: a circle: a.rs:1 -> b.rs:2 -> a.rs";
        check(modules_form_no_circle, &round, &[why]);
    }

    #[test]
    fn a_parent_and_its_child_are_a_circle_if_each_uses_the_other() {
        let child = ("xtask/src/rules/a.rs", "use super::check;");
        let parent = ("xtask/src/rules.rs", "mod a; fn check() {}");
        check(modules_form_no_circle, &[parent, child], &[]);
        let parent = ("xtask/src/rules.rs", "mod a;\nfn check() { a::rule() }");
        let why = "xtask/src/rules.rs: a circle: rules.rs:2 -> rules/a.rs:1 -> rules.rs";
        check(modules_form_no_circle, &[parent, child], &[why]);
    }

    #[test]
    fn a_longer_circle_is_told_in_its_order() {
        let files = [
            ("crates/dcgan/src/a.rs", "use crate::b::B;"),
            ("crates/dcgan/src/b.rs", "\nfn f() { crate::c::f() }"),
            ("crates/dcgan/src/c.rs", "use super::{d, a::A};"),
            ("crates/dcgan/src/d.rs", ""),
        ];
        let why = "crates/dcgan/src/a.rs: a circle: a.rs:1 -> b.rs:2 -> c.rs:1 -> a.rs";
        check(modules_form_no_circle, &files, &[why]);
    }

    #[test]
    fn folders_are_a_circle_if_their_files_use_each_other() {
        let files = [
            ("crates/tensor/src/simd/mod.rs", "pub fn dispatch() {}"),
            ("crates/tensor/src/simd/panels.rs", "\nuse crate::sums::Sum;"),
            ("crates/tensor/src/sums.rs", "use crate::simd::dispatch;"),
        ];
        let why = "crates/tensor/src/simd/panels.rs: a circle: simd (simd/panels.rs:2) -> sums (sums.rs:1) -> simd";
        check(modules_form_no_circle, &files, &[why]);
        let mut downhill = files;
        downhill[2].1 = "";
        check(modules_form_no_circle, &downhill, &[]);
    }

    #[test]
    fn rooms() {
        let op = ("crates/tensor/src/ops/conv2d.rs", "use crate::fast::gemm::Gemm;");
        let fast = |text| ("crates/tensor/src/fast/gemm.rs", text);
        check(rooms_keep_to_themselves, &[op, fast("use crate::axis::Axis;")], &[]);
        let why =
            "crates/tensor/src/fast/gemm.rs:1: crates/tensor/src/fast must not use crates/tensor/src/ops/conv2d.rs";
        check(rooms_keep_to_themselves, &[op, fast("use crate::ops::conv2d::f;")], &[why]);
    }
}
