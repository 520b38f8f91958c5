//! HELLO, confirmation and the fence of epochs.

use pinnace_home::Rules;

use crate::script::{Do::*, Play, check, play, quick_rules};

#[test]
fn a_counter_is_taken_once() {
    check(
        quick_rules(),
        "a",
        &[
            (HelloAt('a', 1), "stale 2"),
            (HelloAt('a', 7), "epoch 2 handled 0 cursor 0 last 0"),
            (HelloAt('a', 7), "stale 7"),
            (HelloAt('a', 6), "stale 7"),
            (HelloAt('a', 8), "epoch 3 handled 0 cursor 0 last 0"),
            (HelloAt('z', 1), "unregistered"),
        ],
    );
}

#[test]
fn a_replayed_hello_fences_nobody() {
    check(quick_rules(), "ab", &[(HelloAt('a', 1), "stale 2"), (Send('a', 1, 'b', "x"), "accepted")]);
}

#[test]
fn exceptions_are_what_was_not_accepted_above_settled() {
    check(
        quick_rules(),
        "ab",
        &[
            (Send('a', 1, 'z', "x"), "UnknownDevice"),
            (Send('a', 2, 'b', "x"), "accepted"),
            (Void('a', 3), "voided"),
            (Send('a', 4, 'b', "x"), "accepted"),
            (Hello('a', 0, 0), "epoch 2 handled 4 cursor 0 last 0, 1 UnknownDevice, 3 voided"),
            (Hello('a', 1, 0), "epoch 3 handled 4 cursor 0 last 0, 3 voided"),
            (Hello('a', 3, 0), "epoch 4 handled 4 cursor 0 last 0"),
            (Hello('a', 4, 0), "epoch 5 handled 4 cursor 0 last 0"),
            (Hello('a', 99, 0), "epoch 6 handled 4 cursor 0 last 0"),
        ],
    );
}

#[test]
fn an_older_session_is_fenced_from_the_hello_on() {
    let mut story = Play::new(quick_rules(), "ab");
    play(
        &mut story,
        &[(Send('b', 1, 'a', "x"), "accepted"), (Hello('a', 0, 0), "epoch 2 handled 0 cursor 0 last 1")],
    );
    story.with_stale_session('a', |story| {
        play(
            story,
            &[
                (Send('a', 1, 'b', "x"), "fenced"),
                (Void('a', 1), "fenced"),
                (Ack('a', 1, &[]), "fenced"),
                (Nack('a', 1, 1), "fenced"),
                (Confirm('a', 0), "fenced"),
            ],
        );
    });
    play(&mut story, &[(Read('a', 0), r#"1 "x""#), (Send('a', 1, 'b', "x"), "accepted")]);
}

#[test]
fn a_cursor_takes_effect_at_confirmation() {
    check(
        quick_rules(),
        "ab",
        &[
            (Send('b', 1, 'a', "one"), "accepted"),
            (Send('b', 2, 'a', "two"), "accepted"),
            (Hello('a', 0, 3), "invalid above 2"),
            (Hello('a', 0, 1), "epoch 2 handled 0 cursor 0 last 2"),
            (Read('a', 0), r#"1 "one", 2 "two""#),
            (Read('b', 0), ""),
            (Confirm('a', 1), "cursor 1"),
            (Read('a', 0), r#"2 "two""#),
            (Read('b', 0), "1 Delivered 1"),
            (Confirm('a', 3), "invalid"),
        ],
    );
}

#[test]
fn an_invalid_cursor_leaves_the_counter_and_the_session_as_they_were() {
    check(
        quick_rules(),
        "ab",
        &[
            (Hello('a', 0, 9), "invalid above 0"),
            (Send('a', 1, 'b', "x"), "accepted"),
            (Hello('a', 0, 0), "epoch 2 handled 1 cursor 0 last 0"),
        ],
    );
}

#[test]
fn a_head_item_is_given_up_after_so_many_confirmed_sessions() {
    let rules = Rules { redelivery_max: 2, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (Send('b', 1, 'a', "poison"), "accepted"),
            (Send('b', 2, 'a', "good"), "accepted"),
            (Hello('a', 0, 0), "epoch 2 handled 0 cursor 0 last 2"),
            (Confirm('a', 0), "cursor 0"),
            // A session that is never confirmed does not count.
            (Hello('a', 0, 0), "epoch 3 handled 0 cursor 0 last 2"),
            (Hello('a', 0, 0), "epoch 4 handled 0 cursor 0 last 2"),
            (Confirm('a', 0), "cursor 0"),
            (Read('a', 0), r#"1 "poison", 2 "good""#),
            (Hello('a', 0, 0), "epoch 5 handled 0 cursor 0 last 2"),
            (Read('a', 0), r#"1 gap Undeliverable of 1, 2 "good""#),
            (Read('b', 0), "1 Undeliverable 1"),
            (Confirm('a', 0), "cursor 0"),
            (Hello('a', 0, 0), "epoch 6 handled 0 cursor 0 last 2"),
            (Read('a', 0), r#"1 gap Undeliverable of 1, 2 "good""#),
        ],
    );
}

#[test]
fn a_head_that_the_hello_acknowledges_is_not_given_up() {
    let rules = Rules { redelivery_max: 1, ..quick_rules() };
    check(
        rules,
        "ab",
        &[
            (Send('b', 1, 'a', "x"), "accepted"),
            (Confirm('a', 0), "cursor 0"),
            (Hello('a', 0, 1), "epoch 2 handled 0 cursor 0 last 1"),
            (Confirm('a', 1), "cursor 1"),
            (Read('b', 0), "1 Delivered 1"),
        ],
    );
}
