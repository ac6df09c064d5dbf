//! The figures of images whose quality is known: real, blurred, always the same, noise, stolen.

use std::sync::OnceLock;

use data::Images;
use rand::Rng;

use super::*;
use crate::Domain;
use data::streams::stream;

const PICTURE: usize = 28 * 28;

/// The test digits from `start` on.
fn digits(start: usize, count: usize) -> Images {
    static DIGITS: OnceLock<Images> = OnceLock::new();
    let digits = DIGITS.get_or_init(|| crate::test_data::digits().into_images());
    Images::new(28, 28, 1, digits.pixels()[start * PICTURE..][..count * PICTURE].to_vec())
}

/// A small world: 2,000 digits to learn from, 500 held out.
fn evaluator() -> &'static Evaluator {
    static EVALUATOR: OnceLock<Evaluator> = OnceLock::new();
    EVALUATOR.get_or_init(|| {
        let (training, held_out) = (digits(0, 2000), digits(2000, 500));
        let reals = Reals { name: "digits".to_owned(), domain: Domain::Mnist, class: None, training, held_out };
        Evaluator::new(LoadedJudge::shipped(Domain::Mnist), reals)
    })
}

/// Each pixel becomes the mean of the nine around it.
fn blurred(images: &Images) -> Images {
    let blur = |picture: &[u8]| {
        let at = |y: usize, x: usize| picture.get(y * 28 + x).map_or(0, |&byte| u32::from(byte));
        let pixel = |i: usize| {
            let (y, x) = (i / 28, i % 28);
            let around = (0..9).map(|k| at((y + k / 3).saturating_sub(1), (x + k % 3).saturating_sub(1).min(27)));
            (around.sum::<u32>() / 9) as u8
        };
        (0..PICTURE).map(pixel).collect::<Vec<u8>>()
    };
    Images::new(28, 28, 1, images.pixels().chunks_exact(PICTURE).flat_map(blur).collect())
}

#[test]
fn worse_images_have_worse_figures() {
    let evaluator = evaluator();
    let real = digits(3000, 500);
    let noise = {
        let mut bytes = vec![0; 500 * PICTURE];
        stream(1, b"noise   ", 0).fill_bytes(&mut bytes);
        Images::new(28, 28, 1, bytes)
    };
    let repeated = Images::new(28, 28, 1, digits(3000, 1).pixels().repeat(500));

    let Evaluation { samples, held_out, .. } = evaluator.evaluate(&real);
    let [Column { figures: real, nearness }] = &samples[..] else { panic!("as many held-out images as samples") };
    let floor = &held_out.figures;
    let [blurred, repeated, noise] = [&blurred(&digits(3000, 500)), &repeated, &noise].map(|x| evaluator.figures(x));

    // Other real images are as good as the held-out ones.
    let frechet = |figures: &Figures| figures.frechet_distance;
    assert!((frechet(real) / frechet(floor)).ln().abs() <= 0.3, "{real:#?} {floor:#?}");
    let [kernel, kernel_floor] = [real, floor].map(|figures| figures.kernel_distance);
    let doubt = kernel.interval + kernel_floor.interval;
    assert!((kernel.value - kernel_floor.value).abs() <= 2.0 * doubt, "{kernel:?} {kernel_floor:?}");
    assert!(nearness.suspects <= 0.04, "{nearness:?}");

    for (better, worse) in [(real, &blurred), (&blurred, &repeated), (&blurred, &noise)] {
        assert!(1.5 * frechet(better) < frechet(worse), "{better:#?} {worse:#?}");
        assert!(2.0 * better.kernel_distance.value < worse.kernel_distance.value, "{better:#?} {worse:#?}");
        assert!(worse.recall < better.recall, "{better:#?} {worse:#?}");
        assert!(worse.class_entropy_bits < better.class_entropy_bits, "{better:#?} {worse:#?}");
    }
    assert!(blurred.precision < real.precision && blurred.inception_score < real.inception_score, "{blurred:#?}");
    assert!(noise.precision < 0.05 && repeated.recall < 0.05, "{noise:#?} {repeated:#?}");
    assert!((repeated.inception_score - 1.0).abs() <= 1e-6, "{repeated:#?}");
    assert_eq!([(10, 10), (1, 10)], [real, &repeated].map(|f| (f.classes_covered, f.classes_expected)));
}

#[test]
fn stolen_images_are_suspect() {
    let stolen = Images::new(28, 28, 1, [digits(0, 100).pixels(), digits(4000, 100).pixels()].concat());
    let Nearness { suspects, .. } = evaluator().evaluate(&stolen).samples[0].nearness;
    assert!((0.5..0.55).contains(&suspects), "{suspects}");
}

#[test]
fn more_samples_than_held_out_images_are_also_measured_at_their_number() {
    let evaluation = evaluator().evaluate(&digits(3000, 800));
    let counts = evaluation.samples.iter().chain([&evaluation.held_out]).map(|column| column.figures.images);
    assert_eq!([800, 500, 500], counts.collect::<Vec<_>>()[..]);
    // A Fréchet distance falls with the number of images, which is why.
    let [all, part] = [0, 1].map(|i| evaluation.samples[i].figures.frechet_distance);
    assert!(all < part, "{all} {part}");
}

#[test]
fn fewer_samples_than_held_out_images_are_held_against_as_many() {
    let evaluation = evaluator().evaluate(&digits(3000, 150));
    let counts = evaluation.samples.iter().chain([&evaluation.held_out]).map(|column| column.figures.images);
    assert_eq!([150, 150], counts.collect::<Vec<_>>()[..]);
}

#[test]
fn threads_do_not_show() {
    let images = digits(3000, 150);
    tensor::check::same_on_any_threads(|| {
        let Column { figures, nearness } = &evaluator().evaluate(&images).samples[0];
        let kernel = figures.kernel_distance;
        [figures.frechet_distance, kernel.value, kernel.interval, figures.precision, nearness.nearest_pixels]
            .iter()
            .map(|x| x.to_bits())
            .flat_map(|bits| [(bits >> 32) as u32, bits as u32])
            .map(f32::from_bits)
            .collect()
    });
}
