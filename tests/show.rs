//! Pictures of a trained generator: the same pixels in every form, made again byte for byte, and what is refused.

use std::path::Path;

use dcgan::picture::Picture;
use tests::process::{assert_same, bits, dcgan, fails, quick, succeeds, text};
use tests::toy_set;

/// The frames of an animation.
fn frames(apng: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(apng)).read_info().unwrap();
    let count = reader.info().animation_control().unwrap().num_frames;
    let frame = |_| {
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    };
    (0..count).map(frame).collect()
}

/// A folder with a run of a few steps in it.
fn folder() -> tempfile::TempDir {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "3", "--out", "run"]), folder.path()));
    folder
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn a_seed_has_one_picture_in_every_form() {
    let folder = folder();
    let run = |args: &[&str]| succeeds(&dcgan(args, folder.path()));
    run(&["generate", "run", "--seeds", "3,70000-70002", "--separate", "--out", "each"]);
    run(&["generate", "run/checkpoint.safetensors", "--seeds", "3,70000-70002", "--out", "all.npy"]);
    let (array, pixels) = (read(folder.path(), "all.npy"), 28 * 28);
    assert_eq!(128 + 4 * pixels, array.len());
    for (i, name) in ["seed-00003.png", "seed-70000.png", "seed-70001.png", "seed-70002.png"].iter().enumerate() {
        let alone = Picture::from_png(&read(&folder.path().join("each"), name)).unwrap();
        assert!(alone.pixels() == &array[128 + i * pixels..][..pixels], "{name}");
    }
    run(&["generate", "run", "--seeds", "0-69", "--scale", "2"]);
    let first = read(folder.path(), "generated.png");
    for more in [["--threads", "1"], ["--threads", "3"], ["--batch-size", "1"], ["--batch-size", "9"]] {
        run(&[&["generate", "run", "--count", "70", "--scale", "2", "--out", "again.png"][..], &more].concat());
        assert!(first == read(folder.path(), "again.png"), "{more:?}");
    }
}

#[test]
fn every_view_is_made_again_byte_for_byte() {
    let folder = folder();
    let run = |args: &[&str]| succeeds(&dcgan(args, folder.path()));
    run(&["generate", "run", "--seeds", "9,1-4", "--scale", "3"]);
    run(&["generate", "run", "--seeds", "7", "--separate", "--out", "."]);
    run(&["interpolate", "run", "--seeds", "5,3", "--frames", "4", "--path", "linear"]);
    run(&["interpolate", "run", "--loop", "--frames", "2", "--delay", "90", "--out", "walk.apng"]);
    run(&["arithmetic", "run", "0-2", "-", "3,5", "+", "6"]);
    for file in ["generated.png", "seed-00007.png", "interpolation.png", "walk.apng", "arithmetic.png"] {
        let stdout = run(&["reproduce", file, "--checkpoint", "run/checkpoint.safetensors"]);
        assert!(stdout.contains("byte for byte"), "{file}: {stdout}");
    }
    let arithmetic = read(folder.path(), "arithmetic.png");
    run(&["arithmetic", "run", "0-2 - 3,5 + 6", "--threads", "1", "--batch-size", "2"]);
    assert!(arithmetic == read(folder.path(), "arithmetic.png"));
}

#[test]
fn what_cannot_be_shown_is_refused_in_a_line() {
    let folder = folder();
    let refused = |args: &[&str], part: &str| fails(&dcgan(args, folder.path()), 2, &[part]);
    std::fs::write(folder.path().join("file"), "no folder").unwrap();
    for (flags, part) in [
        (&["--seeds", "tea"][..], "\"tea\" is no seed"),
        (&["--seeds", "-1"], "is no seed"),
        (&["--seeds", "9-3"], "goes down"),
        (&["--seeds", "0-99999999"], "more than 100000"),
        (&["--seeds", "1", "--count", "2"], "--count"),
        (&["--count", "0"], "--count"),
        (&["--seed", "18446744073709551615"], "at most 64 bits"),
        (&["--scale", "0"], "--scale"),
        (&["--batch-size", "0"], "--batch-size"),
        (&["--out", "all.npy", "--scale", "2"], "no use for"),
        (&["--out", "nowhere/all.npy"], "nowhere/all.npy: cannot be written"),
        (&["--out", "file/all.png"], "file/all.png: cannot be written"),
        (&["--separate", "--out", "file"], "file: cannot be created"),
        (&["--count", "9000", "--scale", "64"], "ask for fewer images or a smaller --scale"),
    ] {
        refused(&[&["generate", "run"], flags].concat(), part);
    }
    for (flags, part) in [
        (&["--frames", "0"][..], "0 frames"),
        (&["--frames", "-1"], "--frames"),
        (&["--frames", "4000000"], "100000 are the most"),
        (&["--seeds", "7"], "two or more"),
        (&["--seeds", "one,two"], "\"one\" is no seed"),
        (&["--path", "crooked"], "spherical"),
        (&["--delay", "0"], "--delay"),
        (&["--delay", "500", "--out", "strip.png"], "a strip has no use for --delay"),
        (&["--out", "nowhere/walk.apng"], "cannot be written"),
    ] {
        refused(&[&["interpolate", "run"], flags].concat(), part);
    }
    refused(&["arithmetic", "run"], "<SEEDS>");
    refused(&["arithmetic", "run", "1", "-"], "ends with seeds");
    refused(&["arithmetic", "run", "1", "-", "x"], "\"x\" is no seed");
    // The checkpoint of another model: its name for itself, and a shape that is not its own.
    let path = folder.path().join("other.safetensors");
    std::fs::copy(folder.path().join("run/checkpoint.safetensors"), &path).unwrap();
    let mut checkpoint = runs::checkpoint::Checkpoint::read(&path).unwrap();
    checkpoint.config.model.width = 8;
    checkpoint.write(&path).unwrap();
    for command in [
        &["generate", "other.safetensors"][..],
        &["interpolate", "other.safetensors"],
        &["arithmetic", "other.safetensors", "1"],
    ] {
        refused(command, "other.safetensors: ");
    }
    refused(&["reproduce", "file", "--checkpoint", "run/checkpoint.safetensors"], "file: ");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(3, left.len(), "{left:?}");
}

