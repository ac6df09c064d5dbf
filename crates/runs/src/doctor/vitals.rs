//! What the doctor looks at besides the losses: activations, and how much images differ.
//!
//! An examination passes a few images through both networks on tapes that are watched and thrown
//! away. No gradient is computed, no running statistic moves, no random number is drawn that
//! training would draw.

use std::cell::RefCell;
use std::rc::Rc;

use nn::Mode;
use tensor::{Buffer, Direction, Tape, Tensor};

use dcgan::gan::Gan;
use dcgan::models::{DropoutKeys, LATENT};
use dcgan::streams::{Purpose, noise, stream};

/// Images that are looked at.
const EXAMINED: usize = 16;

/// The findings of one examination.
#[derive(Clone, Debug)]
pub(super) struct Vitals {
    /// How much fake images differ from each other, in units of how much real ones do: 0 if all are
    /// one picture. Unknown if the real ones are too few to tell.
    pub diversity: Option<f32>,
    /// How far fake images by the running statistics are from the same by those of their batch, in
    /// the same units.
    pub drift: Option<f32>,
    /// For each activation: its layer, and the share of its channels that are positive nowhere.
    pub silent: Vec<(String, f32)>,
}

/// Examines both networks by the first of a batch of real images.
pub(super) fn examine(gan: &mut Gan, images: &Tensor) -> Vitals {
    let [count, height, width, channels] = images.dims();
    let count = count.min(EXAMINED);
    let pixels = &images.data()[..count * height * width * channels];
    let real = Tensor::new(&[count, height, width, channels], Buffer::copy_of(pixels));

    let z = gan.of_all_classes(noise(&mut stream(0, Purpose::Samples, 0), EXAMINED, LATENT));
    let sampled = by_running_statistics(gan, &z);
    let by_batch = by_their_own_statistics(gan, &z);

    // The network that learns, though samples may come from its moving average.
    let watch = Watch::default();
    let mut tape = watch.tape();
    let frozen = gan.generator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.constant(z);
    let made = gan.generator.forward_inference(&mut tape, &frozen, z, &mut DropoutKeys::none());
    let learning = tape.value(made);
    let mut tape = watch.tape();
    let frozen = gan.bind_discriminator(&mut tape, Mode::Frozen);
    let x = tape.constant(real.clone());
    let classes = gan.classes().max(1);
    let _ = gan.ask(&(0..count).map(|i| i % classes).collect::<Vec<_>>(), Tensor::zeros(&[count, LATENT]));
    let _ = gan.discriminator.forward(&mut tape, &frozen, x, &mut DropoutKeys::none());

    let unit = spread(&real);
    let in_units = |x: f32| (EXAMINED <= count && 0.0 < unit).then(|| x / unit);
    let drift = in_units(mean_distance(&learning, &by_batch));
    let made = sampled.unwrap_or(learning);
    Vitals { diversity: in_units(spread(&made)), drift, silent: watch.silent.take() }
}

/// Images of the moving average, if there is one.
fn by_running_statistics(gan: &Gan, z: &Tensor) -> Option<Tensor> {
    gan.moving_average.is_some().then(|| gan.sample(z, &mut DropoutKeys::none()))
}

/// The images of a copy of the generator that learns, with the batch norm of training. So no
/// running statistic of the run moves. (Those of a moving average lag behind its weights for
/// hundreds of steps, and this is no illness.)
fn by_their_own_statistics(gan: &Gan, z: &Tensor) -> Tensor {
    let mut generator = gan.generator.copy();
    let mut tape = Tape::new();
    let frozen = generator.parameters().bind(&mut tape, Mode::Frozen);
    let z = tape.constant(z.clone());
    let images = generator.forward_training(&mut tape, &frozen, z, &mut DropoutKeys::none());
    tape.value(images)
}

/// The mean, over all pixels, of how far two batches of images are apart.
fn mean_distance(a: &Tensor, b: &Tensor) -> f32 {
    let distances = a.data().iter().zip(b.data()).map(|(a, b)| f64::from((a - b).abs()));
    (distances.sum::<f64>() / a.data().len() as f64) as f32
}

/// The mean, over all pixels, of how far images deviate from their mean.
fn spread(images: &Tensor) -> f32 {
    let count = images.shape()[0];
    let pixels = images.data().len() / count;
    let image = |i: usize| &images.data()[i * pixels..][..pixels];
    let deviation = |pixel: usize| {
        let mean = (0..count).map(|i| image(i)[pixel]).sum::<f32>() / count as f32;
        (0..count).map(|i| (image(i)[pixel] - mean).abs()).sum::<f32>() / count as f32
    };
    (0..pixels).map(deviation).sum::<f32>() / pixels as f32
}

/// Looks at the activations of networks, layer by layer.
#[derive(Clone, Default)]
struct Watch {
    silent: Rc<RefCell<Vec<(String, f32)>>>,
}

impl Watch {
    fn tape(&self) -> Tape {
        let silent = Rc::clone(&self.silent);
        Tape::observed(move |seen| {
            if seen.direction == Direction::Forward && seen.op.rectifies {
                silent.borrow_mut().push((seen.scope.to_owned(), share_of_silent(seen.value)));
            }
        })
    }
}

/// The share of channels that are positive nowhere.
fn share_of_silent(x: &Tensor) -> f32 {
    let channels = x.shape().last().copied().unwrap_or(1);
    let mut alive = vec![false; channels];
    for pixel in x.data().chunks_exact(channels) {
        for (alive, &x) in alive.iter_mut().zip(pixel) {
            *alive |= 0.0 < x;
        }
    }
    alive.iter().filter(|alive| !**alive).count() as f32 / channels as f32
}
