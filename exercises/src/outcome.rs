//! One call of a function that may panic: what came out of it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::Value;

/// What a call gave.
pub(crate) enum Outcome {
    Returned(Value),
    /// The function panicked, with these words at this place.
    Panicked(String),
    /// The function is still as it was handed out, with the words of `unsolved!`.
    Unsolved(String),
}

thread_local! {
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Calls `run`. A panic in it is caught, and nothing is printed about it.
pub(crate) fn of(run: impl FnOnce() -> Value) -> Outcome {
    watch_panics();
    IS_WATCHED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    IS_WATCHED.set(false);
    match result {
        Ok(value) => Outcome::Returned(value),
        Err(payload) => {
            let words = words(&*payload);
            if words.contains(" is not solved yet: ") {
                Outcome::Unsolved(words)
            } else {
                Outcome::Panicked(format!("{words}{}", PLACE.take()))
            }
        }
    }
}

/// From the first call on, a panic of a thread that is inside [`of`] is not printed. Its place is
/// kept, and all other panics are printed as before.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_WATCHED.get() {
                let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
                PLACE.set(place.unwrap_or_default());
            } else {
                others(info);
            }
        }));
    });
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
