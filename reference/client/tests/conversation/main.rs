//! Conversations between devices: what the server orders is what happens, also over crashes, races and lies.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what is missing by failing"
)]

mod said;
mod world;

use pinnace_client::Outcome;
use pinnace_client::conversation::{
    CommitParts, ConversationError, ConversationEvent, Fate, Newcomer, Parcel, ParcelBody, Stage, Unread,
    direct, group,
};
use pinnace_e2ee::{Mls as _, Request};
use pinnace_wire::limits::HEAL_MESSAGES_MAX;
use pinnace_wire::{CommitAad, ConversationId, EntryKind, Generation, List};
use world::{Server, Side, settle};

/// Three accounts with a device each, in one group.
fn crew() -> (Server, Vec<Side>, ConversationId) {
    let mut sides: Vec<Side> = (1..=3).map(|number| Side::new(number, number)).collect();
    let mut server = Server { window: 8, ..Server::default() };
    let others: Vec<Newcomer> = sides[1..].iter_mut().map(Side::newcomer).collect();
    let origin = group(sides[0].me.account, [7; 16]);
    let id = sides[0].step(|book| book.create(&origin, "crew", &others)).unwrap();
    settle(&mut server, &mut sides);
    (server, sides, id)
}

#[test]
fn an_own_commit_is_in_force_when_it_comes_back_and_not_before() {
    let (mut server, mut sides, id) = crew();
    sides[0].step(|book| book.heal(id)).unwrap();
    assert_eq!(server.send(&mut sides, 0), Some(Outcome::Accepted));
    assert_eq!(sides[0].epoch(id), 1, "accepted, and its place is not known yet");
    assert!(matches!(sides[0].step(|book| book.heal(id)), Err(ConversationError::Busy)));
    let own = sides[0].mailbox.pop_front().unwrap();
    assert_eq!(own.kind, EntryKind::Own);
    sides[0].take(&own);
    assert_eq!(sides[0].epoch(id), 2);
    settle(&mut server, &mut sides);
    assert_eq!([0, 1, 2].map(|side: usize| sides[side].epoch(id)), [2; 3]);
}

#[test]
fn the_loser_of_a_beginning_joins_by_the_winners_welcome_and_its_words_follow() {
    let (mut one, mut other) = (Side::new(1, 1), Side::new(2, 2));
    let origin = direct(one.me.account, other.me.account, Generation::FIRST);
    assert_eq!(origin, direct(other.me.account, one.me.account, Generation::FIRST));
    let (of_one, of_other) = (one.newcomer(), other.newcomer());
    let id = one.step(|book| book.create(&origin, "", &[of_other])).unwrap();
    assert_eq!(other.step(|book| book.create(&origin, "", &[of_one])).unwrap(), id);
    one.say(id, "first");
    other.say(id, "second");
    assert_eq!(one.outbox.len(), 1, "nothing is said before the conversation is there");
    let (mut server, mut sides) = (Server::default(), vec![one, other]);
    settle(&mut server, &mut sides);
    for side in &mut sides {
        assert_eq!(side.stage(id), Stage::Member);
        let mut words = side.words(id);
        words.sort();
        assert_eq!(words, ["first", "second"]);
    }
}

#[test]
fn the_loser_of_a_commit_race_decides_anew_and_both_come_in() {
    let (mut server, mut sides, id) = crew();
    sides.extend([Side::new(4, 4), Side::new(5, 5)]);
    let (four, five) = (sides[3].newcomer(), sides[4].newcomer());
    sides[0].step(|book| book.add(id, &[four])).unwrap();
    sides[1].step(|book| book.add(id, &[five])).unwrap();
    settle(&mut server, &mut sides);
    for side in &mut sides {
        assert_eq!((side.stage(id), side.epoch(id), side.members(id).len()), (Stage::Member, 3, 5));
    }
}

#[test]
fn what_another_did_first_is_not_done_again() {
    let (mut server, mut sides, id) = crew();
    let gone = sides[2].me.account;
    sides[0].step(|book| book.remove(id, &[gone])).unwrap();
    sides[1].step(|book| book.remove(id, &[gone])).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!((sides[0].epoch(id), sides[1].epoch(id)), (2, 2));
    assert!(!sides[1].step(|book| book.conversation(id)).unwrap().is_changing);
}

