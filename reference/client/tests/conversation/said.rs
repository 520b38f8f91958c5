//! What members say to each other, and what it does to what was said before.

use pinnace_client::conversation::{ConversationEvent, Gone, Unread};
use pinnace_content::{
    Content, ContentError, ContentId, Kind, Media, Receipt, ReceiptKind, Reference, Text, Typing,
};
use pinnace_e2ee::Mls as _;
use pinnace_wire::{EntryKind, MessageAad};

use crate::crew;
use crate::world::{Item, Side, settle};

fn text(body: &str) -> Kind {
    Kind::Text(Text::plain(body))
}

#[test]
fn replies_signs_receipts_edits_and_deletions_find_what_they_are_about() {
    let (mut server, mut sides, id) = crew();
    let said = sides[0].say(id, "ahoy");
    settle(&mut server, &mut sides);
    let target = Reference { author: sides[0].me.account, id: said.id };
    let reply = Content { reply_to: Some(target), ..sides[1].content(text("aye")) };
    let sign = sides[1].content(Kind::Reaction { target, sign: "👍".to_owned() });
    let read = Receipt { kind: ReceiptKind::Read, author: target.author, ids: vec![said.id] };
    let read = sides[2].content(Kind::Receipt(read));
    for (side, content) in [(1, reply), (1, sign), (2, read)] {
        sides[side].step(|book| book.say(id, &content)).unwrap();
    }
    settle(&mut server, &mut sides);
    for side in &mut sides {
        let history = side.history(id);
        let marks = &history[0].marks;
        assert_eq!(marks.len(), 2, "{marks:?}");
        assert!(marks.iter().any(|mark| mark.sign.as_deref() == Some("👍")));
        assert!(marks.iter().any(|mark| mark.receipt == Some(ReceiptKind::Read)));
        assert!(
            history.iter().any(|said| said.content.as_ref().is_some_and(|it| it.reply_to == Some(target)))
        );
    }
    let edit = sides[0].content(Kind::Edit { target: said.id, text: Text::plain("ahoy!") });
    sides[0].step(|book| book.say(id, &edit)).unwrap();
    settle(&mut server, &mut sides);
    assert!([0, 1, 2].iter().all(|side: &usize| sides[*side].words(id)[0] == "ahoy!"));
    let delete = sides[0].content(Kind::Delete { targets: vec![said.id] });
    sides[0].step(|book| book.say(id, &delete)).unwrap();
    settle(&mut server, &mut sides);
    for side in &mut sides {
        let gone = &side.history(id)[0];
        assert_eq!((gone.gone, gone.content.is_none(), gone.edited.is_none()), (Gone::Deleted, true, true));
    }
}

#[test]
fn nobody_edits_or_deletes_what_another_account_said() {
    let (mut server, mut sides, id) = crew();
    let said = sides[0].say(id, "mine");
    settle(&mut server, &mut sides);
    let edit = sides[1].content(Kind::Edit { target: said.id, text: Text::plain("yours") });
    let delete = sides[1].content(Kind::Delete { targets: vec![said.id] });
    for content in [edit, delete] {
        sides[1].step(|book| book.say(id, &content)).unwrap();
    }
    settle(&mut server, &mut sides);
    assert!([0, 1, 2].iter().all(|side: &usize| sides[*side].words(id) == ["mine"]));
}

#[test]
fn a_content_is_taken_once_though_it_comes_again() {
    let (mut server, mut sides, id) = crew();
    let said = sides[0].say(id, "once");
    settle(&mut server, &mut sides);
    // The same name: the sender could not tell whether the first had arrived.
    sides[0].step(|book| book.say(id, &said)).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!(sides[1].words(id), ["once"]);
    assert_eq!(sides[1].filed.len(), 1);
    // Under the same id another account says something else.
    let other = Content { kind: text("other"), ..said };
    sides[1].step(|book| book.say(id, &other)).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!(sides[2].words(id), ["once", "other"]);
}

#[test]
fn the_author_is_whoever_the_keys_say() {
    let (mut server, mut sides, id) = crew();
    sides[1].say(id, "from two");
    settle(&mut server, &mut sides);
    let said = &sides[0].history(id)[0];
    assert_eq!((said.author, said.device), (sides[1].me.account, sides[1].me.device));
}

#[test]
fn what_disappears_is_forgotten_when_its_time_is_over() {
    let (mut server, mut sides, id) = crew();
    let timer = sides[0].content(Kind::Timer { seconds: 60 });
    sides[0].step(|book| book.say(id, &timer)).unwrap();
    settle(&mut server, &mut sides);
    assert_eq!(sides[1].step(|book| book.conversation(id)).unwrap().disappear_s, 60);
    let brief = Content { disappear_s: 60, ..sides[0].content(text("brief")) };
    sides[0].step(|book| book.say(id, &brief)).unwrap();
    settle(&mut server, &mut sides);
    for side in &mut sides[..2] {
        side.unix_ms += 59_999;
        side.step(|book| book.expire()).unwrap();
        assert_eq!(side.words(id), ["brief"]);
        side.unix_ms += 1;
        side.step(|book| book.expire()).unwrap();
        assert!(side.words(id).is_empty());
        assert_eq!(side.history(id).last().unwrap().gone, Gone::Expired);
    }
}

