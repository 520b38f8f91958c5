//! The data files: that they load, and that they agree with each other.

use std::collections::BTreeSet;

use pinnace_spec::{
    CHAPTERS, Frames, Grease, Kind, Machine, errors, frames, limits, load, machine, machines, profiles,
    requirement,
};

#[test]
fn embedded_files_load() {
    let spec = load().unwrap();
    assert!(spec.requirements.len() >= 199);
    assert!(spec.frames.frames.len() >= 30);
}

#[test]
fn frame_types_rise_and_are_even_unless_they_may_be_skipped() {
    let types: Vec<u64> = frames().unwrap().frames.iter().map(|frame| frame.frame_type).collect();
    assert!(types.is_sorted_by(|a, b| a < b), "{types:?}");
    let odd: Vec<u64> = types.into_iter().filter(|t| t % 2 == 1).collect();
    assert_eq!(odd, [1, 65], "only EPHEMERAL and WHISPER may be lost");
}

#[test]
fn extensions_rise() {
    for frame in &frames().unwrap().frames {
        let types: Vec<u64> = frame.extensions.iter().map(|extension| extension.extension_type).collect();
        assert!(types.is_sorted_by(|a, b| a < b), "{}: {types:?}", frame.name);
    }
}

#[test]
fn no_type_in_use_is_grease_or_reserved() {
    let Frames { grease, frames, .. } = frames().unwrap();
    for frame in frames {
        assert!(!is_grease(*grease, frame.frame_type), "{}", frame.name);
        assert!(
            frame.extensions.iter().all(|extension| !is_grease(*grease, extension.extension_type)),
            "{}",
            frame.name
        );
        let ranges = &profiles().unwrap().reserved_frame_types;
        assert!(!ranges.iter().any(|r| (r.first..=r.last).contains(&frame.frame_type)), "{}", frame.name);
    }
}

#[test]
fn no_id_of_a_limit_or_a_profile_is_grease() {
    let grease = frames().unwrap().grease;
    assert!(limits().unwrap().entries.iter().all(|limit| !is_grease(grease, limit.id)));
    assert!(profiles().unwrap().entries.iter().all(|profile| !is_grease(grease, profile.id)));
    assert!(is_grease(grease, 33) && is_grease(grease, 95) && !is_grease(grease, 34));
}

fn is_grease(grease: Grease, id: u64) -> bool {
    id >= grease.offset && (id - grease.offset).is_multiple_of(grease.multiplier)
}

#[test]
fn structures_that_fields_name_exist() {
    let frames = frames().unwrap();
    let fields = frames.frames.iter().flat_map(|frame| {
        frame.fields.iter().chain(frame.extensions.iter().map(|extension| &extension.field))
    });
    let named = fields.filter_map(|field| match &field.kind {
        Kind::Bytes { structure, .. } | Kind::Rest { structure, .. } => structure.as_deref(),
        Kind::Octet { .. }
        | Kind::Varint { .. }
        | Kind::Fixed { .. }
        | Kind::Text { .. }
        | Kind::List { .. } => None,
    });
    for name in named {
        assert!(frames.structure(name).is_some(), "{name}");
    }
}

#[test]
fn defaults_lie_in_their_range() {
    for limit in &limits().unwrap().entries {
        assert!((limit.min..=limit.max).contains(&limit.default), "{}", limit.name);
    }
}

#[test]
fn each_prefix_of_a_profile_has_a_chapter() {
    let prefixes: BTreeSet<&str> =
        CHAPTERS.iter().map(|chapter| chapter.prefix).filter(|p| !p.is_empty()).collect();
    let named: BTreeSet<&str> =
        profiles().unwrap().entries.iter().flat_map(|p| p.prefixes.iter().map(String::as_str)).collect();
    assert_eq!(prefixes, named);
}

#[test]
fn each_file_of_a_machine_is_embedded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/machines");
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let found: BTreeSet<String> = entries
        .map(|entry| format!("data/machines/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    let embedded: BTreeSet<String> = Machine::files().map(str::to_owned).collect();
    assert_eq!(found, embedded);
}

#[test]
fn text_names_the_cost_of_the_longest_credited_frame() {
    let longest = pinnace_spec::tables::longest_credited(frames().unwrap());
    let written = format!("costs ({},{:03}:", longest / 1_000, longest % 1_000);
    let says_so = |chapter: &&pinnace_spec::Chapter| chapter.text.contains(&written);
    assert_eq!(CHAPTERS.iter().filter(says_so).count(), 1, "{written}");
}

#[test]
fn each_pair_of_state_and_event_has_one_cell() {
    for machine in machines().unwrap() {
        for (state, event, cell) in machine.pairs() {
            assert!(cell.is_some(), "{}: {} x {} has none or several", machine.name, state.name, event.name);
        }
    }
}

#[test]
fn each_cell_names_states_events_and_requirements_that_exist() {
    for machine in machines().unwrap() {
        let is_state = |name: &String| machine.states.iter().any(|state| state.name == *name);
        for cell in &machine.cells {
            assert!(cell.state.iter().all(is_state), "{}: {cell:?}", machine.name);
            assert!(cell.next == "same" || is_state(&cell.next), "{}: {cell:?}", machine.name);
            let is_event = |name: &String| machine.events.iter().any(|event| event.name == *name);
            assert!(cell.event.iter().all(is_event), "{}: {cell:?}", machine.name);
            assert!(requirement(&cell.requirement).is_some(), "{}: {cell:?}", machine.name);
            let reasons = frames().unwrap().registry("reject_reason").unwrap();
            let is_error =
                |name: &str| errors().unwrap().named(name).is_some() || reasons.named(name).is_some();
            assert!(cell.error.as_deref().is_none_or(is_error), "{}: {cell:?}", machine.name);
        }
    }
}

#[test]
fn each_frame_is_an_event_of_both_session_machines() {
    for machine in [machine("session-server").unwrap(), machine("session-client").unwrap()] {
        for frame in &frames().unwrap().frames {
            let is_event = machine.events.iter().any(|event| event.name == frame.name);
            assert!(is_event, "{}: {}", machine.name, frame.name);
        }
    }
}

#[test]
fn codes_ids_and_values_rise_and_names_are_unique() {
    let registries = frames().unwrap().registries.iter().map(|registry| {
        let values = registry.values.iter().map(|value| (value.value, value.name.as_str())).collect();
        (registry.name.as_str(), values)
    });
    let codes = errors().unwrap().entries.iter().map(|entry| (u64::from(entry.code), entry.name.as_str()));
    let ids = limits().unwrap().entries.iter().map(|limit| (limit.id, limit.name.as_str()));
    let classes = profiles().unwrap().entries.iter().map(|profile| (profile.id, profile.name.as_str()));
    let tables: [(&str, Vec<(u64, &str)>); 3] =
        [("errors", codes.collect()), ("limits", ids.collect()), ("profiles", classes.collect())];
    for (table, entries) in registries.chain(tables) {
        assert!(entries.is_sorted_by(|a, b| a.0 < b.0), "{table}: {entries:?}");
        let names: BTreeSet<&str> = entries.iter().map(|entry| entry.1).collect();
        assert_eq!(names.len(), entries.len(), "{table}");
    }
}
