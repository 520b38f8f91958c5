//! The Pinnace protocol as data: frames, errors, limits, profiles, state machines, requirements.
