//! The steps of a registration: session asks, home decides, the gateway carries.

use pinnace_fault as fault;
use pinnace_home::{self as home, DeviceId, E164, HelloCounter};
use pinnace_session::noise::PublicKey;
use pinnace_session::server::{RegistrationAnswer, ServerEvent};
use pinnace_session::{RegistrationState, Replace, certificate};
use pinnace_store::{Store, StoreError};
use pinnace_wire::{AttemptsLeft, CodeLen, DurationMs, ErrorCode, Method, Offer, RegistrationStage};

use crate::clock;
use crate::shared::Shared;
use pinnace_edge::translate::RETRY_AFTER_MS;

/// What one session registers. How far it came, home keeps with the number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Registration {
    /// No number was named.
    #[default]
    None,
    /// A number was named.
    Begun(E164),
}

/// The device that registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applicant {
    pub(super) key: PublicKey,
    pub(super) device: DeviceId,
    pub(super) hello_counter: HelloCounter,
}

/// What a step led to.
pub(super) struct Step {
    pub(super) registration: Registration,
    pub(super) verdict: Verdict,
}

/// What the session does about it.
pub(super) enum Verdict {
    /// Answers.
    Answer(RegistrationAnswer),
    /// Closes with OUT_OF_STATE: the certificate came before the code (REG-013).
    TooEarly,
}

impl Registration {
    /// Performs one step, or `None` if the event is none.
    pub(super) async fn step<S: Store>(
        self,
        shared: &Shared<S>,
        applicant: Applicant,
        event: ServerEvent,
    ) -> Option<Step> {
        let done = match event {
            ServerEvent::Register { e164, replace } => self.begin(shared, applicant, &e164, replace).await,
            ServerEvent::RegisterMethod { method } => self.send_code(shared, applicant, method).await,
            ServerEvent::RegisterCode { code } => self.check_code(shared, applicant, code).await,
            ServerEvent::RegisterDevice { certificate } => self.enrol(shared, applicant, certificate).await,
            ServerEvent::Hello(_)
            | ServerEvent::Confirmed { .. }
            | ServerEvent::Send(_)
            | ServerEvent::Post(_)
            | ServerEvent::Commit(_)
            | ServerEvent::Whisper { .. }
            | ServerEvent::Void { .. }
            | ServerEvent::Ack(_)
            | ServerEvent::Nack { .. }
            | ServerEvent::Ephemeral { .. }
            | ServerEvent::Request { .. }
            | ServerEvent::Closed(_) => return None,
        };
        Some(done.unwrap_or_else(|error| {
            shared.store_failed(&error);
            self.failed(ErrorCode::Unavailable, Some(RETRY_AFTER_MS))
        }))
    }

    async fn begin<S: Store>(
        self,
        shared: &Shared<S>,
        applicant: Applicant,
        e164: &str,
        replace: Replace,
    ) -> Result<Step, StoreError> {
        let Some(number) = E164::parse(e164) else {
            let is_wrong = fault::registration::NUMBER_CODE_WRONG.is_on();
            let code = if is_wrong { ErrorCode::MethodUnavailable } else { ErrorCode::BadNumber };
            return Ok(self.failed(code, None));
        };
        let replace = match replace {
            Replace::Wanted => home::Replace::Take,
            Replace::Unwanted => home::Replace::Refuse,
        };
        let request = home::RegisterRequest { device: applicant.device, number, replace };
        Ok(match shared.store.register(request).await? {
            home::RegisterDone::Started(state) => Self::Begun(number).state(&state),
            home::RegisterDone::Rate { retry_after_ms } => Step {
                registration: self,
                verdict: Verdict::Answer(RegistrationAnswer::Rate { retry_after_ms }),
            },
            home::RegisterDone::Over { retry_after_ms } => {
                self.failed(ErrorCode::RegistrationOver, Some(retry_after_ms))
            }
        })
    }

