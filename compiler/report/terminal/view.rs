//! A finding as miette sees it.

use super::Style;
use crate::finding::{Finding, Level};
use crate::report::excerpt::{Excerpt, clean};
use crate::report::summary::{effect_name, fate_name, level_name};
use crate::source::Sources;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, Severity, SourceCode, SourceSpan, SpanContents, ThemeCharacters,
};
use std::fmt;

/// How many of the objects a finding is about are shown with their lines.
const SHOWN: usize = 3;
/// The columns left of an excerpt: the number of its line, and the frame.
const GUTTER: usize = 10;

/// Writes one finding with its excerpts; `notes` go below the remedy.
pub(super) fn write(
    out: &mut dyn fmt::Write,
    finding: &Finding,
    notes: &[String],
    sources: &Sources,
    style: Style,
) -> fmt::Result {
    let view = View::new(finding, notes, sources, style.width);
    let mut text = String::new();
    handler(style).render_report(&mut text, &view)?;
    for line in text.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The renderer for a terminal or a pipe.
pub(super) fn handler(style: Style) -> GraphicalReportHandler {
    let mut theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, _) => GraphicalTheme::none(),
    };
    if !style.unicode {
        theme.characters = ThemeCharacters::ascii();
        if style.color {
            theme.styles = GraphicalTheme::unicode().styles;
        }
    }
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        .without_primary_span_start()
        .without_syntax_highlighting()
}

#[derive(Debug)]
struct View {
    code: String,
    level: Level,
    message: String,
    help: String,
    excerpts: Excerpts,
}

impl View {
    fn new(finding: &Finding, notes: &[String], sources: &Sources, width: usize) -> Self {
        let mut code = format!(
            "{} {} {} ({}",
            level_name(finding.level()),
            finding.code.id,
            finding.code.name,
            effect_name(finding.effect)
        );
        if let Some(fate) = finding.fate {
            code.push_str(", ");
            code.push_str(fate_name(fate));
        }
        code.push(')');
        let mut help = clean(&finding.remedy);
        let mut more: Vec<String> = Vec::new();
        if let Some(target) = &finding.target {
            more.push(format!("emitted as `{target}`"));
        }
        if let Some(witness) = &finding.witness {
            more.push(format!("for example {witness}"));
        }
        let hidden = finding.subjects.iter().skip(SHOWN);
        more.extend(hidden.map(|subject| format!("see also {}", crate::report::name(subject))));
        for line in more.iter().chain(notes) {
            help.push('\n');
            help.push_str(&clean(line));
        }
        Self {
            code,
            level: finding.level(),
            message: clean(&finding.message),
            help,
            excerpts: Excerpts::new(finding, sources, width),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for View {}

impl Diagnostic for View {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Advice => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.excerpts.parts.is_empty()).then_some(&self.excerpts as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.excerpts.parts.is_empty()).then(|| Box::new(self.excerpts.labels()) as Box<_>)
    }
}

/// The excerpts of one finding, laid one after the other as if they were one text. miette would
/// search a whole export for each line, and it panics where a line is longer than 65,535 columns.
#[derive(Debug, Default)]
struct Excerpts {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    base: usize,
    excerpt: Excerpt,
    label: Option<String>,
}

impl Excerpts {
    fn new(finding: &Finding, sources: &Sources, width: usize) -> Self {
        let room = width.saturating_sub(GUTTER).max(20);
        let mut parts: Vec<Part> = Vec::new();
        let mut base = 0;
        for subject in finding.subjects.iter().take(SHOWN) {
            let Some(excerpt) = Excerpt::new(subject.origin, &subject.name, sources, room) else {
                continue;
            };
            if excerpt.text.trim().is_empty() || parts.iter().any(|part| part.excerpt == excerpt) {
                continue;
            }
            let told = excerpt.named || excerpt.header.starts_with(&subject.name);
            let label = (!told).then(|| clean(&subject.name));
            let length = excerpt.text.len();
            parts.push(Part {
                base,
                excerpt,
                label,
            });
            base += length + 2;
        }
        Self { parts }
    }

    fn labels(&self) -> impl Iterator<Item = LabeledSpan> {
        self.parts.iter().map(|part| {
            let (start, end) = part.excerpt.mark;
            LabeledSpan::new(part.label.clone(), part.base + start, end - start)
        })
    }
}

impl SourceCode for Excerpts {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let part = self
            .parts
            .iter()
            .find(|part| part.base <= span.offset() && end <= part.base + part.excerpt.text.len());
        let part = part.ok_or(MietteError::OutOfBounds)?;
        let Excerpt {
            header, line, text, ..
        } = &part.excerpt;
        Ok(Box::new(MietteSpanContents::new_named(
            header.clone(),
            text.as_bytes(),
            (part.base, text.len()).into(),
            line.saturating_sub(1) as usize,
            0,
            text.lines().count(),
        )))
    }
}
