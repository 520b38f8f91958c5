//! ACK and NACK.

use crate::script::{Do::*, Play, check, play, quick_rules};

#[test]
fn a_cursor_never_goes_back_and_never_beyond_the_mailbox() {
    check(
        quick_rules(),
        "ab",
        &[
            (Ack('b', 1, &[]), "invalid"),
            (Send('a', 1, 'b', "one"), "accepted"),
            (Send('a', 2, 'b', "two"), "accepted"),
            (Ack('b', 2, &[]), "cursor 2"),
            (Ack('b', 1, &[]), "cursor 2"),
            (Ack('b', 3, &[]), "invalid"),
            (Ack('b', 0, &[(2, 2)]), "invalid"),
            (Ack('b', 0, &[(1, u64::MAX)]), "invalid"),
            (Read('b', 0), ""),
            (Read('a', 0), "1 Delivered 1+1"),
        ],
    );
}

#[test]
fn one_ack_makes_one_receipt_a_sender() {
    check(
        quick_rules(),
        "abc",
        &[
            (Send('a', 1, 'b', "x"), "accepted"),
            (Send('c', 1, 'b', "x"), "accepted"),
            (Send('a', 2, 'c', "x"), "accepted"),
            (Send('a', 3, 'b', "x"), "accepted"),
            (Send('a', 4, 'b', "x"), "accepted"),
            (SendQuiet('a', 5, 'b', "x"), "accepted"),
            (Ack('b', 5, &[]), "cursor 5"),
            (Read('a', 0), "1 Delivered 1 3+1"),
            (Read('c', 0), r#"1 "x", 2 Delivered 1"#),
            // Nobody is told that a receipt was taken.
            (Ack('a', 1, &[]), "cursor 1"),
            (Read('b', 0), ""),
        ],
    );
}

#[test]
fn items_acknowledged_out_of_order_fold_into_gaps() {
    let mut story = Play::new(quick_rules(), "ab");
    for seq in 1..=6 {
        play(&mut story, &[(Send('a', seq, 'b', "x"), "accepted")]);
    }
    play(
        &mut story,
        &[
            (Ack('b', 0, &[(2, 2), (5, 1)]), "cursor 0"),
            (Read('a', 0), "1 Delivered 2+1 5"),
            (Read('b', 0), r#"1 "x", 2 gap Acknowledged of 2, 4 "x", 5 gap Acknowledged of 1, 6 "x""#),
            (Ack('b', 1, &[(2, 2)]), "cursor 1"),
            (Read('a', 1), "2 Delivered 1"),
            (Ack('b', 6, &[]), "cursor 6"),
            (Read('a', 2), "3 Delivered 4 6"),
            (Read('b', 0), ""),
        ],
    );
}

#[test]
fn a_long_ack_is_done_in_batches_and_tells_of_each_message_once() {
    let mut story = Play::new(quick_rules(), "ab");
    for seq in 1..=700 {
        assert_eq!(story.act(Send('a', seq, 'b', "x")), "accepted");
    }
    play(
        &mut story,
        &[
            (Ack('b', 0, &[(101, 600)]), "cursor 0"),
            (Read('a', 0), "1 Delivered 101+255, 2 Delivered 357+255, 3 Delivered 613+87"),
        ],
    );
    play(
        &mut story,
        &[
            (Ack('b', 700, &[]), "cursor 700"),
            (Read('b', 0), ""),
            (Read('a', 3), "4 Delivered 1+99"),
            (Sweep, ""),
            (Read('a', 3), "4 Delivered 1+99"),
            (Ack('a', 4, &[]), "cursor 4"),
        ],
    );
}

#[test]
fn a_long_cursor_is_cleaned_up_by_sweeps() {
    let mut story = Play::new(quick_rules(), "ab");
    for seq in 1..=600 {
        assert_eq!(story.act(Send('a', seq, 'b', "x")), "accepted");
    }
    play(
        &mut story,
        &[
            (Ack('b', 600, &[]), "cursor 600"),
            (Read('a', 0), "1 Delivered 1+255"),
            (Read('b', 0), ""),
            (Sweep, ""),
            (Read('a', 0), "1 Delivered 1+255, 2 Delivered 257+255, 3 Delivered 513+87"),
        ],
    );
}

#[test]
fn a_terminal_nack_ends_its_item_and_another_leaves_it() {
    check(
        quick_rules(),
        "ab",
        &[
            (Send('a', 1, 'b', "one"), "accepted"),
            (Send('a', 2, 'b', "two"), "accepted"),
            (Nack('b', 1, 64), "left"),
            (Nack('b', 1, 200), "left"),
            (Read('b', 0), r#"1 "one", 2 "two""#),
            (Read('a', 0), ""),
            (Nack('b', 1, 63), "ended"),
            (Nack('b', 1, 1), "ended"),
            (Nack('b', 3, 1), "invalid"),
            (Nack('b', 3, 64), "invalid"),
            (Read('b', 0), r#"1 gap Rejected of 1, 2 "two""#),
            (Read('a', 0), "1 Rejected 1"),
            (Ack('b', 2, &[]), "cursor 2"),
            (Read('a', 0), "1 Rejected 1, 2 Delivered 2"),
            (Nack('b', 2, 1), "ended"),
            // A receipt may be rejected: nobody is told.
            (Nack('a', 1, 1), "ended"),
            (Read('a', 0), "1 gap Rejected of 1, 2 Delivered 2"),
            (Read('b', 0), ""),
        ],
    );
}
