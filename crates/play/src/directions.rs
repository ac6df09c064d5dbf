//! The directions of latent space along which a generator's pictures change most.
//!
//! Of 100 numbers that make a picture, none means anything by itself. But the generator stretches
//! latent space: a step along one line changes the picture more than an equal step along another.
//! With the Jacobian `J` of the picture by the point, a step `d` changes the picture by `J·d`, so
//!
//! ```text
//! ‖J·d‖² = dᵀ·(Jᵀ·J)·d        M = mean of Jᵀ·J over points
//! ```
//!
//! and the directions asked for are the eigenvectors of `M` with the largest eigenvalues (the
//! *active subspace*, Constantine 2015, chapter 3). `J·e` of an axis `e` is a difference of two
//! pictures here, with a step that one can see.
//!
//! By hand, with two numbers and a picture of two pixels `(3·z₀, z₁)`: `M` has 9 and 1 on its
//! diagonal, so the first direction is the first axis.

use data::scale::PixelNotFinite;
use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::sample;
use dcgan::wish::Wish;
use tensor::{Buffer, Tensor};

/// How many directions there are.
pub const COUNT: usize = 8;

/// Points at which the Jacobian is taken: those of the first seeds.
const POINTS: u64 = 10;

/// The step of the differences; a point's numbers are in [-1, 1).
const STEP: f32 = 0.5;

/// Iterations of orthogonal iteration. Directions whose eigenvalues differ by a tenth are separated
/// after that many.
const ITERATIONS: usize = 200;

/// Directions of unit length, the one with the most change first.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    /// The directions.
    pub vectors: Vec<Vec<f64>>,
    /// How much more the pictures change along each of them than along a random one.
    pub gains: Vec<f64>,
}

/// The directions of the generator in `gan` from which samples come: about a thousand of its
/// pictures tell them. Each of them stays within its class, if the generator knows classes.
///
/// # Errors
/// If a picture is not finite.
pub fn of(gan: &Gan) -> Result<Directions, PixelNotFinite> {
    let mut sums = vec![vec![0.0; LATENT]; LATENT];
    let size = LATENT + gan.classes();
    for seed in 0..POINTS {
        let point = Wish::default().points(&[seed], gan.classes());
        let mut points = point.data().to_vec();
        for axis in 0..LATENT {
            points.extend_from_slice(point.data());
            points[(1 + axis) * size + axis] += STEP;
        }
        let pictures = pictures(gan, &points)?;
        let size = pictures.len() / (1 + LATENT);
        let (middle, moved) = pictures.split_at(size);
        let changes: Vec<Vec<f64>> = moved
            .chunks_exact(size)
            .map(|picture| picture.iter().zip(middle).map(|(a, b)| f64::from(a - b)).collect())
            .collect();
        for (row, a) in sums.iter_mut().zip(&changes) {
            row.iter_mut().zip(&changes).for_each(|(sum, b)| *sum += dot(a, b));
        }
    }
    Ok(largest(&sums))
}

/// The pictures of `points`, one after the other.
fn pictures(gan: &Gan, points: &[f32]) -> Result<Vec<f32>, PixelNotFinite> {
    let mut pixels = vec![];
    let size = LATENT + gan.classes();
    for z in points.chunks(sample::BATCH * size) {
        let z = Tensor::new(&[z.len() / size, size], Buffer::copy_of(z));
        pixels.extend_from_slice(gan.sample(&z, &mut DropoutKeys::none()).data());
    }
    match pixels.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(PixelNotFinite { index, value: pixels[index] }),
        None => Ok(pixels),
    }
}

/// The eigenvectors with the largest eigenvalues of a symmetric matrix without negative ones, by
/// orthogonal iteration: multiply, then make the vectors orthogonal from the first to the last.
fn largest(matrix: &[Vec<f64>]) -> Directions {
    let size = matrix.len();
    let count = COUNT.min(size);
    // Any directions to which no eigenvector is orthogonal will do.
    let start = |k: usize| (0..size).map(|i| ((1 + i * (k + 1)) as f64).sin()).collect::<Vec<f64>>();
    let mut vectors: Vec<Vec<f64>> = (0..count).map(start).collect();
    orthogonalise(&mut vectors);
    for _ in 0..ITERATIONS {
        for vector in &mut vectors {
            *vector = matrix.iter().map(|row| dot(row, vector)).collect();
        }
        orthogonalise(&mut vectors);
    }
    let mean = (0..size).map(|i| matrix[i][i]).sum::<f64>() / size as f64;
    let stretch = |vector: &Vec<f64>| dot(vector, &matrix.iter().map(|row| dot(row, vector)).collect::<Vec<f64>>());
    let gains = vectors.iter().map(|vector| if 0.0 < mean { (stretch(vector) / mean).sqrt() } else { 1.0 }).collect();
    Directions { vectors, gains }
}

