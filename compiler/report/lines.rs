//! Sentences in lines of a width.

/// A sentence in lines of a width; the first line and the others are indented by so many blanks. A
/// word is never cut: one that is longer has a line of its own.
#[must_use]
pub fn wrapped(text: &str, (first, others): (usize, usize), width: usize) -> String {
    let mut out = " ".repeat(first);
    let (mut used, mut fresh) = (first, true);
    for word in text.split(' ') {
        let length = word.chars().count();
        if !fresh && used + 1 + length > width.max(others + 20) {
            out.push('\n');
            out.push_str(&" ".repeat(others));
            (used, fresh) = (others, true);
        }
        if !fresh {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
        fresh = false;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_keep_to_the_width_and_words_stay_whole() {
        let text = wrapped("one two three four five six", (2, 4), 24);
        assert_eq!(text, "  one two three four\n    five six\n");
        let long = "x".repeat(50);
        let text = wrapped(&format!("a {long} b"), (0, 2), 24);
        assert_eq!(text, format!("a\n  {long}\n  b\n"));
    }
}