#[test]
fn who_is_removed_knows_it_and_reads_nothing_more() {
    let (mut server, mut sides, id) = crew();
    let gone = sides[2].me.account;
    sides[0].step(|book| book.remove(id, &[gone])).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!(sides[2].stage(id), Stage::Left);
    sides[0].say(id, "among us");
    settle(&mut server, &mut sides);
    assert_eq!((sides[1].words(id), sides[2].words(id)), (vec!["among us".to_owned()], Vec::new()));
    let late = pinnace_content::Content::new(
        pinnace_content::ContentId([1; 16]),
        0,
        pinnace_content::Kind::Text(pinnace_content::Text::plain("let me in")),
    );
    assert!(matches!(
        sides[2].step(|book| book.say(id, &late)),
        Err(ConversationError::NotMember(Stage::Left))
    ));
}

#[test]
fn a_commit_that_does_not_do_what_it_says_is_refused() {
    let (_, mut sides, id) = crew();
    let one = sides[0].me.device;
    let lie = |removed: &[pinnace_wire::DeviceId], remove: &[pinnace_wire::DeviceId], side: &Side| {
        let aad = CommitAad { added: List::EMPTY, removed: List::from_slice(removed) };
        let mut octets = vec![0; aad.encoded_len()];
        aad.encode(&mut octets).unwrap();
        let request = Request { remove, aad: &octets, ..Request::default() };
        let made = side.mls.commit(&side.rows, id.as_bytes(), &request, world::NOW_MS / 1000).unwrap();
        made.commit(|_, _| Ok::<(), ()>(())).unwrap().commit
    };
    let three = sides[2].me.device;
    // It keeps one that it tells the server to drop; it drops one that it does not tell.
    for (told, done) in [(&[three][..], &[][..]), (&[][..], &[three][..]), (&[one][..], &[three][..])] {
        let rows = sides[1].rows.clone();
        let commit = lie(told, done, &sides[0]);
        let item = world::Item {
            conversation: id,
            seq: 9,
            kind: EntryKind::Commit,
            payload: commit,
            client_seq: None,
        };
        sides[1].take(&item);
        assert_eq!(sides[1].stage(id), Stage::Broken);
        let unread = ConversationEvent::Unread { conversation: id, seq: 9, why: Unread::Lie };
        assert!(sides[1].events.contains(&unread), "{:?}", sides[1].events);
        assert_eq!(sides[1].epoch(id), 1);
        sides[1].rows = rows;
    }
}

#[test]
fn a_message_that_was_refused_for_its_epoch_goes_again_under_a_new_number() {
    let (mut server, mut sides, id) = crew();
    server.window = 0;
    sides[1].say(id, "late");
    sides[0].step(|book| book.heal(id)).unwrap();
    assert_eq!(server.send(&mut sides, 0), Some(Outcome::Accepted));
    assert!(matches!(server.send(&mut sides, 1), Some(Outcome::Refused(_))));
    assert_eq!(sides[1].history(id)[0].fate, Fate::Waits, "in this epoch it would be refused again");
    assert!(sides[1].outbox.is_empty());
    settle(&mut server, &mut sides);
    assert_eq!(sides[1].history(id)[0].fate, Fate::Placed);
    assert_eq!(sides[0].words(id), ["late"]);
    let posts = sides[1].sent.values().filter_map(|parcel| match &parcel.body {
        ParcelBody::Post { payload, .. } => Some(payload.clone()),
        ParcelBody::Commit(_) => None,
    });
    let posts: Vec<_> = posts.collect();
    assert_eq!(posts.len(), 2);
    assert_ne!(posts[0], posts[1]);
}

#[test]
fn a_crash_before_the_rows_are_durable_leaves_the_key_as_it_was() {
    let (mut server, mut sides, id) = crew();
    let content = sides[0].content(pinnace_content::Kind::Text(pinnace_content::Text::plain("once")));
    for _ in 0..3 {
        let again = content.clone();
        sides[0].crash(|book| book.say(id, &again).map(drop));
    }
    assert!(sides[0].outbox.is_empty() && sides[0].history(id).is_empty());
    sides[0].step(|book| book.say(id, &content)).unwrap();
    // What is durable in the outbox is sent as it is, as often as it takes: the number, and the octets.
    let (number, parcel) = sides[0].outbox[0].clone();
    assert_eq!(number, 2, "the first is the commit of the beginning");
    settle(&mut server, &mut sides);
    assert_eq!(sides[0].sent[&number], parcel);
    assert_eq!(sides[1].words(id), ["once"]);
}