/// Makes the vectors orthogonal and of length 1, in order. One that depends on those before it
/// becomes what an axis leaves.
fn orthogonalise(vectors: &mut [Vec<f64>]) {
    for k in 0..vectors.len() {
        let size = vectors[k].len();
        let axis = |axis| (0..size).map(|i| if i == axis { 1.0 } else { 0.0 }).collect();
        let mut candidates = std::iter::once(vectors[k].clone()).chain((0..size).map(axis));
        let clean = candidates.find_map(|candidate| remainder(candidate, &vectors[..k]));
        vectors[k] = clean.expect("there are as many axes as numbers");
    }
}

/// What is left of a vector without its parts along `others`, at length 1; none if that is nothing
/// but rounding. (Gram and Schmidt, twice because of the rounding.)
fn remainder(mut vector: Vec<f64>, others: &[Vec<f64>]) -> Option<Vec<f64>> {
    let before = dot(&vector, &vector).sqrt();
    for other in others.iter().chain(others) {
        let part = dot(other, &vector);
        vector.iter_mut().zip(other).for_each(|(x, o)| *x -= part * o);
    }
    let length = dot(&vector, &vector).sqrt();
    vector.iter_mut().for_each(|x| *x /= length);
    (1e-9 * before < length).then_some(vector)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::{Config, Data};
    use dcgan::sample::latent;

    #[test]
    fn a_diagonal_matrix_has_its_axes() {
        let diagonal = [9.0, 1.0, 25.0, 4.0];
        let matrix: Vec<Vec<f64>> =
            (0..4).map(|i| (0..4).map(|j| if i == j { diagonal[i] } else { 0.0 }).collect()).collect();
        let Directions { vectors, gains } = largest(&matrix);
        for (vector, axis) in vectors.iter().zip([2, 0, 3, 1]) {
            for (i, x) in vector.iter().enumerate() {
                let expected = if i == axis { 1.0 } else { 0.0 };
                assert!((x.abs() - expected).abs() <= 1e-9, "{vectors:?}");
            }
        }
        // The mean of the squares along random directions is (9 + 1 + 25 + 4)/4.
        let expected = [25.0, 9.0, 4.0, 1.0].map(|most: f64| (most / 9.75).sqrt());
        assert!(gains.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-9), "{gains:?}");
    }

    #[test]
    fn a_matrix_of_zeros_has_directions_all_the_same() {
        let Directions { vectors, gains } = largest(&vec![vec![0.0; 12]; 12]);
        for (i, a) in vectors.iter().enumerate() {
            for (j, b) in vectors.iter().enumerate() {
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((dot(a, b) - expected).abs() <= 1e-9, "{i} {j}");
            }
        }
        assert!(gains.iter().all(|&gain| (gain - 1.0).abs() <= f64::EPSILON));
    }

    /// Along the first direction the pictures of other points change more than along the mean axis.
    #[test]
    fn pictures_change_most_along_the_first_direction() {
        let data = Data { name: "toy".to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
        config.model.width = 8;
        let gan = Gan::start(&config).unwrap();
        let Directions { vectors, gains } = of(&gan).unwrap();
        assert_eq!(COUNT, vectors.len());
        assert!(gains.is_sorted_by(|a, b| b <= a) && 1.2 < gains[0], "{gains:?}");
        let change = |direction: &[f64]| {
            let mut total = 0.0;
            for seed in 100..140 {
                let point = latent(&[seed]);
                let moved = point.data().iter().zip(direction).map(|(z, d)| z + STEP * *d as f32);
                let points: Vec<f32> = point.data().iter().copied().chain(moved).collect();
                let both = pictures(&gan, &points).unwrap();
                let (a, b) = both.split_at(both.len() / 2);
                total += a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
            }
            total
        };
        let axes = (0..LATENT).step_by(10).map(|axis| {
            let direction: Vec<f64> = (0..LATENT).map(|i| if i == axis { 1.0 } else { 0.0 }).collect();
            change(&direction)
        });
        let mean = axes.sum::<f64>() / 10.0;
        let first = change(&vectors[0]);
        assert!(1.2 * mean < first, "{first} along the first direction, {mean} along an axis");
    }
}
