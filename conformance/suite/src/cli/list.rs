//! `pinnace-conform list`.

use serde::Serialize;

use super::args::{ListArgs, When};
use super::{Stopped, Streams, paint};
use crate::case::{Case, Level};
use crate::report::paint::Ink;
use crate::suite::Suite;

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    title: &'static str,
    profile: &'static str,
    level: Level,
    requirements: &'static [&'static str],
}

/// Lists the selected cases.
pub(crate) fn run(
    suite: &Suite,
    args: &ListArgs,
    when: When,
    streams: &mut Streams<'_>,
) -> Result<u8, Stopped> {
    let cases = args.select.selection().pick(&suite.cases, suite.clauses);
    if cases.is_empty() {
        return Err(Stopped::usage("no case is selected"));
    }
    let entries: Vec<Entry> = cases.iter().map(|case| entry(suite, case)).collect();
    if args.json {
        serde_json::to_writer_pretty(&mut *streams.out, &entries).map_err(Stopped::harness)?;
        writeln!(streams.out)?;
        return Ok(0);
    }
    let paint = paint(when, streams.out_is);
    let width = |text: fn(&Entry) -> String| entries.iter().map(|entry| text(entry).len()).max().unwrap_or(0);
    let requirements = |entry: &Entry| entry.requirements.join(" ");
    let (id, profile, cited) =
        (width(|e| e.id.to_owned()), width(|e| e.profile.to_owned()), width(requirements));
    for entry in &entries {
        let level = match entry.level {
            Level::Must => "MUST  ",
            Level::Should => "SHOULD",
            Level::May => "MAY   ",
        };
        let name = paint.with(Ink::Strong, &format!("{:<id$}", entry.id));
        let side = format!("{level}  {:<profile$}  {:<cited$}", entry.profile, requirements(entry));
        writeln!(streams.out, "{name}  {}  {}", paint.with(Ink::Faint, &side), entry.title)?;
    }
    Ok(0)
}

/// A case has the level of the strongest requirement that it judges.
fn entry(suite: &Suite, case: &Case) -> Entry {
    let levels = case.requirements.iter().map(|id| (suite.clauses)(id).map_or(case.level, |c| c.level));
    Entry {
        id: case.id,
        title: case.title,
        profile: case.profile,
        level: levels.min().unwrap_or(case.level),
        requirements: case.requirements,
    }
}