#[test]
fn a_crash_before_an_entry_is_durable_lets_it_be_read_again() {
    let (mut server, mut sides, id) = crew();
    sides[0].say(id, "heard");
    server.send(&mut sides, 0);
    let item = sides[1].mailbox.pop_front().unwrap();
    let part = pinnace_client::conversation::EntryPart {
        mailbox_seq: 2,
        seq: item.seq,
        kind: item.kind,
        payload: &item.payload,
        left: 0,
        client_seq: None,
    };
    sides[1].crash(|book| book.on_entry(id, &part));
    assert!(sides[1].words(id).is_empty());
    sides[1].take(&item);
    assert_eq!(sides[1].words(id), ["heard"]);
    assert_eq!(sides[1].filed.len(), 1);
}

#[test]
fn parts_of_an_entry_are_put_together_and_a_missing_one_is_told() {
    let (mut server, mut sides, id) = crew();
    for (lost, words) in [(None, 1), (Some(1), 1), (Some(2), 1)] {
        sides[0].say(id, "in parts");
        server.send(&mut sides, 0);
        let item = sides[1].mailbox.pop_front().unwrap();
        let parts: Vec<&[u8]> = item.payload.chunks(item.payload.len().div_ceil(3)).collect();
        for (index, part) in parts.iter().enumerate() {
            let left: usize = parts[index + 1..].iter().map(|part| part.len()).sum();
            if lost == Some(index) {
                sides[1].lose_item()
            } else {
                sides[1].take_part(&item, part, left as u64)
            }
        }
        assert_eq!(sides[1].words(id).len(), words, "{lost:?}");
    }
    sides[0].say(id, "whole");
    settle(&mut server, &mut sides);
    assert_eq!(sides[1].words(id), ["in parts", "whole"]);
    let told = sides[1]
        .events
        .iter()
        .filter(|event| matches!(event, ConversationEvent::Unread { why: Unread::Parts, .. }));
    assert_eq!(
        told.count(),
        1,
        "of the one that was cut in its middle; what begins nowhere is told by the next: {:?}",
        sides[1].events
    );
}

#[test]
fn a_welcome_to_another_conversation_than_its_place_is_refused() {
    let (mut one, mut other) = (Side::new(1, 1), Side::new(2, 2));
    let third = Side::new(3, 3);
    let newcomer = other.newcomer();
    let origin = group(one.me.account, [7; 16]);
    one.step(|book| book.create(&origin, "crew", &[newcomer])).unwrap();
    let (_, parcel) = one.outbox.pop_front().unwrap();
    let Parcel { body: ParcelBody::Commit(CommitParts { welcome, .. }), .. } = parcel else {
        panic!("a commit")
    };
    let place = direct(one.me.account, third.me.account, Generation::FIRST);
    let elsewhere = pinnace_client::conversation::conversation_id(world::REALM, &place);
    let item = world::Item {
        conversation: elsewhere,
        seq: 1,
        kind: EntryKind::Welcome,
        payload: welcome,
        client_seq: None,
    };
    other.take(&item);
    let unread = ConversationEvent::Unread { conversation: elsewhere, seq: 1, why: Unread::Origin };
    assert_eq!(other.events, [unread]);
    assert!(matches!(
        other.step(|book| book.conversation(elsewhere)),
        Err(ConversationError::NoConversation)
    ));
}

#[test]
fn a_third_account_does_not_come_into_a_conversation_of_two() {
    let (mut one, mut other, mut third) = (Side::new(1, 1), Side::new(2, 2), Side::new(3, 3));
    let origin = direct(one.me.account, other.me.account, Generation::FIRST);
    let (of_other, of_third) = (other.newcomer(), third.newcomer());
    let both = [of_other.clone(), of_third.clone()];
    assert!(matches!(one.step(|book| book.create(&origin, "", &both)), Err(ConversationError::Outsider)));
    let id = one.step(|book| book.create(&origin, "", &[of_other])).unwrap();
    let (mut server, mut sides) = (Server::default(), vec![one, other]);
    settle(&mut server, &mut sides);
    let added = sides[0].step(|book| book.add(id, &[of_third]));
    assert!(matches!(added, Err(ConversationError::Outsider)));
}

#[test]
fn an_own_key_is_renewed_after_so_many_messages() {
    let (mut server, mut sides, id) = crew();
    for number in 0..HEAL_MESSAGES_MAX.default {
        assert_eq!(sides[0].epoch(id), 1, "{number}");
        sides[0].say(id, "again");
        settle(&mut server, &mut sides);
    }
    assert_eq!((sides[0].epoch(id), sides[1].epoch(id)), (2, 2));
}

#[test]
fn an_own_key_is_renewed_after_so_much_time() {
    let (mut server, mut sides, id) = crew();
    sides[0].unix_ms += 8 * 86_400_000;
    sides[0].say(id, "long ago");
    settle(&mut server, &mut sides);
    assert_eq!((sides[0].epoch(id), sides[1].epoch(id)), (2, 2));
}

