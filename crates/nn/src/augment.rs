//! Differentiable augmentation: all that D sees, real and fake, is tinted, moved and cut out at
//! random (Zhao et al. 2020, whose policy `color,translation,cutout` this is).
//!
//! | | range |
//! |---|---|
//! | brightness | plus a number from −½ to ½ |
//! | saturation | from 0 to 2 times; of pictures in colour alone |
//! | contrast | from ½ to 1½ times |
//! | translation | up to an eighth of the side, each way |
//! | cut-out | a square of half the side; its centre is anywhere |
//!
//! Grey pictures are moved and cut alone: of digits, black paper and white ink are the same in all.
//! Nothing is mirrored, since a mirrored digit is none. Which numbers are drawn is the business of
//! the caller: a GAN's draws are a function of seed and step. G's half of a step has its own draw.
//! D's half has one for both batches: fake image number `i` is changed as real image number `i` is.

use rand::Rng;
use rand::rngs::ChaCha8Rng;
use tensor::ops::cutout::Hole;
use tensor::ops::tint::Tint;
use tensor::ops::translate::Shift;
use tensor::{Tape, Var};

/// `images`, `[n, side, side, channels]`, each changed by what is drawn from `rng` for its place in
/// the whole batch.
pub fn augment(tape: &mut Tape, images: Var, rng: &mut ChaCha8Rng) -> Var {
    let [n, side, _, channels] = tape.value(images).dims();
    let (mut tints, mut shifts, mut holes) = (vec![], vec![], vec![]);
    let shards = tape.shards();
    let own = shards.first(n) as usize..shards.first(n) as usize + n;
    for image in 0..shards.whole(n) {
        let [brightness, saturation, contrast] = [-0.5, 0.0, 0.5].map(|least| least + unit(rng));
        let most = (side as i32 + 4) / 8;
        let [down, right] = [(); 2].map(|()| below(rng, 2 * most as usize + 1) as i32 - most);
        let hole = side.div_ceil(2);
        let [rows, columns] = [(); 2].map(|()| {
            let centre = below(rng, side + 1 - hole % 2);
            centre.saturating_sub(hole / 2)..(centre + hole - hole / 2).min(side)
        });
        if own.contains(&image) {
            tints.push(Tint { brightness, saturation: 2.0 * saturation, contrast });
            shifts.push(Shift { down, right });
            holes.push(Hole { rows, columns });
        }
    }
    let images = if channels == 1 { images } else { tape.tint(images, tints) };
    let images = tape.translate(images, shifts);
    tape.cutout(images, holes)
}

/// A number from 0 to 1.
fn unit(rng: &mut ChaCha8Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / 16_777_216.0
}

