//! Recycled memory: a dropped [`Buffer`] goes to a free list, and the next buffer that fits into
//! its memory takes it from there.
//!
//! A training step allocates the same few dozen sizes every time. Fresh pages from the operating
//! system are slow, because each 4 KiB page costs a fault and is zeroed. With the free list, no
//! step after the first needs fresh pages, and the resident set stays the same. A recycled buffer
//! still holds its old contents, so [`Buffer::scratch`] is only for callers that overwrite all of
//! it. In builds with debug assertions it is filled with NaN instead, so that a test notices any
//! element that was not written.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Free memory by the number of elements that it has room for. A buffer smaller than [`SMALLEST`]
/// is not worth a lock.
static FREE: Mutex<BTreeMap<usize, Vec<Vec<f32>>>> = Mutex::new(BTreeMap::new());

/// The smallest number of elements that is recycled: 4 KiB. The smallest panel of an outer product
/// has this size with AVX2 and twice this size with AVX-512, and there are hundreds of them.
const SMALLEST: usize = 1024;

/// How many times as large as a buffer its memory may be. The sizes of a step differ from layer to
/// layer. If each had memory of its own, the article's training would hold 281 MB instead of 221.
const MOST_ROOM: usize = 2;

/// The number of bytes of a cache line, and of the widest vector register.
pub(crate) const LINE: usize = 64;

/// The number of elements that are allocated in addition, so that a buffer can begin at a cache
/// line.
const SPARE: usize = LINE / size_of::<f32>() - 1;

/// A contiguous run of `f32` whose memory is recycled when it is dropped.
///
/// It begins at a cache line, because a vector register that straddles two lines costs two loads. A
/// buffer made from a `Vec` is the exception.
#[derive(Debug, Default)]
pub struct Buffer {
    /// `start` unused elements, which align the rest to a cache line, and then the `len` elements.
    memory: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// A buffer of `len` elements with unspecified contents, for callers that write all of it.
    #[must_use]
    pub fn scratch(len: usize) -> Self {
        let mut buffer = Self::recycled(len).unwrap_or_else(|| Self::fresh(len));
        if cfg!(debug_assertions) {
            buffer.fill(f32::NAN);
        }
        buffer
    }

    /// A buffer of `len` zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        match Self::recycled(len) {
            Some(mut buffer) => {
                buffer.fill(0.0);
                buffer
            }
            None => Self::fresh(len),
        }
    }

    /// A copy of `elements` in recycled memory.
    #[must_use]
    pub fn copy_of(elements: &[f32]) -> Self {
        let mut buffer = Self::scratch(elements.len());
        buffer.copy_from_slice(elements);
        buffer
    }

    fn recycled(len: usize) -> Option<Self> {
        if len < SMALLEST {
            return None;
        }
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = free.range_mut(len..=MOST_ROOM * len).find_map(|(_, memory)| memory.pop())?;
        Some(Self::aligned(memory, len))
    }

    /// New memory from the operating system, zeroed.
    fn fresh(len: usize) -> Self {
        if len < SMALLEST { Self::from(vec![0.0; len]) } else { Self::aligned(vec![0.0; len + SPARE], len) }
    }

    /// The part of `memory` that begins at its first cache line.
    fn aligned(memory: Vec<f32>, len: usize) -> Self {
        let address = memory.as_ptr().addr();
        let start = (address.next_multiple_of(LINE) - address) / size_of::<f32>();
        Self { memory, start, len }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        if self.len + SPARE <= memory.len() {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            free.entry(memory.len() - SPARE).or_default().push(memory);
        }
    }
}

impl From<Vec<f32>> for Buffer {
    fn from(memory: Vec<f32>) -> Self {
        let len = memory.len();
        Self { memory, start: 0, len }
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
        &self.memory[self.start..][..self.len]
    }
}

impl AsRef<[f32]> for Buffer {
    fn as_ref(&self) -> &[f32] {
        self
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        let len = 9_000_000; // larger than those of all other tests
        let first = Buffer::zeros(len);
        let address = first.as_ptr();
        drop(first);
        assert_eq!(address, Buffer::scratch(len).as_ptr());
        assert_eq!(address, Buffer::scratch(len / MOST_ROOM).as_ptr(), "memory with room to spare");
        assert_ne!(address, Buffer::scratch(len / MOST_ROOM - 1).as_ptr(), "memory that is too large");
        assert_eq!((address, len), (Buffer::scratch(len).as_ptr(), Buffer::scratch(len).len()));
    }

    #[test]
    fn large_buffers_begin_at_a_cache_line() {
        for len in [SMALLEST, SMALLEST + 1, 100_003] {
            let buffers: Vec<Buffer> = (0..4).map(|_| Buffer::scratch(len)).collect();
            assert!(buffers.iter().all(|buffer| buffer.as_ptr().addr() % LINE == 0 && buffer.len() == len));
        }
    }

    #[test]
    fn zeros_are_zero_even_in_recycled_memory() {
        let len = SMALLEST + 11;
        let mut dirty = Buffer::scratch(len);
        dirty.fill(7.0);
        drop(dirty);
        assert!(Buffer::zeros(len).iter().all(|&x| x == 0.0));
    }

    #[test]
    fn scratch_shows_what_was_forgotten() {
        assert!(Buffer::scratch(3).iter().all(|x| x.is_nan()));
    }
}
