//! The registry of cases keeps its promises to those who cite it.

use std::collections::BTreeSet;

use pinnace_conformance::cases;
use pinnace_spec::Role;

#[test]
fn ids_are_a_requirement_and_a_number_and_stand_once() {
    let mut seen = BTreeSet::new();
    for case in cases::all() {
        let (requirement, number) = case.id.split_once('/').unwrap();
        assert!(number.parse::<u32>().is_ok_and(|number| number > 0), "{}", case.id);
        assert!(case.requirements.contains(&requirement), "{} does not judge {requirement}", case.id);
        assert!(seen.insert(case.id), "{} stands twice", case.id);
    }
    assert!(!seen.is_empty(), "a suite without cases proves nothing");
}

#[test]
fn every_requirement_that_a_case_judges_is_in_the_specification_and_binds_a_server() {
    for case in cases::all() {
        for id in case.requirements {
            let binds_servers = pinnace_spec::requirement(id).is_some_and(|found| found.role != Role::Client);
            assert!(binds_servers, "{} judges a server by {id}", case.id);
        }
    }
}

#[test]
fn every_profile_of_a_case_is_in_the_specification() {
    let profiles = pinnace_spec::profiles().unwrap();
    for case in cases::all() {
        assert!(profiles.named(case.profile).is_some(), "{} is of the profile {}", case.id, case.profile);
    }
}
