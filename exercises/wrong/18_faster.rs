//! Products that are fast and wrong.

use rayon::prelude::*;

use super::Answer;
use crate::Wrong;

/// What is known to go wrong.
pub const WRONG: &[Wrong<Answer>] = &[
    Wrong {
        name: "last_term",
        answer: Answer { rows: last_term, tiles, threads: tiles },
        words: "the last term alone",
        explanation: "This is what comes out when c keeps the last term alone: += adds, and p is no longer the innermost loop.",
    },
    Wrong {
        name: "sums_go_on",
        answer: Answer { rows: sums_go_on, tiles, threads: tiles },
        words: "from row to row",
        explanation: "This is what comes out when sums go on from row to row: each row of C begins at 0.",
    },
    Wrong {
        name: "whole_rows",
        answer: Answer { rows, tiles: whole_rows, threads: tiles },
        words: "lower edge",
        explanation: "This is what comes out when the rows below the last whole tile are left out: at the lower edge a tile has fewer than 6.",
    },
    Wrong {
        name: "whole_columns",
        answer: Answer { rows, tiles: whole_columns, threads: tiles },
        words: "after the last whole tile",
        explanation: "This is what comes out when the columns after the last whole tile are left out: at the right edge a tile has fewer than 16.",
    },
    Wrong {
        name: "into_the_next_row",
        answer: Answer { rows, tiles: into_the_next_row, threads: tiles },
        words: "runs on into the next row",
        explanation: "This is what comes out when a tile runs on into the next row: at the right edge it ends with column n.",
    },
    Wrong {
        name: "sums_of_the_tile_before",
        answer: Answer { rows, tiles: sums_of_the_tile_before, threads: tiles },
        words: "the tile before",
        explanation: "This is what comes out when a tile goes on with the sums of the tile before: each tile begins at 0.",
    },
    Wrong {
        name: "share_of_the_sum",
        answer: Answer { rows, tiles, threads: share_of_the_sum },
        words: "divided among the cores",
        explanation: "This is what comes out when a sum is divided among the cores: it rounds in another way on each number of them.",
    },
    Wrong {
        name: "whole_shares",
        answer: Answer { rows, tiles, threads: whole_shares },
        words: "do not divide by",
        explanation: "This is what comes out when rows are left over because they do not divide by the number of cores: the last share is a rest.",
    },
];

fn rows([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        for p in 0..k {
            for j in 0..n {
                c[i * n + j] += a[i * k + p] * b[p * n + j];
            }
        }
    }
    c
}

/// Right: what the other two are where they are not wrong.
fn tiles(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    rows(extents, a, b)
}

fn last_term([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        for p in 0..k {
            for j in 0..n {
                c[i * n + j] = a[i * k + p] * b[p * n + j];
            }
        }
    }
    c
}

fn sums_go_on([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; n];
    let mut c = Vec::new();
    for i in 0..m {
        for p in 0..k {
            for j in 0..n {
                sums[j] += a[i * k + p] * b[p * n + j];
            }
        }
        c.extend_from_slice(&sums);
    }
    c
}

fn whole_rows([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = rows([m, n, k], a, b);
    c[m / 6 * 6 * n..].fill(0.0);
    c
}

fn whole_columns([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = rows([m, n, k], a, b);
    for row in c.chunks_mut(n) {
        row[n / 16 * 16..].fill(0.0);
    }
    c
}

/// Tiles are written from top to bottom, so the row below, in the same tile, comes later.
fn into_the_next_row([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    for top in (0..m).step_by(6) {
        for left in (0..n).step_by(16) {
            for i in top..m.min(top + 6) {
                for j in left..left + 16 {
                    let at = |p: usize| b.get(p * n + j).copied().unwrap_or(0.0);
                    let sum = (0..k).map(|p| a[i * k + p] * at(p)).sum();
                    if let Some(c) = c.get_mut(i * n + j) {
                        *c = sum;
                    }
                }
            }
        }
    }
    c
}

fn sums_of_the_tile_before([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    let mut sums = [[0.0; 16]; 6];
    for top in (0..m).step_by(6) {
        for left in (0..n).step_by(16) {
            for i in top..m.min(top + 6) {
                for j in left..n.min(left + 16) {
                    for p in 0..k {
                        sums[i - top][j - left] += a[i * k + p] * b[p * n + j];
                    }
                    c[i * n + j] = sums[i - top][j - left];
                }
            }
        }
    }
    c
}

fn share_of_the_sum([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let share = k.div_ceil(rayon::current_num_threads());
    let starts: Vec<usize> = (0..k).step_by(share).collect();
    let part = |first: usize| {
        let mut c = vec![0.0; m * n];
        for i in 0..m {
            for p in first..k.min(first + share) {
                for j in 0..n {
                    c[i * n + j] += a[i * k + p] * b[p * n + j];
                }
            }
        }
        c
    };
    let parts: Vec<Vec<f32>> = starts.into_par_iter().map(part).collect();
    (0..m * n).map(|at| parts.iter().map(|part| part[at]).sum()).collect()
}

fn whole_shares([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let count = rayon::current_num_threads();
    let mut c = rows([m, n, k], a, b);
    c[m / count * count * n..].fill(0.0);
    c
}
