//! The script for the fixed path inside a guest, made of commands that stay what they were.
//!
//! The text of a command is never changed and never run here. It is taken only where its place in a
//! script cannot give it another meaning; otherwise a person runs it.

use crate::ir::recovery::Callout;

/// Seconds after which the source takes a command for failed that says nothing else.
const TIMEOUT: u32 = 300;

/// The script of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// Which guests it is for.
    pub(super) family: Family,
    /// The commands with their names.
    commands: Vec<(String, String)>,
    /// Seconds the commands may take together.
    pub(super) timeout: u32,
}

/// A family of guest operating systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// With a Bourne shell.
    Unix,
    /// With a command interpreter.
    Windows,
}

/// A file of a script: its place below the folder of the machine, and inside the guest.
pub(super) type Place = (&'static str, &'static str);

impl Family {
    /// The files: for a real recovery and for a test. Source: the vendor's blueprint documents.
    pub(super) const fn places(self) -> [Place; 2] {
        match self {
            Self::Unix => [
                (
                    "production_vm_recovery",
                    "/usr/local/sbin/production_vm_recovery",
                ),
                ("test_vm_recovery", "/usr/local/sbin/test_vm_recovery"),
            ],
            Self::Windows => [
                (
                    "production/vm_recovery.bat",
                    "<Program Files>\\Nutanix\\scripts\\production\\vm_recovery.bat",
                ),
                (
                    "test/vm_recovery.bat",
                    "<Program Files>\\Nutanix\\scripts\\test\\vm_recovery.bat",
                ),
            ],
        }
    }
}

/// Joins the commands at the front that are safe in one script, and says how many they are.
pub(super) fn join(os_name: Option<&str>, callouts: &[&Callout]) -> Option<(Joined, usize)> {
    let mut family = os_name
        .is_some_and(|name| name.to_lowercase().contains("windows"))
        .then_some(Family::Windows);
    let mut commands = Vec::new();
    let mut timeout = 0_u32;
    for callout in callouts {
        let Some(content) = callout.content.as_deref() else {
            break;
        };
        let Some(of) = family_of(content).filter(|of| family.is_none_or(|known| known == *of))
        else {
            break;
        };
        family = Some(of);
        commands.push((plain(&callout.ident.name), content.trim().to_owned()));
        timeout = timeout.saturating_add(callout.timeout_seconds.unwrap_or(TIMEOUT));
    }
    let taken = commands.len();
    let joined = Joined {
        family: family?,
        commands,
        timeout,
    };
    (taken > 0).then_some((joined, taken))
}

/// The family a command is for, where it is safe in a script of it.
fn family_of(content: &str) -> Option<Family> {
    let text = content.trim();
    if text.starts_with('/') {
        let fits = |c: char| matches!(c, ' '..='~' | '\n' | '\t') || c.is_alphanumeric();
        return text.chars().all(fits).then_some(Family::Unix);
    }
    is_windows_command(text).then_some(Family::Windows)
}

/// A program by its full path, without anything that the command interpreter acts on.
fn is_windows_command(text: &str) -> bool {
    let path = text.strip_prefix('"').unwrap_or(text);
    let mut start = path.chars();
    let rooted = start.next().is_some_and(|c| c.is_ascii_alphabetic())
        && start.next() == Some(':')
        && start.next() == Some('\\');
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '%' | '!' | '^' => return false,
            '&' | '|' | '<' | '>' | '(' | ')' if !quoted => return false,
            ' '..='~' => {}
            _ => return false,
        }
    }
    rooted && !quoted
}

/// A name as letters, digits and a few signs, for a comment that nothing can end.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .take(80)
        .map(|c| {
            if c.is_ascii_alphanumeric() || " ._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

impl Joined {
    /// The text of the script.
    pub(super) fn text(&self, vm: &str, path_in_guest: &str) -> String {
        let vm = plain(vm);
        match self.family {
            Family::Unix => self.shell(&vm, path_in_guest),
            Family::Windows => self.batch(&vm, path_in_guest),
        }
    }

    fn shell(&self, vm: &str, path: &str) -> String {
        let mut text = format!(
            "#!/bin/sh\n# Commands of {vm} after its power-on in a recovery.\n# Read every line, then install this file in the guest as {path}, executable for root.\nset -e\n"
        );
        for (name, command) in &self.commands {
            let quoted = command.replace('\'', "'\\''");
            text.push_str(&format!("\n# {name}\n/bin/sh -c '{quoted}'\n"));
        }
        text
    }

    fn batch(&self, vm: &str, path: &str) -> String {
        let path = path.replace("<Program Files>", "Program Files");
        let mut text = format!(
            "@echo off\r\nrem Commands of {vm} after its power-on in a recovery.\r\nrem Read every line, then install this file in the guest as {path}\r\n"
        );
        for (name, command) in &self.commands {
            text.push_str(&format!(
                "\r\nrem {name}\r\ncall {command}\r\nif errorlevel 1 exit /b 1\r\n"
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_an_argument_or_stays_out() {
        assert_eq!(
            family_of("/bin/echo 'a'; rm -rf / #$(id)\n`x`"),
            Some(Family::Unix)
        );
        for text in [
            "",
            "echo hello",
            "/bin/echo \u{202e}txt",
            "/bin/echo \u{7}",
            "C:\\x.bat %PATH%",
            "C:\\x.bat & del *",
            "C:\\x.bat\ndel *",
            "C:\\x.bat \"open",
            "C:x.bat",
            "del C:\\x",
        ] {
            assert_eq!(family_of(text), None, "{text}");
        }
        for text in ["C:\\x.bat /a", "\"C:\\Program Files\\x.exe\" \"a & b\""] {
            assert_eq!(family_of(text), Some(Family::Windows), "{text}");
        }
    }

    #[test]
    fn a_shell_reads_the_command_back_as_one_argument() {
        let command = "/bin/echo 'it''s' \"$HOME\" `id`; exit 1 # '\\'' \n/bin/echo";
        let joined = Joined {
            family: Family::Unix,
            commands: vec![(plain("x\nrm -rf /"), command.to_owned())],
            timeout: 1,
        };
        let script = joined.text("vm\n'", "/p");
        let line = script.split("/bin/sh -c ").nth(1).unwrap();
        // Independent of the code above: what stands between single quotes is taken as it is.
        let mut read = String::new();
        let mut rest = line.strip_suffix('\n').unwrap();
        while !rest.is_empty() {
            if let Some(escaped) = rest.strip_prefix("\\'") {
                read.push('\'');
                rest = escaped;
            } else {
                let inner = rest.strip_prefix('\'').unwrap();
                let (quoted, after) = inner.split_once('\'').unwrap();
                read.push_str(quoted);
                rest = after;
            }
        }
        assert_eq!(read, command);
        assert!(script.contains("\n# x_rm -rf _\n"), "{script}");
    }
}
