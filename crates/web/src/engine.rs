//! The engine behind the door: it keeps generators, data and a pair that trains, and answers
//! requests.

use std::collections::BTreeMap;

use data::Images;
use data::scale;
use dcgan::models::{Convolution, Layer};
use dcgan::wish::Wish;
use serde_json::{Value, json};
use tensor::ops::sigmoid;
use tensor::{Tape, Tensor};

use crate::anatomy::{Anatomy, points};
use crate::error::Error;
use crate::pair::{Pair, Progress, faults};
use crate::payload;
use crate::pixel::{Origin, Place, one};
use crate::request::{Look, Request};
use crate::seed::Seed;
use crate::wire::{Answer, bytes_of, floats, parts_of};

/// The name of the generator that trains here.
const TRAINING: &str = "training";
/// Images of one request. Their maps would not fit into memory.
const MOST_POINTS: usize = 1024;
/// Bytes of images that a page may hand over.
const MOST_DATA: usize = 256 << 20;

/// All that a page has asked for so far.
#[derive(Default)]
pub struct Engine {
    generators: BTreeMap<String, Anatomy>,
    data: Option<(String, Images)>,
    pair: Option<Pair>,
}

impl Engine {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The answer to a request, both as `worker.js` describes them. What cannot be done is refused
    /// in a sentence, and changes nothing.
    pub fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        bytes_of(self.try_answer(request))
    }

    fn try_answer(&mut self, request: &[u8]) -> Result<Answer, Error> {
        let (json, bytes) = parts_of(request)?;
        let request = serde_json::from_slice(json).map_err(|error| Error::Request(error.to_string()))?;
        match request {
            Request::Load { net } => self.load(net, bytes),
            Request::Forget { net } => {
                self.generators.remove(&net);
                Ok(Answer::default())
            }
            Request::Points { seeds, net, classes } => {
                let known = match net {
                    None => 0,
                    Some(net) => self.generator(&net)?.get().classes,
                };
                Ok(Answer::default().with("points", &of_seeds(&seeds, classes, known)?))
            }
            Request::Images(look) => {
                let generator = self.generator(&look.net)?;
                let images = generator.get().images(&generator.points_of(&look, bytes)?, &checked(&look)?);
                Ok(Answer::default().with_bytes("pixels", images.shape(), scale::to_bytes(images.data())?))
            }
            Request::Layers(look) => self.layers(&look, bytes),
            Request::Pixel { look, y, x, channel, most } => {
                let place = Place { show: look.show, y, x, channel };
                let generator = self.generator(&look.net)?;
                let origin = generator.get().origin(&generator.points_of(&look, bytes)?, &checked(&look)?, place)?;
                Ok(told(&origin, most))
            }
            Request::Phases(look) => {
                let generator = self.generator(&look.net)?;
                let phases = generator.get().phases(&generator.points_of(&look, bytes)?, &checked(&look)?);
                Ok(Answer::of(json!({"phases": phases})))
            }
            Request::Data { name, height, width, channels } => {
                let images = images(height, width, channels, bytes)?;
                let answer = json!({"count": images.count(), "sha256": images.sha256()});
                self.data = Some((name, images));
                Ok(Answer::of(answer))
            }
            Request::Begin(beginning) => {
                let (name, images) = self.data()?;
                let pair = Pair::begin(name, images, &beginning)?;
                let layers_g = described(&pair.gan.generator.layers());
                let layers_d = described(&pair.gan.discriminator.layers());
                let answer = json!({"config": pair.config, "step": 0, "layers_g": layers_g, "layers_d": layers_d});
                self.pair = Some(pair);
                Ok(Answer::of(answer))
            }
            Request::Restore => {
                let (_, images) = self.data()?;
                let pair = Pair::restore(bytes, images)?;
                let answer = json!({"config": pair.config, "step": pair.gan.step});
                self.pair = Some(pair);
                Ok(Answer::of(answer))
            }
            Request::Change(change) => {
                let pair = self.pair()?;
                pair.change(&change)?;
                Ok(Answer::of(json!({"config": pair.config})))
            }
            Request::Faults => {
                let faults = faults().map(|exhibit| {
                    json!({"name": exhibit.name, "title": exhibit.title, "see": exhibit.see, "remedy": exhibit.remedy})
                });
                Ok(Answer::of(json!({"faults": faults.collect::<Vec<Value>>()})))
            }
            Request::Step { count } => {
                let pair = self.pair()?;
                let progress = pair.steps(count);
                Ok(reported(pair, &progress, json!({})))
            }
            Request::Half => {
                let pair = self.pair()?;
                let half = pair.next_half();
                let progress = pair.half();
                Ok(reported(pair, &progress, json!({"half": half.name()})))
            }
            Request::Samples { count } => {
                let pair = self.pair()?;
                let images = pair.samples(counted(count)?);
                let answer = Answer::of(json!({"step": pair.gan.step}));
                Ok(answer.with_bytes("pixels", images.shape(), scale::to_bytes(images.data())?))
            }
            Request::Wants { count } => {
                let pair = self.pair()?;
                let (fakes, logits, gradient) = pair.wants(counted(count)?);
                let logits: Vec<f64> = logits.iter().map(|&logit| f64::from(logit)).collect();
                let answer = json!({"step": pair.gan.step, "verdicts": sigmoid::reference::forward(&logits)});
                let pixels = scale::to_bytes(fakes.data())?;
                Ok(Answer::of(answer).with_bytes("pixels", fakes.shape(), pixels).with("gradient", &gradient))
            }
            Request::Save => {
                let pair = self.pair()?;
                let file = pair.save()?;
                let answer = Answer::of(json!({"step": pair.gan.step}));
                Ok(answer.with_bytes("checkpoint", &[file.len()], file))
            }
            Request::Idx => {
                let (_, images) = self.data()?;
                let file = data::idx_file(images);
                Ok(Answer::default().with_bytes("images", &[file.len()], file))
            }
            Request::End => {
                self.pair = None;
                Ok(Answer::default())
            }
        }
    }

    fn data(&self) -> Result<(&str, &Images), Error> {
        let data = self.data.as_ref().map(|(name, images)| (name.as_str(), images));
        data.ok_or_else(|| Error::Refused("there are no images to learn from yet; drop some first".to_owned()))
    }

    fn pair(&mut self) -> Result<&mut Pair, Error> {
        self.pair.as_mut().ok_or_else(|| Error::Refused("no pair trains yet; begin one first".to_owned()))
    }

    /// The generator of that name.
    fn generator(&self, net: &str) -> Result<Held<'_>, Error> {
        if net == TRAINING
            && let Some(pair) = &self.pair
        {
            let network = payload::generator_of(&pair.gan, &pair.config.model);
            return Anatomy::new(network).map(|anatomy| Held::Own(Box::new(anatomy)));
        }
        let loaded = self.generators.get(net).map(Held::Kept);
        loaded.ok_or_else(|| Error::Refused(format!("there is no generator called {net}; load it first")))
    }

    fn load(&mut self, net: String, bytes: &[u8]) -> Result<Answer, Error> {
        if net == TRAINING {
            return Err(Error::Refused(format!("{TRAINING} is the generator that trains here; take another name")));
        }
        let anatomy = Anatomy::new(payload::read(bytes)?)?;
        let model = &anatomy.model;
        let answer = json!({
            "size": model.size, "channels": model.channels, "width": model.width, "kind": model.kind,
            "step": anatomy.step, "points": anatomy.point_size(), "classes": anatomy.classes,
            "layers": described(&anatomy.layers),
        });
        self.generators.insert(net, anatomy);
        Ok(Answer::of(answer))
    }

    fn layers(&self, look: &Look, bytes: &[u8]) -> Result<Answer, Error> {
        let generator = self.generator(&look.net)?;
        let (z, settings) = (generator.points_of(look, bytes)?, checked(look)?);
        let mut tape = Tape::new();
        let z = tape.constant(z);
        let maps = generator.get().forward(&mut tape, z, &settings);
        let mut list = vec![];
        let mut answer = Answer::default();
        for (i, map) in maps.iter().enumerate() {
            let part = format!("map{i}");
            list.push(json!({"part": part, "name": map.name, "what": map.what.name()}));
            answer = answer.with(&part, &one(&tape.value(map.var), look.show)?);
        }
        Ok(answer.and(json!({"layers": list})))
    }
}