#[test]
fn who_wants_to_leave_is_removed_by_the_member_that_stands_first() {
    let (mut server, mut sides, id) = crew();
    let leave = sides[1].content(pinnace_content::Kind::Leave);
    sides[1].step(|book| book.leave(id, &leave)).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!((sides[1].stage(id), sides[0].epoch(id)), (Stage::Left, 2));
    assert_eq!(sides[2].members(id).len(), 2);
}

#[test]
fn a_device_that_its_account_gave_up_is_removed_and_a_new_one_is_told() {
    let (mut one, mut other, mut second) = (Side::new(1, 1), Side::new(2, 2), Side::new(2, 3));
    let origin = direct(one.me.account, other.me.account, Generation::FIRST);
    let both = [other.newcomer(), second.newcomer()];
    let id = one.step(|book| book.create(&origin, "", &both)).unwrap();
    let (mut server, mut sides) = (Server::default(), vec![one, other, second]);
    settle(&mut server, &mut sides);
    let (account, kept) = (sides[1].me.account, sides[1].me.device);
    let new = pinnace_wire::DeviceId::new([9; 16]);
    sides[0].step(|book| book.on_list(account, &[kept, new])).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!((sides[0].epoch(id), sides[2].stage(id)), (2, Stage::Left));
    assert!(sides[0].events.contains(&ConversationEvent::Lacks { conversation: id, account }));
}

#[test]
fn a_new_device_of_the_own_account_is_added_by_one_of_its_devices_also_while_a_commit_is_under_way() {
    let (mut server, mut sides, id) = crew();
    sides.push(Side::new(1, 9));
    let own = [sides[0].me.device, sides[3].me.device];
    let account = sides[0].me.account;
    for side in &mut sides[..3] {
        side.step(|book| book.on_list(account, &own)).unwrap();
    }
    assert_eq!((&sides[0].claims[..], sides[1].claims.len()), (&[id][..], 0));
    sides[0].step(|book| book.heal(id)).unwrap();
    let newcomer = sides[3].newcomer();
    sides[0].step(|book| book.want(id, &[newcomer])).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!([0, 1, 3].map(|side: usize| sides[side].epoch(id)), [3; 3]);
    sides[1].say(id, "to both of you");
    settle(&mut server, &mut sides);
    assert_eq!((sides[0].words(id), sides[3].words(id)), (sides[1].words(id), sides[1].words(id)));
}

#[test]
fn a_welcome_whose_origin_does_not_give_its_id_or_does_not_admit_its_members_is_refused() {
    let parties = || [Side::new(1, 1), Side::new(2, 2), Side::new(3, 3)];
    let [one, other, _] = parties().map(|side| side.me.account);
    let two = direct(one, other, Generation::FIRST);
    let id = pinnace_client::conversation::conversation_id(world::REALM, &two);
    // The origin of a later one of the same two; that of this one, among three accounts; none at all.
    let later = direct(one, other, Generation::new(1).unwrap());
    for told in [Some(later), Some(two), None] {
        let [maker, mut guest, mut stranger] = parties();
        let packages = [guest.newcomer(), stranger.newcomer()].map(|newcomer| newcomer.key_package);
        let packages: Vec<&[u8]> = packages.iter().map(Vec::as_slice).collect();
        let extension = told.map(|origin| {
            let mut data = vec![0; origin.encoded_len()];
            origin.encode(&mut data).unwrap();
            pinnace_e2ee::Extension { id: 0xF100, data }
        });
        let extensions: Vec<_> = extension.into_iter().collect();
        // A member that keeps to no rule but those of MLS.
        let creation = pinnace_e2ee::Creation {
            group: id.as_bytes(),
            suite: pinnace_client::conversation::SUITE,
            extensions: &extensions,
            add: if told == Some(two) { &packages } else { &packages[..1] },
            aad: b"",
        };
        let made = maker.mls.create(&maker.rows, &creation, world::NOW_MS / 1000).unwrap();
        let payload = made.commit(|_, _| Ok::<(), ()>(())).unwrap().welcome.unwrap();
        guest.take(&world::Item {
            conversation: id,
            seq: 1,
            kind: EntryKind::Welcome,
            payload,
            client_seq: None,
        });
        let unread = ConversationEvent::Unread { conversation: id, seq: 1, why: Unread::Origin };
        assert_eq!(guest.events, [unread], "{told:?}");
        let known = guest.step(|book| book.conversation(id));
        assert!(matches!(known, Err(ConversationError::NoConversation)), "{told:?}");
    }
}
