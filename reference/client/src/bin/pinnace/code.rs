//! QR codes in a terminal.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// The code of a text, for a terminal whose background is dark; empty where it would not fit a code.
pub(crate) fn drawn(text: &str) -> String {
    let code = QrCode::with_error_correction_level(text, EcLevel::L);
    code.map(|code| code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
        .unwrap_or_default()
}
