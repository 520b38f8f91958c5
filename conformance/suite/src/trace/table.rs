//! Traceability for a person at a terminal.

use std::io::{self, Write};

use super::evidence::Source;
use super::finding::Finding;
use super::model::{Half, Trace};
use super::sets::Cover;
use crate::report::paint::{Ink, Paint};

/// Citations of one verdict that are told by name.
const TOLD_MAX: usize = 20;

/// Writes the table, what is left over, and the conclusion.
pub(crate) fn render(trace: &Trace, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    source(trace, out)?;
    let head = format!(
        "{:<8}{:>13}{:>8}{:>20}{:>10}{:>10}",
        "", "requirements", "live", "by reference test", "excluded", "untested"
    );
    writeln!(out, "\n{}", paint.with(Ink::Faint, &head))?;
    for chapter in &trace.chapters {
        row(&chapter.prefix, &chapter.counts, out)?;
    }
    let all = Half {
        requirements: trace.requirements,
        tested_live: trace.tested_live,
        tested_by_reference_test: trace.tested_by_reference_test,
        excluded: trace.excluded,
        untested: trace.untested,
    };
    row("all", &all, out)?;
    writeln!(out, "\n{}", paint.with(Ink::Faint, "by who is bound; a requirement may bind both"))?;
    row("server", &trace.sides.server, out)?;
    row("client", &trace.sides.client, out)?;
    writeln!(
        out,
        "\n{}",
        paint.with(Ink::Faint, "sets of the specification; --json names the case or the reason")
    )?;
    cover("illegal pairs of state and event", &trace.sets.cells, out)?;
    cover("limits, at minus one, at, plus one", &trace.sets.limits, out)?;
    cover("registries, unknown and GREASE", &trace.sets.registries, out)?;
    writeln!(out)?;
    left_over(trace, paint, out)?;
    conclusion(trace, paint, out)
}

fn cover(name: &str, cover: &Cover, out: &mut dyn Write) -> io::Result<()> {
    let Cover { members, covered, reasoned, .. } = cover;
    writeln!(out, "{name}: {members}, by cases {covered}, with a reason {reasoned}")
}

fn source(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    match &trace.computed_from {
        Source::Declared => writeln!(out, "computed from what the cases declare: nothing was run")?,
        Source::Runs { runs } => {
            writeln!(out, "computed from the checks of {}", plural(runs.len(), "run"))?;
            for run in runs {
                writeln!(
                    out,
                    "  {}: {}, {} judged, {:.2} s, seed {}, exit code {}",
                    run.target,
                    plural(run.cases, "case"),
                    run.judged,
                    run.wall_s,
                    run.seed,
                    run.exit_code
                )?;
            }
        }
    }
    if !trace.reference_tests_found {
        writeln!(out, "no source tree here: tests of the reference were not looked for")?;
    }
    Ok(())
}

fn row(name: &str, half: &Half, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{name:<8}{:>13}{:>8}{:>20}{:>10}{:>10}",
        half.requirements, half.tested_live, half.tested_by_reference_test, half.excluded, half.untested
    )
}

fn left_over(trace: &Trace, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    for missing in &trace.lists.untested {
        let word = paint.with(Ink::Bad, "untested");
        writeln!(out, "{word} {} ({}): {}", missing.id, missing.side.word(), missing.text)?;
    }
    for finding in &trace.lists.drift {
        told("drift", finding, paint, out)?;
    }
    for finding in &trace.lists.faults {
        told("fault", finding, paint, out)?;
    }
    for unchecked in trace.lists.unchecked.iter().take(TOLD_MAX) {
        let word = paint.with(Ink::Bad, "unchecked");
        let verdicts = unchecked.verdicts.join(", ");
        let seen = if verdicts.is_empty() { "in no run".to_owned() } else { verdicts };
        writeln!(
            out,
            "{word} {} is cited by {} and was not checked: {seen}",
            unchecked.requirement, unchecked.case
        )?;
    }
    let more = trace.lists.unchecked.len().saturating_sub(TOLD_MAX);
    if more > 0 {
        writeln!(out, "and {more} more citations that were not checked; --json has them all")?;
    }
    Ok(())
}

fn told(word: &str, finding: &Finding, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}: {}", paint.with(Ink::Bad, word), finding.subject, finding.what)
}

fn conclusion(trace: &Trace, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let accounted = trace.requirements.saturating_sub(trace.untested);
    let line = format!(
        "{accounted} of {} accounted for; {} tested ({:.1} %): {} live, {} by tests of the reference; {} excluded; \
         drift {}, faults {}, citations unchecked {}",
        trace.requirements,
        trace.tested,
        trace.tested_percent,
        trace.tested_live,
        trace.tested_by_reference_test,
        trace.excluded,
        trace.drift,
        trace.faults,
        trace.unchecked
    );
    let ink = if trace.is_accounted { Ink::Good } else { Ink::Bad };
    writeln!(out, "{} (exit code {})", paint.with(ink, &line), trace.exit_code)
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
