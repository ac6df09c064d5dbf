//! Which module of a crate uses which, and the circles among them.
//!
//! A module is a file. One uses another if its code, outside tests, names an item of the other: by
//! a `use`, or by a path in an expression. What is named through a re-export belongs to the file
//! that defines it. So `mod child;` and `pub use child::Item` are no use of the child, and
//! `crate::Item` is one of the file behind `pub use file::Item`.
//!
//! **A child that uses an item of its parent, while the parent uses the child, is a circle** like
//! any other: neither can be read first. The item that both need moves into a module of its own
//! beside the child, and the parent passes it on.
//!
//! Methods are not seen, since only a type checker knows whose they are.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::Hash;

use crate::paths::{Mention, mentions};
use crate::source::shipped;
use crate::tree::Tree;
use lexer::Kind;

/// How many re-exports a name may come through, before it counts as one that goes round in a
/// circle.
const DEEPEST: usize = 16;

/// The modules of a crate, and who uses whom.
pub(crate) struct Modules {
    /// The path of each module's file below `src`, in the order of their paths.
    pub(crate) files: Vec<String>,
    /// User, used, and the first line of the user's file that names the used one.
    pub(crate) uses: BTreeMap<(usize, usize), usize>,
    /// The path of each module from the crate's root.
    paths: Vec<Vec<String>>,
}

/// One use of a module by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    /// The module that uses the next one of the circle: its file, or a folder with all files in it.
    pub(crate) module: String,
    /// The file and the line that do.
    pub(crate) file: String,
    pub(crate) line: usize,
}

struct Module {
    path: Vec<String>,
    mentions: Vec<Mention>,
    /// What each `use` of the file gives a name to: a path from the crate's root, or nothing if it
    /// is another crate's.
    names: HashMap<String, Option<Vec<String>>>,
}

impl Modules {
    /// The modules below `folder`, a crate's `src`.
    pub(crate) fn of(tree: &Tree, folder: &str) -> Self {
        let mut files = Vec::new();
        let mut modules = Vec::new();
        let has_library = tree.file(&format!("{folder}/lib.rs")).is_some();
        for (file, source) in shipped(tree, folder) {
            let inside = &file.path[folder.len() + 1..];
            // A binary beside a library is a crate of its own, of one file.
            if has_library && inside == "main.rs" || inside.starts_with("bin/") {
                continue;
            }
            files.push(inside.to_owned());
            let mentions = mentions(&source.shipped(Kind::Code));
            modules.push(Module { path: module_path(inside), mentions, names: HashMap::new() });
        }
        let mut krate = Crate { index: HashMap::new(), modules };
        krate.index = krate.modules.iter().enumerate().map(|(at, module)| (module.path.clone(), at)).collect();
        krate.name_all();
        let uses = krate.uses();
        Self { files, uses, paths: krate.modules.into_iter().map(|module| module.path).collect() }
    }

    /// The circles of files, then those that only show where folders are taken as a whole.
    pub(crate) fn circles(&self) -> Vec<Vec<Step>> {
        let step = |&(user, used): &(usize, usize)| {
            let file = self.files[user].clone();
            Step { module: file.clone(), file, line: self.uses[&(user, used)] }
        };
        let edges: BTreeMap<_, _> = self.uses.keys().map(|edge| (*edge, *edge)).collect();
        let mut circles: Vec<Vec<Step>> =
            shortest_circles(&edges).iter().map(|circle| circle.iter().map(step).collect()).collect();
        for folder in self.folders() {
            let name = |file: usize| self.paths[file].strip_prefix(folder).and_then(|below| below.first());
            let mut edges = BTreeMap::new();
            for &(user, used) in self.uses.keys() {
                if let (Some(user_name), Some(used_name)) = (name(user), name(used))
                    && user_name != used_name
                {
                    edges.entry((user_name, used_name)).or_insert((user, used));
                }
            }
            for circle in shortest_circles(&edges) {
                let closes =
                    circle.iter().zip(circle.iter().cycle().skip(1)).all(|((_, used), (user, _))| used == user);
                if closes {
                    continue; // A circle of files, which is among them.
                }
                let named = |edge: &(usize, usize)| {
                    let module = folder.iter().chain(name(edge.0)).cloned().collect::<Vec<_>>().join("/");
                    Step { module, ..step(edge) }
                };
                circles.push(circle.iter().map(named).collect());
            }
        }
        circles
    }

