//! Wrong answers to exercise 05.
//!
//! Each is a change to what is done with a triple (i, j, p).

use super::Product;
use crate::Wrong;

pub const WRONG: &[Wrong<Product>] = &[
    Wrong {
        name: "a_transposed",
        answer: Product { product: a_transposed, da, db },
        words: "reads A by columns",
        explanation: "This is what comes out when C reads A by columns: a[i, p] is number i·k + p, since a row of A has k numbers.",
    },
    Wrong {
        name: "b_transposed",
        answer: Product { product: b_transposed, da, db },
        words: "reads B by columns",
        explanation: "This is what comes out when C reads B by columns: b[p, j] is number p·n + j, since a row of B has n numbers.",
    },
    Wrong {
        name: "c_by_columns",
        answer: Product { product: c_by_columns, da, db },
        words: "written by columns",
        explanation: "This is what comes out when C is written by columns: c[i, j] is number i·n + j.",
    },
    Wrong {
        name: "last_product",
        answer: Product { product: last_product, da, db },
        words: "last product of each sum",
        explanation: "This is what comes out when only the last product of each sum is left: c[i, j] needs += in the place of =.",
    },
    Wrong {
        name: "elementwise",
        answer: Product { product: elementwise, da, db },
        words: "element by element",
        explanation: "This is what comes out of a product element by element: c[i, j] is a sum over p of a[i, p]·b[p, j].",
    },
    Wrong {
        name: "sum_of_sums",
        answer: Product { product: sum_of_sums, da, db },
        words: "+ stands for ·",
        explanation: "This is what comes out when + stands for ·: each term of c[i, j] is a product.",
    },
    Wrong {
        name: "da_untransposed",
        answer: Product { product, da: da_untransposed, db },
        words: "dC·B, untransposed",
        explanation: "This is what comes out of dC·B, untransposed: dA = dC·Bᵀ, so da[i, p] gets dc[i, j]·b[p, j].",
    },
    Wrong {
        name: "da_by_columns",
        answer: Product { product, da: da_by_columns, db },
        words: "dA is stored as its transpose",
        explanation: "This is what comes out when dA is stored as its transpose: it has the layout of A, and da[i, p] is number i·k + p.",
    },
    Wrong {
        name: "da_overwritten",
        answer: Product { product, da: da_overwritten, db },
        words: "dA is overwritten",
        explanation: "This is what comes out when dA is overwritten: a[i, p] is in a term of each c[i, j], and every j contributes.",
    },
    Wrong {
        name: "da_dc_by_columns",
        answer: Product { product, da: da_dc_by_columns, db },
        words: "dA reads dC by columns",
        explanation: "This is what comes out when dA reads dC by columns: dc[i, j] is number i·n + j.",
    },
    Wrong {
        name: "da_without_dc",
        answer: Product { product, da: da_without_dc, db },
        words: "dA leaves dC out",
        explanation: "This is what comes out when dA leaves dC out: b[p, j] is how c[i, j] changes, and dc[i, j] says what that is worth.",
    },
    Wrong {
        name: "db_untransposed",
        answer: Product { product, da, db: db_untransposed },
        words: "A·dC, untransposed",
        explanation: "This is what comes out of A·dC, untransposed: dB = Aᵀ·dC, so db[p, j] gets a[i, p]·dc[i, j].",
    },
    Wrong {
        name: "db_by_columns",
        answer: Product { product, da, db: db_by_columns },
        words: "dB is stored as its transpose",
        explanation: "This is what comes out when dB is stored as its transpose: it has the layout of B, and db[p, j] is number p·n + j.",
    },
    Wrong {
        name: "db_overwritten",
        answer: Product { product, da, db: db_overwritten },
        words: "dB is overwritten",
        explanation: "This is what comes out when dB is overwritten: b[p, j] is in a term of each c[i, j], and every i contributes.",
    },
    Wrong {
        name: "db_dc_by_columns",
        answer: Product { product, da, db: db_dc_by_columns },
        words: "dB reads dC by columns",
        explanation: "This is what comes out when dB reads dC by columns: dc[i, j] is number i·n + j.",
    },
    Wrong {
        name: "db_mean",
        answer: Product { product, da, db: db_mean },
        words: "the mean over the rows",
        explanation: "This is what comes out when dB is the mean over the rows of A: whoever takes a mean does so in the loss, and dC has it already.",
    },
    Wrong {
        name: "db_without_dc",
        answer: Product { product, da, db: db_without_dc },
        words: "dB leaves dC out",
        explanation: "This is what comes out when dB leaves dC out: a[i, p] is how c[i, j] changes, and dc[i, j] says what that is worth.",
    },
    Wrong {
        name: "c_row_of_a",
        answer: Product { product: c_row_of_a, da, db },
        words: "C takes a row of A",
        explanation: "This is what comes out when C takes a row of A for n numbers long: it has k of them.",
    },
    Wrong {
        name: "c_row_of_b",
        answer: Product { product: c_row_of_b, da, db },
        words: "C takes a row of B",
        explanation: "This is what comes out when C takes a row of B for k numbers long: it has n of them.",
    },
    Wrong {
        name: "c_row_of_c",
        answer: Product { product: c_row_of_c, da, db },
        words: "C takes a row of C",
        explanation: "This is what comes out when C takes a row of C for k numbers long: it has n of them.",
    },
    Wrong {
        name: "da_row_of_da",
        answer: Product { product, da: da_row_of_da, db },
        words: "dA takes a row of dA",
        explanation: "This is what comes out when dA takes a row of dA for n numbers long: it has k of them.",
    },
    Wrong {
        name: "da_row_of_b",
        answer: Product { product, da: da_row_of_b, db },
        words: "dA takes a row of B",
        explanation: "This is what comes out when dA takes a row of B for k numbers long: it has n of them.",
    },
    Wrong {
        name: "da_row_of_dc",
        answer: Product { product, da: da_row_of_dc, db },
        words: "dA takes a row of dC",
        explanation: "This is what comes out when dA takes a row of dC for k numbers long: it has n of them.",
    },
    Wrong {
        name: "db_row_of_a",
        answer: Product { product, da, db: db_row_of_a },
        words: "dB takes a row of A",
        explanation: "This is what comes out when dB takes a row of A for n numbers long: it has k of them.",
    },
    Wrong {
        name: "db_row_of_db",
        answer: Product { product, da, db: db_row_of_db },
        words: "dB takes a row of dB",
        explanation: "This is what comes out when dB takes a row of dB for k numbers long: it has n of them.",
    },
    Wrong {
        name: "db_row_of_dc",
        answer: Product { product, da, db: db_row_of_dc },
        words: "dB takes a row of dC",
        explanation: "This is what comes out when dB takes a row of dC for k numbers long: it has n of them.",
    },
];

