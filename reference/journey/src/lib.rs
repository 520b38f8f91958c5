//! End-to-end tests of the real programs, `pinnaced` and `pinnace`: see `tests/` and `journey.sh`. There is no code here.
