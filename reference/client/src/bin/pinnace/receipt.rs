//! What became of messages after they were accepted, as a line.

use pinnace_client::Event;
use pinnace_wire::ReceiptStatus;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::Output;

/// Tells of a receipt: a program of each, a person of what was not delivered.
pub(crate) fn show(event: &Event, output: Output) -> Result<(), Failure> {
    let Event::Receipt { device, ranges, status } = event else { return Ok(()) };
    let messages: Vec<Value> = ranges
        .iter()
        .map(|range| json!({ "first": range.first.value(), "count": range.count.value() }))
        .collect();
    let is = status.name().unwrap_or("unknown");
    output.event(
        undelivered(event).as_deref(),
        &json!({ "receipt": { "to": device.to_string(), "is": is, "messages": messages } }),
    )?;
    Ok(())
}

/// Which messages were not delivered, and why, for a person.
pub(crate) fn undelivered(event: &Event) -> Option<String> {
    let Event::Receipt { device, ranges, status } = event else { return None };
    if *status == ReceiptStatus::DELIVERED {
        return None;
    }
    let messages: Vec<String> = ranges
        .iter()
        .map(|range| match (range.first.value(), range.count.value()) {
            (first, 1) => first.to_string(),
            (first, count) => format!("{first} to {}", first.saturating_add(count).saturating_sub(1)),
        })
        .collect();
    Some(format!(
        "-- message {} to {device} was not delivered: {}",
        messages.join(", "),
        status.name().unwrap_or("unknown")
    ))
}