/// Calls `visit` with every triple.
fn each([m, n, k]: [usize; 3], mut visit: impl FnMut([usize; 3])) {
    for i in 0..m {
        for j in 0..n {
            for p in 0..k {
                visit([i, j, p]);
            }
        }
    }
}

fn product(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * n + j] += a[i * k + p] * b[p * n + j]);
    c
}

fn da(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * k + p] += dc[i * n + j] * b[p * n + j]);
    da
}

fn db(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [_, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] += a[i * k + p] * dc[i * n + j]);
    db
}

fn a_transposed(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, _] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * n + j] += a[p * m + i] * b[p * n + j]);
    c
}

fn b_transposed(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * n + j] += a[i * k + p] * b[j * k + p]);
    c
}

fn c_by_columns(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[j * m + i] += a[i * k + p] * b[p * n + j]);
    c
}

fn last_product(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * n + j] = a[i * k + p] * b[p * n + j]);
    c
}

fn elementwise(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, _]| c[i * n + j] = a[i * k + j % k] * b[i % k * n + j]);
    c
}

fn sum_of_sums(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * n + j] += a[i * k + p] + b[p * n + j]);
    c
}

fn da_untransposed(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * k + p] += dc[i * n + j] * b[j * k + p]);
    da
}

fn da_by_columns(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[p * m + i] += dc[i * n + j] * b[p * n + j]);
    da
}

fn da_overwritten(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * k + p] = dc[i * n + j] * b[p * n + j]);
    da
}

fn da_dc_by_columns(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * k + p] += dc[j * m + i] * b[p * n + j]);
    da
}

fn da_without_dc(extents: [usize; 3], b: &[f32], _: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * k + p] += b[p * n + j]);
    da
}

fn db_untransposed(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] += a[p * m + i] * dc[i * n + j]);
    db
}

fn db_by_columns(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [_, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[j * k + p] += a[i * k + p] * dc[i * n + j]);
    db
}

fn db_overwritten(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [_, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] = a[i * k + p] * dc[i * n + j]);
    db
}

fn db_dc_by_columns(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] += a[i * k + p] * dc[j * m + i]);
    db
}

fn db_mean(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] += a[i * k + p] * dc[i * n + j] / m as f32);
    db
}

fn db_without_dc(extents: [usize; 3], a: &[f32], _: &[f32]) -> Vec<f32> {
    let [_, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] += a[i * k + p]);
    db
}

fn c_row_of_a(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, _] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * n + j] += a[i * n + p] * b[p * n + j]);
    c
}

fn c_row_of_b(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * n + j] += a[i * k + p] * b[p * k + j]);
    c
}

fn c_row_of_c(extents: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut c = vec![0.0; m * n];
    each(extents, |[i, j, p]| c[i * k + j] += a[i * k + p] * b[p * n + j]);
    c
}

fn da_row_of_da(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * n + p] += dc[i * n + j] * b[p * n + j]);
    da
}

fn da_row_of_b(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * k + p] += dc[i * n + j] * b[p * k + j]);
    da
}

fn da_row_of_dc(extents: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let [m, n, k] = extents;
    let mut da = vec![0.0; m * k];
    each(extents, |[i, j, p]| da[i * k + p] += dc[i * k + j] * b[p * n + j]);
    da
}

fn db_row_of_a(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [_, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] += a[i * n + p] * dc[i * n + j]);
    db
}

fn db_row_of_db(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [_, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * k + j] += a[i * k + p] * dc[i * n + j]);
    db
}

fn db_row_of_dc(extents: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let [_, n, k] = extents;
    let mut db = vec![0.0; k * n];
    each(extents, |[i, j, p]| db[p * n + j] += a[i * k + p] * dc[i * k + j]);
    db
}
