//! A witness as a small picture: who to whom and what changed, a placement, an order of starts.
//!
//! Everything is placed here in whole numbers; the template only writes it down.

use crate::finding::{Admits, Witness};
use crate::report::excerpt::clean;
use askama::Template;
use std::collections::BTreeMap;

/// A drawing.
#[derive(Debug, Template)]
#[template(path = "picture.html", config = "compiler/report/html/askama.toml")]
pub(super) struct Picture {
    width: usize,
    height: usize,
    /// What it shows, for people who do not see it.
    label: String,
    shapes: Vec<Shape>,
}

#[derive(Debug)]
enum Shape {
    Frame {
        x: usize,
        y: usize,
        width: usize,
        height: usize,
        class: &'static str,
    },
    Line {
        from: usize,
        to: usize,
        y: usize,
        class: &'static str,
    },
    Text {
        x: usize,
        y: usize,
        class: &'static str,
        text: String,
    },
    /// A cross: this does not get through.
    Stop { x: usize, y: usize },
}

/// The width of a letter of the small type, rounded up.
const LETTER: usize = 7;
/// The room for a name.
const NAME: usize = 150;

/// The picture of a witness; nothing for one that is only words.
pub(super) fn draw(witness: &Witness) -> Option<String> {
    let picture = match witness {
        Witness::Flow {
            from,
            to,
            traffic,
            source: _,
            target: _,
            admits,
        } => flow(from, to, traffic, *admits),
        Witness::Placement { places, admits } => placement(places, *admits),
        Witness::Order {
            plan: _,
            first,
            then,
            admits,
        } => order(first, then, *admits),
        Witness::Case(_) => return None,
    };
    let picture = Picture {
        label: clean(&witness.to_string()).replace('`', ""),
        ..picture
    };
    picture.render().ok()
}

/// Whether a side admits it: the source, the target.
const fn sides(admits: Admits) -> [(&'static str, bool); 2] {
    match admits {
        Admits::TargetMore => [("source", false), ("target", true)],
        Admits::SourceMore => [("source", true), ("target", false)],
        Admits::Otherwise => [("source", true), ("target", true)],
    }
}

const fn kind(passes: bool) -> &'static str {
    if passes { "pass" } else { "stop" }
}

/// Two ends, and an arrow between them for each side.
fn flow(from: &str, to: &str, traffic: &str, admits: Admits) -> Picture {
    let middle = 230.max(traffic.chars().count() * LETTER + 20);
    let (left, right) = (NAME + 2, NAME + 2 + middle);
    let mut shapes = vec![text(left + middle / 2, 16, "mid", traffic)];
    for (x, name) in [(1, from), (right, to)] {
        shapes.push(frame(x, 26, NAME, 76, "end"));
        shapes.push(text(x + NAME / 2, 68, "mid name", &fit(name, NAME)));
    }
    for ((side, passes), y) in sides(admits).into_iter().zip([46, 86]) {
        shapes.push(text(left + 6, y - 5, "small", side));
        arrow(&mut shapes, left, right, y, passes);
    }
    Picture {
        width: right + NAME + 2,
        height: 104,
        label: String::new(),
        shapes,
    }
}

/// An arrow that arrives, or one that is stopped half way.
fn arrow(shapes: &mut Vec<Shape>, from: usize, to: usize, y: usize, passes: bool) {
    if passes {
        let class = "pass";
        let to = to.saturating_sub(7);
        shapes.push(Shape::Line { from, to, y, class });
        return;
    }
    let stop = from + (to - from) * 3 / 5;
    let class = "stop";
    let to = stop - 9;
    shapes.push(Shape::Line { from, to, y, class });
    shapes.push(Shape::Stop { x: stop, y });
}

