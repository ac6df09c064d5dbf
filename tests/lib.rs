//! Whole-system tests: golden trajectories, resume, command line.