/// A generator that is kept, or one that has just been taken out of the pair.
enum Held<'a> {
    Kept(&'a Anatomy),
    Own(Box<Anatomy>),
}

impl Held<'_> {
    fn get(&self) -> &Anatomy {
        match self {
            Self::Kept(anatomy) => anatomy,
            Self::Own(anatomy) => anatomy,
        }
    }

    /// The points of a look: those of its seeds, or else the request's bytes.
    fn points_of(&self, look: &Look, bytes: &[u8]) -> Result<Tensor, Error> {
        let anatomy = self.get();
        if !look.seeds.is_empty() {
            return of_seeds(&look.seeds, look.classes.clone(), anatomy.classes);
        }
        let z = points(floats(bytes)?, anatomy.point_size())?;
        counted(z.shape()[0])?;
        Ok(z)
    }
}

/// The settings of a look.
fn checked(look: &Look) -> Result<crate::settings::Settings, Error> {
    match look.settings.complaint() {
        Some(reason) => Err(Error::Refused(reason)),
        None => Ok(look.settings.clone()),
    }
}

fn counted(count: usize) -> Result<usize, Error> {
    if (1..=MOST_POINTS).contains(&count) {
        Ok(count)
    } else {
        Err(Error::Refused(format!("count must be from 1 to {MOST_POINTS}, not {count}")))
    }
}

