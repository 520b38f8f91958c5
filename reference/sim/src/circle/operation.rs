//! What a circle asks of the store: the real operations, and the mistakes that may be planted around them.

use pinnace_edge::translate;
use pinnace_home::{
    self as home, AccountId, ClaimDone, ClaimRequest, CommitRequest, ConversationId, DeviceList, Event,
    KeyPackage, KeysDone, KeysRequest, ListDone, ListRequest, Outcome, Owner, PostRequest, Refusal, Rows,
    SendDone, Session, Step, Table, View, VoidRequest,
};
use pinnace_session::RealmId;
use pinnace_session::device_list::check_list;
use pinnace_session::server::{Reply, Request, RequestTicket, Ticket};
use pinnace_store::{JobFault, Overlay, Scene};

use super::member::SUITE;
use crate::bug::Bug;
use crate::engine::SimEngine;
use crate::operation::{Pending, SimJob, Workshop};
use crate::stage::START_UNIX_MS;

/// What the keys of rows begin with.
const ROW: u8 = 1;
/// KeyPackages live longer than any world, in seconds.
const LIFE_S: u64 = 1_000_000;

type SimView<'a> = Overlay<'a, SimEngine>;
type SimFault = JobFault<SimEngine>;

impl Workshop {
    pub(crate) fn post(&self, request: PostRequest, ticket: Ticket) -> (SimJob, Pending) {
        let (session, bug) = (request.session, self.bug);
        let (job, receiver) = self.job(move |view: &mut SimView<'_>, scene: &Scene<'_>| {
            let mut request = request.clone();
            if bug == Some(Bug::PostForAll)
                && let Some(envelope) = &mut request.envelope
            {
                envelope.epoch = epoch(view, request.conversation)?.unwrap_or(envelope.epoch);
            }
            let step = home::post(view, scene.rules, scene.now_ms, &request)?;
            Ok(without_entries(bug, step))
        });
        (job, Pending::Answer(session, ticket, receiver))
    }

    pub(crate) fn commit(&self, request: CommitRequest, ticket: Ticket) -> (SimJob, Pending) {
        let (session, bug) = (request.session, self.bug);
        let (job, receiver) = self.job(move |view: &mut SimView<'_>, scene: &Scene<'_>| {
            commit(view, scene, (&request, bug)).map(|step| without_entries(bug, step))
        });
        (job, Pending::Answer(session, ticket, receiver))
    }

    /// A request of the profile of devices, if it is one that a circle makes.
    pub(crate) fn request(
        &self,
        (session, account, realm): (Session, Option<AccountId>, RealmId),
        ticket: RequestTicket,
        request: Request,
    ) -> Option<(SimJob, Pending)> {
        let bug = self.bug;
        let (job, receiver) = match request {
            Request::PublishKeys { key_packages, last_resort: None } => {
                let not_after_s = START_UNIX_MS / 1_000 + LIFE_S;
                // The shell judges KeyPackages; the rules only keep them.
                let package = |octets| KeyPackage { suite: SUITE, not_after_s, octets };
                let one_time = key_packages.into_iter().map(package).collect();
                let request = KeysRequest { session, account, one_time, last_resort: None };
                self.job(move |view: &mut SimView<'_>, scene: &Scene<'_>| {
                    let step = home::keys_publish(view, scene.rules, scene.now_ms, &request)?;
                    Ok(Step { answer: stocked(step.answer), events: step.events })
                })
            }
            Request::Claim { account, suite } => {
                let request = ClaimRequest { session, account, suite };
                self.job(move |view: &mut SimView<'_>, scene: &Scene<'_>| claim(view, scene, (request, bug)))
            }
            Request::PublishDeviceList { list } => {
                let checked = check_list(realm, &list).ok()?;
                let list = DeviceList {
                    account: checked.account,
                    list_version: checked.list_version,
                    previous: checked.previous,
                    devices: checked.devices,
                    octets: list,
                };
                let request = ListRequest { session, list };
                self.job(move |view: &mut SimView<'_>, scene: &Scene<'_>| {
                    let step = home::list_publish(view, scene.rules, &request)?;
                    Ok(Step { answer: in_force(step.answer), events: step.events })
                })
            }
            Request::Devices
            | Request::DeviceList { .. }
            | Request::OpenLink
            | Request::ApproveLink { .. }
            | Request::PublishKeys { .. } => return None,
        };
        Some((job, Pending::Reply(session, ticket, receiver)))
    }
}

fn in_force(done: ListDone) -> Option<Reply> {
    match done {
        ListDone::InForce(list) => Some(Reply::DeviceList(list)),
        // Each device goes on from the list that it knows to be in force.
        ListDone::Invalid | ListDone::Stale | ListDone::Fenced | ListDone::Gone => None,
    }
}

