//! Messages in conversations, and their entries in mailboxes.

use pinnace_home::memory::Crashed;
use pinnace_home::{
    Begun, ClientSeq, Decided, Origin, PostRequest, Rules, SendDone, Table, VoidRequest, conclude,
    post_begin, post_decide, void,
};

use crate::directory::sorted;
use crate::script::{Do::*, Play, device_of, done_words, quick_rules};
use crate::talk::{group, nowhere, try_commit, try_post};

/// Accounts of one device each.
fn story(rules: Rules, names: &str) -> Play {
    let mut story = Play::new(rules, names);
    for name in names.chars() {
        let _ = story.first_list(name, &name.to_string());
    }
    story
}

/// A group of all of them at epoch 1, begun by the first. Its first entry is acknowledged.
fn talk(rules: Rules, names: &str) -> (Play, Origin) {
    let (mut story, of) = (story(rules, names), group(names.chars().next().unwrap(), 1));
    let (first, others) = names.split_at(1);
    let first = first.chars().next().unwrap();
    assert_eq!(story.commit(first, 1, &of, (0, others, "")), "accepted");
    for name in names.chars() {
        assert_eq!(story.act(Ack(name, 1, &[])), "cursor 1");
    }
    assert_eq!(story.world.rows_in_table(Table::Payload), 0);
    (story, of)
}

fn payloads(story: &Play) -> (usize, usize) {
    (story.world.rows_in_table(Table::Payload), story.world.rows_in_table(Table::Holders))
}

