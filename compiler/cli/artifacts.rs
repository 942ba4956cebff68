//! Reads an output folder back.

use super::Failure;
use crate::back::Files;
use std::fs;
use std::path::Path;

/// The JSON files of the `nutanix` folder of an output folder, by their path inside it.
///
/// # Errors
/// When the folder is none that `rehome compile` wrote, or a file cannot be read.
pub fn read(folder: &Path) -> Result<Files, Failure> {
    let root = folder.join("nutanix");
    if !root.join("manifest.json").is_file() {
        let message = format!("`{}` holds no `nutanix/manifest.json`", folder.display());
        return Err(Failure::usage(message).help("name the folder that `rehome compile -o` wrote"));
    }
    let mut files = Files::new();
    walk(&root, "nutanix", 0, &mut files)?;
    Ok(files)
}

/// How deep the folders of an output go, with room.
const DEPTH: usize = 8;

fn walk(folder: &Path, prefix: &str, depth: usize, files: &mut Files) -> Result<(), Failure> {
    let list = fs::read_dir(folder).map_err(|error| Failure::file("list", folder, &error))?;
    for entry in list {
        let path = entry
            .map_err(|error| Failure::file("list", folder, &error))?
            .path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let inside = format!("{prefix}/{name}");
        if path.is_dir() {
            if depth < DEPTH {
                walk(&path, &inside, depth + 1, files)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "json") {
            let bytes = fs::read(&path).map_err(|error| Failure::file("read", &path, &error))?;
            files.insert(inside, bytes);
        }
    }
    Ok(())
}
