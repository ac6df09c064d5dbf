//! Layers, initialisers and Adam; the owner of the parameters.
#![forbid(unsafe_code)]
