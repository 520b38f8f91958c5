//! The secure channel: preface, REJECT, RETRY, handshake attacks, certificate.

mod handshake;
mod preface;
mod record;
mod retry;

use crate::case::{Case, Halt};
use crate::check::{Judged, Mismatch};
use crate::ctx::Ctx;
use crate::peer::carrier::Carrier;
use crate::peer::greeting::{Pattern, Preface, send_clear};
use crate::peer::noise::{Handshake, Role};
use crate::peer::opening::{dial, ephemeral, write, xx_rest};
use crate::peer::{Device, Opening, Seen, Session, Via};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [preface::cases(), retry::cases(), handshake::cases(), record::cases()].into_iter().flatten().collect()
}

fn put(mut octets: Vec<u8>, at: usize, octet: u8) -> Vec<u8> {
    if let Some(place) = octets.get_mut(at) {
        *place = octet;
    }
    octets
}

fn cut(mut octets: Vec<u8>, len: usize) -> Vec<u8> {
    octets.truncate(len);
    octets
}

fn fresh<'a>(ctx: &Ctx, device: &'a Device) -> Result<Handshaking<'a>, Halt> {
    let mut carrier = dial(ctx, Via::Tcp)?;
    let preface = Preface::new(Pattern::Xx);
    let ephemeral = ephemeral(ctx, &mut carrier);
    let prologue = preface.prologue(&ctx.endpoint().realm);
    let handshake = Handshake::xx(Role::Initiator, &prologue, device.secret, ephemeral);
    Ok(Handshaking { device, carrier, preface, handshake })
}

/// An XX handshake under way.
struct Handshaking<'a> {
    device: &'a Device,
    carrier: Carrier,
    preface: Preface,
    handshake: Handshake,
}

impl<'a> Handshaking<'a> {
    fn first(&mut self) -> Result<Vec<u8>, Halt> {
        Ok([self.preface.octets(), write(&mut self.handshake, &[])?].concat())
    }

    fn begin(&mut self) -> Result<(), Halt> {
        let first = self.first()?;
        send_clear(&mut self.carrier, &first, "OPENING by XX");
        Ok(())
    }

    /// From the second message to an open session.
    fn finish(mut self) -> Result<Session<'a>, Halt> {
        let flight = self.device.next_hello().octets();
        xx_rest(&flight, self.device, &mut self.handshake, &mut self.carrier)?;
        let mut session = Session::new(self.device, self.carrier, self.handshake.split());
        session.first = session.hear();
        session.say(&[]);
        Ok(session)
    }
}

fn is_welcomed(session: &Session<'_>) -> Judged {
    match &session.first {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

/// A second session opens: the control of what a server refuses before it knows who speaks.
fn control_opens(ctx: &Ctx) -> Result<(), Halt> {
    let twin = Device::new(ctx, "twin");
    let session = Opening::new(ctx, &twin).attempt()?;
    ctx.control("without the fault the session opens", is_welcomed(&session))
}
