//! Images of any size, PNG or JPEG, as squares of the model's size.

mod decode;
mod fitted;
mod lanczos;
mod square;

pub use decode::{ImageFileError, MOST_BYTES, is_image_file, working_bytes};
pub use fitted::fitted;
pub use square::read;