#[test]
fn what_may_be_looked_at_once_is_forgotten_then() {
    let (mut server, mut sides, id) = crew();
    let media = Media {
        locator: "m/1".to_owned(),
        key: [1; 32],
        digest: [2; 32],
        len: 5,
        media_type: "image/png".to_owned(),
        name: String::new(),
        caption: String::new(),
        size: (1, 1),
        plays_ms: 0,
        preview: Vec::new(),
        is_voice: false,
    };
    let once = Content { view_once: true, ..sides[0].content(Kind::Media(Box::new(media))) };
    sides[0].step(|book| book.say(id, &once)).unwrap();
    sides[0].say(id, "stays");
    settle(&mut server, &mut sides);
    for order in 0..2 {
        sides[1].step(|book| book.viewed(id, order)).unwrap();
    }
    let history = sides[1].history(id);
    assert_eq!((history[0].gone, history[0].content.is_none()), (Gone::Viewed, true));
    assert_eq!(history[1].gone, Gone::No);
    sides[0].step(|book| book.viewed(id, 0)).unwrap();
    assert_eq!(sides[0].history(id)[0].gone, Gone::No, "its author keeps it");
}

#[test]
fn what_is_no_content_is_passed_over_and_what_follows_is_read() {
    let (mut server, mut sides, id) = crew();
    let seal = |side: &mut Side, octets: &[u8], aad: &[u8]| {
        let sealed = side.mls.encrypt(&side.rows, id.as_bytes(), octets, aad).unwrap();
        let rows = &mut side.rows;
        sealed
            .commit(|writes, _| {
                rows.apply(writes);
                Ok::<(), ()>(())
            })
            .unwrap()
    };
    let whole = sides[0].content(text("x")).encode().unwrap();
    let bad = seal(&mut sides[0], b"no content", &[MessageAad::VERSION]);
    let unsaid = seal(&mut sides[0], &whole, b"more than a version");
    for (seq, payload) in [(5, bad), (6, unsaid)] {
        sides[1].take(&Item { conversation: id, seq, kind: EntryKind::Message, payload, client_seq: None });
    }
    let whys = sides[1].events.iter().filter_map(|event| {
        if let ConversationEvent::Unread { why, .. } = event { Some(why.clone()) } else { None }
    });
    assert_eq!(
        whys.collect::<Vec<_>>(),
        [Unread::Content(ContentError::Length { len: 10 }), Unread::Envelope]
    );
    sides[0].say(id, "after");
    settle(&mut server, &mut sides);
    assert_eq!(sides[1].words(id), ["after"]);
}

#[test]
fn a_kind_that_is_not_known_is_kept_and_told() {
    let (mut server, mut sides, id) = crew();
    let octets = [&[0x08, 0x01, 0x12, 0x10][..], &[5; 16], &[0xfa, 0x07, 0x01, 0x09]].concat();
    let unknown = Content::new(ContentId([5; 16]), 0, Kind::Unknown { field: 127, octets: octets.clone() });
    sides[0].step(|book| book.say(id, &unknown)).unwrap();
    settle(&mut server, &mut sides);
    let said = sides[1].history(id).remove(0).content.unwrap();
    assert_eq!(said.kind, Kind::Unknown { field: 127, octets });
    assert_eq!(sides[1].filed.len(), 1);
}

#[test]
fn an_introduction_is_taken_from_own_devices_in_their_conversation_only() {
    let (mut server, mut sides, id) = crew();
    let introduction = Kind::Introduction { conversation: id, group_info: vec![1; 40] };
    let introduction = sides[0].content(introduction);
    sides[0].step(|book| book.say(id, &introduction)).unwrap();
    settle(&mut server, &mut sides);
    assert!(!sides[1].step(|book| book.is_introduced(id)).unwrap());
    assert!(sides[1].filed.is_empty());
}

#[test]
fn what_is_fleeting_is_told_and_not_kept() {
    let (_, mut sides, id) = crew();
    let typing = sides[0].content(Kind::Typing(Typing::Writes));
    let sealed = sides[0].step(|book| book.whisper(id, &typing)).unwrap();
    sides[1].step(|book| book.on_whisper(id, &sealed)).unwrap();
    sides[1].step(|book| book.on_whisper(id, &sealed)).unwrap();
    let account = sides[0].me.account;
    let told = ConversationEvent::Typing { conversation: id, account, typing: Typing::Writes };
    assert_eq!(sides[1].events.iter().filter(|event| **event == told).count(), 1);
    assert!(sides[1].history(id).is_empty() && sides[0].history(id).is_empty());
}
