//! Commits: who begins a conversation, who comes in and goes, and who is refused.

use pinnace_home::{CommitRequest, ConversationKind, Envelope, Origin, Replace, Rules, SecondParty, Table};

use crate::directory::{account_of, list, sorted};
use crate::script::{Do::*, Play, device_of, number_of, quick_rules};
use crate::talk::{direct, group, nowhere, own_devices};

/// Four accounts, the first of two devices: `a` and `b`; each has its list.
fn story() -> Play {
    story_of(quick_rules())
}

fn story_of(rules: Rules) -> Play {
    let mut story = Play::new(rules, "axyz");
    story.join('b', 'a');
    let _ = story.first_list('a', "ab");
    for name in "xyz".chars() {
        let _ = story.first_list(name, &name.to_string());
    }
    story
}

/// A group of `a`, with these in it besides, at epoch 1.
fn talk(names: &str) -> (Play, Origin) {
    let (mut story, of) = (story(), group('a', 1));
    assert_eq!(story.commit('a', 1, &of, (0, names, "")), "accepted");
    (story, of)
}

#[test]
fn the_first_commit_begins_a_conversation_and_welcomes_those_it_adds() {
    let (mut story, of) = talk("bx");
    let state = story.state(&of).unwrap();
    assert_eq!((state.epoch, state.last, state.devices), (1, 1, sorted("abx")));
    assert_eq!(story.mail('a'), "1 #1 Own of 1");
    assert_eq!(story.mail('b'), r#"1 #1 Welcome "a1 welcomes""#);
    assert_eq!(story.mail('x'), r#"1 #1 Welcome "a1 welcomes""#);
    assert_eq!(story.world.rows_in_table(Table::Payload), 1, "nobody holds the first commit");
}

#[test]
fn a_conversation_of_one_device_is_begun_without_a_welcome() {
    let (mut story, of) = talk("");
    assert_eq!(story.state(&of).unwrap().devices, sorted("a"));
    assert_eq!(story.world.rows_in_table(Table::Payload), 0);
    assert_eq!(story.commit('a', 2, &of, (1, "b", "")), "accepted");
    assert_eq!(story.mail('b'), r#"1 #2 Welcome "a2 welcomes""#);
}

#[test]
fn a_commit_goes_to_the_old_roster_and_a_welcome_to_those_that_come_in() {
    let (mut story, of) = talk("bx");
    assert_eq!(story.commit('x', 1, &of, (1, "yz", "b")), "accepted");
    let state = story.state(&of).unwrap();
    assert_eq!((state.epoch, state.last, state.devices), (2, 2, sorted("axyz")));
    assert_eq!(story.mail('a'), r#"1 #1 Own of 1, 2 #2 Commit "x1 commits""#);
    assert_eq!(story.mail('b'), r#"1 #1 Welcome "a1 welcomes", 2 #2 Commit "x1 commits""#);
    assert_eq!(story.mail('x'), r#"1 #1 Welcome "a1 welcomes", 2 #2 Own of 1"#);
    assert_eq!(story.mail('y'), r#"1 #2 Welcome "x1 welcomes""#);
    // The last that the removed one gets was the commit that removed it.
    assert_eq!(story.post('a', 2, &of, 2), "accepted");
    assert_eq!(story.mail('b'), r#"1 #1 Welcome "a1 welcomes", 2 #2 Commit "x1 commits""#);
    assert_eq!(story.post('b', 1, &of, 2), "NoConversation");
    assert_eq!(story.post('b', 2, &of, 1), "NoConversation");
}

#[test]
fn of_two_commits_of_an_epoch_the_first_wins_and_so_of_two_beginnings() {
    let (mut story, of) = (story(), direct('a', 'x'));
    assert_eq!(story.commit('x', 1, &of, (0, "ab", "")), "accepted");
    assert_eq!(story.commit('a', 1, &of, (0, "x", "")), "StaleEpoch");
    assert_eq!(story.commit('a', 2, &of, (1, "", "b")), "accepted");
    assert_eq!(story.commit('x', 2, &of, (1, "", "")), "StaleEpoch");
    assert_eq!(story.commit('x', 3, &of, (3, "", "")), "StaleEpoch");
    assert_eq!(story.commit('x', 4, &of, (2, "", "")), "accepted");
    // The refusals stand, though the epoch would fit now.
    assert_eq!(story.commit('a', 1, &of, (0, "x", "")), "StaleEpoch");
    assert_eq!(story.state(&of).unwrap().epoch, 3);
}

#[test]
fn an_origin_has_to_be_there_to_be_sound_and_to_be_the_senders() {
    let mut story = story();
    let mut seq = 0;
    let mut begin = |story: &mut Play, of: &Origin, change: &dyn Fn(&mut CommitRequest)| {
        seq += 1;
        let mut request = story.commit_request('a', seq, of, (0, "", ""));
        change(&mut request);
        story.run_commit(&request)
    };
    let of = group('a', 1);
    assert_eq!(begin(&mut story, &of, &|request| request.origin = None), "NoConversation");
    let later = |request: &mut CommitRequest| {
        request.envelope = request.envelope.map(|(envelope, by)| (Envelope { epoch: 1, ..envelope }, by));
    };
    assert_eq!(begin(&mut story, &of, &later), "NoConversation");
    let elsewhere = Origin { id: nowhere(), ..of };
    assert_eq!(begin(&mut story, &of, &|request| request.origin = Some(elsewhere)), "OriginInvalid");
    let second = SecondParty::new(*account_of('x').as_bytes());
    let unlike = Origin { kind: ConversationKind::OwnDevices, second, ..of };
    assert_eq!(begin(&mut story, &unlike, &|_| {}), "OriginInvalid");
    let pair = direct('a', 'x');
    let turned = Origin {
        first: account_of('x').max(account_of('a')),
        second: SecondParty::new(*account_of('x').min(account_of('a')).as_bytes()),
        ..pair
    };
    assert_eq!(begin(&mut story, &turned, &|_| {}), "OriginInvalid");
    for of_others in [group('x', 1), direct('x', 'y'), own_devices('x')] {
        assert_eq!(begin(&mut story, &of_others, &|_| {}), "OriginInvalid");
        assert_eq!(story.state(&of_others), None);
    }
    for mine in [of, pair, own_devices('a')] {
        assert_eq!(begin(&mut story, &mine, &|_| {}), "accepted");
    }
}

#[test]
fn a_stranger_hears_the_same_whether_or_not_there_is_such_a_conversation() {
    let (pair, of) = (direct('x', 'y'), group('x', 1));
    let (mut story, mut seq) = (story(), 0);
    let mut ask = |story: &mut Play| {
        let mut heard = Vec::new();
        for of in [&pair, &of] {
            for (epoch, origin) in [(0, Some(*of)), (0, None), (1, None), (1, Some(*of))] {
                seq += 1;
                let mut request = story.commit_request('a', seq, of, (epoch, "", ""));
                request.origin = origin;
                heard.push(story.run_commit(&request));
                seq += 1;
                let mut request = story.external_request('a', seq, of, epoch);
                request.origin = origin;
                heard.push(story.run_commit(&request));
            }
            seq += 1;
            heard.push(story.post('a', seq, of, 0));
        }
        heard
    };
    let before = ask(&mut story);
    assert_eq!(before.iter().filter(|heard| *heard == "OriginInvalid").count(), 2);
    assert_eq!(before.iter().filter(|heard| *heard == "NoConversation").count(), before.len() - 2);
    assert_eq!(story.commit('x', 1, &pair, (0, "y", "")), "accepted");
    assert_eq!(story.commit('x', 2, &of, (0, "y", "")), "accepted");
    assert_eq!(ask(&mut story), before);
}

#[test]
fn refusals_come_in_their_order() {
    let rules = Rules { roster_devices_max: 3, ..quick_rules() };
    let (mut story, of) = (story_of(rules), group('a', 1));
    assert_eq!(story.commit('a', 1, &of, (0, "b", "")), "accepted");
    let everything_wrong = |story: &Play, name, seq| CommitRequest {
        envelope: None,
        welcome: Vec::new(),
        ..story.commit_request(name, seq, &of, (7, "bu", "xa"))
    };
    // What is wrong is put right, one by one.
    let mut request = everything_wrong(&story, 'x', 1);
    let (envelope, by) = story.commit_request('x', 1, &of, (7, "", "")).envelope.unwrap();
    assert_eq!(story.run_commit(&request), "EnvelopeInvalid");
    request.client_seq = pinnace_home::ClientSeq::new(2).unwrap();
    request.envelope = Some((Envelope { group: nowhere(), ..envelope }, by));
    assert_eq!(story.run_commit(&request), "EnvelopeInvalid");
    request.client_seq = pinnace_home::ClientSeq::new(3).unwrap();
    request.envelope = Some((envelope, by));
    assert_eq!(story.run_commit(&request), "NoConversation");
    let mut seq = 1;
    let mut step = |story: &mut Play, epoch, added: &str, removed: &str, welcome: &str| {
        seq += 1;
        let mut request = story.commit_request('a', seq, &of, (epoch, added, removed));
        request.welcome = welcome.into();
        story.run_commit(&request)
    };
    assert_eq!(step(&mut story, 7, "bu", "xa", ""), "StaleEpoch");
    assert_eq!(step(&mut story, 1, "bu", "xa", ""), "EnvelopeInvalid");
    assert_eq!(step(&mut story, 1, "uxy", "z", ""), "EnvelopeInvalid");
    assert_eq!(step(&mut story, 1, "uxy", "a", ""), "EnvelopeInvalid");
    assert_eq!(step(&mut story, 1, "uxy", "", ""), "Outsider");
    assert_eq!(step(&mut story, 1, "xy", "", ""), "ConversationFull");
    assert_eq!(step(&mut story, 1, "x", "", ""), "WelcomeMisplaced");
    assert_eq!(step(&mut story, 1, "", "", "w"), "WelcomeMisplaced");
    assert_eq!(step(&mut story, 1, "xy", "b", "w"), "accepted");
}

#[test]
fn who_is_not_linked_or_of_a_third_account_is_an_outsider() {
    let mut story = story();
    story.join('c', 'a');
    let (of, pair, own) = (group('a', 1), direct('a', 'x'), own_devices('a'));
    for (seq, of) in [(1, &of), (2, &pair), (3, &own)] {
        assert_eq!(story.commit('a', seq, of, (0, "", "")), "accepted");
    }
    // Registered, in no list; never registered; of a third account.
    assert_eq!(story.commit('a', 4, &of, (1, "c", "")), "Outsider");
    assert_eq!(story.commit('a', 5, &of, (1, "u", "")), "Outsider");
    assert_eq!(story.commit('a', 6, &pair, (1, "y", "")), "Outsider");
    assert_eq!(story.commit('a', 7, &own, (1, "x", "")), "Outsider");
    assert_eq!(story.commit('a', 8, &pair, (1, "bx", "")), "accepted");
    assert_eq!(story.commit('a', 9, &own, (1, "b", "")), "accepted");
    // Neither may one begin that is in no list.
    assert_eq!(story.commit('c', 1, &group('a', 2), (0, "", "")), "OriginInvalid");
}

#[test]
fn a_device_comes_in_by_itself_where_its_account_has_another_one() {
    let (mut story, of) = talk("x");
    let request = story.external_request('y', 1, &of, 1);
    assert_eq!(story.run_commit(&request), "NoConversation");
    let mut request = story.external_request('b', 1, &of, 1);
    request.added = sorted("by");
    assert_eq!(story.run_commit(&request), "EnvelopeInvalid");
    let request = story.external_request('b', 2, &of, 0);
    assert_eq!(story.run_commit(&request), "StaleEpoch");
    let mut request = story.external_request('b', 3, &of, 1);
    request.removed = sorted("x");
    assert_eq!(story.run_commit(&request), "EnvelopeInvalid");
    let mut request = story.external_request('b', 4, &of, 1);
    request.welcome = b"w".to_vec();
    assert_eq!(story.run_commit(&request), "WelcomeMisplaced");
    let request = story.external_request('b', 5, &of, 1);
    assert_eq!(story.run_commit(&request), "accepted");
    assert_eq!(story.mail('b'), "1 #2 Own of 5");
    assert_eq!(story.mail('x'), r#"1 #1 Welcome "a1 welcomes", 2 #2 Commit "b5 commits""#);
    assert_eq!(story.state(&of).unwrap().devices, sorted("abx"));
    // It adds itself, whoever is in.
    let mut request = story.external_request('b', 6, &of, 2);
    request.added.clear();
    assert_eq!(story.run_commit(&request), "EnvelopeInvalid");
    let mut request = story.external_request('b', 7, &of, 2);
    request.added = sorted("x");
    assert_eq!(story.run_commit(&request), "EnvelopeInvalid");
}

#[test]
fn a_device_that_lost_its_state_comes_back_by_a_commit_of_its_own() {
    let rules = Rules { roster_devices_max: 3, ..quick_rules() };
    let (mut story, of) = (story_of(rules), group('a', 1));
    assert_eq!(story.commit('a', 1, &of, (0, "bx", "")), "accepted");
    // The only device of its account will do, and a full roster.
    let request = story.external_request('x', 1, &of, 1);
    assert_eq!(story.run_commit(&request), "accepted");
    assert_eq!(story.state(&of).unwrap().devices, sorted("abx"));
    assert_eq!(story.mail('a'), r#"1 #1 Own of 1, 2 #2 Commit "x1 commits""#);
    assert_eq!(story.mail('x'), r#"1 #1 Welcome "a1 welcomes", 2 #2 Own of 1"#);
    // It is in the conversation from the new epoch on.
    assert_eq!(story.post('a', 2, &of, 1), "accepted");
    assert_eq!(story.post('a', 3, &of, 2), "accepted");
    assert_eq!(story.act(Read('x', 2)), r#"3 #4 Message "a3""#);
    assert_eq!(story.post('x', 2, &of, 1), "StaleEpoch");
}

#[test]
fn a_device_that_comes_in_by_itself_has_to_be_linked() {
    let (mut story, of) = talk("x");
    story.join('c', 'a');
    let request = story.external_request('c', 1, &of, 1);
    assert_eq!(story.run_commit(&request), "Outsider");
}

#[test]
fn whispers_are_heard_by_the_roster_and_said_by_it_alone() {
    let (story, of) = talk("bx");
    assert_eq!(story.heard('a', &of), sorted("bx"));
    assert_eq!(story.heard('b', &of), sorted("ax"));
    assert_eq!(story.heard('y', &of), []);
    assert_eq!(story.heard('a', &group('a', 7)), []);
}

#[test]
fn a_device_that_its_account_lists_no_more_is_out_of_every_roster_at_once() {
    let (mut story, of) = talk("bx");
    let first = list('a', 1, &[], "ab");
    let second = list('a', 2, &first.octets, "a");
    let _ = story.publish('a', &second);
    let state = story.state(&of).unwrap();
    assert_eq!((state.epoch, state.last, state.devices), (1, 2, sorted("ax")));
    assert_eq!(story.heard('a', &of), sorted("x"));
    // All hear of the list before anything else, the device that published it too.
    let entry = format!("2 #2 DeviceList {:?}", String::from_utf8_lossy(&second.octets));
    assert_eq!(story.act(Read('x', 1)), entry);
    assert_eq!(story.act(Read('a', 1)), entry);
    // It may be named by a commit that removes it from the group, once.
    assert_eq!(story.commit('x', 1, &of, (1, "", "b")), "accepted");
    assert_eq!(story.commit('x', 2, &of, (2, "", "b")), "EnvelopeInvalid");
    assert_eq!(story.act(Read('a', 2)), r#"3 #3 Commit "x1 commits""#);
}

#[test]
fn an_account_that_lost_its_number_is_out_of_every_roster() {
    let (mut story, of) = talk("bx");
    assert_eq!(story.commit('x', 1, &of, (1, "y", "")), "accepted");
    let _ = story.enrol('A', number_of('a'), Replace::Take);
    assert_eq!(story.state(&of).unwrap().devices, sorted("xy"));
    assert_eq!(story.world.rows_in_table(Table::Membership), 2);
    assert_eq!(story.post('x', 2, &of, 2), "accepted");
    assert_eq!(story.commit('x', 3, &of, (2, "", "ab")), "accepted");
}

#[test]
fn a_list_is_told_in_each_conversation_of_its_account() {
    let (mut story, of) = talk("bx");
    let (pair, own) = (direct('x', 'y'), own_devices('x'));
    assert_eq!(story.commit('x', 1, &pair, (0, "y", "")), "accepted");
    assert_eq!(story.commit('x', 2, &own, (0, "", "")), "accepted");
    let second = list('x', 2, &list('x', 1, &[], "x").octets, "x");
    let _ = story.publish('x', &second);
    let told = |entry: &str| format!("{entry} DeviceList {:?}", String::from_utf8_lossy(&second.octets));
    assert_eq!(story.act(Read('a', 1)), told("2 #2"));
    assert_eq!(story.act(Read('b', 1)), told("2 #2"));
    assert_eq!(story.act(Read('y', 1)), told("2 #2"));
    let heard = story.act(Read('x', 3));
    assert_eq!(heard.matches(&told("#2")).count(), 3, "{heard}");
    assert_eq!(story.state(&own).unwrap().last, 2);
    // Whoever goes hears no more of it.
    assert_eq!(story.commit('a', 2, &of, (1, "", "x")), "accepted");
    let third = list('x', 3, &second.octets, "x");
    let _ = story.publish('x', &third);
    assert_eq!(story.state(&of).unwrap().last, 3);
    assert_eq!(story.state(&pair).unwrap().last, 3);
}

#[test]
fn a_device_may_come_back_after_it_went() {
    let (mut story, of) = talk("bx");
    assert_eq!(story.commit('a', 2, &of, (1, "", "b")), "accepted");
    assert_eq!(story.commit('a', 3, &of, (2, "b", "")), "accepted");
    assert_eq!(story.act(Read('b', 2)), r#"3 #3 Welcome "a3 welcomes""#);
    assert_eq!(story.heard('b', &of), sorted("ax"));
    assert!(story.heard('x', &of).contains(&device_of('b')));
}