    /// The path of every module that may have others in it, the root's first.
    fn folders(&self) -> BTreeSet<&[String]> {
        self.paths.iter().flat_map(|path| (0..path.len()).map(|n| &path[..n])).collect()
    }
}

/// A shortest circle through each node that is part of one, every circle once, as the values of its
/// edges.
fn shortest_circles<N: Copy + Ord + Hash, E: Copy + Ord>(edges: &BTreeMap<(N, N), E>) -> BTreeSet<Vec<E>> {
    let nodes: BTreeSet<N> = edges.keys().map(|(from, _)| *from).collect();
    let through = |start: &N| {
        let mut nodes = shortest_circle(edges, *start)?;
        let least = nodes.iter().enumerate().min_by_key(|(_, node)| **node)?.0;
        nodes.rotate_left(least);
        let next = nodes.iter().cycle().skip(1);
        Some(nodes.iter().zip(next).map(|(from, to)| edges[&(*from, *to)]).collect())
    };
    nodes.iter().filter_map(through).collect()
}

/// The nodes of the shortest way from `start` back to it, without its end.
fn shortest_circle<N: Copy + Ord + Hash, E>(edges: &BTreeMap<(N, N), E>, start: N) -> Option<Vec<N>> {
    let mut from: HashMap<N, N> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for &(_, next) in edges.keys().filter(|(from, _)| *from == at) {
            if next == start {
                let mut circle = vec![at];
                while let Some(before) = circle.last().filter(|node| **node != start).and_then(|node| from.get(node)) {
                    circle.push(*before);
                }
                circle.reverse();
                return Some(circle);
            }
            from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                at
            });
        }
    }
    None
}

/// The path of the module in the file at `inside`, below `src`.
fn module_path(inside: &str) -> Vec<String> {
    let stem = inside.trim_end_matches(".rs");
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if matches!(stem, "lib" | "main" | "mod") { Vec::new() } else { stem.split('/').map(str::to_owned).collect() }
}

struct Crate {
    modules: Vec<Module>,
    index: HashMap<Vec<String>, usize>,
}

impl Crate {
    /// Fills the table of names of each module.
    fn name_all(&mut self) {
        for at in 0..self.modules.len() {
            let module = &self.modules[at];
            let named = module.mentions.iter().filter_map(|mention| Some((mention.name.clone()?, mention)));
            let names = named.map(|(name, mention)| (name, self.path_from_root(module, mention, false))).collect();
            self.modules[at].names = names;
        }
    }

    /// The path of a mention from the crate's root, or nothing if it leads to another crate.
    fn path_from_root(&self, module: &Module, mention: &Mention, by_name: bool) -> Option<Vec<String>> {
        let (first, rest) = mention.path.split_first()?;
        let mut path: Vec<String> = module.path.iter().chain(&mention.inside).cloned().collect();
        match first.as_str() {
            "crate" => path.clear(),
            "self" => {}
            "super" => {
                path.pop();
            }
            name => {
                let child: Vec<String> = module.path.iter().chain([first]).cloned().collect();
                if by_name && let Some(named) = module.names.get(name) {
                    path = named.clone()?;
                } else if self.index.contains_key(&child) {
                    path = child;
                } else {
                    return None;
                }
            }
        }
        for part in rest {
            if part == "super" {
                path.pop();
            } else {
                path.push(part.clone());
            }
        }
        Some(path)
    }

    /// The file that defines what `path` names, and nothing if it names a module and not an item,
    /// or comes from another crate.
    fn definition(&self, path: &[String], depth: usize) -> Option<usize> {
        let (at, rest) = (0..=path.len()).rev().find_map(|n| Some((*self.index.get(&path[..n])?, &path[n..])))?;
        let (name, rest) = rest.split_first()?;
        match self.modules[at].names.get(name) {
            Some(named) if depth < DEEPEST => {
                let further: Vec<String> = named.as_ref()?.iter().chain(rest).cloned().collect();
                self.definition(&further, depth + 1)
            }
            _ => Some(at),
        }
    }

