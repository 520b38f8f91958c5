//! The order of a registration (spec/data/machines/registration.toml): one step at a time, the certificate last.
//! What a step is worth the shell decides; this machine knows only whether the number is verified.

use pinnace_fault as fault;
use pinnace_wire::{ErrorCode, FrameType, RegistrationStage};

use crate::breach::Breach;
use crate::server::event::RegistrationAnswer;

/// A registration as far as the session must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registration {
    /// The next step may come.
    Idle(Proof),
    /// A step awaits its answer; frames behind it wait.
    Asking {
        /// What is known until then.
        proof: Proof,
        /// The step.
        step: FrameType,
    },
}

/// Whether the person proved to have the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Missing,
    Given,
}

impl Registration {
    pub(crate) const NONE: Self = Self::Idle(Proof::Missing);

    pub(crate) const fn is_asking(self) -> bool {
        matches!(self, Self::Asking { .. })
    }

    /// A step is to be asked for.
    pub(crate) fn on_step(&mut self, step: FrameType) -> Result<(), Breach> {
        match *self {
            // Frames behind a step are held back until it is answered: this would be our own fault.
            Self::Asking { .. } => Err(Breach::OutOfState),
            Self::Idle(Proof::Missing)
                if step == FrameType::REGISTER_DEVICE
                    && !fault::registration::UNVERIFIED_NOT_CLOSED.is_on() =>
            {
                Err(Breach::OutOfState)
            }
            Self::Idle(proof) => {
                *self = Self::Asking { proof, step };
                Ok(())
            }
        }
    }

    /// The step that is answered, or `None` when none was asked.
    pub(crate) fn on_answer(&mut self, answer: &RegistrationAnswer) -> Option<FrameType> {
        let Self::Asking { proof, step } = *self else { return None };
        let proof = match answer {
            RegistrationAnswer::State(state) => match state.stage {
                RegistrationStage::Verified => Proof::Given,
                RegistrationStage::Choosing | RegistrationStage::Waiting => Proof::Missing,
            },
            RegistrationAnswer::Failed { code, .. } if code.known() == Some(ErrorCode::RegistrationOver) => {
                Proof::Missing
            }
            RegistrationAnswer::Failed { .. }
            | RegistrationAnswer::Rate { .. }
            | RegistrationAnswer::Registered { .. } => proof,
        };
        *self = Self::Idle(proof);
        Some(step)
    }
}
