//! The file: a template, and what goes into its gaps.
//!
//! The template `page/page.html` has gaps such as `{{style}}`. The scripts in `page` become one, in
//! the order of `SCRIPTS`. What is bytes becomes [`packed`] text in elements that a browser does
//! not run. The generator's weights have 16 bits, or 8 and a factor for each output channel where
//! 16 would make more than `MOST_TEXT`; earlier states of it have 8. The page says which.

use std::path::PathBuf;

use data::Images;
use dcgan::config::Config;
use gallery::numbers::{counted, thousands};
use gallery::report::{self, escape};
use runs::loaded::{Loaded, NOT_FINITE};
use serde::Serialize;
use web::page::{MODULE, WORKER};
use web::payload;
pub use web::payload::Precision;

use crate::directions::{self, Directions};
use crate::packed::packed;

/// The script of the worker that reads the pictures of the reader.
const DECODER: &str = include_str!("../page/decoder.js");
const TEMPLATE: &str = include_str!("../page/page.html");
const STYLE: &str = include_str!("../page/style.css");

/// The scripts of the page, in the order in which they run.
const SCRIPTS: [&str; 16] = [
    include_str!("../page/engine.js"),
    include_str!("../page/draw.js"),
    include_str!("../page/png.js"),
    include_str!("../page/state.js"),
    include_str!("../page/classes.js"),
    include_str!("../page/points.js"),
    include_str!("../page/point.js"),
    include_str!("../page/walk.js"),
    include_str!("../page/pixel.js"),
    include_str!("../page/layers.js"),
    include_str!("../page/norm.js"),
    include_str!("../page/states.js"),
    include_str!("../page/break.js"),
    include_str!("../page/pictures.js"),
    include_str!("../page/train.js"),
    include_str!("../page/main.js"),
];

/// What stands in the head of a page, and of no other file.
const MARK: &str = "<meta name=\"generator\" content=\"dcgan play\">";

/// Weights of 16 bits that would become more text than that have 8 bits instead.
const MOST_TEXT: usize = 2 << 20;

/// What a page is made of.
pub struct Ingredients<'a> {
    /// What to call it: the name of the run.
    pub name: &'a str,
    /// The generator.
    pub generator: &'a Loaded,
    /// Earlier states of it, in the order of their steps.
    pub earlier: &'a [Loaded],
    /// How exact the weights are; 16 or 8 bits, by their size, if not given.
    pub precision: Option<Precision>,
    /// Images from which a pair in the page can learn, and their name.
    pub images: Option<(&'a str, &'a Images)>,
    /// The way from the page to the chapters of the book, with a slash at its end, if they are
    /// within reach.
    pub book: Option<&'a str>,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PageError {
    /// A picture has a NaN or an infinity.
    #[error("{NOT_FINITE}")]
    NotFinite,
    /// An earlier state makes other pictures.
    #[error("it makes pictures of {found}, and the generator of the page {expected}; name states of one training")]
    Other {
        /// Its checkpoint.
        path: PathBuf,
        /// The extents of the earlier state's pictures.
        found: String,
        /// Those of the generator's.
        expected: String,
    },
}

/// What the scripts know of the page.
#[derive(Serialize)]
struct Facts<'a> {
    name: &'a str,
    size: usize,
    channels: usize,
    width: usize,
    kind: dcgan::models::Kind,
    /// The names of the classes that can be asked for.
    classes: Vec<String>,
    /// The digits of the seed, because JavaScript rounds numbers above 2⁵³.
    seed: String,
    data: &'a str,
    fingerprint: String,
    /// The generator first, then its earlier states.
    networks: Vec<Network>,
    directions: Vec<Vec<f32>>,
    gains: Vec<f32>,
    images: Option<Learnt<'a>>,
}

#[derive(Serialize)]
struct Network {
    /// The element that has its bytes.
    id: String,
    step: u64,
    precision: &'static str,
}

#[derive(Serialize)]
struct Learnt<'a> {
    name: &'a str,
    count: usize,
    height: usize,
    width: usize,
    channels: usize,
}

