//! How a run ends.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: no finding closes the gate.
    Clean,
    /// 1: findings close the gate.
    Findings,
    /// 2: wrong usage, or input that cannot be read.
    Usage,
    /// 70: a fault of ours.
    Fault,
}

impl Exit {
    /// The code for the system.
    #[must_use]
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Fault => 70,
        })
    }
}

/// Why a run could not be done.
#[derive(Clone, Debug)]
pub struct Failure {
    exit: Exit,
    /// What to show: rendered already where it has a place in a file.
    message: String,
    help: Option<String>,
}

impl Failure {
    /// Wrong usage or unreadable input.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
            help: None,
        }
    }

    /// A fault of ours.
    #[must_use]
    pub fn fault(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Fault,
            message: message.into(),
            help: Some("please report it, with the export if you can share it".to_owned()),
        }
    }

    /// A file or folder that the system refuses.
    #[must_use]
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::usage(format!(
            "cannot {what} `{}`: {}",
            path.display(),
            reason(error)
        ))
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How the run ends.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(out, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// The system's reason without its number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or(&text).to_lowercase()
}