fn stocked(done: KeysDone) -> Option<Reply> {
    match done {
        KeysDone::Stocked(stocks) => Some(Reply::Keys(stocks.iter().filter_map(translate::stock).collect())),
        // A circle leaves few KeyPackages, all its own.
        KeysDone::Invalid | KeysDone::Full | KeysDone::Fenced | KeysDone::Gone => None,
    }
}

fn commit(
    view: &mut SimView<'_>,
    scene: &Scene<'_>,
    (request, bug): (&CommitRequest, Option<Bug>),
) -> Result<Step<SendDone>, SimFault> {
    let (rules, now_ms, conversation) = (scene.rules, scene.now_ms, request.conversation);
    let mut request = request.clone();
    let current = epoch(view, conversation)?;
    let asked = request.envelope.map(|(envelope, _)| envelope.epoch);
    let is_stale = current.is_some() && current != asked;
    if matches!(bug, Some(Bug::EpochUnchecked | Bug::RefusedTakesEffect))
        && let (Some((envelope, _)), Some(epoch)) = (&mut request.envelope, current)
    {
        envelope.epoch = epoch;
    }
    if bug == Some(Bug::RemovedStays) {
        request.removed.clear();
    }
    if bug == Some(Bug::AcceptedUndone) && current.is_some() {
        let void = VoidRequest { session: request.session, client_seq: request.client_seq };
        let mut step = home::void(view, rules, void)?;
        if step.answer == SendDone::Outcome(Outcome::Voided) {
            step.answer = SendDone::Outcome(Outcome::Accepted);
        }
        return Ok(step);
    }
    let of_conversation = |table| row_key(Owner::Conversation(conversation), table);
    let kept = match bug {
        Some(Bug::RosterNotWritten) => Some(of_conversation(Table::Roster)),
        Some(Bug::EpochNotKept) => Some(of_conversation(Table::Conversation)),
        Some(_) | None => None,
    };
    let before = match kept.filter(|_| current.is_some()) {
        Some(key) => Some((view.get(&key)?, key)),
        None => None,
    };
    let mut step = home::commit(view, rules, now_ms, &request)?;
    if let Some((Some(row), key)) = before {
        view.put(key, row);
    }
    if bug == Some(Bug::RefusedTakesEffect) && is_stale && step.answer == SendDone::Outcome(Outcome::Accepted)
    {
        step.answer = SendDone::Outcome(Outcome::Refused(Refusal::StaleEpoch));
    }
    Ok(step)
}

fn claim(
    view: &mut SimView<'_>,
    scene: &Scene<'_>,
    (request, bug): (ClaimRequest, Option<Bug>),
) -> Result<Step<Option<Reply>>, SimFault> {
    let owner = Owner::Account(request.account);
    let bounds = |table: Table| {
        let (first, mut end) = (row_key(owner, table), row_key(owner, table));
        end.pop();
        end.push((table as u8).saturating_add(1));
        (first, end)
    };
    let mut stock = Vec::new();
    if bug == Some(Bug::StockNotTaken) {
        for table in [Table::Stock, Table::KeyPackage] {
            let (first, end) = bounds(table);
            stock.extend(view.scan(&first, &end, usize::MAX)?);
        }
    }
    let step = home::claim(view, scene.rules, scene.now_ms, request)?;
    stock.into_iter().for_each(|(key, row)| view.put(key, row));
    if bug == Some(Bug::TakenForgotten) {
        let (first, end) = bounds(Table::Taken);
        view.scan(&first, &end, usize::MAX)?.into_iter().for_each(|(key, _)| view.delete(key));
    }
    let answer = match step.answer {
        ClaimDone::Claimed { list, devices } => {
            let key_packages = devices.into_iter().map(translate::claimed).collect();
            Some(Reply::Claimed { list, key_packages })
        }
        ClaimDone::Rate { retry_after_ms } => Some(Reply::Rate { retry_after_ms }),
        ClaimDone::UnknownAccount | ClaimDone::Fenced | ClaimDone::Gone => None,
    };
    Ok(Step { answer, events: step.events })
}

/// Entries that a planted mistake keeps to itself.
fn without_entries(bug: Option<Bug>, mut step: Step<SendDone>) -> Step<SendDone> {
    if bug == Some(Bug::FanOutDropped) {
        step.events.retain(|event| !matches!(event, Event::FanOut(_)));
    }
    step
}

fn epoch(view: &SimView<'_>, conversation: ConversationId) -> Result<Option<u64>, SimFault> {
    Ok(home::conversation(view, conversation)?.map(|state| state.epoch))
}

fn row_key(owner: Owner, table: Table) -> Vec<u8> {
    [&[ROW], owner.octets().as_slice(), &[table as u8]].concat()
}
