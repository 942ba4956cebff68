//! Numbers of things, as messages say them.

use std::fmt::Display;

/// `1 machine`, `4 machines`: the noun is regular.
pub fn count<N: Display + Copy + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let ending = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn one_is_singular() {
        assert_eq!(count(0_usize, "rule"), "0 rules");
        assert_eq!(count(1_u32, "rule"), "1 rule");
        assert_eq!(count(2_i64, "more rule"), "2 more rules");
    }
}
