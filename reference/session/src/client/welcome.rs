//! The answer to HELLO.

use alloc::boxed::Box;
use alloc::string::ToString;

use pinnace_wire::{Standing, Welcome};

use super::ClientSession;
use super::advert::ServerAdvert;
use super::event::{ClientEvent, WelcomeInfo};
use super::state::State;
use crate::credit::Budget;
use crate::time::Now;

impl ClientSession {
    pub(super) fn on_welcome(&mut self, welcome: &Welcome<'_>, now: Now) {
        let advert = ServerAdvert::from_wire(welcome.limits);
        self.exchange.advert = advert;
        self.exchange.spoken.set_max(advert.alias_max);
        self.exchange.spoken_conversations.set_max(advert.alias_max);
        self.exchange
            .allowance
            .begin(Budget { count: welcome.credit_count.value(), bytes: welcome.credit_bytes.value() });
        self.state = match welcome.standing {
            Standing::Registered => State::Open,
            Standing::Unregistered => State::Unregistered,
        };
        self.keep_alive.begin(now, self.channel.sealed_count());
        // The first transport record of the client confirms the session, with or without frames (SES-012).
        self.outbox.prove_life();
        self.event(ClientEvent::Welcome(Box::new(WelcomeInfo {
            standing: welcome.standing,
            session_epoch: welcome.session_epoch,
            handled: welcome.handled,
            exceptions: welcome.exceptions.iter().collect(),
            cursor: welcome.cursor,
            mailbox_last: welcome.mailbox_last,
            time_ms: welcome.time_ms,
            agent: welcome.agent.map(ToString::to_string),
            profiles: welcome.profiles.iter().collect(),
            limits: advert,
            route_token: welcome.route_token.map(Into::into),
        })));
        self.renew_edge(welcome);
    }

    /// A certificate inside the channel renews what is known of the edge.
    fn renew_edge(&mut self, welcome: &Welcome<'_>) {
        if let Some((edge, certificate)) = self.edge.zip(welcome.certificate)
            && let Ok(validity) = self.config.trust.check_edge(&certificate, &edge, self.config.unix_s)
        {
            self.tell_edge(&edge, validity);
        }
        self.tell_successor(welcome.successor.as_ref());
    }
}
