//! Who is in a circle: keys, registrations, lists in force.

use pinnace_home::{
    self as home, AccountId, ClientMark, CodeRequest, ConfirmRequest, DeviceList, E164, EnrolRequest,
    HelloCounter, HelloDone, HelloRequest, ListRequest, ListVersion, MailboxMark, MethodDone, MethodRequest,
    RegisterRequest, Replace, Resumed, Rules,
};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::{RealmId, account_id, device_id};
use pinnace_wire::DeviceId;

use super::list;
use crate::cast::{WEEK_S, run};
use crate::engine::SimEngine;
use crate::stage::START_UNIX_MS;

/// A device of a circle before anything happened.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Of its identity key.
    pub(crate) seed: [u8; 32],
    pub(crate) key: StaticSecret,
    pub(crate) id: DeviceId,
    pub(crate) account: AccountId,
}

/// Registers a device by the rules of the home, with a list of its account that names it.
pub(crate) fn register(engine: &SimEngine, realm: RealmId, index: usize) -> Option<Person> {
    let seed = [u8::try_from(index).ok()?.saturating_add(100); 32];
    let (identity, key) = (SigningKey::from_seed(&seed), StaticSecret::from_bytes(seed));
    let id = device_id(key.public());
    let person = Person { seed, key, id, account: account_id(&identity.verifying_key().to_bytes()) };
    let (device, account, static_key) = (person.id, person.account, person.key.public().0);
    let number = E164::parse(&format!("+4912345679{index:02}"))?;
    let at_ms = START_UNIX_MS;
    let request = RegisterRequest { device, number, replace: Replace::Refuse };
    run(engine, at_ms, move |view, scene| home::register(view, scene.rules, scene.now_ms, &request))?;
    let digits = b"123456".to_vec();
    let request = MethodRequest { device, number, method: *Rules::default().methods.first()?, digits };
    let sent =
        run(engine, at_ms, move |view, scene| home::method(view, scene.rules, scene.now_ms, &request))?;
    let MethodDone::Send { code, .. } = sent else { return None };
    let request = CodeRequest { device, number, code };
    let at_ms = at_ms.saturating_add(1_000);
    run(engine, at_ms, move |view, scene| home::code(view, scene.rules, scene.now_ms, &request))?;
    let request = EnrolRequest {
        static_key,
        hello_counter: HelloCounter::new(1)?,
        number,
        account,
        not_after_s: (START_UNIX_MS / 1_000).saturating_add(WEEK_S),
        // The shell has judged the certificate; the rules only keep it.
        certificate: vec![1],
    };
    run(engine, at_ms, move |view, scene| home::enrol(view, scene.rules, scene.now_ms, &request))?;
    let request = HelloRequest {
        static_key,
        hello_counter: HelloCounter::new(2)?,
        settled: ClientMark::new(0)?,
        cursor: MailboxMark::NOTHING,
    };
    let done = run(engine, at_ms, move |view, scene| home::hello(view, scene.rules, scene.now_ms, &request))?;
    let HelloDone::Registered(Resumed { session, .. }) = done else { return None };
    let mut request = ConfirmRequest { session, cursor: MailboxMark::NOTHING, ranges: Vec::new() };
    run(engine, at_ms, move |view, scene| home::confirm(view, scene.now_ms, &mut request))?;
    let octets = list::next(realm, &person, index, None)?;
    let (list_version, previous) = (ListVersion::new(1)?, [0; 32]);
    let list = DeviceList { account, list_version, previous, devices: vec![device], octets };
    let request = ListRequest { session, list };
    run(engine, at_ms, move |view, scene| home::list_publish(view, scene.rules, &request))?;
    Some(person)
}
