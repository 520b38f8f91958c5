//! The vectors of contents, made here.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

use pinnace_content::{
    Call, CallStep, Content, ContentId, HangupReason, Kind, Media, Mention, Policy, Rank, Receipt,
    ReceiptKind, Reference, Role, Text, Typing,
};
use pinnace_wire::{AccountId, ConversationId};
use serde_json::{Value, json};

use crate::definition;

/// A content, and what it is called.
pub(crate) fn good() -> Vec<(&'static str, Content)> {
    let target = Reference { author: account(2), id: ContentId([9; 16]) };
    let said = |kind| Content::new(ContentId([7; 16]), 1_800_000_000_123, kind);
    let text = |body: &str| Kind::Text(Text::plain(body));
    let long = "ä".repeat(16_384);
    let mention = Mention { account: account(3), start: 0, len: 6 };
    let words = Text { body: "@carol, ahoy".to_owned(), mentions: vec![mention] };
    let call = |step| Kind::Call(Call { call: [5; 16], step: Some(step), is_video: false });
    vec![
        ("text", said(text("ahoy"))),
        ("text_longest", said(text(&long))),
        ("mention", said(Kind::Text(words))),
        ("reply", Content { reply_to: Some(target), ..said(text("yes")) }),
        ("disappearing", Content { disappear_s: 3600, ..said(text("soon gone")) }),
        ("view_once", Content { view_once: true, ..said(Kind::Media(Box::new(media()))) }),
        ("media", said(Kind::Media(Box::new(media())))),
        ("reaction", said(Kind::Reaction { target, sign: "👍".to_owned() })),
        ("reaction_taken_back", said(Kind::Reaction { target, sign: String::new() })),
        ("edit", said(Kind::Edit { target: target.id, text: Text::plain("ahoy!") })),
        ("delete", said(Kind::Delete { targets: vec![target.id, ContentId([10; 16])] })),
        ("timer", said(Kind::Timer { seconds: 86_400 })),
        ("timer_off", said(Kind::Timer { seconds: 0 })),
        ("received", said(receipt(ReceiptKind::Received))),
        ("read", said(receipt(ReceiptKind::Read))),
        ("played", said(receipt(ReceiptKind::Played))),
        ("writes", said(Kind::Typing(Typing::Writes))),
        ("stopped", said(Kind::Typing(Typing::Stopped))),
        ("offer", said(call(CallStep::Offer(b"v=0".to_vec())))),
        ("answer", said(call(CallStep::Answer(b"v=0".to_vec())))),
        ("candidate", said(call(CallStep::Candidate(b"192.0.2.1".to_vec())))),
        ("ringing", said(call(CallStep::Ringing))),
        ("hangup", said(call(CallStep::Hangup(HangupReason::Busy)))),
        ("policy", said(Kind::Policy(Box::new(policy())))),
        ("leave", said(Kind::Leave)),
        (
            "introduction",
            said(Kind::Introduction { conversation: ConversationId::new([4; 16]), group_info: vec![1; 40] }),
        ),
    ]
}

fn account(number: u8) -> AccountId {
    AccountId::new([number; 16])
}

fn receipt(kind: ReceiptKind) -> Kind {
    Kind::Receipt(Receipt { kind, author: account(2), ids: vec![ContentId([9; 16]), ContentId([10; 16])] })
}

fn media() -> Media {
    Media {
        locator: "m/0a1b2c".to_owned(),
        key: [1; 32],
        digest: [2; 32],
        len: 1_000_000,
        media_type: "image/jpeg".to_owned(),
        name: "the quay.jpg".to_owned(),
        caption: "where we met".to_owned(),
        size: (1920, 1080),
        plays_ms: 0,
        preview: vec![3; 64],
        is_voice: false,
    }
}

fn policy() -> Policy {
    Policy {
        revision: 3,
        name: "the crew".to_owned(),
        roles: vec![
            Role { account: account(1), rank: Rank::Owner },
            Role { account: account(2), rank: Rank::Admin },
        ],
        announce_only: true,
        bans: vec![account(8)],
        link_digest: Some([6; 32]),
        asks_first: true,
    }
}

