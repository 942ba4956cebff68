//! A sign of life on a terminal, for runs that take longer than a second.

use super::Screen;
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Shown from one second on, until it is dropped; it leaves nothing behind.
#[derive(Debug)]
pub struct Progress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to wait; shows nothing where standard error is no terminal or the run is quiet.
    #[must_use]
    pub fn start(what: &'static str, screen: Screen) -> Self {
        if screen.quiet() || !std::io::stderr().is_terminal() {
            return Self {
                stop: None,
                thread: None,
            };
        }
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            let begin = Instant::now();
            let mut wait = Duration::from_secs(1);
            let mut shown = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let seconds = begin.elapsed().as_secs();
                let _ = write!(std::io::stderr().lock(), "\r{what} ... {seconds} s");
                let _ = std::io::stderr().flush();
                shown = true;
                wait = Duration::from_millis(500);
            }
            if shown {
                let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
            }
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
