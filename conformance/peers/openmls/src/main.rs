//! OpenMLS behind JSON lines: one request a line on stdin, one answer a line on stdout. `../README.md` has the requests.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead as _, Write as _};

use openmls::prelude::tls_codec::{DeserializeBytes as _, Serialize as _};
use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use serde_json::{Value, json};

type Answer = Result<Value, Box<dyn Error>>;

/// How many past epochs keep their secrets.
const EPOCH_WINDOW: usize = 8;
/// The life of what this peer makes, in seconds: a week.
const LIFE_S: u64 = 604_800;
const PADDING: usize = 32;

struct Device {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
    groups: HashMap<Vec<u8>, MlsGroup>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut device = None;
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = match (request["do"].as_str(), device.as_mut()) {
            (Some("identity"), _) => Device::new(&request).map(|new| {
                device = Some(new);
                json!({})
            }),
            (Some(what), Some(device)) => device.answer(what, &request),
            _ => Err("identity comes first".into()),
        };
        let answer = answer.unwrap_or_else(|error| json!({ "error": format!("{error}; {error:?}") }));
        writeln!(std::io::stdout().lock(), "{answer}")?;
    }
    Ok(())
}

impl Device {
    fn new(request: &Value) -> Result<Self, Box<dyn Error>> {
        let public = octets(&request["public"])?;
        let signer =
            SignatureKeyPair::from_raw(SignatureScheme::ED25519, octets(&request["seed"])?, public.clone());
        let credential = BasicCredential::new(octets(&request["credential"])?).into();
        let credential = CredentialWithKey { credential, signature_key: public.into() };
        Ok(Self { provider: OpenMlsRustCrypto::default(), signer, credential, groups: HashMap::new() })
    }

    fn answer(&mut self, what: &str, request: &Value) -> Answer {
        match what {
            "key_package" => self.key_package(request),
            "create" => self.create(request),
            "join" => self.join(request),
            "external_join" => self.external_join(request),
            "group_info" => {
                let group = group(&mut self.groups, request)?;
                let info = group.export_group_info(self.provider.crypto(), &self.signer, true)?;
                Ok(json!({ "group_info": hex(&info.to_bytes()?) }))
            }
            "commit" => self.commit(request),
            "confirm" => {
                let group = group(&mut self.groups, request)?;
                // After an external commit there is none: the library takes it at once.
                group.merge_pending_commit(&self.provider)?;
                Ok(json!({ "epoch": group.epoch().as_u64() }))
            }
            "discard" => {
                group(&mut self.groups, request)?.clear_pending_commit(self.provider.storage())?;
                Ok(json!({}))
            }
            "forget" => {
                if let Some(mut group) = self.groups.remove(&octets(&request["group"])?) {
                    group.delete(self.provider.storage())?;
                }
                Ok(json!({}))
            }
            "encrypt" => {
                let group = group(&mut self.groups, request)?;
                group.set_aad(octets(&request["aad"])?);
                let message =
                    group.create_message(&self.provider, &self.signer, &octets(&request["content"])?)?;
                Ok(json!({ "message": hex(&message.to_bytes()?) }))
            }
            "process" => self.process(request),
            "exporter" => {
                let group = group(&mut self.groups, request)?;
                let (label, context) =
                    (request["label"].as_str().ok_or("label")?, octets(&request["context"])?);
                let len = usize::try_from(request["len"].as_u64().ok_or("len")?)?;
                let secret = group.export_secret(self.provider.crypto(), label, &context, len)?;
                Ok(json!({ "secret": hex(&secret), "epoch": group.epoch().as_u64() }))
            }
            other => Err(format!("no request {other}").into()),
        }
    }

    fn key_package(&self, request: &Value) -> Answer {
        let builder = KeyPackage::builder()
            .key_package_lifetime(Lifetime::new(LIFE_S))
            .leaf_node_capabilities(capabilities());
        let is_last_resort = request["last_resort"].as_bool().unwrap_or_default();
        let builder = if is_last_resort { builder.mark_as_last_resort() } else { builder };
        let bundle = builder.build(suite(request)?, &self.provider, &self.signer, self.credential.clone())?;
        Ok(json!({ "key_package": hex(&bundle.key_package().tls_serialize_detached()?) }))
    }

    fn create(&mut self, request: &Value) -> Answer {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(suite(request)?)
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(EPOCH_WINDOW)
            .padding_size(PADDING)
            .lifetime(Lifetime::new(LIFE_S))
            .capabilities(capabilities())
            .build();
        let id = octets(&request["group"])?;
        let group = MlsGroup::new_with_group_id(
            &self.provider,
            &self.signer,
            &config,
            GroupId::from_slice(&id),
            self.credential.clone(),
        )?;
        self.groups.insert(id, group);
        self.commit(request)
    }

