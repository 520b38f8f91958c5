//! Faults of conversations.

faults! {
    /// A commit of an earlier epoch ends the current one.
    COMMIT_STALE_TAKEN: Check ["CNV-001", "CNV-002", "CNV-005"];
    /// A commit of a later epoch ends the current one.
    COMMIT_AHEAD_TAKEN: Check ["CNV-001"];
    /// A commit of another epoch is NO_CONVERSATION.
    COMMIT_STALE_CODE_WRONG: Code ["CNV-001", "CNV-002", "CNV-005"];
    /// A commit is taken and the epoch stays.
    EPOCH_NOT_RAISED: Effect ["CNV-001", "CNV-002"];
    /// A commit ends two epochs.
    EPOCH_RAISED_TWICE: Effect ["CNV-001", "CNV-002"];
    /// No conversation can begin.
    FIRST_COMMIT_REFUSED: Check ["CNV-003"];
    /// A conversation is at epoch 0 when it has begun.
    BEGINS_AT_ZERO: Effect ["CNV-003", "CNV-002"];
    /// A conversation may have any id.
    ORIGIN_ID_UNCHECKED: Check ["CNV-004"];
    /// Anybody may begin the conversation of two others.
    ORIGIN_PARTIES_UNCHECKED: Check ["CNV-004"];
    /// Anybody may begin a group in another's name.
    ORIGIN_CREATOR_UNCHECKED: Check ["CNV-004"];
    /// The two accounts of an origin may stand in any order.
    ORIGIN_ORDER_UNCHECKED: Check ["CNV-004"];
    /// A device that its account's list does not name may begin a conversation.
    ORIGIN_UNLISTED_TAKEN: Check ["CNV-004"];
    /// An origin that does not hold is OUTSIDER.
    ORIGIN_CODE_WRONG: Code ["CNV-004"];
    /// A second first commit begins the conversation anew.
    FIRST_COMMIT_REPLACES: Effect ["CNV-005", "CNV-001"];
    /// Every other number is left out.
    ENTRY_NUMBERS_SPARSE: Effect ["CNV-006"];
    /// An entry names the number of its item as its place.
    ENTRY_NUMBER_OF_MAILBOX: Effect ["CNV-006"];
    /// Entries come in pairs, the later first.
    ENTRIES_SWAPPED: Order ["CNV-039", "CNV-006"];
    /// The last device of the roster does not get a commit.
    COMMIT_LAST_LEFT_OUT: Effect ["CNV-007"];
    /// A device that a commit removes does not get it.
    COMMIT_NOT_TO_REMOVED: Effect ["CNV-007"];
    /// A device that a commit adds gets it beside its Welcome.
    COMMIT_TO_ADDED: Effect ["CNV-007"];
    /// A commit comes with another last octet.
    COMMIT_CHANGED: Effect ["CNV-007"];
    /// No Welcome is delivered.
    WELCOME_UNDELIVERED: Effect ["CNV-008", "CNV-005"];
    /// Of the devices that a commit adds one gets the Welcome.
    WELCOME_TO_FIRST: Effect ["CNV-008"];
    /// The whole roster gets the Welcome.
    WELCOME_TO_ALL: Leak ["CNV-008"];
    /// A Welcome comes with another last octet.
    WELCOME_CHANGED: Effect ["CNV-008"];
    /// The Welcome of a commit that lost its race is delivered.
    REFUSED_WELCOME_DELIVERED: Effect ["CNV-009"];
    /// A commit that lost its race is delivered.
    REFUSED_COMMIT_DELIVERED: Effect ["CNV-009"];
    /// The last device of the roster does not get a message.
    MESSAGE_LAST_LEFT_OUT: Effect ["CNV-010"];
    /// A message comes with another last octet.
    MESSAGE_CHANGED: Effect ["CNV-010"];
    /// A device that a commit adds gets its Welcome, and nothing else.
    ADDED_UNSERVED: Effect ["CNV-010"];
    /// A message goes to devices that joined after its epoch.
    MESSAGE_TO_LATER: Leak ["CNV-011"];
    /// There is no entry of kind own.
    OWN_MISSING: Effect ["CNV-012", "CNV-006"];
    /// An entry of kind own has no client_seq.
    OWN_NUMBER_MISSING: Effect ["CNV-012"];
    /// An entry of kind own has the next client_seq.
    OWN_NUMBER_WRONG: Effect ["CNV-012"];
    /// A message of an earlier epoch is refused.
    WINDOW_CLOSED: Check ["CNV-013"];
    /// The window is one epoch narrower than it is told.
    WINDOW_NARROW: Limit ["CNV-013"];
    /// The window is one epoch wider than it is told.
    WINDOW_WIDE: Limit ["CNV-014"];
    /// A message may be of any epoch in which its sender was there.
    EPOCHS_UNLIMITED: Limit ["CNV-014"];
    /// A message may be of an epoch to come.
    MESSAGE_AHEAD_TAKEN: Check ["CNV-014"];
    /// A message may be of an epoch before its sender joined.
    MESSAGE_BEFORE_JOINING_TAKEN: Check ["CNV-014"];
    /// A message of an epoch outside the window is NO_CONVERSATION.
    MESSAGE_STALE_CODE_WRONG: Code ["CNV-014"];
    /// Anybody may write to a conversation.
    STRANGER_POST_TAKEN: Check ["CNV-015"];
    /// Anybody may commit.
    STRANGER_COMMIT_TAKEN: Check ["CNV-015"];
    /// What a stranger hands in is OUTSIDER.
    STRANGER_CODE_WRONG: Code ["CNV-015"];
    /// What is handed in for a conversation that does not exist is STALE_EPOCH.
    NOWHERE_TOLD_APART: Leak ["CNV-015"];
    /// To begin the conversation of two others tells whether they have one.
    ORIGIN_TELLS: Leak ["CNV-004"];
    /// A device that a commit removes stays in the roster.
    REMOVED_STAYS: Effect ["CNV-016", "CNV-015"];
    /// A message may be of any group.
    ENVELOPE_GROUP_UNCHECKED: Check ["CNV-017"];
    /// A message may be a PublicMessage.
    ENVELOPE_FORM_UNCHECKED: Check ["CNV-017"];
    /// A message may be a commit or a proposal, and a commit a message.
    ENVELOPE_CONTENT_UNCHECKED: Check ["CNV-017"];
    /// A PublicMessage of any sender is an external commit.
    ENVELOPE_SENDER_UNCHECKED: Check ["CNV-017"];
    /// An octet behind a PrivateMessage is dropped.
    ENVELOPE_TAIL_TAKEN: Check ["CNV-017"];
    /// An envelope that does not hold is NO_CONVERSATION.
    ENVELOPE_CODE_WRONG: Code ["CNV-017", "CNV-018", "CNV-036"];
    /// The authenticated data of a message is not read.
    MESSAGE_AAD_UNCHECKED: Check ["CNV-018"];
    /// An octet behind the delta is dropped.
    DELTA_TAIL_TAKEN: Check ["CNV-018"];
    /// The lists of a delta may come in any order.
    DELTA_ORDER_UNCHECKED: Check ["CNV-018"];
    /// A device may be added and removed at once.
    DELTA_MEETING_TAKEN: Check ["CNV-018"];
    /// A device that is in the roster may be added.
    ADDED_TWICE_TAKEN: Check ["CNV-019"];
    /// Any device may be removed.
    REMOVED_STRANGER_TAKEN: Check ["CNV-019"];
    /// A device may remove itself.
    SELF_REMOVAL_TAKEN: Check ["CNV-019"];
    /// A delta that does not fit is OUTSIDER.
    DELTA_CODE_WRONG: Code ["CNV-019"];
    /// An added device that is not registered is left out without a word.
    UNREGISTERED_LEFT_OUT: Check ["CNV-020"];
    /// A device that its account's list does not name may be added.
    UNLISTED_TAKEN: Check ["CNV-020"];
    /// A device of a third account may be added to a conversation of two, or of one.
    THIRD_ACCOUNT_TAKEN: Check ["CNV-020"];
    /// A device that may not be added is NO_CONVERSATION.
    OUTSIDER_CODE_WRONG: Code ["CNV-020"];
    /// A roster has no bound.
    ROSTER_UNLIMITED: Limit ["CNV-021"];
    /// A roster may hold one device more.
    ROSTER_ONE_MORE: Limit ["CNV-021"];
    /// A roster beyond its bound is OUTSIDER.
    FULL_CODE_WRONG: Code ["CNV-021"];
    /// Devices may be added without a Welcome.
    WELCOME_MISSING_TAKEN: Check ["CNV-022"];
    /// A Welcome for nobody is dropped.
    WELCOME_NEEDLESS_TAKEN: Check ["CNV-022"];
    /// A Welcome too many or too few is ENVELOPE_INVALID.
    WELCOME_CODE_WRONG: Code ["CNV-022"];
    /// Any device may come in by an external commit.
    EXTERNAL_STRANGER_TAKEN: Check ["CNV-023"];
    /// No device may come in by an external commit.
    EXTERNAL_REFUSED: Check ["CNV-023"];
    /// Nobody is told of an external commit.
    EXTERNAL_UNTOLD: Effect ["CNV-023", "CNV-007"];
    /// A repeated POST or COMMIT is filed again.
    REPEAT_FILED: Effect ["CNV-024"];
    /// A repeated POST or COMMIT is IDEMPOTENCY_CONFLICT.
    REPEAT_CONFLICTS: Code ["CNV-024"];
    /// Any body is the body of a POST or COMMIT that has an outcome.
    BODY_UNCHECKED: Check ["CNV-025"];
    /// A POST is accepted some time before it is stored.
    POST_UNSTORED: Durability ["CNV-026"];
    /// What an entry carries is kept in mind only.
    PAYLOAD_IN_MIND: Durability ["CNV-026"];
    /// A WHISPER is kept for devices that are away.
    WHISPER_STORED: Effect ["CNV-027"];
    /// A WHISPER goes to a session that is not confirmed.
    WHISPER_UNCONFIRMED: Leak ["CNV-027"];
    /// A WHISPER of a stranger is heard.
    WHISPER_OF_STRANGER: Leak ["CNV-027"];
    /// A WHISPER goes to everybody who is there.
    WHISPER_TO_ALL: Leak ["CNV-027", "CNV-033"];
    /// A device that leaves its account stays in its conversations.
    LEAVING_STAYS: Effect ["CNV-028"];
    /// No conversation is told of a device list.
    LIST_UNTOLD: Effect ["CNV-029"];
    /// The devices of the account that put a list into force are not told.
    LIST_UNTOLD_AT_HOME: Effect ["CNV-029"];
    /// A device list comes with another last octet.
    LIST_CHANGED: Effect ["CNV-029"];
    /// A device list is told once the account puts the next one into force.
    LIST_TOLD_LATE: Time ["CNV-029"];
    /// No entry tells what is left.
    LEFT_MISSING: Effect ["CNV-030"];
    /// An entry tells one octet too many.
    LEFT_WRONG: Effect ["CNV-030"];
    /// The parts of a long entry come last part first.
    PARTS_REVERSED: Order ["CNV-030"];
    /// Of a long entry the first part is delivered.
    PARTS_CUT: Effect ["CNV-030"];
    /// What was staged is not used.
    STAGED_UNUSED: Effect ["CNV-031"];
    /// What was staged stands behind the COMMIT's own octets.
    STAGED_BEHIND: Order ["CNV-031"];
    /// A piece of the Welcome is one of the commit.
    STAGED_PARTS_MIXED: Effect ["CNV-031"];
    /// A piece may leave a hole.
    STAGE_HOLE_TAKEN: Check ["CNV-032"];
    /// A piece may overlap those before it.
    STAGE_OVERLAP_TAKEN: Check ["CNV-032"];
    /// Any number of octets may be staged.
    STAGE_UNLIMITED: Limit ["CNV-032"];
    /// What was staged stays when a piece does not follow.
    STAGE_INVALID_KEPT: Effect ["CNV-032"];
    /// A piece that does not follow is UNAVAILABLE.
    STAGE_CODE_WRONG: Code ["CNV-032"];
    /// The ERROR of a piece that does not follow has no subject.
    STAGE_SUBJECT_MISSING: Effect ["CNV-032"];
    /// A message goes to all devices of its sender's account.
    ACCOUNT_SERVED: Leak ["CNV-033"];
    /// Nothing is filed for an entry for which a mailbox has no room.
    QUOTA_GAP_MISSING: Effect ["CNV-034"];
    /// The GAP of an entry for which a mailbox has no room is of reason expired.
    QUOTA_GAP_REASON_WRONG: Effect ["CNV-034"];
    /// Entries go beyond the quota of a mailbox.
    QUOTA_IGNORED: Limit ["CNV-034"];
    /// The epoch of a commit is judged before its sender's place in the roster.
    EPOCH_JUDGED_FIRST: Order ["CNV-035", "CNV-015"];
    /// The epoch of a commit is judged last.
    EPOCH_JUDGED_LAST: Order ["CNV-035"];
    /// Outsiders are found before a delta that does not fit.
    OUTSIDER_JUDGED_FIRST: Order ["CNV-035"];
    /// The Welcome of a commit is judged before outsiders.
    WELCOME_JUDGED_FIRST: Order ["CNV-035"];
    /// The room of a roster is judged before outsiders.
    ROOM_JUDGED_FIRST: Order ["CNV-035"];
    /// An external commit may have any delta.
    EXTERNAL_DELTA_UNCHECKED: Check ["CNV-036"];
    /// A device of the roster may not come back by an external commit.
    RETURN_REFUSED: Check ["CNV-037"];
    /// A device that comes back is in the conversation since it first came.
    RETURN_KEEPS_EPOCH: Effect ["CNV-037"];
    /// A message goes to its sender, too.
    OWN_MESSAGE_DELIVERED: Leak ["CNV-038"];
    /// A commit goes to its sender, too.
    OWN_COMMIT_DELIVERED: Leak ["CNV-038"];
    /// A restart forgets the last epoch.
    EPOCH_IN_MIND: Durability ["CNV-040"];
    /// A COMMIT is accepted some time before it is stored.
    COMMIT_UNSTORED: Durability ["CNV-040"];
    /// ENTRY has no class.
    ENTRY_CLASS_MISSING: Effect ["CNV-041"];
    /// A POST may be of any class.
    POST_CLASS_UNCHECKED: Check ["CNV-042"];
    /// A POST may be of any length.
    POST_UNLIMITED: Limit ["CNV-043"];
    /// POSTs and COMMITs are not counted against the rate.
    POSTS_UNRATED: Limit ["CNV-044"];
    /// An entry is kept as long as any, whatever its POST asked for.
    ENTRY_EXPIRY_IGNORED: Time ["CNV-045"];
    /// The sender of an entry gets a RECEIPT of it.
    ENTRY_RECEIPT: Effect ["CNV-046"];
    /// A POST of the first flight is dropped.
    EARLY_POST_DROPPED: Effect ["CNV-047"];
    /// A POST of the first flight is EARLY_FORBIDDEN.
    EARLY_POST_FORBIDDEN: Check ["CNV-047"];
    /// Frames of conversations from an unregistered device are dropped.
    UNREGISTERED_DROPPED: Check ["CNV-048"];
    /// What names an alias that is not bound is dropped.
    UNBOUND_DROPPED: Check ["CNV-049"];
    /// An alias that names a device names a conversation.
    DEVICE_ALIAS_TAKEN: Check ["CNV-049"];
    /// A conversation's alias may be any number.
    CONVERSATION_ALIAS_UNLIMITED: Limit ["CNV-050"];
    /// A second BIND_CONVERSATION of an alias changes nothing.
    CONVERSATION_NOT_REBOUND: Effect ["CNV-051"];
    /// There is no BIND_CONVERSATION before an alias is used.
    CONVERSATION_UNBOUND: Effect ["CNV-052"];
    /// BIND_CONVERSATION comes behind the frame that needs it.
    CONVERSATION_BOUND_LATE: Order ["CNV-052"];
    /// The aliases of conversations know no alias_max.
    CONVERSATION_ALIASES_ENDLESS: Limit ["CNV-052"];
    /// What was staged for one number is the beginning of another.
    STAGE_OTHER_NUMBER_KEPT: Effect ["CNV-053"];
    /// What was staged stays behind its COMMIT.
    STAGE_OUTLIVES_COMMIT: Effect ["CNV-053"];
    /// A STAGE that follows is answered with ERROR.
    STAGE_ANSWERED: Effect ["CNV-054"];
    /// Nobody hears a WHISPER.
    WHISPER_UNHEARD: Effect ["CNV-055"];
    /// A WHISPER goes back to its sender.
    WHISPER_TO_SENDER: Effect ["CNV-055"];
    /// A WHISPER is answered with ERROR.
    WHISPER_ANSWERED: Effect ["CNV-056"];
    /// WHISPERs are not counted.
    WHISPERS_UNLIMITED: Limit ["CNV-057"];
}
