//! The Pinnace conformance suite: library and pinnace-conform.
