//! The terminal: what it can show, and writing to it.

use super::Failure;
use crate::report::excerpt::clean;
use crate::report::terminal::Style;
use clap::ValueEnum;
use std::io::{IsTerminal, Write};

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What is known about the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    out: Style,
    color_errors: bool,
    quiet: bool,
    verbose: bool,
}

impl Screen {
    /// Looks at the terminal and the environment.
    #[must_use]
    pub fn new(choice: Choice, quiet: bool, verbose: bool) -> Self {
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let terminal = out.is_terminal();
        let style = Style {
            color: colored(choice, terminal),
            unicode: !terminal || speaks_unicode(),
            width: if terminal {
                width()
            } else {
                Style::PLAIN.width
            },
            all: false,
        };
        Self {
            out: style,
            color_errors: colored(choice, err.is_terminal()),
            quiet,
            verbose,
        }
    }

    /// How reports are shown.
    #[must_use]
    pub const fn style(&self) -> Style {
        self.out
    }

    /// Whether to say only what is asked for.
    #[must_use]
    pub const fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether to say what was read.
    #[must_use]
    pub const fn verbose(&self) -> bool {
        self.verbose
    }

    /// Writes to standard output. A reader that has gone away is no error.
    pub fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Writes a remark to standard error, unless the run is quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{}", clean(text));
        }
    }

    /// Writes why the run could not be done.
    pub fn failure(&self, failure: &Failure) {
        let word = if self.color_errors {
            "\u{1b}[31merror:\u{1b}[0m"
        } else {
            "error:"
        };
        let _ = writeln!(std::io::stderr().lock(), "{word} {failure}");
    }
}

fn colored(choice: Choice, terminal: bool) -> bool {
    match choice {
        Choice::Always => true,
        Choice::Never => false,
        Choice::Auto => {
            let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            terminal && !set("NO_COLOR") && !dumb
        }
    }
}

/// Whether the locale says so; the first of the three that is set counts.
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    cfg!(windows)
        || locale.is_some_and(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
}

/// The columns of the terminal, within what is good to read.
fn width() -> usize {
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    columns.clamp(40, 120)
}
