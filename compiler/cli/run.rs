//! What every command that reads exports does: read, compile, mark what is accepted.

use super::input::{Found, Input, SETTINGS, find};
use super::progress::Progress;
use super::{Failure, Screen, config};
use crate::compile::{Outcome, compile, constructs};
use crate::finding::accept::{self, Accept, Mistake};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::Inventory;
use crate::legal::{Options, PolicyState, Preference, Target};
use crate::plan::nutanix::mapping::Mapping;
use crate::report::Gate;
use crate::report::excerpt::Excerpt;
use crate::report::terminal::Style;
use crate::source::{Checkout, FileId, Origin, Sources};
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use rehome_grammar::{NoteKind, Span};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is read.
#[derive(Clone, Debug, Args)]
pub struct Inputs {
    /// Export files, or folders that hold them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Settings to use instead of the `rehome.toml` beside the inputs
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Treat accepted findings as open
    #[arg(long)]
    pub ignore_accepts: bool,
    /// The day on which accepts are judged [default: today, in UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
}

/// How the policy is lowered.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Compiling")]
pub struct Lowering {
    /// Platform and release to compile for; `rehome capabilities` shows what each can hold
    #[arg(long, default_value = "nutanix@7.5", value_name = "PLATFORM@RELEASE")]
    pub target: Target,
    /// Write ordered Flex policies instead of allow-lists; only with `--target nutanix@7.6`
    #[arg(long)]
    pub flex: bool,
    /// What to do with an allow for a group that Flow cannot follow by itself: `exact` gives it to
    /// the members of today and says so, `dynamic` leaves it out and says so
    #[arg(long, value_enum, default_value_t = Prefer::Exact, value_name = "WHAT", hide_possible_values = true)]
    pub prefer: Prefer,
    /// Emit a preference as a requirement where the target knows only requirements
    #[arg(long)]
    pub harden_should: bool,
    /// Tie machines that must run together to one host, which high availability then cannot replace
    #[arg(long)]
    pub pin_together: bool,
    /// State in which security policies are created: save, monitor or enforce
    #[arg(long, value_enum, default_value_t = State::Save, value_name = "STATE", hide_possible_values = true)]
    pub state: State,
    /// Recovery point objective for protection groups whose exports tell none
    #[arg(long, value_name = "MINUTES")]
    pub objective: Option<u32>,
    /// Make several recovery plans of one where a prompt holds the flow: a person runs the next part
    #[arg(long)]
    pub split_at_prompts: bool,
}

/// What is kept where a group cannot both be followed and be exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Prefer {
    /// Today's members
    Exact,
    /// Only what follows its group
    Dynamic,
}

/// The state in which security policies are created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// A draft without effect
    Save,
    /// Everything passes; what would be dropped is shown
    Monitor,
    /// In force
    Enforce,
}

impl Lowering {
    /// As options of the compiler.
    ///
    /// # Errors
    /// When the release has no Flex policies and they are asked for.
    pub fn options(&self) -> Result<Options, Failure> {
        let target = if self.flex {
            self.target.with_flex().map_err(Failure::usage)?
        } else {
            self.target
        };
        let mut options = Options::new(target);
        options.prefer = match self.prefer {
            Prefer::Exact => Preference::Exact,
            Prefer::Dynamic => Preference::Dynamic,
        };
        options.harden_should = self.harden_should;
        options.pin_together = self.pin_together;
        options.objective_minutes = self.objective;
        options.split_at_prompts = self.split_at_prompts;
        options.state = match self.state {
            State::Save => PolicyState::Save,
            State::Monitor => PolicyState::Monitor,
            State::Enforce => PolicyState::Enforce,
        };
        Ok(options)
    }
}

impl Inputs {
    /// Inputs whose settings do not count.
    #[must_use]
    pub const fn without_settings(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            config: None,
            ignore_accepts: true,
            today: None,
        }
    }

    /// The day on which accepts are judged.
    #[must_use]
    pub fn day(&self) -> Date {
        self.today.unwrap_or_else(today)
    }
}

/// Files that were read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The exports, and the files that findings point into besides.
    pub sources: Sources,
    /// What was found while reading.
    pub findings: Findings,
    /// Losses that somebody took responsibility for.
    pub accepts: Vec<Accept>,
    /// What closes the gate, where the settings say so.
    pub gate: Option<Gate>,
    /// Names of the target that the settings choose.
    pub mapping: Mapping,
}

