//! Faults of what WELCOME advertises.

faults! {
    /// WELCOME tells no limits.
    LIMITS_UNTOLD: Effect ["LIM-001"];
    /// WELCOME tells another outcome_cache, below inflight_max.
    CACHE_BELOW_WINDOW: Effect ["LIM-002"];
    /// WELCOME tells a limit outside its range.
    LIMIT_OUT_OF_RANGE: Effect ["LIM-003"];
    /// WELCOME tells no profile.
    PROFILES_UNTOLD: Effect ["LIM-004"];
}