/// Octets that are no content, the kind of error, and what they are called.
fn bad() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let head = [&[0x08, 0x01, 0x12, 0x10][..], &[7; 16]].concat();
    let text = [0x82, 0x01, 0x03, 0x0a, 0x01, b'a'];
    let with = |parts: &[&[u8]]| padded(&[&head[..], &parts.concat()].concat());
    let whole = with(&[&text]);
    let mut unmarked = whole.clone();
    unmarked[head.len() + text.len()] = 0x81;
    let wide = [&whole[..], &[0; 64]].concat();
    let emoji = [
        &[0x92, 0x01, 0xa9, 0x02][..],
        &[0x0a, 0x24, 0x0a, 0x10],
        &[2; 16],
        &[0x12, 0x10],
        &[9; 16],
        &[0x12, 0x80, 0x02],
        &[b'+'; 256],
    ]
    .concat();
    let ids: Vec<u8> = (0..257).flat_map(|_| [&[0x0a, 0x10][..], &[9; 16]].concat()).collect();
    let delete = [&[0xa2, 0x01, 0x92, 0x24][..], &ids].concat();
    vec![
        ("empty", Vec::new(), "length"),
        ("between_two_lengths", whole[..127].to_vec(), "length"),
        ("all_zeros", vec![0; 128], "padding"),
        ("another_mark", unmarked, "padding"),
        ("padded_too_far", wide, "padding"),
        ("field_cut_short", padded(&[&head[..], &[0x82, 0x01, 0x05, 0x0a]].concat()), "malformed"),
        ("no_utf8", with(&[&[0x82, 0x01, 0x03, 0x0a, 0x01, 0xff]]), "malformed"),
        ("kind_of_another_type", with(&[&[0x80, 0x01, 0x01]]), "malformed"),
        ("no_version", padded(&[&head[2..], &text].concat()), "version"),
        ("version_two", padded(&[&[0x08, 0x02], &head[2..], &text].concat()), "version"),
        ("no_kind", padded(&head), "kinds"),
        ("the_same_kind_twice", with(&[&text, &text]), "kinds"),
        ("two_kinds", with(&[&text, &[0xaa, 0x01, 0x00]]), "kinds"),
        ("a_known_and_an_unknown_kind", with(&[&text, &[0xfa, 0x07, 0x00]]), "kinds"),
        (
            "id_of_15_octets",
            padded(&[&[0x08, 0x01, 0x12, 0x0f][..], &[7; 15], &text].concat()),
            "out_of_range",
        ),
        ("no_id", padded(&[&[0x08, 0x01][..], &text].concat()), "out_of_range"),
        ("text_without_words", with(&[&[0x82, 0x01, 0x00]]), "out_of_range"),
        ("reply_to_nobody", with(&[&text, &[0x22, 0x00]]), "out_of_range"),
        ("sign_of_256_octets", with(&[&emoji]), "out_of_range"),
        ("reaction_on_nothing", with(&[&[0x92, 0x01, 0x00]]), "out_of_range"),
        ("deletes_nothing", with(&[&[0xa2, 0x01, 0x00]]), "out_of_range"),
        ("deletes_257", with(&[&delete]), "out_of_range"),
        ("edit_without_words", with(&[&[0x9a, 0x01, 0x12, 0x0a, 0x10], &[9; 16]]), "out_of_range"),
        ("policy_of_revision_zero", with(&[&[0xca, 0x01, 0x00]]), "out_of_range"),
    ]
}

/// Contents with something that is not known: what is found is said.
fn unknown() -> Vec<Value> {
    let head = [&[0x08, 0x01, 0x12, 0x10][..], &[7; 16]].concat();
    let text = [0x82, 0x01, 0x03, 0x0a, 0x01, b'a'];
    let kind = padded(&[&head[..], &[0xfa, 0x07, 0x02, 0x01, 0x02]].concat());
    let common = padded(&[&head[..], &[0x78, 0x05], &text].concat());
    let within = padded(&[&head[..], &[0x82, 0x01, 0x05, 0x0a, 0x01, b'a', 0x78, 0x05]].concat());
    let step = padded(&[&head[..], &[0xc2, 0x01, 0x15, 0x0a, 0x10], &[5; 16], &[0x7a, 0x01, 0x00]].concat());
    let rank = padded(&[&head[..], &[0xba, 0x01, 0x02, 0x08, 0x63]].concat());
    vec![
        json!({"id": "content/unknown_kind", "hex": hex(&kind), "unknown": 127}),
        json!({"id": "content/unknown_field", "hex": hex(&common), "canonical": false, "value": value(&common)}),
        json!({"id": "content/unknown_field_within", "hex": hex(&within), "canonical": false, "value": value(&within)}),
        json!({"id": "content/unknown_step", "hex": hex(&step), "canonical": false, "value": value(&step)}),
        json!({"id": "content/unknown_state", "hex": hex(&rank), "canonical": false, "value": value(&rank)}),
    ]
}

/// The file, one vector a line.
pub(crate) fn file() -> String {
    let good = good().into_iter().map(|(name, content)| {
        let octets = content.encode().unwrap();
        json!({"id": format!("content/{name}"), "hex": hex(&octets), "value": value(&octets)})
    });
    let bad = bad().into_iter().map(
        |(name, octets, error)| json!({"id": format!("content/{name}"), "hex": hex(&octets), "error": error}),
    );
    let lines: Vec<String> = good.chain(unknown()).chain(bad).map(|vector| vector.to_string()).collect();
    format!("{{\"schema\": 1, \"vectors\": [\n{}\n]}}\n", lines.join(",\n"))
}

/// What the definition alone makes of a padded content: the JSON of protocol buffers.
pub(crate) fn value(octets: &[u8]) -> Value {
    let pool = prost_reflect::DescriptorPool::from_file_descriptor_set(definition::descriptors()).unwrap();
    let message = pool.get_message_by_name("pinnace.content.v1.Content").unwrap();
    let end = octets.iter().rposition(|octet| *octet != 0).unwrap();
    let read = prost_reflect::DynamicMessage::decode(message, &octets[..end]).unwrap();
    serde_json::to_value(&read).unwrap()
}

fn padded(octets: &[u8]) -> Vec<u8> {
    let mut padded = [octets, &[0x80]].concat();
    padded.resize(pinnace_content::bucket(octets.len()).unwrap(), 0);
    padded
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