/// The page.
///
/// # Errors
/// If a picture of the generator is not finite, or an earlier state makes pictures of another size.
///
/// # Panics
/// Never: what it makes JSON of is plain data.
pub fn page(ingredients: &Ingredients<'_>) -> Result<String, PageError> {
    let &Ingredients { name, generator, earlier, images, .. } = ingredients;
    let config = &generator.checkpoint.config;
    let model = &config.model;
    if let Some(other) = earlier.iter().find(|other| pictures_of(&other.checkpoint.config) != pictures_of(config)) {
        let found = pictures_of(&other.checkpoint.config);
        return Err(PageError::Other { path: other.path.clone(), found, expected: pictures_of(config) });
    }
    let Directions { vectors, gains } = directions::of(&generator.gan).map_err(|_| PageError::NotFinite)?;
    let mut networks = vec![];
    let mut bytes = String::new();
    let mut weights = 0;
    for (at, loaded) in std::iter::once(generator).chain(earlier).enumerate() {
        let (precision, text) = weights_of(loaded, ingredients.precision, 0 < at);
        let id = format!("network-{at}");
        weights += text.len();
        bytes += &block(&id, &text);
        networks.push(Network { id, step: loaded.checkpoint.step, precision: named(precision) });
    }
    let module = packed(MODULE);
    bytes += &block("module", &module);
    let pixels = images.map(|(_, images)| packed(images.pixels()));
    bytes += &pixels.as_ref().map_or_else(String::new, |text| block("images", text));
    let facts = Facts {
        name,
        size: model.size,
        channels: model.channels,
        width: model.width,
        kind: model.kind,
        classes: config.class_names(),
        seed: config.training.seed.to_string(),
        data: &config.data.name,
        fingerprint: generator.checkpoint.tensors_sha256(),
        networks,
        directions: vectors.iter().map(|vector| vector.iter().map(|&x| x as f32).collect()).collect(),
        gains: gains.iter().map(|&gain| gain as f32).collect(),
        images: images.map(|(name, images)| Learnt {
            name,
            count: images.count(),
            height: images.height(),
            width: images.width(),
            channels: images.channels(),
        }),
    };
    let facts = serde_json::to_string(&facts).expect("plain data");
    let parts = [
        ("the engine", module.len()),
        ("the weights", weights),
        ("the training images", pixels.map_or(0, |text| text.len())),
    ];
    let sizes = parts.iter().filter(|(_, bytes)| 0 < *bytes);
    let sizes: Vec<String> =
        sizes.map(|(what, bytes)| format!("{what} {} KB", thousands(bytes.div_ceil(1000)))).collect();
    let template = chapters(TEMPLATE, ingredients.book);
    Ok(filled(
        &template,
        &[
            ("title", &escape(name)),
            ("lead", &escape(&lead(generator))),
            ("sizes", &sizes.join(", ")),
            ("style", &[report::STYLE, STYLE].concat()),
            ("facts", &facts.replace('<', "\\u003c")),
            ("bytes", &bytes),
            ("worker", WORKER),
            ("decoder", DECODER),
            ("script", &SCRIPTS.concat()),
        ],
    ))
}

/// Whether these are the bytes of such a page, of any version.
#[must_use]
pub fn is_own(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1000)];
    head.windows(MARK.len()).any(|window| window == MARK.as_bytes())
}

/// The extents of the pictures that networks of that config make, and their classes.
fn pictures_of(config: &Config) -> String {
    let (model, classes) = (&config.model, config.class_names().len());
    let classes = if classes == 0 { String::new() } else { format!(" of {classes} classes") };
    format!("{}×{}×{}{classes}", model.size, model.size, model.channels)
}

/// The generator in a sentence.
fn lead(loaded: &Loaded) -> String {
    let config = &loaded.checkpoint.config;
    let colours = if config.model.channels == 1 { "grey" } else { "coloured" };
    let classes = match config.class_names().len() {
        0 => String::new(),
        classes => format!(" and {classes} classes"),
    };
    format!(
        "A generator of {colours} pictures of {}×{} pixels{classes}, after {} of training on {}.",
        config.model.size,
        config.model.size,
        counted(usize::try_from(loaded.checkpoint.step).unwrap_or(usize::MAX), "step"),
        config.data.name,
    )
}

/// The weights of a generator as text, and how exact they are.
fn weights_of(loaded: &Loaded, wanted: Option<Precision>, is_earlier: bool) -> (Precision, String) {
    let network = payload::generator_of(&loaded.gan, &loaded.checkpoint.config.model);
    let text = |precision| packed(&payload::write(&network, precision));
    match wanted {
        Some(precision) => (precision, text(precision)),
        None if is_earlier => (Precision::I8, text(Precision::I8)),
        None => match text(Precision::F16) {
            text if text.len() <= MOST_TEXT => (Precision::F16, text),
            _ => (Precision::I8, text(Precision::I8)),
        },
    }
}

fn named(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "32 bits, as trained",
        Precision::F16 => "16 bits",
        Precision::I8 => "8 bits",
    }
}

/// Text that a browser keeps and does not run.
fn block(id: &str, text: &str) -> String {
    format!("<script type=\"text/plain\" id=\"{id}\">{text}</script>\n")
}

/// The template with each `[chapter 06-from-small-to-large: words]` as a link to that chapter, or
/// as plain words.
fn chapters(template: &str, book: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("[chapter ") {
        let (chapter, after) = after.split_once("]").unwrap_or((after, ""));
        let (file, words) = chapter.split_once(": ").unwrap_or((chapter, chapter));
        out += before;
        match book {
            Some(book) => out += &format!("<a href=\"{}{file}.md\">{words}</a>", escape(book)),
            None => out += &format!("<cite>{words}</cite>"),
        }
        rest = after;
    }
    out + rest
}

