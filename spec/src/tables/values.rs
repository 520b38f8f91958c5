//! Tables of errors, limits and profiles.

use super::{code, number, table};
use crate::errors::{Errors, Processed, Retry, Scope};
use crate::limits::{Advertiser, Limits};
use crate::loaded::Spec;
use crate::profiles::{ProfileStatus, Profiles};

pub(super) fn errors(errors: &Errors) -> String {
    let rows = errors.entries.iter().map(|entry| {
        vec![
            entry.code.to_string(),
            code(&entry.name),
            scope(entry.scope).to_owned(),
            entry.carrier.word().to_owned(),
            retry(entry.retry).to_owned(),
            processed(entry.processed).to_owned(),
            entry.meaning.clone(),
            entry.action.clone(),
        ]
    });
    table(
        &["code", "name", "scope", "carried by", "retry", "processed", "meaning", "what its receiver does"],
        rows,
    )
}

const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Frame => "frame",
        Scope::Session => "session",
        Scope::Conversation => "conversation",
        Scope::Account => "account",
    }
}

const fn retry(retry: Retry) -> &'static str {
    match retry {
        Retry::Never => "never",
        Retry::Same => "same number",
        Retry::New => "new number",
        Retry::Reconnect => "reconnect",
        Retry::Later => "later",
    }
}

const fn processed(processed: Processed) -> &'static str {
    match processed {
        Processed::Yes => "yes",
        Processed::No => "no",
        Processed::Unknown => "unknown",
    }
}

pub(super) fn limits(limits: &Limits) -> String {
    let rows = limits.entries.iter().map(|limit| {
        let by: Vec<&str> = limit.advertised.iter().map(|side| advertiser(*side)).collect();
        vec![
            limit.id.to_string(),
            code(&limit.name),
            number(limit.default),
            number(limit.min),
            number(limit.max),
            if by.is_empty() { "nobody".to_owned() } else { by.join(", ") },
            limit.reason.clone(),
        ]
    });
    table(&["id", "name", "default", "min", "max", "advertised by", "reason"], rows)
}

const fn advertiser(side: Advertiser) -> &'static str {
    match side {
        Advertiser::Client => "client",
        Advertiser::Server => "server",
    }
}

/// Profiles, with the count of their requirements.
pub(super) fn profiles(spec: &Spec) -> String {
    let rows = spec.profiles.entries.iter().map(|profile| {
        let has = |id: &str| profile.prefixes.iter().any(|prefix| id.starts_with(prefix.as_str()));
        let count = spec.requirements.iter().filter(|rule| has(&rule.id)).count();
        let status = match profile.status {
            ProfileStatus::Defined => "defined",
            ProfileStatus::Reserved => "reserved",
        };
        vec![
            profile.id.to_string(),
            code(&profile.name),
            status.to_owned(),
            profile.prefixes.join(" "),
            if count == 0 { String::new() } else { count.to_string() },
            profile.purpose.clone(),
        ]
    });
    table(&["id", "name", "status", "id prefixes", "requirements", "purpose"], rows)
}

pub(super) fn reserved(profiles: &Profiles) -> String {
    let rows = profiles
        .reserved_frame_types
        .iter()
        .map(|range| vec![format!("{} to {}", range.first, range.last), range.profile.clone()]);
    table(&["frame types", "kept for"], rows)
}
