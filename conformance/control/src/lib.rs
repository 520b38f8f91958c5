//! Messages between the conformance suite and an adapter, as JSON lines.
