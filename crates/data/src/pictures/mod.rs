//! Pictures of any size, PNG or JPEG, as squares of the model's size.

mod decode;
mod lanczos;
mod square;

pub use decode::MOST_BYTES;
pub use square::read;
