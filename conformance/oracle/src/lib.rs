//! A second Pinnace decoder, driven by the specification's data alone.
