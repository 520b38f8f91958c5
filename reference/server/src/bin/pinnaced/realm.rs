//! `pinnaced realm`: keys and certificates.

use pinnace_server::hex;
use pinnace_server::identity::{EdgeOrder, certify_edge, create_edge, create_realm, realm_id};

use crate::args::{Certify, Realm, RealmCommand};
use crate::failure::Failure;
use crate::serve::unix_s;

const DAY_S: u64 = 86_400;

/// Makes what was asked for.
pub(crate) fn realm(args: &Realm) -> Result<(), Failure> {
    match &args.command {
        RealmCommand::New { out } => {
            anstream::println!("{}", hex::encode(&create_realm(out)?.0));
            Ok(())
        }
        RealmCommand::Edge { out } => {
            anstream::println!("{}", hex::encode(&create_edge(out)?.0));
            Ok(())
        }
        RealmCommand::Certify(certify) => certify_one(certify),
    }
}

fn certify_one(args: &Certify) -> Result<(), Failure> {
    let edge = hex::decode_32(&args.edge).ok_or_else(|| Failure::Key(args.edge.clone()))?;
    let realm = args.realm.as_deref().map(realm_id).transpose()?;
    let order = EdgeOrder {
        root: &args.root,
        realm,
        edge: pinnace_session::noise::PublicKey(edge),
        region: &args.region,
        life_s: args.days.saturating_mul(DAY_S),
        out: &args.out,
    };
    Ok(certify_edge(&order, unix_s())?)
}
