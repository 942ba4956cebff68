//! `rehome man`: the man pages, made from the help of each command.

use super::{Cli, Exit, Failure, Screen};
use clap::CommandFactory as _;
use clap_mangen::Man;
use std::fs;
use std::path::{Path, PathBuf};

/// Print a man page, or write all of them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome man | man -l -
  rehome man compile | man -l -
  rehome man --output ~/.local/share/man/man1      every page as a file")]
pub struct Args {
    /// A command; without it the page of rehome itself
    command: Option<String>,
    /// Folder to write a page for each command into
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    output: Option<PathBuf>,
}

/// One page: the name of its file and its text in roff.
struct Page {
    file: String,
    text: Vec<u8>,
}

/// Runs the command.
///
/// # Errors
/// A command that is not there, a folder that cannot be written.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    if let Some(folder) = &args.output {
        write(folder, &pages()?)?;
        return Ok(Exit::Clean);
    }
    let file = match &args.command {
        Some(command) => format!("rehome-{command}.1"),
        None => "rehome.1".to_owned(),
    };
    let page = pages()?.into_iter().find(|page| page.file == file);
    let page = page.ok_or_else(|| {
        let command = args.command.as_deref().unwrap_or_default();
        Failure::usage(format!("`{command}` is no command")).help("`rehome --help` lists them")
    })?;
    screen.print(&String::from_utf8_lossy(&page.text));
    Ok(Exit::Clean)
}

/// The page of rehome and of each command.
fn pages() -> Result<Vec<Page>, Failure> {
    let mut rehome = Cli::command().disable_help_subcommand(true);
    rehome.build();
    let mut pages = vec![page(rehome.clone(), "rehome".to_owned())?];
    for command in rehome.get_subcommands() {
        let name = format!("rehome-{}", command.get_name());
        pages.push(page(command.clone(), name)?);
    }
    Ok(pages)
}

fn page(command: clap::Command, name: String) -> Result<Page, Failure> {
    let file = format!("{name}.1");
    let mut text = Vec::new();
    Man::new(command)
        .title(name)
        .source(concat!("rehome ", env!("CARGO_PKG_VERSION")))
        .manual("rehome")
        .render(&mut text)
        .map_err(|error| Failure::fault(format!("the man page could not be made: {error}")))?;
    Ok(Page { file, text })
}

fn write(folder: &Path, pages: &[Page]) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::file("write", folder, &error))?;
    for page in pages {
        let path = folder.join(&page.file);
        fs::write(&path, &page.text).map_err(|error| Failure::file("write", &path, &error))?;
    }
    Ok(())
}
