//! Ctrl-C, SIGTERM, and SIGHUP of a terminal that is gone: the first signal is a wish, the second
//! an order.
//!
//! A handler may do next to nothing, since it interrupts the program between any two instructions.
//! The first signal only leaves a note, which the loop reads between two steps: it saves, and says
//! how to go on. A second one ends the process on the spot. That is safe at any moment, because no
//! file is ever written under its own name (see [`atomic`](runs::atomic)).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use runs::Error;

/// SIGHUP, which not every system has.
const SIGHUP_NUMBER: i32 = 1;

/// The signals that ask a process to stop.
const SIGNALS: &[i32] = &[
    SIGINT,
    SIGTERM,
    #[cfg(unix)]
    SIGHUP,
];

/// Whether whoever started the process has told the system to ignore a signal, as `nohup` does with
/// SIGHUP. Known on Linux alone.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    // A shell lets its background jobs ignore Ctrl-C, but `kill -INT` is still meant.
    signal == SIGHUP_NUMBER && mask & 1 << (signal - 1) != 0
}

/// Whether somebody has asked the process to stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    received: Arc<AtomicUsize>,
}

impl Signals {
    /// Listens from now on, for as long as the process lives.
    ///
    /// # Errors
    /// If the system does not let it.
    pub(crate) fn listen() -> Result<Self, Error> {
        let signals = Self::default();
        signals.register().map_err(|error| Error::Usage(format!("signals cannot be handled: {error}")))?;
        Ok(signals)
    }

    fn register(&self) -> io::Result<()> {
        let second = Arc::new(AtomicBool::new(false));
        for &signal in SIGNALS.iter().filter(|&&signal| !is_ignored(signal)) {
            // In this order: the first signal passes the shutdown before it arms it.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&second))?;
            flag::register(signal, Arc::clone(&second))?;
            flag::register_usize(signal, Arc::clone(&self.received), signal as usize)?;
        }
        Ok(())
    }

    /// The exit code that says which signal came, if one did: 130 for Ctrl-C, 143 for SIGTERM, 129
    /// for SIGHUP.
    #[must_use]
    pub(crate) fn exit_code(&self) -> Option<u8> {
        match self.received.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(128 + signal as u8),
        }
    }
}
