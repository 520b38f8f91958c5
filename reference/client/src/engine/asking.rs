//! Questions to the server: what is to be asked once this turn is durable, and who awaits the answer.

use pinnace_session::ClientSession;
use pinnace_session::client::ClientEvent;
use pinnace_wire::{AccountId, ConversationId, DeviceEntry, FrameCode, MlsSuite, RequestId};

use super::Engine;
use super::changes::Changing;
use super::command::Reply;
use super::connection::Connection;
use crate::devices::{AccountDevices, Claimed, Claiming, DevicesError, LinkOffer};
use crate::identity::Reference;

/// Questions that await their answer at most; the oldest gives way.
const ASKED_MAX: usize = 64;

/// The answer about devices, or why there is none.
pub(super) type Answer<T> = Reply<Result<T, DevicesError>>;

/// What is to be asked.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// The devices of the own account.
    Devices,
    /// The device list of an account.
    List(AccountId),
    /// A list is to be put into force.
    Publish(Vec<u8>),
    /// KeyPackages are to be left; without any, the stock is asked for.
    Keys(Vec<Reference>),
    /// The list of an account, and KeyPackages.
    Claim(AccountId, MlsSuite),
    /// This device is to be linked.
    OpenLink,
    /// A device, by its certificate, is to be taken in with a list.
    Approve(Vec<u8>, Vec<u8>),
}

/// Who awaits an answer, and for what.
pub(super) enum Asked {
    /// The application, for the devices of the account.
    Devices(Reply<Vec<DeviceEntry>>),
    /// The upkeep of this device, for the own list.
    OwnList,
    /// The upkeep, for what became of these KeyPackages.
    Stock(Vec<Reference>),
    /// The application, for the list of an account.
    Lookup(AccountId, Answer<AccountDevices>),
    /// Whoever claims, first of all for its list.
    Claim(AccountId, MlsSuite, Claimant),
    /// The application, for what this device is to show.
    LinkOffer(Answer<LinkOffer>),
    /// A change of the own list, for the one in force.
    Before(Box<Changing>),
    /// A change of the own list, for this one.
    Changed(Box<Changing>, Vec<u8>),
    /// Whoever claims, for the KeyPackages.
    Packages(MlsSuite, Box<Claiming>, Claimant),
}

/// Who claims.
pub(super) enum Claimant {
    /// The application.
    Application(Answer<Claimed>),
    /// A conversation that lacks devices of the own account.
    Conversation(ConversationId),
}

/// The questions of a session.
#[derive(Default)]
pub(super) struct Questions {
    wishes: Vec<(Wish, Asked)>,
    asked: Vec<(RequestId, Asked)>,
    number: u64,
}

/// Why a question got no answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unanswered {
    Failed { code: FrameCode, retry_after_ms: Option<u64> },
    Rate { retry_after_ms: u64 },
}

impl Questions {
    /// To be asked once this turn is durable.
    pub(super) fn wish(&mut self, wish: Wish, asked: Asked) {
        self.wishes.push((wish, asked));
    }

    /// Whoever awaits the answer to this question.
    fn take(&mut self, request: u64) -> Option<Asked> {
        let index = self.asked.iter().position(|(asked, _)| asked.value() == request)?;
        Some(self.asked.remove(index).1)
    }

    /// More of the answer comes.
    fn put_back(&mut self, request: RequestId, asked: Asked) {
        self.asked.insert(0, (request, asked));
    }

    /// The session is over: nobody gets an answer.
    pub(super) fn clear(&mut self) {
        self.wishes.clear();
        self.asked.clear();
    }
}

impl Engine {
    /// Asks what this turn wished to ask. Without an open session nothing is asked, and nobody gets an answer.
    pub(super) fn ask(&mut self) {
        let wishes = core::mem::take(&mut self.questions.wishes);
        let is_open = self.is_open();
        for (wish, asked) in wishes {
            // Only an unregistered session takes this one, and says so itself.
            if !is_open && !matches!(wish, Wish::OpenLink) {
                continue;
            }
            self.questions.number = self.questions.number.wrapping_add(1) & RequestId::MAX;
            let Some(request) = RequestId::new(self.questions.number) else { continue };
            let packages = match &wish {
                Wish::Keys(references) => self.packages(references),
                Wish::Devices
                | Wish::List(_)
                | Wish::Publish(_)
                | Wish::Claim(..)
                | Wish::OpenLink
                | Wish::Approve(..) => Vec::new(),
            };
            let Connection::Up(session) = &mut self.connection else { return };
            if say(session, request, &wish, &packages).is_none() {
                continue;
            }
            if self.questions.asked.len() >= ASKED_MAX {
                self.questions.asked.remove(0);
            }
            self.questions.asked.push((request, asked));
        }
    }

