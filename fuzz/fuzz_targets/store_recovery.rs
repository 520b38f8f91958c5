//! See `store_recovery` in `targets/`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        // The engine panics on some damage, and the store makes an error of it: only a panic that leaves the target counts.
        // So the hook that ends the process at once goes, and the engine's panics need not be told.
        let _ = std::panic::take_hook();
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.location().is_none_or(|place| !["/fjall-", "/lsm-tree-"].iter().any(|engine| place.file().contains(engine))) {
                tell(panic);
            }
        }));
    },
    |octets: &[u8]| pinnace_fuzz_targets::store_recovery(octets)
);