/// The same placement twice: as the source takes it and as the target takes it.
fn placement(places: &[(String, String)], admits: Admits) -> Picture {
    let mut hosts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (vm, host) in places {
        hosts.entry(host).or_default().push(vm);
    }
    let most = hosts.values().map(Vec::len).max().unwrap_or(0);
    let (pitch, tall) = (NAME + 10, 28 + most * 26);
    let panel = hosts.len() * pitch + 10;
    let mut shapes = Vec::new();
    for ((side, passes), left) in sides(admits).into_iter().zip([1, panel + 21]) {
        let word = match (passes, admits, side) {
            (false, ..) => "refuses it",
            (true, Admits::Otherwise, "source") => "avoids it",
            (true, ..) => "admits it",
        };
        shapes.push(frame(left, 22, panel, tall + 20, kind(passes)));
        shapes.push(text(left + 2, 15, "small", &format!("the {side} {word}")));
        for (at, (host, vms)) in hosts.iter().enumerate() {
            let x = left + 10 + at * pitch;
            shapes.push(frame(x, 32, NAME, tall, "end"));
            shapes.push(text(x + 8, 48, "small", &fit(host, NAME)));
            for (row, vm) in vms.iter().enumerate() {
                let y = 54 + row * 26;
                shapes.push(frame(x + 8, y, NAME - 16, 20, "vm"));
                shapes.push(text(x + NAME / 2, y + 14, "mid", &fit(vm, NAME - 20)));
            }
        }
    }
    Picture {
        width: 2 * panel + 23,
        height: tall + 44,
        label: String::new(),
        shapes,
    }
}

/// A lane for each side: who waits for whom.
fn order(first: &str, then: &str, admits: Admits) -> Picture {
    let mut shapes = Vec::new();
    let left = 66;
    let second = left + NAME + 120;
    for ((side, free), y) in sides(admits).into_iter().zip([4, 46]) {
        shapes.push(text(2, y + 20, "small", side));
        // Where the order is not free, `first` waits until `then` is up.
        let (one, arrow_words, other) = if free {
            (first, "can start before", then)
        } else {
            (then, "must be up before", first)
        };
        for (x, name) in [(left, one), (second, other)] {
            shapes.push(frame(x, y, NAME, 32, "end"));
            shapes.push(text(x + NAME / 2, y + 20, "mid name", &fit(name, NAME)));
        }
        shapes.push(text(left + NAME + 58, y + 12, "mid small", arrow_words));
        shapes.push(Shape::Line {
            from: left + NAME,
            to: second - 7,
            y: y + 20,
            class: if free { "free" } else { "pass" },
        });
    }
    Picture {
        width: second + NAME + 2,
        height: 82,
        label: String::new(),
        shapes,
    }
}

const fn frame(x: usize, y: usize, width: usize, height: usize, class: &'static str) -> Shape {
    Shape::Frame {
        x,
        y,
        width,
        height,
        class,
    }
}

fn text(x: usize, y: usize, class: &'static str, text: &str) -> Shape {
    Shape::Text {
        x,
        y,
        class,
        text: clean(text).replace('`', ""),
    }
}

/// A name cut to its room; the words beside the picture say it whole.
fn fit(name: &str, room: usize) -> String {
    let name = name.replace('`', "");
    let most = room / LETTER;
    if name.chars().count() <= most {
        return name;
    }
    let mut cut: String = name.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_picture_are_text() {
        let witness = Witness::Order {
            plan: "p".to_owned(),
            first: "<script>alert(1)</script>".to_owned(),
            then: "\"><img src=x>".to_owned(),
            admits: Admits::TargetMore,
        };
        let drawn = draw(&witness).unwrap();
        assert!(
            !drawn.contains("<script") && !drawn.contains("<img"),
            "{drawn}"
        );
    }

    #[test]
    fn a_case_in_words_has_no_picture() {
        assert_eq!(draw(&Witness::Case("x".to_owned())), None);
    }

    #[test]
    fn a_flow_is_stopped_on_one_side_and_passes_on_the_other() {
        let picture = flow("`a`", "`b`", "tcp 80", Admits::TargetMore);
        let stops = picture
            .shapes
            .iter()
            .filter(|shape| matches!(shape, Shape::Stop { .. }));
        assert_eq!(stops.count(), 1);
        assert!(
            picture
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Line { class: "pass", .. }))
        );
    }
}
