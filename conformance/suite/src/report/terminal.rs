//! The report for a person at a terminal: what is wrong, by which clause, and how to see it again.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::model::{CaseReport, Report};
use super::paint::{Ink, Paint, ink};
use super::trace::{last, spaced};
use crate::check::Kind;
use crate::record::{Direction, Happening, Transcript};
use crate::verdict::Verdict;

/// Bytes of the last exchange that the terminal shows each way.
const LAST_BYTES_MAX: usize = 24;
/// Inconclusive cases that are told in full when the target was lost under all of them.
const LOST_BLOCKS_MAX: usize = 3;
/// Characters of an expected or seen value that the terminal shows.
const EXCERPT_LEN_MAX: usize = 240;
/// Requirements without a judgement that the terminal names.
const UNCHECKED_MAX: usize = 12;
/// Width of the labels in a case's block.
const LABEL_LEN: usize = 14;

/// How much the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Every case that says something, and the totals.
    Full,
    /// The totals only.
    Quiet,
}

/// Writes the report.
pub(crate) fn render(report: &Report, detail: Detail, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if detail == Detail::Full {
        let mut doubtful = 0_usize;
        for case in report.cases.iter().filter(|case| is_told(case)) {
            doubtful = doubtful.saturating_add(usize::from(case.verdict == Verdict::Inconclusive));
            if report.lost.is_none() || doubtful <= LOST_BLOCKS_MAX {
                block(report, case, paint, out)?;
            }
        }
        not_judged(report, paint, out)?;
        unchecked(report, paint, out)?;
    }
    for stale in &report.stale_baseline {
        writeln!(out, "{} {stale}", paint.with(Ink::Bad, "stale baseline"))?;
    }
    if let Some(lost) = &report.lost {
        writeln!(out, "{} {lost}", paint.with(Ink::Bad, "target lost"))?;
    }
    totals(report, paint, out)
}

/// Cases with a block of their own. A lost target makes hundreds inconclusive for one reason, told once.
fn is_told(case: &CaseReport) -> bool {
    match case.verdict {
        Verdict::Fail
        | Verdict::Warn
        | Verdict::KnownFail
        | Verdict::UnexpectedPass
        | Verdict::HarnessError => true,
        Verdict::Inconclusive => !case.checks.is_empty() || !case.transcript.events.is_empty(),
        Verdict::Pass | Verdict::Unsupported | Verdict::NotTestable => false,
    }
}

fn block(report: &Report, case: &CaseReport, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let verdict = paint.with(ink(case.verdict), case.verdict.word());
    writeln!(out, "{verdict} {} {}", paint.with(Ink::Strong, case.id), case.title)?;
    match case.verdict {
        Verdict::KnownFail | Verdict::UnexpectedPass | Verdict::HarnessError => {
            field(paint, out, "reason", case.reason.as_deref().unwrap_or_default())?;
        }
        Verdict::Fail | Verdict::Warn | Verdict::Inconclusive => evidence(report, case, paint, out)?,
        Verdict::Pass | Verdict::Unsupported | Verdict::NotTestable => {}
    }
    field(paint, out, "repeat", &case.repeat)?;
    writeln!(out)
}

fn evidence(report: &Report, case: &CaseReport, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    for check in case.checks.iter().filter(|check| !check.is_held()) {
        match (&check.requirement, check.kind) {
            (Some(id), Kind::Requirement) => clause(report, id, paint, out)?,
            (_, Kind::Control) | (None, Kind::Requirement) => {
                field(paint, out, "control", "without its fault the exchange must work, and did not")?;
            }
        }
        field(paint, out, "check", &check.what)?;
        if let Some(found) = &check.mismatch {
            let from = first_difference(&found.expected, &found.seen);
            field(paint, out, "expected", &excerpt(&found.expected, from))?;
            field(paint, out, "seen", &paint.with(Ink::Bad, &excerpt(&found.seen, from)))?;
        }
    }
    if case.checks.iter().all(crate::check::Check::is_held) {
        field(paint, out, "reason", case.reason.as_deref().unwrap_or_default())?;
    }
    last_bytes(&case.transcript, Direction::Sent, paint, out)?;
    last_bytes(&case.transcript, Direction::Received, paint, out)?;
    if let Some(end) = ending(&case.transcript) {
        field(paint, out, "then", end)?;
    }
    Ok(())
}

