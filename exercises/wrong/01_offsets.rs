//! Wrong answers to exercise 01.

use super::Offsets;
use crate::Wrong;

const ROW_OF_HEIGHT: &str =
    "This is what comes out when a row is h pixels long: it is as long as the image is wide, w.";

pub const WRONG: &[Wrong<Offsets>] = &[
    Wrong {
        name: "nchw",
        answer: Offsets { offset: nchw, image_at },
        words: "of the layout NCHW",
        explanation: "This is what comes out of the layout NCHW: the channels of a pixel should lie side by side, and c is last.",
    },
    Wrong {
        name: "height_for_width",
        answer: Offsets { offset: height_for_width, image_at },
        words: "a row is h pixels long",
        explanation: ROW_OF_HEIGHT,
    },
    Wrong {
        name: "height_for_width_everywhere",
        answer: Offsets { offset: |[_, h, _, c], [n, y, x, channel]| ((n * h + y) * h + x) * c + channel, image_at },
        words: "a row is h pixels long",
        explanation: ROW_OF_HEIGHT,
    },
    Wrong {
        name: "width_for_height",
        answer: Offsets { offset: |[_, _, w, c], [n, y, x, channel]| ((n * w + y) * w + x) * c + channel, image_at },
        words: "an image has w rows",
        explanation: "This is what comes out when an image has w rows: it has as many rows as it is high, h.",
    },
    Wrong {
        name: "columns_first",
        answer: Offsets { offset: columns_first, image_at },
        words: "column after column",
        explanation: "This is what comes out when the pixels lie column after column: a row comes after the other, so x moves faster than y.",
    },
    Wrong {
        name: "batch_forgotten",
        answer: Offsets { offset: batch_forgotten, image_at },
        words: "the first image for all",
        explanation: "This is what comes out when the offset takes the first image for all: image n begins after n·h·w·c numbers.",
    },
    Wrong {
        name: "channels_forgotten",
        answer: Offsets { offset: channels_forgotten, image_at },
        words: "a pixel is one number",
        explanation: "This is what comes out when a pixel is one number: it has c of them, so a step to the right is c numbers.",
    },
    Wrong {
        name: "image_of_pixels",
        answer: Offsets { offset, image_at: image_of_pixels },
        words: "only h·w numbers",
        explanation: "This is what comes out when an image has only h·w numbers: each of its pixels has c of them.",
    },
    Wrong {
        name: "image_to_the_end",
        answer: Offsets { offset, image_at: image_to_the_end },
        words: "to the end of the list",
        explanation: "This is what comes out when an image goes to the end of the list: it ends h·w·c numbers after it begins.",
    },
    Wrong {
        name: "image_ends_early",
        answer: Offsets { offset, image_at: image_ends_early },
        words: "ends at h·w·c",
        explanation: "This is what comes out when every image ends at h·w·c: image n ends at (n + 1)·h·w·c.",
    },
    Wrong {
        name: "first_image",
        answer: Offsets { offset, image_at: first_image },
        words: "always the first image",
        explanation: "This is what comes out when image_at gives always the first image: image n begins n·h·w·c numbers later.",
    },
];

fn offset([_, h, w, c]: [usize; 4], [n, y, x, channel]: [usize; 4]) -> usize {
    ((n * h + y) * w + x) * c + channel
}

fn image_at([_, h, w, c]: [usize; 4], data: &[f32], n: usize) -> &[f32] {
    &data[n * h * w * c..][..h * w * c]
}

fn nchw([_, h, w, c]: [usize; 4], [n, y, x, channel]: [usize; 4]) -> usize {
    ((n * c + channel) * h + y) * w + x
}

fn height_for_width([_, h, w, c]: [usize; 4], [n, y, x, channel]: [usize; 4]) -> usize {
    (n * h * w + y * h + x) * c + channel
}

fn columns_first([_, h, w, c]: [usize; 4], [n, y, x, channel]: [usize; 4]) -> usize {
    ((n * w + x) * h + y) * c + channel
}

fn batch_forgotten([_, _, w, c]: [usize; 4], [_, y, x, channel]: [usize; 4]) -> usize {
    (y * w + x) * c + channel
}

fn channels_forgotten([_, h, w, c]: [usize; 4], [n, y, x, channel]: [usize; 4]) -> usize {
    n * h * w * c + y * w + x + channel
}

fn image_of_pixels([_, h, w, _]: [usize; 4], data: &[f32], n: usize) -> &[f32] {
    &data[n * h * w..][..h * w]
}

fn first_image([_, h, w, c]: [usize; 4], data: &[f32], _: usize) -> &[f32] {
    &data[..h * w * c]
}

fn image_to_the_end([_, h, w, c]: [usize; 4], data: &[f32], n: usize) -> &[f32] {
    &data[n * h * w * c..]
}

fn image_ends_early([_, h, w, c]: [usize; 4], data: &[f32], n: usize) -> &[f32] {
    &data[n * h * w * c..h * w * c]
}
