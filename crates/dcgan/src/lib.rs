//! The article's DCGAN: models, losses, the training loop, runs, and the command line.
//!
//! In the order in which one would read them:
//!
//! 1. [`models`]: the two networks. [`loss`]: what each of them wants. [`step`]: one step of training.
//! 2. [`train`]: the loop around it. [`doctor`]: what may go wrong in it. [`streams`]: where its random numbers come from.
//! 3. [`config`]: everything that decides the result, with its [`variations`]. [`run`]: the directory that a run leaves
//!    behind, with [`metrics`], [`picture`]s, a [`chart`], a [`film`], a [`report`] and the [`checkpoint`]. [`resume`]: how it
//!    goes on. [`reproduce`]: a picture made again. [`dry_run`]: what a run would be.
//! 4. [`dataset`]: finding and reading the data. [`fetch`]: getting more.
//! 5. [`judge`]: a classifier of real images. [`evaluate`]: how good samples are, through its eyes; [`evaluations`], while a run goes
//!    on. [`compare`]: which run is better.
//! 6. [`generate`]: pictures by seed. [`view`]: how they are shown; a [`walk`], [`arithmetic`]; [`npy`].
//! 7. [`cli`]: the command line; [`speed`]: how fast all this is; [`opcase`]: operator cases from files.
#![forbid(unsafe_code)]

pub mod arithmetic;
pub mod atomic;
pub mod chart;
pub mod checkpoint;
pub mod cli;
pub mod compare;
pub mod config;
pub mod dataset;
mod diagnosis;
pub mod doctor;
pub mod dry_run;
mod error;
pub mod evaluate;
pub mod evaluations;
pub mod fetch;
pub mod film;
pub mod generate;
pub mod judge;
mod keep;
pub mod lock;
pub mod loss;
pub mod memory;
pub mod metrics;
pub mod models;
mod named;
pub mod npy;
pub mod opcase;
pub mod origin;
pub mod out;
pub mod picture;
pub mod progress;
mod recipe;
pub mod report;
pub mod reproduce;
pub mod resume;
pub mod run;
pub mod sample;
pub mod seeds;
pub mod signals;
pub mod speed;
mod state;
pub mod step;
pub mod streams;
pub mod train;
pub mod variations;
pub mod view;
pub mod walk;

pub use error::Error;
