//! Memory that is used again: a dropped [`Buffer`] goes to a free list, the next of its size
//! takes it from there.
//!
//! A training step allocates the same few dozen sizes every time. Fresh pages from the
//! operating system are slow (each 4 KiB is a fault, and zeroed), so after the first step no
//! page is fresh any more and the resident set stays where it is. The contents of a recycled
//! buffer are whatever it held: [`Buffer::scratch`] is for those who overwrite all of it. In
//! builds with debug assertions it is filled with NaN instead, so that a test sees any element
//! that was forgotten.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Free memory by length. Smaller buffers than [`SMALLEST`] are not worth a lock.
static FREE: LazyLock<Mutex<HashMap<usize, Vec<Vec<f32>>>>> = LazyLock::new(Mutex::default);

/// Elements from which a buffer is recycled: 16 KiB.
const SMALLEST: usize = 4096;

/// A contiguous run of `f32` whose memory is recycled when it is dropped.
#[derive(Debug, Default)]
pub struct Buffer(Vec<f32>);

impl Buffer {
    /// A buffer of `len` elements with unspecified contents, for callers who write all of it.
    #[must_use]
    pub fn scratch(len: usize) -> Self {
        let mut buffer = Self(Self::recycled(len).unwrap_or_else(|| vec![0.0; len]));
        if cfg!(debug_assertions) {
            buffer.fill(f32::NAN);
        }
        buffer
    }

    /// A buffer of `len` zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        match Self::recycled(len) {
            Some(mut memory) => {
                memory.fill(0.0);
                Self(memory)
            }
            None => Self(vec![0.0; len]),
        }
    }

    /// A copy of `elements` in recycled memory.
    #[must_use]
    pub fn copy_of(elements: &[f32]) -> Self {
        let mut buffer = Self::scratch(elements.len());
        buffer.copy_from_slice(elements);
        buffer
    }

    fn recycled(len: usize) -> Option<Vec<f32>> {
        if len < SMALLEST {
            return None;
        }
        FREE.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&len)?.pop()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.0);
        if SMALLEST <= memory.len() {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            free.entry(memory.len()).or_default().push(memory);
        }
    }
}

impl From<Vec<f32>> for Buffer {
    fn from(elements: Vec<f32>) -> Self {
        Self(elements)
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        let len = SMALLEST + 7; // a length that no other test uses
        let first = Buffer::zeros(len);
        let address = first.as_ptr();
        drop(first);
        assert_eq!(address, Buffer::scratch(len).as_ptr());
    }

    #[test]
    fn zeros_are_zero_even_in_recycled_memory() {
        let len = SMALLEST + 11;
        drop(Buffer::from(vec![7.0; len]));
        assert!(Buffer::zeros(len).iter().all(|&x| x == 0.0));
    }

    #[test]
    fn scratch_shows_what_was_forgotten() {
        assert!(Buffer::scratch(3).iter().all(|x| x.is_nan()));
    }
}