    async fn send_code<S: Store>(
        self,
        shared: &Shared<S>,
        applicant: Applicant,
        method: Method,
    ) -> Result<Step, StoreError> {
        let Self::Begun(number) = self else {
            return Ok(self.failed(ErrorCode::RegistrationOver, None));
        };
        let Some(digits) = random_digits(shared.code_len) else {
            return Ok(self.failed(ErrorCode::Unavailable, Some(RETRY_AFTER_MS)));
        };
        let request =
            home::MethodRequest { device: applicant.device, number, method: method.value(), digits };
        Ok(match shared.store.method(request).await? {
            home::MethodDone::Send { state, code } => {
                if fault::registration::CODE_NOT_SENT.is_on() {
                    return Ok(self.state(&state));
                }
                let mut code = String::from_utf8_lossy(&code).into_owned();
                if fault::registration::CODE_SENT_WRONG.is_on() {
                    code = code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
                }
                match shared.gateway.send(&number.to_string(), method, &code).await {
                    Ok(()) => self.state(&state),
                    Err(error) => {
                        tracing::warn!(%error, "code not sent");
                        shared.metrics.gateway_failures.inc();
                        // The code never went out: no wait begins.
                        let request = home::RetractRequest { device: applicant.device, number };
                        shared.store.retract(request).await?;
                        self.failed(ErrorCode::Unavailable, Some(RETRY_AFTER_MS))
                    }
                }
            }
            home::MethodDone::Unavailable if fault::registration::METHOD_UNLISTED_CODE_WRONG.is_on() => {
                self.failed(ErrorCode::TooSoon, None)
            }
            home::MethodDone::Unavailable => self.failed(ErrorCode::MethodUnavailable, None),
            home::MethodDone::TooSoon { retry_after_ms } => {
                let is_untold = fault::registration::METHOD_WAIT_UNTOLD.is_on();
                self.failed(ErrorCode::TooSoon, Some(retry_after_ms).filter(|_| !is_untold))
            }
            home::MethodDone::Over { retry_after_ms } => {
                self.failed(ErrorCode::RegistrationOver, Some(retry_after_ms))
            }
        })
    }

    async fn check_code<S: Store>(
        self,
        shared: &Shared<S>,
        applicant: Applicant,
        code: String,
    ) -> Result<Step, StoreError> {
        let Self::Begun(number) = self else {
            return Ok(self.failed(ErrorCode::RegistrationOver, None));
        };
        let request = home::CodeRequest { device: applicant.device, number, code: code.into_bytes() };
        Ok(match shared.store.code(request).await? {
            home::CodeDone::Verified(state) => self.state(&state),
            home::CodeDone::Wrong(_) if fault::registration::WRONG_CODE_CODE_WRONG.is_on() => {
                self.failed(ErrorCode::TooSoon, None)
            }
            home::CodeDone::Wrong(_) => self.failed(ErrorCode::CodeWrong, None),
            home::CodeDone::TooSoon { retry_after_ms } => {
                self.failed(ErrorCode::TooSoon, Some(retry_after_ms))
            }
            home::CodeDone::Over { retry_after_ms } => {
                self.failed(ErrorCode::RegistrationOver, Some(retry_after_ms))
            }
        })
    }

    async fn enrol<S: Store>(
        self,
        shared: &Shared<S>,
        applicant: Applicant,
        certificate: Vec<u8>,
    ) -> Result<Step, StoreError> {
        let Self::Begun(number) = self else {
            return Ok(self.unverified());
        };
        let checked = certificate::check_device(shared.realm, &certificate, &applicant.key, clock::unix_s());
        let Ok(checked) = checked else {
            let is_wrong = fault::registration::CERTIFICATE_CODE_WRONG.is_on();
            let code = if is_wrong { ErrorCode::NumberTaken } else { ErrorCode::CertificateInvalid };
            return Ok(self.failed(code, None));
        };
        if fault::registration::REGISTRATION_NOT_STORED.is_on() {
            let (account, device) = (checked.account, checked.device);
            let verdict = Verdict::Answer(RegistrationAnswer::Registered { account, device });
            return Ok(Step { registration: Self::None, verdict });
        }
        let request = home::EnrolRequest {
            static_key: applicant.key.0,
            hello_counter: applicant.hello_counter,
            number,
            account: checked.account,
            not_after_s: checked.not_after_s,
            certificate,
        };
        Ok(match shared.store.enrol(request).await? {
            home::EnrolDone::Registered { account, device } => Step {
                registration: Self::None,
                verdict: Verdict::Answer(RegistrationAnswer::Registered { account, device }),
            },
            home::EnrolDone::NumberTaken => self.failed(ErrorCode::NumberTaken, None),
            home::EnrolDone::DeviceLimit if fault::registration::DEVICE_LIMIT_CODE_WRONG.is_on() => {
                self.failed(ErrorCode::NumberTaken, None)
            }
            home::EnrolDone::DeviceLimit => self.failed(ErrorCode::DeviceLimit, None),
            home::EnrolDone::CertificateInvalid => self.failed(ErrorCode::CertificateInvalid, None),
            home::EnrolDone::NotVerified => self.unverified(),
        })
    }