/// The 25 samples of a row, as five rows of five.
fn rearranged(row: &Picture) -> Vec<u8> {
    let images = gallery::compose::images_of_row(row, 25).unwrap();
    Picture::grid_of_bytes(images.pixels(), [25, 28, 28, 1], 5).pixels().to_vec()
}

#[test]
fn a_training_becomes_a_film_of_its_samples() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    succeeds(&dcgan(&quick(set.path(), &["--steps", "7", "--sample-every", "1", "--out", "run"]), folder.path()));
    let sample =
        |step: u64| Picture::from_png(&read(folder.path(), &format!("run/samples/step-{step:06}.png"))).unwrap();
    let made = read(folder.path(), "run/progress.apng");
    let run = |args: &[&str]| succeeds(&dcgan(&[&["film", "run"], args].concat(), folder.path()));
    run(&["--out", "again.apng"]);
    assert!(made == read(folder.path(), "again.apng"));
    run(&["--scale", "1", "--out", "small.apng"]);
    let all = frames(&read(folder.path(), "small.apng"));
    assert_eq!(7, all.len());
    assert!((1..).zip(&all).all(|(step, frame)| *frame == rearranged(&sample(step))));
    run(&["--scale", "1", "--frames", "3", "--delay", "20", "--out", "short.apng"]);
    assert!(frames(&read(folder.path(), "short.apng")) == [2, 4, 7].map(|step| rearranged(&sample(step))));
    let refused = |args: &[&str], part: &str| fails(&dcgan(args, folder.path()), 2, &[part]);
    refused(&["reproduce", "run/progress.apng", "--checkpoint", "run/checkpoint.safetensors"], "reproduce those");
    refused(&["film", "run", "--frames", "0"], "--frames");
    refused(&["film", "run", "--out", "nowhere/film.apng"], "cannot be written");
    refused(&["film", "nowhere"], "there is no run in it");
    std::fs::copy(folder.path().join("run/reals.png"), folder.path().join("run/samples/step-000003.png")).unwrap();
    refused(&["film", "run"], "step-000003.png: it is no row of samples");
    std::fs::remove_dir_all(folder.path().join("run/samples")).unwrap();
    refused(&["film", "run"], "no samples yet");
    refused(&["report", "nowhere"], "there is no run in it");
}

/// The toy set has six classes. Samples are of all of them in turn, so each has its column in the
/// film, and its row in the report.
#[test]
fn film_and_report_of_a_conditional_run_show_its_classes() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let flags = ["--conditional", "--steps", "2", "--sample-every", "1", "--out", "run"];
    succeeds(&dcgan(&quick(set.path(), &flags), folder.path()));
    let row = Picture::from_png(&read(folder.path(), "run/samples/step-000002.png")).unwrap();
    let images = gallery::compose::images_of_row(&row, 30).expect("five samples of each class");
    succeeds(&dcgan(&["film", "run", "--scale", "1", "--out", "small.apng"], folder.path()));
    let expected = Picture::grid_of_bytes(images.pixels(), [30, 28, 28, 1], 6);
    assert!(expected.pixels() == *frames(&read(folder.path(), "small.apng")).last().unwrap());

    let page = text(&read(folder.path(), "run/report.html"));
    assert_well_formed(&page);
    for part in ["It knows 6 classes", "a row for each class, the same noise in each: 0, 1, 2, 3, 4, 5"] {
        assert!(page.contains(part), "{part}");
    }
    succeeds(&dcgan(&["generate", "run", "--count", "10", "--out", "rows.png"], folder.path()));
    let rows = Picture::from_png(&read(folder.path(), "rows.png")).unwrap();
    let shown = page.split("base64,").filter_map(|rest| decoded(rest.split('"').next()?));
    assert_eq!(1, shown.filter(|picture| *picture == rows).count(), "the rows are those of `generate`");
    let json = r#"{"step":2,"called_as_asked":0.975,"samples":[{"images":200}]}"#;
    std::fs::write(folder.path().join("run/evaluation.json"), json).unwrap();
    succeeds(&dcgan(&["report", "run"], folder.path()));
    assert!(text(&read(folder.path(), "run/report.html")).contains("97.5 %</b> called as asked"));
}

