//! The code that a new device shows, as text for a QR code.

use core::fmt;

use pinnace_session::digest::labelled_digest;
use pinnace_session::label::Label;
use pinnace_session::noise::PublicKey;
use pinnace_session::{RealmId, device_id};
use pinnace_wire::DeviceId;

use crate::hex;

const CODE: Label = Label::new("pinnace/1 link code");

/// What the text begins with. All of it stands in the alphanumeric mode of a QR code.
const HEAD: &str = "PINNACE:LINK:";

/// Version, three keys, check.
const LEN: usize = 101;

/// What a new device shows: its keys, and a secret that seals what it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode {
    /// The static key of the new device. X25519.
    pub noise_key: PublicKey,
    /// The signature key of the new device. Ed25519.
    pub signature_key: [u8; 32],
    /// Known to whoever saw the code.
    pub secret: [u8; 32],
}

/// Why a text is no code of this realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkCodeError {
    /// It is no such code, or a part of it is missing.
    Malformed,
    /// It is of another version.
    OtherVersion,
    /// It was changed on the way, or is of another realm.
    BadCheck,
}

impl LinkCode {
    /// The device that shows it.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        device_id(&self.noise_key)
    }

    /// The text.
    #[must_use]
    pub fn text(&self, realm: RealmId) -> String {
        let octets = self.octets();
        let digest = self.digest(realm);
        let check = digest.last_chunk::<4>().copied().unwrap_or_default();
        format!("{HEAD}{}", hex::encode(&[octets.as_slice(), &check].concat()).to_ascii_uppercase())
    }

    /// Reads a text; spaces and line breaks around and within it mean nothing.
    ///
    /// # Errors
    ///
    /// [`LinkCodeError`].
    pub fn parse(realm: RealmId, text: &str) -> Result<Self, LinkCodeError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = text.get(..HEAD.len()).filter(|head| head.eq_ignore_ascii_case(HEAD));
        let digits = digits.and_then(|_| text.get(HEAD.len()..)).ok_or(LinkCodeError::Malformed)?;
        let octets: [u8; LEN] = hex::array(digits).ok_or(LinkCodeError::Malformed)?;
        let parts = octets.split_first_chunk::<1>().and_then(|([version], rest)| {
            let (noise_key, rest) = rest.split_first_chunk()?;
            let (signature_key, rest) = rest.split_first_chunk()?;
            let (secret, check) = rest.split_first_chunk()?;
            let code =
                Self { noise_key: PublicKey(*noise_key), signature_key: *signature_key, secret: *secret };
            Some((*version, code, check))
        });
        let (version, code, check) = parts.ok_or(LinkCodeError::Malformed)?;
        if version != 1 {
            return Err(LinkCodeError::OtherVersion);
        }
        if code.digest(realm).ends_with(check) { Ok(code) } else { Err(LinkCodeError::BadCheck) }
    }

    /// What a person compares on both devices: four groups of four digits.
    #[must_use]
    pub fn fingerprint(&self, realm: RealmId) -> String {
        let digest = self.digest(realm);
        let groups: Vec<String> = digest.chunks(2).take(4).map(hex::encode).collect();
        groups.join(" ")
    }

    fn octets(&self) -> Vec<u8> {
        [&[1], self.noise_key.0.as_slice(), &self.signature_key, &self.secret].concat()
    }

    fn digest(&self, realm: RealmId) -> [u8; 32] {
        labelled_digest(CODE, &[realm.0.as_slice(), &self.octets()].concat())
    }
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkCode").field("device", &self.device()).finish_non_exhaustive()
    }
}

impl fmt::Display for LinkCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "that is not the whole code of pinnace link",
            Self::OtherVersion => "that code is of a later version",
            Self::BadCheck => "that code was changed on the way, or is of another realm",
        })
    }
}

impl core::error::Error for LinkCodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    const REALM: RealmId = RealmId([7; 32]);

    fn code() -> LinkCode {
        LinkCode { noise_key: PublicKey([1; 32]), signature_key: [2; 32], secret: [3; 32] }
    }

    #[test]
    fn a_code_comes_back() {
        let text = code().text(REALM);
        assert_eq!(LinkCode::parse(REALM, &text), Ok(code()));
        assert_eq!(LinkCode::parse(REALM, &format!(" {}\n", text.to_lowercase())), Ok(code()));
        let (front, back) = text.split_at(80);
        assert_eq!(LinkCode::parse(REALM, &format!("{front}\n  {back}")), Ok(code()));
        assert_eq!(code().fingerprint(REALM).len(), 19);
    }

    #[test]
    fn a_code_that_was_changed_or_cut_is_refused() {
        let text = code().text(REALM);
        assert_eq!(LinkCode::parse(RealmId([8; 32]), &text), Err(LinkCodeError::BadCheck));
        for place in HEAD.len() + 2..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(LinkCode::parse(REALM, &changed), Err(LinkCodeError::BadCheck), "{place}");
        }
        for len in 0..text.len() {
            assert_eq!(LinkCode::parse(REALM, &text[..len]), Err(LinkCodeError::Malformed), "{len}");
        }
        let later = text.replacen("LINK:01", "LINK:02", 1);
        assert_eq!(LinkCode::parse(REALM, &later), Err(LinkCodeError::OtherVersion));
        assert_eq!(LinkCode::parse(REALM, "é"), Err(LinkCodeError::Malformed));
    }
}