    /// REGISTER_DEVICE came too early (REG-013).
    fn unverified(self) -> Step {
        if fault::registration::UNVERIFIED_NOT_CLOSED.is_on() {
            return self.failed(ErrorCode::CertificateInvalid, None);
        }
        Step { registration: Self::None, verdict: Verdict::TooEarly }
    }

    fn failed(self, code: ErrorCode, retry_after_ms: Option<u64>) -> Step {
        let verdict = match code.frame_code() {
            Some(code) => Verdict::Answer(RegistrationAnswer::Failed { code, retry_after_ms }),
            // Only codes of frame scope are asked for.
            None => Verdict::TooEarly,
        };
        Step { registration: self, verdict }
    }

    fn state(self, state: &home::RegistrationState) -> Step {
        match told(state) {
            Some(told) => {
                Step { registration: self, verdict: Verdict::Answer(RegistrationAnswer::State(told)) }
            }
            None => self.failed(ErrorCode::Unavailable, Some(RETRY_AFTER_MS)),
        }
    }
}

/// The state as REGISTRATION tells it, or `None` where home says what no field can hold.
fn told(state: &home::RegistrationState) -> Option<RegistrationState> {
    let offer = |offer: &home::MethodOffer| {
        Some(Offer { method: Method::new(offer.method)?, wait_ms: duration(offer.wait_ms)? })
    };
    Some(RegistrationState {
        stage: match state.stage {
            home::Stage::Choosing => RegistrationStage::Choosing,
            home::Stage::Waiting => RegistrationStage::Waiting,
            home::Stage::Verified => RegistrationStage::Verified,
        },
        methods: state.methods.iter().map(offer).collect::<Option<_>>()?,
        code_len: CodeLen::new(u64::from(state.code_len))?,
        code_wait_ms: duration(state.code_wait_ms)?,
        attempts_left: AttemptsLeft::new(state.attempts_left)?,
        expires_in_ms: duration(state.expires_in_ms)?,
    })
}

fn duration(ms: u64) -> Option<DurationMs> {
    DurationMs::new(ms.min(DurationMs::MAX))
}

/// Random decimal digits, each as likely as the next, or `None` if the system has no randomness.
fn random_digits(len: u64) -> Option<Vec<u8>> {
    let len = usize::try_from(len).ok()?;
    let mut digits = Vec::with_capacity(len);
    while digits.len() < len {
        let mut octets = [0; 32];
        getrandom::fill(&mut octets).ok()?;
        // 250 is the highest multiple of 10 in an octet: the octets above it would favour the low digits.
        let fair = octets.iter().filter(|octet| **octet < 250).map(|octet| b'0'.saturating_add(octet % 10));
        digits.extend(fair.take(len.saturating_sub(digits.len())));
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::random_digits;

    #[test]
    fn codes_are_digits_of_the_length_asked_for_and_differ() {
        let codes: std::collections::BTreeSet<_> = (0..50).map(|_| random_digits(12).unwrap()).collect();
        assert!(codes.len() > 45);
        assert!(codes.iter().all(|code| code.len() == 12 && code.iter().all(u8::is_ascii_digit)));
    }
}
