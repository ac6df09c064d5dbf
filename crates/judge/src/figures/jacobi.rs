//! Singular values by one-sided Jacobi rotations (Hestenes 1958).
//!
//! Two rows `p` and `q` of a matrix span a plane. A rotation in this plane makes them orthogonal:
//!
//! ```text
//! p ← c·p − s·q        t = s/c, the smaller root of t² + 2ζt − 1,
//! q ← s·p + c·q        ζ = (|q|² − |p|²) / 2p·q
//! ```
//!
//! A sweep rotates every pair, and sweeps repeat until every pair is orthogonal. A rotation spoils
//! other pairs, but less each time. Rotating rows multiplies by an orthogonal matrix from the left,
//! which changes no singular value, and the norms of orthogonal rows *are* the singular values.
//! Small values have the same relative accuracy as large ones (Demmel and Veselić 1992), which a
//! method that squares the matrix cannot promise.

/// The largest cosine of the angle of two rows that count as orthogonal.
const ORTHOGONAL: f64 = 1e-14;
/// The most sweeps. The features of a judge need ten to twenty.
const MOST_SWEEPS: usize = 60;

/// Rotates the `rows`, which have the same length, until every pair is orthogonal.
pub(super) fn rotate_until_orthogonal(rows: &mut [Vec<f64>]) {
    for _ in 0..MOST_SWEEPS {
        let mut rotated = false;
        for last in 1..rows.len() {
            let (earlier, rest) = rows.split_at_mut(last);
            for row in earlier {
                rotated |= rotate(row, &mut rest[0]);
            }
        }
        if !rotated {
            break;
        }
    }
}

/// Makes two rows orthogonal; tells whether they were not.
fn rotate(p: &mut [f64], q: &mut [f64]) -> bool {
    let (pp, pq, qq) = (dot(p, p), dot(p, q), dot(q, q));
    if pq.abs() <= ORTHOGONAL * pp.sqrt() * qq.sqrt() {
        return false;
    }
    let zeta = (qq - pp) / (2.0 * pq);
    let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = cosine * tangent;
    for (p, q) in p.iter_mut().zip(q) {
        (*p, *q) = (cosine * *p - sine * *q, sine * *p + cosine * *q);
    }
    true
}

/// The scalar product, in eight independent sums.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    fn norms(rows: &[Vec<f64>]) -> Vec<f64> {
        let mut norms: Vec<f64> = rows.iter().map(|row| dot(row, row).sqrt()).collect();
        norms.sort_by(f64::total_cmp);
        norms
    }

    #[test]
    fn of_two_by_two() {
        // AAᵀ has trace 30 and determinant (1·4 − 2·3)² = 4.
        let mut rows = [vec![1.0, 2.0], vec![3.0, 4.0]];
        rotate_until_orthogonal(&mut rows);
        let root = f64::sqrt(15.0 * 15.0 - 4.0);
        for (found, expected) in norms(&rows).into_iter().zip([(15.0 - root).sqrt(), (15.0 + root).sqrt()]) {
            assert!((found - expected).abs() <= 1e-14 * expected, "{found}, not {expected}");
        }
    }

    /// The singular values are known, from 1 down to 1e-12, and the small ones are as exact as the
    /// large.
    #[test]
    fn small_values_are_as_exact_as_large_ones() {
        let count = 13;
        let noise = check::noise(1, count * 40);
        let mut rows: Vec<Vec<f64>> = noise.chunks(40).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect();
        rotate_until_orthogonal(&mut rows);
        for (power, row) in rows.iter_mut().enumerate() {
            let scale = 10f64.powi(-(power as i32)) / dot(row, row).sqrt();
            row.iter_mut().for_each(|x| *x *= scale);
        }
        // Rotations of neighbours by 45 degrees change no singular value.
        for i in 1..count {
            let (a, b) = rows.split_at_mut(i);
            for (p, q) in a[i - 1].iter_mut().zip(&mut b[0]) {
                (*p, *q) = ((*p - *q) * 0.5f64.sqrt(), (*p + *q) * 0.5f64.sqrt());
            }
        }
        rotate_until_orthogonal(&mut rows);
        for (found, power) in norms(&rows).into_iter().rev().zip(0..) {
            let expected = 10f64.powi(-power);
            assert!((found - expected).abs() <= 1e-15 + 1e-12 * expected, "{found:e}, not {expected:e}");
        }
        for i in 0..count {
            for j in 0..i {
                let cosine = dot(&rows[i], &rows[j]) / (dot(&rows[i], &rows[i]) * dot(&rows[j], &rows[j])).sqrt();
                assert!(cosine.abs() <= 2.0 * ORTHOGONAL, "rows {i} and {j}: {cosine:e}");
            }
        }
    }

    #[test]
    fn rows_that_repeat_and_rows_of_zeros() {
        let mut rows = vec![vec![1.0; 20], vec![0.0; 20], vec![1.0; 20], vec![-1.0; 20], vec![0.0; 20]];
        rotate_until_orthogonal(&mut rows);
        let found = norms(&rows);
        assert!(found[..4].iter().all(|&norm| norm <= 1e-14), "{found:?}");
        assert!((found[4] - f64::sqrt(60.0)).abs() <= 1e-13, "{found:?}");
    }
}
