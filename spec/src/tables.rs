//! The generated parts of the text.
