//! Policy paths of NSX: `/infra/domains/default/groups/web` and its kin.

use nom::Parser;
use nom::bytes::complete::{tag, take_while1};
use nom::combinator::{cut, opt};
use nom::multi::many0;
use nom::sequence::preceded;

use super::{Parsed, TextError, stop, whole};

/// Where an object of NSX lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PathScope<'a> {
    /// `/infra`.
    Infra,
    /// `/global-infra`, of a federation.
    GlobalInfra,
    /// `/orgs/<org>/projects/<project>/infra`.
    Project {
        /// The organisation.
        org: &'a str,
        /// The project.
        project: &'a str,
    },
    /// `/orgs/<org>/projects/<project>/vpcs/<vpc>`.
    Vpc {
        /// The organisation.
        org: &'a str,
        /// The project.
        project: &'a str,
        /// The VPC.
        vpc: &'a str,
    },
    /// `/orgs/<org>` and what lies in it outside any project.
    Org {
        /// The organisation.
        org: &'a str,
    },
}

/// A path to an object: pairs of what it is and which one, under a scope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PolicyPath<'a> {
    /// The path as written.
    pub raw: &'a str,
    /// Where the object lives.
    pub scope: PathScope<'a>,
    /// The domain, where the path goes through one.
    pub domain: Option<&'a str>,
    /// The last but one segment: `groups`, `services`, `security-policies`, `rules`.
    pub kind: &'a str,
    /// The last segment.
    pub id: &'a str,
}

impl<'a> PolicyPath<'a> {
    /// The path of the object that holds this one, as the policy of a rule; still raw text.
    #[must_use]
    pub fn parent(self) -> &'a str {
        let above = |path: &'a str| path.rsplit_once('/').map_or("", |(above, _)| above);
        above(above(self.raw))
    }
}

/// Reads an absolute path.
///
/// # Errors
/// Where it does not begin as one of [`PathScope`], has an empty segment, or names no object.
pub fn policy_path(input: &str) -> Result<PolicyPath<'_>, TextError> {
    whole(input, path, "a policy path")
}

fn segment(input: &str) -> Parsed<'_, &str> {
    match take_while1::<_, _, super::Stop<'_>>(|char| char != '/').parse(input) {
        Err(_) => stop(input, "a segment"),
        read => read,
    }
}

fn segments(input: &str) -> Parsed<'_, Vec<&str>> {
    many0(preceded(tag("/"), cut(segment))).parse(input)
}

fn path(input: &str) -> Parsed<'_, PolicyPath<'_>> {
    let (rest, scope) = scope(input)?;
    let (rest, segments) = segments(rest)?;
    let domain = match segments.as_slice() {
        ["domains", domain, ..] => Some(*domain),
        _ => None,
    };
    let raw = input.strip_suffix(rest).unwrap_or(input);
    match segments.as_slice() {
        [.., kind, id] if segments.len().is_multiple_of(2) => Ok((
            rest,
            PolicyPath {
                raw,
                scope,
                domain,
                kind,
                id,
            },
        )),
        _ => stop(rest, "`/` and a segment"),
    }
}

fn scope(input: &str) -> Parsed<'_, PathScope<'_>> {
    let named = |name: &'static str| preceded((tag("/"), tag(name), tag("/")), segment);
    let top = |name: &'static str| (tag("/"), tag(name), nom::combinator::peek(tag("/")));
    let (rest, infra): (_, Option<_>) = opt(top("infra")).parse(input)?;
    if infra.is_some() {
        return Ok((rest, PathScope::Infra));
    }
    let (rest, global) = opt(top("global-infra")).parse(rest)?;
    if global.is_some() {
        return Ok((rest, PathScope::GlobalInfra));
    }
    let Ok((rest, org)) = named("orgs").parse(rest) else {
        return stop(rest, "`/infra`, `/global-infra` or `/orgs`");
    };
    let (rest, project) = opt(named("projects")).parse(rest)?;
    let Some(project) = project else {
        return Ok((rest, PathScope::Org { org }));
    };
    let (rest, vpc) = opt(named("vpcs")).parse(rest)?;
    if let Some(vpc) = vpc {
        return Ok((rest, PathScope::Vpc { org, project, vpc }));
    }
    let (rest, _) = opt(top("infra")).parse(rest)?;
    Ok((rest, PathScope::Project { org, project }))
}