    fn uses(&self) -> BTreeMap<(usize, usize), usize> {
        let mut uses = BTreeMap::new();
        for (at, module) in self.modules.iter().enumerate() {
            for mention in module.mentions.iter().filter(|mention| !mention.is_passed_on) {
                // A `use` of a name that the file's other `use`s bring, and every path in an
                // expression.
                let by_name = mention.name.as_ref() != mention.path.first();
                let path = self.path_from_root(module, mention, by_name);
                let used = path.and_then(|path| self.definition(&path, 0)).filter(|used| *used != at);
                if let Some(used) = used {
                    uses.entry((at, used)).or_insert(mention.line);
                }
            }
        }
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The uses among the modules of a crate, as `user:line used`.
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<(String, &str)> = files.iter().map(|(path, text)| (format!("k/src/{path}"), *text)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, *text)).collect();
        let modules = Modules::of(&Tree::of(&files), "k/src");
        let short = |at: usize| modules.files[at].trim_end_matches(".rs").to_owned();
        let said = modules.uses.iter().map(|((user, used), line)| format!("{}:{line} {}", short(*user), short(*used)));
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_form_of_a_path_is_a_use() {
        check(
            &[
                ("lib.rs", "mod a; mod b; mod c;"),
                ("a.rs", "use crate::b::B;\nuse super::c;\nfn f() { c::f() }"),
                ("b.rs", "fn f() { crate::c::f() }"),
                ("c.rs", "mod inner { use super::super::d::D; }\nfn f() { std::fs::read() }"),
                ("d.rs", "use super::e::{self, E as F};\nuse std::b::a;"),
                ("e.rs", "mod g;\nuse g::G;"),
                ("e/g.rs", "use super::*;\nuse rayon::b;"),
            ],
            &["a:1 b", "a:3 c", "b:1 c", "c:1 d", "d:1 e", "e:2 e/g", "e/g:1 e"],
        );
    }

    #[test]
    fn what_is_passed_on_belongs_to_who_defines_it() {
        check(
            &[
                ("lib.rs", "mod a; mod b; pub use a::A; pub use b::{B, C};"),
                ("a.rs", "pub struct A;"),
                ("b/mod.rs", "mod c; pub(crate) use c::C; use std::D; struct B;"),
                ("b/c.rs", "use super::D; use crate::A;"),
                ("e.rs", "use crate::{A, B};"),
                ("f.rs", "use crate::C;"),
            ],
            &["b/c:1 a", "e:1 a", "e:1 b/mod", "f:1 b/c"],
        );
        check(&[("lib.rs", "pub use a::A; fn f(a: A) {}"), ("a.rs", "")], &["lib:1 a"]);
        // A name that leads in a circle ends somewhere.
        check(&[("lib.rs", ""), ("a.rs", "pub use crate::b::X;"), ("b.rs", "use crate::a::X;")], &["b:1 a"]);
    }

    #[test]
    fn tests_comments_and_other_crates_use_nothing() {
        check(
            &[
                ("lib.rs", "mod a; #[cfg(test)] mod tests;"),
                ("main.rs", "use k::a;"),
                ("a.rs", "//! crate::b::B\nlet s = \"crate::b\"; #[cfg(test)] mod tests { use crate::b::B; }"),
                ("b.rs", "use b::c; use serde::a;"),
                ("tests.rs", "use crate::a::A;"),
                ("bin/x.rs", "use crate::a::A;"),
            ],
            &[],
        );
    }

    #[test]
    fn circles_are_found_once_each() {
        let uses = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (4, 5), (1, 5), (6, 0)];
        let edges = uses.into_iter().map(|edge| (edge, edge)).collect();
        let circles: Vec<_> = shortest_circles(&edges).into_iter().collect();
        assert_eq!(circles, [vec![(0, 1), (1, 2), (2, 0)], vec![(3, 4), (4, 3)]]);
    }
}