    fn join(&mut self, request: &Value) -> Answer {
        let MlsMessageBodyIn::Welcome(welcome) = message(&request["welcome"])?.extract() else {
            return Err("no Welcome".into());
        };
        let staged = StagedWelcome::new_from_welcome(&self.provider, &join_config(), welcome, None)?;
        let group = staged.into_group(&self.provider)?;
        let (id, epoch) = (group.group_id().as_slice().to_vec(), group.epoch().as_u64());
        let answer = json!({ "group": hex(&id), "epoch": epoch });
        self.groups.insert(id, group);
        Ok(answer)
    }

    fn external_join(&mut self, request: &Value) -> Answer {
        let MlsMessageBodyIn::GroupInfo(info) = message(&request["group_info"])?.extract() else {
            return Err("no GroupInfo".into());
        };
        let leaf = LeafNodeParameters::builder().with_capabilities(capabilities()).build();
        let (group, bundle) = MlsGroup::external_commit_builder()
            .with_config(join_config())
            .with_aad(octets(&request["aad"])?)
            .build_group(&self.provider, info, self.credential.clone())?
            .leaf_node_parameters(leaf)
            .load_psks(self.provider.storage())?
            .build(self.provider.rand(), self.provider.crypto(), &self.signer, |_| true)?
            .finalize(&self.provider)?;
        let (commit, _, _) = bundle.into_messages();
        self.groups.insert(group.group_id().as_slice().to_vec(), group);
        Ok(json!({ "commit": hex(&commit.to_bytes()?), "welcome": null }))
    }

    fn commit(&mut self, request: &Value) -> Answer {
        let group = group(&mut self.groups, request)?;
        let mut add = Vec::new();
        for key_package in list(&request["add"]) {
            let key_package = KeyPackageIn::tls_deserialize_exact_bytes(&octets(key_package)?)?;
            add.push(key_package.validate(self.provider.crypto(), ProtocolVersion::Mls10)?);
        }
        let mut remove = Vec::new();
        for credential in list(&request["remove"]) {
            let credential = octets(credential)?;
            let member = group.members().find(|member| member.credential.serialized_content() == credential);
            remove.push(member.ok_or("no such member")?.index);
        }
        group.set_aad(octets(&request["aad"])?);
        let bundle = group
            .commit_builder()
            .force_self_update(true)
            .propose_removals(remove)
            .propose_adds(add)
            .load_psks(self.provider.storage())?
            .build(self.provider.rand(), self.provider.crypto(), &self.signer, |_| true)?
            .stage_commit(&self.provider)?;
        let (commit, welcome, _) = bundle.into_messages();
        let welcome = welcome.map(|welcome| welcome.to_bytes()).transpose()?;
        Ok(json!({ "commit": hex(&commit.to_bytes()?), "welcome": welcome.map(|welcome| hex(&welcome)) }))
    }

    fn process(&mut self, request: &Value) -> Answer {
        let group = group(&mut self.groups, request)?;
        let message = message(&request["message"])?.try_into_protocol_message()?;
        let processed = group.process_message(&self.provider, message)?;
        let (aad, epoch) = (hex(processed.aad()), processed.epoch().as_u64());
        let sender = hex(processed.credential().serialized_content());
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(content) => {
                let content = hex(&content.into_bytes());
                Ok(
                    json!({ "kind": "message", "content": content, "aad": aad, "sender": sender, "epoch": epoch }),
                )
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                group.merge_staged_commit(&self.provider, *staged)?;
                let (epoch, is_active) = (group.epoch().as_u64(), group.is_active());
                if !is_active {
                    group.delete(self.provider.storage())?;
                    self.groups.remove(&octets(&request["group"])?);
                }
                let kind = if is_active { "commit" } else { "removed" };
                Ok(json!({ "kind": kind, "aad": aad, "sender": sender, "epoch": epoch }))
            }
            _ => Err("a proposal on its own".into()),
        }
    }
}

fn group<'a>(
    groups: &'a mut HashMap<Vec<u8>, MlsGroup>,
    request: &Value,
) -> Result<&'a mut MlsGroup, Box<dyn Error>> {
    Ok(groups.get_mut(&octets(&request["group"])?).ok_or("no such group")?)
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(EPOCH_WINDOW)
        .padding_size(PADDING)
        .build()
}

fn capabilities() -> Capabilities {
    Capabilities::new(
        Some(&[ProtocolVersion::Mls10]),
        Some(&[
            Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
            Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
        ]),
        Some(&[ExtensionType::LastResort, ExtensionType::Unknown(0xF100)]),
        Some(&[]),
        Some(&[CredentialType::Basic]),
    )
}

fn suite(request: &Value) -> Result<Ciphersuite, Box<dyn Error>> {
    let suite = request["suite"].as_u64().ok_or("suite")?;
    Ciphersuite::try_from(u16::try_from(suite)?).map_err(|_| "no such suite".into())
}

fn message(value: &Value) -> Result<MlsMessageIn, Box<dyn Error>> {
    Ok(MlsMessageIn::tls_deserialize_exact_bytes(&octets(value)?)?)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn octets(value: &Value) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits = value.as_str().ok_or("hex is missing")?.as_bytes();
    digits.chunks(2).map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