/// The picture of base64.
fn decoded(text: &str) -> Option<Picture> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().map_while(digit).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0, |bits, &digit| bits << 6 | u32::from(digit)) << (6 * (4 - four.len()));
        bits.to_be_bytes()[1..four.len()].to_vec()
    });
    Picture::from_png(&bytes.collect::<Vec<u8>>()).ok()
}

/// Whether every tag is closed in the order in which it was opened.
fn assert_well_formed(html: &str) {
    let mut open = vec![];
    for part in html.split('<').skip(1) {
        let name = part.split([' ', '>', '\n']).next().unwrap();
        let tag = part.split('>').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(Some(name), open.pop(), "{tag}"),
            None if tag.ends_with('/') || ["!DOCTYPE", "meta", "img"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_report_shows_the_run_and_needs_nothing_else() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let name = "a <b> & \"c\" run";
    let flags = ["--epochs", "20", "--steps", "40", "--sample-every", "10", "--out", name];
    let stdout = succeeds(&dcgan(&quick(set.path(), &flags), folder.path()));
    assert!(stdout.contains("/report.html"), "{stdout}");
    let page = || text(&read(&folder.path().join(name), "report.html"));
    let made = page();
    assert_well_formed(&made);
    for part in [
        "<title>a &lt;b&gt; &amp; &quot;c&quot; run</title>",
        "40 of 40</b> steps",
        "12 images of ",
        ", 28×28, by the recipe article, from seed 1.",
        "Losses",
        "D(G(z)), fake images",
        "samples after step 40",
        "<dt>learning_rate</dt><dd>0.001</dd>",
        "Nothing to complain of.",
    ] {
        assert!(made.contains(part), "{part}");
    }
    assert_eq!(
        (4, 4),
        (made.matches("<img ").count(), made.matches("src=\"data:image/png;base64,iVBORw0KGgo").count())
    );
    assert_eq!(4, made.matches("<svg ").count());
    let without_pictures: String =
        made.split("base64,").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect();
    for absent in ["http:", "https:", "<script", "url(", "@import", "NaN", "inf\""] {
        assert!(!without_pictures.contains(absent), "{absent}");
    }

    // Later, with more in the directory, also with what is no evaluation of this version.
    let path = |file: &str| folder.path().join(name).join(file);
    std::fs::write(path("notes.txt"), "step 3: a <note>\n").unwrap();
    let row = r#"{"label":"Fréchet distance","cells":["12.5000","0.0208"],"better":"less"}"#;
    let samples = r#"[{"images":200,"frechet_distance":12.5}]"#;
    let heads = r#"["samples","real, held out"]"#;
    let json = format!(r#"{{"step":40,"judge":{{"name":"<j>"}},"samples":{samples},"heads":{heads},"table":[{row}]}}"#);
    std::fs::write(path("evaluation.json"), json).unwrap();
    succeeds(&dcgan(&["report", name], folder.path()));
    for part in [
        "<li>step 3: a &lt;note&gt;</li>",
        "12.5000</td><td>0.0208",
        "200 samples of step 40 beside",
        "the judge &lt;j&gt;",
        "12.50</b> Fréchet",
    ] {
        assert!(page().contains(part), "{part}");
    }
    assert_well_formed(&page());
    std::fs::write(path("evaluation.json"), "no JSON").unwrap();
    std::fs::remove_file(path("progress.apng")).unwrap();
    std::fs::remove_file(path("metrics.csv")).unwrap();
    succeeds(&dcgan(&["report", name], folder.path()));
    assert_well_formed(&page());
    assert!(path("progress.apng").exists());
}

#[test]
fn notes_of_the_doctor_are_kept_and_outlive_an_interruption() {
    let (set, folder) = (toy_set(12), tempfile::tempdir().unwrap());
    let start = |steps: &str, out: &str| {
        succeeds(&dcgan(
            &quick(set.path(), &["--lr", "0.3", "--epochs", "100", "--steps", steps, "--out", out]),
            folder.path(),
        ))
    };
    let stdout = start("160", "whole");
    let notes = text(&read(folder.path(), "whole/notes.txt"));
    assert!(notes.starts_with("step ") && notes.contains(" try "), "{notes}");
    assert_eq!(notes.lines().count(), stdout.matches("doctor, at step").count(), "{stdout}");
    let first: u64 = notes[5..].split(':').next().unwrap().parse().unwrap();
    for steps in [first - 1, first, first + 1] {
        let out = format!("after-{steps}");
        start(&steps.to_string(), &out);
        succeeds(&dcgan(&["train-mnist", "--resume", &out, "--steps", "160"], folder.path()));
        let (whole, resumed) = (bits(&folder.path().join("whole")), bits(&folder.path().join(&out)));
        assert_same(&whole, &resumed, &out);
    }
    assert!(text(&read(folder.path(), "whole/report.html")).contains("<li>step "));
}
