//! Seeds that failed once, each with its story, hold for ever.

use pinnace_sim::{Keep, run};

/// One story a line: seed, name, what had gone wrong.
const STORIES: &str = include_str!("stories.txt");

#[test]
fn what_failed_once_holds() {
    let mut count = 0;
    for line in STORIES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let Some((seed, story)) = line.split_once(' ') else { panic!("not a story: {line}") };
        let Ok(seed) = seed.parse() else { panic!("no seed: {line}") };
        if let Some(violation) = run(seed, None, Keep::Digest).violation {
            panic!("{story}\nseed {seed}: {violation}");
        }
        count += 1;
    }
    assert!(count > 0);
}
