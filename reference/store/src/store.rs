//! The operations of a store.

use core::future::Future;

use pinnace_home::{
    AccountId, AckDone, AckRequest, ClaimDone, ClaimRequest, CodeDone, CodeRequest, CommitRequest,
    ConfirmDone, ConfirmRequest, ConversationId, DeviceEntry, DeviceId, DeviceRecord, EnrolDone,
    EnrolRequest, HelloDone, HelloRequest, KeysDone, KeysRequest, LinkApproveDone, LinkApproveRequest,
    LinkOpenDone, LinkOpenRequest, ListDone, ListRequest, MethodDone, MethodRequest, NackDone, NackRequest,
    Page, PostRequest, ReadRequest, RegisterDone, RegisterRequest, RetractRequest, SendDone, SendRequest,
    VoidRequest,
};

use crate::StoreError;

/// What an operation will have given once it is durable.
type Answer<T> = Result<T, StoreError>;

/// A store: each future gives its answer only when what the answer says is durable. Operations of one session take
/// effect in the order in which they were called, whether or not their futures are polled.
///
/// # Errors
/// Every operation gives [`StoreError`].
pub trait Store: Clone + Send + Sync + 'static {
    /// Opens a session (SES-006 to SES-010).
    fn hello(&self, request: HelloRequest) -> impl Future<Output = Answer<HelloDone>> + Send;
    /// Confirms a session at its first transport record (SES-015, SES-017).
    fn confirm(&self, request: ConfirmRequest) -> impl Future<Output = Answer<ConfirmDone>> + Send;
    /// Handles a SEND (DLV-002 to DLV-017).
    fn send(&self, request: SendRequest) -> impl Future<Output = Answer<SendDone>> + Send;
    /// Handles a VOID (DLV-018 to DLV-020).
    fn void(&self, request: VoidRequest) -> impl Future<Output = Answer<SendDone>> + Send;
    /// Handles an ACK (DLV-027 to DLV-034).
    fn ack(&self, request: AckRequest) -> impl Future<Output = Answer<AckDone>> + Send;
    /// Handles a NACK (DLV-035 to DLV-037).
    fn nack(&self, request: NackRequest) -> impl Future<Output = Answer<NackDone>> + Send;
    /// Reads a mailbox: what is durable already, without waiting for what is not.
    fn read(&self, request: ReadRequest) -> impl Future<Output = Answer<Page>> + Send;
    /// The devices of the account of this device (REG-026).
    fn devices(&self, device: DeviceId) -> impl Future<Output = Answer<Vec<DeviceEntry>>> + Send;
    /// The registered device with this static key.
    fn device(&self, static_key: [u8; 32]) -> impl Future<Output = Answer<Option<DeviceRecord>>> + Send;
    /// Handles a REGISTER (REG-004, REG-025).
    fn register(&self, request: RegisterRequest) -> impl Future<Output = Answer<RegisterDone>> + Send;
    /// Handles a REGISTER_METHOD (REG-005 to REG-007).
    fn method(&self, request: MethodRequest) -> impl Future<Output = Answer<MethodDone>> + Send;
    /// Takes back a code that the gateway did not take.
    fn retract(&self, request: RetractRequest) -> impl Future<Output = Answer<()>> + Send;
    /// Handles a REGISTER_CODE (REG-008 to REG-012).
    fn code(&self, request: CodeRequest) -> impl Future<Output = Answer<CodeDone>> + Send;
    /// Handles a REGISTER_DEVICE whose certificate was checked (REG-018 to REG-023).
    fn enrol(&self, request: EnrolRequest) -> impl Future<Output = Answer<EnrolDone>> + Send;
    /// Handles a DEVICE_LIST_PUBLISH whose signature was checked.
    fn list_publish(&self, request: ListRequest) -> impl Future<Output = Answer<ListDone>> + Send;
    /// The device list of an account, as it was published, if there is one.
    fn list_query(&self, account: AccountId) -> impl Future<Output = Answer<Option<Vec<u8>>>> + Send;
    /// Handles a LINK_OPEN.
    fn link_open(&self, request: LinkOpenRequest) -> impl Future<Output = Answer<LinkOpenDone>> + Send;
    /// Handles a LINK_APPROVE whose certificate and list were checked.
    fn link_approve(
        &self,
        request: LinkApproveRequest,
    ) -> impl Future<Output = Answer<LinkApproveDone>> + Send;
    /// Handles a KEYS_PUBLISH whose KeyPackages were checked.
    fn keys_publish(&self, request: KeysRequest) -> impl Future<Output = Answer<KeysDone>> + Send;
    /// Handles a CLAIM.
    fn claim(&self, request: ClaimRequest) -> impl Future<Output = Answer<ClaimDone>> + Send;
    /// Handles a POST whose envelope was looked at.
    fn post(&self, request: PostRequest) -> impl Future<Output = Answer<SendDone>> + Send;
    /// Handles a COMMIT whose envelope was looked at.
    fn commit(&self, request: CommitRequest) -> impl Future<Output = Answer<SendDone>> + Send;
    /// Who hears a WHISPER of this device: all others in the roster; nobody, if it is not in it itself.
    fn roster(
        &self,
        conversation: ConversationId,
        sender: DeviceId,
    ) -> impl Future<Output = Answer<Vec<DeviceId>>> + Send;
}