/// The template with its gaps filled. What fills a gap is not looked into.
fn filled(template: &str, gaps: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let text = gaps.iter().find(|(gap, _)| *gap == name).map_or("", |(_, text)| text);
        out += before;
        out += text;
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use dcgan::config::Data;
    use dcgan::gan::Gan;
    use dcgan::variations::Conditional;
    use runs::checkpoint::Checkpoint;

    use super::*;

    fn untrained(size: usize, channels: usize) -> Loaded {
        of_classes(size, channels, "toy", None)
    }

    fn of_classes(size: usize, channels: usize, name: &str, classes: Option<usize>) -> Loaded {
        let data = Data { name: name.to_owned(), images: 64, sha256: String::new() };
        let mut config = Config::from_recipe(data, size, channels, "swift").unwrap();
        config.model.width = 8;
        config.variations.conditional = classes.map(|classes| Conditional { classes, labels_sha256: String::new() });
        let gan = Gan::start(&config).unwrap();
        let checkpoint = Checkpoint::of(&gan, &config);
        Loaded { path: PathBuf::new(), checkpoint, gan }
    }

    fn ingredients<'a>(generator: &'a Loaded, earlier: &'a [Loaded]) -> Ingredients<'a> {
        Ingredients { name: "<b>", generator, earlier, precision: None, images: None, book: None }
    }

    #[test]
    fn a_page_is_whole_and_names_what_is_in_it() {
        let generator = untrained(28, 1);
        let earlier = [untrained(28, 1)];
        let images = Images::new(28, 28, 1, vec![7; 2 * 784]);
        let all =
            Ingredients { images: Some(("mnist", &images)), book: Some("../"), ..ingredients(&generator, &earlier) };
        let text = page(&all).unwrap();
        assert!(!text.contains("{{") && !text.contains("[chapter "), "every gap is filled");
        assert!(is_own(text.as_bytes()) && !is_own(b"<html>"));
        assert!(text.contains("<h1>&lt;b&gt;</h1>") && text.contains(r#""name":"\u003cb>""#), "names are escaped");
        for part in ["id=\"module\">H4sI", "id=\"network-0\">H4sI", "id=\"network-1\">H4sI", "id=\"images\">H4sI"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.contains("16 bits") && text.contains("8 bits") && text.contains("<a href=\"../07-"));
        assert_eq!(text, page(&all).unwrap(), "the same checkpoint gives the same page");
        assert!(page(&ingredients(&generator, &[])).unwrap().contains("<cite>chapter 7"), "the book is out of reach");
    }

    /// A script that has the end of a script in it would end too early.
    #[test]
    fn scripts_end_where_they_should() {
        for script in SCRIPTS.iter().chain([&WORKER, &DECODER]) {
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
    }

    /// Engine, scripts and styles, without weights and images.
    #[test]
    fn a_page_without_weights_and_images_is_small() {
        let generator = untrained(28, 1);
        let text = page(&ingredients(&generator, &[])).unwrap();
        let weights = weights_of(&generator, None, false).1;
        assert!(text.len() - weights.len() <= 600_000, "{} bytes", text.len() - weights.len());
    }

    #[test]
    fn chapters_that_are_linked_exist() {
        let book = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../book/src"));
        let mut count = 0;
        for (_, rest) in TEMPLATE.match_indices("[chapter ").map(|(at, start)| (at, &TEMPLATE[at + start.len()..])) {
            let file = rest.split_once(": ").unwrap().0;
            assert!(book.join(format!("{file}.md")).is_file(), "{file}");
            count += 1;
        }
        assert!(8 <= count);
    }

    #[test]
    fn states_of_other_pictures_are_refused() {
        let generator = untrained(28, 1);
        let refused = page(&ingredients(&generator, &[untrained(32, 3)])).unwrap_err().to_string();
        assert!(refused.contains("pictures of 32×32×3, and the generator of the page 28×28×1"), "{refused}");
    }

    #[test]
    fn classes_are_named_and_belong_to_all_states() {
        let generator = of_classes(32, 3, "cifar-all", Some(10));
        let text = page(&ingredients(&generator, &[])).unwrap();
        assert!(text.contains(r#""classes":["airplane","automobile","#), "names");
        assert!(text.contains("of 32×32 pixels and 10 classes, after"));
        assert!(page(&ingredients(&untrained(28, 1), &[])).unwrap().contains(r#""classes":[]"#));
        let refused = page(&ingredients(&generator, &[untrained(32, 3)])).unwrap_err().to_string();
        assert!(refused.contains("32×32×3, and the generator of the page 32×32×3 of 10 classes"), "{refused}");
    }

    #[test]
    fn weights_have_the_precision_that_is_asked_for() {
        let generator = untrained(28, 1);
        let [exact, half, small] = [Precision::F32, Precision::F16, Precision::I8].map(|precision| {
            let text = weights_of(&generator, Some(precision), true).1;
            text.len()
        });
        assert!(small < half && half < exact, "{small} {half} {exact}");
        assert_eq!(Precision::F16, weights_of(&generator, None, false).0);
        assert_eq!(Precision::I8, weights_of(&generator, None, true).0);
    }
}