/// The points of seeds, of the classes that are asked for, in turn, for a generator that knows so
/// many.
fn of_seeds(seeds: &[Seed], classes: Vec<usize>, known: usize) -> Result<Tensor, Error> {
    counted(seeds.len())?;
    let seeds: Vec<u64> = seeds.iter().map(|seed| seed.0).collect();
    let wish = Wish { truncation: None, classes };
    wish.check(known)?;
    Ok(wish.points(&seeds, known))
}

fn images(height: usize, width: usize, channels: usize, bytes: &[u8]) -> Result<Images, Error> {
    if height != width || !(1..=256).contains(&height) || ![1, 3].contains(&channels) {
        let reason =
            format!("images must be square, of 16 to 256 pixels, grey or RGB, not {height}×{width}×{channels}");
        return Err(Error::Refused(reason));
    }
    let size = height * width * channels;
    if bytes.is_empty() || !bytes.len().is_multiple_of(size) || MOST_DATA < bytes.len() {
        let reason = format!("{} bytes are no images of {height}×{width}×{channels}, up to 256 MB", bytes.len());
        return Err(Error::Refused(reason));
    }
    Ok(Images::new(height, width, channels, bytes.to_vec()))
}

/// What a page shows of layers.
fn described(layers: &[Layer]) -> Vec<Value> {
    let extents = |layer: &Layer| match layer.output[..] {
        [height, width, channels] => (height, width, channels),
        ref output => (1, 1, output.iter().product()),
    };
    let described = layers.iter().map(|layer| {
        let (height, width, channels) = extents(layer);
        let kernel = layer.convolution.as_ref().map(|Convolution { window, .. }| window.down.kernel);
        let stride = layer.convolution.as_ref().map(|Convolution { window, .. }| window.down.stride);
        json!({
            "name": layer.name, "height": height, "width": width, "channels": channels,
            "kernel": kernel, "stride": stride, "parameters": layer.parameters,
        })
    });
    described.collect()
}

/// Where a pixel comes from, with its `most` largest products.
fn told(origin: &Origin, most: usize) -> Answer {
    let Origin { value, sum, bias, terms, contributions } = origin;
    let shown = &terms[..most.min(terms.len())];
    let rest: f64 = terms[shown.len()..].iter().map(|term| term.product).sum();
    let byte = scale::to_bytes(&[*value]).ok().and_then(|bytes| bytes.first().copied());
    let layers = contributions.iter().enumerate().map(|(i, contribution)| {
        let rest = f64::from(*sum) - contribution.sum;
        json!({"part": format!("map{i}"), "name": contribution.name, "sum": contribution.sum, "rest": rest})
    });
    let answer = Answer::of(json!({
        "byte": byte, "value": value, "sum": sum, "bias": bias, "terms": shown, "of_terms": terms.len(), "rest": rest,
        "layers": layers.collect::<Vec<Value>>(),
    }));
    let parts = contributions.iter().enumerate();
    parts.fold(answer, |answer, (i, contribution)| answer.with(&format!("map{i}"), &contribution.map))
}

/// An answer about steps that were made.
fn reported(pair: &Pair, progress: &Progress, more: Value) -> Answer {
    let metrics = progress.metrics.iter().map(|(step, metrics)| {
        json!({
            "step": step, "d_loss": metrics.d_loss, "g_loss": metrics.g_loss, "d_real": metrics.d_real,
            "d_fake": metrics.d_fake, "d_grad_norm": metrics.d_grad_norm, "g_grad_norm": metrics.g_grad_norm,
        })
    });
    let metrics: Vec<Value> = metrics.collect();
    let answer =
        json!({"step": pair.gan.step, "metrics": metrics, "doctor": progress.doctor, "broken": progress.broken});
    Answer::of(answer).and(more)
}
