//! What is kept of identity and devices as octets.

use pinnace_session::Resort;
use pinnace_wire::{AccountId, ListVersion};
use zeroize::Zeroizing;

use super::octets::{Reader, Writer};
use crate::devices::{LinkRecord, LinkStage, Pin};
use crate::identity::{KeptPackage, Reference, Standing};

pub(super) const fn standing_to_octet(standing: Standing) -> u8 {
    match standing {
        Standing::New => 0,
        Standing::Registered => 1,
        Standing::Gone => 2,
    }
}

pub(super) const fn standing_from_octets(octets: &[u8]) -> Option<Standing> {
    match octets {
        [0] => Some(Standing::New),
        [1] => Some(Standing::Registered),
        [2] => Some(Standing::Gone),
        _ => None,
    }
}

pub(super) fn link_to_bytes(link: &LinkRecord) -> Zeroizing<Vec<u8>> {
    let stage = match link.stage {
        LinkStage::Waiting => 0,
        LinkStage::Linked => 1,
    };
    Zeroizing::new([link.secret.as_slice(), &[stage]].concat())
}

pub(super) fn link_from_bytes(octets: &[u8]) -> Option<LinkRecord> {
    let (secret, stage) = octets.split_first_chunk()?;
    let stage = match stage {
        [0] => LinkStage::Waiting,
        [1] => LinkStage::Linked,
        _ => return None,
    };
    Some(LinkRecord { secret: *secret, stage })
}

pub(super) fn package_to_bytes(package: &KeptPackage) -> Vec<u8> {
    let mut out = Writer::default();
    out.u64(package.suite.into()).u64(package.not_after_s);
    out.u8((package.resort == Resort::Last).into()).u8(package.is_published.into());
    out.octets(&package.mls_reference);
    out.0
}

pub(super) fn package_from_bytes(reference: Reference, octets: &[u8]) -> Option<KeptPackage> {
    let mut octets = Reader(octets);
    Some(KeptPackage {
        reference,
        suite: octets.u64()?.try_into().ok()?,
        not_after_s: octets.u64()?,
        resort: if octets.u8()? == 0 { Resort::OneTime } else { Resort::Last },
        is_published: octets.u8()? != 0,
        mls_reference: octets.rest().to_vec(),
    })
}

pub(super) fn pin_to_bytes(pin: &Pin) -> Vec<u8> {
    let mut out = Writer::default();
    out.octets(&pin.identity_key).u64(pin.list_version.value()).octets(&pin.list_digest);
    out.u8(pin.is_chained.into()).u8(pin.is_compared.into());
    out.0
}

pub(super) fn pin_from_bytes(account: AccountId, octets: &[u8]) -> Option<Pin> {
    let mut octets = Reader(octets);
    let pin = Pin {
        account,
        identity_key: octets.array()?,
        list_version: ListVersion::new(octets.u64()?)?,
        list_digest: octets.array()?,
        is_chained: octets.u8()? != 0,
        is_compared: octets.u8()? != 0,
    };
    octets.end()?;
    Some(pin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_pins_come_back() {
        for (resort, is_published) in [(Resort::OneTime, false), (Resort::Last, true)] {
            let package = KeptPackage {
                reference: [1; 16],
                mls_reference: vec![2; 32],
                suite: 3,
                resort,
                not_after_s: 4,
                is_published,
            };
            assert_eq!(package_from_bytes([1; 16], &package_to_bytes(&package)), Some(package));
        }
        let pin = Pin {
            account: AccountId::new([1; 16]),
            identity_key: [2; 32],
            list_version: ListVersion::FIRST,
            list_digest: [3; 32],
            is_chained: true,
            is_compared: false,
        };
        let octets = pin_to_bytes(&pin);
        assert_eq!(pin_from_bytes(pin.account, &octets), Some(pin.clone()));
        for len in 0..octets.len() {
            assert_eq!(pin_from_bytes(pin.account, &octets[..len]), None, "{len}");
        }
        for stage in [LinkStage::Waiting, LinkStage::Linked] {
            let link = LinkRecord { secret: [4; 32], stage };
            assert_eq!(link_from_bytes(&link_to_bytes(&link)), Some(link));
        }
        for standing in [Standing::New, Standing::Registered, Standing::Gone] {
            assert_eq!(standing_from_octets(&[standing_to_octet(standing)]), Some(standing));
        }
        assert_eq!(standing_from_octets(&[3]), None);
    }
}