/// How many characters two texts have in common before they differ.
fn first_difference(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// A long text around the place that matters; the other reports hold it whole.
fn excerpt(text: &str, place: usize) -> String {
    let len = text.chars().count();
    if len <= EXCERPT_LEN_MAX {
        return text.to_owned();
    }
    let start = place.saturating_sub(EXCERPT_LEN_MAX / 3);
    let shown: String = text.chars().skip(start).take(EXCERPT_LEN_MAX).collect();
    let before = if start > 0 { "… " } else { "" };
    let after = if start.saturating_add(EXCERPT_LEN_MAX) < len { " …" } else { "" };
    format!("{before}{shown}{after}")
}

fn clause(report: &Report, id: &str, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let label = paint.with(Ink::Strong, id);
    let Some(clause) = report.clauses.get(id) else {
        return writeln!(out, "    {label}");
    };
    let place = paint.with(Ink::Faint, &format!("spec/{}", clause.place));
    writeln!(
        out,
        "    {label}{} {}  {place}",
        " ".repeat(LABEL_LEN.saturating_sub(id.len()) - 1),
        clause.text
    )
}

fn last_bytes(
    transcript: &Transcript,
    direction: Direction,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (label, none) = match direction {
        Direction::Sent => ("last sent", "nothing"),
        Direction::Received => ("last received", "nothing"),
    };
    let Some(line) = last(transcript, direction) else {
        return field(paint, out, label, none);
    };
    if !line.text.is_empty() {
        field(paint, out, label, &line.text)?;
    }
    let bytes = crate::hex::decode(line.hex.trim_end_matches(" …")).unwrap_or_default();
    let shown = format!("{}  ({} B)", spaced(&bytes, LAST_BYTES_MAX), line.len);
    let label = if line.text.is_empty() { label } else { "" };
    field(paint, out, label, &paint.with(Ink::Faint, &shown))
}

/// How the last connection ended, when it did not just fall silent after an answer.
fn ending(transcript: &Transcript) -> Option<&'static str> {
    let mut newest = transcript.events.iter().rev().map(|event| &event.what);
    newest.find_map(|what| match what {
        Happening::Ended => Some(Some("the target closed the connection")),
        Happening::Reset { .. } => Some(Some("the connection broke")),
        Happening::TimedOut => Some(Some("nothing came in time")),
        Happening::Note { .. } | Happening::Code { .. } => None,
        Happening::Opened { .. }
        | Happening::Refused { .. }
        | Happening::Sent { .. }
        | Happening::SendFailed { .. }
        | Happening::Received { .. }
        | Happening::Restarted { .. }
        | Happening::Decoded { .. } => Some(None),
    })?
}

fn field(paint: Paint, out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    let label = paint.with(Ink::Faint, &format!("{label:<LABEL_LEN$}"));
    let mut lines = text.lines();
    writeln!(out, "    {label}{}", lines.next().unwrap_or_default())?;
    lines.try_for_each(|line| writeln!(out, "    {:LABEL_LEN$}{line}", ""))
}

/// Cases that judged nothing, counted by their reason.
fn not_judged(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut reasons: BTreeMap<(Verdict, &str), usize> = BTreeMap::new();
    for case in report.cases.iter().filter(|case| !case.verdict.is_judged() && !is_told(case)) {
        let reason = case.reason.as_deref().unwrap_or_default();
        let tally = reasons.entry((case.verdict, reason)).or_default();
        *tally = tally.saturating_add(1);
    }
    for ((verdict, reason), tally) in &reasons {
        writeln!(out, "{} {tally}: {reason}", paint.with(ink(*verdict), verdict.word()))?;
    }
    if !reasons.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Requirements that are cited and were judged by no case of this run. A lost target says it once.
fn unchecked(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if report.unchecked.is_empty() || report.lost.is_some() {
        return Ok(());
    }
    let word = paint.with(Ink::Faint, "unchecked");
    let of = |(id, cases): (&&str, &Vec<&str>)| format!("{id} ({})", cases.join(", "));
    let told: Vec<String> = report.unchecked.iter().take(UNCHECKED_MAX).map(of).collect();
    let more = report.unchecked.len().saturating_sub(UNCHECKED_MAX);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    writeln!(out, "{word} cited, and judged by no case of this run: {}{more}\n", told.join(", "))
}

fn totals(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let tallies = Verdict::ALL.iter().map(|verdict| (*verdict, report.totals.of(*verdict)));
    let words: Vec<String> = tallies
        .filter(|(_, tally)| *tally > 0)
        .map(|(verdict, tally)| paint.with(ink(verdict), &format!("{tally} {verdict}")))
        .collect();
    let cases = plural(report.totals.cases);
    writeln!(out, "{cases} in {:.2} s, seed {}: {}", report.wall_s, report.seed, words.join(", "))?;
    let ink = if report.exit_code == 0 { Ink::Good } else { Ink::Bad };
    writeln!(out, "{} (exit code {})", paint.with(ink, &report.conclusion), report.exit_code)
}

fn plural(cases: usize) -> String {
    if cases == 1 { "1 case".to_owned() } else { format!("{cases} cases") }
}

#[cfg(test)]
mod tests {
    use super::{EXCERPT_LEN_MAX, excerpt, first_difference};

    #[test]
    fn long_values_are_shown_around_their_first_difference() {
        let row = |last: u32| format!("{:?}", (0..200).chain([last]).collect::<Vec<_>>());
        let (expected, seen) = (row(7), row(8));
        let from = first_difference(&expected, &seen);
        let shown = excerpt(&seen, from);
        assert!(shown.starts_with("… ") && shown.ends_with("199, 8]"), "{shown}");
        assert!(shown.chars().count() <= EXCERPT_LEN_MAX + 4);
        assert_eq!(excerpt(&"x".repeat(300), 0), format!("{} …", "x".repeat(EXCERPT_LEN_MAX)));
        assert_eq!(excerpt("short", 3), "short");
    }
}
