//! Bytes to frames and back: the Pinnace codec, without I/O and without allocation.
