//! A batch in shares of a few images each, so that a kernel of plain loops has all cores to run on.
//!
//! A share has [`IMAGES`] images whatever the machine, and sums are added in the order of the
//! shares, so the bits do not depend on the number of threads.

use rayon::prelude::*;

/// Images of a share.
const IMAGES: usize = 4;

/// Results image by image: `work(n, x)` of `n` images, one after the other.
pub(super) fn joined(images: usize, x: &[f32], work: impl Fn(usize, &[f32]) -> Vec<f32> + Sync) -> Vec<f32> {
    let size = x.len() / images;
    let parts: Vec<Vec<f32>> = x.par_chunks(size * IMAGES).map(|x| work(x.len() / size, x)).collect();
    parts.concat()
}

/// Results that are sums over the images: `work(n, x, dy)` of `n` images, all added up.
pub(super) fn added(
    images: usize,
    x: &[f32],
    dy: &[f32],
    work: impl Fn(usize, &[f32], &[f32]) -> Vec<f32> + Sync,
) -> Vec<f32> {
    let (size, dy_size) = (x.len() / images, dy.len() / images);
    let shares = x.par_chunks(size * IMAGES).zip(dy.par_chunks(dy_size * IMAGES));
    let parts: Vec<Vec<f32>> = shares.map(|(x, dy)| work(x.len() / size, x, dy)).collect();
    let mut sum = vec![0.0f64; parts[0].len()];
    for part in &parts {
        for (sum, part) in sum.iter_mut().zip(part) {
            *sum += f64::from(*part);
        }
    }
    sum.into_iter().map(|sum| sum as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_joined_in_order_and_added() {
        let x: Vec<f32> = (0..20).map(|x| x as f32).collect(); // ten images of two pixels
        assert_eq!(joined(10, &x, |_, x| x.to_vec()), x);
        assert_eq!(
            added(10, &x, &x[..10], |n, x, dy| vec![n as f32, x.iter().sum(), dy.iter().sum()]),
            [10.0, 190.0, 45.0]
        );
    }
}
