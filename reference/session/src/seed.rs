//! The randomness of one session.

use core::fmt;

use zeroize::Zeroizing;

use crate::digest::labelled_digest;
use crate::label::Label;
use crate::noise::EphemeralSeed;

const EPHEMERAL: Label = Label::new("pinnace session ephemeral");
const CHOICE: Label = Label::new("pinnace session choice");

/// 32 octets of a cryptographic generator, fresh for each session: of them grow its ephemeral keys and its choices of
/// GREASE values. Wiped on drop.
pub struct Seed {
    octets: Zeroizing<[u8; 32]>,
    drawn: u8,
}

impl Seed {
    /// Takes the random octets.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self { octets: Zeroizing::new(random), drawn: 0 }
    }

    /// The seed of one more handshake; never the same twice.
    pub(crate) fn ephemeral(&mut self) -> EphemeralSeed {
        EphemeralSeed::new(self.draw(EPHEMERAL))
    }

    /// A number without meaning, as the peer sees it.
    pub(crate) fn choice(&mut self) -> u32 {
        let [a, b, c, d, ..] = self.draw(CHOICE);
        u32::from_be_bytes([a, b, c, d])
    }

    fn draw(&mut self, label: Label) -> [u8; 32] {
        let mut input = Zeroizing::new([0; 33]);
        for (place, octet) in input.iter_mut().zip(self.octets.iter().chain([&self.drawn])) {
            *place = *octet;
        }
        // A session draws a handful; were it to draw 256, it would repeat a choice, never an ephemeral key.
        self.drawn = self.drawn.wrapping_add(1);
        labelled_digest(label, input.as_slice())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}