#[test]
fn a_message_reaches_all_others_and_its_sender_learns_its_place() {
    let (mut story, of) = talk(quick_rules(), "abc");
    assert_eq!(story.post('b', 1, &of, 1), "accepted");
    let call = PostRequest { class: Some(1), ..story.post_request('a', 2, &of, 1) };
    assert_eq!(try_post(&mut story.world, &call), Ok(SendDone::Outcome(pinnace_home::Outcome::Accepted)));
    assert_eq!(story.mail('a'), r#"2 #2 Message "b1", 3 #3 Own of 2 call"#);
    assert_eq!(story.mail('b'), r#"2 #2 Own of 1, 3 #3 Message "a2" call"#);
    assert_eq!(story.mail('c'), r#"2 #2 Message "b1", 3 #3 Message "a2" call"#);
    assert_eq!(payloads(&story), (2, 2));
}

#[test]
fn a_payload_stays_while_a_mailbox_holds_it_however_its_items_end() {
    let (mut story, of) = talk(Rules { redelivery_max: 1, ..quick_rules() }, "abcde");
    assert_eq!(story.post('a', 2, &of, 1), "accepted");
    assert_eq!(payloads(&story), (1, 1));
    assert_eq!(story.act(Ack('b', 2, &[])), "cursor 2");
    assert_eq!(story.act(Ack('c', 1, &[(2, 1)])), "cursor 1");
    assert_eq!(story.act(Nack('d', 2, 1)), "ended");
    assert_eq!(payloads(&story), (1, 1));
    assert_eq!(story.act(Read('e', 1)), r#"2 #2 Message "a2""#);
    assert_eq!(story.act(Confirm('e', 0)), "cursor 1");
    assert_eq!(story.act(Hello('e', 0, 0)), "epoch 2 handled 0 cursor 1 last 2");
    assert_eq!(story.act(Read('e', 1)), "2 gap Undeliverable of 1");
    assert_eq!(payloads(&story), (0, 0));
    // Nobody gets a receipt.
    assert_eq!(story.mail('a'), "2 #2 Own of 2");
    assert_eq!(story.world.rows_in_table(Table::Outbox) + story.world.rows_in_table(Table::FanOut), 0);
    assert_eq!(story.world.rows_in_table(Table::Applied), 0);
}

#[test]
fn an_entry_ends_with_retention_or_earlier_and_takes_its_payload_along() {
    let (mut story, of) = talk(Rules { retention_s: 100, ..quick_rules() }, "abc");
    let soon = PostRequest { expires_in_s: Some(10), ..story.post_request('a', 3, &of, 1) };
    let late = PostRequest { expires_in_s: Some(1_000), ..story.post_request('a', 2, &of, 1) };
    for request in [&late, &soon] {
        assert_eq!(done_words(try_post(&mut story.world, request).unwrap()), "accepted");
    }
    story.act(Wait(10_000));
    assert_eq!(story.act(Read('b', 1)), r#"2 #2 Message "a2", 3 gap Expired of 1"#);
    story.act(Sweep);
    assert_eq!(story.act(Read('b', 1)), r#"2 #2 Message "a2", 3 gap Expired of 1"#);
    assert_eq!(payloads(&story), (1, 1));
    story.act(Wait(90_000));
    story.act(Sweep);
    assert_eq!(story.act(Read('b', 1)), "2 gap Expired of 2");
    assert_eq!(payloads(&story), (0, 0));
    assert_eq!(story.act(Read('a', 1)), "2 gap Expired of 2");
}

#[test]
fn refusals_of_a_message_come_in_their_order() {
    let (mut story, of) = talk(Rules { payload_len_max: 2_000, ..quick_rules() }, "ab");
    let long = vec![b'x'; 2_001];
    let mut seq = 0;
    let mut step = |story: &mut Play, change: &dyn Fn(&mut PostRequest)| {
        seq += 1;
        let mut request = story.post_request('b', seq, &of, 1);
        change(&mut request);
        done_words(try_post(&mut story.world, &request).unwrap())
    };
    let refuse = |request: &mut PostRequest| (request.envelope, request.conversation) = (None, nowhere());
    let words = step(&mut story, &|request| {
        refuse(request);
        (request.class, request.payload) = (Some(2), long.clone());
    });
    assert_eq!(words, "UnknownClass");
    let words = step(&mut story, &|request| {
        refuse(request);
        request.payload = long.clone();
    });
    assert_eq!(words, "PayloadTooLarge");
    assert_eq!(step(&mut story, &refuse), "EnvelopeInvalid");
    // The envelope is of another group.
    assert_eq!(step(&mut story, &|request| request.conversation = nowhere()), "EnvelopeInvalid");
    let elsewhere = |request: &mut PostRequest| {
        request.conversation = nowhere();
        request.envelope = Some(pinnace_home::Envelope { group: nowhere(), epoch: 1 });
    };
    assert_eq!(step(&mut story, &elsewhere), "NoConversation");
    assert_eq!(step(&mut story, &|_| {}), "accepted");
}

#[test]
fn messages_of_past_epochs_are_taken_within_the_window_and_reach_who_can_read_them() {
    let (mut story, of) = talk(Rules { epoch_window: 1, ..quick_rules() }, "ab");
    let _ = story.first_list_of_new('c');
    assert_eq!(story.commit('a', 2, &of, (1, "c", "")), "accepted");
    assert_eq!(story.post('b', 1, &of, 1), "accepted");
    assert_eq!(story.post('b', 2, &of, 3), "StaleEpoch");
    // Who came in with epoch 2 says nothing in epoch 1, and hears nothing of it.
    assert_eq!(story.post('c', 1, &of, 1), "StaleEpoch");
    assert_eq!(story.post('c', 2, &of, 2), "accepted");
    assert_eq!(story.mail('c'), r#"1 #2 Welcome "a2 welcomes", 2 #4 Own of 2"#);
    assert_eq!(story.act(Read('a', 1)), r#"2 #2 Own of 2, 3 #3 Message "b1", 4 #4 Message "c2""#);
    assert_eq!(story.commit('a', 3, &of, (2, "", "")), "accepted");
    assert_eq!(story.post('b', 3, &of, 1), "StaleEpoch");
    assert_eq!(story.post('b', 4, &of, 2), "accepted");
}

impl Play {
    fn first_list_of_new(&mut self, name: char) -> pinnace_home::DeviceList {
        let _ = self.enrol(name, crate::script::number_of(name), pinnace_home::Replace::Refuse);
        self.act(Hello(name, 0, 0));
        self.first_list(name, &name.to_string())
    }
}

#[test]
fn a_full_mailbox_gets_gaps_that_share_a_row_and_holds_nothing() {
    let rules = Rules { mailbox_items_max: 100, retention_s: 1_000, ..quick_rules() };
    let (mut story, of) = talk(rules, "abc");
    let mut seq = 1;
    let mut say = |story: &mut Play, times: u64| {
        for _ in 0..times {
            seq += 1;
            assert_eq!(story.post('a', seq, &of, 1), "accepted");
            assert_eq!(story.act(Ack('a', seq, &[])), format!("cursor {seq}"));
            assert_eq!(story.act(Ack('c', seq, &[])), format!("cursor {seq}"));
            story.world.now_ms += 1_000;
        }
    };
    say(&mut story, 100);
    assert_eq!(payloads(&story).0, 100);
    let rows = story.world.row_count();
    say(&mut story, 1);
    assert_eq!(story.act(Read('b', 101)), "102 gap Quota of 1");
    say(&mut story, 4);
    assert_eq!(payloads(&story).0, 100, "nobody holds what did not fit");
    assert_eq!(story.act(Read('b', 101)), "102 gap Quota of 5");
    assert_eq!(story.act(Read('b', 103)), "104 gap Quota of 3");
    // Outcomes of the sender apart, no row was added but one.
    let outcomes = 5;
    assert_eq!(story.world.row_count(), rows + outcomes + 1);
    assert_eq!(story.act(Ack('b', 103, &[])), "cursor 103");
    assert_eq!(payloads(&story).0, 0);
    say(&mut story, 1);
    assert_eq!(story.act(Read('b', 103)), r#"104 gap Quota of 3, 107 #107 Message "a107""#);
    assert_eq!(story.act(Ack('b', 107, &[])), "cursor 107");
}

#[test]
fn a_long_entry_is_cut_into_neighbours_that_come_together() {
    let rules = Rules { entry_part_len: 1_024, ..quick_rules() };
    let (mut story, of) = (story(rules, "abc"), group('a', 1));
    let mut request = story.commit_request('a', 1, &of, (0, "bc", ""));
    request.welcome = (0..2_500_u32).flat_map(|n| n.to_be_bytes()).collect();
    assert_eq!(story.run_commit(&request), "accepted");
    let filed: Vec<_> = story.world.filed.iter().filter(|(device, _)| *device == device_of('b')).collect();
    let mut whole = Vec::new();
    for (index, (_, item)) in filed.iter().enumerate() {
        let pinnace_home::Item::Entry(entry) = item else { panic!("{item:?}") };
        assert_eq!(entry.mailbox_seq.value(), index as u64 + 1);
        whole.extend_from_slice(&entry.payload);
        assert_eq!(entry.left, (request.welcome.len() - whole.len()) as u64);
    }
    assert_eq!((filed.len(), &whole), (10, &request.welcome));
    // The same is read.
    let after = pinnace_home::MailboxMark::NOTHING;
    let read = pinnace_home::ReadRequest { device: device_of('b'), after, items_max: 99, bytes_max: 1 << 20 };
    let page = story.world.look(|view, now| pinnace_home::read(view, now, &read));
    assert_eq!(page.items, filed.iter().map(|(_, item)| item.clone()).collect::<Vec<_>>());
    // The last part that goes takes the payload along.
    assert_eq!(story.act(Ack('b', 9, &[])), "cursor 9");
    assert_eq!(story.act(Ack('c', 10, &[])), "cursor 10");
    assert_eq!(payloads(&story), (1, 1));
    assert_eq!(story.act(Ack('b', 10, &[])), "cursor 10");
    assert_eq!(payloads(&story), (0, 0));
}

#[test]
fn a_number_is_repeated_conflicts_and_waits_its_turn_as_that_of_a_send() {
    let (mut story, of) = talk(Rules { outcome_cache: 16, inflight_max: 16, ..quick_rules() }, "ab");
    assert_eq!(story.post('b', 2, &of, 1), "gap 1");
    assert_eq!(story.post('b', 1, &of, 1), "accepted");
    assert_eq!(story.post('b', 1, &of, 1), "accepted");
    let other = PostRequest { payload: b"other".to_vec(), ..story.post_request('b', 1, &of, 1) };
    assert_eq!(try_post(&mut story.world, &other), Ok(SendDone::Conflict));
    assert_eq!(story.act(Void('b', 1)), "accepted");
    assert_eq!(story.act(Void('b', 2)), "voided");
    assert_eq!(story.post('b', 2, &of, 1), "conflict");
    for seq in 3..19 {
        assert_eq!(story.post('b', seq, &of, 1), "accepted");
    }
    assert_eq!(story.post('b', 2, &of, 1), "forgotten");
    assert_eq!(story.act(Read('b', 1)).split(", ").count(), 17);
}

#[test]
fn posts_are_held_to_the_rate_of_sends() {
    let (mut story, of) = talk(Rules { send_rate_per_s: 1, send_burst: 2, ..quick_rules() }, "ab");
    assert_eq!(story.post('b', 1, &of, 1), "accepted");
    assert_eq!(story.act(Void('b', 2)), "voided");
    assert_eq!(story.post('b', 3, &of, 1), "accepted");
    assert_eq!(story.post('b', 4, &of, 1), "rate 1000");
    let request = story.commit_request('b', 4, &of, (1, "", ""));
    assert_eq!(story.run_commit(&request), "rate 1000");
    story.act(Wait(1_000));
    assert_eq!(story.run_commit(&request), "accepted");
}

#[test]
fn a_device_that_is_gone_gets_nothing_and_holds_nothing() {
    let (mut story, of) = talk(quick_rules(), "abc");
    assert_eq!(story.post('a', 2, &of, 1), "accepted");
    assert_eq!(story.act(Ack('c', 2, &[])), "cursor 2");
    assert_eq!(payloads(&story), (1, 1));
    let _ = story.enrol('B', crate::script::number_of('b'), pinnace_home::Replace::Take);
    assert_eq!(payloads(&story), (0, 0), "what it held is let go");
    assert_eq!(story.heard('a', &of), sorted("c"));
    assert_eq!(story.post('b', 1, &of, 1), "gone");
    assert_eq!(story.post('a', 3, &of, 1), "accepted");
    assert_eq!(story.act(Ack('c', 3, &[])), "cursor 3");
    assert_eq!(payloads(&story), (0, 0));
}

/// Runs a step with a crash after each number of transactions, until it goes through; gives how many were tried.
fn crash_everywhere(
    story: &dyn Fn() -> Play,
    step: &mut dyn FnMut(&mut Play) -> Result<SendDone, Crashed>,
) -> usize {
    let mut expected = story();
    let done = step(&mut expected).unwrap();
    let rows = settled(&mut expected);
    for crash_after in 0.. {
        let mut play = story();
        play.world.crash_after = Some(crash_after);
        let result = step(&mut play);
        let crashed = result.is_err();
        play.world.crash_after = None;
        assert_eq!(step(&mut play).unwrap(), done, "after a crash after {crash_after}");
        assert_eq!(settled(&mut play), rows, "after a crash after {crash_after}");
        if !crashed {
            return crash_after;
        }
    }
    0
}

/// What is in all mailboxes, and that nothing is on its way.
fn settled(play: &mut Play) -> Vec<String> {
    for table in [Table::Outbox, Table::FanOut] {
        assert_eq!(play.world.rows_in_table(table), 0);
    }
    let mut words: Vec<String> = "abc".chars().map(|name| play.mail(name)).collect();
    words.push(format!("{:?}", payloads(play)));
    words
}

#[test]
fn a_message_is_filed_once_whatever_the_moment_of_a_crash() {
    let of = group('a', 1);
    let mut tried = 0;
    tried += crash_everywhere(&|| talk(quick_rules(), "abc").0, &mut |play| {
        let request = play.post_request('a', 2, &of, 1);
        try_post(&mut play.world, &request)
    });
    tried += crash_everywhere(&|| talk(quick_rules(), "abc").0, &mut |play| {
        let request = play.commit_request('b', 1, &of, (1, "", "c"));
        try_commit(&mut play.world, &request)
    });
    tried += crash_everywhere(&|| story(quick_rules(), "abc"), &mut |play| {
        let request = play.commit_request('a', 1, &of, (0, "bc", ""));
        try_commit(&mut play.world, &request)
    });
    assert!(tried > 30, "{tried} moments");
}

#[test]
fn a_number_that_was_decided_stays_so_though_the_roster_changed_before_the_device_heard() {
    let (mut story, of) = talk(quick_rules(), "abc");
    let request = story.post_request('b', 1, &of, 1);
    // Begun and decided, with its three mailboxes; the device's outcome is lost.
    story.world.crash_after = Some(9);
    assert_eq!(try_post(&mut story.world, &request), Err(Crashed));
    assert_eq!(story.act(Read('a', 1)), r#"2 #2 Message "b1""#);
    assert_eq!(story.commit('a', 2, &of, (1, "", "b")), "accepted");
    assert_eq!(done_words(try_post(&mut story.world, &request).unwrap()), "accepted");
    let other = PostRequest { payload: b"other".to_vec(), ..story.post_request('b', 2, &of, 1) };
    assert_eq!(done_words(try_post(&mut story.world, &other).unwrap()), "NoConversation");
    assert_eq!(story.act(Read('a', 1)), r#"2 #2 Message "b1", 3 #3 Own of 2"#);
}

#[test]
fn a_decided_number_with_another_body_conflicts_at_the_conversation_too() {
    let (mut story, of) = talk(quick_rules(), "abc");
    let request = story.post_request('b', 1, &of, 1);
    story.world.crash_after = Some(9);
    assert_eq!(try_post(&mut story.world, &request), Err(Crashed));
    let other = PostRequest { payload: b"other".to_vec(), ..request.clone() };
    assert_eq!(try_post(&mut story.world, &other), Ok(SendDone::Conflict));
    assert_eq!(done_words(try_post(&mut story.world, &request).unwrap()), "accepted");
    let voided = VoidRequest { session: story.session('b'), client_seq: ClientSeq::new(1).unwrap() };
    let done = story.world.run(|view, rules, _| void(view, rules, voided)).unwrap();
    assert_eq!(done_words(done), "accepted");
}

#[test]
fn a_step_that_comes_late_changes_nothing() {
    let (mut story, of) = talk(quick_rules(), "abc");
    let request = story.post_request('b', 1, &of, 1);
    let begun = story.world.run(|view, rules, now| post_begin(view, rules, now, &request)).unwrap();
    let Begun::Decide(ticket) = begun else { panic!("{begun:?}") };
    assert_eq!(story.post('b', 1, &of, 1), "accepted");
    assert_eq!(story.post('b', 2, &of, 1), "accepted");
    let rows = story.world.rows().clone();
    let decided =
        story.world.run(|view, rules, now| post_decide(view, rules, now, (&request, &ticket))).unwrap();
    assert_eq!((decided, story.world.rows()), (Decided::Late, &rows));
    let done = story.world.run(|view, rules, _| conclude(view, rules, &ticket, decided)).unwrap();
    assert_eq!((done, story.world.rows()), (SendDone::Forgotten, &rows));
}

#[test]
fn a_delivery_takes_little_room_beside_the_payload() {
    // Letters of which none is another one's capital.
    let names: String = ('\u{4e00}'..='\u{4eff}').collect();
    let rules = Rules { roster_devices_max: 300, ..quick_rules() };
    let mut story = story(rules, &names);
    let of = group(names.chars().next().unwrap(), 1);
    let first = names.chars().next().unwrap();
    let others: String = names.chars().skip(1).collect();
    assert_eq!(story.commit(first, 1, &of, (0, &others, "")), "accepted");
    let len =
        |story: &Play| story.world.rows().0.iter().map(|(key, row)| key.len() + row.len()).sum::<usize>();
    let (before, rows) = (len(&story), story.world.row_count());
    let mut request = story.post_request(first, 2, &of, 1);
    request.payload = vec![b'x'; 1_000];
    assert_eq!(done_words(try_post(&mut story.world, &request).unwrap()), "accepted");
    let per_delivery = (len(&story) - before - request.payload.len()).div_ceil(255);
    // The row of the sender's own item, its outcome, payload and holders are spread over all of them.
    assert!(per_delivery <= 48, "{per_delivery} octets");
    assert_eq!(story.world.row_count(), rows + 256 + 3);
}