    /// The session brought an answer. Those to questions that nobody asked, or not any more, mean nothing.
    pub(super) fn on_device_answer(&mut self, event: ClientEvent) {
        self.pace.on_proof();
        match event {
            ClientEvent::Devices { request, devices } => {
                if let Some(Asked::Devices(reply)) = self.questions.take(request.value()) {
                    self.answer(reply, devices);
                }
            }
            ClientEvent::DeviceList { request, list } => match self.questions.take(request.value()) {
                Some(Asked::OwnList) => self.on_own_list(&list),
                Some(Asked::Lookup(account, reply)) => {
                    let believed = self.believe(account, &list).map_err(DevicesError::List);
                    self.answer(reply, believed);
                }
                Some(Asked::Claim(account, suite, reply)) => match self.believe(account, &list) {
                    Ok(list) => {
                        let claiming = Claiming::new(list, self.keys.device_id());
                        self.go_on_claiming(request, suite, claiming, reply);
                    }
                    Err(refused) => self.answer_claim(reply, Err(DevicesError::List(refused))),
                },
                Some(Asked::Before(changing)) => self.go_on_changing(*changing, &list),
                Some(Asked::Changed(changing, expected)) => self.on_changed(*changing, &expected, &list),
                Some(Asked::Devices(_) | Asked::Stock(_) | Asked::LinkOffer(_) | Asked::Packages(..))
                | None => {}
            },
            ClientEvent::LinkOffer { request, expires_in_ms } => {
                if let Some(Asked::LinkOffer(reply)) = self.questions.take(request.value()) {
                    self.on_link_offer(reply, expires_in_ms);
                }
            }
            ClientEvent::Keys { request, stocks } => {
                if let Some(Asked::Stock(left)) = self.questions.take(request.value()) {
                    self.on_stock(&left, &stocks);
                }
            }
            ClientEvent::Claimed { request, device, left, key_package, resort } => {
                if let Some(Asked::Packages(suite, mut claiming, reply)) =
                    self.questions.take(request.value())
                {
                    let rules = self.claim_rules(suite);
                    match claiming.take(&rules, (device, left), key_package, resort) {
                        Some(()) => self.go_on_claiming(request, suite, *claiming, reply),
                        None => self.answer_claim(reply, Err(DevicesError::BadAnswer)),
                    }
                }
            }
            // Not answers.
            ClientEvent::Edge(_)
            | ClientEvent::Successor { .. }
            | ClientEvent::Welcome(_)
            | ClientEvent::Item(_)
            | ClientEvent::Outcome { .. }
            | ClientEvent::Again { .. }
            | ClientEvent::Fault { .. }
            | ClientEvent::Ephemeral { .. }
            | ClientEvent::Whisper { .. }
            | ClientEvent::Registration(_)
            | ClientEvent::RegistrationFailed { .. }
            | ClientEvent::Registered { .. }
            | ClientEvent::Failed { .. }
            | ClientEvent::Rate { .. }
            | ClientEvent::Goaway { .. }
            | ClientEvent::Closed(_) => {}
        }
    }

    /// A question was refused. Gives whether it was one of these.
    pub(super) fn on_unanswered(&mut self, subject: u64, why: Unanswered) -> bool {
        let Some(asked) = self.questions.take(subject) else { return false };
        let error = match why {
            Unanswered::Failed { code, retry_after_ms } => DevicesError::Failed { code, retry_after_ms },
            Unanswered::Rate { retry_after_ms } => DevicesError::Rate { retry_after_ms },
        };
        match asked {
            // Its only refusal is that the store did not answer: whoever asks hears of no answer.
            Asked::Devices(reply) => drop(reply),
            Asked::OwnList => self.on_own_list_refused(error),
            Asked::Stock(left) => self.on_stock_refused(&left, error),
            Asked::Lookup(_, reply) => self.answer(reply, Err(error)),
            Asked::LinkOffer(reply) => self.answer(reply, Err(error)),
            Asked::Before(changing) => self.answer(changing.reply, Err(error)),
            Asked::Changed(changing, _) => self.on_change_refused(*changing, error),
            Asked::Claim(_, _, reply) | Asked::Packages(_, _, reply) => self.answer_claim(reply, Err(error)),
        }
        true
    }

    fn go_on_claiming(&mut self, request: RequestId, suite: MlsSuite, claiming: Claiming, reply: Claimant) {
        if claiming.is_complete() {
            self.answer_claim(reply, Ok(claiming.into_claimed()));
        } else {
            self.questions.put_back(request, Asked::Packages(suite, Box::new(claiming), reply));
        }
    }
}

/// Says it; `None` when the session cannot take it now.
fn say(
    session: &mut ClientSession,
    request: RequestId,
    wish: &Wish,
    packages: &[(Vec<u8>, pinnace_session::Resort)],
) -> Option<()> {
    let said = match wish {
        Wish::Devices => session.query_devices(request),
        Wish::List(account) => session.query_device_list(request, *account),
        Wish::Publish(list) => session.publish_device_list(request, list),
        Wish::Claim(account, suite) => session.claim(request, *account, *suite),
        Wish::OpenLink => session.open_link(request),
        Wish::Approve(certificate, list) => session.approve_link(request, certificate, list),
        Wish::Keys(_) => {
            let of = |resort| {
                packages
                    .iter()
                    .filter(move |(_, found)| *found == resort)
                    .map(|(octets, _)| octets.as_slice())
            };
            let one_time: Vec<&[u8]> = of(pinnace_session::Resort::OneTime).collect();
            session.publish_keys(request, &one_time, of(pinnace_session::Resort::Last).next())
        }
    };
    said.ok()
}
