//! Safety numbers: what two people compare to know that nobody stands between them.

use core::fmt;

use pinnace_session::RealmId;
use pinnace_session::digest::labelled_digest;
use pinnace_session::label::Label;

use crate::hex;

const LABEL: Label = Label::new("pinnace/1 safety number");

/// What the text of the QR code begins with.
const HEAD: &str = "PINNACE:SAFETY:";

/// How often the digest is taken: it makes looking for a key with a similar number that much dearer.
const ROUNDS: u32 = 5200;

/// The safety number of two accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyNumber {
    own: [u8; 32],
    peer: [u8; 32],
}

/// What a text that was scanned says of a safety number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// The other side sees the same keys.
    Same,
    /// It sees other keys: somebody stands between.
    Different,
    /// It is no such text.
    Malformed,
}

impl SafetyNumber {
    /// The number of two identity keys: 2 times 5,200 digests.
    #[must_use]
    pub fn new(realm: RealmId, own_key: &[u8; 32], peer_key: &[u8; 32]) -> Self {
        Self { own: iterated(realm, own_key), peer: iterated(realm, peer_key) }
    }

    /// 60 digits, the same for both sides.
    #[must_use]
    pub fn digits(&self) -> String {
        let mut halves = [half(&self.own), half(&self.peer)];
        halves.sort();
        halves.concat()
    }

    /// The text of the QR code that this side shows.
    #[must_use]
    pub fn text(&self) -> String {
        let octets = [&[1], self.own.as_slice(), &self.peer].concat();
        format!("{HEAD}{}", hex::encode(&octets).to_ascii_uppercase())
    }

    /// Compares what the other side shows.
    #[must_use]
    pub fn compare(&self, text: &str) -> Scanned {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = text.get(..HEAD.len()).filter(|head| head.eq_ignore_ascii_case(HEAD));
        let octets: Option<[u8; 65]> = digits.and_then(|_| text.get(HEAD.len()..)).and_then(hex::array);
        match octets.as_ref().and_then(|octets| octets.strip_prefix(&[1])) {
            None => Scanned::Malformed,
            // The other side's own is this side's peer.
            Some(shown) if shown == [self.peer, self.own].concat() => Scanned::Same,
            Some(_) => Scanned::Different,
        }
    }
}

fn iterated(realm: RealmId, key: &[u8; 32]) -> [u8; 32] {
    let first = labelled_digest(LABEL, &[realm.0, *key].concat());
    (1..ROUNDS).fold(first, |digest, _| labelled_digest(LABEL, &[digest, *key].concat()))
}

/// 30 digits: six times five octets, big-endian, modulo 100,000.
fn half(digest: &[u8; 32]) -> String {
    let group = |octets: &[u8]| {
        let value = octets.iter().fold(0_u64, |value, octet| value << 8 | u64::from(*octet));
        format!("{:05}", value % 100_000)
    };
    digest.chunks_exact(5).take(6).map(group).collect()
}

impl fmt::Display for SafetyNumber {
    /// Twelve groups of five digits in three lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let groups: Vec<&str> = (0..12).filter_map(|index| digits.get(index * 5..index * 5 + 5)).collect();
        let lines: Vec<String> = groups.chunks(4).map(|line| line.join(" ")).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REALM: RealmId = RealmId([7; 32]);

    #[test]
    fn both_sides_see_the_same_number_and_each_key_changes_it() {
        let (ours, theirs) = ([1; 32], [2; 32]);
        let (at_us, at_them) =
            (SafetyNumber::new(REALM, &ours, &theirs), SafetyNumber::new(REALM, &theirs, &ours));
        assert_eq!(at_us.digits(), at_them.digits());
        assert_eq!(at_us.digits().len(), 60);
        assert_eq!(at_us.to_string().lines().count(), 3);
        assert_eq!(at_us.compare(&at_them.text()), Scanned::Same);
        assert_eq!(at_us.compare(&at_us.text()), Scanned::Different, "the other side's, not the own one");
        let between = SafetyNumber::new(REALM, &theirs, &[3; 32]);
        assert_ne!(between.digits(), at_us.digits());
        assert_eq!(at_us.compare(&between.text()), Scanned::Different);
        for text in ["", "PINNACE:SAFETY:", "PINNACE:SAFETY:02", &at_them.text()[1..]] {
            assert_eq!(at_us.compare(text), Scanned::Malformed, "{text}");
        }
        assert_ne!(SafetyNumber::new(RealmId([8; 32]), &ours, &theirs).digits(), at_us.digits());
    }

    #[test]
    fn safety_numbers_are_those_of_the_chapter() {
        let chapter = include_str!("../../../../spec/text/15-devices.md");
        let rows = chapter.lines().filter_map(|line| line.strip_prefix("| safety | ")).collect::<Vec<_>>();
        assert_eq!(rows.len(), 2);
        for row in rows {
            let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let key = |index: usize| hex::array::<32>(cells[index]).unwrap();
            let number = SafetyNumber::new(RealmId(key(0)), &key(1), &key(2));
            assert_eq!(number.to_string().replace('\n', " "), cells[3]);
        }
    }
}
