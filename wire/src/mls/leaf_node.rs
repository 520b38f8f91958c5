//! The leaf that a KeyPackage brings.

use nom::Parser as _;

use super::extension::Extensions;
use super::sign_content::SignContent;
use super::vector::{between, constant, items, out_of_range, uint16, uint64, vector};
use crate::parse::{Parsed, array};

/// A LeafNode whose source is `key_package` and whose credential is basic (RFC 9420, 7.2): no other has this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeafNode<'a> {
    /// The HPKE public key of the leaf.
    pub encryption_key: &'a [u8],
    /// The key whose signatures the leaf answers for.
    pub signature_key: &'a [u8],
    /// The identity of the basic credential.
    pub identity: &'a [u8],
    /// `Capabilities`: five vectors of integers of two octets, with their lengths.
    pub capabilities: &'a [u8],
    /// The first second of the lifetime.
    pub not_before_s: u64,
    /// The last second of the lifetime.
    pub not_after_s: u64,
    /// The extensions of the leaf.
    pub extensions: Extensions<'a>,
    /// By the signature key, over [`Self::sign_content`].
    pub signature: &'a [u8],
    /// `LeafNodeTBS`: the octets before the signature, since a leaf of this source adds nothing to them.
    pub signed: &'a [u8],
}

impl<'a> LeafNode<'a> {
    /// The label of the signature.
    pub const LABEL: &'static str = "LeafNodeTBS";
    /// `CredentialType` basic.
    const BASIC: u16 = 1;
    /// `LeafNodeSource` key_package.
    const KEY_PACKAGE: u8 = 1;

    pub(super) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (encryption_key, signature_key, (), identity, capabilities)) = (
            vector("encryption_key"),
            vector("signature_key"),
            constant("credential_type", Self::BASIC),
            vector("identity"),
            capabilities,
        )
            .parse(input)?;
        let (rest, ((), not_before_s, not_after_s, extensions)) =
            (source, uint64("not_before"), uint64("not_after"), Extensions::parse("leaf_extensions"))
                .parse(rest)?;
        let signed = between(input, rest);
        let (rest, signature) = vector("leaf_signature")(rest)?;
        Ok((
            rest,
            Self {
                encryption_key,
                signature_key,
                identity,
                capabilities,
                not_before_s,
                not_after_s,
                extensions,
                signature,
                signed,
            },
        ))
    }

    /// What the signature is over.
    #[must_use]
    pub const fn sign_content(&self) -> SignContent<'a> {
        SignContent { label: Self::LABEL, content: self.signed }
    }
}

fn source(input: &[u8]) -> Parsed<'_, ()> {
    let (rest, [source]) = array("leaf_node_source")(input)?;
    if *source == LeafNode::KEY_PACKAGE {
        Ok((rest, ()))
    } else {
        Err(out_of_range(input, "leaf_node_source"))
    }
}

/// The octets of the five vectors.
fn capabilities(input: &[u8]) -> Parsed<'_, &[u8]> {
    let values = |field| items(field, uint16(field));
    let (rest, _) = (
        values("capabilities.versions"),
        values("capabilities.cipher_suites"),
        values("capabilities.extensions"),
        values("capabilities.proposals"),
        values("capabilities.credentials"),
    )
        .parse(input)?;
    Ok((rest, between(input, rest)))
}