/// Reads the files of some paths, and the settings beside them.
///
/// # Errors
/// When a file cannot be read, or the settings are wrong.
pub fn load(inputs: &Inputs, output: Option<&Path>, screen: Screen) -> Result<Loaded, Failure> {
    let mut loaded = load_exports(&inputs.paths, output, screen)?;
    for path in settings(inputs) {
        loaded.settings(&path)?;
    }
    Ok(loaded)
}

/// Reads the files of some paths.
///
/// # Errors
/// When a file cannot be read.
pub fn load_exports(
    paths: &[PathBuf],
    output: Option<&Path>,
    screen: Screen,
) -> Result<Loaded, Failure> {
    let found = find(paths, output)?;
    tell_passed_over(&found, screen);
    let mut loaded = Loaded::default();
    loaded.sources.stand_in(checkout());
    let mut refused = Vec::new();
    for file in found.files {
        match fs::read(&file.path) {
            Ok(bytes) => loaded.read(file, bytes),
            Err(error) => refused.push(Failure::file("read", &file.path, &error)),
        }
    }
    if let Some(failure) = all_of(&refused) {
        return Err(failure);
    }
    Ok(loaded)
}

/// The checkout that this run stands in: from the folder up that holds `.git`, or the working folder
/// alone where there is none.
fn checkout() -> Option<Checkout> {
    let working = std::env::current_dir().ok()?;
    let mut above = working.ancestors();
    let root = above.find(|folder| folder.join(".git").exists());
    let root = root.unwrap_or(&working).to_owned();
    Some(Checkout { root, working })
}

/// Compiles what was read, and marks what is accepted.
#[must_use]
pub fn finish(
    loaded: Loaded,
    inputs: &Inputs,
    options: &Options,
    screen: Screen,
) -> (Sources, Outcome) {
    let _progress = Progress::start("compiling", screen);
    compiled(loaded, inputs, options)
}

/// The same without a sign of life: for exports that are in memory already.
#[must_use]
pub fn compiled(loaded: Loaded, inputs: &Inputs, options: &Options) -> (Sources, Outcome) {
    let Loaded {
        sources,
        findings,
        accepts,
        gate: _,
        mapping,
    } = loaded;
    let options = Options {
        mapping,
        ..options.clone()
    };
    let mut outcome = compile(&sources, &options, findings);
    if holds_nothing(&outcome) {
        let message = format!("no file of {} holds any policy", list(&inputs.paths));
        let finding = Finding::new(&codes::read::NOTHING_TO_READ, Domain::Estate, message);
        outcome.findings.push(finding);
    }
    if !inputs.ignore_accepts {
        accept::apply(&accepts, inputs.day(), &mut outcome.findings);
        outcome.findings.sort();
    }
    (sources, outcome)
}

/// Whether nothing that counts was read: no construct and no machine.
fn holds_nothing(outcome: &Outcome) -> bool {
    let Inventory {
        vms,
        hosts,
        clusters,
        segments,
    } = &outcome.policy.inventory;
    constructs(&outcome.policy).is_empty()
        && vms.is_empty()
        && hosts.is_empty()
        && clusters.is_empty()
        && segments.is_empty()
}

/// The day, in UTC.
fn today() -> Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

fn tell_passed_over(found: &Found, screen: Screen) {
    for (path, reason) in &found.passed_over {
        if screen.verbose() || reason.starts_with("output") {
            screen.note(&format!("passed over {}: {reason}", path.display()));
        }
    }
    if screen.verbose() {
        for file in &found.files {
            screen.note(&format!("reading {} as {}", file.path.display(), file.name));
        }
    }
}

fn all_of(failures: &[Failure]) -> Option<Failure> {
    let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
    (!lines.is_empty()).then(|| Failure::usage(lines.join("\n")))
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    names.join(", ")
}

/// The settings files: the one that is named, or those beside the inputs.
fn settings(inputs: &Inputs) -> Vec<PathBuf> {
    if let Some(named) = &inputs.config {
        return vec![named.clone()];
    }
    let beside = |path: &PathBuf| {
        let folder = if path.is_dir() {
            path.clone()
        } else {
            path.parent().map(Path::to_owned).unwrap_or_default()
        };
        folder.join(SETTINGS)
    };
    let mut seen = BTreeSet::new();
    inputs
        .paths
        .iter()
        .map(beside)
        .filter(|path| path.is_file())
        .filter(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())))
        .collect()
}

