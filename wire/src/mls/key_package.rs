//! The KeyPackage.

use nom::Parser as _;

use super::extension::Extensions;
use super::leaf_node::LeafNode;
use super::sign_content::SignContent;
use super::vector::{between, constant, out_of_range, uint16, vector};
use crate::error::DecodeError;
use crate::number::MlsSuite;
use crate::parse::Parsed;
use crate::structure::decode_whole;

/// A KeyPackage of version mls10 (RFC 9420, 10), bare: without an MLSMessage around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPackage<'a> {
    /// The cipher suite.
    pub suite: MlsSuite,
    /// The HPKE public key that a Welcome is encrypted to.
    pub init_key: &'a [u8],
    /// The leaf of the device.
    pub leaf: LeafNode<'a>,
    /// The extensions of the KeyPackage.
    pub extensions: Extensions<'a>,
    /// By the leaf's signature key, over [`Self::sign_content`].
    pub signature: &'a [u8],
    /// `KeyPackageTBS`: the octets before the signature.
    pub signed: &'a [u8],
}

impl<'a> KeyPackage<'a> {
    /// The label of the signature.
    pub const LABEL: &'static str = "KeyPackageTBS";
    /// `ProtocolVersion` mls10.
    pub const VERSION: u16 = 1;

    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, ((), suite, init_key, leaf, extensions)) = (
            constant("version", Self::VERSION),
            suite,
            vector("init_key"),
            LeafNode::parse,
            Extensions::parse("extensions"),
        )
            .parse(input)?;
        let signed = between(input, rest);
        let (rest, signature) = vector("signature")(rest)?;
        Ok((rest, Self { suite, init_key, leaf, extensions, signature, signed }))
    }

    /// The KeyPackage that these octets are, to the last one.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the KeyPackage. A version other than mls10, suite 0,
    /// a credential that is not basic and a source of the leaf that is not key_package are `OutOfRange`.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode_whole("key_package", Self::parse, octets)
    }

    /// What the signature is over.
    #[must_use]
    pub const fn sign_content(&self) -> SignContent<'a> {
        SignContent { label: Self::LABEL, content: self.signed }
    }

    /// Whether it is one of last resort.
    #[must_use]
    pub fn is_last_resort(&self) -> bool {
        self.extensions.data(Extensions::LAST_RESORT).is_some()
    }
}

fn suite(input: &[u8]) -> Parsed<'_, MlsSuite> {
    let (rest, found) = uint16("cipher_suite")(input)?;
    match MlsSuite::new(found.into()) {
        Some(suite) => Ok((rest, suite)),
        None => Err(out_of_range(input, "cipher_suite")),
    }
}
