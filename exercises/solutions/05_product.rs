//! A layer is a product of matrices: c[i, j] is the sum of a[i, p]·b[p, j] over all p.
//! Its gradients are sums over the same triples: each da[i, p] has met a whole row of b, and each
//! db[p, j] a whole column of a. Matrices lie in memory row after row, and all stay as they are.
//! By hand: a row A = [ 1 2 ] and a column B = [ 3 4 ] give C = 11; dC = 10 gives dA = [ 30 40 ].
//! 25 minutes. Chapter 4: book/src/04-a-judge-of-pictures.md

/// `C = A·B`, of extents `[m, n]`, from A of `[m, k]` and B of `[k, n]`.
pub fn product([m, n, k]: [usize; 3], a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        for j in 0..n {
            for p in 0..k {
                c[i * n + j] += a[i * k + p] * b[p * n + j];
            }
        }
    }
    c
}

/// How the loss changes with each element of A, given `dc`, how it changes with each of C.
pub fn da([m, n, k]: [usize; 3], b: &[f32], dc: &[f32]) -> Vec<f32> {
    let mut da = vec![0.0; m * k];
    for i in 0..m {
        for j in 0..n {
            for p in 0..k {
                da[i * k + p] += dc[i * n + j] * b[p * n + j];
            }
        }
    }
    da
}

/// How the loss changes with each element of B.
pub fn db([m, n, k]: [usize; 3], a: &[f32], dc: &[f32]) -> Vec<f32> {
    let mut db = vec![0.0; k * n];
    for i in 0..m {
        for j in 0..n {
            for p in 0..k {
                db[p * n + j] += a[i * k + p] * dc[i * n + j];
            }
        }
    }
    db
}

fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn check() -> Result<(), exercises::Mistake> {
        exercises::checks::product::check(super::product, super::da, super::db)
    }
}