/// What a zip archive begins with.
const ARCHIVE: &[u8] = b"PK\x03\x04";

impl Loaded {
    /// Reads one file into a tree, or reports why it is none.
    pub fn read(&mut self, file: Input, bytes: Vec<u8>) {
        let Input { name, path } = file;
        if bytes.starts_with(ARCHIVE) {
            return self.archive(name, path);
        }
        match rehome_grammar::read(bytes) {
            Ok(tree) => {
                let notes = tree.notes();
                let id = self.sources.add(name.clone(), path, tree);
                for note in notes {
                    self.note(id, &name, &note);
                }
            }
            Err(failure) => self.not_well_formed(name, path, failure),
        }
    }

    /// An archive is not opened: what NSX exports from its user interface is signed, and nobody
    /// documents what its columns mean.
    fn archive(&mut self, name: String, path: PathBuf) {
        let message = format!("`{name}` is a zip archive, which is not read");
        let remedy = "unpack it and give rehome what is inside; instead of the export of the NSX user \
                      interface run `GET /policy/api/v1/infra?filter=Type-.*` and give rehome its answer";
        let file = self.sources.add_text(name.clone(), path, String::new());
        let origin = Origin {
            file,
            span: Span::default(),
        };
        let finding = Finding::new(&codes::read::REFUSED_FORM, Domain::Estate, message);
        self.findings.push(finding.remedy(remedy).at(origin, name));
    }

    fn not_well_formed(&mut self, name: String, path: PathBuf, failure: rehome_grammar::Failure) {
        let rehome_grammar::Failure {
            span,
            message,
            related,
            text,
        } = failure;
        let message = format!("`{name}` is not well-formed: {message}");
        let file = self
            .sources
            .add_text(name.clone(), path, text.unwrap_or_default());
        let mut finding = Finding::new(&codes::syntax::NOT_WELL_FORMED, Domain::Estate, message)
            .at(Origin { file, span }, name);
        if let Some(related) = related {
            let span = related.span;
            finding = finding.at(Origin { file, span }, related.message);
        }
        self.findings.push(finding);
    }

    fn note(&mut self, file: FileId, name: &str, note: &rehome_grammar::Note) {
        let code = match note.kind {
            NoteKind::Duplicate => &codes::syntax::DUPLICATE_KEY,
            NoteKind::Lossy => &codes::syntax::GUESSED_ENCODING,
            NoteKind::Ragged => &codes::read::BAD_SHAPE,
            // Nothing was lost.
            NoteKind::Decoded => return,
        };
        let span = note.span;
        let finding = Finding::new(code, Domain::Estate, note.message.clone());
        self.findings.push(finding.at(Origin { file, span }, name));
    }

    fn settings(&mut self, path: &Path) -> Result<(), Failure> {
        let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        self.settings_of(path, bytes)
    }

    /// Reads settings; the path is for findings that point into them.
    ///
    /// # Errors
    /// When the settings are wrong.
    pub fn settings_of(&mut self, path: &Path, bytes: Vec<u8>) -> Result<(), Failure> {
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(format!("`{}` is not UTF-8", path.display())))?;
        let name = path.to_string_lossy().replace('\\', "/");
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        let file = self.sources.add_text(name, path.to_owned(), text.clone());
        match config::parse(&text, file) {
            Ok(config) => {
                self.accepts.extend(config.accepts);
                self.gate = self.gate.take().or(config.gate);
                let Mapping {
                    categories,
                    hosts,
                    clusters,
                } = config.mapping;
                self.mapping.categories.extend(categories);
                self.mapping.hosts.extend(hosts);
                self.mapping.clusters.extend(clusters);
                Ok(())
            }
            Err(mistakes) => Err(self.refuse(file, &mistakes)),
        }
    }

    /// The mistakes of a settings file, each with the line it stands in.
    fn refuse(&self, file: FileId, mistakes: &[Mistake]) -> Failure {
        let parts: Vec<String> = mistakes
            .iter()
            .map(|mistake| {
                let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let span = Span::new(cut(mistake.span.start), cut(mistake.span.end));
                let place = Excerpt::new(
                    Origin { file, span },
                    "",
                    &self.sources,
                    Style::PLAIN.width - 10,
                )
                .map(|excerpt| excerpt.marked())
                .unwrap_or_default();
                format!("{}\n{place}  help: {}", mistake.message, mistake.help)
            })
            .collect();
        Failure::usage(parts.join("\n"))
    }
}
