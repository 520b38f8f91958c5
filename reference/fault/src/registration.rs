//! Faults of registration.

faults! {
    /// A HELLO from an unknown key is closed on.
    UNKNOWN_KEY_REFUSED: Check ["REG-001"];
    /// An unregistered device's WELCOME has a session_epoch.
    UNKNOWN_KEY_EPOCH: Effect ["REG-001"];
    /// A frame that an unregistered device may not send is dropped.
    UNREGISTERED_FRAME_TAKEN: Check ["REG-002"];
    /// A number may begin with 0.
    NUMBER_ZERO_TAKEN: Check ["REG-003"];
    /// A number may have anything behind its plus sign.
    NUMBER_DIGITS_UNCHECKED: Check ["REG-003"];
    /// A bad number is METHOD_UNAVAILABLE.
    NUMBER_CODE_WRONG: Code ["REG-003"];
    /// No method is offered.
    METHODS_MISSING: Effect ["REG-004"];
    /// A method that was not offered is taken for the first one.
    METHOD_UNLISTED_TAKEN: Check ["REG-005"];
    /// A method that was not offered is TOO_SOON.
    METHOD_UNLISTED_CODE_WRONG: Code ["REG-005"];
    /// The wait of a method is not kept.
    METHOD_WAIT_IGNORED: Time ["REG-006"];
    /// TOO_SOON does not say when a method may be asked for.
    METHOD_WAIT_UNTOLD: Effect ["REG-006"];
    /// Stage waiting is told and no code goes out.
    CODE_NOT_SENT: Effect ["REG-007"];
    /// The gateway is given another code than the one that is checked.
    CODE_SENT_WRONG: Effect ["REG-007", "REG-012"];
    /// A second code does not take the place of the first.
    FIRST_CODE_STAYS: Effect ["REG-007", "REG-008"];
    /// A wrong code costs no attempt.
    WRONG_CODE_FREE: Effect ["REG-008"];
    /// A wrong code costs two attempts.
    WRONG_CODE_DEAR: Effect ["REG-008"];
    /// Any code is right.
    CODE_UNCHECKED: Check ["REG-008"];
    /// A wrong code is TOO_SOON.
    WRONG_CODE_CODE_WRONG: Code ["REG-008"];
    /// The right code is taken although the attempts are used up.
    USED_UP_IGNORED: Check ["REG-009"];
    /// A registration never ends.
    REGISTRATION_ENDLESS: Time ["REG-009"];
    /// Each registration has attempts of its own.
    ATTEMPTS_PER_REGISTRATION: Effect ["REG-010"];
    /// Attempts that were used before a right code stay used.
    ATTEMPTS_KEPT_AFTER_SUCCESS: Effect ["REG-010"];
    /// The wait before a code is checked is not kept.
    CODE_WAIT_IGNORED: Time ["REG-011"];
    /// A code that comes too soon costs an attempt.
    EARLY_CODE_COUNTED: Effect ["REG-011"];
    /// The right code leaves the registration in stage waiting.
    RIGHT_CODE_UNHEARD: Effect ["REG-012"];
    /// A number is verified once only: the code again is REGISTRATION_OVER.
    VERIFIED_ONCE: Effect ["REG-012"];
    /// REGISTER_DEVICE before the number is verified is answered with ERROR.
    UNVERIFIED_NOT_CLOSED: Code ["REG-013"];
    /// The signature of a device's certificate is not verified.
    SIGNATURE_UNCHECKED: Check ["REG-014"];
    /// A device's certificate may name another static key.
    STATIC_KEY_UNCHECKED: Check ["REG-015"];
    /// The account in a device's certificate is not derived again.
    ACCOUNT_UNCHECKED: Check ["REG-016"];
    /// The device in a device's certificate is not derived again.
    DEVICE_UNCHECKED: Check ["REG-016"];
    /// A device's certificate may have expired.
    EXPIRY_UNCHECKED: Check ["REG-017"];
    /// A certificate that does not hold is NUMBER_TAKEN.
    CERTIFICATE_CODE_WRONG: Code ["REG-014", "REG-015", "REG-016", "REG-017"];
    /// REGISTERED is told and nothing is stored.
    REGISTRATION_NOT_STORED: Durability ["REG-018"];
    /// The session goes on after REGISTERED.
    REGISTERED_NOT_CLOSED: Effect ["REG-019"];
    /// The session is closed with SHUTDOWN after REGISTERED.
    REGISTERED_CODE_WRONG: Code ["REG-019"];
    /// A number goes to whoever verifies it, asked for or not.
    NUMBER_TAKEN_UNCHECKED: Check ["REG-020"];
    /// The devices of an account that lost its number stay registered.
    REPLACED_STAY: Effect ["REG-021"];
    /// `replace` does not replace.
    REPLACE_IGNORED: Effect ["REG-021"];
    /// The session of a removed device goes on.
    REMOVED_GOES_ON: Effect ["REG-022"];
    /// The session of a removed device is closed with TAKEN_OVER.
    REMOVED_CODE_WRONG: Code ["REG-022"];
    /// An account may have any number of devices.
    DEVICES_UNLIMITED: Limit ["REG-023"];
    /// A device too many is NUMBER_TAKEN.
    DEVICE_LIMIT_CODE_WRONG: Code ["REG-023"];
    /// A number that is taken is offered fewer methods.
    TAKEN_NUMBER_SHOWS: Leak ["REG-024"];
    /// A number may be registered as often as one likes.
    REGISTER_UNLIMITED: Limit ["REG-025"];
    /// RATE for a REGISTER names SEND.
    REGISTER_RATE_TYPE_WRONG: Effect ["REG-025"];
    /// DEVICES leaves the device out that asks.
    DEVICES_WITHOUT_SELF: Effect ["REG-026"];
    /// DEVICES carries another request.
    DEVICES_REQUEST_WRONG: Effect ["REG-026"];
    /// A frame of registration from a registered device is dropped.
    BELATED_TAKEN: Check ["REG-027"];
    /// A further device takes the place of the account's others.
    SECOND_DEVICE_ALONE: Effect ["REG-028"];
    /// The hello_counter of the session that registered is not stored.
    FIRST_COUNTER_NOT_STORED: Durability ["REG-030"];
}
