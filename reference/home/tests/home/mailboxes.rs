//! Expiry, classes, dense numbers, and reading.

use pinnace_home::{MailboxMark, ReadRequest, Rules, Table, next_due, read};

use crate::script::{Do::*, Play, check, device_of, play, quick_rules};

#[test]
fn an_expired_item_is_a_gap_whether_or_not_the_sweep_came() {
    let rules = Rules { retention_s: 100, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (SendAs('a', 1, 'b', None, 10), "accepted"),
            (SendAs('a', 2, 'b', None, 0), "accepted"),
            (Wait(9_999), ""),
            (Sweep, ""),
            (Read('b', 0), r#"1 "x", 2 "x""#),
            (Wait(1), ""),
            (Read('b', 0), r#"1 gap Expired of 1, 2 "x""#),
            (Read('a', 0), ""),
            (Sweep, ""),
            (Read('b', 0), r#"1 gap Expired of 1, 2 "x""#),
            (Read('a', 0), "1 Expired 1"),
            (Wait(90_000), ""),
            (Sweep, ""),
            (Read('b', 0), "1 gap Expired of 2"),
            (Read('a', 0), "1 Expired 1, 2 Expired 2"),
        ],
    );
}

/// In how many ms somebody wants to be swept next.
fn next_sweep_in_ms(story: &Play) -> Option<u64> {
    next_due(story.world.rows(), 0).unwrap().map(|due_ms| due_ms - story.world.now_ms)
}

#[test]
fn a_mailbox_wants_to_be_swept_when_an_item_is_due_or_rows_are_left() {
    let rules = Rules { send_burst: 1_000, ..quick_rules() };
    let mut story = Play::new(rules, "ab");
    story.act(SendAs('a', 1, 'b', None, 20));
    assert_eq!(next_sweep_in_ms(&story), Some(20_000));
    story.act(SendAs('a', 2, 'b', None, 10));
    assert_eq!(next_sweep_in_ms(&story), Some(10_000));
    // What the cursor passes is deleted at once: nothing is left to do now.
    story.act(Ack('b', 1, &[]));
    assert_eq!(next_sweep_in_ms(&story), Some(10_000));
    for seq in 3..=300 {
        assert_eq!(story.act(Send('a', seq, 'b', "x")), "accepted");
    }
    story.act(Ack('b', 300, &[]));
    assert_eq!(next_sweep_in_ms(&story), Some(0));
    story.act(Sweep);
    assert_ne!(next_sweep_in_ms(&story), Some(0));
    let end_ms = story.world.now_ms + 1_000 * 86_400 * 365;
    assert_eq!(next_due(story.world.rows(), end_ms), Ok(None));
}

#[test]
fn an_item_that_expires_before_an_older_one_is_found() {
    let rules = Rules { retention_s: 100, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (SendAs('a', 1, 'b', None, 0), "accepted"),
            (SendAs('a', 2, 'b', None, 5), "accepted"),
            (SendAs('a', 3, 'b', None, 3), "accepted"),
            (SendAs('a', 4, 'b', None, 4), "accepted"),
            (Ack('b', 0, &[(4, 1)]), "cursor 0"),
            (Wait(3_000), ""),
            (Sweep, ""),
            (Read('a', 0), "1 Delivered 4, 2 Expired 3"),
            (Wait(2_000), ""),
            (Sweep, ""),
            (Read('a', 2), "3 Expired 2"),
            (Read('b', 0), r#"1 "x", 2 gap Expired of 2, 4 gap Acknowledged of 1"#),
            (Ack('b', 4, &[]), "cursor 4"),
            (Wait(200_000), ""),
            (Sweep, ""),
            (Read('a', 3), "4 gap Expired of 1"),
        ],
    );
}

#[test]
fn an_expiry_beyond_retention_is_retention() {
    let rules = Rules { retention_s: 10, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (SendAs('a', 1, 'b', None, 1_000), "accepted"),
            (Wait(10_000), ""),
            (Sweep, ""),
            (Read('b', 0), "1 gap Expired of 1"),
        ],
    );
}

#[test]
fn an_acknowledgement_after_the_end_tells_the_sender_of_the_end() {
    let rules = Rules { retention_s: 10, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (Send('a', 1, 'b', "x"), "accepted"),
            (Send('a', 2, 'b', "x"), "accepted"),
            (Send('a', 3, 'b', "x"), "accepted"),
            (Wait(10_000), ""),
            (Nack('b', 2, 1), "ended"),
            (Ack('b', 0, &[(3, 1)]), "cursor 0"),
            (Ack('b', 1, &[]), "cursor 1"),
            (Read('a', 0), "1 Expired 2, 2 Expired 3, 3 Expired 1"),
        ],
    );
}

