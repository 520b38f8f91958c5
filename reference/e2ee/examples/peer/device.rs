//! The device: its answers, and the rows that it would keep on its disk.

use pinnace_e2ee::{
    Creation, Credentials, Device, Event, Identity, Life, MadeCommit, Member, Memory, Mls as _, Path,
    Purpose, Request, Suite,
};
use pinnace_wire::{DeviceCertificate, DeviceId};
use serde_json::{Value, json};

use crate::Failure;

/// The life of a KeyPackage, in seconds: a week.
const LIFE_S: u64 = 604_800;

#[derive(Default)]
pub(crate) struct Peer {
    device: Option<Device>,
    store: Memory,
}

impl Peer {
    pub(crate) fn answer(&mut self, request: &Value) -> Result<Value, Failure> {
        let what = text(request, "do")?;
        if what == "identity" {
            let identity = Identity::new(&field(request, "credential")?, &field(request, "seed")?);
            let realm = field(request, "realm")?.try_into().map_err(|_| "a realm has 32 octets")?;
            self.device = Some(Device::new(identity, Credentials::Certified { realm })?);
            return Ok(json!({}));
        }
        let device = self.device.clone().ok_or("identity comes first")?;
        match what.as_str() {
            "key_package" => {
                let life = Life { now_s: now_s()?, for_s: LIFE_S };
                let is_last_resort = request.get("last_resort").and_then(Value::as_bool).unwrap_or_default();
                let made = if is_last_resort {
                    vec![self.store.take(device.last_resort(suite(request)?, life)?)]
                } else {
                    self.store.take(device.key_packages(suite(request)?, 1, life)?)
                };
                Ok(json!({ "key_package": made.first().map(|made| hex(&made.octets)) }))
            }
            "join" => {
                let joined = self.store.take(device.join(&self.store, &field(request, "welcome")?)?);
                Ok(json!({ "group": hex(&joined.group), "epoch": joined.epoch }))
            }
            "external_join" => {
                let (info, aad) = (field(request, "group_info")?, field(request, "aad")?);
                Ok(made(&self.store.take(device.external_join(&self.store, &info, &aad, now_s()?)?)))
            }
            "create" => self.create(&device, request),
            "commit" => self.commit(&device, request),
            _ => self.in_group(&device, &what, request),
        }
    }

    fn create(&mut self, device: &Device, request: &Value) -> Result<Value, Failure> {
        let add = list(request, "add")?;
        let add: Vec<_> = add.iter().map(Vec::as_slice).collect();
        let (group, aad) = (field(request, "group")?, field(request, "aad")?);
        let creation =
            Creation { group: &group, suite: suite(request)?, extensions: &[], add: &add, aad: &aad };
        Ok(made(&self.store.take(device.create(&self.store, &creation, now_s()?)?)))
    }

    fn commit(&mut self, device: &Device, request: &Value) -> Result<Value, Failure> {
        let add = list(request, "add")?;
        let add: Vec<_> = add.iter().map(Vec::as_slice).collect();
        let remove = list(request, "remove")?;
        let remove = remove.iter().map(|octets| device_id(octets)).collect::<Result<Vec<_>, _>>()?;
        let (group, aad) = (field(request, "group")?, field(request, "aad")?);
        let wish = Request { add: &add, remove: &remove, extensions: None, path: Path::Always, aad: &aad };
        Ok(made(&self.store.take(device.commit(&self.store, &group, &wish, now_s()?)?)))
    }

    fn in_group(&mut self, device: &Device, what: &str, request: &Value) -> Result<Value, Failure> {
        let group = field(request, "group")?;
        match what {
            "confirm" => Ok(told(&self.store.take(device.confirm(&self.store, &group)?))),
            "discard" => {
                self.store.take(device.discard(&self.store, &group)?);
                Ok(json!({}))
            }
            "forget" => {
                self.store.take(device.forget(&self.store, &group)?);
                Ok(json!({}))
            }
            "group_info" => {
                let info = device.group_info(&self.store, &group)?;
                Ok(json!({ "group_info": hex(&info) }))
            }
            "encrypt" => {
                let (content, aad) = (field(request, "content")?, field(request, "aad")?);
                let message = self.store.take(device.encrypt(&self.store, &group, &content, &aad)?);
                Ok(json!({ "message": hex(&message) }))
            }
            "process" => {
                let message = field(request, "message")?;
                Ok(told(&self.store.take(device.process(&self.store, &group, &message)?)))
            }
            "exporter" => {
                let (label, context) = (text(request, "label")?, field(request, "context")?);
                let len = usize::try_from(request.get("len").and_then(Value::as_u64).ok_or("len")?)?;
                let secret = device.exporter(
                    &self.store,
                    &group,
                    Purpose { label: &label, context: &context, len },
                )?;
                let epoch = device.group(&self.store, &group)?.epoch;
                Ok(json!({ "secret": hex(&secret), "epoch": epoch }))
            }
            other => Err(format!("no request {other}").into()),
        }
    }
}

fn made(made: &MadeCommit) -> Value {
    json!({ "commit": hex(&made.commit), "welcome": made.welcome.as_ref().map(|welcome| hex(welcome)) })
}

fn told(event: &Event) -> Value {
    let sender = |member: &Member| member.device().map(|device| hex(device.device.as_bytes()));
    match event {
        Event::Message(message) => json!({
            "kind": "message", "content": hex(&message.content), "aad": hex(&message.aad),
            "sender_device": sender(&message.sender), "epoch": message.epoch,
        }),
        Event::Committed(commit) => json!({
            "kind": "commit", "aad": hex(&commit.aad), "sender_device": sender(&commit.committer), "epoch": commit.epoch,
        }),
        Event::Removed(removal) => {
            json!({ "kind": "removed", "aad": hex(&removal.aad), "epoch": removal.epoch })
        }
        Event::Joined { epoch } => json!({ "kind": "joined", "epoch": epoch }),
        Event::Proposed => json!({ "kind": "proposal" }),
    }
}

fn device_id(certificate: &[u8]) -> Result<DeviceId, Failure> {
    Ok(DeviceCertificate::decode(certificate).map_err(|error| error.to_string())?.device)
}

fn field(request: &Value, name: &str) -> Result<Vec<u8>, Failure> {
    octets(&text(request, name)?)
}

fn list(request: &Value, name: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let found = request.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    found.iter().map(|octets_of| octets(octets_of.as_str().ok_or("hex")?)).collect()
}

fn suite(request: &Value) -> Result<Suite, Failure> {
    let suite = request.get("suite").and_then(Value::as_u64).ok_or("suite")?;
    Ok(Suite(u16::try_from(suite)?))
}

/// Now, in seconds since 1970: the strangers ask the system's clock.
fn now_s() -> Result<u64, Failure> {
    Ok(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs())
}

fn text(request: &Value, name: &str) -> Result<String, Failure> {
    let found = request.get(name).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("no {name} in the request"))?.to_owned())
}

fn octets(hex: &str) -> Result<Vec<u8>, Failure> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| Ok(u8::from_str_radix(core::str::from_utf8(pair)?, 16)?)).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
