//! The rules of a Pinnace server as pure functions over a view.