#[test]
fn a_message_without_receipts_leaves_no_trace_at_its_sender() {
    let rules = Rules { retention_s: 10, redelivery_max: 1, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (SendQuiet('a', 1, 'b', "acknowledged"), "accepted"),
            (SendQuiet('a', 2, 'b', "rejected"), "accepted"),
            (SendQuiet('a', 3, 'b', "given up"), "accepted"),
            (SendQuiet('a', 4, 'b', "expired"), "accepted"),
            (Ack('b', 1, &[]), "cursor 1"),
            (Nack('b', 2, 1), "ended"),
            (Confirm('b', 0), "cursor 1"),
            (Hello('b', 0, 0), "epoch 2 handled 0 cursor 1 last 4"),
            (Wait(10_000), ""),
            (Sweep, ""),
            (Read('b', 0), "2 gap Rejected of 1, 3 gap Undeliverable of 1, 4 gap Expired of 1"),
            (Read('a', 0), ""),
        ],
    );
}

#[test]
fn class_travels_with_the_message() {
    check(
        quick_rules(),
        "ab",
        &[
            (SendAs('a', 1, 'b', Some(1), 0), "accepted"),
            (SendAs('a', 2, 'b', None, 0), "accepted"),
            (Read('b', 0), r#"1 "x" call, 2 "x""#),
        ],
    );
}

#[test]
fn a_device_may_send_to_itself() {
    check(
        quick_rules(),
        "a",
        &[
            (Send('a', 1, 'a', "note"), "accepted"),
            (Ack('a', 1, &[]), "cursor 1"),
            (Read('a', 0), "2 Delivered 1"),
        ],
    );
}

#[test]
fn expired_rows_do_not_fill_a_disk() {
    let rules = Rules { retention_s: 1, mailbox_items_max: 1_000, send_burst: 100_000, ..quick_rules() };
    let mut story = Play::new(rules, "ab");
    for seq in 1..=12_000 {
        assert_eq!(story.act(SendQuiet('a', seq, 'b', "x")), "accepted");
        if seq % 1_000 == 0 {
            story.act(Wait(1_000));
            story.act(Sweep);
        }
    }
    play(
        &mut story,
        &[
            (Read('b', 11_999), "12000 gap Expired of 1"),
            (SendQuiet('a', 12_001, 'b', "x"), "MailboxFull"),
            (Ack('b', 12_000, &[]), "cursor 12000"),
            (SendQuiet('a', 12_002, 'b', "x"), "accepted"),
        ],
    );
}

#[test]
fn a_page_ends_at_either_budget_and_is_never_empty_for_nothing() {
    let mut story = Play::new(quick_rules(), "ab");
    for seq in 1..=100 {
        assert_eq!(story.act(SendLong('a', seq, 'b', 1_000)), "accepted");
    }
    let page = |after: u64, items_max, bytes_max| {
        let request = ReadRequest {
            device: device_of('b'),
            after: MailboxMark::new(after).unwrap(),
            items_max,
            bytes_max,
        };
        story.world.look(|view, now| read(view, now, &request)).items.len()
    };
    assert_eq!(page(0, 7, usize::MAX), 7);
    assert_eq!(page(0, 1_000, 10_500), 10);
    assert_eq!(page(0, 1_000, 1), 1);
    assert_eq!(page(40, 1_000, usize::MAX), 60);
    assert_eq!(page(100, 1_000, usize::MAX), 0);
    assert_eq!(page(500, 1_000, usize::MAX), 0);
}

#[test]
fn acknowledged_and_taken_messages_leave_no_rows_of_their_own() {
    let rules = Rules { outcome_cache: 16, inflight_max: 16, retention_s: 10, ..quick_rules() };
    let mut story = Play::new(rules, "ab");
    let mut row_counts = Vec::new();
    for round in 0..4 {
        for seq in 1..=40 {
            assert_eq!(story.act(Send('a', round * 40 + seq, 'b', "x")), "accepted");
        }
        let last = (round + 1) * 40;
        assert_eq!(story.act(Ack('b', last, &[])), format!("cursor {last}"));
        assert_eq!(story.act(Ack('a', round + 1, &[])), format!("cursor {}", round + 1));
        row_counts.push(story.world.row_count());
    }
    assert_eq!(row_counts[0], row_counts[3]);
    story.act(Wait(20_000));
    story.act(Sweep);
    assert_eq!(story.world.rows_in_table(Table::Applied), 0, "marks of effects");
    assert_eq!(story.world.rows_in_table(Table::Outbox), 0, "outbox");
    assert_eq!(
        story.world.rows_in_table(Table::Timer),
        2,
        "only the two numbers still wait for their hour to pass"
    );
}

#[test]
fn an_item_takes_its_place_in_the_order_of_age_along() {
    let mut story = Play::new(quick_rules(), "ab");
    play(
        &mut story,
        &[
            (SendAs('a', 1, 'b', None, 0), "accepted"),
            (SendAs('a', 2, 'b', None, 50), "accepted"),
            (SendAs('a', 3, 'b', None, 40), "accepted"),
        ],
    );
    assert_eq!(story.world.rows_in_table(Table::Due), 2);
    play(&mut story, &[(Ack('b', 0, &[(3, 1)]), "cursor 0")]);
    assert_eq!(story.world.rows_in_table(Table::Due), 1);
    play(&mut story, &[(Ack('b', 2, &[]), "cursor 2")]);
    assert_eq!(story.world.rows_in_table(Table::Due), 0);
}
