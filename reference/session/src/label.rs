//! Labels that keep the bytes of one purpose from being taken for those of another.

/// The name of what is signed or hashed, put before the bytes and closed by one zero byte.
///
/// A label is 1 to 64 visible ASCII characters or spaces, so it never holds the zero byte that ends it: two
/// different pairs of label and bytes never give the same input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(&'static str);

impl Label {
    /// Longest label, in bytes: the label and its zero byte stay within two BLAKE2s blocks.
    pub const LEN_MAX: usize = 64;

    /// The label with this text. Made in a `const`, so that a bad label does not compile.
    ///
    /// ```
    /// use pinnace_session::label::Label;
    /// const EXAMPLE: Label = Label::new("pinnace example");
    /// assert_eq!(EXAMPLE.as_str(), "pinnace example");
    /// ```
    ///
    /// ```compile_fail
    /// use pinnace_session::label::Label;
    /// const BAD: Label = Label::new("ends\0early");
    /// ```
    ///
    /// # Panics
    ///
    /// When the text is empty, over [`Self::LEN_MAX`], or holds anything but visible ASCII and spaces. Labels
    /// are constants of the program; no peer can reach this.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        assert!(!text.is_empty() && text.len() <= Self::LEN_MAX, "a label has 1 to 64 bytes");
        let mut rest = text.as_bytes();
        while let [first, after @ ..] = rest {
            assert!(first.is_ascii_graphic() || *first == b' ', "a label is visible ASCII or spaces");
            rest = after;
        }
        Self(text)
    }

    /// The text, without the zero byte.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}
