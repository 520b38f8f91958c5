//! Each client_seq has one outcome.

use pinnace_home::Rules;

use crate::script::{Do::*, Play, check, play, quick_rules};

#[test]
fn numbers_are_handled_in_order_and_a_gap_consumes_nothing() {
    check(
        quick_rules(),
        "ab",
        &[
            (Send('a', 1, 'b', "one"), "accepted"),
            (Send('a', 3, 'b', "three"), "gap 2"),
            (Void('a', 3), "gap 2"),
            (Send('a', 2, 'b', "two"), "accepted"),
            (Send('a', 3, 'b', "three"), "accepted"),
            (Read('b', 0), r#"1 "one", 2 "two", 3 "three""#),
        ],
    );
}

#[test]
fn the_same_body_has_the_same_outcome_and_is_delivered_once() {
    check(
        quick_rules(),
        "ab",
        &[
            (Send('a', 1, 'b', "one"), "accepted"),
            (Send('a', 1, 'b', "one"), "accepted"),
            (Send('a', 2, 'z', "lost"), "UnknownDevice"),
            (Send('a', 2, 'z', "lost"), "UnknownDevice"),
            (Read('b', 0), r#"1 "one""#),
        ],
    );
}

#[test]
fn any_other_body_conflicts() {
    check(
        quick_rules(),
        "ab",
        &[
            (Send('a', 1, 'b', "x"), "accepted"),
            (Send('a', 1, 'b', "y"), "conflict"),
            (Send('a', 1, 'a', "x"), "conflict"),
            (SendQuiet('a', 1, 'b', "x"), "conflict"),
            (SendAs('a', 1, 'b', Some(1), 0), "conflict"),
            (SendAs('a', 1, 'b', None, 60), "conflict"),
            (Send('a', 1, 'b', "x"), "accepted"),
            (Read('b', 0), r#"1 "x""#),
        ],
    );
}

#[test]
fn a_void_settles_the_next_number_only() {
    check(
        quick_rules(),
        "ab",
        &[
            (Void('a', 1), "voided"),
            (Void('a', 1), "voided"),
            (Send('a', 1, 'b', "late"), "conflict"),
            (Send('a', 2, 'b', "two"), "accepted"),
            (Void('a', 2), "accepted"),
            (Send('a', 3, 'z', "lost"), "UnknownDevice"),
            (Void('a', 3), "UnknownDevice"),
            (Read('b', 0), r#"1 "two""#),
        ],
    );
}

#[test]
fn outcomes_are_kept_as_far_back_as_promised_and_no_further() {
    let rules = Rules { outcome_cache: 16, inflight_max: 16, ..quick_rules() };
    let mut story = Play::new(rules, "a");
    for seq in 1..=17 {
        play(&mut story, &[(Void('a', seq), "voided")]);
    }
    play(
        &mut story,
        &[
            (Void('a', 1), "forgotten"),
            (Send('a', 1, 'a', "x"), "forgotten"),
            (Void('a', 2), "voided"),
            (Void('a', 18), "voided"),
        ],
    );
}

#[test]
fn rate_consumes_nothing() {
    let rules = Rules { send_rate_per_s: 10, send_burst: 2, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (Send('a', 1, 'b', "one"), "accepted"),
            (Send('a', 2, 'b', "two"), "accepted"),
            (Send('a', 3, 'b', "three"), "rate 100"),
            // A repetition and a VOID are not SENDs that are handled.
            (Send('a', 2, 'b', "two"), "accepted"),
            (Wait(99), ""),
            (Send('a', 3, 'b', "three"), "rate 1"),
            (Wait(1), ""),
            (Send('a', 3, 'b', "three"), "accepted"),
            (Void('a', 4), "voided"),
            (Read('b', 0), r#"1 "one", 2 "two", 3 "three""#),
        ],
    );
}

#[test]
fn a_refusal_is_repeated_as_it_was() {
    let rules = Rules { payload_len_max: 1_024, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (SendAs('a', 1, 'b', Some(2), 0), "UnknownClass"),
            (SendLong('a', 2, 'b', 1_025), "PayloadTooLarge"),
            (Send('a', 3, 'z', "x"), "UnknownDevice"),
            (SendAs('a', 1, 'b', Some(2), 0), "UnknownClass"),
            (SendLong('a', 2, 'b', 1_025), "PayloadTooLarge"),
            (Send('a', 3, 'z', "x"), "UnknownDevice"),
        ],
    );
}

#[test]
fn refusals_have_an_order_and_use_the_number() {
    let rules = Rules { payload_len_max: 1_024, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (SendAs('a', 1, 'z', Some(2), 0), "UnknownClass"),
            (SendLong('a', 2, 'z', 1_025), "PayloadTooLarge"),
            (Send('a', 3, 'z', "x"), "UnknownDevice"),
            (SendLong('a', 4, 'b', 1_024), "accepted"),
            (SendAs('a', 5, 'b', Some(1), 0), "accepted"),
            (Hello('a', 1, 0), "epoch 2 handled 5 cursor 0 last 0, 2 PayloadTooLarge, 3 UnknownDevice"),
        ],
    );
}

#[test]
fn a_full_mailbox_refuses_by_items_and_by_octets() {
    let rules = Rules { mailbox_items_max: 2, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (Send('a', 1, 'b', "one"), "accepted"),
            (Send('a', 2, 'b', "two"), "accepted"),
            (Send('a', 3, 'b', "three"), "MailboxFull"),
            (Send('a', 4, 'a', "own"), "accepted"),
            (Ack('b', 1, &[]), "cursor 1"),
            (Send('a', 5, 'b', "five"), "accepted"),
        ],
    );
    let rules = Rules { mailbox_bytes_max: 65_536, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (SendLong('a', 1, 'b', 60_000), "accepted"),
            (SendLong('a', 2, 'b', 5_537), "MailboxFull"),
            (SendLong('a', 3, 'b', 5_536), "accepted"),
            (Send('a', 4, 'b', "x"), "MailboxFull"),
            (Ack('b', 0, &[(1, 1)]), "cursor 0"),
            (Send('a', 5, 'b', "x"), "accepted"),
        ],
    );
}
