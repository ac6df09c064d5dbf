//! The door: the functions that WebAssembly exports.
//!
//! A request is written to [`input`], and [`answer`] tells where the answer is. Both stay where
//! they are until the next request. A panic ends the call in a trap, and its words are what is left
//! of it.

#![allow(unsafe_code, reason = "a function that is called by its name must have that name to itself")]

use std::cell::RefCell;
use std::panic;

use crate::Engine;

#[derive(Default)]
struct Desk {
    engine: Option<Engine>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
    static LAST_WORDS: RefCell<String> = RefCell::default();
}

/// Room for a request of `size` bytes.
// SAFETY: the module has no other function of this name.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn input(size: usize) -> *mut u8 {
    DESK.with_borrow_mut(|desk| {
        desk.request = vec![0; size];
        desk.request.as_mut_ptr()
    })
}

/// Answers the request, and tells where the answer is.
// SAFETY: the module has no other function of this name.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn answer() -> *const u8 {
    DESK.with_borrow_mut(|desk| {
        let engine = desk.engine.get_or_insert_with(|| {
            panic::set_hook(Box::new(|info| LAST_WORDS.set(info.to_string())));
            Engine::new()
        });
        let request = std::mem::take(&mut desk.request); // large ones are not kept
        desk.answer = engine.answer(&request);
        desk.answer.as_ptr()
    })
}

/// What a panic said, if the last call ended in a trap.
// SAFETY: the module has no other function of this name.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn last_words() -> *const u8 {
    LAST_WORDS.with_borrow(|words| words.as_ptr())
}

/// The size of that.
// SAFETY: the module has no other function of this name.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn last_words_size() -> usize {
    LAST_WORDS.with_borrow(|words| words.len())
}

/// The size of the answer.
// SAFETY: the module has no other function of this name.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn answer_size() -> usize {
    DESK.with_borrow(|desk| desk.answer.len())
}