/// A whole number below `n`. (The remainder of 2³² makes some of them likelier, by one in
/// millions.)
fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use tensor::Tensor;

    use super::*;

    /// 50 white pictures by draw `number`.
    fn changed(channels: usize, number: u64) -> Vec<f32> {
        let mut tape = Tape::new();
        let white = tape.constant(Tensor::new(&[50, 28, 28, channels], vec![1.0; 50 * 28 * 28 * channels]));
        let seen = augment(&mut tape, white, &mut ChaCha8Rng::seed_from_u64(number));
        tape.value(seen).data().to_vec()
    }

    #[test]
    fn a_draw_is_a_function_of_its_number_and_each_picture_has_its_own() {
        assert!(changed(1, 3) == changed(1, 3));
        assert!(changed(1, 3) != changed(1, 4));
        let pictures = changed(1, 3);
        let different: std::collections::BTreeSet<Vec<u32>> =
            pictures.chunks_exact(28 * 28).map(|x| x.iter().map(|x| x.to_bits()).collect()).collect();
        assert!(45 <= different.len(), "{} of 50 differ", different.len());
    }

    /// A grey picture is moved and cut and nothing else; at most half of a side in each direction
    /// goes with the hole, and an eighth with the move.
    #[test]
    fn grey_pictures_keep_their_light() {
        let share = |x: &[f32]| x.iter().filter(|&&x| x == 0.0).count() as f32 / x.len() as f32;
        let grey = changed(1, 0);
        assert!(grey.iter().all(|&x| x == 0.0 || x == 1.0));
        let most = 1.0 - (24.0 * 24.0 - 14.0 * 14.0) / (28.0 * 28.0);
        let shares: Vec<f32> = grey.chunks_exact(28 * 28).map(share).collect();
        assert!(shares.iter().all(|&share| 0.06 <= share && share <= most), "{shares:?}");
        let coloured = changed(3, 0);
        assert!(coloured.iter().any(|&x| x != 0.0 && x != 1.0), "a tint");
    }

    /// What `augment` makes of `n` copies of a picture of that side and those channels.
    fn copies(n: usize, side: usize, channels: usize, picture: &[f32]) -> Vec<f32> {
        let mut tape = Tape::new();
        let images = tape.constant(Tensor::new(&[n, side, side, channels], picture.repeat(n)));
        let seen = augment(&mut tape, images, &mut ChaCha8Rng::seed_from_u64(1));
        tape.value(seen).data().to_vec()
    }

    /// A grey picture, each of whose pixels tells its place: no two are alike, and none is 0.
    fn places(side: usize) -> Vec<f32> {
        (0..side * side).map(|place| 1.0 + place as f32).collect()
    }

    /// How far a picture of [`places`] was moved, down and to the right.
    fn shift(side: usize, seen: &[f32]) -> [i32; 2] {
        let to = seen.iter().position(|&x| x != 0.0).expect("a move and a hole leave some pixels");
        let from = seen[to] as usize - 1;
        [(to / side) as i32 - (from / side) as i32, (to % side) as i32 - (from % side) as i32]
    }

    #[test]
    fn a_picture_of_28_pixels_is_moved_by_at_most_4_each_way() {
        let seen = copies(500, 28, 1, &places(28));
        let shifts: Vec<[i32; 2]> = seen.chunks_exact(28 * 28).map(|seen| shift(28, seen)).collect();
        for moves in [0, 1].map(|axis| shifts.iter().map(move |shift| shift[axis])) {
            assert_eq!((Some(-4), Some(4)), (moves.clone().min(), moves.max()));
        }
    }

    /// In pictures that are not moved, all zeros are the hole's. An odd one has 13 of 25 rows, six
    /// of them at each side of its centre, and the centre is a row of the picture.
    #[test]
    fn the_centre_of_an_odd_hole_is_any_pixel() {
        let seen = copies(10_000, 25, 1, &places(25));
        let mut found = [const { std::collections::BTreeSet::new() }; 2];
        for seen in seen.chunks_exact(25 * 25).filter(|seen| shift(25, seen) == [0, 0]) {
            let hole: Vec<usize> = (0..25 * 25).filter(|&place| seen[place] == 0.0).collect();
            for (found, along) in found.iter_mut().zip([|place| place / 25, |place| place % 25]) {
                let places = hole.iter().map(|&place: &usize| along(place));
                found.insert((places.clone().min(), places.max()));
            }
        }
        let expected = (0..25_usize).map(|centre| (Some(centre.saturating_sub(6)), Some((centre + 6).min(24))));
        let expected: std::collections::BTreeSet<_> = expected.collect();
        assert_eq!([expected.clone(), expected], found);
    }

    /// Saturation, from 0 to 2, and contrast, from ½ to 1½, multiply the distance between the
    /// channels of a pixel. The mean of each factor is 1, and 0.15 are five standard deviations of
    /// the mean of 500.
    #[test]
    fn colours_are_as_often_stronger_as_weaker() {
        let seen = copies(500, 8, 3, &[1.0, 0.0, -1.0].repeat(64));
        let factor = |seen: &[f32]| {
            let pixels = seen.chunks_exact(3).map(|pixel| (pixel[0] - pixel[2]) / 2.0);
            pixels.fold(0.0, f32::max) // pixels that are cut out have none
        };
        let factors: Vec<f32> = seen.chunks_exact(8 * 8 * 3).map(factor).collect();
        let mean = factors.iter().sum::<f32>() / 500.0;
        let largest = factors.iter().copied().fold(0.0, f32::max);
        assert!((mean - 1.0).abs() <= 0.15, "the mean is {mean}");
        assert!((2.0..=3.0).contains(&largest), "the largest is {largest}");
    }
}
