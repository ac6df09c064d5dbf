//! What one looks at: pictures of a generator, and everything that shows how a run went.
//!
//! - A generator: [`view`], which is a grid of [`seeds`], an [`interpolation`] or [`arithmetic`];
//!   [`npy`]. [`provenance`]: what made a picture; [`reproduce`]: made again.
//! - A run: [`rows`] of samples, a [`chart`], a [`film`], a [`report`]; [`compare`]: several;
//!   [`evaluation`]: how good; [`neighbours`]: new, or copied.
//! - [`compose`]: pictures made of pictures. [`format`](mod@format): how they are written.
#![forbid(unsafe_code)]

pub mod arithmetic;
pub mod chart;
pub mod compare;
pub mod compose;
pub mod evaluation;
pub mod film;
pub mod format;
pub mod interpolation;
pub mod neighbours;
pub mod npy;
pub mod numbers;
pub mod provenance;
pub mod report;
pub mod reproduce;
pub mod rows;
pub mod seeds;
mod text;
pub mod view;
